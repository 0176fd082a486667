"""Enrolling, withdrawing, voiding hours and the appeal against it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from training.core import clock, policy, workdays
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.i18n import both
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox
from training.people.models import Person

from . import ledger, queries
from .models import CreditEntry, Enrolment, EnrolmentEvent, Programme
from .rules import requirement
from .rules.enrolment import ENROLMENT, Appeal, EnrolmentFacts, EnrolmentState, Voiding
from .rules.hours import hours_gate
from .rules.ledger import LineKind, ReversalReason

_HOURS_URL = "/learn/hours"
_APPEAL = "appeal"
_REJECT = "reject_appeal"
_ENDS_APPEAL = (_REJECT, "uphold_appeal", "withdraw_voiding", "study_again", "void_hours")


@verb("programmes:enrolment:enrol", at="org")
def enrol(
    actor: Actor, org: OrgUnit, programme: Programme, person: Person, *, now: datetime
) -> Enrolment:
    """Enrol a person of ``org`` and freeze what the programme asks on this day. Raises
    ``Refused`` (``ENROLLED_ALREADY``)."""
    if person.org_id != org.id:
        raise NotVisible("person")
    return begin(actor, programme, [person], now=now)[0]


def begin(
    actor: Actor, programme: Programme, people: list[Person], *, now: datetime
) -> list[Enrolment]:
    """Enrol people in the current write transaction: what an accepted application, an
    import or the first filling of a site does. Somebody enrolled already is refused."""
    today = clock.today(now)
    taken = sa.select(Enrolment.id).where(
        Enrolment.programme_id == programme.id,
        Enrolment.person_id.in_([p.id for p in people]),
        Enrolment.state != EnrolmentState.WITHDRAWN,
    )
    if db.session.scalar(taken.limit(1)) is not None:
        raise Refused.because("ENROLLED_ALREADY", N_("此人已经报名这一培训，不用重复办理"))
    frozen: dict[int, tuple[dict[str, object], list[int]]] = {}
    made = []
    for person in people:
        if person.org_id not in frozen:
            org = db.session.get_one(OrgUnit, person.org_id)
            decided = policy.many(requirement.PREJOB_KEYS, org, today)
            rule = requirement.prejob({key: p.value for key, p in decided.items()})
            frozen[person.org_id] = (
                requirement.to_data(rule), [decided[k].id for k in requirement.PREJOB_KEYS]
            )  # fmt: skip
        data, ids = frozen[person.org_id]
        made.append(
            Enrolment(
                programme_id=programme.id, person_id=person.id, org_id=person.org_id,
                state=EnrolmentState.ENROLLED, requirement=data, policy_ids=ids,
                enrolled_on=today, created_at=now,
            )
        )  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    for enrolment in made:
        ledger.note_step(enrolment, "enrol", EnrolmentState.ENROLLED, actor, now)
        inbox.send(
            enrolment.person_id, "training", N_("您已报名「%(title)s」，可以开始学习"),
            now=now, url="/learn", title=both(programme),
        )  # fmt: skip
    ledger.advance(actor, made, now=now)
    return made


@verb("programmes:enrolment:withdraw", on="enrolment")
def withdraw(actor: Actor, enrolment: Enrolment, reason: str, *, now: datetime) -> Enrolment:
    """End an enrolment with a reason; its hours stay in the ledger as history."""
    _step(actor, enrolment, "withdraw", _facts(enrolment, now, reason=reason), now, reason)
    _tell_person(enrolment, N_("您的培训报名已办理退出，理由见学时页面"), now)
    return enrolment


@verb("programmes:enrolment:void_hours", on="enrolment")
def void_hours(
    actor: Actor,
    enrolment: Enrolment,
    reason: ReversalReason,
    statement: str,
    evidence: str,
    served_on: date | None,
    *,
    now: datetime,
) -> Enrolment:
    """Void the hours of an enrolment: they stop counting at once and fall from the ledger
    only when the appeal window passed or an appeal was rejected (``study_again``)."""
    if enrolment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    today = clock.today(now)
    org = db.session.get_one(OrgUnit, enrolment.org_id)
    window = policy.get("appeal.window", org, today)
    until = workdays.calendar().add_workdays(served_on or today, window.value).day
    voiding = Voiding(
        reason=reason, statement=statement, evidence=evidence, decided_by=actor.person_id or 0,
        notice_served_on=served_on, appeal_until=until,
    )  # fmt: skip
    _step(
        actor, enrolment, "void_hours", _facts(enrolment, now, voiding=voiding), now, statement,
        code=str(reason), evidence=evidence, until=until.isoformat(), policy_id=window.id,
        served_on=served_on.isoformat() if served_on else "",
    )  # fmt: skip
    _tell_person(enrolment, N_("您的学时被作废，可在申诉期内提出申诉"), now, due_on=until)
    return enrolment


@verb("programmes:enrolment:withdraw_voiding", on="enrolment")
def withdraw_voiding(
    actor: Actor, enrolment: Enrolment, reason: str, *, now: datetime
) -> Enrolment:
    """Hours were voided in error (another person, a mistaken report): they count again, by a
    further entry with a reason. An appeal that waits has what it asked for; what a reviewer has
    confirmed stands. Codes ``SELF``, ``REASON_REQUIRED``, ``appeal.decided``."""
    if enrolment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    voided = _last(enrolment, "void_hours")
    rejected = _after(enrolment, voided, _REJECT) if voided else None
    decided = Appeal(reviewer=rejected.actor_id, upheld=False) if rejected else None
    facts = _facts(enrolment, now, reason=reason, appeal=decided)
    _step(actor, enrolment, "withdraw_voiding", facts, now, reason.strip())
    ledger.advance(actor, [enrolment], now=now)
    _tell_person(
        enrolment, N_("作废您学时的决定已撤销，学时已恢复。理由：%(reason)s"), now,
        reason=reason.strip()[:200],
    )  # fmt: skip
    return enrolment


@verb("programmes:enrolment:appeal", on="enrolment")
def appeal(actor: Actor, enrolment: Enrolment, statement: str, *, now: datetime) -> EnrolmentEvent:
    """The person appeals against voided hours, once, before the window closes."""
    voided = _last(enrolment, "void_hours")
    if enrolment.state is not EnrolmentState.HOURS_VOIDED or voided is None:
        raise Refused.because("NOTHING_TO_APPEAL", N_("现在没有可以申诉的学时作废决定"))
    if not statement.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明申诉的理由"), status=422)
    if _after(enrolment, voided, _APPEAL) is not None:
        raise Refused.because("APPEALED_ALREADY", N_("您已提出申诉，请等待复核"))
    if clock.today(now) > date.fromisoformat(voided.detail["until"]):
        raise Refused.because(
            "APPEAL_CLOSED", N_("申诉期已于 %(until)s 届满"), basis="appeal.window",
            until=voided.detail["until"],
        )  # fmt: skip
    return ledger.note_step(enrolment, _APPEAL, enrolment.state, actor, now, statement.strip())


@verb("programmes:enrolment:uphold_appeal", on="enrolment")
def decide_appeal(
    actor: Actor, enrolment: Enrolment, upheld: bool, statement: str, *, now: datetime
) -> Enrolment:
    """Another person than the decider decides the appeal in writing: the hours count again,
    or the voiding stands."""
    voided = _last(enrolment, "void_hours")
    lodged = _after(enrolment, voided, _APPEAL) if voided else None
    if lodged is None or voided is None or _after(enrolment, voided, _REJECT) is not None:
        raise Refused.because("NO_APPEAL", N_("没有待复核的申诉"))
    if enrolment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得复核本人的事项"), status=403)
    facts = _facts(
        enrolment, now, voiding=_voiding(voided),
        appeal=Appeal(reviewer=actor.person_id, upheld=True, statement=statement),
    )  # fmt: skip
    if upheld:
        _step(actor, enrolment, "uphold_appeal", facts, now, statement)
        ledger.advance(actor, [enrolment], now=now)
        _tell_person(enrolment, N_("您的学时申诉成立，学时已恢复"), now)
    else:
        require(ENROLMENT.judge(enrolment.state, "uphold_appeal", facts), code="APPEAL")
        ledger.note_step(enrolment, _REJECT, enrolment.state, actor, now, statement)
        _tell_person(enrolment, N_("您的学时申诉未获支持，理由见学时页面"), now)
    tell(upheld=upheld)
    return enrolment


@verb("programmes:enrolment:study_again", on="enrolment")
def study_again(actor: Actor, enrolment: Enrolment, *, now: datetime) -> Enrolment:
    """The voiding is final: the voided credits are reversed, and study starts anew."""
    voided = _last(enrolment, "void_hours")
    if voided is None:
        raise Refused.because("NOT_VOIDED", N_("学时没有作废"))
    rejected = _after(enrolment, voided, _REJECT)
    lodged = _after(enrolment, voided, _APPEAL)
    decided = None
    if rejected is not None:
        decided = Appeal(reviewer=rejected.actor_id, upheld=False, statement=rejected.reason)
    elif lodged is not None:
        decided = Appeal()
    facts = _facts(enrolment, now, voiding=_voiding(voided), appeal=decided)
    _step(actor, enrolment, "study_again", facts, now)
    reason = ReversalReason(voided.detail["code"])
    fallen = _voided_credits(enrolment, voided)
    ledger.take_back(actor, fallen, reason, voided.reason, notice_served=True, now=now)
    tell(reversed=len(fallen))
    return enrolment


def _voided_credits(enrolment: Enrolment, voided: EnrolmentEvent) -> list[CreditEntry]:
    """The credits that a voiding took: those of its time, and what a correction has since put in
    the place of one of them."""
    former = sa.orm.aliased(CreditEntry)
    restated = sa.exists().where(
        former.enrolment_id == CreditEntry.enrolment_id,
        former.source_type == CreditEntry.source_type,
        former.source_ref == CreditEntry.source_ref,
        former.kind == LineKind.CREDIT,
        former.round < CreditEntry.round,
        former.recorded_at <= voided.at,
    )
    reversed_ids = sa.select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.is_not(None))
    query = sa.select(CreditEntry).where(
        CreditEntry.enrolment_id == enrolment.id,
        CreditEntry.kind == LineKind.CREDIT,
        sa.or_(CreditEntry.recorded_at <= voided.at, restated),
        CreditEntry.id.not_in(reversed_ids),
    )
    return list(db.session.scalars(query))


def events_of(enrolment: Enrolment) -> list[EnrolmentEvent]:
    """The history of an enrolment, newest first."""
    return list(
        db.session.scalars(
            sa.select(EnrolmentEvent)
            .where(EnrolmentEvent.enrolment_id == enrolment.id)
            .options(sa.orm.joinedload(EnrolmentEvent.actor))
            .order_by(EnrolmentEvent.id.desc())
        )
    )


def open_appeal(events: list[EnrolmentEvent]) -> EnrolmentEvent | None:
    """The appeal that waits for its decision, in a history that is newest first."""
    for event in events:
        if event.action == _APPEAL:
            return event
        if event.action in _ENDS_APPEAL:
            return None
    return None


def _facts(
    enrolment: Enrolment,
    now: datetime,
    *,
    reason: str = "",
    voiding: Voiding | None = None,
    appeal: Appeal | None = None,
) -> EnrolmentFacts:
    hours = hours_gate(queries.results([enrolment])[enrolment.id])
    return EnrolmentFacts(
        hours=hours, assignments=ALLOWED, today=clock.today(now), reason=reason,
        voiding=voiding, appeal=appeal,
    )  # fmt: skip


def _step(
    actor: Actor,
    enrolment: Enrolment,
    action: str,
    facts: EnrolmentFacts,
    now: datetime,
    reason: str = "",
    **detail: object,
) -> None:
    verdict, target = ENROLMENT.step(enrolment.state, action, facts)
    require(verdict, status=422, code=verdict.codes[0] if verdict.codes else "REFUSED")
    ledger.note_step(enrolment, action, EnrolmentState(target), actor, now, reason, **detail)
    tell(action=action, state=target)


def _last(enrolment: Enrolment, action: str) -> EnrolmentEvent | None:
    return next((e for e in events_of(enrolment) if e.action == action), None)


def _after(enrolment: Enrolment, first: EnrolmentEvent, action: str) -> EnrolmentEvent | None:
    """The step ``action`` taken after ``first``."""
    later = (e for e in events_of(enrolment) if e.id > first.id and e.action == action)
    return next(later, None)


def _voiding(event: EnrolmentEvent) -> Voiding:
    """The papers of a voiding, as its event kept them."""
    return Voiding(
        reason=ReversalReason(event.detail["code"]),
        statement=event.reason,
        evidence=event.detail["evidence"],
        decided_by=event.actor_id or 0,
        notice_served_on=date.fromisoformat(event.detail["served_on"]),
        appeal_until=date.fromisoformat(event.detail["until"]),
    )


def _tell_person(
    enrolment: Enrolment, message: str, now: datetime, due_on: date | None = None, **params: str
) -> None:
    inbox.send(
        enrolment.person_id, "training", message, now=now, url=_HOURS_URL, due_on=due_on, **params
    )
