"""The certification board: figures of every organisation in reach, and the list behind each.

The figures are one grouped query, the list one keyset page, whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import contains_eager

from training.core import access, i18n, lists, orgs, policy
from training.core.db import db
from training.core.lists import Applied, Filter, Order
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.sheets import Column, Kind
from training.core.verbs import tell, verb
from training.people.models import Person
from training.people.rules.person import SERVICE_LABELS, ServiceKind, Standing

from .candidates import named
from .gates import LIVING
from .models import Certificate, CertificateEvent, WorkCard, WorkCardEvent
from .rules.lifecycle import CertificateState
from .rules.work_card import CheckWindow, WorkCardState

READ = "certificates:board:read"
_FAR = date(9999, 12, 31)
_WORKING = (Standing.CERTIFIED, Standing.IN_POST, Standing.SUSPENDED)
_ENDS = ("cancel", "revoke")

STATES = {
    "active": N_("有效"),
    "expiring": N_("即将到期"),
    "check": N_("年审中"),
    "suspended": N_("暂停"),
    "missing": N_("缺证（专职）"),
    "left": N_("本年退出"),
    "expired": N_("过期"),
    "issued": N_("待生效"),
}
"""What the list can be narrowed to; the first six are the tiles."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The day and the policies by which the board counts: those of the viewer's organisation."""

    today: date
    expiring_days: int
    window: CheckWindow

    @property
    def opening(self) -> date:
        return self.window.opening_before(self.today)


def setting(org: OrgUnit, today: date) -> Setting:
    found = policy.many(("cert.expiring_days", "cert.annual_check"), org, today)
    return Setting(
        today,
        int(found["cert.expiring_days"].value),
        CheckWindow(**found["cert.annual_check"].value),
    )


def condition(state: str, s: Setting) -> sa.ColumnElement[bool]:
    """What a state of the board means, over person, living certificate and held card.

    Raises ``KeyError`` for a state that the board does not know.
    """
    living, until = Certificate.state, Certificate.valid_until
    active = sa.and_(
        living == CertificateState.ACTIVE, Certificate.valid_from <= s.today, until >= s.today
    )
    year = date(s.today.year, 1, 1)
    ended = sa.select(CertificateEvent.person_id).where(
        CertificateEvent.action.in_(_ENDS), CertificateEvent.occurred_on >= year
    )
    handed_back = sa.select(WorkCardEvent.person_id).where(
        WorkCardEvent.action == "withdraw", WorkCardEvent.occurred_on >= year
    )
    has_none = sa.or_(living.is_(None), until < s.today, living == CertificateState.ISSUED)
    conditions = {
        "active": active,
        "expiring": sa.and_(active, until <= s.today + timedelta(days=s.expiring_days)),
        "check": sa.and_(
            WorkCard.state == WorkCardState.VALID, WorkCard.last_checked_on < s.opening
        ),
        "suspended": living == CertificateState.SUSPENDED,
        "missing": sa.and_(
            Person.service_kind == ServiceKind.FULL_TIME,
            Person.standing.in_(_WORKING),
            has_none,
            sa.func.coalesce(living, "") != CertificateState.SUSPENDED,
        ),
        "left": sa.and_(
            Person.standing == Standing.LEFT,
            sa.or_(Person.id.in_(ended), Person.id.in_(handed_back)),
        ),
        "expired": sa.and_(
            living.in_((CertificateState.ACTIVE, CertificateState.ISSUED)), until < s.today
        ),
        "issued": sa.and_(living == CertificateState.ISSUED, until >= s.today),
    }
    return conditions[state]


def _joined(query: Any) -> Any:
    return (
        query.join(OrgUnit, OrgUnit.id == Person.org_id)
        .outerjoin(
            Certificate,
            sa.and_(Certificate.person_id == Person.id, Certificate.state.in_(LIVING)),
        )
        .outerjoin(
            WorkCard,
            sa.and_(WorkCard.person_id == Person.id, WorkCard.state != WorkCardState.WITHDRAWN),
        )
    )


def _reach(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(access.visible(actor, READ, Person), Person.standing != Standing.CANDIDATE)


@dataclass(frozen=True, slots=True)
class Figures:
    """How many people, by state of the board. ``sound``: active and not expiring."""

    people: int = 0
    active: int = 0
    expiring: int = 0
    check: int = 0
    suspended: int = 0
    missing: int = 0
    left: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Figures)))

    @property
    def sound(self) -> int:
        return self.active - self.expiring

    @property
    def holders_percent(self) -> int:
        """Share of certificate holders among those who hold or lack one, rounded down."""
        owed = self.active + self.suspended + self.missing
        return 100 * self.active // owed if owed else 0


@dataclass(frozen=True, slots=True)
class Bar:
    """The figures of one organisation and all below it."""

    org: OrgUnit
    figures: Figures


