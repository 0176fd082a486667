"""Tables of marking: gradings, corrections, reviews, releases and appeals. Only an appeal is
ever changed (decided once); everything else is a history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exams.sittings.models import Attempt
from training.core import append_only
from training.core.db import Id, Model, PublicId, Str40, Text, enum_column, ref, state_check
from training.people.models import Person

from .rules.grading import CorrectionKind
from .rules.review import ReviewVerdict


class AppealState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Grading(Model):
    """One marking of one attempt: all marks, the sums, the outcome, and what they rest on.

    Points in hundredths. ``policy`` holds the percentages with the ids of their versions;
    ``corrections`` the ids of the corrections in force; ``chain_head`` the end of the chain
    of steps that was read; ``digest`` covers the whole row's content.
    """

    __tablename__ = "exam_grading"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    attempt_id: Mapped[int] = ref("exam_attempt.id", index=False)
    number: Mapped[int]
    passed: Mapped[bool]
    points: Mapped[int]
    full: Mapped[int]
    core_points: Mapped[int | None]
    core_full: Mapped[int | None]
    sections: Mapped[dict[str, Any]]
    marks: Mapped[list[Any]]
    policy: Mapped[dict[str, Any]]
    corrections: Mapped[list[Any]]
    paper_hash: Mapped[str] = mapped_column(sa.String(64))
    chain_head: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    graded_at: Mapped[datetime]
    graded_by: Mapped[Str40]

    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (sa.UniqueConstraint("attempt_id", "number"),)


class QuestionCorrection(Model):
    """A correction of one question of a paper, for everyone who sat it."""

    __tablename__ = "exam_question_correction"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    paper_id: Mapped[int] = ref("exam_paper.id", index=False)
    number: Mapped[int]
    question: Mapped[str] = mapped_column(sa.String(24))
    kind: Mapped[CorrectionKind] = enum_column(CorrectionKind)
    key: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(sa.String(500))
    corrected_by: Mapped[int] = ref("person.id")
    corrected_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("paper_id", "number"),)


class AttemptReview(Model):
    """Whether an attempt was clean (复核): of which grading, how many signals were looked at.

    A mistaken review is corrected by a further one, which names it (``corrects_id``) and says
    why in its ``reason``; it belongs to a further grading, so that a grading has one review.
    """

    __tablename__ = "exam_attempt_review"

    id: Mapped[Id]
    attempt_id: Mapped[int] = ref("exam_attempt.id")
    grading_id: Mapped[int] = ref("exam_grading.id", unique=True, index=False)
    verdict: Mapped[ReviewVerdict] = enum_column(ReviewVerdict)
    signals: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    reviewer_id: Mapped[int] = ref("person.id")
    reviewed_at: Mapped[datetime]
    corrects_id: Mapped[int | None] = ref("exam_attempt_review.id", unique=True, index=False)

    reviewer: Mapped[Person] = relationship()

    __table_args__ = (
        state_check("reasoned", "(verdict = 'clean' AND signals = 0) OR reason <> ''"),
        state_check("corrected", "corrects_id IS NULL OR reason <> ''"),
    )


class ResultRelease(Model):
    """A result was made known (成绩发布)."""

    __tablename__ = "exam_result_release"

    id: Mapped[Id]
    attempt_id: Mapped[int] = ref("exam_attempt.id")
    grading_id: Mapped[int] = ref("exam_grading.id", index=False)
    released_by: Mapped[int] = ref("person.id")
    released_at: Mapped[datetime]

    releaser: Mapped[Person] = relationship()


class Appeal(Model):
    """A candidate's appeal against a result; decided once, by another person."""

    __tablename__ = "exam_appeal"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    attempt_id: Mapped[int] = ref("exam_attempt.id")
    grading_id: Mapped[int] = ref("exam_grading.id", unique=True, index=False)
    text: Mapped[Text]
    opened_at: Mapped[datetime]
    state: Mapped[AppealState] = enum_column(AppealState, default=AppealState.OPEN)
    decided_by: Mapped[int | None] = ref("person.id")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")

    attempt: Mapped[Attempt] = relationship()
    person: Mapped[Person] = relationship(foreign_keys="Appeal.person_id")

    __table_args__ = (
        state_check(
            "decided",
            "state = 'open' OR "
            "(decided_by IS NOT NULL AND decided_at IS NOT NULL AND reason <> '')",
        ),
    )


append_only.declare(
    "exam_grading", "exam_question_correction", "exam_attempt_review", "exam_result_release"
)
