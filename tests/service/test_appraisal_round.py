"""Steps for a whole round, the panel's choice at the quota's edge, talks, two officers at once."""

import json
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.support.appraisal import open_round
from tests.support.appraisal_round import (
    LATER,
    all_to_panel,
    fill_all,
    grade_all,
    people_of,
    tied_round,
    upheld_too_late,
)
from tests.support.exits import actor_of
from tests.support.queries import counting
from tests.support.world import NOW, make_account
from training.appraisal import (
    bulk,
    decisions,
    figures,
    gate_facts,
    ledgers,
    outcome,
    queries,
    quota_choice,
    reopening,
    scores,
    service,
    talks,
)
from training.appraisal.models import AppraisalScore, QuotaChoice
from training.appraisal.rules.annual import Component
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade, VetoAct
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import AuditEntry
from training.core.rules.roles import Role
from training.people import facts
from training.proceedings.models import ServiceRecord

LAST = datetime(2026, 12, 28, 2, 0, tzinfo=NOW.tzinfo)


@pytest.fixture
def tied(world):
    return tied_round(world)


def test_a_round_goes_through_its_steps_in_bulk_and_leaves_who_is_not_ready(world):
    round_, appraisal = open_round(others=3)
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as early:
        bulk.advance(hr, round_, "skip_self_report", reason="逾期", now=NOW)
    assert "window.running" in early.value.verdict.codes
    service.submit_self_report(world.actor("a_mediator"), appraisal, "全年三十件", now=NOW)
    done = bulk.advance(hr, round_, "skip_self_report", reason="逾期未交", now=LATER)
    assert done == {"done": 3, "left": 0}
    assert {a.state for a in people_of(round_)} == {AnnualState.SELF_REPORT}
    with pytest.raises(Refused) as nobody:
        bulk.advance(hr, round_, "finalise", now=LATER)
    assert nobody.value.code == "NOBODY"
    with pytest.raises(NotVisible):
        bulk.advance(world.actor("b_hr"), round_, "close_survey", now=LATER)


def test_grades_are_served_and_made_final_for_all_whose_time_is_over(world, tied):
    hr = world.actor("a_hr")
    first = people_of(tied)[0]
    quota_choice.choose(world.actor("a_panel"), tied, [first.person_id], "评议一致", now=LATER)
    assert bulk.advance(hr, tied, "check_quota", now=LATER)["done"] == 6
    served = bulk.advance(hr, tied, "serve", now=LATER)
    assert served == {"done": 5, "left": 1}  # the one proposed for 优秀 is announced first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ServiceRecord)) == 5
    with pytest.raises(Refused) as running:
        bulk.advance(hr, tied, "finalise", now=LATER)
    assert running.value.code == "NOBODY"
    assert bulk.advance(hr, tied, "finalise", now=LAST)["done"] == 5
    assert queries.final_grade(people_of(tied)[4].person_id, 2026) is Grade.COMPETENT


def test_bulk_steps_read_the_gates_in_a_constant_number_of_queries(world):
    sizes = {}
    for year, others in ((2025, 3), (2026, 23)):
        round_, _ = open_round(others=others, year=year)
        people = bulk.ready(round_, "skip_self_report")
        with counting() as n:
            gate_facts.facts_many(round_, people, world.actor("a_hr"), NOW)
        sizes[others] = len(n)
    assert sizes[3] == sizes[23]


def test_the_panel_chooses_among_the_tied_and_the_rest_become_competent(world, tied):
    panel = world.actor("a_panel")
    first, second, third, behind, *_ = people_of(tied)
    found = quota_choice.boundary(tied)
    assert found.quota.tied == {a.person_id for a in (first, second, third)}
    assert (found.quota.open_seats, found.quota.beyond) == (1, {behind.person_id})
    made = quota_choice.choose(panel, tied, [second.person_id], "履约率更高", now=LATER)
    assert [a.grade for a in people_of(tied)[:4]] == [
        Grade.COMPETENT, Grade.EXCELLENT, Grade.COMPETENT, Grade.COMPETENT,
    ]  # fmt: skip
    assert set(made.yielded) == {a.person_id for a in (first, third, behind)}
    kept = db.session.scalars(
        sa.select(AppraisalScore).where(AppraisalScore.appraisal_id == first.id)
    ).all()
    assert [(s.grade, s.reason) for s in kept][-1] == (Grade.COMPETENT, "履约率更高")
    assert queries.events_of(first)[-1].reason == "履约率更高"
    with pytest.raises(Refused) as again:
        quota_choice.choose(panel, tied, [first.person_id], "再选", now=LATER)
    assert again.value.code == "WITHIN"


