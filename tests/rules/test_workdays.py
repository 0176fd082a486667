from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.workdays import ReckonedDay, UncoveredYear, WorkCalendar

# National Day 2026 (1 to 7 October) with two make-up days; Monday is 28 September.
OCTOBER = WorkCalendar(
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
    make_up_workdays=frozenset({date(2026, 9, 27), date(2026, 10, 10)}),
    covered_years=frozenset({2026}),
)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 25), True),
        (date(2026, 9, 26), False),
        (date(2026, 9, 27), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
    ],
)
def test_weekends_holidays_and_make_up_days_are_told_apart(day, works):
    assert OCTOBER.is_workday(day) is works


def test_the_day_of_the_event_is_not_counted_and_holidays_are_skipped():
    # 29, 30 September, then 8, 9 and the make-up Saturday 10 October.
    assert OCTOBER.add_workdays(date(2026, 9, 28), 5) == ReckonedDay(date(2026, 10, 10), False)


def test_a_period_that_starts_on_a_weekend_counts_from_monday():
    assert OCTOBER.add_workdays(date(2026, 11, 21), 1).day == date(2026, 11, 23)


def test_a_year_without_data_is_never_silently_certain():
    assert OCTOBER.add_workdays(date(2026, 12, 30), 1) == ReckonedDay(date(2026, 12, 31), False)
    assert OCTOBER.add_workdays(date(2026, 12, 31), 1) == ReckonedDay(date(2027, 1, 1), True)
    assert OCTOBER.count_between(date(2026, 12, 30), date(2027, 1, 4)).assumed
    with pytest.raises(UncoveredYear, match="2027"):
        OCTOBER.is_workday(date(2027, 1, 4))


def test_a_gap_in_the_middle_is_told_though_the_last_day_is_known():
    gap = WorkCalendar(frozenset(), frozenset(), frozenset({2026, 2028}))
    assert gap.add_workdays(date(2027, 12, 30), 3) == ReckonedDay(date(2028, 1, 4), True)


def test_a_holiday_published_ahead_counts_though_its_year_is_not_covered():
    ahead = WorkCalendar(frozenset({date(2027, 1, 1)}), frozenset(), frozenset({2026}))
    assert ahead.is_workday(date(2027, 1, 1)) is False


def test_a_day_cannot_be_holiday_and_working_day():
    with pytest.raises(ValueError, match="2026-10-01"):
        WorkCalendar(
            frozenset({date(2026, 10, 1)}), frozenset({date(2026, 10, 1)}), frozenset({2026})
        )


@pytest.mark.parametrize("n", [0, -1])
def test_a_period_has_at_least_one_working_day(n):
    with pytest.raises(ValueError, match="at least one"):
        OCTOBER.add_workdays(date(2026, 11, 23), n)


def test_counting_backwards_is_refused():
    with pytest.raises(ValueError, match="before"):
        OCTOBER.count_between(date(2026, 11, 24), date(2026, 11, 23))


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 30))
def test_counting_is_the_inverse_of_adding(start, n):
    end = OCTOBER.add_workdays(start, n)
    counted = OCTOBER.count_between(start, end.day)
    assert counted.days == n
    assert counted.assumed == end.assumed
    # The last day is itself a working day: the day before it has one fewer.
    assert OCTOBER.count_between(start, end.day - timedelta(days=1)).days == n - 1


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(1, 20), st.integers(1, 20))
def test_a_longer_period_ends_later(start, n, more):
    assert OCTOBER.add_workdays(start, n).day < OCTOBER.add_workdays(start, n + more).day
