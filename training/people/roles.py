"""Granting and revoking roles; every grant stays in the history."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from training.core import access
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb

from . import inbox
from .models import Account, Person, RoleGrant
from .rules.grants import judge_grant, judge_other
from .rules.person import AccountState

_MAY = "people:role:grant"


def held_by(person_id: int) -> frozenset[Role]:
    """The roles a person holds through all accounts that are not closed."""
    query = (
        sa.select(RoleGrant.role)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            Account.person_id == person_id,
            Account.state != AccountState.CLOSED,
            RoleGrant.revoked_at.is_(None),
        )
    )
    return frozenset(db.session.scalars(query))


def history(account: Account) -> list[RoleGrant]:
    """Every grant of an account, the newest first, ended ones included."""
    query = sa.select(RoleGrant).where(RoleGrant.account_id == account.id)
    return list(db.session.scalars(query.order_by(RoleGrant.id.desc())))


@verb(_MAY, at="org")
def grant(actor: Actor, account: Account, role: Role, org: OrgUnit, *, now: datetime) -> RoleGrant:
    """Grant a role at an organisation and all below it. Open sessions see it on their next
    request. Raises ``Refused``: wrong level, incompatible, oneself (``SELF``)."""
    if not access.may(actor, _MAY, account):
        raise NotVisible("account")
    # Locked: two grants at once must not each miss what the other one excludes.
    db.session.get_one(Person, account.person_id, with_for_update={"of": Person})
    require(judge_other(actor.person_id, account.person_id), status=403, code="SELF")
    already = any(g.role is role and g.org_id == org.id for g in _live(account.id))
    require(
        judge_grant(
            role, org.kind, held_by(account.person_id), already=already,
            actor_person=actor.person_id, person=account.person_id,
        ),
        status=422,
        code="GRANT",
    )  # fmt: skip
    given = RoleGrant(
        account_id=account.id, role=role, org_id=org.id, granted_at=now, granted_by=actor.ref
    )
    db.session.add(given)
    _notify(account, now)
    about(account)
    tell(code="role_granted", role=str(role), at=org.id)
    return given


@verb(_MAY, on="given")
def revoke(actor: Actor, given: RoleGrant, *, now: datetime) -> RoleGrant:
    """End a grant. Open sessions lose it on their next request."""
    account = given.account
    require(judge_other(actor.person_id, account.person_id), status=403, code="SELF")
    if given.revoked_at is not None:
        raise Refused.because("ALREADY_REVOKED", N_("这一角色已收回"), status=409)
    given.revoked_at, given.revoked_by = now, actor.ref
    _notify(account, now)
    about(account)
    tell(code="role_revoked", role=str(given.role), at=given.org_id)
    return given


def _live(account_id: int) -> list[RoleGrant]:
    query = sa.select(RoleGrant).where(
        RoleGrant.account_id == account_id, RoleGrant.revoked_at.is_(None)
    )
    return list(db.session.scalars(query))


def _notify(account: Account, now: datetime) -> None:
    inbox.send(
        account.person_id, "account", N_("您账号的角色有变动，请核对"), now=now, url="/account"
    )
