"""The papers that were made."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .. import append_only
from ..db import Id, Model, PublicId, Str40, Str200, enum_column, ref
from ..models import StoredFile


class PaperFormat(StrEnum):
    PDF = "pdf"
    WORD = "docx"


class IssuedDocument(Model):
    """One file of a paper that was made, with the digest of what it says.

    ``person_id`` asked for it; ``about_person_id`` is whom it is about. Both formats of one
    request share a verification code.
    """

    __tablename__ = "issued_document"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    job_id: Mapped[int] = ref("job.id")
    kind: Mapped[str] = mapped_column(sa.String(60), index=True)
    title: Mapped[Str200]
    organisation: Mapped[Str200]
    subject_type: Mapped[Str40]
    subject_ref: Mapped[Str40] = mapped_column(index=True)
    org_id: Mapped[int | None] = ref("org_unit.id")
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    about_person_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    format: Mapped[PaperFormat] = enum_column(PaperFormat)
    file_id: Mapped[int] = ref("stored_file.id")
    payload_hash: Mapped[str] = mapped_column(sa.String(64))
    verification_code: Mapped[str] = mapped_column(sa.String(20), default="", index=True)
    requested_by: Mapped[Str40]
    created_at: Mapped[datetime]

    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (sa.UniqueConstraint("job_id", "format"),)


append_only.declare("issued_document")
