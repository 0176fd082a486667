"""An attempt in the database: start, save, take over, time, hand in, close."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from exams.sittings import log, proctoring, saving, service
from exams.sittings.models import Attempt, AttemptStep
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.sitting import Admission
from exams.sittings.rules.steps import StepKind, current_answers
from tests.support.exams import START, at, make_attempt, make_paper, make_sitting
from training.core import audit
from training.core.db import db
from training.core.errors import Refused
from training.core.models import AuditEntry


@pytest.fixture
def attempt(world):
    made = make_attempt()
    db.session.commit()
    return made


@pytest.fixture
def me(world):
    return world.actor("a_mediator")


def begun(attempt, me, writer="phone"):
    service.start(me, attempt, now=START)
    saving.take_pen(attempt.id, me.person_id, writer, take_over=False, now=START)
    return attempt


def step(slot=1, response=("o1",), seq=1, writer="phone", **more):
    fields = {
        "kind": StepKind.ANSWER,
        "client_uuid": uuid4().hex,
        "client_seq": seq,
        "writer": writer,
        "slot": slot,
        "response": frozenset(response),
    } | more
    return saving.ClientStep(**fields)


def save(attempt, sent, now=None):
    """As a request of its own."""
    db.session.rollback()
    return saving.save(
        attempt.id, attempt.person_id, attempt.sitting.paper.slots, sent, now or at(1)
    )


def refusal(action):
    with pytest.raises(Refused) as caught:
        action()
    db.session.rollback()
    return caught.value.code, caught.value.status


def counted(attempt):
    db.session.rollback()
    return current_answers(log.steps(attempt.id), log.held(attempt.id).closes_at)


def test_it_does_not_start_before_the_servers_time(attempt, me):
    assert refusal(lambda: service.start(me, attempt, now=START - timedelta(seconds=1))) == (
        "NOT_OPEN",
        403,
    )
    assert attempt.state is AttemptState.SCHEDULED


def test_a_second_start_finds_the_same_attempt(attempt, me):
    service.start(me, attempt, now=START)
    again = service.start(me, attempt, now=at(5))
    assert (again.id, again.started_at) == (attempt.id, START)
    assert [s.kind for s in log.steps(attempt.id)] == [StepKind.START]


def test_nobody_starts_after_the_end_of_the_sitting(attempt, me):
    assert refusal(lambda: service.start(me, attempt, now=at(120))) == ("CLOSED", 409)


def test_a_hall_candidate_is_admitted_by_a_proctor_first(world, me):
    made = make_attempt(make_sitting(admission=Admission.PROCTOR))
    db.session.commit()
    assert refusal(lambda: service.start(me, made, now=START)) == ("NOT_ADMITTED", 403)
    proctoring.admit(world.actor("a_proctor"), made, now=at(-10))
    service.start(me, made, now=START)
    assert made.state is AttemptState.IN_PROGRESS


def test_the_start_fixes_policy_versions_and_anchors_the_chain(attempt, me):
    service.start(me, attempt, now=START)
    assert set(attempt.terms["policy_ids"]) == set(service.TERM_KEYS)
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "sittings:attempt:start")
    ).one()
    assert audit.detail(entry)["head"] == attempt.head


def test_an_acknowledged_answer_is_in_the_database_for_another_connection(attempt, me):
    begun(attempt, me)
    saved = save(attempt, step(slot=1, response=("o2",)))
    with db.engine.connect() as other:
        row = other.execute(
            sa.select(AttemptStep).where(AttemptStep.sequence == saved.sequence)
        ).one()
    assert row.response == ["o2"]
    assert saved.deadline == at(60)


def test_the_newest_answer_counts_and_the_chain_holds(attempt, me):
    begun(attempt, me)
    save(attempt, step(seq=1, response=("o1",)))
    save(attempt, step(seq=2, response=("o3",)))
    save(attempt, step(seq=3, slot=2, response=("o2",)))
    assert counted(attempt) == {1: frozenset({"o3"}), 2: frozenset({"o2"})}
    assert log.check_chain(log.held(attempt.id)).sound


def test_a_step_sent_twice_is_stored_once_and_answered_alike(attempt, me):
    begun(attempt, me)
    sent = step(seq=1)
    first, second = save(attempt, sent), save(attempt, sent, at(70))
    assert first == second
    assert len([s for s in log.steps(attempt.id) if s.kind is StepKind.ANSWER]) == 1


def test_one_uuid_with_another_content_is_refused(attempt, me):
    begun(attempt, me)
    save(attempt, step(seq=1, client_uuid="u" * 32))
    other = step(seq=1, client_uuid="u" * 32, response=("o4",))
    assert refusal(lambda: save(attempt, other)) == ("KEY_REUSED", 422)


def test_an_older_sequence_never_wins(attempt, me):
    begun(attempt, me)
    save(attempt, step(seq=5, response=("o2",)))
    with pytest.raises(Refused) as caught:
        save(attempt, step(seq=5, response=("o1",)))
    assert (caught.value.code, caught.value.verdict.reasons[0].words.params["sequence"]) == (
        "STALE",
        5,
    )
    assert counted(attempt) == {1: frozenset({"o2"})}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"slot": 99}, "NOT_IN_PAPER"),
        ({"response": ("o9",)}, "NOT_IN_PAPER"),
        ({"response": ("o1", "o2")}, "TOO_MANY_OPTIONS"),
    ],
)
def test_what_the_paper_does_not_have_is_refused(attempt, me, sent, code):
    begun(attempt, me)
    assert refusal(lambda: save(attempt, step(**sent))) == (code, 422)
    assert counted(attempt) == {}


def test_an_answer_before_the_start_is_refused(attempt):
    assert refusal(lambda: save(attempt, step())) == ("NOT_OPEN", 403)


def test_a_second_device_must_take_over_openly_and_the_first_is_told(attempt, me):
    begun(attempt, me, "phone")
    save(attempt, step(seq=1, response=("o1",)))
    assert refusal(
        lambda: saving.take_pen(attempt.id, me.person_id, "desk", take_over=False, now=at(1))
    ) == ("TAKEN_OVER", 409)
    assert refusal(lambda: save(attempt, step(seq=2, writer="desk"))) == ("TAKEN_OVER", 409)
    saving.take_pen(attempt.id, me.person_id, "desk", take_over=True, now=at(2))
    assert refusal(lambda: save(attempt, step(seq=2, writer="phone"), at(3)))[0] == "TAKEN_OVER"
    save(attempt, step(seq=2, writer="desk", response=("o2",)), at(3))
    assert counted(attempt) == {1: frozenset({"o2"})}


def test_a_device_that_was_cut_off_does_not_write_over_its_successor_later(attempt, me):
    """The successor's lease has run out; yet the first device must take the pen back openly."""
    begun(attempt, me, "phone")
    saving.take_pen(attempt.id, me.person_id, "desk", take_over=True, now=at(2))
    save(attempt, step(seq=1, writer="desk", response=("o2",)), at(3))
    late = step(seq=9, writer="phone", response=("o1",))
    assert refusal(lambda: save(attempt, late, at(30)))[0] == "TAKEN_OVER"
    assert counted(attempt) == {1: frozenset({"o2"})}


