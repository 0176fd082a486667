"""Tables of courses: lessons with their versions, study time, answers in cases, notes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.core import append_only
from training.core.db import (
    Id,
    Model,
    PublicId,
    Str40,
    Str100,
    Str200,
    Text,
    enum_column,
    ref,
    state_check,
)
from training.core.models import StoredFile
from training.core.rules.vocabulary import Topic, TrainingForm

from .rules.lessons import LessonKind


class Course(Model):
    """A row of lessons on one topic."""

    __tablename__ = "course"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    code: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    org_id: Mapped[int] = ref("org_unit.id")
    title: Mapped[Str100]
    title_en: Mapped[Str200] = mapped_column(default="")
    summary: Mapped[Text] = mapped_column(default="")
    summary_en: Mapped[Text] = mapped_column(default="")
    topic: Mapped[Topic] = enum_column(Topic)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class LessonText:
    """What a lesson says: shared by the draft, which changes, and the versions, which do not.

    ``source`` is what the author wrote (Markdown); ``body`` the clean HTML made of it, or
    of the Word file ``document_id``; ``content`` a case's facts and steps; ``minutes`` the
    length that is credited.
    """

    title: Mapped[Str100]
    title_en: Mapped[Str200] = mapped_column(default="")
    summary: Mapped[Text] = mapped_column(default="")
    summary_en: Mapped[Text] = mapped_column(default="")
    topic: Mapped[Topic] = enum_column(Topic)
    form: Mapped[TrainingForm] = enum_column(TrainingForm)
    minutes: Mapped[int]
    source: Mapped[Text] = mapped_column(default="")
    body: Mapped[Text] = mapped_column(default="")
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    law_as_of: Mapped[date | None]
    articles: Mapped[list[Any]] = mapped_column(default=list)
    film_seconds: Mapped[int] = mapped_column(default=0)
    film_id: Mapped[int | None] = ref("stored_file.id")
    document_id: Mapped[int | None] = ref("stored_file.id")


class Lesson(Model):
    """A lesson. ``version_number`` is the version that is studied now, 0 before the first.

    A withdrawn lesson is studied no more; what was credited for it stays.
    """

    __tablename__ = "lesson"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    code: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    course_id: Mapped[int] = ref("course.id")
    org_id: Mapped[int] = ref("org_unit.id")
    author_id: Mapped[int | None] = ref("person.id")
    kind: Mapped[LessonKind] = enum_column(LessonKind)
    position: Mapped[int] = mapped_column(default=0)
    version_number: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[Str200] = mapped_column(default="")
    created_at: Mapped[datetime]

    course: Mapped[Course] = relationship(lazy="joined", innerjoin=True)
    current: Mapped[LessonVersion | None] = relationship(
        primaryjoin="and_(LessonVersion.lesson_id == Lesson.id, "
        "LessonVersion.number == Lesson.version_number)",
        foreign_keys="[LessonVersion.lesson_id, LessonVersion.number]",
        viewonly=True,
        uselist=False,
    )
    draft: Mapped[LessonDraft | None] = relationship(viewonly=True, uselist=False)

    __table_args__ = (state_check("withdrawn", "withdrawn_at IS NULL OR withdrawn_reason <> ''"),)

    @property
    def open(self) -> bool:
        """May it be studied now?"""
        return self.version_number > 0 and self.withdrawn_at is None


class LessonDraft(LessonText, Model):
    """What the author is working on: at most one a lesson, gone when it is published."""

    __tablename__ = "lesson_draft"

    id: Mapped[Id]
    lesson_id: Mapped[int] = ref("lesson.id", unique=True, index=False)
    updated_at: Mapped[datetime]

    @sa.orm.declared_attr
    def film(cls) -> Mapped[StoredFile | None]:
        return relationship(StoredFile, foreign_keys=[cls.film_id])  # type: ignore[list-item]

    @sa.orm.declared_attr
    def document(cls) -> Mapped[StoredFile | None]:
        return relationship(StoredFile, foreign_keys=[cls.document_id])  # type: ignore[list-item]


class LessonVersion(LessonText, Model):
    """A published version: append-only, so that what somebody studied can always be shown."""

    __tablename__ = "lesson_version"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    lesson_id: Mapped[int] = ref("lesson.id")
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    published_at: Mapped[datetime]
    publisher_id: Mapped[int | None] = ref("person.id")

    @sa.orm.declared_attr
    def film(cls) -> Mapped[StoredFile | None]:
        return relationship(StoredFile, foreign_keys=[cls.film_id])  # type: ignore[list-item]

    @sa.orm.declared_attr
    def document(cls) -> Mapped[StoredFile | None]:
        return relationship(StoredFile, foreign_keys=[cls.document_id])  # type: ignore[list-item]

    __table_args__ = (
        sa.UniqueConstraint("lesson_id", "number"),
        state_check("number", "number > 0"),
        state_check("minutes", "minutes > 0"),
    )


class StudyRecord(Model):
    """How far one person is in one lesson, as the server counted it.

    ``last_at`` and ``last_active`` are the last ping; ``place`` is the block of the text
    where the person stopped; ``percent`` the furthest that was read; ``watched`` the
    [start, end) seconds of the film that the browser reported.
    """

    __tablename__ = "study_record"

    id: Mapped[Id]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    lesson_id: Mapped[int] = ref("lesson.id")
    version_number: Mapped[int]
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    last_active: Mapped[bool] = mapped_column(default=False)
    counted_seconds: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(default=0)
    percent: Mapped[int] = mapped_column(default=0)
    watched: Mapped[list[Any]] = mapped_column(default=list)
    completed_at: Mapped[datetime | None]

    lesson: Mapped[Lesson] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("person_id", "lesson_id"),
        state_check("percent", "percent BETWEEN 0 AND 100"),
    )


class StudyDay(Model):
    """Seconds counted for one person on one day (Shanghai), all lessons together, and the
    moment up to which time has been counted."""

    __tablename__ = "study_day"

    id: Mapped[Id]
    person_id: Mapped[int] = ref("person.id")
    day: Mapped[date]
    seconds: Mapped[int] = mapped_column(default=0)
    covered_until: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("person_id", "day"),)


class StudyPing(Model):
    """A sign of life from an open lesson, stamped by the server: append-only evidence from
    which the counted time can be computed again."""

    __tablename__ = "study_ping"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(sa.BigInteger)
    lesson_id: Mapped[int] = ref("lesson.id")
    at: Mapped[datetime]
    active: Mapped[bool]
    client_id: Mapped[Str40]

    __table_args__ = (sa.UniqueConstraint("person_id", "client_id"),)


class CaseAnswer(Model):
    """What a person chose at one step of a case, and why: append-only, the first counts."""

    __tablename__ = "case_answer"

    id: Mapped[Id]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    lesson_id: Mapped[int] = ref("lesson.id")
    version_number: Mapped[int]
    step: Mapped[int]
    choice: Mapped[str] = mapped_column(sa.String(4))
    reason: Mapped[Text]
    at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("person_id", "lesson_id", "version_number", "step"),
        sa.Index("ix_case_answer_lesson_step", "lesson_id", "version_number", "step"),
    )


class LessonNote(Model):
    """A person's own note on a lesson."""

    __tablename__ = "lesson_note"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    lesson_id: Mapped[int] = ref("lesson.id")
    text: Mapped[Text]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


append_only.declare("lesson_version", "study_ping", "case_answer")
