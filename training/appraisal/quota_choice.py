"""More graded 优秀 than the quota allows: the panel chooses among those with the same total."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core.db import db
from training.core.errors import Refused, require
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from . import gate_facts
from .models import AnnualAppraisal, AppraisalRound, AppraisalScore, QuotaChoice
from .rules.grade import Grade
from .rules.quota import Quota, choice_gate
from .service import keep_score, must_sit, step
from .states import GRADED


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the quota ends: the quota, and those graded 优秀 by person id."""

    quota: Quota
    people: dict[int, AnnualAppraisal]
    waiting: int

    @property
    def exceeded(self) -> bool:
        return bool(self.quota.tied or self.quota.beyond)


def boundary(round_: AppraisalRound) -> Boundary:
    """Who stands within the quota, who is tied for its last seats, who is beyond."""
    rows = gate_facts.grade_rows(round_)
    people = db.session.scalars(
        sa.select(AnnualAppraisal)
        .where(
            AnnualAppraisal.round_id == round_.id,
            AnnualAppraisal.grade == Grade.EXCELLENT,
            AnnualAppraisal.state.in_(list(GRADED)),
        )
        .options(joinedload(AnnualAppraisal.person), joinedload(AnnualAppraisal.org))
        .order_by(AnnualAppraisal.total.desc(), AnnualAppraisal.id)
    )
    waiting = sum(r.state not in GRADED for r in rows)
    return Boundary(
        gate_facts.excellent_quota(round_, rows), {a.person_id: a for a in people}, waiting
    )


@verb("appraisal:round:choose", on="round_")
def choose(
    actor: Actor,
    round_: AppraisalRound,
    chosen: Collection[int],
    reason: str,
    *,
    now: datetime,
) -> QuotaChoice:
    """A sitting member records whom of the tied (person ids) the panel chose. Who is not chosen
    and who stands beyond becomes 称职 with that reason.

    Raises ``Refused``: ``NOT_MEMBER``, ``WITHIN`` when nobody is beyond, ``GATE`` while somebody
    is not graded yet, and the codes of ``quota.choice_gate`` (422).
    """
    panel = must_sit(actor, round_)
    found = boundary(round_)
    if not found.exceeded:
        raise Refused.because("WITHIN", N_("优秀人数没有超出名额，不需要选择"))
    if found.waiting:
        require(gate_facts.ungraded(found.waiting), code="GATE")
    require(choice_gate(found.quota, chosen, reason), status=422, code="CHOICE")
    beyond = (found.quota.tied - set(chosen)) | found.quota.beyond
    yielding = [a for p, a in found.people.items() if p in beyond]
    made = QuotaChoice(
        round_id=round_.id,
        seats=found.quota.open_seats,
        tied=sorted(found.quota.tied),
        chosen=sorted(chosen),
        yielded=sorted(beyond),
        reason=reason,
        panel=panel,
        actor_id=actor.person_id,
        at=now,
    )
    db.session.add(made)
    held = _last_inputs(yielding)
    gates = gate_facts.facts_many(round_, yielding, actor, now, reason)
    for appraisal in yielding:
        step(actor, appraisal, "yield_quota", gates[appraisal.id], now, reason)
        appraisal.grade = Grade.COMPETENT
        keep_score(appraisal, held[appraisal.id], reason, panel, now)
    tell(seats=made.seats, tied=len(made.tied), chosen=len(made.chosen), yielded=len(yielding))
    return made


def _last_inputs(appraisals: Collection[AnnualAppraisal]) -> dict[int, dict[str, object]]:
    query = (
        sa.select(AppraisalScore.appraisal_id, AppraisalScore.inputs)
        .where(AppraisalScore.appraisal_id.in_([a.id for a in appraisals]))
        .order_by(AppraisalScore.id)
    )
    found: dict[int, dict[str, object]] = {}
    for appraisal_id, inputs in db.session.execute(query):
        found[appraisal_id] = inputs
    return found
