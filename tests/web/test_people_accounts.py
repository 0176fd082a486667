"""One's own account and those of others, as a browser sees them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.support.people_accounts import NEW_PASSWORD, make_waiting
from tests.support.queries import counting
from tests.support.world import PASSWORD, make_account, make_person, post
from training.core import clock
from training.core.db import db
from training.core.limits import limiter
from training.core.models import AuditEntry
from training.core.rules.roles import Role
from training.people import auth, entry
from training.people.models import Account, HallRange, OneTimeSlip, RoleGrant, UserSession
from training.people.roster_models import PersonRevision
from training.people.rules.person import AccountState
from training.site.schema import metadata


@pytest.fixture
def officer(browser_for, world):
    return browser_for(world.account("a_hr"))


@pytest.fixture
def admin(browser_for, world):
    return browser_for(world.account("city_admin"))


@pytest.fixture
def learner(browser_for, world):
    return browser_for(world.account("a_mediator"))


def page_of(world, username="a_mediator", part=""):
    return f"/accounts/{world.account(username).public_id}{part}"


def log_in(app, name, password=PASSWORD):
    return post(app.test_client(), "/login", {"name": name, "password": password})


def test_a_password_is_changed_and_other_devices_are_out(app, world, learner, browser_for):
    other = browser_for(world.account("a_mediator"))
    before = learner.get_cookie("sid").value
    data = {"password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert post(learner, "/account/password", data).location == "/account"
    assert learner.get_cookie("sid").value != before
    assert learner.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert log_in(app, "a_mediator").status_code == 422
    assert log_in(app, "a_mediator", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"password_now": "wrong"}, "密码不对"),
        ({"password": "woaini1314520", "password_again": "woaini1314520"}, "常见密码"),
        ({"password_again": "something else"}, "两次填写的密码不一样"),
        ({"password": "a_mediator tqzmvb", "password_again": "a_mediator tqzmvb"}, "不要包含本人"),
    ],
)
def test_a_password_is_refused_with_the_reason_beside_it(app, world, learner, data, said):
    good = {"password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    answer = post(learner, "/account/password", good | data)
    assert answer.status_code == 422
    assert said in answer.text
    assert NEW_PASSWORD not in answer.text
    assert log_in(app, "a_mediator").status_code == 303


def test_an_officer_needs_twelve_characters(app, world, officer):
    short = {"password_now": PASSWORD, "password": "tqzmv bxkwp", "password_again": "tqzmv bxkwp"}
    assert "密码至少 12 个字符" in post(officer, "/account/password", short).text


def test_a_telephone_is_changed_with_the_password_only(app, world, learner):
    wrong = post(learner, "/account/phone", {"phone": "13900001234", "password": "wrong"})
    assert (wrong.status_code, "WRONG_PASSWORD" in wrong.text) == (422, True)
    landline = post(learner, "/account/phone", {"phone": "0898-66501234", "password": PASSWORD})
    assert "座机" in landline.text
    done = post(learner, "/account/phone", {"phone": "139 0000 1234", "password": PASSWORD})
    assert done.location == "/account"
    assert "139****1234" in learner.get("/account").text
    assert log_in(app, "13900001234").status_code == 303


def test_a_telephone_of_another_account_is_refused(app, world, learner):
    make_waiting()
    answer = post(learner, "/account/phone", {"phone": "13800001234", "password": PASSWORD})
    assert answer.status_code == 422
    assert "已用于另一个账号" in answer.text


def test_one_sees_and_ends_ones_own_sessions(app, world, learner, browser_for):
    other = browser_for(world.account("a_mediator"))
    page = learner.get("/account").text
    assert page.count("本机") == 1
    ends = re.findall(r'action="(/account/sessions/[0-9a-f]{24}/end)"', page)
    assert len(ends) == 1
    assert post(learner, ends[0]).location == "/account"
    assert other.get("/account").status_code == 303
    assert learner.get("/account").status_code == 200


def test_all_others_end_at_once(app, world, learner, browser_for):
    others = [browser_for(world.account("a_mediator")) for _ in range(2)]
    assert post(learner, "/account/sessions/end-others").location == "/account"
    assert [c.get("/account").status_code for c in others] == [303, 303]
    assert learner.get("/account").status_code == 200


def test_nobody_ends_anothers_session(app, world, learner, browser_for):
    browser_for(world.account("b_mediator"))
    foreign = db.session.scalar(
        sa.select(UserSession.public_id)
        .join(Account, Account.id == UserSession.account_id)
        .where(Account.username == "b_mediator")
    )
    assert post(learner, f"/account/sessions/{foreign}/end").status_code == 404


def test_closing_an_account_stops_the_next_request(app, world, officer, learner):
    assert learner.get("/account").status_code == 200
    done = post(officer, page_of(world, part="/close"), {"reason": "已调离"})
    assert done.status_code == 303
    assert learner.get("/account").status_code == 303
    assert "已调离" in officer.get(page_of(world)).text
    assert post(officer, page_of(world, part="/reopen")).status_code == 303
    assert learner.get("/account").status_code == 303
    assert log_in(app, "a_mediator").status_code == 303


def test_closing_wants_a_reason_and_another_person(app, world, officer):
    bare = post(officer, page_of(world, part="/close"), {"reason": " "})
    assert (bare.status_code, "REASON_REQUIRED" in bare.text) == (422, True)
    own = post(officer, page_of(world, "a_hr", "/close"), {"reason": "离职"})
    assert (own.status_code, "SELF" in own.text) == (403, True)
    smuggled = post(officer, page_of(world, part="/close"), {"reason": "离职", "state": "active"})
    assert (smuggled.status_code, "UNKNOWN_FIELD" in smuggled.text) == (422, True)
    assert world.account("a_mediator").state is AccountState.ACTIVE


@pytest.mark.parametrize(
    ("part", "data"),
    [("/close", {"reason": "x"}), ("/reopen", {}), ("/release", {}), ("/slip", {})],
)
def test_the_other_district_gets_404_everywhere(app, world, browser_for, part, data):
    stranger = browser_for(world.account("b_hr"))
    assert stranger.get(page_of(world)).status_code == 404
    assert post(stranger, page_of(world, part=part), data).status_code == 404
    person = world.person("a_mediator").public_id
    assert stranger.get(f"/accounts/open/{person}").status_code == 404


def test_a_mediator_sees_no_accounts(app, world, learner):
    assert learner.get("/accounts").status_code == 404
    assert learner.get(page_of(world)).status_code == 404


def test_a_slip_shows_its_code_once_to_its_issuer(app, world, officer, browser_for):
    make_waiting()
    url = page_of(world, "newcomer", "/slip")
    shown = officer.get(post(officer, url).location)
    code = re.search(r'class="slip-code">([2-9A-Z]{5}-[2-9A-Z]{5})<', shown.text)[1]
    slip = db.session.scalars(sa.select(OneTimeSlip)).one()
    other = browser_for(world.account("city_admin")).get(f"/slips/{slip.public_id}")
    assert other.status_code == 200
    assert code not in other.text
    assert "激活码不再显示" in other.text
    stranger = browser_for(world.account("b_hr"))
    assert stranger.get(f"/slips/{slip.public_id}").status_code == 404
    post(officer, url)
    assert code not in officer.get(f"/slips/{slip.public_id}").text


def test_a_double_click_issues_one_slip(app, world, officer):
    make_waiting()
    key = {"_key": "k" * 24}
    url = page_of(world, "newcomer", "/slip")
    first, second = post(officer, url, key), post(officer, url, key)
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OneTimeSlip)) == 1


def test_an_account_is_opened_from_a_persons_file(app, world, officer):
    person = make_person("示例新", world.org("甲区一街社区调委会"), mediator_no="T990001")
    db.session.commit()
    url = f"/accounts/open/{person.public_id}"
    assert 'value="t990001"' in officer.get(url).text
    taken = post(officer, url, {"username": "a_hr", "as_mediator": "y"})
    assert (taken.status_code, "已有人使用" in taken.text) == (422, True)
    key = {"username": "new.one", "as_mediator": "y", "_key": "o" * 24}
    first, second = post(officer, url, key), post(officer, url, key)
    assert first.location == second.location == page_of(world, "new.one")
    assert world.account("new.one").state is AccountState.WAITING


def test_a_proctor_lifts_a_delay_but_manages_nothing(app, world, browser_for):
    for _ in range(5):
        log_in(app, "a_mediator", "wrong")
    proctor = browser_for(world.account("a_proctor"))
    assert 'href="/accounts"' in proctor.get("/").text
    assert "登录等待" in proctor.get("/accounts?delayed=1").text
    page = proctor.get(page_of(world)).text
    assert "解除等待" in page
    assert "停用账号" not in page
    assert log_in(app, "a_mediator").status_code == 429
    assert post(proctor, page_of(world, part="/release")).status_code == 303
    assert log_in(app, "a_mediator").status_code == 303
    assert post(proctor, page_of(world, part="/close"), {"reason": "x"}).status_code == 404


def test_the_list_filters_by_name_state_role_and_unit(app, world, officer):
    def names(query: str) -> set[str]:
        return set(
            re.findall(r'class="c-code"[^>]*>\s*([a-z_]+)<', officer.get(f"/accounts?{query}").text)
        )

    assert names("role=hr") == {"a_hr"}
    assert names("q=a_hr") == {"a_hr"}
    assert names("q=%25") == set()
    assert names("state=closed") == set()
    assert len(names("state=active")) == 9
    office = world.org("甲区一街司法所").public_id
    assert names(f"org={office}") == {"a_office_head", "a_committee", "a_mediator"}


def test_the_list_page_does_not_ask_more_for_more_rows(app, world, officer):
    def asked() -> int:
        with counting() as queries:
            assert officer.get("/accounts").status_code == 200
        return len(queries)

    asked()
    few = asked()
    org = world.org("甲区一街社区调委会")
    for i in range(10):
        make_account(make_person(f"示例{i}", org), Role.MEDIATOR, org)
    db.session.commit()
    assert asked() == few


def test_roles_are_granted_refused_with_reasons_and_revoked(app, world, admin, learner):
    url = page_of(world, part="/roles")
    district = world.org("甲区司法局").public_id
    wrong = post(admin, url, {"role": "admin", "org": district})
    assert wrong.status_code == 422
    assert "不能在区司法局这一级授予" in wrong.text
    assert learner.get("/accounts").status_code == 404
    key = {"role": "hr", "org": district, "_key": "g" * 24}
    assert post(admin, url, key).location == url
    assert post(admin, url, key).location == url
    assert learner.get("/accounts").status_code == 200
    against = post(admin, url, {"role": "auditor", "org": district})
    assert against.status_code == 422
    assert "不得由一人兼任" in against.text
    given = db.session.scalars(
        sa.select(RoleGrant).where(
            RoleGrant.role == Role.HR, RoleGrant.account_id == world.account("a_mediator").id
        )
    ).one()
    revoke = f"/roles/{given.public_id}/revoke"
    assert revoke in admin.get(url).text
    assert post(admin, revoke).location == url
    assert learner.get("/accounts").status_code == 404
    assert "以往角色" in admin.get(url).text
    live = sa.select(sa.func.count()).select_from(RoleGrant).where(RoleGrant.role == Role.HR)
    assert db.session.scalar(live.where(RoleGrant.revoked_at.is_(None))) == 2


def test_roles_ask_for_a_fresh_log_in_and_never_serve_oneself(app, world, admin):
    stale = app.test_client()
    post(stale, "/login", {"name": "city_admin", "password": PASSWORD})
    url = page_of(world, "city_admin", "/roles")
    assert stale.get(url).location.startswith("/login/again?next=")
    assert "不得给本人授予" in admin.get(url).text
    city = world.org("示例市司法局").public_id
    refused = post(admin, url, {"role": "hr", "org": city})
    assert (refused.status_code, "SELF" in refused.text) == (403, True)


def test_an_officer_of_personnel_does_not_reach_roles(app, world, officer):
    assert officer.get(page_of(world, part="/roles")).status_code == 404


def test_a_hall_is_registered_listed_and_ended(app, world, browser_for):
    proctor = browser_for(world.account("a_proctor"))
    day = clock.today().isoformat()
    org = world.org("甲区司法局").public_id
    data = {"name": "一考场", "cidr": "10.77.2.0/24", "org": org, "start": day, "end": day}
    wide = post(proctor, "/halls", data | {"cidr": "10.0.0.0/8"})
    assert (wide.status_code, "网段过大" in wide.text) == (422, True)
    late = post(proctor, "/halls", data | {"end": "2020-01-01"})
    assert (late.status_code, "截止日期不能早于开始日期" in late.text) == (422, True)
    key = data | {"_key": "h" * 24}
    assert (
        post(proctor, "/halls", key).location == post(proctor, "/halls", key).location == "/halls"
    )
    hall = db.session.scalars(sa.select(HallRange)).one()
    assert auth.halls(clock.now())[0].cidr == "10.77.2.0/24"
    stranger = browser_for(world.account("b_proctor"))
    assert "10.77.2.0/24" not in stranger.get("/halls").text
    assert post(stranger, f"/halls/{hall.public_id}/end").status_code == 404
    foreign = world.org("乙区司法局").public_id
    assert post(proctor, "/halls", data | {"org": foreign}).status_code == 422
    assert post(proctor, f"/halls/{hall.public_id}/end").location == "/halls"
    assert auth.halls(clock.now()) == []


def test_every_act_leaves_its_entry_without_anything_personal(app, world, officer, learner):
    post(officer, page_of(world, part="/close"), {"reason": "已调离本市"})
    post(officer, page_of(world, part="/reopen"))
    post(officer, page_of(world, part="/slip"))
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [e.action for e in entries] == ["people:account:manage"] * 3
    assert {e.actor_ref for e in entries} == {world.person("a_hr").public_id}
    assert {e.subject_ref for e in entries} == {world.account("a_mediator").public_id}
    text = " ".join(e.detail for e in entries)
    assert "已调离" not in text
    assert "a_mediator" not in text


def test_the_pages_speak_english(app, world, admin):
    post(admin, "/display", {"lang": "en"})
    names = ("示例市司法局", "市admin", "甲区司法局", "乙区司法局", "中文")
    assert "Signed-in devices" in admin.get("/account").text
    for url in ("/account/password", "/account/phone", "/account/recovery/renew",
                "/account/recovery", "/login/again", "/halls"):  # fmt: skip
        main = re.search(r"<main.*</main>", admin.get(url).text, re.S)[0]
        for name in names:
            main = main.replace(name, "")
        assert re.findall(r">[^<>]*[\u4e00-\u9fff][^<>]*<", main) == [], url


def test_the_second_factor_of_another_is_removed_by_an_administrator_only(
    app, world, admin, officer
):
    account = world.account("a_mediator")
    account.totp = "JBSWY3DPEHPK3PXP"
    db.session.commit()
    url = page_of(world, part="/second/drop")
    assert post(officer, url).status_code == 404
    assert post(admin, url).status_code == 303
    assert world.account("a_mediator").totp_sealed is None


def test_no_store_holds_the_reference_of_a_session(app, world, learner):
    """A form's first answer is kept for a second click: it must not be a key to the account."""
    data = {"password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    post(learner, "/account/password", data)
    token = learner.get_cookie("sid").value
    for table in metadata().sorted_tables:
        for row in db.session.execute(sa.select(table)):
            assert token not in repr(row), table.name


def test_an_own_change_of_telephone_keeps_the_former_one(app, world, learner):
    person = world.account("a_mediator").person
    entry.put(person, "phone", "13900001111")
    db.session.commit()
    post(learner, "/account/phone", {"phone": "13900002222", "password": PASSWORD})
    revision = db.session.scalars(
        sa.select(PersonRevision).where(PersonRevision.field == "phone")
    ).one()
    assert (revision.old, revision.new, revision.reason) == (
        "13900001111",
        "13900002222",
        "本人修改",
    )
    assert "本人修改" in learner.get("/my/file").text
    assert log_in(app, "13900002222").status_code == 303


def test_the_address_on_a_slip_is_the_sites_own_whatever_host_was_asked(app, world, officer):
    answer = post(officer, f"/accounts/{world.account('a_mediator').public_id}/slip")
    officer.set_cookie("sid", officer.get_cookie("sid").value, domain="evil.example")
    page = officer.get(answer.location, base_url="http://evil.example")
    assert app.config["BASE_URL"] + "/activate" in page.text
    assert "evil.example/activate" not in page.text


def test_asking_for_a_new_password_again_and_again_is_slowed_down(app, world):
    client = app.test_client()
    limiter.reset()
    answers = [post(client, "/forgot", {"name": "nobody"}).status_code for _ in range(32)]
    limiter.reset()
    assert (answers[0], answers[-1]) == (202, 429)
