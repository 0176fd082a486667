"""Logging in: counting failures, timing-safe verification, second factor, slips."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from tests.support.people_accounts import (
    ADDRESS,
    ID_NUMBER,
    NEW_PASSWORD,
    PHONE,
    enrol,
    make_slip,
    make_waiting,
)
from tests.support.world import NOW, PASSWORD
from training.core import crypto
from training.core.db import db
from training.core.errors import Refused
from training.core.models import AuditEntry, SecurityEvent
from training.core.rules.verdict import Verdict
from training.people import accounts, accounts_slips, auth, halls, passwords, sessions, totp
from training.people.models import Account, AuthFailure, RecoveryCode, UserSession
from training.people.rules.person import AccountState, AuthKind, SlipPurpose

MINUTE = timedelta(minutes=1)


def log_in(name="a_mediator", password=PASSWORD, *, now=NOW, address=ADDRESS, old_token=""):
    return auth.log_in(name, password, address=address, device="test", old_token=old_token, now=now)


def fail(times, name="a_mediator", *, now=NOW, address=ADDRESS):
    for _ in range(times):
        assert log_in(name, "wrong", now=now, address=address) is None


def test_the_right_password_begins_a_session_and_leaves_a_security_event(app, world):
    entered = log_in()
    session = sessions.find(entered.token)
    assert session.account.username == "a_mediator"
    assert sessions.alive(session, NOW)
    event = db.session.scalars(sa.select(SecurityEvent)).one()
    assert event.kind == "login"
    assert event.actor_ref == world.person("a_mediator").public_id
    assert ADDRESS not in event.address_hash


def test_only_the_hash_of_a_session_is_stored(app, world):
    entered = log_in()
    stored = db.session.scalars(sa.select(UserSession.token_hash)).all()
    assert entered.token not in stored
    assert sessions.hashed(entered.token) in stored


def test_one_logs_in_by_telephone_in_any_writing_and_by_user_name_in_any_case(app, world):
    account = world.account("a_mediator")
    account.login_phone_index = auth.login_index(PHONE)
    db.session.commit()
    for name in ("138 0000 1234", "+86-138-0000-1234", "A_Mediator", " a_mediator "):
        assert log_in(name) is not None


def test_an_unknown_name_costs_a_hash_and_is_counted_like_a_known_one(app, world, monkeypatch):
    verified = []
    honest = passwords.verify
    monkeypatch.setattr(
        passwords, "verify", lambda *args: verified.append(args[0]) or honest(*args)
    )
    assert log_in("nobody at all", "wrong") is None
    assert log_in("a_mediator", "wrong") is None
    assert len(verified) == 2
    assert verified[0] == ""
    assert verified[1].startswith("$argon2id$")
    rows = db.session.scalars(sa.select(AuthFailure)).all()
    assert [r.kind for r in rows] == [AuthKind.PASSWORD] * 2
    assert {r.account_id for r in rows} == {None, world.account("a_mediator").id}


def test_a_decoy_hash_is_really_computed_for_an_empty_one(app, monkeypatch):
    asked = []

    class Spy:
        def __init__(self, real):
            self.real = real

        def verify(self, password_hash, password):
            asked.append(password_hash)
            return self.real.verify(password_hash, password)

        def hash(self, password):
            return self.real.hash(password)

    monkeypatch.setattr(passwords, "_hasher", Spy(passwords._hasher))
    assert not passwords.verify("", "decoy")
    assert len(asked) == 1
    assert asked[0].startswith("$argon2id$")


@pytest.mark.parametrize("name", ["a_mediator", "nobody at all"])
def test_five_failures_delay_the_name_for_fifteen_minutes(app, world, name):
    fail(5, name)
    with pytest.raises(auth.Throttled) as refused:
        log_in(name, PASSWORD, now=NOW + MINUTE)
    assert refused.value.until == NOW + 15 * MINUTE
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuthFailure)) == 5
    if name == "a_mediator":
        assert log_in(name, PASSWORD, now=NOW + 15 * MINUTE) is not None


def test_successes_are_never_counted(app, world):
    for _ in range(12):
        assert log_in() is not None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuthFailure)) == 0


def _failures_from(address, count):
    index = auth.address_index(address)
    db.session.add_all(
        AuthFailure(
            at=NOW - MINUTE, kind=AuthKind.PASSWORD, subject_index=f"{i:064x}",
            address_index=index,
        )
        for i in range(count)
    )  # fmt: skip
    db.session.commit()


def test_an_address_with_three_hundred_failures_waits_others_do_not(app, world):
    _failures_from(ADDRESS, 300)
    with pytest.raises(auth.Throttled):
        log_in()
    assert log_in(address="198.51.100.9") is not None
    assert log_in(now=NOW + 4 * MINUTE) is not None


def test_a_registered_hall_is_not_counted_by_address(app, world):
    day = NOW.date()
    halls.register(
        world.actor("a_proctor"),
        world.org("甲区司法局"),
        "192.0.2.0/24",
        "一考场",
        day,
        day,
        now=NOW,
    )
    _failures_from(ADDRESS, 1000)
    assert log_in() is not None
    with pytest.raises(auth.Throttled):
        log_in(address="198.51.100.9")


def test_an_ended_hall_is_counted_again(app, world):
    day, proctor = NOW.date(), world.actor("a_proctor")
    hall = halls.register(
        proctor, world.org("甲区司法局"), "192.0.2.0/24", "一考场", day, day, now=NOW
    )
    halls.end(world.actor("a_proctor"), hall, now=NOW)
    _failures_from(ADDRESS, 300)
    with pytest.raises(auth.Throttled):
        log_in()
    with pytest.raises(Refused) as refused:
        halls.end(world.actor("a_proctor"), hall, now=NOW)
    assert refused.value.code == "ALREADY_ENDED"


def test_a_guess_in_flight_when_the_delay_begins_does_not_get_in(app, world, monkeypatch):
    honest = passwords.verify

    def meanwhile(stored, given):
        monkeypatch.setattr(passwords, "verify", honest)
        fail(5)
        return honest(stored, given)

    monkeypatch.setattr(passwords, "verify", meanwhile)
    with pytest.raises(auth.Throttled):
        log_in()


def test_a_closed_account_is_told_so_only_after_the_right_password(app, world):
    account = world.account("a_mediator")
    account.state, account.closed_reason = AccountState.CLOSED, "调离"
    db.session.commit()
    assert log_in(password="wrong") is None
    with pytest.raises(auth.Closed) as closed:
        log_in()
    assert closed.value.reason == "调离"
    kinds = set(db.session.scalars(sa.select(SecurityEvent.kind)))
    assert kinds == {"password_failed", "login_closed"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 0


def test_logging_in_ends_the_former_session_of_the_browser(app, world):
    first = log_in()
    second = log_in(old_token=first.token)
    assert not sessions.alive(sessions.find(first.token), NOW)
    assert sessions.alive(sessions.find(second.token), NOW)


def test_an_account_keeps_three_sessions_the_longest_unused_ends(app, world):
    tokens = [log_in(now=NOW + i * MINUTE).token for i in range(4)]
    later = NOW + 5 * MINUTE
    assert [sessions.alive(sessions.find(t), later) for t in tokens] == [False, True, True, True]


def test_a_hash_of_older_parameters_is_renewed_at_log_in(app, world, monkeypatch):
    before = world.account("a_mediator").password_hash
    monkeypatch.setattr(passwords, "needs_rehash", lambda _hash: True)
    assert log_in() is not None
    after = world.account("a_mediator").password_hash
    assert after != before
    assert passwords.verify(after, PASSWORD)


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def _not_a_demo(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "DEMO", False)

    def test_a_privileged_session_is_nothing_until_the_code(self, app, world):
        secret = enrol(world.account("a_hr"))
        entered = log_in("a_hr")
        assert (entered.second, entered.enrolled) == (True, True)
        session = sessions.find(entered.token)
        assert not sessions.alive(session, NOW)
        code = pyotp.TOTP(secret).at(NOW)
        whole = totp.pass_second(session, code, address=ADDRESS, now=NOW)
        assert sessions.find(entered.token) is None
        assert sessions.alive(sessions.find(whole), NOW)

    def test_learners_are_not_asked(self, app, world):
        assert log_in().second is False

    def test_the_demo_does_not_ask(self, app, world, monkeypatch):
        monkeypatch.setitem(app.config, "DEMO", True)
        enrol(world.account("a_hr"))
        assert log_in("a_hr").second is False

    def test_a_role_that_asks_for_it_shuts_sessions_of_those_who_have_none(self, app, world):
        entered = log_in()
        session = sessions.find(entered.token)
        assert sessions.alive(session, NOW)
        account = world.account("a_hr")
        token = sessions.start(account, device="", now=NOW, awaiting_second=False)
        db.session.commit()
        assert not sessions.alive(sessions.find(token), NOW)
        enrol(account)
        assert sessions.alive(sessions.find(token), NOW)

    @pytest.mark.parametrize(
        ("seconds", "good"), [(-30, True), (0, True), (30, True), (60, False), (-90, False)]
    )
    def test_one_step_either_side_is_borne(self, app, world, seconds, good):
        account = world.account("a_hr")
        code = pyotp.TOTP(enrol(account)).at(NOW + timedelta(seconds=seconds))
        assert totp.prove(account, code, address=ADDRESS, now=NOW) is good

    def test_a_code_is_good_once(self, app, world):
        account = world.account("a_hr")
        code = pyotp.TOTP(enrol(account)).at(NOW)
        assert totp.prove(account, code, address=ADDRESS, now=NOW)
        with pytest.raises(totp.CodeUsed):
            totp.prove(world.account("a_hr"), code, address=ADDRESS, now=NOW)

    def test_five_wrong_codes_shut_the_second_step(self, app, world):
        account = world.account("a_hr")
        good = pyotp.TOTP(enrol(account)).at(NOW)
        wrong = f"{(int(good) + 1) % 1_000_000:06d}"
        for _ in range(5):
            assert not totp.prove(world.account("a_hr"), wrong, address=ADDRESS, now=NOW)
        with pytest.raises(auth.Throttled):
            totp.prove(world.account("a_hr"), good, address=ADDRESS, now=NOW)

    def test_each_recovery_code_stands_in_once_and_is_stored_as_a_hash(self, app, world):
        account = world.account("a_hr")
        totp.enrol(sessions.actor_of(account), account, pyotp.random_base32(), 1, now=NOW)
        rows = totp.recovery_codes(account.id)
        codes = [totp.recovery_code_of(r) for r in rows]
        assert len(set(codes)) == 10
        assert not {r.code_hash for r in rows} & set(codes)
        spoken = f"{codes[3][:5]}-{codes[3][5:]}".lower()
        assert totp.prove(world.account("a_hr"), spoken, address=ADDRESS, now=NOW)
        assert not totp.prove(world.account("a_hr"), spoken, address=ADDRESS, now=NOW)

    def test_renewing_withdraws_the_former_codes(self, app, world):
        account = world.account("a_hr")
        actor = sessions.actor_of(account)
        totp.enrol(actor, account, pyotp.random_base32(), 1, now=NOW)
        old = totp.recovery_code_of(totp.recovery_codes(account.id)[0])
        totp.renew_recovery(actor, world.account("a_hr"), now=NOW)
        assert not totp.prove(world.account("a_hr"), old, address=ADDRESS, now=NOW)
        live = totp.recovery_codes(world.account("a_hr").id)
        assert len(live) == 10
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 20

    def test_an_administrator_takes_a_lost_factor_off_but_not_his_own(self, app, world):
        account = world.account("a_hr")
        enrol(account)
        totp.drop(world.actor("city_admin"), account, now=NOW)
        assert world.account("a_hr").totp_sealed is None
        own = world.account("city_admin")
        with pytest.raises(Refused) as refused:
            totp.drop(world.actor("city_admin"), own, now=NOW)
        assert refused.value.code == "SELF"

    def test_the_secret_is_sealed(self, app, world):
        secret = enrol(world.account("a_hr"))
        stored = db.session.scalar(sa.select(Account.totp_sealed).where(Account.username == "a_hr"))
        assert secret not in stored
        assert stored.startswith("v1:")


class TestSlips:
    def show(self, slip, *, code=None, ending=ID_NUMBER[-4:], phone=PHONE, now=NOW):
        return accounts_slips.present(
            phone, code or accounts_slips.code_of(slip), ending, address=ADDRESS, now=now
        )

    def use(self, slip, now=NOW):
        account = slip.account
        return accounts_slips.use(
            sessions.actor_of(account), account, slip, passwords.hash_password(NEW_PASSWORD),
            now=now,
        )  # fmt: skip

    def test_telephone_code_and_last_four_lead_to_an_own_password(self, app, world):
        slip = make_slip(make_waiting(), now=NOW)
        assert slip.purpose is SlipPurpose.ACTIVATION
        assert slip.expires_at == NOW + timedelta(days=30)
        assert self.show(slip).id == slip.id
        self.use(slip)
        assert world.account("newcomer").state is AccountState.ACTIVE
        assert log_in(PHONE, NEW_PASSWORD) is not None

    def test_the_code_is_nowhere_in_the_database(self, app, world):
        slip = make_slip(make_waiting(), now=NOW)
        code = accounts_slips.code_of(slip)
        assert code not in (slip.code_hash, slip.public_id)
        entries = db.session.scalars(sa.select(AuditEntry.detail)).all()
        assert entries
        assert not any(code in detail for detail in entries)

    def test_any_wrong_part_gets_the_same_answer_and_is_counted(self, app, world):
        slip = make_slip(make_waiting(), now=NOW)
        assert self.show(slip, code="ABCDEFGHJK") is None
        assert self.show(slip, ending="9999") is None
        assert self.show(slip, phone="13999999999") is None
        assert self.show(slip, phone="not a phone") is None
        kinds = db.session.scalars(sa.select(AuthFailure.kind)).all()
        assert kinds == [AuthKind.SLIP] * 4

    def test_it_is_used_once(self, app, world):
        slip = make_slip(make_waiting(), now=NOW)
        self.use(slip)
        again = self.show(slip)
        assert isinstance(again, Verdict)
        assert again.codes == ("slip.used",)
        with pytest.raises(Refused) as refused:
            self.use(slip)
        assert refused.value.code == "SLIP_UNUSABLE"

    def test_a_new_slip_withdraws_the_former_one(self, app, world):
        account = make_waiting()
        first = make_slip(account, now=NOW)
        make_slip(world.account("newcomer"), now=NOW)
        assert self.show(first).codes == ("slip.withdrawn",)

    def test_it_expires(self, app, world):
        slip = make_slip(make_waiting(), now=NOW)
        assert self.show(slip, now=NOW + timedelta(days=31)).codes == ("slip.expired",)

    def test_a_reset_lasts_a_day_and_ends_all_sessions_when_used(self, app, world):
        account = make_waiting()
        self.use(make_slip(account, now=NOW))
        token = log_in(PHONE, NEW_PASSWORD).token
        slip = make_slip(world.account("newcomer"), now=NOW)
        assert slip.purpose is SlipPurpose.RESET
        assert slip.expires_at == NOW + timedelta(hours=24)
        assert sessions.alive(sessions.find(token), NOW)
        self.use(slip)
        assert not sessions.alive(sessions.find(token), NOW)

    def test_nobody_issues_one_for_himself_nor_for_a_closed_account(self, app, world):
        with pytest.raises(Refused) as own:
            make_slip(world.account("a_hr"), "a_hr", NOW)
        assert own.value.code == "SELF"
        closed = make_waiting(state=AccountState.CLOSED)
        with pytest.raises(Refused) as refused:
            make_slip(closed, now=NOW)
        assert refused.value.code == "ACCOUNT_CLOSED"

    def test_five_wrong_tries_delay_and_ten_spoil_the_slip(self, app, world):
        slip = make_slip(make_waiting(), now=NOW)
        for _ in range(5):
            assert self.show(slip, ending="9999") is None
        with pytest.raises(auth.Throttled):
            self.show(slip)
        for _ in range(5):
            assert self.show(slip, ending="9999", now=NOW + 20 * MINUTE) is None
        assert self.show(slip, now=NOW + 40 * MINUTE).codes == ("slip.tries",)


def test_changing_the_password_ends_other_sessions_and_rotates_this_one(app, world):
    here, there = log_in(), log_in()
    session = sessions.find(here.token)
    actor = sessions.actor_of(session.account, session)
    accounts.change_password(actor, session.account, passwords.hash_password(NEW_PASSWORD), now=NOW)
    token = sessions.renew(actor.session_id)
    assert sessions.find(here.token) is None
    assert sessions.alive(sessions.find(token), NOW)
    assert not sessions.alive(sessions.find(there.token), NOW)


def test_the_classified_profile_forbids_the_last_five_passwords(app, world, monkeypatch):
    account = world.account("a_mediator")
    assert accounts.judge_new_password(account, "Correct horse battery 7", NOW)
    monkeypatch.setattr(accounts, "_CLASSIFIED", "modern")
    accounts.set_password(account, passwords.hash_password(NEW_PASSWORD + "A"), NOW)
    db.session.commit()
    again = accounts.judge_new_password(world.account("a_mediator"), "correct horse battery 7", NOW)
    assert again.codes == ("password.reused",)
    now = accounts.judge_new_password(world.account("a_mediator"), NEW_PASSWORD + "A", NOW)
    assert now.codes == ("password.reused",)


def test_keys_of_one_name_do_not_open_another(app):
    ring = crypto.ring()
    assert ring.blind("slip.code", "X") != ring.blind("recovery_code", "X")
