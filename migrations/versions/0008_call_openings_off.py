"""call openings off

Revision: 0008 (after: 0007)
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = "state IN ('draft','plan_approved','open')"
_AFTER = "state IN ('draft','plan_approved','open','called_off')"


def _allow(rule: str) -> None:
    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_opening_state"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_opening_state"), rule)


def upgrade() -> None:
    _allow(_AFTER)


def downgrade() -> None:
    _allow(_BEFORE)
