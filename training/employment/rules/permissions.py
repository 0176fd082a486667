"""Who takes which part in recruitment."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_STAFF = (Role.HR, Role.APPROVER, Role.CITY_MANAGER, Role.AUDITOR)
_EVERYBODY = (Role.ANONYMOUS, Role.MEMBER)

PERMISSIONS = (
    row("employment:opening:list", N_("查看选聘公告"), all=_EVERYBODY),
    row("employment:opening:read", N_("查看选聘计划"), subtree=_STAFF),
    row("employment:recruitment:plan", N_("拟订选聘计划"), subtree=(Role.HR,)),
    row(
        "employment:recruitment:approve_plan",
        N_("批准选聘计划"),
        subtree=(Role.APPROVER,),
        grave=True,
    ),
    row("employment:recruitment:open", N_("发布选聘公告"), subtree=(Role.HR,)),
    row("employment:recruitment:apply", N_("报名应聘"), all=_EVERYBODY),
    row("employment:recruitment:own", N_("查看本人的报名"), self=(Role.MEMBER,)),
    row("employment:recruitment:withdraw", N_("退出本人的报名"), self=(Role.MEMBER,)),
    row("employment:recruitment:appeal", N_("对资格审查等结果申诉"), self=(Role.MEMBER,)),
    row("employment:case:list", N_("查看应聘人员"), subtree=_STAFF),
    row(
        "employment:recruitment:print",
        N_("打印报名登记表"),
        subtree=_STAFF,
        self=(Role.MEMBER,),
    ),
    row("employment:recruitment:begin_review", N_("资格审查"), subtree=(Role.HR,)),
    row("employment:recruitment:shortlist", N_("资格审查通过"), subtree=(Role.HR,)),
    row("employment:recruitment:reject", N_("不予通过"), subtree=(Role.HR,), grave=True),
    row("employment:recruitment:interview", N_("组织面试"), subtree=(Role.HR,)),
    row("employment:interview:score", N_("面试评分"), participant=(Role.MEMBER,)),
    row("employment:recruitment:pass_interview", N_("面试通过"), subtree=(Role.HR,)),
    row("employment:recruitment:check", N_("登记考察结果"), subtree=(Role.HR,)),
    row("employment:recruitment:propose", N_("提出拟聘"), subtree=(Role.HR,)),
    row(
        "employment:recruitment:publish",
        N_("公示拟聘人员"),
        subtree=(Role.HR, Role.APPROVER),
        grave=True,
    ),
    row(
        "employment:recruitment:confirm",
        N_("确定拟聘人员"),
        subtree=(Role.APPROVER,),
        grave=True,
    ),
    row("employment:standing:set", N_("变更人员状态"), subtree=(Role.HR, Role.APPROVER)),
    row(
        "employment:appointment:list",
        N_("查看聘任"),
        subtree=(*_STAFF, Role.COMMITTEE, Role.OFFICE_HEAD),
        self=(Role.MEMBER,),
    ),
    row("employment:appointment:propose", N_("提名聘任"), subtree=(Role.HR, Role.COMMITTEE)),
    row("employment:appointment:approve", N_("审批聘任"), subtree=(Role.APPROVER,), grave=True),
    row("employment:appointment:file", N_("聘任备案"), subtree=(Role.HR,)),
    row("employment:appointment:begin", N_("办理到岗"), subtree=(Role.HR,)),
    row("employment:appointment:print", N_("打印聘任文书"), subtree=_STAFF),
)
