"""Who takes which part in a procedure."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_STAFF = (Role.HR, Role.APPROVER, Role.PANEL, Role.REVIEWER, Role.CITY_MANAGER, Role.AUDITOR)

PERMISSIONS = (
    row("proceedings:notice:read", N_("查看公示"), all=(Role.ANONYMOUS, Role.MEMBER)),
    row("proceedings:notice:publish", N_("发布、撤回公示"), subtree=(Role.HR, Role.CITY_MANAGER)),
    row("proceedings:notice:print", N_("打印公示"), subtree=_STAFF),
    row("proceedings:objection:file", N_("提出异议"), all=(Role.ANONYMOUS, Role.MEMBER)),
    row(
        "proceedings:objection:read",
        N_("查看异议与申诉"),
        subtree=(Role.HR, Role.REVIEWER, Role.CITY_MANAGER, Role.AUDITOR),
        self=(Role.MEMBER,),
    ),
    row("proceedings:objection:assign", N_("指定复核人"), subtree=(Role.HR, Role.CITY_MANAGER)),
    row("proceedings:objection:decide", N_("作出复核决定"), subtree=(Role.REVIEWER,), grave=True),
    row("proceedings:service:serve", N_("送达"), subtree=(Role.HR,)),
    row("proceedings:service:confirm", N_("确认收到"), self=(Role.MEMBER,)),
    row("proceedings:service:read", N_("查看送达"), subtree=_STAFF, self=(Role.MEMBER,)),
    row("proceedings:panel:appoint", N_("组成评审小组"), subtree=(Role.HR,)),
    row(
        "proceedings:panel:read",
        N_("查看评审小组"),
        subtree=_STAFF,
        participant=(Role.MEMBER,),
    ),
    row("proceedings:panel:declare", N_("声明是否需要回避"), participant=(Role.MEMBER,)),
)
