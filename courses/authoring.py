"""Writing lessons: drafts that change, versions that do not, withdrawal.

Parsing uploads is slow and done outside the verbs: ``read_word`` and ``read_film`` check and
convert, the verbs store what they return.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import sqlalchemy as sa

from training.core import files, richtext, uploads
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit, StoredFile
from training.core.rules.chain import canonical
from training.core.rules.permission import Actor
from training.core.rules.vocabulary import Topic, TrainingForm
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from . import text
from .models import Course, Lesson, LessonDraft, LessonVersion
from .rules.lessons import ONLINE_FORMS, LessonKind, publish_gate

PURPOSE = "lesson"

#: What a draft and a version have in common, in the order in which it is hashed.
CONTENT = (
    "title", "title_en", "summary", "summary_en", "topic", "form", "minutes", "source", "body",
    "content", "law_as_of", "articles", "film_seconds", "film_id", "document_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an author says about a lesson. ``minutes`` is its length, which is credited."""

    title: str
    topic: Topic
    form: TrainingForm
    minutes: int
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""


@dataclass(frozen=True, slots=True)
class WordText:
    """A checked Word file: what is stored, its HTML, and its pictures."""

    file: uploads.Checked
    html: str
    pictures: tuple[uploads.Picture, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """A checked film; ``stream`` is read once, when it is stored."""

    stream: IO[bytes]
    facts: uploads.CheckedVideo


def read_word(data: bytes, name: str) -> WordText:
    """Check and convert a Word file. Raises ``Refused`` as ``uploads.word_to_html`` does, and
    ``EMPTY_TEXT`` when it holds no text."""
    html, pictures = uploads.word_to_html(data, name)
    if not html.strip():
        raise Refused.because("EMPTY_TEXT", N_("文件里没有文字，请核对后再上传"), status=422)
    return WordText(uploads.word(data, name), html, pictures)


def read_film(stream: IO[bytes], name: str) -> Film:
    """Check a film. Raises ``Refused`` as ``uploads.video`` does, and ``NO_LENGTH`` when the
    file does not say how long it runs."""
    facts = uploads.video(stream, name)
    if not facts.seconds:
        raise Refused.because(
            "NO_LENGTH", N_("视频没有写明时长，无法计学时。请重新导出后再上传"), status=422
        )
    return Film(stream, facts)


@verb("courses:course:manage", at="org")
def create_course(
    actor: Actor,
    org: OrgUnit,
    title: str,
    topic: Topic,
    *,
    title_en: str = "",
    summary: str = "",
    summary_en: str = "",
    now: datetime,
) -> Course:
    """Begin a course to put lessons into."""
    course = Course(
        org_id=org.id, title=title, title_en=title_en, topic=topic, summary=summary,
        summary_en=summary_en, created_at=now,
    )  # fmt: skip
    db.session.add(course)
    return course


@verb("courses:lesson:manage", on="course")
def create_lesson(
    actor: Actor,
    course: Course,
    kind: LessonKind,
    head: Head,
    *,
    source: str = "",
    word: WordText | None = None,
    film: Film | None = None,
    now: datetime,
) -> Lesson:
    """Begin a lesson with its first draft."""
    last = db.session.scalar(
        sa.select(sa.func.max(Lesson.position)).where(Lesson.course_id == course.id)
    )
    lesson = Lesson(
        course_id=course.id, org_id=course.org_id, author_id=actor.person_id, kind=kind,
        position=(last or 0) + 1, created_at=now,
    )  # fmt: skip
    db.session.add(lesson)
    db.session.flush()
    draft = _blank(lesson, head, now)
    db.session.add(draft)
    _fill(draft, lesson, head, source=source, word=word, film=film, now=now)
    tell(kind=str(kind))
    return lesson


@verb("courses:lesson:manage", on="lesson")
def edit(
    actor: Actor,
    lesson: Lesson,
    head: Head,
    *,
    source: str | None = None,
    word: WordText | None = None,
    film: Film | None = None,
    now: datetime,
) -> Lesson:
    """Change the draft; a published lesson gets a new draft that begins as its version."""
    draft = db.session.scalar(sa.select(LessonDraft).where(LessonDraft.lesson_id == lesson.id))
    if draft is None:
        draft = _blank(lesson, head, now)
        if lesson.current is not None:
            for name in CONTENT:
                setattr(draft, name, getattr(lesson.current, name))
        db.session.add(draft)
    _fill(draft, lesson, head, source=source, word=word, film=film, now=now)
    return lesson


def _blank(lesson: Lesson, head: Head, now: datetime) -> LessonDraft:
    return LessonDraft(
        lesson_id=lesson.id, title=head.title, topic=head.topic, form=head.form,
        minutes=head.minutes, source="", body="", content={}, articles=[], film_seconds=0,
        updated_at=now,
    )  # fmt: skip


def _fill(
    draft: LessonDraft,
    lesson: Lesson,
    head: Head,
    *,
    source: str | None,
    word: WordText | None,
    film: Film | None,
    now: datetime,
) -> None:
    if head.form not in ONLINE_FORMS:
        raise Refused.because("LESSON_FORM", N_("线上课程只能计为在线学习或者案例评析"), status=422)
    for name in ("title", "title_en", "summary", "summary_en", "topic", "form", "minutes"):
        setattr(draft, name, getattr(head, name))
    if word is not None:
        _store_word(draft, lesson, word, now)
    elif source is not None and lesson.kind in (LessonKind.TEXT, LessonKind.VIDEO):
        draft.source = source
        draft.body = text.render(source, own_pictures(source))
    if film is not None:
        record = files.keep(
            film.stream, name=film.facts.name, media_type=film.facts.media_type,
            purpose=PURPOSE, now=now, org_id=lesson.org_id,
        )  # fmt: skip
        db.session.flush()
        draft.film_id, draft.film_seconds = record.id, film.facts.seconds or 0
    draft.updated_at = now


def _store_word(draft: LessonDraft, lesson: Lesson, word: WordText, now: datetime) -> None:
    def keep(file: uploads.Checked) -> StoredFile:
        return files.keep(
            file.data, name=file.name, media_type=file.media_type, purpose=PURPOSE, now=now,
            org_id=lesson.org_id,
        )  # fmt: skip

    document = keep(word.file)
    pictures = {p.number: keep(p.file) for p in word.pictures}
    db.session.flush()
    draft.document_id = document.id
    draft.body = richtext.place_pictures(
        word.html, {number: f.public_id for number, f in pictures.items()}
    )
    draft.source = ""


def own_pictures(source: str) -> set[str]:
    """Those of the files a text names that were stored as pictures of lessons."""
    query = sa.select(StoredFile.public_id).where(
        StoredFile.public_id.in_(text.named_files(source)),
        StoredFile.purpose == PURPOSE,
        StoredFile.media_type.startswith("image/"),
    )
    return set(db.session.scalars(query))


@verb("courses:lesson:manage", on="lesson")
def publish(actor: Actor, lesson: Lesson, *, now: datetime) -> Lesson:
    """Freeze the draft as the next version; from now on this is what is studied."""
    draft = db.session.scalar(sa.select(LessonDraft).where(LessonDraft.lesson_id == lesson.id))
    if draft is None:
        raise Refused.because("NO_DRAFT", N_("没有待发布的修改"))
    require(
        publish_gate(
            kind=lesson.kind, title=draft.title, minutes=draft.minutes, body=draft.body,
            steps=bool(draft.content.get("step")), film=draft.film_id is not None,
        ),
        status=422, code="NOT_READY",
    )  # fmt: skip
    version = freeze(lesson, {name: getattr(draft, name) for name in CONTENT}, actor, now)
    db.session.delete(draft)
    db.session.flush()
    db.session.expire(lesson)
    tell(version=version.number, sha256=version.sha256)
    return lesson


def freeze(
    lesson: Lesson, content: Mapping[str, Any], actor: Actor | None, now: datetime
) -> LessonVersion:
    """Append the next version of a lesson, in the current write transaction."""
    version = LessonVersion(
        lesson_id=lesson.id, number=lesson.version_number + 1, sha256=digest(content),
        published_at=now, publisher_id=actor.person_id if actor else None, **content,
    )  # fmt: skip
    db.session.add(version)
    lesson.version_number = version.number
    lesson.withdrawn_at, lesson.withdrawn_reason = None, ""
    db.session.flush()
    return version


def digest(content: Mapping[str, Any]) -> str:
    """The hash of what a version says."""
    plain = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in content.items()}
    return hashlib.sha256(canonical(plain).encode()).hexdigest()


