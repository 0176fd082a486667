"""Marking in the database: grading, review, release, corrections, appeals, verification."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
import sqlalchemy as sa

from exams.marking import appeals, corrections, grader, queries, service
from exams.marking.models import Grading
from exams.marking.rules.grading import CorrectionKind
from exams.marking.rules.review import ReviewVerdict
from exams.sittings import log, saving
from exams.sittings import service as sittings
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.steps import StepKind
from tests.support.exams import (
    START,
    answers_of,
    at,
    graded_attempt,
    make_attempt,
    make_paper,
    make_sitting,
)
from tests.support.world import NOW
from training.core.db import db
from training.core.documents import registry
from training.core.documents.definition import ListTable, SealPlace
from training.core.documents.registry import Order
from training.core.errors import NotVisible, Refused
from training.people import facts
from training.people.models import Notice


def sit(world, *, right=True, skip=(), attempt=None, username="a_mediator"):
    """Start, answer all slots but ``skip``, hand in."""
    me = world.actor(username)
    attempt = attempt or make_attempt(make_sitting(paper=make_paper()))
    db.session.commit()
    sittings.start(me, attempt, now=START)
    saving.take_pen(attempt.id, me.person_id, "phone", take_over=False, now=START)
    for n, (slot, response) in enumerate(answers_of(attempt.sitting.paper, right=right).items(), 1):
        if slot not in skip:
            answer(attempt, slot, response, n)
    sittings.submit(me, attempt, "phone", now=at(30))
    return attempt


def answer(attempt, slot, response, seq, now=None, kind=StepKind.ANSWER, **more):
    saving.save(
        attempt.id,
        attempt.person_id,
        attempt.sitting.paper.slots,
        saving.ClientStep(
            kind=kind, client_uuid=uuid4().hex, client_seq=seq, writer="phone", slot=slot,
            response=frozenset(response), **more,
        ),
        now or at(1),
    )  # fmt: skip
    db.session.rollback()


def grade(attempt):
    done = service.grade(attempt.id, at(31))
    db.session.rollback()
    return done


def reviewed(world, attempt):
    service.review(world.actor("a_proctor"), attempt, ReviewVerdict.CLEAN, "", now=at(40))
    return attempt


def released(world, attempt):
    grade(attempt)
    reviewed(world, attempt)
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(50))
    return attempt


def refusal(action):
    with pytest.raises(Refused) as caught:
        action()
    db.session.rollback()
    return caught.value.code


def test_a_right_paper_gets_full_marks_and_a_wrong_one_fails(world):
    good = sit(world)
    grade(good)
    first = grader.latest(good.id)
    assert (first.points, first.full, first.passed) == (6000, 6000, True)


def test_a_failed_paper_says_so(world):
    bad = sit(world, right=False)
    grade(bad)
    assert (grader.latest(bad.id).points, grader.latest(bad.id).passed) == (0, False)


def test_marking_twice_changes_nothing_and_computing_again_is_equal(world):
    attempt = sit(world, skip=(2,))
    first = grade(attempt)
    assert grade(attempt) is None
    assert grader.compute(attempt).digest == first.digest
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Grading)) == 1


def test_the_grading_stores_the_policy_versions(world):
    attempt = sit(world)
    grading = grade(attempt)
    assert grading.policy["ids"] == attempt.terms["policy_ids"]


def test_a_sound_attempt_verifies(world):
    attempt = released(world, sit(world))
    assert grader.verify_attempt(attempt).findings == ()


TAMPERING = {
    "a changed answer": (
        "UPDATE exam_attempt_step SET response = '[\"o1\"]' WHERE kind = 'answer' AND slot = 1",
        "entry_edited",
    ),
    "a removed step": ("DELETE FROM exam_attempt_step WHERE sequence = 3", "link_missing"),
    "steps cut off with their head": (
        "DELETE FROM exam_attempt_step WHERE kind = 'submit'",
        "truncated",
    ),
    "a changed key": ("UPDATE question_version SET key = '[\"o1\"]'", "question_edited"),
    "a changed paper": ("UPDATE exam_paper SET payload_hash = 'x'", "paper_edited"),
    "a changed mark": ("UPDATE exam_grading SET points = 5999", "mark_differs"),
    "a changed order": ("UPDATE exam_attempt SET seed = 'x'", "arrangement_edited"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(world, engine, what):
    attempt = sit(world)
    grade(attempt)
    statement, code = TAMPERING[what]
    with db.engine.connect() as raw:
        without_triggers(raw, engine)
        raw.exec_driver_sql(statement.replace("%", "%%"))
        raw.commit()
    db.session.expire_all()
    assert code in grader.verify_attempt(attempt).findings


def without_triggers(raw, engine):
    """As somebody with the rights of the database's owner could."""
    if engine == "postgresql":
        raw.exec_driver_sql("SET session_replication_role = replica")
        return
    for (name,) in raw.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).all():
        raw.exec_driver_sql(f"DROP TRIGGER {name}")