def test_an_answer_within_grace_counts_and_after_it_is_kept_unscored(attempt, me):
    begun(attempt, me)
    save(attempt, step(seq=1, response=("o1",)), at(60, 60))
    late = step(seq=2, response=("o2",))
    assert refusal(lambda: save(attempt, late, at(60, 61))) == ("CLOSED", 409)
    assert refusal(lambda: save(attempt, late, at(60, 62))) == ("CLOSED", 409)
    assert counted(attempt) == {1: frozenset({"o1"})}
    answers = [s for s in log.steps(attempt.id) if s.kind is StepKind.ANSWER]
    assert [s.response for s in answers] == [("o1",), ("o2",)]


def test_minutes_given_move_the_deadline_for_one_and_for_all(world, attempt, me):
    begun(attempt, me)
    proctor = world.actor("a_proctor")
    proctoring.extend_one(proctor, attempt, 10, "网络中断", now=at(20))
    assert log.held(attempt.id).deadline == at(70)
    proctoring.extend_all(proctor, attempt.sitting, 5, "停电", now=at(30))
    assert log.held(attempt.id).deadline == at(75)
    save(attempt, step(seq=1), at(74))
    assert counted(attempt) == {1: frozenset({"o1"})}


def test_minutes_need_a_reason_and_another_person(world, attempt, me):
    begun(attempt, me)
    proctor = world.actor("a_proctor")
    assert refusal(lambda: proctoring.extend_one(proctor, attempt, 10, " ", now=at(20))) == (
        "REASON_REQUIRED",
        422,
    )
    own = make_attempt(attempt.sitting, world.person("a_proctor"))
    db.session.commit()
    assert refusal(lambda: proctoring.extend_one(proctor, own, 10, "断网", now=at(20)))[0] == "SELF"
    assert refusal(lambda: proctoring.extend_all(proctor, own.sitting, 9, "断网", now=at(20)))[
        0
    ] == ("SELF")


