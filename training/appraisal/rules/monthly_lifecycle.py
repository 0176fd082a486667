"""The life of a monthly score: collected, confirmed by the person, scored, checked by
another, made known, accepted or objected to, locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.proceedings.rules.notice import Window, filing_gate, over_gate, reviewer_gate
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import Hand, Part, distinct, own_gate

_WINDOW = "appeal.window"


class MonthlyState(StrEnum):
    """States of a monthly score."""

    COLLECTING = "collecting"
    SELF_CONFIRM = "self_confirm"
    SCORED = "scored"
    CHECKED = "checked"
    NOTIFIED = "notified"
    ACCEPTED = "accepted"
    OBJECTED = "objected"
    RESCORED = "rescored"
    LOCKED = "locked"


MONTHLY_STATE_LABELS = {
    MonthlyState.COLLECTING: N_("采集中"),
    MonthlyState.SELF_CONFIRM: N_("待本人确认"),
    MonthlyState.SCORED: N_("已评分"),
    MonthlyState.CHECKED: N_("已复核"),
    MonthlyState.NOTIFIED: N_("已告知"),
    MonthlyState.ACCEPTED: N_("本人认可"),
    MonthlyState.OBJECTED: N_("有异议"),
    MonthlyState.RESCORED: N_("已复评"),
    MonthlyState.LOCKED: N_("已归档"),
}


@dataclass(frozen=True, slots=True)
class MonthlyFacts:
    """What the gates look at. ``today`` is the day in Shanghai.

    ``data`` is ``scoring.missing_gate`` of the score as it stands. ``scorers`` are all who
    took part in the score. ``confirm_window`` runs from the day on which the data were
    shown to the person, ``objection_window`` from the day on which the score was made
    known; each is ``None`` before. ``reason`` is what the acting person wrote.
    """

    today: date
    cutoff: date
    actor: Hand
    subject: Hand
    scorers: tuple[Hand, ...]
    data: Verdict
    confirmed: bool
    confirm_window: Window | None
    objection_window: Window | None
    result_served: bool
    reason: str


def own_act_gate(facts: MonthlyFacts) -> Verdict:
    """Code ``NOT_OWN``."""
    return own_gate(facts.actor, facts.subject)


def _by_another(facts: MonthlyFacts) -> Verdict:
    return distinct({Part.SUBJECT: [facts.subject], Part.SCORER: [facts.actor]})


def _reason(facts: MonthlyFacts) -> Verdict:
    return reason_given(facts.reason, basis="lifecycle:monthly_score")


def close_gate(facts: MonthlyFacts) -> Verdict:
    """The month is collected until its cut-off (policy ``daily.cutoff_day``).
    Code ``monthly.before_cutoff``."""
    if facts.today >= facts.cutoff:
        return ALLOWED
    return refuse(
        "monthly.before_cutoff",
        N_("本月数据采集至 %(cutoff)s"),
        basis="daily.cutoff_day",
        cutoff=facts.cutoff,
    )


def reopen_gate(facts: MonthlyFacts) -> Verdict:
    """The person says what is wrong with the data. Codes ``NOT_OWN``,
    ``REASON_REQUIRED``."""
    return own_act_gate(facts) & _reason(facts)


def score_gate(facts: MonthlyFacts) -> Verdict:
    """Another person scores, after the person has confirmed the data or let the window
    pass. Codes ``SELF``, ``monthly.unconfirmed``, ``window.running``, ``calendar.assumed``."""
    return _by_another(facts) & _confirmed(facts)


def _confirmed(facts: MonthlyFacts) -> Verdict:
    if facts.confirmed:
        return ALLOWED
    if facts.confirm_window is None:
        return refuse("monthly.unconfirmed", N_("本人尚未确认数据"), basis=_WINDOW)
    return over_gate(facts.confirm_window, facts.today, basis=_WINDOW)


def check_gate(facts: MonthlyFacts) -> Verdict:
    """Another than the scorers checks, with nothing missing. Codes ``SELF``,
    ``SAME_PERSON``, and those of ``missing_gate``."""
    return reviewer_gate(facts.actor, facts.scorers, facts.subject) & facts.data


def send_back_gate(facts: MonthlyFacts) -> Verdict:
    """Codes ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``."""
    return reviewer_gate(facts.actor, facts.scorers, facts.subject) & _reason(facts)


def notify_gate(facts: MonthlyFacts) -> Verdict:
    """Codes ``SELF`` and those of ``missing_gate``."""
    return _by_another(facts) & facts.data


def object_gate(facts: MonthlyFacts) -> Verdict:
    """The person objects in time, with a reason. Codes ``NOT_OWN``,
    ``monthly.not_notified``, ``filing.early``, ``filing.late``, ``REASON_REQUIRED``."""
    if facts.objection_window is None:
        return own_act_gate(facts) & _not_notified()
    in_time = filing_gate(facts.objection_window, facts.today, basis=_WINDOW)
    return own_act_gate(facts) & in_time & _reason(facts)


def _not_notified() -> Verdict:
    return refuse("monthly.not_notified", N_("成绩尚未告知本人"), basis=_WINDOW)


def rescore_gate(facts: MonthlyFacts) -> Verdict:
    """Another than the scorers hears the objection, with a reason and nothing missing.
    Codes ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``, and those of ``missing_gate``."""
    return send_back_gate(facts) & facts.data


def lock_unanswered_gate(facts: MonthlyFacts) -> Verdict:
    """Who neither accepts nor objects keeps the whole window. Codes
    ``monthly.not_notified``, ``window.running``, ``calendar.assumed``, and those of
    ``missing_gate``."""
    if facts.objection_window is None:
        return _not_notified()
    return over_gate(facts.objection_window, facts.today, basis=_WINDOW) & facts.data


def lock_accepted_gate(facts: MonthlyFacts) -> Verdict:
    """Codes of ``missing_gate``."""
    return facts.data


def lock_rescored_gate(facts: MonthlyFacts) -> Verdict:
    """The person has the answer to the objection. Codes ``monthly.not_served`` and those
    of ``missing_gate``."""
    if facts.result_served:
        return facts.data
    return facts.data & refuse(
        "monthly.not_served", N_("复评结果尚未送达本人"), basis="appeal.decide"
    )


_PERMISSION = "appraisal:monthly_score:"
_S = MonthlyState

MONTHLY_SCORE = Machine(
    "monthly_score",
    MonthlyState,
    _S.COLLECTING,
    (
        Transition(
            "close_collection",
            (_S.COLLECTING,),
            _S.SELF_CONFIRM,
            _PERMISSION + "close_collection",
            close_gate,
            label=N_("结束采集"),
        ),
        Transition(
            "confirm",
            (_S.SELF_CONFIRM,),
            _S.SELF_CONFIRM,
            _PERMISSION + "confirm",
            own_act_gate,
            label=N_("确认数据"),
        ),
        Transition(
            "reopen",
            (_S.SELF_CONFIRM,),
            _S.COLLECTING,
            _PERMISSION + "reopen",
            reopen_gate,
            label=N_("数据有误"),
        ),
        Transition(
            "score",
            (_S.SELF_CONFIRM,),
            _S.SCORED,
            _PERMISSION + "score",
            score_gate,
            label=N_("评分"),
        ),
        Transition(
            "check",
            (_S.SCORED,),
            _S.CHECKED,
            _PERMISSION + "check",
            check_gate,
            label=N_("复核"),
        ),
        Transition(
            "send_back",
            (_S.SCORED,),
            _S.SELF_CONFIRM,
            _PERMISSION + "send_back",
            send_back_gate,
            label=N_("退回修改"),
        ),
        Transition(
            "notify",
            (_S.CHECKED,),
            _S.NOTIFIED,
            _PERMISSION + "notify",
            notify_gate,
            label=N_("告知本人"),
        ),
        Transition(
            "accept",
            (_S.NOTIFIED,),
            _S.ACCEPTED,
            _PERMISSION + "accept",
            own_act_gate,
            label=N_("认可"),
        ),
        Transition(
            "object",
            (_S.NOTIFIED,),
            _S.OBJECTED,
            _PERMISSION + "object",
            object_gate,
            label=N_("提出异议"),
        ),
        Transition(
            "rescore",
            (_S.OBJECTED,),
            _S.RESCORED,
            _PERMISSION + "rescore",
            rescore_gate,
            label=N_("复评"),
        ),
        Transition(
            "lock",
            (_S.NOTIFIED,),
            _S.LOCKED,
            _PERMISSION + "lock",
            lock_unanswered_gate,
            label=N_("归档"),
        ),
        Transition(
            "lock",
            (_S.ACCEPTED,),
            _S.LOCKED,
            _PERMISSION + "lock",
            lock_accepted_gate,
            label=N_("归档"),
        ),
        Transition(
            "lock",
            (_S.RESCORED,),
            _S.LOCKED,
            _PERMISSION + "lock",
            lock_rescored_gate,
            label=N_("归档"),
        ),
    ),
    final=(_S.LOCKED,),
)
