"""Reads about courses: the catalogue, how far somebody is, and figures for trainers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import access
from training.core.db import db
from training.core.rules.permission import Actor
from training.core.rules.vocabulary import Topic

from .models import Course, Lesson, LessonVersion, StudyRecord


class Done(StrEnum):
    """How far a person is in a lesson."""

    NEW = "new"
    STARTED = "started"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Item:
    """A lesson as one person sees it."""

    lesson: Lesson
    version: LessonVersion
    record: StudyRecord | None

    @property
    def done(self) -> Done:
        if self.record is None:
            return Done.NEW
        return Done.STARTED if self.record.completed_at is None else Done.COMPLETED

    @property
    def minutes_left(self) -> int:
        """Minutes of the lesson's length that were not counted yet, at least one."""
        counted = self.record.counted_seconds // 60 if self.record else 0
        return max(1, self.version.minutes - counted)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A course with its lessons in order."""

    course: Course
    items: tuple[Item, ...]

    @property
    def completed(self) -> int:
        return sum(item.done is Done.COMPLETED for item in self.items)

    @property
    def minutes(self) -> int:
        return sum(item.version.minutes for item in self.items)

    @property
    def next(self) -> Item | None:
        return next((item for item in self.items if item.done is not Done.COMPLETED), None)


def _open_items(person_id: int, *where: sa.ColumnElement[bool]) -> list[Item]:
    query = (
        sa.select(Lesson, LessonVersion, StudyRecord)
        .join(
            LessonVersion,
            sa.and_(
                LessonVersion.lesson_id == Lesson.id,
                LessonVersion.number == Lesson.version_number,
            ),
        )
        .join(Course, Course.id == Lesson.course_id)
        .outerjoin(
            StudyRecord,
            sa.and_(StudyRecord.lesson_id == Lesson.id, StudyRecord.person_id == person_id),
        )
        .where(Lesson.withdrawn_at.is_(None), *where)
        .order_by(Course.position, Course.id, Lesson.position, Lesson.id)
    )
    return [Item(*row) for row in db.session.execute(query)]


def catalogue(person_id: int, topic: Topic | None = None) -> list[Shelf]:
    """All courses with open lessons, by position, in one query; ``topic`` narrows."""
    items = _open_items(person_id, *([LessonVersion.topic == topic] if topic else []))
    shelves: dict[int, list[Item]] = {}
    for item in items:
        shelves.setdefault(item.lesson.course_id, []).append(item)
    return [Shelf(held[0].lesson.course, tuple(held)) for held in shelves.values()]


def shelf(person_id: int, course: Course) -> Shelf:
    """One course with its open lessons."""
    return Shelf(course, tuple(_open_items(person_id, Lesson.course_id == course.id)))


def continue_with(person_id: int) -> Item | None:
    """The lesson to study next, with ``minutes_left``: the one studied last that is not
    complete, else the first that was not begun."""
    waiting = [i for i in _open_items(person_id) if i.done is not Done.COMPLETED]
    started = [i for i in waiting if i.record is not None]
    if started:
        return max(started, key=lambda i: i.record.opened_at if i.record else i.lesson.created_at)
    return waiting[0] if waiting else None


@dataclass(frozen=True, slots=True)
class Figures:
    """How many people began a lesson and completed it."""

    started: int = 0
    completed: int = 0


def figures(lesson_ids: Iterable[int]) -> dict[int, Figures]:
    """Figures of many lessons in one query."""
    query = (
        sa.select(
            StudyRecord.lesson_id,
            sa.func.count(),
            sa.func.count(StudyRecord.completed_at),
        )
        .where(StudyRecord.lesson_id.in_(list(lesson_ids)))
        .group_by(StudyRecord.lesson_id)
    )
    return {row[0]: Figures(row[1], row[2]) for row in db.session.execute(query)}


def managed(actor: Actor) -> sa.Select[Lesson]:
    """The lessons an actor may look after, drafts included."""
    return (
        sa.select(Lesson)
        .where(access.visible(actor, "courses:lesson:list", Lesson))
        .options(joinedload(Lesson.current), joinedload(Lesson.draft))
    )


def courses_of(actor: Actor) -> list[Course]:
    """The courses into which an actor may put lessons."""
    return list(
        db.session.scalars(
            sa.select(Course)
            .where(access.visible(actor, "courses:course:manage", Course))
            .order_by(Course.position, Course.id)
        )
    )


def versions_of(lesson: Lesson) -> list[LessonVersion]:
    """The published versions of a lesson, newest first."""
    return list(
        db.session.scalars(
            sa.select(LessonVersion)
            .where(LessonVersion.lesson_id == lesson.id)
            .order_by(LessonVersion.number.desc())
        )
    )
