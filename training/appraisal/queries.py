"""Reads of the annual appraisal: the score out of its inputs, the facts of its gates, grades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from training.core import clock, workdays
from training.core.db import db
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.people import facts
from training.proceedings import queries as proceedings
from training.proceedings.rules.notice import NoticeDraft, Outcome, window_after
from training.proceedings.rules.separation import Hand

from .models import (
    AnnualAppraisal,
    AppraisalAcknowledgement,
    AppraisalEvent,
    AppraisalRound,
    AppraisalScore,
    ComponentValue,
    FigureLine,
    VetoRecord,
)
from .rules import annual, scoring
from .rules.annual import AnnualData, AnnualScore, Component
from .rules.annual_gates import AnnualFacts
from .rules.annual_lifecycle import AnnualState
from .rules.grade import Bands, Grade, GradeProposal, VetoAct, VetoFinding, propose_grade
from .rules.indicators import PointLine, Scheme, standard_scheme
from .rules.quota import Quota, apply_quota, quota_gate
from .rules.scoring import Acknowledgement, Score, Treatment

ROUND, APPRAISAL = "appraisal_round", "annual_appraisal"
GRADE_FACT = "annual_grade"
POLICY_KEYS = (
    "score.weights", "score.bonus_max", "score.measures", "score.deductions",
    "annual.composition", "annual.self_report_workdays", "grade.bands", "grade.veto",
    "grade.excellent_quota", "grade.consequence", "grade.unfit_in_row", "panel.min",
    "public_notice.workdays", "appeal.window",
)  # fmt: skip
_HUNDREDTHS = 100
_GRADED = frozenset(
    {
        AnnualState.PANEL_GRADE, AnnualState.QUOTA_CHECK, AnnualState.PUBLIC_NOTICE,
        AnnualState.SERVED, AnnualState.OBJECTION, AnnualState.REVIEW, AnnualState.FINALISED,
        AnnualState.RENEW, AnnualState.RENEW_WITH_TRAINING, AnnualState.SUSPEND_AND_RETRAIN,
        AnnualState.EXIT_REVIEW,
    }
)  # fmt: skip
_NOT_GRADING = frozenset(
    {
        "submit_self_report", "object", "object_publicly", "begin_review", "uphold", "dismiss",
        "dismiss_publicly",
    }
)  # fmt: skip
FINAL = frozenset(
    {
        AnnualState.FINALISED, AnnualState.RENEW, AnnualState.RENEW_WITH_TRAINING,
        AnnualState.SUSPEND_AND_RETRAIN, AnnualState.EXIT_REVIEW,
    }
)  # fmt: skip


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
    """Everything a score rests on, as plain data that can be kept and computed again."""
    lines = db.session.scalars(
        sa.select(FigureLine).where(FigureLine.appraisal_id == appraisal.id).order_by(FigureLine.id)
    ).all()
    names = {line.id: line.public_id for line in lines}
    values = db.session.scalars(
        sa.select(ComponentValue)
        .where(ComponentValue.appraisal_id == appraisal.id)
        .order_by(ComponentValue.id)
    )
    acknowledged = db.session.scalars(
        sa.select(AppraisalAcknowledgement)
        .where(AppraisalAcknowledgement.appraisal_id == appraisal.id)
        .order_by(AppraisalAcknowledgement.id)
    )
    vetoes = db.session.scalars(
        sa.select(VetoRecord).where(VetoRecord.appraisal_id == appraisal.id).order_by(VetoRecord.id)
    )
    return {
        "months": sorted(appraisal.months),
        "lines": [
            {
                "id": x.public_id, "month": x.month, "indicator": x.indicator, "delta": x.delta,
                "evidence": x.evidence, "recorder": x.recorder_id, "note": x.note,
                "corrects": names.get(x.corrects_id or 0, ""),
            }
            for x in lines
        ],
        "values": {v.component: {"value": v.value, "evidence": v.evidence} for v in values},
        "acknowledged": [
            {
                "month": a.month, "target": a.target, "treatment": str(a.treatment),
                "person": a.person_id, "reason": a.reason,
            }
            for a in acknowledged
        ],
        "vetoes": [{"act": str(v.act), "evidence": v.evidence} for v in vetoes],
    }  # fmt: skip


def compute(round_: AppraisalRound, inputs: dict[str, Any]) -> Sheet:
    """The score that these inputs make by the round's frozen policies."""
    scheme = scheme_of(round_)
    acknowledged: dict[int | None, dict[str, Acknowledgement]] = {}
    for a in inputs["acknowledged"]:
        acknowledged.setdefault(a["month"], {})[a["target"]] = Acknowledgement(
            a["target"], Treatment(a["treatment"]), a["person"], a["reason"]
        )
    months: dict[int, Score] = {}
    locked: dict[int, int] = {}
    for month in inputs["months"]:
        lines = [_line(x) for x in inputs["lines"] if x["month"] == month]
        if not lines:
            continue
        found = scoring.score(scheme, lines, list(acknowledged.get(month, {}).values()))
        months[month] = found
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


