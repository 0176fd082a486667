"""Sessions: planning, sign-up, check-in, and attendance that a trainer confirms.

``changing`` corrects what was planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from training.core import clock, policy
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED
from training.core.rules.vocabulary import Topic, TrainingForm
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Person

from . import ledger, queries
from .models import Attendance, CreditEntry, SessionTemplate, SignUp, TrainingSession
from .rules.ledger import LineKind, ReversalReason
from .rules.sessions import (
    SESSION,
    Mark,
    SessionFacts,
    SessionState,
    check_in_gate,
    mark_gate,
    sign_up_gate,
)

SOURCE = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a session is to be. ``minutes`` is what full attendance credits."""

    title: str
    topic: Topic
    form: TrainingForm
    place: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    capacity: int = 0
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an attendance list; ``minutes`` None: all of the session's."""

    person: Person
    mark: Mark
    reason: str = ""
    minutes: int | None = None


def check(plan: Plan) -> None:
    """A plan that can be. Raises ``Refused``: SESSION_TIMES, SESSION_MINUTES, SESSION_FORM."""
    length = (plan.ends_at - plan.starts_at) // timedelta(minutes=1)
    if length <= 0:
        raise Refused.because("SESSION_TIMES", N_("结束时间应晚于开始时间"), status=422)
    if not 0 < plan.minutes <= length:
        raise Refused.because(
            "SESSION_MINUTES", N_("计入学时的分钟数不能超过培训时长（%(length)s 分钟）"),
            status=422, length=length,
        )  # fmt: skip
    if plan.form is TrainingForm.ONLINE_STUDY:
        raise Refused.because(
            "SESSION_FORM", N_("在线学习由课程计时，不能安排为培训班"), status=422
        )


