"""Logging in: who is it, how often was it wrong, which session begins.

An unknown name, a wrong password and an account without a password take the same way: the
same counts, one password hash, the same answer. Reads and hashing happen before the write.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import clock, crypto, policy
from training.core.db import db
from training.core.models import OrgUnit, SecurityEvent
from training.core.requestid import current as request_id
from training.core.rules.addresses import counted
from training.core.rules.contact import read_phone
from training.core.rules.verdict import Verdict
from training.core.units import system_unit

from . import passwords, sessions
from .models import Account, AuthFailure, HallRange, Person, UserSession
from .rules.halls import Hall, is_hall
from .rules.login_limits import Limit, LoginLimits, latest, shut_until, window_until
from .rules.person import AccountState, AuthKind

_FORGET_AFTER = timedelta(days=1)


class Throttled(Exception):
    """Too many failures: nothing is heard until ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class Closed(Exception):
    """The password was right, but the account has been closed."""

    def __init__(self, reason: str) -> None:
        super().__init__("closed")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entered:
    """A session has begun. ``second``: it still owes the second factor (``enrolled`` tells
    whether there is one to ask for). ``language`` is the account's own."""

    token: str
    second: bool
    enrolled: bool
    language: str


def root() -> OrgUnit:
    """The organisation whose policy holds for the whole site."""
    return db.session.scalars(sa.select(OrgUnit).where(OrgUnit.parent_id.is_(None))).one()


def limits(now: datetime) -> LoginLimits:
    return LoginLimits.of(policy.get("security.login", root(), clock.today(now)).value)


def login_index(phone: str) -> str:
    """``Account.login_phone_index`` for a canonical telephone number: the same keyed index as
    ``Person.phone_index``."""
    return str(Person.phone.blind(phone))


def address_index(address: str) -> str:
    return crypto.ring().blind("address", counted(address))


def subject_of(account: Account | None, name: str) -> str:
    """Whom an attempt was meant for, as a keyed hash: the account, or the name nobody has."""
    return crypto.ring().blind(
        "auth.subject", f"account/{account.id}" if account else f"name/{name.strip().lower()}"
    )


def find(name: str) -> Account | None:
    """The account of a telephone number or user name."""
    phone, typed = read_phone(name), name.strip()
    index = "" if isinstance(phone, Verdict) else login_index(phone.value)
    return db.session.scalar(
        sa.select(Account)
        .where(
            sa.or_(
                Account.username.in_({typed, typed.lower(), typed.upper()}),
                sa.and_(Account.login_phone_index == index, sa.literal(bool(index))),
            )
        )
        .order_by(Account.login_phone_index == index)
        .limit(1)
    )


def halls(on: datetime) -> list[Hall]:
    """The ranges that are in force today."""
    day = clock.today(on)
    rows = db.session.execute(
        sa.select(HallRange.cidr, HallRange.valid_from, HallRange.valid_until).where(
            HallRange.valid_from <= day,
            HallRange.valid_until >= day,
            HallRange.ended_at.is_(None),
        )
    )
    return [Hall(*row) for row in rows]


def _failures(kind: AuthKind, subject: str, since: datetime) -> list[datetime]:
    query = sa.select(AuthFailure.at).where(
        AuthFailure.subject_index == subject,
        AuthFailure.kind == kind,
        AuthFailure.at > since,
        AuthFailure.released.is_(False),
    )
    return list(db.session.scalars(query))


def _nth_newest(limit: Limit, now: datetime, *where: sa.ColumnElement[bool]) -> datetime | None:
    return db.session.scalar(
        sa.select(AuthFailure.at)
        .where(AuthFailure.at > now - limit.window, *where)
        .order_by(AuthFailure.at.desc())
        .offset(limit.count - 1)
        .limit(1)
    )


def check_open(
    kind: AuthKind, subject: str, address: str, now: datetime, rules: LoginLimits
) -> None:
    """Raises ``Throttled`` when the account, the address or the whole site has had too many
    failures. Addresses of a registered hall are not counted by address nor shut with the site:
    an exam must not stop because somebody elsewhere guesses passwords."""
    per_account = rules.second if kind is AuthKind.SECOND else (rules.account,)
    failed = _failures(kind, subject, now - rules.memory)
    moments = [shut_until(failed, limit, now) for limit in per_account]
    if not is_hall(address, halls(now), clock.today(now)):
        by_address = AuthFailure.address_index == address_index(address)
        moments += [
            window_until(_nth_newest(rules.address, now, by_address), rules.address, now),
            window_until(_nth_newest(rules.site, now), rules.site, now),
        ]
    until = latest(moments)
    if until is not None:
        raise Throttled(until)


