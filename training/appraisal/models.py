"""Tables of the annual appraisal: a round, a person's appraisal, and what it is computed from.

Whatever a score rests on is append-only: a mistaken entry is corrected by a further one.
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
    Str40,
    Str200,
    Text,
    enum_column,
    ref,
    state_check,
)
from training.core.models import OrgUnit, StoredFile
from training.people.models import Person
from training.proceedings.models import Panel, PanelSeat

from .rules.annual_gates import ObjectionBy
from .rules.annual_lifecycle import AnnualState
from .rules.grade import Grade, VetoAct
from .rules.scoring import Treatment


class AppraisalRound(Model):
    """The annual appraisal of a unit's people for one year.

    ``policies`` holds the version ids and values in force when it was opened, by key: all of
    its people are scored by them, whatever changes later.
    """

    __tablename__ = "appraisal_round"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    year: Mapped[int]
    policies: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    called_on: Mapped[date]
    opened_by: Mapped[int] = ref("person.id")
    opened_at: Mapped[datetime]

    org: Mapped[OrgUnit] = relationship()

    def participants(self) -> set[int]:
        """The panel, for access."""
        query = _seats().where(Panel.matter_ref == self.public_id)
        return set(sa.orm.object_session(self).scalars(query))  # type: ignore[union-attr]

    @staticmethod
    def participates(person_id: int) -> sa.ColumnElement[bool]:
        """Rounds on whose panel a person sits, for access."""
        return AppraisalRound.public_id.in_(
            sa.select(Panel.matter_ref)
            .join(PanelSeat, PanelSeat.panel_id == Panel.id)
            .where(Panel.matter_type == "appraisal_round", PanelSeat.person_id == person_id)
        )

    __table_args__ = (sa.UniqueConstraint("org_id", "year"),)


class AnnualAppraisal(Model):
    """One person's appraisal in a round; ``state`` is the last step done.

    ``total`` (hundredths), ``proposed`` and ``grade`` are those of the last grading, whose
    inputs stand in ``AppraisalScore``. ``months`` are the months served.
    """

    __tablename__ = "annual_appraisal"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    round_id: Mapped[int] = ref("appraisal_round.id")
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    months: Mapped[list[Any]]
    state: Mapped[AnnualState] = enum_column(AnnualState, default=AnnualState.OPENED)
    self_report: Mapped[Text] = mapped_column(default="")
    unit_opinion: Mapped[Text] = mapped_column(default="")
    total: Mapped[int | None]
    proposed: Mapped[Grade | None] = enum_column(Grade)
    grade: Mapped[Grade | None] = enum_column(Grade)
    objection_by: Mapped[ObjectionBy | None] = enum_column(ObjectionBy)
    accepted_at: Mapped[datetime | None]

    round: Mapped[AppraisalRound] = relationship(lazy="joined", innerjoin=True)
    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    def participants(self) -> set[int]:
        """The panel of the round, for access."""
        query = _seats().where(Panel.matter_ref == self.round.public_id)
        return set(sa.orm.object_session(self).scalars(query))  # type: ignore[union-attr]

    @staticmethod
    def participates(person_id: int) -> sa.ColumnElement[bool]:
        """Appraisals that a person grades, for access."""
        rounds = (
            sa.select(AppraisalRound.id)
            .join(Panel, Panel.matter_ref == AppraisalRound.public_id)
            .join(PanelSeat, PanelSeat.panel_id == Panel.id)
            .where(Panel.matter_type == "appraisal_round", PanelSeat.person_id == person_id)
        )
        return AnnualAppraisal.round_id.in_(rounds)

    __table_args__ = (
        sa.UniqueConstraint("round_id", "person_id"),
        sa.Index("ix_annual_appraisal_round_state", "round_id", "state"),
        state_check(
            "graded",
            "state NOT IN ('panel_grade','quota_check','public_notice','served','objection',"
            "'review','finalised','renew','renew_with_training','suspend_and_retrain',"
            "'exit_review') OR (grade IS NOT NULL AND total IS NOT NULL)",
        ),
    )


def _seats() -> sa.Select[Any]:
    return (
        sa.select(PanelSeat.person_id)
        .join(Panel, Panel.id == PanelSeat.panel_id)
        .where(Panel.matter_type == "appraisal_round")
    )


class AppraisalEvent(Model):
    """One step of an appraisal. ``former`` are the words that a correction replaced."""

    __tablename__ = "appraisal_event"

    id: Mapped[Id]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    action: Mapped[Str40]
    before: Mapped[AnnualState] = enum_column(AnnualState)
    after: Mapped[AnnualState] = enum_column(AnnualState)
    actor_id: Mapped[int | None] = ref("person.id")
    reason: Mapped[Text] = mapped_column(default="")
    former: Mapped[Text | None]
    at: Mapped[datetime]

    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])


class FigureLine(Model):
    """One entry on a month's sheet: indicator and hundredths, with its evidence.

    ``recorder_id`` is None for what the system took from a ledger. ``corrects_id`` names the
    entry that this one replaces, ``note`` says why.
    """

    __tablename__ = "figure_line"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    month: Mapped[int]
    indicator: Mapped[Str40]
    delta: Mapped[int]
    evidence: Mapped[Str200]
    recorder_id: Mapped[int | None] = ref("person.id")
    note: Mapped[Str200] = mapped_column(default="")
    corrects_id: Mapped[int | None] = ref("figure_line.id")
    at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("corrects_id"),
        state_check("month", "month BETWEEN 1 AND 12"),
    )


class ComponentValue(Model):
    """A component of the year that is not computed from months (dossiers, satisfaction, peers),
    in hundredths. The last entry counts; a further one says why."""

    __tablename__ = "component_value"

    id: Mapped[Id]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    component: Mapped[Str40]
    value: Mapped[int]
    evidence: Mapped[Str200]
    recorder_id: Mapped[int] = ref("person.id")
    note: Mapped[Str200] = mapped_column(default="")
    at: Mapped[datetime]

    __table_args__ = (state_check("value", "value BETWEEN 0 AND 10000"),)


class AppraisalAcknowledgement(Model):
    """What becomes of something without data, and why. ``month`` is None for what concerns the
    year; ``person_id`` is None where the system found in a ledger that nothing was due. The
    last entry for a target counts."""

    __tablename__ = "appraisal_acknowledgement"

    id: Mapped[Id]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    month: Mapped[int | None]
    target: Mapped[Str40]
    treatment: Mapped[Treatment] = enum_column(Treatment)
    person_id: Mapped[int | None] = ref("person.id")
    reason: Mapped[Str200]
    at: Mapped[datetime]

    __table_args__ = (state_check("by_person", "person_id IS NOT NULL OR treatment = 'exempt'"),)


class VetoRecord(Model):
    """An established act of 一票否决 with its evidence."""

    __tablename__ = "veto_record"

    id: Mapped[Id]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    act: Mapped[VetoAct] = enum_column(VetoAct)
    evidence: Mapped[Str200]
    recorder_id: Mapped[int] = ref("person.id")
    at: Mapped[datetime]

    withdrawal: Mapped[VetoWithdrawal | None] = relationship(viewonly=True, uselist=False)


class VetoWithdrawal(Model):
    """An act of 一票否决 that was entered in error counts no more: a further entry, once."""

    __tablename__ = "veto_withdrawal"

    id: Mapped[Id]
    veto_id: Mapped[int] = ref("veto_record.id", unique=True, index=False)
    reason: Mapped[Str200]
    recorder_id: Mapped[int] = ref("person.id")
    at: Mapped[datetime]

    __table_args__ = (state_check("reason", "reason <> ''"),)


class AppraisalScore(Model):
    """What a grading rested on: the inputs as they stood, and what the rules made of them."""

    __tablename__ = "appraisal_score"

    id: Mapped[Id]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    inputs: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    total: Mapped[int]
    proposed: Mapped[Grade] = enum_column(Grade)
    grade: Mapped[Grade] = enum_column(Grade)
    reason: Mapped[Text] = mapped_column(default="")
    panel: Mapped[list[Any]]
    at: Mapped[datetime]


class QuotaChoice(Model):
    """The panel's choice where more were graded 优秀 than the quota allows: among those with
    the same total for the last seats, by person id."""

    __tablename__ = "appraisal_quota_choice"

    id: Mapped[Id]
    round_id: Mapped[int] = ref("appraisal_round.id")
    seats: Mapped[int]
    tied: Mapped[list[Any]]
    chosen: Mapped[list[Any]]
    yielded: Mapped[list[Any]]
    reason: Mapped[Text]
    panel: Mapped[list[Any]]
    actor_id: Mapped[int] = ref("person.id")
    at: Mapped[datetime]


class AppraisalTalk(Model):
    """A talk with the person about the grade (谈话), with the person's own words. ``corrects_id``
    names the record that this one replaces."""

    __tablename__ = "appraisal_talk"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    appraisal_id: Mapped[int] = ref("annual_appraisal.id")
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    held_at: Mapped[datetime]
    place: Mapped[Str200]
    participants_text: Mapped[Str200]
    content: Mapped[Text]
    words: Mapped[Text]
    recorder_id: Mapped[int] = ref("person.id")
    corrects_id: Mapped[int | None] = ref("appraisal_talk.id", unique=True, index=False)
    note: Mapped[Str200] = mapped_column(default="")
    at: Mapped[datetime]

    appraisal: Mapped[AnnualAppraisal] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    recorder: Mapped[Person] = relationship(foreign_keys=[recorder_id])


class FigureImport(Model):
    """A sheet of work figures that an officer brought: judged anew whenever it is looked at,
    applied once as a whole, with the reason for what it corrects."""

    __tablename__ = "figure_import"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    round_id: Mapped[int] = ref("appraisal_round.id")
    org_id: Mapped[int] = ref("org_unit.id")
    file_id: Mapped[int] = ref("stored_file.id")
    file_name: Mapped[Str200]
    file_hash: Mapped[str] = mapped_column(sa.String(64))
    created_by: Mapped[int] = ref("person.id")
    created_at: Mapped[datetime]
    applied_by: Mapped[int | None] = ref("person.id")
    applied_at: Mapped[datetime | None]
    reason: Mapped[Str200] = mapped_column(default="")
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)

    round: Mapped[AppraisalRound] = relationship(lazy="joined", innerjoin=True)
    file: Mapped[StoredFile] = relationship()
    applier: Mapped[Person | None] = relationship(foreign_keys=[applied_by])

    __table_args__ = (state_check("applied", "applied_at IS NULL OR applied_by IS NOT NULL"),)


append_only.declare(
    "appraisal_event", "figure_line", "component_value", "appraisal_acknowledgement",
    "veto_record", "veto_withdrawal", "appraisal_score", "appraisal_quota_choice", "appraisal_talk",
)  # fmt: skip
