"""Loading a programme and its session templates from a curriculum folder."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from courses import importing
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.vocabulary import Topic, TrainingForm
from training.core.verbs import system_unit

from .models import Programme, SessionTemplate


@system_unit
def import_programme(folder: Path, org: OrgUnit, now: datetime) -> Programme:
    """Load ``curriculum.toml``: the programme, its courses with lessons and cases, and its
    session templates, all owned by ``org``. Safe to repeat: what is there is found by its
    code, changed words are taken over, a changed lesson becomes a new version."""
    with (folder / "curriculum.toml").open("rb") as source:
        curriculum = tomllib.load(source)
    importing.import_curriculum(folder, org, now)
    data = curriculum["programme"]
    programme = db.session.scalar(sa.select(Programme).where(Programme.code == data["code"]))
    if programme is None:
        programme = Programme(code=data["code"], org_id=org.id, created_at=now)
        db.session.add(programme)
    _words(programme, data)
    for course in curriculum["course"]:
        for entry in course.get("session", ()):
            _template(entry, course["topic"], org)
    db.session.flush()
    return programme


def _words(record: Programme | SessionTemplate, data: dict[str, Any]) -> None:
    for name in ("title", "title_en", "summary", "summary_en"):
        setattr(record, name, data.get(name, ""))


def _template(data: dict[str, Any], topic: str, org: OrgUnit) -> None:
    template = db.session.scalar(
        sa.select(SessionTemplate).where(SessionTemplate.code == data["code"])
    )
    if template is None:
        template = SessionTemplate(code=data["code"], org_id=org.id)
        db.session.add(template)
    _words(template, data)
    template.topic = Topic(data.get("topic", topic))
    template.form = TrainingForm(data["form"])
    template.minutes = data["minutes"]
