"""One-time slips: issued by an officer, printed, used by their owner to choose a password.

A code is derived from its slip's random id by the site's key: the database holds a hash, and
whoever prints slips asks ``code_of`` while they are fresh. Officers never choose passwords.
"""

from __future__ import annotations

from datetime import datetime

import segno
import sqlalchemy as sa
from markupsafe import Markup

from training.core import access, clock, crypto, policy
from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import about, tell, verb

from . import accounts, auth, sessions
from .models import Account, OneTimeSlip, Person
from .rules.person import AccountState, AuthKind, SlipPurpose
from .rules.slips import (
    CODE_LENGTH,
    SlipFacts,
    code_from,
    judge_slip,
    lifetime,
    purpose_for,
    read_code,
    same_ending,
)


def code_of(slip: OneTimeSlip) -> str:
    """The code of a slip, for printing it. Never store or log it."""
    return code_from(crypto.ring().blind("slip.derive", slip.public_id), CODE_LENGTH)


def qr_svg(url: str) -> Markup:
    """A QR code as inline SVG, black on white in any theme."""
    code = segno.make(url, error="m")
    return Markup(  # noqa: S704 - segno draws it; no text goes in
        code.svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=True)
    )


def by_public_id(public_id: str) -> OneTimeSlip | None:
    return db.session.scalar(sa.select(OneTimeSlip).where(OneTimeSlip.public_id == public_id))


def _hash(code: str) -> str:
    return crypto.ring().blind("slip.code", code)


def facts_of(slip: OneTimeSlip) -> SlipFacts:
    return SlipFacts(
        slip.expires_at, slip.tries, slip.used_at is not None, slip.withdrawn_at is not None
    )


def _policy(account: Account, now: datetime) -> dict[str, int]:
    value: dict[str, int] = policy.get("security.slip", account.person.org, clock.today(now)).value
    return value


@verb("people:account:manage", on="account")
def issue(actor: Actor, account: Account, *, now: datetime) -> OneTimeSlip:
    """Issue a slip: for activation while the account waits, else for a new password. A slip
    that was not used yet is withdrawn. Nobody issues one for himself (``SELF``), and for an
    account with duties only who may also reset its second factor does (``ADMIN_ONLY``)."""
    if account.person_id == actor.person_id:
        raise Refused.because(
            "SELF",
            N_("不得为本人发单，请由另一位管理员办理，或者在「账户与安全」修改密码"),
            status=403,
        )
    if sessions.privileged(account) and not access.may(actor, "people:account:second", account):
        raise Refused.because(
            "ADMIN_ONLY",
            N_("此账号有管理职责，激活和重置密码由系统管理员办理"),
            status=403,
        )
    purpose = purpose_for(account.state)
    if isinstance(purpose, Verdict):
        raise Refused(purpose, status=409, code="ACCOUNT_CLOSED")
    withdraw_open(account.id, now)
    slip = OneTimeSlip(
        public_id=new_public_id(), account_id=account.id, purpose=purpose, issued_at=now,
        issued_by=actor.ref, expires_at=now + lifetime(purpose, _policy(account, now)),
    )  # fmt: skip
    slip.code_hash = _hash(code_of(slip))
    db.session.add(slip)
    about(account)
    tell(code="slip_issued", purpose=str(purpose), expires_at=slip.expires_at.isoformat())
    return slip


def withdraw_open(account_id: int, now: datetime) -> None:
    """Withdraw an account's unused slips, in the current write transaction."""
    db.session.execute(
        sa.update(OneTimeSlip)
        .where(
            OneTimeSlip.account_id == account_id,
            OneTimeSlip.used_at.is_(None),
            OneTimeSlip.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def open_slip(account: Account | None) -> OneTimeSlip | None:
    """The slip of an account that is neither used nor withdrawn."""
    return db.session.scalar(
        sa.select(OneTimeSlip)
        .where(
            OneTimeSlip.account_id == (account.id if account else 0),
            OneTimeSlip.used_at.is_(None),
            OneTimeSlip.withdrawn_at.is_(None),
        )
        .order_by(OneTimeSlip.id.desc())
        .limit(1)
    )


def _owner(phone: str, code: str) -> Account | None:
    """Whose slip is this? By the code, if the telephone is that of its account or person."""
    index = auth.login_index(phone)
    return db.session.scalar(
        sa.select(Account)
        .join(OneTimeSlip, OneTimeSlip.account_id == Account.id)
        .join(Account.person)
        .where(
            OneTimeSlip.code_hash == _hash(read_code(code)),
            sa.or_(Account.login_phone_index == index, Person.phone_index == index),
        )
    )


def _claimed(phone: str) -> Account | None:
    """The account with an open slip that a telephone points to, to count a wrong code."""
    index = auth.login_index(phone)
    return db.session.scalar(
        sa.select(Account)
        .join(Account.person)
        .where(sa.or_(Account.login_phone_index == index, Person.phone_index == index))
        .order_by(Account.id)
        .limit(1)
    )


def present(
    phone: str, code: str, ending: str, *, address: str, now: datetime
) -> OneTimeSlip | Verdict | None:
    """Show a slip: telephone, code, last four of the identity number.

    Returns the slip; None when the three do not belong together, known or unknown alike; the
    reason when they do but the slip can no longer be used. Raises ``auth.Throttled``.
    """
    read = accounts.judge_phone(phone)
    number = "" if isinstance(read, Verdict) else read
    account = _owner(number, code)
    subject = auth.subject_of(account or _claimed(number), number)
    auth.check_open(AuthKind.SLIP, subject, address, now, auth.limits(now))
    if account is None or not same_ending(account.person.id_number, ending):
        _count_try(account.id if account else None, subject, address, now)
        return None
    slip = db.session.scalar(
        sa.select(OneTimeSlip).where(OneTimeSlip.code_hash == _hash(read_code(code)))
    )
    if slip is None or account.state is AccountState.CLOSED:
        return None
    verdict = judge_slip(facts_of(slip), _policy(account, now)["tries"], now)
    return slip if verdict else verdict


@system_unit
def _count_try(account_id: int | None, subject: str, address: str, now: datetime) -> None:
    db.session.execute(
        sa.update(OneTimeSlip)
        .where(OneTimeSlip.account_id == (account_id or 0), OneTimeSlip.used_at.is_(None))
        .values(tries=OneTimeSlip.tries + 1)
    )
    auth.count_failure(AuthKind.SLIP, subject, address, now, account_id=account_id)


@verb("people:account:own", on="account")
def use(
    actor: Actor, account: Account, slip: OneTimeSlip, password_hash: str, *, now: datetime
) -> Account:
    """Use a slip up: the account is active with the password its owner has chosen; all its
    sessions end. The actor is the owner, who has just shown the slip."""
    locked = db.session.get_one(
        OneTimeSlip, slip.id, with_for_update={"of": OneTimeSlip}, populate_existing=True
    )
    require(judge_slip(facts_of(locked), _policy(account, now)["tries"], now), code="SLIP_UNUSABLE")
    if account.state is AccountState.CLOSED:
        raise Refused.because("ACCOUNT_CLOSED", N_("此账号已停用，请联系本单位管理员"), status=403)
    locked.used_at = now
    accounts.set_password(account, password_hash, now)
    account.state = AccountState.ACTIVE
    auth.release(account, now)
    ended = sessions.end_all(account.id, now)
    code = "activated" if locked.purpose is SlipPurpose.ACTIVATION else "password_reset"
    tell(code=code, ended=ended)
    return account
