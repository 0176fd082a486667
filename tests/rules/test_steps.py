from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.bank.rules.question import FALSE, TRUE, QuestionKind
from exams.papers.rules.blueprint import PaperSlot
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.saving import Lease, OpenAttempt, SaveRequest, accept_save
from exams.sittings.rules.steps import (
    Step,
    StepKind,
    admission_gate,
    current_answers,
    flagged_slots,
    seal,
    uncounted_answers,
    verify,
)
from training.core.rules.chain import Head

S = AttemptState
NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLOSE = NINE + timedelta(minutes=91)
CANDIDATE, PROCTOR = 1, 9


def at(minutes=0, seconds=0):
    return NINE + timedelta(minutes=minutes, seconds=seconds)


# --- saving -------------------------------------------------------------------


def paper_slot(number, kind=QuestionKind.SINGLE):
    options = (TRUE, FALSE) if kind is QuestionKind.TRUE_FALSE else ("o1", "o2", "o3")
    return PaperSlot(
        slot=number,
        question=f"q{number}.1",
        section="law",
        kind=kind,
        points=100,
        core=True,
        options=options,
    )


SLOTS = {n: paper_slot(n, kind) for n, kind in enumerate(QuestionKind, 1)}
OPEN = OpenAttempt(
    state=S.IN_PROGRESS,
    deadline=at(90),
    grace_seconds=60,
    slots=SLOTS,
    last_seq=5,
    lease=Lease("phone", at(20)),
)
SAVE = SaveRequest(slot=2, response=frozenset({"o1", "o3"}), client_seq=6, writer="phone")


@pytest.mark.parametrize(
    ("now", "attempt", "save", "codes", "kept"),
    [
        (at(10), OPEN, SAVE, (), False),
        (at(10), OPEN, replace(SAVE, response=frozenset()), (), False),
        (at(10), OPEN, replace(SAVE, client_seq=60), (), False),
        (at(10), OPEN, replace(SAVE, slot=1, response=frozenset({"o3"})), (), False),
        (at(91), OPEN, SAVE, (), False),
        (at(91, 1), OPEN, SAVE, ("CLOSED",), True),
        (at(10), replace(OPEN, state=S.SUBMITTED), SAVE, ("CLOSED",), True),
        (at(10), replace(OPEN, state=S.GRADED), SAVE, ("CLOSED",), True),
        (at(10), replace(OPEN, state=S.SCHEDULED, deadline=None), SAVE, ("NOT_OPEN",), False),
        (at(10), replace(OPEN, state=S.ADMITTED, deadline=None), SAVE, ("NOT_OPEN",), False),
        (at(10), OPEN, replace(SAVE, client_seq=5), ("STALE",), False),
        (at(10), OPEN, replace(SAVE, client_seq=1), ("STALE",), False),
        (at(10), OPEN, replace(SAVE, slot=7), ("NOT_IN_PAPER",), False),
        (at(10), OPEN, replace(SAVE, response=frozenset({"o4"})), ("NOT_IN_PAPER",), False),
        (at(10), OPEN, replace(SAVE, response=frozenset({"A"})), ("NOT_IN_PAPER",), False),
        (at(99), OPEN, replace(SAVE, slot=7), ("NOT_IN_PAPER",), False),
        (at(10), OPEN, replace(SAVE, slot=1), ("TOO_MANY_OPTIONS",), False),
        (
            at(10),
            OPEN,
            replace(SAVE, slot=3, response=frozenset({TRUE, FALSE})),
            ("TOO_MANY_OPTIONS",),
            False,
        ),
        (at(10), OPEN, replace(SAVE, writer="laptop"), ("TAKEN_OVER",), False),
        (at(10), OPEN, replace(SAVE, writer="laptop", client_seq=1), ("TAKEN_OVER",), False),
        (at(20), OPEN, replace(SAVE, writer="laptop"), (), False),
        (at(10), replace(OPEN, lease=None), replace(SAVE, writer="laptop"), (), False),
    ],
)
def test_a_save_is_taken_or_refused_with_one_code(now, attempt, save, codes, kept):
    decision = accept_save(attempt, save, now)
    assert (decision.verdict.codes, decision.keep_as_evidence) == (codes, kept)


def test_a_stale_save_is_told_the_current_sequence():
    (reason,) = accept_save(OPEN, replace(SAVE, client_seq=5), at(10)).verdict.reasons
    assert reason.words.params == {"sequence": 5}


# --- the log ------------------------------------------------------------------


def answer(sequence, slot, *response, **overrides):
    values = {
        "actor": CANDIDATE,
        "received_at": at(0, sequence),
        "client_seq": sequence,
        "writer": "phone",
    }
    return Step(
        sequence=sequence,
        kind=StepKind.ANSWER,
        slot=slot,
        response=tuple(sorted(response)),
        **values | overrides,
    )


