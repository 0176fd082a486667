from dataclasses import replace
from datetime import date

import pytest

from tests.rules.machine_tables import labelled, whole_table
from training.core.policy_defaults import SPECS
from training.core.rules.verdict import ALLOWED, refuse
from training.core.rules.workdays import WorkCalendar
from training.employment.rules.announcement import CallOffFacts, ChangeFacts
from training.employment.rules.recruitment import (
    RECRUITMENT,
    RECRUITMENT_STATE_LABELS,
    RecruitmentState,
)
from training.employment.rules.recruitment_gates import (
    ROUTE_LABELS,
    PlanFacts,
    RecruitmentFacts,
    Route,
)
from training.proceedings.rules.notice import NoticeDraft, Outcome, window_after
from training.proceedings.rules.separation import Hand, PanelMember

S = RecruitmentState
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2026}))
APPLICANT, PROPOSER, HANDLER, OTHER = Hand(1), Hand(2), Hand(3), Hand(9)
RUNNING = window_after(date(2026, 11, 27), 5, CALENDAR)
OVER = window_after(date(2026, 11, 16), 5, CALENDAR)
NOTICE = NoticeDraft((Outcome.APPOINTMENT,), "人事科", "0898-66501234", RUNNING)
UNFIT = refuse("eligibility.minor", "未成年")
PANEL = tuple(PanelMember(Hand(n), False) for n in (4, 5, 6))
PLAN = PlanFacts(date(2026, 11, 30), OTHER, PROPOSER, date(2026, 12, 15))
FACTS = RecruitmentFacts(
    today=date(2026, 11, 30),
    actor=OTHER,
    applicant=APPLICANT,
    proposer=PROPOSER,
    handlers=(HANDLER,),
    reason="依据见材料",
    route=Route.OPEN_RECRUITMENT,
    routes=SPECS["hire.routes"].default,
    recommendation="",
    closes_on=date(2026, 12, 15),
    eligibility=ALLOWED,
    panel=PANEL,
    panel_min=3,
    panel_must_be_odd=False,
    interview_scored=True,
    notice=NOTICE,
    notice_window=OVER,
    rejection_window=RUNNING,
    appealed=False,
)
CHANGE = ChangeFacts(
    today=date(2026, 11, 30), reason="电话有误", announced=date(2026, 12, 15),
    closes_on=date(2026, 12, 15), positions=2, confirmed=0, interviewing=False,
)  # fmt: skip
OWN = replace(FACTS, actor=APPLICANT)
SPECIAL = {
    "change": CHANGE,
    "approve_plan": PLAN,
    "open": PLAN,
    "apply": OWN,
    "appeal": OWN,
    "withdraw": OWN,
    "object": replace(FACTS, notice_window=RUNNING),
}


def good(state, action):
    if action == "call_off" and state in ("plan_approved", "open"):
        return CallOffFacts("编制调整", 0)
    return SPECIAL.get(action, FACTS)


def test_the_whole_lifecycle_of_a_recruitment_case():
    out = {"withdraw": "withdrawn", "call_off": "called_off"}
    assert whole_table(RECRUITMENT, good) == {
        "draft": {"approve_plan": "plan_approved"},
        "plan_approved": {"open": "open", "change": "plan_approved", "call_off": "called_off"},
        "open": {"apply": "applied", "change": "open", "call_off": "called_off"},
        "applied": {"begin_review": "qualification_review", **out},
        "qualification_review": {"shortlist": "shortlisted", "reject": "rejected", **out},
        "rejected": {
            "appeal": "qualification_review", "reconsider": "qualification_review",
            "call_off": "called_off",
        },
        "shortlisted": {
            "interview": "interview", "reconsider": "qualification_review", **out,
        },
        "interview": {"pass_interview": "background_check", "reject": "rejected", **out},
        "background_check": {
            "propose": "proposed", "reject": "rejected", "reconsider": "interview", **out,
        },
        "proposed": {"publish": "public_notice", "reconsider": "background_check", **out},
        "public_notice": {"object": "suspended", "confirm": "confirmed", **out},
        "suspended": {
            "dismiss_objection": "public_notice",
            "uphold_objection": "rejected",
            **out,
        },
        "confirmed": {},
        "withdrawn": {},
        "called_off": {},
    }  # fmt: skip
    assert labelled(RECRUITMENT)
    assert set(RECRUITMENT_STATE_LABELS) == set(S)


def test_the_routes_are_those_of_the_policy():
    assert [str(r) for r in Route] == SPECS["hire.routes"].default
    assert set(ROUTE_LABELS) == set(Route)


