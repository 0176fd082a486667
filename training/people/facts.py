"""Facts in a person's file: upper rooms write them, lower rooms read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from training.core.audit import subject_of
from training.core.db import db
from training.core.rules.permission import Actor

from .models import Fact, Person

_CHUNK = 500


def record(
    actor: Actor,
    person: Person,
    kind: str,
    occurred_on: date,
    value: dict[str, Any],
    *,
    now: datetime,
    source: Any = None,
    replaces: Fact | None = None,
    reason: str = "",
) -> Fact:
    """Append a fact, in the current write transaction. A correction names what it replaces
    and why. Raises ``ValueError`` when a correction has no reason."""
    if replaces is not None and not reason:
        raise ValueError("a correction needs a reason")
    source_type, source_ref, _ = subject_of(source)
    fact = Fact(
        person_id=person.id, org_id=person.org_id, kind=kind, occurred_on=occurred_on, value=value,
        source_type=source_type, source_ref=source_ref, recorded_at=now, recorded_by=actor.ref,
        replaces_id=replaces.id if replaces else None, reason=reason,
    )  # fmt: skip
    db.session.add(fact)
    return fact


def of(person_id: int, kinds: Iterable[str] | None = None) -> list[Fact]:
    """The facts in force, newest first: those that no further entry has replaced."""
    newer = aliased(Fact)
    query = (
        sa.select(Fact)
        .outerjoin(newer, newer.replaces_id == Fact.id)
        .where(Fact.person_id == person_id, newer.id.is_(None))
        .order_by(Fact.occurred_on.desc(), Fact.id.desc())
    )
    if kinds is not None:
        query = query.where(Fact.kind.in_(list(kinds)))
    return list(db.session.scalars(query))


def of_many(person_ids: Iterable[int], kinds: Iterable[str]) -> dict[int, list[Fact]]:
    """The facts in force of many people, newest first, by person id: one query for every 500."""
    wanted, newer = list(person_ids), aliased(Fact)
    found: dict[int, list[Fact]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            sa.select(Fact)
            .outerjoin(newer, newer.replaces_id == Fact.id)
            .where(
                Fact.person_id.in_(wanted[start : start + _CHUNK]),
                Fact.kind.in_(list(kinds)),
                newer.id.is_(None),
            )
            .order_by(Fact.occurred_on.desc(), Fact.id.desc())
        )
        for fact in db.session.scalars(query):
            found.setdefault(fact.person_id, []).append(fact)
    return found
