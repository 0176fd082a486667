"""Reading a list of holidays and make-up working days as offices write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from .verdict import Verdict, all_of, refuse
from .words import N_

_LINE = re.compile(
    r"^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?\s+(\S.*?)\s+(休|班|off|work)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day on which the weekday does not decide."""

    day: date
    name: str
    is_workday: bool


def read_days(text: str, year: int) -> tuple[DayLine, ...] | Verdict:
    """The days of a list, one a line; or what is wrong, line by line.

    A day is named ``2027-01-01 元旦 休`` or ``… 班``. Codes ``calendar.line``,
    ``calendar.year``, ``calendar.twice``, ``calendar.empty``.
    """
    found: dict[date, DayLine] = {}
    problems: list[Verdict] = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        line = _read(raw.strip())
        if line is None:
            problems.append(
                refuse(
                    "calendar.line", N_("第 %(n)s 行看不懂，请写成「2027-01-01 元旦 休」"), n=number
                )
            )
        elif abs(line.day.year - year) > 1 or (
            line.day.year != year and line.day.month not in (1, 12)
        ):
            problems.append(
                refuse(
                    "calendar.year", N_("第 %(n)s 行不是 %(year)s 年的日期"), n=number, year=year
                )
            )
        elif line.day in found:
            problems.append(refuse("calendar.twice", N_("第 %(n)s 行的日期写了两次"), n=number))
        else:
            found[line.day] = line
    if not found and not problems:
        problems.append(refuse("calendar.empty", N_("请至少写一天")))
    return all_of(problems) if problems else tuple(found.values())


def _read(raw: str) -> DayLine | None:
    match = _LINE.match(raw)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return DayLine(day, match[4][:40], match[5].lower() in ("班", "work"))
