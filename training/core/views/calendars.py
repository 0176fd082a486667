"""The working-day calendar: a year at a glance, single days and the year's whole list."""

from __future__ import annotations

import calendar as months
from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from .. import access, clock, web, workdays
from ..calendar_forms import DaysForm
from ..rules.day_list import DayLine, read_days
from ..rules.verdict import Verdict
from . import room

_READ, _CHANGE = "core:calendar:read", "core:calendar:change"
FIRST_YEAR, LAST_YEAR = 2019, 2100


def _year() -> int:
    year = request.args.get("year", type=int) or clock.today().year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    return year


@room.page("/calendar", _READ)
def calendar() -> str:
    return _page(_year(), DaysForm())


@room.act("/calendar", _CHANGE)
def enter_days() -> BaseResponse | tuple[str, int]:
    """Enter days of a year, as the State Council announced them."""
    year, form = _year(), DaysForm()
    if not form.validate():
        return _page(year, form), 422
    lines = read_days(form.days.data or "", year)
    if isinstance(lines, Verdict):
        form.deny(lines)
        return _page(year, form), 422
    workdays.enter(web.actor(), lines, now=clock.now())
    return web.done(gettext("已录入 %(n)s 天", n=len(lines)), url_for("core.calendar", year=year))


def _page(year: int, form: DaysForm) -> str:
    held = workdays.of_year(year)
    return render_template(
        "core/calendar.html",
        year=year,
        months=[_month(year, m, held) for m in range(1, 13)],
        covered=year in workdays.calendar().covered_years,
        form=form,
        may_change=access.holds(web.actor(), _CHANGE),
        rows=[
            {
                "day": day.isoformat(),
                "name": line.name,
                "state": {"kind": "ok", "label": gettext("上班")}
                if line.is_workday
                else {"kind": "info", "label": gettext("放假")},
            }
            for day, line in sorted(held.items())
        ],
    )


def _month(year: int, month: int, held: dict[date, DayLine]) -> dict[str, Any]:
    weeks = [
        [_cell(date(year, month, day), held) if day else None for day in week]
        for week in months.monthcalendar(year, month)
    ]
    return {"name": gettext("%(n)s 月", n=month), "weeks": weeks}


def _cell(day: date, held: dict[date, DayLine]) -> dict[str, Any]:
    line = held.get(day)
    kind = "weekend" if day.weekday() >= 5 else ""
    if line is not None:
        kind = "work" if line.is_workday else "rest"
    return {"n": day.day, "kind": kind, "name": line.name if line else ""}
