"""Factories for accounts, slips and log-ins."""

from __future__ import annotations

from datetime import datetime

import pyotp

from tests.support.world import World, make_account, make_person
from training.core import clock
from training.core.db import db
from training.core.rules.roles import Role
from training.people import accounts_slips, auth
from training.people.models import Account, OneTimeSlip
from training.people.rules.person import AccountState

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
