"""The edge: errors, headers, keys, static files, what is never written into a log."""

from __future__ import annotations

import html
import io
import json
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
import structlog
import time_machine
from flask import url_for
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import abort

from tests.support.route_list import routes
from tests.support.world import post
from training.core import (
    audit,
    clock,
    crypto,
    drafts,
    headers,
    jobs,
    lists,
    logs,
    readiness,
    static_files,
    web,
)
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import SecurityEvent
from training.core.units import system_unit
from training.people import sessions
from training.people.models import Person

PROBLEM = {"Accept": "application/problem+json"}


def answer(app, monkeypatch, act, path="/help", **options):
    """A visitor's request to a page that does ``act`` instead of its work."""
    view = app.view_functions["site.help"]

    def broken():
        act()

    broken.permission = view.permission
    monkeypatch.setitem(app.view_functions, "site.help", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    return app.test_client().get(path, **options)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "BAD_REQUEST"), (403, "FORBIDDEN"), (404, "NOT_FOUND"), (413, "TOO_LARGE"),
     (415, "TYPE_MISMATCH"), (429, "SLOW_DOWN"), (503, "UNAVAILABLE")],
)  # fmt: skip
@pytest.mark.parametrize("asked", [{}, PROBLEM])
def test_every_error_has_its_code_a_sentence_and_the_request_id(
    app, monkeypatch, status, code, asked
):
    response = answer(app, monkeypatch, lambda: abort(status), headers=asked)
    assert response.status_code == status
    if asked:
        body = response.get_json()
        assert response.mimetype == "application/problem+json"
        assert (body["code"], body["status"]) == (code, status)
        assert body["title"]
        assert re.fullmatch(r"[0-9a-f]{16}", body["request_id"])
    else:
        assert code in response.text
        assert len(re.findall(r"<h1[ >]", response.text)) == 1
        assert re.search(r"\b[0-9a-f]{16}\b", response.text)


def test_a_crash_tells_no_internals(app, monkeypatch):
    def crash():
        raise RuntimeError("SELECT secret FROM person WHERE phone = '13800138000'")

    for asked in ({}, PROBLEM):
        response = answer(app, monkeypatch, crash, headers=asked)
        assert response.status_code == 500
        assert "INTERNAL" in response.text
        for internal in ("SELECT", "13800138000", "RuntimeError", "Traceback"):
            assert internal not in response.text


def crashing_calendar(app, monkeypatch, error):
    """Where days are entered, at a moment when it cannot be done."""

    def broken():
        raise error

    broken.permission = app.view_functions["core.enter_days"].permission
    monkeypatch.setitem(app.view_functions, "core.enter_days", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def send_days(browser):
    return post(
        browser, "/calendar", {"days": "2027-01-01 元旦 休"},
        headers={"Referer": "http://localhost/calendar?year=2027"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("x"), 500), (sa.exc.OperationalError("x", {}, Exception("locked")), 503)],
)
def test_a_crash_leads_back_to_what_was_typed(app, world, monkeypatch, browser_for, error, status):
    browser = browser_for(world.account("city_city_manager"))
    crashing_calendar(app, monkeypatch, error)
    page = send_days(browser)
    assert page.status_code == status
    back = html.unescape(re.search(r'href="(/calendar[^"]*draft=[^"]*)"', page.text).group(1))
    assert "2027-01-01 元旦 休" in browser.get(back).text


def test_a_crash_that_nothing_can_be_kept_in_leads_back_to_the_form(
    app, world, monkeypatch, browser_for
):
    def full(*_):
        raise OSError(28, "no space left")

    browser = browser_for(world.account("city_city_manager"))
    crashing_calendar(app, monkeypatch, RuntimeError("x"))
    monkeypatch.setattr(drafts, "keep", full)
    page = send_days(browser)
    assert page.status_code == 500
    assert 'href="/calendar?year=2027"' in page.text


def test_a_page_that_crashed_is_offered_again(app, monkeypatch):
    def crash():
        raise RuntimeError("x")

    assert re.search(r'href="/help">.*?再试一次', answer(app, monkeypatch, crash).text)


def test_out_of_sight_is_answered_like_what_does_not_exist(app, monkeypatch):
    def unseen():
        raise NotVisible("x")

    hidden = answer(app, monkeypatch, unseen)
    absent = app.test_client().get("/no-such-page")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    same = re.compile(r"\b[0-9a-f]{16}\b|/help|/no-such-page|value=\"[^\"]*\"")
    assert same.sub("", hidden.text) == same.sub("", absent.text)


