"""Study time as the server counts it, completion with its credit, answers in a case, notes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from courses import queries, study
from courses.models import LessonVersion, StudyPing
from courses.rules.lessons import LessonKind
from tests.support.courses import make_course, make_lesson, read
from tests.support.programmes import make_enrolment
from tests.support.queries import counting
from tests.support.world import NOW, World
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.vocabulary import Topic, TrainingForm
from training.programmes import queries as hours
from training.programmes.study import complete_lesson

LATER = NOW + timedelta(hours=1)


def codes(refused) -> tuple[str, ...]:
    return refused.value.verdict.codes


def test_pings_count_time_and_a_repeated_ping_counts_nothing(world: World) -> None:
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    read(person, lesson, 3)
    assert study.record_of(person.id, lesson.id).counted_seconds == 180
    study.ping(person.id, lesson.id, f"{lesson.id}-{NOW.timestamp():.0f}-6", active=True, now=LATER)
    assert study.record_of(person.id, lesson.id).counted_seconds == 180


def test_silence_counts_only_up_to_the_gap(world: World) -> None:
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    study.ping(person.id, lesson.id, "one", active=True, now=NOW)
    study.ping(person.id, lesson.id, "two", active=True, now=LATER)
    assert study.record_of(person.id, lesson.id).counted_seconds == 60


def test_two_lessons_side_by_side_count_once(world: World) -> None:
    person = world.person("a_mediator")
    course = make_course()
    first, second = make_lesson(course=course), make_lesson(course=course)
    db.session.commit()
    for n in range(5):
        for lesson in (first, second):
            study.ping(
                person.id, lesson.id, f"{lesson.id}-{n}", active=True,
                now=NOW + timedelta(seconds=30 * n),
            )  # fmt: skip
    counted = [study.record_of(person.id, x.id).counted_seconds for x in (first, second)]
    assert sum(counted) == 120


def test_a_finished_lesson_credits_its_length_once(world: World) -> None:
    make_enrolment()
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    read(person, lesson, 16)
    learner = world.actor("a_mediator")
    complete_lesson(learner, lesson, now=LATER)
    complete_lesson(learner, lesson, now=LATER)
    entries = hours.entries_of(person.id)
    assert [(e.minutes, e.form, e.topic) for e in entries] == [
        (20, TrainingForm.ONLINE_STUDY, Topic.LAW_AND_POLICY)
    ]
    assert hours.progress(person.id, clock.today(NOW)).result.total.done_minutes == 20


def test_it_refuses_to_finish_and_says_what_is_missing(world: World) -> None:
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    read(person, lesson, 5, percent=40)
    with pytest.raises(Refused) as refused:
        complete_lesson(world.actor("a_mediator"), lesson, now=LATER)
    assert codes(refused) == ("study.time_short", "study.end_not_reached")
    assert hours.entries_of(person.id) == []


def test_a_lesson_never_opened_cannot_be_finished(world: World) -> None:
    lesson = make_lesson()
    db.session.commit()
    with pytest.raises(Refused) as refused:
        complete_lesson(world.actor("a_mediator"), lesson, plain=True, now=NOW)
    assert refused.value.code == "NOT_OPENED"


def test_without_scripts_the_whole_length_is_asked(world: World) -> None:
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    study.open_lesson(person.id, lesson.id, NOW)
    learner = world.actor("a_mediator")
    with pytest.raises(Refused) as refused:
        complete_lesson(learner, lesson, plain=True, now=NOW + timedelta(minutes=19))
    assert codes(refused) == ("study.time_short",)
    record = complete_lesson(learner, lesson, plain=True, now=NOW + timedelta(minutes=20))
    assert record.completed_at is not None
    assert len(hours.entries_of(person.id)) == 1


def test_saying_plain_does_not_help_a_page_that_pings(world: World) -> None:
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    read(person, lesson, 1)
    with pytest.raises(Refused) as refused:
        complete_lesson(world.actor("a_mediator"), lesson, plain=True, now=LATER)
    assert "study.time_short" in codes(refused)


def test_a_film_must_be_watched(world: World) -> None:
    lesson, person = make_lesson(film_seconds=600), world.person("a_mediator")
    db.session.commit()
    read(person, lesson, 18)
    study.ping(
        person.id, lesson.id, "film", active=True, percent=100, watched=[(0, 200), (150, 300)],
        now=NOW + timedelta(minutes=18),
    )  # fmt: skip
    assert study.record_of(person.id, lesson.id).watched == [[0, 300]]
    with pytest.raises(Refused) as refused:
        complete_lesson(world.actor("a_mediator"), lesson, now=LATER)
    assert codes(refused) == ("study.film_short",)


def test_a_withdrawn_lesson_is_not_there(world: World) -> None:
    lesson = make_lesson()
    lesson.withdrawn_at, lesson.withdrawn_reason = NOW, "内容过时"
    db.session.commit()
    with pytest.raises(NotVisible):
        study.ping(world.person("a_mediator").id, lesson.id, "x", active=True, now=NOW)


@pytest.mark.parametrize(
    ("step", "choice", "reason", "code"),
    [
        (1, "A", "先救人", "case.not_this_step"),
        (0, "Z", "先救人", "case.no_choice"),
        (0, "A", " ", "REASON_REQUIRED"),
    ],
)
def test_it_refuses_an_answer_out_of_turn_or_without_reason(world, step, choice, reason, code):
    lesson = make_lesson(kind=LessonKind.CASE_STEPS)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        study.answer(world.actor("a_mediator"), lesson, step, choice, reason, now=NOW)
    assert codes(refused) == (code,)


def test_a_case_is_finished_with_its_last_answer_and_shows_what_others_chose(world: World) -> None:
    lesson = make_lesson(kind=LessonKind.CASE_STEPS, form=TrainingForm.CASE_STUDY)
    person = world.person("a_mediator")
    db.session.commit()
    read(person, lesson, 16)
    learner = world.actor("a_mediator")
    study.answer(learner, lesson, 0, "A", "先保安全", now=NOW)
    with pytest.raises(Refused) as refused:
        complete_lesson(learner, lesson, now=LATER)
    assert codes(refused) == ("study.end_not_reached",)
    study.answer(learner, lesson, 1, "B", "省事", now=NOW)
    study.answer(world.actor("b_mediator"), lesson, 0, "B", "讲理", now=NOW)
    complete_lesson(learner, lesson, now=LATER)
    assert study.shares(lesson) == {0: {"A": 1, "B": 1}, 1: {"B": 1}}
    assert hours.entries_of(person.id)[0].form is TrainingForm.CASE_STUDY


def test_an_answer_is_given_once(world: World) -> None:
    lesson = make_lesson(kind=LessonKind.CASE_STEPS)
    db.session.commit()
    study.answer(world.actor("a_mediator"), lesson, 0, "A", "先保安全", now=NOW)
    with pytest.raises(Refused):
        study.answer(world.actor("a_mediator"), lesson, 0, "B", "改主意", now=NOW)


def test_notes_are_kept_and_taken_away_by_their_owner(world: World) -> None:
    lesson, person = make_lesson(), world.person("a_mediator")
    db.session.commit()
    note = study.write_note(world.actor("a_mediator"), lesson, " 记住第十五条 ", now=NOW)
    with pytest.raises(NotVisible):
        study.remove_note(world.actor("b_mediator"), note, now=NOW)
    assert [n.text for n in study.notes_of(person.id, lesson)] == ["记住第十五条"]
    study.remove_note(world.actor("a_mediator"), note, now=NOW)
    assert study.notes_of(person.id, lesson) == []


def test_the_next_lesson_is_the_one_begun_last_then_the_first_new_one(world: World) -> None:
    person = world.person("a_mediator")
    course = make_course()
    first, second = make_lesson(course=course), make_lesson(course=course)
    db.session.commit()
    assert queries.continue_with(person.id).lesson == first
    read(person, second, 5)
    found = queries.continue_with(person.id)
    assert (found.lesson, found.minutes_left) == (second, 15)


def test_the_catalogue_takes_one_query_however_many_lessons(world: World) -> None:
    course = make_course()
    for _ in range(8):
        make_lesson(course=course)
    person_id = world.person("a_mediator").id
    db.session.commit()
    with counting() as n:
        shelves = queries.catalogue(person_id)
    assert len(shelves[0].items) == 8
    assert len(n) <= 2


def test_the_database_refuses_to_change_versions_and_pings(world: World) -> None:
    lesson = make_lesson()
    db.session.commit()
    study.ping(world.person("a_mediator").id, lesson.id, "x", active=True, now=NOW)
    for statement in (sa.update(LessonVersion).values(minutes=1), sa.delete(StudyPing)):
        with pytest.raises(DatabaseError):
            db.session.execute(statement)
        db.session.rollback()
