"""The life of a work card (《人民调解员工作证》) and its annual check (年审).

The card follows appointment and filing, names the committee, is checked every year in a
window of policy ``cert.annual_check`` and is handed back on leaving (收回). That a check
is due is computed from the day of the last one. A hand-over or a check that was entered in
error is taken back by a further entry with a reason.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training.core.rules.explanation import show_hundredths
from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.proceedings.rules.reasons import reason_given

_BASIS = "cert.annual_check"


class WorkCardState(StrEnum):
    """States of a work card; ``ANNUAL_CHECK_DUE`` is computed, never stored."""

    ISSUED = "issued"
    VALID = "valid"
    ANNUAL_CHECK_DUE = "annual_check_due"
    WITHDRAWN = "withdrawn"


WORK_CARD_STATE_LABELS = {
    WorkCardState.ISSUED: N_("已制证"),
    WorkCardState.VALID: N_("有效"),
    WorkCardState.ANNUAL_CHECK_DUE: N_("年审中"),
    WorkCardState.WITHDRAWN: N_("已收回"),
}


@dataclass(frozen=True, slots=True)
class AnnualCheckFacts:
    """What the annual check looks at: still in post, annual hours owed (hundredths of a
    credit hour), and whether the last grade was 不称职 without a passed retraining."""

    in_post: bool
    hours_owed: int
    unfit: bool


def annual_check_gate(facts: AnnualCheckFacts) -> Verdict:
    """Codes ``work_card.not_in_post``, ``work_card.hours_owed``, ``work_card.unfit``."""
    verdict = ALLOWED
    if not facts.in_post:
        verdict &= refuse("work_card.not_in_post", N_("目前不在岗，不能年审"), basis=_BASIS)
    if facts.hours_owed > 0:
        verdict &= refuse(
            "work_card.hours_owed",
            N_("年度培训还差 %(hours)s 学时"),
            basis="training.annual_hours",
            mend="courses.catalogue",
            hours=show_hundredths(facts.hours_owed),
        )
    if facts.unfit:
        verdict &= refuse(
            "work_card.unfit",
            N_("上一年度考核为不称职，须先完成再培训并考试合格"),
            basis="grade.consequence",
        )
    return verdict


@dataclass(frozen=True, slots=True)
class WithdrawalFacts:
    """Why the card is taken back, in words."""

    reason: str


def withdrawal_gate(facts: WithdrawalFacts) -> Verdict:
    """Code ``REASON_REQUIRED``."""
    return reason_given(facts.reason, basis="lifecycle:work_card")


@dataclass(frozen=True, slots=True)
class TakingBackFacts:
    """Why an entry is taken back, and whether an annual check stands that was entered."""

    reason: str
    checked: bool


def take_back_check_gate(facts: TakingBackFacts) -> Verdict:
    """Codes ``REASON_REQUIRED``, ``work_card.not_checked``."""
    verdict = reason_given(facts.reason, basis="lifecycle:work_card")
    if not facts.checked:
        verdict &= refuse("work_card.not_checked", N_("没有可以撤销的年审记录"), basis=_BASIS)
    return verdict


def take_back_hand_over_gate(facts: TakingBackFacts) -> Verdict:
    """Not under a check that followed it. Codes ``REASON_REQUIRED``, ``work_card.checked``."""
    verdict = reason_given(facts.reason, basis="lifecycle:work_card")
    if facts.checked:
        verdict &= refuse("work_card.checked", N_("发放后已经年审，请先撤销年审"), basis=_BASIS)
    return verdict


_PERMISSION = "certificates:work_card:"

WORK_CARD = Machine(
    "work_card",
    WorkCardState,
    WorkCardState.ISSUED,
    (
        Transition(
            "hand_over",
            (WorkCardState.ISSUED,),
            WorkCardState.VALID,
            _PERMISSION + "hand_over",
            label=N_("发放"),
        ),
        Transition(
            "check",
            (WorkCardState.ANNUAL_CHECK_DUE,),
            WorkCardState.VALID,
            _PERMISSION + "check",
            annual_check_gate,
            label=N_("年审"),
        ),
        Transition(
            "take_back_check",
            (WorkCardState.VALID, WorkCardState.ANNUAL_CHECK_DUE),
            WorkCardState.VALID,
            _PERMISSION + "take_back_check",
            take_back_check_gate,
            grave=True,
            label=N_("撤销年审"),
        ),
        Transition(
            "take_back_hand_over",
            (WorkCardState.VALID, WorkCardState.ANNUAL_CHECK_DUE),
            WorkCardState.ISSUED,
            _PERMISSION + "take_back_hand_over",
            take_back_hand_over_gate,
            label=N_("撤销发放"),
        ),
        Transition(
            "withdraw",
            (WorkCardState.ISSUED, WorkCardState.VALID, WorkCardState.ANNUAL_CHECK_DUE),
            WorkCardState.WITHDRAWN,
            _PERMISSION + "withdraw",
            withdrawal_gate,
            grave=True,
            label=N_("收回"),
        ),
    ),
    final=(WorkCardState.WITHDRAWN,),
    computed=(WorkCardState.ANNUAL_CHECK_DUE,),
)


@dataclass(frozen=True, slots=True)
class CheckWindow:
    """The yearly window of the annual check, both days inclusive; it may reach into the
    next year. A day that a month lacks means the month's last day."""

    from_month: int
    from_day: int
    to_month: int
    to_day: int

    def opening_before(self, day: date) -> date:
        """The last day on which a window opened, up to and including ``day``."""
        opening = _in_month(day.year, self.from_month, self.from_day)
        return (
            opening if opening <= day else _in_month(day.year - 1, self.from_month, self.from_day)
        )

    def closing_of(self, opening: date) -> date:
        """The last day of the window that opened on ``opening``."""
        closing = _in_month(opening.year, self.to_month, self.to_day)
        return (
            closing
            if closing >= opening
            else _in_month(opening.year + 1, self.to_month, self.to_day)
        )


@dataclass(frozen=True, slots=True)
class WorkCardStatus:
    """What a card is on a day; while a check is due, by when, and whether that has passed."""

    state: WorkCardState
    check_by: date | None
    overdue: bool


def status_on(
    stored: WorkCardState, last_checked_on: date, day: date, window: CheckWindow
) -> WorkCardStatus:
    """The state of a card on ``day``; ``last_checked_on`` is the day of the last passed
    check, or of issue: a card issued within a window need not be checked in it."""
    opening = window.opening_before(day)
    if stored is not WorkCardState.VALID or last_checked_on >= opening:
        return WorkCardStatus(stored, None, False)
    check_by = window.closing_of(opening)
    return WorkCardStatus(WorkCardState.ANNUAL_CHECK_DUE, check_by, day > check_by)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
