"""Tables of the exit review (解聘与退出): the review, its evidence, what was done, the handover.

Whatever the decision rests on is append-only: a mistaken entry is corrected by a further one
that names it and says why.
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
    Str100,
    Str200,
    Text,
    enum_column,
    ref,
    state_check,
)
from training.core.models import OrgUnit
from training.people.models import Person, Sealed
from training.proceedings.models import Panel, PanelSeat

from .appointment_models import Appointment
from .rules.exit_evidence import EvidenceKind
from .rules.exit_review import ExitState

REVIEW = "exit_review"
"""How panels, services, objections and files name an exit review."""


class ExitReview(Model):
    """One review of whether a person's appointment ends. ``state`` is the last step done.

    ``served_at`` is when the person was first served: until then it is a draft that they do
    not see. ``grounds`` are codes of ``ExitGround``.
    """

    __tablename__ = "exit_review"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    appointment_id: Mapped[int] = ref("appointment.id")
    state: Mapped[ExitState] = enum_column(ExitState, default=ExitState.INITIATED)
    grounds: Mapped[list[Any]]
    proposal_sealed: Mapped[Text | None]
    proposed_by: Mapped[int] = ref("person.id")
    proposed_at: Mapped[datetime]
    served_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = ref("person.id")
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined", innerjoin=True)
    appointment: Mapped[Appointment] = relationship(lazy="joined", innerjoin=True)
    proposer: Mapped[Person] = relationship(foreign_keys=[proposed_by])

    proposal = Sealed("exit_review", "proposal")

    def participants(self) -> set[int]:
        """The members of its panels, for access."""
        query = _seats().where(Panel.matter_ref == self.public_id)
        return set(sa.orm.object_session(self).scalars(query))  # type: ignore[union-attr]

    @staticmethod
    def participates(person_id: int) -> sa.ColumnElement[bool]:
        """Reviews on whose panel a person sits, for access."""
        panels = (
            sa.select(Panel.matter_ref)
            .join(PanelSeat, PanelSeat.panel_id == Panel.id)
            .where(Panel.matter_type == REVIEW, PanelSeat.person_id == person_id)
        )
        return ExitReview.public_id.in_(panels)

    __table_args__ = (
        sa.Index(
            "uq_exit_review_open",
            "person_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_exit_review_org_state", "org_id", "state"),
        state_check("not_self", "proposed_by <> person_id"),
        state_check(
            "by_another",
            "decided_by IS NULL OR (decided_by <> proposed_by AND decided_by <> person_id)",
        ),
        state_check(
            "decided",
            "state NOT IN ('decision','appeal','handover','papers_withdrawn',"
            "'returned_to_agency','closed') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL "
            "AND served_at IS NOT NULL)",
        ),
        state_check("ended", "(state IN ('closed','retained')) = (ended_at IS NOT NULL)"),
    )


def _seats() -> sa.Select[Any]:
    return (
        sa.select(PanelSeat.person_id)
        .join(Panel, Panel.id == PanelSeat.panel_id)
        .where(Panel.matter_type == REVIEW)
    )


class ExitEvidence(Model):
    """A line of evidence: what it shows, and the record it leads to. ``corrects_id`` names the
    line that this one replaces; ``why`` says why."""

    __tablename__ = "exit_evidence"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    review_id: Mapped[int] = ref("exit_review.id")
    kind: Mapped[EvidenceKind] = enum_column(EvidenceKind)
    source_ref: Mapped[Str40] = mapped_column(default="")
    text_sealed: Mapped[Text | None]
    corrects_id: Mapped[int | None] = ref("exit_evidence.id")
    why: Mapped[Str200] = mapped_column(default="")
    added_by: Mapped[int] = ref("person.id")
    added_at: Mapped[datetime]

    by: Mapped[Person] = relationship()
    text = Sealed("exit_evidence", "text")

    __table_args__ = (
        sa.UniqueConstraint("corrects_id"),
        state_check("corrected", "corrects_id IS NULL OR why <> ''"),
    )


class ExitEvent(Model):
    """Something done in a review: who, when, in which words. ``detail`` holds codes, numbers,
    dates and references. A correction names what it corrects and changes no state."""

    __tablename__ = "exit_event"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    review_id: Mapped[int] = ref("exit_review.id")
    action: Mapped[Str40]
    before: Mapped[ExitState] = enum_column(ExitState)
    after: Mapped[ExitState] = enum_column(ExitState)
    actor_id: Mapped[int | None] = ref("person.id")
    words_sealed: Mapped[Text | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    corrects_id: Mapped[int | None] = ref("exit_event.id")
    why: Mapped[Str200] = mapped_column(default="")
    at: Mapped[datetime]

    actor: Mapped[Person | None] = relationship()
    review: Mapped[ExitReview] = relationship()
    words = Sealed("exit_event", "words")

    __table_args__ = (state_check("corrected", "corrects_id IS NULL OR why <> ''"),)


class HandoverLine(Model):
    """A line of the handover sheet (工作交接单): what goes to whom, open cases among it.
    ``handed_on`` is empty until it is done; a further line then replaces this one."""

    __tablename__ = "handover_line"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    review_id: Mapped[int] = ref("exit_review.id")
    item: Mapped[Str200]
    cases: Mapped[int] = mapped_column(default=0)
    receiver: Mapped[Str100] = mapped_column(default="")
    handed_on: Mapped[date | None]
    corrects_id: Mapped[int | None] = ref("handover_line.id")
    why: Mapped[Str200] = mapped_column(default="")
    recorded_by: Mapped[int] = ref("person.id")
    recorded_at: Mapped[datetime]

    by: Mapped[Person] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("corrects_id"),
        state_check("corrected", "corrects_id IS NULL OR why <> ''"),
        state_check("cases", "cases >= 0"),
        state_check("handed", "handed_on IS NULL OR receiver <> ''"),
    )


append_only.declare("exit_evidence", "exit_event", "handover_line")
