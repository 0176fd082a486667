"""A paper and a kind of record with files, registered for tests alone, about an organisation."""

from __future__ import annotations

from training.core.attachments import registry as attachments
from training.core.documents import registry as documents
from training.core.documents.definition import Document, DocumentKind, Field, FieldTable, Paragraph
from training.core.documents.registry import Order
from training.core.i18n import is_english
from training.core.models import OrgUnit

PAPER, SECRET_PAPER, BROKEN_PAPER = "test_org_register", "test_org_slip", "test_broken"
SUBJECT = "test_org"


def _register(org: OrgUnit, order: Order) -> Document:
    title = "Organisation register" if is_english() else "机构登记表"
    row = (Field("名称", org.name), Field("筛选", order.params.get("state", "")))
    return Document(
        title, DocumentKind.TABLE, "示例市司法局", (FieldTable((row,)),), english=order.english
    )


def _slip(org: OrgUnit, order: Order) -> Document:
    return Document(
        "激活单", DocumentKind.LETTER, org.name, (Paragraph("密"),), english=order.english
    )


def _broken(org: OrgUnit, order: Order) -> Document:
    raise LookupError(org.name)


def register() -> None:
    """Once a process; a second call does nothing."""
    if documents.find(PAPER) is not None:
        return
    documents.builder(PAPER, "机构登记表", "core:org:read", OrgUnit)(_register)
    documents.builder(SECRET_PAPER, "激活单", "core:org:read", OrgUnit, verifiable=False)(_slip)
    documents.builder(BROKEN_PAPER, "坏表", "core:org:read", OrgUnit)(_broken)
    attachments.accept(SUBJECT, OrgUnit, read="core:org:read", write="core:org:change")


register()
