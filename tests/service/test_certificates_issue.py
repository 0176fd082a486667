"""Issuing: gates, numbers, frozen payload, document, one living certificate a person."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from certificates import payload, queries, service
from certificates.models import Certificate, CertificateEvent
from certificates.rules.lifecycle import CertificateState
from certificates.rules.number import CertificateNumber, read_number
from exams.marking.rules.review import ReviewVerdict
from tests.support.certificates import (
    complete_hours,
    make_certificate,
    make_ready,
    pass_exam,
)
from tests.support.world import NOW, make_person
from training.core import clock, files, jobs
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import AuditEntry, Counter
from training.people.rules.person import ServiceKind


def _codes(error: pytest.ExceptionInfo[Refused]) -> set[str]:
    return set(error.value.verdict.codes)


def _ready(world, name="周某"):
    return make_ready(make_person(name, world.org("甲区一街社区调委会"), mediator_no=f"R{name}"))


def test_it_issues_with_number_payload_inputs_and_policy(world):
    person = _ready(world)
    db.session.commit()
    made = service.issue(world.actor("a_hr"), person, now=NOW)
    number = read_number(made.number)
    assert isinstance(number, CertificateNumber)
    assert (number.region, number.year, number.certificate_class) == ("460105", 2026, "P")
    assert made.state is CertificateState.ISSUED
    assert payload.is_intact(made)
    assert made.payload["name"] == person.name
    assert "40 学时" in made.payload["body"]
    assert made.valid_until.isoformat() == "2029-11-22"
    assert made.inputs["hours"]["total_required"] == 4000
    assert made.inputs["exam"]["passed"] is True
    assert set(made.policy) == {"cert.validity_years", "cert.required_for"}
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-1] == "certificates:certificate:issue"


def test_the_document_is_drawn_once_and_makes_it_active(world):
    person = _ready(world)
    db.session.commit()
    made = service.issue(world.actor("a_hr"), person, now=NOW)
    public_id = made.public_id
    jobs.drain()
    made = db.session.scalars(sa.select(Certificate).filter_by(public_id=public_id)).one()
    assert made.state is CertificateState.ACTIVE
    data = files.read(made.pdf)
    assert data.startswith(b"%PDF")
    assert hashlib.sha256(data).hexdigest() == made.pdf_sha256
    assert queries.active_certificate(made.person_id, clock.today()) is made
    steps = db.session.scalars(sa.select(CertificateEvent.action).order_by(CertificateEvent.id))
    assert list(steps) == ["issue", "activate"]


def test_drawing_is_deterministic(world):
    from certificates import drawing

    made = make_certificate()
    first, second = (drawing.certificate(made.payload, made.payload_sha256, None) for _ in range(2))
    assert first == second


def test_it_refuses_with_every_reason_at_once(world):
    person = make_person("白某", world.org("甲区一街社区调委会"))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        service.issue(world.actor("a_hr"), person, now=NOW)
    assert _codes(refused) == {"certificate.hours_owed", "certificate.exam_not_passed"}


def test_it_refuses_an_irregular_review(world):
    person = make_person("马某", world.org("甲区一街社区调委会"))
    complete_hours(person)
    pass_exam(person, verdict=ReviewVerdict.IRREGULAR)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        service.issue(world.actor("a_hr"), person, now=NOW)
    assert "certificate.misconduct" in _codes(refused)


def test_the_issuer_is_none_of_those_who_examined(world):
    person = make_person("牛某", world.org("甲区一街社区调委会"))
    complete_hours(person)
    pass_exam(person, releaser="a_hr")
    db.session.commit()
    with pytest.raises(Refused) as refused:
        service.issue(world.actor("a_hr"), person, now=NOW)
    assert _codes(refused) == {"SAME_PERSON"}


def test_nobody_issues_to_himself(world):
    person = make_ready(world.person("a_hr"))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        service.issue(world.actor("a_hr"), person, now=NOW)
    assert "SELF" in _codes(refused)


def test_one_living_certificate_a_person(world):
    person = _ready(world)
    db.session.commit()
    service.issue(world.actor("a_hr"), person, now=NOW)
    with pytest.raises(Refused) as refused:
        service.issue(world.actor("a_hr"), person, now=NOW)
    assert "certificate.held" in _codes(refused)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 1


def test_a_refused_issue_uses_no_number_up(world):
    person = make_person("空某", world.org("甲区一街社区调委会"))
    db.session.commit()
    with pytest.raises(Refused):
        service.issue(world.actor("a_hr"), person, now=NOW)
    query = sa.select(Counter).where(Counter.name.like("certificate:%"))
    assert db.session.scalars(query).all() == []


def test_a_class_is_issued_at_once_and_the_unready_are_left(world):
    ready = [_ready(world, f"班{i}") for i in range(3)]
    unready = make_person("缺学时", world.org("甲区一街社区调委会"))
    part = make_ready(
        make_person("兼职某", world.org("甲区一街社区调委会"), service_kind=ServiceKind.PART_TIME)
    )
    db.session.commit()
    made = service.issue_class(world.actor("a_hr"), [*ready, unready, part], now=NOW)
    serials = sorted(
        (str(n.certificate_class), n.serial)
        for n in (read_number(c.number) for c in made)
        if isinstance(n, CertificateNumber)
    )
    assert serials == [("P", 1), ("P", 2), ("P", 3), ("T", 1)]


def test_a_class_may_not_hold_somebody_out_of_reach(world):
    person = make_ready(make_person("外区某", world.org("乙区一街社区调委会")))
    db.session.commit()
    with pytest.raises(NotVisible):
        service.issue_class(world.actor("a_hr"), [person], now=NOW)
    with pytest.raises(NotVisible):
        service.issue(world.actor("a_hr"), person, now=NOW)
