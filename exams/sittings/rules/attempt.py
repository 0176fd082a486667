"""ExamAttempt (答卷): its lifecycle, and the state it is in at a moment.

Source: the state machines of the domain page. A score changes only through a logged
correction, which sends the attempt back to marking and lets it be reviewed and released
anew; a review is corrected by a further one, after which it is released anew. An attempt that
was never begun ends with its sitting (``cancel``) or is taken off the list (``withdraw``);
neither uses up one of the attempts of a cycle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Reason, Verdict, refuse
from training.core.rules.words import N_, Words

RULES_BASIS = "考场规则"
TIME_BASIS = "exam.grace_seconds"
APPEAL_BASIS = "appeal.window"
RESULT_BASIS = "exam.pass_mark"
REVIEW_BASIS = "exam.focus_loss"


class AttemptState(StrEnum):
    SCHEDULED = "scheduled"
    ADMITTED = "admitted"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    AUTO_SUBMITTED = "auto_submitted"
    GRADED = "graded"
    REVIEWED = "reviewed"
    RELEASED = "released"
    PASSED = "passed"
    FAILED = "failed"
    UNDER_APPEAL = "under_appeal"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


STATE_LABELS: Mapping[AttemptState, str] = MappingProxyType(
    {
        AttemptState.SCHEDULED: N_("已安排"),
        AttemptState.ADMITTED: N_("已入场"),
        AttemptState.IN_PROGRESS: N_("答题中"),
        AttemptState.SUBMITTED: N_("已交卷"),
        AttemptState.AUTO_SUBMITTED: N_("到时自动交卷"),
        AttemptState.GRADED: N_("已阅卷"),
        AttemptState.REVIEWED: N_("已复核"),
        AttemptState.RELEASED: N_("成绩已发布"),
        AttemptState.PASSED: N_("合格"),
        AttemptState.FAILED: N_("不合格"),
        AttemptState.UNDER_APPEAL: N_("申诉中"),
        AttemptState.CANCELLED: N_("考试已取消"),
        AttemptState.WITHDRAWN: N_("已撤销列入"),
    }
)

_S = AttemptState

#: Entered for a sitting and not begun.
WAITING = frozenset({_S.SCHEDULED, _S.ADMITTED})
#: Entered once, and no longer expected: nobody has sat, no attempt is used up.
DROPPED = frozenset({_S.CANCELLED, _S.WITHDRAWN})
#: What uses up one of the attempts of a cycle (policy ``exam.attempts``): having begun.
STARTED = frozenset(set(AttemptState) - WAITING - DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFacts:
    """What the gates look at. All times aware; persons by person id.

    ``closes_at`` is deadline plus grace of a started attempt, ``sitting_ends_at`` the last
    moment to start. ``open_events`` counts what a proctor still has to look at (focus
    loss, late answers). ``scored`` says that every question has its points; ``passed`` is
    the outcome. ``actor``, ``candidate`` and ``marker`` keep duties apart; ``reason`` is
    what the person who acts has typed. ``appeal_closes_at`` ends the appeal window.
    """

    now: datetime
    identity_checked: bool = False
    opens_at: datetime | None = None
    sitting_ends_at: datetime | None = None
    closes_at: datetime | None = None
    scored: bool = False
    open_events: int = 0
    passed: bool | None = None
    actor: int | None = None
    candidate: int | None = None
    marker: int | None = None
    appeal_closes_at: datetime | None = None
    reason: str = ""


def effective_state(
    state: AttemptState, now: datetime, deadline: datetime | None, grace_seconds: int
) -> AttemptState:
    """The state at ``now``: a started attempt is handed in once deadline and grace are over,
    whether or not any job has run. ``deadline`` is None before the start."""
    if (
        state is AttemptState.IN_PROGRESS
        and deadline is not None
        and now > deadline + timedelta(seconds=grace_seconds)
    ):
        return AttemptState.AUTO_SUBMITTED
    return state


def not_open() -> Verdict:
    return refuse("NOT_OPEN", N_("服务器时间未到开考"), basis=RULES_BASIS)


def _identity_checked(facts: AttemptFacts) -> Verdict:
    if facts.identity_checked:
        return ALLOWED
    return refuse("attempt.identity_unchecked", N_("尚未核对考生身份"), basis=RULES_BASIS)


def _doors_open(facts: AttemptFacts) -> Verdict:
    if facts.opens_at is None or facts.now < facts.opens_at:
        return not_open()
    if facts.sitting_ends_at is None or facts.now >= facts.sitting_ends_at:
        return refuse("CLOSED", N_("本场考试已结束，不能再开始答题"), basis=RULES_BASIS)
    return ALLOWED


def _in_time(facts: AttemptFacts) -> Verdict:
    if facts.closes_at is not None and facts.now <= facts.closes_at:
        return ALLOWED
    return refuse("CLOSED", N_("已到交卷时间，系统按已收到的答案自动交卷"), basis=TIME_BASIS)


def _time_over(facts: AttemptFacts) -> Verdict:
    if facts.closes_at is not None and facts.now > facts.closes_at:
        return ALLOWED
    return refuse("attempt.time_left", N_("尚未到交卷时间"), basis=TIME_BASIS)


def _scored(facts: AttemptFacts) -> Verdict:
    if facts.scored:
        return ALLOWED
    return refuse("attempt.not_scored", N_("还有题目未阅"), basis=RESULT_BASIS)


def _not_own(facts: AttemptFacts) -> Verdict:
    if facts.actor is not None and facts.actor != facts.candidate:
        return ALLOWED
    return refuse("SELF", N_("不得评定本人"), basis=RESULT_BASIS)


def _reviewable(facts: AttemptFacts) -> Verdict:
    verdict = _not_own(facts) & _scored(facts)
    if facts.open_events:
        verdict &= refuse(
            "attempt.events_open",
            N_("还有 %(count)s 项监考记录待核实"),
            basis=REVIEW_BASIS,
            count=facts.open_events,
        )
    return verdict


def _has_passed(facts: AttemptFacts) -> Verdict:
    if facts.passed is True:
        return ALLOWED
    return refuse("attempt.not_passed", N_("成绩未达到合格标准"), basis=RESULT_BASIS)


def _has_failed(facts: AttemptFacts) -> Verdict:
    if facts.passed is False:
        return ALLOWED
    return refuse("attempt.not_failed", N_("成绩未被判为不合格"), basis=RESULT_BASIS)


def _appeal_in_time(facts: AttemptFacts) -> Verdict:
    verdict = _reason_typed(facts)
    if facts.appeal_closes_at is None or facts.now > facts.appeal_closes_at:
        verdict &= refuse("appeal.closed", N_("申诉期已过"), basis=APPEAL_BASIS)
    return verdict


def _reason_typed(facts: AttemptFacts) -> Verdict:
    if facts.reason.strip():
        return ALLOWED
    return refuse("REASON_REQUIRED", N_("请写明理由"), basis=RESULT_BASIS)


def _another_reviewer(facts: AttemptFacts) -> Verdict:
    """The reviewer of an appeal is neither the candidate nor the marker, and gives a reason."""
    verdict = _not_own(facts) & _reason_typed(facts)
    if facts.marker is not None and facts.actor == facts.marker:
        words = Words(N_("申诉须由阅卷人以外的人复核"))
        verdict &= Verdict((Reason("SAME_PERSON", words, APPEAL_BASIS),))
    return verdict


def _correctable(facts: AttemptFacts) -> Verdict:
    return _not_own(facts) & _reason_typed(facts)


def _review_correctable(facts: AttemptFacts) -> Verdict:
    return _correctable(facts) & _scored(facts)


def _before_start(facts: AttemptFacts) -> Verdict:
    """The list of candidates is corrected, with a reason, until the exam begins."""
    verdict = _reason_typed(facts)
    if facts.opens_at is None or facts.now >= facts.opens_at:
        verdict &= refuse("BEGUN", N_("已到开考时间，考生名单不能再改"), basis=RULES_BASIS)
    return verdict


ATTEMPT = Machine(
    "exam_attempt",
    AttemptState,
    AttemptState.SCHEDULED,
    [
        Transition(
            "admit",
            (_S.SCHEDULED,),
            _S.ADMITTED,
            "sittings:attempt:admit",
            _identity_checked,
            label=N_("核对入场"),
        ),
        Transition(
            "start",
            (_S.ADMITTED,),
            _S.IN_PROGRESS,
            "sittings:attempt:start",
            _doors_open,
            label=N_("开始答题"),
        ),
        Transition(
            "submit",
            (_S.IN_PROGRESS,),
            _S.SUBMITTED,
            "sittings:attempt:submit",
            _in_time,
            label=N_("交卷"),
        ),
        Transition(
            "auto_submit",
            (_S.IN_PROGRESS,),
            _S.AUTO_SUBMITTED,
            "sittings:attempt:auto_submit",
            _time_over,
            label=N_("自动交卷"),
        ),
        Transition(
            "grade",
            (_S.SUBMITTED, _S.AUTO_SUBMITTED),
            _S.GRADED,
            "sittings:attempt:grade",
            _scored,
            label=N_("阅卷"),
        ),
        Transition(
            "review",
            (_S.GRADED,),
            _S.REVIEWED,
            "sittings:attempt:review",
            _reviewable,
            label=N_("复核"),
        ),
        Transition(
            "release",
            (_S.REVIEWED,),
            _S.RELEASED,
            "sittings:attempt:release",
            _not_own,
            label=N_("发布成绩"),
        ),
        Transition(
            "record_pass",
            (_S.RELEASED,),
            _S.PASSED,
            "sittings:attempt:record_pass",
            _has_passed,
            label=N_("认定合格"),
        ),
        Transition(
            "record_fail",
            (_S.RELEASED,),
            _S.FAILED,
            "sittings:attempt:record_fail",
            _has_failed,
            label=N_("认定不合格"),
        ),
        Transition(
            "appeal",
            (_S.RELEASED, _S.PASSED, _S.FAILED),
            _S.UNDER_APPEAL,
            "sittings:attempt:appeal",
            _appeal_in_time,
            label=N_("申诉"),
        ),
        Transition(
            "dismiss_appeal",
            (_S.UNDER_APPEAL,),
            _S.RELEASED,
            "sittings:attempt:dismiss_appeal",
            _another_reviewer,
            grave=True,
            label=N_("驳回申诉"),
        ),
        Transition(
            "uphold_appeal",
            (_S.UNDER_APPEAL,),
            _S.GRADED,
            "sittings:attempt:uphold_appeal",
            _another_reviewer,
            grave=True,
            label=N_("申诉成立，更正成绩"),
        ),
        Transition(
            "correct",
            (_S.GRADED, _S.REVIEWED, _S.RELEASED, _S.PASSED, _S.FAILED),
            _S.GRADED,
            "sittings:attempt:correct",
            _correctable,
            grave=True,
            label=N_("更正成绩"),
        ),
        Transition(
            "correct_review",
            (_S.REVIEWED, _S.RELEASED, _S.PASSED, _S.FAILED),
            _S.REVIEWED,
            "sittings:attempt:correct_review",
            _review_correctable,
            grave=True,
            label=N_("更正复核结论"),
        ),
        Transition(
            "cancel",
            (_S.SCHEDULED, _S.ADMITTED),
            _S.CANCELLED,
            "sittings:attempt:cancel",
            _reason_typed,
            label=N_("随考试取消"),
        ),
        Transition(
            "withdraw",
            (_S.SCHEDULED, _S.ADMITTED),
            _S.WITHDRAWN,
            "sittings:attempt:withdraw",
            _before_start,
            label=N_("撤销列入"),
        ),
        Transition(
            "reenter",
            (_S.WITHDRAWN,),
            _S.SCHEDULED,
            "sittings:attempt:reenter",
            _before_start,
            label=N_("重新列入"),
        ),
    ],
    final=[_S.CANCELLED],
)