def test_a_refusal_prints_every_reason_with_its_rule(app, monkeypatch):
    def refuse():
        raise Refused.because("NO_HOURS", "还差 %(n)s 学时", basis="training.prejob_hours", n=3)

    page = answer(app, monkeypatch, refuse)
    assert page.status_code == 409
    for words in ("NO_HOURS", "还差 3 学时", "岗前培训学时（按专题）"):
        assert words in page.text
    body = answer(app, monkeypatch, refuse, headers=PROBLEM).get_json()
    assert body["reasons"] == [
        {"code": "no_hours", "text": "还差 3 学时", "basis": "training.prejob_hours"}
    ]


def test_a_wrong_method_names_the_right_one(app):
    response = app.test_client().delete("/help", headers=PROBLEM)
    assert (response.status_code, response.get_json()["code"]) == (405, "METHOD")
    assert "GET" in response.headers["Allow"]


def test_a_body_beyond_the_limit_is_refused(app, world, browser_for, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    browser = browser_for(world.account("city_city_manager"))
    response = post(browser, "/calendar", {"days": "x" * 2000})
    assert response.status_code == 413
    assert "TOO_LARGE" in response.text


def test_an_undeclared_route_does_not_exist(app, monkeypatch):
    def bare():
        return "open"

    monkeypatch.setitem(app.view_functions, "site.help", bare)
    assert app.test_client().get("/help").status_code == 404


@pytest.mark.parametrize("key", [None, "", "short", "x" * 41])
def test_a_form_without_its_key_is_refused(world, browser_for, key):
    browser = browser_for(world.account("city_city_manager"))
    data = {"days": "2027-01-01 元旦 休"}
    if key is not None:
        data["_key"] = key
    response = post(browser, "/calendar?year=2027", {"_key": ""} | data)
    assert response.status_code == 400
    assert "KEY_REQUIRED" in response.text


def test_a_form_without_its_token_comes_back_with_what_was_typed(world, browser_for):
    browser = browser_for(world.account("city_city_manager"))
    response = browser.post(
        "/calendar?year=2027",
        data={"days": "2027-01-01 元旦 休", "_key": "k" * 24},
        headers={"Referer": "http://localhost/calendar?year=2027"},
    )
    assert response.status_code == 303
    assert "draft=" in response.headers["Location"]
    page = browser.get(response.headers["Location"])
    assert "2027-01-01 元旦 休" in page.text
    assert "页面已过期" in page.text


def test_an_expired_session_loses_nothing_that_was_typed(app, world, browser_for):
    browser = browser_for(world.account("city_city_manager"))
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        response = post(
            browser,
            "/calendar",
            {"days": "2027-01-01 元旦 休"},
            headers={"Referer": "http://localhost/calendar?year=2027"},
        )
    assert response.status_code == 303
    assert "/login" in response.headers["Location"]
    assert "draft" in response.headers["Location"]


BASE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize(
    "endpoint", sorted({r.endpoint for r in routes() if r.method == "GET" and not r.variables})
)
def test_every_page_answers_under_the_strict_headers(app, world, browser_for, endpoint):
    with app.test_request_context():
        path = url_for(endpoint)
    for browser in (app.test_client(), browser_for(world.account("city_admin"))):
        response = browser.get(path)
        assert response.status_code < 500
        for name, value in BASE.items():
            assert response.headers[name] == value, name
        csp = dict(
            part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; ")
        )
        assert csp["default-src"] == "'none'"
        for directive in ("script-src", "style-src", "form-action", "connect-src"):
            assert csp[directive] == "'self'"
        assert "unsafe" not in str(csp)


def test_each_relaxation_is_used_and_has_its_reason(app):
    used = {name for view in app.view_functions.values() for name in getattr(view, "csp", ())}
    assert used <= set(headers.RELAXATIONS)
    assert all(reason for _, _, reason in headers.RELAXATIONS.values())


def test_our_static_files_are_kept_for_ever_under_the_digest_of_their_content(app, tmp_path):
    with app.test_request_context():
        address = static_files.url("css/tokens.css")
    visitor = app.test_client()
    response = visitor.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert visitor.get("/static/000000000000/css/tokens.css").status_code == 404
    assert visitor.get(address.replace("css/tokens.css", "../models.py")).status_code == 404


def test_the_digest_follows_every_change(tmp_path):
    (tmp_path / "a").write_text("1")
    seen = {static_files.content_digest(tmp_path)}
    (tmp_path / "a").write_text("2")
    seen.add(static_files.content_digest(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    seen.add(static_files.content_digest(tmp_path))
    assert len(seen) == 3


@pytest.mark.parametrize("key", sorted(logs.PERSONAL))
def test_a_personal_key_never_reaches_a_log(key):
    event = logs.drop_personal(None, "info", {key: "13800138000", "event": "x"})
    assert "13800138000" not in json.dumps(event)
    assert event["event"] == "x"


def test_no_log_line_of_a_refused_request_holds_what_was_typed(app, monkeypatch):
    canary = "13812345678"
    lines = io.StringIO()
    logs.configure("DEBUG")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    try:
        visitor = app.test_client()
        post(visitor, "/login", {"name": canary, "password": f"secret{canary}"})
        post(visitor, "/login", {"login": canary, "password": canary, "role": canary})
        visitor.get(f"/no-such-page?phone={canary}")
        answer(app, monkeypatch, lambda: abort(409))
    finally:
        logs.configure("ERROR")
    assert '"event": "refused"' in lines.getvalue()
    assert canary not in lines.getvalue()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/\t\\evil.example",
        "/\t/evil.example", "\\\\evil.example", "javascript:alert(1)", "/ok\r\nX: y", "", None,
    ],
)  # fmt: skip
def test_only_paths_of_this_site_are_followed(app, target):
    assert web.safe_target(target, "/home") == "/home"


@pytest.mark.parametrize("target", ["/", "/people/?q=%E5%BC%A0&page=2", "/inbox#x"])
def test_a_path_of_this_site_is_followed(app, target):
    assert web.safe_target(target, "/home") == target


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example"]
)
def test_what_another_site_sends_is_refused_whatever_token_it_carries(world, browser_for, origin):
    browser = browser_for(world.account("a_mediator"))
    response = post(browser, "/inbox/read-all", headers={"Origin": origin})
    assert (response.status_code, "FOREIGN_ORIGIN" in response.text) == (403, True)


