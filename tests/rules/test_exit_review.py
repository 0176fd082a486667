from dataclasses import fields, replace
from datetime import date
from random import Random

import pytest

from certificates.rules.lifecycle import RevocationGround
from tests.rules.machine_tables import labelled, whole_table
from training.appraisal.rules.grade import GROUND_TWO_UNFIT, GROUND_VETO_ACT
from training.core.rules.workdays import WorkCalendar
from training.employment.rules.appointment import Engagement
from training.employment.rules.exit_gates import (
    EXIT_GROUND_LABELS,
    CertificateEnding,
    ExitFacts,
    ExitGround,
    initiation_gate,
)
from training.employment.rules.exit_review import (
    EXIT_REVIEW,
    EXIT_STATE_LABELS,
    ExitState,
    is_final,
)
from training.proceedings.rules.notice import window_after
from training.proceedings.rules.separation import Hand, PanelMember

S = ExitState
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2026}))
SUBJECT, PROPOSER, DECIDER, REVIEWER = Hand(1), Hand(2), Hand(7), Hand(9)
RUNNING = window_after(date(2026, 11, 27), 5, CALENDAR)
OVER = window_after(date(2026, 11, 16), 5, CALENDAR)
ASSUMED = window_after(date(2026, 12, 31), 5, CALENDAR)
PANEL = tuple(PanelMember(Hand(n), False) for n in (4, 5, 6))
FACTS = ExitFacts(
    today=date(2026, 11, 30),
    actor=DECIDER,
    subject=SUBJECT,
    proposer=PROPOSER,
    grounds=(ExitGround.TWO_UNFIT,),
    evidence=("appraisal:2025", "appraisal:2026"),
    evidence_digest="ab12",
    served_digest="ab12",
    service_record="送达回证",
    reply_window=OVER,
    statement="请求再给一次机会",
    signed_record="",
    panel=PANEL,
    panel_min=3,
    panel_must_be_odd=False,
    panel_opinion="建议解聘",
    deciders=(DECIDER,),
    resolution="聘任单位决议",
    reason="连续两年不称职，补训后仍无改进",
    appeal_window=OVER,
    answer_served=True,
    open_cases=0,
    work_card_settled=True,
    has_certificate=True,
    certificate_ending=CertificateEnding.CANCELLED,
    revocation_ground=None,
    engagement=Engagement.LABOUR_CONTRACT,
)
BY_SUBJECT = replace(FACTS, actor=SUBJECT)
BY_REVIEWER = replace(FACTS, actor=REVIEWER)
SPECIAL = {
    "give_statement": replace(BY_SUBJECT, reply_window=RUNNING),
    "note_silence": replace(FACTS, statement=""),
    "appeal": replace(BY_SUBJECT, appeal_window=RUNNING),
    "uphold": BY_REVIEWER,
    "overturn": BY_REVIEWER,
    "return_to_agency": replace(FACTS, engagement=Engagement.LABOUR_DISPATCH),
}


def good(state, action):
    return SPECIAL.get(action, FACTS)


def test_the_whole_lifecycle_of_an_exit_review():
    further = {"serve_further_evidence": "evidence_served"}
    abandon = {"abandon": "retained"}
    assert whole_table(EXIT_REVIEW, good) == {
        "initiated": {"serve_evidence": "evidence_served", **abandon},
        "evidence_served": {
            "give_statement": "mediator_statement",
            "note_silence": "mediator_statement",
            **further,
            **abandon,
        },
        "mediator_statement": {"convene_panel": "panel", **further, **abandon},
        "panel": {"decide": "decision", "retain": "retained", **further},
        "decision": {"appeal": "appeal", "start_handover": "handover"},
        "appeal": {"uphold": "handover", "overturn": "retained"},
        "handover": {"withdraw_papers": "papers_withdrawn"},
        "papers_withdrawn": {"return_to_agency": "returned_to_agency", "close": "closed"},
        "returned_to_agency": {"close": "closed"},
        "closed": {},
        "retained": {},
    }
    assert labelled(EXIT_REVIEW)
    assert set(EXIT_STATE_LABELS) == set(S)
    assert set(EXIT_GROUND_LABELS) == set(ExitGround)


