from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from exams.sittings.rules.sitting import (
    ACT_LABELS,
    FIELD_LABELS,
    SITTING,
    SITTING_LABELS,
    Admission,
    Arrangement,
    PlanFacts,
    SittingAct,
    SittingFacts,
    SittingStage,
    SittingState,
    check_start,
    differences,
    hall_gate,
    sitting_state,
)
from tests.rules.machine_tables import labelled, whole_table

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BEFORE = PlanFacts(now=NINE, doors_open_at=NINE + timedelta(minutes=1), reason="考场停电")
PLAN = Arrangement(
    title="岗前考核", doors_open_at=NINE, starts_at=NINE + timedelta(minutes=30),
    ends_at=NINE + timedelta(hours=2), limit_minutes=60, admission=Admission.PROCTOR,
    place="第一考场", paper="p1",
)  # fmt: skip


def test_the_whole_lifecycle():
    assert whole_table(SITTING, lambda _state, _action: BEFORE) == {
        "planned": {"publish": "published", "change": "planned", "cancel": "cancelled"},
        "published": {"change": "published", "cancel": "cancelled"},
        "cancelled": {},
    }
    assert labelled(SITTING)
    assert set(SITTING_LABELS) == set(SittingState)
    assert set(ACT_LABELS) == set(SittingAct)


@pytest.mark.parametrize(
    ("stage", "action", "facts", "codes"),
    [
        ("planned", "publish", {"now": BEFORE.doors_open_at}, ("PAST",)),
        ("planned", "change", {"now": BEFORE.doors_open_at}, ("DOORS_OPEN",)),
        ("published", "change", {"now": BEFORE.doors_open_at}, ("DOORS_OPEN",)),
        ("published", "change", {"reason": " "}, ("REASON_REQUIRED",)),
        ("planned", "cancel", {"reason": ""}, ("REASON_REQUIRED",)),
        ("published", "cancel", {"begun": 1}, ("BEGUN",)),
        ("cancelled", "change", {}, ("machine.not_in_state",)),
    ],
)
def test_a_closed_gate_says_why(stage, action, facts, codes):
    verdict = SITTING.judge(stage, action, replace(BEFORE, **facts))
    assert verdict.codes == codes


def test_what_only_the_office_knows_changes_without_a_reason():
    assert SITTING.judge("planned", "change", replace(BEFORE, reason=""))


def test_a_sitting_is_called_off_at_the_door_and_afterwards_if_nobody_began():
    for hours in (1, 100):
        late = replace(BEFORE, now=NINE + timedelta(hours=hours))
        assert SITTING.judge("published", "cancel", late)


def test_a_cancelled_sitting_is_cancelled_at_every_moment():
    facts = SittingFacts(
        stage=SittingStage.CANCELLED, doors_open_at=NINE, ends_at=NINE + timedelta(hours=2),
        writing=False, started=0, graded=0, released=0,
    )  # fmt: skip
    for hours in (-1, 1, 3):
        assert sitting_state(facts, NINE + timedelta(hours=hours)) is SittingState.CANCELLED


def test_the_start_lies_ahead():
    assert check_start(NINE + timedelta(seconds=1), NINE)
    assert check_start(NINE, NINE).codes == ("PAST",)


def test_a_change_names_old_and_new_values_of_what_differs():
    moved = replace(PLAN, starts_at=PLAN.starts_at + timedelta(days=1), place="第二考场")
    before, after = differences(PLAN, moved)
    assert list(after) == ["starts_at", "place"]
    assert before == {"starts_at": "2026-11-23T01:30:00+00:00", "place": "第一考场"}
    assert after == {"starts_at": "2026-11-24T01:30:00+00:00", "place": "第二考场"}


def test_the_same_moment_in_another_zone_is_no_change():
    there = PLAN.starts_at.astimezone(timezone(timedelta(hours=8)))
    assert differences(PLAN, replace(PLAN, starts_at=there)) == ({}, {})


def test_every_part_of_an_arrangement_has_a_name():
    assert set(PLAN.values) == set(FIELD_LABELS) == set(Arrangement.__slots__)


@pytest.mark.parametrize(
    ("actor", "named", "allowed"),
    [(7, {}, True), (7, {7: "张三"}, True), (7, {8: "李四", 9: "王五"}, False), (None, {8: "李四"}, False)],
)  # fmt: skip
def test_whoever_was_named_proctors_and_anybody_where_nobody_was(actor, named, allowed):
    verdict = hall_gate(actor, named)
    assert bool(verdict) is allowed
    if not allowed:
        assert verdict.codes == ("NOT_NAMED",)
        assert "、".join(named.values()) == dict(verdict.reasons[0].words.params)["who"]
