"""Correcting an announcement (选聘公告): it is changed, or called off, with a reason.

Who read it relies on it: the time to apply is not cut off on the day itself, and is not prolonged
once the panel has begun to compare those who came in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_
from training.proceedings.rules.reasons import reason_given

_BASIS = "lifecycle:recruitment"

#: What an announcement may be changed in, in the order in which pages show it. Unit, kind of post
#: and routes decided who could apply: for other ones an announcement is called off and made anew.
FIELD_LABELS: dict[str, str] = {
    "title": N_("公告标题"),
    "title_en": N_("英文标题"),
    "positions": N_("名额"),
    "body": N_("公告正文"),
    "office": N_("受理部门"),
    "telephone": N_("受理电话"),
    "closes_on": N_("报名截止日期"),
}


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """The day in Shanghai, why, the last day of application as announced and as wanted, the
    places wanted, how many were confirmed, and whether anybody was called to the interview."""

    today: date
    reason: str
    announced: date
    closes_on: date
    positions: int
    confirmed: int
    interviewing: bool


def change_gate(facts: ChangeFacts) -> Verdict:
    """Codes ``REASON_REQUIRED``, ``announcement.too_early``, ``announcement.interviewing``,
    ``announcement.positions``."""
    verdict = reason_given(facts.reason, basis=_BASIS)
    if facts.closes_on < facts.announced and facts.closes_on <= facts.today:
        verdict &= refuse(
            "announcement.too_early",
            N_("提前截止的，最早定在 %(day)s，让准备报名的人来得及"),
            basis=_BASIS,
            day=facts.today + timedelta(days=1),
        )
    if facts.closes_on > facts.announced:
        if facts.closes_on < facts.today:
            verdict &= refuse(
                "announcement.too_early", N_("报名截止日期不能早于今天"), basis=_BASIS
            )
        if facts.interviewing:
            verdict &= refuse(
                "announcement.interviewing",
                N_("已经组织面试，不能再延长报名；需要增加人选的，另行发布公告"),
                basis=_BASIS,
            )
    if facts.positions < max(facts.confirmed, 1):
        verdict &= refuse(
            "announcement.positions",
            N_("名额不能少于已确定的 %(n)s 人"),
            basis=_BASIS,
            n=max(facts.confirmed, 1),
        )
    return verdict


@dataclass(frozen=True, slots=True)
class CallOffFacts:
    """Why, and how many appeals and objections of applicants wait for a decision."""

    reason: str
    undecided: int


def call_off_gate(facts: CallOffFacts) -> Verdict:
    """What others have been asked to decide is decided first. Codes ``REASON_REQUIRED``,
    ``announcement.undecided``."""
    verdict = reason_given(facts.reason, basis=_BASIS)
    if facts.undecided:
        verdict &= refuse(
            "announcement.undecided",
            N_("还有 %(n)s 件申诉或者异议没有办结，请先由复核人作出决定"),
            basis="appeal.window",
            n=facts.undecided,
        )
    return verdict
