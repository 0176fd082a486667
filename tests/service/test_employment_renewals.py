"""Renewal, resignation, death and lapse: decided by another, or ended by its date; corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from certificates import queries as certificates
from certificates import service as certificate_service
from certificates.rules.lifecycle import CertificateState
from tests.support.employment import make_appointment
from tests.support.exits import actor_of, day, exit_at, in_term, renewal_due
from tests.support.world import NOW, make_account, make_person
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.roles import Role
from training.employment import appointment_corrections as corrections
from training.employment import appointments, departures, jobs, renewals
from training.employment.appointment_models import Appointment, DeathReport, RenewalProposal
from training.employment.renewals import NextTerm
from training.employment.rules.appointment import (
    AppointmentState,
    Engagement,
    effective_state,
    serves_on,
)
from training.people import facts, roles
from training.people.models import Notice
from training.people.rules.person import ServiceKind, Standing

S = AppointmentState
NEXT = NextTerm(
    "工作称职，同意续聘", "调委会第8次会议决议", day(0), Engagement.NONE, "", None, None
)
REASON = "三年考核称职以上。"


@pytest.fixture
def hr(world):
    return world.actor("a_hr")


@pytest.fixture
def approver(world):
    return world.actor("a_approver")


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **({"now": NOW} | kwargs))
    db.session.rollback()
    return refused.value


def put_forward(hr, **overrides):
    appointment = renewal_due(**overrides)
    db.session.commit()
    renewals.open_renewal(hr, appointment, now=NOW)
    proposal = renewals.propose(hr, appointment, NEXT, now=NOW)
    return appointment, proposal.public_id


def test_the_next_term_follows_without_a_gap_and_without_anybodys_doing(hr, approver):
    appointment, seen = put_forward(hr)
    follows = renewals.renew(approver, appointment, REASON, seen, now=NOW)
    assert appointment.state is S.RENEWED
    assert follows.term_start == appointment.term_end + timedelta(days=1)
    last, first = appointment.term_end, follows.term_start
    assert (serves_on(appointment.record, last), serves_on(follows.record, last)) == (True, False)
    assert (serves_on(appointment.record, first), serves_on(follows.record, first)) == (False, True)
    assert appointments.state_of(follows, first) is S.IN_TERM
    assert appointment.person.standing is Standing.IN_POST
    assert not departures.to_settle(appointment, first)


def test_a_renewed_term_is_filed_afterwards_once(hr, approver):
    appointment, seen = put_forward(hr)
    follows = renewals.renew(approver, appointment, REASON, seen, now=NOW)
    assert refusal(appointments.file, hr, follows, " ").verdict.codes == ("appointment.no_filing",)
    appointments.file(hr, follows, "备案表9号", now=NOW)
    assert (follows.filing, follows.state) == ("备案表9号", S.IN_TERM)
    assert refusal(appointments.file, hr, follows, "再来").code == "GATE"


def test_a_full_time_post_is_renewed_only_with_a_certificate_on_the_first_day(hr, approver):
    appointment, seen = put_forward(hr, service_kind=ServiceKind.FULL_TIME)
    (certificate,) = certificates.of_person(appointment.person_id)
    certificate_service.suspend(hr, certificate, "核查", now=NOW)
    found = refusal(renewals.renew, approver, appointment, REASON, seen)
    assert found.verdict.codes == ("certificate.required",)
    certificate_service.reinstate(hr, certificate, "已核实", now=NOW)
    assert renewals.renew(approver, appointment, REASON, seen, now=NOW)


@pytest.mark.parametrize("who", ["a_hr", "a_mediator"])
def test_neither_proposer_nor_subject_renews(world, hr, who):
    appointment, seen = put_forward(hr)
    make_account(world.person(who), Role.APPROVER, world.org("甲区司法局"), username="second")
    db.session.commit()
    code = refusal(renewals.renew, world.actor("second"), appointment, REASON, seen).code
    assert code == ("SELF" if who == "a_mediator" else "SAME_PERSON")


def test_a_renewal_takes_a_reason_and_what_the_approver_has_read(world, hr, approver):
    appointment, seen = put_forward(hr)
    assert refusal(renewals.renew, approver, appointment, "…", seen).code == "REASON_REQUIRED"
    renewals.propose(world.actor("a_committee"), appointment, NEXT, now=NOW)
    assert refusal(renewals.renew, approver, appointment, REASON, seen).code == "CHANGED"
    newest = renewals.proposals_of(appointment)[0]
    renewals.renew(approver, appointment, REASON, newest.public_id, now=NOW)
    found = refusal(renewals.renew, approver, appointment, REASON, newest.public_id)
    assert (found.code, found.status) == ("ALREADY_DECIDED", 409)
    assert found.verdict.reasons[0].words.params["who"] == "甲approver"


def test_two_next_terms_cannot_be_stored(hr, approver):
    appointment, seen = put_forward(hr)
    renewals.renew(approver, appointment, REASON, seen, now=NOW)
    with pytest.raises(IntegrityError):
        make_appointment(
            appointment.person, renews_id=appointment.id, state=S.IN_TERM, began_on=day(61),
            approved_by=approver.person_id, approved_at=NOW,
        )  # fmt: skip
    db.session.rollback()


def test_the_window_opens_by_policy_and_several_are_opened_at_once(world, hr):
    early = renewal_due(days=91)
    due = renewal_due(make_person("到期某", world.org("甲区一街社区调委会")), days=90)
    db.session.commit()
    assert refusal(renewals.open_renewal, hr, early).verdict.codes == (
        "appointment.before_renewal_window",
    )
    opened = renewals.open_renewals(hr, [early, due], now=NOW)
    assert [a.id for a in opened] == [due.id]
    assert early.state is S.IN_TERM
    with pytest.raises(NotVisible):
        renewals.open_renewals(world.actor("b_hr"), [early], now=NOW)


def test_who_is_under_an_exit_review_is_not_renewed_meanwhile(hr, approver):
    appointment, seen = put_forward(hr)
    exit_at("proposed", appointment)
    assert refusal(renewals.renew, approver, appointment, REASON, seen).code == "EXIT_OPEN"


@pytest.mark.parametrize("state", [S.IN_TERM, S.RENEWAL_REVIEW])
def test_a_term_that_nobody_decided_on_is_lapsed_the_day_after(hr, approver, state):
    appointment = renewal_due(days=3, state=state)
    db.session.commit()
    record = appointment.record
    assert effective_state(record, day(3)) is state
    assert effective_state(record, day(4)) is S.LAPSED
    assert not serves_on(record, day(4))
    after = NOW + timedelta(days=4)
    assert refusal(renewals.open_renewal, hr, appointment, now=after).code == "GATE"
    assert refusal(departures.settle, hr, appointment, "届满", False).code == "STILL_APPOINTED"
    departures.settle(hr, appointment, "任期届满，没有续聘。", False, now=after)
    person = appointment.person
    assert person.standing is Standing.LEFT
    assert certificates.card_of(person.id) is None
    assert roles.held_by(person.id) == frozenset()
    assert certificates.of_person(person.id)[0].state is CertificateState.ACTIVE
    found = refusal(departures.settle, hr, appointment, "再次", False, now=after)
    assert found.code == "ALREADY_DECIDED"


def test_settling_happens_whole_or_not_at_all(hr, monkeypatch):
    appointment = renewal_due(days=3)
    db.session.commit()

    def fail(*_args, **_kwargs):
        raise RuntimeError("disk")

    monkeypatch.setattr(roles, "revoke", fail)
    with pytest.raises(RuntimeError):
        departures.settle(hr, appointment, "届满", True, now=NOW + timedelta(days=4))
    db.session.rollback()
    person = db.session.get(Appointment, appointment.id).person
    assert person.standing is Standing.IN_POST
    assert certificates.card_of(person.id) is not None


def test_a_person_resigns_in_their_own_words_and_hr_settles(world, hr):
    appointment = in_term()
    db.session.commit()
    me = actor_of(appointment.person)
    assert refusal(departures.resign, me, appointment, " ").code == "REASON_REQUIRED"
    with pytest.raises(NotVisible):
        departures.resign(hr, appointment, "他要走", now=NOW)
    departures.resign(me, appointment, "家中有事。", now=NOW)
    assert (appointment.state, appointment.ended_on) == (S.RESIGNED, day(0))
    assert appointment.person.standing is Standing.IN_POST
    departures.settle(hr, appointment, "本人辞任。", True, now=NOW)
    assert appointment.person.standing is Standing.LEFT
    assert certificates.of_person(appointment.person_id)[0].state is CertificateState.CANCELLED


def test_who_resigns_gives_up_the_next_term_too(hr, approver):
    appointment, seen = put_forward(hr)
    follows = renewals.renew(approver, appointment, REASON, seen, now=NOW)
    departures.resign(actor_of(appointment.person), appointment, "家中有事。", now=NOW)
    assert (appointment.state, follows.state) == (S.RESIGNED, S.RESIGNED)
    assert not serves_on(follows.record, follows.term_start)


def test_a_resignation_made_in_error_is_taken_back_before_the_leaving_is_recorded(world, hr):
    appointment = in_term()
    db.session.commit()
    me = actor_of(appointment.person)
    assert refusal(departures.withdraw_resignation, me, appointment, "误点").code == "NOT_RESIGNED"
    departures.resign(me, appointment, "误点。", now=NOW)
    assert refusal(departures.withdraw_resignation, me, appointment, " ").code == "REASON_REQUIRED"
    with pytest.raises(NotVisible):
        departures.withdraw_resignation(hr, appointment, "代办", now=NOW)
    db.session.rollback()
    departures.withdraw_resignation(me, appointment, "误点，并无离职之意。", now=NOW)
    assert (appointment.state, appointment.ended_on) == (S.IN_TERM, None)
    assert serves_on(appointment.record, day(0))
    assert not departures.to_settle(appointment, day(0))
    resigned, back = appointments.events_of(appointment)[-2:]
    assert (resigned.action, resigned.reason) == ("resign", "误点。")
    assert (back.before, back.after) == (S.RESIGNED, S.IN_TERM)
    told = db.session.scalars(
        sa.select(Notice).where(Notice.person_id == appointment.proposed_by)
    ).all()
    assert "已撤回辞任" in told[-1].message
    departures.resign(me, appointment, "这次确实要走。", now=NOW)
    departures.settle(hr, appointment, "本人辞任。", False, now=NOW)
    found = refusal(departures.withdraw_resignation, me, appointment, "后悔了")
    assert found.verdict.codes == ("appointment.settled",)
    assert found.verdict.reasons[0].mend == "employment.openings"


def test_the_next_term_comes_back_with_a_withdrawn_resignation(hr, approver):
    appointment, seen = put_forward(hr)
    follows = renewals.renew(approver, appointment, REASON, seen, now=NOW)
    me = actor_of(appointment.person)
    departures.resign(me, appointment, "误点。", now=NOW)
    departures.withdraw_resignation(me, appointment, "误点。", now=NOW + timedelta(days=1))
    assert (appointment.state, follows.state) == (S.RENEWED, S.IN_TERM)
    assert serves_on(follows.record, follows.term_start)


def test_a_proposal_declined_in_error_waits_again_unless_another_was_made(world, hr):
    made = make_appointment()
    db.session.commit()
    me = actor_of(made.person)
    departures.resign(me, made, "误点。", now=NOW)
    departures.withdraw_resignation(me, made, "误点。", now=NOW)
    assert made.state is S.PROPOSED
    departures.resign(me, made, "不来了。", now=NOW)
    make_appointment(made.person)
    db.session.commit()
    found = refusal(departures.withdraw_resignation, me, made, "又想来")
    assert found.verdict.codes == ("appointment.appointed_since",)


def test_a_death_is_reported_by_one_and_confirmed_by_another(world, hr, approver):
    appointment = in_term()
    db.session.commit()
    assert refusal(departures.confirm_death, approver, appointment, "核实").code == "NO_REPORT"
    assert refusal(departures.report_death, hr, appointment, day(1), "证明", "").code == "FUTURE"
    assert refusal(departures.report_death, hr, appointment, day(-2), " ", "").code == "PROOF"
    departures.report_death(hr, appointment, day(-3), "死亡证明1号", "", now=NOW)
    again = refusal(departures.report_death, hr, appointment, day(-2), "死亡证明1号", "")
    assert again.code == "REASON_REQUIRED"
    departures.report_death(hr, appointment, day(-2), "死亡证明1号", "日期抄错", now=NOW)
    assert db.session.query(DeathReport).count() == 2
    make_account(world.person("a_hr"), Role.APPROVER, world.org("甲区司法局"), username="second")
    db.session.commit()
    found = refusal(departures.confirm_death, world.actor("second"), appointment, "核实")
    assert found.code == "SAME_PERSON"
    departures.confirm_death(approver, appointment, "已核对证明。", now=NOW)
    person = appointment.person
    assert (appointment.state, person.standing) == (S.TERMINATED, Standing.LEFT)
    assert certificates.of_person(person.id)[0].state is CertificateState.CANCELLED
    (fact,) = facts.of(person.id, [departures.DEATH_FACT])
    assert fact.occurred_on == day(-2)


def test_people_and_hr_are_reminded_before_the_term_ends(world):
    appointment = renewal_due(days=30)
    db.session.commit()
    told = {r.person_id for r in jobs.ending_terms(NOW)}
    assert told == {appointment.person_id, world.person("a_hr").id}
    after = {r.person_id for r in jobs.lapsed_terms(NOW + timedelta(days=31))}
    assert after == {appointment.person_id, world.person("a_hr").id}


def test_an_officer_hears_once_of_all_terms_that_end_in_a_month(world):
    for days in (10, 12, 40):  # 3 and 5 December, 2 January
        renewal_due(days=days)
    db.session.commit()
    officer = world.person("a_hr").id
    said = [r for r in jobs.ending_terms(NOW) if r.person_id == officer]
    assert [(r.params["month"], r.due_on) for r in said] == [
        ("2026-12", day(10)), ("2027-01", day(40)),
    ]  # fmt: skip


RIGHT = corrections.Terms(
    day(-200), "调委会第4次会议决议", day(-201), "备案表1号", Engagement.LABOUR_DISPATCH,
    "某派遣公司", None, None,
)  # fmt: skip


def test_recorded_terms_are_corrected_by_a_further_entry(hr):
    appointment = in_term()
    db.session.commit()
    right = replace(RIGHT, term_start=appointment.term_start)
    assert refusal(corrections.correct, hr, appointment, right, " ").code == "REASON_REQUIRED"
    no_agency = replace(right, agency="")
    assert refusal(corrections.correct, hr, appointment, no_agency, "x").code == "AGENCY"
    corrections.correct(hr, appointment, right, "决议号抄错", now=NOW)
    assert appointment.resolution == "调委会第4次会议决议"
    event = appointments.events_of(appointment)[-1]
    assert (event.action, event.reason) == ("correct", "决议号抄错")
    assert event.detail["former"]["resolution"] == "调委会第3次会议决议"
    assert refusal(corrections.correct, hr, appointment, right, "x").code == "NOTHING_CHANGED"


def test_a_term_is_corrected_by_an_approver_only(hr, approver):
    appointment = in_term()
    db.session.commit()
    right = replace(RIGHT, term_start=day(-190))
    assert refusal(corrections.correct, hr, appointment, right, "日期错").code == "TERM_APPROVER"
    later = replace(RIGHT, term_start=day(1))
    assert refusal(corrections.correct, approver, appointment, later, "x").code == "TERM"
    corrections.correct(approver, appointment, right, "日期错", now=NOW)
    assert (appointment.term_start, appointment.state) == (day(-190), S.IN_TERM)


def test_a_proposal_to_renew_is_never_overwritten(hr):
    appointment, _ = put_forward(hr)
    renewals.propose(hr, appointment, replace(NEXT, opinion="更正：同意"), now=NOW)
    assert [p.opinion for p in renewals.proposals_of(appointment)] == [
        "更正：同意", "工作称职，同意续聘",
    ]  # fmt: skip
    with pytest.raises(sa.exc.DBAPIError):
        db.session.execute(sa.update(RenewalProposal).values(opinion="x"))
    db.session.rollback()
