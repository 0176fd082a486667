from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.study_time import (
    Ping,
    StudyCount,
    StudyPolicy,
    advance,
    count,
    lesson_gate,
    watched_seconds,
)

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
POLICY = StudyPolicy(
    gap_cap_seconds=60,
    lesson_factor=150,
    daily_ceiling_seconds=8 * 3600,
    zone=ZoneInfo("Asia/Shanghai"),
)
LESSONS = {"a": 45, "b": 45}


def ping(second, lesson="a", active=True):
    return Ping(START + timedelta(seconds=second), lesson, active)


def seconds(pings, lesson="a", policy=POLICY, lessons=LESSONS):
    return count(pings, lessons, policy).seconds(lesson)


def test_steady_pings_count_the_time_between_them():
    assert seconds([ping(n) for n in range(0, 301, 30)]) == 300


def test_one_ping_alone_counts_nothing():
    assert seconds([ping(0)]) == 0


def test_a_long_silence_counts_the_cap_only():
    assert seconds([ping(0), ping(3600)]) == 60


def test_a_hidden_page_does_not_count():
    assert seconds([ping(0), ping(20, active=False), ping(50), ping(60)]) == 20 + 10


def test_two_lessons_side_by_side_count_once():
    pings = [ping(n, "a") for n in range(0, 601, 30)] + [ping(n, "b") for n in range(10, 600, 30)]
    result = count(pings, LESSONS, POLICY)
    assert result.seconds("a") + result.seconds("b") == 600
    assert result.seconds_on(date(2026, 11, 23)) == 600


def test_two_devices_on_one_lesson_count_once():
    assert seconds([ping(n) for n in (0, 5, 30, 35, 60, 65)]) == 65


def test_a_repeated_ping_changes_nothing():
    pings = [ping(0), ping(30)]
    assert seconds(pings * 3) == 30


def test_of_two_pings_at_one_moment_the_hidden_one_holds():
    assert seconds([ping(0), ping(0, active=False), ping(40)]) == 0


def test_a_lesson_counts_no_more_than_its_length_times_the_factor():
    pings = [ping(n) for n in range(0, 7200, 30)]
    assert seconds(pings, lessons={"a": 10}) == 10 * 60 * 150 // 100


def test_a_lesson_at_its_ceiling_leaves_the_time_to_another():
    pings = [ping(n, "a") for n in range(0, 1000, 30)] + [
        ping(n, "b") for n in range(910, 1000, 30)
    ]
    result = count(pings, {"a": 10, "b": 45}, POLICY)
    assert (result.seconds("a"), result.seconds("b")) == (900, 60)


def test_an_unknown_lesson_counts_nothing():
    assert seconds([ping(0), ping(30)], lessons={}) == 0


def test_a_day_counts_no_more_than_its_ceiling():
    policy = StudyPolicy(
        gap_cap_seconds=60, lesson_factor=150, daily_ceiling_seconds=100, zone=POLICY.zone
    )
    result = count([ping(n) for n in range(0, 301, 30)], LESSONS, policy)
    assert result.seconds("a") == result.seconds_on(date(2026, 11, 23)) == 100


def test_days_are_cut_at_midnight_in_shanghai():
    to_midnight = (datetime(2026, 11, 23, 16, 0, tzinfo=UTC) - START).seconds
    result = count([ping(to_midnight - 10), ping(to_midnight + 20)], LESSONS, POLICY)
    assert result.seconds_on(date(2026, 11, 23)) == 10
    assert result.seconds_on(date(2026, 11, 24)) == 20


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="aware"):
        Ping(datetime(2026, 11, 23), "a", True)  # noqa: DTZ001 - that is the point


def test_an_older_ping_is_refused():
    state = advance(StudyCount(), ping(30), LESSONS, POLICY)
    with pytest.raises(ValueError, match="order"):
        advance(state, ping(29), LESSONS, POLICY)


