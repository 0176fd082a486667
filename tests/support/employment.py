"""Openings, applications and cases for tests; ids for the access matrix."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from tests.support.objects import url_object
from tests.support.world import World, make_person
from training.core import clock, policy
from training.core.db import db
from training.core.models import OrgUnit
from training.employment import selection
from training.employment.appointment_models import Appointment, AppointmentEvent
from training.employment.models import Opening, RecruitmentCase, RecruitmentEvent
from training.employment.rules.appointment import (
    AppointmentKind,
    AppointmentState,
    Engagement,
    term_of,
)
from training.employment.rules.eligibility import PostKind, Quality
from training.employment.rules.recruitment import RecruitmentState
from training.employment.rules.recruitment_gates import Route
from training.people.models import Person
from training.people.rules.person import ServiceKind
from training.proceedings.models import Panel, PanelSeat

GOOD = selection.Found(dict.fromkeys(Quality, True), True, (), (), "材料齐全")


def make_opening(org: OrgUnit | None = None, **overrides: object) -> Opening:
    """An announced opening that closes in ten days; stored, not committed."""
    world, now = World(), clock.now()
    unit = org or world.org("甲区一街社区调委会")
    planner, approver = world.person("a_hr").id, world.person("a_approver").id
    fields: dict[str, object] = {
        "org_id": unit.id,
        "title": "2026年专职人民调解员选聘",
        "title_en": "Recruitment of full-time mediators 2026",
        "body": "热爱人民调解工作。\n能坚持坐班。",
        "service_kind": ServiceKind.FULL_TIME,
        "post_kind": PostKind.URBAN,
        "positions": 2,
        "routes": ["open_recruitment", "organisation_recommendation"],
        "policy_id": policy.get("hire.routes", unit, clock.today()).id,
        "office": "甲区司法局人事科",
        "telephone": "0898-66500000",
        "closes_on": clock.today() + timedelta(days=10),
        "state": RecruitmentState.OPEN,
        "planned_by": planner,
        "planned_at": now,
        "approved_by": approver,
        "approved_at": now,
        "opened_at": now,
    } | overrides
    opening = Opening(**fields)
    db.session.add(opening)
    db.session.flush()
    return opening


def make_case(
    person: Person | None = None, opening: Opening | None = None, **overrides: object
) -> RecruitmentCase:
    """An application of an adult candidate; stored, not committed."""
    now = clock.now()
    opening = opening or make_opening()
    person = person or make_person("应聘某", db.session.get(OrgUnit, opening.org_id))
    if person.birth_date is None:
        person.birth_date = clock.today() - timedelta(days=40 * 365)
    fields: dict[str, object] = {
        "opening_id": opening.id,
        "org_id": opening.org_id,
        "person_id": person.id,
        "route": Route.OPEN_RECRUITMENT,
        "statement": "在社区工作多年。",
        "skills": ["law"],
        "points_policy_id": policy.get(
            "eligibility.preference_urban", World().org("示例市司法局"), clock.today()
        ).id,
        "state": RecruitmentState.APPLIED,
        "applied_at": now,
    } | overrides
    case = RecruitmentCase(**fields)
    db.session.add(case)
    db.session.flush()
    db.session.add(
        RecruitmentEvent(
            opening_id=opening.id, case_id=case.id, action="apply", before=RecruitmentState.OPEN,
            after=case.state, actor_id=person.id, at=now,
        )
    )  # fmt: skip
    db.session.flush()
    return case


def seat_panel(opening: Opening, *people: Person, conflict: bool | None = False) -> Panel:
    """A panel whose members have declared; stored, not committed."""
    now = clock.now()
    panel = Panel(
        org_id=opening.org_id, matter_type="opening", matter_ref=opening.public_id,
        title=opening.title, created_at=now, created_by=World().person("a_hr").id,
    )  # fmt: skip
    db.session.add(panel)
    db.session.flush()
    db.session.add_all(
        PanelSeat(panel_id=panel.id, person_id=p.id, conflict=conflict, declared_at=now)
        for p in people
    )
    db.session.flush()
    return panel


@url_object("opening_id")
def _opening(org: OrgUnit, person: Person) -> str:
    return make_opening(org).public_id


@url_object("case_id")
def _case(org: OrgUnit, person: Person) -> str:
    held = db.session.scalar(
        sa.select(RecruitmentCase).where(RecruitmentCase.person_id == person.id)
    )
    if held is None:
        opening = make_opening(org)
        held = make_case(person, opening)
        seat_panel(opening, person)
    return held.public_id


def make_appointment(person: Person | None = None, **overrides: object) -> Appointment:
    """A part-time appointment that is proposed; stored, not committed."""
    world, now = World(), clock.now()
    person = person or world.person("a_mediator")
    org = db.session.get_one(OrgUnit, overrides.pop("org_id", person.org_id))
    start, end = term_of(clock.today(), 3)
    fields: dict[str, object] = {
        "org_id": org.id,
        "person_id": person.id,
        "kind": AppointmentKind.ENGAGED,
        "service_kind": ServiceKind.PART_TIME,
        "state": AppointmentState.PROPOSED,
        "term_start": start,
        "term_end": end,
        "policy_id": policy.get("term.years", org, clock.today()).id,
        "resolution": "调委会第3次会议决议",
        "resolved_on": clock.today(),
        "reason": "工作需要",
        "engagement": Engagement.NONE,
        "proposed_by": world.person("a_hr").id,
        "proposed_at": now,
    } | overrides
    made = Appointment(**fields)
    db.session.add(made)
    db.session.flush()
    db.session.add(
        AppointmentEvent(
            appointment_id=made.id, action="propose", before=AppointmentState.PROPOSED,
            after=AppointmentState.PROPOSED, actor_id=made.proposed_by, at=now,
        )
    )  # fmt: skip
    db.session.flush()
    return made


@url_object("appointment_id")
def _appointment(org: OrgUnit, person: Person) -> str:
    held = db.session.scalar(sa.select(Appointment).where(Appointment.person_id == person.id))
    return (held or make_appointment(person)).public_id
