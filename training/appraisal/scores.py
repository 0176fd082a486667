"""The score of an appraisal out of its inputs, for one person or a whole round.

Inputs are plain data: they are kept with each grading and can be computed again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from training.core.db import db

from .models import (
    AnnualAppraisal,
    AppraisalAcknowledgement,
    AppraisalRound,
    ComponentValue,
    FigureLine,
    VetoRecord,
)
from .rules import annual, scoring
from .rules.annual import AnnualData, AnnualScore, Component
from .rules.grade import Bands, GradeProposal, VetoAct, VetoFinding, propose_grade
from .rules.indicators import PointLine, Scheme, live_lines, standard_scheme
from .rules.scoring import Acknowledgement, Score, Treatment

_HUNDREDTHS = 100
CHUNK = 500
"""How many ids one query names."""


def value_of(round_: AppraisalRound, key: str) -> Any:
    """A policy value as the round froze it."""
    return round_.policies[key]["value"]


def scheme_of(round_: AppraisalRound) -> Scheme:
    """What the months are scored by."""
    weights = value_of(round_, "score.weights")
    return standard_scheme(
        base=sum(weights.values()),
        bonus_max=value_of(round_, "score.bonus_max"),
        weights=weights,
        measures=value_of(round_, "score.measures"),
        deductions=value_of(round_, "score.deductions"),
    )


def bands_of(round_: AppraisalRound) -> Bands:
    """The cut-offs of the grades, in hundredths."""
    points = value_of(round_, "grade.bands")
    return Bands(*(points[g] * _HUNDREDTHS for g in ("excellent", "competent", "basic")))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole score: months, the year, and what the figures propose; with all inputs."""

    months: dict[int, Score]
    annual: AnnualScore
    proposal: GradeProposal | None
    inputs: dict[str, Any]


def inputs_of(appraisal: AnnualAppraisal) -> dict[str, Any]:
    """Everything a score rests on."""
    return inputs_of_many([appraisal])[appraisal.id]


def inputs_of_many(appraisals: Iterable[AnnualAppraisal]) -> dict[int, dict[str, Any]]:
    """The same for many, by appraisal id, in four queries for every 500."""
    held = list(appraisals)
    found: dict[int, dict[str, Any]] = {
        a.id: {
            "months": sorted(a.months), "lines": [], "values": {}, "acknowledged": [], "vetoes": [],
        }
        for a in held
    }  # fmt: skip
    ids = list(found)
    for start in range(0, len(ids), CHUNK):
        _read(found, ids[start : start + CHUNK])
    return found


def _read(found: dict[int, dict[str, Any]], ids: list[int]) -> None:
    line, corrected = FigureLine, sa.orm.aliased(FigureLine)
    lines = (
        sa.select(
            line.appraisal_id, line.public_id, line.month, line.indicator, line.delta,
            line.evidence, line.recorder_id, line.note, corrected.public_id,
        )
        .outerjoin(corrected, corrected.id == line.corrects_id)
        .where(line.appraisal_id.in_(ids))
        .order_by(line.id)
    )  # fmt: skip
    for of, name, month, indicator, delta, evidence, recorder, note, corrects in db.session.execute(
        lines
    ):
        found[of]["lines"].append(
            {
                "id": name, "month": month, "indicator": indicator, "delta": delta,
                "evidence": evidence, "recorder": recorder, "note": note,
                "corrects": corrects or "",
            }
        )  # fmt: skip
    values = sa.select(ComponentValue).where(ComponentValue.appraisal_id.in_(ids))
    for v in db.session.scalars(values.order_by(ComponentValue.id)):
        found[v.appraisal_id]["values"][v.component] = {
            "value": v.value, "evidence": v.evidence, "recorder": v.recorder_id,
        }  # fmt: skip
    said = sa.select(AppraisalAcknowledgement).where(AppraisalAcknowledgement.appraisal_id.in_(ids))
    for a in db.session.scalars(said.order_by(AppraisalAcknowledgement.id)):
        found[a.appraisal_id]["acknowledged"].append(
            {
                "month": a.month, "target": a.target, "treatment": str(a.treatment),
                "person": a.person_id, "reason": a.reason,
            }
        )  # fmt: skip
    vetoes = sa.select(VetoRecord).where(
        VetoRecord.appraisal_id.in_(ids), ~VetoRecord.withdrawal.has()
    )
    for veto in db.session.scalars(vetoes.order_by(VetoRecord.id)):
        found[veto.appraisal_id]["vetoes"].append({"act": str(veto.act), "evidence": veto.evidence})


