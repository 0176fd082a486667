"""Steps for a whole round in one act: whoever is ready goes on, whoever is not stays, with why.

A constant number of queries reads what the gates look at, however many people there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core.db import db
from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Person
from training.proceedings import queries as proceedings
from training.proceedings.rules.lifecycle import Method

from . import gate_facts, outcome, queries
from .models import AnnualAppraisal, AppraisalRound
from .rules.annual_gates import AnnualFacts
from .rules.annual_lifecycle import ANNUAL_APPRAISAL, AnnualState
from .service import step

STEPS = ("skip_self_report", "close_survey", "review_dossiers", "check_quota", "serve", "finalise")
"""What may be done for many at once, in the order in which it happens."""

_UNDISPUTED = ("serve", "finalise")
Doing = Callable[[AnnualAppraisal, AnnualFacts], None]


@verb("appraisal:round:advance", on="round_")
def advance(
    actor: Actor,
    round_: AppraisalRound,
    action: str,
    *,
    refs: Sequence[str] = (),
    reason: str = "",
    now: datetime,
) -> dict[str, int]:
    """Take one of ``STEPS`` for everybody of the round (or those named by public id) whose state
    and gates allow it. Returns how many were ``done`` and, by code, how many were left.

    Raises ``Refused`` ``NOBODY`` when nobody is ready.
    """
    if action not in STEPS:
        raise Refused.because("STEP", N_("请从列出的步骤中选择"), status=422)
    people = ready(round_, action, refs)
    gates = gate_facts.facts_many(round_, people, actor, now, reason)
    disputed = (
        proceedings.disputed(queries.APPRAISAL, [a.public_id for a in people])
        if action in _UNDISPUTED
        else frozenset()
    )
    done: list[str] = []
    left: Counter[str] = Counter()
    first: Verdict | None = None
    for appraisal in people:
        facts = gates[appraisal.id]
        if appraisal.public_id in disputed:
            left["objection.open"] += 1
            continue
        verdict = ANNUAL_APPRAISAL.judge(appraisal.state, action, facts)
        if not verdict:
            left[verdict.codes[0]] += 1
            first = first or verdict
            continue
        if action == "serve":
            outcome.serve_it(actor, appraisal, facts, Method.SITE, now)
        elif action == "finalise":
            outcome.finalise_it(actor, appraisal, facts, now)
        else:
            step(actor, appraisal, action, facts, now, reason)
        done.append(appraisal.public_id)
    if not done and first is not None:
        raise Refused(first, code="NOBODY")
    if not done:
        raise Refused.because("NOBODY", N_("现在没有可以办理这一步的人，请刷新后再看"))
    tell(action=action, people=done, left=dict(left))
    return {"done": len(done), "left": sum(left.values())}


def ready(round_: AppraisalRound, action: str, refs: Sequence[str] = ()) -> list[AnnualAppraisal]:
    """Those of a round in a state from which the step leads on; with ``refs`` only these."""
    sources = [s for (s, a) in ANNUAL_APPRAISAL.table if a == action]
    query = (
        sa.select(AnnualAppraisal)
        .where(
            AnnualAppraisal.round_id == round_.id,
            AnnualAppraisal.state.in_([AnnualState(s) for s in sources]),
        )
        .options(joinedload(AnnualAppraisal.person).joinedload(Person.org))
        .order_by(AnnualAppraisal.id)
    )
    if refs:
        query = query.where(AnnualAppraisal.public_id.in_(list(refs)))
    return list(db.session.scalars(query))
