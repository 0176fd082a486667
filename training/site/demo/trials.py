"""Where the demo's stories begin: people of a district with a running term, and days counted
back from the demo's clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from training.core import clock, workdays
from training.core.db import db
from training.core.models import OrgUnit
from training.employment.appointment_models import Appointment
from training.employment.rules.appointment import AppointmentState
from training.people.models import Person
from training.people.rules.person import ServiceKind, Standing
from training.proceedings import service as procedure
from training.proceedings.models import Panel
from training.proceedings.rules.notice import window_after

from .people import Crowd

PANEL = ("kaohe", "kaohe2", "kaohe3")


def running(
    district: OrgUnit,
    today: date,
    *where: sa.ColumnElement[bool],
    kind: ServiceKind = ServiceKind.FULL_TIME,
) -> list[Appointment]:
    """Terms of people in post in a district that hold today, by their end."""
    query = (
        sa.select(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .join(OrgUnit, OrgUnit.id == Appointment.org_id)
        .where(
            OrgUnit.path.startswith(district.path),
            Person.service_kind == kind,
            Person.standing == Standing.IN_POST,
            Appointment.state == AppointmentState.IN_TERM,
            Appointment.term_start <= today,
            Appointment.term_end >= today,
            *where,
        )
        .order_by(Appointment.term_end, Appointment.id)
    )
    return list(db.session.scalars(query))


def unnamed(crowd: Crowd, found: Iterable[Appointment]) -> list[Appointment]:
    """Without the accounts that the README names, whose state says what it says there."""
    named = {p.id for p in crowd.named.values()}
    return [a for a in found if a.person_id not in named]


def declared(crowd: Crowd, panel: Panel, at: datetime, members: Iterable[str] = PANEL) -> None:
    """Every member of a panel declares that there is no conflict."""
    for name in members:
        procedure.declare(crowd.actor(name), panel, False, "", now=at)


def ending_now(now: datetime, days: int) -> datetime:
    """The first moment from which a window of so many working days has not yet run out: its
    last day is today, or the next working day."""
    calendar, today = workdays.calendar(), clock.today(now)
    back = days
    while window_after(today - timedelta(days=back + 1), days, calendar).last_day >= today:
        back += 1
    return now - timedelta(days=back)
