"""Enrollment (参训): the way of one person through one programme, up to the door of the exam.

Source: the state machines of the domain page; hours are voided only with a reason, a
notice served on the person and a way to appeal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Reason, Verdict, refuse
from training.core.rules.words import N_, Words

from .ledger import ReversalReason

BASIS = "学习培训制度"
APPEAL_BASIS = "appeal.window"


class EnrolmentState(StrEnum):
    ENROLLED = "enrolled"
    IN_PROGRESS = "in_progress"
    HOURS_MET = "hours_met"
    ASSIGNMENTS_MET = "assignments_met"
    EXAM_ELIGIBLE = "exam_eligible"
    HOURS_VOIDED = "hours_voided"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATE_LABELS: dict[EnrolmentState, str] = {
    EnrolmentState.ENROLLED: N_("已报名"),
    EnrolmentState.IN_PROGRESS: N_("学习中"),
    EnrolmentState.HOURS_MET: N_("学时已满"),
    EnrolmentState.ASSIGNMENTS_MET: N_("作业已完成"),
    EnrolmentState.EXAM_ELIGIBLE: N_("可参加考试"),
    EnrolmentState.HOURS_VOIDED: N_("学时已作废"),
    EnrolmentState.WITHDRAWN: N_("已退出培训"),
    EnrolmentState.EXPIRED: N_("已过期"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Voiding:
    """A decision to void hours (学时作废): why, on what evidence, and when the person was told.

    ``appeal_until`` is the last day of the appeal window, reckoned by the caller in
    working days from policy ``appeal.window``.
    """

    reason: ReversalReason | None
    statement: str
    evidence: str
    decided_by: int
    notice_served_on: date | None = None
    appeal_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An appeal (申诉) against voided hours. ``upheld`` is None until it is decided."""

    reviewer: int | None = None
    upheld: bool | None = None
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentFacts:
    """What the gates look at: both verdicts as they stand now, and the papers of an act.

    ``reason`` is what the person who acts has typed; ``today`` is the day in Shanghai.
    """

    hours: Verdict
    assignments: Verdict
    today: date
    reason: str = ""
    voiding: Voiding | None = None
    appeal: Appeal | None = None


def _hours(facts: EnrolmentFacts) -> Verdict:
    return facts.hours


def _hours_and_assignments(facts: EnrolmentFacts) -> Verdict:
    return facts.hours & facts.assignments


def _no_longer_met(facts: EnrolmentFacts) -> Verdict:
    if facts.hours and facts.assignments:
        return refuse("enrolment.still_met", N_("学时和作业仍然符合要求，不能退回"), basis=BASIS)
    return ALLOWED


def _reason_typed(facts: EnrolmentFacts) -> Verdict:
    if facts.reason.strip():
        return ALLOWED
    return refuse("REASON_REQUIRED", N_("请写明理由"), basis=BASIS)


def _voiding_complete(facts: EnrolmentFacts) -> Verdict:
    """Reason, statement, evidence, and a notice served no later than today."""
    voiding = facts.voiding
    missing: list[Reason] = []
    if voiding is None or voiding.reason is None or not voiding.statement.strip():
        missing.append(Reason("REASON_REQUIRED", Words(N_("请选择并写明作废学时的理由")), BASIS))
    if voiding is None or not voiding.evidence.strip():
        missing.append(Reason("voiding.no_evidence", Words(N_("请附上证据")), BASIS))
    served = voiding.notice_served_on if voiding else None
    if served is None or served > facts.today:
        missing.append(
            Reason("voiding.not_served", Words(N_("作废学时的通知尚未送达本人")), APPEAL_BASIS)
        )
    return Verdict(tuple(missing))


def _properly_reviewed(facts: EnrolmentFacts) -> Verdict:
    """An appeal is decided by another person than the decider, in writing."""
    appeal, voiding = facts.appeal, facts.voiding
    if appeal is None or appeal.reviewer is None or not appeal.statement.strip():
        return refuse("REASON_REQUIRED", N_("请写明复核人和复核理由"), basis=APPEAL_BASIS)
    if voiding is None or appeal.reviewer == voiding.decided_by:
        return refuse("SAME_PERSON", N_("申诉须由作出决定的人以外的人复核"), basis=APPEAL_BASIS)
    return ALLOWED


def _appeal_upheld(facts: EnrolmentFacts) -> Verdict:
    if facts.appeal is None or facts.appeal.upheld is not True:
        return refuse("appeal.not_upheld", N_("申诉尚未成立，不能恢复学时"), basis=APPEAL_BASIS)
    return _properly_reviewed(facts)


def _appeal_over(facts: EnrolmentFacts) -> Verdict:
    """Study starts again once an appeal was rejected, or nobody appealed in time."""
    if facts.appeal is not None:
        if facts.appeal.upheld is False:
            return _properly_reviewed(facts)
        return refuse("appeal.open", N_("申诉尚未驳回，不能按作废处理"), basis=APPEAL_BASIS)
    until = facts.voiding.appeal_until if facts.voiding else None
    if until is not None and facts.today > until:
        return ALLOWED
    return refuse(
        "appeal.window_open",
        N_("申诉期尚未届满（截止 %(until)s）"),
        basis=APPEAL_BASIS,
        until=until.isoformat() if until else "—",
    )


