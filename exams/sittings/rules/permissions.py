"""Who may do what with sittings and attempts."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_HALL = (Role.PROCTOR,)
_TRAINERS = (Role.TRAINER,)
_SELF = (Role.MEMBER,)

PERMISSIONS = (
    row("sittings:exam:own", N_("查看本人考试"), self=_SELF),
    row("sittings:attempt:own", N_("查看本人准考证与答卷"), self=_SELF),
    row("sittings:attempt:start", N_("开始答题"), self=_SELF),
    row("sittings:attempt:write", N_("答题、保存答案"), self=_SELF),
    row("sittings:attempt:submit", N_("交卷"), self=_SELF),
    row("sittings:sitting:list", N_("查看考试场次"), subtree=(*_TRAINERS, *_HALL)),
    row("sittings:sitting:plan", N_("安排考试场次"), subtree=_TRAINERS),
    row("sittings:sitting:register", N_("确定考生名单"), subtree=_TRAINERS),
    row("sittings:sitting:publish", N_("公布考试场次"), subtree=_TRAINERS),
    row("sittings:sitting:change", N_("变更考试安排"), subtree=_TRAINERS),
    row("sittings:sitting:cancel", N_("取消考试场次"), subtree=_TRAINERS),
    row("sittings:attempt:cancel", N_("由系统随考试取消")),
    row("sittings:attempt:withdraw", N_("撤销列入考生名单"), subtree=_TRAINERS),
    row("sittings:attempt:reenter", N_("重新列入考生名单"), subtree=_TRAINERS),
    row("sittings:sitting:proctor", N_("监考"), subtree=_HALL),
    row("sittings:ticket:print", N_("打印准考证"), subtree=(*_TRAINERS, *_HALL), self=_SELF),
    row("sittings:attempt:admit", N_("核对身份、准予入场"), subtree=_HALL),
    row("sittings:attempt:extend", N_("给一名考生加时"), subtree=_HALL),
    row("sittings:sitting:extend", N_("全场加时"), subtree=_HALL),
    row("sittings:extension:revoke", N_("撤销加时"), subtree=_HALL),
    row("sittings:attempt:note", N_("填写监考记录"), subtree=_HALL),
)
