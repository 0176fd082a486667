"""What was typed before the session ended wins over what is stored, on every page with a form.

The table is the site's own: every route that is read and sent. Each page is opened, every field
of its forms is filled with something else than it shows, and the page is opened with that draft.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.support.certificates import make_certificate
from tests.support.courses import make_course
from tests.support.objects import OBJECTS, VALUES, load_all
from tests.support.programmes import make_programme, make_session
from tests.support.route_list import Route, routes
from tests.support.world import (
    HOME,
    NOW,
    World,
    make_account,
    make_person,
    role_home,
    sign_in,
)
from training.core import clock, drafts
from training.core.access import table
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Scope
from training.core.rules.roles import ROLES, OrgKind, Role
from training.people.models import Account, Person
from training.people.rules.person import Standing
from training.programmes.models import SignUp

load_all()
FILE, SECRET = "only a file is sent, which is never kept", "only secrets are sent, never kept"
STEP = "stands behind a step of its own, see the tests of its room"
WITHOUT = {
    "appraisal.new_round": "asks for the unit first; see the test below",
    "appraisal.upload": FILE,
    "certificates.verify_file": FILE,
    "people.change_photo": FILE,
    "people.change_password": SECRET,
    "people.choose_password": SECRET,
    "people.renew_recovery": SECRET,
    "people.second": SECRET,
    "people.second_setup": SECRET,
    "people.step_up": SECRET,
    "people.login": "whoever is signed in is sent on",
    "people.import_columns": STEP,
    "people.import_units": STEP,
    "appraisal.replace_decision": STEP,
    "exams_marking.late": STEP,
}
"""Pages that show no form to the actors of this test, or one that is not kept, with why."""
QUERY = {"core.save_view": "list=people.persons&query=q%3Dwang"}
FIRST: dict[str, Callable[[OrgUnit], object]] = {
    "courses.new_lesson": make_course,
    "programmes.enrol": lambda _: make_programme(),
}
"""What has to be there first."""

_SAMPLES = {
    "number": "7", "date": "2027-03-05", "datetime-local": "2027-03-05T09:30", "time": "09:30",
}  # fmt: skip
_NOT_TYPED = ("password", "file", "submit", "button", "hidden", "image")


def _pages() -> list[Any]:
    sent = {r.endpoint for r in routes() if r.method == "POST"}
    return [
        pytest.param(r, id=r.endpoint) for r in routes() if r.method == "GET" and r.endpoint in sent
    ]


@dataclass(slots=True)
class _Sheet:
    """The fields of a page's form, by name, with the values that they show."""

    action: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    changed: MultiDict[str, str] = field(default_factory=MultiDict)


def _read(form: lxml.html.FormElement) -> _Sheet:
    """What the form shows, and something else for each of its fields."""
    sheet = _Sheet(form.get("action") or "")
    boxes: dict[str, list[lxml.html.HtmlElement]] = {}
    for n, item in enumerate(form.xpath(".//input[@name]|.//textarea[@name]|.//select[@name]")):
        name, kind = item.get("name"), item.get("type", "text")
        if item.get("disabled") is not None or name in ("_key", "csrf_token"):
            continue
        if item.tag == "select":
            shown = [o.get("value", "") for o in item.xpath(".//option[@selected]")]
            offered = [o.get("value", "") for o in item.xpath(".//option")]
            other = [v for v in offered if v not in shown and v] or offered[-1:]
            sheet.sent[name] = shown or offered[:1]
            sheet.changed.setlist(name, other[-1:])
        elif item.tag == "input" and kind in ("radio", "checkbox"):
            boxes.setdefault(name, []).append(item)
        elif item.tag == "input" and kind in _NOT_TYPED:
            if kind == "hidden":
                sheet.changed.add(name, item.get("value", ""))
        else:
            text = item.text or "" if item.tag == "textarea" else item.get("value", "")
            sheet.sent[name] = [text.removeprefix("\n")]
            sample = _SAMPLES.get(kind if item.tag == "input" else "", f"改写{n}")
            if item.get("inputmode") in ("numeric", "decimal") or item.get("maxlength") == "1":
                sample = "7"
            sheet.changed.add(name, sample)
    for name, several in boxes.items():
        sheet.sent[name] = [b.get("value", "y") for b in several if b.get("checked") is not None]
        other = [b.get("value", "y") for b in several if b.get("checked") is None]
        sheet.changed.setlist(name, other[-1:])
    return sheet


def _forms(client: FlaskClient, url: str) -> list[_Sheet]:
    response = client.get(url)
    if response.status_code != 200:
        return []
    page = lxml.html.fromstring(response.text)
    main = page.xpath("//main") or [page]
    own = url.split("?")[0]
    found = main[0].xpath(".//form[@method='post']")
    return [_read(f) for f in found if (f.get("action") or own).split("?")[0] == own]


def _kept(account: Account, path: str, sheet: _Sheet) -> str | None:
    return drafts.keep(account.id, path, sheet.changed, NOW)


