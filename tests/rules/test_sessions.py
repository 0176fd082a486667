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
)

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BEFORE = SessionFacts(starts_at=NINE + timedelta(hours=1), now=NINE, reason="台风")
AFTER = SessionFacts(starts_at=NINE - timedelta(hours=1), now=NINE, reason="台风")


def test_the_whole_lifecycle():
    assert whole_table(SESSION, lambda _state, action: AFTER if action == "hold" else BEFORE) == {
        "planned": {
            "open": "open", "hold": "held", "change": "planned", "cancel": "cancelled",
        },
        "open": {"hold": "held", "change": "open", "cancel": "cancelled"},
        "held": {"hold": "held"},
        "cancelled": {"reopen": "open"},
    }  # fmt: skip
    assert labelled(SESSION)
    assert set(SESSION_LABELS) == set(SessionState)
    assert set(ACT_LABELS) == set(SessionAct)


@pytest.mark.parametrize(
    ("state", "action"),
    [("open", "change"), ("open", "cancel"), ("planned", "cancel"), ("cancelled", "reopen")],
)
def test_what_people_may_know_of_is_corrected_with_a_reason(state, action):
    silent = SessionFacts(starts_at=BEFORE.starts_at, now=NINE, reason=" ")
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
