"""Lists of exit reviews and of renewals: what needs me first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import aliased, joinedload

from training.appraisal.outcome import EXIT_GROUND
from training.core import access, lists
from training.core.db import db
from training.core.lists import Applied, Filter, Order
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Fact, Person
from training.people.rules.person import Standing
from training.proceedings.models import Panel, PanelSeat

from .appointment_lists import matches
from .appointment_models import Appointment, DeathReport, RenewalProposal
from .exit_models import REVIEW, ExitEvent, ExitReview
from .rules.appointment import AppointmentState
from .rules.exit_gates import EXIT_GROUND_LABELS, ExitGround
from .rules.exit_review import ExitState

LIST, EXPORT = "employment:exit_review:list", "employment:exit_review:export"
_S, _A = ExitState, AppointmentState


@dataclass(frozen=True, slots=True)
class View:
    """A first view of the list."""

    code: str
    label: str
    kind: str
    states: tuple[ExitState, ...]


VIEWS = (
    View(
        "prepare", N_("待送达、待陈述"), "due", (_S.INITIATED, _S.EVIDENCE_SERVED)
    ),
    View("panel", N_("待评议"), "due", (_S.MEDIATOR_STATEMENT,)),
    View("decide", N_("待决定"), "due", (_S.PANEL,)),
    View("appeal", N_("申诉期和申诉中"), "info", (_S.DECISION, _S.APPEAL)),
    View("closing", N_("待交接、待收证"), "due", (_S.HANDOVER, _S.PAPERS_WITHDRAWN, _S.RETURNED_TO_AGENCY)),
    View("ended", N_("已办结"), "none", (_S.CLOSED, _S.RETAINED)),
)  # fmt: skip
_BY_CODE = {v.code: v for v in VIEWS}

FILTERS = (
    Filter(
        "view", N_("状态"), _BY_CODE.get,
        lambda view: ExitReview.state.in_(view.states), lambda view: gettext(view.label),
    ),
    Filter(
        "ground", N_("审查事由"), lists.choice(ExitGround),
        lambda ground: sa.cast(ExitReview.grounds, sa.String).contains(f'"{ground}"'),
        lambda ground: gettext(EXIT_GROUND_LABELS[ground]),
    ),
    Filter(
        "q", N_("姓名、拼音或编号"), lambda text: text[:40],
        lambda text: ExitReview.person_id.in_(sa.select(Person.id).where(matches(text))),
    ),
)  # fmt: skip
_ORDER = Order(
    "open_first",
    sa.case((ExitReview.ended_at.is_(None), "1"), else_="0")
    + sa.func.substr(sa.cast(ExitReview.proposed_at, sa.String), 1, 19),
    descending=True,
)


def _query(actor: Actor, applied: Applied, permission: str = LIST) -> sa.Select[Any]:
    return (
        sa.select(ExitReview)
        .where(
            access.visible(actor, permission, ExitReview),
            # One's own review has a page of one's own.
            ExitReview.person_id != (actor.person_id or 0),
            *applied.conditions,
        )
        .options(joinedload(ExitReview.org), joinedload(ExitReview.proposer))
    )


def page(actor: Actor, applied: Applied, args: Mapping[str, str]) -> lists.Page:
    """Reviews, open ones first, the newest at the top."""
    return lists.page(_query(actor, applied), _ORDER, ExitReview.id, applied, args)


def export_rows(actor: Actor, applied: Applied) -> Iterator[ExitReview]:
    """The reviews as filtered, in the order of the list, over which the actor holds ``EXPORT``."""
    query = _query(actor, applied, EXPORT)
    yield from db.session.scalars(query.order_by(_ORDER.column.desc(), ExitReview.id))


@verb(EXPORT)
def note_export(actor: Actor, count: int, filters: str, *, now: datetime) -> None:
    """Note that the ledger left the house: how many lines, and by which filter names."""
    tell(count=count, filters=filters)


def total(actor: Actor, applied: Applied, permission: str = LIST) -> int:
    return lists.count(_query(actor, applied, permission))


def counts(actor: Actor) -> dict[str, int]:
    """How many stand in each view, in one query."""
    rows = db.session.execute(
        sa.select(ExitReview.state, sa.func.count())
        .where(
            access.visible(actor, LIST, ExitReview), ExitReview.person_id != (actor.person_id or 0)
        )
        .group_by(ExitReview.state)
    )
    found: dict[ExitState, int] = {row[0]: row[1] for row in rows}
    return {v.code: sum(found.get(s, 0) for s in v.states) for v in VIEWS}


def grounds_waiting(actor: Actor, limit: int = 50) -> list[tuple[Fact, Person]]:
    """Grounds that a final appraisal named, for people in post whom nobody has reviewed since."""
    newer = aliased(Fact)
    reviewed = sa.exists().where(
        ExitReview.person_id == Fact.person_id, ExitReview.proposed_at >= Fact.recorded_at
    )
    query = (
        sa.select(Fact, Person)
        .join(Person, Person.id == Fact.person_id)
        .outerjoin(newer, newer.replaces_id == Fact.id)
        .where(
            Fact.kind == EXIT_GROUND, newer.id.is_(None), ~reviewed,
            Person.standing.in_((Standing.IN_POST, Standing.SUSPENDED)),
            access.visible(actor, "employment:exit_review:propose", Person),
        )
        .order_by(Fact.id)
        .limit(limit)
    )  # fmt: skip
    return [(fact, person) for fact, person in db.session.execute(query)]


def heard_reviews(actor: Actor) -> sa.Select[Any]:
    """Reviews whose panel has given its opinion, for who may decide them."""
    heard = sa.exists().where(
        ExitEvent.review_id == ExitReview.id, ExitEvent.action == "give_opinion"
    )
    return sa.select(ExitReview).where(
        access.visible(actor, "employment:exit_review:decide", ExitReview),
        ExitReview.state == _S.PANEL,
        heard,
        ExitReview.person_id != (actor.person_id or 0),
    )


def to_decide(actor: Actor, limit: int = 100) -> list[ExitReview]:
    """Reviews that wait for this approver: the panel's opinion is there."""
    query = heard_reviews(actor).options(joinedload(ExitReview.org))
    return list(db.session.scalars(query.order_by(ExitReview.id).limit(limit)))


