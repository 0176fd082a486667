"""Dates as offices write them: 1968.5, 1968.05.12, 1968年5月, 19680512, an Excel serial.

A date keeps the precision with which it was written. Where a writing has two readings
(a spreadsheet turns 1970.10 into the number 1970.1), both are kept, and what is known
from elsewhere, such as the identity number, decides.
"""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from .verdict import Verdict, refuse
from .words import N_

# The day before serial 1 in the 1900 system, moved by its false 29 February 1900; every
# serial of five digits (from May 1927) lies after that day.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIAL_RANGE = (10_000, 99_999)
_TIME = re.compile(r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_SEPARATORS = re.compile(r"[年月./\\\-‐–—_、,，。\s]+")
_TRAILING = re.compile(r"[日号出生-]+$")


class Precision(StrEnum):
    """How much of a date was written."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date of some precision. Raises ``ValueError`` when no such day exists.

    ``alternatives`` are other readings of the same writing; empty when there is one only.
    """

    year: int
    month: int | None = None
    day: int | None = None
    alternatives: tuple[WrittenDate, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs its month")
        date(
            self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day
        )

    @property
    def precision(self) -> Precision:
        if self.day is not None:
            return Precision.DAY
        return Precision.YEAR if self.month is None else Precision.MONTH

    @property
    def first_day(self) -> date:
        """The earliest day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """The latest day it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def readings(self) -> tuple[WrittenDate, ...]:
        """This reading first, then the alternatives."""
        return (self, *self.alternatives)

    def matches(self, day: date) -> bool:
        """Whether ``day`` lies within any of the readings."""
        return any(r.first_day <= day <= r.last_day for r in self.readings)


def read_date(raw: object, *, earliest: date, latest: date) -> WrittenDate | Verdict:
    """The date in a cell or a form field, or the denial.

    ``earliest`` and ``latest`` bound what is plausible and choose between readings.
    Codes: ``date.missing``, ``date.unreadable``, ``date.two_digit_year`` (68.5 is not
    guessed at), ``date.impossible`` (no such day), ``date.out_of_range``.
    """
    if isinstance(raw, datetime):
        raw = raw.date()
    if isinstance(raw, date):
        return _within([WrittenDate(raw.year, raw.month, raw.day)], earliest, latest)
    if isinstance(raw, float) and not math.isfinite(raw):
        raw = None
    text = unicodedata.normalize("NFKC", "" if raw is None else str(raw)).strip(" '’‘\t\r\n")
    if isinstance(raw, float):
        whole = int(raw)
        is_serial = _SERIAL_RANGE[0] <= whole <= _SERIAL_RANGE[1]
        # A serial with a fraction carries a time of day.
        text = str(whole) if is_serial or raw == whole else text
    if not text:
        return refuse("date.missing", N_("未填写日期"))
    candidates = list(_parse(text))
    if not candidates:
        return _unreadable(text)
    existing = list(_existing(candidates))
    if not existing:
        return refuse("date.impossible", N_("没有这一天，请核对日期"))
    return _within(existing, earliest, latest)


def _parse(text: str) -> Iterable[tuple[int, int | None, int | None]]:
    """All readings as (year, month, day), the likeliest first; none when unreadable."""
    parts = _TRAILING.sub("", _SEPARATORS.sub("-", _TIME.sub("", text))).strip("-")
    if match := re.fullmatch(r"([12]\d{3})-(\d{1,2})-(\d{1,2})", parts):
        yield int(match[1]), int(match[2]), int(match[3])
    elif match := re.fullmatch(r"([12]\d{3})-(\d{1,2})", parts):
        yield int(match[1]), int(match[2]), None
        if re.fullmatch(r"\d{4}\.1", text):  # 1970.10 kept as a number loses its zero
            yield int(match[1]), 10, None
    elif match := re.fullmatch(r"([12]\d{3})-?(\d{2})(\d{2})", parts):
        yield int(match[1]), int(match[2]), int(match[3])
    elif match := re.fullmatch(r"([12]\d{3})(\d{2})", parts):
        yield int(match[1]), int(match[2]), None
    elif re.fullmatch(r"[12]\d{3}", parts):
        yield int(parts), None, None
    elif re.fullmatch(r"\d{5}", parts) and int(parts) >= _SERIAL_RANGE[0]:
        serial = _SERIAL_ZERO + timedelta(days=int(parts))
        yield serial.year, serial.month, serial.day
        yield int(parts[:4]), int(parts[4]), None  # 19685 written for 1968.5


def _existing(readings: Iterable[tuple[int, int | None, int | None]]) -> Iterable[WrittenDate]:
    for reading in readings:
        try:
            yield WrittenDate(*reading)
        except ValueError:
            continue


def _within(readings: list[WrittenDate], earliest: date, latest: date) -> WrittenDate | Verdict:
    plausible = [r for r in readings if r.last_day >= earliest and r.first_day <= latest]
    if not plausible:
        return refuse(
            "date.out_of_range",
            N_("日期应在 %(earliest)s 与 %(latest)s 之间"),
            earliest=earliest,
            latest=latest,
        )
    first = plausible[0]
    return WrittenDate(first.year, first.month, first.day, tuple(plausible[1:]))


def _unreadable(text: str) -> Verdict:
    if re.match(r"\d{2}(\D|\d{4}$)", text) and not re.search(r"\D\d{4}$", text):
        return refuse("date.two_digit_year", N_("年份请写四位，例如 1968.5"))
    return refuse("date.unreadable", N_("看不懂这个日期，请写成 1968-05-12 或者 1968.5 的样子"))
