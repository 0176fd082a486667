"""Accounts of others and roles: opened, closed, released, granted, revoked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.people_accounts import ADDRESS, PHONE, make_slip, make_waiting
from tests.support.queries import counting
from tests.support.world import NOW, PASSWORD, make_account, make_person
from training.core import audit, lists
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import AuditEntry
from training.core.rules.roles import Role
from training.people import accounts, accounts_admin, accounts_queries, auth, roles, sessions
from training.people.models import Account, Notice, RoleGrant
from training.people.rules.person import AccountState


def log_in(name="a_mediator", password=PASSWORD):
    return auth.log_in(name, password, address=ADDRESS, device="", old_token="", now=NOW)


def audited() -> list[tuple[str, dict]]:
    rows = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    return [(r.action, audit.detail(r)) for r in rows]


def test_an_account_is_opened_waiting_with_the_learners_role(app, world):
    person = make_person("示例新", world.org("甲区一街社区调委会"))
    person.phone = PHONE
    db.session.commit()
    account = accounts_admin.open_account(
        world.actor("a_hr"), person, " Xin.Ren ", by_phone=True, as_mediator=True, now=NOW
    )
    assert (account.username, account.state) == ("xin.ren", AccountState.WAITING)
    assert auth.find("138-0000-1234").id == account.id
    assert [g.role for g in account.grants] == [Role.MEDIATOR]
    assert audited()[-1][1] == {
        "code": "account_opened", "by_phone": True, "as_mediator": True
    }  # fmt: skip


@pytest.mark.parametrize(
    ("username", "code"),
    [("ab", "USERNAME"), ("张三", "USERNAME"), ("a_hr", "USERNAME"), ("A_HR", "USERNAME")],
)
def test_a_bad_or_taken_user_name_is_refused(app, world, username, code):
    with pytest.raises(Refused) as refused:
        accounts_admin.open_account(
            world.actor("a_hr"), world.person("a_mediator"), username,
            by_phone=False, as_mediator=True, now=NOW,
        )  # fmt: skip
    assert refused.value.code == code


def test_a_telephone_logs_in_to_one_account_only(app, world):
    person = make_waiting().person
    with pytest.raises(Refused) as refused:
        accounts_admin.open_account(
            world.actor("a_hr"), person, "second", by_phone=True, as_mediator=True, now=NOW
        )
    assert refused.value.code == "PHONE_TAKEN"
    assert db.session.scalar(sa.select(Account.id).where(Account.username == "second")) is None


def test_closing_ends_every_session_at_once_and_reopening_lets_in_again(app, world):
    entered = log_in()
    accounts_admin.close(world.actor("a_hr"), world.account("a_mediator"), "调离", now=NOW)
    assert not sessions.alive(sessions.find(entered.token), NOW)
    with pytest.raises(auth.Closed):
        log_in()
    accounts_admin.reopen(world.actor("a_hr"), world.account("a_mediator"), now=NOW)
    assert log_in() is not None
    assert not sessions.alive(sessions.find(entered.token), NOW)
    assert [d["code"] for _a, d in audited()] == ["account_closed", "account_reopened"]
    assert "调离" not in str(audited())


def test_a_closed_account_without_password_waits_again_when_reopened(app, world):
    account = make_waiting(state=AccountState.CLOSED)
    assert (
        accounts_admin.reopen(world.actor("a_hr"), account, now=NOW).state is AccountState.WAITING
    )


@pytest.mark.parametrize(
    ("username", "reason", "code"),
    [("a_hr", "离职", "SELF"), ("a_mediator", "  ", "REASON_REQUIRED")],
)
def test_closing_is_refused_for_oneself_and_without_a_reason(app, world, username, reason, code):
    with pytest.raises(Refused) as refused:
        accounts_admin.close(world.actor("a_hr"), world.account(username), reason, now=NOW)
    assert refused.value.code == code


def test_closing_twice_and_reopening_what_is_open_are_refused(app, world):
    with pytest.raises(Refused) as refused:
        accounts_admin.reopen(world.actor("a_hr"), world.account("a_mediator"), now=NOW)
    assert refused.value.code == "NOT_CLOSED"
    accounts_admin.close(world.actor("a_hr"), world.account("a_mediator"), "调离", now=NOW)
    with pytest.raises(Refused) as again:
        accounts_admin.close(world.actor("a_hr"), world.account("a_mediator"), "调离", now=NOW)
    assert again.value.code == "ALREADY_CLOSED"


def test_the_other_district_sees_nothing(app, world):
    foreign, own = world.actor("b_hr"), world.account("a_mediator")
    for act in (
        lambda: accounts_admin.close(foreign, own, "调离", now=NOW),
        lambda: accounts_admin.release_delay(foreign, own, now=NOW),
        lambda: accounts_admin.open_account(
            foreign, own.person, "stranger", by_phone=False, as_mediator=True, now=NOW
        ),
    ):
        with pytest.raises(NotVisible):
            act()


@pytest.mark.parametrize("officer", ["a_hr", "a_proctor"])
def test_an_officer_or_a_proctor_lifts_a_delay(app, world, officer):
    account_id = world.account("a_mediator").id
    for _ in range(5):
        assert log_in(password="wrong") is None
    assert auth.delayed([account_id], NOW)
    listed = sa.select(Account.id).where(auth.many_failures(NOW))
    assert list(db.session.scalars(listed)) == [account_id]
    accounts_admin.release_delay(world.actor(officer), world.account("a_mediator"), now=NOW)
    assert auth.delayed([account_id], NOW) == {}
    assert list(db.session.scalars(listed)) == []
    assert log_in() is not None
    assert audited()[-1][1] == {"code": "delay_released", "failures": 5}


def grant(world, username, role, org="甲区司法局", by="city_admin"):
    return roles.grant(world.actor(by), world.account(username), role, world.org(org), now=NOW)


def test_a_granted_role_is_seen_on_the_next_request_and_a_revoked_one_is_gone(app, world):
    token = log_in().token
    given = grant(world, "a_mediator", Role.TRAINER)
    db.session.expire_all()
    assert Role.TRAINER in sessions.actor_of(sessions.find(token).account).roles
    roles.revoke(world.actor("city_admin"), given, now=NOW)
    db.session.expire_all()
    assert Role.TRAINER not in sessions.actor_of(sessions.find(token).account).roles
    past = roles.history(world.account("a_mediator"))
    assert [(g.role, g.revoked_at is None) for g in past] == [
        (Role.TRAINER, False), (Role.MEDIATOR, True)
    ]  # fmt: skip
    assert past[0].revoked_by == world.person("city_admin").public_id
    told = db.session.scalar(sa.select(sa.func.count()).select_from(Notice))
    assert told == 2


def test_exclusion_looks_at_all_accounts_of_the_person(app, world):
    person = world.person("a_panel")
    make_account(person, Role.MEDIATOR, world.org("甲区司法局"), username="panel_two")
    db.session.commit()
    with pytest.raises(Refused) as refused:
        grant(world, "panel_two", Role.REVIEWER)
    assert refused.value.code == "GRANT"
    assert refused.value.verdict.codes == ("grant.incompatible",)


def test_a_closed_account_no_longer_stands_against_a_role(app, world):
    person = world.person("a_panel")
    make_account(person, Role.MEDIATOR, world.org("甲区司法局"), username="panel_two")
    db.session.commit()
    accounts_admin.close(world.actor("a_hr"), world.account("a_panel"), "改任", now=NOW)
    assert grant(world, "panel_two", Role.REVIEWER).role is Role.REVIEWER


@pytest.mark.parametrize(
    ("role", "org", "code"),
    [
        (Role.ADMIN, "甲区司法局", "grant.level"),
        (Role.HR, "甲区一街司法所", "grant.level"),
        (Role.OFFICE_HEAD, "甲区司法局", "grant.level"),
    ],
)
def test_a_role_at_the_wrong_level_is_refused(app, world, role, org, code):
    with pytest.raises(Refused) as refused:
        grant(world, "a_mediator", role, org)
    assert refused.value.verdict.codes == (code,)


def test_nobody_grants_to_himself_nor_revokes_his_own_also_through_a_second_account(app, world):
    make_account(
        world.person("city_admin"), Role.MEDIATOR, world.org("示例市司法局"), username="admin_two"
    )
    db.session.commit()
    for username in ("city_admin", "admin_two"):
        with pytest.raises(Refused) as refused:
            grant(world, username, Role.HR, "示例市司法局")
        assert (refused.value.code, refused.value.status) == ("SELF", 403)
    own = db.session.scalars(
        sa.select(RoleGrant).where(RoleGrant.account_id == world.account("city_admin").id)
    ).one()
    with pytest.raises(Refused) as refused:
        roles.revoke(world.actor("city_admin"), own, now=NOW)
    assert refused.value.code == "SELF"


def test_a_grant_is_revoked_once(app, world):
    given = grant(world, "a_mediator", Role.TRAINER)
    roles.revoke(world.actor("city_admin"), given, now=NOW)
    with pytest.raises(Refused) as refused:
        roles.revoke(world.actor("city_admin"), given, now=NOW)
    assert refused.value.code == "ALREADY_REVOKED"


def test_an_officer_of_personnel_grants_nothing(app, world):
    with pytest.raises(NotVisible):
        grant(world, "a_mediator", Role.TRAINER, by="a_hr")


def test_a_changed_telephone_logs_in_and_the_former_one_does_not(app, world):
    account = world.account("a_mediator")
    actor = sessions.actor_of(account)
    accounts.change_phone(actor, account, PHONE, now=NOW)
    assert log_in(PHONE) is not None
    accounts.change_phone(actor, world.account("a_mediator"), "13900001234", now=NOW)
    assert log_in(PHONE) is None
    assert log_in("13900001234") is not None
    assert world.person("a_mediator").phone == "13900001234"


def test_nobody_manages_another_account_as_his_own(app, world):
    with pytest.raises(NotVisible):
        accounts.change_phone(
            world.actor("b_mediator"), world.account("a_mediator"), PHONE, now=NOW
        )


def test_the_list_takes_the_same_number_of_queries_however_long_it_is(app, world):
    def read() -> tuple[int, int]:
        db.session.rollback()
        actor = world.actor("city_admin")
        applied = lists.apply((), {}, "/accounts")
        with counting() as queries:
            page = lists.page(
                accounts_queries.visible_accounts(actor), accounts_queries.ORDERS[0], Account.id,
                applied, {},
            )  # fmt: skip
            auth.delayed([a.id for a in page.rows], NOW)
            for account in page.rows:
                assert account.person.org.name
                assert all(g.org.name for g in account.grants)
        return len(page.rows), len(queries)

    few = read()
    org = world.org("甲区一街社区调委会")
    for i in range(12):
        make_account(make_person(f"示例{i}", org), Role.MEDIATOR, org)
    db.session.commit()
    many = read()
    assert many[0] == few[0] + 12
    assert many[1] == few[1]


def test_the_list_ends_at_the_border_of_the_district(app, world):
    found = db.session.scalars(accounts_queries.visible_accounts(world.actor("a_hr"))).all()
    assert {a.username[:2] for a in found} == {"a_"}


def test_an_officer_does_not_reset_an_account_with_duties(app, world):
    """Who resets it could log in as the person who is to check the officer."""
    approver = world.account("a_approver")
    with pytest.raises(Refused) as refused:
        make_slip(approver, "a_hr")
    assert (refused.value.code, refused.value.status) == ("ADMIN_ONLY", 403)
    assert make_slip(approver, "city_admin").account_id == approver.id
    assert make_slip(world.account("a_mediator"), "a_hr") is not None
