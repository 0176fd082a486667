"""Tables of papers: blueprints that are edited, papers that never change once drawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exams.bank.rules.question import Difficulty, QuestionKind
from training.core import append_only
from training.core.db import Id, Model, PublicId, Str100, ref
from training.core.models import OrgUnit
from training.core.rules.vocabulary import Topic
from training.people.models import Person

from .rules.blueprint import Blueprint, PaperSlot, Section


class PaperBlueprint(Model):
    """A blueprint (组卷方案): sections as JSON, read and checked by the rules."""

    __tablename__ = "paper_blueprint"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    title: Mapped[Str100]
    title_en: Mapped[Str100] = mapped_column(default="")
    sections: Mapped[list[Any]]
    author_id: Mapped[int | None] = ref("person.id")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    org: Mapped[OrgUnit] = relationship()

    @property
    def plan(self) -> Blueprint:
        return Blueprint(tuple(section_of(s) for s in self.sections))


def section_of(stored: Mapping[str, Any]) -> Section:
    """A stored section as the rules see it."""
    return Section(
        code=str(stored["code"]),
        topic=Topic(stored["topic"]),
        kind=QuestionKind(stored["kind"]),
        count=int(stored["count"]),
        points=int(stored["points"]),
        core=bool(stored["core"]),
        mix={Difficulty(k): int(v) for k, v in stored.get("mix", {}).items()},
    )


class Paper(Model):
    """A paper as drawn: seed, frozen payload and its hash. Never changed; another draw is
    another paper. The payload pins question versions with their digests; it holds no key.
    """

    __tablename__ = "exam_paper"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    blueprint_id: Mapped[int] = ref("paper_blueprint.id")
    title: Mapped[Str100]
    title_en: Mapped[Str100] = mapped_column(default="")
    seed: Mapped[str] = mapped_column(sa.String(32))
    payload: Mapped[dict[str, Any]]
    payload_hash: Mapped[str] = mapped_column(sa.String(64))
    author_id: Mapped[int] = ref("person.id")
    drawn_at: Mapped[datetime]

    org: Mapped[OrgUnit] = relationship()
    author: Mapped[Person] = relationship()
    publication: Mapped[PaperPublication | None] = relationship(viewonly=True, uselist=False)

    @property
    def slots(self) -> tuple[PaperSlot, ...]:
        return slots_of(self.payload)


class PaperPublication(Model):
    """A paper was published: from now on sittings may use it."""

    __tablename__ = "paper_publication"

    id: Mapped[Id]
    paper_id: Mapped[int] = ref("exam_paper.id", unique=True, index=False)
    published_by: Mapped[int] = ref("person.id")
    published_at: Mapped[datetime]


def slots_of(payload: Mapping[str, Any]) -> tuple[PaperSlot, ...]:
    """The slots of a frozen payload."""
    return tuple(
        PaperSlot(
            slot=int(s["slot"]),
            question=str(s["question"]),
            section=str(s["section"]),
            kind=QuestionKind(s["kind"]),
            points=int(s["points"]),
            core=bool(s["core"]),
            options=tuple(s["options"]),
            fixed_order=bool(s["fixed_order"]),
        )
        for s in payload["slots"]
    )


append_only.declare("exam_paper", "paper_publication")
