from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.sittings.rules.attempt import (
    ATTEMPT,
    STARTED,
    STATE_LABELS,
    AttemptFacts,
    AttemptState,
    effective_state,
)
from exams.sittings.rules.deadline import Extension, TimeLimit, closes_at, deadline
from exams.sittings.rules.focus import FocusLoss, assess_focus

S = AttemptState
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def at(minutes=0, seconds=0):
    return NINE + timedelta(minutes=minutes, seconds=seconds)


# --- lifecycle ----------------------------------------------------------------

CANDIDATE, MARKER, OFFICER = 1, 2, 3
FACTS = AttemptFacts(
    now=at(10),
    identity_checked=True,
    opens_at=at(0),
    sitting_ends_at=at(90),
    closes_at=at(91),
    scored=True,
    passed=True,
    actor=OFFICER,
    candidate=CANDIDATE,
    marker=MARKER,
    appeal_closes_at=at(60),
    reason="复核属实",
)

#: The facts with which each action's gate is open.
OPENING = {
    action: {
        "auto_submit": replace(FACTS, now=at(91, 1)),
        "record_fail": replace(FACTS, passed=False),
        "withdraw": replace(FACTS, now=at(-1)),
        "reenter": replace(FACTS, now=at(-1)),
    }.get(action, FACTS)
    for action in ATTEMPT.actions
}

EXPECTED = {
    (S.SCHEDULED, "admit"): S.ADMITTED,
    (S.ADMITTED, "start"): S.IN_PROGRESS,
    (S.IN_PROGRESS, "submit"): S.SUBMITTED,
    (S.IN_PROGRESS, "auto_submit"): S.AUTO_SUBMITTED,
    (S.SUBMITTED, "grade"): S.GRADED,
    (S.AUTO_SUBMITTED, "grade"): S.GRADED,
    (S.GRADED, "review"): S.REVIEWED,
    (S.REVIEWED, "release"): S.RELEASED,
    (S.RELEASED, "record_pass"): S.PASSED,
    (S.RELEASED, "record_fail"): S.FAILED,
    (S.RELEASED, "appeal"): S.UNDER_APPEAL,
    (S.PASSED, "appeal"): S.UNDER_APPEAL,
    (S.FAILED, "appeal"): S.UNDER_APPEAL,
    (S.UNDER_APPEAL, "dismiss_appeal"): S.RELEASED,
    (S.UNDER_APPEAL, "uphold_appeal"): S.GRADED,
    (S.GRADED, "correct"): S.GRADED,
    (S.REVIEWED, "correct"): S.GRADED,
    (S.RELEASED, "correct"): S.GRADED,
    (S.PASSED, "correct"): S.GRADED,
    (S.FAILED, "correct"): S.GRADED,
    (S.REVIEWED, "correct_review"): S.REVIEWED,
    (S.RELEASED, "correct_review"): S.REVIEWED,
    (S.PASSED, "correct_review"): S.REVIEWED,
    (S.FAILED, "correct_review"): S.REVIEWED,
    (S.SCHEDULED, "cancel"): S.CANCELLED,
    (S.ADMITTED, "cancel"): S.CANCELLED,
    (S.SCHEDULED, "withdraw"): S.WITHDRAWN,
    (S.ADMITTED, "withdraw"): S.WITHDRAWN,
    (S.WITHDRAWN, "reenter"): S.SCHEDULED,
}


def test_every_state_and_action_does_what_the_table_says():
    for state in AttemptState:
        for action in ATTEMPT.actions:
            verdict, after = ATTEMPT.step(state, action, OPENING[action])
            expected = EXPECTED.get((state, action))
            assert verdict.allowed == (expected is not None), (state, action, verdict)
            assert after == (expected or state)


def test_every_action_has_its_permission_a_name_and_every_state_a_label():
    for transition in ATTEMPT.transitions:
        assert transition.permission == f"sittings:attempt:{transition.action}"
        assert transition.label
    assert set(STATE_LABELS) == set(AttemptState)