@pytest.mark.parametrize(
    ("state", "action", "change", "codes"),
    [
        (S.DRAFT, "approve_plan", {"actor": PROPOSER}, "SAME_PERSON"),
        (S.PLAN_APPROVED, "open", {"today": date(2026, 12, 16)}, "recruitment.closed"),
        (S.OPEN, "apply", {"today": date(2026, 12, 16)}, "recruitment.closed"),
        (S.OPEN, "apply", {"routes": ["organisation_recommendation"]}, "recruitment.route"),
        (
            S.OPEN,
            "apply",
            {"route": Route.ORGANISATION_RECOMMENDATION, "recommendation": " "},
            "recruitment.no_recommendation",
        ),
        (S.APPLIED, "begin_review", {"actor": APPLICANT}, "SELF"),
        (S.QUALIFICATION_REVIEW, "shortlist", {"eligibility": UNFIT}, "eligibility.minor"),
        (S.QUALIFICATION_REVIEW, "shortlist", {"actor": APPLICANT}, "SELF"),
        (
            S.QUALIFICATION_REVIEW,
            "shortlist",
            {"actor": HANDLER, "appealed": True},
            "SAME_PERSON",
        ),
        (S.QUALIFICATION_REVIEW, "reject", {"actor": HANDLER, "appealed": True}, "SAME_PERSON"),
        (S.QUALIFICATION_REVIEW, "reject", {"reason": ""}, "REASON_REQUIRED"),
        (S.INTERVIEW, "reject", {"reason": "", "eligibility": UNFIT}, "REASON_REQUIRED"),
        (S.BACKGROUND_CHECK, "reject", {"actor": APPLICANT}, "SELF"),
        (S.REJECTED, "appeal", {"actor": OTHER}, "NOT_OWN"),
        (S.REJECTED, "appeal", {"rejection_window": OVER}, "filing.late"),
        (S.REJECTED, "appeal", {"rejection_window": None}, "recruitment.not_served"),
        (S.REJECTED, "appeal", {"appealed": True}, "recruitment.already_appealed"),
        (S.REJECTED, "appeal", {"reason": ""}, "REASON_REQUIRED"),
        (S.SHORTLISTED, "interview", {"panel": PANEL[:2]}, "panel.too_small"),
        (
            S.SHORTLISTED,
            "interview",
            {"panel": (*PANEL, PanelMember(Hand(7), None))},
            "panel.undeclared",
        ),
        (
            S.SHORTLISTED,
            "interview",
            {"panel": (*PANEL, PanelMember(APPLICANT, False)), "panel_must_be_odd": True},
            "panel.even SELF",
        ),
        (
            S.SHORTLISTED,
            "interview",
            {"panel": (*PANEL[:2], PanelMember(Hand(6), True))},
            "panel.too_small",
        ),
        (S.INTERVIEW, "pass_interview", {"interview_scored": False}, "recruitment.not_scored"),
        (S.INTERVIEW, "pass_interview", {"panel": PANEL[:2]}, "panel.too_small"),
        (S.INTERVIEW, "pass_interview", {"actor": APPLICANT}, "SELF"),
        (S.BACKGROUND_CHECK, "propose", {"actor": APPLICANT}, "SELF"),
        (
            S.PROPOSED,
            "publish",
            {"actor": PROPOSER, "notice": None},
            "SAME_PERSON recruitment.no_notice",
        ),
        (
            S.PUBLIC_NOTICE,
            "confirm",
            {"actor": PROPOSER, "notice_window": None},
            "SAME_PERSON recruitment.no_notice",
        ),
        (S.BACKGROUND_CHECK, "propose", {"eligibility": UNFIT}, "eligibility.minor"),
        (S.PROPOSED, "publish", {"actor": PROPOSER}, "SAME_PERSON"),
        (S.PROPOSED, "publish", {"notice": None}, "recruitment.no_notice"),
        (
            S.PROPOSED,
            "publish",
            {"notice": replace(NOTICE, outcomes=(Outcome.APPOINTMENT, Outcome.EXIT))},
            "recruitment.no_notice",
        ),
        (
            S.PROPOSED,
            "publish",
            {"notice": replace(NOTICE, receiving_office="")},
            "notice.no_office",
        ),
        (S.PUBLIC_NOTICE, "object", {"notice_window": OVER}, "filing.late"),
        (S.PUBLIC_NOTICE, "object", {"notice_window": None}, "recruitment.no_notice"),
        (S.PUBLIC_NOTICE, "object", {"reason": ""}, "REASON_REQUIRED"),
        (S.PUBLIC_NOTICE, "confirm", {"notice_window": RUNNING}, "window.running"),
        (S.PUBLIC_NOTICE, "confirm", {"notice_window": None}, "recruitment.no_notice"),
        (S.PUBLIC_NOTICE, "confirm", {"actor": PROPOSER}, "SAME_PERSON"),
        (S.PUBLIC_NOTICE, "confirm", {"actor": APPLICANT}, "SELF"),
        (S.SUSPENDED, "dismiss_objection", {"actor": HANDLER}, "SAME_PERSON"),
        (S.SUSPENDED, "dismiss_objection", {"reason": ""}, "REASON_REQUIRED"),
        (S.SUSPENDED, "uphold_objection", {"actor": APPLICANT}, "SELF"),
        (S.PROPOSED, "withdraw", {"actor": OTHER}, "NOT_OWN"),
    ],
)
def test_each_gate_says_what_is_missing(state, action, change, codes):
    facts = replace(good(str(state), action), **change)
    assert RECRUITMENT.judge(state, action, facts).codes == tuple(codes.split())


