"""Logging in, as a browser sees it."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
import time_machine

from tests.support.people_accounts import (
    ID_NUMBER,
    NEW_PASSWORD,
    PHONE,
    enrol,
    make_slip,
    make_waiting,
)
from tests.support.world import PASSWORD, post, sign_in
from training.core import clock
from training.core.db import db
from training.core.models import FormDraft, SecurityEvent
from training.people import accounts_slips, sessions
from training.people.models import UserSession
from training.people.rules.person import AccountState


def log_in(client, name="a_mediator", password=PASSWORD, url="/login"):
    return post(client, url, {"name": name, "password": password})


def sid(client) -> str:
    cookie = client.get_cookie("sid")
    return cookie.value if cookie else ""


def words(answer) -> str:
    """The page without what differs in every answer: tokens, keys and what was typed."""
    text = re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))
    return re.sub(r"[0-9a-f]{12,}", "", text)


@pytest.fixture
def not_a_demo(app, monkeypatch):
    monkeypatch.setitem(app.config, "DEMO", False)


def test_one_logs_in_and_goes_where_one_wanted(app, world):
    client = app.test_client()
    answer = log_in(client, url="/login?next=/account")
    assert answer.status_code == 303
    assert answer.location == "/account"
    assert client.get("/account").status_code == 200
    assert client.get("/login").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_a_foreign_next_is_not_followed(app, world, target):
    client = app.test_client()
    answer = post(client, "/login", {"name": "a_mediator", "password": PASSWORD},
                  query_string={"next": target})  # fmt: skip
    assert answer.location == "/"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(app, world):
    client = app.test_client()
    known, unknown = log_in(client, password="wrong"), log_in(client, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert words(known) == words(unknown)
    assert "手机号、用户名或者密码不对" in words(known)
    assert "WRONG_PASSWORD" in words(known)


def test_both_are_delayed_alike_with_retry_after(app, world):
    client = app.test_client()
    with time_machine.travel(clock.now(), tick=False):
        for name in ("a_mediator", "nobody"):
            for _ in range(5):
                assert log_in(client, name, "wrong").status_code == 422
        known, unknown = log_in(client), log_in(client, "nobody")
    assert known.status_code == unknown.status_code == 429
    assert known.headers["Retry-After"] == unknown.headers["Retry-After"] == "900"
    assert words(known) == words(unknown)
    assert "SLOW_DOWN" in words(known)


def test_the_cookie_changes_at_log_in_and_the_former_one_is_worth_nothing(app, world):
    client = app.test_client()
    log_in(client)
    first = sid(client)
    log_in(client, "b_mediator")
    second = sid(client)
    assert first != second
    client.set_cookie("sid", first)
    assert client.get("/account").status_code == 303


def test_the_browsers_flow_is_cleared_at_log_in(app, world):
    client = app.test_client()
    with client.session_transaction() as flow:
        flow["planted"] = "by somebody else"
    log_in(client)
    with client.session_transaction() as flow:
        assert "planted" not in flow


def test_logging_out_ends_the_session_for_good(app, world):
    client = app.test_client()
    log_in(client)
    token = sid(client)
    answer = post(client, "/logout")
    assert answer.status_code == 303
    assert "storage" in answer.headers["Clear-Site-Data"]
    client.set_cookie("sid", token)
    assert client.get("/account").status_code == 303


def test_a_closed_account_is_told_so_after_the_right_password_only(app, world):
    account = world.account("a_mediator")
    account.state, account.closed_reason = AccountState.CLOSED, "已调离本市"
    db.session.commit()
    client = app.test_client()
    wrong = log_in(client, password="wrong")
    assert wrong.status_code == 422
    assert "停用" not in words(wrong)
    right = log_in(client)
    assert right.status_code == 403
    assert "已调离本市" in words(right)
    assert "ACCOUNT_CLOSED" in words(right)
    assert sid(client) == ""


def test_a_smuggled_field_is_refused_and_noted(app, world):
    client = app.test_client()
    answer = post(client, "/login", {"name": "a_mediator", "password": PASSWORD, "role": "admin"})
    assert answer.status_code == 422
    assert "UNKNOWN_FIELD" in words(answer)
    assert sid(client) == ""
    events = db.session.scalars(sa.select(SecurityEvent.kind)).all()
    assert events == ["unknown_field"]


def test_what_was_typed_when_the_session_ended_is_there_after_logging_in(app, world, browser_for):
    client = browser_for(world.account("a_mediator"))
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        ended = post(
            client, "/account/phone", {"phone": "13900001234", "password": "secret words"},
            headers={"Referer": "http://localhost/account/phone"},
        )  # fmt: skip
        assert ended.status_code == 303
        assert "/login?next=" in ended.location
        page = client.get(ended.location)
        assert "您填写的内容已保留" in page.text
        entered = log_in(client, url=ended.location)
        assert "draft=" in entered.location
        restored = client.get(entered.location)
    assert 'value="13900001234"' in restored.text
    assert "secret words" not in restored.text
    sealed = db.session.scalars(sa.select(FormDraft.sealed)).one()
    assert "13900001234" not in sealed


def test_a_draft_is_nobody_elses(app, world, browser_for):
    client = browser_for(world.account("a_mediator"))
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        ended = post(
            client, "/account/phone", {"phone": "13900001234", "password": "x"},
            headers={"Referer": "http://localhost/account/phone"},
        )  # fmt: skip
        other = log_in(client, "b_mediator", url=ended.location)
        assert "13900001234" not in client.get(other.location).text


def _by_a_fourth_device(app, account):
    for _ in range(sessions.MAX_SESSIONS):
        assert log_in(app.test_client()).status_code == 303
    return PASSWORD


def _from_another_device(app, account):
    assert post(sign_in(app, account), "/account/sessions/end-others").status_code == 303
    return PASSWORD


def _by_a_new_password(app, account):
    typed = {"password_now": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert post(sign_in(app, account), "/account/password", typed).status_code == 303
    return NEW_PASSWORD


def _type_a_phone(client):
    return post(
        client, "/account/phone", {"phone": "13900001234", "password": PASSWORD},
        headers={"Referer": "http://localhost/account/phone"},
    )  # fmt: skip


@pytest.mark.parametrize("revoke", [_by_a_fourth_device, _from_another_device, _by_a_new_password])
def test_what_was_typed_into_a_revoked_session_is_there_after_logging_in(
    app, world, browser_for, revoke
):
    account = world.account("a_mediator")
    client = browser_for(account)
    held = account.login_phone_index
    password = revoke(app, account)
    ended = _type_a_phone(client)
    assert "/login?next=" in ended.location
    assert client.get("/account").status_code == 303
    assert world.account("a_mediator").login_phone_index == held
    entered = log_in(client, password=password, url=ended.location)
    restored = client.get(entered.location)
    assert 'value="13900001234"' in restored.text
    assert PASSWORD not in restored.text


def test_what_was_typed_into_a_revoked_session_is_nobody_elses(app, world, browser_for):
    client = browser_for(world.account("a_mediator"))
    _from_another_device(app, world.account("a_mediator"))
    ended = _type_a_phone(client)
    assert "draft" in ended.location
    other = log_in(client, "b_mediator", url=ended.location)
    assert "13900001234" not in client.get(other.location).text


def test_a_revoked_session_keeps_nothing_after_its_own_day(app, world, browser_for):
    client = browser_for(world.account("a_mediator"))
    _from_another_device(app, world.account("a_mediator"))
    with time_machine.travel(clock.now() + sessions.ABSOLUTE_LEARNER, tick=False):
        assert "draft" not in _type_a_phone(client).location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FormDraft)) == 0


def test_a_closed_account_keeps_nothing_that_is_typed(app, world, browser_for):
    account = world.account("a_mediator")
    client = browser_for(account)
    account.state = AccountState.CLOSED
    sessions.end_all(account.id, clock.now())
    db.session.commit()
    assert "draft" not in _type_a_phone(client).location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FormDraft)) == 0


def test_a_session_idles_out_sooner_for_a_privileged_account(app, world, browser_for):
    officer, learner = (browser_for(world.account(u)) for u in ("a_hr", "a_mediator"))
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        assert officer.get("/account").status_code == 303
        assert learner.get("/account").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=90), tick=False):
        assert learner.get("/account").status_code == 303


def test_a_privileged_account_without_a_second_factor_is_led_to_enrol_first(app, world, not_a_demo):
    client = app.test_client()
    entered = log_in(client, "a_hr", url="/login?next=/accounts")
    assert entered.location == "/account/second?next=/accounts"
    for url in ("/accounts", "/account", "/account/password"):
        assert client.get(url).location.startswith("/login?next=")
    page = client.get(entered.location)
    assert page.status_code == 200
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    before = sid(client)
    wrong = post(client, entered.location, {"code": "000000"})
    assert (wrong.status_code, "WRONG_CODE" in wrong.text) == (422, True)
    done = post(client, entered.location, {"code": pyotp.TOTP(secret).at(clock.now())})
    assert done.location == "/account/recovery?next=/accounts"
    assert sid(client) != before
    shown = client.get(done.location)
    assert len(re.findall(r"[2-9A-Z]{5}-[2-9A-Z]{5}-[2-9A-Z]{4}", shown.text)) == 10
    assert client.get("/accounts").status_code == 200


def test_the_second_step_takes_a_code_once(app, world, not_a_demo):
    with time_machine.travel(clock.now(), tick=False):
        code = pyotp.TOTP(enrol(world.account("a_hr"))).at(clock.now())
        first, second = app.test_client(), app.test_client()
        assert log_in(first, "a_hr").location == "/login/code"
        assert first.get("/account").status_code == 303
        assert post(first, "/login/code", {"code": code}).location == "/"
        assert first.get("/account").status_code == 200
        log_in(second, "a_hr")
        again = post(second, "/login/code", {"code": code})
    assert again.status_code == 401
    assert "CODE_USED" in words(again)
    assert "请等待下一个验证码" in words(again)
    assert second.get("/account").status_code == 303


def test_five_wrong_codes_answer_429(app, world, not_a_demo):
    enrol(world.account("a_hr"))
    client = app.test_client()
    log_in(client, "a_hr")
    for _ in range(5):
        wrong = post(client, "/login/code", {"code": "not a code"})
        assert (wrong.status_code, "WRONG_CODE" in wrong.text) == (422, True)
    refused = post(client, "/login/code", {"code": "not a code"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_a_grave_page_asks_for_the_password_again_and_comes_back(app, world):
    client = app.test_client()
    log_in(client, "city_admin")
    url = f"/accounts/{world.account('a_mediator').public_id}/roles"
    asked = client.get(url)
    assert asked.location == f"/login/again?next={url}"
    before = sid(client)
    wrong = post(client, asked.location, {"password": "wrong"})
    assert (wrong.status_code, "WRONG_PASSWORD" in wrong.text) == (422, True)
    back = post(client, asked.location, {"password": PASSWORD})
    assert back.location == url
    assert sid(client) != before
    assert client.get(url).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert client.get(url).location.startswith("/login/again")


def test_the_step_up_asks_for_the_code_where_one_is_enrolled(app, world, not_a_demo):
    with time_machine.travel(clock.now(), tick=False) as time:
        secret = enrol(world.account("city_admin"))
        client = app.test_client()
        log_in(client, "city_admin")
        post(client, "/login/code", {"code": pyotp.TOTP(secret).at(clock.now())})
        assert post(client, "/login/again", {"password": PASSWORD}).status_code == 422
        time.shift(timedelta(seconds=30))
        code = pyotp.TOTP(secret).at(clock.now())
        assert post(client, "/login/again", {"password": PASSWORD, "code": code}).status_code == 303


def test_a_slip_leads_to_an_own_password_and_into_the_site(app, world):
    slip = make_slip(make_waiting())
    client = app.test_client()
    first = post(
        client, "/activate",
        {"phone": PHONE, "code": accounts_slips.code_of(slip).lower(), "ending": ID_NUMBER[-4:]},
    )  # fmt: skip
    assert first.location == "/activate/password"
    common = post(
        client, first.location, {"password": "woaini1314520", "password_again": "woaini1314520"}
    )
    assert common.status_code == 422
    assert "常见密码" in common.text
    short = post(client, first.location, {"password": "tqz", "password_again": "tqx"})
    assert "两次填写的密码不一样" in short.text
    chosen = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert post(client, first.location, chosen).location == "/"
    assert client.get("/account").status_code == 200
    assert log_in(app.test_client(), PHONE, NEW_PASSWORD).status_code == 303


def test_step_two_is_closed_to_whoever_has_shown_no_slip(app, world):
    assert app.test_client().get("/activate/password").location == "/activate"


def test_any_wrong_part_of_a_slip_gets_the_same_answer(app, world):
    code = accounts_slips.code_of(make_slip(make_waiting()))
    client = app.test_client()
    right = {"phone": PHONE, "code": code, "ending": ID_NUMBER[-4:]}
    answers = [
        post(client, "/activate", right | wrong)
        for wrong in ({"phone": "13999999999"}, {"code": "ABCDEFGHJK"}, {"ending": "9999"})
    ]
    assert {a.status_code for a in answers} == {422}
    assert all("WRONG_SLIP" in a.text for a in answers)
    assert len({words(a) for a in answers}) == 1


def test_a_forgotten_password_gets_the_same_answer_for_anybody(app, world):
    client = app.test_client()
    known = post(client, "/forgot", {"name": "a_mediator"})
    unknown = post(client, "/forgot", {"name": "nobody"})
    assert known.status_code == unknown.status_code == 202
    assert words(known) == words(unknown)


def test_a_visitor_keeps_size_theme_and_language_in_cookies(app, world):
    client = app.test_client()
    for data in ({"size": "elder"}, {"theme": "dark"}, {"lang": "en"}):
        answer = post(client, "/display", {**data, "next": "/login"})
        assert answer.location == "/login"
    page = client.get("/login").text
    assert 'data-size="elder"' in page
    assert 'data-theme="dark"' in page
    assert '<html lang="en"' in page


def test_an_account_keeps_them_on_every_device(app, world, browser_for):
    here = browser_for(world.account("a_mediator"))
    post(here, "/display", {"size": "large", "next": "/account"})
    post(here, "/display", {"lang": "en", "next": "/account"})
    assert world.account("a_mediator").language == "en"
    there = app.test_client()
    log_in(there)
    page = there.get("/account").text
    assert 'data-size="large"' in page
    assert '<html lang="en"' in page


@pytest.mark.parametrize("data", [{"size": "huge"}, {"lang": "fr"}, {}])
def test_a_choice_that_there_is_not_is_refused(app, world, data):
    assert post(app.test_client(), "/display", data).status_code == 422


@pytest.mark.parametrize("url", ["/login", "/activate", "/forgot"])
def test_the_pages_speak_english(app, world, url):
    client = app.test_client()
    client.set_cookie("lang", "en")
    main = re.search(r"<main.*</main>", client.get(url).text, re.S)[0]
    assert not re.search(r"[\u4e00-\u9fff]", main)


def test_a_sessions_reference_is_256_bits_and_the_cookie_is_shut_to_scripts(app, world):
    answer = log_in(app.test_client())
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("sid="))
    assert len(cookie.split("=")[1].split(";")[0]) >= 43
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert sessions.find(cookie.split("=")[1].split(";")[0]) is not None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 1


def test_a_code_in_full_width_is_a_code(app, world, not_a_demo):
    client = app.test_client()
    log_in(client, "a_hr")
    page = client.get("/account/second")
    secret = "".join(re.search(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", page.text)[0].split())
    wide = (
        pyotp.TOTP(secret)
        .at(clock.now())
        .translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )
    assert post(client, "/account/second", {"code": "é＃"}).status_code == 422
    assert post(client, "/account/second", {"code": wide}).status_code == 303
