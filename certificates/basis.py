"""Whether certificates still stand on what they were issued on: pulled from examination and
training, which correct their records without knowing of any certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from exams.marking import queries as marking
from exams.marking.models import Grading
from exams.marking.rules.review import ReviewVerdict
from training.core.db import db
from training.core.rules.verdict import Verdict
from training.programmes import queries as programmes
from training.programmes.models import CreditEntry, Enrolment, EnrolmentEvent
from training.programmes.rules.enrolment import EnrolmentState
from training.programmes.rules.ledger import LineKind

from .gates import LIVING, owed
from .models import Certificate
from .rules.basis import BasisFacts, basis_gate


@dataclass(frozen=True, slots=True)
class Basis:
    """What has come of a certificate's basis. ``grading`` is the one that stands now."""

    verdict: Verdict
    grading: str


def of(certificates: Sequence[Certificate]) -> dict[int, Basis]:
    """By certificate id, in a handful of queries for all."""
    inputs = {c.id: _first_inputs(c.inputs) for c in certificates}
    gradings = marking.standing({i["exam"]["attempt"] for i in inputs.values() if "exam" in i})
    hours = _hours_met({i["hours"]["enrolment"] for i in inputs.values() if "hours" in i})
    found = {}
    for id_, issued_on in inputs.items():
        exam = issued_on.get("exam", {})
        grading, review = gradings.get(exam.get("attempt", ""), (None, None))
        facts = BasisFacts(
            passed=grading is None or grading.passed,
            clean=review is not ReviewVerdict.IRREGULAR,
            hours_met=hours.get(issued_on.get("hours", {}).get("enrolment", ""), True),
        )
        found[id_] = Basis(basis_gate(facts), grading.public_id if grading else "")
    return found


def _first_inputs(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs of the first certificate of a row of renewals and reissues."""
    while "follows" in inputs:
        inputs = inputs["inputs"]
    return inputs


def _hours_met(public_ids: set[str]) -> dict[str, bool]:
    query = sa.select(Enrolment).where(Enrolment.public_id.in_(public_ids))
    enrolments = list(db.session.scalars(query))
    results = programmes.results(enrolments)
    return {
        e.public_id: e.state is not EnrolmentState.HOURS_VOIDED and not owed(results[e.id])
        for e in enrolments
    }


def touched() -> list[Certificate]:
    """The living certificates of people whose marks or hours were corrected since the issue."""

    def since(model: type[Any], at: Any, *conditions: Any) -> Any:
        return sa.exists().where(
            model.person_id == Certificate.person_id, at > Certificate.created_at, *conditions
        )

    query = sa.select(Certificate).where(
        Certificate.state.in_(LIVING),
        sa.or_(
            since(Grading, Grading.graded_at),
            since(CreditEntry, CreditEntry.recorded_at, CreditEntry.kind == LineKind.REVERSAL),
            since(EnrolmentEvent, EnrolmentEvent.at, EnrolmentEvent.action == "void_hours"),
        ),
    )
    return list(db.session.scalars(query.order_by(Certificate.id)))