def test_the_last_day_of_application_is_a_day_of_application():
    assert RECRUITMENT.judge(S.OPEN, "apply", replace(OWN, closes_on=OWN.today))


def test_a_recommended_applicant_brings_the_recommendation():
    facts = replace(
        OWN, route=Route.ORGANISATION_RECOMMENDATION, recommendation="街道推荐函", actor=OTHER
    )
    assert RECRUITMENT.judge(S.OPEN, "apply", facts)


def test_a_failed_condition_is_reason_enough_to_reject():
    facts = replace(FACTS, eligibility=UNFIT, reason="")
    assert RECRUITMENT.judge(S.QUALIFICATION_REVIEW, "reject", facts)


def test_without_an_appeal_the_same_officer_may_review_and_decide():
    assert RECRUITMENT.judge(S.QUALIFICATION_REVIEW, "shortlist", replace(FACTS, actor=HANDLER))


@pytest.mark.parametrize(
    ("state", "changes", "code"),
    [
        (S.SHORTLISTED, {"actor": APPLICANT}, "SELF"),
        (S.PROPOSED, {"reason": " "}, "REASON_REQUIRED"),
        (S.REJECTED, {"reason": " "}, "REASON_REQUIRED"),
        (S.REJECTED, {"appealed": True}, "recruitment.decided_elsewhere"),
        (S.REJECTED, {"objection_upheld": True}, "recruitment.decided_elsewhere"),
    ],
)
def test_a_step_taken_in_error_is_taken_back_with_a_reason_unless_others_decided(
    state, changes, code
):
    assert code in RECRUITMENT.judge(state, "reconsider", replace(FACTS, **changes)).codes
    assert RECRUITMENT.judge(state, "reconsider", FACTS)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"reason": " "}, "REASON_REQUIRED"),
        ({"closes_on": date(2026, 12, 1)}, ""),
        ({"closes_on": date(2026, 11, 30)}, "announcement.too_early"),
        ({"closes_on": date(2026, 11, 29)}, "announcement.too_early"),
        ({"announced": date(2026, 11, 20), "closes_on": date(2026, 11, 20)}, ""),
        ({"announced": date(2026, 11, 20), "closes_on": date(2026, 11, 30)}, ""),
        (
            {"announced": date(2026, 11, 20), "closes_on": date(2026, 11, 25)},
            "announcement.too_early",
        ),
        ({"interviewing": True}, ""),
        (
            {"interviewing": True, "closes_on": date(2026, 12, 20)},
            "announcement.interviewing",
        ),
        ({"confirmed": 3}, "announcement.positions"),
        ({"positions": 0}, "announcement.positions"),
    ],
)  # fmt: skip
def test_an_announcement_is_changed_fairly_and_with_a_reason(changes, codes):
    verdict = RECRUITMENT.judge(S.OPEN, "change", replace(CHANGE, **changes))
    assert verdict.codes == tuple(codes.split())


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (CallOffFacts("", 0), "REASON_REQUIRED"),
        (CallOffFacts("编制调整", 1), "announcement.undecided"),
    ],
)
def test_what_others_have_to_decide_is_decided_before_a_recruitment_is_called_off(facts, code):
    assert RECRUITMENT.judge(S.OPEN, "call_off", facts).codes == (code,)


def test_nobody_ends_the_own_application_by_calling_off():
    own = replace(FACTS, actor=APPLICANT)
    assert RECRUITMENT.judge(S.APPLIED, "call_off", own).codes == ("SELF",)
