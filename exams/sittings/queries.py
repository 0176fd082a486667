"""Reads of sittings and attempts: a candidate's own, the board of a hall, lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from exams.papers import queries as papers
from exams.papers.models import Paper
from exams.papers.rules.blueprint import PaperSlot
from training.core import access
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.people.models import Person

from . import log
from .log import Held
from .models import Attempt, ProctorNote, Sitting, SittingProctor, TimeExtension
from .rules.attempt import STARTED, AttemptState
from .rules.sitting import SittingFacts, SittingStage, SittingState, sitting_state
from .rules.steps import Step, StepKind, current_answers, flagged_slots
from .watching import focus_of

_WRITING = (AttemptState.IN_PROGRESS,)
_GRADED = (
    AttemptState.GRADED, AttemptState.REVIEWED, AttemptState.RELEASED, AttemptState.PASSED,
    AttemptState.FAILED, AttemptState.UNDER_APPEAL,
)  # fmt: skip
_RELEASED = (
    AttemptState.RELEASED, AttemptState.PASSED, AttemptState.FAILED, AttemptState.UNDER_APPEAL
)  # fmt: skip


def states_of(sittings: Sequence[Sitting], now: datetime) -> dict[int, SittingState]:
    """What each sitting is at a moment, in one query."""
    counted = Attempt.state.in_
    query = (
        sa.select(
            Attempt.sitting_id,
            sa.func.sum(sa.case((counted(_WRITING), 1), else_=0)),
            sa.func.sum(sa.case((counted(STARTED), 1), else_=0)),
            sa.func.sum(sa.case((counted(_GRADED), 1), else_=0)),
            sa.func.sum(sa.case((counted(_RELEASED), 1), else_=0)),
        )
        .where(Attempt.sitting_id.in_([s.id for s in sittings]))
        .group_by(Attempt.sitting_id)
    )
    counts = {row[0]: tuple(int(n) for n in row[1:]) for row in db.session.execute(query)}
    found = {}
    for sitting in sittings:
        writing, started, graded, released = counts.get(sitting.id, (0, 0, 0, 0))
        found[sitting.id] = sitting_state(
            SittingFacts(
                stage=sitting.stage, doors_open_at=sitting.doors_open_at, ends_at=sitting.ends_at,
                writing=writing > 0, started=started, graded=graded, released=released,
            ),
            now,
        )  # fmt: skip
    return found


def state_of(sitting: Sitting, now: datetime) -> SittingState:
    return states_of([sitting], now)[sitting.id]


@dataclass(frozen=True, slots=True)
class Listed:
    """A sitting with its state and how many candidates it has."""

    sitting: Sitting
    state: SittingState
    candidates: int


def sittings(actor: Actor, permission: str, now: datetime, limit: int = 100) -> list[Listed]:
    """Sittings in reach, the latest first."""
    query = (
        sa.select(Sitting, sa.func.count(Attempt.id))
        .outerjoin(
            Attempt,
            sa.and_(Attempt.sitting_id == Sitting.id, Attempt.state != AttemptState.WITHDRAWN),
        )
        .where(access.visible(actor, permission, Sitting))
        .group_by(Sitting.id)
        .order_by(Sitting.starts_at.desc(), Sitting.id.desc())
        .limit(limit)
    )
    rows = db.session.execute(query).all()
    states = states_of([s for s, _ in rows], now)
    return [Listed(s, states[s.id], int(n)) for s, n in rows]


def own_attempts(person_id: int) -> list[Attempt]:
    """A person's attempts at sittings that were published, the latest first: also those that
    were called off, and those from whose list the person was taken since."""
    query = (
        sa.select(Attempt)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(
            Attempt.person_id == person_id,
            Sitting.stage != SittingStage.PLANNED,
            Sitting.published_at.is_not(None),
        )
        .options(contains_eager(Attempt.sitting))
        .order_by(Sitting.starts_at.desc())
    )
    return list(db.session.scalars(query))


def next_for(person_id: int, now: datetime) -> Attempt | None:
    """The attempt that a person has to think of: under way, else the next to come."""
    waiting = (AttemptState.SCHEDULED, AttemptState.ADMITTED)
    query = (
        sa.select(Attempt)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(
            Attempt.person_id == person_id,
            Sitting.stage == SittingStage.PUBLISHED,
            sa.or_(
                Attempt.state == AttemptState.IN_PROGRESS,
                sa.and_(Attempt.state.in_(waiting), Sitting.ends_at > now),
            ),
        )
        .options(contains_eager(Attempt.sitting))
        .order_by(Sitting.starts_at)
    )
    for attempt in db.session.scalars(query):
        if log.held(attempt.id).state_at(now) is not AttemptState.AUTO_SUBMITTED:
            return attempt
    return None


@dataclass(frozen=True, slots=True)
class Answered:
    """What a started attempt holds now: for its own candidate's screen."""

    held: Held
    answers: Mapping[int, frozenset[str]]
    flags: frozenset[int]
    focus_events: int


def answered(attempt: Attempt, now: datetime) -> Answered:
    """The answers and flags that stand. Raises ``ValueError`` before the start."""
    held = log.held(attempt.id)
    closes = held.closes_at
    if closes is None:
        raise ValueError("the attempt has not begun")
    steps = log.steps(attempt.id)
    return Answered(
        held,
        current_answers(steps, closes),
        flagged_slots(steps),
        focus_of(attempt, steps, now).events,
    )