def test_a_damaged_attempt_is_not_marked(world, engine):
    attempt = sit(world)
    with db.engine.connect() as raw:
        without_triggers(raw, engine)
        raw.exec_driver_sql(TAMPERING["a changed answer"][0])
        raw.commit()
    db.session.rollback()
    with pytest.raises(service.Damaged):
        service.grade(attempt.id, at(31))
    db.session.expire_all()
    assert attempt.state is AttemptState.SUBMITTED


def test_histories_refuse_change(world):
    attempt = sit(world)
    grade(attempt)
    for table in ("exam_attempt_step", "exam_grading", "question_version", "exam_paper"):
        with (
            db.engine.connect() as raw,
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
        ):
            raw.exec_driver_sql(f"DELETE FROM {table}")


def test_release_needs_a_review_and_tells_the_candidate(world):
    attempt = sit(world)
    trainer = world.actor("a_trainer")
    grade(attempt)
    assert refusal(lambda: service.release(trainer, attempt.sitting, now=at(50))) == (
        "NOTHING_READY"
    )
    reviewed(world, attempt)
    done = service.release(trainer, attempt.sitting, now=at(50))
    assert (done, attempt.state) == ({"released": 1, "passed": 1}, AttemptState.PASSED)
    assert facts.of(attempt.person_id, ["exam_passed"])[0].value["passed"] is True
    best = queries.best_result(attempt.person_id, None)
    assert (best.passed, best.clean) == (True, True)
    assert best.examiner_ids >= {
        world.person("a_trainer").id,
        world.person("a_proctor").id,
    }


def test_looking_away_often_asks_for_a_reasoned_review(world):
    me = world.actor("a_mediator")
    attempt = make_attempt(make_sitting(paper=make_paper()))
    db.session.commit()
    sittings.start(me, attempt, now=START)
    for n in range(1, 4):
        answer(attempt, None, (), n, at(n), StepKind.FOCUS_LOSS, seconds=5)
    sittings.submit(me, attempt, "phone", now=at(30))
    grade(attempt)
    proctor = world.actor("a_proctor")
    assert [s.code for s in queries.signals([attempt], at(40))[attempt.id]] == ["focus"]
    assert service.review_unsuspicious(proctor, attempt.sitting, now=at(40)) == {
        "reviewed": 0,
        "left": 1,
    }
    assert (
        refusal(lambda: service.review(proctor, attempt, ReviewVerdict.CLEAN, "", now=at(41)))
        == "REASON_REQUIRED"
    )
    entry = service.review(
        proctor, attempt, ReviewVerdict.CLEAN, "接听单位电话，已核实", now=at(42)
    )
    assert (entry.signals, attempt.state) == (1, AttemptState.REVIEWED)


def test_an_irregular_attempt_keeps_its_score_but_gives_no_passed_fact(world):
    attempt = sit(world)
    grade(attempt)
    proctor = world.actor("a_proctor")
    service.review(proctor, attempt, ReviewVerdict.IRREGULAR, "他人代答", now=at(40))
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(50))
    best = queries.best_result(attempt.person_id, None)
    assert (best.passed, best.clean) == (True, False)
    assert facts.of(attempt.person_id, ["exam_passed"]) == []


