"""The roster: who is in reach, filtered by what the URL says, and as a sheet to hand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import contains_eager

from training.core import access, i18n, lists
from training.core.db import db
from training.core.lists import Applied, Filter, Order
from training.core.models import OrgUnit
from training.core.rules.contact import mask_identity_number, mask_name, mask_phone
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.sheets import Column, Kind

from .models import Account, Person
from .rules.person import (
    ACCOUNT_LABELS,
    EDUCATION_LABELS,
    FORCE,
    SERVICE_LABELS,
    SEX_LABELS,
    STANDING_LABELS,
    AccountState,
    ServiceKind,
    Standing,
)

LIST = "people:person:list"
READ = "people:person:read"
EXPORT = "people:person:export"
UNMASK = "people:person:unmask"
NO_ACCOUNT = "none"
STAFFED = "force"
"""As a standing to filter by: all of ``FORCE``."""

_RANK = {AccountState.ACTIVE: 3, AccountState.WAITING: 2, AccountState.CLOSED: 1}
_STATE_OF = {rank: state for state, rank in _RANK.items()}

# The best of a person's accounts: one that is used counts before one that waits.
account_rank = (
    sa.select(sa.func.coalesce(sa.func.max(sa.case(_RANK, value=Account.state)), 0))
    .where(Account.person_id == Person.id)
    .correlate(Person)
    .scalar_subquery()
)


def _org(text: str) -> OrgUnit | None:
    return db.session.scalar(sa.select(OrgUnit).where(OrgUnit.public_id == text))


def _in_org(unit: OrgUnit) -> sa.ColumnElement[bool]:
    below = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, unit.path))
    return Person.org_id.in_(below)


def _named(text: str) -> sa.ColumnElement[bool]:
    """By name, pinyin, initials or number, whichever the letters can be."""
    typed = "".join(text.split()).lower()
    terms = [Person.name.contains(text, autoescape=True)]
    if typed.isascii() and typed.isalnum():
        terms += [
            Person.pinyin.startswith(typed, autoescape=True),
            Person.pinyin.contains(f" {typed}", autoescape=True),
            Person.mediator_no.startswith(typed.upper(), autoescape=True),
        ]
    return sa.or_(*terms)


def _account(text: str) -> str | None:
    return text if text in (NO_ACCOUNT, *AccountState) else None


def account_label(state: str) -> str:
    label = ACCOUNT_LABELS.get(AccountState(state)) if state != NO_ACCOUNT else None
    return str(gettext(label or N_("没有账号")))


def _standing(text: str) -> str | None:
    return text if text in (STAFFED, *Standing) else None


def standing_label(standing: str) -> str:
    known = STANDING_LABELS[Standing(standing)] if standing != STAFFED else N_("在册人员")
    return str(gettext(known))


FILTERS = (
    Filter("q", N_("姓名或编号"), lambda text: text[:40], _named),
    Filter("org", N_("机构"), _org, _in_org, lambda unit: i18n.title_of(unit, "name")),
    Filter(
        "standing",
        N_("状态"),
        _standing,
        lambda v: Person.standing.in_(FORCE) if v == STAFFED else Person.standing == Standing(v),
        standing_label,
    ),
    Filter(
        "service",
        N_("专职或兼职"),
        lists.choice(ServiceKind),
        lambda v: Person.service_kind == v,
        lambda v: gettext(SERVICE_LABELS[v]),
    ),
    Filter(
        "account",
        N_("账号"),
        _account,
        lambda v: account_rank == (0 if v == NO_ACCOUNT else _RANK[AccountState(v)]),
        account_label,
    ),
    Filter(
        "photo",
        N_("照片"),
        lambda text: text if text == "missing" else None,
        lambda _: Person.photo_id.is_(None),
        lambda _: gettext("缺照片"),
    ),
)

ORDERS = (
    Order("name", Person.pinyin),
    Order("number", sa.func.coalesce(Person.mediator_no, "")),
    Order("newest", Person.created_at, descending=True),
)


def apply(args: Mapping[str, str], base: str) -> Applied:
    return lists.apply(FILTERS, args, base)


def query(actor: Actor, applied: Applied, permission: str = LIST) -> sa.Select[Any]:
    """(person, rank of the account) for all in reach that the filters let through."""
    return (
        sa.select(Person, account_rank.label("account_rank"))
        .join(Person.org)
        .options(contains_eager(Person.org))
        .where(access.visible(actor, permission, Person), *applied.conditions)
    )


def page(actor: Actor, applied: Applied, args: Mapping[str, str]) -> lists.Page:
    order = lists.chosen_order(ORDERS, args)
    return lists.page(query(actor, applied), order, Person.id, applied, args)


def total(actor: Actor, applied: Applied, permission: str = LIST) -> int:
    bare = sa.select(Person.id).where(
        access.visible(actor, permission, Person), *applied.conditions
    )
    return lists.count(bare)


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands at the top of the roster: how many, and what waits to be done."""

    people: int
    in_post: int
    waiting: int
    no_account: int
    no_photo: int


def figures(actor: Actor) -> Figures:
    """Counted over all in reach who are in the roster."""
    here = Person.standing.in_(FORCE)

    def how_many(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)

    row = db.session.execute(
        sa.select(
            how_many(here),
            how_many(Person.standing == Standing.IN_POST),
            how_many(here, account_rank == _RANK[AccountState.WAITING]),
            how_many(here, account_rank == 0),
            how_many(here, Person.photo_id.is_(None)),
        ).where(access.visible(actor, LIST, Person))
    ).one()
    return Figures(*(int(n) for n in row))


def state_of_account(rank: int) -> str:
    state = _STATE_OF.get(rank)
    return str(state) if state else NO_ACCOUNT


def shown_name(actor: Actor, person: Person) -> str:
    """The name for those who may read the file, masked for those who only need the list."""
    return person.name if access.may(actor, READ, person) else mask_name(person.name)


def export_columns() -> tuple[Column, ...]:
    return (
        Column("mediator_no", gettext("人员编号"), width=14),
        Column("name", gettext("姓名"), width=12),
        Column("sex", gettext("性别"), width=6),
        Column("birth", gettext("出生日期"), Kind.DATE, 12),
        Column("id_number", gettext("身份证号"), width=22),
        Column("phone", gettext("联系电话"), width=16),
        Column("education", gettext("文化程度"), width=12),
        Column("org", gettext("所在机构"), width=36),
        Column("service", gettext("专职或兼职"), width=10),
        Column("standing", gettext("状态"), width=14),
        Column("account", gettext("账号"), width=10),
    )


def export_rows(actor: Actor, applied: Applied, permission: str) -> Iterator[dict[str, Any]]:
    """The lines of the sheet, in the order of the list, of the people over whom the actor
    holds ``EXPORT``, or ``UNMASK``: then without masks."""
    full = permission == UNMASK
    for person, rank in db.session.execute(
        query(actor, applied, permission).order_by(Person.pinyin, Person.id)
    ):
        id_number, phone = person.id_number, person.phone
        yield {
            "mediator_no": person.mediator_no,
            "name": shown_name(actor, person),
            "sex": gettext(SEX_LABELS[person.sex]) if person.sex else "",
            "birth": person.birth_date,
            "id_number": id_number if full else mask_identity_number(id_number),
            "phone": phone if full else mask_phone(phone),
            "education": gettext(EDUCATION_LABELS[person.education]),
            "org": i18n.title_of(person.org, "name"),
            "service": gettext(SERVICE_LABELS[person.service_kind]),
            "standing": gettext(STANDING_LABELS[person.standing]),
            "account": account_label(state_of_account(rank)),
        }
