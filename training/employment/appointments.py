"""Appointing (聘任): proposal with the committee's resolution, approval by another person,
filing with the bureau, taking the post."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from certificates import cards
from certificates import queries as certificates
from training.core import access, clock, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import about, tell, verb
from training.people import inbox, numbering, persons
from training.people.models import Person
from training.people.rules.person import ServiceKind, Sex, Standing
from training.proceedings.rules.separation import Hand

from .appointment_models import Appointment, AppointmentEvent
from .queries import hand
from .rules.appointment import (
    AppointmentFacts,
    AppointmentKind,
    AppointmentRecord,
    AppointmentState,
    Engagement,
    effective_state,
    file_gate,
    post_gate,
    serves_on,
    term_of,
)
from .rules.appointment_lifecycle import APPOINTMENT
from .standing import set_standing, standing_facts
from .steps import must

_S = AppointmentState
_MINE = "/employment/appointments"
PENDING = (_S.PROPOSED, _S.COMMITTEE_RESOLUTION, _S.FILED)
_PROPOSE = "employment:appointment:propose"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is proposed, as it was typed into the form."""

    kind: AppointmentKind
    service_kind: ServiceKind
    term_start: date
    resolution: str
    resolved_on: date
    reason: str
    engagement: Engagement
    agency: str
    contract_from: date | None
    contract_until: date | None


def appointments_of(person_id: int) -> list[Appointment]:
    """A person's appointments, newest first."""
    query = sa.select(Appointment).where(Appointment.person_id == person_id)
    return list(db.session.scalars(query.order_by(Appointment.id.desc())))


def events_of(appointment: Appointment) -> list[AppointmentEvent]:
    """What was done, oldest first."""
    return list(
        db.session.scalars(
            sa.select(AppointmentEvent)
            .where(AppointmentEvent.appointment_id == appointment.id)
            .options(joinedload(AppointmentEvent.actor))
            .order_by(AppointmentEvent.id)
        )
    )


def state_of(appointment: Appointment, today: date) -> AppointmentState:
    """The state today: a term that nobody decided on is lapsed by its date."""
    return effective_state(appointment.record, today)


def to_file_later(appointment: Appointment) -> bool:
    """Whether this is a renewed term whose filing is still to be entered."""
    return (
        appointment.renews_id is not None
        and appointment.filed_at is None
        and appointment.state in (_S.IN_TERM, _S.RENEWAL_REVIEW)
    )


def version_of(appointment: Appointment) -> str:
    """What a form carries of the papers it shows, so that one opened before a change is
    refused."""
    last = db.session.scalar(
        sa.select(sa.func.max(AppointmentEvent.id)).where(
            AppointmentEvent.appointment_id == appointment.id
        )
    )
    return hashlib.sha256(f"{appointment.public_id}/{last}".encode()).hexdigest()[:16]


def certificate_gate(record: AppointmentRecord, person_id: int, org: OrgUnit, on: date) -> Verdict:
    """持证上岗: whether the certificate allows this post on this day. ``certificate.required``."""
    required = policy.get("cert.required_for", org, on).value
    return post_gate(
        record,
        required_for=[ServiceKind(s) for s in required],
        certificate_in_force=certificates.active_certificate(person_id, on) is not None,
    )


def composition(org: OrgUnit, joining: Person) -> tuple[int, int]:
    """How many members the committee has with this person, and how many of them are women."""
    query = sa.select(Person.id, Person.sex).where(
        Person.org_id == org.id, Person.standing.in_((Standing.IN_POST, Standing.SUSPENDED))
    )
    members = {row.id: row.sex for row in db.session.execute(query)}
    members[joining.id] = joining.sex
    return len(members), sum(sex is Sex.FEMALE for sex in members.values())


def facts_of(appointment: Appointment, actor: Actor, now: datetime) -> AppointmentFacts:
    """What the gates look at, without what only an ending knows (a death, an exit)."""
    today, org = clock.today(now), db.session.get_one(OrgUnit, appointment.org_id)
    on = max(today, appointment.term_start)
    record = appointment.record
    return AppointmentFacts(
        today=today,
        record=record,
        actor=hand(actor),
        subject=Hand(appointment.person_id),
        proposer=Hand(appointment.proposed_by),
        post=certificate_gate(record, appointment.person_id, org, on),
        resolution=appointment.resolution,
        filing=appointment.filing,
        death_record="",
        reason=appointment.reason,
        renewal_window_days=policy.get("term.renewal_window_days", org, today).value,
        exit_final=False,
        cause=None,
    )