def correct_review(world, attempt, verdict, reason, now, username="a_proctor"):
    return service.correct_review(world.actor(username), attempt, verdict, reason, now=now)


def test_a_mistaken_review_is_corrected_by_a_further_one_and_released_anew(world):
    attempt = released(world, sit(world))
    first = grader.latest(attempt.id)
    entry = correct_review(world, attempt, ReviewVerdict.IRREGULAR, "录像显示他人代答", at(60))
    former, latest = queries.reviews_of(attempt.id)
    assert (former.verdict, former.grading_id) == (ReviewVerdict.CLEAN, first.id)
    assert (latest.id, latest.corrects_id) == (entry.id, former.id)
    assert attempt.state is AttemptState.REVIEWED
    assert queries.best_result(attempt.person_id, None) is None, "no certificate rests on it now"
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(70))
    best = queries.best_result(attempt.person_id, None)
    assert (best.passed, best.clean) == (True, False)
    assert best.grading.points == first.points == 6000
    assert [f.value["passed"] for f in facts.of(attempt.person_id, ["exam_passed"])] == [False]
    assert grader.verify_attempt(attempt).findings == ()


def test_a_review_that_wrongly_found_irregularities_is_cleared(world):
    attempt = sit(world)
    grade(attempt)
    service.review(
        world.actor("a_proctor"), attempt, ReviewVerdict.IRREGULAR, "认错了座位", now=at(40)
    )
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(50))
    correct_review(world, attempt, ReviewVerdict.CLEAN, "座位登记有误，本人无异常", at(60))
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(70))
    assert queries.best_result(attempt.person_id, None).clean
    assert [f.value["passed"] for f in facts.of(attempt.person_id, ["exam_passed"])] == [True]


def told(person_id):
    query = sa.select(Notice).where(Notice.person_id == person_id, Notice.kind == "exam_result")
    return [n.message for n in db.session.scalars(query.order_by(Notice.id))]


def test_the_candidate_is_told_of_a_corrected_review_only_of_a_result_that_was_known(world):
    attempt = sit(world)
    grade(attempt)
    reviewed(world, attempt)
    correct_review(world, attempt, ReviewVerdict.IRREGULAR, "他人代答", at(42))
    assert told(attempt.person_id) == []
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(50))
    correct_review(world, attempt, ReviewVerdict.CLEAN, "核对录像，认错了人", at(60))
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(70))
    assert told(attempt.person_id) == [
        "考试「%(title)s」成绩已发布",
        "考试「%(title)s」的复核结论已更正，成绩将重新发布。理由：%(reason)s",
        "考试「%(title)s」成绩经更正后重新发布",
    ]


def test_a_corrected_review_can_be_appealed_against_as_the_new_result_it_is(world):
    attempt = released(world, sit(world))
    me, reviewer = world.actor("a_mediator"), world.actor("a_reviewer")
    entry = appeals.appeal(me, attempt, "第三题", now=at(60))
    waiting = refusal(
        lambda: correct_review(world, attempt, ReviewVerdict.IRREGULAR, "他人代答", at(61))
    )
    assert waiting == "STATE", "what is under appeal waits for the decision"
    appeals.dismiss(reviewer, entry, "题目无误", now=at(62))
    correct_review(world, attempt, ReviewVerdict.IRREGULAR, "他人代答", at(63))
    service.release(world.actor("a_trainer"), attempt.sitting, now=at(70))
    appeals.appeal(me, attempt, "录像中的人就是我", now=at(80))
    assert attempt.state is AttemptState.UNDER_APPEAL


def test_a_review_is_not_corrected_silently_nor_of_ones_own_nor_before_there_is_one(world):
    sitting = make_sitting(paper=make_paper(author=world.person("a_hr")))
    own = sit(world, attempt=make_attempt(sitting, world.person("a_proctor")), username="a_proctor")
    grade(own)
    irregular = ReviewVerdict.IRREGULAR
    assert refusal(lambda: correct_review(world, own, irregular, "x", at(40))) == "STATE"
    own.state = AttemptState.REVIEWED
    db.session.commit()
    assert refusal(lambda: correct_review(world, own, irregular, "x", at(41))) == "SELF"
    other = released(world, sit(world))
    assert refusal(lambda: correct_review(world, other, irregular, " ", at(60))) == (
        "REASON_REQUIRED"
    )
    with pytest.raises(NotVisible):
        correct_review(world, other, irregular, "x", at(60), username="a_trainer")