def test_what_our_own_pages_send_is_taken(world, browser_for):
    browser = browser_for(world.account("a_mediator"))
    assert (
        post(browser, "/inbox/read-all", headers={"Origin": "http://localhost"}).status_code == 303
    )


def test_a_site_in_production_answers_to_its_own_names_only(app, monkeypatch):
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["academy.example.gov.cn", "127.0.0.1"])
    for host, status in (
        ("academy.example.gov.cn", 200), ("127.0.0.1:8000", 200),
        ("evil.example", 400), ("academy.example.gov.cn.evil.example", 400),
    ):  # fmt: skip
        response = app.test_client().get("/help", headers={"Host": host})
        assert (host, response.status_code) == (host, status)
    assert (
        "evil.example" not in app.test_client().get("/help", headers={"Host": "evil.example"}).text
    )


def _full_disk(*_args, **_options):
    raise OperationalError("INSERT", {}, Exception("database or disk is full"))


def test_a_full_disk_says_later_and_keeps_nobody_from_reading(app, world, browser_for, monkeypatch):
    browser = browser_for(world.account("a_mediator"))
    monkeypatch.setattr(sessions, "touch", _full_disk)
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        assert browser.get("/account").status_code == 200
    response = answer(app, monkeypatch, _full_disk, headers=PROBLEM)
    assert (response.status_code, response.get_json()["code"]) == (503, "UNAVAILABLE")


def test_a_refusal_stands_where_it_cannot_be_noted(app, monkeypatch):
    monkeypatch.setattr(web, "_note", _full_disk)

    def unseen():
        web.security_event("not_visible")
        abort(404)

    assert answer(app, monkeypatch, unseen).status_code == 404


def test_a_verb_that_sees_nothing_is_noted_like_a_page(app, monkeypatch):
    def unseen():
        raise NotVisible("sittings:attempt:own")

    before = db.session.scalar(sa.select(sa.func.count(SecurityEvent.id)))
    answer(app, monkeypatch, unseen)
    events = db.session.scalars(sa.select(SecurityEvent).order_by(SecurityEvent.id)).all()
    assert len(events) == before + 1
    assert (events[-1].kind, events[-1].detail) == ("not_visible", "sittings:attempt:own")


def test_the_same_key_with_another_file_of_the_same_name_is_another_form(world, browser_for):
    browser = browser_for(world.account("a_hr"))
    key = "k" * 24

    def send(content):
        return post(
            browser, "/people/imports",
            {"_key": key, "org": world.org("甲区司法局").public_id,
             "sheet": (io.BytesIO(content.encode()), "花名册.csv")},
        )  # fmt: skip

    head = "姓名,性别,身份证号,联系电话\n"
    first = send(head + "张三,男,,\n")
    assert first.status_code == 303
    assert send(head + "张三,男,,\n").headers["Location"] == first.headers["Location"]
    other = send(head + "李四,女,,\n")
    assert (other.status_code, "KEY_REUSED" in other.text) == (422, True)


def test_a_list_that_needs_more_than_its_name_cannot_be_saved(world, browser_for):
    browser = browser_for(world.account("a_mediator"))
    for endpoint in ("people.account", "no.such", ""):
        assert browser.get(f"/views/save?list={endpoint}").status_code == 400


