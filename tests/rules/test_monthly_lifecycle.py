from dataclasses import replace
from datetime import date

import pytest

from tests.rules.machine_tables import labelled, whole_table
from training.appraisal.rules.monthly_lifecycle import (
    MONTHLY_SCORE,
    MONTHLY_STATE_LABELS,
    MonthlyFacts,
    MonthlyState,
)
from training.core.rules.verdict import ALLOWED, refuse
from training.core.rules.workdays import WorkCalendar
from training.proceedings.rules.notice import window_after
from training.proceedings.rules.separation import Hand

S = MonthlyState
CALENDAR = WorkCalendar(frozenset(), frozenset(), frozenset({2026}))
PERSON, SCORER, OTHER = Hand(1), Hand(2), Hand(3)
RUNNING = window_after(date(2026, 11, 27), 5, CALENDAR)
OVER = window_after(date(2026, 11, 16), 5, CALENDAR)
ASSUMED = window_after(date(2026, 12, 31), 5, CALENDAR)
MISSING = refuse("score.missing", "缺数据")
FACTS = MonthlyFacts(
    today=date(2026, 11, 30),
    cutoff=date(2026, 11, 25),
    actor=OTHER,
    subject=PERSON,
    scorers=(SCORER,),
    data=ALLOWED,
    confirmed=True,
    confirm_window=OVER,
    objection_window=OVER,
    result_served=True,
    reason="已核对",
)
OWN = replace(FACTS, actor=PERSON, objection_window=RUNNING)
GOOD = {
    **dict.fromkeys(
        ("close_collection", "score", "check", "send_back", "notify", "rescore", "lock"), FACTS
    ),
    **dict.fromkeys(("confirm", "reopen", "accept", "object"), OWN),
}


def test_the_whole_lifecycle_of_a_monthly_score():
    assert whole_table(MONTHLY_SCORE, GOOD) == {
        "collecting": {"close_collection": "self_confirm"},
        "self_confirm": {"confirm": "self_confirm", "reopen": "collecting", "score": "scored"},
        "scored": {"check": "checked", "send_back": "self_confirm"},
        "checked": {"notify": "notified"},
        "notified": {"accept": "accepted", "object": "objected", "lock": "locked"},
        "accepted": {"lock": "locked"},
        "objected": {"rescore": "rescored"},
        "rescored": {"lock": "locked"},
        "locked": {},
    }
    assert labelled(MONTHLY_SCORE)
    assert set(MONTHLY_STATE_LABELS) == set(S)


@pytest.mark.parametrize(
    ("state", "action", "change", "codes"),
    [
        (S.COLLECTING, "close_collection", {"today": date(2026, 11, 24)}, "monthly.before_cutoff"),
        (S.SELF_CONFIRM, "confirm", {"actor": OTHER}, "NOT_OWN"),
        (S.SELF_CONFIRM, "confirm", {"actor": Hand(3, frozenset({1}))}, "NOT_OWN"),
        (S.SELF_CONFIRM, "reopen", {"actor": OTHER, "reason": ""}, "NOT_OWN REASON_REQUIRED"),
        (S.SELF_CONFIRM, "score", {"actor": PERSON}, "SELF"),
        (
            S.SELF_CONFIRM,
            "score",
            {"confirmed": False, "confirm_window": None},
            "monthly.unconfirmed",
        ),
        (
            S.SELF_CONFIRM,
            "score",
            {"confirmed": False, "confirm_window": RUNNING},
            "window.running",
        ),
        (
            S.SELF_CONFIRM,
            "score",
            {"confirmed": False, "confirm_window": ASSUMED, "today": date(2027, 2, 1)},
            "calendar.assumed",
        ),
        (S.SCORED, "check", {"actor": SCORER}, "SAME_PERSON"),
        (S.SCORED, "check", {"actor": PERSON}, "SELF"),
        (S.SCORED, "check", {"actor": Hand(9, frozenset({2}))}, "SAME_PERSON"),
        (S.SCORED, "check", {"data": MISSING}, "score.missing"),
        (S.SCORED, "send_back", {"reason": " "}, "REASON_REQUIRED"),
        (S.CHECKED, "notify", {"data": MISSING}, "score.missing"),
        (S.CHECKED, "notify", {"actor": PERSON}, "SELF"),
        (S.NOTIFIED, "accept", {"actor": OTHER}, "NOT_OWN"),
        (S.NOTIFIED, "object", {"objection_window": OVER}, "filing.late"),
        (S.NOTIFIED, "object", {"objection_window": None}, "monthly.not_notified"),
        (S.NOTIFIED, "object", {"actor": SCORER, "reason": ""}, "NOT_OWN REASON_REQUIRED"),
        (S.NOTIFIED, "lock", {"objection_window": RUNNING}, "window.running"),
        (S.NOTIFIED, "lock", {"objection_window": None}, "monthly.not_notified"),
        (S.NOTIFIED, "lock", {"data": MISSING}, "score.missing"),
        (S.ACCEPTED, "lock", {"data": MISSING}, "score.missing"),
        (S.OBJECTED, "rescore", {"actor": SCORER}, "SAME_PERSON"),
        (S.OBJECTED, "rescore", {"reason": ""}, "REASON_REQUIRED"),
        (S.OBJECTED, "rescore", {"data": MISSING}, "score.missing"),
        (S.RESCORED, "lock", {"result_served": False}, "monthly.not_served"),
        (S.RESCORED, "lock", {"data": MISSING}, "score.missing"),
        (
            S.RESCORED,
            "lock",
            {"data": MISSING, "result_served": False},
            "score.missing monthly.not_served",
        ),
        (
            S.NOTIFIED,
            "object",
            {"actor": SCORER, "objection_window": None},
            "NOT_OWN monthly.not_notified",
        ),
    ],
)
def test_each_gate_says_what_is_missing(state, action, change, codes):
    facts = replace(GOOD[action], **change)
    assert MONTHLY_SCORE.judge(state, action, facts).codes == tuple(codes.split())


def test_who_does_not_answer_is_scored_after_the_window():
    silent = replace(FACTS, confirmed=False)
    assert MONTHLY_SCORE.judge(S.SELF_CONFIRM, "score", silent)


def test_who_has_confirmed_is_scored_without_waiting():
    early = replace(FACTS, confirm_window=RUNNING)
    assert MONTHLY_SCORE.judge(S.SELF_CONFIRM, "score", early)


def test_the_month_may_be_closed_on_the_day_of_the_cut_off():
    on_the_day = replace(FACTS, today=FACTS.cutoff)
    assert MONTHLY_SCORE.judge(S.COLLECTING, "close_collection", on_the_day)


def test_who_accepts_need_not_wait_for_the_window():
    early = replace(FACTS, objection_window=RUNNING)
    assert MONTHLY_SCORE.judge(S.ACCEPTED, "lock", early)
