"""Files laid to records, and their withdrawal by a further entry."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .. import append_only
from ..db import Id, Model, PublicId, Str40, Str100, ref
from ..models import StoredFile


class Attachment(Model):
    """A file laid to a record (``subject_type``: the registered kind; ``subject_ref``: its
    public id). ``org_id`` is the record's organisation, frozen; ``person_id`` whom it is about."""

    __tablename__ = "attachment"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    subject_type: Mapped[Str40]
    subject_ref: Mapped[Str40]
    org_id: Mapped[int | None] = ref("org_unit.id")
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    file_id: Mapped[int] = ref("stored_file.id")
    label: Mapped[Str100]
    added_by: Mapped[Str40]
    added_at: Mapped[datetime]

    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)
    withdrawal: Mapped[AttachmentWithdrawal | None] = relationship(
        lazy="joined", viewonly=True, back_populates="attachment"
    )

    __table_args__ = (sa.Index("ix_attachment_subject", "subject_type", "subject_ref"),)


class AttachmentWithdrawal(Model):
    """A file was laid there by mistake: who took it back, when and why. The file stays."""

    __tablename__ = "attachment_withdrawal"

    id: Mapped[Id]
    attachment_id: Mapped[int] = ref("attachment.id", unique=True, index=False)
    reason: Mapped[str] = mapped_column(sa.String(300))
    withdrawn_by: Mapped[Str40]
    withdrawn_at: Mapped[datetime]

    attachment: Mapped[Attachment] = relationship(back_populates="withdrawal")


append_only.declare("attachment", "attachment_withdrawal")
