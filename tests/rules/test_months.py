"""Months served, from the changes of standing on file."""

from datetime import date

from training.appraisal.rules.months import Change, months_served

END = date(2026, 12, 31)


def _changes(*found):
    return [Change(date.fromisoformat(d), before, after) for d, before, after in found]


def test_whoever_has_no_changes_on_file_counts_as_the_whole_year():
    assert months_served([], 2026, END) == tuple(range(1, 13))


def test_months_begin_with_the_post_and_end_with_leaving():
    changes = _changes(("2026-03-20", "certified", "in_post"), ("2026-09-01", "in_post", "left"))
    assert months_served(changes, 2026, END) == (3, 4, 5, 6, 7, 8)


def test_a_month_wholly_suspended_is_not_served_and_one_day_is_enough():
    changes = _changes(
        ("2026-04-02", "in_post", "suspended"), ("2026-06-30", "suspended", "in_post")
    )
    assert months_served(changes, 2026, END) == (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)


def test_what_is_still_to_come_is_not_served_yet():
    assert months_served([], 2026, date(2026, 11, 23)) == tuple(range(1, 12))


def test_a_change_of_an_earlier_year_decides_the_whole_year():
    assert months_served(_changes(("2024-05-01", "in_post", "left")), 2026, END) == ()
