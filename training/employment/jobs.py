"""Work done at night: who got a certificate becomes certified; terms that end are announced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from certificates.models import Certificate
from training.core import clock, jobs, orgs, policy
from training.core.db import db
from training.core.models import Job
from training.core.rules.permission import SYSTEM
from training.core.rules.roles import Role
from training.core.rules.words import N_
from training.core.units import system_unit
from training.people import officers, reminders
from training.people.models import Person
from training.people.reminders import Reminder
from training.people.rules.person import Standing

from . import appointments
from .appointment_models import Appointment
from .renewals import MINE
from .rules.appointment import AppointmentState

RENEWALS = "/employment/renewals"


@jobs.handler("employment.certify", every=timedelta(hours=1))
def certify(job: Job) -> dict[str, Any]:
    """Trainees who hold a certificate in force become certified."""
    return {"certified": _certify(job.id, job.fence, clock.now())}


@system_unit
def _certify(job_id: int, fence: int, now: datetime) -> int:
    jobs.hold(job_id, fence, now=now)
    holders = sa.select(Certificate.person_id).where(Certificate.valid_until >= clock.today(now))
    people = db.session.scalars(
        sa.select(Person).where(Person.standing == Standing.TRAINEE, Person.id.in_(holders))
    ).all()
    return appointments.certify(SYSTEM, people, now=now)


@reminders.source
def ending_terms(now: datetime) -> Iterable[Reminder]:
    """Everybody whose term ends within the renewal window, once a term; and their HR, once for
    each month of ends."""
    today, top = clock.today(now), orgs.root()
    if top is None:
        return []
    days = policy.get("term.renewal_window_days", top, today).value
    found = _undecided(
        Appointment.term_end >= today, Appointment.term_end <= today + timedelta(days=days)
    )
    first: dict[tuple[int, str], date] = {}
    for person_id, until in _ends_of_officers(found):
        month = until.strftime("%Y-%m")
        first[person_id, month] = min(until, first.get((person_id, month), until))
    return [
        *_own(found, N_("您的任期至 %(until)s 届满，届满不自动续任"), "term"),
        *(
            Reminder(
                person_id, "appointment",
                N_("%(month)s 有人员任期届满（最早 %(until)s），请办理续聘或者审查"),
                f"term:officer:{month}", url=RENEWALS, due_on=until,
                params={"month": month, "until": until.isoformat()},
            )
            for (person_id, month), until in sorted(first.items())
        ),
    ]  # fmt: skip


@reminders.source
def lapsed_terms(now: datetime) -> Iterable[Reminder]:
    """Everybody whose term lapsed because nobody decided on it, and their HR, once a day of
    lapses."""
    found = _undecided(
        Appointment.term_end < clock.today(now),
        Person.standing.in_((Standing.IN_POST, Standing.SUSPENDED)),
    )
    return [
        *_own(found, N_("您的任期已于 %(until)s 届满，没有续聘决定，请联系本单位人事"), "lapsed"),
        *(
            Reminder(
                person_id, "appointment",
                N_("有人员的任期已于 %(until)s 届满失效，请办理离岗"),
                f"lapsed:officer:{until.isoformat()}",
                url="/employment/appointments?view=lapsed", due_on=until,
                params={"until": until.isoformat()},
            )
            for person_id, until in sorted(_ends_of_officers(found))
        ),
    ]  # fmt: skip


def _undecided(*conditions: sa.ColumnElement[bool]) -> list[Appointment]:
    query = (
        sa.select(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.state.in_((AppointmentState.IN_TERM, AppointmentState.RENEWAL_REVIEW)),
            *conditions,
        )
        .options(joinedload(Appointment.org))
    )
    return list(db.session.scalars(query))


def _own(found: list[Appointment], message: str, key: str) -> list[Reminder]:
    """One to each person and term."""
    return [
        Reminder(
            a.person_id, "appointment", message,
            f"{key}:{a.public_id}:{a.term_end.isoformat()}", url=MINE, due_on=a.term_end,
            params={"until": a.term_end.isoformat()},
        )
        for a in found
    ]  # fmt: skip


def _ends_of_officers(found: list[Appointment]) -> set[tuple[int, date]]:
    """The officers, and the days on which terms of people of theirs end."""
    hr = officers.holding(Role.HR)
    return {
        (person_id, a.term_end)
        for a in found
        for person_id, path in hr
        if a.org.path.startswith(path)
    }
