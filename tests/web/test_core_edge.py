"""The edge: errors, headers, keys, static files, what is never written into a log."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
import structlog
import time_machine
from flask import url_for
from werkzeug.exceptions import abort

from tests.support.route_list import routes
from tests.support.world import post
from training.core import clock, headers, logs, static_files
from training.core.errors import NotVisible, Refused

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
