"""The working-day calendar as data: public holidays and make-up days."""

from __future__ import annotations

import sqlalchemy as sa

from .db import db
from .models import CalendarDay
from .rules.workdays import WorkCalendar


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