@verb("programmes:session:manage", at="org")
def plan_session(
    actor: Actor,
    org: OrgUnit,
    plan: Plan,
    *,
    trainer: Person | None = None,
    template: SessionTemplate | None = None,
    open_now: bool = True,
    now: datetime,
) -> TrainingSession:
    """Plan a session for an organisation and all below it; by default sign-up opens at once."""
    check(plan)
    session = TrainingSession(
        org_id=org.id, template_id=template.id if template else None, title=plan.title,
        trainer_id=trainer.id if trainer else actor.person_id, created_at=now,
        state=SessionState.PLANNED, **columns_of(plan, org),
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    facts = SessionFacts(starts_at=session.starts_at, now=now)
    verdict, target = SESSION.step(session.state, "open", facts)
    if open_now and verdict:
        session.state = SessionState(target)
    tell(topic=str(plan.topic), form=str(plan.form), minutes=plan.minutes, state=session.state)
    return session


def columns_of(plan: Plan, org: OrgUnit) -> dict[str, object]:
    """A plan as columns of ``TrainingSession``, without the title."""
    on = clock.today(plan.starts_at)
    before = policy.get("training.checkin", org, on).value["before_minutes"]
    return {
        "title_en": plan.title_en, "summary": plan.summary, "summary_en": plan.summary_en,
        "topic": plan.topic, "form": plan.form, "place": plan.place, "minutes": plan.minutes,
        "starts_at": plan.starts_at, "ends_at": plan.ends_at, "capacity": plan.capacity,
        "door_opens_at": plan.starts_at - timedelta(minutes=before),
    }  # fmt: skip


@verb("programmes:session:manage", on="session")
def open_session(actor: Actor, session: TrainingSession, *, now: datetime) -> TrainingSession:
    """Open the sign-up."""
    return step(session, "open", SessionFacts(starts_at=session.starts_at, now=now))


def step(session: TrainingSession, action: str, facts: SessionFacts) -> TrainingSession:
    """Move a session by its lifecycle. Raises ``Refused`` with the reasons of its gate."""
    verdict, target = SESSION.step(session.state, action, facts)
    require(verdict, status=422, code=next(iter(verdict.codes), "REFUSED"))
    session.state = SessionState(target)
    tell(action=action)
    return session


def signed(session: TrainingSession) -> list[int]:
    """Who has a place, by person id."""
    query = sa.select(SignUp.person_id).where(
        SignUp.session_id == session.id, SignUp.withdrawn_at.is_(None)
    )
    return list(db.session.scalars(query))


@verb("programmes:session:join", on="session")
def sign_up(actor: Actor, session: TrainingSession, *, now: datetime) -> SignUp:
    """Take a place. The session is locked, so that the last place is given once."""
    person = _offered(actor, session)
    place = queries.place_of(session.id, person.id)
    if place is not None and place.withdrawn_at is None:
        return place
    require(
        sign_up_gate(
            state=session.state, starts_at=session.starts_at, now=now,
            capacity=session.capacity, taken=len(signed(session)),
        ),
        code="SIGN_UP",
    )  # fmt: skip
    return _take_place(session, person, place, now)


@verb("programmes:session:join", on="session")
def give_up_place(actor: Actor, session: TrainingSession, *, now: datetime) -> SignUp:
    """Give a place back before the session begins."""
    place = queries.place_of(session.id, _offered(actor, session).id)
    if place is None or place.withdrawn_at is not None:
        raise Refused.because("NOT_SIGNED_UP", N_("您没有报名这次培训"))
    if now >= session.starts_at:
        raise Refused.because("SESSION_BEGUN", N_("培训已经开始，不能取消报名，请联系教员"))
    place.withdrawn_at = now
    return place


@verb("programmes:session:join", on="session")
def check_in(actor: Actor, session: TrainingSession, *, now: datetime) -> SignUp:
    """Say at the door that one is there; the trainer's confirmation is what counts.
    Somebody without a place takes one if there is room."""
    person = _offered(actor, session)
    require(
        check_in_gate(
            state=session.state, opens_at=session.door_opens_at, ends_at=session.ends_at, now=now
        ),
        code="CHECK_IN",
    )
    place = queries.place_of(session.id, person.id)
    if place is None or place.withdrawn_at is not None:
        taken = len(signed(session))
        if session.capacity and taken >= session.capacity:
            raise Refused.because("SESSION_FULL", N_("名额已满，请联系教员登记"))
        place = _take_place(session, person, place, now)
    place.checked_in_at = place.checked_in_at or now
    return place


def _offered(actor: Actor, session: TrainingSession) -> Person:
    person = db.session.get_one(Person, actor.person_id)
    if not queries.is_offered(session, person):
        raise Refused.because(
            "NOT_OFFERED", N_("这次培训由其他单位举办，不面向您所在的单位"), status=403,
            mend="programmes.sessions",
        )  # fmt: skip
    return person


def _take_place(
    session: TrainingSession, person: Person, place: SignUp | None, now: datetime
) -> SignUp:
    if place is None:
        place = SignUp(
            session_id=session.id, person_id=person.id, org_id=person.org_id, signed_at=now
        )
        db.session.add(place)
    place.signed_at, place.withdrawn_at = now, None
    db.session.flush()
    return place


@verb("programmes:attendance:record", on="session")
def add_to_class(
    actor: Actor, session: TrainingSession, person: Person, *, now: datetime
) -> SignUp:
    """Put somebody who came without a place on the class list; capacity does not stop it."""
    place = queries.place_of(session.id, person.id)
    if place is not None and place.withdrawn_at is None:
        return place
    if session.state is SessionState.CANCELLED:
        raise Refused.because("SESSION_OVER", N_("培训已取消，不能再加人"))
    return _take_place(session, person, place, now)


def marks_of(session: TrainingSession) -> dict[int, Attendance]:
    """The marks in force by person id: those that no further entry replaced."""
    newer = sa.orm.aliased(Attendance)
    query = (
        sa.select(Attendance)
        .outerjoin(newer, newer.replaces_id == Attendance.id)
        .where(Attendance.session_id == session.id, newer.id.is_(None))
        .options(sa.orm.joinedload(Attendance.person))
    )
    return {a.person_id: a for a in db.session.scalars(query)}


def standing_credits(session: TrainingSession) -> list[CreditEntry]:
    """The hours that a session gave and nobody took back."""
    reversed_ids = sa.select(CreditEntry.reverses_id).where(CreditEntry.reverses_id.is_not(None))
    query = (
        sa.select(CreditEntry)
        .where(
            CreditEntry.source_type == SOURCE,
            CreditEntry.source_ref == session.public_id,
            CreditEntry.kind == LineKind.CREDIT,
            CreditEntry.id.not_in(reversed_ids),
        )
        .options(sa.orm.joinedload(CreditEntry.person))
        .order_by(CreditEntry.id)
    )
    return list(db.session.scalars(query))


@verb("programmes:attendance:record", on="session")
def record_attendance(
    actor: Actor, session: TrainingSession, entries: Sequence[Entry], *, now: datetime
) -> TrainingSession:
    """Confirm who was there: marks, and the hours that follow from them, in one act.

    A line that says what is recorded already changes nothing; a different one corrects it
    by a further entry with a reason, takes the old credit back and gives the new one.
    """
    if not entries:
        raise Refused.because("NOBODY_MARKED", N_("请先勾选到场情况"), status=422)
    held = marks_of(session)
    fresh = [e for e in entries if _differs(session, e, held.get(e.person.id))]
    verdict = ALLOWED
    for entry in fresh:
        correction = entry.person.id in held
        verdict &= mark_gate(
            mark=entry.mark, minutes=_minutes(session, entry), session_minutes=session.minutes,
            reason=entry.reason, himself=entry.person.id == actor.person_id,
        )  # fmt: skip
        if correction and not entry.reason.strip() and entry.mark is Mark.PRESENT:
            raise Refused.because(
                "REASON_REQUIRED", N_("更正已登记的到场情况，请写明理由"), status=422
            )
    require(verdict, status=422, code=next(iter(verdict.codes), "REFUSED"))
    step(session, "hold", SessionFacts(starts_at=session.starts_at, now=now))
    session.held_at = session.held_at or now
    _take_back_replaced(actor, session, [e for e in fresh if e.person.id in held], now)
    for entry in fresh:
        former = held.get(entry.person.id)
        db.session.add(
            Attendance(
                session_id=session.id, person_id=entry.person.id, org_id=session.org_id,
                mark=entry.mark, minutes=_minutes(session, entry), reason=entry.reason.strip()[:200],
                recorded_at=now, recorder_id=actor.person_id,
                replaces_id=former.id if former else None,
            )
        )  # fmt: skip
    db.session.flush()
    credits = [
        credit_of(session, e.person, _minutes(session, e))
        for e in fresh
        if e.mark is not Mark.ABSENT
    ]
    ledger.post(actor, credits, now=now)
    tell(marked=len(fresh), corrected=sum(e.person.id in held for e in fresh))
    return session


def credit_of(session: TrainingSession, person: Person, minutes: int) -> ledger.Credit:
    """The hours that a session gives a person."""
    return ledger.Credit(
        person=person, topic=session.topic, form=session.form, minutes=minutes,
        occurred_on=clock.today(session.starts_at), source_type=SOURCE,
        source_ref=session.public_id, title=session.title, title_en=session.title_en,
    )  # fmt: skip


def _minutes(session: TrainingSession, entry: Entry) -> int:
    if entry.mark is Mark.ABSENT:
        return 0
    return session.minutes if entry.minutes is None else entry.minutes


def _differs(session: TrainingSession, entry: Entry, held: Attendance | None) -> bool:
    return held is None or (held.mark, held.minutes) != (entry.mark, _minutes(session, entry))


def _take_back_replaced(
    actor: Actor, session: TrainingSession, entries: Iterable[Entry], now: datetime
) -> None:
    """Reverse the standing credits of those whose mark is corrected."""
    corrected = {e.person.id: e for e in entries}
    for credit in standing_credits(session):
        entry = corrected.get(credit.person_id)
        if entry is None:
            continue
        why = (
            ReversalReason.NOT_ATTENDED if entry.mark is Mark.ABSENT else ReversalReason.WRONG_ENTRY
        )
        ledger.take_back(actor, [credit], why, entry.reason, now=now)
