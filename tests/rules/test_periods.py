from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.periods import age_on, last_day_of_years

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("start", "years", "last"),
    [
        (date(2026, 11, 23), 3, date(2029, 11, 22)),
        (date(2026, 1, 1), 3, date(2028, 12, 31)),
        (date(2028, 2, 29), 3, date(2031, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 28)),
        (date(2027, 3, 1), 1, date(2028, 2, 29)),
    ],
)
def test_a_period_of_years_ends_on_the_day_before_its_anniversary(start, years, last):
    assert last_day_of_years(start, years) == last


@given(DAYS, st.integers(1, 10))
def test_one_period_of_years_contains_exactly_that_many_years(start, years):
    last = last_day_of_years(start, years)
    # Someone born on the first day is one day short of the full age on the last.
    if (start.month, start.day) != (2, 29):
        assert age_on(start, last) == years - 1
    assert age_on(start, last + timedelta(days=1)) == years


@given(DAYS, st.integers(-3, 0))
def test_a_period_has_at_least_one_year(start, years):
    with pytest.raises(ValueError, match="at least one"):
        last_day_of_years(start, years)


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2008, 11, 23), date(2026, 11, 22), 17),
        (date(2008, 11, 23), date(2026, 11, 23), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_counts_full_years(birth, day, age):
    assert age_on(birth, day) == age


def test_nobody_has_an_age_before_birth():
    with pytest.raises(ValueError, match="before the birth"):
        age_on(date(2026, 1, 2), date(2026, 1, 1))
