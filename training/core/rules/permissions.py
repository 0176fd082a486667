"""Who may use the ground floor's own pages."""

from __future__ import annotations

from .permission import row
from .roles import Role
from .words import N_

_EVERYBODY = (Role.ANONYMOUS, Role.MEMBER)

PERMISSIONS = (
    row("core:static:read", N_("样式、脚本与图标"), all=_EVERYBODY),
    row("core:health:read", N_("运行状态检查"), all=_EVERYBODY),
    row("core:language:choose", N_("选择语言与字号"), all=_EVERYBODY),
    row("core:styleguide:read", N_("界面样式页"), all=_EVERYBODY),
    row(
        "core:policy:read",
        N_("查看政策参数"),
        all=(Role.CITY_MANAGER, Role.AUDITOR, Role.HR, Role.APPROVER),
    ),
    row("core:policy:change", N_("修改政策参数"), subtree=(Role.CITY_MANAGER,), grave=True),
    row(
        "core:org:read",
        N_("查看机构"),
        subtree=(Role.CITY_MANAGER, Role.HR, Role.ADMIN, Role.AUDITOR),
    ),
    row("core:org:change", N_("设立、变更、撤销机构"), subtree=(Role.CITY_MANAGER, Role.ADMIN)),
    row("core:calendar:read", N_("查看工作日历"), all=(Role.CITY_MANAGER, Role.AUDITOR, Role.HR)),
    row("core:calendar:change", N_("修改工作日历"), all=(Role.CITY_MANAGER,)),
    row("core:access:read", N_("查看权限表"), all=(Role.CITY_MANAGER, Role.AUDITOR, Role.ADMIN)),
    row("core:audit:read", N_("查看审计记录"), subtree=(Role.AUDITOR, Role.CITY_MANAGER)),
    row("core:job:read", N_("查看后台任务"), all=(Role.ADMIN, Role.CITY_MANAGER)),
    row("core:job:retry", N_("重新执行后台任务"), all=(Role.ADMIN, Role.CITY_MANAGER)),
    row("core:job:own", N_("查看本人发起的后台任务"), self=(Role.MEMBER,)),
    row("core:view:save", N_("保存筛选条件"), self=(Role.MEMBER,)),
)
