"""Programmes, enrolments and sessions for tests."""

from __future__ import annotations

from datetime import timedelta

from tests.support.objects import url_object
from tests.support.world import NOW, World
from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import SYSTEM
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Person
from training.programmes import enrolments, ledger, sessions
from training.programmes.models import (
    CreditEntry,
    Enrolment,
    Programme,
    SessionTemplate,
    TrainingSession,
)
from training.programmes.rules.sessions import SessionState

_serial = 0


def make_programme() -> Programme:
    """The one pre-job programme; stored, not committed."""
    held: Programme | None = db.session.query(Programme).first()
    if held is not None:
        return held
    made = Programme(
        code="prejob-full-time", org_id=World().org("示例市司法局").id, title="岗前培训",
        title_en="Pre-job training", created_at=NOW,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def make_enrolment(person: Person | None = None) -> Enrolment:
    """An enrolment with today's policy frozen; stored, not committed."""
    return enrolments.begin(
        SYSTEM, make_programme(), [person or World().person("a_mediator")], now=NOW
    )[0]


def make_credit(person: Person | None = None, **overrides: object) -> CreditEntry:
    """A credit of 90 minutes of law by lecture; stored, not committed."""
    global _serial
    _serial += 1
    fields: dict[str, object] = {
        "person": person or World().person("a_mediator"),
        "topic": Topic.LAW_AND_POLICY,
        "form": TrainingForm.CLASSROOM_LECTURE,
        "minutes": 90,
        "occurred_on": clock.today(NOW),
        "source_type": "test",
        "source_ref": f"s{_serial}",
        "title": "测试课",
    } | overrides
    return ledger.post(SYSTEM, [ledger.Credit(**fields)], now=NOW)[0]  # type: ignore[arg-type]


def make_session(org: OrgUnit | None = None, **overrides: object) -> TrainingSession:
    """A session that is open for sign-up and begins in an hour; stored, not committed."""
    starts = overrides.pop("starts_at", NOW + timedelta(hours=1))
    fields: dict[str, object] = {
        "org_id": (org or World().org("甲区司法局")).id,
        "title": "调解员常用的民法典规则",
        "title_en": "Rules of the Civil Code",
        "topic": Topic.LAW_AND_POLICY,
        "form": TrainingForm.CLASSROOM_LECTURE,
        "place": "区司法局二楼会议室",
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=180),
        "door_opens_at": starts - timedelta(minutes=30),
        "minutes": 180,
        "trainer_id": World().person("a_trainer").id,
        "state": SessionState.OPEN,
        "created_at": NOW,
    } | overrides
    made = TrainingSession(**fields)
    db.session.add(made)
    db.session.flush()
    return made


def present(person: Person, **options: object) -> sessions.Entry:
    """A line of an attendance list."""
    fields: dict[str, object] = {"person": person, "mark": sessions.Mark.PRESENT} | options
    return sessions.Entry(**fields)  # type: ignore[arg-type]


@url_object("session_id")
def _session(org: OrgUnit, person: Person) -> str:
    return make_session(org, starts_at=clock.now() + timedelta(hours=1)).public_id


@url_object("enrolment_id")
def _enrolment(org: OrgUnit, person: Person) -> str:
    held = db.session.query(Enrolment).filter_by(person_id=person.id).first()
    return (held or make_enrolment(person)).public_id


@url_object("credit_id")
def _credit(org: OrgUnit, person: Person) -> str:
    return make_credit(person).public_id


@url_object("template_id")
def _template(org: OrgUnit, person: Person) -> str:
    global _serial
    _serial += 1
    made = SessionTemplate(
        code=f"T{_serial}", org_id=org.id, title="样板", topic=Topic.LAW_AND_POLICY,
        form=TrainingForm.CASE_STUDY, minutes=90,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made.public_id