def test_an_objection_upheld_after_the_notice_wins_its_grade_beyond_the_quota(world, tied):
    mine, announced = upheld_too_late(world, tied)
    found = gate_facts.excellent_quota(tied, gate_facts.grade_rows(tied))
    assert (found.limit, found.held, found.extra) == (
        1, {announced.person_id}, {mine.person_id},
    )  # fmt: skip
    service.check_quota(world.actor("a_hr"), mine, now=LATER)
    assert (mine.state, mine.grade) == (AnnualState.QUOTA_CHECK, Grade.EXCELLENT)
    assert (announced.state, announced.grade) == (AnnualState.PUBLIC_NOTICE, Grade.EXCELLENT)
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert json.loads(entry.detail)["beyond_quota"] is True


def test_with_a_strict_quota_the_panel_gives_way_and_the_announced_keep_theirs(world, tied):
    held = dict(tied.policies)
    tied.policies = held | {"grade.upheld_beyond_quota": {"value": False}}
    db.session.commit()
    mine, announced = upheld_too_late(world, tied)
    with pytest.raises(Refused) as exceeded:
        service.check_quota(world.actor("a_hr"), mine, now=LATER)
    assert exceeded.value.verdict.codes == ("quota.exceeded",)
    made = quota_choice.choose(world.actor("a_panel"), tied, [], "名额已满", now=LATER)
    assert made.yielded == [mine.person_id]
    service.check_quota(world.actor("a_hr"), mine, now=LATER)
    assert (mine.grade, announced.grade) == (Grade.COMPETENT, Grade.EXCELLENT)


def test_the_choice_needs_a_member_a_reason_and_no_more_than_the_seats(world, tied):
    people = [a.person_id for a in people_of(tied)]
    for actor, chosen, reason, code in (
        ("a_panel", people[:2], "都好", "CHOICE"),
        ("a_panel", people[3:4], "靠后", "CHOICE"),
        ("a_panel", people[:1], " ", "CHOICE"),
    ):
        with pytest.raises(Refused) as refused:
            quota_choice.choose(world.actor(actor), tied, chosen, reason, now=LATER)
        assert refused.value.code == code
    with pytest.raises(NotVisible):
        quota_choice.choose(world.actor("a_hr"), tied, people[:1], "人事定", now=LATER)
    assert db.session.scalars(sa.select(QuotaChoice)).all() == []


def test_nobody_chooses_while_somebody_waits_for_a_grade(world):
    round_, appraisal = open_round(others=2)
    fill_all(world, round_, [9500, 9500, 9500])
    all_to_panel(world, round_)
    total = scores.sheet_of(appraisal).annual.total
    service.grade(
        world.actor("a_panel"), appraisal, Grade.EXCELLENT, "", seen_total=total, now=LATER
    )
    with pytest.raises(Refused) as waiting:
        quota_choice.choose(world.actor("a_panel"), round_, [], "先定", now=LATER)
    assert "quota.waiting" in waiting.value.verdict.codes


def test_the_second_officer_is_told_who_did_it_and_when(world, tied):
    appraisal = people_of(tied)[5]
    service.regrade(world.actor("a_hr"), appraisal, "再议", now=LATER)
    with pytest.raises(Refused) as late:
        service.regrade(world.actor("a_hr"), appraisal, "再议", now=LATER + timedelta(minutes=1))
    assert (late.value.code, late.value.status) == ("DONE_ALREADY", 409)
    params = late.value.verdict.reasons[0].words.params
    assert params["who"] == "甲hr"
    assert "2026" in params["when"]


def test_the_approver_decides_once_the_grade_is_final(world, tied):
    appraisal = people_of(tied)[5]
    hr = world.actor("a_hr")
    first = people_of(tied)[0]
    quota_choice.choose(world.actor("a_panel"), tied, [first.person_id], "评议一致", now=LATER)
    bulk.advance(hr, tied, "check_quota", now=LATER)
    bulk.advance(hr, tied, "serve", now=LATER)
    bulk.advance(hr, tied, "finalise", now=LAST)
    decided = decisions.decide(world.actor("a_approver"), appraisal, "renew", "胜任", now=LAST)
    assert decided.state is AnnualState.RENEW


