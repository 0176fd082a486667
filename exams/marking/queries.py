"""Reads of marking that pages and upper rooms use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from exams.papers.models import Paper
from exams.sittings import log
from exams.sittings.models import Attempt, ProctorNote, Sitting, SittingProctor
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.focus import FocusReview
from exams.sittings.rules.steps import StepKind, uncounted_answers
from exams.sittings.watching import focus_of
from training.core import access
from training.core.db import db
from training.core.rules.explanation import Explanation
from training.core.rules.permission import Actor
from training.core.rules.words import N_, Words
from training.people.models import Person

from .models import Appeal, AppealState, AttemptReview, Grading, ResultRelease
from .rules.review import ReviewVerdict

_LATER_NOTE = aliased(ProctorNote)
RELEASED = (AttemptState.PASSED, AttemptState.FAILED, AttemptState.UNDER_APPEAL)


@dataclass(frozen=True, slots=True)
class Result:
    """A released result, with whoever had a hand in it (for the separation of duties).

    ``clean`` is the review's verdict; ``persons`` are author and publisher of the paper,
    proctors, reviewer and releaser, by person id.
    """

    attempt: Attempt
    grading: Grading
    clean: bool
    released_at: datetime
    author_id: int
    reviewer_id: int
    released_by: int
    proctor_ids: frozenset[int]

    @property
    def passed(self) -> bool:
        return self.grading.passed

    @property
    def examiner_ids(self) -> frozenset[int]:
        """Everybody who had a hand in the result: none of them issues the certificate."""
        return self.proctor_ids | {self.author_id, self.reviewer_id, self.released_by}


def best_results(
    person_ids: Iterable[int], since: datetime | None, until: datetime | None = None
) -> dict[int, Result]:
    """The best released result of each person, of attempts started from ``since`` and before
    ``until``: passed and clean first, then by points.

    Only results that stand: not those under appeal or sent back to marking.
    """
    newest = (
        sa.select(Grading.attempt_id, sa.func.max(Grading.number).label("number"))
        .group_by(Grading.attempt_id)
        .subquery()
    )
    query = (
        sa.select(Attempt, Grading, AttemptReview, ResultRelease, Paper.author_id)
        .join(Grading, Grading.attempt_id == Attempt.id)
        .join(
            newest,
            sa.and_(newest.c.attempt_id == Attempt.id, newest.c.number == Grading.number),
        )
        .join(AttemptReview, AttemptReview.grading_id == Grading.id)
        .join(ResultRelease, ResultRelease.grading_id == Grading.id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(
            Attempt.person_id.in_(list(person_ids)),
            Attempt.state.in_((AttemptState.PASSED, AttemptState.FAILED)),
        )
        .order_by(Attempt.started_at, ResultRelease.id)
    )
    if since is not None:
        query = query.where(Attempt.started_at >= since)
    if until is not None:
        query = query.where(Attempt.started_at < until)
    rows = db.session.execute(query).all()
    proctors = _proctors({a.sitting_id for a, *_ in rows})
    best: dict[int, Result] = {}
    for attempt, grading, reviewed, released, author_id in rows:
        found = Result(
            attempt=attempt,
            grading=grading,
            clean=reviewed.verdict is ReviewVerdict.CLEAN,
            released_at=released.released_at,
            author_id=author_id,
            reviewer_id=reviewed.reviewer_id,
            released_by=released.released_by,
            proctor_ids=frozenset(
                {*proctors.get(attempt.sitting_id, ()), attempt.admitted_by or 0}
                - {0, attempt.person_id}
            ),
        )
        held = best.get(attempt.person_id)
        if held is None or _rank(found) > _rank(held):
            best[attempt.person_id] = found
    return best


def best_result(person_id: int, since: datetime | None) -> Result | None:
    """One person's best released result since a moment, or None."""
    return best_results([person_id], since).get(person_id)


def _rank(result: Result) -> tuple[bool, int]:
    share = result.grading.points * 10_000 // (result.grading.full or 1)
    return result.passed and result.clean, share


