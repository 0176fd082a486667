"""Renewal (续聘): opened in its window, put forward with the committee's resolution, decided by
another person; the next term is made in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import access, clock, orgs, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Person
from training.proceedings.rules.separation import Hand

from . import exit_queries
from .appointment_models import Appointment, RenewalProposal
from .appointments import certificate_gate, enter_event, facts_of, state_of
from .rules.appointment import (
    AppointmentFacts,
    AppointmentRecord,
    AppointmentState,
    Engagement,
    term_of,
)
from .rules.appointment_lifecycle import APPOINTMENT
from .steps import must

_S = AppointmentState
_OPEN, _PROPOSE = "employment:appointment:open_renewal", "employment:appointment:propose_renewal"
MINE = "/my/appointment"


@dataclass(frozen=True, slots=True)
class NextTerm:
    """What is put forward, as it was typed into the form."""

    opinion: str
    resolution: str
    resolved_on: date
    engagement: Engagement
    agency: str
    contract_from: date | None
    contract_until: date | None


def window_days(today: date) -> int:
    """How many days before its end a term is up for renewal (``term.renewal_window_days``)."""
    top = orgs.root()
    if top is None:
        raise LookupError("no root organisation")
    return int(policy.get("term.renewal_window_days", top, today).value)


def proposals_of(appointment: Appointment) -> list[RenewalProposal]:
    """What was put forward, newest first: the first one counts."""
    return list(
        db.session.scalars(
            sa.select(RenewalProposal)
            .where(RenewalProposal.appointment_id == appointment.id)
            .options(joinedload(RenewalProposal.proposer))
            .order_by(RenewalProposal.id.desc())
        )
    )


def next_of(appointment: Appointment) -> Appointment | None:
    """The term that follows this one."""
    return db.session.scalar(sa.select(Appointment).where(Appointment.renews_id == appointment.id))


def _open(actor: Actor, appointment: Appointment, now: datetime) -> Appointment:
    before = state_of(appointment, clock.today(now))
    if appointment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    verdict, target = APPOINTMENT.step(before, "open_renewal", facts_of(appointment, actor, now))
    must(verdict)
    appointment.state = AppointmentState(target)
    enter_event(actor, appointment, "open_renewal", before, now)
    inbox.send(
        appointment.person_id, "appointment", N_("您的任期至 %(until)s 届满，已启动续聘审核"), now=now,
        url=MINE, until=appointment.term_end.isoformat(),
    )  # fmt: skip
    return appointment


@verb(_OPEN, on="appointment")
def open_renewal(actor: Actor, appointment: Appointment, *, now: datetime) -> Appointment:
    """Open the review, from policy ``term.renewal_window_days`` before the end. Codes ``SELF``,
    ``GATE`` (``appointment.before_renewal_window``)."""
    return _open(actor, appointment, now)


@verb(_OPEN)
def open_renewals(
    actor: Actor, several: Sequence[Appointment], *, now: datetime
) -> list[Appointment]:
    """Open the reviews of several that are due; those that are not are left as they are."""
    if not all(access.may(actor, _OPEN, a) for a in several):
        raise NotVisible("appointment")
    today = clock.today(now)
    due = [
        a for a in several
        if a.person_id != actor.person_id and APPOINTMENT.judge(
            state_of(a, today), "open_renewal", facts_of(a, actor, now)
        )
    ]  # fmt: skip
    return [open_renewal(actor, a, now=now) for a in due]


def next_record(appointment: Appointment) -> AppointmentRecord:
    """The next term as the rules see it: the same post from the day after this term's last, as
    long as the policy says on that day."""
    start = appointment.term_end + timedelta(days=1)
    years = policy.get("term.years", db.session.get_one(OrgUnit, appointment.org_id), start)
    first, last = term_of(start, years.value)
    return AppointmentRecord(
        appointment.kind, appointment.service_kind, _S.IN_TERM, first, last, first
    )


@verb(_PROPOSE, on="appointment")
def propose(
    actor: Actor, appointment: Appointment, terms: NextTerm, *, now: datetime
) -> RenewalProposal:
    """Put the next term forward: the unit's opinion and the committee's resolution. A further
    proposal replaces the one before. Codes ``SELF``, ``NOT_NOW``, ``REASON_REQUIRED``,
    ``NO_RESOLUTION``, ``AGENCY``."""
    if appointment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if state_of(appointment, clock.today(now)) is not _S.RENEWAL_REVIEW:
        raise Refused.because("NOT_NOW", N_("续聘审核尚未启动，或者已经作出决定"))
    if not terms.opinion.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明单位意见"), status=422)
    if not terms.resolution.strip():
        raise Refused.because(
            "NO_RESOLUTION", N_("请附上推选或者聘任单位的决议"), status=422, basis="人民调解法#13"
        )
    if terms.engagement is Engagement.LABOUR_DISPATCH and not terms.agency.strip():
        raise Refused.because("AGENCY", N_("劳务派遣的，请写明派遣单位"), status=422)
    made = RenewalProposal(
        appointment_id=appointment.id,
        opinion=terms.opinion.strip(), resolution=terms.resolution.strip()[:200],
        resolved_on=terms.resolved_on, engagement=terms.engagement, agency=terms.agency.strip(),
        contract_from=terms.contract_from, contract_until=terms.contract_until,
        proposed_by=actor.person_id, proposed_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    enter_event(
        actor, appointment, "propose_renewal", appointment.state, now, made.opinion,
        proposal=made.public_id,
    )  # fmt: skip
    return made


def renewal_facts(
    appointment: Appointment, proposal: RenewalProposal, actor: Actor, reason: str,
    now: datetime,
) -> AppointmentFacts:  # fmt: skip
    """What the gate of a renewal looks at: the certificate on the day the next term begins."""
    follows = next_record(appointment)
    org = db.session.get_one(OrgUnit, appointment.org_id)
    return replace(
        facts_of(appointment, actor, now),
        proposer=Hand(proposal.proposed_by),
        resolution=proposal.resolution,
        post=certificate_gate(follows, appointment.person_id, org, follows.term_start),
        reason=reason,
    )


def judge(
    appointment: Appointment, proposal: RenewalProposal, actor: Actor, now: datetime
) -> Verdict:
    """What the gate of a renewal says now, as if the reason were written."""
    facts = renewal_facts(appointment, proposal, actor, "理由", now)
    return APPOINTMENT.judge(state_of(appointment, facts.today), "renew", facts)


def may_open(appointment: Appointment, actor: Actor, now: datetime) -> Verdict | None:
    """What the gate of opening a renewal review says; None where it is not the next step."""
    state = state_of(appointment, clock.today(now))
    if APPOINTMENT.find(state, "open_renewal") is None:
        return None
    return APPOINTMENT.judge(state, "open_renewal", facts_of(appointment, actor, now))


@verb("employment:appointment:renew", on="appointment")
def renew(
    actor: Actor, appointment: Appointment, reason: str, seen: str, *, now: datetime
) -> Appointment:
    """Renew what another person put forward, with a reason. The next term starts on the day
    after the last of this one without anybody's doing; it is filed afterwards. Returns it.

    Codes ``ALREADY_DECIDED``, ``CHANGED``, ``EXIT_OPEN``, ``SELF``, ``SAME_PERSON``,
    ``REASON_REQUIRED``, ``GATE`` (``appointment.no_resolution``, ``certificate.required``).
    """
    made = next_of(appointment)
    if made is not None:
        by = db.session.get(Person, made.approved_by or 0)
        raise Refused.because(
            "ALREADY_DECIDED", N_("%(who)s 已于 %(when)s 审批"), who=by.name if by else "",
            when=f"{clock.local(made.proposed_at):%Y-%m-%d %H:%M}",
        )  # fmt: skip
    found = proposals_of(appointment)
    if not found or seen != found[0].public_id:
        raise Refused.because("CHANGED", N_("材料已更新，请重新审阅"))
    if exit_queries.open_review(appointment.person_id) is not None:
        raise Refused.because("EXIT_OPEN", N_("此人的解聘与退出审查尚未办结"))
    proposal, before = found[0], state_of(appointment, clock.today(now))
    verdict, target = APPOINTMENT.step(
        before, "renew", renewal_facts(appointment, proposal, actor, reason, now)
    )
    must(verdict)
    appointment.state = AppointmentState(target)
    record = next_record(appointment)
    org = db.session.get_one(OrgUnit, appointment.org_id)
    follows = Appointment(
        org_id=appointment.org_id, person_id=appointment.person_id, kind=appointment.kind,
        service_kind=record.service_kind, state=record.state, term_start=record.term_start,
        term_end=record.term_end, began_on=record.began_on, renews_id=appointment.id,
        policy_id=policy.get("term.years", org, record.term_start).id,
        resolution=proposal.resolution, resolved_on=proposal.resolved_on, reason=proposal.opinion,
        engagement=proposal.engagement, agency=proposal.agency,
        contract_from=proposal.contract_from, contract_until=proposal.contract_until,
        proposed_by=proposal.proposed_by, proposed_at=proposal.proposed_at,
        approved_by=actor.person_id, approved_at=now,
    )  # fmt: skip
    db.session.add(follows)
    db.session.flush()
    enter_event(
        actor, appointment, "renew", before, now, reason.strip(), next=follows.public_id,
        proposal=proposal.public_id,
    )  # fmt: skip
    enter_event(
        actor, follows, "renew", follows.state, now, reason.strip(), policy_id=follows.policy_id
    )
    inbox.send(
        follows.person_id, "appointment", N_("您已续聘，新的任期自 %(start)s 至 %(until)s"), now=now,
        url=MINE, start=follows.term_start.isoformat(), until=follows.term_end.isoformat(),
    )  # fmt: skip
    about(appointment)
    tell(next=follows.public_id)
    return follows
