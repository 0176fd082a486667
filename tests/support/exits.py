"""Terms that run, renewals and exit reviews for tests; ids for the access matrix.

``exit_at(stage)`` takes a review through the services to a stage of its life: ``proposed``,
``served``, ``stated``, ``panel``, ``opined``, ``decided``, ``decision_served``, ``handover``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from certificates import queries as certificates
from tests.support.certificates import make_card, make_certificate
from tests.support.employment import make_appointment
from tests.support.objects import url_object
from tests.support.world import NOW, World
from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.periods import last_day_of_years
from training.core.rules.permission import Actor
from training.employment import exit_closing, exit_decisions, exit_queries, exits
from training.employment.appointment_models import Appointment
from training.employment.exit_models import ExitEvent, ExitEvidence, ExitReview, HandoverLine
from training.employment.exits import Evidence
from training.employment.rules.appointment import AppointmentState, Engagement
from training.employment.rules.exit_evidence import EvidenceKind
from training.employment.rules.exit_gates import ExitGround
from training.people import sessions
from training.people.models import Account, Person
from training.people.rules.person import Standing
from training.proceedings import service as procedure
from training.proceedings.models import Panel, PanelSeat
from training.proceedings.rules.lifecycle import Method

STAGES = (
    "proposed", "served", "stated", "panel", "opined", "decided", "decision_served", "handover",
)  # fmt: skip
PANEL = ("a_panel", "a_trainer", "a_proctor")
LINE = Evidence(EvidenceKind.STATEMENT, "两年年度考核登记表，等次均为不称职")
AFTER_APPEAL = NOW + timedelta(days=10)
"""A day after the window of an appeal against a decision served at ``NOW``."""


def in_term(
    person: Person | None = None, *, ends_in: int | None = None, **overrides: object
) -> Appointment:
    """Somebody in post with a running term, a certificate and a work card; stored, not
    committed. ``ends_in``: days until the last day of the term."""
    world = World()
    person = person or world.person("a_mediator")
    person.standing = Standing.IN_POST
    person.mediator_no = person.mediator_no or f"E{person.id:06d}"
    today = clock.today(NOW)
    start = today - timedelta(days=200)
    end = last_day_of_years(start, 3) if ends_in is None else today + timedelta(days=ends_in)
    fields: dict[str, object] = {
        "state": AppointmentState.IN_TERM, "term_start": min(start, end - timedelta(days=365)),
        "term_end": end, "began_on": min(start, end - timedelta(days=365)),
        "approved_by": world.person("a_approver").id, "approved_at": NOW,
        "filed_by": world.person("a_hr").id, "filed_at": NOW, "filing": "备案表1号",
    }  # fmt: skip
    made = make_appointment(person, **(fields | overrides))
    if certificates.living(person.id) is None:
        make_certificate(person, issued_on=today - timedelta(days=100))
    if certificates.card_of(person.id) is None:
        make_card(person)
    db.session.flush()
    return made


def exit_at(
    stage: str,
    appointment: Appointment | None = None,
    *,
    grounds: tuple[ExitGround, ...] = (ExitGround.TWO_UNFIT,),
    now: datetime = NOW,
) -> ExitReview:
    """A review of the mediator of district 甲 at a stage, committed."""
    if appointment is None:
        appointment = in_term()
    db.session.commit()
    world, steps = World(), STAGES[: STAGES.index(stage) + 1]
    hr, approver = world.actor("a_hr"), world.actor("a_approver")
    review = exits.propose(hr, appointment, grounds, "连续两年不称职。", (LINE,), now=now)
    if "served" in steps:
        exits.serve_evidence(hr, review, Method.SITE, "", now=now)
    if "stated" in steps:
        exits.give_statement(actor_of(review.person), review, "请再给一次机会。", now=now)
    if "panel" in steps:
        seat(review, now)
        exits.convene_panel(hr, review, now=now)
    if "opined" in steps:
        exits.give_opinion(world.actor(PANEL[0]), review, "一致建议解聘。", now=now)
    if "decided" in steps:
        exit_decisions.decide(
            approver, review, "两年不称职，补训后没有改进。", "调委会第9次会议决议",
            exit_queries.file_of(review).version, now=now,
        )  # fmt: skip
    if "decision_served" in steps:
        exit_decisions.serve_decision(hr, review, Method.SITE, "", now=now)
    if "handover" in steps:
        exit_closing.start_handover(hr, review, now=now + timedelta(days=10))
    return review


def actor_of(person: Person) -> Actor:
    """Somebody's own hand: the person's first account."""
    account = db.session.scalars(
        sa.select(Account).where(Account.person_id == person.id).order_by(Account.id)
    ).first()
    if account is None:
        raise LookupError(person.name)
    return sessions.actor_of(account)


def seat(review: ExitReview, now: datetime, members: tuple[str, ...] = PANEL) -> None:
    """A panel whose members have declared that there is no conflict."""
    world = World()
    panel = exits.appoint_panel(
        world.actor("a_hr"), review, tuple(world.person(m) for m in members), now=now
    )
    for member in members:
        procedure.declare(world.actor(member), panel, False, "", now=now)


def handed_over(review: ExitReview, now: datetime = AFTER_APPEAL) -> None:
    """A handover sheet on which nothing is open."""
    exit_closing.record_handover(
        World().actor("a_hr"), review,
        exit_closing.Line("在办案件", 3, "同事甲", clock.today(now)), None, "", now=now,
    )  # fmt: skip


def renewal_due(person: Person | None = None, days: int = 60, **overrides: object) -> Appointment:
    """A term that ends soon and whose renewal review may be opened; stored, not committed."""
    return in_term(person, ends_in=days, **overrides)


@url_object("exit_id")
def _exit(org: OrgUnit, person: Person) -> str:
    held = db.session.scalar(sa.select(ExitReview).where(ExitReview.person_id == person.id))
    if held is not None:
        return held.public_id
    appointment = in_term(person, org_id=org.id, engagement=Engagement.NONE)
    world = World()
    review = ExitReview(
        org_id=org.id, person_id=person.id, appointment_id=appointment.id,
        grounds=[str(ExitGround.REDUNDANCY)], proposed_by=world.person("a_hr").id,
        proposed_at=NOW, served_at=NOW,
    )  # fmt: skip
    review.proposal = "岗位撤并"
    db.session.add(review)
    db.session.flush()
    panel = Panel(
        org_id=org.id, matter_type="exit_review", matter_ref=review.public_id, title="评议",
        created_at=NOW, created_by=world.person("a_hr").id,
    )  # fmt: skip
    db.session.add(panel)
    db.session.flush()
    db.session.add(PanelSeat(panel_id=panel.id, person_id=person.id))
    db.session.flush()
    return review.public_id


def _review(org: OrgUnit, person: Person) -> ExitReview:
    public_id = _exit(org, person)
    return db.session.scalars(sa.select(ExitReview).where(ExitReview.public_id == public_id)).one()


@url_object("entry_id")
def _entry(org: OrgUnit, person: Person) -> str:
    review = _review(org, person)
    event = ExitEvent(
        review_id=review.id, action="propose", before=review.state, after=review.state,
        actor_id=review.proposed_by, at=NOW,
    )  # fmt: skip
    event.words = "岗位撤并"
    db.session.add(event)
    db.session.flush()
    return event.public_id


@url_object("evidence_id")
def _evidence(org: OrgUnit, person: Person) -> str:
    review = _review(org, person)
    line = ExitEvidence(
        review_id=review.id, kind=EvidenceKind.STATEMENT, added_by=review.proposed_by, added_at=NOW
    )
    line.text = "情况"
    db.session.add(line)
    db.session.flush()
    return line.public_id


@url_object("line_id")
def _line(org: OrgUnit, person: Person) -> str:
    review = _review(org, person)
    line = HandoverLine(
        review_id=review.id, item="案卷", recorded_by=review.proposed_by, recorded_at=NOW
    )
    db.session.add(line)
    db.session.flush()
    return line.public_id


def day(offset: int) -> date:
    """A day counted from the day of these tests."""
    return clock.today(NOW) + timedelta(days=offset)