def _line(x: dict[str, Any]) -> PointLine:
    return PointLine(
        x["id"], x["indicator"], x["delta"], x["evidence"], x["recorder"], x["note"], x["corrects"]
    )


def month_lines(appraisal: AnnualAppraisal, month: int) -> list[PointLine]:
    """The entries of one month as the rules see them."""
    return [_line(x) for x in inputs_of(appraisal)["lines"] if x["month"] == month]


def sheet_of(appraisal: AnnualAppraisal) -> Sheet:
    """The score as it stands now."""
    return compute(appraisal.round, inputs_of(appraisal))


def last_score(appraisal: AnnualAppraisal) -> AppraisalScore | None:
    """What the last grading rested on."""
    return db.session.scalar(
        sa.select(AppraisalScore)
        .where(AppraisalScore.appraisal_id == appraisal.id)
        .order_by(AppraisalScore.id.desc())
        .limit(1)
    )


def events_of(appraisal: AnnualAppraisal) -> list[AppraisalEvent]:
    """The history, oldest first."""
    return list(
        db.session.scalars(
            sa.select(AppraisalEvent)
            .where(AppraisalEvent.appraisal_id == appraisal.id)
            .order_by(AppraisalEvent.id)
        )
    )


def graders_of(appraisal: AnnualAppraisal) -> set[int]:
    """All who took part in the grade: recorders, opinion, survey, dossiers, panel."""
    found = {e.actor_id for e in events_of(appraisal) if e.action not in _NOT_GRADING}
    for model in (FigureLine, ComponentValue, VetoRecord):
        found |= set(
            db.session.scalars(
                sa.select(model.recorder_id).where(model.appraisal_id == appraisal.id)
            )
        )
    found |= set(
        db.session.scalars(
            sa.select(AppraisalAcknowledgement.person_id).where(
                AppraisalAcknowledgement.appraisal_id == appraisal.id
            )
        )
    )
    score = last_score(appraisal)
    found |= set(score.panel) if score is not None else set()
    return {person_id for person_id in found if person_id is not None}


def excellent_quota(round_: AppraisalRound) -> Quota:
    """Who of those graded 优秀 stands within the round's quota."""
    rows = db.session.execute(
        sa.select(
            AnnualAppraisal.person_id,
            AnnualAppraisal.total,
            AnnualAppraisal.grade,
            AnnualAppraisal.state,
        ).where(AnnualAppraisal.round_id == round_.id)
    ).all()
    candidates = {
        person_id: total
        for person_id, total, grade, state in rows
        if grade is Grade.EXCELLENT and total is not None and state in _GRADED
    }
    return apply_quota(
        candidates, appraised=len(rows), percent=value_of(round_, "grade.excellent_quota")
    )


