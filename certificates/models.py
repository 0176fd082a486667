"""Tables of certificates and work cards.

What is issued is frozen: the payload with its hash at issue, then the document's bytes with
theirs. Every act is a row of a history that nobody can change.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.core import append_only
from training.core.db import (
    Id,
    Model,
    PublicId,
    Str20,
    Str40,
    Str100,
    Text,
    enum_column,
    ref,
    state_check,
)
from training.core.models import OrgUnit, StoredFile
from training.people.models import Person

from .rules.lifecycle import CertificateState
from .rules.number import CertificateClass
from .rules.work_card import WorkCardState

_LIVING = sa.text("state IN ('pending','issued','active','suspended')")
_HELD = sa.text("state <> 'withdrawn'")


class CertificateTemplate(Model):
    """One version of the words that a bureau's certificates carry. A change is a further row;
    it changes no certificate that has been issued."""

    __tablename__ = "certificate_template"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    version: Mapped[int]
    title: Mapped[Str40]
    title_en: Mapped[Str100]
    body: Mapped[Text]
    note: Mapped[Text] = mapped_column(default="")
    reason: Mapped[Text]
    created_by: Mapped[int] = ref("person.id")
    created_at: Mapped[datetime]

    author: Mapped[Person] = relationship()

    __table_args__ = (sa.UniqueConstraint("org_id", "version"),)


class Certificate(Model):
    """A 岗前培训考核合格证书. ``state`` is what somebody did; expiry is computed from
    ``valid_until`` when it is asked for.

    ``inputs`` are the facts that its gates looked at, ``policy`` the versions they were read
    by; ``payload`` is every word printed on it. ``code`` is secret: it stands on the paper
    and in its QR code, and with the number it opens the public page.
    """

    __tablename__ = "certificate"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    certificate_class: Mapped[CertificateClass] = enum_column(CertificateClass)
    number: Mapped[str] = mapped_column(sa.String(30), unique=True)
    code: Mapped[Str20] = mapped_column(unique=True)
    state: Mapped[CertificateState] = enum_column(CertificateState)
    issued_on: Mapped[date]
    valid_from: Mapped[date]
    valid_until: Mapped[date] = mapped_column(index=True)
    issuer_id: Mapped[int] = ref("person.id")
    issuer_org_id: Mapped[int] = ref("org_unit.id")
    template_id: Mapped[int | None] = ref("certificate_template.id")
    policy: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any]]
    payload: Mapped[dict[str, Any]]
    payload_sha256: Mapped[str] = mapped_column(sa.String(64))
    pdf_id: Mapped[int | None] = ref("stored_file.id", index=False)
    pdf_sha256: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    picture_id: Mapped[int | None] = ref("stored_file.id", index=False)
    replaces_id: Mapped[int | None] = ref("certificate.id", unique=True, index=False)
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys="Certificate.person_id")
    issuer: Mapped[Person] = relationship(foreign_keys="Certificate.issuer_id")
    org: Mapped[OrgUnit] = relationship(foreign_keys="Certificate.org_id")
    issuer_org: Mapped[OrgUnit] = relationship(foreign_keys="Certificate.issuer_org_id")
    pdf: Mapped[StoredFile | None] = relationship(foreign_keys="Certificate.pdf_id")
    picture: Mapped[StoredFile | None] = relationship(foreign_keys="Certificate.picture_id")
    replaces: Mapped[Certificate | None] = relationship(remote_side="Certificate.id")

    __table_args__ = (
        state_check("computed", "state <> 'expired'"),
        state_check("period", "valid_from <= valid_until"),
        state_check("document", "(pdf_id IS NULL) = (pdf_sha256 IS NULL)"),
        sa.Index("ix_certificate_state_valid_until", "state", "valid_until"),
        # One living certificate a person: two officers cannot issue at once.
        sa.Index(
            "uq_certificate_living",
            "person_id",
            unique=True,
            sqlite_where=_LIVING,
            postgresql_where=_LIVING,
        ),
    )


class CertificateEvent(Model):
    """One act upon a certificate, or a correction of what was said of one: append-only.

    ``occurred_on`` is the day (Shanghai) from which it holds; ``actor_id`` is empty where the
    system acted. A correction changes no state and names what it corrects.
    """

    __tablename__ = "certificate_event"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    certificate_id: Mapped[int] = ref("certificate.id")
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    action: Mapped[Str40]
    from_state: Mapped[CertificateState] = enum_column(CertificateState)
    to_state: Mapped[CertificateState] = enum_column(CertificateState)
    occurred_on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = ref("person.id")
    ground: Mapped[Str40] = mapped_column(default="")
    reason: Mapped[Text] = mapped_column(default="")
    corrects_id: Mapped[int | None] = ref("certificate_event.id", index=False)

    certificate: Mapped[Certificate] = relationship()
    actor: Mapped[Person | None] = relationship(foreign_keys="CertificateEvent.actor_id")


class WorkCard(Model):
    """A 人民调解员工作证. ``org_id`` is the committee it names. That a check is due is
    computed from ``last_checked_on`` (the day of issue before the first check)."""

    __tablename__ = "work_card"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    code: Mapped[Str20] = mapped_column(unique=True)
    state: Mapped[WorkCardState] = enum_column(WorkCardState)
    issued_on: Mapped[date]
    last_checked_on: Mapped[date]
    issuer_id: Mapped[int] = ref("person.id")
    payload: Mapped[dict[str, Any]]
    payload_sha256: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys="WorkCard.person_id")
    issuer: Mapped[Person] = relationship(foreign_keys="WorkCard.issuer_id")
    org: Mapped[OrgUnit] = relationship()

    __table_args__ = (
        state_check("computed", "state <> 'annual_check_due'"),
        state_check("checked", "last_checked_on >= issued_on"),
        sa.Index(
            "uq_work_card_held",
            "person_id",
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )


class WorkCardEvent(Model):
    """One act upon a work card: issue, hand-over, annual check, withdrawal; append-only.
    ``inputs`` are the facts that an annual check looked at."""

    __tablename__ = "work_card_event"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    work_card_id: Mapped[int] = ref("work_card.id")
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    action: Mapped[Str40]
    from_state: Mapped[WorkCardState] = enum_column(WorkCardState)
    to_state: Mapped[WorkCardState] = enum_column(WorkCardState)
    occurred_on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = ref("person.id")
    reason: Mapped[Text] = mapped_column(default="")
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)

    work_card: Mapped[WorkCard] = relationship()
    actor: Mapped[Person | None] = relationship(foreign_keys="WorkCardEvent.actor_id")


append_only.declare("certificate_template", "certificate_event", "work_card_event")