def test_an_attempt_is_used_up_by_beginning_it():
    unused = {state for state in AttemptState if state not in STARTED}
    assert unused == {S.SCHEDULED, S.ADMITTED, S.CANCELLED, S.WITHDRAWN}


@pytest.mark.parametrize(
    ("state", "action", "changes", "codes"),
    [
        (S.SCHEDULED, "admit", {"identity_checked": False}, ("attempt.identity_unchecked",)),
        (S.ADMITTED, "start", {"now": at(0, -1)}, ("NOT_OPEN",)),
        (S.ADMITTED, "start", {"opens_at": None}, ("NOT_OPEN",)),
        (S.ADMITTED, "start", {"now": at(90)}, ("CLOSED",)),
        (S.ADMITTED, "start", {"sitting_ends_at": None}, ("CLOSED",)),
        (S.IN_PROGRESS, "submit", {"now": at(91, 1)}, ("CLOSED",)),
        (S.IN_PROGRESS, "submit", {"closes_at": None}, ("CLOSED",)),
        (S.IN_PROGRESS, "auto_submit", {"now": at(91)}, ("attempt.time_left",)),
        (S.IN_PROGRESS, "auto_submit", {"closes_at": None}, ("attempt.time_left",)),
        (S.SUBMITTED, "grade", {"scored": False}, ("attempt.not_scored",)),
        (S.GRADED, "review", {"actor": CANDIDATE}, ("SELF",)),
        (S.PASSED, "correct_review", {"actor": CANDIDATE}, ("SELF",)),
        (S.PASSED, "correct_review", {"reason": " "}, ("REASON_REQUIRED",)),
        (S.PASSED, "correct_review", {"scored": False}, ("attempt.not_scored",)),
        (S.GRADED, "review", {"actor": None}, ("SELF",)),
        (
            S.GRADED,
            "review",
            {"open_events": 2, "scored": False},
            ("attempt.not_scored", "attempt.events_open"),
        ),
        (S.REVIEWED, "release", {"actor": CANDIDATE}, ("SELF",)),
        (S.RELEASED, "record_pass", {"passed": False}, ("attempt.not_passed",)),
        (S.RELEASED, "record_pass", {"passed": None}, ("attempt.not_passed",)),
        (S.RELEASED, "record_fail", {"passed": True}, ("attempt.not_failed",)),
        (S.RELEASED, "record_fail", {"passed": None}, ("attempt.not_failed",)),
        (
            S.FAILED,
            "appeal",
            {"now": at(60, 1), "reason": ""},
            ("REASON_REQUIRED", "appeal.closed"),
        ),
        (S.FAILED, "appeal", {"appeal_closes_at": None}, ("appeal.closed",)),
        (S.UNDER_APPEAL, "dismiss_appeal", {"actor": MARKER}, ("SAME_PERSON",)),
        (S.UNDER_APPEAL, "dismiss_appeal", {"actor": CANDIDATE}, ("SELF",)),
        (S.UNDER_APPEAL, "uphold_appeal", {"actor": MARKER}, ("SAME_PERSON",)),
        (S.UNDER_APPEAL, "uphold_appeal", {"reason": ""}, ("REASON_REQUIRED",)),
        (S.PASSED, "correct", {"reason": "\n"}, ("REASON_REQUIRED",)),
        (S.PASSED, "correct", {"actor": CANDIDATE}, ("SELF",)),
        (S.SCHEDULED, "cancel", {"reason": " "}, ("REASON_REQUIRED",)),
        (S.SCHEDULED, "withdraw", {"now": at(0)}, ("BEGUN",)),
        (S.SCHEDULED, "withdraw", {"reason": "", "now": at(-1)}, ("REASON_REQUIRED",)),
        (S.WITHDRAWN, "reenter", {"opens_at": None}, ("BEGUN",)),
    ],
)
def test_a_closed_gate_says_why(state, action, changes, codes):
    verdict, after = ATTEMPT.step(state, action, replace(FACTS, **changes))
    assert (verdict.codes, after) == (codes, state)