def figures(actor: Actor, s: Setting) -> tuple[Figures, list[Bar]]:
    """All in reach, and by the organisations one level below the actor's own."""
    states = [f.name for f in fields(Figures)][1:]
    counts = [
        sa.func.sum(sa.case((condition(state, s), 1), else_=0)).label(state) for state in states
    ]
    query = _joined(
        sa.select(Person.org_id, sa.func.count(Person.id), *counts).select_from(Person)
    ).where(_reach(actor))
    by_org = {
        int(row[0]): Figures(*(int(n) for n in row[1:]))
        for row in db.session.execute(query.group_by(Person.org_id))
    }
    units = orgs.in_reach(actor, READ, closed=True)
    if not units:
        return Figures(), []
    depth = min(orgs.depth(u) for u in units)
    tops = [u for u in units if orgs.depth(u) == depth + 1] or units[:1]
    if depth == 0:
        tops = [u for u in units if orgs.depth(u) == 1]
    bars = [
        Bar(
            top,
            sum((by_org.get(u.id, Figures()) for u in units if u.path.startswith(top.path)), Figures()),
        )
        for top in tops
    ]  # fmt: skip
    whole = sum(by_org.values(), Figures())
    return whole, [b for b in bars if b.figures.people]


def _org(text: str) -> OrgUnit | None:
    return db.session.scalar(sa.select(OrgUnit).where(OrgUnit.public_id == text))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _found(text: str) -> sa.ColumnElement[bool]:
    """By name, pinyin, initials, or the beginning of a certificate or mediator number."""
    typed = "".join(text.split()).upper()
    terms = [named(text)]
    if typed[:1].isalnum() and typed.isascii():
        terms += [
            Certificate.number.startswith(typed, autoescape=True),
            Person.mediator_no.startswith(typed, autoescape=True),
        ]
    return sa.or_(*terms)


def filters(s: Setting) -> tuple[Filter, ...]:
    """The filters a URL may carry, on this day."""
    return (
        Filter("q", N_("姓名、编号"), lambda text: text[:40], _found),
        Filter(
            "org", N_("单位"), _org, lambda unit: access.subtree(OrgUnit.path, unit.path),
            lambda unit: i18n.title_of(unit, "name"),
        ),
        Filter(
            "state", N_("状态"), lambda text: text if text in STATES else None,
            lambda state: condition(state, s), lambda state: gettext(STATES[state]),
        ),
        Filter(
            "service", N_("专职或兼职"), lists.choice(ServiceKind),
            lambda v: Person.service_kind == v, lambda v: gettext(SERVICE_LABELS[v]),
        ),
        Filter(
            "until", N_("到期日不晚于"), _day, lambda day: Certificate.valid_until <= day,
            i18n.format_day,
        ),
    )  # fmt: skip


ORDERS = (
    Order("until", sa.func.coalesce(Certificate.valid_until, sa.literal(_FAR, sa.Date))),
    Order("name", Person.pinyin),
    Order("number", sa.func.coalesce(Certificate.number, "")),
)


def apply(args: Mapping[str, str], base: str, s: Setting) -> Applied:
    return lists.apply(filters(s), args, base)


def query(actor: Actor, applied: Applied) -> sa.Select[Any]:
    """(person, living certificate or None, held card or None)."""
    found: sa.Select[Any] = (
        _joined(sa.select(Person, Certificate, WorkCard))
        .options(contains_eager(Person.org))
        .where(_reach(actor), *applied.conditions)
    )
    return found


def page(actor: Actor, applied: Applied, args: Mapping[str, str]) -> lists.Page:
    order = lists.chosen_order(ORDERS, args)
    return lists.page(query(actor, applied), order, Person.id, applied, args)


def total(actor: Actor, applied: Applied) -> int:
    bare = _joined(sa.select(Person.id)).where(_reach(actor), *applied.conditions)
    return lists.count(bare)


def export_columns() -> Sequence[Column]:
    return (
        Column("mediator_no", gettext("人员编号"), width=14),
        Column("name", gettext("姓名"), width=12),
        Column("unit", gettext("单位"), width=36),
        Column("service", gettext("专职或兼职"), width=10),
        Column("number", gettext("证书编号"), width=26),
        Column("state", gettext("状态"), width=14),
        Column("issued", gettext("发证日期"), Kind.DATE, 12),
        Column("until", gettext("有效期至"), Kind.DATE, 12),
        Column("card", gettext("工作证"), width=12),
        Column("checked", gettext("最近年审"), Kind.DATE, 12),
    )


def export_rows(actor: Actor, applied: Applied) -> Iterator[tuple[Any, ...]]:
    """The rows of the list as filtered, in its first order."""
    order = query(actor, applied).order_by(ORDERS[0].column, Person.id)
    for person, certificate, card in db.session.execute(order):  # noqa: UP028 - rows as tuples
        yield person, certificate, card


@verb("certificates:board:export")
def note_export(actor: Actor, count: int, filters: str, *, now: Any) -> None:
    """Note that the ledger left the house: how many lines, and by which filter names."""
    tell(count=count, filters=filters)