def test_the_grounds_that_an_appraisal_opens_are_grounds_here():
    assert {GROUND_TWO_UNFIT, GROUND_VETO_ACT} == {ExitGround.TWO_UNFIT, ExitGround.VETO_ACT}


WITHOUT_CONFLICT = tuple(replace(m, conflict=None) for m in PANEL)
WITH_PROPOSER = (*PANEL, PanelMember(PROPOSER, False))
REVOKED = {"certificate_ending": CertificateEnding.REVOKED}


@pytest.mark.parametrize(
    ("state", "action", "change", "codes"),
    [
        (S.INITIATED, "serve_evidence", {"grounds": ()}, "exit.no_ground"),
        (S.INITIATED, "serve_evidence", {"evidence": ("", " ")}, "exit.no_evidence"),
        (S.INITIATED, "serve_evidence", {"proposer": SUBJECT}, "SELF"),
        (S.INITIATED, "serve_evidence", {"service_record": ""}, "exit.no_service_record"),
        (S.INITIATED, "serve_evidence", {"served_digest": "other"}, "CHANGED"),
        (S.INITIATED, "serve_evidence", {"served_digest": "", "evidence_digest": ""}, "CHANGED"),
        (S.EVIDENCE_SERVED, "give_statement", {"actor": PROPOSER}, "NOT_OWN"),
        (S.EVIDENCE_SERVED, "give_statement", {"statement": "…"}, "REASON_REQUIRED"),
        (S.EVIDENCE_SERVED, "give_statement", {"evidence_digest": "cd"}, "CHANGED"),
        (S.EVIDENCE_SERVED, "note_silence", {"reply_window": RUNNING}, "window.running"),
        (S.EVIDENCE_SERVED, "note_silence", {"reply_window": None}, "exit.not_served"),
        (
            S.EVIDENCE_SERVED,
            "note_silence",
            {"reply_window": ASSUMED, "today": date(2027, 3, 1)},
            "calendar.assumed",
        ),
        (S.EVIDENCE_SERVED, "note_silence", {"actor": SUBJECT}, "SELF"),
        (S.EVIDENCE_SERVED, "note_silence", {"evidence_digest": "cd"}, "CHANGED"),
        (S.MEDIATOR_STATEMENT, "convene_panel", {"panel": PANEL[:2]}, "panel.too_small"),
        (S.MEDIATOR_STATEMENT, "convene_panel", {"panel": WITH_PROPOSER}, "SAME_PERSON"),
        (
            S.MEDIATOR_STATEMENT,
            "convene_panel",
            {"panel": WITHOUT_CONFLICT},
            "panel.undeclared panel.too_small",
        ),
        (S.MEDIATOR_STATEMENT, "convene_panel", {"evidence_digest": "cd"}, "CHANGED"),
        (S.PANEL, "decide", {"actor": PROPOSER}, "SAME_PERSON"),
        (S.PANEL, "decide", {"actor": SUBJECT}, "SELF"),
        (S.PANEL, "decide", {"actor": Hand(4)}, "SAME_PERSON"),
        (S.PANEL, "decide", {"actor": Hand(8, frozenset({2}))}, "SAME_PERSON"),
        (S.PANEL, "decide", {"reason": "  "}, "REASON_REQUIRED"),
        (S.PANEL, "decide", {"reason": "59.5"}, "REASON_REQUIRED"),
        (S.PANEL, "decide", {"statement": "", "reply_window": RUNNING}, "window.running"),
        (S.PANEL, "decide", {"statement": "", "reply_window": None}, "exit.not_served"),
        (S.PANEL, "decide", {"panel_opinion": ""}, "exit.no_opinion"),
        (S.PANEL, "decide", {"resolution": ""}, "exit.no_resolution"),
        (S.PANEL, "decide", {"evidence_digest": "cd"}, "CHANGED"),
        (S.PANEL, "decide", {"panel": PANEL[:2]}, "panel.too_small"),
        (S.PANEL, "retain", {"actor": PROPOSER}, "SAME_PERSON"),
        (S.PANEL, "retain", {"reason": ""}, "REASON_REQUIRED"),
        (S.INITIATED, "abandon", {"reason": ""}, "REASON_REQUIRED"),
        (S.EVIDENCE_SERVED, "abandon", {"actor": SUBJECT}, "SELF"),
        (S.DECISION, "appeal", {"actor": PROPOSER}, "NOT_OWN"),
        (S.DECISION, "appeal", {"appeal_window": OVER}, "filing.late"),
        (S.DECISION, "appeal", {"appeal_window": None}, "exit.decision_not_served"),
        (S.DECISION, "appeal", {"reason": ""}, "REASON_REQUIRED"),
        (
            S.DECISION,
            "appeal",
            {"actor": PROPOSER, "appeal_window": None},
            "NOT_OWN exit.decision_not_served",
        ),
        (
            S.DECISION,
            "start_handover",
            {"actor": SUBJECT, "appeal_window": None},
            "SELF exit.decision_not_served",
        ),
        (S.DECISION, "start_handover", {"appeal_window": RUNNING}, "window.running"),
        (S.DECISION, "start_handover", {"appeal_window": None}, "exit.decision_not_served"),
        (S.DECISION, "start_handover", {"actor": SUBJECT}, "SELF"),
        (
            S.DECISION,
            "start_handover",
            {"appeal_window": ASSUMED, "today": date(2027, 3, 1)},
            "calendar.assumed",
        ),
        (S.APPEAL, "uphold", {"actor": DECIDER}, "SAME_PERSON"),
        (S.APPEAL, "uphold", {"actor": PROPOSER}, "SAME_PERSON"),
        (S.APPEAL, "uphold", {"actor": Hand(5)}, "SAME_PERSON"),
        (S.APPEAL, "uphold", {"reason": ""}, "REASON_REQUIRED"),
        (S.APPEAL, "uphold", {"answer_served": False}, "exit.answer_not_served"),
        (S.APPEAL, "overturn", {"actor": SUBJECT}, "SELF"),
        (S.APPEAL, "overturn", {"reason": ""}, "REASON_REQUIRED"),
        (S.HANDOVER, "withdraw_papers", {"open_cases": 2}, "exit.open_cases"),
        (S.HANDOVER, "withdraw_papers", {"work_card_settled": False}, "exit.work_card"),
        (S.HANDOVER, "withdraw_papers", {"certificate_ending": None}, "exit.certificate"),
        (S.HANDOVER, "withdraw_papers", REVOKED, "exit.revocation_ground"),
        (
            S.PAPERS_WITHDRAWN,
            "return_to_agency",
            {"engagement": Engagement.LABOUR_CONTRACT},
            "exit.not_dispatched",
        ),
        (
            S.PAPERS_WITHDRAWN,
            "close",
            {"engagement": Engagement.LABOUR_DISPATCH},
            "exit.return_first",
        ),
    ],
)
def test_each_gate_says_what_is_missing(state, action, change, codes):
    facts = replace(good(str(state), action), **change)
    assert EXIT_REVIEW.judge(state, action, facts).codes == tuple(codes.split())


