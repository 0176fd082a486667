"""Lists of appointments: what waits, which terms end, who lacks a certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from certificates.models import Certificate
from certificates.rules.lifecycle import CertificateState
from training.core import access, lists
from training.core.db import db
from training.core.lists import Applied, Filter, Order
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.people.models import Person
from training.people.rules.person import ServiceKind, Standing

from .appointment_models import Appointment
from .appointments import PENDING
from .rules.appointment import AppointmentKind, AppointmentState

LIST, PROPOSE = "employment:appointment:list", "employment:appointment:propose"
_S = AppointmentState
_SERVING = (_S.FILED, _S.IN_TERM, _S.RENEWAL_REVIEW)


@dataclass(frozen=True, slots=True)
class View:
    """A first view of the list: 「what needs me」."""

    code: str
    label: str
    kind: str
    where: Callable[[date, int], sa.ColumnElement[bool]]


def _certified(today: date) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Certificate.person_id == Appointment.person_id,
        Certificate.state == CertificateState.ACTIVE,
        Certificate.valid_from <= today,
        Certificate.valid_until >= today,
    )


VIEWS = (
    View(
        "pending", N_("办理中"), "due", lambda today, days: Appointment.state.in_(PENDING)
    ),
    View(
        "ending", N_("即将届满"), "due",
        lambda today, days: sa.and_(
            Appointment.state.in_(_SERVING), Appointment.term_end >= today,
            Appointment.term_end <= today + timedelta(days=days),
        ),
    ),
    View(
        "lapsed", N_("已届满失效"), "stop",
        lambda today, days: sa.and_(
            Appointment.state.in_(_SERVING), Appointment.term_end < today
        ),
    ),
    View(
        "uncertified", N_("专职缺证"), "stop",
        lambda today, days: sa.and_(
            Appointment.state.in_((_S.IN_TERM, _S.RENEWAL_REVIEW)),
            Appointment.term_end >= today,
            Appointment.service_kind == ServiceKind.FULL_TIME,
            Appointment.kind == AppointmentKind.ENGAGED, ~_certified(today),
        ),
    ),
    View(
        "serving", N_("任期内"), "ok",
        lambda today, days: sa.and_(
            Appointment.state.in_((_S.IN_TERM, _S.RENEWAL_REVIEW, _S.RENEWED, _S.NOT_RENEWED)),
            Appointment.term_start <= today, Appointment.term_end >= today,
        ),
    ),
)  # fmt: skip


def filters(today: date, days: int) -> tuple[Filter, ...]:
    """The list's filters on a day; ``days`` is policy ``term.renewal_window_days``."""
    by_code = {v.code: v for v in VIEWS}
    return (
        Filter(
            "view", N_("状态"), lambda text: by_code.get(text),
            lambda view: view.where(today, days), lambda view: gettext(view.label),
        ),
        Filter("q", N_("姓名、拼音或编号"), lambda text: text[:40], _named),
    )  # fmt: skip


def _named(text: str) -> sa.ColumnElement[bool]:
    return Appointment.person_id.in_(sa.select(Person.id).where(matches(text)))


def matches(text: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        Person.name.contains(text, autoescape=True),
        Person.pinyin.contains(text.lower(), autoescape=True),
        Person.mediator_no == text,
    )


_ORDER = Order("end", Appointment.term_end)


def _query(actor: Actor, applied: Applied) -> sa.Select[Any]:
    return (
        sa.select(Appointment)
        .where(access.visible(actor, LIST, Appointment), *applied.conditions)
        .options(joinedload(Appointment.org))
    )


def page(actor: Actor, applied: Applied, args: Mapping[str, str]) -> lists.Page:
    """Appointments, the term that ends first at the top."""
    return lists.page(_query(actor, applied), _ORDER, Appointment.id, applied, args)


def total(actor: Actor, applied: Applied) -> int:
    return lists.count(_query(actor, applied))


def counts(actor: Actor, today: date, days: int) -> dict[str, int]:
    """How many each first view holds, in one query."""
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((v.where(today, days), 1), else_=0)), 0) for v in VIEWS
    ]
    row = db.session.execute(sa.select(*sums).where(access.visible(actor, LIST, Appointment))).one()
    return {v.code: int(n) for v, n in zip(VIEWS, row, strict=True)}


def appointable(actor: Actor, text: str, today: date, limit: int = 50) -> list[Person]:
    """People within reach whom nobody has appointed or is appointing, by part of the name."""
    taken = sa.exists().where(
        Appointment.person_id == Person.id,
        sa.or_(
            Appointment.state.in_(PENDING),
            sa.and_(
                Appointment.state.in_((_S.IN_TERM, _S.RENEWAL_REVIEW)),
                Appointment.term_end >= today,
            ),
        ),
    )
    query = (
        sa.select(Person)
        .where(
            access.visible(actor, PROPOSE, Person),
            Person.standing.not_in((Standing.LEFT, Standing.SUSPENDED)),
            ~taken,
        )
        .options(joinedload(Person.org))
        .order_by(
            sa.case((Person.standing == Standing.CERTIFIED, 0), (Person.standing == Standing.TRAINEE, 1),
                    else_=2),
            Person.id,
        )
        .limit(limit)
    )  # fmt: skip
    return list(db.session.scalars(query.where(matches(text)) if text else query))


def to_approve(actor: Actor, limit: int = 200) -> list[Appointment]:
    """Proposals that wait for this approver, the oldest first."""
    query = (
        sa.select(Appointment)
        .where(
            access.visible(actor, "employment:appointment:approve", Appointment),
            Appointment.state == _S.PROPOSED,
        )
        .options(joinedload(Appointment.org))
        .order_by(Appointment.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def by_ids(actor: Actor, permission: str, public_ids: list[str]) -> list[Appointment]:
    """The named appointments as far as they are within reach."""
    query = sa.select(Appointment).where(
        Appointment.public_id.in_(public_ids), access.visible(actor, permission, Appointment)
    )
    return list(db.session.scalars(query.order_by(Appointment.id)))
