"""The annual appraisal from the round to the final grade, through its verbs."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.support.appraisal import FULL, exempt, fill, open_round, to_panel
from tests.support.world import NOW, make_account
from training.appraisal import (
    decisions,
    figures,
    gate_facts,
    outcome,
    queries,
    scores,
    service,
    shown,
)
from training.appraisal.models import AnnualAppraisal, FigureLine
from training.appraisal.rules.annual import Component
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade, VetoAct
from training.core.db import db
from training.core.documents import registry
from training.core.documents.registry import Order
from training.core.errors import NotVisible, Refused
from training.core.rules.permission import ANONYMOUS
from training.core.rules.roles import Role
from training.core.rules.words import Words
from training.people import facts
from training.people.models import Notice
from training.proceedings import matters, objections
from training.proceedings import queries as proceedings
from training.proceedings.rules.lifecycle import Method

LATER = datetime(2026, 12, 15, 2, 0, tzinfo=NOW.tzinfo)


@pytest.fixture
def appraisal(world):
    _, found = open_round()
    return found


def _graded(world, appraisal, decided=Grade.COMPETENT, reason="按评议情况", points=FULL):
    fill(appraisal, points)
    to_panel(appraisal)
    total = scores.sheet_of(appraisal).annual.total
    return service.grade(
        world.actor("a_panel"), appraisal, decided, reason, seen_total=total, now=NOW
    )


def _served(world, appraisal, **more):
    _graded(world, appraisal, **more)
    service.check_quota(world.actor("a_hr"), appraisal, now=NOW)
    return outcome.serve(world.actor("a_hr"), appraisal, Method.SITE, now=NOW)


def test_a_round_freezes_policy_and_is_opened_once(world, appraisal):
    frozen = appraisal.round.policies["grade.bands"]
    assert frozen["value"] == {"excellent": 90, "competent": 80, "basic": 70}
    assert frozen["id"]
    with pytest.raises(Refused) as refused:
        open_round(others=0)
    assert refused.value.code == "ALREADY_OPEN"


def test_the_year_is_the_weighted_sum_of_its_parts_and_says_why(world, appraisal):
    fill(appraisal)
    sheet = scores.sheet_of(appraisal)
    assert {m: s.total for m, s in sheet.months.items()} == {10: 10000, 11: 10000}
    assert sheet.annual.total == 9800  # 60 % of 100 and 40 % of 95
    assert sum(line.contribution for line in sheet.annual.lines) == 9800
    assert sheet.proposal.grade is Grade.EXCELLENT


def test_missing_data_is_never_zero_and_stops_the_grade_until_acknowledged(world, appraisal):
    fill(appraisal, {k: v for k, v in FULL.items() if k != "follow_up"})
    to_panel(appraisal)
    assert scores.sheet_of(appraisal).annual.missing == ("month_10", "month_11", "monthly")
    panel = world.actor("a_panel")
    with pytest.raises(Refused) as refused:
        service.grade(panel, appraisal, Grade.COMPETENT, "好", seen_total=0, now=NOW)
    assert set(refused.value.verdict.codes) == {"annual.missing"}
    for month in (10, 11):
        exempt(appraisal, month, "follow_up")
    assert scores.sheet_of(appraisal).annual.missing == ()
    assert scores.sheet_of(appraisal).annual.total == 9800


def test_a_figure_is_corrected_by_a_further_one_with_a_reason(world, appraisal):
    hr = world.actor("a_hr")
    first = figures.record_line(hr, appraisal, 10, "screening", 900, "台账", now=NOW)
    with pytest.raises(Refused) as silent:
        figures.record_line(hr, appraisal, 10, "screening", 800, "台账", corrects=first, now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    figures.record_line(
        hr, appraisal, 10, "screening", 800, "台账", corrects=first, note="漏记", now=NOW
    )
    counted = [x.counted for x in scores.sheet_of(appraisal).months[10].lines if x.entry]
    assert sorted(counted) == [0, 800]


def test_figures_need_evidence_a_month_served_and_another_hand(world, appraisal):
    hr = world.actor("a_hr")
    for arguments, code in (
        ((10, "screening", 900, " "), "GATE"),
        ((10, "success_rate", 900, "台账"), "GATE"),
        ((3, "screening", 900, "台账"), "MONTH"),
    ):
        with pytest.raises(Refused) as refused:
            figures.record_line(hr, appraisal, *arguments, now=NOW)
        assert refused.value.code == code
    with pytest.raises(NotVisible):
        figures.record_line(world.actor("b_hr"), appraisal, 10, "screening", 900, "台账", now=NOW)
    with pytest.raises(NotVisible):
        figures.record_line(
            world.actor("a_mediator"), appraisal, 10, "screening", 900, "台账", now=NOW
        )
    assert db.session.scalars(sa.select(FigureLine)).all() == []


def test_only_the_person_reports_and_going_without_waits_for_its_time(world, appraisal):
    with pytest.raises(NotVisible):
        service.submit_self_report(world.actor("b_mediator"), appraisal, "我", now=NOW)
    with pytest.raises(Refused) as early:
        service.skip_self_report(world.actor("a_hr"), appraisal, "未交", now=NOW)
    assert "window.running" in early.value.verdict.codes
    service.skip_self_report(world.actor("a_hr"), appraisal, "逾期未交", now=LATER)
    assert appraisal.state is AnnualState.SELF_REPORT


def test_the_panel_grades_what_it_saw_and_says_why_it_departs(world, appraisal):
    fill(appraisal)
    to_panel(appraisal)
    panel = world.actor("a_panel")
    with pytest.raises(Refused) as changed:
        service.grade(panel, appraisal, Grade.EXCELLENT, "", seen_total=9000, now=NOW)
    assert changed.value.code == "CHANGED"
    with pytest.raises(Refused) as silent:
        service.grade(panel, appraisal, Grade.COMPETENT, "", seen_total=9800, now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    with pytest.raises(NotVisible):
        service.grade(world.actor("a_hr"), appraisal, Grade.EXCELLENT, "", seen_total=9800, now=NOW)
    service.grade(panel, appraisal, Grade.EXCELLENT, "", seen_total=9800, now=NOW)
    assert (appraisal.grade, appraisal.total) == (Grade.EXCELLENT, 9800)


def test_a_stored_score_is_computed_again_from_what_it_rested_on(world, appraisal):
    _graded(world, appraisal)
    stored = queries.last_score(appraisal)
    again = scores.compute(appraisal.round, stored.inputs)
    assert again.annual.total == stored.total == appraisal.total
    assert again.proposal.grade is stored.proposed
    with pytest.raises(Refused) as closed:
        fill(appraisal)
    assert closed.value.code == "CLOSED"


def test_a_veto_bars_the_better_grades(world, appraisal):
    fill(appraisal)
    hr = world.actor("a_hr")
    figures.record_veto(hr, appraisal, VetoAct.FAKED_CASE, "调查报告 3 号", now=NOW)
    to_panel(appraisal)
    with pytest.raises(Refused) as refused:
        service.grade(
            world.actor("a_panel"), appraisal, Grade.COMPETENT, "好", seen_total=9800, now=NOW
        )
    assert "grade.vetoed" in refused.value.verdict.codes


def test_a_veto_entered_in_error_is_withdrawn_by_a_further_entry(world, appraisal):
    fill(appraisal)
    hr = world.actor("a_hr")
    figures.record_veto(hr, appraisal, VetoAct.FAKED_CASE, "调查报告 3 号", now=NOW)
    figures.record_veto(hr, appraisal, VetoAct.PROVEN_INACTION, "调查报告 4 号", now=NOW)
    for number, reason, code in ((0, "x", "VETO"), (3, "x", "VETO"), (1, " ", "REASON_REQUIRED")):
        with pytest.raises(Refused) as refused:
            figures.withdraw_veto(hr, appraisal, number, reason, now=NOW)
        assert refused.value.code == code
        db.session.rollback()
    figures.withdraw_veto(hr, appraisal, 1, "报告写的是同名的另一人", now=NOW)
    assert [v["act"] for v in scores.inputs_of(appraisal)["vetoes"]] == ["proven_inaction"]
    with pytest.raises(Refused) as twice:
        figures.withdraw_veto(hr, appraisal, 1, "再撤", now=NOW)
    assert twice.value.code == "WITHDRAWN"
    db.session.rollback()
    figures.withdraw_veto(hr, appraisal, 2, "复查结论撤销原认定", now=NOW)
    first, second = queries.vetoes_of(appraisal)
    assert (first.evidence, first.withdrawal.reason) == ("调查报告 3 号", "报告写的是同名的另一人")
    assert second.withdrawal.recorder_id == world.person("a_hr").id
    to_panel(appraisal)
    service.grade(
        world.actor("a_panel"), appraisal, Grade.EXCELLENT, "好", seen_total=9800, now=NOW
    )
    assert appraisal.grade is Grade.EXCELLENT
    with pytest.raises(Refused) as closed:
        figures.withdraw_veto(hr, appraisal, 1, "x", now=NOW)
    assert closed.value.code == "CLOSED"


def test_nobody_withdraws_a_veto_against_themselves(world, appraisal):
    figures.record_veto(world.actor("a_hr"), appraisal, VetoAct.FAKED_CASE, "报告", now=NOW)
    himself = replace(world.actor("a_hr"), person_id=appraisal.person_id)
    with pytest.raises(Refused) as refused:
        figures.withdraw_veto(himself, appraisal, 1, "没有此事", now=NOW)
    assert refused.value.code == "SELF"


def test_a_grade_is_served_and_final_after_the_window_with_its_facts(world, appraisal):
    _served(world, appraisal, decided=Grade.BASIC)
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as running:
        outcome.finalise(hr, appraisal, now=NOW)
    assert "window.running" in running.value.verdict.codes
    assert queries.final_grade(appraisal.person_id, 2026) is None
    outcome.finalise(hr, appraisal, now=LATER)
    assert queries.final_grade(appraisal.person_id, 2026) is Grade.BASIC
    assert queries.grades(appraisal.person_id) == [(2026, Grade.BASIC, True)]
    (owed,) = facts.of(appraisal.person_id, [outcome.TRAINING_OWED])
    assert owed.value == {"year": 2026, "hours": 14}
    decided = decisions.decide(
        world.actor("a_approver"), appraisal, "renew_with_training", "补训后续聘", now=LATER
    )
    assert decided.state is AnnualState.RENEW_WITH_TRAINING


def test_accepting_makes_the_grade_final_at_once(world, appraisal):
    _served(world, appraisal)
    outcome.accept(world.actor("a_mediator"), appraisal, now=NOW)
    outcome.finalise(world.actor("a_hr"), appraisal, now=NOW)
    assert appraisal.state is AnnualState.FINALISED


def test_unfit_suspends_and_a_second_year_opens_grounds_but_ends_nothing(world, appraisal):
    person, hr = appraisal.person, world.actor("a_hr")
    facts.record(hr, person, queries.GRADE_FACT, NOW.date(), {"year": 2025, "grade": "unfit"}, now=NOW)  # fmt: skip
    db.session.commit()
    _served(world, appraisal, decided=Grade.UNFIT)
    outcome.finalise(hr, appraisal, now=LATER)
    (suspended,) = facts.of(person.id, [outcome.SUSPENDED])
    (ground,) = facts.of(person.id, [outcome.EXIT_GROUND])
    assert suspended.value["year"] == 2026
    assert ground.value == {"year": 2026, "ground": "two_unfit"}
    with pytest.raises(Refused):
        decisions.decide(world.actor("a_approver"), appraisal, "renew", "留任", now=LATER)


def test_an_appeal_that_holds_goes_back_to_the_panel(world, appraisal):
    _served(world, appraisal)
    me, reviewer = world.actor("a_mediator"), world.actor("a_reviewer")
    filed = outcome.object_to_grade(me, appraisal, "漏计十月排查", now=NOW)
    with pytest.raises(Refused):
        outcome.finalise(world.actor("a_hr"), appraisal, now=LATER)
    with pytest.raises(Refused) as same:
        objections.assign_reviewer(world.actor("a_hr"), filed, world.person("a_panel"), now=NOW)
    assert same.value.code == "NOT_REVIEWER"
    objections.assign_reviewer(world.actor("a_hr"), filed, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(reviewer, filed, True, "确有漏计", now=NOW)
    assert appraisal.state is AnnualState.DOSSIER_REVIEW
    assert queries.final_grade(appraisal.person_id, 2026) is None


def test_an_appeal_that_fails_is_answered_and_final(world, appraisal):
    _served(world, appraisal)
    filed = outcome.object_to_grade(world.actor("a_mediator"), appraisal, "分数偏低", now=NOW)
    objections.assign_reviewer(world.actor("a_hr"), filed, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), filed, False, "计算无误", now=NOW)
    assert appraisal.state is AnnualState.FINALISED
    assert queries.final_grade(appraisal.person_id, 2026) is Grade.COMPETENT
    assert len(proceedings.services_of(queries.APPRAISAL, appraisal.public_id)) == 2


def _published(world, appraisal):
    hr = world.actor("a_hr")
    others = db.session.scalars(
        sa.select(AnnualAppraisal).where(AnnualAppraisal.id != appraisal.id)
    )
    for other in others:
        _grade_other(world, other)
    _graded(world, appraisal, decided=Grade.EXCELLENT, reason="")
    service.check_quota(hr, appraisal, now=NOW)
    return outcome.publish(
        hr, appraisal.round, Words("公示"), "拟评优秀", receiving_office="科室",
        telephone="0898-0", now=NOW,
    )  # fmt: skip


def _grade_other(world, other):
    """As far as the panel's grade, without a report."""
    hr = world.actor("a_hr")
    fill(other, components=7000)
    service.skip_self_report(hr, other, "逾期未交", now=LATER)
    service.give_unit_opinion(world.actor("a_office_head"), other, "一般", now=LATER)
    service.close_survey(hr, other, now=LATER)
    service.review_dossiers(hr, other, now=LATER)
    total = scores.sheet_of(other).annual.total
    service.grade(
        world.actor("a_panel"), other, Grade.COMPETENT, "综合评议", seen_total=total, now=LATER
    )


