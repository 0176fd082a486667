"""Papers that were made, for those who may see them."""

from __future__ import annotations

import sqlalchemy as sa

from .. import access
from ..db import db
from ..rules.permission import Actor
from .models import IssuedDocument, PaperFormat

LATEST = 50


def own(actor: Actor) -> list[IssuedDocument]:
    """The papers a person had made, latest first."""
    return list(
        db.session.scalars(
            sa.select(IssuedDocument)
            .where(access.visible(actor, "documents:paper:own", IssuedDocument))
            .order_by(IssuedDocument.id.desc())
            .limit(LATEST)
        )
    )


def by_code(code: str) -> IssuedDocument | None:
    """The paper that carries this verification code, the PDF if both were made."""
    return db.session.scalar(
        sa.select(IssuedDocument)
        .where(IssuedDocument.verification_code == code)
        .order_by(sa.case((IssuedDocument.format == PaperFormat.PDF, 0), else_=1))
        .limit(1)
    )
