from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.machine import Machine, MachineError, Transition
from training.core.rules.verdict import ALLOWED, Reason, all_of, denied, refuse
from training.core.rules.words import Words


class Door(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    BRICKED = "bricked"


def door(*extra: Transition, **kwargs) -> Machine:
    rows = [
        Transition("open", ("closed",), "open", "house:door:open"),
        Transition("close", ("open",), "closed", "house:door:close"),
        Transition(
            "brick",
            ("closed",),
            "bricked",
            "house:door:brick",
            gate=lambda bricks: (
                ALLOWED if bricks >= 10 else refuse("bricks.short", "还差 %(n)s 块", n=10 - bricks)
            ),
        ),
    ]
    return Machine("door", Door, Door.CLOSED, [*rows, *extra], final=[Door.BRICKED], **kwargs)


def test_a_refusal_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        denied()


def test_verdicts_keep_every_reason_in_order():
    a, b = refuse("a", "甲"), refuse("b", "乙")
    assert (a & b).codes == ("a", "b")
    assert all_of([ALLOWED, b, a]).codes == ("b", "a")
    assert all_of([]).allowed


@given(st.lists(st.booleans()))
def test_all_of_allows_only_when_everything_allows(flags):
    verdicts = [ALLOWED if flag else refuse("no", "否") for flag in flags]
    assert bool(all_of(verdicts)) == all(flags)


def test_words_render_their_parameters():
    assert str(Words.of("还差 %(n)s 学时", n=3)) == "还差 3 学时"
    assert str(Reason("x", Words("百分之百 100%")).words) == "百分之百 100%"


def test_a_step_moves_only_where_the_table_says():
    machine = door()
    for state in Door:
        for action in machine.actions:
            verdict, after = machine.step(state, action, 10)
            expected = {
                ("closed", "open"): "open",
                ("open", "close"): "closed",
                ("closed", "brick"): "bricked",
            }.get((state, action))
            assert (after if verdict else None) == expected


def test_a_denied_gate_leaves_the_state_and_says_why():
    verdict, after = door().step("closed", "brick", 4)
    assert (after, verdict.codes, str(verdict.reasons[0].words)) == (
        "closed",
        ("bricks.short",),
        "还差 6 块",
    )


def test_available_shows_only_what_the_person_may_do():
    seen = door().available("closed", lambda p: p != "house:door:open", 3)
    assert [(t.action, v.allowed) for t, v in seen] == [("brick", False)]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (Transition("open", ("closed",), "open", "p"), "twice"),
        (Transition("melt", ("liquid",), "open", "p"), "unknown"),
        (Transition("revive", ("bricked",), "open", "p"), "final"),
    ],
)
def test_a_contradictory_table_does_not_build(row, complaint):
    with pytest.raises(MachineError, match=complaint):
        door(row)


def test_an_unreachable_state_does_not_build():
    with pytest.raises(MachineError, match="no way leads"):
        Machine("door", Door, Door.CLOSED, [Transition("open", ("closed",), "open", "p")])