def test_doors_and_windows_open_and_close_at_their_moment():
    assert ATTEMPT.judge(S.ADMITTED, "start", replace(FACTS, now=at(0)))
    assert ATTEMPT.judge(S.IN_PROGRESS, "submit", replace(FACTS, now=at(91)))
    assert ATTEMPT.judge(S.FAILED, "appeal", replace(FACTS, now=at(60)))


def test_a_started_attempt_hands_itself_in_when_time_is_over():
    for state in AttemptState:
        assert effective_state(state, at(91), at(90), 60) is state
        after = effective_state(state, at(91, 1), at(90), 60)
        assert after is (S.AUTO_SUBMITTED if state is S.IN_PROGRESS else state)
        assert effective_state(state, at(500), None, 60) is state


# --- deadline -----------------------------------------------------------------

LIMIT = TimeLimit(limit_minutes=90, personal_factor=100, latest_end=at(100), grace_seconds=60)


def given_at(minute, minutes, **overrides):
    values = {"granted_by": OFFICER, "reason": "停电"} | overrides
    return Extension(minutes, at(minute), **values)


@pytest.mark.parametrize(
    ("started", "limit", "extensions", "minutes"),
    [
        (at(0), LIMIT, [], 90),
        (at(20), LIMIT, [], 100),  # who comes late is cut off by the end of the sitting
        (at(0), replace(LIMIT, personal_factor=150), [], 135),
        (at(20), replace(LIMIT, personal_factor=150), [], 145),
        (at(0), LIMIT, [given_at(30, 10)], 100),
        (at(20), LIMIT, [given_at(30, 10)], 110),  # given time reaches beyond the sitting
        (at(0), LIMIT, [given_at(30, 10), given_at(95, 5)], 105),
        (at(0), LIMIT, [given_at(91, 10)], 100),  # within the grace
        (at(0), LIMIT, [given_at(92, 10)], 90),  # too late: a closed attempt stays closed
        (at(0), LIMIT, [given_at(99, 10), given_at(95, 5), given_at(30, 2)], 92),
    ],
)
def test_the_deadline_follows_from_the_recorded_facts(started, limit, extensions, minutes):
    assert deadline(started, limit, extensions) == at(minutes)
    assert deadline(started, limit, extensions[::-1]) == at(minutes)


def test_a_personal_factor_that_leaves_a_fraction_is_rounded_for_the_person():
    limit = replace(LIMIT, limit_minutes=1, personal_factor=101, latest_end=at(100))
    assert deadline(at(0), limit) == at(1, 1)


def test_a_limit_may_have_no_grace():
    limit = replace(LIMIT, grace_seconds=0)
    assert closes_at(deadline(at(0), limit), limit) == at(90)


@pytest.mark.parametrize(
    "wrong", [{"limit_minutes": 0}, {"personal_factor": 99}, {"grace_seconds": -1}]
)
def test_a_senseless_limit_is_refused(wrong):
    with pytest.raises(ValueError, match="time limit"):
        replace(LIMIT, **wrong)


def test_an_extension_gives_time_and_never_takes_it():
    for minutes in (0, -5):
        with pytest.raises(ValueError, match="positive"):
            given_at(10, minutes)


def taken_back(extension, after, notice=10):
    moment = extension.granted_at + timedelta(minutes=after)
    return replace(extension, revoked_at=moment, notice_minutes=notice)


@pytest.mark.parametrize(
    ("started", "extension", "minutes"),
    [
        (0, taken_back(given_at(30, 60), 10), 90),  # long before the end: as if never given
        (0, taken_back(given_at(30, 60), 55), 95),  # at 85: ten minutes from then
        (0, taken_back(given_at(30, 60), 65), 105),  # at 95, when only the given time was left
        (0, taken_back(given_at(30, 60), 115), 150),  # at 145: what is left is not lengthened
        (0, taken_back(given_at(30, 60), 121), 150),  # at 151, within the grace
        (0, taken_back(given_at(30, 60), 122), 150),  # closed: nothing is taken from it
        (20, taken_back(given_at(5, 60), 10), 100),  # taken back before the start
        (20, taken_back(given_at(5, 60), 15), 100),
        (0, taken_back(given_at(92, 60), 1), 90),  # never counted, so nothing is taken back
        (0, taken_back(given_at(30, 60), 0), 90),
    ],
)
def test_minutes_taken_back_leave_the_notice_to_who_is_writing(started, extension, minutes):
    assert deadline(at(started), LIMIT, [extension]) == at(minutes)


