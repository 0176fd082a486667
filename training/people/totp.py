"""The second factor: time-based codes (RFC 6238), each good once, and recovery codes."""

from __future__ import annotations

import hmac
import unicodedata
from datetime import datetime

import pyotp
import sqlalchemy as sa

from training.core import crypto
from training.core.db import db, new_public_id
from training.core.errors import NotVisible, Refused
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import tell, verb

from . import auth, inbox, sessions
from .models import Account, RecoveryCode, UserSession
from .rules.person import AuthKind
from .rules.slips import RECOVERY_LENGTH, code_from, read_code

STEP_SECONDS = 30
STEPS_AROUND = 1
DIGITS = 6
RECOVERY_CODES = 10
ISSUER = "Mediator Academy"


class CodeUsed(Exception):
    """The code is right but has been used; the next one comes within half a minute."""


def new_secret() -> str:
    return pyotp.random_base32()


def address_for(account: Account, secret: str) -> str:
    """What the QR code holds (``otpauth://…``); the user name stands for the person."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, the present one or one beside it."""
    present = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.HOTP(secret, digits=DIGITS)
    found = None
    for step in range(present - STEPS_AROUND, present + STEPS_AROUND + 1):
        if hmac.compare_digest(generator.at(step).encode(), code.encode()):
            found = step
    return found


def digits(code: str) -> str:
    """The digits of a code as somebody typed it, in any width and spacing."""
    return "".join(c for c in unicodedata.normalize("NFKC", code) if c.isdigit() and c.isascii())


def _recovery_hash(code: str) -> str:
    return crypto.ring().blind("recovery_code", code)


def recovery_code_of(row: RecoveryCode) -> str:
    """The code of a row, derived from its id by the site's key: never stored."""
    return code_from(crypto.ring().blind("recovery_code.derive", row.public_id), RECOVERY_LENGTH)


def recovery_codes(account_id: int) -> list[RecoveryCode]:
    """The codes that are in force, used ones included."""
    query = sa.select(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.withdrawn_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(RecoveryCode.id)))


@system_unit
def _accept(account_id: int, code: str, now: datetime) -> bool:
    """Use a code up. Raises ``CodeUsed`` for a step that has been used."""
    account = db.session.get_one(
        Account, account_id, with_for_update={"of": Account}, populate_existing=True
    )
    step = matching_step(account.totp, digits(code), now) if account.totp_sealed else None
    if step is not None:
        if step <= account.totp_last_step:
            raise CodeUsed
        account.totp_last_step = step
        return True
    row = db.session.scalar(
        sa.select(RecoveryCode).where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == _recovery_hash(read_code(code)),
            RecoveryCode.used_at.is_(None),
            RecoveryCode.withdrawn_at.is_(None),
        )
    )
    if row is None:
        return False
    row.used_at = now
    return True


def prove(account: Account, code: str, *, address: str, now: datetime) -> bool:
    """Is this a good code of the account? Wrong ones are counted. Raises ``Throttled``,
    ``CodeUsed``."""
    account_id, subject = account.id, auth.subject_of(account, "")
    ref = account.person.public_id
    auth.check_open(AuthKind.SECOND, subject, address, now, auth.limits(now))
    if _accept(account_id, code, now):
        return True
    auth.count_failure(AuthKind.SECOND, subject, address, now, account_id=account_id, ref=ref)
    return False


def pass_second(session: UserSession, code: str, *, address: str, now: datetime) -> str | None:
    """Finish logging in: returns the session's new reference, or None for a wrong code."""
    session_id = session.id
    if not prove(session.account, code, address=address, now=now):
        return None
    return finish(session_id, address=address, now=now)


@system_unit
def finish(session_id: int, *, address: str, now: datetime) -> str:
    """A session that owed its second factor is whole now; its reference changes."""
    session = db.session.get_one(UserSession, session_id)
    sessions.make_room(session.account_id, now)
    session.awaiting_second, session.last_seen = False, now
    auth.event("login", session.account.person.public_id, address, now)
    return sessions.rotate(session)


@verb("people:account:own", on="account")
def enrol(actor: Actor, account: Account, secret: str, step: int, *, now: datetime) -> Account:
    """Take a new authenticator into use, with ten new recovery codes. ``step`` is that of the
    code by which it was tried out."""
    if account.id != actor.account_id:
        raise NotVisible("account")
    account.totp = secret
    account.totp_last_step = step
    _renew(account.id, now)
    tell(code="second_enrolled")
    return account


@verb("people:account:own", on="account")
def renew_recovery(actor: Actor, account: Account, *, now: datetime) -> Account:
    """Ten new recovery codes; the former ones are worth nothing."""
    if account.id != actor.account_id:
        raise NotVisible("account")
    if account.totp_sealed is None:
        raise Refused.because("NO_SECOND", N_("尚未设置二次验证"), status=409)
    _renew(account.id, now)
    tell(code="recovery_renewed")
    return account


@verb("people:account:second", on="account")
def drop(actor: Actor, account: Account, *, now: datetime) -> Account:
    """Take the second factor off an account whose owner has lost it. He must enrol a new one
    at the next log-in; all sessions end. Nobody does it for himself."""
    if account.person_id == actor.person_id:
        raise Refused.because(
            "SELF", N_("不得为本人解除二次验证，请由另一位管理员办理"), status=403
        )
    account.totp = ""
    _withdraw(account.id, now)
    sessions.end_all(account.id, now)
    inbox.send(
        account.person_id, "account", N_("系统管理员解除了您账号的二次验证，如非您本人要求，请立即报告"),
        now=now, url="/account",
    )  # fmt: skip
    tell(code="second_dropped")
    return account


def _withdraw(account_id: int, now: datetime) -> None:
    for row in recovery_codes(account_id):
        row.withdrawn_at = now


def _renew(account_id: int, now: datetime) -> None:
    _withdraw(account_id, now)
    for _ in range(RECOVERY_CODES):
        row = RecoveryCode(public_id=new_public_id(), account_id=account_id, created_at=now)
        row.code_hash = _recovery_hash(recovery_code_of(row))
        db.session.add(row)
