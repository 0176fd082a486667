from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.machine_tables import labelled, whole_table
from training.core.policy_defaults import SPECS
from training.core.rules.verdict import ALLOWED
from training.employment.rules.appointment import (
    APPOINTMENT_KIND_LABELS,
    APPOINTMENT_STATE_LABELS,
    ENDING_LABELS,
    ENGAGEMENT_LABELS,
    AppointmentFacts,
    AppointmentKind,
    AppointmentRecord,
    AppointmentState,
    Engagement,
    TerminationCause,
    effective_state,
    post_gate,
    renewal_opens_on,
    serves_on,
    term_of,
)
from training.employment.rules.appointment_lifecycle import APPOINTMENT, withdrawal_to
from training.people.rules.person import ServiceKind
from training.proceedings.rules.separation import Hand

S = AppointmentState
START, END = date(2024, 1, 1), date(2026, 12, 31)
TODAY = date(2026, 11, 23)
WINDOW = SPECS["term.renewal_window_days"].default
RECORD = AppointmentRecord(
    AppointmentKind.ENGAGED, ServiceKind.FULL_TIME, S.IN_TERM, START, END, began_on=START
)
REQUIRED = frozenset({ServiceKind.FULL_TIME})
NO_CERTIFICATE = post_gate(RECORD, required_for=REQUIRED, certificate_in_force=False)
FACTS = AppointmentFacts(
    today=TODAY,
    record=RECORD,
    actor=Hand(3),
    subject=Hand(1),
    proposer=Hand(2),
    post=ALLOWED,
    resolution="决议〔1〕",
    filing="备案表",
    death_record="",
    reason="任期内表现良好",
    renewal_window_days=WINDOW,
    exit_final=True,
    cause=TerminationCause.EXIT_DECISION,
)
GOOD = {
    **dict.fromkeys(("resolve", "file", "begin", "open_renewal"), FACTS),
    **dict.fromkeys(("renew", "decline", "terminate"), FACTS),
    "resign": replace(FACTS, actor=Hand(1)),
    **{withdrawal_to(s): replace(FACTS, actor=Hand(1)) for s in S},
}


def test_the_whole_lifecycle_of_an_appointment():
    out = {"terminate": "terminated", "resign": "resigned"}
    assert whole_table(APPOINTMENT, GOOD) == {
        "proposed": {"resolve": "committee_resolution", "resign": "resigned"},
        "committee_resolution": {"file": "filed", "resign": "resigned"},
        "filed": {"begin": "in_term", "resign": "resigned"},
        "in_term": {"open_renewal": "renewal_review", **out},
        "renewal_review": {"renew": "renewed", "decline": "not_renewed", **out},
        "renewed": out,
        "not_renewed": out,
        "terminated": {},
        "resigned": {
            f"withdraw_resignation_to_{state}": state
            for state in (
                "proposed",
                "committee_resolution",
                "filed",
                "in_term",
                "renewal_review",
                "renewed",
                "not_renewed",
            )
        },
        "lapsed": {},
    }
    assert labelled(APPOINTMENT)
    assert set(APPOINTMENT_STATE_LABELS) == set(S)
    assert set(ENGAGEMENT_LABELS) == set(Engagement)
    assert set(APPOINTMENT_KIND_LABELS) == set(ENDING_LABELS) == set(AppointmentKind)


FUTURE = replace(RECORD, term_start=date(2026, 12, 1))
BACK = withdrawal_to(S.IN_TERM)
ENDED = replace(RECORD, term_end=date(2026, 11, 22))
DEATH = {"cause": TerminationCause.DEATH, "exit_final": False, "resolution": ""}