def test_the_database_itself_keeps_reviews_and_their_reasons(world):
    attempt = released(world, sit(world))
    correct_review(world, attempt, ReviewVerdict.IRREGULAR, "他人代答", at(60))
    for statement in (
        "UPDATE exam_attempt_review SET verdict = 'clean'",
        "DELETE FROM exam_attempt_review",
    ):
        with (
            db.engine.connect() as raw,
            pytest.raises(sa.exc.DBAPIError, match="append-only"),
        ):
            raw.exec_driver_sql(statement)


def test_nobody_reviews_or_releases_an_attempt_of_his_own(world):
    sitting = make_sitting(paper=make_paper(author=world.person("a_hr")))
    attempt = sit(
        world, attempt=make_attempt(sitting, world.person("a_proctor")), username="a_proctor"
    )
    grade(attempt)
    proctor = world.actor("a_proctor")
    assert (
        refusal(lambda: service.review(proctor, attempt, ReviewVerdict.CLEAN, "", now=at(40)))
        == "SELF"
    )


def test_a_voided_question_is_marked_again_and_history_stays(world):
    attempt = released(world, sit(world, right=False))
    assert attempt.state is AttemptState.FAILED
    paper = attempt.sitting.paper
    trainer = world.actor("a_trainer")
    for slot in paper.slots:
        corrections.correct_question(
            trainer, paper, slot.question, CorrectionKind.FULL_POINTS, "题目有误", now=at(60)
        )
    gradings = db.session.scalars(sa.select(Grading).order_by(Grading.number)).all()
    assert [g.points for g in gradings] == [0, 1000, 2000, 3000, 4000, 5000, 6000]
    assert attempt.state is AttemptState.GRADED
    assert queries.best_result(attempt.person_id, None) is None
    reviewed(world, attempt)
    service.release(trainer, attempt.sitting, now=at(70))
    assert attempt.state is AttemptState.PASSED
    assert grader.verify_attempt(attempt).findings == ()


def test_a_correction_that_takes_the_pass_away_corrects_the_fact(world):
    attempt = released(world, sit(world))
    paper, trainer = attempt.sitting.paper, world.actor("a_trainer")
    for slot in paper.slots:
        other = {"single": {"o1"}, "multiple": {"o2"}, "true_false": {"false"}}[slot.kind]
        corrections.correct_question(
            trainer, paper, slot.question, CorrectionKind.REKEYED, "答案有误", now=at(60),
            key=frozenset(other),
        )  # fmt: skip
    reviewed(world, attempt)
    service.release(trainer, attempt.sitting, now=at(70))
    held = facts.of(attempt.person_id, ["exam_passed"])
    assert [f.value["passed"] for f in held] == [False]
    assert held[0].replaces_id is not None


def with_a_late_answer(world):
    """A marked attempt, and the sequence of its answer that came too late."""
    attempt = sit(world, skip=(1,))
    late = answers_of(attempt.sitting.paper)[1]
    with pytest.raises(Refused):
        answer(attempt, 1, late, 50, at(31))
    db.session.rollback()
    grade(attempt)
    return attempt, log.steps(attempt.id)[-1].sequence


def test_a_late_answer_counts_only_when_it_is_admitted(world):
    attempt, sequence = with_a_late_answer(world)
    assert grader.latest(attempt.id).points == 5000
    corrections.admit_late(world.actor("a_trainer"), attempt, sequence, "考场断网", now=at(60))
    assert grader.latest(attempt.id).points == 6000
    assert grader.verify_attempt(attempt).findings == ()


