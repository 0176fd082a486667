"""Bad input at the edge: too large, smuggled, without a key; answered in the user's language."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from tests.core.test_video_files import mp4
from tests.support.route_list import routes
from tests.support.world import post
from training.core.db import db
from training.core.models import SecurityEvent
from training.people.models import Account, RoleGrant

KEYLESS = {
    "core.csp_report": "a browser reports; nobody's act",
    "courses.ping": "carries the client's own id",
    "exams_sittings.save_step": "carries the client's own id",
    "exams_sittings.take_pen": "taking the pen twice is taking it once",
    "exams_sittings.submit": "the second hand-in gets the first receipt",
    "people.login": "nobody is signed in yet",
    "people.second": "nobody is signed in yet; a code counts once",
    "people.logout": "ended twice is ended",
    "people.step_up": "a code counts once",
    "people.display": "a preference",
    "people.activate": "a slip is used once",
    "people.forgot": "writes nothing",
    "site.switch_home": "a preference",
}
"""The routes that may be sent without a form's key, each with its reason."""


def test_every_button_that_writes_is_safe_against_a_second_click(app):
    keyless = {
        r.endpoint
        for r in routes()
        if r.method == "POST" and getattr(app.view_functions[r.endpoint], "keyless", False)
    }
    assert keyless == set(KEYLESS)


def test_without_its_key_no_form_is_taken(app, world, browser_for):
    browser = browser_for(world.account("city_admin"))
    plain = [
        r.endpoint
        for r in routes()
        if r.method == "POST" and not r.variables and r.endpoint not in KEYLESS
    ]
    assert len(plain) > 10
    for endpoint in plain:
        with app.test_request_context():
            path = app.url_for(endpoint)
        response = post(browser, path, {"_key": ""})
        assert response.status_code in (400, 404, 303), endpoint
        if response.status_code == 303:
            assert "/login/again" in response.location, endpoint


@pytest.mark.parametrize(("language", "words"), [("zh", "一次最多上传"), ("en", "At most")])
def test_a_body_that_is_too_large_is_refused_unread_in_the_users_language(
    app, world, browser_for, monkeypatch, language, words
):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2 * 1024 * 1024)
    browser = browser_for(world.account("a_hr"))
    before = list((app.extensions["academy.config"].var / "incoming").glob("*"))
    response = post(
        browser,
        "/people/imports",
        {"sheet": (io.BytesIO(b"0" * (3 * 1024 * 1024)), "花名册.xlsx")},
        headers={"Accept-Language": language},
    )
    assert response.status_code == 413
    assert "TOO_LARGE" in response.text
    assert f"{words} 2 MB" in response.text
    assert list((app.extensions["academy.config"].var / "incoming").glob("*")) == before


def test_a_film_has_a_limit_of_its_own_and_no_other_page_has_it(
    app, world, browser_for, monkeypatch
):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1024 * 1024)
    monkeypatch.setitem(app.config, "MAX_FILM_LENGTH", 4 * 1024 * 1024)
    browser = browser_for(world.account("a_trainer"))
    film = mp4()

    def send(path, padding):
        stuffing = (io.BytesIO(b"x" * padding), "x.docx")
        return post(browser, path, {"film": (io.BytesIO(film), "课.mp4"), "word": stuffing})

    # Over the site's limit, under the film's: read, and answered by the form itself.
    assert send("/teach/lessons/new", 2 * 1024 * 1024).status_code == 422
    assert send("/teach/lessons/new", 5 * 1024 * 1024).status_code == 413
    assert send("/teach/courses/new", 2 * 1024 * 1024).status_code == 413
    limited = {
        endpoint for endpoint, view in app.view_functions.items() if hasattr(view, "body_limit")
    }
    assert limited == {"courses.new_lesson", "courses.edit_lesson"}


def test_a_page_says_how_much_it_takes_before_anything_is_sent(world, browser_for):
    browser = browser_for(world.account("a_hr"))
    page = browser.get("/people/imports").text
    assert f'data-most="{64 * 1024 * 1024}"' in page
    assert "没有发送" in page


@pytest.mark.parametrize("field", ["role", "is_admin", "standing", "person_id", "org_path"])
def test_a_button_takes_no_smuggled_field_along(world, browser_for, field):
    browser = browser_for(world.account("a_mediator"))
    grants = db.session.scalar(sa.select(sa.func.count(RoleGrant.id)))
    response = post(browser, "/account/sessions/end-others", {field: "admin"})
    assert response.status_code == 422
    assert "UNKNOWN_FIELD" in response.text
    noted = db.session.scalars(sa.select(SecurityEvent).order_by(SecurityEvent.id.desc())).first()
    assert noted is not None
    assert (noted.kind, noted.detail) == ("unknown_field", field)
    assert db.session.scalar(sa.select(sa.func.count(RoleGrant.id))) == grants


@pytest.mark.parametrize(
    ("who", "path", "data"),
    [
        ("a_mediator", "/account/phone", {}),
        ("a_mediator", "/account/password", {}),
        ("a_hr", "/people/new", {"name": "王某"}),
        ("a_trainer", "/teach/courses/new", {"title": "课"}),
        ("a_trainer", "/teach/lessons/new", {"title": "课"}),
        ("a_hr", "/people/imports", {}),
    ],
)
def test_a_form_refuses_a_smuggled_role_whole(world, browser_for, who, path, data):
    browser = browser_for(world.account(who))
    accounts = db.session.scalar(sa.select(sa.func.count(Account.id)))
    response = post(browser, path, {**data, "role": "admin"})
    assert (response.status_code, "UNKNOWN_FIELD" in response.text) == (422, True)
    assert db.session.scalar(sa.select(sa.func.count(Account.id))) == accounts
