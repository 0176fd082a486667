"""Who may do what in the question bank. The bank is one for the city: trainers read all of
it, and change what their own office keeps."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_TRAINERS = (Role.TRAINER,)
_JUDGES = (Role.TRAINER, Role.CITY_MANAGER)

PERMISSIONS = (
    row("bank:question:read", N_("查看题库"), all=_JUDGES),
    row("bank:question:write", N_("编写、修改试题"), subtree=_TRAINERS),
    row("bank:question:import", N_("导入试题"), subtree=_TRAINERS),
    row("bank:question:export", N_("导出试题"), subtree=_TRAINERS),
    row("bank:question:submit", N_("提交试题审核"), subtree=_TRAINERS),
    row("bank:question:approve", N_("审定试题"), subtree=_JUDGES),
    row("bank:question:send_back", N_("退回试题"), subtree=_JUDGES),
    row("bank:question:reopen", N_("试题转为待复核"), subtree=_JUDGES),
    row("bank:question:retire", N_("停用试题"), subtree=_JUDGES),
)
