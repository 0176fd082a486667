"""say titles in words

Titles that the site makes itself are kept as a message with parameters, so that each reader gets
their own language; a title kept before stands as it is, without parameters.

Revision: 0005 (after: 0004)
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("public_notice", "title_params"),
    ("service_record", "title_params"),
    ("panel", "title_params"),
    ("objection", "matter_params"),
)


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column)
