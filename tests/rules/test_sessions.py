"""Training sessions: the lifecycle, with what corrects it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.rules.machine_tables import labelled, whole_table
from training.programmes.rules.sessions import (
    ACT_LABELS,
    SESSION,
    SESSION_LABELS,
    SessionAct,
    SessionFacts,
    SessionState,
    minutes_after,
)

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BEFORE = SessionFacts(starts_at=NINE + timedelta(hours=1), now=NINE, reason="台风")
AFTER = SessionFacts(starts_at=NINE - timedelta(hours=1), now=NINE, reason="台风")


def test_the_whole_lifecycle():
    begun = ("hold", "correct")
    assert whole_table(SESSION, lambda _state, action: AFTER if action in begun else BEFORE) == {
        "planned": {
            "open": "open", "hold": "held", "change": "planned", "cancel": "cancelled",
        },
        "open": {"hold": "held", "change": "open", "cancel": "cancelled"},
        "held": {"hold": "held", "correct": "held"},
        "cancelled": {"reopen": "open"},
    }  # fmt: skip
    assert labelled(SESSION)
    assert set(SESSION_LABELS) == set(SessionState)
    assert set(ACT_LABELS) == set(SessionAct)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("open", "change"), ("open", "cancel"), ("planned", "cancel"), ("cancelled", "reopen"),
        ("held", "correct"),
    ],
)  # fmt: skip
def test_what_people_may_know_of_is_corrected_with_a_reason(state, action):
    starts = AFTER.starts_at if action == "correct" else BEFORE.starts_at
    silent = SessionFacts(starts_at=starts, now=NINE, reason=" ")
    verdict, target = SESSION.step(state, action, silent)
    assert (verdict.codes, target) == (("REASON_REQUIRED",), state)


def test_a_plan_that_nobody_could_join_is_changed_without_a_reason():
    silent = SessionFacts(starts_at=BEFORE.starts_at, now=NINE)
    assert SESSION.step("planned", "change", silent)[0]


def test_a_session_called_off_in_error_is_taken_up_after_its_time_too():
    assert SESSION.step("cancelled", "reopen", AFTER) == (
        SESSION.judge("cancelled", "reopen", AFTER),
        "open",
    )


def test_a_held_session_is_not_corrected_to_a_time_to_come():
    assert SESSION.judge("held", "correct", BEFORE).codes == ("session.not_begun",)


@pytest.mark.parametrize(
    ("minutes", "corrected", "expected"),
    [(90, 135, 135), (90, 45, 45), (60, 135, 60), (60, 45, 45), (0, 45, 0)],
)
def test_full_minutes_stay_full_and_a_part_stays_within_the_session(minutes, corrected, expected):
    assert minutes_after(minutes, former=90, corrected=corrected) == expected
