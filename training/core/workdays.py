"""The working-day calendar as data: public holidays and make-up days."""

from __future__ import annotations

import sqlalchemy as sa

from .db import db
from .models import CalendarDay


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
