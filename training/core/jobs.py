"""The ledger of background jobs: the database is the truth, the worker only reads it.

A job is put into the ledger in the transaction that needs it. A worker takes a lease with
a fencing token; a worker that was killed loses its lease, another takes over, and the
first one's late answer is refused by its old token. A handler must do its lasting effect
in one ``system_unit`` that first calls ``hold``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError

from . import clock, requestid
from .db import db
from .errors import Refused
from .models import IdempotencyKey, Job, Schedule, SecurityEvent
from .rules.jobs import JobState, retry_at
from .rules.permission import Actor
from .rules.words import N_
from .units import system_unit
from .verbs import tell, verb

LEASE = timedelta(seconds=60)
_BEAT = timedelta(seconds=20)
_LONGEST = timedelta(minutes=15)
DAY = timedelta(days=1)
_UNSEEN = timedelta(minutes=3)
_EVENTS_KEPT = timedelta(days=200)
"""网络安全法 art 21: logs of the network are kept for six months at the least."""
log = structlog.get_logger("jobs")

Handler = Callable[[Job], dict[str, Any] | None]
_handlers: dict[str, Handler] = {}
_periodic: dict[str, timedelta] = {}


class LeaseLost(Exception):
    """Another worker has taken the job over; what this one did must not count."""


def handler(kind: str, every: timedelta | None = None) -> Callable[[Handler], Handler]:
    """Register the function that does a kind of job; with ``every`` it is also periodic."""

    def register(function: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"two handlers for {kind}")
        _handlers[kind] = function
        if every is not None:
            _periodic[kind] = every
        return function

    return register


def enqueue(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    now: datetime,
    unique_key: str | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    total: int = 0,
) -> Job:
    """Put a job into the ledger, in the current write transaction. Payloads hold ids only.

    With a ``unique_key`` the same work is never entered twice: the job that is there is
    returned.
    """
    if kind not in _handlers:
        raise ValueError(f"nobody handles {kind}")
    if unique_key is not None:
        held = db.session.scalar(sa.select(Job).where(Job.unique_key == unique_key))
        if held is not None:
            return held
    job = Job(
        kind=kind, payload=payload or {}, run_after=now, unique_key=unique_key,
        person_id=person_id, org_id=org_id, created_at=now, total=total,
    )  # fmt: skip
    db.session.add(job)
    db.session.flush()
    return job


def _due(now: datetime) -> sa.Select[Any]:
    ready = sa.or_(
        sa.and_(Job.state == JobState.QUEUED, Job.run_after <= now),
        sa.and_(Job.state == JobState.LEASED, Job.lease_until < now),
    )
    return sa.select(Job).where(ready).order_by(Job.run_after, Job.id).limit(1)


def waiting(now: datetime) -> bool:
    """Is there anything to claim? A read: an idle worker takes no write lock."""
    return db.session.scalar(_due(now).with_only_columns(Job.id)) is not None


@system_unit
def claim(now: datetime) -> Job | None:
    """Take the next job that is due, or one whose lease has run out. One that has cost as many
    workers as it may fail is given up: it would cost the next one, too."""
    job: Job | None = db.session.scalar(_due(now).with_for_update(skip_locked=True))
    while job is not None and job.state is JobState.LEASED and job.attempts >= job.max_attempts:
        job.state, job.error = JobState.DEAD, "WorkerLost"
        job.finished_at, job.lease_until = now, None
        db.session.flush()
        job = db.session.scalar(_due(now).with_for_update(skip_locked=True))
    if job is None:
        return None
    job.state, job.lease_until = JobState.LEASED, now + LEASE
    job.fence += 1
    job.attempts += 1
    return job


def hold(job_id: int, fence: int, *, now: datetime, done: int | None = None) -> Job:
    """Renew the lease inside a write transaction. Raises ``LeaseLost`` for an old token."""
    job = db.session.get(Job, job_id, populate_existing=True, with_for_update=True)
    if job is None or job.fence != fence or job.state != JobState.LEASED:
        raise LeaseLost(job_id)
    job.lease_until = now + LEASE
    if done is not None:
        job.done = done
    return job


@system_unit
def renew(job_id: int, fence: int, now: datetime) -> None:
    """Keep the lease while slow work goes on. Raises ``LeaseLost`` for an old token."""
    hold(job_id, fence, now=now)


@contextmanager
def _heartbeat(job_id: int, fence: int, now: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease beside a handler that draws for minutes. A killed worker's heart stops
    with it; one that hangs is given up after ``_LONGEST``."""
    app, over = cast(Any, current_app)._get_current_object(), threading.Event()
    rounds = int(_LONGEST / _BEAT)

    def beat() -> None:
        for _ in range(rounds):
            if over.wait(_BEAT.total_seconds()):
                return
            try:
                with app.app_context():
                    renew(job_id, fence, now())
            except LeaseLost:
                return
            except OperationalError:
                log.warning("job.lease_not_renewed", job=job_id)

    heart = threading.Thread(target=beat, name=f"job-{job_id}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()


@system_unit
def progress(job_id: int, fence: int, done: int, now: datetime) -> None:
    hold(job_id, fence, now=now, done=done)


@system_unit
def finish(job_id: int, fence: int, result: dict[str, Any], now: datetime) -> None:
    job = hold(job_id, fence, now=now)
    job.state, job.result, job.finished_at, job.lease_until = JobState.DONE, result, now, None
    job.done = max(job.done, job.total)


@system_unit
def fail(job_id: int, fence: int, error: str, now: datetime) -> None:
    """Record a failure: tried again later, or set aside as dead after the last attempt."""
    job = hold(job_id, fence, now=now)
    job.error, job.lease_until = error[:200], None
    if job.attempts >= job.max_attempts:
        job.state, job.finished_at = JobState.DEAD, now
    else:
        job.state, job.run_after = JobState.QUEUED, retry_at(now, job.attempts)


def run_one(now: Callable[[], datetime] = clock.now) -> bool:
    """Claim and do one job. False when nothing is due."""
    job = claim(now()) if waiting(now()) else None
    if job is None:
        return False
    job_id, fence, kind = job.id, job.fence, job.kind
    requestid.begin(f"job-{job_id}-{fence}")
    try:
        if kind not in _handlers:
            raise LookupError(f"nobody handles {kind}")
        with _heartbeat(job_id, fence, now):
            result = _handlers[kind](job) or {}
        finish(job_id, fence, result, now())
    except LeaseLost:
        log.warning("job.lease_lost", job=job_id, kind=kind)
    except Exception as error:
        db.session.rollback()
        log.exception("job.failed", job=job_id, kind=kind)
        try:
            fail(job_id, fence, type(error).__name__, now())
        except LeaseLost:
            log.warning("job.lease_lost", job=job_id, kind=kind)
    finally:
        db.session.remove()
    return True


def periodic_due(now: datetime) -> list[str]:
    """The periodic kinds whose turn has come."""
    planned = dict(db.session.execute(sa.select(Schedule.kind, Schedule.next_at)).all())
    return [kind for kind in _periodic if planned.get(kind, now) <= now]


def looked_after(now: datetime) -> bool:
    """Has a worker kept the schedule lately? The shortest turn is half a minute; one paper may
    take a while."""
    oldest = db.session.scalar(
        sa.select(sa.func.min(Schedule.next_at)).where(Schedule.kind.in_(_periodic))
    )
    return oldest is not None and oldest > now - _UNSEEN


@system_unit
def enter_periodic(now: datetime) -> int:
    """Enter the periodic jobs that are due; one worker wins each turn."""
    entered = 0
    for kind in periodic_due(now):
        due = db.session.get(Schedule, kind, with_for_update=True)
        if due is None:
            due = Schedule(kind=kind, next_at=now)
            db.session.add(due)
        if due.next_at <= now:
            turn = due.next_at
            due.next_at = now + _periodic[kind]
            enqueue(kind, now=now, unique_key=f"{kind}@{turn.isoformat(timespec='seconds')}")
            entered += 1
    return entered


def drain(now: Callable[[], datetime] = clock.now, limit: int = 1000) -> int:
    """Do all that is due (tests and commands); returns how many jobs were done."""
    count = 0
    while count < limit and run_one(now):
        count += 1
    return count


@system_unit
def sweep(now: datetime) -> None:
    """Forget housekeeping jobs a day after they ended, form keys after a week, and the
    security log after half a year and some days."""
    db.session.execute(
        sa.delete(Job).where(
            Job.kind.in_(_periodic),
            Job.state == JobState.DONE,
            Job.finished_at < now - timedelta(days=1),
        )
    )
    db.session.execute(
        sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - timedelta(days=7))
    )
    db.session.execute(sa.delete(SecurityEvent).where(SecurityEvent.at < now - _EVENTS_KEPT))


@verb("core:job:retry", on="job")
def again(actor: Actor, job: Job, *, now: datetime) -> Job:
    """Put a job that was given up back into the queue."""
    if job.state != JobState.DEAD:
        raise Refused.because("ALREADY_DECIDED", N_("这个任务已经重新排队"))
    job.state, job.run_after, job.attempts, job.finished_at = JobState.QUEUED, now, 0, None
    tell(kind=job.kind)
    return job
