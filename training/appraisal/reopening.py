"""A final grade that was mistaken goes back to the panel; what it had put into the person's file is
taken back by further facts."""

from __future__ import annotations

from datetime import datetime

from training.core import clock
from training.core.rules.permission import Actor
from training.core.rules.words import N_, Words
from training.core.verbs import tell, verb
from training.people import facts, inbox, timeline
from training.people.models import Fact

from . import following, gate_facts, outcome, queries
from .models import AnnualAppraisal
from .service import MINE, step

TAKEN_BACK = "annual_grade_taken_back"
_KINDS = (queries.GRADE_FACT, outcome.TRAINING_OWED, outcome.SUSPENDED, outcome.EXIT_GROUND)


@verb("appraisal:annual_appraisal:reopen_grade", on="appraisal")
def reopen_grade(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Send a final grade back to the panel, with a reason, by somebody who took no part in it.
    The grade, its consequences and a decision made on it count no more; the grade that follows
    is served, and may be objected to, like the first.

    Codes ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``, ``GATE`` (with what has followed),
    ``DONE_ALREADY``.
    """
    gates = gate_facts.facts_of(appraisal, actor, now, reason, followed=following.of(appraisal))
    former = appraisal.grade
    step(actor, appraisal, "reopen_grade", gates, now, reason)
    appraisal.accepted_at = None
    year, today = appraisal.round.year, clock.today(now)
    for fact in facts.of(appraisal.person_id, _KINDS):
        if fact.source_ref == appraisal.public_id:
            facts.record(
                actor, appraisal.person, TAKEN_BACK, today, {"year": year, "kind": fact.kind},
                now=now, source=appraisal, replaces=fact, reason=reason.strip(),
            )  # fmt: skip
    inbox.send(
        appraisal.person_id, "appraisal",
        N_("您 %(year)s 年度考核的等次有误，退回考核小组重新评定。理由：%(reason)s"), now=now,
        url=MINE, year=year, reason=reason.strip(),
    )  # fmt: skip
    tell(former=str(former))
    return appraisal


@timeline.describes(TAKEN_BACK)
def _taken_back(fact: Fact) -> Words:
    return Words(N_("%(year)s 年度考核的等次退回重新评定"), {"year": fact.value["year"]})