def judge(appointment: Appointment, action: str, actor: Actor, now: datetime) -> Verdict:
    """What the gate of an action says now; filing is judged as if its papers were named."""
    facts = facts_of(appointment, actor, now)
    if action == "file":
        facts = replace(facts, filing="x")
        if to_file_later(appointment):
            return file_gate(facts)
    return APPOINTMENT.judge(state_of(appointment, facts.today), action, facts)


def enter_event(
    actor: Actor, appointment: Appointment, action: str, before: AppointmentState,
    now: datetime, reason: str = "", **detail: object,
) -> None:  # fmt: skip
    """Append what was done to the appointment's history."""
    db.session.add(
        AppointmentEvent(
            appointment_id=appointment.id, action=action, before=before,
            after=appointment.state, actor_id=actor.person_id, reason=reason,
            detail=detail, at=now,
        )
    )  # fmt: skip
    about(appointment)
    tell(action=action, state=str(appointment.state), **detail)


def _step(actor: Actor, appointment: Appointment, action: str, now: datetime) -> None:
    before = state_of(appointment, clock.today(now))
    verdict, target = APPOINTMENT.step(before, action, facts_of(appointment, actor, now))
    must(verdict)
    appointment.state = AppointmentState(target)


def _write(appointment: Appointment, terms: Terms, org: OrgUnit, now: datetime) -> None:
    """Put the terms in. Raises ``Refused`` (422): ``NO_RESOLUTION``, ``AGENCY``."""
    if not terms.resolution.strip():
        raise Refused.because(
            "NO_RESOLUTION", N_("请附上推选或者聘任单位的决议"), status=422, basis="人民调解法#13"
        )
    if terms.engagement is Engagement.LABOUR_DISPATCH and not terms.agency.strip():
        raise Refused.because("AGENCY", N_("劳务派遣的，请写明派遣单位"), status=422)
    years = policy.get("term.years", org, terms.term_start)
    start, end = term_of(terms.term_start, years.value)
    record = AppointmentRecord(terms.kind, terms.service_kind, _S.PROPOSED, start, end)
    on = max(clock.today(now), start)
    require(certificate_gate(record, appointment.person_id, org, on), code="CERTIFICATE_REQUIRED")
    appointment.kind, appointment.service_kind = terms.kind, terms.service_kind
    appointment.term_start, appointment.term_end, appointment.policy_id = start, end, years.id
    appointment.resolution, appointment.resolved_on = terms.resolution.strip(), terms.resolved_on
    appointment.reason, appointment.engagement = terms.reason.strip(), terms.engagement
    appointment.agency = terms.agency.strip()
    appointment.contract_from = terms.contract_from
    appointment.contract_until = terms.contract_until


@verb(_PROPOSE, at="org")
def propose(
    actor: Actor, org: OrgUnit, person: Person, terms: Terms, *, now: datetime
) -> Appointment:
    """Propose somebody on the strength of the committee's resolution.

    Raises ``Refused``: ``CERTIFICATE_REQUIRED`` (a full-time post without a certificate),
    ``SELF``, ``LEFT``, ``APPOINTED_ALREADY``, ``NO_RESOLUTION``, ``AGENCY``.
    """
    if not access.may(actor, _PROPOSE, person):
        raise NotVisible("person")
    db.session.get_one(Person, person.id, with_for_update={"of": Person})
    if person.id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if person.standing in (Standing.LEFT, Standing.SUSPENDED):
        raise Refused.because("LEFT", N_("已退出的人员须重新应聘，暂停工作的人员须先恢复"))
    today = clock.today(now)
    for held in appointments_of(person.id):
        if held.state in PENDING or serves_on(held.record, today):
            raise Refused.because("APPOINTED_ALREADY", N_("此人已有办理中或者有效的聘任"))
    made = Appointment(
        org_id=org.id, person_id=person.id, state=_S.PROPOSED, proposed_by=actor.person_id,
        proposed_at=now,
    )  # fmt: skip
    _write(made, terms, org, now)
    db.session.add(made)
    db.session.flush()
    enter_event(actor, made, "propose", _S.PROPOSED, now, made.reason, policy_id=made.policy_id)
    return made