def test_excellent_is_published_first_and_a_public_objection_suspends_it(world):
    _, appraisal = open_round(others=4)
    notice, hr = _published(world, appraisal), world.actor("a_hr")
    assert [n.name for n in notice.names] == ["甲调解员"]
    with pytest.raises(Refused) as running:
        outcome.serve(hr, appraisal, Method.SITE, now=NOW)
    assert "window.running" in running.value.verdict.codes
    filed = objections.object_to_notice(
        ANONYMOUS, notice, notice.names[0], "收受礼品", filer="王某", phone="", now=NOW
    )
    with pytest.raises(Refused) as open_:
        outcome.serve(hr, appraisal, Method.SITE, now=LATER)
    assert open_.value.verdict.codes == ("objection.open",)
    objections.assign_reviewer(hr, filed, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), filed, False, "查无此事", now=NOW)
    assert appraisal.state is AnnualState.PUBLIC_NOTICE
    outcome.serve(hr, appraisal, Method.SITE, now=LATER)
    assert appraisal.state is AnnualState.SERVED


def test_more_excellent_than_the_quota_is_refused(world):
    _, appraisal = open_round(others=3)  # four people: a fifth of four is none
    for other in db.session.scalars(
        sa.select(AnnualAppraisal).where(AnnualAppraisal.id != appraisal.id)
    ):
        _grade_other(world, other)
    _graded(world, appraisal, decided=Grade.EXCELLENT, reason="")
    with pytest.raises(Refused) as refused:
        service.check_quota(world.actor("a_hr"), appraisal, now=NOW)
    assert refused.value.verdict.codes == ("quota.exceeded",)
    service.regrade(world.actor("a_hr"), appraisal, "超出名额", now=NOW + timedelta(hours=1))
    assert appraisal.state is AnnualState.DOSSIER_REVIEW


