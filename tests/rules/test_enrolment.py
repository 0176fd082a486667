from dataclasses import replace
from datetime import date, timedelta

import pytest

from training.core.rules.verdict import ALLOWED, refuse
from training.programmes.rules.enrolment import (
    ENROLMENT,
    STATE_LABELS,
    Appeal,
    EnrolmentFacts,
    EnrolmentState,
    Voiding,
    effective_state,
)
from training.programmes.rules.ledger import ReversalReason

S = EnrolmentState
TODAY = date(2026, 11, 23)
SHORT = refuse("hours.total_short", "还差学时")
OPEN = refuse("exam.assignment_open", "作业未通过")

VOIDING = Voiding(
    reason=ReversalReason.IMPERSONATION,
    statement="三次课程由他人代学",
    evidence="file:12",
    decided_by=1,
    notice_served_on=TODAY,
    appeal_until=TODAY + timedelta(days=7),
)
UPHELD = Appeal(reviewer=2, upheld=True, statement="证据不足")
REJECTED = replace(UPHELD, upheld=False)


def facts(**overrides):
    return EnrolmentFacts(**{"hours": ALLOWED, "assignments": ALLOWED, "today": TODAY} | overrides)


#: The facts with which each action's gate is open.
OPENING = {
    "start": facts(),
    "confirm_hours": facts(),
    "confirm_assignments": facts(),
    "clear_for_exam": facts(),
    "fall_back": facts(hours=SHORT),
    "void_hours": facts(voiding=VOIDING),
    "uphold_appeal": facts(voiding=VOIDING, appeal=UPHELD),
    "withdraw_voiding": facts(reason="认错了人"),
    "study_again": facts(voiding=VOIDING, appeal=REJECTED),
    "withdraw": facts(reason="工作调动"),
}

ON_THE_WAY = (S.IN_PROGRESS, S.HOURS_MET, S.ASSIGNMENTS_MET, S.EXAM_ELIGIBLE)
EXPECTED = {
    (S.ENROLLED, "start"): S.IN_PROGRESS,
    (S.IN_PROGRESS, "confirm_hours"): S.HOURS_MET,
    (S.HOURS_MET, "confirm_assignments"): S.ASSIGNMENTS_MET,
    (S.ASSIGNMENTS_MET, "clear_for_exam"): S.EXAM_ELIGIBLE,
    (S.HOURS_MET, "fall_back"): S.IN_PROGRESS,
    (S.ASSIGNMENTS_MET, "fall_back"): S.IN_PROGRESS,
    (S.EXAM_ELIGIBLE, "fall_back"): S.IN_PROGRESS,
    **{(state, "void_hours"): S.HOURS_VOIDED for state in ON_THE_WAY},
    (S.HOURS_VOIDED, "uphold_appeal"): S.IN_PROGRESS,
    (S.HOURS_VOIDED, "withdraw_voiding"): S.IN_PROGRESS,
    (S.HOURS_VOIDED, "study_again"): S.IN_PROGRESS,
    **{(state, "withdraw"): S.WITHDRAWN for state in (S.ENROLLED, *ON_THE_WAY, S.HOURS_VOIDED)},
}


def test_every_state_and_action_does_what_the_table_says():
    assert set(OPENING) == set(ENROLMENT.actions)
    for state in EnrolmentState:
        for action in ENROLMENT.actions:
            verdict, after = ENROLMENT.step(state, action, OPENING[action])
            expected = EXPECTED.get((state, action))
            assert verdict.allowed == (expected is not None), (state, action, verdict)
            assert after == (expected or state)


def test_every_action_has_its_permission_a_name_and_every_state_a_label():
    for transition in ENROLMENT.transitions:
        assert transition.permission == f"programmes:enrolment:{transition.action}"
        assert transition.label
    assert set(STATE_LABELS) == set(EnrolmentState)


