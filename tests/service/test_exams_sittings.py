"""A sitting is corrected: changed, called off; a candidate taken off the list; minutes, notes."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from certificates import candidates as certification
from exams.marking import queries as marking
from exams.sittings import (
    changing,
    gate,
    history,
    log,
    planning,
    proctoring,
    queries,
    registration,
    service,
)
from exams.sittings.models import (
    Attempt,
    ExtensionRevocation,
    ProctorNote,
    Sitting,
    SittingProctor,
)
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.sitting import Admission, SittingAct, SittingStage, SittingState
from tests.service.test_exams_attempt import begun, counted, refusal, save, step
from tests.support.exams import (
    START,
    at,
    make_attempt,
    make_extension,
    make_paper,
    make_sitting,
)
from tests.support.world import NOW, make_account, make_person
from training.core import audit, clock, policy
from training.core.db import db
from training.core.documents import registry
from training.core.documents.registry import Order
from training.core.models import AuditEntry, PolicyVersion
from training.core.rules.roles import Role
from training.core.rules.verdict import ALLOWED
from training.people import inbox
from training.people.models import Notice
from training.people.rules.person import Standing

REASON = "考场停电，改到第二天"
LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def trained(monkeypatch):
    """Everybody has the hours."""
    monkeypatch.setattr(
        gate, "study_of", lambda people, now: {p.id: gate.Study(ALLOWED) for p in people}
    )


@pytest.fixture
def trainer(world):
    return world.actor("a_trainer")


@pytest.fixture
def sitting(world):
    """Published, with one candidate and one proctor of two who hold the role there."""
    made = make_sitting()
    make_attempt(made)
    db.session.add(SittingProctor(sitting_id=made.id, person_id=world.person("a_proctor").id))
    db.session.commit()
    return made


def only(sitting) -> Attempt:
    return db.session.scalars(sa.select(Attempt).where(Attempt.sitting_id == sitting.id)).one()


def later(sitting, **changes):
    plan = sitting.arrangement
    moved = {
        name: getattr(plan, name) + LATER for name in ("doors_open_at", "starts_at", "ends_at")
    }
    return replace(plan, **(moved | changes))


def notices(person_id):
    query = sa.select(Notice).where(Notice.person_id == person_id).order_by(Notice.id)
    return list(db.session.scalars(query))


def trainee(world, name="合格甲"):
    return make_person(
        name, world.org("甲区一街社区调委会"), standing=Standing.TRAINEE, mediator_no="X00001",
        id_number_index="1" * 64,
    )  # fmt: skip


# ----- change


def test_a_published_sitting_is_moved_and_everybody_is_told(world, trainer, sitting):
    old = sitting.starts_at
    wanted = later(sitting, place="第二考场")
    event = changing.change(trainer, sitting, sitting.paper, wanted, REASON, now=NOW)
    assert (sitting.starts_at, sitting.place) == (old + LATER, "第二考场")
    assert (event.act, event.reason, event.at) == (SittingAct.CHANGED, REASON, NOW)
    assert event.actor_id == trainer.person_id
    assert event.before["starts_at"] == old.isoformat()
    assert event.after["starts_at"] == (old + LATER).isoformat()
    assert set(event.after) == {"doors_open_at", "starts_at", "ends_at", "place"}
    for person in (world.person("a_mediator"), world.person("a_proctor")):
        words = inbox.words(notices(person.id)[-1])
        assert words.params["place"] == "第二考场"
        assert words.params["reason"] == REASON
        assert words.params["when"] == f"{clock.local(old + LATER):%Y-%m-%d %H:%M}"
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "sittings:sitting:change")
    ).one()
    assert audit.detail(entry)["told"] == 2
    assert REASON not in str(audit.detail(entry))


def test_a_second_change_is_a_second_entry_and_a_second_notice(world, trainer, sitting):
    for days in (1, 2):
        changing.change(trainer, sitting, sitting.paper, later(sitting), f"理由{days}", now=NOW)
    assert [e.reason for e in history.of(sitting)] == ["理由1", "理由2"]
    assert len(notices(world.person("a_mediator").id)) == 2


@pytest.mark.parametrize(
    ("changes", "reason", "minutes", "answer"),
    [
        ({}, " ", 0, ("REASON_REQUIRED", 422)),
        ({}, REASON, 30, ("DOORS_OPEN", 409)),
        ({"limit_minutes": 500}, REASON, 0, ("TIMES", 422)),
        ({"starts_at": NOW, "doors_open_at": NOW}, REASON, 0, ("PAST", 422)),
    ],
)
def test_a_change_is_held_to_the_rules_of_a_plan(
    trainer, sitting, changes, reason, minutes, answer
):
    wanted = later(sitting, **changes)
    now = NOW + timedelta(minutes=minutes)
    assert (
        refusal(lambda: changing.change(trainer, sitting, sitting.paper, wanted, reason, now=now))
        == answer
    )
    assert history.of(sitting) == []


def test_what_changes_nothing_is_no_entry(trainer, sitting):
    plan = sitting.arrangement
    assert refusal(
        lambda: changing.change(trainer, sitting, sitting.paper, plan, REASON, now=NOW)
    ) == ("UNCHANGED", 422)


def test_the_history_refuses_change_in_the_database(trainer, sitting):
    event = changing.change(trainer, sitting, sitting.paper, later(sitting), REASON, now=NOW)
    number = event.id
    for statement in (
        "UPDATE exam_sitting_event SET reason = 'x' WHERE id = :n",
        "DELETE FROM exam_sitting_event WHERE id = :n",
    ):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"):
            db.session.execute(sa.text(statement), {"n": number})
        db.session.rollback()


def test_the_attempt_begins_at_the_new_time_with_the_new_limit(world, trainer, sitting):
    attempt, me = only(sitting), world.actor("a_mediator")
    wanted = later(sitting, limit_minutes=90)
    changing.change(trainer, sitting, sitting.paper, wanted, REASON, now=NOW)
    assert refusal(lambda: service.start(me, attempt, now=START)) == ("NOT_OPEN", 403)
    service.start(me, attempt, now=START + LATER)
    assert log.held(attempt.id).deadline == START + LATER + timedelta(minutes=90)


def test_the_paper_changes_while_planned_and_the_orders_are_drawn_anew(world, trainer):
    sitting = make_sitting(stage=SittingStage.PLANNED, published_at=None)
    attempt = make_attempt(sitting)
    other = make_paper()
    db.session.commit()
    before = attempt.seed
    changing.change(trainer, sitting, other, sitting.arrangement, "", now=NOW)
    assert sitting.paper_id == other.id
    assert attempt.seed != before
    options = {o for _, listed in attempt.arrangement for o in listed}
    assert options <= {o for s in other.slots for o in s.options}
    assert [e.reason for e in history.of(sitting)] == [""]
    assert notices(attempt.person_id) == [], "nobody knows of a sitting that is being planned"


def test_the_paper_stays_once_published_or_if_a_candidate_wrote_it(world, trainer, sitting):
    other = make_paper()
    candidate = trainee(world)
    written = make_paper(author=candidate)
    draft = make_paper(published=False)
    planned = make_sitting(stage=SittingStage.PLANNED, published_at=None)
    make_attempt(planned, candidate)
    db.session.commit()
    for target, paper, code in (
        (sitting, other, "PAPER"), (planned, written, "SELF"), (planned, draft, "PAPER"),
    ):  # fmt: skip
        answer = refusal(
            lambda t=target, p=paper: changing.change(trainer, t, p, t.arrangement, REASON, now=NOW)
        )
        assert answer[0] == code


def test_a_sitting_is_not_moved_onto_a_candidate_who_waits_elsewhere(world, trainer, sitting):
    make_attempt(make_sitting())
    db.session.commit()
    answer = refusal(
        lambda: changing.change(trainer, sitting, sitting.paper, later(sitting), REASON, now=NOW)
    )
    assert answer[0] == "REGISTERED"


# ----- cancel


def test_a_cancelled_sitting_costs_nobody_an_attempt(world, trainer, sitting):
    attempt, person = only(sitting), world.person("a_mediator")
    left = gate.attempts_left(person, NOW)
    event = changing.cancel(trainer, sitting, "考场被征用", now=NOW)
    assert (sitting.stage, attempt.state) == (SittingStage.CANCELLED, AttemptState.CANCELLED)
    assert queries.state_of(sitting, at(60)) is SittingState.CANCELLED
    assert (event.act, event.after) == (SittingAct.CANCELLED, {"candidates": 1})
    assert gate.attempts_left(person, NOW) == left
    assert inbox.words(notices(person.id)[-1]).params["reason"] == "考场被征用"
    assert len(notices(world.person("a_proctor").id)) == 1
    assert queries.next_for(person.id, NOW) is None
    assert [a.id for a in queries.own_attempts(person.id)] == [attempt.id]
    assert sitting not in certification.sittings(world.actor("a_hr"))


def test_who_was_entered_is_entered_for_another_sitting(world, trainer):
    person = trainee(world)
    first, second = make_sitting(), make_sitting()
    db.session.commit()
    registration.register(trainer, first, [person], now=NOW)
    assert refusal(lambda: registration.register(trainer, second, [person], now=NOW))[0] == (
        "REGISTERED"
    )
    changing.cancel(trainer, first, REASON, now=NOW)
    registration.register(trainer, second, [person], now=NOW)
    assert only(second).state is AttemptState.SCHEDULED


def test_an_admitted_candidate_is_released_too(world, trainer):
    attempt = make_attempt(make_sitting(admission=Admission.PROCTOR))
    db.session.commit()
    proctoring.admit(world.actor("a_proctor"), attempt, now=at(-10))
    changing.cancel(trainer, attempt.sitting, "停电", now=at(-5))
    assert attempt.state is AttemptState.CANCELLED
    assert attempt.admitted_at == at(-10), "what happened stays recorded"


def test_nothing_is_cancelled_once_somebody_has_begun(world, trainer, sitting):
    service.start(world.actor("a_mediator"), only(sitting), now=START)
    assert refusal(lambda: changing.cancel(trainer, sitting, REASON, now=at(1))) == ("BEGUN", 409)
    assert only(sitting).state is AttemptState.IN_PROGRESS


def test_a_cancellation_wants_a_reason_and_happens_once(trainer, sitting):
    assert refusal(lambda: changing.cancel(trainer, sitting, " ", now=NOW)) == (
        "REASON_REQUIRED",
        422,
    )
    changing.cancel(trainer, sitting, REASON, now=NOW)
    assert refusal(lambda: changing.cancel(trainer, sitting, REASON, now=NOW)) == ("STATE", 409)


def test_nothing_is_arranged_for_a_cancelled_sitting(world, trainer, sitting):
    attempt, proctor = only(sitting), world.actor("a_proctor")
    changing.cancel(trainer, sitting, REASON, now=NOW)
    wanted = later(sitting)
    acts = {
        "CANCELLED": (
            lambda: registration.register(trainer, sitting, [], now=NOW),
            lambda: planning.name_proctors(trainer, sitting, [], now=NOW),
            lambda: proctoring.extend_all(proctor, sitting, 5, "停电", now=NOW),
        ),
        "STATE": (
            lambda: planning.publish(trainer, sitting, now=NOW),
            lambda: changing.change(trainer, sitting, sitting.paper, wanted, REASON, now=NOW),
            lambda: registration.withdraw(trainer, attempt, REASON, now=NOW),
        ),
        "DROPPED": (
            lambda: proctoring.admit(proctor, attempt, now=at(-1)),
            lambda: proctoring.extend_one(proctor, attempt, 5, "停电", now=at(1)),
            lambda: service.start(world.actor("a_mediator"), attempt, now=START),
        ),
    }
    for code, listed in acts.items():
        for act in listed:
            assert refusal(act)[0] == code
    me = world.actor("a_mediator")
    assert refusal(lambda: service.submit(me, attempt, "phone", now=at(1))) == ("NOT_OPEN", 403)
    assert refusal(lambda: save(attempt, step())) == ("NOT_OPEN", 403)
    assert log.steps(attempt.id) == []


def test_the_database_itself_refuses_to_cancel_what_was_begun(world, sitting):
    attempt = only(sitting)
    service.start(world.actor("a_mediator"), attempt, now=START)
    with pytest.raises(sa.exc.IntegrityError):
        log.change(attempt.id, state=AttemptState.CANCELLED)
    db.session.rollback()


def test_of_a_start_and_a_cancellation_at_once_one_wins(app, world, trainer, sitting):
    attempt_id, sitting_id, me = only(sitting).id, sitting.id, world.actor("a_mediator")
    db.session.remove()

    def start():
        service.start(me, db.session.get(Attempt, attempt_id), now=START)

    def cancel():
        changing.cancel(trainer, db.session.get(Sitting, sitting_id), REASON, now=START)

    def run(act):
        with app.app_context():
            try:
                act()
            except Exception as error:
                return getattr(error, "code", repr(error))
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda act: contextvars.Context().run(run, act), (start, cancel)))
    assert sorted(answers) in (["BEGUN", "done"], ["DROPPED", "done"])
    state = db.session.get(Attempt, attempt_id).state
    assert (state is AttemptState.IN_PROGRESS) == (answers[0] == "done")


# ----- the list


def test_a_candidate_is_taken_off_and_entered_again_with_the_same_ticket(world, trainer):
    person = trainee(world)
    sitting = make_sitting()
    db.session.commit()
    registration.register(trainer, sitting, [person], now=NOW)
    attempt = only(sitting)
    ticket = attempt.ticket_no
    registration.withdraw(trainer, attempt, "本人病假", now=NOW)
    assert attempt.state is AttemptState.WITHDRAWN
    assert inbox.words(notices(person.id)[-1]).params["reason"] == "本人病假"
    assert queries.seats(sitting, NOW) == []
    assert [x.candidates for x in queries.sittings(trainer, "sittings:sitting:list", NOW)] == [0]
    registration.reenter(trainer, attempt, "已销假", now=NOW)
    assert (attempt.state, attempt.ticket_no) == (AttemptState.SCHEDULED, ticket)
    assert [e.act for e in history.of(sitting)] == [
        SittingAct.WITHDRAWN,
        SittingAct.ENTERED_AGAIN,
    ]
    assert len(notices(person.id)) == 3
    entry = history.last_of(attempt)
    assert entry is not None
    assert entry.act is SittingAct.ENTERED_AGAIN


def test_who_was_taken_off_may_sit_elsewhere_and_then_not_here(world, trainer):
    person = trainee(world)
    first, second = make_sitting(), make_sitting()
    db.session.commit()
    registration.register(trainer, first, [person], now=NOW)
    registration.withdraw(trainer, only(first), "改到另一场", now=NOW)
    registration.register(trainer, first, [person], now=NOW)
    assert only(first).state is AttemptState.WITHDRAWN, "listing everybody does not undo it"
    registration.register(trainer, second, [person], now=NOW)
    attempt = only(first)
    assert refusal(lambda: registration.reenter(trainer, attempt, "又改回来", now=NOW))[0] == (
        "REGISTERED"
    )


def test_the_list_stands_from_the_start_on_and_wants_a_reason(trainer, sitting):
    attempt = only(sitting)
    assert refusal(lambda: registration.withdraw(trainer, attempt, "", now=NOW)) == (
        "REASON_REQUIRED",
        422,
    )
    assert refusal(lambda: registration.withdraw(trainer, attempt, REASON, now=START)) == (
        "BEGUN",
        409,
    )
    registration.withdraw(trainer, attempt, REASON, now=at(-1))
    assert refusal(lambda: registration.reenter(trainer, attempt, REASON, now=START))[0] == "BEGUN"


def test_a_proctor_is_not_entered_again_as_a_candidate(world, trainer, sitting):
    attempt = make_attempt(sitting, world.person("a_proctor"), state=AttemptState.WITHDRAWN)
    db.session.commit()
    answer = refusal(lambda: registration.reenter(trainer, attempt, REASON, now=NOW))
    assert answer[0] in ("SCOPE", "SELF")


# ----- minutes


def test_minutes_given_in_error_are_taken_back_and_no_answer_is_lost(world, sitting):
    attempt, me, proctor = only(sitting), world.actor("a_mediator"), world.actor("a_proctor")
    begun(attempt, me)
    given = proctoring.extend_one(proctor, attempt, 100, "断网十分钟", now=at(20))
    save(attempt, step(seq=1, response=("o1",)), at(70))
    assert log.held(attempt.id).deadline == at(160)
    back = proctoring.revoke(proctor, given, "多按了一个零", now=at(71))
    standard = policy.get("exam.revoke_notice_minutes", sitting.org, clock.today(at(71)))
    assert (back.notice_minutes, back.policy_id) == (10, standard.id)
    assert log.held(attempt.id).deadline == at(81)
    save(attempt, step(seq=2, slot=2, response=("o2",)), at(80))
    assert counted(attempt) == {1: frozenset({"o1"}), 2: frozenset({"o2"})}
    assert refusal(lambda: save(attempt, step(seq=3, slot=3), at(83)))[0] == "CLOSED"
    assert [s.extra_minutes for s in queries.seats(attempt.sitting, at(72))] == [0]
    proctoring.extend_one(proctor, attempt, 5, "再次断网", now=at(75))
    assert log.held(attempt.id).deadline == at(86)


def test_the_office_decides_what_taking_back_leaves_and_the_entry_keeps_its_version(world, sitting):
    attempt, proctor = only(sitting), world.actor("a_proctor")
    decided = PolicyVersion(
        key="exam.revoke_notice_minutes", org_id=world.org("甲区司法局").id, version=1, value=25,
        effective_from=clock.today(NOW), basis="D", basis_text="", confirmed=True, created_at=NOW,
        created_by="test",
    )  # fmt: skip
    db.session.add(decided)
    db.session.commit()
    begun(attempt, world.actor("a_mediator"))
    given = proctoring.extend_one(proctor, attempt, 100, "断网", now=at(20))
    back = proctoring.revoke(proctor, given, "多按了一个零", now=at(71))
    assert (back.notice_minutes, back.policy_id) == (25, decided.id)
    assert log.held(attempt.id).deadline == at(96)


def second_proctor(world):
    district = world.org("甲区司法局")
    account = make_account(make_person("另一监考员", district), Role.PROCTOR, district)
    db.session.commit()
    return world.actor(account.username)


def test_only_who_was_named_acts_in_the_hall(world, trainer, sitting):
    attempt, other = only(sitting), second_proctor(world)
    begun(attempt, world.actor("a_mediator"))
    named = world.actor("a_proctor")
    given = proctoring.extend_one(named, attempt, 5, "断网", now=at(1))
    whole = proctoring.extend_all(named, sitting, 5, "停电", now=at(1))
    proctoring.note(named, attempt, "离座", False, now=at(1))
    acts = (
        lambda: proctoring.admit(other, attempt, now=at(2)),
        lambda: proctoring.extend_one(other, attempt, 5, "断网", now=at(2)),
        lambda: proctoring.extend_all(other, sitting, 5, "停电", now=at(2)),
        lambda: proctoring.revoke(other, given, "弄错", now=at(2)),
        lambda: proctoring.revoke(other, whole, "弄错", now=at(2)),
        lambda: proctoring.note(other, attempt, "交谈", True, now=at(2)),
        lambda: proctoring.correct_note(other, attempt, 1, "未离座", False, "认错", now=at(2)),
    )
    assert {refusal(act) for act in acts} == {("NOT_NAMED", 403)}
    planning.name_proctors(trainer, sitting, [other.person_id], now=at(3))
    proctoring.extend_one(other, attempt, 5, "替换监考", now=at(4))
    assert (
        refusal(lambda: proctoring.note(named, attempt, "交谈", True, now=at(5)))[0] == "NOT_NAMED"
    )


def test_where_nobody_was_named_whoever_holds_the_role_acts(world):
    attempt = make_attempt(make_sitting())
    db.session.commit()
    entry = proctoring.note(second_proctor(world), attempt, "离座", False, now=at(1))
    assert entry.attempt_id == attempt.id


def test_minutes_for_the_hall_are_taken_back_from_who_has_yet_to_begin(world, sitting):
    proctor, attempt = world.actor("a_proctor"), only(sitting)
    given = proctoring.extend_all(proctor, sitting, 60, "晚开场", now=at(-5))
    proctoring.revoke(proctor, given, "没有晚开场", now=at(-1))
    begun(attempt, world.actor("a_mediator"))
    assert log.held(attempt.id).deadline == at(60)


def test_taking_back_wants_a_reason_happens_once_and_not_when_all_is_over(world, sitting):
    proctor, attempt = world.actor("a_proctor"), only(sitting)
    begun(attempt, world.actor("a_mediator"))
    given = proctoring.extend_one(proctor, attempt, 10, "断网", now=at(20))
    over = make_extension(attempt, granted_at=at(21))
    db.session.commit()
    assert refusal(lambda: proctoring.revoke(proctor, given, "", now=at(21))) == (
        "REASON_REQUIRED",
        422,
    )
    proctoring.revoke(proctor, given, "弄错了人", now=at(21))
    assert refusal(lambda: proctoring.revoke(proctor, given, "再来", now=at(22)))[0] == "REVOKED"
    assert refusal(lambda: proctoring.revoke(proctor, over, "晚了", now=at(90)))[0] == "CLOSED"
    assert len(db.session.scalars(sa.select(ExtensionRevocation)).all()) == 1


def test_nobody_takes_minutes_back_in_an_exam_of_his_own(world, sitting):
    proctor = world.actor("a_proctor")
    own = make_attempt(make_sitting(), world.person("a_proctor"))
    one, all_ = make_extension(own), make_extension(own, attempt_id=None)
    db.session.commit()
    for extension in (one, all_):
        answer = refusal(lambda e=extension: proctoring.revoke(proctor, e, "理由", now=NOW))
        assert answer == ("SELF", 403)


# ----- notes


def test_a_note_is_corrected_by_a_further_one_and_calls_for_no_look_any_more(world, sitting):
    proctor, attempt = world.actor("a_proctor"), only(sitting)
    proctoring.note(proctor, attempt, "与邻座交谈", True, now=at(1))
    assert len(marking.signals([attempt], at(2))[attempt.id]) == 1
    proctoring.correct_note(proctor, attempt, 1, "向监考员提问", False, "看错了座位", now=at(3))
    assert marking.signals([attempt], at(4))[attempt.id] == []
    notes = db.session.scalars(sa.select(ProctorNote).order_by(ProctorNote.id)).all()
    assert [n.text for n in notes] == ["与邻座交谈", "向监考员提问"]
    assert (notes[1].corrects_id, notes[1].why) == (notes[0].id, "看错了座位")
    proctoring.correct_note(proctor, attempt, 2, "与邻座交谈", True, "录像为证", now=at(5))
    assert len(marking.signals([attempt], at(6))[attempt.id]) == 1


def test_a_note_is_corrected_once_and_with_a_reason(world, sitting):
    proctor, attempt = world.actor("a_proctor"), only(sitting)
    proctoring.note(proctor, attempt, "离座", False, now=at(1))
    for number, why, code in ((0, "x", "NOTE"), (2, "x", "NOTE"), (1, " ", "REASON_REQUIRED")):
        answer = refusal(
            lambda n=number, w=why: proctoring.correct_note(
                proctor, attempt, n, "未离座", False, w, now=at(2)
            )
        )
        assert answer == (code, 422)
    proctoring.correct_note(proctor, attempt, 1, "未离座", False, "认错人", now=at(2))
    assert refusal(
        lambda: proctoring.correct_note(proctor, attempt, 1, "离座", False, "又错", now=at(3))
    )[0] == ("CORRECTED")


def test_an_admission_ticket_has_no_day_of_the_week(world, app):
    attempt = make_attempt()
    db.session.commit()
    with app.test_request_context():
        ticket = repr(registry.find("admission_ticket").build(attempt, Order(NOW)))
        tickets = repr(registry.find("admission_tickets").build(attempt.sitting, Order(NOW)))
    for paper in (ticket, tickets):
        assert "2026年11月23日" in paper
        assert "周" not in paper
