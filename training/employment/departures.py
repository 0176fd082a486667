"""How a post ends apart from an exit decision: resignation, death, a term that nobody decided on;
and what follows whenever somebody leaves, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from certificates import service as certificates
from certificates.rules.lifecycle import CancellationGround
from training.core import clock
from training.core.db import db
from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people import facts, inbox, roles, timeline
from training.people.models import Account, Fact, Person, RoleGrant
from training.people.rules.person import Standing
from training.proceedings.rules.separation import Hand

from . import exit_queries
from .appointment_models import Appointment, AppointmentEvent, DeathReport
from .appointments import PENDING, appointments_of, enter_event, events_of, facts_of, state_of
from .rules.appointment import (
    AppointmentFacts,
    AppointmentState,
    TerminationCause,
    holds_on,
    serves_on,
)
from .rules.appointment_lifecycle import APPOINTMENT, withdrawal_to
from .rules.standing import LeaveReason
from .standing import set_standing, standing_facts
from .steps import must

_S = AppointmentState
_ENDED = {_S.RESIGNED: LeaveReason.RESIGNED, _S.TERMINATED: LeaveReason.EXIT_DECISION}
DEATH_FACT = "employment.died"


@timeline.describes(DEATH_FACT)
def _died(fact: Fact) -> Words:
    return Words(N_("登记死亡"))


def end(
    actor: Actor, appointment: Appointment, action: str, shown: AppointmentFacts, now: datetime,
    **detail: object,
) -> None:  # fmt: skip
    """Terminate or resign an appointment. Raises ``Refused`` as ``steps.must`` does."""
    before = state_of(appointment, shown.today)
    verdict, target = APPOINTMENT.step(before, action, shown)
    must(verdict)
    appointment.state = AppointmentState(target)
    if appointment.began_on is not None:
        appointment.ended_on = max(shown.today, appointment.began_on)
    enter_event(actor, appointment, action, before, now, shown.reason, **detail)


def held(person_id: int, today: date) -> list[Appointment]:
    """The appointments that hold today or are to hold: the running term and the next one."""
    return [a for a in appointments_of(person_id) if holds_on(a.record, today)]


def leave(
    actor: Actor, person: Person, why: LeaveReason, reason: str, source: object, now: datetime
) -> Person:
    """Standing left, work card withdrawn, roles ended: what follows whenever somebody in post
    leaves. Joins the transaction of the act. Who has left already is left as they are."""
    today = clock.today(now)
    if person.standing in (Standing.IN_POST, Standing.SUSPENDED):
        shown = standing_facts(
            appointment_in_force=any(
                serves_on(a.record, today) for a in appointments_of(person.id)
            ),
            reason=reason,
            leave_reason=why,
            exit_final=why is LeaveReason.EXIT_DECISION,
            resigned=why is LeaveReason.RESIGNED,
            term_over=why is LeaveReason.TERM_OVER,
            died=why is LeaveReason.DIED,
        )
        set_standing(actor, person, "leave", shown, source=source, now=now)
    certificates.withdraw_card(actor, person, reason, now=now)
    grants = db.session.scalars(
        sa.select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(Account.person_id == person.id, RoleGrant.revoked_at.is_(None))
    ).all()
    for grant in grants:
        roles.revoke(actor, grant, now=now)
    tell(left=str(why), roles_ended=len(grants))
    return person


@verb("employment:appointment:resign", on="appointment")
def resign(actor: Actor, appointment: Appointment, reason: str, *, now: datetime) -> Appointment:
    """The person resigns, in words; the next term, if there is one, goes with it. HR settles
    the rest. Codes ``NOT_OWN``, ``REASON_REQUIRED``, ``GATE``."""
    today = clock.today(now)
    both = {a.id: a for a in [appointment, *held(appointment.person_id, today)]}
    for each in both.values():
        shown = replace(facts_of(each, actor, now), reason=reason)
        end(actor, each, "resign", shown, now)
    about(appointment)
    inbox.send(
        appointment.proposed_by, "appointment", N_("%(name)s已辞任，请办理离岗"), now=now,
        url=f"/employment/appointments/{appointment.public_id}", name=appointment.person.name,
    )  # fmt: skip
    return appointment


def judge_resignation(appointment: Appointment, actor: Actor, now: datetime) -> Verdict:
    """What the gate of resigning says now, as if the reason were written."""
    shown = replace(facts_of(appointment, actor, now), reason="理由")
    return APPOINTMENT.judge(state_of(appointment, shown.today), "resign", shown)


def resigned_with(appointment: Appointment) -> list[tuple[Appointment, AppointmentEvent]]:
    """The terms that ended by one resignation, this one first, each with the entry that ended
    it; nothing where the appointment did not end so."""
    last = _resignation(appointment)
    if last is None:
        return []
    found = [(appointment, last)]
    for other in appointments_of(appointment.person_id):
        entry = _resignation(other) if other.id != appointment.id else None
        if entry is not None and entry.at == last.at:
            found.append((other, entry))
    return found


def _resignation(appointment: Appointment) -> AppointmentEvent | None:
    if appointment.state is not _S.RESIGNED:
        return None
    return next((e for e in reversed(events_of(appointment)) if e.action == "resign"), None)


def _withdrawal_facts(
    appointment: Appointment, entry: AppointmentEvent, actor: Actor, reason: str, now: datetime
) -> AppointmentFacts:
    person, today = appointment.person, clock.today(now)
    serving = person.standing in (Standing.IN_POST, Standing.SUSPENDED)
    others = [a for a in appointments_of(person.id) if a.id > appointment.id]
    return replace(
        facts_of(appointment, actor, now),
        reason=reason,
        settled=person.standing is Standing.LEFT or (entry.before not in PENDING and not serving),
        appointed_since=any(a.state in PENDING or holds_on(a.record, today) for a in others),
    )


def judge_withdrawal(appointment: Appointment, actor: Actor, now: datetime) -> Verdict | None:
    """What the gate of taking a resignation back says now, as if the reason were written; None
    where nobody resigned."""
    entry = _resignation(appointment)
    if entry is None:
        return None
    shown = _withdrawal_facts(appointment, entry, actor, "理由", now)
    return APPOINTMENT.judge(appointment.state, withdrawal_to(entry.before), shown)


@verb("employment:appointment:withdraw_resignation", on="appointment")
def withdraw_resignation(
    actor: Actor, appointment: Appointment, reason: str, *, now: datetime
) -> Appointment:
    """The person takes a resignation back, with a reason, before HR has recorded the leaving:
    the terms that ended by it hold again as they stood, by further entries; HR is told. Standing,
    card, certificate and roles were not changed by the resignation.

    Codes ``NOT_RESIGNED``, ``NOT_OWN``, ``REASON_REQUIRED``, ``GATE`` (``appointment.settled``,
    ``appointment.appointed_since``, ``appointment.not_in_force``).
    """
    db.session.get_one(Person, appointment.person_id, with_for_update={"of": Person})
    ended = resigned_with(appointment)
    if not ended:
        raise Refused.because("NOT_RESIGNED", N_("这项聘任没有辞任，或者已经撤回"))
    shown = {a.id: _withdrawal_facts(a, e, actor, reason, now) for a, e in ended}
    for each, entry in ended:
        action = withdrawal_to(entry.before)
        verdict, target = APPOINTMENT.step(each.state, action, shown[each.id])
        must(verdict)
        each.state, each.ended_on = AppointmentState(target), None
        enter_event(actor, each, "withdraw_resignation", _S.RESIGNED, now, reason.strip())
    about(appointment)
    inbox.send(
        appointment.proposed_by, "appointment",
        N_("%(name)s已撤回辞任，聘任照旧，请不再办理离岗"), now=now,
        url=f"/employment/appointments/{appointment.public_id}", name=appointment.person.name,
    )  # fmt: skip
    return appointment


def death_of(appointment: Appointment) -> DeathReport | None:
    """The report of a death as last corrected."""
    return db.session.scalar(
        sa.select(DeathReport)
        .where(DeathReport.appointment_id == appointment.id)
        .order_by(DeathReport.id.desc())
        .limit(1)
    )


@verb("employment:appointment:report_death", on="appointment")
def report_death(
    actor: Actor, appointment: Appointment, died_on: date, proof: str, why: str, *, now: datetime
) -> DeathReport:
    """Report a death with its proof; a further report corrects the one before, with a reason.
    Codes ``SELF``, ``REASON_REQUIRED``, ``PROOF``, ``FUTURE``."""
    former = death_of(appointment)
    if appointment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if not proof.strip():
        raise Refused.because("PROOF", N_("请附上死亡证明"), status=422)
    if died_on > clock.today(now):
        raise Refused.because("FUTURE", N_("死亡日期不能晚于今天"), status=422)
    if former is not None and not why.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    made = DeathReport(
        appointment_id=appointment.id, died_on=died_on, proof=proof.strip()[:200],
        corrects_id=former.id if former else None, why=why.strip()[:200] if former else "",
        reported_by=actor.person_id, reported_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    about(appointment)
    tell(report=made.public_id, corrects=former.public_id if former else "")
    return made


def living(appointment: Appointment) -> bool:
    """Whether a death would still end something: the person has not left, a term has begun."""
    return (
        appointment.person.standing in (Standing.IN_POST, Standing.SUSPENDED)
        and appointment.began_on is not None
    )


def death_facts(
    appointment: Appointment, report: DeathReport, actor: Actor, reason: str, now: datetime
) -> AppointmentFacts:
    """What the gate of ending an appointment by death looks at."""
    return replace(
        facts_of(appointment, actor, now),
        proposer=Hand(report.reported_by),
        death_record=report.proof,
        reason=reason,
        cause=TerminationCause.DEATH,
        post=ALLOWED,
    )


@verb("employment:appointment:terminate", on="appointment")
def confirm_death(
    actor: Actor, appointment: Appointment, reason: str, *, now: datetime
) -> Appointment:
    """Another person than who reported it confirms a death: the appointment ends, standing left,
    work card withdrawn, certificate cancelled, roles ended, at once. Codes ``NO_REPORT``,
    ``ALREADY_DECIDED``, ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``, ``GATE``."""
    report, today = death_of(appointment), clock.today(now)
    if report is None:
        raise Refused.because("NO_REPORT", N_("还没有登记死亡证明"))
    person = db.session.get_one(Person, appointment.person_id, with_for_update={"of": Person})
    if person.standing is Standing.LEFT:
        raise Refused.because("ALREADY_DECIDED", N_("此人已经离岗"))
    ending = held(person.id, today)
    if not ending:
        must(
            APPOINTMENT.judge(
                _S.IN_TERM, "terminate", death_facts(appointment, report, actor, reason, now)
            )
        )
    for each in ending:
        end(
            actor, each, "terminate", death_facts(each, report, actor, reason, now), now,
            report=report.public_id, cause=str(TerminationCause.DEATH),
        )  # fmt: skip
    leave(actor, person, LeaveReason.DIED, reason, appointment, now)
    certificates.cancel_in_decision(actor, person, CancellationGround.DIED, reason, now=now)
    facts.record(
        actor, person, DEATH_FACT, report.died_on, {"report": report.public_id},
        source=appointment, now=now,
    )  # fmt: skip
    about(appointment)
    return appointment


def leave_reason(appointment: Appointment, today: date) -> LeaveReason | None:
    """Why somebody is to be recorded as left, as the appointment shows it; None while it holds
    or an exit review is to say so."""
    state = state_of(appointment, today)
    over = state in (_S.LAPSED, _S.NOT_RENEWED, _S.RENEWED) and today > appointment.term_end
    if over:
        return LeaveReason.TERM_OVER
    return LeaveReason.RESIGNED if state is _S.RESIGNED else None


def to_settle(appointment: Appointment, today: date) -> bool:
    """Whether the person's leaving is still to be recorded."""
    return (
        appointment.person.standing in (Standing.IN_POST, Standing.SUSPENDED)
        and leave_reason(appointment, today) is not None
        and not held(appointment.person_id, today)
    )


