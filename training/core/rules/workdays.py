"""Working days (工作日): weekends, public holidays and make-up working days.

The holidays and make-up days of a year are known once the State Council has published
them, usually in November of the year before. A result that reaches into a year without
such data counts weekends only and says so: it is ``assumed``, never silently certain.
Periods are counted after 民法典#201 and #203: the day of the event is not counted, the
last day belongs to the period as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class UncoveredYear(LookupError):
    """The calendar has no data for this year."""


@dataclass(frozen=True, slots=True)
class ReckonedDay:
    """A day that was counted out; ``assumed`` when years without data were crossed."""

    day: date
    assumed: bool


@dataclass(frozen=True, slots=True)
class ReckonedDays:
    """A number of working days; ``assumed`` when years without data were crossed."""

    days: int
    assumed: bool


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Public holidays and make-up working days, with the years they fully cover.

    A published list may reach over the turn of the year (holidays on 30 and 31 December
    for the New Year after): such days are honoured, though their year is not covered.
    Raises ``ValueError`` when a day is both holiday and working day.
    """

    holidays: frozenset[date]
    make_up_workdays: frozenset[date]
    covered_years: frozenset[int]

    def __post_init__(self) -> None:
        both = self.holidays & self.make_up_workdays
        if both:
            raise ValueError(f"holiday and working day at once: {min(both)}")

    def is_workday(self, day: date) -> bool:
        """Whether people work on ``day``. Raises ``UncoveredYear`` without data for its year."""
        if not self._is_known(day):
            raise UncoveredYear(f"no working-day calendar for {day.year}")
        return self._works(day)

    def add_workdays(self, start: date, n: int) -> ReckonedDay:
        """The ``n``-th working day after ``start``; the day after ``start`` is the first
        that can count. The result is the last day of the period, inclusive.
        Raises ``ValueError`` for fewer than one day."""
        if n < 1:
            raise ValueError("a period has at least one working day")
        assumed = False
        left = n
        day = start
        while left:
            day += _ONE_DAY
            assumed = assumed or not self._is_known(day)
            left -= self._works(day)
        return ReckonedDay(day, assumed)

    def count_between(self, start: date, end: date) -> ReckonedDays:
        """Working days after ``start`` up to and including ``end``: the inverse of
        ``add_workdays``. Raises ``ValueError`` when ``end`` lies before ``start``."""
        if end < start:
            raise ValueError("the end lies before the start")
        days = list(_days_after(start, end))
        return ReckonedDays(
            sum(self._works(day) for day in days), not all(self._is_known(day) for day in days)
        )

    def _is_known(self, day: date) -> bool:
        return (
            day.year in self.covered_years or day in self.holidays or day in self.make_up_workdays
        )

    def _works(self, day: date) -> bool:
        if day in self.make_up_workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays


def _days_after(start: date, end: date) -> Iterator[date]:
    for n in range(1, (end - start).days + 1):
        yield start + timedelta(days=n)
