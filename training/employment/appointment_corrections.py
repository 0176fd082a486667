"""Correcting what was recorded of an appointment after it was approved, by a further entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from training.core import access, clock, policy
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import verb
from training.proceedings.rules.separation import Hand, Part, distinct

from .appointment_models import Appointment
from .appointments import PENDING, enter_event
from .queries import hand
from .renewals import next_of
from .rules.appointment import AppointmentState, Engagement, term_of

_APPROVE = "employment:appointment:approve"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is right, as it was typed into the form."""

    term_start: date
    resolution: str
    resolved_on: date
    filing: str
    engagement: Engagement
    agency: str
    contract_from: date | None
    contract_until: date | None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value if value is None else str(value)


@verb("employment:appointment:correct", on="appointment")
def correct(
    actor: Actor, appointment: Appointment, terms: Terms, reason: str, *, now: datetime
) -> Appointment:
    """Correct the recorded terms with a reason; what stood there before stays in the history.

    The term itself is corrected by an approver who did not propose it. Codes ``SELF``,
    ``NOT_NOW``, ``REASON_REQUIRED``, ``NO_RESOLUTION``, ``AGENCY``, ``TERM``, ``TERM_APPROVER``,
    ``NOTHING_CHANGED``.
    """
    if appointment.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if appointment.state is AppointmentState.PROPOSED:
        raise Refused.because("NOT_NOW", N_("审批前请更正提名"))
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    if not terms.resolution.strip():
        raise Refused.because(
            "NO_RESOLUTION", N_("请附上推选或者聘任单位的决议"), status=422, basis="人民调解法#13"
        )
    if terms.engagement is Engagement.LABOUR_DISPATCH and not terms.agency.strip():
        raise Refused.because("AGENCY", N_("劳务派遣的，请写明派遣单位"), status=422)
    if appointment.filed_at is not None and not terms.filing.strip():
        raise Refused.because("FILING", N_("请填写备案材料"), status=422)
    values: dict[str, Any] = {
        "resolution": terms.resolution.strip()[:200], "resolved_on": terms.resolved_on,
        "filing": terms.filing.strip()[:200] if appointment.filed_at else "",
        "engagement": terms.engagement, "agency": terms.agency.strip()[:100],
        "contract_from": terms.contract_from, "contract_until": terms.contract_until,
    }  # fmt: skip
    if terms.term_start != appointment.term_start:
        values |= _term(actor, appointment, terms.term_start, clock.today(now))
    changed = {k: v for k, v in values.items() if getattr(appointment, k) != v}
    if not changed:
        raise Refused.because("NOTHING_CHANGED", N_("内容没有变化"), status=422)
    former = {k: _plain(getattr(appointment, k)) for k in changed}
    for key, value in changed.items():
        setattr(appointment, key, value)
    enter_event(
        actor, appointment, "correct", appointment.state, now, reason.strip(), former=former,
        corrected={k: _plain(v) for k, v in changed.items()},
    )  # fmt: skip
    return appointment


def _term(actor: Actor, appointment: Appointment, start: date, today: date) -> dict[str, Any]:
    """The corrected term, by the policy of its first day."""
    if not access.may(actor, _APPROVE, appointment):
        raise Refused.because("TERM_APPROVER", N_("任期由审批人更正"), status=403)
    parts = {Part.PROPOSER: [Hand(appointment.proposed_by)], Part.APPROVER: [hand(actor)]}
    require(distinct(parts), status=403, code="SAME_PERSON")
    fixed = appointment.renews_id is not None or next_of(appointment) is not None
    if fixed or appointment.ended_on is not None:
        raise Refused.because("TERM", N_("前后任期相接的，或者已经终止的，任期不能更正"))
    if appointment.state not in PENDING and start > today:
        raise Refused.because("TERM", N_("已经到岗的，任期起始日期不能晚于今天"))
    years = policy.get("term.years", db.session.get_one(OrgUnit, appointment.org_id), start)
    first, last = term_of(start, years.value)
    return {"term_start": first, "term_end": last, "policy_id": years.id}