def compute(round_: AppraisalRound, inputs: dict[str, Any], scheme: Scheme | None = None) -> Sheet:
    """The score that these inputs make by the round's frozen policies."""
    scheme = scheme or scheme_of(round_)
    acknowledged: dict[int | None, dict[str, Acknowledgement]] = {}
    for a in inputs["acknowledged"]:
        acknowledged.setdefault(a["month"], {})[a["target"]] = Acknowledgement(
            a["target"], Treatment(a["treatment"]), a["person"], a["reason"]
        )
    by_month: dict[int, list[PointLine]] = {}
    for x in inputs["lines"]:
        by_month.setdefault(x["month"], []).append(line_of(x))
    months: dict[int, Score] = {}
    locked: dict[int, int] = {}
    for month in inputs["months"]:
        if month not in by_month:
            continue
        said = list(acknowledged.get(month, {}).values())
        months[month] = found = scoring.score(scheme, by_month[month], said)
        if scoring.missing_gate(found):
            locked[month] = found.total
    values = {c: v["value"] for c, v in inputs["values"].items()}
    data = AnnualData(
        frozenset(inputs["months"]),
        locked,
        values.get(Component.DOSSIER),
        values.get(Component.SATISFACTION),
        values.get(Component.PEER),
    )
    composed = annual.compose(
        data,
        value_of(round_, "annual.composition"),
        list(acknowledged.get(None, {}).values()),
    )
    proposal = None
    if composed.total is not None:
        vetoes = [VetoFinding(VetoAct(v["act"]), v["evidence"]) for v in inputs["vetoes"]]
        acts = [VetoAct(a) for a in value_of(round_, "grade.veto")]
        proposal = propose_grade(composed.total, bands_of(round_), vetoes, acts)
    return Sheet(months, composed, proposal, inputs)


def line_of(x: dict[str, Any]) -> PointLine:
    """An entry as the rules see it."""
    return PointLine(
        x["id"], x["indicator"], x["delta"], x["evidence"], x["recorder"], x["note"], x["corrects"]
    )


def month_lines(appraisal: AnnualAppraisal, month: int) -> list[PointLine]:
    """The entries of one month as the rules see them."""
    return [line_of(x) for x in inputs_of(appraisal)["lines"] if x["month"] == month]


def sheet_of(appraisal: AnnualAppraisal) -> Sheet:
    """The score as it stands now."""
    return compute(appraisal.round, inputs_of(appraisal))


def sheets_of(round_: AppraisalRound, appraisals: Sequence[AnnualAppraisal]) -> dict[int, Sheet]:
    """The scores of many of one round, by appraisal id."""
    scheme = scheme_of(round_)
    return {i: compute(round_, inputs, scheme) for i, inputs in inputs_of_many(appraisals).items()}


def live_of(inputs: dict[str, Any]) -> dict[tuple[int, str], list[PointLine]]:
    """The entries in force by month and indicator."""
    by_month: dict[int, list[PointLine]] = {}
    for x in inputs["lines"]:
        by_month.setdefault(x["month"], []).append(line_of(x))
    found: dict[tuple[int, str], list[PointLine]] = {}
    for month, lines in by_month.items():
        for line in live_lines(lines):
            found.setdefault((month, line.indicator), []).append(line)
    return found


def missing_of(sheet: Sheet) -> list[tuple[int | None, str]]:
    """What nobody has said anything about: measures by month, months without any figure (as
    ``month_03`` of the year), components. A month that only waits for its measures is not
    named twice."""
    found: list[tuple[int | None, str]] = []
    for month, score in sheet.months.items():
        found += [(month, code) for code in score.missing]
    waiting = {annual.month_target(m) for m, s in sheet.months.items() if s.missing}
    of_year = [t for t in sheet.annual.missing if t not in waiting]
    if found or len(of_year) > 1:
        of_year = [t for t in of_year if t != Component.MONTHLY]
    return found + [(None, target) for target in of_year]


def missing_in(sheets: Iterable[Sheet]) -> Counter[str]:
    """How many people lack each measure, month or component."""
    return Counter(
        target for sheet in sheets for target in {target for _, target in missing_of(sheet)}
    )
