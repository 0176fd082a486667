"""The working-day calendar as data: public holidays and make-up days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from .db import db
from .errors import require
from .models import CalendarDay, CalendarEntry
from .rules.day_list import DayLine
from .rules.festivals import missing_festivals
from .rules.permission import Actor
from .rules.verdict import refuse
from .rules.words import N_
from .rules.workdays import WorkCalendar
from .verbs import tell, verb


def seed() -> int:
    """Enter the holidays and make-up days that the State Council has announced, as the
    package ``chinesecalendar`` carries them; what people entered, or took out, stands."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415 - large tables

    have = set(db.session.scalars(sa.select(CalendarDay.day)))
    have |= set(db.session.scalars(sa.select(CalendarEntry.day)))
    rows = [
        {"day": day, "is_workday": working, "name": name}
        for table, working in ((holidays, False), (workdays, True))
        for day, name in table.items()
        if day not in have and day.year >= 2019
    ]
    if rows:
        db.session.execute(sa.insert(CalendarDay), rows)
    return len(rows)


def calendar() -> WorkCalendar:
    """The calendar that the rules count with. A year is covered once its list is whole: once
    every public holiday of it is there."""
    days = [
        DayLine(d.day, d.name, d.is_workday)
        for d in db.session.execute(
            sa.select(CalendarDay.day, CalendarDay.name, CalendarDay.is_workday)
        )
    ]
    years: dict[int, list[DayLine]] = {}
    for line in days:
        years.setdefault(line.day.year, []).append(line)
    return WorkCalendar(
        holidays=frozenset(x.day for x in days if not x.is_workday),
        make_up_workdays=frozenset(x.day for x in days if x.is_workday),
        covered_years=frozenset(y for y, held in years.items() if not missing_festivals(y, held)),
    )


def of_year(year: int) -> dict[date, DayLine]:
    """The days of a year that are entered."""
    days = db.session.scalars(sa.select(CalendarDay).where(_within(CalendarDay.day, year)))
    return {d.day: DayLine(d.day, d.name, d.is_workday) for d in days}


def entries_of(year: int) -> Sequence[CalendarEntry]:
    """What people entered for a year, newest first."""
    return db.session.scalars(
        sa.select(CalendarEntry)
        .where(_within(CalendarEntry.day, year))
        .order_by(CalendarEntry.id.desc())
    ).all()


def _within(column: InstrumentedAttribute[date], year: int) -> sa.ColumnElement[bool]:
    return column.between(date(year, 1, 1), date(year, 12, 31))


@verb("core:calendar:change")
def enter(actor: Actor, lines: Sequence[DayLine], reason: str = "", *, now: datetime) -> int:
    """Enter days, or change with a reason what stands there; returns how many are different.
    What stood there before stays in the entries.

    Raises ``Refused`` ``REASON_REQUIRED`` (422) where a day that is there already changes.
    """
    held = {
        d.day: d
        for d in db.session.scalars(
            sa.select(CalendarDay).where(CalendarDay.day.in_([x.day for x in lines]))
        )
    }
    new = [x for x in lines if _said(held.get(x.day)) != _wanted(x)]
    if any(x.day in held for x in new) and not reason.strip():
        verdict = refuse("REASON_REQUIRED", N_("更改已录入的日期，请写明理由"))
        require(verdict, status=422, code="REASON_REQUIRED")
    for line in new:
        day = held.get(line.day)
        db.session.add(
            CalendarEntry(
                day=line.day, before=day.is_workday if day else None, after=line.is_workday,
                name=line.name, reason=reason, entered_at=now, entered_by=actor.ref,
            )
        )  # fmt: skip
        _put(day, line)
    tell(days=[f"{x.day.isoformat()}{_MARKS[x.is_workday]}" for x in new])
    return len(new)


_MARKS = {True: "+", False: "-", None: "="}


def _said(day: CalendarDay | None) -> tuple[str, bool] | None:
    return (day.name, day.is_workday) if day is not None else None


def _wanted(line: DayLine) -> tuple[str, bool] | None:
    return (line.name, line.is_workday) if line.is_workday is not None else None


def _put(day: CalendarDay | None, line: DayLine) -> None:
    if line.is_workday is None:
        db.session.delete(day)
    elif day is None:
        db.session.add(CalendarDay(day=line.day, name=line.name, is_workday=line.is_workday))
    else:
        day.name, day.is_workday = line.name, line.is_workday
