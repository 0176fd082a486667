"""Who may lay files to records. Each kind of record also asks for its own permission."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

PERMISSIONS = (
    row("attachments:file:add", N_("上传附件（另须有所附事项的权限）"), all=(Role.MEMBER,)),
    row("attachments:file:withdraw", N_("撤回附件（另须有所附事项的权限）"), all=(Role.MEMBER,)),
)