@verb(_PROPOSE, on="appointment")
def amend(
    actor: Actor, appointment: Appointment, terms: Terms, reason: str, *, now: datetime
) -> Appointment:
    """Correct a proposal that is not approved yet, with a reason; who corrects has proposed."""
    if appointment.state is not _S.PROPOSED:
        raise Refused.because("ALREADY_DECIDED", N_("已经审批，不能再更正提名"))
    if appointment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    former = {
        "term_start": appointment.term_start.isoformat(), "resolution": appointment.resolution,
        "kind": str(appointment.kind), "engagement": str(appointment.engagement),
    }  # fmt: skip
    org = db.session.get_one(OrgUnit, appointment.org_id)
    _write(appointment, terms, org, now)
    appointment.proposed_by, appointment.proposed_at = actor.person_id or 0, now
    enter_event(actor, appointment, "amend", _S.PROPOSED, now, reason.strip(), former=former)
    return appointment


@verb("employment:appointment:approve", on="appointment")
def approve(actor: Actor, appointment: Appointment, seen: str, *, now: datetime) -> Appointment:
    """Approve what another person proposed. ``seen`` is the ``version_of`` the approver read.
    Codes ``SELF``, ``SAME_PERSON``, ``CHANGED``, ``ALREADY_DECIDED``, ``GATE``."""
    if appointment.approved_at is not None:
        by = db.session.get(Person, appointment.approved_by or 0)
        raise Refused.because(
            "ALREADY_DECIDED", N_("%(who)s 已于 %(when)s 审批"), who=by.name if by else "",
            when=f"{clock.local(appointment.approved_at):%Y-%m-%d %H:%M}",
        )  # fmt: skip
    if seen != version_of(appointment):
        raise Refused.because("CHANGED", N_("材料已更新，请重新审阅"))
    _step(actor, appointment, "resolve", now)
    appointment.approved_by, appointment.approved_at = actor.person_id, now
    enter_event(actor, appointment, "resolve", _S.PROPOSED, now)
    return appointment


@verb("employment:appointment:file", on="appointment")
def file(actor: Actor, appointment: Appointment, filing: str, *, now: datetime) -> Appointment:
    """File with the bureau (备案). A renewed term runs already: it is filed when its papers come.
    Codes ``SELF``, ``GATE`` (``appointment.no_filing``)."""
    before = appointment.state
    appointment.filing = filing.strip()[:200]
    if to_file_later(appointment):
        must(file_gate(facts_of(appointment, actor, now)))
    else:
        _step(actor, appointment, "file", now)
    appointment.filed_by, appointment.filed_at = actor.person_id, now
    enter_event(actor, appointment, "file", before, now)
    return appointment


@verb("employment:appointment:begin", on="appointment")
def begin(actor: Actor, appointment: Appointment, *, now: datetime) -> Appointment:
    """The post is taken: number if there is none, standing in post, work card, told to the
    person, at once. Codes ``SELF``, ``GATE`` (``appointment.before_term``,
    ``certificate.required``)."""
    _step(actor, appointment, "begin", now)
    today = clock.today(now)
    appointment.began_on = today
    person = db.session.get_one(Person, appointment.person_id, with_for_update={"of": Person})
    org = db.session.get_one(OrgUnit, appointment.org_id)
    if person.org_id != org.id:
        persons.move(actor, person, org, appointment.resolution, now)
    person.service_kind = appointment.service_kind
    numbering.give(person)
    db.session.flush()
    certified = certificates.active_certificate(person.id, today) is not None
    shown = standing_facts(
        certificate_in_force=certified,
        appointment_in_force=serves_on(appointment.record, today),
        post=facts_of(appointment, actor, now).post,
    )
    if person.standing is Standing.TRAINEE and certified:
        set_standing(actor, person, "certify", shown, source=appointment, now=now)
    # Who was in post before the site existed is entered here without a change of standing.
    if person.standing is not Standing.IN_POST:
        set_standing(actor, person, "take_post", shown, source=appointment, now=now)
    if certificates.card_of(person.id) is None:
        cards.issue_card(actor, person, now=now)
    enter_event(actor, appointment, "begin", _S.FILED, now, number=person.mediator_no)
    inbox.send(
        person.id, "appointment", N_("您已受聘为%(org)s人民调解员，任期至 %(until)s"), now=now,
        url=_MINE, org=org.name, until=appointment.term_end.isoformat(),
    )  # fmt: skip
    return appointment


@system_unit
def certify(actor: Actor, people: Iterable[Person], *, now: datetime) -> int:
    """Trainees who hold a certificate in force become certified; returns how many."""
    trainees = [p for p in people if p.standing is Standing.TRAINEE]
    held = certificates.active_certificates([p.id for p in trainees], clock.today(now))
    shown = standing_facts(certificate_in_force=True)
    done = [p for p in trainees if p.id in held and p.mediator_no]
    for person in done:
        set_standing(actor, person, "certify", shown, source=held[person.id], now=now)
    return len(done)
