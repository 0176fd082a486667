"""Tables of the question bank: a question, its versions that never change, its reviews."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.core import append_only
from training.core.db import Id, Model, PublicId, Str40, Str200, Text, enum_column, ref
from training.core.models import OrgUnit
from training.core.rules.vocabulary import Topic

from .rules.question import Difficulty, QuestionDraft, QuestionKind
from .rules.review import ReviewState


class Question(Model):
    """A question: its code for ever, the number of its current version, and its review state.

    The state is that of the current version; a new version starts anew.
    """

    __tablename__ = "question"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    code: Mapped[Str40] = mapped_column(unique=True)
    state: Mapped[ReviewState] = enum_column(ReviewState, default=ReviewState.DRAFT)
    current: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    org: Mapped[OrgUnit] = relationship()
    version: Mapped[QuestionVersion] = relationship(
        primaryjoin="and_(QuestionVersion.question_id == Question.id, "
        "QuestionVersion.number == Question.current)",
        viewonly=True,
        uselist=False,
    )

    __table_args__ = (sa.Index("ix_question_state", "state"),)


class QuestionVersion(Model):
    """One wording of a question, never changed: papers pin it by its public id.

    ``options`` are ``{"id", "text", "text_en"}`` in canonical order; ``key`` the canonical
    ids of the right ones, sorted. ``digest`` covers everything that an exam shows or marks.
    """

    __tablename__ = "question_version"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    question_id: Mapped[int] = ref("question.id")
    number: Mapped[int]
    kind: Mapped[QuestionKind] = enum_column(QuestionKind)
    stem: Mapped[Text]
    stem_en: Mapped[Text] = mapped_column(default="")
    options: Mapped[list[Any]]
    key: Mapped[list[Any]]
    explanation: Mapped[Text] = mapped_column(default="")
    topic: Mapped[Topic | None] = enum_column(Topic)
    difficulty: Mapped[Difficulty | None] = enum_column(Difficulty)
    articles: Mapped[list[Any]]
    law_as_of: Mapped[date | None]
    source: Mapped[Str200] = mapped_column(default="")
    fixed_order: Mapped[bool]
    content_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    stem_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    author_id: Mapped[int | None] = ref("person.id")
    note: Mapped[Str200] = mapped_column(default="")
    created_at: Mapped[datetime]

    question: Mapped[Question] = relationship()

    __table_args__ = (sa.UniqueConstraint("question_id", "number"),)

    @property
    def draft(self) -> QuestionDraft:
        """This version as the rules see it."""
        texts = tuple(str(o["text"]) for o in self.options)
        return QuestionDraft(
            self.kind,
            self.stem,
            () if self.kind is QuestionKind.TRUE_FALSE else texts,
            frozenset(self.key),
            self.topic,
            self.difficulty,
            self.explanation,
            tuple(self.articles),
            self.law_as_of,
            self.source,
        )


class QuestionReview(Model):
    """One step of a question's review: from which state to which, by whom, why."""

    __tablename__ = "question_review"

    id: Mapped[Id]
    question_id: Mapped[int] = ref("question.id")
    version_id: Mapped[int] = ref("question_version.id")
    action: Mapped[Str40]
    source: Mapped[ReviewState] = enum_column(ReviewState)
    target: Mapped[ReviewState] = enum_column(ReviewState)
    reason: Mapped[Str200] = mapped_column(default="")
    person_id: Mapped[int | None] = ref("person.id")
    at: Mapped[datetime]


append_only.declare("question_version", "question_review")
