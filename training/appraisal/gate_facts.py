"""What the gates of an appraisal's lifecycle look at, for one person or for many of a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from training.core import clock, workdays
from training.core.db import db
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.proceedings import queries as proceedings
from training.proceedings.rules.notice import NoticeDraft, Outcome, window_after
from training.proceedings.rules.separation import Hand

from . import scores
from .models import (
    AnnualAppraisal,
    AppraisalAcknowledgement,
    AppraisalEvent,
    AppraisalRound,
    ComponentValue,
    FigureLine,
    VetoRecord,
)
from .queries import APPRAISAL, BEYOND_QUOTA, ROUND, events_of, last_score, vetoes_of
from .rules import annual
from .rules.annual_gates import AnnualFacts
from .rules.annual_lifecycle import DECISIONS, AnnualState
from .rules.grade import Grade
from .rules.quota import Quota, apply_quota, quota_gate
from .scores import value_of
from .states import GRADED

_NOT_GRADING = frozenset(
    {
        "submit_self_report", "correct_self_report", "object", "object_publicly", "begin_review",
        "uphold", "dismiss", "dismiss_publicly", "accept", "reopen_grade", *DECISIONS,
    }
)  # fmt: skip


_REOPENING = ("uphold", "reopen_grade")
"""Acts that say that the grade was mistaken."""


def graders_of(appraisal: AnnualAppraisal) -> set[int]:
    """All who took part in the grade: recorders, opinion, survey, dossiers, panel."""
    found = {e.actor_id for e in events_of(appraisal) if e.action not in _NOT_GRADING}
    for model in (FigureLine, ComponentValue, VetoRecord):
        found |= set(
            db.session.scalars(
                sa.select(model.recorder_id).where(model.appraisal_id == appraisal.id)
            )
        )
    found |= {v.withdrawal.recorder_id for v in vetoes_of(appraisal) if v.withdrawal is not None}
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


@dataclass(frozen=True, slots=True)
class _Standing:
    """The grades of a round as they stand: its quota, and how many are still without a grade."""

    quota: Quota
    appraised: int
    waiting: int
    percent: int

    @staticmethod
    def of(round_: AppraisalRound) -> _Standing:
        rows = grade_rows(round_)
        return _Standing(
            excellent_quota(round_, rows),
            len(rows),
            sum(r.state not in GRADED for r in rows),
            value_of(round_, "grade.excellent_quota"),
        )

    def verdict(self, appraisal: AnnualAppraisal) -> Verdict:
        """The quota of the round, and nobody of it left ungraded: who comes late could be
        better."""
        verdict = quota_gate(self.quota.counted, appraised=self.appraised, percent=self.percent)
        if appraisal.grade is Grade.EXCELLENT and self.waiting:
            verdict &= ungraded(self.waiting)
        return verdict


def ungraded(n: int) -> Verdict:
    """Somebody is not graded yet. Code ``quota.waiting``."""
    return refuse(
        "quota.waiting",
        N_("还有 %(n)s 人未评定等次，评完后再核定优秀名额"),
        basis="grade.excellent_quota",
        n=n,
    )


def grade_rows(round_: AppraisalRound) -> list[Any]:
    """(person_id, total, grade, state) of everybody in a round."""
    a = AnnualAppraisal
    query = sa.select(a.id, a.person_id, a.total, a.grade, a.state).where(a.round_id == round_.id)
    return list(db.session.execute(query))


def excellent_quota(round_: AppraisalRound, rows: Sequence[Any]) -> Quota:
    """Who of those graded 优秀 stands within the round's quota; ``rows`` are its ``grade_rows``."""
    excellent = [r for r in rows if r.grade is Grade.EXCELLENT and r.state in GRADED]
    candidates = {r.person_id: r.total for r in excellent if r.state is AnnualState.PANEL_GRADE}
    return apply_quota(
        candidates,
        appraised=len(rows),
        percent=value_of(round_, "grade.excellent_quota"),
        held={r.person_id: r.total for r in excellent if r.person_id not in candidates},
        upheld=_upheld(round_),
    )


