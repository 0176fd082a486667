"""Reminders: every day each room is asked who owes what, and it is said once.

A room registers a source in its ``jobs.py``::

    @reminders.source
    def owed_hours(now: datetime) -> Iterable[Reminder]: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from training.core import clock, jobs
from training.core.db import db
from training.core.models import Job
from training.core.units import system_unit

from . import inbox

JOB = "people.reminders"
_BATCH = 200

log = structlog.get_logger("reminders")


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to remind a person of. ``message`` is marked with ``N_`` and filled from
    ``params``; ``unique_key`` keeps it from being said twice (put the due date into it)."""

    person_id: int
    kind: str
    message: str
    unique_key: str
    url: str = ""
    due_on: date | None = None
    params: dict[str, Any] = field(default_factory=dict)


Source = Callable[[datetime], Iterable[Reminder]]
_sources: list[Source] = []


def source(function: Source) -> Source:
    """Register a source. It only reads."""
    _sources.append(function)
    return function


@jobs.handler(JOB, every=timedelta(days=1))
def remind(job: Job) -> dict[str, Any]:
    """Ask all sources. One that fails is logged and does not silence the others; the job
    then fails, so that it is tried again and nothing is said twice."""
    now, job_id, fence = clock.now(), job.id, job.fence
    said, broken = 0, []
    for function in _sources:
        try:
            found = list(function(now))
        except Exception:
            db.session.rollback()
            log.exception("reminders.source_failed", source=function.__name__)
            broken.append(function.__name__)
            continue
        for start in range(0, len(found), _BATCH):
            said += _say(job_id, fence, found[start : start + _BATCH], now)
    if broken:
        raise RuntimeError(f"reminder sources failed: {', '.join(broken)}")
    return {"said": said}


@system_unit
def _say(job_id: int, fence: int, found: list[Reminder], now: datetime) -> int:
    jobs.hold(job_id, fence, now=now)
    sent = [
        inbox.send(
            r.person_id, r.kind, r.message, now=now, url=r.url, due_on=r.due_on,
            unique_key=r.unique_key, **r.params,
        )
        for r in found
    ]  # fmt: skip
    return sum(notice is not None for notice in sent)