@verb("courses:lesson:manage", on="lesson")
def discard(actor: Actor, lesson: Lesson, *, now: datetime) -> Lesson:
    """Throw the draft of a published lesson away."""
    draft = db.session.scalar(sa.select(LessonDraft).where(LessonDraft.lesson_id == lesson.id))
    if draft is None or not lesson.version_number:
        raise Refused.because("NO_DRAFT", N_("没有可以放弃的修改"))
    db.session.delete(draft)
    db.session.flush()
    db.session.expire(lesson)
    return lesson


@verb("courses:lesson:manage", on="lesson")
def withdraw(actor: Actor, lesson: Lesson, reason: str, *, now: datetime) -> Lesson:
    """Take a lesson out of study with a reason; hours that it gave stay."""
    if not lesson.open:
        raise Refused.because("NOT_OPEN", N_("这一课没有在用，不用停用"))
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明停用这一课的理由"), status=422)
    lesson.withdrawn_at, lesson.withdrawn_reason = now, reason.strip()[:200]
    return lesson


@verb("courses:lesson:manage", on="lesson")
def restore(actor: Actor, lesson: Lesson, *, now: datetime) -> Lesson:
    """Put a withdrawn lesson back into study as it was."""
    if lesson.withdrawn_at is None:
        raise Refused.because("NOT_WITHDRAWN", N_("这一课没有停用"))
    lesson.withdrawn_at, lesson.withdrawn_reason = None, ""
    return lesson
