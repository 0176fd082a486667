"""Every page that a role reaches without naming a record, on a phone and on a desk."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from courses.models import Course
from tests.support.route_list import routes
from training.core import access
from training.core.db import db
from training.people import sessions

CAST = (
    "a_hr",
    "a_trainer",
    "a_proctor",
    "a_approver",
    "a_mediator",
    "a_office_head",
    "city_city_manager",
    "city_auditor",
    "city_admin",
)
LEFT_OUT = {
    "core.healthz", "core.readyz",  # for machines
    "core.audit_head", "exams_bank.template", "exams_bank.export", "certificates.export", "employment.export_exits",
    "programmes.export_enrolments", "people.export_persons", "people.import_template",
}  # fmt: skip


def own_routes(world, username):
    """A role's plain pages that no role before it in the cast has shown already; its home."""
    actors = {name: sessions.actor_of(world.account(name)) for name in CAST}
    before = [actors[name] for name in CAST[: CAST.index(username)]]
    return [
        r
        for r in routes()
        if r.method == "GET"
        and not r.variables
        and r.endpoint not in LEFT_OUT
        and access.holds(actors[username], r.permission)
        and (r.endpoint == "site.home" or not any(access.holds(a, r.permission) for a in before))
    ]


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("username", CAST)
def test_each_page_of_a_role_is_whole_and_accessible(app, world, walker, username, size):
    person = walker(size, "en-US" if size == "desktop" else "zh-CN").sign_in(username)
    seen = 0
    for route in own_routes(world, username):
        answer = person.page.goto(person.base + route.url(app, {}))
        kind = answer.headers.get("content-type", "")
        if answer.status >= 500:
            person.problems.append(f"{route.endpoint}: {answer.status}")
        elif kind.startswith("text/html"):
            person.look(f"{username}-{route.endpoint}")
            seen += 1
    assert seen >= 1


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_public_pages_are_whole_and_accessible(app, walker, size):
    visitor = walker(size)
    for path in ("/", "/login", "/styleguide", "/nowhere"):
        visitor.go(path).look(f"public{path.replace('/', '-')}")


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("x"), {"phone": "系统出现故障", "desktop": "Something broke"}),
        (OSError(28, "full"), {"phone": "系统暂时繁忙", "desktop": "The site is busy"}),
    ],
)
def test_a_crash_is_a_whole_and_accessible_page(app, walker, monkeypatch, size, error, words):
    def broken():
        raise error

    broken.permission = app.view_functions["site.help"].permission
    monkeypatch.setitem(app.view_functions, "site.help", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    visitor = walker(size, "en-US" if size == "desktop" else "zh-CN")
    visitor.go("/help").look(f"crash-{type(error).__name__}")
    expect(visitor.page.locator("h1")).to_contain_text(words[size])
    visitor.problems = [p for p in visitor.problems if "status of 50" not in p]


def test_a_double_click_makes_one_course(world, walker):
    trainer = walker("desktop").sign_in("a_trainer").go("/teach/courses/new")
    trainer.page.fill("[name=title]", "双击也只有一门")
    trainer.page.locator("[name=topic]").first.check(force=True)
    trainer.page.locator("main").get_by_role("button", name="建立课程").dblclick()
    expect(trainer.page.locator("#flashes")).to_contain_text("课程已建立")
    db.session.rollback()
    made = db.session.scalars(sa.select(Course.title).where(Course.title == "双击也只有一门"))
    assert len(made.all()) == 1
