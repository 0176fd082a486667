"""Factories for accounts, slips and log-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex

import pyotp
import sqlalchemy as sa

from tests.support.objects import url_object
from tests.support.world import NOW, World, make_account, make_person
from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.roles import Role
from training.people import accounts_slips, auth, sessions
from training.people.models import Account, HallRange, OneTimeSlip, Person, RoleGrant
from training.people.rules.person import AccountState, SlipPurpose

ADDRESS = "192.0.2.7"
PHONE = "13800001234"
ID_NUMBER = "990101197003071230"
NEW_PASSWORD = "qingshan liushui 47 deng"


def make_waiting(username: str = "newcomer", **overrides: object) -> Account:
    """A person with telephone and identity number whose account waits for activation."""
    org = World().org("甲区一街社区调委会")
    person = make_person("示例新", org)
    person.phone, person.id_number = PHONE, ID_NUMBER
    fields = {
        "username": username,
        "password_hash": "",
        "state": AccountState.WAITING,
        "login_phone_index": auth.login_index(PHONE),
    } | overrides
    account = make_account(person, Role.MEDIATOR, org, **fields)
    db.session.commit()
    return account


def make_slip(account: Account, issuer: str = "a_hr", now: datetime | None = None) -> OneTimeSlip:
    return accounts_slips.issue(World().actor(issuer), account, now=now or clock.now())


def enrol(account: Account, last_step: int = 0) -> str:
    """Give an account an authenticator; returns its secret."""
    secret = pyotp.random_base32()
    account.totp, account.totp_last_step = secret, last_step
    db.session.commit()
    return secret


def _account_of(org: OrgUnit, person: Person) -> Account:
    """An account of the person, who stands in the organisation."""
    person.org_id = org.id
    held = db.session.scalars(sa.select(Account).where(Account.person_id == person.id)).first()
    return held or make_account(person, Role.MEDIATOR, org)


@url_object("account_id")
def _account_id(org: OrgUnit, person: Person) -> str:
    account = _account_of(org, person)
    db.session.commit()
    return account.public_id


@url_object("slip_id")
def _slip_id(org: OrgUnit, person: Person) -> str:
    account = _account_of(org, person)
    slip = OneTimeSlip(
        account_id=account.id, purpose=SlipPurpose.RESET, code_hash=token_hex(32),
        issued_at=NOW, issued_by="test", expires_at=NOW + timedelta(days=1),
    )  # fmt: skip
    db.session.add(slip)
    db.session.commit()
    return slip.public_id


@url_object("grant_id")
def _grant_id(org: OrgUnit, person: Person) -> str:
    account = make_account(person, Role.MEDIATOR, org)
    grant = RoleGrant(
        account_id=account.id, role=Role.TRAINER, org_id=org.id, granted_at=NOW, granted_by="test"
    )
    db.session.add(grant)
    db.session.commit()
    return grant.public_id


@url_object("hall_id")
def _hall_id(org: OrgUnit, person: Person) -> str:
    hall = HallRange(
        cidr="10.1.2.0/24", name="考场", org_id=org.id, valid_from=NOW.date(),
        valid_until=NOW.date(), created_at=NOW, created_by="test",
    )  # fmt: skip
    db.session.add(hall)
    db.session.commit()
    return hall.public_id


@url_object("login_id")
def _login_id(org: OrgUnit, person: Person) -> str:
    account = _account_of(org, person)
    token = sessions.start(account, device="", now=clock.now(), awaiting_second=False)
    db.session.commit()
    return sessions.find(token).public_id


@url_object("person_id")
def _person_id(org: OrgUnit, person: Person) -> str:
    person.org_id = org.id
    db.session.commit()
    return person.public_id
