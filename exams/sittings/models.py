"""Tables of sittings: the sitting, its proctors, attempts and their append-only steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exams.papers.models import Paper
from training.core import append_only
from training.core.db import (
    Id,
    Model,
    PublicId,
    Str40,
    Str100,
    Str200,
    enum_column,
    ref,
    state_check,
)
from training.core.models import OrgUnit
from training.people.models import Person

from .rules.attempt import AttemptState
from .rules.sitting import Admission, Arrangement, SittingAct, SittingStage
from .rules.steps import StepKind


class Sitting(Model):
    """A sitting (考试场次). Times are server time; ``ends_at`` is the end for someone with the
    ordinary time. What the sitting is at a moment is computed (``rules.sitting``)."""

    __tablename__ = "exam_sitting"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    paper_id: Mapped[int] = ref("exam_paper.id")
    title: Mapped[Str100]
    title_en: Mapped[Str100] = mapped_column(default="")
    doors_open_at: Mapped[datetime]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    limit_minutes: Mapped[int]
    admission: Mapped[Admission] = enum_column(Admission)
    place: Mapped[Str100] = mapped_column(default="")
    stage: Mapped[SittingStage] = enum_column(SittingStage, default=SittingStage.PLANNED)
    created_by: Mapped[int] = ref("person.id")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    org: Mapped[OrgUnit] = relationship()
    paper: Mapped[Paper] = relationship()

    @property
    def arrangement(self) -> Arrangement:
        """When, where and how it is held, as it stands now."""
        return Arrangement(
            title=self.title, title_en=self.title_en, paper=self.paper.public_id,
            doors_open_at=self.doors_open_at, starts_at=self.starts_at, ends_at=self.ends_at,
            limit_minutes=self.limit_minutes, admission=self.admission, place=self.place,
        )  # fmt: skip

    __table_args__ = (
        state_check("times", "doors_open_at <= starts_at AND starts_at < ends_at"),
        state_check("limit", "limit_minutes > 0"),
        state_check("published", "stage <> 'published' OR published_at IS NOT NULL"),
    )


class SittingEvent(Model):
    """What was corrected about a sitting: an entry with reason, who and when.

    ``before`` and ``after`` hold what a change touched (``rules.sitting.Arrangement``);
    ``attempt_id`` names the candidate whom an entry is about.
    """

    __tablename__ = "exam_sitting_event"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    sitting_id: Mapped[int] = ref("exam_sitting.id")
    attempt_id: Mapped[int | None] = ref("exam_attempt.id")
    act: Mapped[SittingAct] = enum_column(SittingAct)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[Str200]
    actor_id: Mapped[int] = ref("person.id")
    at: Mapped[datetime]

    actor: Mapped[Person] = relationship()
    attempt: Mapped[Attempt | None] = relationship()

    __table_args__ = (state_check("reason", "act = 'changed' OR reason <> ''"),)


class SittingProctor(Model):
    """Who proctors a sitting (监考)."""

    __tablename__ = "exam_sitting_proctor"

    id: Mapped[Id]
    sitting_id: Mapped[int] = ref("exam_sitting.id")
    person_id: Mapped[int] = ref("person.id")

    person: Mapped[Person] = relationship()

    __table_args__ = (sa.UniqueConstraint("sitting_id", "person_id"),)


class Attempt(Model):
    """One person's attempt at one sitting. Created before the doors open, with its order.

    ``arrangement`` is ``[[slot, [options…]], …]`` as the seed gave it. ``terms`` are the
    policy values with their version ids, fixed at the start; ``last_seq``/``head`` are the
    end of the chain of steps, ``last_client_seq`` the highest client sequence accepted.
    ``writer`` is the device that may write until ``lease_until``.
    """

    __tablename__ = "exam_attempt"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    sitting_id: Mapped[int] = ref("exam_sitting.id")
    seat: Mapped[int]
    ticket_no: Mapped[str] = mapped_column(sa.String(30), unique=True)
    seed: Mapped[str] = mapped_column(sa.String(32))
    arrangement: Mapped[list[Any]]
    personal_factor: Mapped[int] = mapped_column(default=100)
    state: Mapped[AttemptState] = enum_column(AttemptState, default=AttemptState.SCHEDULED)
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    admitted_by: Mapped[int | None] = ref("person.id")
    started_at: Mapped[datetime | None]
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    submitted_at: Mapped[datetime | None]
    receipt: Mapped[str] = mapped_column(sa.String(20), default="")
    writer: Mapped[Str40] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    last_saved_at: Mapped[datetime | None]
    last_client_seq: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(sa.String(64), default="")

    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    sitting: Mapped[Sitting] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "person_id"),
        sa.UniqueConstraint("sitting_id", "seat"),
        sa.Index("ix_exam_attempt_state", "state"),
        state_check(
            "admitted",
            "state IN ('scheduled','cancelled','withdrawn') OR admitted_at IS NOT NULL",
        ),
        state_check(
            "started",
            "state IN ('scheduled','admitted','cancelled','withdrawn') OR started_at IS NOT NULL",
        ),
        state_check(
            "handed_in",
            "state IN ('scheduled','admitted','in_progress','cancelled','withdrawn')"
            " OR submitted_at IS NOT NULL",
        ),
        # Nobody who has begun is taken off: the answers stand.
        state_check("not_begun", "state NOT IN ('cancelled','withdrawn') OR started_at IS NULL"),
    )


class AttemptStep(Model):
    """One step of an attempt, with its own hash and that of the chain (``rules.steps``)."""

    __tablename__ = "exam_attempt_step"

    id: Mapped[Id]
    attempt_id: Mapped[int] = ref("exam_attempt.id", index=False)
    sequence: Mapped[int]
    kind: Mapped[StepKind] = enum_column(StepKind)
    actor_id: Mapped[int] = mapped_column(sa.BigInteger)
    received_at: Mapped[datetime]
    slot: Mapped[int | None]
    response: Mapped[list[Any]]
    client_seq: Mapped[int] = mapped_column(default=0)
    client_at: Mapped[Str40] = mapped_column(default="")
    client_uuid: Mapped[Str40 | None]
    writer: Mapped[Str40] = mapped_column(default="")
    refers_to: Mapped[int | None]
    reason: Mapped[Str200] = mapped_column(default="")
    entry_hash: Mapped[str] = mapped_column(sa.String(64))
    chain_hash: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (
        sa.UniqueConstraint("attempt_id", "sequence"),
        sa.UniqueConstraint("attempt_id", "client_uuid"),
    )


class TimeExtension(Model):
    """Minutes given (加时) to one attempt, or to all of a sitting (no attempt)."""

    __tablename__ = "exam_time_extension"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    sitting_id: Mapped[int] = ref("exam_sitting.id")
    attempt_id: Mapped[int | None] = ref("exam_attempt.id")
    minutes: Mapped[int]
    reason: Mapped[Str200]
    granted_at: Mapped[datetime]
    granted_by: Mapped[int] = ref("person.id")

    revocation: Mapped[ExtensionRevocation | None] = relationship(viewonly=True, uselist=False)

    __table_args__ = (state_check("positive", "minutes > 0"),)


class ExtensionRevocation(Model):
    """Minutes given in error are taken back (撤销加时) by a further entry, once.

    ``notice_minutes`` is what it leaves, from that moment, to who is writing; ``policy_id`` the
    version that says so (none on entries made before it was policy).
    """

    __tablename__ = "exam_extension_revocation"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    extension_id: Mapped[int] = ref("exam_time_extension.id", unique=True, index=False)
    notice_minutes: Mapped[int]
    policy_id: Mapped[int | None] = ref("policy_version.id")
    reason: Mapped[Str200]
    revoked_at: Mapped[datetime]
    revoked_by: Mapped[int] = ref("person.id")

    __table_args__ = (
        state_check("notice", "notice_minutes >= 0"),
        state_check("reason", "reason <> ''"),
    )


class ProctorNote(Model):
    """What a proctor saw (监考记录). ``flags``: somebody has to look at the attempt.

    A note is corrected by a further one, which names it (``corrects_id``) and says ``why``.
    """

    __tablename__ = "exam_proctor_note"

    id: Mapped[Id]
    attempt_id: Mapped[int] = ref("exam_attempt.id")
    person_id: Mapped[int] = ref("person.id")
    text: Mapped[str] = mapped_column(sa.String(500))
    flags: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    corrects_id: Mapped[int | None] = ref("exam_proctor_note.id", unique=True, index=False)
    why: Mapped[str | None] = mapped_column(sa.String(200))

    __table_args__ = (state_check("corrected", "corrects_id IS NULL OR why IS NOT NULL"),)


append_only.declare(
    "exam_attempt_step", "exam_time_extension", "exam_proctor_note", "exam_sitting_event",
    "exam_extension_revocation",
)  # fmt: skip