def act(sequence, kind, **overrides):
    values = {"actor": CANDIDATE, "received_at": at(0, sequence)}
    return Step(sequence=sequence, kind=kind, **values | overrides)


def admit(sequence, refers_to, kind=StepKind.ADMIT_LATE, **overrides):
    values = {"actor": PROCTOR, "reason": "网络中断，监考记录在案", "received_at": at(95)}
    return act(sequence, kind, refers_to=refers_to, **values | overrides)


def test_the_last_step_wins_and_clearing_leaves_nothing():
    steps = [answer(1, 1, "o1"), answer(2, 2, "o2"), answer(3, 1, "o3"), answer(4, 2)]
    assert current_answers(steps, CLOSE) == {1: {"o3"}}


def test_an_older_sequence_that_arrives_later_overwrites_nothing():
    steps = [answer(1, 1, "o1", client_seq=7), answer(2, 1, "o2", client_seq=3)]
    assert current_answers(steps, CLOSE) == {1: {"o1"}}


def test_a_late_answer_is_kept_and_does_not_count():
    in_grace = answer(1, 1, "o1", received_at=CLOSE)
    late = answer(2, 1, "o2", received_at=CLOSE + timedelta(microseconds=1))
    assert current_answers([in_grace, late], CLOSE) == {1: {"o1"}}
    assert uncounted_answers([late, in_grace], CLOSE) == (late,)


def test_nothing_counts_after_handing_in():
    steps = [answer(1, 1, "o1"), act(2, StepKind.SUBMIT), answer(3, 1, "o2")]
    assert current_answers(steps, CLOSE) == {1: {"o1"}}
    assert uncounted_answers(steps, CLOSE) == (steps[2],)


LATE = answer(2, 1, "o2", received_at=at(92))


@pytest.mark.parametrize(
    ("corrections", "counts"),
    [
        ([], False),
        ([admit(3, 2)], True),
        ([admit(3, 2), admit(4, 2, StepKind.WITHDRAW_ADMISSION)], False),
        ([admit(3, 2), admit(4, 2, StepKind.WITHDRAW_ADMISSION), admit(5, 2)], True),
        ([admit(3, 2, actor=CANDIDATE)], False),
        ([admit(3, 2, reason=" ")], False),
        ([admit(3, 77)], False),
        ([admit(3, None)], False),
        ([admit(3, 2), admit(4, 2, StepKind.WITHDRAW_ADMISSION, actor=CANDIDATE)], True),
        ([admit(3, 2, StepKind.FOCUS_LOSS)], False),
    ],
)
def test_only_a_proctors_correction_admits_a_late_answer(corrections, counts):
    steps = [answer(1, 1, "o1"), LATE, *corrections]
    assert current_answers(steps, CLOSE) == {1: {"o2"} if counts else {"o1"}}
    assert uncounted_answers(steps, CLOSE) == (() if counts else (LATE,))


def test_an_admitted_answer_still_does_not_beat_a_newer_one():
    late_but_older = replace(LATE, client_seq=0)
    steps = [answer(1, 1, "o1"), late_but_older, admit(3, 2)]
    assert current_answers(steps, CLOSE) == {1: {"o1"}}


def test_withdrawing_an_admission_never_touches_an_answer_in_time():
    steps = [answer(1, 1, "o1"), admit(2, 1, StepKind.WITHDRAW_ADMISSION)]
    assert current_answers(steps, CLOSE) == {1: {"o1"}}


@pytest.mark.parametrize(
    ("step", "overrides", "codes"),
    [
        (LATE, {}, ()),
        (LATE, {"actor": CANDIDATE}, ("SELF",)),
        (LATE, {"reason": " "}, ("REASON_REQUIRED",)),
        (LATE, {"counted": True}, ("admission.not_late",)),
        (act(1, StepKind.SUBMIT), {}, ("admission.not_late",)),
    ],
)
def test_who_may_admit_a_late_answer(step, overrides, codes):
    values = {"counted": False, "actor": PROCTOR, "reason": "断网"} | overrides
    assert admission_gate(step, **values).codes == codes


def test_a_flag_is_raised_and_lowered():
    def flag(sequence, slot, *response):
        return act(sequence, StepKind.FLAG, slot=slot, response=response, client_seq=sequence)

    steps = [flag(1, 1, "on"), flag(2, 2, "on"), flag(3, 1)]
    assert flagged_slots([*steps, answer(4, 1, "o1")]) == {2}
    assert flagged_slots(steps[:2]) == {1, 2}
    assert current_answers(steps, CLOSE) == {}


