"""Figures that the system takes from their ledgers: credit hours and exam results.

Both are figures of the year and count in every month served. Pulling again enters
corrections, never overwrites; what a person has corrected by hand stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from exams.marking import queries as marking
from training.core import clock
from training.core.db import db
from training.core.i18n import format_day
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Person
from training.programmes import queries as programmes
from training.programmes.rules.hours import HoursLine

from . import figures, scores
from .models import AnnualAppraisal, AppraisalAcknowledgement, AppraisalRound, FigureLine
from .rules import ledger_evidence
from .rules.indicators import LEDGER_MEASURES, PointLine, earned_share
from .rules.scoring import Treatment

HOURS, EXAM = LEDGER_MEASURES
REASON = N_("按台账更新")


@dataclass(frozen=True, slots=True)
class Found:
    """What a ledger says of a person's year: points in hundredths, None when nothing was due."""

    points: int | None
    evidence: str


@verb("appraisal:round:figures", on="round_")
def pull(actor: Actor, round_: AppraisalRound, *, now: datetime) -> dict[str, int]:
    """Take hours and exam results of everybody whose figures are open from their ledgers.

    Returns how many lines were ``entered``, ``corrected``, ``unchanged`` and ``kept`` (because
    a person corrected them), and how many measures are ``exempt`` (nothing was due).
    """
    counts = enter(figures.open_for_data(round_), round_, now)
    tell(**counts)
    return counts


def enter(
    appraisals: Sequence[AnnualAppraisal], round_: AppraisalRound, now: datetime
) -> dict[str, int]:
    """The same for some of a round, in the current write transaction."""
    found = look_up(round_, [a.person_id for a in appraisals], clock.today(now))
    inputs = scores.inputs_of_many(appraisals)
    lines: list[dict[str, Any]] = []
    exempt: list[dict[str, Any]] = []
    counts: Counter[str] = Counter(entered=0, corrected=0, unchanged=0, kept=0, exempt=0)
    replaced: dict[str, list[dict[str, Any]]] = {}
    for appraisal in appraisals:
        live = scores.live_of(inputs[appraisal.id])
        said = {(a["month"], a["target"]) for a in inputs[appraisal.id]["acknowledged"]}
        for measure in found:
            told = found[measure][appraisal.person_id]
            for month in appraisal.months:
                held = live.get((month, measure), [])
                what = _judge(told, held, (month, measure) in said)
                counts[what] += 1
                if what == "exempt":
                    exempt.append(_exempt(appraisal, month, measure, told.evidence, now))
                elif what in ("entered", "corrected"):
                    line = _line(appraisal, month, measure, told, now)
                    if held:
                        replaced.setdefault(held[-1].line_id, []).append(line)
                    lines.append(line)
    _name_replaced(replaced)
    if lines:
        db.session.execute(sa.insert(FigureLine), lines)
    if exempt:
        db.session.execute(sa.insert(AppraisalAcknowledgement), exempt)
    return dict(counts)


def _judge(told: Found, held: Sequence[PointLine], acknowledged: bool) -> str:
    if any(line.recorder is not None for line in held) or (held and told.points is None):
        return "kept"
    if told.points is None:
        return "unchanged" if acknowledged else "exempt"
    if not held:
        return "entered"
    same = held[-1].delta == told.points and held[-1].evidence == told.evidence
    return "unchanged" if same else "corrected"


def _line(
    appraisal: AnnualAppraisal, month: int, measure: str, told: Found, now: datetime
) -> dict[str, Any]:
    return {
        "appraisal_id": appraisal.id, "month": month, "indicator": measure,
        "delta": told.points, "evidence": told.evidence, "recorder_id": None, "note": "",
        "corrects_id": None, "at": now,
    }  # fmt: skip


def _exempt(
    appraisal: AnnualAppraisal, month: int, measure: str, reason: str, now: datetime
) -> dict[str, Any]:
    return {
        "appraisal_id": appraisal.id, "month": month, "target": measure,
        "treatment": Treatment.EXEMPT, "person_id": None, "reason": reason, "at": now,
    }  # fmt: skip


def _name_replaced(replaced: dict[str, list[dict[str, Any]]]) -> None:
    """Put the row that each correcting line replaces in its place."""
    for name, row_id in row_ids(list(replaced)).items():
        for line in replaced[name]:
            line["corrects_id"], line["note"] = row_id, REASON


def row_ids(public_ids: Sequence[str]) -> dict[str, int]:
    """Primary keys of figure lines by public id, in chunks."""
    found: dict[str, int] = {}
    for start in range(0, len(public_ids), scores.CHUNK):
        query = sa.select(FigureLine.public_id, FigureLine.id).where(
            FigureLine.public_id.in_(public_ids[start : start + scores.CHUNK])
        )
        for name, row_id in db.session.execute(query):
            found[name] = row_id
    return found


def look_up(
    round_: AppraisalRound, person_ids: Sequence[int], today: date
) -> dict[str, dict[int, Found]]:
    """What the ledgers say of these people's year, by measure and person id."""
    year, scheme = round_.year, scores.scheme_of(round_)
    found: dict[str, dict[int, Found]] = {}
    hours_of = scheme.find(HOURS)
    if hours_of is not None:
        people = list(db.session.scalars(sa.select(Person).where(Person.id.in_(person_ids))))
        done = programmes.annual_of(people, min(today, date(year, 12, 31)))
        found[HOURS] = {p: _hours(done[p].total, year, hours_of.points) for p in person_ids}
    exam_of = scheme.find(EXAM)
    if exam_of is not None:
        starts = datetime.combine(date(year, 1, 1), time(), clock.SHANGHAI)
        ends = datetime.combine(date(year + 1, 1, 1), time(), clock.SHANGHAI)
        results = marking.best_results(person_ids, starts, ends)
        found[EXAM] = {p: _exam(results.get(p), year, exam_of.points) for p in person_ids}
    return found


def _hours(total: HoursLine, year: int, maximum: int) -> Found:
    points = earned_share(total.done, total.required, maximum)
    if points is None:
        return Found(None, ledger_evidence.no_hours(year))
    return Found(points, ledger_evidence.hours(year, total.done, total.required))


def _exam(result: marking.Result | None, year: int, maximum: int) -> Found:
    if result is None:
        return Found(None, ledger_evidence.no_exam(year))
    points, full = result.grading.points, result.grading.full
    evidence = ledger_evidence.exam(year, points, full, format_day(result.released_at))
    return Found(earned_share(points, full, maximum), evidence)
