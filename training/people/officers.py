"""Who holds an office over which part of the tree: to whom something is said."""

from __future__ import annotations

import sqlalchemy as sa

from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.roles import Role

from .models import Account, RoleGrant
from .rules.person import AccountState


def holding(*roles: Role) -> list[tuple[int, str]]:
    """The persons who hold one of these roles today, each with the path of the unit below which
    it holds."""
    rows = db.session.execute(
        sa.select(Account.person_id, OrgUnit.path)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(OrgUnit, OrgUnit.id == RoleGrant.org_id)
        .where(
            RoleGrant.role.in_(roles),
            RoleGrant.revoked_at.is_(None),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
    )
    return [(row.person_id, row.path) for row in rows]
