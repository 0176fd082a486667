from dataclasses import replace
from datetime import date

import pytest

from tests.rules.machine_tables import labelled, whole_table
from training.appraisal.rules.annual_gates import AnnualFacts, ObjectionBy
from training.appraisal.rules.annual_lifecycle import (
    ANNUAL_APPRAISAL,
    ANNUAL_STATE_LABELS,
    AnnualState,
)
from training.appraisal.rules.grade import Bands, Grade, VetoAct, VetoFinding, propose_grade
from training.core.rules.verdict import ALLOWED, refuse
from training.core.rules.workdays import WorkCalendar
from training.proceedings.rules.notice import NoticeDraft, Outcome, window_after
from training.proceedings.rules.separation import Hand, PanelMember

S = AnnualState
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2026}))
BANDS = Bands(9000, 8000, 7000)
PERSON, PANEL, OTHER = Hand(1), [Hand(3), Hand(4), Hand(5)], Hand(9)
RUNNING = window_after(date(2026, 11, 27), 5, CALENDAR)
OVER = window_after(date(2026, 11, 16), 5, CALENDAR)
NOTICE = NoticeDraft((Outcome.EXCELLENT_GRADE,), "人事科", "0898-66501234", RUNNING)
MISSING = refuse("annual.missing", "缺数据")
FULL_QUOTA = refuse("quota.exceeded", "超额")
RENEWED = refuse("decision.renewed", "已续聘")


def proposal(total, *findings):
    return propose_grade(total, BANDS, findings, [str(act) for act in VetoAct])


FACTS = AnnualFacts(
    today=date(2026, 11, 30),
    actor=OTHER,
    subject=PERSON,
    graders=tuple(PANEL),
    reason="依据见卷宗",
    data=ALLOWED,
    quota=ALLOWED,
    self_report_window=OVER,
    panel=tuple(PanelMember(h, False) for h in PANEL),
    panel_min=3,
    panel_must_be_odd=False,
    proposal=proposal(8500),
    grade=Grade.COMPETENT,
    notice=NOTICE,
    notice_window=OVER,
    objection_window=OVER,
    objection_by=ObjectionBy.PERSON,
    accepted=False,
    answer_served=True,
    grounds=("two_unfit",),
)
EXCELLENT = replace(FACTS, grade=Grade.EXCELLENT, proposal=proposal(9500))
UNFIT = replace(FACTS, grade=Grade.UNFIT, proposal=proposal(6000))
BASIC = replace(FACTS, grade=Grade.BASIC, proposal=proposal(7500))
OWN = replace(FACTS, actor=PERSON, objection_window=RUNNING)
SPECIAL = {
    "submit_self_report": OWN,
    "correct_self_report": OWN,
    "object": OWN,
    "object_publicly": replace(EXCELLENT, notice_window=RUNNING),
    "publish": EXCELLENT,
    "yield_quota": EXCELLENT,
    "dismiss_publicly": replace(EXCELLENT, objection_by=ObjectionBy.PUBLIC),
    "renew_with_training": BASIC,
    "suspend_and_retrain": UNFIT,
    "open_exit_review": UNFIT,
}


def good(state, action):
    if (state, action) == ("public_notice", "serve"):
        return EXCELLENT
    return SPECIAL.get(action, FACTS)