def test_one_of_two_is_taken_back():
    wrong = taken_back(given_at(30, 100), 5)
    assert deadline(at(0), LIMIT, [given_at(31, 10), wrong]) == at(100)


def test_nothing_is_taken_back_before_it_was_given():
    with pytest.raises(ValueError, match="after it was given"):
        taken_back(given_at(30, 10), -1)


plain = st.builds(given_at, st.integers(-10, 200), st.integers(1, 30))
extensions = st.lists(plain, max_size=5)
corrected = st.lists(
    st.one_of(plain, st.builds(taken_back, plain, st.integers(0, 60), st.integers(0, 15))),
    max_size=5,
)


def known_at(items, moment):
    """The entries that had been made by then."""
    return [
        e if e.revoked_at is None or e.revoked_at <= moment else replace(e, revoked_at=None)
        for e in items
        if e.granted_at <= moment
    ]


@given(corrected, st.integers(0, 250 * 60))
def test_what_was_acknowledged_counts_for_ever_whatever_is_taken_back(items, second):
    moment = at(0, second)
    then = moment <= closes_at(deadline(at(0), LIMIT, known_at(items, moment)), LIMIT)
    afterwards = moment <= closes_at(deadline(at(0), LIMIT, items), LIMIT)
    assert then == afterwards


@given(corrected, st.integers(0, 99))
def test_nothing_taken_back_shortens_the_ordinary_time(items, started):
    assert deadline(at(started), LIMIT, items) >= deadline(at(started), LIMIT)


@given(extensions, st.integers(0, 250 * 60))
def test_what_was_too_late_stays_too_late_whatever_is_granted_afterwards(items, second):
    """The answer to "was it in time?" at a moment is the same then and for ever."""
    moment = at(0, second)
    known_then = [e for e in items if e.granted_at <= moment]
    then = moment <= closes_at(deadline(at(0), LIMIT, known_then), LIMIT)
    afterwards = moment <= closes_at(deadline(at(0), LIMIT, items), LIMIT)
    assert then == afterwards


@given(extensions, st.integers(0, 99), st.integers(100, 300))
def test_no_grant_ever_shortens_the_time(items, started, factor):
    limit = replace(LIMIT, personal_factor=factor)
    before = deadline(at(started), limit)
    assert deadline(at(started), limit, items) >= before
    assert before >= deadline(at(started), LIMIT)


# --- focus loss ---------------------------------------------------------------


def away(start, seconds):
    return FocusLoss(at(start), None if seconds is None else at(start, seconds))


@pytest.mark.parametrize(
    ("losses", "events", "flagged"),
    [
        ([], 0, False),
        ([away(1, 3), away(2, 3), away(3, 3)], 0, False),
        ([away(1, 4), away(2, 4)], 2, False),
        ([away(1, 4), away(2, 4), away(3, 2), away(4, 60)], 3, True),
        ([away(1, 4), away(2, 4), away(9, None)], 3, True),
        ([away(1, 4), away(2, 4), away(10, None)], 2, False),
    ],
)
def test_focus_losses_are_counted_and_flagged(losses, events, flagged):
    review = assess_focus(losses, longer_than_seconds=3, warn_at=3, now=at(10))
    assert (review.events, review.flagged) == (events, flagged)
    assert review.explanation.basis == "exam.focus_loss"
    assert review.explanation.code == ("focus.flagged" if flagged else "focus.noted")


def test_a_flag_says_that_it_takes_no_points():
    review = assess_focus(
        [away(n, 10) for n in range(3)], longer_than_seconds=3, warn_at=3, now=at(10)
    )
    assert str(review.explanation.words) == (
        "离开考试页面超过 3 秒共 3 次，由监考人员核实，不影响计分"
    )
