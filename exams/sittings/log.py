"""The log of an attempt in the database: reading steps, sealing a new one, the deadline.

Every write of a step goes through ``append`` under the lock of its attempt, so that
sequence and chain have no gaps. SQLAlchemy Core: this is the path that 300 people use at
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from training.core.db import db
from training.core.rules.chain import Head, Report

from .models import Attempt, AttemptStep, ExtensionRevocation, TimeExtension
from .rules.attempt import AttemptState, effective_state
from .rules.deadline import Extension, TimeLimit, closes_at, deadline
from .rules.steps import SealedStep, Step, StepKind, seal, verify

_ATTEMPTS: sa.Table = Attempt.__table__  # type: ignore[assignment]
_STEPS: sa.Table = AttemptStep.__table__  # type: ignore[assignment]
_EXTENSIONS: sa.Table = TimeExtension.__table__  # type: ignore[assignment]
_REVOCATIONS: sa.Table = ExtensionRevocation.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Held:
    """What the server holds of a started attempt, read under its lock (or without, to show)."""

    id: int
    public_id: str
    person_id: int
    sitting_id: int
    state: AttemptState
    started_at: datetime | None
    terms: Mapping[str, Any]
    personal_factor: int
    writer: str
    lease_until: datetime | None
    last_client_seq: int
    last_seq: int
    head: str
    receipt: str
    submitted_at: datetime | None
    extensions: tuple[Extension, ...]

    @property
    def limit(self) -> TimeLimit | None:
        """The time limit as fixed at the start; None before."""
        if self.started_at is None:
            return None
        return TimeLimit(
            limit_minutes=int(self.terms["limit_minutes"]),
            personal_factor=self.personal_factor,
            latest_end=datetime.fromisoformat(self.terms["latest_end"]),
            grace_seconds=int(self.terms["grace_seconds"]),
        )

    @property
    def grace_seconds(self) -> int:
        return int(self.terms.get("grace_seconds", 0))

    @property
    def deadline(self) -> datetime | None:
        limit = self.limit
        if limit is None or self.started_at is None:
            return None
        return deadline(self.started_at, limit, self.extensions)

    @property
    def closes_at(self) -> datetime | None:
        """Deadline and grace: the last moment at which an answer counts."""
        limit, end = self.limit, self.deadline
        return closes_at(end, limit) if limit is not None and end is not None else None

    def state_at(self, now: datetime) -> AttemptState:
        return effective_state(self.state, now, self.deadline, self.grace_seconds)


_COLUMNS = (
    "id", "public_id", "person_id", "sitting_id", "state", "started_at", "terms",
    "personal_factor", "writer", "lease_until", "last_client_seq", "last_seq", "head",
    "receipt", "submitted_at",
)  # fmt: skip


def held(attempt_id: int, *, lock: bool = False) -> Held:
    """An attempt as it stands in the database, with the extensions that reach it.

    ``lock`` takes the row lock (PostgreSQL; on SQLite the write transaction is the lock).
    Raises ``LookupError``.
    """
    query = sa.select(*(_ATTEMPTS.c[name] for name in _COLUMNS)).where(_ATTEMPTS.c.id == attempt_id)
    row = db.session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise LookupError(attempt_id)
    return Held(**row._asdict(), extensions=extensions_of({attempt_id: row.sitting_id})[attempt_id])


def held_many(attempts: Iterable[Attempt]) -> dict[int, Held]:
    """The same for loaded attempts, in one more query altogether."""
    listed = list(attempts)
    given = extensions_of({a.id: a.sitting_id for a in listed})
    return {
        a.id: Held(**{name: getattr(a, name) for name in _COLUMNS}, extensions=given[a.id])
        for a in listed
    }


def extensions_of(sittings: Mapping[int, int]) -> dict[int, tuple[Extension, ...]]:
    """The extensions of attempts (attempt id → sitting id): their own and the sitting's."""
    table, back = _EXTENSIONS, _REVOCATIONS
    rows = db.session.execute(
        sa.select(
            table.c.sitting_id, table.c.attempt_id, table.c.minutes, table.c.granted_at,
            table.c.granted_by, table.c.reason, back.c.revoked_at, back.c.notice_minutes,
        )
        .select_from(table.outerjoin(back, back.c.extension_id == table.c.id))
        .where(table.c.sitting_id.in_(set(sittings.values())))
    ).all()  # fmt: skip
    return {
        attempt_id: tuple(
            Extension(
                r.minutes,
                r.granted_at,
                r.granted_by,
                r.reason,
                r.revoked_at,
                r.notice_minutes or 0,
            )
            for r in rows
            if r.sitting_id == sitting_id and r.attempt_id in (None, attempt_id)
        )
        for attempt_id, sitting_id in sittings.items()
    }


