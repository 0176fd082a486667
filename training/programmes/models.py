"""Tables of training: programmes, enrolments, the credit-hour ledger, sessions, attendance."""

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
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Person

from .rules.enrolment import EnrolmentState
from .rules.ledger import LineKind, ReversalReason
from .rules.sessions import Mark, SessionAct, SessionState


class Programme(Model):
    """A programme of training that people enrol in (岗前培训)."""

    __tablename__ = "programme"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    code: Mapped[Str40] = mapped_column(unique=True)
    org_id: Mapped[int] = ref("org_unit.id")
    title: Mapped[Str100]
    title_en: Mapped[Str100] = mapped_column(default="")
    summary: Mapped[Text] = mapped_column(default="")
    summary_en: Mapped[Text] = mapped_column(default="")
    created_at: Mapped[datetime]


class Enrolment(Model):
    """One person's way through one programme. ``requirement`` is frozen from policy at
    enrolment, ``policy_ids`` names the versions it came from."""

    __tablename__ = "enrolment"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    programme_id: Mapped[int] = ref("programme.id")
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    state: Mapped[EnrolmentState] = enum_column(EnrolmentState, default=EnrolmentState.ENROLLED)
    requirement: Mapped[dict[str, Any]]
    policy_ids: Mapped[list[Any]]
    enrolled_on: Mapped[date]
    last_day: Mapped[date | None]
    created_at: Mapped[datetime]

    programme: Mapped[Programme] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[Person] = relationship()

    __table_args__ = (
        sa.Index(
            "uq_enrolment_live",
            "person_id",
            "programme_id",
            unique=True,
            sqlite_where=sa.text("state <> 'withdrawn'"),
            postgresql_where=sa.text("state <> 'withdrawn'"),
        ),
    )


class EnrolmentEvent(Model):
    """One step of an enrolment, or a word said about it: append-only.

    ``actor_id`` is the person who acted (None: the system); ``detail`` holds the papers of
    the act: a voiding's evidence and notice, an appeal's outcome.
    """

    __tablename__ = "enrolment_event"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    enrolment_id: Mapped[int] = ref("enrolment.id")
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    action: Mapped[Str40]
    from_state: Mapped[EnrolmentState] = enum_column(EnrolmentState)
    to_state: Mapped[EnrolmentState] = enum_column(EnrolmentState)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = ref("person.id")
    reason: Mapped[Text] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    actor: Mapped[Person | None] = relationship(foreign_keys="EnrolmentEvent.actor_id")


class CreditEntry(Model):
    """A line of the credit-hour ledger (学时台账): append-only; a mistake is reversed.

    ``source_type`` and ``source_ref`` name what gave the credit (``session`` and its public
    id). A source credits a person once; ``round`` grows only when an earlier credit of the
    same source was reversed. A reversal repeats topic, form, day, minutes and source.
    """

    __tablename__ = "credit_entry"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    enrolment_id: Mapped[int | None] = ref("enrolment.id")
    kind: Mapped[LineKind] = enum_column(LineKind, default=LineKind.CREDIT)
    topic: Mapped[Topic] = enum_column(Topic)
    form: Mapped[TrainingForm] = enum_column(TrainingForm)
    minutes: Mapped[int]
    occurred_on: Mapped[date]
    source_type: Mapped[Str40]
    source_ref: Mapped[Str40]
    round: Mapped[int] = mapped_column(default=1)
    title: Mapped[Str200] = mapped_column(default="")
    title_en: Mapped[Str200] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorder_id: Mapped[int | None] = ref("person.id")
    reverses_id: Mapped[int | None] = ref("credit_entry.id", unique=True, index=False)
    reason: Mapped[ReversalReason | None] = enum_column(ReversalReason)
    note: Mapped[Str200] = mapped_column(default="")

    recorder: Mapped[Person | None] = relationship(foreign_keys="CreditEntry.recorder_id")
    person: Mapped[Person] = relationship(foreign_keys="CreditEntry.person_id")

    __table_args__ = (
        sa.UniqueConstraint("person_id", "source_type", "source_ref", "round", "kind"),
        sa.Index("ix_credit_entry_person_day", "person_id", "occurred_on"),
        state_check("minutes", "minutes > 0"),
        state_check(
            "reversal",
            "(kind = 'credit' AND reverses_id IS NULL AND reason IS NULL) OR "
            "(kind = 'reversal' AND reverses_id IS NOT NULL AND reason IS NOT NULL)",
        ),
    )


