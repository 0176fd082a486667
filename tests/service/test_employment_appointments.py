"""Appointing: the certificate gate, approval by another person, filing, taking the post."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from certificates import queries as certificates
from certificates import service as certificate_service
from certificates.rules.lifecycle import CertificateState
from tests.support.certificates import make_certificate
from tests.support.employment import make_appointment
from tests.support.world import NOW, make_person
from training.core import clock, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.permission import SYSTEM
from training.employment import appointment_lists, appointments, jobs
from training.employment.appointment_models import Appointment
from training.employment.appointments import Terms
from training.employment.rules.appointment import (
    AppointmentKind,
    AppointmentState,
    Engagement,
)
from training.people import facts
from training.people.rules.person import ServiceKind, Sex, Standing

S = AppointmentState
TODAY = clock.today(NOW)
TERMS = Terms(
    AppointmentKind.ENGAGED, ServiceKind.FULL_TIME, TODAY, "调委会决议3号", TODAY, "考核合格",
    Engagement.LABOUR_DISPATCH, "某派遣公司", None, None,
)  # fmt: skip


@pytest.fixture
def person(world):
    return world.person("a_mediator")


@pytest.fixture
def certified(person):
    make_certificate(person, issued_on=TODAY)
    db.session.commit()
    return person


def proposed(world, person, **changes):
    org = world.org("甲区一街社区调委会")
    return appointments.propose(
        world.actor("a_hr"), org, person, replace(TERMS, **changes), now=NOW
    )


def approved(world, made, by="a_approver"):
    return appointments.approve(world.actor(by), made, appointments.version_of(made), now=NOW)


def test_a_full_time_post_takes_a_certificate_in_force(world, person):
    with pytest.raises(Refused) as refused:
        proposed(world, person)
    assert (refused.value.code, refused.value.status) == ("CERTIFICATE_REQUIRED", 409)
    (reason,) = refused.value.verdict.reasons
    assert (reason.code, reason.basis) == ("certificate.required", "cert.required_for")
    assert reason.mend == "certificates.board"
    assert db.session.query(Appointment).count() == 0


@pytest.mark.parametrize("state", [CertificateState.SUSPENDED, CertificateState.REVOKED])
def test_a_certificate_that_is_not_active_does_not_help(world, person, state):
    make_certificate(person, issued_on=TODAY, state=state)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        proposed(world, person)
    assert refused.value.code == "CERTIFICATE_REQUIRED"


@pytest.mark.parametrize(
    "changes",
    [{"service_kind": ServiceKind.PART_TIME}, {"kind": AppointmentKind.ELECTED}],
)
def test_part_time_and_elected_members_are_not_kept_waiting(world, person, changes):
    made = proposed(world, person, **changes)
    approved(world, made)
    appointments.file(world.actor("a_hr"), made, "备案12号", now=NOW)
    appointments.begin(world.actor("a_hr"), made, now=NOW)
    assert person.standing is Standing.IN_POST


def test_the_term_follows_policy_and_ends_by_its_date(world, certified):
    made = proposed(world, certified)
    years = policy.get("term.years", made.org, TODAY)
    assert made.policy_id == years.id
    assert made.term_end == TODAY.replace(year=TODAY.year + years.value) - timedelta(days=1)
    made.state, made.approved_by, made.approved_at = (
        S.IN_TERM, world.person("a_approver").id, NOW,
    )  # fmt: skip
    made.began_on = TODAY
    db.session.commit()
    assert appointments.state_of(made, made.term_end) is S.IN_TERM
    assert appointments.state_of(made, made.term_end + timedelta(days=1)) is S.LAPSED


def test_who_proposed_does_not_approve_and_nobody_decides_about_themselves(world, certified):
    made = proposed(world, certified)
    both = replace(world.actor("a_approver"), person_id=world.person("a_hr").id)
    with pytest.raises(Refused) as refused:
        appointments.approve(both, made, appointments.version_of(made), now=NOW)
    assert (refused.value.code, refused.value.status) == ("SAME_PERSON", 403)
    own = replace(world.actor("a_approver"), person_id=certified.id)
    with pytest.raises(Refused) as refused:
        appointments.approve(own, made, appointments.version_of(made), now=NOW)
    assert (refused.value.code, refused.value.status) == ("SELF", 403)
    own = replace(world.actor("a_hr"), person_id=certified.id)
    with pytest.raises(Refused) as refused:
        appointments.propose(own, made.org, certified, TERMS, now=NOW)
    assert refused.value.code == "SELF"


def test_the_second_approver_hears_who_decided_and_when(world, certified):
    made = proposed(world, certified)
    seen = appointments.version_of(made)
    approved(world, made)
    with pytest.raises(Refused) as refused:
        appointments.approve(world.actor("a_approver"), made, seen, now=NOW)
    assert (refused.value.code, refused.value.status) == ("ALREADY_DECIDED", 409)
    words = refused.value.verdict.reasons[0].words
    assert words.params == {"who": "甲approver", "when": "2026-11-23 10:00"}


def test_an_approval_of_papers_that_have_changed_since_is_refused(world, certified):
    made = proposed(world, certified)
    seen = appointments.version_of(made)
    with pytest.raises(Refused) as refused:
        appointments.amend(world.actor("a_hr"), made, TERMS, " ", now=NOW)
    assert refused.value.code == "REASON_REQUIRED"
    appointments.amend(
        world.actor("a_hr"), made, replace(TERMS, resolution="决议4号"), "写错了", now=NOW
    )
    with pytest.raises(Refused) as refused:
        appointments.approve(world.actor("a_approver"), made, seen, now=NOW)
    assert (refused.value.code, refused.value.status) == ("CHANGED", 409)
    approved(world, made)
    with pytest.raises(Refused) as refused:
        appointments.amend(world.actor("a_hr"), made, TERMS, "再改", now=NOW)
    assert refused.value.code == "ALREADY_DECIDED"
    assert appointments.events_of(made)[1].detail["former"]["resolution"] == "调委会决议3号"


def test_taking_the_post_does_everything_at_once(world, certified):
    made = approved(world, proposed(world, certified))
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as refused:
        appointments.file(hr, made, " ", now=NOW)
    assert refused.value.verdict.codes == ("appointment.no_filing",)
    appointments.file(hr, made, "备案12号", now=NOW)
    appointments.begin(hr, made, now=NOW)
    assert (made.state, made.began_on) == (S.IN_TERM, TODAY)
    assert certified.standing is Standing.IN_POST
    assert certificates.card_of(certified.id) is not None
    steps = [f.value["action"] for f in facts.of(certified.id, ["standing"])]
    assert sorted(steps) == ["certify", "take_post"]


def test_a_certificate_lost_before_the_post_is_taken_bars_it_and_nothing_is_half_done(
    world, certified
):
    made = approved(world, proposed(world, certified))
    appointments.file(world.actor("a_hr"), made, "备案12号", now=NOW)
    held = certificates.living(certified.id)
    assert held is not None
    certificate_service.suspend(world.actor("a_hr"), held, "复核中", now=NOW)
    with pytest.raises(Refused) as refused:
        appointments.begin(world.actor("a_hr"), made, now=NOW)
    assert "certificate.required" in refused.value.verdict.codes
    db.session.expire_all()
    assert (made.state, certified.standing) == (S.FILED, Standing.TRAINEE)
    assert certificates.card_of(certified.id) is None


def test_the_post_is_not_taken_before_the_term_begins(world, certified):
    made = approved(world, proposed(world, certified, term_start=TODAY + timedelta(days=5)))
    appointments.file(world.actor("a_hr"), made, "备案", now=NOW)
    with pytest.raises(Refused) as refused:
        appointments.begin(world.actor("a_hr"), made, now=NOW)
    assert refused.value.verdict.codes == ("appointment.before_term",)


def test_nobody_has_two_appointments_at_once(world, certified):
    proposed(world, certified)
    with pytest.raises(Refused) as refused:
        proposed(world, certified)
    assert refused.value.code == "APPOINTED_ALREADY"
    with pytest.raises(IntegrityError):
        make_appointment(certified)
    db.session.rollback()


def test_a_proposal_names_resolution_and_agency(world, certified):
    for changes, code in (({"resolution": " "}, "NO_RESOLUTION"), ({"agency": ""}, "AGENCY")):
        with pytest.raises(Refused) as refused:
            proposed(world, certified, **changes)
        assert (refused.value.code, refused.value.status) == (code, 422)


def test_who_has_left_starts_anew(world, certified):
    certified.standing = Standing.LEFT
    db.session.commit()
    with pytest.raises(Refused) as refused:
        proposed(world, certified)
    assert refused.value.code == "LEFT"


def test_an_officer_of_another_district_proposes_and_approves_nothing(world, certified):
    with pytest.raises(NotVisible):
        appointments.propose(
            world.actor("b_hr"), world.org("乙区一街社区调委会"), certified, TERMS, now=NOW
        )
    made = proposed(world, certified)
    with pytest.raises(NotVisible):
        approved(world, made, by="b_approver")


def test_the_lists_tell_what_ends_what_lapsed_and_who_lacks_a_certificate(world, person):
    who, org = world.actor("a_hr"), world.org("甲区一街社区调委会")
    done = {
        "state": S.IN_TERM, "approved_by": world.person("a_approver").id, "approved_at": NOW,
        "began_on": TODAY - timedelta(days=900), "term_start": TODAY - timedelta(days=900),
    }  # fmt: skip
    ends = {"ending": 30, "lapsed": -1, "serving": 400}
    for name, days in ends.items():
        make_appointment(make_person(name, org), term_end=TODAY + timedelta(days=days), **done)
    make_appointment(
        make_person("缺证", org), term_end=TODAY + timedelta(days=400),
        service_kind=ServiceKind.FULL_TIME, **done,
    )  # fmt: skip
    make_appointment(make_person("办理", org))
    db.session.commit()
    assert appointment_lists.counts(who, TODAY, 90) == {
        "pending": 1, "ending": 1, "lapsed": 1, "uncertified": 1, "serving": 3,
    }  # fmt: skip
    assert set(appointment_lists.counts(world.actor("b_hr"), TODAY, 90).values()) == {0}
    names = {p.name for p in appointment_lists.appointable(who, "", TODAY)}
    assert "lapsed" in names
    assert not names & {"ending", "serving", "办理"}


def test_a_committee_s_composition_counts_its_women(world, certified):
    org = world.org("甲区一街社区调委会")
    make_person("女委员", org, standing=Standing.IN_POST, mediator_no="W1", sex=Sex.FEMALE)
    db.session.commit()
    assert appointments.composition(org, certified) == (2, 1)


def test_trainees_who_got_a_certificate_are_certified_without_anybody_s_act(world, certified):
    other = make_person("未发证", standing=Standing.TRAINEE, mediator_no="N1")
    db.session.commit()
    assert appointments.certify(SYSTEM, [certified, other], now=NOW) == 1
    assert (certified.standing, other.standing) == (Standing.CERTIFIED, Standing.TRAINEE)


def test_whose_term_ends_soon_is_reminded(world, person):
    made = make_appointment(
        person, state=S.IN_TERM, approved_by=world.person("a_approver").id, approved_at=NOW,
        began_on=TODAY, term_end=TODAY + timedelta(days=90),
    )  # fmt: skip
    db.session.commit()
    told = {r.person_id: r.due_on for r in jobs.ending_terms(NOW)}
    assert told == {person.id: made.term_end, world.person("a_hr").id: made.term_end}
    assert jobs.ending_terms(NOW - timedelta(days=1)) == []


def test_the_database_itself_wants_another_approver(world, person):
    made = make_appointment(person)
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(
            sa.update(Appointment)
            .where(Appointment.id == made.id)
            .values(approved_by=Appointment.proposed_by)
        )
    db.session.rollback()
