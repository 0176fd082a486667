"""Who may do what to people and accounts."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_STAFF = (Role.HR, Role.CITY_MANAGER, Role.AUDITOR, Role.APPROVER, Role.PANEL, Role.REVIEWER)

PERMISSIONS = (
    row("people:session:begin", N_("登录、激活账号"), all=(Role.ANONYMOUS, Role.MEMBER)),
    row("people:session:end", N_("退出登录"), all=(Role.MEMBER,)),
    row("people:account:own", N_("管理本人账号"), self=(Role.MEMBER,)),
    row("people:inbox:read", N_("查看本人消息"), self=(Role.MEMBER,)),
    row("people:person:own", N_("查看本人档案"), self=(Role.MEMBER,)),
    row(
        "people:person:list",
        N_("查看人员名册"),
        subtree=(*_STAFF, Role.OFFICE_HEAD, Role.COMMITTEE, Role.TRAINER),
    ),
    row(
        "people:person:read",
        N_("查看人员档案"),
        subtree=(*_STAFF, Role.OFFICE_HEAD),
        self=(Role.MEMBER,),
    ),
    row("people:person:change", N_("登记、更正人员档案"), subtree=(Role.HR,)),
    row("people:person:unmask", N_("查看完整证件号与电话"), subtree=(Role.HR,), grave=True),
    row("people:person:import", N_("导入人员与机构"), subtree=(Role.HR, Role.CITY_MANAGER)),
    row(
        "people:account:list",
        N_("查看账号"),
        subtree=(Role.HR, Role.ADMIN, Role.CITY_MANAGER, Role.PROCTOR),
    ),
    row(
        "people:account:release",
        N_("解除登录等待"),
        subtree=(Role.HR, Role.ADMIN, Role.PROCTOR),
    ),
    row("people:account:manage", N_("启用、停用账号，发放激活单"), subtree=(Role.HR, Role.ADMIN)),
    row("people:account:second", N_("解除遗失的二次验证"), subtree=(Role.ADMIN,), grave=True),
    row(
        "people:role:grant",
        N_("授予、收回角色"),
        subtree=(Role.ADMIN, Role.CITY_MANAGER),
        grave=True,
    ),
    row(
        "people:hall:manage",
        N_("登记考场网段"),
        subtree=(Role.CITY_MANAGER, Role.ADMIN, Role.PROCTOR),
    ),
    row("people:person:export", N_("导出人员名册"), subtree=(*_STAFF,), grave=True),
)
