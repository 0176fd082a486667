"""The credit-hour ledger, enrolments and what upper rooms read of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from tests.support.programmes import make_credit, make_enrolment, make_programme
from tests.support.queries import counting
from tests.support.world import NOW, World, make_person
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.rules.person import Standing
from training.programmes import enrolments, ledger, queries
from training.programmes.models import CreditEntry, EnrolmentEvent
from training.programmes.rules.enrolment import EnrolmentState
from training.programmes.rules.ledger import ReversalReason

TODAY = clock.today(NOW)


def fill(person, **overrides) -> None:
    """All 40 hours: by topic, with the case studies and the practicum they ask for."""
    for topic, minutes, form in (
        (Topic.SOCIAL_SITUATION, 180, TrainingForm.CLASSROOM_LECTURE),
        (Topic.LAW_AND_POLICY, 180, TrainingForm.COURT_OBSERVATION),
        (Topic.LAW_AND_POLICY, 360, TrainingForm.ONLINE_STUDY),
        (Topic.PROFESSIONAL_ETHICS, 180, TrainingForm.CASE_STUDY),
        (Topic.PROFESSIONAL_KNOWLEDGE, 360, TrainingForm.ONLINE_STUDY),
        (Topic.MEDIATION_SKILLS, 180, TrainingForm.CASE_STUDY),
        (Topic.MEDIATION_SKILLS, 360, TrainingForm.SIMULATION_DRILL),
    ):
        make_credit(person, topic=topic, minutes=minutes, form=form, **overrides)


def test_hr_enrols_a_person_and_the_requirement_is_frozen(world: World) -> None:
    programme = make_programme()
    db.session.commit()
    person = world.person("a_mediator")
    made = enrolments.enrol(
        world.actor("a_hr"), world.org("甲区一街社区调委会"), programme, person, now=NOW
    )
    assert made.state is EnrolmentState.IN_PROGRESS
    assert made.requirement["total"] == 4000
    assert len(made.policy_ids) == 4
    found = queries.progress(person.id, TODAY)
    assert found is not None
    assert found.result.total.owed == 4000
    assert "hours.total_short" in found.gate.codes


def test_it_refuses_a_second_enrolment(world: World) -> None:
    make_enrolment()
    db.session.commit()
    with pytest.raises(Refused) as refused:
        enrolments.enrol(
            world.actor("a_hr"), world.org("甲区一街社区调委会"), make_programme(),
            world.person("a_mediator"), now=NOW,
        )  # fmt: skip
    assert refused.value.code == "ENROLLED_ALREADY"


def test_hr_of_another_district_cannot_enrol(world: World) -> None:
    programme = make_programme()
    db.session.commit()
    with pytest.raises(NotVisible):
        enrolments.enrol(
            world.actor("b_hr"), world.org("甲区一街社区调委会"), programme,
            world.person("a_mediator"), now=NOW,
        )  # fmt: skip


def test_full_hours_make_the_person_eligible_and_a_reversal_takes_it_back(world: World) -> None:
    enrolment = make_enrolment()
    person = world.person("a_mediator")
    fill(person)
    db.session.commit()
    assert enrolment.state is EnrolmentState.EXAM_ELIGIBLE
    assert queries.progress(person.id, TODAY).gate
    entry = db.session.scalars(sa.select(CreditEntry).order_by(CreditEntry.id)).first()
    ledger.reverse(
        world.actor("a_trainer"), entry, ReversalReason.NOT_ATTENDED, "中途离场", now=NOW
    )
    assert enrolment.state is EnrolmentState.IN_PROGRESS
    found = queries.progress(person.id, TODAY)
    assert found.result.topics[Topic.SOCIAL_SITUATION].owed == 400
    assert enrolments.events_of(enrolment)[0].action == "fall_back"


def test_a_source_counts_once_until_it_is_reversed(world: World) -> None:
    make_enrolment()
    entry = make_credit(source_ref="same")
    db.session.commit()
    with pytest.raises(Refused) as refused:
        make_credit(source_ref="same")
    assert refused.value.code == "COUNTED_ALREADY"
    db.session.rollback()
    ledger.reverse(world.actor("a_hr"), entry, ReversalReason.WRONG_ENTRY, "时长有误", now=NOW)
    again = make_credit(source_ref="same", minutes=45)
    assert again.round == 2
    assert queries.progress(entry.person_id, TODAY).result.total.done_minutes == 45


def test_an_entry_is_reversed_once(world: World) -> None:
    entry = make_credit()
    db.session.commit()
    ledger.reverse(world.actor("a_hr"), entry, ReversalReason.DUPLICATE, "重复", now=NOW)
    with pytest.raises(Refused) as refused:
        ledger.reverse(world.actor("a_hr"), entry, ReversalReason.DUPLICATE, "重复", now=NOW)
    assert refused.value.verdict.codes == ("hours.reversal_exceeds",)


@pytest.mark.parametrize(
    ("note", "reason", "code"),
    [
        (" ", ReversalReason.DUPLICATE, "REASON_REQUIRED"),
        ("代学", ReversalReason.IMPERSONATION, "REVERSAL"),
    ],
)
def test_a_reversal_needs_a_reason_and_blame_needs_a_notice(
    world: World, note: str, reason: ReversalReason, code: str
) -> None:
    entry = make_credit()
    db.session.commit()
    with pytest.raises(Refused) as refused:
        ledger.reverse(world.actor("a_hr"), entry, reason, note, now=NOW)
    assert refused.value.code == code


def test_nobody_reverses_his_own_hours(world: World) -> None:
    entry = make_credit(world.person("a_hr"))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        ledger.reverse(world.actor("a_hr"), entry, ReversalReason.DUPLICATE, "重复", now=NOW)
    assert refused.value.code == "SELF"


def test_the_database_refuses_to_change_the_ledger(world: World) -> None:
    make_credit()
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(sa.update(CreditEntry).values(minutes=900))
    db.session.rollback()


def test_hours_of_somebody_in_post_count_for_the_year(world: World) -> None:
    person = make_person(standing=Standing.IN_POST, mediator_no="T9")
    make_credit(person, minutes=450)
    make_credit(person, minutes=45, occurred_on=TODAY - timedelta(days=400))
    db.session.commit()
    found = queries.annual(person, TODAY)
    assert (found.total.done, found.total.required) == (1000, 4000)
    assert queries.progress(person.id, TODAY) is None


def test_progress_of_many_takes_as_many_queries_as_of_one(world: World) -> None:
    people = [make_person(f"示例{n}", standing=Standing.TRAINEE) for n in range(6)]
    for person in people:
        make_enrolment(person)
        make_credit(person)
    ids = [p.id for p in people]
    db.session.commit()
    with counting() as one:
        queries.progress_of(ids[:1], TODAY)
    db.session.rollback()
    with counting() as many:
        found = queries.progress_of(ids, TODAY)
    assert len(found) == 6
    assert len(many) == len(one)


def voided(world: World, **overrides):
    enrolment = make_enrolment()
    make_credit()
    db.session.commit()
    fields = {"statement": "他人代学", "evidence": "学习记录", "served_on": TODAY} | overrides
    return enrolments.void_hours(
        world.actor("a_hr"), enrolment, ReversalReason.IMPERSONATION, **fields, now=NOW
    )


def test_a_voiding_in_error_is_taken_back_and_the_hours_count_again(world: World) -> None:
    enrolment, hr = voided(world), world.actor("a_hr")
    enrolments.appeal(world.actor("a_mediator"), enrolment, "是我学的", now=NOW)
    with pytest.raises(Refused) as silent:
        enrolments.withdraw_voiding(hr, enrolment, " ", now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    db.session.rollback()
    enrolments.withdraw_voiding(hr, enrolment, "报告写的是同名的另一人", now=NOW)
    found = queries.progress(enrolment.person_id, TODAY)
    assert found.result.total.done_minutes == 90
    events = enrolments.events_of(enrolment)
    assert enrolments.open_appeal(events) is None
    event = next(e for e in events if e.action == "withdraw_voiding")
    assert (event.reason, event.actor_id) == ("报告写的是同名的另一人", hr.person_id)
    with pytest.raises(Refused):
        enrolments.decide_appeal(world.actor("a_reviewer"), enrolment, True, "成立", now=NOW)


def test_what_a_reviewer_confirmed_is_not_the_offices_to_take_back(world: World) -> None:
    enrolment = voided(world)
    enrolments.appeal(world.actor("a_mediator"), enrolment, "是我学的", now=NOW)
    enrolments.decide_appeal(world.actor("a_reviewer"), enrolment, False, "证据充分", now=NOW)
    with pytest.raises(Refused) as refused:
        enrolments.withdraw_voiding(world.actor("a_hr"), enrolment, "再想想", now=NOW)
    assert refused.value.code == "appeal.decided"


def test_voided_hours_stop_counting_and_say_so(world: World) -> None:
    enrolment = voided(world)
    found = queries.progress(enrolment.person_id, TODAY)
    assert found.gate.codes == ("enrolment.hours_voided",)
    assert db.session.scalar(sa.select(sa.func.count(CreditEntry.id))) == 1


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"statement": ""}, "REASON_REQUIRED"),
        ({"evidence": ""}, "voiding.no_evidence"),
        ({"served_on": None}, "voiding.not_served"),
    ],
)
def test_voiding_needs_reason_evidence_and_a_served_notice(world, overrides, code) -> None:
    with pytest.raises(Refused) as refused:
        voided(world, **overrides)
    assert code in refused.value.verdict.codes


def test_an_upheld_appeal_restores_the_hours(world: World) -> None:
    enrolment = voided(world)
    enrolments.appeal(world.actor("a_mediator"), enrolment, "本人所学", now=NOW)
    with pytest.raises(Refused) as again:
        enrolments.appeal(world.actor("a_mediator"), enrolment, "本人所学", now=NOW)
    assert again.value.code == "APPEALED_ALREADY"
    enrolments.decide_appeal(world.actor("a_reviewer"), enrolment, True, "查无实据", now=NOW)
    assert enrolment.state is EnrolmentState.IN_PROGRESS
    assert queries.progress(enrolment.person_id, TODAY).result.total.done_minutes == 90


def test_a_rejected_appeal_lets_study_begin_again_with_the_hours_reversed(world: World) -> None:
    enrolment = voided(world)
    enrolments.appeal(world.actor("a_mediator"), enrolment, "本人所学", now=NOW)
    with pytest.raises(Refused):
        enrolments.study_again(world.actor("a_hr"), enrolment, now=NOW)
    enrolments.decide_appeal(world.actor("a_reviewer"), enrolment, False, "证据确凿", now=NOW)
    enrolments.study_again(world.actor("a_hr"), enrolment, now=NOW)
    assert enrolment.state is EnrolmentState.IN_PROGRESS
    assert queries.progress(enrolment.person_id, TODAY).result.total.done_minutes == 0


def test_an_appeal_after_its_window_is_refused(world: World) -> None:
    enrolment = voided(world)
    late = NOW + timedelta(days=30)
    with pytest.raises(Refused) as refused:
        enrolments.appeal(world.actor("a_mediator"), enrolment, "本人所学", now=late)
    assert refused.value.code == "APPEAL_CLOSED"
    enrolments.study_again(world.actor("a_hr"), enrolment, now=late)
    assert enrolment.state is EnrolmentState.IN_PROGRESS


def test_a_stranger_cannot_appeal(world: World) -> None:
    enrolment = voided(world)
    with pytest.raises(NotVisible):
        enrolments.appeal(world.actor("b_mediator"), enrolment, "本人所学", now=NOW)


def test_withdrawing_needs_a_reason_and_allows_a_new_enrolment(world: World) -> None:
    enrolment = make_enrolment()
    db.session.commit()
    with pytest.raises(Refused):
        enrolments.withdraw(world.actor("a_hr"), enrolment, " ", now=NOW)
    enrolments.withdraw(world.actor("a_hr"), enrolment, "本人申请", now=NOW)
    assert queries.progress(enrolment.person_id, TODAY) is None
    make_enrolment()
    db.session.commit()
    steps = db.session.scalars(sa.select(EnrolmentEvent.action).order_by(EnrolmentEvent.id))
    assert list(steps) == ["enrol", "start", "withdraw", "enrol", "start"]