@pytest.mark.parametrize(
    ("state", "action", "change", "codes"),
    [
        (S.PROPOSED, "resolve", {"post": NO_CERTIFICATE}, "certificate.required"),
        (S.PROPOSED, "resolve", {"resolution": " "}, "appointment.no_resolution"),
        (S.PROPOSED, "resolve", {"actor": Hand(2)}, "SAME_PERSON"),
        (S.PROPOSED, "resolve", {"actor": Hand(1)}, "SELF"),
        (S.PROPOSED, "resign", {"actor": Hand(3)}, "NOT_OWN"),
        (S.COMMITTEE_RESOLUTION, "file", {"filing": ""}, "appointment.no_filing"),
        (S.COMMITTEE_RESOLUTION, "file", {"actor": Hand(1)}, "SELF"),
        (S.FILED, "begin", {"record": FUTURE}, "appointment.before_term"),
        (S.FILED, "begin", {"post": NO_CERTIFICATE}, "certificate.required"),
        (S.FILED, "begin", {"actor": Hand(1)}, "SELF"),
        (
            S.IN_TERM,
            "open_renewal",
            {"today": date(2026, 10, 1)},
            "appointment.before_renewal_window",
        ),
        (S.RENEWAL_REVIEW, "renew", {"post": NO_CERTIFICATE}, "certificate.required"),
        (S.RENEWAL_REVIEW, "renew", {"reason": "…"}, "REASON_REQUIRED"),
        (S.RENEWAL_REVIEW, "renew", {"actor": Hand(2)}, "SAME_PERSON"),
        (S.RENEWAL_REVIEW, "decline", {"exit_final": False}, "appointment.exit_not_final"),
        (S.RENEWAL_REVIEW, "decline", {"actor": Hand(2)}, "SAME_PERSON"),
        (S.RENEWAL_REVIEW, "decline", {"reason": ""}, "REASON_REQUIRED"),
        (S.RENEWAL_REVIEW, "decline", {"resolution": ""}, "appointment.no_resolution"),
        (S.IN_TERM, "terminate", {"exit_final": False}, "appointment.exit_not_final"),
        (S.IN_TERM, "terminate", {"resolution": ""}, "appointment.no_resolution"),
        (S.IN_TERM, "terminate", {"actor": Hand(2)}, "SAME_PERSON"),
        (S.IN_TERM, "terminate", {"reason": ""}, "REASON_REQUIRED"),
        (S.IN_TERM, "terminate", {"cause": None}, "appointment.no_cause"),
        (
            S.IN_TERM,
            "terminate",
            {"cause": None, "actor": Hand(2)},
            "SAME_PERSON appointment.no_cause",
        ),
        (
            S.IN_TERM,
            "terminate",
            {**DEATH, "death_record": "证明", "reason": ""},
            "REASON_REQUIRED",
        ),
        (S.IN_TERM, "terminate", DEATH, "appointment.no_death_record"),
        (
            S.IN_TERM,
            "terminate",
            {**DEATH, "death_record": "证明", "actor": Hand(2)},
            "SAME_PERSON",
        ),
        (S.RENEWED, "terminate", {"record": ENDED}, "appointment.not_in_force"),
        (S.NOT_RENEWED, "resign", {"record": ENDED}, "appointment.not_in_force"),
        (S.IN_TERM, "resign", {"actor": Hand(3), "reason": ""}, "NOT_OWN REASON_REQUIRED"),
        (S.RESIGNED, BACK, {"actor": Hand(3), "reason": ""}, "NOT_OWN REASON_REQUIRED"),
        (S.RESIGNED, BACK, {"settled": True}, "appointment.settled"),
        (S.RESIGNED, BACK, {"appointed_since": True}, "appointment.appointed_since"),
        (S.RESIGNED, BACK, {"record": ENDED}, "appointment.not_in_force"),
    ],
)
def test_each_gate_says_what_is_missing(state, action, change, codes):
    facts = replace(GOOD[action], **change)
    assert APPOINTMENT.judge(state, action, facts).codes == tuple(codes.split())


