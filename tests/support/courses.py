"""Courses and lessons for tests."""

from __future__ import annotations

from datetime import timedelta

from courses import authoring, study
from courses.models import Course, Lesson, LessonNote
from courses.rules.lessons import LessonKind
from tests.support.objects import url_object
from tests.support.world import NOW, World
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Person

CASE = {
    "facts": "**当事人**：甲某、乙某。",
    "step": [
        {
            "situation": "两人在沟边对峙。",
            "question": "您先做什么？",
            "expert_comment": "先保安全。",
            "choice": [
                {"key": "A", "text": "劝开", "consequence": "缓和了", "assessment": "good"},
                {"key": "B", "text": "讲理", "consequence": "更僵了", "assessment": "risky"},
            ],
        },
        {
            "situation": "第二天。",
            "question": "怎样核实？",
            "expert_comment": "到现场量。",
            "choice": [
                {"key": "A", "text": "到现场", "consequence": "量清了", "assessment": "good"},
                {"key": "B", "text": "看照片", "consequence": "说不清", "assessment": "wrong"},
            ],
        },
    ],
    "ending": "两家和好。",
    "lessons_learned": ["先看现场。"],
}


def make_course(org: OrgUnit | None = None, **overrides: object) -> Course:
    """A course on law; stored, not committed."""
    fields: dict[str, object] = {
        "org_id": (org or World().org("甲区司法局")).id,
        "title": "法律政策",
        "title_en": "Law and policy",
        "topic": Topic.LAW_AND_POLICY,
        "created_at": NOW,
    } | overrides
    course = Course(**fields)
    db.session.add(course)
    db.session.flush()
    return course


def make_lesson(
    org: OrgUnit | None = None,
    kind: LessonKind = LessonKind.TEXT,
    course: Course | None = None,
    **overrides: object,
) -> Lesson:
    """A published lesson of 20 minutes; stored, not committed."""
    course = course or make_course(org)
    lesson = Lesson(
        course_id=course.id, org_id=course.org_id, kind=kind, created_at=NOW, version_number=0
    )
    db.session.add(lesson)
    db.session.flush()
    content: dict[str, object] = {
        "title": "人民调解法怎样用",
        "title_en": "Using the mediation law",
        "summary": "",
        "summary_en": "",
        "topic": course.topic,
        "form": TrainingForm.ONLINE_STUDY,
        "minutes": 20,
        "source": "正文",
        "body": "<h2>一</h2><p>正文</p>",
        "content": CASE if kind is LessonKind.CASE_STEPS else {},
        "law_as_of": None,
        "articles": [],
        "film_seconds": 0,
        "film_id": None,
        "document_id": None,
    } | overrides
    authoring.freeze(lesson, content, None, NOW)
    db.session.expire(lesson)
    return lesson


def read(person: Person, lesson: Lesson, minutes: int, *, start=NOW, percent: int = 100) -> None:
    """Study a lesson with its page open and visible, a ping each 30 seconds."""
    study.open_lesson(person.id, lesson.id, start)
    for n in range(minutes * 2 + 1):
        study.ping(
            person.id, lesson.id, f"{lesson.id}-{start.timestamp():.0f}-{n}", active=True,
            place=n, percent=percent, now=start + timedelta(seconds=30 * n),
        )  # fmt: skip


@url_object("course_id")
def _course(org: OrgUnit, person: Person) -> str:
    return make_course(org).public_id


@url_object("lesson_id")
def _lesson(org: OrgUnit, person: Person) -> str:
    return make_lesson(org).public_id


@url_object("note_id")
def _note(org: OrgUnit, person: Person) -> str:
    note = LessonNote(
        person_id=person.id, lesson_id=make_lesson(org).id, text="笔记", created_at=NOW
    )
    db.session.add(note)
    db.session.flush()
    return note.public_id
