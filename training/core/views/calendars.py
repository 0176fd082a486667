"""The working-day calendar: a year at a glance, single days and the year's whole list."""

from __future__ import annotations

import calendar as months
from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from .. import access, clock, names, web, workdays
from ..calendar_forms import DaysForm
from ..errors import Refused
from ..rules.day_list import DayLine, read_days
from ..rules.festivals import label_of, missing_festivals
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
    try:
        n = workdays.enter(web.actor(), lines, form.reason.data or "", now=clock.now())
    except Refused as refused:
        if refused.status != 422:
            raise
        form.blame(form.reason, refused)
        return _page(year, form), 422
    return web.done(
        gettext("已录入 %(n)s 天", n=n) if n else gettext("这些日期早已录入，没有变化"),
        url_for("core.calendar", year=year),
    )


def _page(year: int, form: DaysForm) -> str:
    held = workdays.of_year(year)
    return render_template(
        "core/calendar.html",
        year=year,
        months=[_month(year, m, held) for m in range(1, 13)],
        missing=[gettext(label) for label in missing_festivals(year, held.values())],
        form=form,
        may_change=access.holds(web.actor(), _CHANGE),
        rows=[
            {
                "day": day.isoformat(),
                "name": _name(line.name),
                "state": _state(line.is_workday),
            }
            for day, line in sorted(held.items())
        ],
        entries=_entries(year),
    )


def _name(written: str) -> str:
    label = label_of(written)
    return gettext(label) if label else written


def _state(is_workday: bool | None) -> dict[str, str]:
    if is_workday is None:
        return {"kind": "idle", "label": gettext("按周末推算")}
    if is_workday:
        return {"kind": "ok", "label": gettext("上班")}
    return {"kind": "info", "label": gettext("放假")}


def _entries(year: int) -> list[dict[str, Any]]:
    entries = workdays.entries_of(year)
    known = names.of(e.entered_by for e in entries)
    return [
        {
            "day": e.day.isoformat(),
            "what": gettext(
                "%(before)s → %(after)s", before=_state(e.before)["label"],
                after=_state(e.after)["label"],
            ),
            "reason": e.reason, "who": known.get(e.entered_by, e.entered_by), "at": e.entered_at,
        }
        for e in entries
    ]  # fmt: skip


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
    return {"n": day.day, "kind": kind, "name": _name(line.name) if line else ""}
