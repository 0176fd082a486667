"""Who may do what to courses and lessons."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

PERMISSIONS = (
    row("courses:course:read", N_("查看课程目录"), all=(Role.MEMBER,)),
    row("courses:lesson:read", N_("学习课程"), all=(Role.MEMBER,)),
    row("courses:lesson:study", N_("记录学习时间"), all=(Role.MEDIATOR,)),
    row("courses:note:write", N_("写学习笔记"), self=(Role.MEMBER,)),
    row("courses:lesson:list", N_("查看课程与案例管理"), subtree=(Role.TRAINER,)),
    row("courses:course:manage", N_("建立、修改课程"), subtree=(Role.TRAINER,)),
    row("courses:lesson:manage", N_("编写、上传、发布、停用课程与案例"), subtree=(Role.TRAINER,)),
)
