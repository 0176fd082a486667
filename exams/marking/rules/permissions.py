"""Who may do what with marks, reviews, results and appeals."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_TRAINERS = (Role.TRAINER,)
_SELF = (Role.MEMBER,)

PERMISSIONS = (
    row("marking:result:own", N_("查看本人成绩"), self=_SELF),
    row("marking:sitting:list", N_("查看阅卷进度"), subtree=(Role.TRAINER, Role.PROCTOR)),
    row("marking:attempt:read", N_("查看答卷的阅卷记录"), subtree=(Role.TRAINER, Role.PROCTOR)),
    row(
        "marking:result:list",
        N_("查看成绩册"),
        subtree=(Role.TRAINER, Role.HR, Role.CITY_MANAGER, Role.AUDITOR),
    ),
    row("marking:result:print", N_("打印成绩单"), subtree=(Role.TRAINER, Role.HR), self=_SELF),
    row("sittings:attempt:review", N_("复核答卷"), subtree=(Role.PROCTOR,)),
    row(
        "sittings:attempt:correct_review",
        N_("更正复核结论"),
        subtree=(Role.PROCTOR,),
        grave=True,
    ),
    row("sittings:attempt:release", N_("发布成绩"), subtree=_TRAINERS, grave=True),
    row("sittings:attempt:correct", N_("更正成绩"), subtree=_TRAINERS, grave=True),
    row("sittings:attempt:appeal", N_("对成绩提出申诉"), self=_SELF),
    row("marking:appeal:list", N_("查看成绩申诉"), subtree=(Role.REVIEWER, Role.TRAINER)),
    row(
        "sittings:attempt:dismiss_appeal", N_("驳回成绩申诉"), subtree=(Role.REVIEWER,), grave=True
    ),
    row(
        "sittings:attempt:uphold_appeal",
        N_("认定成绩申诉成立"),
        subtree=(Role.REVIEWER,),
        grave=True,
    ),
)
