"""The life of a recruitment case (选聘), by open recruitment or by recommendation of an
organisation, from the plan to the confirmed proposal."""

from __future__ import annotations

from enum import StrEnum

from training.core.rules.machine import Gate, Machine, Transition
from training.core.rules.words import N_

from .announcement import call_off_gate, change_gate
from .recruitment_gates import (
    appeal_gate,
    apply_gate,
    by_another_gate,
    confirm_gate,
    end_gate,
    hearing_gate,
    interview_gate,
    objection_gate,
    open_gate,
    pass_interview_gate,
    plan_gate,
    propose_gate,
    publish_gate,
    reconsider_gate,
    reconsider_rejection_gate,
    reject_gate,
    reject_later_gate,
    shortlist_gate,
    withdraw_gate,
)


class RecruitmentState(StrEnum):
    """States of a recruitment case."""

    DRAFT = "draft"
    PLAN_APPROVED = "plan_approved"
    OPEN = "open"
    APPLIED = "applied"
    QUALIFICATION_REVIEW = "qualification_review"
    REJECTED = "rejected"
    SHORTLISTED = "shortlisted"
    INTERVIEW = "interview"
    BACKGROUND_CHECK = "background_check"
    PROPOSED = "proposed"
    PUBLIC_NOTICE = "public_notice"
    SUSPENDED = "suspended"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    CALLED_OFF = "called_off"


RECRUITMENT_STATE_LABELS = {
    RecruitmentState.DRAFT: N_("拟订计划"),
    RecruitmentState.PLAN_APPROVED: N_("计划已批"),
    RecruitmentState.OPEN: N_("接受报名"),
    RecruitmentState.APPLIED: N_("已提交报名"),
    RecruitmentState.QUALIFICATION_REVIEW: N_("资格审查中"),
    RecruitmentState.REJECTED: N_("未通过"),
    RecruitmentState.SHORTLISTED: N_("资格审查通过"),
    RecruitmentState.INTERVIEW: N_("面试中"),
    RecruitmentState.BACKGROUND_CHECK: N_("考察中"),
    RecruitmentState.PROPOSED: N_("拟聘"),
    RecruitmentState.PUBLIC_NOTICE: N_("公示中"),
    RecruitmentState.SUSPENDED: N_("因异议中止"),
    RecruitmentState.CONFIRMED: N_("已确定"),
    RecruitmentState.WITHDRAWN: N_("本人退出"),
    RecruitmentState.CALLED_OFF: N_("选聘已取消"),
}


_S = RecruitmentState
_ON_THE_WAY = (
    _S.APPLIED,
    _S.QUALIFICATION_REVIEW,
    _S.SHORTLISTED,
    _S.INTERVIEW,
    _S.BACKGROUND_CHECK,
    _S.PROPOSED,
    _S.PUBLIC_NOTICE,
    _S.SUSPENDED,
)


def _row(
    action: str,
    sources: tuple[RecruitmentState, ...],
    target: RecruitmentState,
    gate: Gate,
    label: str,
    *,
    grave: bool = False,
) -> Transition:
    permission = f"employment:recruitment:{action}"
    return Transition(action, sources, target, permission, gate, grave, label)


RECRUITMENT = Machine(
    "recruitment",
    RecruitmentState,
    _S.DRAFT,
    (
        _row("approve_plan", (_S.DRAFT,), _S.PLAN_APPROVED, plan_gate, N_("批准计划"), grave=True),
        _row("open", (_S.PLAN_APPROVED,), _S.OPEN, open_gate, N_("发布选聘公告")),
        *(
            _row("change", (announced,), announced, change_gate, N_("更改公告"))
            for announced in (_S.PLAN_APPROVED, _S.OPEN)
        ),
        _row(
            "call_off",
            (_S.PLAN_APPROVED, _S.OPEN),
            _S.CALLED_OFF,
            call_off_gate,
            N_("取消选聘"),
            grave=True,
        ),
        _row("apply", (_S.OPEN,), _S.APPLIED, apply_gate, N_("报名")),
        _row(
            "begin_review",
            (_S.APPLIED,),
            _S.QUALIFICATION_REVIEW,
            by_another_gate,
            N_("开始资格审查"),
        ),
        _row(
            "shortlist",
            (_S.QUALIFICATION_REVIEW,),
            _S.SHORTLISTED,
            shortlist_gate,
            N_("资格审查通过"),
        ),
        _row(
            "reject",
            (_S.QUALIFICATION_REVIEW,),
            _S.REJECTED,
            reject_gate,
            N_("不予通过"),
            grave=True,
        ),
        _row(
            "reject",
            (_S.INTERVIEW, _S.BACKGROUND_CHECK),
            _S.REJECTED,
            reject_later_gate,
            N_("不予通过"),
            grave=True,
        ),
        *(
            _row("reconsider", (taken,), before, gate, N_("退回重新办理"), grave=True)
            for taken, before, gate in (
                (_S.SHORTLISTED, _S.QUALIFICATION_REVIEW, reconsider_gate),
                (_S.REJECTED, _S.QUALIFICATION_REVIEW, reconsider_rejection_gate),
                (_S.BACKGROUND_CHECK, _S.INTERVIEW, reconsider_gate),
                (_S.PROPOSED, _S.BACKGROUND_CHECK, reconsider_gate),
            )
        ),
        _row("appeal", (_S.REJECTED,), _S.QUALIFICATION_REVIEW, appeal_gate, N_("申诉")),
        _row("interview", (_S.SHORTLISTED,), _S.INTERVIEW, interview_gate, N_("组织面试")),
        _row(
            "pass_interview",
            (_S.INTERVIEW,),
            _S.BACKGROUND_CHECK,
            pass_interview_gate,
            N_("面试通过"),
        ),
        _row("propose", (_S.BACKGROUND_CHECK,), _S.PROPOSED, propose_gate, N_("提出拟聘")),
        _row("publish", (_S.PROPOSED,), _S.PUBLIC_NOTICE, publish_gate, N_("公示"), grave=True),
        _row("object", (_S.PUBLIC_NOTICE,), _S.SUSPENDED, objection_gate, N_("登记异议")),
        _row(
            "dismiss_objection",
            (_S.SUSPENDED,),
            _S.PUBLIC_NOTICE,
            hearing_gate,
            N_("异议不成立"),
            grave=True,
        ),
        _row(
            "uphold_objection",
            (_S.SUSPENDED,),
            _S.REJECTED,
            hearing_gate,
            N_("异议成立"),
            grave=True,
        ),
        _row("confirm", (_S.PUBLIC_NOTICE,), _S.CONFIRMED, confirm_gate, N_("确定"), grave=True),
        _row("withdraw", _ON_THE_WAY, _S.WITHDRAWN, withdraw_gate, N_("本人退出")),
        # A rejection too: it leads nowhere any more, so nobody counts as rejected.
        _row(
            "call_off",
            (*_ON_THE_WAY, _S.REJECTED),
            _S.CALLED_OFF,
            end_gate,
            N_("选聘取消"),
            grave=True,
        ),
    ),
    final=(_S.CONFIRMED, _S.WITHDRAWN, _S.CALLED_OFF),
)
