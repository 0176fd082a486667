"""The history of a sitting: what was corrected, by whom, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core.db import db, new_public_id
from training.core.rules.permission import Actor
from training.core.verbs import tell

from .models import Attempt, Sitting, SittingEvent
from .rules.sitting import SittingAct


def enter(
    actor: Actor, sitting: Sitting, act: SittingAct, reason: str, now: datetime, *,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
    attempt: Attempt | None = None,
) -> SittingEvent:  # fmt: skip
    """Append an entry, in the verb at work; the audit names it and keeps its reason out."""
    event = SittingEvent(
        public_id=new_public_id(), sitting_id=sitting.id, act=act, before=dict(before or {}),
        after=dict(after or {}), reason=reason.strip()[:200], actor_id=actor.person_id, at=now,
        attempt_id=attempt.id if attempt else None,
    )  # fmt: skip
    db.session.add(event)
    tell(event=event.public_id)
    return event


def of(sitting: Sitting) -> list[SittingEvent]:
    """The entries of a sitting, the oldest first."""
    query = (
        sa.select(SittingEvent)
        .where(SittingEvent.sitting_id == sitting.id)
        .options(
            joinedload(SittingEvent.actor),
            joinedload(SittingEvent.attempt).joinedload(Attempt.person),
        )
        .order_by(SittingEvent.id)
    )
    return list(db.session.scalars(query))


def last_of(attempt: Attempt) -> SittingEvent | None:
    """The last entry that a candidate is to know: about the whole sitting since it was
    published, or about this attempt."""
    published = attempt.sitting.published_at
    if published is None:
        return None
    query = (
        sa.select(SittingEvent)
        .where(
            SittingEvent.sitting_id == attempt.sitting_id,
            sa.or_(
                SittingEvent.attempt_id == attempt.id,
                sa.and_(SittingEvent.attempt_id.is_(None), SittingEvent.at >= published),
            ),
        )
        .order_by(SittingEvent.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)
