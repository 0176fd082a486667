"""A small city with a fictional cast, in the database that every test starts from.

``World()`` looks things up by name; it holds nothing itself, so that it is never stale.
"""

from __future__ import annotations

import contextvars
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.core.orgs import add_org
from training.core.rules.permission import Actor
from training.core.rules.roles import ROLES, OrgKind, Role
from training.people import passwords, sessions
from training.people.models import Account, Person, RoleGrant, UserSession
from training.people.rules.person import AccountState, ServiceKind, Standing
from training.site.founding import found

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse battery 7"


def build_world() -> None:
    """City → two districts → two offices each → a committee; a professional committee."""
    city = found("示例市司法局", "460100", NOW, "Example City Justice Bureau")
    for d, region in (("甲", "460105"), ("乙", "460106")):
        district = add_org(city, OrgKind.DISTRICT_BUREAU, f"{d}区司法局", region_code=region)
        for o in ("一", "二"):
            office = add_org(district, OrgKind.JUDICIAL_OFFICE, f"{d}区{o}街司法所")
            add_org(office, OrgKind.MEDIATION_COMMITTEE, f"{d}区{o}街社区调委会")
        add_org(district, OrgKind.PROFESSIONAL_COMMITTEE, f"{d}区物业纠纷调委会")
    db.session.commit()
    world = World()
    for role, org in (
        (Role.CITY_MANAGER, "示例市司法局"),
        (Role.ADMIN, "示例市司法局"),
        (Role.AUDITOR, "示例市司法局"),
    ):
        make_account(
            make_person(f"市{role}", world.org(org)), role, world.org(org), username=f"city_{role}"
        )
    for d, code in (("甲", "a"), ("乙", "b")):
        district = world.org(f"{d}区司法局")
        for role in (Role.HR, Role.TRAINER, Role.PROCTOR, Role.PANEL, Role.APPROVER, Role.REVIEWER):
            make_account(
                make_person(f"{d}{role}", district), role, district, username=f"{code}_{role}"
            )
        office = world.org(f"{d}区一街司法所")
        make_account(
            make_person(f"{d}head", office),
            Role.OFFICE_HEAD,
            office,
            username=f"{code}_office_head",
        )
        committee = world.org(f"{d}区一街社区调委会")
        make_account(
            make_person(f"{d}committee", committee),
            Role.COMMITTEE,
            committee,
            username=f"{code}_committee",
        )
        person = make_person(
            f"{d}调解员", committee, standing=Standing.TRAINEE, mediator_no=f"T{code}0001"
        )
        make_account(person, Role.MEDIATOR, committee, username=f"{code}_mediator")
    db.session.commit()


class World:
    """Look things up: ``world.org("甲区司法局")``, ``world.account("a_hr")``, ``world.actor("a_hr")``."""

    def org(self, name: str) -> OrgUnit:
        return db.session.scalars(sa.select(OrgUnit).where(OrgUnit.name == name)).one()

    def account(self, username: str) -> Account:
        return db.session.scalars(sa.select(Account).where(Account.username == username)).one()

    def person(self, username: str) -> Person:
        return self.account(username).person

    def actor(self, username: str, *, fresh: bool = True) -> Actor:
        """The Actor of an account; ``fresh``: stepped up just now."""
        actor = sessions.actor_of(self.account(username))
        if not fresh:
            return actor
        return Actor(
            actor.person_id,
            actor.account_id,
            actor.ref,
            actor.grants,
            clock.now() + timedelta(days=400),
        )


_serial = 0


def make_person(name: str = "示例某", org: OrgUnit | None = None, **overrides: object) -> Person:
    """A fictional person; stored, not committed."""
    fields: dict[str, object] = {
        "name": name,
        "org_id": (org or World().org("甲区一街社区调委会")).id,
        "service_kind": ServiceKind.FULL_TIME,
        "standing": Standing.CANDIDATE,
        "created_at": NOW,
    } | overrides
    person = Person(**fields)
    db.session.add(person)
    db.session.flush()
    return person


def make_account(person: Person, role: Role, org: OrgUnit, **overrides: object) -> Account:
    """An active account with one grant and the test password; stored, not committed."""
    global _serial
    _serial += 1
    fields: dict[str, object] = {
        "person_id": person.id,
        "username": f"user{_serial}",
        "password_hash": passwords.hash_password(PASSWORD),
        "state": AccountState.ACTIVE,
        "created_at": NOW,
    } | overrides
    account = Account(**fields)
    db.session.add(account)
    db.session.flush()
    db.session.add(
        RoleGrant(
            account_id=account.id, role=role, org_id=org.id, granted_at=NOW, granted_by="test"
        )
    )
    db.session.flush()
    return account


def sign_in(app: Flask, account: Account, *, fresh: bool = True) -> FlaskClient:
    """A client with a live session of this account (stepped up unless told otherwise)."""
    now = clock.now()
    token = sessions.start(account, device="test", now=now, awaiting_second=False)
    db.session.flush()
    if fresh:
        db.session.execute(
            sa.update(UserSession)
            .where(UserSession.token_hash == sessions.hashed(token))
            .values(stepped_up_until=now + timedelta(minutes=10))
        )
    db.session.commit()
    client = app.test_client()
    client.set_cookie(sessions.cookie_name(app), token)
    return client


class IsolatedClient(FlaskClient):
    """Sends each request in an empty context, as a server would: nothing of the test's own
    application context (``g``, the session) leaks into it. Afterwards the test reads anew."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.rollback()
        return response


def csrf(client: FlaskClient) -> str:
    """The client's CSRF token, as a page would carry it."""
    with client.session_transaction() as flow:
        raw = flow.setdefault("csrf_token", "0" * 40)
    signer = URLSafeTimedSerializer(client.application.config["SECRET_KEY"], salt="wtf-csrf-token")
    return str(signer.dumps(raw))


def post(
    client: FlaskClient, url: str, data: dict[str, object] | None = None, **options: Any
) -> TestResponse:
    """Post a form as a browser does: with the CSRF token and a key of its own.

    Give ``_key`` in ``data`` to click twice.
    """
    return client.post(
        url, data={"csrf_token": csrf(client), "_key": token_hex(12)} | (data or {}), **options
    )


HOME = {
    OrgKind.CITY_BUREAU: "示例市司法局",
    OrgKind.DISTRICT_BUREAU: "甲区司法局",
    OrgKind.JUDICIAL_OFFICE: "甲区一街司法所",
    OrgKind.MEDIATION_COMMITTEE: "甲区一街社区调委会",
}
"""A unit of each kind."""


def role_home(role: Role) -> str:
    """The lowest level but the leaf at which a role is granted, so that it has a child."""
    levels = ROLES[role].levels
    for kind in (
        OrgKind.DISTRICT_BUREAU,
        OrgKind.JUDICIAL_OFFICE,
        OrgKind.CITY_BUREAU,
        OrgKind.MEDIATION_COMMITTEE,
    ):
        if kind in levels:
            return HOME[kind]
    raise AssertionError(role)