def test_the_whole_lifecycle_of_an_annual_appraisal():
    decide = {
        "renew": "renew",
        "renew_with_training": "renew_with_training",
        "suspend_and_retrain": "suspend_and_retrain",
        "open_exit_review": "exit_review",
    }
    assert whole_table(ANNUAL_APPRAISAL, good) == {
        "opened": {"submit_self_report": "self_report", "skip_self_report": "self_report"},
        "self_report": {"give_unit_opinion": "unit_opinion", "correct_self_report": "self_report"},
        "unit_opinion": {
            "close_survey": "survey",
            "correct_self_report": "unit_opinion",
            "correct_unit_opinion": "unit_opinion",
        },
        "survey": {
            "review_dossiers": "dossier_review",
            "correct_self_report": "survey",
            "correct_unit_opinion": "survey",
            "reopen_survey": "unit_opinion",
        },
        "dossier_review": {
            "grade": "panel_grade",
            "correct_self_report": "dossier_review",
            "correct_unit_opinion": "dossier_review",
            "reopen_dossiers": "survey",
        },
        "panel_grade": {
            "check_quota": "quota_check",
            "regrade": "dossier_review",
            "yield_quota": "panel_grade",
        },
        "quota_check": {"publish": "public_notice", "serve": "served"},
        "public_notice": {"serve": "served", "object_publicly": "objection"},
        "served": {"object": "objection", "finalise": "finalised"},
        "objection": {"begin_review": "review"},
        "review": {
            "uphold": "dossier_review",
            "dismiss": "finalised",
            "dismiss_publicly": "public_notice",
        },
        "finalised": decide,
        "renew": decide,
        "renew_with_training": decide,
        "suspend_and_retrain": decide,
        "exit_review": decide,
    }
    assert labelled(ANNUAL_APPRAISAL)
    assert set(ANNUAL_STATE_LABELS) == set(S)


TWO = tuple(PanelMember(h, False) for h in PANEL[:2])
WITH_PERSON = (*TWO, PanelMember(PERSON, False))
UNDECLARED = (*(PanelMember(h, False) for h in PANEL), PanelMember(Hand(6), None))
BAD_NOTICE = replace(NOTICE, outcomes=(Outcome.EXCELLENT_GRADE, Outcome.OTHER_GRADE))
VETOED = proposal(9500, VetoFinding(VetoAct.FAKED_CASE, "file:1"))