def _voided_in_error(facts: EnrolmentFacts) -> Verdict:
    """The office takes a mistaken voiding back, unless a reviewer has confirmed it."""
    verdict = _reason_typed(facts)
    if facts.appeal is not None and facts.appeal.upheld is False:
        verdict &= refuse(
            "appeal.decided", N_("复核已决定维持作废，不能自行撤销"), basis=APPEAL_BASIS
        )
    return verdict


_S = EnrolmentState
_ON_THE_WAY = (_S.IN_PROGRESS, _S.HOURS_MET, _S.ASSIGNMENTS_MET, _S.EXAM_ELIGIBLE)

ENROLMENT = Machine(
    "enrolment",
    EnrolmentState,
    EnrolmentState.ENROLLED,
    [
        Transition(
            "start",
            (_S.ENROLLED,),
            _S.IN_PROGRESS,
            "programmes:enrolment:start",
            label=N_("开始学习"),
        ),
        Transition(
            "confirm_hours",
            (_S.IN_PROGRESS,),
            _S.HOURS_MET,
            "programmes:enrolment:confirm_hours",
            _hours,
            label=N_("确认学时"),
        ),
        Transition(
            "confirm_assignments",
            (_S.HOURS_MET,),
            _S.ASSIGNMENTS_MET,
            "programmes:enrolment:confirm_assignments",
            _hours_and_assignments,
            label=N_("确认作业"),
        ),
        Transition(
            "clear_for_exam",
            (_S.ASSIGNMENTS_MET,),
            _S.EXAM_ELIGIBLE,
            "programmes:enrolment:clear_for_exam",
            _hours_and_assignments,
            label=N_("准予考试"),
        ),
        Transition(
            "fall_back",
            (_S.HOURS_MET, _S.ASSIGNMENTS_MET, _S.EXAM_ELIGIBLE),
            _S.IN_PROGRESS,
            "programmes:enrolment:fall_back",
            _no_longer_met,
            label=N_("退回学习"),
        ),
        Transition(
            "void_hours",
            _ON_THE_WAY,
            _S.HOURS_VOIDED,
            "programmes:enrolment:void_hours",
            _voiding_complete,
            grave=True,
            label=N_("作废学时"),
        ),
        Transition(
            "uphold_appeal",
            (_S.HOURS_VOIDED,),
            _S.IN_PROGRESS,
            "programmes:enrolment:uphold_appeal",
            _appeal_upheld,
            grave=True,
            label=N_("申诉成立，恢复学时"),
        ),
        Transition(
            "withdraw_voiding",
            (_S.HOURS_VOIDED,),
            _S.IN_PROGRESS,
            "programmes:enrolment:withdraw_voiding",
            _voided_in_error,
            grave=True,
            label=N_("撤销作废，恢复学时"),
        ),
        Transition(
            "study_again",
            (_S.HOURS_VOIDED,),
            _S.IN_PROGRESS,
            "programmes:enrolment:study_again",
            _appeal_over,
            label=N_("重新学习"),
        ),
        Transition(
            "withdraw",
            (_S.ENROLLED, *_ON_THE_WAY, _S.HOURS_VOIDED),
            _S.WITHDRAWN,
            "programmes:enrolment:withdraw",
            _reason_typed,
            label=N_("退出培训"),
        ),
    ],
    final=[EnrolmentState.WITHDRAWN, EnrolmentState.EXPIRED],
    computed=[EnrolmentState.EXPIRED],
)

#: What runs out with the programme. A right to sit the exam that was earned in time
#: stays, and hours under dispute wait for the dispute.
_RUNS_OUT = frozenset({_S.ENROLLED, _S.IN_PROGRESS, _S.HOURS_MET, _S.ASSIGNMENTS_MET})


def effective_state(state: EnrolmentState, last_day: date | None, today: date) -> EnrolmentState:
    """The state on ``today``: expired after ``last_day`` (inclusive), computed, never stored."""
    if last_day is not None and today > last_day and state in _RUNS_OUT:
        return EnrolmentState.EXPIRED
    return state


#: States in which the training does not stand, with what a person is told.
_NOT_STANDING: dict[EnrolmentState, str] = {
    EnrolmentState.HOURS_VOIDED: N_("学时已作废，申诉期内或者重新学习前不能计算"),
    EnrolmentState.WITHDRAWN: N_("已退出培训，请联系人事重新报名"),
    EnrolmentState.EXPIRED: N_("培训已过期，请联系人事重新报名"),
}


def training_gate(state: EnrolmentState, hours: Verdict) -> Verdict:
    """Is the training complete? What exam and certificate ask: a standing enrolment and
    ``hours`` (``hours_gate``) that are met."""
    message = _NOT_STANDING.get(state)
    if message is not None:
        return refuse(f"enrolment.{state}", message, basis=BASIS, mend="programmes.my_hours")
    return hours
