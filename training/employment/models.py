"""Tables of recruitment (选聘): openings, applications, and what was found about them.

A case keeps its present state; how it came there stands in its events, which never change.
What is found, scored or checked anew is a further row: the latest counts.
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
from training.core.models import OrgUnit, StoredFile
from training.people.models import Person, Sealed
from training.people.rules.person import ServiceKind
from training.proceedings.models import Panel, PanelSeat

from .rules.eligibility import Negative, PostKind
from .rules.recruitment import RecruitmentState
from .rules.recruitment_gates import Route


class Opening(Model):
    """A recruitment plan of a unit, and the announcement (选聘公告) made of it.

    What was changed after its approval, and why it was called off, stands in its events.
    ``closes_on`` is the last day of application; that an opening is closed follows from it.
    ``routes`` are those of policy ``hire.routes`` (version ``policy_id``) that it uses.
    """

    __tablename__ = "opening"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    org_id: Mapped[int] = ref("org_unit.id")
    title: Mapped[Str200]
    title_en: Mapped[Str200] = mapped_column(default="")
    body: Mapped[Text]
    service_kind: Mapped[ServiceKind] = enum_column(ServiceKind)
    post_kind: Mapped[PostKind] = enum_column(PostKind)
    positions: Mapped[int]
    routes: Mapped[list[Any]]
    policy_id: Mapped[int] = ref("policy_version.id")
    office: Mapped[Str100]
    telephone: Mapped[Str40]
    closes_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[RecruitmentState] = enum_column(RecruitmentState, default=RecruitmentState.DRAFT)
    planned_by: Mapped[int] = ref("person.id")
    planned_at: Mapped[datetime]
    approved_by: Mapped[int | None] = ref("person.id")
    approved_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]

    org: Mapped[OrgUnit] = relationship()

    __table_args__ = (
        state_check("state", "state IN ('draft','plan_approved','open','called_off')"),
        state_check(
            "approved", "state = 'draft' OR (approved_by IS NOT NULL AND approved_at IS NOT NULL)"
        ),
        state_check("opened", "state <> 'open' OR opened_at IS NOT NULL"),
        state_check("positions", "positions > 0"),
    )


class _Negatives:
    """``negatives``: entries of the negative list, sealed (个人信息保护法#28)."""

    def __init__(self, table: str) -> None:
        self._text = Sealed(table, "negatives")

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        text = self._text.__get__(row, owner)
        return frozenset(Negative(part) for part in text.split(",") if part)

    def __set__(self, row: Any, value: Any) -> None:
        self._text.__set__(row, ",".join(sorted(str(n) for n in value)))


class RecruitmentCase(Model):
    """One person's application to one opening, from 报名 to 确定.

    ``skills`` and ``negatives`` are what the applicant declares. ``points`` are hundredths of
    preference points under policy version ``points_policy_id``; they rank, they bar nobody.
    """

    __tablename__ = "recruitment_case"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    opening_id: Mapped[int] = ref("opening.id")
    org_id: Mapped[int] = ref("org_unit.id")
    person_id: Mapped[int] = ref("person.id")
    route: Mapped[Route] = enum_column(Route)
    recommender: Mapped[Str100] = mapped_column(default="")
    recommendation_id: Mapped[int | None] = ref("stored_file.id")
    statement: Mapped[Text] = mapped_column(default="")
    skills: Mapped[list[Any]]
    negatives_sealed: Mapped[str | None] = mapped_column(sa.Text)
    points: Mapped[int] = mapped_column(default=0)
    points_policy_id: Mapped[int] = ref("policy_version.id")
    state: Mapped[RecruitmentState] = enum_column(RecruitmentState)
    applied_at: Mapped[datetime]

    opening: Mapped[Opening] = relationship(lazy="joined", innerjoin=True)
    org: Mapped[OrgUnit] = relationship()
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    recommendation: Mapped[StoredFile | None] = relationship()

    negatives = _Negatives("recruitment_case")

    def participants(self) -> set[int]:
        """Who sits on the opening's interview panel, for access."""
        query = _seats().where(Panel.matter_ref == self.opening.public_id)
        return set(sa.orm.object_session(self).scalars(query))  # type: ignore[union-attr]

    @staticmethod
    def participates(person_id: int) -> sa.ColumnElement[bool]:
        """Cases that a person interviews, for access."""
        refs = (
            sa.select(Panel.matter_ref)
            .join(PanelSeat, PanelSeat.panel_id == Panel.id)
            .where(Panel.matter_type == "opening", PanelSeat.person_id == person_id)
        )
        openings = sa.select(Opening.id).where(Opening.public_id.in_(refs))
        return RecruitmentCase.opening_id.in_(openings)

    __table_args__ = (
        sa.UniqueConstraint("opening_id", "person_id"),
        sa.Index("ix_recruitment_case_org_state", "org_id", "state"),
        state_check("state", "state NOT IN ('draft','plan_approved','open','suspended')"),
    )


def _seats() -> sa.Select[Any]:
    return (
        sa.select(PanelSeat.person_id)
        .join(Panel, Panel.id == PanelSeat.panel_id)
        .where(Panel.matter_type == "opening")
    )


class RecruitmentEvent(Model):
    """A step of a case (or, without one, of the opening itself): who, when, why."""

    __tablename__ = "recruitment_event"

    id: Mapped[Id]
    opening_id: Mapped[int] = ref("opening.id")
    case_id: Mapped[int | None] = ref("recruitment_case.id")
    action: Mapped[Str40]
    before: Mapped[RecruitmentState] = enum_column(RecruitmentState)
    after: Mapped[RecruitmentState] = enum_column(RecruitmentState)
    actor_id: Mapped[int | None] = ref("person.id")
    reason: Mapped[Text] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]

    actor: Mapped[Person | None] = relationship()


