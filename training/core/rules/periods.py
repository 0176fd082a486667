"""Periods of whole years, counted on the calendar."""

from __future__ import annotations

from datetime import date, timedelta


def last_day_of_years(start: date, years: int) -> date:
    """The last day, inclusive, of a period of ``years`` that begins with ``start``.

    The first day counts, as on a certificate or a letter of appointment that prints both
    days (民法典#204 lets the parties agree so): three years from 2026-11-23 end on 2029-11-22,
    and the next period begins on the day after. A period that begins on 29 February ends
    on the last day of February where the last year has no 29 February (民法典#202).
    Raises ``ValueError`` for fewer than one year.
    """
    if years < 1:
        raise ValueError("a period has at least one year")
    year = start.year + years
    try:
        anniversary = start.replace(year=year)
    except ValueError:  # 29 February in a common year
        return date(year, 2, 28)
    return anniversary - timedelta(days=1)


def age_on(birth_date: date, day: date) -> int:
    """Full years of age (周岁) on ``day``; who was born on 29 February turns on 1 March
    in a common year. Raises ``ValueError`` for a day before the birth."""
    if day < birth_date:
        raise ValueError("the day lies before the birth")
    not_yet = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - not_yet