def _lost(sheet: _Sheet, now: _Sheet) -> dict[str, tuple[list[str], list[str]]]:
    """The fields that show something else than was typed, but for secrets."""
    kept = MultiDict(drafts.worth_keeping(sheet.changed))
    return {
        name: (now.sent[name], kept.getlist(name))
        for name in sheet.sent
        if name in kept and now.sent[name] != kept.getlist(name)
    }


def _actor(world: World, route: Route) -> tuple[Account, Person, OrgUnit]:
    """Somebody who may open the page, the person whom it is about, and the place of its record."""
    grants = table().row(route.permission).grants
    reach = [r for r, scope in grants if scope in (Scope.SUBTREE, Scope.ALL) and r in ROLES]
    role = reach[0] if reach else None
    home = role_home(role) if role else HOME[OrgKind.MEDIATION_COMMITTEE]
    person = make_person("经办某", world.org(home), standing=Standing.TRAINEE, mediator_no="D1")
    about = person
    if role is not None:
        about = make_person("当事某", world.org(home), standing=Standing.TRAINEE, mediator_no="D2")
    account = make_account(person, role or Role.MEDIATOR, world.org(home))
    return account, about, world.org(home)


@pytest.mark.parametrize("route", _pages())
def test_what_was_typed_wins_over_what_is_stored(app: Flask, world: World, route: Route) -> None:
    account, about, org = _actor(world, route)
    values = {
        v: OBJECTS[v](org, db.session.get(Person, about.id)) if v in OBJECTS else VALUES[v]
        for v in route.variables
    }
    if route.endpoint in FIRST:
        FIRST[route.endpoint](org)
    db.session.commit()
    path, client = route.url(app, values), sign_in(app, account)
    url = f"{path}?{QUERY.get(route.endpoint, '')}"
    drawn = 0
    for number, sheet in enumerate(_forms(client, url)):
        kept = _kept(account, path, sheet)
        if kept is not None:
            drawn += 1
            assert not _lost(sheet, _forms(client, f"{url}&draft={kept}")[number])
    assert bool(drawn) == (route.endpoint not in WITHOUT), client.get(url).status


def test_a_round_that_was_being_opened_is_there_again(app: Flask, world: World) -> None:
    account, client = world.account("a_hr"), sign_in(app, world.account("a_hr"))
    org, path = world.account("a_hr").person.org, "/appraisals/rounds/new"
    chosen = {"org": org.public_id, "year": "2031", "kinds": "part_time"}
    kept = drafts.keep(account.id, path, MultiDict(chosen), NOW)
    page = lxml.html.fromstring(client.get(f"{path}?draft={kept}").text)
    assert page.xpath("//input[@name='year']/@value") == ["2031"]
    assert page.xpath("//input[@name='kinds'][@checked]/@value") == ["part_time"]


def test_a_field_that_was_emptied_stays_empty(app: Flask, world: World) -> None:
    org, account = world.org("甲区一街社区调委会"), world.account("city_admin")
    org.name_en, path = "Stored name", f"/orgs/{org.public_id}/change"
    db.session.commit()
    kept = drafts.keep(account.id, path, MultiDict({"name": "改名", "name_en": ""}), NOW)
    page = lxml.html.fromstring(sign_in(app, account).get(f"{path}?draft={kept}").text)
    assert page.xpath("//input[@name='name']/@value") == ["改名"]
    assert page.xpath("//input[@name='name_en']/@value") == [""]


@pytest.mark.parametrize("ground", ["left", "asked"])
def test_a_dialogue_restores_its_ground_and_says_so_at_once(
    app: Flask, world: World, ground: str
) -> None:
    certificate = make_certificate(make_person("持证某", world.org("甲区一街社区调委会")))
    db.session.commit()
    path = f"/certificates/{certificate.public_id}"
    account = world.account("a_hr")
    kept = drafts.keep(
        account.id, path, MultiDict({"ground": ground, "reason": "本人来信说明"}), NOW
    )
    text = sign_in(app, account).get(f"{path}?draft={kept}").text
    page = lxml.html.fromstring(text)
    chosen = page.xpath("//select[@id='ground-cancel']/option[@selected]/@value")
    assert chosen == [ground]
    assert "本人来信说明</textarea>" in text
    assert "已恢复您上次填写的内容" in text


def test_a_class_list_restores_what_was_said_of_everybody(app: Flask, world: World) -> None:
    person, account = world.person("a_mediator"), world.account("a_trainer")
    session = make_session(starts_at=clock.now() - timedelta(hours=1))
    db.session.add(
        SignUp(
            session_id=session.id, person_id=person.id, org_id=person.org_id, signed_at=clock.now()
        )
    )
    db.session.commit()
    path, name = f"/classes/{session.public_id}", person.public_id
    typed = {f"mark-{name}": "late", f"minutes-{name}": "120", f"reason-{name}": "堵车"}
    kept = drafts.keep(account.id, path, MultiDict(typed), NOW)
    page = lxml.html.fromstring(sign_in(app, account).get(f"{path}?draft={kept}").text)
    assert page.xpath(f"//select[@name='mark-{name}']/option[@selected]/@value") == ["late"]
    assert page.xpath(f"//input[@name='minutes-{name}']/@value") == ["120"]
    assert page.xpath(f"//input[@name='reason-{name}']/@value") == ["堵车"]
