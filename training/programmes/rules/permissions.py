"""Who may do what to programmes, sessions, attendance and credit hours."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_READERS = (Role.TRAINER, Role.HR, Role.CITY_MANAGER, Role.AUDITOR, Role.APPROVER, Role.REVIEWER)
_AUTOMATIC = N_("由系统依学时台账自动办理")

PERMISSIONS = (
    row("programmes:session:read", N_("查看培训活动"), all=(Role.MEMBER,)),
    row("programmes:session:join", N_("报名培训、签到"), all=(Role.MEDIATOR,)),
    row("programmes:session:list", N_("查看培训班"), subtree=_READERS),
    row("programmes:session:manage", N_("安排、取消培训"), subtree=(Role.TRAINER,)),
    row("programmes:class:read", N_("查看班级名单与到场情况"), subtree=_READERS),
    row("programmes:attendance:record", N_("登记、更正到场"), subtree=(Role.TRAINER,)),
    row("programmes:hours:own", N_("查看本人学时"), self=(Role.MEMBER,)),
    row("programmes:lesson:complete", N_("完成在线课程并计入学时"), all=(Role.MEDIATOR,)),
    row("programmes:credit:reverse", N_("冲销学时"), subtree=(Role.HR, Role.TRAINER)),
    row(
        "programmes:enrolment:list",
        N_("查看培训学员"),
        subtree=(*_READERS, Role.OFFICE_HEAD, Role.COMMITTEE),
    ),
    row(
        "programmes:enrolment:read",
        N_("查看参训情况"),
        subtree=(*_READERS, Role.OFFICE_HEAD, Role.COMMITTEE),
        self=(Role.MEMBER,),
    ),
    row("programmes:enrolment:export", N_("导出培训学员"), subtree=_READERS),
    row("programmes:enrolment:enrol", N_("办理培训报名"), subtree=(Role.HR,)),
    row("programmes:enrolment:withdraw", N_("办理退出培训"), subtree=(Role.HR,)),
    row("programmes:enrolment:void_hours", N_("作废学时"), subtree=(Role.HR,), grave=True),
    row(
        "programmes:enrolment:withdraw_voiding",
        N_("撤销学时作废"),
        subtree=(Role.HR,),
        grave=True,
    ),
    row("programmes:enrolment:appeal", N_("对作废学时提出申诉"), self=(Role.MEMBER,)),
    row(
        "programmes:enrolment:uphold_appeal",
        N_("复核学时申诉"),
        subtree=(Role.REVIEWER,),
        grave=True,
    ),
    row("programmes:enrolment:study_again", N_("办理重新学习"), subtree=(Role.HR,)),
    row("programmes:enrolment:start", _AUTOMATIC),
    row("programmes:enrolment:confirm_hours", _AUTOMATIC),
    row("programmes:enrolment:confirm_assignments", _AUTOMATIC),
    row("programmes:enrolment:clear_for_exam", _AUTOMATIC),
    row("programmes:enrolment:fall_back", _AUTOMATIC),
)
