"""Every route × every role × every place, against the permission table.

The table is read here on its own terms (not through ``access``): a role that the row
grants over a subtree reaches its own organisation and those below, not those above or
beside; ``self`` reaches the person's own records only.
"""

from __future__ import annotations

from functools import cache, partial
from secrets import token_hex

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.support.objects import OBJECTS, VALUES, load_all
from tests.support.route_list import Route, routes
from tests.support.world import (
    HOME,
    World,
    make_account,
    make_person,
    post,
    role_home,
    sign_in,
)
from training.core import access
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Scope
from training.core.rules.roles import ROLES, OrgKind, Role
from training.people.models import Person
from training.people.rules.person import Standing
from training.site.app import permission_table

load_all()
DELEGATED = {
    "attachments.add": "the permission of the record that the file is laid to decides",
    "attachments.withdraw": "the permission of the record that the file was laid to decides",
    "people.import_rejected": "only the officer who brought the sheet may read its lines",
    "documents.ask": "the permission of the paper over its record decides",
}
"""Routes whose answer depends on another record: their rooms' own tests walk them."""

PLACES = ("own", "child", "parent", "foreign", "self")


def test_every_route_declares_a_permission_of_the_table(app):
    table = access.table()
    undeclared = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, "permission", None) not in table
    ]
    assert undeclared == []


def test_every_permission_is_used_by_a_route_or_a_verb(app):
    """A row that nothing asks for is a rule that nothing enforces."""
    used = {getattr(view, "permission", "") for view in app.view_functions.values()}
    source = "\n".join(
        path.read_text()
        for package in ("training", "courses", "exams", "certificates")
        for path in (app.extensions["academy.config"].root / package).rglob("*.py")
        if path.name != "permissions.py"
    ) + "\n".join(
        path.read_text()
        for package in ("training", "courses", "exams", "certificates")
        for path in (app.extensions["academy.config"].root / package).rglob("*.html")
    )
    unused = [
        row.permission
        for row in permission_table()
        if row.permission not in used and row.permission not in source
    ]
    assert unused == []


@cache
def _place(home: str, place: str) -> int | None:
    """The organisation of a record at this place as seen from ``home``; None if there is none.
    The world is the same in every test."""
    org = World().org(home)
    if place in ("own", "self"):
        return org.id
    if place == "parent":
        return org.parent_id
    if place == "child":
        return db.session.scalar(
            sa.select(OrgUnit.id).where(OrgUnit.parent_id == org.id).order_by(OrgUnit.id)
        )
    return World().org("乙区一街司法所").id if org.parent_id else None


def _expected(permission: str, role: Role, place: str | None) -> bool:
    """What the table says, read here anew. ``place`` is None for a route without a record."""
    row = next(r for r in permission_table() if r.permission == permission)
    held = {role} if role is Role.ANONYMOUS else {role, Role.MEMBER}
    scopes = {scope for granted, scope in row.grants if granted in held}
    if place is None:
        return bool(scopes)
    if Scope.ALL in scopes:
        return True
    if Scope.SUBTREE in scopes and place in ("own", "child", "self"):
        return True
    return place == "self" and bool(scopes & {Scope.SELF, Scope.PARTICIPANT})


def pytest_generate_tests(metafunc):
    if "route" in metafunc.fixturenames:
        walked = [r for r in routes() if r.endpoint not in DELEGATED]
        metafunc.parametrize("route", walked, ids=lambda r: f"{r.method} {r.endpoint}")


def _somebody(org: OrgUnit) -> Person:
    serial = token_hex(6)
    return make_person("矩阵某", org, standing=Standing.TRAINEE, mediator_no=f"M{serial}")


def _visitor(app: Flask, role: Role, home: str) -> tuple[int, FlaskClient]:
    """Somebody who holds this role at home, and their browser."""
    org = db.session.get_one(OrgUnit, _place(home, "own"))
    person = _somebody(org)
    number = person.id
    if role is Role.ANONYMOUS:
        db.session.commit()
        return number, app.test_client()
    account = make_account(person, role if role in ROLES else Role.MEDIATOR, org)
    if role is Role.MEMBER:
        db.session.execute(
            sa.text("DELETE FROM role_grant WHERE account_id = :a"), {"a": account.id}
        )
    return number, sign_in(app, account)


def _record(route: Route, org_id: int, about: int | None) -> dict[str, str]:
    """What stands in the address: a record of this organisation about this person, or about
    somebody there."""
    org = db.session.get_one(OrgUnit, org_id)
    number = about or _somebody(org).id
    values = {
        v: OBJECTS[v](org, db.session.get_one(Person, number)) if v in OBJECTS else VALUES[v]
        for v in route.variables
    }
    db.session.commit()
    return values


def test_route_by_role_by_place(app, route):
    """One test a route, looping over the cells."""
    wrong = []
    missing = [v for v in route.variables if v not in OBJECTS and v not in VALUES]
    assert not missing, (
        f"{route.endpoint}: register a factory for {missing} (tests/support/objects.py)"
    )
    places = PLACES if any(v in OBJECTS for v in route.variables) else (None,)
    records: dict[int, dict[str, str]] = {}  # those that no request has changed, by organisation
    for role in (Role.ANONYMOUS, Role.MEMBER, *ROLES):
        home = role_home(role) if role in ROLES else HOME[OrgKind.MEDIATION_COMMITTEE]
        person, client = _visitor(app, role, home)
        for place in places:
            at = _place(home, place or "own")
            if at is None:
                continue
            if place == "self":
                values = _record(route, at, person)
            elif at in records:
                values = records[at]
            else:
                values = records[at] = _record(route, at, None)
            url = route.url(app, values)
            # A refusal is then a line instead of a page: drawing those takes most of the time.
            quick = {"headers": {"Accept": "application/json"}}
            ask = client.get if route.method == "GET" else partial(post, client)
            response = ask(url, **quick)
            to_login = (
                response.status_code in (302, 303) and "/login" in response.headers["Location"]
            )
            got = response.status_code != 404 and not (
                to_login and not _expected(route.permission, role, None)
            )
            if got and route.method != "GET":
                records.pop(at, None)
            if response.status_code >= 500:
                wrong.append((role, place, response.status_code))
            elif got != _expected(route.permission, role, place):
                wrong.append((role, place, "allowed" if got else response.status_code))
    assert wrong == []
