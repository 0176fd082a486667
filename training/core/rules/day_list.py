"""Reading a list of holidays and make-up working days: one day a line, or the words of the
State Council's yearly notice (国务院办公厅关于部分节假日安排的通知)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .verdict import Verdict, all_of, refuse
from .words import N_

_LINE = re.compile(
    r"^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?\s+(\S.*?)\s+"
    r"(休|班|平|off|work|plain)$",
    re.IGNORECASE,
)
_HEAD = re.compile(r"^(?:[一二三四五六七八九十]+、)?\s*([^\d:：]{1,20})[:：](.*放假.*)$")
_ASIDE = re.compile(r"[（(][^（()）]*[）)]")
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
_BREAK = re.compile(rf"{_DAY}(?:\s*[至—–~-]\s*{_DAY})?[^。]*?放假")
_MADE_UP = re.compile(r"((?:[^。放]*?日[、和及]?)+)[^。放]*?上班")
_ONE = re.compile(_DAY)
_LONGEST_BREAK = 15


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day on which the weekday does not decide; ``is_workday`` is None for a day that was
    entered by mistake and on which the weekday decides again."""

    day: date
    name: str
    is_workday: bool | None


def read_days(text: str, year: int) -> tuple[DayLine, ...] | Verdict:
    """The days of a list or notice; or what is wrong, line by line.

    A line is one day, ``2027-01-01 元旦 休`` (``班``: people work, ``平``: an ordinary day
    again), or a paragraph of the notice, ``一、元旦：1月1日（周五）至3日（周日）放假，共3天。``.
    Codes ``calendar.line``, ``calendar.year``, ``calendar.twice``, ``calendar.empty``.
    """
    found: dict[date, DayLine] = {}
    problems: list[Verdict] = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        lines = _read(raw.strip(), year)
        if not lines:
            problems.append(
                refuse(
                    "calendar.line",
                    N_("第 %(n)s 行看不懂，请写成「2027-01-01 元旦 休」，或者照抄放假通知的原文"),
                    n=number,
                )
            )
        elif not all(_near(line.day, year) for line in lines):
            problems.append(
                refuse(
                    "calendar.year", N_("第 %(n)s 行不是 %(year)s 年的日期"), n=number, year=year
                )
            )
        elif any(line.day in found for line in lines):
            problems.append(refuse("calendar.twice", N_("第 %(n)s 行的日期写了两次"), n=number))
        else:
            found |= {line.day: line for line in lines}
    if not found and not problems:
        problems.append(refuse("calendar.empty", N_("请至少写一天")))
    return all_of(problems) if problems else tuple(found.values())


def _near(day: date, year: int) -> bool:
    """A list may reach over the turn of the year."""
    return day.year == year or (abs(day.year - year) == 1 and day.month in (1, 12))


def _read(raw: str, year: int) -> tuple[DayLine, ...]:
    match = _LINE.match(raw)
    try:
        if match is not None:
            day = date(int(match[1]), int(match[2]), int(match[3]))
            works = {"班": True, "work": True, "平": None, "plain": None}
            return (DayLine(day, match[4][:40], works.get(match[5].lower(), False)),)
        return _paragraph(raw, year)
    except ValueError:  # no such day
        return ()


def _paragraph(raw: str, year: int) -> tuple[DayLine, ...]:
    """The days that a paragraph of the notice names. Raises ``ValueError`` for no such day."""
    words = _ASIDE.sub("", raw)
    head = _HEAD.match(words)
    period = _BREAK.search(head[2]) if head is not None else None
    if head is None or period is None:
        return ()
    name, rest = head[1].strip(), head[2][period.end() :]
    first = _day(period.groups()[:3], year, 0)
    last = _day(period.groups()[3:], first.year, first.month) if period[6] else first
    if not first <= last < first + timedelta(days=_LONGEST_BREAK):
        return ()
    free = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return (
        *(DayLine(day, name, False) for day in free),
        *(DayLine(day, name, True) for day in _made_up(rest, year, first.month)),
    )


def _made_up(words: str, year: int, month: int) -> Iterator[date]:
    for match in _MADE_UP.finditer(words):
        for one in _ONE.finditer(match[1]):
            day = _day(one.groups(), year, month)
            month = day.month
            yield day


def _day(parts: tuple[str | None, ...], year: int, month: int) -> date:
    """A day of the notice, which leaves out a year or a month that goes without saying."""
    return date(int(parts[0] or year), int(parts[1] or month), int(parts[2] or 0))
