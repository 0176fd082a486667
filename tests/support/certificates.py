"""Certificates and work cards for tests; ids for the access matrix."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from certificates import payload
from certificates.models import Certificate, CertificateEvent, WorkCard, WorkCardEvent
from certificates.rules.lifecycle import CertificateState, validity
from certificates.rules.number import CertificateClass, CertificateNumber
from certificates.rules.work_card import WorkCardState
from exams.marking.models import AttemptReview, Grading, ResultRelease
from exams.marking.rules.review import ReviewVerdict
from exams.sittings.models import Attempt
from tests.support.exams import graded_attempt
from tests.support.objects import url_object, url_value
from tests.support.programmes import make_credit, make_enrolment
from tests.support.world import NOW, World
from training.core import clock
from training.core.db import db, new_public_id
from training.core.models import Job, OrgUnit
from training.core.rules.chain import digest
from training.core.rules.jobs import JobState
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Person

TODAY = clock.today(NOW)
_serial = 90_000

_PLAN = (
    (Topic.SOCIAL_SITUATION, TrainingForm.CLASSROOM_LECTURE, 4),
    (Topic.LAW_AND_POLICY, TrainingForm.CLASSROOM_LECTURE, 12),
    (Topic.PROFESSIONAL_ETHICS, TrainingForm.CLASSROOM_LECTURE, 4),
    (Topic.PROFESSIONAL_KNOWLEDGE, TrainingForm.CASE_STUDY, 8),
    (Topic.MEDIATION_SKILLS, TrainingForm.SIMULATION_DRILL, 12),
)


def complete_hours(person: Person) -> None:
    """Enrolled, with every topic and form of the pre-job plan done (40 hours of 45 minutes)."""
    make_enrolment(person)
    post_hours(person)


def post_hours(person: Person) -> None:
    """Every topic and form of the pre-job plan, for somebody who is enrolled."""
    for topic, form, hours in _PLAN:
        make_credit(person, topic=topic, form=form, minutes=hours * 45)


def pass_exam(
    person: Person,
    org: OrgUnit | None = None,
    *,
    verdict: ReviewVerdict = ReviewVerdict.CLEAN,
    reviewer: str = "a_proctor",
    releaser: str = "a_trainer",
) -> None:
    """A released result: passed, reviewed by the proctor, released by the trainer."""
    from exams.marking import grader

    world = World()
    attempt = graded_attempt(org or world.org("甲区司法局"), person)
    grading = grader.latest(attempt.id)
    assert grading is not None
    db.session.add(
        AttemptReview(
            attempt_id=attempt.id, grading_id=grading.id, verdict=verdict, signals=0,
            reason="" if verdict is ReviewVerdict.CLEAN else "夹带",
            reviewer_id=world.person(reviewer).id, reviewed_at=NOW,
        )
    )  # fmt: skip
    db.session.add(
        ResultRelease(
            attempt_id=attempt.id, grading_id=grading.id,
            released_by=world.person(releaser).id, released_at=NOW,
        )
    )  # fmt: skip
    db.session.flush()


def correct_result(
    *, passed: bool = True, verdict: ReviewVerdict | None = ReviewVerdict.CLEAN,
    at: datetime = NOW + timedelta(days=1),
) -> Grading:  # fmt: skip
    """The one attempt there is, as a correction leaves it: a further grading, and its review if
    there is one yet; stored, not committed."""
    attempt = db.session.scalars(sa.select(Attempt)).one()
    former = db.session.scalars(
        sa.select(Grading).where(Grading.attempt_id == attempt.id).order_by(Grading.id.desc())
    ).first()
    assert former is not None
    made = Grading(
        org_id=former.org_id, person_id=former.person_id, attempt_id=attempt.id,
        number=former.number + 1, passed=passed, points=6000 if passed else 3000, full=6000,
        sections={}, marks=[], policy={}, corrections=[], paper_hash="x", chain_head="x",
        digest="x", graded_at=at, graded_by="test",
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if verdict is not None:
        db.session.add(
            AttemptReview(
                attempt_id=attempt.id, grading_id=made.id, verdict=verdict, signals=0,
                reason="监控录像核实", reviewer_id=World().person("a_proctor").id, reviewed_at=at,
            )
        )  # fmt: skip
    db.session.flush()
    return made


def make_ready(person: Person | None = None) -> Person:
    """Somebody whose gates are all open: hours, exam, clean review; stored, not committed."""
    person = person or World().person("a_mediator")
    complete_hours(person)
    pass_exam(person)
    return person


def make_certificate(
    person: Person | None = None, org: OrgUnit | None = None, *,
    state: CertificateState = CertificateState.ACTIVE, issued_on: date = TODAY,
    issuer: str = "a_hr", **overrides: Any,
) -> Certificate:  # fmt: skip
    """A certificate with its history, without a document; stored, not committed."""
    global _serial
    _serial += 1
    world = World()
    person = person or world.person("a_mediator")
    bureau = world.org("甲区司法局")
    number = CertificateNumber("460105", issued_on.year, CertificateClass.FULL_TIME, _serial)
    first, last = validity(issued_on, 3)
    last = overrides.pop("valid_until", last)
    code = payload.new_code()
    words, _ = payload.of_certificate(
        person, bureau, number, code, issued_on=issued_on, valid_until=last,
        training={
            "start": (issued_on - timedelta(days=60)).isoformat(),
            "end": issued_on.isoformat(),
            "hours": 4000,
        },
    )  # fmt: skip
    fields: dict[str, Any] = {
        "public_id": new_public_id(), "person_id": person.id,
        "org_id": (org or world.org("甲区一街社区调委会")).id if org else person.org_id,
        "certificate_class": number.certificate_class, "number": str(number), "code": code,
        "state": state, "issued_on": issued_on, "valid_from": first, "valid_until": last,
        "issuer_id": world.person(issuer).id, "issuer_org_id": bureau.id, "policy": {},
        "inputs": {}, "payload": words, "payload_sha256": digest(words), "created_at": NOW,
    } | overrides  # fmt: skip
    made = Certificate(**fields)
    db.session.add(made)
    db.session.flush()
    before = CertificateState.PENDING
    steps = [("issue", CertificateState.ISSUED), ("activate", CertificateState.ACTIVE)]
    ends = {
        CertificateState.SUSPENDED: "suspend",
        CertificateState.REVOKED: "revoke",
        CertificateState.CANCELLED: "cancel",
        CertificateState.REPLACED: "renew",
    }
    if state is CertificateState.ISSUED:
        steps = steps[:1]
    elif state in ends:
        steps.append((ends[state], state))
    for action, after in steps:
        db.session.add(
            CertificateEvent(
                certificate_id=made.id, org_id=made.org_id, person_id=person.id, action=action,
                from_state=before, to_state=after, occurred_on=issued_on, at=NOW,
                actor_id=world.person(issuer).id, reason="测试" if action in ends.values() else "",
            )
        )  # fmt: skip
        before = after
    db.session.flush()
    return made


def make_card(
    person: Person | None = None, org: OrgUnit | None = None,
    state: WorkCardState = WorkCardState.VALID, issued_on: date = TODAY, **overrides: Any,
) -> WorkCard:  # fmt: skip
    """A work card in its holder's hands; stored, not committed."""
    world = World()
    person = person or world.person("a_mediator")
    code = payload.new_code()
    words = {
        "kind": "work_card", "name": person.name, "mediator_no": person.mediator_no or "",
        "committee": person.org.name, "committee_en": "", "issuer": "甲区司法局", "photo": None,
        "code": code, "verify_url": payload.verify_url(code), "issued_on": issued_on.isoformat(),
    }  # fmt: skip
    fields: dict[str, Any] = {
        "public_id": secrets.token_hex(12), "person_id": person.id,
        "org_id": org.id if org else person.org_id, "code": code, "state": state,
        "issued_on": issued_on, "last_checked_on": issued_on,
        "issuer_id": world.person("a_hr").id, "payload": words,
        "payload_sha256": digest(words), "created_at": NOW,
    } | overrides  # fmt: skip
    made = WorkCard(**fields)
    db.session.add(made)
    db.session.flush()
    db.session.add(
        WorkCardEvent(
            work_card_id=made.id, org_id=made.org_id, person_id=person.id, action="issue",
            from_state=WorkCardState.ISSUED, to_state=state, occurred_on=issued_on, at=NOW,
            actor_id=world.person("a_hr").id,
        )
    )  # fmt: skip
    db.session.flush()
    return made


url_value(check_code="ABCDEFGHJKMN")


@url_object("certificate_id")
def _certificate(org: OrgUnit, person: Person) -> str:
    return make_certificate(person, org).public_id


@url_object("card_id")
def _card(org: OrgUnit, person: Person) -> str:
    return make_card(person, org).public_id


@url_object("person_id")
def _person(org: OrgUnit, person: Person) -> str:
    return person.public_id


@url_object("sheet_job_id")
def _sheet_job(org: OrgUnit, person: Person) -> str:
    job = Job(
        kind="certificates.cards", payload={"cards": []}, state=JobState.DEAD, run_after=NOW,
        created_at=NOW, finished_at=NOW, org_id=org.id, person_id=person.id,
    )  # fmt: skip
    db.session.add(job)
    db.session.flush()
    return job.public_id
