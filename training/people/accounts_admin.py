"""Accounts of others: opened, closed, reopened, and let in again after too many failures."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb

from . import accounts, accounts_slips, auth, sessions
from .models import Account, Person, RoleGrant
from .rules.person import AccountState

_USERNAME = re.compile(r"[a-z][a-z0-9_.-]{2,39}")


def judge_username(raw: str) -> str | Verdict:
    """A user name, in small letters. Codes ``username.form``, ``username.taken``."""
    name = raw.strip().lower()
    if not _USERNAME.fullmatch(name):
        return refuse(
            "username.form", N_("用户名以字母开头，3 至 40 个字母、数字、点、横线或者下划线")
        )
    taken = db.session.scalar(
        sa.select(Account.id).where(Account.username.in_((name, name.upper())))
    )
    return refuse("username.taken", N_("这个用户名已有人使用，请换一个")) if taken else name


@verb("people:account:manage", on="person")
def open_account(
    actor: Actor, person: Person, username: str, *, by_phone: bool, as_mediator: bool, now: datetime
) -> Account:
    """Open an account that waits for its activation slip.

    ``by_phone``: the person's telephone logs in, too; ``as_mediator``: with the learner's role
    in the person's unit. Other roles are granted by an administrator.
    """
    name = judge_username(username)
    if isinstance(name, Verdict):
        raise Refused(name, status=422, code="USERNAME")
    phone = accounts.judge_phone(person.phone) if by_phone else ""
    if isinstance(phone, Verdict):
        raise Refused(phone, status=422, code="PHONE")
    if phone:
        require(accounts.phone_free(phone), status=422, code="PHONE_TAKEN")
    account = Account(
        person_id=person.id, username=name, state=AccountState.WAITING, created_at=now,
        login_phone_index=auth.login_index(phone) if phone else None,
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
    if as_mediator:
        db.session.add(
            RoleGrant(
                account_id=account.id, role=Role.MEDIATOR, org_id=person.org_id, granted_at=now,
                granted_by=actor.ref,
            )
        )  # fmt: skip
    about(account)
    tell(code="account_opened", by_phone=bool(phone), as_mediator=as_mediator)
    return account


def _another(actor: Actor, account: Account) -> Verdict:
    if account.person_id == actor.person_id:
        return refuse("self", N_("不得启用、停用本人的账号，请由另一位管理员办理"))
    return ALLOWED


@verb("people:account:manage", on="account")
def close(actor: Actor, account: Account, reason: str, *, now: datetime) -> Account:
    """Close an account: its sessions end at once, its slips are withdrawn. The reason is told
    to its owner after the right password."""
    require(_another(actor, account), status=403, code="SELF")
    if account.state is AccountState.CLOSED:
        raise Refused.because("ALREADY_CLOSED", N_("此账号已停用"), status=409)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明停用的理由"), status=422)
    account.state, account.closed_reason = AccountState.CLOSED, reason.strip()[:200]
    accounts_slips.withdraw_open(account.id, now)
    tell(code="account_closed", ended=sessions.end_all(account.id, now))
    return account


@verb("people:account:manage", on="account")
def reopen(actor: Actor, account: Account, *, now: datetime) -> Account:
    """Reopen a closed account: with its former password, or waiting if it never had one."""
    require(_another(actor, account), status=403, code="SELF")
    if account.state is not AccountState.CLOSED:
        raise Refused.because("NOT_CLOSED", N_("此账号没有停用"), status=409)
    account.state = AccountState.ACTIVE if account.password_hash else AccountState.WAITING
    account.closed_reason = ""
    tell(code="account_reopened", state=str(account.state))
    return account


@verb("people:account:release", on="account")
def release_delay(actor: Actor, account: Account, *, now: datetime) -> Account:
    """Let somebody try again at once after too many wrong passwords or codes."""
    tell(code="delay_released", failures=auth.release(account, now))
    return account


def units_for(person: Person) -> list[OrgUnit]:
    """Where roles are granted to a person: the own unit, those above it, and the bureaus."""
    own = [int(part) for part in person.org.path.strip("/").split("/")]
    query = sa.select(OrgUnit).where(
        sa.or_(OrgUnit.id.in_(own), OrgUnit.kind.in_(("city_bureau", "district_bureau"))),
        OrgUnit.closed_on.is_(None),
    )
    return list(db.session.scalars(query.order_by(OrgUnit.path)))
