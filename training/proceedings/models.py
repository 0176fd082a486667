"""Tables of fair procedure. What a procedure is about is named by type and public id, so
that decisions of every room above can use them without this room knowing any."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.core import append_only
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
from training.core.models import OrgUnit
from training.core.rules.words import Words
from training.people.models import Person, Sealed

from .rules.lifecycle import Method, ObjectionKind, ObjectionState
from .rules.notice import Outcome


class Titled:
    """What a record is called: a message with its parameters, said in the reader's language.
    A title without parameters is said as it stands (typed, or stored before there were any)."""

    title: Mapped[Str200]
    title_params: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    @property
    def words(self) -> Words:
        return Words(self.title, self.title_params)


class PublicNotice(Titled, Model):
    """A 公示: who is proposed for what, where to object, and from when. The last day follows
    from ``published_on`` and ``workdays`` by the calendar; ``policy_id`` says whose number it is."""

    __tablename__ = "public_notice"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    body: Mapped[Text]
    receiving_office: Mapped[Str100]
    telephone: Mapped[Str40]
    published_on: Mapped[date] = mapped_column(index=True)
    published_by: Mapped[int] = ref("person.id")
    workdays: Mapped[int]
    policy_id: Mapped[int] = ref("policy_version.id")
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = ref("person.id")
    withdrawn_reason: Mapped[Str200] = mapped_column(default="")

    org: Mapped[OrgUnit] = relationship()
    names: Mapped[list[NoticeName]] = relationship(order_by="NoticeName.id", viewonly=True)

    __table_args__ = (state_check("withdrawn", "withdrawn_at IS NULL OR withdrawn_reason <> ''"),)


class NoticeName(Model):
    """A person whom a notice names, as the notice names them, and the matter behind it."""

    __tablename__ = "public_notice_name"

    id: Mapped[Id]
    notice_id: Mapped[int] = ref("public_notice.id")
    person_id: Mapped[int] = ref("person.id")
    outcome: Mapped[Outcome] = enum_column(Outcome)
    name: Mapped[Str100]
    unit: Mapped[Str100]
    matter_type: Mapped[Str40]
    matter_ref: Mapped[Str40] = mapped_column(index=True)

    notice: Mapped[PublicNotice] = relationship()


class Objection(Model):
    """An objection by anybody or an appeal by the person concerned, and how it was decided.

    ``person_id`` is the filer if the filer is known to the site; ``concerned_id`` is the
    person whom the matter is about. Name, telephone and text are sealed.
    """

    __tablename__ = "objection"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    kind: Mapped[ObjectionKind] = enum_column(ObjectionKind)
    matter_type: Mapped[Str40]
    matter_ref: Mapped[Str40] = mapped_column(index=True)
    matter_title: Mapped[Str200]
    matter_params: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    notice_id: Mapped[int | None] = ref("public_notice.id")
    person_id: Mapped[int | None] = ref("person.id")
    concerned_id: Mapped[int | None] = ref("person.id")
    filer_sealed: Mapped[Text]
    phone_sealed: Mapped[Text | None]
    text_sealed: Mapped[Text]
    filed_on: Mapped[date]
    filed_at: Mapped[datetime]
    decide_workdays: Mapped[int]
    policy_id: Mapped[int] = ref("policy_version.id")
    state: Mapped[ObjectionState] = enum_column(ObjectionState, default=ObjectionState.FILED)
    reviewer_id: Mapped[int | None] = ref("person.id")
    assigned_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = ref("person.id")
    decision_reason: Mapped[Text] = mapped_column(default="")

    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    concerned: Mapped[Person | None] = relationship(foreign_keys=[concerned_id])
    reviewer: Mapped[Person | None] = relationship(foreign_keys=[reviewer_id])

    @property
    def words(self) -> Words:
        """What is objected to, said like a ``Titled`` record."""
        return Words(self.matter_title, self.matter_params)

    filer = Sealed("objection", "filer")
    phone = Sealed("objection", "phone")
    text = Sealed("objection", "text")

    __table_args__ = (
        sa.Index("ix_objection_matter", "matter_type", "matter_ref"),
        state_check("assigned", "state <> 'assigned' OR reviewer_id IS NOT NULL"),
        state_check(
            "decided",
            "state NOT IN ('upheld','dismissed') OR "
            "(decided_at IS NOT NULL AND decided_by IS NOT NULL AND decision_reason <> '')",
        ),
    )


class ObjectionReviewer(Model):
    """Another person reviews than was named before (``former_id``), and why."""

    __tablename__ = "objection_reviewer"

    id: Mapped[Id]
    objection_id: Mapped[int] = ref("objection.id")
    former_id: Mapped[int] = ref("person.id")
    reviewer_id: Mapped[int] = ref("person.id")
    reason: Mapped[Str200]
    actor_id: Mapped[int] = ref("person.id")
    at: Mapped[datetime]

    former: Mapped[Person] = relationship(foreign_keys=[former_id])
    reviewer: Mapped[Person] = relationship(foreign_keys=[reviewer_id])
    actor: Mapped[Person] = relationship(foreign_keys=[actor_id])

    __table_args__ = (
        state_check("reason", "reason <> ''"),
        state_check("another", "former_id <> reviewer_id"),
    )


class ServiceRecord(Titled, Model):
    """A decision or paper served on a person (送达), and the person's own confirmation."""

    __tablename__ = "service_record"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    matter_type: Mapped[Str40]
    matter_ref: Mapped[Str40] = mapped_column(index=True)
    url: Mapped[Str200] = mapped_column(default="")
    method: Mapped[Method] = enum_column(Method)
    note: Mapped[Str200] = mapped_column(default="")
    served_on: Mapped[date]
    served_at: Mapped[datetime]
    served_by: Mapped[int] = ref("person.id")

    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    receipt: Mapped[ServiceReceipt | None] = relationship(viewonly=True)

    __table_args__ = (sa.Index("ix_service_record_matter", "matter_type", "matter_ref"),)