@pytest.mark.parametrize("engagement", list(Engagement))
def test_only_under_labour_dispatch_does_the_person_return_to_the_agency(engagement):
    facts = replace(FACTS, engagement=engagement)
    seen = EXIT_REVIEW.available(S.PAPERS_WITHDRAWN, lambda permission: True, facts)
    open_ = {t.action for t, verdict in seen if verdict}
    dispatched = engagement is Engagement.LABOUR_DISPATCH
    assert open_ == ({"return_to_agency"} if dispatched else {"close"})


def test_who_has_spoken_need_not_wait_for_the_window():
    assert EXIT_REVIEW.judge(S.PANEL, "decide", replace(FACTS, reply_window=RUNNING))


def test_a_spoken_statement_is_recorded_with_the_record_the_person_signed():
    facts = replace(FACTS, actor=PROPOSER, signed_record="谈话记录（本人签名）")
    assert EXIT_REVIEW.judge(S.EVIDENCE_SERVED, "give_statement", facts)


def test_a_certificate_obtained_by_fraud_is_revoked():
    facts = replace(FACTS, **REVOKED, revocation_ground=RevocationGround.FRAUD)
    assert EXIT_REVIEW.judge(S.HANDOVER, "withdraw_papers", facts)


def test_who_has_no_certificate_loses_none():
    facts = replace(FACTS, has_certificate=False, certificate_ending=None)
    assert EXIT_REVIEW.judge(S.HANDOVER, "withdraw_papers", facts)