def _quota_verdict(appraisal: AnnualAppraisal) -> Verdict:
    """The quota of the round, and nobody of it left ungraded: who comes late could be better."""
    round_ = appraisal.round
    rows = db.session.execute(
        sa.select(AnnualAppraisal.grade, AnnualAppraisal.state).where(
            AnnualAppraisal.round_id == round_.id
        )
    ).all()
    verdict = quota_gate(
        sum(grade is Grade.EXCELLENT and state in _GRADED for grade, state in rows),
        appraised=len(rows),
        percent=value_of(round_, "grade.excellent_quota"),
    )
    waiting = sum(state not in _GRADED for _, state in rows)
    if appraisal.grade is Grade.EXCELLENT and waiting:
        verdict &= refuse(
            "quota.waiting",
            N_("还有 %(n)s 人未评定等次，评完后再核定优秀名额"),
            basis="grade.excellent_quota",
            n=waiting,
        )
    return verdict


def facts_of(
    appraisal: AnnualAppraisal,
    actor: Actor,
    now: datetime,
    reason: str = "",
    *,
    grade: Grade | None = None,
    draft: NoticeDraft | None = None,
    answer_served: bool = False,
    grounds: tuple[str, ...] = (),
) -> AnnualFacts:
    """What the gates of the lifecycle look at."""
    round_, calendar = appraisal.round, workdays.calendar()
    sheet = sheet_of(appraisal)
    notices = [
        n for n in proceedings.notices_of(APPRAISAL, appraisal.public_id) if n.withdrawn_at is None
    ]
    served = proceedings.services_of(APPRAISAL, appraisal.public_id)
    return AnnualFacts(
        today=clock.today(now),
        actor=Hand(actor.person_id or 0),
        subject=Hand(appraisal.person_id),
        graders=tuple(Hand(p) for p in sorted(graders_of(appraisal))),
        reason=reason,
        data=annual.missing_gate(sheet.annual),
        quota=_quota_verdict(appraisal) if appraisal.state is AnnualState.PANEL_GRADE else ALLOWED,
        self_report_window=window_after(
            round_.called_on, value_of(round_, "annual.self_report_workdays"), calendar
        ),
        panel=tuple(proceedings.panel_members(proceedings.panel_of(ROUND, round_.public_id))),
        panel_min=value_of(round_, "panel.min"),
        panel_must_be_odd=False,
        proposal=sheet.proposal,
        grade=grade or appraisal.grade,
        notice=draft,
        notice_window=proceedings.notice_window(notices[0], calendar) if notices else None,
        objection_window=window_after(
            served[0].served_on, value_of(round_, "appeal.window"), calendar
        )
        if served
        else None,
        objection_by=appraisal.objection_by,
        accepted=appraisal.accepted_at is not None,
        answer_served=answer_served,
        grounds=grounds,
    )


def notice_draft(round_: AppraisalRound, office: str, telephone: str, now: datetime) -> NoticeDraft:
    """The public notice of those proposed for 优秀, before it is posted."""
    window = window_after(
        clock.today(now), value_of(round_, "public_notice.workdays"), workdays.calendar()
    )
    return NoticeDraft((Outcome.EXCELLENT_GRADE,), office, telephone, window)


def grades(person_id: int) -> list[tuple[int, Grade, bool]]:
    """(year, grade, is it final) of a person, the last year first."""
    rows = db.session.execute(
        sa.select(AppraisalRound.year, AnnualAppraisal.grade, AnnualAppraisal.state)
        .join(AppraisalRound, AppraisalRound.id == AnnualAppraisal.round_id)
        .where(AnnualAppraisal.person_id == person_id, AnnualAppraisal.grade.is_not(None))
        .order_by(AppraisalRound.year.desc())
    )
    return [(year, grade, state in FINAL) for year, grade, state in rows if grade is not None]


def final_grade(person_id: int, year: int) -> Grade | None:
    """The final grade of a year, from the person's facts; None while there is none."""
    for fact in facts.of(person_id, [GRADE_FACT]):
        if fact.value["year"] == year:
            return Grade(fact.value["grade"])
    return None


def earlier_grades(person_id: int, year: int) -> list[Grade | None]:
    """Final grades before a year, the last year first, None for a year without one, back to
    the first that is known."""
    known = {f.value["year"]: Grade(f.value["grade"]) for f in facts.of(person_id, [GRADE_FACT])}
    past = [y for y in known if y < year]
    return [known.get(y) for y in range(year - 1, min(past) - 1, -1)] if past else []
