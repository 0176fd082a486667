"""A certificate whose examination or hours were corrected after it was issued: HR is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certificates import basis, service
from certificates.jobs import unfounded
from certificates.rules.lifecycle import CertificateState, ReissueGround, RevocationGround
from exams.marking.rules.review import ReviewVerdict
from tests.support.certificates import correct_result, make_certificate, make_ready
from tests.support.queries import counting
from tests.support.world import NOW, make_person
from training.core.db import db
from training.programmes import enrolments, ledger, queries
from training.programmes.rules.ledger import ReversalReason

LATER = NOW + timedelta(days=1)


@pytest.fixture
def issued(world):
    make_ready()
    db.session.commit()
    return service.issue(world.actor("a_hr"), world.person("a_mediator"), now=NOW)


def corrected(**how):
    made = correct_result(**how)
    db.session.commit()
    return made


def codes(certificate):
    return basis.of([certificate])[certificate.id].verdict.codes


def test_a_fresh_certificate_stands_on_its_basis(issued):
    assert codes(issued) == ()
    assert list(unfounded(LATER)) == []


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        ({"passed": True}, ()),
        ({"passed": False}, ("basis.exam_failed",)),
        ({"passed": False, "verdict": None}, ("basis.exam_failed",)),
        ({"verdict": ReviewVerdict.IRREGULAR}, ("basis.exam_irregular",)),
    ],
)
def test_a_corrected_result_is_seen(world, issued, correction, expected):
    corrected(**correction)
    assert codes(issued) == expected
    assert bool(list(unfounded(LATER))) is bool(expected)
    assert issued.state is CertificateState.ISSUED, "nothing follows by itself"


def test_hr_and_who_may_revoke_are_told_once_for_what_was_found(world, issued):
    first = corrected(passed=False)
    said = list(unfounded(LATER))
    told = {r.person_id for r in said}
    assert {world.person("a_hr").id, world.person("a_approver").id} <= told
    assert not told & {world.person(n).id for n in ("b_hr", "b_approver", "a_trainer")}
    assert {r.url for r in said} == {f"/certificates/{issued.public_id}"}
    assert {r.unique_key for r in said} == {
        f"basis:{issued.public_id}:{first.public_id}:failed"
    }  # fmt: skip
    corrected(verdict=ReviewVerdict.IRREGULAR)
    again = {r.unique_key for r in unfounded(LATER)}
    assert not again & {r.unique_key for r in said}, "another finding is said anew"
    service.revoke(
        world.actor("a_approver"), issued, RevocationGround.ISSUED_IN_ERROR, "成绩更正", now=LATER
    )
    assert list(unfounded(LATER)) == []


def test_a_reissued_certificate_rests_on_what_the_first_rested_on(world, issued):
    issued.state = CertificateState.ACTIVE
    db.session.commit()
    made = service.reissue(world.actor("a_hr"), issued, ReissueGround.LOST, "遗失", now=NOW)
    corrected(passed=False)
    assert codes(made) == ("basis.exam_failed",)


def test_hours_that_were_taken_back_are_seen(world, issued):
    entry = queries.entries_of(issued.person_id)[0]
    ledger.reverse(world.actor("a_hr"), entry, ReversalReason.WRONG_ENTRY, "形式有误", now=LATER)
    assert codes(issued) == ("basis.hours_short",)
    assert {r.unique_key.rpartition(":")[2] for r in unfounded(LATER)} == {"short"}


def test_hours_that_were_voided_are_seen(world, issued):
    enrolment = queries.progress(issued.person_id, NOW.date()).enrolment
    enrolments.void_hours(
        world.actor("a_hr"), enrolment, ReversalReason.IMPERSONATION, "他人代学", "录像", NOW.date(),
        now=LATER,
    )  # fmt: skip
    assert codes(issued) == ("basis.hours_short",)


def test_a_certificate_from_elsewhere_has_nothing_to_compare(app):
    assert codes(make_certificate()) == ()


def test_many_certificates_take_as_many_queries_as_one(world, issued):
    with counting() as few:
        basis.of([issued])
    more = [make_certificate(make_person(f"持证{n}", issued.org)) for n in range(5)]
    for made in more:
        made.inputs = issued.inputs
    db.session.flush()
    with counting() as many:
        basis.of([issued, *more])
    assert len(many) <= len(few)
