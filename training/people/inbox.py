"""The inbox: notices of decisions, duties and dates, said once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from training.core.db import db

from .models import Notice


def unread(person_id: int) -> int:
    """How many notices a person has not opened."""
    return int(
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None))
        )
        or 0
    )


def send(
    person_id: int,
    kind: str,
    message: str,
    *,
    now: datetime,
    url: str = "",
    due_on: date | None = None,
    unique_key: str | None = None,
    **params: Any,
) -> Notice | None:
    """Put a notice into an inbox, in the current write transaction.

    ``message`` is a Chinese msgid marked with ``N_``; ``params`` fill it in. With a
    ``unique_key`` the same notice is not said twice: None is returned instead.
    """
    if unique_key is not None and db.session.scalar(
        sa.select(Notice.id).where(Notice.person_id == person_id, Notice.unique_key == unique_key)
    ):
        return None
    notice = Notice(
        person_id=person_id, kind=kind, message=message, params=params, url=url,
        created_at=now, due_on=due_on, unique_key=unique_key,
    )  # fmt: skip
    db.session.add(notice)
    return notice
