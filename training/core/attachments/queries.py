"""Files laid to records, for those who may see the record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .. import access
from ..db import Model, db
from ..errors import NotVisible
from ..rules.permission import Actor
from .models import Attachment
from .registry import Subject, find


def subject_of(actor: Actor, kind: str, subject_ref: str, *, write: bool) -> tuple[Subject, Model]:
    """The registered kind and the record. Raises ``NotVisible`` without permission over it."""
    subject = find(kind)
    if subject is None:
        raise NotVisible(kind)
    permission = subject.write if write else subject.read
    model: Any = subject.model
    record: Model | None = db.session.scalar(
        sa.select(model).where(
            model.public_id == subject_ref, access.visible(actor, permission, model)
        )
    )
    if record is None:
        raise NotVisible(permission)
    return subject, record


def of(actor: Actor, kind: str, subject_ref: str) -> list[Attachment]:
    """A record's files, oldest first, withdrawn ones among them. Raises ``NotVisible``."""
    subject_of(actor, kind, subject_ref, write=False)
    return list(
        db.session.scalars(
            sa.select(Attachment)
            .where(Attachment.subject_type == kind, Attachment.subject_ref == subject_ref)
            .order_by(Attachment.id)
        )
    )
