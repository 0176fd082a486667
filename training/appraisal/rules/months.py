"""Months served: in which months of a year somebody was in post, from the standing facts."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from training.people.rules.person import Standing


@dataclass(frozen=True, slots=True)
class Change:
    """A change of standing, effective from the day ``on``."""

    on: date
    before: str
    after: str


def months_served(changes: Sequence[Change], year: int, until: date) -> tuple[int, ...]:
    """The months of ``year`` with at least one day in post, as far as ``until``.

    Whoever has no changes on record counts as in post for the whole of it.
    """
    ordered = sorted(changes, key=lambda c: c.on)
    return tuple(m for m in range(1, 13) if _served(ordered, year, m, until))


def _served(changes: Sequence[Change], year: int, month: int, until: date) -> bool:
    day = date(year, month, 1)
    last = min(date(year, month, calendar.monthrange(year, month)[1]), until)
    while day <= last:
        if _standing(changes, day) == Standing.IN_POST:
            return True
        day += timedelta(days=1)
    return False


def _standing(changes: Sequence[Change], day: date) -> str:
    if not changes:
        return Standing.IN_POST
    standing = changes[0].before
    for change in changes:
        if change.on <= day:
            standing = change.after
    return standing
