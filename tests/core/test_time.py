"""The server's clock, and the calendar that deadlines count with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask_babel import force_locale

from tests.support.world import NOW
from training.core import clock, i18n, workdays
from training.core.db import UtcDateTime, db
from training.core.errors import Refused
from training.core.models import AuditEntry
from training.core.rules.day_list import DayLine
from training.core.rules.words import Words


@pytest.fixture
def movable(tmp_path):
    """A clock that may be moved, as in development; afterwards as it was."""
    before = clock._offset_file
    clock.allow_offset(tmp_path / "offset")
    yield
    clock.allow_offset(before)


def test_the_day_begins_at_midnight_in_shanghai():
    assert clock.today(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert clock.today(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)
    assert clock.at_local(date(2026, 11, 24)) == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC), tick=False)
def test_the_demo_clock_moves_and_moves_again(movable):
    clock.move(timedelta(days=5))
    assert clock.move(timedelta(days=2)) == timedelta(days=7)
    assert clock.now() == datetime(2026, 11, 30, tzinfo=UTC)


def test_where_no_offset_is_allowed_the_clock_stands_fast(movable):
    clock.move(timedelta(days=5))
    clock.allow_offset(None)
    with pytest.raises(RuntimeError):
        clock.move(timedelta(days=1))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_time_without_a_zone_is_not_stored(app):
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), db.engine.dialect)  # noqa: DTZ001


def test_what_is_read_back_is_aware_and_the_same_moment(app):
    moment = clock.at_local(date(2026, 11, 24), 8, 30)
    read = db.session.scalar(sa.select(sa.literal(moment, UtcDateTime())))
    assert read == moment
    assert read.tzinfo is not None


def test_the_calendar_carries_the_announced_holidays(app):
    calendar = workdays.calendar()
    assert not calendar.is_workday(date(2026, 10, 1))
    assert not calendar.is_workday(date(2025, 1, 28)), "Spring Festival"
    assert calendar.is_workday(date(2025, 1, 26)), "a Sunday made up for"
    assert calendar.covered_years == set(range(2019, 2027))


def test_seeding_again_adds_nothing_and_leaves_what_was_entered(app, world):
    manager = world.actor("city_city_manager")
    changed = [DayLine(date(2026, 10, 1), "改", True)]
    assert workdays.enter(manager, changed, "通知更正", now=NOW) == 1
    assert workdays.enter(manager, [DayLine(date(2026, 10, 2), "改", None)], "更正", now=NOW) == 1
    assert workdays.seed() == 0
    assert workdays.calendar().is_workday(date(2026, 10, 1))
    assert workdays.calendar().is_workday(date(2026, 10, 2))
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, "2026-10-02=" in entry.detail) == ("core:calendar:change", True)


def test_a_day_stands_once_and_what_stood_there_is_kept(app, world):
    manager, day = world.actor("city_city_manager"), date(2031, 1, 1)
    assert workdays.enter(manager, [DayLine(day, "元旦", False)], now=NOW) == 1
    assert workdays.enter(manager, [DayLine(day, "元旦", False)], now=NOW) == 0
    with pytest.raises(Refused) as silent:
        workdays.enter(manager, [DayLine(day, "元旦", True)], " ", now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    assert workdays.enter(manager, [DayLine(day, "元旦", True)], "录错", now=NOW) == 1
    assert workdays.enter(manager, [DayLine(day, "元旦", None)], "撤回", now=NOW) == 1
    assert workdays.of_year(2031) == {}
    assert [(e.before, e.after, e.reason) for e in workdays.entries_of(2031)] == [
        (True, None, "撤回"), (False, True, "录错"), (None, False, ""),
    ]  # fmt: skip


def test_a_year_is_covered_once_all_of_its_holidays_are_entered(app, world):
    manager = world.actor("city_city_manager")
    names = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
    lines = [DayLine(date(2031, month, 1), name, False) for month, name in enumerate(names, 1)]
    workdays.enter(manager, lines[:-1], now=NOW)
    assert 2031 not in workdays.calendar().covered_years
    workdays.enter(manager, lines[-1:], now=NOW)
    assert 2031 in workdays.calendar().covered_years


@pytest.mark.parametrize(
    ("hundredths", "shown"),
    [(1250, "12.5"), (100, "1"), (5, "0.05"), (0, "0"), (-350, "-3.5"), (-5, "-0.05"), (None, "")],
)
def test_hundredths_are_written_as_people_write_them(hundredths, shown):
    assert i18n.format_hundredths(hundredths) == shown


def test_words_within_words_are_said_in_the_readers_language(app):
    words = Words("%(label)s 应为整数", {"label": Words("聘期")})
    with force_locale("zh_Hans_CN"):
        assert i18n.say(words) == "聘期 应为整数"
    with force_locale("en"):
        assert i18n.say(words) == "Term of appointment must be a whole number"
        assert i18n.format_date(date(2026, 11, 23)) == "Mon 23 Nov 2026"
        assert i18n.say("") == ""


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [
        ("", "", "zh_Hans_CN"), ("en-GB,en;q=0.9", "", "en"), ("zh-TW", "", "zh_Hans_CN"),
        ("fr", "", "zh_Hans_CN"), ("en", "zh", "zh_Hans_CN"), ("zh", "en", "en"),
        ("en", "klingon", "en"),
    ],
)  # fmt: skip
def test_the_own_choice_goes_before_the_browsers_wish(app, header, cookie, language):
    sent = {"Accept-Language": header} | ({"Cookie": f"lang={cookie}"} if cookie else {})
    with app.test_request_context(headers=sent):
        assert i18n.choose_locale() == language


def test_stored_parameters_are_said_in_the_readers_language(app):
    class Post:
        title, title_en = "秋季选聘", "Autumn recruitment"

    words = Words(
        "%(what)s：%(title)s",
        {"what": Words("聘期").kept(), "title": i18n.both(Post)},
    )
    with force_locale("zh_Hans_CN"):
        assert i18n.say(words) == "聘期：秋季选聘"
        assert i18n.say(i18n.content(Post)) == "秋季选聘"
    with force_locale("en"):
        assert i18n.say(words) == "Term of appointment：Autumn recruitment"
        assert i18n.chinese(words) == "聘期：秋季选聘"


def test_what_was_left_as_proposed_stays_words_and_what_was_typed_stands(app):
    proposed = Words("%(label)s 应为整数", {"label": Words("聘期").kept()})
    with force_locale("en"):
        assert i18n.as_typed(" 聘期 应为整数 ", proposed) is proposed
        assert i18n.as_typed("另拟的标题", proposed) == Words("另拟的标题")


def test_papers_write_dates_without_the_day_of_the_week(app):
    late = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert i18n.plain_date(date(2026, 11, 3)) == "2026年11月3日"
    assert i18n.plain_date(None) == i18n.plain_datetime(None) == ""
    assert i18n.plain_datetime(late) == "2026年11月23日 23:30"
    assert i18n.plain_span(late, late + timedelta(minutes=20)) == "2026年11月23日 23:30–23:50"
    assert i18n.plain_span(late, late + timedelta(hours=1)) == (
        "2026年11月23日 23:30 – 2026年11月24日 00:30"
    )
    with force_locale("en"):
        assert i18n.plain_date(late) == "23 November 2026"
