"""Who may do what with blueprints and papers. A paper is secret: only its own office's
trainers look at it."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_TRAINERS = (Role.TRAINER,)

PERMISSIONS = (
    row("papers:blueprint:read", N_("查看组卷方案"), subtree=_TRAINERS),
    row("papers:blueprint:write", N_("编制组卷方案"), subtree=_TRAINERS),
    row("papers:paper:draw", N_("抽题组卷"), subtree=_TRAINERS),
    row("papers:paper:read", N_("预览试卷"), subtree=_TRAINERS),
    row("papers:paper:publish", N_("试卷定稿"), subtree=_TRAINERS),
)