def test_readiness_names_what_is_missing(app):
    body = app.test_client().get("/readyz").get_json()
    assert body["checks"].keys() == {"database", "migrations", "files", "worker", "harfbuzz-subset"}
    # Without a worker people are served all the same: the balancer must not turn them away.
    assert (body["checks"]["worker"], body["status"]) == (False, "degraded")
    jobs.enter_periodic(clock.now())
    assert app.test_client().get("/readyz").get_json()["checks"]["worker"] is True


def test_a_schema_that_is_behind_is_not_served_and_a_later_one_is(app, monkeypatch):
    heads, known = readiness._revisions()
    monkeypatch.setattr(readiness, "_revisions", lambda: ({"next"}, known | {"next"}))
    behind = app.test_client().get("/readyz")
    assert (behind.status_code, behind.get_json()["status"]) == (503, "failing")
    # The database has what this code does not know yet: it is the release before.
    monkeypatch.setattr(readiness, "_revisions", lambda: ({"before"}, known - heads | {"before"}))
    assert app.test_client().get("/readyz").status_code == 200


def test_an_address_of_a_page_tells_no_name(app, world):
    order, applied = lists.Order("name", Person.name), lists.apply((), {}, "/people/")
    page = lists.page(sa.select(Person), order, Person.id, applied, {}, size=2)
    cursor = unquote(page.next_url.partition("after=")[2])
    assert json.loads(crypto.ring().open("list.cursor", "", cursor))[0] == page.rows[-1].name


def test_a_draft_keeps_the_filters_of_its_page(app, world):
    account = world.account("a_mediator")
    with app.test_request_context("/x", method="POST", data={"note": "写了一半"}):
        path = web.with_draft("/people/?q=%E5%BC%A0+%E4%B8%89&sort=name", account.id)
    assert path.startswith("/people/?q=%E5%BC%A0+%E4%B8%89&sort=name&draft=")


def test_an_exception_writes_nobodys_data_into_a_log(app, world, capsys):
    """Neither the values of a statement, nor what PostgreSQL tells of a row, nor a number."""
    person = world.person("a_mediator")
    secret = "秘密姓名"
    try:
        db.session.execute(
            sa.insert(Person).values(
                public_id=person.public_id, name=secret, org_id=person.org_id, salt="s",
                created_at=clock.now(),
            )
        )  # fmt: skip
    except sa.exc.IntegrityError:
        logs.configure("ERROR")
        structlog.get_logger("test").exception("crash")
    db.session.rollback()
    try:
        raise ValueError("DETAIL:  Key (name)=(秘密姓名) exists, 13800138000, 46010519680517123X")
    except ValueError:
        structlog.get_logger("test").exception("crash")
    written = capsys.readouterr().err
    assert written.count("crash") == 2
    for personal in (secret, "13800138000", "46010519680517123X"):
        assert personal not in written


@pytest.mark.parametrize("path", ["/people/%00", "/people/?q=%00", "/help?x=%00"])
def test_a_character_that_no_text_holds_is_a_bad_request(world, browser_for, path):
    assert browser_for(world.account("a_hr")).get(path).status_code in (400, 404)


def test_a_form_with_a_character_that_no_text_holds_is_a_bad_request(app, world):
    client = app.test_client()
    assert post(client, "/login", {"name": "a\0b", "password": "x"}).status_code == 400


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "x"])
def test_a_day_beyond_the_calendar_is_no_filter(world, browser_for, day):
    browser = browser_for(world.account("city_auditor"))
    assert browser.get(f"/audit?from={day}&to={day}").status_code == 200


def test_what_stands_at_no_unit_is_shown_at_the_top_only(world, browser_for):
    @system_unit
    def note():
        audit.write(world.actor("a_hr"), "people:person:export", at=clock.now())

    note()
    top = browser_for(world.account("city_auditor")).get("/audit?action=people:person:export").text
    assert world.person("a_hr").public_id in top


@pytest.mark.parametrize(
    "report",
    [
        {"csp-report": {"effective-directive": "script-src", "blocked-uri": "https://x.example/a?b=c"}},
        [{"type": "csp-violation", "body": {"effectiveDirective": "script-src",
                                            "blockedURL": "https://x.example/a?b=c"}}],
    ],
)  # fmt: skip
def test_a_browsers_report_is_noted_without_an_address(app, report):
    response = app.test_client().post("/csp-report", json=report)
    assert response.status_code == 204
    event = db.session.scalars(sa.select(SecurityEvent)).one()
    assert (event.kind, event.detail) == ("csp", "script-src x.example")


@pytest.mark.parametrize("body", [b"", b"[]", b"[1]", b"{}", b"\xff", b'{"csp-report": 1}'])
def test_a_report_of_any_shape_breaks_nothing(app, body):
    assert app.test_client().post("/csp-report", data=body).status_code == 204


def test_only_browsers_reports_come_without_a_token(app):
    bare = [n for n, view in app.view_functions.items() if getattr(view, "tokenless", False)]
    assert bare == ["core.csp_report"]