def test_components_stay_in_range_and_a_change_says_why(world, appraisal):
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as range_:
        figures.record_value(hr, appraisal, Component.PEER, 10001, "表", now=NOW)
    assert range_.value.code == "VALUE"
    figures.record_value(hr, appraisal, Component.PEER, 9000, "表", now=NOW)
    with pytest.raises(Refused) as silent:
        figures.record_value(hr, appraisal, Component.PEER, 9100, "表", now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    figures.record_value(hr, appraisal, Component.PEER, 9100, "表", note="漏计一份", now=NOW)
    assert scores.inputs_of(appraisal)["values"]["peer"]["value"] == 9100


def test_only_known_items_of_months_served_are_acknowledged(world, appraisal):
    for month, target in ((3, "follow_up"), (10, "unknown"), (None, "month_03"), (None, "x")):
        with pytest.raises(Refused) as refused:
            exempt(appraisal, month, target)
        assert refused.value.code == "TARGET"
    exempt(appraisal, None, "month_10")


def test_a_grade_sent_back_no_longer_counts_towards_the_quota(world):
    round_, appraisal = open_round(others=4)
    _graded(world, appraisal, decided=Grade.EXCELLENT, reason="")
    assert gate_facts.excellent_quota(round_, gate_facts.grade_rows(round_)).admitted == {
        appraisal.person_id
    }
    service.regrade(world.actor("a_hr"), appraisal, "再议", now=NOW)
    assert gate_facts.excellent_quota(round_, gate_facts.grade_rows(round_)).admitted == set()


def _told(person_id):
    query = sa.select(Notice).where(Notice.person_id == person_id).order_by(Notice.id)
    return [(n.message, n.params.get("reason")) for n in db.session.scalars(query)]


def test_report_and_opinion_are_corrected_by_further_entries_until_the_grade(world, appraisal):
    fill(appraisal)
    to_panel(appraisal)
    me, head = world.actor("a_mediator"), world.actor("a_office_head")
    for text, reason, code in (
        ("全年三十一件", " ", "REASON_REQUIRED"),
        (" ", "漏写", "REASON_REQUIRED"),
        (appraisal.self_report, "漏写", "UNCHANGED"),
    ):
        with pytest.raises(Refused) as refused:
            service.correct_self_report(me, appraisal, text, reason, now=NOW)
        assert refused.value.code == code
        db.session.rollback()
    service.correct_self_report(me, appraisal, "全年三十一件", "漏写一件", now=NOW)
    assert _told(head.person_id)[-1][0].startswith("%(name)s更正了")
    service.correct_unit_opinion(
        head, appraisal, "工作认真，办结三十一件", "按更正后的述职", now=NOW
    )
    assert _told(appraisal.person_id)[-1][1] == "按更正后的述职"
    assert appraisal.state is AnnualState.DOSSIER_REVIEW
    report, opinion = queries.events_of(appraisal)[-2:]
    assert (report.former, report.reason) == ("全年调解纠纷三十件", "漏写一件")
    assert (opinion.former, opinion.actor_id) == ("工作认真", head.person_id)
    assert me.person_id not in gate_facts.graders_of(appraisal)
    with pytest.raises(NotVisible):
        service.correct_self_report(head, appraisal, "代写", "代写", now=NOW)
    db.session.rollback()
    paper = str(registry.find("annual_register").build(appraisal, Order(NOW, False)))
    assert "全年三十一件" in paper
    assert "全年调解纠纷三十件" not in paper
    panel, total = world.actor("a_panel"), scores.sheet_of(appraisal).annual.total
    service.grade(panel, appraisal, Grade.COMPETENT, "好", seen_total=total, now=NOW)
    for correct, actor in (
        (service.correct_self_report, me), (service.correct_unit_opinion, head),
    ):  # fmt: skip
        with pytest.raises(Refused) as late:
            correct(actor, appraisal, "改", "改", now=NOW)
        assert late.value.code == "DONE_ALREADY"
        db.session.rollback()


def test_a_report_that_was_gone_without_is_handed_in_until_the_grade(world, appraisal):
    service.skip_self_report(world.actor("a_hr"), appraisal, "逾期未交", now=LATER)
    me = world.actor("a_mediator")
    service.correct_self_report(me, appraisal, "全年三十件", "住院，现补交", now=LATER)
    assert appraisal.self_report == "全年三十件"
    assert queries.events_of(appraisal)[-1].former == ""


def test_a_closed_survey_and_a_dossier_review_are_taken_back_step_by_step(world, appraisal):
    fill(appraisal)
    to_panel(appraisal)
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as refused:
        service.reopen_dossiers(hr, appraisal, " ", now=NOW)
    assert refused.value.code == "REASON_REQUIRED"
    db.session.rollback()
    with pytest.raises(Refused) as early:
        service.reopen_survey(hr, appraisal, "漏收一份", now=NOW)
    assert early.value.code == "DONE_ALREADY"
    db.session.rollback()
    service.reopen_dossiers(hr, appraisal, "抽错了卷宗", now=NOW)
    service.reopen_survey(hr, appraisal, "漏收一份", now=NOW)
    assert appraisal.state is AnnualState.UNIT_OPINION
    assert [e.reason for e in queries.events_of(appraisal)[-2:]] == ["抽错了卷宗", "漏收一份"]
    steps = {s["label"]: s["state"] for s in shown.steps(appraisal, queries.events_of(appraisal))}
    assert [steps[k] for k in ("单位评议", "测评", "卷宗评查")] == ["done", "current", "todo"]
    service.close_survey(hr, appraisal, now=NOW)
    service.review_dossiers(hr, appraisal, now=NOW)
    assert appraisal.state is AnnualState.DOSSIER_REVIEW


def _decided(world, appraisal, grade, action):
    _served(world, appraisal, decided=grade)
    outcome.finalise(world.actor("a_hr"), appraisal, now=LATER)
    return decisions.decide(world.actor("a_approver"), appraisal, action, "按等次", now=LATER)


def test_a_decision_is_replaced_by_a_further_one_with_a_reason(world, appraisal):
    _decided(world, appraisal, Grade.COMPETENT, "renew")
    approver, person = world.actor("a_approver"), appraisal.person_id
    before = facts.of(person)
    with pytest.raises(Refused) as again:
        decisions.decide(approver, appraisal, "renew_with_training", "漏看", now=LATER)
    assert again.value.code == "ALREADY_DECIDED"
    db.session.rollback()
    for action, reason, seen, code in (
        ("renew_with_training", " ", 1, "REASON_REQUIRED"),
        ("renew_with_training", "漏看", 0, "CHANGED"),
        ("suspend_and_retrain", "漏看", 1, "GATE"),
    ):
        with pytest.raises(Refused) as refused:
            decisions.replace_decision(approver, appraisal, action, reason, seen, now=LATER)
        assert refused.value.code == code
        db.session.rollback()
    decisions.replace_decision(
        approver, appraisal, "renew_with_training", "漏看培训缺口", 1, now=LATER
    )
    assert appraisal.state is AnnualState.RENEW_WITH_TRAINING
    assert [e.reason for e in decisions.decisions_of(appraisal)] == ["按等次", "漏看培训缺口"]
    assert [reason for _, reason in _told(person)[-2:]] == ["按等次", "漏看培训缺口"]
    assert "已更正" in _told(person)[-1][0]
    assert facts.of(person) == before, "the file rests on the grade"
    assert approver.person_id not in gate_facts.graders_of(appraisal)
    paper = str(registry.find("annual_register").build(appraisal, Order(NOW, False)))
    assert "漏看培训缺口" in paper


def test_who_took_part_in_the_grade_does_not_replace_a_decision(world, appraisal):
    _decided(world, appraisal, Grade.COMPETENT, "renew")
    make_account(world.person("a_hr"), Role.APPROVER, world.org("甲区司法局"), username="second")
    db.session.commit()
    with pytest.raises(Refused) as refused:
        decisions.replace_decision(
            world.actor("second"), appraisal, "renew_with_training", "漏看", 1, now=LATER
        )
    assert refused.value.code == "SAME_PERSON"


def test_nothing_is_replaced_before_a_decision(world, appraisal):
    with pytest.raises(Refused) as refused:
        decisions.replace_decision(
            world.actor("a_approver"), appraisal, "renew", "胜任", 0, now=NOW
        )
    assert refused.value.code == "NOT_DECIDED"


def test_a_panel_of_a_round_corrects_its_declarations_until_it_has_graded(world, appraisal):
    panel = proceedings.panel_of(queries.ROUND, appraisal.round.public_id)
    assert not matters.panel_decided(panel)
    _graded(world, appraisal)
    assert matters.panel_decided(panel)