def shown_paper(attempt: Attempt) -> list[tuple[int, PaperSlot, Sequence[str], Mapping[str, Any]]]:
    """(number on the screen, slot, option ids in order, words) in the attempt's own order;
    neither keys nor explanations are read."""
    slots = {s.slot: s for s in attempt.sitting.paper.slots}
    words = papers.shown_questions(slots.values())
    return [
        (number, slots[slot], options, words[slots[slot].question])
        for number, (slot, options) in enumerate(attempt.arrangement, 1)
    ]


def with_paper(attempt_id: int) -> Attempt:
    """An attempt with its sitting and paper, in one query."""
    query = (
        sa.select(Attempt)
        .where(Attempt.id == attempt_id)
        .options(joinedload(Attempt.sitting).joinedload(Sitting.paper))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


@dataclass(frozen=True, slots=True)
class Seat:
    """A tile of the proctor's board."""

    attempt: Attempt
    held: Held
    state: AttemptState
    answered: int
    focus_events: int
    focus_flagged: bool
    late: int
    extra_minutes: int
    notes: int
    silent_for: timedelta | None


def seats(sitting: Sitting, now: datetime) -> list[Seat]:
    """The board of a hall by seat, in a fixed number of queries."""
    attempts = list(
        db.session.scalars(
            sa.select(Attempt)
            .where(Attempt.sitting_id == sitting.id, Attempt.state != AttemptState.WITHDRAWN)
            .options(joinedload(Attempt.person))
            .order_by(Attempt.seat)
        )
    )
    ids = [a.id for a in attempts]
    held = log.held_many(attempts)
    steps = log.steps_of(ids, (StepKind.ANSWER, StepKind.SUBMIT, StepKind.FOCUS_LOSS))
    noted = sa.select(ProctorNote.attempt_id, sa.func.count()).where(
        ProctorNote.attempt_id.in_(ids)
    )
    notes = {i: int(n) for i, n in db.session.execute(noted.group_by(ProctorNote.attempt_id))}
    return [_seat(a, held[a.id], steps[a.id], notes.get(a.id, 0), now) for a in attempts]


def _seat(attempt: Attempt, held: Held, steps: list[Step], notes: int, now: datetime) -> Seat:
    state = held.state_at(now)
    closes = held.closes_at
    focus = focus_of(attempt, steps, now)
    counted = current_answers(steps, closes) if closes else {}
    late = sum(
        s.kind is StepKind.ANSWER and closes is not None and s.received_at > closes for s in steps
    )
    heard = attempt.last_saved_at or attempt.started_at
    silent = now - heard if state is AttemptState.IN_PROGRESS and heard else None
    return Seat(
        attempt=attempt,
        held=held,
        state=state,
        answered=len(counted),
        focus_events=focus.events,
        focus_flagged=focus.flagged,
        late=late,
        extra_minutes=sum(e.minutes for e in held.extensions if e.revoked_at is None),
        notes=notes,
        silent_for=silent,
    )


def notes_of(attempt: Attempt) -> list[tuple[ProctorNote, str]]:
    """What proctors wrote about an attempt in its order, with their names."""
    query = (
        sa.select(ProctorNote, Person.name)
        .join(Person, Person.id == ProctorNote.person_id)
        .where(ProctorNote.attempt_id == attempt.id)
        .order_by(ProctorNote.id)
    )
    return [(note, name) for note, name in db.session.execute(query)]


def extensions_of(sitting: Sitting, attempt: Attempt | None = None) -> list[TimeExtension]:
    """The minutes given to one attempt, or to all of a sitting, the oldest first."""
    query = (
        sa.select(TimeExtension)
        .where(
            TimeExtension.sitting_id == sitting.id,
            TimeExtension.attempt_id == attempt.id
            if attempt is not None
            else TimeExtension.attempt_id.is_(None),
        )
        .options(joinedload(TimeExtension.revocation))
        .order_by(TimeExtension.id)
    )
    return list(db.session.scalars(query))


def proctors_of(sitting: Sitting) -> list[Person]:
    query = (
        sa.select(Person)
        .join(SittingProctor, SittingProctor.person_id == Person.id)
        .where(SittingProctor.sitting_id == sitting.id)
        .order_by(Person.id)
    )
    return list(db.session.scalars(query))


def author_of(sitting: Sitting) -> int:
    """Who drew the paper."""
    return db.session.scalars(sa.select(Paper.author_id).where(Paper.id == sitting.paper_id)).one()


def candidates_of(sitting: Sitting) -> list[Attempt]:
    """Everybody who was ever entered, by seat; who is expected is not ``DROPPED``."""
    query = (
        sa.select(Attempt)
        .where(Attempt.sitting_id == sitting.id)
        .options(joinedload(Attempt.person).joinedload(Person.org))
        .order_by(Attempt.seat)
    )
    return list(db.session.scalars(query))


def eligible_pool(
    sitting: Sitting, standings: Iterable[str], text: str, after: int, size: int
) -> list[Person]:
    """Trainees of the sitting's units who are not entered yet, a page by keyset."""
    entered = sa.select(Attempt.person_id).where(Attempt.sitting_id == sitting.id)
    units = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, sitting.org.path))
    query = (
        sa.select(Person)
        .where(
            Person.org_id.in_(units),
            Person.standing.in_(list(standings)),
            Person.id.not_in(entered),
            Person.id > after,
        )
        .options(joinedload(Person.org))
        .order_by(Person.id)
        .limit(size)
    )
    if text:
        query = query.where(
            sa.or_(
                Person.name.contains(text, autoescape=True),
                Person.mediator_no.startswith(text.upper(), autoescape=True),
            )
        )
    return list(db.session.scalars(query))
