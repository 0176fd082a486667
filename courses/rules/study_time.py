"""Study time (学习时长) as the server saw it, and when a lesson is complete.

While a lesson lies open and visible the page pings the server; the server stamps each ping
on receipt. The browser's own clock and its own sum are never believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from training.core.rules.verdict import Reason, Verdict
from training.core.rules.words import N_, Words

LESSON_BASIS = "study.counting"

_SECOND = timedelta(seconds=1)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ping:
    """A sign of life from one person's page: received ``at`` (aware), for ``lesson``.

    ``active`` says that the page is visible from now on; the page pings once more with
    ``active`` False when it is hidden or left. Raises ``ValueError`` for a naive time.
    """

    at: datetime
    lesson: str
    active: bool

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a ping carries an aware time")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPolicy:
    """How time counts.

    ``gap_cap_seconds``: the most that the silence between two pings counts.
    ``lesson_factor``: a lesson counts at most its length times this, in hundredths
    (150 = one and a half times). ``daily_ceiling_seconds``: the most of one day, all
    lessons together. ``zone``: where a day begins and ends.
    """

    gap_cap_seconds: int
    lesson_factor: int
    daily_ceiling_seconds: int
    zone: tzinfo

    def lesson_ceiling(self, lesson_minutes: int) -> timedelta:
        return timedelta(seconds=lesson_minutes * 60 * self.lesson_factor // 100)


@dataclass(frozen=True, slots=True)
class StudyCount:
    """Time counted so far for one person, and what the next ping is measured against.

    ``latest`` is the last ping of each lesson; ``covered_until`` the moment up to which
    time has already been counted, for whichever lesson.
    """

    lessons: Mapping[str, timedelta] = field(default_factory=dict)
    days: Mapping[date, timedelta] = field(default_factory=dict)
    latest: Mapping[str, Ping] = field(default_factory=dict)
    covered_until: datetime = _NEVER

    def seconds(self, lesson: str) -> int:
        """Whole seconds counted for a lesson."""
        return self.lessons.get(lesson, timedelta()) // _SECOND

    def seconds_on(self, day: date) -> int:
        """Whole seconds counted on a day, all lessons together."""
        return self.days.get(day, timedelta()) // _SECOND


def count(
    pings: Iterable[Ping], lesson_minutes: Mapping[str, int], policy: StudyPolicy
) -> StudyCount:
    """Counted time of one person's pings, whatever their order and however often repeated."""
    # Of two pings at one moment the inactive one comes last, so that doubt counts nothing.
    state = StudyCount()
    for ping in sorted(set(pings), key=lambda p: (p.at, p.lesson, not p.active)):
        state = advance(state, ping, lesson_minutes, policy)
    return state


def advance(
    state: StudyCount, ping: Ping, lesson_minutes: Mapping[str, int], policy: StudyPolicy
) -> StudyCount:
    """The count after one further ping; no earlier second is ever lost or counted twice.

    The time since the last ping of the same lesson counts if the page was visible then,
    up to the cap, and only as far as no other lesson has counted it: two lessons open side
    by side count once. A lesson without a length in ``lesson_minutes`` counts nothing.
    Raises ``ValueError`` for a ping older than the last one of its lesson.
    """
    last = state.latest.get(ping.lesson)
    if last is not None and ping.at < last.at:
        raise ValueError("pings are counted in the order of their receipt")
    heard = replace(state, latest={**state.latest, ping.lesson: ping})
    if last is None or not last.active:
        return heard
    cap = timedelta(seconds=policy.gap_cap_seconds)
    start = max(last.at, ping.at - cap, state.covered_until)
    ceiling = policy.lesson_ceiling(lesson_minutes.get(ping.lesson, 0))
    daily = timedelta(seconds=policy.daily_ceiling_seconds)
    nothing = timedelta()
    before = counted = state.lessons.get(ping.lesson, nothing)
    days = dict(state.days)
    for day, length in _by_day(start, ping.at, policy.zone):
        spent = days.get(day, nothing)
        added = max(nothing, min(length, ceiling - counted, daily - spent))
        counted += added
        days[day] = spent + added
    if counted == before:
        # A lesson at its ceiling leaves the time to a lesson that is not.
        return heard
    lessons = {**state.lessons, ping.lesson: counted}
    return replace(heard, lessons=lessons, days=days, covered_until=ping.at)


def _by_day(start: datetime, end: datetime, zone: tzinfo) -> Iterable[tuple[date, timedelta]]:
    """A stretch of time cut at the midnights of ``zone``."""
    while start < end:
        day = start.astimezone(zone).date()
        midnight = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        cut = min(end, midnight)
        yield day, cut - start
        start = cut


def watched_seconds(
    ranges: Iterable[tuple[int, int]],
    duration_seconds: int,
    counted_seconds: int,
    fastest_rate: int,
) -> int:
    """How much of a film was watched: the union of the [start, end) seconds reported.

    The ranges come from the browser, so the server's counted time bounds them: nobody sees
    more than ``counted_seconds`` times the fastest playing rate (hundredths, 100 = normal).
    Reversed and outlying ranges count only for the part that lies within the film.
    """
    seen = reached = 0
    for start, end in sorted(ranges):
        start, end = max(start, reached), min(end, duration_seconds)
        if end > start:
            seen += end - start
            reached = end
    return min(seen, counted_seconds * fastest_rate // 100)


def lesson_gate(
    *,
    counted_seconds: int,
    lesson_minutes: int,
    required_share: int,
    reached_end: bool,
    film_seconds: int = 0,
    watched: int = 0,
    film_share: int = 0,
) -> Verdict:
    """Is the lesson complete? Enough counted time, the end reached, and its film watched.

    Shares are percentages: of the lesson's length, and of the film's. One reason for
    each thing that is missing.
    """
    reasons: list[Reason] = []
    required = -(-lesson_minutes * 60 * required_share // 100)
    if counted_seconds < required:
        reasons.append(
            Reason(
                "study.time_short",
                Words(
                    N_("学习时间还差 %(minutes)s 分钟（已计 %(counted)s 分钟）"),
                    {
                        "minutes": -(-(required - counted_seconds) // 60),
                        "counted": counted_seconds // 60,
                    },
                ),
                LESSON_BASIS,
            )
        )
    film_required = -(-film_seconds * film_share // 100)
    if watched < film_required:
        reasons.append(
            Reason(
                "study.film_short",
                Words(
                    N_("视频还有约 %(minutes)s 分钟未观看"),
                    {"minutes": -(-(film_required - watched) // 60)},
                ),
                LESSON_BASIS,
            )
        )
    if not reached_end:
        reasons.append(Reason("study.end_not_reached", Words(N_("尚未学到本课末尾")), LESSON_BASIS))
    return Verdict(tuple(reasons))