pings = st.lists(
    st.builds(ping, st.integers(0, 4000), st.sampled_from("abc"), st.booleans()), max_size=40
)
TIGHT = StudyPolicy(
    gap_cap_seconds=60, lesson_factor=150, daily_ceiling_seconds=900, zone=POLICY.zone
)
SHORT_LESSONS = {"a": 10, "b": 5, "c": 2}


@given(pings, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(items, random):
    shuffled = items[:]
    random.shuffle(shuffled)
    assert count(shuffled, SHORT_LESSONS, TIGHT) == count(items, SHORT_LESSONS, TIGHT)


@given(pings)
def test_no_count_ever_falls_and_none_exceeds_its_ceilings_or_the_time_that_passed(items):
    state = StudyCount()
    ordered = sorted(items, key=lambda p: p.at)
    for item in ordered:
        after = advance(state, item, SHORT_LESSONS, TIGHT)
        grown = sum(after.seconds(lesson) - state.seconds(lesson) for lesson in "abc")
        assert all(after.seconds(lesson) >= state.seconds(lesson) for lesson in "abc")
        assert grown <= TIGHT.gap_cap_seconds
        state = after
    for lesson, minutes in SHORT_LESSONS.items():
        assert state.seconds(lesson) <= minutes * 90
    total = sum(state.seconds(lesson) for lesson in "abc")
    assert total == sum(state.seconds_on(day) for day in state.days) <= 900
    if ordered:
        assert total <= (ordered[-1].at - ordered[0].at).total_seconds()


@given(st.lists(st.integers(0, 4000), max_size=40), st.integers(0, 4000))
def test_a_further_visible_ping_never_lessens_the_time(moments, further):
    visible = [ping(moment) for moment in moments]
    assert seconds([*visible, ping(further)]) >= seconds(visible)


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], 0),
        ([(0, 60), (30, 90)], 90),
        ([(30, 90), (0, 60), (0, 60)], 90),
        ([(0, 10), (20, 30)], 20),
        ([(-5, 10), (595, 900)], 15),
        ([(50, 20)], 0),
    ],
)
def test_watched_seconds_are_the_union_within_the_film(ranges, expected):
    assert watched_seconds(ranges, 600, 600, 100) == expected


def test_a_claim_beyond_the_servers_time_is_not_believed():
    assert watched_seconds([(0, 600)], 600, 100, 150) == 150


@given(st.lists(st.tuples(st.integers(-50, 700), st.integers(-50, 700)), max_size=12))
def test_watched_seconds_equal_a_count_second_by_second(ranges):
    seen = {s for start, end in ranges for s in range(max(0, start), min(600, end))}
    assert watched_seconds(ranges, 600, 10_000, 100) == len(seen)


def gate(**overrides):
    values = {
        "counted_seconds": 2160,
        "lesson_minutes": 45,
        "required_share": 80,
        "reached_end": True,
        "film_seconds": 600,
        "watched": 540,
        "film_share": 90,
    }
    return lesson_gate(**values | overrides)


@pytest.mark.parametrize(
    ("overrides", "codes"),
    [
        ({}, ()),
        ({"counted_seconds": 2159}, ("study.time_short",)),
        ({"watched": 539}, ("study.film_short",)),
        ({"reached_end": False}, ("study.end_not_reached",)),
        (
            {"counted_seconds": 0, "watched": 0, "reached_end": False},
            ("study.time_short", "study.film_short", "study.end_not_reached"),
        ),
        ({"film_seconds": 0, "watched": 0}, ()),
    ],
)
def test_a_lesson_is_complete_when_time_film_and_end_are_there(overrides, codes):
    assert gate(**overrides).codes == codes


def test_a_short_time_says_how_many_minutes_are_missing():
    assert str(gate(counted_seconds=2040).reasons[0].words) == (
        "学习时间还差 2 分钟（已计 34 分钟）"
    )
