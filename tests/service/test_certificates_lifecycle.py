"""Acts upon certificates and cards: reasons, hands, history, decisions that join, reminders."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from certificates import cards, history, queries, service, verification
from certificates.jobs import expiring
from certificates.models import Certificate, CertificateEvent, WorkCard, WorkCardEvent
from certificates.rules.lifecycle import (
    CancellationGround,
    CertificateState,
    ReissueGround,
    RevocationGround,
)
from certificates.rules.work_card import WorkCardState
from tests.support.certificates import TODAY, make_card, make_certificate
from tests.support.programmes import make_credit
from tests.support.world import NOW, make_person
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.verbs import verb
from training.people.models import Notice
from training.people.rules.person import Standing


@pytest.fixture
def held(world):
    made = make_certificate()
    db.session.commit()
    return made


def test_a_suspension_holds_from_its_day_and_leaves_the_past(world, held):
    later = NOW + timedelta(days=10)
    service.suspend(world.actor("a_hr"), held, "调查期间", now=later)
    person = held.person_id
    assert queries.active_certificate(person, TODAY + timedelta(days=9)) is held
    assert queries.active_certificate(person, TODAY + timedelta(days=10)) is None
    service.reinstate(world.actor("a_hr"), held, "查无实据", now=later + timedelta(days=5))
    assert queries.active_certificate(person, TODAY + timedelta(days=15)) is held


def test_nothing_is_active_after_the_last_day(held):
    last = held.valid_until
    assert queries.active_certificate(held.person_id, last) is held
    assert queries.active_certificate(held.person_id, last + timedelta(days=1)) is None


def test_an_act_without_a_reason_is_refused(world, held):
    with pytest.raises(Refused) as refused:
        service.suspend(world.actor("a_hr"), held, " ", now=NOW)
    assert (refused.value.code, refused.value.status) == ("REASON_REQUIRED", 422)
    assert held.state is CertificateState.ACTIVE


def test_nobody_acts_upon_his_own(world):
    own = make_certificate(world.person("a_hr"))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        service.cancel(world.actor("a_hr"), own, CancellationGround.ASKED, "本人申请", now=NOW)
    assert refused.value.code == "SELF"


def test_an_approver_revokes_what_another_issued(world, held):
    service.revoke(world.actor("a_approver"), held, RevocationGround.FRAUD, "学历造假", now=NOW)
    assert held.state is CertificateState.REVOKED
    with pytest.raises(NotVisible):
        service.revoke(world.actor("a_hr"), held, RevocationGround.FRAUD, "学历造假", now=NOW)


def test_a_reissue_keeps_the_last_day_and_the_old_number_verifiable(world, held):
    number, code, until = held.number, held.code, held.valid_until
    made = service.reissue(world.actor("a_hr"), held, ReissueGround.LOST, "遗失", now=NOW)
    assert made.valid_until == until
    assert made.number != number
    assert held.state is CertificateState.REPLACED
    answer = verification.by_number(number, code, NOW)
    assert answer.word == "已换发"
    assert answer.successor == ""  # not before the new one is in force
    made.state = CertificateState.ACTIVE
    db.session.commit()
    assert verification.by_number(number, code, NOW).successor == made.number


def test_a_renewal_begins_a_full_period_and_issues_once(world, held):
    later = NOW + timedelta(days=1060)
    made = service.renew(world.actor("a_hr"), held, "到期换发", now=later)
    assert made.valid_from == clock.today(later)
    with pytest.raises(Refused):
        service.renew(world.actor("a_hr"), held, "再次换发", now=later)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 2


def test_a_certificate_is_not_renewed_long_before_its_last_day(world, held):
    with pytest.raises(Refused) as refused:
        service.renew(world.actor("a_hr"), held, "提前换发", now=NOW)
    assert refused.value.code == "NOT_EXPIRING"


def test_a_suspended_certificate_cannot_be_renewed_around(world):
    made = make_certificate(state=CertificateState.SUSPENDED)
    db.session.commit()
    with pytest.raises(Refused):
        service.renew(world.actor("a_hr"), made, "换发", now=NOW)


def test_a_correction_is_a_further_entry(world, held):
    event = history.events_of(held)[0]
    service.correct(world.actor("a_hr"), held, event, "发证日期登记有误", now=NOW)
    last = history.events_of(held)[-1]
    assert (last.action, last.corrects_id, last.from_state) == ("correct", event.id, last.to_state)
    assert held.state is CertificateState.ACTIVE


def test_the_history_cannot_be_changed(held):
    with pytest.raises(sa.exc.DatabaseError):
        db.session.execute(sa.update(CertificateEvent).values(reason="改写"))
    db.session.rollback()


@verb("people:person:change", on="person")
def _decide(actor, person, *, now, fail=False):
    """Stands for an upper room's exit decision."""
    service.cancel_in_decision(actor, person, CancellationGround.LEFT, "离岗", now=now)
    service.withdraw_card(actor, person, "离岗", now=now)
    if fail:
        raise Refused.because("LATER", "后面的步骤不成立")


