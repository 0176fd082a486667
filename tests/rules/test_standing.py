from dataclasses import replace

import pytest

from tests.rules.machine_tables import labelled, whole_table
from training.core.rules.verdict import ALLOWED, refuse
from training.employment.rules.standing import (
    LEAVE_REASON_LABELS,
    STANDING,
    LeaveReason,
    StandingFacts,
)
from training.people.rules.person import Standing

S = Standing
NO_CERTIFICATE = refuse("certificate.required", "缺证")
FACTS = StandingFacts(
    admitted=True,
    certificate_in_force=True,
    appointment_in_force=True,
    post=ALLOWED,
    reason="依据见材料",
    leave_reason=LeaveReason.EXIT_DECISION,
    exit_final=True,
    resigned=False,
    term_over=False,
    died=False,
)
GONE = replace(FACTS, appointment_in_force=False)
SPECIAL = {"leave": GONE, "decertify": replace(FACTS, certificate_in_force=False)}


def test_the_whole_lifecycle_of_a_standing():
    waiting = {"take_post": "in_post", "withdraw": "left"}
    assert whole_table(STANDING, lambda state, action: SPECIAL.get(action, FACTS)) == {
        "candidate": {"enrol": "trainee", **waiting},
        "trainee": {"certify": "certified", **waiting},
        "certified": {"decertify": "trainee", **waiting},
        "in_post": {"suspend": "suspended", "leave": "left"},
        "suspended": {"resume": "in_post", "leave": "left"},
        "left": {"re_enter": "candidate"},
    }
    assert labelled(STANDING)
    assert set(LEAVE_REASON_LABELS) == set(LeaveReason)


@pytest.mark.parametrize(
    ("state", "action", "change", "codes"),
    [
        (S.CANDIDATE, "enrol", {"admitted": False}, "standing.not_admitted"),
        (S.TRAINEE, "certify", {"certificate_in_force": False}, "standing.no_certificate"),
        (S.CERTIFIED, "decertify", {"certificate_in_force": True}, "standing.has_certificate"),
        (S.CERTIFIED, "decertify", {"reason": ""}, "REASON_REQUIRED"),
        (
            S.CERTIFIED,
            "decertify",
            {"certificate_in_force": True, "reason": ""},
            "REASON_REQUIRED standing.has_certificate",
        ),
        (
            S.CANDIDATE,
            "take_post",
            {"post": NO_CERTIFICATE, "appointment_in_force": False},
            "certificate.required standing.no_appointment",
        ),
        (S.CERTIFIED, "take_post", {"appointment_in_force": False}, "standing.no_appointment"),
        (S.TRAINEE, "take_post", {"post": NO_CERTIFICATE}, "certificate.required"),
        (S.IN_POST, "suspend", {"reason": "…"}, "REASON_REQUIRED"),
        (S.SUSPENDED, "resume", {"reason": ""}, "REASON_REQUIRED"),
        (S.SUSPENDED, "resume", {"appointment_in_force": False}, "standing.no_appointment"),
        (S.SUSPENDED, "resume", {"post": NO_CERTIFICATE}, "certificate.required"),
        (S.IN_POST, "leave", {"reason": ""}, "REASON_REQUIRED"),
        (S.IN_POST, "leave", {"leave_reason": None}, "standing.leave_reason"),
        (S.IN_POST, "leave", {"appointment_in_force": True}, "standing.still_appointed"),
        (S.TRAINEE, "withdraw", {"reason": ""}, "REASON_REQUIRED"),
    ],
)
def test_each_gate_says_what_is_missing(state, action, change, codes):
    facts = replace(SPECIAL.get(action, FACTS), **change)
    assert STANDING.judge(state, action, facts).codes == tuple(codes.split())


SHOWN_BY = {
    LeaveReason.EXIT_DECISION: "exit_final",
    LeaveReason.RESIGNED: "resigned",
    LeaveReason.TERM_OVER: "term_over",
    LeaveReason.DIED: "died",
}


@pytest.mark.parametrize("leave_reason", list(LeaveReason))
@pytest.mark.parametrize("shown", list(SHOWN_BY.values()))
@pytest.mark.parametrize("state", [S.IN_POST, S.SUSPENDED])
def test_nobody_leaves_for_a_reason_that_no_record_shows(leave_reason, shown, state):
    record = {name: name == shown for name in SHOWN_BY.values()}
    facts = replace(GONE, leave_reason=leave_reason, **record)
    allowed = SHOWN_BY[leave_reason] == shown
    assert bool(STANDING.judge(state, "leave", facts)) is allowed


def test_who_left_may_come_back_and_begins_as_a_candidate():
    assert STANDING.step(S.LEFT, "re_enter")[1] == S.CANDIDATE
