"""Correcting what was entered of a held session, and the hours that rest on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.programmes import make_enrolment, make_session, present
from tests.support.world import NOW, World, make_person
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Notice, Person
from training.people.rules.person import Standing
from training.programmes import changing, enrolments, ledger, queries, sessions
from training.programmes.models import Attendance, TrainingSession
from training.programmes.rules.enrolment import EnrolmentState
from training.programmes.rules.ledger import ReversalReason
from training.programmes.rules.sessions import Mark, SessionAct
from training.programmes.sessions import Plan

LATER = NOW + timedelta(hours=5)
TODAY = clock.today(NOW)
WHY = "签到表上是旁听庭审"


def plan_of(session: TrainingSession, **overrides) -> Plan:
    """What the page would send of a session, changed here and there."""
    held = Plan(
        title=session.title, topic=session.topic, form=session.form, place=session.place,
        starts_at=session.starts_at, ends_at=session.ends_at, minutes=session.minutes,
        title_en=session.title_en, summary=session.summary, summary_en=session.summary_en,
    )  # fmt: skip
    return replace(held, **overrides)


@pytest.fixture
def session(world: World) -> TrainingSession:
    """Held, with a full and a late attendant of one district and somebody who did not come."""
    make_enrolment()
    office = world.org("甲区一街社区调委会")
    late, absent = make_person("迟到某", office), make_person("缺席某", office)
    made = make_session(capacity=30)
    db.session.commit()
    sessions.record_attendance(
        world.actor("a_trainer"), made,
        [
            present(world.person("a_mediator")),
            present(late, mark=Mark.LATE, reason="堵车", minutes=100),
            present(absent, mark=Mark.ABSENT, reason="请假"),
        ],
        now=LATER,
    )  # fmt: skip
    return made


def lines(world: World) -> list[tuple[str, str, int]]:
    entries = queries.entries_of(world.person("a_mediator").id)
    return [(str(e.kind), str(e.form), e.minutes) for e in sorted(entries, key=lambda e: e.id)]


def test_hours_follow_a_corrected_form_and_length(world: World, session) -> None:
    trainer = world.actor("a_trainer")
    event = changing.correct_session(
        trainer, session, plan_of(session, form=TrainingForm.COURT_OBSERVATION, minutes=90), WHY,
        now=LATER,
    )  # fmt: skip
    assert (event.act, event.reason, event.actor_id) == (
        SessionAct.CORRECTED, WHY, trainer.person_id,
    )  # fmt: skip
    assert event.before == {"form": "classroom_lecture", "minutes": 180}
    assert event.after == {"form": "court_observation", "minutes": 90}
    assert session.capacity == 30, "places are no fact of what was held"
    assert lines(world) == [
        ("credit", "classroom_lecture", 180),
        ("reversal", "classroom_lecture", 180),
        ("credit", "court_observation", 90),
    ]
    found = queries.progress(world.person("a_mediator").id, TODAY).result
    assert found.topics[Topic.LAW_AND_POLICY].done == 200
    assert {m.person.name: m.minutes for m in sessions.marks_of(session).values()} == {
        world.person("a_mediator").name: 90, "迟到某": 90, "缺席某": 0,
    }  # fmt: skip
    first = db.session.scalars(
        sa.select(Attendance).where(Attendance.mark == Mark.LATE).order_by(Attendance.id)
    ).first()
    assert (first.minutes, first.reason) == (100, "堵车"), "what was recorded stays"
    told = db.session.scalars(
        sa.select(Person.name)
        .join(Notice, Notice.person_id == Person.id)
        .where(Notice.unique_key.contains(event.public_id))
    )
    assert sorted(told) == sorted([world.person("a_mediator").name, "迟到某"])


def test_a_corrected_place_moves_no_hours(world: World, session) -> None:
    changing.correct_session(
        world.actor("a_trainer"), session, plan_of(session, place="区法院"), WHY, now=LATER
    )
    assert session.place == "区法院"
    assert len(lines(world)) == 1


@pytest.mark.parametrize(
    ("overrides", "reason", "code"),
    [
        ({"topic": Topic.MEDIATION_SKILLS}, " ", "REASON_REQUIRED"),
        ({}, WHY, "UNCHANGED"),
        ({"minutes": 400}, WHY, "SESSION_MINUTES"),
        (
            {"starts_at": LATER + timedelta(days=1), "ends_at": LATER + timedelta(days=2)}, WHY,
            "session.not_begun",
        ),
    ],
)  # fmt: skip
def test_a_correction_is_explained_and_can_be(world: World, session, overrides, reason, code):
    with pytest.raises(Refused) as refused:
        changing.correct_session(
            world.actor("a_trainer"), session, plan_of(session, **overrides), reason, now=LATER
        )
    assert refused.value.code == code


def test_only_what_was_held_is_corrected_and_by_who_is_not_on_the_list(world: World, session):
    planned = make_session()
    db.session.commit()
    changed = plan_of(planned, place="别处")
    with pytest.raises(Refused) as refused:
        changing.correct_session(world.actor("a_trainer"), planned, changed, WHY, now=NOW)
    assert refused.value.code == "machine.not_in_state"
    db.session.rollback()
    with pytest.raises(NotVisible):
        changing.correct_session(
            world.actor("b_trainer"), session, plan_of(session, minutes=90), WHY, now=LATER
        )
    db.session.rollback()
    his = make_session()
    db.session.add(
        Attendance(
            session_id=his.id, person_id=world.person("a_trainer").id, org_id=his.org_id,
            mark=Mark.PRESENT, minutes=180, recorded_at=NOW, recorder_id=None,
        )
    )  # fmt: skip
    his.state, his.held_at = "held", NOW
    db.session.commit()
    with pytest.raises(Refused) as refused:
        changing.correct_session(
            world.actor("a_trainer"), his, plan_of(his, minutes=90), WHY, now=LATER
        )
    assert refused.value.code == "SELF"


def test_hours_of_the_training_stay_with_it_though_the_person_is_in_post(world: World, session):
    person = world.person("a_mediator")
    person.standing = Standing.IN_POST
    db.session.commit()
    assert changing.past_training(session) == 1
    changing.correct_session(
        world.actor("a_trainer"), session, plan_of(session, minutes=90), WHY, now=LATER
    )
    assert queries.progress(person.id, TODAY).result.total.done_minutes == 90
    assert queries.annual(person, TODAY).total.done_minutes == 0


def test_a_credit_that_was_taken_back_stays_taken_back(world: World, session) -> None:
    entry = queries.entries_of(world.person("a_mediator").id)[0]
    ledger.reverse(
        world.actor("a_hr"), entry, ReversalReason.WRONG_PERSON, "同名的另一人", now=LATER
    )
    changing.correct_session(
        world.actor("a_trainer"), session, plan_of(session, minutes=90), WHY, now=LATER
    )
    assert [kind for kind, _, _ in lines(world)] == ["credit", "reversal"]


def test_voided_hours_that_were_corrected_fall_with_the_others(world: World, session) -> None:
    enrolment = queries.progress(world.person("a_mediator").id, TODAY).enrolment
    enrolments.void_hours(
        world.actor("a_hr"), enrolment, ReversalReason.IMPERSONATION, "他人代学", "监控录像", TODAY,
        now=LATER,
    )  # fmt: skip
    changing.correct_session(
        world.actor("a_trainer"), session, plan_of(session, minutes=90), WHY,
        now=LATER + timedelta(hours=1),
    )  # fmt: skip
    assert enrolment.state is EnrolmentState.HOURS_VOIDED
    enrolments.study_again(world.actor("a_hr"), enrolment, now=NOW + timedelta(days=30))
    assert enrolment.state is EnrolmentState.IN_PROGRESS
    assert queries.progress(enrolment.person_id, TODAY).result.total.done_minutes == 0