class ServiceReceipt(Model):
    """The person confirmed that it was received; once, by the person alone."""

    __tablename__ = "service_receipt"

    id: Mapped[Id]
    service_id: Mapped[int] = ref("service_record.id", unique=True, index=False)
    received_at: Mapped[datetime]


class Panel(Titled, Model):
    """A panel for one matter or one round of matters."""

    __tablename__ = "panel"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    matter_type: Mapped[Str40]
    matter_ref: Mapped[Str40] = mapped_column(index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = ref("person.id")

    org: Mapped[OrgUnit] = relationship()
    members: Mapped[list[PanelSeat]] = relationship(order_by="PanelSeat.id", viewonly=True)

    def participants(self) -> set[int]:
        """The members, for access."""
        return {seat.person_id for seat in self.members}

    @staticmethod
    def participates(person_id: int) -> sa.ColumnElement[bool]:
        """Panels on which a person sits, for access."""
        return Panel.id.in_(sa.select(PanelSeat.panel_id).where(PanelSeat.person_id == person_id))


class PanelSeat(Model):
    """A seat; ``conflict`` is None until the member declared, then as last corrected."""

    __tablename__ = "panel_seat"

    id: Mapped[Id]
    panel_id: Mapped[int] = ref("panel.id")
    person_id: Mapped[int] = ref("person.id")
    conflict: Mapped[bool | None]
    conflict_text: Mapped[Str200] = mapped_column(default="")
    declared_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()

    @hybrid_property
    def subject_person_id(self) -> int:
        """Whose seat it is."""
        return self.person_id

    __table_args__ = (
        sa.UniqueConstraint("panel_id", "person_id"),
        state_check("declared", "conflict IS NULL OR declared_at IS NOT NULL"),
    )


class DeclarationCorrection(Model):
    """A member corrected their declaration: what they had declared before, when, and why it was
    not right."""

    __tablename__ = "declaration_correction"

    id: Mapped[Id]
    seat_id: Mapped[int] = ref("panel_seat.id")
    former_conflict: Mapped[bool]
    former_text: Mapped[Str200] = mapped_column(default="")
    former_at: Mapped[datetime]
    reason: Mapped[Str200]
    at: Mapped[datetime]

    __table_args__ = (state_check("reason", "reason <> ''"),)


append_only.declare(
    "public_notice_name", "service_record", "service_receipt", "objection_reviewer",
    "declaration_correction",
)  # fmt: skip
