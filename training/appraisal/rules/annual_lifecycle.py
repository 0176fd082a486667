"""The life of an annual appraisal, from the self report to the decision that follows.

Public notice is only for those proposed for 优秀; every grade is served on its person.
An objection, by the person or, during the notice, by anybody, is heard by somebody who
took no part in the grade. The decision at the end is taken by a person with a reason; an
exit review may be opened where there are grounds, and is only opened here, never decided.

Until the grade a step is taken back, and report and opinion are corrected, by a further entry
with a reason; a decision is replaced by a further one while nothing has followed from it.
"""

from __future__ import annotations

from enum import StrEnum

from training.core.rules.machine import Gate, Machine, Transition
from training.core.rules.words import N_

from .annual_gates import (
    by_another_gate,
    dismiss_gate,
    dismiss_public_gate,
    exit_review_gate,
    finalise_gate,
    grade_gate,
    objection_gate,
    opinion_gate,
    public_objection_gate,
    publish_gate,
    quota_check_gate,
    renew_gate,
    renew_with_training_gate,
    replacing,
    review_gate,
    self_report_gate,
    serve_after_notice_gate,
    serve_gate,
    skip_self_report_gate,
    suspend_and_retrain_gate,
    uphold_gate,
    yield_gate,
)


class AnnualState(StrEnum):
    """States of an annual appraisal: the last step done. The last four are decisions."""

    OPENED = "opened"
    SELF_REPORT = "self_report"
    UNIT_OPINION = "unit_opinion"
    SURVEY = "survey"
    DOSSIER_REVIEW = "dossier_review"
    PANEL_GRADE = "panel_grade"
    QUOTA_CHECK = "quota_check"
    PUBLIC_NOTICE = "public_notice"
    SERVED = "served"
    OBJECTION = "objection"
    REVIEW = "review"
    FINALISED = "finalised"
    RENEW = "renew"
    RENEW_WITH_TRAINING = "renew_with_training"
    SUSPEND_AND_RETRAIN = "suspend_and_retrain"
    EXIT_REVIEW = "exit_review"


ANNUAL_STATE_LABELS = {
    AnnualState.OPENED: N_("已启动"),
    AnnualState.SELF_REPORT: N_("已述职"),
    AnnualState.UNIT_OPINION: N_("单位已评议"),
    AnnualState.SURVEY: N_("已测评"),
    AnnualState.DOSSIER_REVIEW: N_("卷宗已评查"),
    AnnualState.PANEL_GRADE: N_("已评等次"),
    AnnualState.QUOTA_CHECK: N_("名额已核"),
    AnnualState.PUBLIC_NOTICE: N_("公示中"),
    AnnualState.SERVED: N_("已送达本人"),
    AnnualState.OBJECTION: N_("有异议"),
    AnnualState.REVIEW: N_("复核中"),
    AnnualState.FINALISED: N_("等次已定"),
    AnnualState.RENEW: N_("继续聘任"),
    AnnualState.RENEW_WITH_TRAINING: N_("继续聘任并补训"),
    AnnualState.SUSPEND_AND_RETRAIN: N_("暂停派案并重新培训"),
    AnnualState.EXIT_REVIEW: N_("启动退出审查"),
}


_S = AnnualState


def _row(
    action: str,
    source: AnnualState,
    target: AnnualState,
    gate: Gate,
    label: str,
    *,
    grave: bool = False,
) -> Transition:
    permission = f"appraisal:annual_appraisal:{action}"
    return Transition(action, (source,), target, permission, gate, grave, label)


_DECISIONS: dict[str, tuple[AnnualState, Gate, str]] = {
    "renew": (_S.RENEW, renew_gate, N_("继续聘任")),
    "renew_with_training": (
        _S.RENEW_WITH_TRAINING,
        renew_with_training_gate,
        N_("继续聘任并补训"),
    ),
    "suspend_and_retrain": (
        _S.SUSPEND_AND_RETRAIN,
        suspend_and_retrain_gate,
        N_("暂停派案并重新培训"),
    ),
    "open_exit_review": (_S.EXIT_REVIEW, exit_review_gate, N_("启动退出审查")),
}
DECISIONS = tuple(_DECISIONS)
DECIDED = tuple(target for target, _, _ in _DECISIONS.values())


