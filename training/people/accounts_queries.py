"""Reading accounts: the list within reach, and what stands behind one account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from training.core import access, i18n
from training.core.db import db
from training.core.lists import Filter, Order, choice
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import ROLES, Role
from training.core.rules.words import N_

from . import auth
from .models import Account, OneTimeSlip, Person, RoleGrant
from .rules.person import ACCOUNT_LABELS, AccountState

LIST = "people:account:list"
ORDERS = (Order("name", Person.pinyin), Order("new", Account.id, descending=True))
_SLIPS = 10


def visible_accounts(actor: Actor) -> sa.Select[Account]:
    """The accounts within reach, with person, unit and live grants, in a fixed number of
    queries."""
    return (
        sa.select(Account)
        .join(Account.person)
        .join(Person.org)
        .where(access.visible(actor, LIST, Person))
        .options(
            contains_eager(Account.person).contains_eager(Person.org),
            selectinload(Account.grants).joinedload(RoleGrant.org),
        )
    )


def orgs_within(actor: Actor) -> list[OrgUnit]:
    """The bureaus and offices by which the list can be narrowed."""
    query = sa.select(OrgUnit).where(
        access.visible(actor, LIST, OrgUnit),
        OrgUnit.kind.in_(("city_bureau", "district_bureau", "judicial_office")),
    )
    return list(db.session.scalars(query.order_by(OrgUnit.path)))


def filters(orgs: Sequence[OrgUnit], now: datetime) -> tuple[Filter, ...]:
    """By name, state, role, unit, and whether a delay is on."""
    by_id = {o.public_id: o for o in orgs}

    def named(text: str) -> sa.ColumnElement[bool]:
        pattern = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return sa.or_(
            Person.name.like(f"%{pattern}", escape="\\"),
            Person.pinyin.like(pattern.lower(), escape="\\"),
            Account.username.like(pattern.lower(), escape="\\"),
        )

    def with_role(role: Role) -> sa.ColumnElement[bool]:
        return Account.id.in_(
            sa.select(RoleGrant.account_id).where(
                RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
            )
        )

    return (
        Filter("q", N_("姓名或者用户名"), lambda t: t[:40] or None, named),
        Filter(
            "state", N_("状态"), choice(AccountState), lambda v: Account.state == v,
            lambda v: str(gettext(ACCOUNT_LABELS[v])),
        ),
        Filter(
            "role", N_("角色"), lambda t: next((r for r in ROLES if r == t), None), with_role,
            lambda v: str(gettext(ROLES[v].label)),
        ),
        Filter(
            "org", N_("机构"), by_id.get, lambda o: access.subtree(OrgUnit.path, o.path),
            lambda o: i18n.title_of(o, "name"),
        ),
        Filter(
            "delayed", N_("登录等待"), lambda t: t == "1" or None,
            lambda _v: auth.many_failures(now), lambda _v: str(gettext("等待中")),
        ),
    )  # fmt: skip


def slips_of(account: Account) -> list[OneTimeSlip]:
    """The latest slips of an account."""
    query = sa.select(OneTimeSlip).where(OneTimeSlip.account_id == account.id)
    return list(db.session.scalars(query.order_by(OneTimeSlip.id.desc()).limit(_SLIPS)))


def names_by_ref(refs: Iterable[str], reader: Actor | None = None) -> dict[str, str]:
    """The names of persons by the public ids that records hold; with a ``reader`` only of
    those whose file that actor may read."""
    query = sa.select(Person.public_id, Person.name).where(Person.public_id.in_(set(refs)))
    if reader is not None:
        query = query.where(access.visible(reader, "people:person:read", Person))
    return dict(db.session.execute(query).all())


def own_accounts(person: Person) -> list[Account]:
    """All accounts of a person."""
    query = sa.select(Account).where(Account.person_id == person.id)
    return list(db.session.scalars(query.options(joinedload(Account.person)).order_by(Account.id)))
