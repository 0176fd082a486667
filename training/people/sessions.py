"""Sessions of our own table: one joined query a request, revocable at once, rotated at log-in.

The cookie holds a 256-bit reference; the table holds its SHA-256. ``last_seen`` is written
at most once a minute.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
import structlog
from flask import Flask, Request, Response, current_app, g, request
from flask_login import LoginManager
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from training.core import clock
from training.core.db import db
from training.core.rules.permission import ANONYMOUS, Actor, Grant
from training.core.rules.roles import ROLES
from training.core.units import system_unit

from .models import Account, RoleGrant, UserSession
from .rules.person import AccountState

IDLE_PRIVILEGED = timedelta(minutes=15)
IDLE_LEARNER = timedelta(minutes=60)
ABSOLUTE_PRIVILEGED = timedelta(hours=8)
ABSOLUTE_LEARNER = timedelta(hours=12)
STEP_UP = timedelta(minutes=10)
SECOND_WAIT = timedelta(minutes=10)
MAX_SESSIONS = 3
log = structlog.get_logger("sessions")


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def privileged(account: Account) -> bool:
    """Does any role of this account ask for a second factor and short sessions?"""
    return any(ROLES[g.role].privileged for g in account.grants)


def second_required() -> bool:
    """Does this site ask privileged accounts for a second factor? (The demo does not.)"""
    return not current_app.config["DEMO"]


class SignedIn:
    """What Flask-Login hands to views: the account, its person and the Actor made of them."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, session: UserSession) -> None:
        self.session = session
        self.account = session.account
        self.person = session.account.person
        self.language = self.account.language

    def get_id(self) -> str:
        return self.session.public_id

    @cached_property
    def actor(self) -> Actor:
        return actor_of(self.account, self.session)


