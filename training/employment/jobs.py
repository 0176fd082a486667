"""Work done at night: who got a certificate becomes certified; terms that end are announced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from certificates.models import Certificate
from training.core import clock, jobs, orgs, policy
from training.core.db import db
from training.core.models import Job
from training.core.rules.permission import SYSTEM
from training.core.rules.words import N_
from training.core.units import system_unit
from training.people import reminders
from training.people.models import Person
from training.people.reminders import Reminder
from training.people.rules.person import Standing

from . import appointments
from .appointment_models import Appointment
from .rules.appointment import AppointmentState


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
    """Everybody whose term ends within the renewal window, said once a term."""
    today, top = clock.today(now), orgs.root()
    if top is None:
        return []
    days = policy.get("term.renewal_window_days", top, today).value
    query = sa.select(Appointment).where(
        Appointment.state == AppointmentState.IN_TERM,
        Appointment.term_end >= today,
        Appointment.term_end <= today + timedelta(days=days),
    )
    return [
        Reminder(
            a.person_id, "appointment", N_("您的任期至 %(until)s 届满，届满不自动续任"),
            f"term:{a.public_id}:{a.term_end.isoformat()}", url="/employment/appointments",
            due_on=a.term_end, params={"until": a.term_end.isoformat()},
        )
        for a in db.session.scalars(query)
    ]  # fmt: skip