@pytest.mark.parametrize(
    ("state", "action", "change", "codes"),
    [
        (S.OPENED, "submit_self_report", {"actor": OTHER}, "NOT_OWN"),
        (S.OPENED, "submit_self_report", {"reason": ""}, "REASON_REQUIRED"),
        (S.OPENED, "skip_self_report", {"self_report_window": RUNNING}, "window.running"),
        (S.OPENED, "skip_self_report", {"actor": PERSON, "reason": ""}, "SELF REASON_REQUIRED"),
        (S.SELF_REPORT, "give_unit_opinion", {"actor": PERSON}, "SELF"),
        (S.SELF_REPORT, "give_unit_opinion", {"reason": "…"}, "REASON_REQUIRED"),
        (S.UNIT_OPINION, "close_survey", {"actor": PERSON}, "SELF"),
        (S.SURVEY, "review_dossiers", {"actor": PERSON}, "SELF"),
        (S.DOSSIER_REVIEW, "grade", {"panel": TWO}, "panel.too_small"),
        (S.DOSSIER_REVIEW, "grade", {"panel": WITH_PERSON}, "SELF"),
        (S.DOSSIER_REVIEW, "grade", {"panel": UNDECLARED}, "panel.undeclared"),
        (
            S.DOSSIER_REVIEW,
            "grade",
            {"panel": UNDECLARED[:2] + UNDECLARED[:1], "panel_must_be_odd": True},
            "SAME_PERSON",
        ),
        (S.DOSSIER_REVIEW, "grade", {"data": MISSING}, "annual.missing"),
        (S.DOSSIER_REVIEW, "grade", {"grade": None}, "annual.no_grade"),
        (S.DOSSIER_REVIEW, "grade", {"proposal": None}, "annual.no_grade"),
        (S.DOSSIER_REVIEW, "grade", {"grade": Grade.BASIC, "reason": ""}, "REASON_REQUIRED"),
        (S.DOSSIER_REVIEW, "grade", {"proposal": VETOED}, "grade.vetoed"),
        (
            S.DOSSIER_REVIEW,
            "grade",
            {"panel": TWO, "data": MISSING, "grade": None},
            "panel.too_small annual.missing annual.no_grade",
        ),
        (S.PANEL_GRADE, "check_quota", {"quota": FULL_QUOTA}, "quota.exceeded"),
        (S.PANEL_GRADE, "check_quota", {"actor": PERSON}, "SELF"),
        (S.QUOTA_CHECK, "publish", {"actor": PERSON}, "SELF"),
        (S.QUOTA_CHECK, "publish", {"actor": PERSON, "notice": None}, "SELF annual.no_notice"),
        (
            S.QUOTA_CHECK,
            "publish",
            {"actor": PERSON, "grade": Grade.BASIC},
            "SELF annual.not_public",
        ),
        (S.PUBLIC_NOTICE, "serve", {"actor": PERSON}, "SELF"),
        (
            S.PUBLIC_NOTICE,
            "serve",
            {"actor": PERSON, "notice_window": None},
            "SELF annual.no_notice",
        ),
        (
            S.SERVED,
            "object",
            {"actor": OTHER, "objection_window": None},
            "NOT_OWN annual.not_served",
        ),
        (
            S.SERVED,
            "finalise",
            {"actor": PERSON, "objection_window": None},
            "SELF annual.not_served",
        ),
        (
            S.REVIEW,
            "dismiss_publicly",
            {"actor": PANEL[0], "reason": ""},
            "SAME_PERSON REASON_REQUIRED",
        ),
        (S.PANEL_GRADE, "regrade", {"reason": ""}, "REASON_REQUIRED"),
        (S.QUOTA_CHECK, "publish", {"grade": Grade.COMPETENT}, "annual.not_public"),
        (S.QUOTA_CHECK, "publish", {"notice": None}, "annual.no_notice"),
        (S.QUOTA_CHECK, "publish", {"notice": BAD_NOTICE}, "annual.no_notice"),
        (
            S.QUOTA_CHECK,
            "publish",
            {"notice": replace(NOTICE, telephone="")},
            "notice.no_telephone",
        ),
        (S.QUOTA_CHECK, "serve", {"grade": Grade.EXCELLENT}, "annual.notice_first"),
        (S.QUOTA_CHECK, "serve", {"actor": PERSON}, "SELF"),
        (S.PUBLIC_NOTICE, "serve", {"notice_window": RUNNING}, "window.running"),
        (S.PUBLIC_NOTICE, "serve", {"notice_window": None}, "annual.no_notice"),
        (S.PUBLIC_NOTICE, "object_publicly", {"notice_window": OVER}, "filing.late"),
        (S.PUBLIC_NOTICE, "object_publicly", {"notice_window": None}, "annual.no_notice"),
        (S.PUBLIC_NOTICE, "object_publicly", {"reason": ""}, "REASON_REQUIRED"),
        (S.SERVED, "object", {"objection_window": OVER}, "filing.late"),
        (S.SERVED, "object", {"objection_window": None}, "annual.not_served"),
        (S.SERVED, "object", {"actor": OTHER, "reason": ""}, "NOT_OWN REASON_REQUIRED"),
        (S.SERVED, "finalise", {"objection_window": RUNNING}, "window.running"),
        (S.SERVED, "finalise", {"objection_window": None, "accepted": True}, "annual.not_served"),
        (S.SERVED, "finalise", {"actor": PERSON}, "SELF"),
        (S.OBJECTION, "begin_review", {"actor": PANEL[0]}, "SAME_PERSON"),
        (S.OBJECTION, "begin_review", {"actor": PERSON}, "SELF"),
        (S.REVIEW, "uphold", {"reason": ""}, "REASON_REQUIRED"),
        (S.REVIEW, "uphold", {"actor": Hand(8, frozenset({4}))}, "SAME_PERSON"),
        (S.REVIEW, "dismiss", {"answer_served": False}, "annual.answer_not_served"),
        (S.REVIEW, "dismiss", {"objection_by": ObjectionBy.PUBLIC}, "annual.objection_by"),
        (S.REVIEW, "dismiss", {"reason": ""}, "REASON_REQUIRED"),
        (S.REVIEW, "dismiss_publicly", {"objection_by": ObjectionBy.PERSON}, "annual.objection_by"),
        (S.FINALISED, "renew", {"actor": PERSON}, "SELF"),
        (S.FINALISED, "renew", {"reason": ""}, "REASON_REQUIRED"),
        (S.FINALISED, "renew", {"graders": (OTHER,)}, "SAME_PERSON"),
        (S.PANEL_GRADE, "yield_quota", {"reason": ""}, "REASON_REQUIRED"),
        (S.FINALISED, "open_exit_review", {"grounds": ()}, "annual.no_ground"),
        (S.SELF_REPORT, "correct_self_report", {"actor": OTHER}, "NOT_OWN"),
        (S.SURVEY, "correct_self_report", {"reason": ""}, "REASON_REQUIRED"),
        (S.UNIT_OPINION, "correct_unit_opinion", {"actor": PERSON}, "SELF"),
        (S.DOSSIER_REVIEW, "correct_unit_opinion", {"reason": ""}, "REASON_REQUIRED"),
        (S.SURVEY, "reopen_survey", {"reason": ""}, "REASON_REQUIRED"),
        (S.DOSSIER_REVIEW, "reopen_dossiers", {"actor": PERSON}, "SELF"),
        (S.RENEW, "renew_with_training", {"followed": RENEWED}, "decision.renewed"),
        (S.RENEW, "renew_with_training", {"graders": (OTHER,)}, "SAME_PERSON"),
        (S.EXIT_REVIEW, "suspend_and_retrain", {"reason": ""}, "REASON_REQUIRED"),
        (S.EXIT_REVIEW, "suspend_and_retrain", {"followed": RENEWED}, "decision.renewed"),
    ],
)
def test_each_gate_says_what_is_missing(state, action, change, codes):
    facts = replace(good(str(state), action), **change)
    assert ANNUAL_APPRAISAL.judge(state, action, facts).codes == tuple(codes.split())