saves = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sets(st.sampled_from(["o1", "o2", "o3"]), max_size=2),
        st.integers(1, 12),
        st.integers(85 * 60, 96 * 60),
    ),
    max_size=12,
)


@given(saves, st.randoms(use_true_random=False))
def test_the_answers_equal_a_plain_replay_whatever_the_order_of_reading(items, random):
    """Oracle: walk the log in order, keep per slot what is in time and newest."""
    items.sort(key=lambda item: item[3])
    log = [
        answer(n, slot, *response, client_seq=seq, received_at=at(0, second))
        for n, (slot, response, seq, second) in enumerate(items, 1)
    ]
    held = {}
    for slot, response, seq, second in items:
        if second <= 91 * 60 and seq >= held.get(slot, (0, None))[0]:
            held[slot] = (seq, response)
    expected = {slot: response for slot, (_, response) in held.items() if response}
    random.shuffle(log)
    assert current_answers(log, CLOSE) == expected
    assert {s.sequence for s in uncounted_answers(log, CLOSE)} == {
        n for n, item in enumerate(items, 1) if item[3] > 91 * 60
    }


# --- the chain ----------------------------------------------------------------


def sealed(steps, attempt="attempt-1"):
    chain, previous = [], None
    for step in steps:
        chain.append(seal(attempt, previous, step))
        previous = chain[-1].chain_hash
    return chain


LOG = [
    act(1, StepKind.START),
    answer(2, 1, "o1", client_at="2031-01-01T00:00:00Z", client_uuid="u-2"),
    answer(3, 2, "o1", "o3", client_uuid="u-3"),
    act(4, StepKind.SUBMIT),
    replace(LATE, sequence=5, client_uuid="u-5"),
]
CHAIN = sealed([*LOG, admit(6, 5)])
HEAD = Head(6, CHAIN[-1].chain_hash)


def test_an_untouched_chain_verifies():
    report = verify("attempt-1", CHAIN, [HEAD])
    assert report.sound
    assert report.head == HEAD


def test_the_same_moment_in_another_zone_hashes_the_same():
    """A database may hand times back in its own zone."""
    zone = timezone(timedelta(hours=8))
    moved = [replace(s, step=replace(s.step, received_at=s.step.received_at.astimezone(zone)))
             for s in CHAIN]  # fmt: skip
    assert verify("attempt-1", moved, [HEAD]).sound


CHANGES = {
    "sequence": 7,
    "kind": StepKind.TAKE_OVER,
    "actor": 5,
    "received_at": at(3),
    "slot": 9,
    "response": ("o9",),
    "client_seq": 99,
    "client_at": "x",
    "client_uuid": "x",
    "writer": "x",
    "refers_to": 1,
    "reason": "x",
}


def test_a_change_of_any_field_of_any_step_is_found():
    assert set(CHANGES) == {field.name for field in fields(Step)}
    for place, item in enumerate(CHAIN):
        for name, value in CHANGES.items():
            forged = replace(item, step=replace(item.step, **{name: value}))
            chain = [*CHAIN[:place], forged, *CHAIN[place + 1 :]]
            assert not verify("attempt-1", chain).sound, (place, name)


@pytest.mark.parametrize("place", range(6))
def test_removing_doubling_or_exchanging_a_step_is_found(place):
    without = CHAIN[:place] + CHAIN[place + 1 :]
    assert not verify("attempt-1", without, [HEAD]).sound
    doubled = [*CHAIN[: place + 1], CHAIN[place], *CHAIN[place + 1 :]]
    assert not verify("attempt-1", doubled, [HEAD]).sound
    swapped = CHAIN[:]
    swapped[place], swapped[place - 1] = swapped[place - 1], swapped[place]
    assert not verify("attempt-1", swapped, [HEAD]).sound


def test_cutting_off_the_end_or_making_the_chain_anew_is_found_against_the_anchor():
    assert not verify("attempt-1", CHAIN[:-1], [HEAD]).sound
    forged = sealed([replace(LOG[1], sequence=1, response=("o2",)), *LOG[2:]])
    assert not verify("attempt-1", forged, [HEAD]).sound
    anew = sealed([LOG[0], replace(LOG[1], response=("o2",)), *LOG[2:], admit(6, 5)])
    assert verify("attempt-1", anew).sound
    assert not verify("attempt-1", anew, [HEAD]).sound


def test_steps_of_another_attempt_are_found():
    assert not verify("attempt-2", CHAIN).sound


def test_a_naive_server_time_is_refused():
    with pytest.raises(ValueError, match="aware"):
        act(1, StepKind.START, received_at=datetime(2026, 11, 23))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("kind", [StepKind.ANSWER, StepKind.FLAG])
def test_an_answer_without_its_slot_is_refused(kind):
    with pytest.raises(ValueError, match="slot"):
        act(1, kind)
