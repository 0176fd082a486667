"""Tables of appointment (推选, 聘任) and of the engagement (用工) beside it."""

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
    Str40,
    Str100,
    Str200,
    Text,
    enum_column,
    ref,
    state_check,
)
from training.core.models import OrgUnit
from training.people.models import Person
from training.people.rules.person import ServiceKind

from .rules.appointment import AppointmentKind, AppointmentRecord, AppointmentState, Engagement


class Appointment(Model):
    """One person's appointment to one committee for a term.

    ``term_start`` and ``term_end`` are inclusive; the term's length came from policy version
    ``policy_id``. ``resolution`` refers to the resolution of the electing or engaging body,
    ``filing`` to the papers of filing. ``renews_id`` is the term that this one follows. That a
    term has lapsed is computed, never stored.
    """

    __tablename__ = "appointment"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    kind: Mapped[AppointmentKind] = enum_column(AppointmentKind)
    service_kind: Mapped[ServiceKind] = enum_column(ServiceKind)
    state: Mapped[AppointmentState] = enum_column(AppointmentState)
    term_start: Mapped[date]
    term_end: Mapped[date] = mapped_column(index=True)
    policy_id: Mapped[int] = ref("policy_version.id")
    resolution: Mapped[Str200]
    resolved_on: Mapped[date]
    reason: Mapped[Text] = mapped_column(default="")
    engagement: Mapped[Engagement] = enum_column(Engagement)
    agency: Mapped[Str100] = mapped_column(default="")
    contract_from: Mapped[date | None]
    contract_until: Mapped[date | None]
    proposed_by: Mapped[int] = ref("person.id")
    proposed_at: Mapped[datetime]
    approved_by: Mapped[int | None] = ref("person.id")
    approved_at: Mapped[datetime | None]
    filing: Mapped[Str200] = mapped_column(default="")
    filed_by: Mapped[int | None] = ref("person.id")
    filed_at: Mapped[datetime | None]
    began_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    renews_id: Mapped[int | None] = ref("appointment.id", unique=True, index=False)

    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined", innerjoin=True)

    @property
    def record(self) -> AppointmentRecord:
        """What the rules look at."""
        return AppointmentRecord(
            self.kind, self.service_kind, self.state, self.term_start, self.term_end,
            self.began_on, self.ended_on,
        )  # fmt: skip

    __table_args__ = (
        sa.Index("ix_appointment_person_state", "person_id", "state"),
        sa.Index(
            "uq_appointment_pending",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state IN ('proposed','committee_resolution','filed')"),
            postgresql_where=sa.text("state IN ('proposed','committee_resolution','filed')"),
        ),
        state_check("stored", "state <> 'lapsed'"),
        state_check("term", "term_start <= term_end"),
        state_check(
            "approved",
            "state IN ('proposed','resigned') OR "
            "(approved_by IS NOT NULL AND approved_at IS NOT NULL)",
        ),
        state_check("by_another", "approved_by IS NULL OR approved_by <> proposed_by"),
        state_check("filed", "filed_by IS NULL OR (filed_at IS NOT NULL AND filing <> '')"),
        state_check("begun", "state NOT IN ('in_term','renewal_review') OR began_on IS NOT NULL"),
        state_check("agency", "engagement <> 'labour_dispatch' OR agency <> ''"),
    )


class AppointmentEvent(Model):
    """A step of an appointment: who, when, why. A change of what was proposed is one too."""

    __tablename__ = "appointment_event"

    id: Mapped[Id]
    appointment_id: Mapped[int] = ref("appointment.id")
    action: Mapped[Str40]
    before: Mapped[AppointmentState] = enum_column(AppointmentState)
    after: Mapped[AppointmentState] = enum_column(AppointmentState)
    actor_id: Mapped[int | None] = ref("person.id")
    reason: Mapped[Text] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]

    actor: Mapped[Person | None] = relationship()


class RenewalProposal(Model):
    """What was put forward in a renewal review: the committee's resolution, the unit's opinion,
    how the person will be engaged. A further proposal replaces the one before."""

    __tablename__ = "renewal_proposal"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    appointment_id: Mapped[int] = ref("appointment.id")
    opinion: Mapped[Text]
    resolution: Mapped[Str200]
    resolved_on: Mapped[date]
    engagement: Mapped[Engagement] = enum_column(Engagement)
    agency: Mapped[Str100] = mapped_column(default="")
    contract_from: Mapped[date | None]
    contract_until: Mapped[date | None]
    proposed_by: Mapped[int] = ref("person.id")
    proposed_at: Mapped[datetime]

    proposer: Mapped[Person] = relationship()

    __table_args__ = (state_check("agency", "engagement <> 'labour_dispatch' OR agency <> ''"),)


class DeathReport(Model):
    """A death reported with its proof (死亡证明); another person then ends the appointment.
    ``corrects_id`` names the report that this one replaces; ``why`` says why."""

    __tablename__ = "death_report"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    appointment_id: Mapped[int] = ref("appointment.id")
    died_on: Mapped[date]
    proof: Mapped[Str200]
    corrects_id: Mapped[int | None] = ref("death_report.id")
    why: Mapped[Str200] = mapped_column(default="")
    reported_by: Mapped[int] = ref("person.id")
    reported_at: Mapped[datetime]

    reporter: Mapped[Person] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("corrects_id"),
        state_check("corrected", "corrects_id IS NULL OR why <> ''"),
    )


append_only.declare("appointment_event", "renewal_proposal", "death_report")