def delayed(account_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Which of these accounts are delayed, until when; one query however many there are."""
    rules = limits(now)
    times: dict[int, list[datetime]] = {}
    rows = db.session.execute(
        sa.select(AuthFailure.account_id, AuthFailure.at).where(
            AuthFailure.account_id.in_(account_ids), *_counting(rules, now)
        )
    )
    for account_id, at in rows:
        times.setdefault(account_id or 0, []).append(at)
    found = {key: shut_until(at, rules.account, now) for key, at in times.items()}
    return {key: until for key, until in found.items() if until is not None}


def _counting(rules: LoginLimits, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        AuthFailure.kind == AuthKind.PASSWORD,
        AuthFailure.at > now - rules.account.window - rules.account.delay,
        AuthFailure.released.is_(False),
    )


def many_failures(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on ``Account``: so many wrong passwords of late that it may be delayed."""
    rules = limits(now)
    return Account.id.in_(
        sa.select(AuthFailure.account_id)
        .where(AuthFailure.account_id.is_not(None), *_counting(rules, now))
        .group_by(AuthFailure.account_id)
        .having(sa.func.count() >= rules.account.count)
    )


def event(kind: str, ref: str, address: str, now: datetime, detail: str = "") -> None:
    """Note a log-in or its failure in the security log; ``ref`` is a random public id."""
    db.session.add(
        SecurityEvent(
            at=now, kind=kind, actor_ref=ref, address_hash=address_index(address),
            endpoint="people.login", detail=detail, request_id=request_id(),
        )
    )  # fmt: skip


@system_unit
def count_failure(
    kind: AuthKind,
    subject: str,
    address: str,
    now: datetime,
    *,
    account_id: int | None = None,
    ref: str = "",
) -> None:
    """Count a failure; what is older than a day is forgotten on the way."""
    db.session.execute(sa.delete(AuthFailure).where(AuthFailure.at < now - _FORGET_AFTER))
    db.session.add(
        AuthFailure(
            at=now, kind=kind, subject_index=subject, account_id=account_id,
            address_index=address_index(address),
        )
    )  # fmt: skip
    event(f"{kind}_failed", ref, address, now)


def log_in(
    name: str, password: str, *, address: str, device: str, old_token: str, now: datetime
) -> Entered | None:
    """Try a telephone number or user name with a password.

    Returns None for an unknown name and for a wrong password alike. Raises ``Throttled``,
    and, after the right password only, ``Closed``.
    """
    rules = limits(now)
    account = find(name)
    subject = subject_of(account, name)
    check_open(AuthKind.PASSWORD, subject, address, now, rules)
    account_id = account.id if account else None
    ref = account.person.public_id if account else ""
    stored = account.password_hash if account else ""
    db.session.rollback()
    if not passwords.verify(stored, password) or account_id is None:
        count_failure(AuthKind.PASSWORD, subject, address, now, account_id=account_id, ref=ref)
        return None
    fresh = passwords.hash_password(password) if passwords.needs_rehash(stored) else ""
    entered = _enter(account_id, stored, fresh, subject, address, device, old_token, now)
    if isinstance(entered, Closed):
        raise entered
    return entered


@system_unit
def _enter(
    account_id: int, proven: str, fresh: str, subject: str, address: str, device: str,
    old_token: str, now: datetime,
) -> Entered | Closed | None:  # fmt: skip
    """Begin the session, if what was proven a moment ago still holds."""
    account = db.session.get(
        Account, account_id, with_for_update={"of": Account}, populate_existing=True,
        options=[joinedload(Account.person)],
    )  # fmt: skip
    if account is None or account.password_hash != proven:
        return None
    check_open(AuthKind.PASSWORD, subject, address, now, limits(now))
    if account.state is AccountState.CLOSED:
        event("login_closed", account.person.public_id, address, now)
        return Closed(account.closed_reason)
    if fresh:
        account.password_hash = fresh
    return begin(account, address=address, device=device, old_token=old_token, now=now)


def begin(account: Account, *, address: str, device: str, old_token: str, now: datetime) -> Entered:
    """Begin a session in the current write transaction; the browser's former one ends."""
    second = sessions.privileged(account) and sessions.second_required()
    if old_token:
        sessions.end(old_token, now)
    token = sessions.start(account, device=device, now=now, awaiting_second=second)
    event("login_password" if second else "login", account.person.public_id, address, now)
    return Entered(token, second, account.totp_sealed is not None, account.language)


def prove_password(account: Account, password: str, *, address: str, now: datetime) -> bool:
    """Is this the signed-in account's password? Counted like a log-in. Raises ``Throttled``."""
    account_id, subject, stored = account.id, subject_of(account, ""), account.password_hash
    ref = account.person.public_id
    check_open(AuthKind.PASSWORD, subject, address, now, limits(now))
    db.session.rollback()
    if passwords.verify(stored, password):
        return True
    count_failure(AuthKind.PASSWORD, subject, address, now, account_id=account_id, ref=ref)
    return False


@system_unit
def log_out(token: str, now: datetime) -> None:
    sessions.end(token, now)


@system_unit
def step_up(session_id: int, now: datetime) -> str:
    """Mark a session as freshly proven for grave acts; returns its new reference."""
    session = db.session.get_one(UserSession, session_id)
    session.stepped_up_until = now + sessions.STEP_UP
    return sessions.rotate(session)


def release(account: Account, now: datetime) -> int:
    """Lift the delay of an account, in the current write transaction; returns how many
    failures no longer count."""
    lifted = db.session.execute(
        sa.update(AuthFailure)
        .where(
            AuthFailure.subject_index == subject_of(account, ""),
            AuthFailure.at > now - _FORGET_AFTER,
            AuthFailure.released.is_(False),
        )
        .values(released=True)
    )
    return int(lifted.rowcount)  # type: ignore[attr-defined]


@system_unit
def begin_after_slip(
    account_id: int, *, address: str, device: str, old_token: str, now: datetime
) -> Entered:
    """Log in somebody who has just chosen a password with a slip."""
    account = db.session.get_one(Account, account_id)
    return begin(account, address=address, device=device, old_token=old_token, now=now)