class Visitor:
    """Nobody, or somebody whose session has ended (then ``expired_account_id`` is known)."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    actor = ANONYMOUS
    language = ""

    def get_id(self) -> None:
        return None

    def __init__(self, expired_account_id: int | None = None) -> None:
        self.expired_account_id = expired_account_id


def actor_of(account: Account, session: UserSession | None = None) -> Actor:
    """The Actor that an account is, with its live grants."""
    return Actor(
        person_id=account.person_id,
        account_id=account.id,
        ref=account.person.public_id,
        grants=tuple(Grant(g.role, g.org.path, g.org_id) for g in account.grants),
        stepped_up_until=session.stepped_up_until if session else None,
        session_id=session.id if session else None,
    )


def cookie_name(app: Flask) -> str:
    return "__Host-sid" if app.config["SESSION_COOKIE_SECURE"] else "sid"


def alive(session: UserSession, now: datetime) -> bool:
    """Neither ended, revoked, idle too long, nor of a closed account."""
    idle = IDLE_PRIVILEGED if privileged(session.account) else IDLE_LEARNER
    return (
        session.revoked_at is None
        and not session.awaiting_second
        and session.account.state is AccountState.ACTIVE
        and session.ends_at > now
        and session.last_seen + idle > now
        and not _lacks_second(session.account)
    )


def _may_keep(session: UserSession, now: datetime) -> bool:
    """Whether what is still typed into an ended session is kept for its account.

    One that was revoked (from another device, by a fourth log-in, by a new password) reads and
    does nothing any more, but whoever sits before it must not lose the form; until its own day
    would have been over, so that a stolen cookie does not write for ever. A closed account
    keeps nothing.
    """
    return (
        not session.awaiting_second
        and session.account.state is AccountState.ACTIVE
        and (session.revoked_at is None or session.ends_at > now)
    )


def _lacks_second(account: Account) -> bool:
    """A role that asks for a second factor was granted, and none is enrolled yet."""
    return account.totp_sealed is None and second_required() and privileged(account)


def pending(req: Request, now: datetime) -> UserSession | None:
    """The session of a browser that has given the password and still owes the second factor."""
    token = req.cookies.get(cookie_name(current_app))
    session = find(token) if token else None
    if (
        session is None
        or not session.awaiting_second
        or session.revoked_at is not None
        or session.account.state is not AccountState.ACTIVE
        or session.created_at + SECOND_WAIT <= now
    ):
        return None
    return session


# Built once: every request asks this.
_BY_TOKEN = (
    sa.select(UserSession)
    .where(UserSession.token_hash == sa.bindparam("token_hash"))
    .options(
        joinedload(UserSession.account).selectinload(Account.grants).joinedload(RoleGrant.org),
        joinedload(UserSession.account).joinedload(Account.person),
    )
)


def find(token: str) -> UserSession | None:
    """The session of a cookie with account, person and grants."""
    return db.session.scalar(_BY_TOKEN, {"token_hash": hashed(token)})


@system_unit
def touch(session_id: int, now: datetime) -> None:
    db.session.execute(
        sa.update(UserSession).where(UserSession.id == session_id).values(last_seen=now)
    )


@system_unit
def keep_until(session_id: int | None, moment: datetime) -> None:
    """Let a session last at least until then, whenever it began: an exam is written in it."""
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.id == (session_id or 0), UserSession.ends_at < moment)
        .values(ends_at=moment)
    )


def load_user(req: Request) -> SignedIn | Visitor:
    token = req.cookies.get(cookie_name(current_app))
    if not token:
        return Visitor()
    session = find(token)
    if session is None:
        return Visitor()
    now = clock.now()
    if not alive(session, now):
        return Visitor(session.account_id if _may_keep(session, now) else None)
    if now - session.last_seen > timedelta(minutes=1):
        try:
            touch(session.id, now)
        except OperationalError:
            # A full disk must not keep anybody from reading.
            log.exception("session.not_touched")
    return SignedIn(session)


def start(account: Account, *, device: str, now: datetime, awaiting_second: bool) -> str:
    """Open a session inside the caller's unit and return the cookie's value.

    An account keeps at most three; the one unused for longest ends.
    """
    token = secrets.token_urlsafe(32)
    absolute = ABSOLUTE_PRIVILEGED if privileged(account) else ABSOLUTE_LEARNER
    if not awaiting_second:
        make_room(account.id, now)
    db.session.add(
        UserSession(
            token_hash=hashed(token), account_id=account.id, created_at=now, last_seen=now,
            ends_at=now + absolute, awaiting_second=awaiting_second, device=device[:100],
        )
    )  # fmt: skip
    return token


def make_room(account_id: int, now: datetime) -> None:
    """End what is over the limit, so that one more session fits."""
    live = db.session.scalars(
        sa.select(UserSession)
        .where(
            UserSession.account_id == account_id,
            UserSession.revoked_at.is_(None),
            UserSession.awaiting_second.is_(False),
        )
        .order_by(UserSession.last_seen.desc())
    ).all()
    for old in live[MAX_SESSIONS - 1 :]:
        old.revoked_at = now


def rotate(session: UserSession) -> str:
    """Give a session a new reference (rights have grown); the old one is worth nothing."""
    token = secrets.token_urlsafe(32)
    session.token_hash = hashed(token)
    return token


@system_unit
def renew(session_id: int) -> str:
    """The same in a transaction of its own."""
    return rotate(db.session.get_one(UserSession, session_id))


def end(token: str, now: datetime) -> None:
    """End the session of a cookie, in the current write transaction."""
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.token_hash == hashed(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def end_all(account_id: int, now: datetime, *, but: int | None = None) -> int:
    """End every session of an account (closed, password changed, role changed)."""
    query = sa.update(UserSession).where(
        UserSession.account_id == account_id, UserSession.revoked_at.is_(None)
    )
    if but is not None:
        query = query.where(UserSession.id != but)
    return int(db.session.execute(query.values(revoked_at=now)).rowcount)  # type: ignore[attr-defined]


def set_cookie(response: Any, app: Flask, token: str) -> None:
    response.set_cookie(
        cookie_name(app), token, httponly=True, samesite="Lax", path="/",
        secure=bool(app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip


def clear_cookie(response: Any, app: Flask) -> None:
    response.delete_cookie(
        cookie_name(app), path="/", secure=bool(app.config["SESSION_COOKIE_SECURE"])
    )


def hand_over(token: str) -> None:
    """Let this request's response set the cookie of a new session."""
    g.new_session_token = token


def forget() -> None:
    """Let this request's response take the browser's cookie away."""
    g.forget_session = True


def init_sessions(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.anonymous_user = Visitor
    manager.init_app(app)
    manager.request_loader(load_user)

    @app.after_request
    def _cookie(response: Response) -> Response:
        token = g.pop("new_session_token", None)
        if token:
            set_cookie(response, app, token)
        elif request.cookies.get(cookie_name(app)) and g.pop("forget_session", False):
            clear_cookie(response, app)
        return response