def test_a_proven_death_ends_an_appointment_without_a_review():
    facts = replace(FACTS, **DEATH, death_record="死亡证明")
    assert APPOINTMENT.judge(S.IN_TERM, "terminate", facts)


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        (S.IN_TERM, END, S.IN_TERM),
        (S.IN_TERM, END + timedelta(days=1), S.LAPSED),
        (S.RENEWAL_REVIEW, END + timedelta(days=1), S.LAPSED),
        (S.FILED, END + timedelta(days=1), S.LAPSED),
        (S.RENEWED, END + timedelta(days=1), S.RENEWED),
        (S.NOT_RENEWED, END + timedelta(days=1), S.NOT_RENEWED),
        (S.TERMINATED, END + timedelta(days=1), S.TERMINATED),
        (S.PROPOSED, END + timedelta(days=1), S.PROPOSED),
    ],
)
def test_a_term_that_nobody_decided_on_lapses_by_its_date(state, day, expected):
    assert effective_state(replace(RECORD, state=state), day) is expected


def test_nothing_leads_out_of_a_lapsed_appointment():
    lapsed = effective_state(RECORD, END + timedelta(days=1))
    assert APPOINTMENT.available(lapsed, lambda permission: True, FACTS) == []


@pytest.mark.parametrize(
    ("change", "day", "serves"),
    [
        ({}, START - timedelta(days=1), False),
        ({}, START, True),
        ({}, END, True),
        ({}, END + timedelta(days=1), False),
        ({"began_on": None}, TODAY, False),
        ({"began_on": TODAY}, TODAY - timedelta(days=1), False),
        ({"state": S.TERMINATED, "ended_on": TODAY}, TODAY - timedelta(days=1), True),
        ({"state": S.TERMINATED, "ended_on": TODAY}, TODAY, False),
        ({"state": S.RESIGNED, "began_on": None, "ended_on": TODAY}, TODAY, False),
        ({"state": S.NOT_RENEWED}, END, True),
    ],
)
def test_a_person_serves_from_taking_the_post_to_the_last_day(change, day, serves):
    assert serves_on(replace(RECORD, **change), day) is serves


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"term_end": START - timedelta(days=1)}, "term ends"),
        ({"state": S.LAPSED}, "computed"),
        ({"ended_on": START - timedelta(days=1)}, "ends before"),
    ],
)
def test_a_record_that_contradicts_itself_cannot_be_held(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(RECORD, **change)


def test_a_post_is_taken_on_the_first_day_of_the_term_at_the_earliest():
    record = replace(RECORD, term_start=TODAY)
    assert APPOINTMENT.judge(S.FILED, "begin", replace(FACTS, record=record))


def test_a_term_and_a_service_may_last_a_single_day():
    single = replace(RECORD, term_end=START)
    assert serves_on(single, START)
    assert not serves_on(replace(RECORD, ended_on=START), START)


def test_the_renewal_window_opens_ninety_days_before_the_end():
    opens_on = renewal_opens_on(RECORD, WINDOW)
    assert opens_on == date(2026, 10, 2)
    for day, allowed in ((opens_on - timedelta(days=1), False), (opens_on, True)):
        facts = replace(FACTS, today=day)
        assert bool(APPOINTMENT.judge(S.IN_TERM, "open_renewal", facts)) is allowed


@pytest.mark.parametrize("service_kind", list(ServiceKind))
@pytest.mark.parametrize("kind", list(AppointmentKind))
@pytest.mark.parametrize("in_force", [True, False])
@pytest.mark.parametrize("required_for", [frozenset(), REQUIRED, frozenset(ServiceKind)])
def test_only_a_full_time_engaged_post_waits_for_the_certificate(
    service_kind, kind, in_force, required_for
):
    record = replace(RECORD, kind=kind, service_kind=service_kind)
    verdict = post_gate(record, required_for=required_for, certificate_in_force=in_force)
    blocked = (
        service_kind is ServiceKind.FULL_TIME
        and kind is AppointmentKind.ENGAGED
        and ServiceKind.FULL_TIME in required_for
        and not in_force
    )
    assert verdict.codes == (("certificate.required",) if blocked else ())


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(1, 10))
def test_terms_follow_one_another_without_gap_or_overlap(start, years):
    first, last = term_of(start, years)
    following, _ = term_of(last + timedelta(days=1), years)
    record = replace(RECORD, term_start=first, term_end=last, began_on=first)
    assert (serves_on(record, last), serves_on(record, following)) == (True, False)
    assert effective_state(record, following) is S.LAPSED
