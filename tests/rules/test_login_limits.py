"""Failures are counted, successes never; a delay begins with the failure that fills a window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from training.core.policy_defaults import SPECS
from training.people.rules.login_limits import (
    Limit,
    LoginLimits,
    latest,
    seconds_left,
    shut_until,
    window_until,
)

T = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DELAY = Limit(5, 5 * MINUTE, 15 * MINUTE)
SLIDING = Limit(5, 5 * MINUTE, timedelta())


def at(*minutes: int) -> list[datetime]:
    return [T + m * MINUTE for m in minutes]


def test_four_failures_leave_the_door_open():
    assert shut_until(at(0, 1, 2, 3), DELAY, T + 4 * MINUTE) is None


def test_the_fifth_within_five_minutes_shuts_it_for_fifteen():
    assert shut_until(at(0, 1, 2, 3, 4), DELAY, T + 4 * MINUTE) == T + 19 * MINUTE
    assert shut_until(at(0, 1, 2, 3, 4), DELAY, T + 19 * MINUTE) is None


def test_five_failures_spread_over_five_minutes_do_not():
    assert shut_until(at(0, 1, 2, 3, 5), DELAY, T + 5 * MINUTE) is None


def test_without_a_delay_it_opens_when_the_oldest_leaves_the_window():
    assert shut_until(at(0, 1, 2, 3, 4), SLIDING, T + 4 * MINUTE) == T + 5 * MINUTE


@given(st.lists(st.integers(0, 3600), max_size=30), st.integers(0, 5000))
def test_the_order_of_failures_does_not_matter_and_more_never_open_the_door(seconds, when):
    times, now = [T + timedelta(seconds=s) for s in seconds], T + timedelta(seconds=when)
    until = shut_until(times, DELAY, now)
    assert shut_until(list(reversed(times)), DELAY, now) == until
    more = shut_until([*times, now], DELAY, now)
    assert until is None or (more is not None and more >= until > now)


@given(st.lists(st.integers(0, 600), min_size=5, max_size=40), st.integers(600, 900))
def test_the_nth_newest_alone_says_the_same_as_all_failures(seconds, when):
    times, now = sorted(T + timedelta(seconds=s) for s in seconds), T + timedelta(seconds=when)
    recent = [t for t in times if t > now - SLIDING.window]
    nth = recent[-SLIDING.count] if len(recent) >= SLIDING.count else None
    assert window_until(nth, SLIDING, now) == shut_until(recent, SLIDING, now)


def test_retry_after_is_whole_seconds_rounded_up():
    assert seconds_left(T + timedelta(milliseconds=1), T) == 1
    assert seconds_left(T + timedelta(seconds=61, milliseconds=1), T) == 62
    assert seconds_left(T, T) == 1


def test_the_latest_moment_wins():
    assert latest([None, T, T + MINUTE, None]) == T + MINUTE
    assert latest([None]) is None


def test_the_shipped_policy_holds_the_values_of_the_trust_page():
    limits = LoginLimits.of(SPECS["security.login"].default)
    assert limits.account == DELAY
    assert (limits.address.count, limits.site.count) == (300, 1000)
    assert [limit.count for limit in limits.second] == [5, 20, 50]
    assert limits.memory == timedelta(days=1)