def test_a_talk_keeps_the_persons_own_words_and_is_corrected_by_a_further_record(world):
    round_, appraisal = open_round(others=0)
    fill_all(world, round_, [5000])
    all_to_panel(world, round_)
    hr = world.actor("a_hr")
    talk = talks.Talk(LATER, "二楼会议室", "甲hr、甲head", "指出排查不足", "我会改进")
    with pytest.raises(Refused) as early:
        talks.record_talk(hr, appraisal, talk, now=LATER)
    assert early.value.code == "NO_TALK"
    grade_all(world, round_, [Grade.BASIC])
    first = talks.record_talk(hr, appraisal, talk, now=LATER)
    with pytest.raises(Refused) as silent:
        talks.record_talk(hr, appraisal, talk, corrects=first, now=LATER)
    assert silent.value.code == "REASON_REQUIRED"
    talks.record_talk(hr, appraisal, talk, corrects=first, note="地点写错", now=LATER)
    assert [t.note for t in queries.talks_of(appraisal)] == ["地点写错"]
    later = talks.Talk(LAST, "二楼", "甲hr", "x", "y")
    with pytest.raises(Refused) as tomorrow:
        talks.record_talk(hr, appraisal, later, now=LATER)
    assert tomorrow.value.status == 422


def test_exit_grounds_lead_to_the_appraisal_and_its_evidence(world):
    round_, appraisal = open_round(others=0)
    fill_all(world, round_, [9500])
    figures.record_veto(
        world.actor("a_hr"), appraisal, VetoAct.FAKED_CASE, "调查结论〔2026〕3 号", now=NOW
    )
    all_to_panel(world, round_)
    grade_all(world, round_, [Grade.BASIC])
    hr = world.actor("a_hr")
    bulk.advance(hr, round_, "check_quota", now=LATER)
    bulk.advance(hr, round_, "serve", now=LATER)
    bulk.advance(hr, round_, "finalise", now=LAST)
    (ground,) = queries.exit_grounds(appraisal.person_id)
    assert (ground.ground, ground.year) == ("veto_act", 2026)
    assert ground.appraisal_ref == appraisal.public_id
    assert ground.evidence == ("调查结论〔2026〕3 号",)
    assert queries.final_grades(appraisal.person_id) == {2026: Grade.BASIC}
    assert facts.of(appraisal.person_id, ["exit_ground"])


def test_the_pull_leaves_the_graded_alone(world, tied):
    counts = ledgers.pull(world.actor("a_hr"), tied, now=LATER)
    assert set(counts.values()) == {0}


def test_a_mistaken_final_grade_goes_back_to_the_panel_and_its_facts_are_taken_back(world, tied):
    hr, approver = world.actor("a_hr"), world.actor("a_approver")
    first, *_, last = people_of(tied)
    quota_choice.choose(world.actor("a_panel"), tied, [first.person_id], "评议一致", now=LATER)
    bulk.advance(hr, tied, "check_quota", now=LATER)
    bulk.advance(hr, tied, "serve", now=LATER)
    bulk.advance(hr, tied, "finalise", now=LAST)
    decisions.decide(approver, last, "renew", "胜任", now=LAST)
    with pytest.raises(Refused) as silent:
        reopening.reopen_grade(approver, last, " ", now=LAST)
    assert silent.value.code == "REASON_REQUIRED"
    reopening.reopen_grade(approver, last, "履行数据录错一行", now=LAST)
    assert (last.state, last.accepted_at) == (AnnualState.DOSSIER_REVIEW, None)
    assert queries.final_grade(last.person_id, 2026) is None
    taken = facts.of(last.person_id, [reopening.TAKEN_BACK])
    assert [(f.value["kind"], f.reason) for f in taken] == [
        (queries.GRADE_FACT, "履行数据录错一行")
    ]
    figures.record_value(hr, last, Component.PEER, 5000, "评查表", note="录错一行", now=LAST)
    total = scores.sheet_of(last).annual.total
    service.grade(
        world.actor("a_panel"), last, Grade.BASIC, "更正后评议", seen_total=total, now=LAST
    )
    bulk.advance(hr, tied, "check_quota", now=LAST)
    bulk.advance(hr, tied, "serve", now=LAST)
    make_account(last.person, Role.MEDIATOR, last.org)
    db.session.commit()
    outcome.accept(actor_of(last.person), last, now=LAST)
    outcome.finalise(hr, last, now=LAST)
    assert queries.final_grade(last.person_id, 2026) is Grade.BASIC