def test_handing_in_twice_gives_the_same_receipt(attempt, me):
    begun(attempt, me)
    save(attempt, step(seq=1))
    first = service.submit(me, attempt, "phone", now=at(30))
    receipt = first.receipt
    second = service.submit(me, attempt, "phone", now=at(31))
    assert receipt == second.receipt != ""
    assert second.submitted_at == at(30)
    assert refusal(lambda: save(attempt, step(seq=2), at(31))) == ("CLOSED", 409)
    assert counted(attempt) == {1: frozenset({"o1"})}


def test_handing_in_after_grace_is_closed(attempt, me):
    begun(attempt, me)
    assert refusal(lambda: service.submit(me, attempt, "phone", now=at(60, 61))) == ("CLOSED", 409)


def test_another_device_does_not_hand_in(attempt, me):
    begun(attempt, me)
    assert refusal(lambda: service.submit(me, attempt, "desk", now=at(1)))[0] == "TAKEN_OVER"


def test_time_over_reads_as_handed_in_without_any_job(attempt, me):
    begun(attempt, me)
    assert log.held(attempt.id).state_at(at(60, 60)) is AttemptState.IN_PROGRESS
    assert log.held(attempt.id).state_at(at(60, 61)) is AttemptState.AUTO_SUBMITTED


def test_the_job_closes_at_the_deadline_from_the_last_acknowledged_answer(attempt, me):
    """The server was down across the deadline."""
    begun(attempt, me)
    save(attempt, step(seq=1), at(59))
    assert service.due_to_close(at(60, 61)) == []
    late = at(60 * 24)
    assert service.due_to_close(late) == [attempt.id]
    assert service.close(attempt.id, late) is True
    assert service.close(attempt.id, late) is False
    db.session.expire_all()
    assert (attempt.state, attempt.submitted_at) == (AttemptState.AUTO_SUBMITTED, at(61))
    assert counted(attempt) == {1: frozenset({"o1"})}


def test_an_answer_received_in_time_lands_before_the_job_closes(attempt, me):
    begun(attempt, me)
    assert service.close(attempt.id, at(61, 19)) is False
    save(attempt, step(seq=1), at(60, 59))
    assert service.close(attempt.id, at(61, 21)) is True
    assert counted(attempt) == {1: frozenset({"o1"})}


def test_looking_away_is_noted_and_never_ends_the_exam(attempt, me):
    begun(attempt, me)
    gone = step(seq=1, kind=StepKind.FOCUS_LOSS, slot=None, response=(), seconds=12)
    save(attempt, gone)
    noted = log.steps_of([attempt.id], [StepKind.FOCUS_LOSS])[attempt.id]
    assert [saving.away_seconds(s) for s in noted] == [12]
    save(attempt, step(seq=2))


@pytest.mark.parametrize("act", ["start", "submit"])
def test_twenty_at_once_have_one_effect(app, world, me, act):
    attempt = make_attempt(make_sitting(paper=make_paper()))
    db.session.commit()
    attempt_id = attempt.id
    if act == "submit":
        begun(attempt, me)
        save(attempt, step(seq=1))
        db.session.commit()
    db.session.remove()

    def once(_n):
        with app.app_context():
            mine = db.session.get(Attempt, attempt_id)
            if act == "start":
                done = service.start(me, mine, now=START)
                answer = str(done.started_at)
            else:
                answer = service.submit(me, mine, "phone", now=at(30)).receipt
            db.session.remove()
            return answer

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: contextvars.Context().run(once, n), range(20)))
    assert len(set(answers)) == 1
    kind = StepKind.START if act == "start" else StepKind.SUBMIT
    assert len([s for s in log.steps(attempt_id) if s.kind is kind]) == 1
    assert log.check_chain(log.held(attempt_id)).sound