@pytest.mark.parametrize(
    ("grade", "open_"),
    [
        (Grade.EXCELLENT, {"renew"}),
        (Grade.COMPETENT, {"renew", "renew_with_training"}),
        (Grade.BASIC, {"renew_with_training", "open_exit_review"}),
        (Grade.UNFIT, {"suspend_and_retrain", "open_exit_review"}),
        (None, set()),
    ],
)
def test_each_grade_leaves_its_own_decisions_open(grade, open_):
    facts = replace(FACTS, grade=grade)
    seen = ANNUAL_APPRAISAL.available(S.FINALISED, lambda permission: True, facts)
    assert {t.action for t, verdict in seen if verdict} == open_
    closed = [v.codes for t, v in seen if t.action not in open_]
    assert set(closed) == {("annual.decision_not_open",)}


def test_the_reason_of_a_decision_is_corrected_whatever_has_followed_from_it():
    followed = replace(FACTS, followed=RENEWED)
    assert ANNUAL_APPRAISAL.judge(S.RENEW, "renew", followed)
    assert not ANNUAL_APPRAISAL.judge(S.RENEW_WITH_TRAINING, "renew", followed)


def test_who_accepts_need_not_wait_for_the_window():
    early = replace(FACTS, accepted=True, objection_window=RUNNING)
    assert ANNUAL_APPRAISAL.judge(S.SERVED, "finalise", early)


def test_no_way_leads_from_a_grade_to_a_decision_without_service():
    """Every path to a decision passes through service on the person, or through the answer
    to an objection, which only follows service or a public notice."""
    table = ANNUAL_APPRAISAL.table
    reached, frontier = {S.PANEL_GRADE}, [S.PANEL_GRADE]
    while frontier:
        state = frontier.pop()
        for (source, _), t in table.items():
            if source == state and t.target not in {*reached, S.SERVED}:
                reached.add(t.target)
                frontier.append(t.target)
    # The one way round service is an answered objection of a person, who was served.
    assert S.FINALISED in reached
    into = {source for (source, _), t in table.items() if t.target == S.FINALISED}
    assert into == {S.SERVED, S.REVIEW}
    public = replace(FACTS, objection_by=ObjectionBy.PUBLIC)
    assert not ANNUAL_APPRAISAL.judge(S.REVIEW, "dismiss", public)
