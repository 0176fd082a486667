"""Reads of papers: the pool of a blueprint, frozen slots, what a screen may show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from exams.bank import queries as bank
from exams.bank.models import QuestionVersion
from training.core import access
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Actor

from .models import Paper, PaperBlueprint, PaperPublication
from .rules.blueprint import PaperSlot, PoolQuestion


def pool_question(version: QuestionVersion) -> PoolQuestion | None:
    """A version as the draw sees it; None without a topic."""
    if version.topic is None:
        return None
    return PoolQuestion(
        id=version.public_id,
        topic=version.topic,
        kind=version.kind,
        difficulty=version.difficulty,
        content_hash=version.content_hash,
        options=tuple(str(o["id"]) for o in version.options),
        fixed_order=version.fixed_order,
    )


def pool(org: OrgUnit) -> tuple[list[PoolQuestion], dict[str, QuestionVersion]]:
    """What a paper of ``org`` may draw from, and the versions by id."""
    versions = bank.approved(org)
    found = [q for v in versions if (q := pool_question(v)) is not None]
    return found, {v.public_id: v for v in versions}


def blueprints(actor: Actor) -> list[PaperBlueprint]:
    """Blueprints in reach that are in use, the latest first."""
    query = (
        sa.select(PaperBlueprint)
        .where(
            access.visible(actor, "papers:blueprint:read", PaperBlueprint),
            PaperBlueprint.archived_at.is_(None),
        )
        .options(joinedload(PaperBlueprint.org))
        .order_by(PaperBlueprint.updated_at.desc())
        .limit(200)
    )
    return list(db.session.scalars(query))


def papers(actor: Actor, blueprint_id: int | None = None) -> list[Paper]:
    """Papers in reach, the latest first."""
    query = (
        sa.select(Paper)
        .where(access.visible(actor, "papers:paper:read", Paper))
        .options(joinedload(Paper.org), joinedload(Paper.publication), joinedload(Paper.author))
        .order_by(Paper.drawn_at.desc())
        .limit(200)
    )
    if blueprint_id is not None:
        query = query.where(Paper.blueprint_id == blueprint_id)
    return list(db.session.scalars(query).unique())


def published(actor: Actor) -> list[Paper]:
    """Published papers that a sitting may use."""
    query = (
        sa.select(Paper)
        .join(PaperPublication, PaperPublication.paper_id == Paper.id)
        .where(access.visible(actor, "papers:paper:read", Paper))
        .order_by(Paper.drawn_at.desc())
        .limit(200)
    )
    return list(db.session.scalars(query))


def shown_questions(slots: Iterable[PaperSlot]) -> dict[str, dict[str, Any]]:
    """What a screen shows of each question: never the key, never the explanation."""
    ids = [slot.question for slot in slots]
    columns = (
        QuestionVersion.public_id,
        QuestionVersion.kind,
        QuestionVersion.stem,
        QuestionVersion.stem_en,
        QuestionVersion.options,
    )
    query = sa.select(*columns).where(QuestionVersion.public_id.in_(ids))
    return {
        row.public_id: {
            "kind": str(row.kind),
            "stem": row.stem,
            "stem_en": row.stem_en,
            "options": {o["id"]: {"text": o["text"], "text_en": o["text_en"]} for o in row.options},
        }
        for row in db.session.execute(query)
    }
