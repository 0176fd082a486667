from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.rules.work_card import (
    WORK_CARD,
    WORK_CARD_STATE_LABELS,
    AnnualCheckFacts,
    CheckWindow,
    TakingBackFacts,
    WithdrawalFacts,
    WorkCardState,
    WorkCardStatus,
    status_on,
)
from tests.rules.machine_tables import labelled, whole_table

S = WorkCardState
WINDOW = CheckWindow(11, 1, 1, 31)
GOOD = {
    "check": AnnualCheckFacts(in_post=True, hours_owed=0, unfit=False),
    "withdraw": WithdrawalFacts("离岗收回"),
    "take_back_check": TakingBackFacts("登记错人", checked=True),
    "take_back_hand_over": TakingBackFacts("登记错人", checked=False),
}


def test_the_whole_lifecycle_of_a_work_card():
    assert whole_table(WORK_CARD, GOOD) == {
        "issued": {"hand_over": "valid", "withdraw": "withdrawn"},
        "valid": {
            "take_back_check": "valid",
            "take_back_hand_over": "issued",
            "withdraw": "withdrawn",
        },
        "annual_check_due": {
            "check": "valid",
            "take_back_check": "valid",
            "take_back_hand_over": "issued",
            "withdraw": "withdrawn",
        },
        "withdrawn": {},
    }
    assert labelled(WORK_CARD)
    assert set(WORK_CARD_STATE_LABELS) == set(S)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (AnnualCheckFacts(False, 0, False), ("work_card.not_in_post",)),
        (AnnualCheckFacts(True, 1, False), ("work_card.hours_owed",)),
        (AnnualCheckFacts(True, 0, True), ("work_card.unfit",)),
        (
            AnnualCheckFacts(False, 50, True),
            ("work_card.not_in_post", "work_card.hours_owed", "work_card.unfit"),
        ),
    ],
)
def test_the_annual_check_says_what_is_missing(facts, codes):
    assert WORK_CARD.judge(S.ANNUAL_CHECK_DUE, "check", facts).codes == codes


def test_taking_a_card_back_needs_a_reason():
    assert WORK_CARD.judge(S.VALID, "withdraw", WithdrawalFacts("")).codes == ("REASON_REQUIRED",)


@pytest.mark.parametrize(
    ("action", "facts", "codes"),
    [
        ("take_back_check", TakingBackFacts("", True), ("REASON_REQUIRED",)),
        ("take_back_check", TakingBackFacts("登记错人", False), ("work_card.not_checked",)),
        ("take_back_hand_over", TakingBackFacts("", False), ("REASON_REQUIRED",)),
        ("take_back_hand_over", TakingBackFacts("登记错人", True), ("work_card.checked",)),
    ],
)
def test_an_entry_is_taken_back_with_a_reason_the_latest_first(action, facts, codes):
    assert WORK_CARD.judge(S.VALID, action, facts).codes == codes


@pytest.mark.parametrize(
    ("last_checked", "day", "due", "check_by", "overdue"),
    [
        (date(2026, 3, 1), date(2026, 10, 31), False, None, False),
        (date(2026, 3, 1), date(2026, 11, 1), True, date(2027, 1, 31), False),
        (date(2026, 3, 1), date(2027, 1, 31), True, date(2027, 1, 31), False),
        (date(2026, 3, 1), date(2027, 2, 1), True, date(2027, 1, 31), True),
        (date(2026, 3, 1), date(2027, 11, 1), True, date(2028, 1, 31), False),
        (date(2026, 11, 1), date(2027, 10, 31), False, None, False),
        (date(2027, 1, 31), date(2027, 10, 31), False, None, False),
        (date(2027, 1, 31), date(2027, 11, 1), True, date(2028, 1, 31), False),
    ],
)
def test_a_check_falls_due_when_its_window_opens(last_checked, day, due, check_by, overdue):
    state = S.ANNUAL_CHECK_DUE if due else S.VALID
    assert status_on(S.VALID, last_checked, day, WINDOW) == WorkCardStatus(state, check_by, overdue)


@pytest.mark.parametrize("stored", [S.ISSUED, S.WITHDRAWN])
def test_only_a_valid_card_falls_due(stored):
    status = status_on(stored, date(2020, 1, 1), date(2026, 12, 1), WINDOW)
    assert status == WorkCardStatus(stored, None, False)


@pytest.mark.parametrize(
    ("window", "opening", "closing"),
    [
        (CheckWindow(1, 1, 3, 31), date(2026, 1, 1), date(2026, 3, 31)),
        (CheckWindow(11, 31, 2, 31), date(2025, 11, 30), date(2026, 2, 28)),
        (CheckWindow(6, 1, 6, 1), date(2026, 6, 1), date(2026, 6, 1)),
    ],
)
def test_windows_within_a_year_and_days_that_a_month_lacks(window, opening, closing):
    assert window.opening_before(date(2026, 10, 1)) == opening
    assert window.closing_of(opening) == closing


WINDOWS = st.builds(
    CheckWindow, st.integers(1, 12), st.integers(1, 31), st.integers(1, 12), st.integers(1, 31)
)


@given(WINDOWS, st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_there_is_always_one_window_that_opened_within_the_last_year(window, day):
    opening = window.opening_before(day)
    assert 0 <= (day - opening).days <= 366
    assert window.closing_of(opening) >= opening
    assert status_on(S.VALID, day, day, window).state is S.VALID
