"""Tables of the ground floor: organisations, audit, policy, jobs, files, idempotency, drafts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .db import (
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
from .rules.jobs import JobState
from .rules.roles import OrgKind

PATH = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


class OrgUnit(Model):
    """A node of the one organisation tree. ``path`` is ``/1/12/``: ids from the root down,
    so that a subtree is a range (``path >= '/1/12/' AND path < '/1/120'``)."""

    __tablename__ = "org_unit"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    parent_id: Mapped[int | None] = ref("org_unit.id")
    path: Mapped[str] = mapped_column(PATH, unique=True)
    kind: Mapped[OrgKind] = enum_column(OrgKind)
    name: Mapped[Str100]
    name_en: Mapped[Str100] = mapped_column(default="")
    region_code: Mapped[str] = mapped_column(sa.String(6), default="")
    address: Mapped[Str200] = mapped_column(default="")
    phone: Mapped[Str40] = mapped_column(default="")
    closed_on: Mapped[date | None]

    parent: Mapped[OrgUnit | None] = relationship(remote_side="OrgUnit.id")

    __table_args__ = (sa.UniqueConstraint("parent_id", "name"),)


class AuditEntry(Model):
    """One act, with its own hash. Inserted in the act's transaction, never changed.

    ``actor_ref`` and ``subject_ref`` are random public ids: no name ever stands here.
    """

    __tablename__ = "audit_entry"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(sa.String(80), index=True)
    actor_ref: Mapped[Str40] = mapped_column(index=True)
    account_ref: Mapped[Str40] = mapped_column(default="")
    subject_type: Mapped[Str40] = mapped_column(default="")
    subject_ref: Mapped[Str40] = mapped_column(default="", index=True)
    org_id: Mapped[int | None] = ref("org_unit.id")
    detail: Mapped[Text]
    request_id: Mapped[Str40] = mapped_column(default="")
    salt: Mapped[str] = mapped_column(sa.String(16))
    entry_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class AuditLink(Model):
    """The chain: written by the sealer alone, one link an entry, without gaps."""

    __tablename__ = "audit_link"

    seq: Mapped[Id]
    entry_id: Mapped[int] = ref("audit_entry.id", unique=True, index=False)
    entry_hash: Mapped[str] = mapped_column(sa.String(64))
    chain_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sealed_at: Mapped[datetime]


class SecurityEvent(Model):
    """Refused probes and log-in failures: kept apart from the chain, without personal data."""

    __tablename__ = "security_event"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[Str40] = mapped_column(index=True)
    actor_ref: Mapped[Str40] = mapped_column(default="")
    address_hash: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    endpoint: Mapped[Str100] = mapped_column(default="")
    detail: Mapped[Str200] = mapped_column(default="")
    request_id: Mapped[Str40] = mapped_column(default="")


class PolicyVersion(Model):
    """One version of one policy value at one organisation. A change is a further row."""

    __tablename__ = "policy_version"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    key: Mapped[str] = mapped_column(sa.String(60), index=True)
    org_id: Mapped[int] = ref("org_unit.id")
    version: Mapped[int]
    value: Mapped[Any] = mapped_column(sa.JSON)
    effective_from: Mapped[date]
    basis: Mapped[str] = mapped_column(sa.String(1))
    basis_text: Mapped[str] = mapped_column(sa.String(300), default="")
    binding: Mapped[bool] = mapped_column(default=False)
    confirmed: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[Str40]

    org: Mapped[OrgUnit] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("key", "org_id", "version"),
        state_check("basis", "basis IN ('H','L','S','D')"),
    )


class CalendarDay(Model):
    """A day on which the weekday does not decide: a public holiday or a make-up working day."""

    __tablename__ = "calendar_day"

    id: Mapped[Id]
    day: Mapped[date] = mapped_column(unique=True)
    is_workday: Mapped[bool]
    name: Mapped[Str40]


class CalendarEntry(Model):
    """One entry of a day of the calendar: what stood there, what stands there since, and why.

    ``before`` and ``after`` are None where the weekday decided or decides again.
    """

    __tablename__ = "calendar_entry"

    id: Mapped[Id]
    day: Mapped[date] = mapped_column(index=True)
    before: Mapped[bool | None]
    after: Mapped[bool | None]
    name: Mapped[Str40]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    entered_at: Mapped[datetime]
    entered_by: Mapped[Str40]


class Job(Model):
    """The ledger of background work: outbox, lease, fencing token, attempts, dead letter."""

    __tablename__ = "job"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[str] = mapped_column(sa.String(60))
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = enum_column(JobState, default=JobState.QUEUED)
    unique_key: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[Str200] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    org_id: Mapped[int | None] = ref("org_unit.id")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_job_state_run_after", "state", "run_after"),
        state_check("leased", "state <> 'leased' OR lease_until IS NOT NULL"),
        state_check("finished", "state NOT IN ('done','dead') OR finished_at IS NOT NULL"),
    )


class Schedule(Model):
    """When each periodic job is due next; claimed by one worker in one transaction."""

    __tablename__ = "schedule"

    kind: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    next_at: Mapped[datetime]


class StoredFile(Model):
    """A file outside the web root. ``media_type`` was found by looking at the content."""

    __tablename__ = "stored_file"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[Str100]
    name: Mapped[Str200]
    purpose: Mapped[Str40]
    org_id: Mapped[int | None] = ref("org_unit.id")
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    created_at: Mapped[datetime]


class IdempotencyKey(Model):
    """The first answer to a form, so that a second click gets the same one."""

    __tablename__ = "idempotency_key"

    id: Mapped[Id]
    actor_ref: Mapped[Str40]
    key: Mapped[Str40]
    verb: Mapped[str] = mapped_column(sa.String(80))
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    result: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.UniqueConstraint("actor_ref", "key", "verb"),)


class FormDraft(Model):
    """What was typed into a form that could not be accepted: sealed, for its owner alone."""

    __tablename__ = "form_draft"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    path: Mapped[Str200]
    sealed: Mapped[Text]
    created_at: Mapped[datetime] = mapped_column(index=True)


class Counter(Model):
    """A counter that moves in its user's own transaction, so that no number is lost or used twice."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class SavedView(Model):
    """A list's filters, saved by a person under a name."""

    __tablename__ = "saved_view"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    endpoint: Mapped[Str100]
    name: Mapped[Str40]
    query: Mapped[str] = mapped_column(sa.String(500))

    __table_args__ = (sa.UniqueConstraint("account_id", "endpoint", "name"),)
