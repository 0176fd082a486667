"""The inbox: notices of decisions, duties and dates, said once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from training.core import lists
from training.core.db import db
from training.core.lists import Applied, Filter, Order
from training.core.rules.words import N_, Words
from training.core.units import system_unit

from .models import Notice

PAGE_SIZE = 30

FILTERS = (
    Filter(
        "unread",
        N_("未读"),
        lambda text: text if text == "1" else None,
        lambda _: Notice.read_at.is_(None),
    ),
)

# Unread ones first, the newest of each first: one key that falls.
_ORDER = Order(
    "unread_first",
    sa.case((Notice.read_at.is_(None), "1"), else_="0")
    + sa.func.substr(sa.cast(Notice.created_at, sa.String), 1, 19),
    descending=True,
)


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

    ``message`` is a Chinese msgid marked with ``N_``; ``params`` fill it in: plain values, other
    words, or content in both languages (``i18n.both``). With a
    ``unique_key`` the same notice is not said twice: None is returned instead.
    """
    if unique_key is not None and db.session.scalar(
        sa.select(Notice.id).where(Notice.person_id == person_id, Notice.unique_key == unique_key)
    ):
        return None
    kept = {k: v.kept() if isinstance(v, Words) else v for k, v in params.items()}
    notice = Notice(
        person_id=person_id, kind=kind, message=message, params=kept, url=url,
        created_at=now, due_on=due_on, unique_key=unique_key,
    )  # fmt: skip
    db.session.add(notice)
    return notice


def words(notice: Notice) -> Words:
    """What a notice says, to be rendered in the reader's language."""
    return Words(notice.message, notice.params)


def page(person_id: int, applied: Applied, args: Mapping[str, str]) -> lists.Page:
    """A person's notices, unread first."""
    query = sa.select(Notice).where(Notice.person_id == person_id, *applied.conditions)
    return lists.page(query, _ORDER, Notice.id, applied, args, PAGE_SIZE)


def own(person_id: int, public_id: str) -> Notice | None:
    """A person's own notice."""
    return db.session.scalar(
        sa.select(Notice).where(Notice.public_id == public_id, Notice.person_id == person_id)
    )


@system_unit
def mark_read(person_id: int, now: datetime, public_id: str | None = None) -> int:
    """Mark one notice of a person, or all, as read; returns how many were unread."""
    query = sa.update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    if public_id is not None:
        query = query.where(Notice.public_id == public_id)
    return int(db.session.execute(query.values(read_at=now)).rowcount)  # type: ignore[attr-defined]