def test_an_exit_decision_ends_certificate_and_card_together_or_not_at_all(world, held):
    card = make_card()
    db.session.commit()
    person = world.person("a_mediator")
    with pytest.raises(Refused):
        _decide(world.actor("a_hr"), person, now=NOW, fail=True)
    db.session.refresh(held)
    db.session.refresh(card)
    assert (held.state, card.state) == (CertificateState.ACTIVE, WorkCardState.VALID)
    _decide(world.actor("a_hr"), world.person("a_mediator"), now=NOW)
    assert (held.state, card.state) == (CertificateState.CANCELLED, WorkCardState.WITHDRAWN)


def test_a_decision_about_somebody_without_papers_does_nothing(world):
    _decide(world.actor("a_hr"), world.person("a_mediator"), now=NOW)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WorkCard)) == 0


def test_a_card_is_made_only_for_somebody_in_post(world):
    person = world.person("a_mediator")
    with pytest.raises(Refused) as refused:
        cards.issue_card(world.actor("a_hr"), person, now=NOW)
    assert refused.value.code == "NOT_IN_POST"


def test_the_annual_check_says_what_is_missing(world):
    person = make_person(
        "在岗某", world.org("甲区一街社区调委会"), mediator_no="K1", standing=Standing.IN_POST
    )
    card = make_card(person, issued_on=TODAY - timedelta(days=300))
    db.session.commit()
    verdict = cards.check_verdict(card, NOW)
    assert "work_card.hours_owed" in verdict.codes
    with pytest.raises(Refused):
        cards.check(world.actor("a_hr"), card, now=NOW)
    assert cards.check_cards(world.actor("a_hr"), [card], now=NOW) == []


def test_a_mistaken_check_and_hand_over_are_taken_back_in_turn(world):
    hr, person = world.actor("a_hr"), world.person("a_mediator")
    person.standing = Standing.IN_POST
    issued = TODAY - timedelta(days=400)
    card = make_card(person, issued_on=issued, state=WorkCardState.ISSUED)
    db.session.commit()
    cards.hand_over(hr, card, now=NOW)
    make_credit(person, minutes=40 * 45)
    db.session.commit()
    cards.check(hr, card, now=NOW)
    assert (card.last_checked_on, queries.card_status(card, TODAY).state) == (TODAY, "valid")

    with pytest.raises(Refused) as refused:
        cards.take_back_hand_over(hr, card, "没有领取", now=NOW)
    assert "work_card.checked" in refused.value.verdict.codes
    cards.take_back_check(hr, card, "年审登记错人", now=NOW)
    assert (card.last_checked_on, card.state) == (issued, WorkCardState.VALID)
    assert queries.card_status(card, TODAY).state is WorkCardState.ANNUAL_CHECK_DUE
    with pytest.raises(Refused) as refused:
        cards.take_back_check(hr, card, "再撤一次", now=NOW)
    assert "work_card.not_checked" in refused.value.verdict.codes
    cards.take_back_hand_over(hr, card, "没有领取", now=NOW)
    assert card.state is WorkCardState.ISSUED
    events = history.card_events_of(card)
    assert [(e.action, e.reason) for e in events[-3:]] == [
        ("check", ""), ("take_back_check", "年审登记错人"), ("take_back_hand_over", "没有领取"),
    ]  # fmt: skip
    sent = db.session.scalars(sa.select(Notice).where(Notice.person_id == person.id))
    said = [n.params["reason"] for n in sent if "reason" in n.params]
    assert said == ["年审登记错人", "没有领取"]


def test_taking_back_a_check_leaves_the_one_before(world):
    card = make_card(issued_on=TODAY - timedelta(days=900))
    before = TODAY - timedelta(days=390)
    for day in (before, TODAY - timedelta(days=20)):
        card.last_checked_on = day
        db.session.add(
            WorkCardEvent(
                work_card_id=card.id, org_id=card.org_id, person_id=card.person_id, action="check",
                from_state=card.state, to_state=card.state, occurred_on=day, at=NOW,
                actor_id=world.person("a_hr").id,
            )
        )  # fmt: skip
    db.session.commit()
    cards.take_back_check(world.actor("a_hr"), card, "年审登记错人", now=NOW)
    assert card.last_checked_on == before
    with pytest.raises(NotVisible):
        cards.take_back_check(world.actor("b_hr"), card, "年审登记错人", now=NOW)


def test_holders_are_reminded_at_each_distance_once(world):
    made = make_certificate(
        issued_on=TODAY - timedelta(days=1000), valid_until=TODAY + timedelta(days=60)
    )
    db.session.commit()

    def keys(day):
        return [r.unique_key for r in expiring(NOW + timedelta(days=day))]

    base = f"certificate:{made.public_id}"
    assert keys(-1) == []
    assert keys(0) == keys(29) == [f"{base}:60"]
    assert keys(30) == keys(52) == [f"{base}:30"]
    assert keys(53) == keys(60) == [f"{base}:7"]
    assert keys(61) == []
