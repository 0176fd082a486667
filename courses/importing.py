"""Loading a curriculum folder: courses, lessons in Markdown, cases in steps, their pictures.

The folder is written by us and shipped with the product (``curriculum.toml`` describes it),
so that its SVG drawings are trusted; nobody can upload one.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from training.core import files, uploads
from training.core.db import db
from training.core.models import OrgUnit, StoredFile
from training.core.rules.vocabulary import Topic, TrainingForm
from training.core.verbs import system_unit

from . import authoring, text
from .models import Course, Lesson
from .rules.lessons import LessonKind, read_case

_PICTURE = re.compile(r"!\[([^\]]*)\]\(\.\./media/([\w.-]+\.(?:svg|png|jpg))\)")
_TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}


@system_unit
def import_curriculum(folder: Path, org: OrgUnit, now: datetime) -> list[Course]:
    """Load or update the courses of a folder, owned by ``org``. Safe to repeat: courses and
    lessons are found by code; a lesson becomes a new version only when its content changed.
    Raises ``ValueError`` or ``KeyError`` for a folder that contradicts itself."""
    with (folder / "curriculum.toml").open("rb") as source:
        curriculum = tomllib.load(source)
    made = []
    for position, data in enumerate(curriculum["course"], start=1):
        course = _course(data, position, org, now)
        entries = [("lessons", e) for e in data.get("lessons", ())]
        entries += [("cases", e) for e in data.get("cases", ())]
        for number, (kind, entry) in enumerate(entries, start=1):
            path = folder / kind / entry["file"]
            if kind == "lessons":
                _text_lesson(path, entry, course, number, now)
            else:
                _case_lesson(path, entry, course, number, now)
        made.append(course)
    db.session.flush()
    return made


def _course(data: Mapping[str, Any], position: int, org: OrgUnit, now: datetime) -> Course:
    course = db.session.scalar(sa.select(Course).where(Course.code == data["code"]))
    if course is None:
        course = Course(code=data["code"], org_id=org.id, created_at=now)
        db.session.add(course)
    for name in ("title", "title_en", "summary", "summary_en"):
        setattr(course, name, data.get(name, ""))
    course.topic, course.position = Topic(data["topic"]), position
    db.session.flush()
    return course


def front_matter(path: Path) -> tuple[dict[str, Any], str]:
    """The TOML head and the Markdown of a lesson file. Raises ``ValueError`` without a head."""
    opening, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    if opening:
        raise ValueError(f"{path.name} does not begin with +++")
    return tomllib.loads(head), body


def _text_lesson(
    path: Path, entry: Mapping[str, Any], course: Course, position: int, now: datetime
) -> None:
    head, body = front_matter(path)
    media = path.parent.parent / "media"
    film, seconds = _film(media / head["video"], now) if head.get("video") else (None, 0)

    def put(match: re.Match[str]) -> str:
        return text.picture(match[1], _media(media / match[2], now).public_id)

    source = _PICTURE.sub(put, body)
    content = _head(head, entry, course) | {
        "source": source,
        "body": text.render(source, text.named_files(source)),
        "content": {},
        "film_id": film.id if film else None,
        "film_seconds": seconds,
    }
    kind = LessonKind.VIDEO if film else LessonKind.TEXT
    _put(head["code"], kind, course, position, content, now)


def _case_lesson(
    path: Path, entry: Mapping[str, Any], course: Course, position: int, now: datetime
) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    read_case(data)
    case = {k: data[k] for k in ("facts", "step", "ending", "lessons_learned") if k in data}
    content = _head(data, entry, course) | {
        "source": "",
        "body": "",
        "content": case,
        "film_id": None,
        "film_seconds": 0,
    }
    _put(data["code"], LessonKind.CASE_STEPS, course, position, content, now)


def _head(head: Mapping[str, Any], entry: Mapping[str, Any], course: Course) -> dict[str, Any]:
    as_of = head.get("law_as_of")
    return {
        "title": head["title"],
        "title_en": head.get("title_en", ""),
        "summary": head.get("summary", ""),
        "summary_en": head.get("summary_en", ""),
        "topic": Topic(head.get("topic", course.topic)),
        "form": TrainingForm(entry.get("form") or head.get("form", TrainingForm.ONLINE_STUDY)),
        "minutes": int(entry["minutes"]),
        "law_as_of": date.fromisoformat(as_of) if isinstance(as_of, str) else as_of,
        "articles": list(head.get("articles", ())),
        "document_id": None,
    }


def _put(
    code: str,
    kind: LessonKind,
    course: Course,
    position: int,
    content: Mapping[str, Any],
    now: datetime,
) -> None:
    """Find or make the lesson, and freeze a version if what it says has changed."""
    lesson = db.session.scalar(sa.select(Lesson).where(Lesson.code == code))
    if lesson is None:
        lesson = Lesson(
            code=code, course_id=course.id, org_id=course.org_id, kind=kind, position=position,
            version_number=0, created_at=now,
        )  # fmt: skip
        db.session.add(lesson)
    lesson.kind, lesson.course_id, lesson.position = kind, course.id, position
    db.session.flush()
    current = lesson.current
    if current is None or current.sha256 != authoring.digest(content):
        authoring.freeze(lesson, content, None, now)
        db.session.expire(lesson)


def _media(path: Path, now: datetime) -> StoredFile:
    """A picture of the folder in our store; the same bytes are stored once."""
    data = path.read_bytes()
    held = _stored(hashlib.sha256(data).hexdigest())
    if held is not None:
        return held
    record = files.keep(
        data, name=path.name, media_type=_TYPES[path.suffix[1:]], purpose=authoring.PURPOSE,
        now=now,
    )  # fmt: skip
    db.session.flush()
    return record


def _film(path: Path, now: datetime) -> tuple[StoredFile, int]:
    """A film of the folder in our store, and its seconds."""
    with path.open("rb") as stream:
        facts = uploads.video(stream, path.name)
        sha256, _ = files.digest(stream)
        record = _stored(sha256)
        if record is None:
            record = files.keep(
                stream, name=facts.name, media_type=facts.media_type,
                purpose=authoring.PURPOSE, now=now,
            )  # fmt: skip
            db.session.flush()
    return record, facts.seconds or 0


def _stored(sha256: str) -> StoredFile | None:
    query = sa.select(StoredFile).where(
        StoredFile.sha256 == sha256, StoredFile.purpose == authoring.PURPOSE
    )
    return db.session.scalar(query.limit(1))
