"""Steps for a whole round, the panel's choice at the quota's edge, talks, two officers at once."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.support.appraisal import FULL, open_round
from tests.support.queries import counting
from tests.support.world import NOW
from training.appraisal import (
    bulk,
    figures,
    gate_facts,
    ledgers,
    outcome,
    queries,
    quota_choice,
    scores,
    service,
    talks,
)
from training.appraisal.models import AnnualAppraisal, AppraisalScore, QuotaChoice
from training.appraisal.rules.annual import Component
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade, VetoAct
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.people import facts
from training.proceedings.models import ServiceRecord

LATER = datetime(2026, 12, 15, 2, 0, tzinfo=NOW.tzinfo)
LAST = datetime(2026, 12, 28, 2, 0, tzinfo=NOW.tzinfo)


def _people(round_):
    query = sa.select(AnnualAppraisal).where(AnnualAppraisal.round_id == round_.id)
    return list(db.session.scalars(query.order_by(AnnualAppraisal.id)))


def _fill(world, round_, marks):
    """All figures full; the marks of the year differ."""
    hr = world.actor("a_hr")
    for a, mark in zip(_people(round_), marks, strict=True):
        for month in a.months:
            for indicator, delta in FULL.items():
                figures.record_line(hr, a, month, indicator, delta, "台账", now=NOW)
        for component in (Component.DOSSIER, Component.SATISFACTION, Component.PEER):
            figures.record_value(hr, a, component, mark, "评查表", now=NOW)


def _to_panel(world, round_):
    hr = world.actor("a_hr")
    bulk.advance(hr, round_, "skip_self_report", reason="逾期未交", now=LATER)
    for a in _people(round_):
        service.give_unit_opinion(world.actor("a_hr"), a, "尚可", now=LATER)
    bulk.advance(hr, round_, "close_survey", now=LATER)
    bulk.advance(hr, round_, "review_dossiers", now=LATER)


def _grade(world, round_, grades):
    for a, grade in zip(_people(round_), grades, strict=True):
        total = scores.sheet_of(a).annual.total
        service.grade(world.actor("a_panel"), a, grade, "评议", seen_total=total, now=LATER)


@pytest.fixture
def tied(world):
    """Six people, one seat of 优秀 for three with the same total and one behind them."""
    round_, _ = open_round(others=5)
    _fill(world, round_, [9500, 9500, 9500, 9000, 7000, 7000])
    _to_panel(world, round_)
    _grade(world, round_, [Grade.EXCELLENT] * 4 + [Grade.COMPETENT] * 2)
    return round_


def test_a_round_goes_through_its_steps_in_bulk_and_leaves_who_is_not_ready(world):
    round_, appraisal = open_round(others=3)
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as early:
        bulk.advance(hr, round_, "skip_self_report", reason="逾期", now=NOW)
    assert "window.running" in early.value.verdict.codes
    service.submit_self_report(world.actor("a_mediator"), appraisal, "全年三十件", now=NOW)
    done = bulk.advance(hr, round_, "skip_self_report", reason="逾期未交", now=LATER)
    assert done == {"done": 3, "left": 0}
    assert {a.state for a in _people(round_)} == {AnnualState.SELF_REPORT}
    with pytest.raises(Refused) as nobody:
        bulk.advance(hr, round_, "finalise", now=LATER)
    assert nobody.value.code == "NOBODY"
    with pytest.raises(NotVisible):
        bulk.advance(world.actor("b_hr"), round_, "close_survey", now=LATER)


def test_grades_are_served_and_made_final_for_all_whose_time_is_over(world, tied):
    hr = world.actor("a_hr")
    first = _people(tied)[0]
    quota_choice.choose(world.actor("a_panel"), tied, [first.person_id], "评议一致", now=LATER)
    assert bulk.advance(hr, tied, "check_quota", now=LATER)["done"] == 6
    served = bulk.advance(hr, tied, "serve", now=LATER)
    assert served == {"done": 5, "left": 1}  # the one proposed for 优秀 is announced first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ServiceRecord)) == 5
    with pytest.raises(Refused) as running:
        bulk.advance(hr, tied, "finalise", now=LATER)
    assert running.value.code == "NOBODY"
    assert bulk.advance(hr, tied, "finalise", now=LAST)["done"] == 5
    assert queries.final_grade(_people(tied)[4].person_id, 2026) is Grade.COMPETENT


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
    first, second, third, behind, *_ = _people(tied)
    found = quota_choice.boundary(tied)
    assert found.quota.tied == {a.person_id for a in (first, second, third)}
    assert (found.quota.open_seats, found.quota.beyond) == (1, {behind.person_id})
    made = quota_choice.choose(panel, tied, [second.person_id], "履约率更高", now=LATER)
    assert [a.grade for a in _people(tied)[:4]] == [
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


def test_the_choice_needs_a_member_a_reason_and_no_more_than_the_seats(world, tied):
    people = [a.person_id for a in _people(tied)]
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
    _fill(world, round_, [9500, 9500, 9500])
    _to_panel(world, round_)
    total = scores.sheet_of(appraisal).annual.total
    service.grade(
        world.actor("a_panel"), appraisal, Grade.EXCELLENT, "", seen_total=total, now=LATER
    )
    with pytest.raises(Refused) as waiting:
        quota_choice.choose(world.actor("a_panel"), round_, [], "先定", now=LATER)
    assert "quota.waiting" in waiting.value.verdict.codes


def test_the_second_officer_is_told_who_did_it_and_when(world, tied):
    appraisal = _people(tied)[5]
    service.regrade(world.actor("a_hr"), appraisal, "再议", now=LATER)
    with pytest.raises(Refused) as late:
        service.regrade(world.actor("a_hr"), appraisal, "再议", now=LATER + timedelta(minutes=1))
    assert (late.value.code, late.value.status) == ("DONE_ALREADY", 409)
    params = late.value.verdict.reasons[0].words.params
    assert params["who"] == "甲hr"
    assert "2026" in params["when"]


def test_the_approver_decides_once_the_grade_is_final(world, tied):
    appraisal = _people(tied)[5]
    hr = world.actor("a_hr")
    first = _people(tied)[0]
    quota_choice.choose(world.actor("a_panel"), tied, [first.person_id], "评议一致", now=LATER)
    bulk.advance(hr, tied, "check_quota", now=LATER)
    bulk.advance(hr, tied, "serve", now=LATER)
    bulk.advance(hr, tied, "finalise", now=LAST)
    decided = outcome.decide(world.actor("a_approver"), appraisal, "renew", "胜任", now=LAST)
    assert decided.state is AnnualState.RENEW


def test_a_talk_keeps_the_persons_own_words_and_is_corrected_by_a_further_record(world):
    round_, appraisal = open_round(others=0)
    _fill(world, round_, [5000])
    _to_panel(world, round_)
    hr = world.actor("a_hr")
    talk = talks.Talk(LATER, "二楼会议室", "甲hr、甲head", "指出排查不足", "我会改进")
    with pytest.raises(Refused) as early:
        talks.record_talk(hr, appraisal, talk, now=LATER)
    assert early.value.code == "NO_TALK"
    _grade(world, round_, [Grade.BASIC])
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
    _fill(world, round_, [9500])
    figures.record_veto(
        world.actor("a_hr"), appraisal, VetoAct.FAKED_CASE, "调查结论〔2026〕3 号", now=NOW
    )
    _to_panel(world, round_)
    _grade(world, round_, [Grade.BASIC])
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
