"""Tables of the roster: corrections of a file, and the import of the bureau's own sheets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.core.db import (
    Id,
    Model,
    PublicId,
    Str40,
    Str100,
    Str200,
    Text,
    enum_column,
    ref,
    state_check,
)
from training.core.models import OrgUnit, StoredFile

from .models import Sealed
from .rules.person import Standing
from .rules.roster import BatchState, Outcome


class PersonRevision(Model):
    """One correction of one field: what stood there, what stands there now, who, when, why.

    Old and new value are sealed for this row; the audit entry of the act holds their
    commitments under the person's salt.
    """

    __tablename__ = "person_revision"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    field: Mapped[Str40]
    old_sealed: Mapped[Text | None]
    new_sealed: Mapped[Text | None]
    reason: Mapped[Str200]
    revised_at: Mapped[datetime]
    revised_by: Mapped[Str40]

    old = Sealed("person_revision", "old")
    new = Sealed("person_revision", "new")


class ImportBatch(Model):
    """One sheet that an officer brought, from upload to application.

    The sheet and the values read from it are sealed: they hold identity numbers.
    """

    __tablename__ = "import_batch"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    file_id: Mapped[int | None] = ref("stored_file.id")
    file_name: Mapped[Str200]
    file_hash: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[BatchState] = enum_column(BatchState, default=BatchState.READING)
    problem: Mapped[dict[str, Any]] = mapped_column(default=dict)
    layout: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    org_plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    standing: Mapped[Standing] = enum_column(Standing, default=Standing.IN_POST)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    job_id: Mapped[int | None] = ref("job.id")
    created_at: Mapped[datetime]
    created_by: Mapped[Str40]
    account_id: Mapped[int] = mapped_column(sa.BigInteger)
    applied_at: Mapped[datetime | None]

    org: Mapped[OrgUnit] = relationship()
    file: Mapped[StoredFile | None] = relationship()

    __table_args__ = (state_check("applied", "state <> 'applied' OR applied_at IS NOT NULL"),)


class ImportRow(Model):
    """One line of a sheet as it was judged; ``values`` sealed, problems by cell."""

    __tablename__ = "import_row"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    batch_id: Mapped[int] = ref("import_batch.id", index=False)
    number: Mapped[int]
    outcome: Mapped[Outcome] = enum_column(Outcome)
    values_sealed: Mapped[Text | None]
    problems: Mapped[list[Any]]
    changes: Mapped[list[Any]]
    person_id: Mapped[int | None] = ref("person.id")

    values = Sealed("import_row", "values")

    __table_args__ = (
        sa.UniqueConstraint("batch_id", "number"),
        sa.Index("ix_import_row_batch_id_outcome", "batch_id", "outcome", "number"),
    )


class ImportMapping(Model):
    """Which columns of a head mean what: remembered for the next sheet with the same head."""

    __tablename__ = "import_mapping"

    id: Mapped[Id]
    org_id: Mapped[int] = ref("org_unit.id")
    signature: Mapped[str] = mapped_column(sa.String(64))
    mapping: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]
    used_by: Mapped[Str100]

    __table_args__ = (sa.UniqueConstraint("org_id", "signature"),)
