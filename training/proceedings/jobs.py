"""Reminders of procedure: reviews to decide and papers to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from training.core import clock, workdays
from training.core.db import db
from training.core.rules.words import N_
from training.people.reminders import Reminder, source

from . import queries
from .models import Objection, ServiceReceipt, ServiceRecord
from .rules.lifecycle import ObjectionState

_BEFORE = timedelta(days=3)


@source
def reviews_to_decide(now: datetime) -> Iterable[Reminder]:
    """The reviewer, in the last days before a decision is due and once it is overdue."""
    today, calendar = clock.today(now), workdays.calendar()
    waiting = db.session.scalars(
        sa.select(Objection).where(Objection.state == ObjectionState.ASSIGNED)
    )
    for objection in waiting:
        due = queries.decide_window(objection, calendar).last_day
        if objection.reviewer_id is None or today < due - _BEFORE:
            continue
        late = "late" if today > due else "due"
        yield Reminder(
            objection.reviewer_id,
            "proceedings.review",
            N_("复核决定的期限是 %(due)s：%(title)s"),
            f"proceedings.review:{objection.public_id}:{late}",
            f"/objections/{objection.public_id}",
            due,
            {"due": due.isoformat(), "title": objection.words},
        )


@source
def papers_to_confirm(now: datetime) -> Iterable[Reminder]:
    """Whoever has not confirmed a paper for some days, once."""
    waiting = db.session.scalars(
        sa.select(ServiceRecord).where(
            ServiceRecord.id.not_in(sa.select(ServiceReceipt.service_id)),
            ServiceRecord.served_at <= now - _BEFORE,
        )
    )
    for served in waiting:
        yield Reminder(
            served.person_id,
            "proceedings.served",
            N_("请查看并确认收到：%(title)s"),
            f"proceedings.served:{served.public_id}",
            f"/served/{served.public_id}",
            None,
            {"title": served.words},
        )
