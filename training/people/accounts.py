"""One's own account: password, telephone, sessions, and how pages are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from training.core import clock, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.rules.contact import PhoneKind, read_phone
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import tell, verb

from . import auth, passwords, persons, sessions
from .models import Account, PasswordRecord, Person, UserSession
from .rules.passwords import PasswordRules, judge_password, telling

SIZES = ("normal", "large", "elder")
THEMES = ("auto", "light", "dark")
_CLASSIFIED = "classified"


def password_rules(account: Account, now: datetime) -> PasswordRules:
    """The password rules for this account, by its roles and its organisation's policy."""
    found = policy.many(
        ("security.password", "security.password_profile"), account.person.org, clock.today(now)
    )
    return PasswordRules.of(
        found["security.password"].value,
        privileged=sessions.privileged(account),
        classified=_CLASSIFIED in found["security.password_profile"].value,
    )


def judge_new_password(account: Account, password: str, now: datetime) -> Verdict:
    """May this become the account's password? Slow (it hashes): call it outside a verb."""
    person, rules = account.person, password_rules(account, now)
    known = telling(person.name, person.pinyin, person.phone, person.id_number, account.username)
    verdict = judge_password(
        password,
        rules,
        score=passwords.score(password, known),
        common=passwords.common_words(),
        known=known,
    )
    if verdict and rules.history:
        earlier = [account.password_hash, *_earlier(account.id, rules.history)]
        if any(h and passwords.verify(h, password) for h in earlier[: rules.history]):
            verdict &= refuse(
                "password.reused",
                N_("不能使用最近 %(n)s 次用过的密码"),
                basis="security.password_profile",
                n=rules.history,
            )
    return verdict


def _earlier(account_id: int, count: int) -> list[str]:
    query = sa.select(PasswordRecord.password_hash).where(PasswordRecord.account_id == account_id)
    return list(db.session.scalars(query.order_by(PasswordRecord.id.desc()).limit(count)))


def set_password(account: Account, password_hash: str, now: datetime) -> None:
    """Store a new password in the current write transaction; the former one is remembered."""
    if account.password_hash:
        db.session.add(
            PasswordRecord(account_id=account.id, password_hash=account.password_hash, set_at=now)
        )
    account.password_hash, account.password_set_at = password_hash, now


def _own(actor: Actor, account: Account) -> None:
    if account.id != actor.account_id:
        raise NotVisible("account")


@verb("people:account:own", on="account")
def change_password(
    actor: Actor, account: Account, password_hash: str, *, now: datetime
) -> Account:
    """Take a new password (judged and hashed before). All other sessions end; this one is to
    get a new reference (``sessions.renew``), which no stored answer may hold."""
    _own(actor, account)
    set_password(account, password_hash, now)
    tell(code="password_changed", ended=sessions.end_all(account.id, now, but=actor.session_id))
    return account


def judge_phone(raw: str) -> str | Verdict:
    """A telephone number by which one can log in, canonical. Codes of ``read_phone`` and
    ``phone.not_mobile``."""
    phone = read_phone(raw)
    if isinstance(phone, Verdict):
        return phone
    if phone.kind is not PhoneKind.MOBILE:
        return refuse("phone.not_mobile", N_("请填写手机号，座机不能用来登录"))
    return phone.value


def phone_free(phone: str, but: int = 0) -> Verdict:
    """Does no account (``but`` this one) log in by this number?"""
    taken = db.session.scalar(
        sa.select(Account.id).where(
            Account.login_phone_index == auth.login_index(phone), Account.id != but
        )
    )
    return (
        refuse("phone.taken", N_("这个手机号已用于另一个账号，请核对或者联系本单位管理员"))
        if taken
        else ALLOWED
    )


@verb("people:account:own", on="account")
def change_phone(actor: Actor, account: Account, phone: str, *, now: datetime) -> Account:
    """Change one's own telephone number, in the file and for logging in; the former one is
    kept in a revision."""
    _own(actor, account)
    require(phone_free(phone, account.id), status=422, code="PHONE_TAKEN")
    person = db.session.get_one(
        Person, account.person_id, with_for_update={"of": Person}, populate_existing=True
    )
    proofs = persons.revise(actor, person, {"phone": phone}, N_("本人修改"), now)
    account.login_phone_index = auth.login_index(phone)
    tell(code="phone_changed", revised=proofs)
    return account


@verb("people:account:own", on="account")
def end_session(actor: Actor, account: Account, public_id: str, *, now: datetime) -> Account:
    """End one of one's own sessions. Raises ``NotVisible`` for anybody else's."""
    _own(actor, account)
    session = db.session.scalar(
        sa.select(UserSession).where(
            UserSession.public_id == public_id, UserSession.account_id == account.id
        )
    )
    if session is None:
        raise NotVisible("user_session")
    session.revoked_at = session.revoked_at or now
    tell(code="session_ended")
    return account


@verb("people:account:own", on="account")
def end_others(actor: Actor, account: Account, *, now: datetime) -> int:
    """End all of one's own sessions but this one; returns how many."""
    _own(actor, account)
    ended = sessions.end_all(account.id, now, but=actor.session_id)
    tell(code="other_sessions_ended", ended=ended)
    return ended


def live_sessions(account: Account, now: datetime) -> list[UserSession]:
    """The sessions that are open now, the latest used first."""
    query = sa.select(UserSession).where(
        UserSession.account_id == account.id,
        UserSession.revoked_at.is_(None),
        UserSession.ends_at > now,
    )
    found = db.session.scalars(query.order_by(UserSession.last_seen.desc()))
    return [s for s in found if sessions.alive(s, now)]


@system_unit
def set_display(account_id: int, chosen: Mapping[str, str]) -> None:
    """Keep type size, theme and language with the account."""
    account = db.session.get_one(Account, account_id)
    if "size" in chosen:
        account.text_size = chosen["size"]
    if "theme" in chosen:
        account.theme = chosen["theme"]
    if "lang" in chosen:
        account.language = chosen["lang"]


def require_display(chosen: Mapping[str, str]) -> None:
    """Raises ``Refused`` (422) for a choice that there is not."""
    allowed = {"size": SIZES, "theme": THEMES, "lang": ("zh", "en")}
    if not chosen or any(v not in allowed.get(k, ()) for k, v in chosen.items()):
        raise Refused.because("DISPLAY", N_("没有这个显示选项"), status=422)