def test_a_review_without_ground_or_evidence_is_not_even_opened():
    assert initiation_gate(FACTS)
    assert initiation_gate(replace(FACTS, grounds=(), evidence=())).codes == (
        "exit.no_ground",
        "exit.no_evidence",
    )


def reachable(without):
    reached, frontier = {str(S.INITIATED)}, [str(S.INITIATED)]
    while frontier:
        state = frontier.pop()
        for (source, action), t in EXIT_REVIEW.table.items():
            if source == state and action not in without and t.target not in reached:
                reached.add(t.target)
                frontier.append(t.target)
    return reached


@pytest.mark.parametrize(
    "step",
    [
        {"serve_evidence"},
        {"give_statement", "note_silence"},
        {"convene_panel"},
        {"decide"},
        {"start_handover", "uphold"},
    ],
)
def test_no_path_leads_round_a_step_of_fair_procedure(step):
    assert any(is_final(ExitState(state)) for state in reachable(frozenset()))
    assert not any(is_final(ExitState(state)) for state in reachable(step))


# For the walk below: for each field, what may be there besides the good value.
BAD = {
    "actor": [SUBJECT, PROPOSER, REVIEWER, Hand(4), Hand(8, frozenset({2}))],
    "grounds": [()],
    "evidence": [()],
    "served_digest": ["", "other"],
    "service_record": [""],
    "reply_window": [None, RUNNING],
    "statement": [""],
    "panel": [PANEL[:2], WITH_PROPOSER, WITHOUT_CONFLICT],
    "panel_opinion": [""],
    "resolution": [""],
    "reason": ["", "59.5"],
    "appeal_window": [None, RUNNING],
    "answer_served": [False],
}
ALTERED = [(name, value) for name, values in BAD.items() for value in values]
ENDINGS = {"retain", "abandon", "overturn"}


def walk(random):
    """One random history, with facts that are wrong now and then: the state in which it
    ends, and for each state since the last service how and with what facts it was reached."""
    state, done = S.INITIATED, {}
    for _ in range(25):
        actions = [a for s, a in EXIT_REVIEW.table if s == state]
        # Most walks go on rather than end early, so that many reach the exit.
        onward = [a for a in actions if a not in ENDINGS] if random.random() < 0.9 else actions
        if not onward:
            break
        action = random.choice(onward)
        altered = dict(random.sample(ALTERED, random.choice((0, 0, 1, 1, 2))))
        facts = replace(good(str(state), action), **altered)
        verdict, after = EXIT_REVIEW.step(state, action, facts)
        if not verdict:
            assert after == state
            continue
        if after == S.EVIDENCE_SERVED:
            done = {}
        done[after] = (action, facts)
        state = ExitState(after)
    return state, done


def test_whoever_is_out_was_served_heard_judged_by_others_and_could_appeal():
    random = Random(20261123)
    exits = [done for state, done in (walk(random) for _ in range(1500)) if is_final(state)]
    assert len(exits) > 200
    for done in exits:
        assert_that_every_right_was_kept(done)


def assert_that_every_right_was_kept(done):
    _, served = done[S.EVIDENCE_SERVED]
    assert served.grounds
    assert served.evidence
    assert served.service_record
    assert served.served_digest == served.evidence_digest
    how, heard = done[S.MEDIATOR_STATEMENT]
    if how == "give_statement":
        assert heard.statement
        assert heard.actor == SUBJECT
    else:
        assert heard.reply_window.is_over(heard.today)
    _, decided = done[S.DECISION]
    assert not decided.actor.persons & {1, 2, 4, 5, 6}
    assert any(c.isalpha() for c in decided.reason)
    assert decided.resolution
    assert decided.statement or decided.reply_window.is_over(decided.today)
    how, final = done[S.HANDOVER]
    if how == "start_handover":
        assert final.appeal_window.is_over(final.today)
    else:
        assert not final.actor.persons & {1, 2, 4, 5, 6, 7}
        assert final.answer_served
        assert any(c.isalpha() for c in final.reason)


def test_the_walk_alters_fields_that_exist():
    assert set(BAD) <= {field.name for field in fields(ExitFacts)}