def _decision(action: str, target: AnnualState, gate: Gate, label: str) -> list[Transition]:
    """First made; made again, so that only its reason is corrected; in the place of another."""
    gates = {_S.FINALISED: gate} | {
        made: gate if made is target else replacing(gate) for made in DECIDED
    }
    return [_row(action, source, target, g, label, grave=True) for source, g in gates.items()]


_BEFORE_GRADE = (_S.SELF_REPORT, _S.UNIT_OPINION, _S.SURVEY, _S.DOSSIER_REVIEW)

ANNUAL_APPRAISAL = Machine(
    "annual_appraisal",
    AnnualState,
    _S.OPENED,
    (
        _row("submit_self_report", _S.OPENED, _S.SELF_REPORT, self_report_gate, N_("提交述职")),
        _row(
            "skip_self_report", _S.OPENED, _S.SELF_REPORT, skip_self_report_gate, N_("逾期未述职")
        ),
        _row("give_unit_opinion", _S.SELF_REPORT, _S.UNIT_OPINION, opinion_gate, N_("单位评议")),
        _row("close_survey", _S.UNIT_OPINION, _S.SURVEY, by_another_gate, N_("结束测评")),
        _row("review_dossiers", _S.SURVEY, _S.DOSSIER_REVIEW, by_another_gate, N_("卷宗评查")),
        *(
            _row("correct_self_report", s, s, self_report_gate, N_("更正述职"))
            for s in _BEFORE_GRADE
        ),
        *(
            _row("correct_unit_opinion", s, s, opinion_gate, N_("更正单位意见"))
            for s in _BEFORE_GRADE[1:]
        ),
        _row("reopen_survey", _S.SURVEY, _S.UNIT_OPINION, opinion_gate, N_("重新测评")),
        _row("reopen_dossiers", _S.DOSSIER_REVIEW, _S.SURVEY, opinion_gate, N_("重新评查卷宗")),
        _row("grade", _S.DOSSIER_REVIEW, _S.PANEL_GRADE, grade_gate, N_("评定等次"), grave=True),
        _row("check_quota", _S.PANEL_GRADE, _S.QUOTA_CHECK, quota_check_gate, N_("核定名额")),
        _row("regrade", _S.PANEL_GRADE, _S.DOSSIER_REVIEW, opinion_gate, N_("重新评定")),
        _row("yield_quota", _S.PANEL_GRADE, _S.PANEL_GRADE, yield_gate, N_("超出名额改为称职")),
        _row("publish", _S.QUOTA_CHECK, _S.PUBLIC_NOTICE, publish_gate, N_("公示"), grave=True),
        _row("serve", _S.QUOTA_CHECK, _S.SERVED, serve_gate, N_("送达本人")),
        _row("serve", _S.PUBLIC_NOTICE, _S.SERVED, serve_after_notice_gate, N_("送达本人")),
        _row(
            "object_publicly",
            _S.PUBLIC_NOTICE,
            _S.OBJECTION,
            public_objection_gate,
            N_("登记公示异议"),
        ),
        _row("object", _S.SERVED, _S.OBJECTION, objection_gate, N_("提出异议")),
        _row("begin_review", _S.OBJECTION, _S.REVIEW, review_gate, N_("开始复核")),
        _row("uphold", _S.REVIEW, _S.DOSSIER_REVIEW, uphold_gate, N_("异议成立"), grave=True),
        _row("dismiss", _S.REVIEW, _S.FINALISED, dismiss_gate, N_("异议不成立"), grave=True),
        _row(
            "dismiss_publicly",
            _S.REVIEW,
            _S.PUBLIC_NOTICE,
            dismiss_public_gate,
            N_("公示异议不成立"),
            grave=True,
        ),
        _row("finalise", _S.SERVED, _S.FINALISED, finalise_gate, N_("办结"), grave=True),
        *(
            row
            for action, (target, gate, label) in _DECISIONS.items()
            for row in _decision(action, target, gate, label)
        ),
    ),
)
