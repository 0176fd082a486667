"""Who may have papers made. Each paper also asks for its own permission over its subject."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

PERMISSIONS = (
    row("documents:paper:request", N_("生成文书（另须有该文书的权限）"), all=(Role.MEMBER,)),
    row("documents:paper:own", N_("查看本人生成的文书"), self=(Role.MEMBER,)),
    row("documents:paper:verify", N_("核验文书"), all=(Role.ANONYMOUS, Role.MEMBER)),
)