def test_an_admission_in_error_is_taken_back_by_a_further_step(world):
    attempt, sequence = with_a_late_answer(world)
    trainer = world.actor("a_trainer")

    def withdraw(reason, now):
        corrections.withdraw_admission(trainer, attempt, sequence, reason, now=now)

    assert refusal(lambda: withdraw("弄错了", at(59))) == "STATE"
    corrections.admit_late(trainer, attempt, sequence, "考场断网", now=at(60))
    assert [s.sequence for s in corrections.late_answers(attempt)[1]] == [sequence]
    assert refusal(lambda: withdraw(" ", at(61))) == "REASON_REQUIRED"
    withdraw("断网的是另一考场", at(62))
    assert [s.sequence for s in corrections.late_answers(attempt)[0]] == [sequence]
    assert grader.latest(attempt.id).points == 5000
    assert grader.verify_attempt(attempt).findings == ()
    kinds = [s.kind for s in log.steps(attempt.id)][-2:]
    assert kinds == [StepKind.ADMIT_LATE, StepKind.WITHDRAW_ADMISSION]


def test_an_appeal_is_decided_by_another_person_and_only_once(world):
    attempt = released(world, sit(world, right=False))
    me, reviewer = world.actor("a_mediator"), world.actor("a_reviewer")
    entry = appeals.appeal(me, attempt, "第三题答案不明", now=at(100))
    assert attempt.state is AttemptState.UNDER_APPEAL
    releaser = replace(reviewer, person_id=world.person("a_trainer").id)
    assert refusal(lambda: appeals.dismiss(releaser, entry, "理由", now=at(110))) == "SAME_PERSON"
    assert refusal(lambda: appeals.dismiss(reviewer, entry, " ", now=at(110))) == "REASON_REQUIRED"
    appeals.dismiss(reviewer, entry, "题目无误", now=at(110))
    assert attempt.state is AttemptState.FAILED
    assert refusal(lambda: appeals.uphold(reviewer, entry, "x", now=at(111))) == "ALREADY_DECIDED"
    assert refusal(lambda: appeals.appeal(me, attempt, "再申诉", now=at(120))) == "APPEALED"


def test_an_upheld_appeal_goes_back_to_marking(world):
    attempt = released(world, sit(world, right=False))
    entry = appeals.appeal(world.actor("a_mediator"), attempt, "题目有误", now=at(100))
    paper = attempt.sitting.paper
    for slot in paper.slots[:4]:
        corrections.correct_question(
            world.actor("a_trainer"), paper, slot.question, CorrectionKind.FULL_POINTS, "有误",
            now=at(105),
        )  # fmt: skip
    assert grader.latest(attempt.id).points == 0, "an attempt under appeal waits for its decision"
    appeals.uphold(world.actor("a_reviewer"), entry, "经核实题目有误", now=at(110))
    assert (attempt.state, grader.latest(attempt.id).points) == (AttemptState.GRADED, 4000)


def test_an_appeal_after_the_window_is_refused(world):
    attempt = released(world, sit(world, right=False))
    me = world.actor("a_mediator")
    assert refusal(lambda: appeals.appeal(me, attempt, "x", now=at(60 * 24 * 14))) == "STATE"


def test_a_transcript_tells_sections_of_one_topic_apart(world, app):
    attempt = graded_attempt(world.org("甲区司法局"), world.person("a_mediator"))
    sections = attempt.sitting.paper.payload["sections"]
    db.session.add(
        Grading(
            org_id=attempt.org_id, person_id=attempt.person_id, attempt_id=attempt.id, number=2,
            passed=True, points=600, full=1000, marks=[], policy={}, corrections=[],
            sections={s["code"]: [100 * n, 500] for n, s in enumerate(sections, 1)},
            paper_hash="x", chain_head="x", digest="x", graded_at=NOW, graded_by="test",
        )
    )  # fmt: skip
    db.session.commit()
    with app.test_request_context():
        paper = registry.find("exam_result").build(attempt, Order(NOW))
    (table,) = [b for b in paper.blocks if isinstance(b, ListTable)]
    assert len(table.rows) == len(sections)
    assert len({row[:2] for row in table.rows}) == len(sections)
    assert {row[1] for row in table.rows} <= {"单选题", "多选题", "判断题"}
    assert [row[3] for row in table.rows] == [str(n) for n in range(1, len(sections) + 1)]
    assert any(isinstance(b, SealPlace) and b.text == "甲区司法局" for b in paper.blocks)