def proposed_renewals(actor: Actor, today: date) -> sa.Select[Any]:
    """Renewals that were put forward, for who may decide them."""
    proposed = sa.exists().where(RenewalProposal.appointment_id == Appointment.id)
    return sa.select(Appointment).where(
        access.visible(actor, "employment:appointment:renew", Appointment),
        Appointment.state == _A.RENEWAL_REVIEW,
        Appointment.term_end >= today,
        proposed,
    )


def renewals_to_decide(actor: Actor, today: date, limit: int = 200) -> list[Appointment]:
    """Renewals that were put forward and wait for this approver, the first to end first."""
    query = proposed_renewals(actor, today).options(joinedload(Appointment.org))
    return list(
        db.session.scalars(query.order_by(Appointment.term_end, Appointment.id).limit(limit))
    )


def reported_deaths(actor: Actor) -> sa.Select[Any]:
    """Appointments of people whose death was reported and waits for this approver."""
    reported = sa.exists().where(DeathReport.appointment_id == Appointment.id)
    return (
        sa.select(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            access.visible(actor, "employment:appointment:terminate", Appointment),
            reported,
            Person.standing.in_((Standing.IN_POST, Standing.SUSPENDED)),
        )
    )


def deaths_to_confirm(actor: Actor, limit: int = 100) -> list[Appointment]:
    """The same, to be shown."""
    query = reported_deaths(actor).options(joinedload(Appointment.org))
    return list(db.session.scalars(query.order_by(Appointment.id).limit(limit)))


def open_reviews(actor: Actor) -> int:
    """How many reviews of others are open within reach."""
    return sum(n for code, n in counts(actor).items() if code != "ended")


def seats(person_id: int) -> int:
    """How many open reviews have this person on their panel, without a conflict."""
    mine = (
        sa.select(Panel.matter_ref)
        .join(PanelSeat, PanelSeat.panel_id == Panel.id)
        .where(
            Panel.matter_type == REVIEW, PanelSeat.person_id == person_id,
            sa.or_(PanelSeat.conflict.is_(None), PanelSeat.conflict.is_(False)),
        )
    )  # fmt: skip
    query = sa.select(ExitReview.id).where(
        ExitReview.public_id.in_(mine),
        ExitReview.state.in_((_S.EVIDENCE_SERVED, _S.MEDIATOR_STATEMENT, _S.PANEL)),
    )
    return lists.count(query)


def due_renewals(actor: Actor, today: date, days: int) -> sa.Select[Any]:
    """Terms that end within the window without a decision."""
    return sa.select(Appointment).where(
        access.visible(actor, "employment:appointment:list", Appointment),
        Appointment.person_id != (actor.person_id or 0),
        Appointment.state.in_((_A.IN_TERM, _A.RENEWAL_REVIEW)),
        Appointment.term_end >= today,
        Appointment.term_end <= today + timedelta(days=days),
    )


def renewals(actor: Actor, today: date, days: int, limit: int = 500) -> list[Appointment]:
    """Terms that end within the window and are not decided yet, the first to end first."""
    query = due_renewals(actor, today, days).options(joinedload(Appointment.org))
    return list(
        db.session.scalars(query.order_by(Appointment.term_end, Appointment.id).limit(limit))
    )


def proposed_ids(several: list[Appointment]) -> set[int]:
    """Which of these terms have a proposal to renew."""
    return set(
        db.session.scalars(
            sa.select(RenewalProposal.appointment_id).where(
                RenewalProposal.appointment_id.in_([a.id for a in several])
            )
        )
    )