@pytest.mark.parametrize(
    ("state", "action", "given", "codes"),
    [
        (S.IN_PROGRESS, "confirm_hours", facts(hours=SHORT), ("hours.total_short",)),
        (
            S.HOURS_MET,
            "confirm_assignments",
            facts(hours=SHORT, assignments=OPEN),
            ("hours.total_short", "exam.assignment_open"),
        ),
        (S.ASSIGNMENTS_MET, "clear_for_exam", facts(assignments=OPEN), OPEN.codes),
        (S.HOURS_MET, "fall_back", facts(), ("enrolment.still_met",)),
        (S.IN_PROGRESS, "withdraw", facts(reason="  "), ("REASON_REQUIRED",)),
        (
            S.IN_PROGRESS,
            "void_hours",
            facts(),
            ("REASON_REQUIRED", "voiding.no_evidence", "voiding.not_served"),
        ),
        (
            S.IN_PROGRESS,
            "void_hours",
            facts(voiding=replace(VOIDING, statement=" ")),
            ("REASON_REQUIRED",),
        ),
        (
            S.IN_PROGRESS,
            "void_hours",
            facts(voiding=replace(VOIDING, reason=None)),
            ("REASON_REQUIRED",),
        ),
        (
            S.IN_PROGRESS,
            "void_hours",
            facts(voiding=replace(VOIDING, notice_served_on=TODAY + timedelta(days=1))),
            ("voiding.not_served",),
        ),
        (S.HOURS_VOIDED, "uphold_appeal", facts(voiding=VOIDING), ("appeal.not_upheld",)),
        (
            S.HOURS_VOIDED,
            "uphold_appeal",
            facts(voiding=VOIDING, appeal=replace(UPHELD, reviewer=1)),
            ("SAME_PERSON",),
        ),
        (S.HOURS_VOIDED, "uphold_appeal", facts(appeal=UPHELD), ("SAME_PERSON",)),
        (
            S.HOURS_VOIDED,
            "uphold_appeal",
            facts(voiding=VOIDING, appeal=replace(UPHELD, statement="")),
            ("REASON_REQUIRED",),
        ),
        (
            S.HOURS_VOIDED,
            "study_again",
            facts(voiding=VOIDING, appeal=replace(REJECTED, reviewer=1)),
            ("SAME_PERSON",),
        ),
        (
            S.HOURS_VOIDED,
            "study_again",
            facts(voiding=VOIDING, appeal=replace(UPHELD, upheld=None)),
            ("appeal.open",),
        ),
        (S.HOURS_VOIDED, "withdraw_voiding", facts(reason=" "), ("REASON_REQUIRED",)),
        (
            S.HOURS_VOIDED,
            "withdraw_voiding",
            facts(reason="认错了人", appeal=REJECTED),
            ("appeal.decided",),
        ),
        (S.HOURS_VOIDED, "study_again", facts(voiding=VOIDING), ("appeal.window_open",)),
        (S.HOURS_VOIDED, "study_again", facts(), ("appeal.window_open",)),
    ],
)
def test_a_closed_gate_says_why(state, action, given, codes):
    verdict, after = ENROLMENT.step(state, action, given)
    assert (verdict.codes, after) == (codes, state)


def test_study_starts_again_on_the_day_after_the_appeal_window():
    last_day = VOIDING.appeal_until
    on_last_day = facts(voiding=VOIDING, today=last_day)
    day_after = facts(voiding=VOIDING, today=last_day + timedelta(days=1))
    assert not ENROLMENT.judge(S.HOURS_VOIDED, "study_again", on_last_day)
    assert ENROLMENT.judge(S.HOURS_VOIDED, "study_again", day_after)


def test_an_unfinished_enrolment_expires_after_its_last_day_and_nothing_else_does():
    runs_out = {S.ENROLLED, S.IN_PROGRESS, S.HOURS_MET, S.ASSIGNMENTS_MET}
    for state in EnrolmentState:
        assert effective_state(state, TODAY, TODAY) is state
        assert effective_state(state, None, TODAY) is state
        after = effective_state(state, TODAY, TODAY + timedelta(days=1))
        assert after is (S.EXPIRED if state in runs_out else state)
