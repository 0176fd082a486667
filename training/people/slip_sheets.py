"""Activation slips on A4 for a judicial office: issued together, printed by the worker.

Issuing makes the codes and withdraws earlier ones; the codes are derived, so that the
database holds their hashes only (see ``accounts_slips``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from training.core import access, clock, crypto, orgs, policy
from training.core.db import db, new_public_id
from training.core.documents import service as documents
from training.core.documents.models import PaperFormat
from training.core.errors import Refused
from training.core.models import Job, OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import ROLES, OrgKind
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from . import accounts_slips
from .models import Account, OneTimeSlip, Person, RoleGrant
from .rules.person import AccountState, SlipPurpose, Standing
from .rules.slips import lifetime

PAPER = "activation_slips"
MANAGE = "people:account:manage"


@dataclass(slots=True)
class Office:
    """A unit that hands slips out: how many accounts wait, how many of them have a good slip."""

    unit: OrgUnit
    waiting: int = 0
    issued: int = 0


def _waiting(*conditions: sa.ColumnElement[bool]) -> sa.Select[Account]:
    return (
        sa.select(Account)
        .join(Account.person)
        .options(contains_eager(Account.person))
        .where(
            Account.state == AccountState.WAITING,
            Person.standing != Standing.LEFT,
            *conditions,
        )
        .order_by(Person.pinyin, Account.id)
    )


def _in(unit: OrgUnit) -> sa.ColumnElement[bool]:
    below = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, unit.path))
    return Person.org_id.in_(below)


def _open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        OneTimeSlip.account_id == Account.id,
        OneTimeSlip.used_at.is_(None),
        OneTimeSlip.withdrawn_at.is_(None),
        OneTimeSlip.expires_at > now,
    )


def _plain() -> sa.ColumnElement[bool]:
    """Accounts without duties: the others are activated one by one (``accounts_slips.issue``)."""
    duties = [role for role, info in ROLES.items() if info.privileged]
    return ~sa.exists().where(
        RoleGrant.account_id == Account.id,
        RoleGrant.revoked_at.is_(None),
        RoleGrant.role.in_(duties),
    )


def offices(actor: Actor, now: datetime) -> list[Office]:
    """The units in reach with waiting accounts, each counted at its judicial office, or where
    it stands if there is none above. Two queries."""
    units = orgs.in_reach(actor, MANAGE)
    by_id = {u.id: u for u in units}
    rows = db.session.execute(
        sa.select(
            Person.org_id,
            sa.func.count(),
            sa.func.sum(sa.case((_open(now), 1), else_=0)),
        )
        .join(Account, Account.person_id == Person.id)
        .where(
            Account.state == AccountState.WAITING,
            Person.standing != Standing.LEFT,
            access.visible(actor, MANAGE, Person),
            _plain(),
        )
        .group_by(Person.org_id)
    )
    found: dict[int, Office] = {}
    for org_id, waiting, issued in rows:
        unit = by_id.get(org_id)
        if unit is None:
            continue
        parent = by_id.get(unit.parent_id or 0)
        if parent is not None and parent.kind is OrgKind.JUDICIAL_OFFICE:
            unit = parent
        office = found.setdefault(unit.id, Office(unit))
        office.waiting += int(waiting)
        office.issued += int(issued or 0)
    order = {u.id: i for i, u in enumerate(units)}
    return sorted(found.values(), key=lambda o: order[o.unit.id])


@verb(MANAGE, on="unit")
def issue(actor: Actor, unit: OrgUnit, *, again: bool, now: datetime) -> Job:
    """Issue slips to the waiting accounts of a unit and have them printed. Without ``again``
    only to those that have no good slip; with it to all, and earlier slips are void. Raises
    ``Refused`` ``NO_SLIPS`` when nobody needs one."""
    conditions = [_in(unit), _plain(), Account.person_id != (actor.person_id or 0)]
    if not again:
        conditions.append(sa.not_(_open(now)))
    accounts = list(db.session.scalars(_waiting(*conditions)))
    if not accounts:
        raise Refused.because("NO_SLIPS", N_("没有需要发单的人员"), status=409)
    value = policy.get("security.slip", unit, clock.today(now)).value
    until = now + lifetime(SlipPurpose.ACTIVATION, value)
    for account in accounts:
        accounts_slips.withdraw_open(account.id, now)
    for account in accounts:
        slip = OneTimeSlip(
            public_id=new_public_id(), account_id=account.id, purpose=SlipPurpose.ACTIVATION,
            issued_at=now, issued_by=actor.ref, expires_at=until,
        )  # fmt: skip
        slip.code_hash = crypto.ring().blind("slip.code", accounts_slips.code_of(slip))
        db.session.add(slip)
    db.session.flush()
    tell(issued=len(accounts), again=again, accounts=[a.public_id for a in accounts])
    at = now.isoformat()
    return documents.request(
        actor, PAPER, unit.public_id, (PaperFormat.PDF,), now=now, params={"at": at}
    )


def issued_at(unit: OrgUnit, at: datetime) -> Iterable[OneTimeSlip]:
    """The slips of a unit that were issued together and are still good, by name."""
    return db.session.scalars(
        sa.select(OneTimeSlip)
        .join(OneTimeSlip.account)
        .join(Account.person)
        .options(contains_eager(OneTimeSlip.account).contains_eager(Account.person))
        .where(
            _in(unit),
            OneTimeSlip.issued_at == at,
            OneTimeSlip.used_at.is_(None),
            OneTimeSlip.withdrawn_at.is_(None),
        )
        .order_by(Person.org_id, Person.pinyin, OneTimeSlip.id)
    )