@verb("employment:appointment:settle", on="appointment")
def settle(
    actor: Actor, appointment: Appointment, reason: str, cancel: bool, *, now: datetime
) -> Appointment:
    """Record that somebody left because the term is over or they resigned: standing, work card
    and roles in one transaction; the certificate is cancelled if so chosen.

    Codes ``SELF``, ``REASON_REQUIRED``, ``ALREADY_DECIDED``, ``STILL_APPOINTED``, ``EXIT_OPEN``.
    """
    person = db.session.get_one(Person, appointment.person_id, with_for_update={"of": Person})
    today = clock.today(now)
    if person.id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明理由"), status=422)
    if person.standing not in (Standing.IN_POST, Standing.SUSPENDED):
        raise Refused.because("ALREADY_DECIDED", N_("此人已经离岗"))
    why = leave_reason(appointment, today)
    if why is None or held(person.id, today):
        raise Refused.because("STILL_APPOINTED", N_("此人的任命仍然有效，或者另有任命"))
    if exit_queries.open_review(person.id) is not None:
        raise Refused.because("EXIT_OPEN", N_("此人的解聘与退出审查尚未办结"))
    leave(actor, person, why, reason.strip(), appointment, now)
    if cancel:
        certificates.cancel_in_decision(
            actor, person, CancellationGround.LEFT, reason.strip(), now=now
        )
    state = state_of(appointment, today)
    enter_event(actor, appointment, "settle", state, now, reason.strip(), why=str(why))
    inbox.send(
        person.id, "appointment", N_("您的离岗手续已办理，请查看"), now=now, url="/my/appointment"
    )
    return appointment
