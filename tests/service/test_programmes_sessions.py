"""Sessions: planning, places, check-in, attendance and its correction."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.programmes import make_enrolment, make_session, present
from tests.support.world import NOW, World, make_person
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Notice
from training.people.rules.person import Standing
from training.programmes import changing, queries, sessions
from training.programmes.models import Attendance
from training.programmes.rules.sessions import Mark, SessionAct, SessionState
from training.programmes.sessions import Plan

LATER = NOW + timedelta(hours=4)


def plan(**overrides) -> Plan:
    fields = {
        "title": "旁听一次民事庭审", "topic": Topic.LAW_AND_POLICY,
        "form": TrainingForm.COURT_OBSERVATION, "place": "区法院三号法庭",
        "starts_at": NOW + timedelta(days=2), "ends_at": NOW + timedelta(days=2, hours=3),
        "minutes": 135, "capacity": 30,
    }  # fmt: skip
    return Plan(**(fields | overrides))


def held(world: World, *entries, **overrides):
    session = make_session(**overrides)
    db.session.commit()
    sessions.record_attendance(world.actor("a_trainer"), session, entries, now=LATER)
    return session


def test_a_trainer_plans_a_session_and_sign_up_opens(world: World) -> None:
    made = sessions.plan_session(world.actor("a_trainer"), world.org("甲区司法局"), plan(), now=NOW)
    assert made.state is SessionState.OPEN
    assert made.starts_at - made.door_opens_at == timedelta(minutes=30)


def notices(world: World) -> list[Notice]:
    person = world.person("a_mediator")
    query = sa.select(Notice).where(Notice.person_id == person.id).order_by(Notice.id)
    return list(db.session.scalars(query))


def joined(world: World, **overrides):
    """A session that the mediator has a place in."""
    made = sessions.plan_session(
        world.actor("a_trainer"), world.org("甲区司法局"), plan(**overrides), now=NOW
    )
    sessions.sign_up(world.actor("a_mediator"), made, now=NOW)
    return made


def refusal(act) -> str:
    with pytest.raises(Refused) as caught:
        act()
    db.session.rollback()
    return caught.value.code


def test_a_change_is_a_further_entry_and_tells_who_signed_up(world: World) -> None:
    trainer, made = world.actor("a_trainer"), joined(world)
    changing.change_session(
        trainer, made, plan(place="区法院五号法庭", minutes=90), "三号法庭检修", now=NOW
    )
    assert (made.place, made.minutes) == ("区法院五号法庭", 90)
    entry = changing.history(made)[0]
    assert (entry.act, entry.reason, entry.actor_id) == (
        SessionAct.CHANGED, "三号法庭检修", trainer.person_id,
    )  # fmt: skip
    assert entry.before == {"place": "区法院三号法庭", "minutes": 135}
    assert entry.after == {"place": "区法院五号法庭", "minutes": 90}
    assert [n.params["reason"] for n in notices(world)] == ["三号法庭检修"]
    changing.change_session(
        trainer, made, plan(place="区法院五号法庭", minutes=90, capacity=40), "座位增加", now=NOW
    )
    assert [e.after for e in changing.history(made)][1:] == [{"capacity": 40}]
    assert len(notices(world)) == 1, "nobody has to come elsewhere or at another time"


def test_a_change_wants_a_reason_and_a_difference(world: World) -> None:
    trainer, made = world.actor("a_trainer"), joined(world)
    moved = plan(place="区法院五号法庭")
    assert refusal(lambda: changing.change_session(trainer, made, moved, " ", now=NOW)) == (
        "REASON_REQUIRED"
    )
    assert refusal(lambda: changing.change_session(trainer, made, plan(), "x", now=NOW)) == (
        "UNCHANGED"
    )
    assert (made.place, changing.history(made)) == ("区法院三号法庭", [])


def test_a_session_called_off_in_error_is_taken_up_again_with_its_places(world: World) -> None:
    trainer, made = world.actor("a_trainer"), joined(world)
    changing.cancel_session(trainer, made, "台风停课", now=NOW)
    assert refusal(lambda: sessions.add_to_class(
        trainer, made, world.person("b_mediator"), now=NOW
    )) == "SESSION_OVER"  # fmt: skip
    assert refusal(lambda: changing.reopen_session(trainer, made, " ", now=NOW)) == (
        "REASON_REQUIRED"
    )
    changing.reopen_session(trainer, made, "台风改道，照常举办", now=NOW)
    assert (made.state, made.cancel_reason) == (SessionState.OPEN, "")
    assert [(e.act, e.reason) for e in changing.history(made)] == [
        (SessionAct.CANCELLED, "台风停课"),
        (SessionAct.REOPENED, "台风改道，照常举办"),
    ]
    assert [n.params["reason"] for n in notices(world)] == ["台风停课", "台风改道，照常举办"]
    place = queries.place_of(made.id, world.person("a_mediator").id)
    assert place is not None
    assert place.withdrawn_at is None
    assert refusal(lambda: changing.reopen_session(trainer, made, "再来", now=NOW)) == (
        "machine.not_in_state"
    )


def test_one_that_took_place_though_called_off_gives_its_hours(world: World) -> None:
    trainer, made = world.actor("a_trainer"), joined(world)
    changing.cancel_session(trainer, made, "误点", now=NOW)
    after = made.ends_at + timedelta(hours=1)
    entries = [present(world.person("a_mediator"))]
    assert refusal(lambda: sessions.record_attendance(trainer, made, entries, now=after)) == (
        "machine.not_in_state"
    )
    changing.reopen_session(trainer, made, "培训已照常举办", now=after)
    sessions.record_attendance(trainer, made, entries, now=after)
    assert made.state is SessionState.HELD


def test_the_history_of_a_session_refuses_change(world: World) -> None:
    changing.cancel_session(world.actor("a_trainer"), joined(world), "台风", now=NOW)
    for statement in (
        "UPDATE training_session_event SET reason = 'x'", "DELETE FROM training_session_event",
    ):  # fmt: skip
        with db.engine.connect() as raw, pytest.raises(sa.exc.DBAPIError, match="append-only"):
            raw.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"minutes": 181}, "SESSION_MINUTES"),
        ({"ends_at": NOW}, "SESSION_TIMES"),
        ({"form": TrainingForm.ONLINE_STUDY}, "SESSION_FORM"),
    ],
)
def test_it_refuses_a_plan_that_cannot_be(world: World, overrides, code) -> None:
    with pytest.raises(Refused) as refused:
        sessions.plan_session(
            world.actor("a_trainer"), world.org("甲区司法局"), plan(**overrides), now=NOW
        )
    assert refused.value.code == code


def test_a_trainer_of_another_district_cannot_record(world: World) -> None:
    session = make_session()
    db.session.commit()
    with pytest.raises(NotVisible):
        sessions.record_attendance(
            world.actor("b_trainer"), session, [present(world.person("b_mediator"))], now=LATER
        )


def test_the_last_place_is_given_once(world: World) -> None:
    session = make_session(capacity=1)
    other = make_person("示例乙", standing=Standing.TRAINEE)
    db.session.add(
        sessions.SignUp(
            session_id=session.id, person_id=other.id, org_id=other.org_id, signed_at=NOW
        )
    )
    db.session.commit()
    with pytest.raises(Refused) as refused:
        sessions.sign_up(world.actor("a_mediator"), session, now=NOW)
    assert refused.value.verdict.codes == ("session.full",)


def test_somebody_signs_up_gives_the_place_back_and_takes_it_again(world: World) -> None:
    session = make_session(capacity=1)
    db.session.commit()
    learner = world.actor("a_mediator")
    first = sessions.sign_up(learner, session, now=NOW)
    assert sessions.sign_up(learner, session, now=NOW) is first
    sessions.give_up_place(learner, session, now=NOW)
    assert queries.next_session(learner.person_id, NOW).signed_up is False
    sessions.sign_up(learner, session, now=NOW)
    assert queries.next_session(learner.person_id, NOW).signed_up is True


def test_a_session_of_another_district_is_not_offered(world: World) -> None:
    session = make_session()
    db.session.commit()
    with pytest.raises(Refused) as refused:
        sessions.sign_up(world.actor("b_mediator"), session, now=NOW)
    assert refused.value.code == "NOT_OFFERED"
    assert queries.next_session(world.person("b_mediator").id, NOW) is None


def test_the_door_opens_before_the_session_and_checking_in_credits_nothing(world: World) -> None:
    make_enrolment()
    session = make_session()
    db.session.commit()
    learner = world.actor("a_mediator")
    with pytest.raises(Refused):
        sessions.check_in(learner, session, now=NOW)
    at_the_door = session.door_opens_at
    sessions.check_in(learner, session, now=at_the_door)
    coming = queries.next_session(learner.person_id, at_the_door)
    assert (coming.door_open, coming.checked_in) == (True, True)
    assert queries.entries_of(learner.person_id) == []


def test_confirming_attendance_credits_in_the_same_act(world: World) -> None:
    make_enrolment()
    person = world.person("a_mediator")
    session = held(world, present(person))
    assert session.state is SessionState.HELD
    found = queries.progress(person.id, clock.today(NOW))
    assert found.result.topics[Topic.LAW_AND_POLICY].done == 400
    sessions.record_attendance(world.actor("a_trainer"), session, [present(person)], now=LATER)
    assert len(queries.entries_of(person.id)) == 1


def test_a_correction_is_a_further_entry_and_takes_the_credit_back(world: World) -> None:
    make_enrolment()
    person = world.person("a_mediator")
    session = held(world, present(person))
    trainer = world.actor("a_trainer")
    sessions.record_attendance(
        trainer, session, [present(person, mark=Mark.ABSENT, reason="核对签到表，未到")], now=LATER
    )
    assert queries.progress(person.id, clock.today(NOW)).result.total.done_minutes == 0
    with pytest.raises(Refused) as refused:
        sessions.record_attendance(trainer, session, [present(person)], now=LATER)
    assert refused.value.code == "REASON_REQUIRED"
    late = present(person, mark=Mark.LATE, reason="堵车，迟到半小时", minutes=150)
    sessions.record_attendance(trainer, session, [late], now=LATER)
    assert queries.progress(person.id, clock.today(NOW)).result.total.done_minutes == 150
    assert db.session.scalar(sa.select(sa.func.count(Attendance.id))) == 3
    assert [e.kind for e in reversed(queries.entries_of(person.id))] == [
        "credit", "reversal", "credit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"mark": Mark.ABSENT}, "REASON_REQUIRED"),
        ({"mark": Mark.LATE, "reason": "晚到", "minutes": 181}, "attendance.minutes"),
        ({"mark": Mark.LATE, "reason": "晚到", "minutes": 0}, "attendance.minutes"),
    ],
)
def test_it_refuses_a_mark_that_does_not_explain_itself(world: World, options, code) -> None:
    with pytest.raises(Refused) as refused:
        held(world, present(world.person("a_mediator"), **options))
    assert refused.value.verdict.codes == (code,)


def test_nobody_marks_himself(world: World) -> None:
    with pytest.raises(Refused) as refused:
        held(world, present(world.person("a_trainer")))
    assert refused.value.verdict.codes == ("SELF",)


def test_nothing_is_recorded_before_the_session_begins(world: World) -> None:
    session = make_session()
    db.session.commit()
    with pytest.raises(Refused) as refused:
        sessions.record_attendance(
            world.actor("a_trainer"), session, [present(world.person("a_mediator"))], now=NOW
        )
    assert refused.value.verdict.codes == ("session.not_begun",)


def test_calling_off_tells_everybody_who_signed_up(world: World) -> None:
    session = make_session()
    db.session.commit()
    sessions.sign_up(world.actor("a_mediator"), session, now=NOW)
    with pytest.raises(Refused):
        changing.cancel_session(world.actor("a_trainer"), session, " ", now=NOW)
    changing.cancel_session(world.actor("a_trainer"), session, "台风停课", now=NOW)
    notice = db.session.scalars(
        sa.select(Notice).where(Notice.person_id == world.person("a_mediator").id)
    ).one()
    assert notice.params["reason"] == "台风停课"
