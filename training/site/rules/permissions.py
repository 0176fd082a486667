"""Who may open a home."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

PERMISSIONS = (row("site:home:read", N_("首页"), all=(Role.ANONYMOUS, Role.MEMBER)),)