class QualificationFinding(Model):
    """What a reviewer found on each condition (资格审查); a later finding corrects it."""

    __tablename__ = "qualification_finding"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    case_id: Mapped[int] = ref("recruitment_case.id")
    qualities: Mapped[dict[str, Any]]
    citizen: Mapped[bool]
    negatives_sealed: Mapped[str | None] = mapped_column(sa.Text)
    skills: Mapped[list[Any]]
    note: Mapped[Text] = mapped_column(default="")
    found_by: Mapped[int] = ref("person.id")
    found_at: Mapped[datetime]

    negatives = _Negatives("qualification_finding")


class InterviewScore(Model):
    """A panel member's score (hundredths, of 100); a later score of the member corrects it."""

    __tablename__ = "interview_score"

    id: Mapped[Id]
    case_id: Mapped[int] = ref("recruitment_case.id")
    member_id: Mapped[int] = ref("person.id")
    score: Mapped[int]
    comment: Mapped[Str200] = mapped_column(default="")
    scored_at: Mapped[datetime]

    member: Mapped[Person] = relationship()

    __table_args__ = (state_check("score", "score BETWEEN 0 AND 10000"),)


class BackgroundCheck(Model):
    """The outcome of the background check (考察); its notes are sealed."""

    __tablename__ = "background_check"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    case_id: Mapped[int] = ref("recruitment_case.id")
    negatives_sealed: Mapped[str | None] = mapped_column(sa.Text)
    note_sealed: Mapped[str | None] = mapped_column(sa.Text)
    checked_by: Mapped[int] = ref("person.id")
    checked_at: Mapped[datetime]

    checker: Mapped[Person] = relationship()

    negatives = _Negatives("background_check")
    note = Sealed("background_check", "note")


append_only.declare(
    "recruitment_event", "qualification_finding", "interview_score", "background_check"
)


from . import appointment_models, exit_models  # noqa: E402, F401 - the room's other tables
