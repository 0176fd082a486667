"""Who may open a home and the pages for everybody."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_EVERYBODY = (Role.ANONYMOUS, Role.MEMBER)

PERMISSIONS = (
    row("site:home:read", N_("首页"), all=_EVERYBODY),
    row("site:page:read", N_("使用帮助、个人信息说明、升级浏览器"), all=_EVERYBODY),
)