def append(attempt: Held, step: Step, **changes: Any) -> SealedStep:
    """Seal a step onto the chain and move the attempt on, in the current write transaction.

    The caller holds the lock and has numbered the step ``attempt.last_seq + 1``.
    ``changes`` are further columns of the attempt.
    """
    sealed = seal(attempt.public_id, attempt.head or None, step)
    db.session.execute(
        sa.insert(_STEPS).values(
            attempt_id=attempt.id, sequence=step.sequence, kind=step.kind, actor_id=step.actor,
            received_at=step.received_at, slot=step.slot, response=list(step.response),
            client_seq=step.client_seq, client_at=step.client_at,
            client_uuid=step.client_uuid or None, writer=step.writer,
            refers_to=step.refers_to, reason=step.reason, entry_hash=sealed.entry_hash,
            chain_hash=sealed.chain_hash,
        )
    )  # fmt: skip
    db.session.execute(
        sa.update(_ATTEMPTS)
        .where(_ATTEMPTS.c.id == attempt.id)
        .values(last_seq=step.sequence, head=sealed.chain_hash, **changes)
    )
    return sealed


def change(attempt_id: int, **values: Any) -> None:
    """Set columns of an attempt, in the current write transaction."""
    db.session.execute(sa.update(_ATTEMPTS).where(_ATTEMPTS.c.id == attempt_id).values(**values))


def _sealed(row: Any) -> SealedStep:
    return SealedStep(
        Step(
            sequence=row.sequence, kind=row.kind, actor=row.actor_id,
            received_at=row.received_at, slot=row.slot, response=tuple(row.response),
            client_seq=row.client_seq, client_at=row.client_at,
            client_uuid=row.client_uuid or "", writer=row.writer, refers_to=row.refers_to,
            reason=row.reason,
        ),
        row.entry_hash,
        row.chain_hash,
    )  # fmt: skip


def sealed_steps(attempt_id: int) -> list[SealedStep]:
    """The whole log, oldest first."""
    query = sa.select(_STEPS).where(_STEPS.c.attempt_id == attempt_id).order_by(_STEPS.c.sequence)
    return [_sealed(row) for row in db.session.execute(query)]


def steps(attempt_id: int) -> list[Step]:
    return [s.step for s in sealed_steps(attempt_id)]


def steps_of(attempt_ids: Iterable[int], kinds: Iterable[StepKind]) -> dict[int, list[Step]]:
    """Steps of some kinds for many attempts, in one query."""
    wanted = list(attempt_ids)
    query = (
        sa.select(_STEPS)
        .where(_STEPS.c.attempt_id.in_(wanted), _STEPS.c.kind.in_(list(kinds)))
        .order_by(_STEPS.c.attempt_id, _STEPS.c.sequence)
    )
    found: dict[int, list[Step]] = {i: [] for i in wanted}
    for row in db.session.execute(query):
        found[row.attempt_id].append(_sealed(row).step)
    return found


def by_uuid(attempt_id: int, client_uuid: str) -> Step | None:
    """The step that the client sent under this id, if the server has it."""
    row = db.session.execute(
        sa.select(_STEPS).where(
            _STEPS.c.attempt_id == attempt_id, _STEPS.c.client_uuid == client_uuid
        )
    ).first()
    return _sealed(row).step if row else None


def handed_in_before(attempt_id: int, sequence: int) -> bool:
    """Had the paper been handed in when this step was stored?"""
    query = sa.select(_STEPS.c.id).where(
        _STEPS.c.attempt_id == attempt_id,
        _STEPS.c.kind == StepKind.SUBMIT,
        _STEPS.c.sequence < sequence,
    )
    return db.session.execute(query).first() is not None


def check_chain(attempt: Held, heads: Iterable[Head] = ()) -> Report:
    """Verify the chain of steps against itself, the attempt's own end, and anchored heads."""
    ends = [Head(attempt.last_seq, attempt.head)] if attempt.head else []
    return verify(attempt.public_id, sealed_steps(attempt.id), [*ends, *heads])


def lease_end(now: datetime) -> datetime:
    """A device keeps the pen for as long as it is heard of; technical, no policy."""
    return now + timedelta(seconds=120)
