"""The working-day calendar as data: public holidays and make-up days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from .db import db
from .models import CalendarDay
from .rules.day_list import DayLine
from .rules.permission import Actor
from .rules.workdays import WorkCalendar
from .verbs import tell, verb


def seed() -> int:
    """Enter the holidays and make-up days that the State Council has announced, as the
    package ``chinesecalendar`` carries them; days already there are left alone."""
    from chinese_calendar.constants import holidays, workdays  # noqa: PLC0415 - large tables

    have = set(db.session.scalars(sa.select(CalendarDay.day)))
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
    """The calendar that the rules count with. A year is covered once its New Year is known."""
    days = db.session.execute(sa.select(CalendarDay.day, CalendarDay.is_workday)).all()
    return WorkCalendar(
        holidays=frozenset(day for day, working in days if not working),
        make_up_workdays=frozenset(day for day, working in days if working),
        covered_years=frozenset(day.year for day, _ in days if (day.month, day.day) == (1, 1)),
    )


def of_year(year: int) -> dict[date, DayLine]:
    """The days of a year that are entered."""
    days = db.session.scalars(
        sa.select(CalendarDay).where(
            CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31)
        )
    )
    return {d.day: DayLine(d.day, d.name, d.is_workday) for d in days}


@verb("core:calendar:change")
def enter(actor: Actor, lines: Sequence[DayLine], *, now: datetime) -> int:
    """Enter days, or change what was entered for them; returns how many."""
    held = {
        d.day: d
        for d in db.session.scalars(
            sa.select(CalendarDay).where(CalendarDay.day.in_([x.day for x in lines]))
        )
    }
    for line in lines:
        day = held.get(line.day)
        if day is None:
            db.session.add(CalendarDay(day=line.day, name=line.name, is_workday=line.is_workday))
        else:
            day.name, day.is_workday = line.name, line.is_workday
    tell(days=[f"{x.day.isoformat()}{'+' if x.is_workday else '-'}" for x in lines])
    return len(lines)