def beyond_quota(appraisal: AnnualAppraisal) -> bool:
    """Whether this 优秀 stands beyond the quota because an objection was upheld too late."""
    round_ = appraisal.round
    return appraisal.person_id in excellent_quota(round_, grade_rows(round_)).extra


def _upheld(round_: AppraisalRound) -> set[int]:
    """Whose grade was found mistaken in a round that lets them stand beyond the quota."""
    # A round opened before this policy existed has not frozen it: its quota is strict.
    if not round_.policies.get(BEYOND_QUOTA, {}).get("value"):
        return set()
    query = (
        sa.select(AnnualAppraisal.person_id)
        .join(AppraisalEvent, AppraisalEvent.appraisal_id == AnnualAppraisal.id)
        .where(AnnualAppraisal.round_id == round_.id, AppraisalEvent.action.in_(_REOPENING))
    )
    return set(db.session.scalars(query))


def facts_many(
    round_: AppraisalRound,
    appraisals: Sequence[AnnualAppraisal],
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> dict[int, AnnualFacts]:
    """What the gates look at for many of one round, by appraisal id, in a constant number of
    queries. Scores, graders and grounds, which only single acts ask for, are left empty."""
    calendar, refs = workdays.calendar(), [a.public_id for a in appraisals]
    notices = proceedings.standing_notices(APPRAISAL, refs)
    served = proceedings.last_services(APPRAISAL, refs)
    standing = _Standing.of(round_)
    common = AnnualFacts(
        today=clock.today(now),
        actor=Hand(actor.person_id or 0),
        subject=Hand(0),
        graders=(),
        reason=reason,
        data=ALLOWED,
        quota=ALLOWED,
        self_report_window=window_after(
            round_.called_on, value_of(round_, "annual.self_report_workdays"), calendar
        ),
        panel=tuple(proceedings.panel_members(proceedings.panel_of(ROUND, round_.public_id))),
        panel_min=value_of(round_, "panel.min"),
        panel_must_be_odd=False,
        proposal=None,
        grade=None,
        notice=None,
        notice_window=None,
        objection_window=None,
        objection_by=None,
        accepted=False,
        answer_served=False,
        grounds=(),
    )
    found = {}
    for a in appraisals:
        notice, service = notices.get(a.public_id), served.get(a.public_id)
        found[a.id] = replace(
            common,
            subject=Hand(a.person_id),
            quota=standing.verdict(a) if a.state is AnnualState.PANEL_GRADE else ALLOWED,
            grade=a.grade,
            notice_window=proceedings.notice_window(notice, calendar) if notice else None,
            objection_window=window_after(
                service.served_on, value_of(round_, "appeal.window"), calendar
            )
            if service
            else None,
            objection_by=a.objection_by,
            accepted=a.accepted_at is not None,
        )
    return found


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
    followed: Verdict = ALLOWED,
) -> AnnualFacts:
    """What the gates of the lifecycle look at."""
    round_ = appraisal.round
    sheet = scores.sheet_of(appraisal)
    return replace(
        facts_many(round_, [appraisal], actor, now, reason)[appraisal.id],
        graders=tuple(Hand(p) for p in sorted(graders_of(appraisal))),
        data=annual.missing_gate(sheet.annual),
        proposal=sheet.proposal,
        grade=grade or appraisal.grade,
        notice=draft,
        answer_served=answer_served,
        grounds=grounds,
        followed=followed,
    )


def notice_draft(round_: AppraisalRound, office: str, telephone: str, now: datetime) -> NoticeDraft:
    """The public notice of those proposed for 优秀, before it is posted."""
    window = window_after(
        clock.today(now), value_of(round_, "public_notice.workdays"), workdays.calendar()
    )
    return NoticeDraft((Outcome.EXCELLENT_GRADE,), office, telephone, window)