class SessionTemplate(Model):
    """A meeting of the curriculum that a trainer schedules with a date and a place."""

    __tablename__ = "session_template"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    code: Mapped[Str40] = mapped_column(unique=True)
    org_id: Mapped[int] = ref("org_unit.id")
    title: Mapped[Str100]
    title_en: Mapped[Str200] = mapped_column(default="")
    summary: Mapped[Text] = mapped_column(default="")
    summary_en: Mapped[Text] = mapped_column(default="")
    topic: Mapped[Topic] = enum_column(Topic)
    form: Mapped[TrainingForm] = enum_column(TrainingForm)
    minutes: Mapped[int]


class TrainingSession(Model):
    """An offline (or live) session; offered to ``org_id`` and all below it.

    ``minutes`` is what full attendance credits; ``door_opens_at`` when people at the place
    may check themselves in; ``capacity`` 0 means no limit.
    """

    __tablename__ = "training_session"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    template_id: Mapped[int | None] = ref("session_template.id")
    title: Mapped[Str100]
    title_en: Mapped[Str200] = mapped_column(default="")
    summary: Mapped[Text] = mapped_column(default="")
    summary_en: Mapped[Text] = mapped_column(default="")
    topic: Mapped[Topic] = enum_column(Topic)
    form: Mapped[TrainingForm] = enum_column(TrainingForm)
    place: Mapped[Str200]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    door_opens_at: Mapped[datetime]
    minutes: Mapped[int]
    capacity: Mapped[int] = mapped_column(default=0)
    trainer_id: Mapped[int] = ref("person.id")
    state: Mapped[SessionState] = enum_column(SessionState, default=SessionState.PLANNED)
    held_at: Mapped[datetime | None]
    cancel_reason: Mapped[Str200] = mapped_column(default="")
    created_at: Mapped[datetime]

    org: Mapped[OrgUnit] = relationship(lazy="joined", innerjoin=True)
    trainer: Mapped[Person] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        state_check("times", "door_opens_at <= starts_at AND starts_at < ends_at"),
        state_check("minutes", "minutes > 0"),
        state_check("held", "state <> 'held' OR held_at IS NOT NULL"),
        state_check("cancelled", "state <> 'cancelled' OR cancel_reason <> ''"),
    )


class SessionEvent(Model):
    """What was corrected about a session: an entry with reason, who and when.

    ``before`` and ``after`` hold what it touched, as ``rules.sessions.FIELD_LABELS`` names it.
    """

    __tablename__ = "training_session_event"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    session_id: Mapped[int] = ref("training_session.id")
    act: Mapped[SessionAct] = enum_column(SessionAct)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[Str200]
    actor_id: Mapped[int] = ref("person.id")
    at: Mapped[datetime]

    actor: Mapped[Person] = relationship()

    __table_args__ = (state_check("reason", "act = 'changed' OR reason <> ''"),)


class SignUp(Model):
    """A person's place in a session; ``checked_in_at`` is what the person said at the door,
    which waits for the trainer's confirmation."""

    __tablename__ = "sign_up"

    id: Mapped[Id]
    session_id: Mapped[int] = ref("training_session.id")
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    signed_at: Mapped[datetime]
    checked_in_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()

    __table_args__ = (sa.UniqueConstraint("session_id", "person_id"),)


class Attendance(Model):
    """What a trainer confirmed about one person: append-only, a correction replaces an entry."""

    __tablename__ = "attendance"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    session_id: Mapped[int] = ref("training_session.id")
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    mark: Mapped[Mark] = enum_column(Mark)
    minutes: Mapped[int]
    reason: Mapped[Str200] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorder_id: Mapped[int | None] = ref("person.id")
    replaces_id: Mapped[int | None] = ref("attendance.id", unique=True, index=False)

    person: Mapped[Person] = relationship(foreign_keys="Attendance.person_id")
    recorder: Mapped[Person | None] = relationship(foreign_keys="Attendance.recorder_id")

    __table_args__ = (
        # One first mark a person and session; every later one replaces its predecessor.
        sa.Index(
            "uq_attendance_first",
            "session_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("replaces_id IS NULL"),
            postgresql_where=sa.text("replaces_id IS NULL"),
        ),
        state_check("minutes", "minutes >= 0 AND (mark <> 'absent' OR minutes = 0)"),
        state_check("reason", "mark = 'present' OR reason <> ''"),
        state_check("correction", "replaces_id IS NULL OR reason <> ''"),
    )


append_only.declare("enrolment_event", "credit_entry", "attendance", "training_session_event")
