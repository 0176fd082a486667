"""A round of the annual appraisal for tests, with a panel that has declared."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.world import NOW, World, make_person
from training.appraisal import service
from training.appraisal.models import AnnualAppraisal, AppraisalRound
from training.appraisal.rules.annual import Component
from training.appraisal.rules.scoring import Treatment
from training.core.db import db
from training.people.models import Person
from training.proceedings import service as procedure

FULL = {
    "training_hours": 1000, "outreach_activities": 1000, "screening": 1000, "fulfilment": 1500,
    "dossier_quality": 1500, "follow_up": 1000, "timeliness": 1000, "case_mix": 1000,
}  # fmt: skip
PANEL = ("a_panel", "a_approver", "a_trainer")


def open_round(
    others: int = 4, year: int = 2026, months: tuple[int, ...] = (10, 11)
) -> tuple[AppraisalRound, AnnualAppraisal]:
    """A round over the mediator of district 甲 and some others, and the mediator's appraisal."""
    world = World()
    person = world.person("a_mediator")
    people = [person] + [
        make_person(f"同事{n}", world.org("甲区一街社区调委会"), mediator_no=f"C{year}{n}")
        for n in range(others)
    ]
    db.session.commit()
    hr = world.actor("a_hr")
    round_ = service.open_round(
        hr, world.org("甲区司法局"), year, people, {p.id: list(months) for p in people}, now=NOW
    )
    panel = service.appoint_panel(hr, round_, [world.person(p) for p in PANEL], now=NOW)
    for member in PANEL:
        procedure.declare(world.actor(member), panel, False, "", now=NOW)
    return round_, appraisal_of(round_, person)


def appraisal_of(round_: AppraisalRound, person: Person) -> AnnualAppraisal:
    """A person's appraisal in a round."""
    return (
        db.session.query(AnnualAppraisal).filter_by(round_id=round_.id, person_id=person.id).one()
    )


def fill(
    appraisal: AnnualAppraisal,
    points: Mapping[str, int] = FULL,
    components: int = 9500,
) -> None:
    """Figures of every month and all components."""
    hr = World().actor("a_hr")
    for month in appraisal.months:
        for indicator, delta in points.items():
            service.record_line(hr, appraisal, month, indicator, delta, "台账", now=NOW)
    for component in (Component.DOSSIER, Component.SATISFACTION, Component.PEER):
        service.record_value(hr, appraisal, component, components, "评查表", now=NOW)


def exempt(appraisal: AnnualAppraisal, month: int | None, target: str) -> None:
    """Acknowledge that something does not apply."""
    service.acknowledge(
        World().actor("a_hr"), appraisal, month, target, Treatment.EXEMPT, "休假", now=NOW
    )


def to_panel(appraisal: AnnualAppraisal) -> None:
    """Self-report, opinion, survey, dossiers."""
    world = World()
    hr = world.actor("a_hr")
    service.submit_self_report(world.actor("a_mediator"), appraisal, "全年调解纠纷三十件", now=NOW)
    service.give_unit_opinion(world.actor("a_office_head"), appraisal, "工作认真", now=NOW)
    service.close_survey(hr, appraisal, now=NOW)
    service.review_dossiers(hr, appraisal, now=NOW)
