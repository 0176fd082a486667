"""The demo's courses: the shipped curriculum, and how far each trainee has studied it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from courses import importing
from courses.models import (
    CaseAnswer,
    Course,
    Lesson,
    LessonVersion,
    StudyDay,
    StudyPing,
    StudyRecord,
)
from courses.rules.lessons import LessonKind, read_case
from training.core import clock
from training.core.db import db
from training.people.models import Person

from . import bulk
from .city import City
from .people import Crowd
from .trail import Trail

#: A page pings at least this often, so that every second between two pings counts.
_PING = timedelta(seconds=60)
_REASONS = (
    "先稳住双方情绪，再把事实问清楚。",
    "依据讲在前面，当事人才听得进去。",
    "不表态偏向任何一方，让他们自己说出要求。",
    "涉及安全，先请派出所和社区一起到场。",
)


@dataclass(frozen=True, slots=True)
class Study:
    """One lesson that one person had open from ``begun`` on; without ``finished`` it is
    still unfinished after ``seconds``."""

    person: Person
    lesson: Lesson
    begun: datetime
    seconds: int
    finished: bool = True

    @property
    def ended(self) -> datetime:
        return self.begun + timedelta(seconds=self.seconds)


def build(city: City, content: Path, now: datetime) -> list[Lesson]:
    """Load the shipped courses for the whole city; the lessons in the order of study."""
    importing.import_curriculum(content, city.root, now)
    query = (
        sa.select(Lesson)
        .join(Course, Course.id == Lesson.course_id)
        .options(joinedload(Lesson.current))
        .order_by(Course.position, Lesson.position)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def version_of(lesson: Lesson) -> LessonVersion:
    """The version that is studied."""
    if lesson.current is None:
        raise LookupError(lesson.code)
    return lesson.current


def whole(person: Person, lesson: Lesson, begun: datetime) -> Study:
    """The lesson studied for its full length."""
    return Study(person, lesson, begun, version_of(lesson).minutes * 60)


def write(studies: Sequence[Study], crowd: Crowd) -> None:
    """Write study records with the pings they rest on, days, and the answers in cases."""
    trail = Trail()
    pings: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    spent: Counter[tuple[int, date]] = Counter()
    covered: dict[tuple[int, date], datetime] = {}
    for serial, study in enumerate(studies):
        pings += _pings(study, serial)
        day = (study.person.id, clock.today(study.begun))
        spent[day] += study.seconds
        covered[day] = max(covered.get(day, study.ended), study.ended)
        if study.finished and study.lesson.kind is LessonKind.CASE_STEPS:
            answers += _answers(study, serial, crowd, trail)
        if study.finished:
            _note_completion(study, crowd, trail)
    bulk.insert(StudyRecord, [_record(s) for s in studies])
    bulk.insert(StudyPing, pings)
    bulk.insert(
        StudyDay,
        [
            {"person_id": p, "day": d, "seconds": n, "covered_until": covered[p, d]}
            for (p, d), n in spent.items()
        ],
    )
    if answers:
        bulk.insert(CaseAnswer, answers)
    trail.write()


def _record(study: Study) -> dict[str, Any]:
    version = version_of(study.lesson)
    length = version.minutes * 60
    film = min(version.film_seconds, study.seconds)
    return {
        "person_id": study.person.id,
        "org_id": study.person.org_id,
        "lesson_id": study.lesson.id,
        "version_number": version.number,
        "opened_at": study.begun,
        "last_at": study.ended,
        "last_active": False,
        "counted_seconds": study.seconds,
        "percent": 100 if study.finished else min(99, study.seconds * 100 // length),
        "watched": [[0, film]] if film else [],
        "completed_at": study.ended if study.finished else None,
    }


def _pings(study: Study, serial: int) -> list[dict[str, Any]]:
    """A ping a minute, and one that says that the page was left."""
    count = -(-study.seconds // int(_PING.total_seconds()))
    moments = [study.begun + _PING * n for n in range(count)] + [study.ended]
    return [
        {
            "person_id": study.person.id,
            "lesson_id": study.lesson.id,
            "at": at,
            "active": at < study.ended,
            "client_id": f"demo-{serial}-{n}",
        }
        for n, at in enumerate(moments)
    ]


def _answers(study: Study, serial: int, crowd: Crowd, trail: Trail) -> list[dict[str, Any]]:
    """Choices that differ from person to person, each with its reason."""
    version = version_of(study.lesson)
    rows = []
    for number, step in enumerate(read_case(version.content).steps):
        choice = step.choices[(serial + number) % len(step.choices)].key
        at = study.begun + timedelta(minutes=2 + 3 * number)
        rows.append(
            {
                "person_id": study.person.id,
                "org_id": study.person.org_id,
                "lesson_id": study.lesson.id,
                "version_number": version.number,
                "step": number,
                "choice": choice,
                "reason": _REASONS[(serial + 2 * number) % len(_REASONS)],
                "at": at,
            }
        )
        trail.note(
            crowd.actors[study.person.id], "courses:lesson:study", study.lesson, at,
            lesson=study.lesson.public_id, step=number, choice=choice,
        )  # fmt: skip
    return rows


def _note_completion(study: Study, crowd: Crowd, trail: Trail) -> None:
    version = version_of(study.lesson)
    trail.note(
        crowd.actors[study.person.id], "programmes:lesson:complete", study.lesson, study.ended,
        minutes=version.minutes, topic=str(version.topic), form=str(version.form),
    )  # fmt: skip