def _proctors(sittings: Iterable[int]) -> dict[int, set[int]]:
    query = sa.select(SittingProctor.sitting_id, SittingProctor.person_id).where(
        SittingProctor.sitting_id.in_(list(sittings))
    )
    found: dict[int, set[int]] = {}
    for sitting_id, person_id in db.session.execute(query):
        found.setdefault(sitting_id, set()).add(person_id)
    return found


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that a person has to look at before an attempt is called clean."""

    code: str
    explanation: Explanation


def signals(attempts: Sequence[Attempt], now: datetime) -> dict[int, list[Signal]]:
    """What speaks against calling each attempt clean unseen: focus loss over the limit,
    late answers, flagged notes of proctors that stand. Four queries, however many attempts."""
    ids = [a.id for a in attempts]
    found: dict[int, list[Signal]] = {i: [] for i in ids}
    if not ids:
        return found
    held = log.held_many(attempts)
    kinds = (
        StepKind.ANSWER, StepKind.SUBMIT, StepKind.ADMIT_LATE, StepKind.WITHDRAW_ADMISSION,
        StepKind.FOCUS_LOSS,
    )  # fmt: skip
    steps = log.steps_of(ids, kinds)
    notes = db.session.scalars(
        sa.select(ProctorNote).where(
            ProctorNote.attempt_id.in_(ids),
            ProctorNote.flags,
            ~sa.exists().where(_LATER_NOTE.corrects_id == ProctorNote.id),
        )
    )
    for attempt in attempts:
        focus: FocusReview = focus_of(attempt, steps[attempt.id], now)
        if focus.flagged:
            found[attempt.id].append(Signal("focus", focus.explanation))
        closes = held[attempt.id].closes_at
        late = uncounted_answers(steps[attempt.id], closes) if closes else ()
        if late:
            words = Words.of(N_("有 %(count)s 条逾期答案，留存未计分"), count=len(late))
            found[attempt.id].append(
                Signal("late", Explanation("late.kept", words, "exam.grace_seconds"))
            )
    for note in notes:
        words = Words.of(N_("监考记录：%(text)s"), text=note.text)
        found[note.attempt_id].append(Signal("note", Explanation("note", words, "考场规则")))
    return found


def standing(attempts: Iterable[str]) -> dict[str, tuple[Grading, ReviewVerdict | None]]:
    """The grading that stands of each attempt, released or not, with what its review found, by the
    attempt's public id."""
    newest = (
        sa.select(sa.func.max(Grading.number))
        .where(Grading.attempt_id == Attempt.id)
        .correlate(Attempt)
        .scalar_subquery()
    )
    query = (
        sa.select(Attempt.public_id, Grading, AttemptReview.verdict)
        .join(Grading, sa.and_(Grading.attempt_id == Attempt.id, Grading.number == newest))
        .outerjoin(AttemptReview, AttemptReview.grading_id == Grading.id)
        .where(Attempt.public_id.in_(list(attempts)))
    )
    return {name: (grading, verdict) for name, grading, verdict in db.session.execute(query)}


def review_of(grading_id: int) -> ReviewVerdict | None:
    """The verdict of the review of a grading."""
    return db.session.scalar(
        sa.select(AttemptReview.verdict).where(AttemptReview.grading_id == grading_id)
    )


def last_review(attempt_id: int) -> AttemptReview | None:
    """The latest review of an attempt, whatever its grading."""
    return next(iter(reversed(reviews_of(attempt_id))), None)


def reviews_of(attempt_id: int) -> list[AttemptReview]:
    """The reviews of an attempt, the oldest first."""
    query = (
        sa.select(AttemptReview)
        .where(AttemptReview.attempt_id == attempt_id)
        .options(joinedload(AttemptReview.reviewer))
        .order_by(AttemptReview.id)
    )
    return list(db.session.scalars(query))


def releases_of(attempt_id: int) -> list[ResultRelease]:
    """The releases of an attempt's result, the oldest first."""
    query = (
        sa.select(ResultRelease)
        .where(ResultRelease.attempt_id == attempt_id)
        .options(joinedload(ResultRelease.releaser))
        .order_by(ResultRelease.id)
    )
    return list(db.session.scalars(query))


def release_of(attempt_id: int) -> ResultRelease | None:
    """The latest release of an attempt's result."""
    return db.session.scalar(
        sa.select(ResultRelease)
        .where(ResultRelease.attempt_id == attempt_id)
        .order_by(ResultRelease.id.desc())
        .limit(1)
    )


def appealed(grading_id: int) -> bool:
    return (
        db.session.scalar(sa.select(Appeal.id).where(Appeal.grading_id == grading_id)) is not None
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sitting's results."""

    attempt: Attempt
    grading: Grading | None
    review: AttemptReview | None
    released: bool


def rows_of(sitting: Sitting) -> list[Row]:
    """All attempts of a sitting by seat, with the grading that holds and its review."""
    newest = (
        sa.select(Grading.attempt_id, sa.func.max(Grading.number).label("number"))
        .group_by(Grading.attempt_id)
        .subquery()
    )
    query = (
        sa.select(Attempt, Grading, AttemptReview)
        .outerjoin(newest, newest.c.attempt_id == Attempt.id)
        .outerjoin(
            Grading,
            sa.and_(Grading.attempt_id == Attempt.id, Grading.number == newest.c.number),
        )
        .outerjoin(AttemptReview, AttemptReview.grading_id == Grading.id)
        .where(Attempt.sitting_id == sitting.id)
        .options(joinedload(Attempt.person).joinedload(Person.org))
        .order_by(Attempt.seat)
    )
    return [
        Row(attempt, grading, review, attempt.state in RELEASED)
        for attempt, grading, review in db.session.execute(query)
    ]


def open_appeals(actor: Actor) -> list[Appeal]:
    """Appeals in reach, the open ones first."""
    query = (
        sa.select(Appeal)
        .where(access.visible(actor, "marking:appeal:list", Appeal))
        .options(joinedload(Appeal.person), joinedload(Appeal.attempt).joinedload(Attempt.sitting))
        .order_by(Appeal.state != AppealState.OPEN, Appeal.opened_at.desc())
        .limit(200)
    )
    return list(db.session.scalars(query))


def appeals_of(attempt_id: int) -> list[Appeal]:
    query = sa.select(Appeal).where(Appeal.attempt_id == attempt_id).order_by(Appeal.id.desc())
    return list(db.session.scalars(query))


def gradings_of(attempt_id: int) -> list[Grading]:
    """The history of an attempt's marks, oldest first."""
    query = sa.select(Grading).where(Grading.attempt_id == attempt_id).order_by(Grading.number)
    return list(db.session.scalars(query))
