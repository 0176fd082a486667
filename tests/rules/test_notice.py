from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.workdays import WorkCalendar
from training.proceedings.rules.notice import (
    PUBLIC_OUTCOMES,
    NoticeDraft,
    Outcome,
    Window,
    filing_gate,
    notice_gate,
    over_gate,
    reviewer_gate,
    window_after,
)
from training.proceedings.rules.separation import Hand

CALENDAR = WorkCalendar(
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
    make_up_workdays=frozenset({date(2026, 10, 10)}),
    covered_years=frozenset({2026}),
)
BASIS = "appeal.window"
MONDAY = date(2026, 11, 23)
WINDOW = window_after(MONDAY, 5, CALENDAR)


def test_five_working_days_after_a_monday_end_on_the_next_monday():
    assert window_after(MONDAY, 5, CALENDAR) == Window(
        MONDAY, date(2026, 11, 24), date(2026, 11, 30), 5, False
    )


def test_a_notice_over_the_national_holiday_is_longer():
    window = window_after(date(2026, 9, 30), 5, CALENDAR)
    assert (window.first_day, window.last_day) == (date(2026, 10, 8), date(2026, 10, 13))


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (MONDAY, ("window.running",)),
        (date(2026, 11, 30), ("window.running",)),
        (date(2026, 12, 1), ()),
    ],
)
def test_the_last_day_belongs_to_the_window(day, codes):
    assert over_gate(WINDOW, day, basis=BASIS).codes == codes


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (date(2026, 11, 22), ("filing.early",)),
        (MONDAY, ()),
        (date(2026, 11, 30), ()),
        (date(2026, 12, 1), ("filing.late",)),
    ],
)
def test_an_objection_is_in_time_from_the_event_to_the_last_day(day, codes):
    assert filing_gate(WINDOW, day, basis=BASIS).codes == codes


def test_an_assumed_window_closes_on_nobody():
    window = window_after(date(2026, 12, 29), 5, CALENDAR)
    later = date(2027, 3, 1)
    assert window.assumed
    assert over_gate(window, later, basis=BASIS).codes == ("calendar.assumed",)
    assert over_gate(window, window.last_day, basis=BASIS).codes == ("window.running",)
    assert filing_gate(window, later, basis=BASIS)
    assert not window.is_over(later)


@given(st.dates(date(2026, 1, 1), date(2026, 11, 1)), st.integers(1, 15), st.integers(-5, 40))
def test_filing_is_in_time_exactly_while_the_window_runs(event, workdays, offset):
    window = window_after(event, workdays, CALENDAR)
    day = event + timedelta(days=offset)
    in_time, over = filing_gate(window, day, basis=BASIS), over_gate(window, day, basis=BASIS)
    assert bool(over) == window.is_over(day)
    if day >= event:
        assert bool(in_time) != bool(over)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_these_five_are_named_in_public(outcome):
    named = notice_gate(NoticeDraft((outcome,), "人事科", "0898-66501234", WINDOW))
    public = {"appointment", "excellent_grade", "reward", "level", "subsidy"}
    assert bool(named) == (outcome in public)
    assert (outcome in PUBLIC_OUTCOMES) == (outcome in public)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"outcomes": ()}, "notice.nobody"),
        ({"outcomes": (Outcome.EXCELLENT_GRADE, Outcome.OTHER_GRADE)}, "notice.not_public"),
        ({"receiving_office": " "}, "notice.no_office"),
        ({"telephone": ""}, "notice.no_telephone"),
        ({"window": window_after(date(2026, 12, 31), 5, CALENDAR)}, "calendar.assumed"),
    ],
)
def test_a_notice_that_may_not_be_posted_says_why(change, code):
    draft = {
        "outcomes": (Outcome.EXCELLENT_GRADE,),
        "receiving_office": "人事科",
        "telephone": "0898-66501234",
        "window": WINDOW,
    }
    assert notice_gate(NoticeDraft(**draft))
    assert notice_gate(NoticeDraft(**{**draft, **change})).codes == (code,)


def test_an_assumed_calendar_links_to_where_it_is_mended():
    window = window_after(date(2026, 12, 31), 5, CALENDAR)
    (reason,) = over_gate(window, date(2027, 2, 1), basis=BASIS).reasons
    assert reason.mend


@pytest.mark.parametrize(
    ("reviewer", "codes"),
    [
        (Hand(9), ()),
        (Hand(2), ("SAME_PERSON",)),
        (Hand(9, frozenset({3})), ("SAME_PERSON",)),
        (Hand(1), ("SELF",)),
    ],
)
def test_the_reviewer_is_neither_scorer_nor_the_person_concerned(reviewer, codes):
    assert reviewer_gate(reviewer, [Hand(2), Hand(3)], Hand(1)).codes == codes
