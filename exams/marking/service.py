"""Acts of marking: grading, review, release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog

from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import ATTEMPT, AttemptFacts, AttemptState
from training.core import audit, clock
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.i18n import both
from training.core.rules.permission import SYSTEM, Actor
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import about, tell, verb
from training.people import facts, inbox

from . import grader, queries
from .models import AttemptReview, Grading, ResultRelease
from .rules.review import ReviewVerdict, review_reason_gate

logger = structlog.get_logger("marking")

PASSED_FACT = "exam_passed"
HANDED_IN = (AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED)


class Damaged(Exception):
    """The record of an attempt does not hold together; it is not marked."""


@system_unit
def grade(attempt_id: int, now: datetime) -> Grading | None:
    """Mark an attempt that was handed in; None when that has been done. Raises ``Damaged``
    when its chain, paper or keys are not what they were."""
    attempt = db.session.get(
        Attempt, attempt_id, populate_existing=True, with_for_update={"of": Attempt}
    )
    if attempt is None or attempt.state not in HANDED_IN:
        return None
    check = grader.verify_attempt(attempt)
    if not check.sound:
        logger.error("attempt.damaged", attempt=attempt.public_id, findings=check.findings)
        raise Damaged(attempt.public_id, *check.findings)
    _, target = ATTEMPT.step(attempt.state, "grade", AttemptFacts(now=now, scored=True))
    grading = mark(attempt, SYSTEM.ref, now)
    attempt.state = AttemptState(target)
    audit.write(
        SYSTEM, "sittings:attempt:grade", attempt, at=now,
        detail={"grading": grading.public_id, "number": grading.number, "digest": grading.digest},
    )  # fmt: skip
    return grading


def mark(attempt: Attempt, by: str, now: datetime) -> Grading:
    """Mark an attempt by the rules as it now stands; the former marks stay."""
    before = grader.latest(attempt.id)
    number = before.number + 1 if before else 1
    return grader.store(attempt, grader.compute(attempt), number, by, now)


def to_grade() -> list[int]:
    """Attempts that were handed in and wait for marking."""
    return list(
        db.session.scalars(
            sa.select(Attempt.id).where(Attempt.state.in_(HANDED_IN)).order_by(Attempt.id)
        )
    )


@verb("sittings:attempt:review", on="attempt")
def review(
    actor: Actor, attempt: Attempt, verdict: ReviewVerdict, reason: str, *, now: datetime
) -> AttemptReview:
    """Look at an attempt's signals and say whether it was clean; never changes the score."""
    entry = _review(actor, attempt, verdict, reason, now)
    about(attempt)
    return entry


def _review(
    actor: Actor, attempt: Attempt, verdict: ReviewVerdict, reason: str, now: datetime
) -> AttemptReview:
    signals = len(queries.signals([attempt], now)[attempt.id])
    require(review_reason_gate(verdict, signals, reason), status=422, code="REASON_REQUIRED")
    grading = grader.latest(attempt.id)
    allowed, target = ATTEMPT.step(
        attempt.state,
        "review",
        # The signals are what this act looks at: with its reason none stays open.
        AttemptFacts(
            now=now, scored=grading is not None, open_events=0, actor=actor.person_id,
            candidate=attempt.person_id,
        ),
    )  # fmt: skip
    require(allowed, status=403 if "SELF" in allowed.codes else 409, code=code_of(allowed.codes))
    if grading is None:
        raise NotVisible("grading")
    attempt.state = AttemptState(target)
    return _enter_review(actor, attempt, grading, verdict, signals, reason, now)


def _enter_review(
    actor: Actor, attempt: Attempt, grading: Grading, verdict: ReviewVerdict, signals: int,
    reason: str, now: datetime, corrects: AttemptReview | None = None,
) -> AttemptReview:  # fmt: skip
    entry = AttemptReview(
        attempt_id=attempt.id, grading_id=grading.id, verdict=verdict, signals=signals,
        reason=reason.strip()[:500], reviewer_id=actor.person_id, reviewed_at=now,
        corrects_id=corrects.id if corrects else None,
    )  # fmt: skip
    db.session.add(entry)
    tell(verdict=str(verdict), signals=signals, grading=grading.public_id)
    return entry


@verb("sittings:attempt:correct_review", on="attempt")
def correct_review(
    actor: Actor, attempt: Attempt, verdict: ReviewVerdict, reason: str, *, now: datetime
) -> AttemptReview:
    """Correct a mistaken review by a further one, with a reason; the score stays as it is.

    The attempt is marked again, which gives the same marks, so that what was reviewed and
    released before stays as it was; the result is to be released anew, and until then no
    certificate rests on it. Who had been told the former result is told of the correction.
    """
    allowed, target = ATTEMPT.step(
        attempt.state,
        "correct_review",
        AttemptFacts(
            now=now, scored=True, actor=actor.person_id, candidate=attempt.person_id, reason=reason
        ),
    )
    codes = allowed.codes
    status = 422 if "REASON_REQUIRED" in codes else 403 if "SELF" in codes else 409
    require(allowed, status=status, code=code_of(codes))
    former = queries.last_review(attempt.id)
    if former is None:
        raise NotVisible("review")
    grading = mark(attempt, actor.ref, now)
    attempt.state = AttemptState(target)
    signals = len(queries.signals([attempt], now)[attempt.id])
    entry = _enter_review(actor, attempt, grading, verdict, signals, reason, now, former)
    told = queries.release_of(attempt.id) is not None
    if told:
        inbox.send(
            attempt.person_id, "exam_result",
            N_("考试「%(title)s」的复核结论已更正，成绩将重新发布。理由：%(reason)s"), now=now,
            url="/exams/", unique_key=f"review:{grading.public_id}",
            title=both(attempt.sitting), reason=entry.reason,
        )  # fmt: skip
    about(attempt)
    tell(former=str(former.verdict), told=told, digest=grading.digest)
    return entry


def code_of(codes: Sequence[str]) -> str:
    """The code of a refusal that a page shows."""
    return next((c for c in codes if c.isupper()), "STATE")


@verb("sittings:attempt:review", on="sitting")
def review_unsuspicious(actor: Actor, sitting: Sitting, *, now: datetime) -> dict[str, int]:
    """Review all marked attempts of a sitting that have no signal; others wait for a look."""
    waiting = _lock(sitting, (AttemptState.GRADED,))
    signals = queries.signals(waiting, now)
    done = 0
    for attempt in waiting:
        if not signals[attempt.id] and attempt.person_id != actor.person_id:
            _review(actor, attempt, ReviewVerdict.CLEAN, "", now)
            done += 1
    about(sitting)
    tell(reviewed=done, left=len(waiting) - done)
    return {"reviewed": done, "left": len(waiting) - done}


def _lock(sitting: Sitting, states: Sequence[AttemptState]) -> list[Attempt]:
    query = (
        sa.select(Attempt)
        .where(Attempt.sitting_id == sitting.id, Attempt.state.in_(states))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


@verb("sittings:attempt:release", on="sitting")
def release(actor: Actor, sitting: Sitting, *, now: datetime) -> dict[str, int]:
    """Make all reviewed results of a sitting known; nobody releases a result of his own."""
    ready = _lock(sitting, (AttemptState.REVIEWED,))
    if not ready:
        raise Refused.because("NOTHING_READY", N_("没有已复核、待发布的成绩"))
    released = passed = 0
    for attempt in ready:
        verdict, target = ATTEMPT.step(
            attempt.state,
            "release",
            AttemptFacts(now=now, actor=actor.person_id, candidate=attempt.person_id),
        )
        if not verdict:
            continue
        attempt.state = AttemptState(target)
        released += 1
        passed += _announce(actor, attempt, now)
    if not released:
        raise Refused.because("SELF", N_("不得发布本人的成绩"), status=403)
    about(sitting)
    tell(released=released, passed=passed)
    return {"released": released, "passed": passed}


def _announce(actor: Actor, attempt: Attempt, now: datetime) -> bool:
    """Record the outcome of a released attempt, tell the candidate, keep the fact true."""
    grading = grader.latest(attempt.id)
    if grading is None:
        raise NotVisible("grading")
    action = "record_pass" if grading.passed else "record_fail"
    verdict, target = ATTEMPT.step(
        attempt.state, action, AttemptFacts(now=now, passed=grading.passed)
    )
    require(verdict)
    attempt.state = AttemptState(target)
    again = queries.release_of(attempt.id) is not None
    db.session.add(
        ResultRelease(
            attempt_id=attempt.id, grading_id=grading.id, released_by=actor.person_id,
            released_at=now,
        )
    )  # fmt: skip
    _keep_fact(actor, attempt, grading, now)
    inbox.send(
        attempt.person_id, "exam_result",
        N_("考试「%(title)s」成绩经更正后重新发布")
        if again
        else N_("考试「%(title)s」成绩已发布"),
        now=now,
        url=f"/exams/results/{attempt.public_id}",
        unique_key=f"result:{grading.public_id}", title=both(attempt.sitting),
    )  # fmt: skip
    return grading.passed


def _keep_fact(actor: Actor, attempt: Attempt, grading: Grading, now: datetime) -> None:
    """The person's file says passed if and only if the released result says so and the
    review was clean; a changed result is a further entry."""
    held = next(
        (
            f
            for f in facts.of(attempt.person_id, [PASSED_FACT])
            if f.value.get("attempt") == attempt.public_id
        ),
        None,
    )
    clean = queries.review_of(grading.id) is ReviewVerdict.CLEAN
    passed = grading.passed and clean
    if held is None and not passed:
        return
    facts.record(
        actor, attempt.person, PASSED_FACT, clock.today(attempt.started_at),
        {
            "attempt": attempt.public_id,
            "grading": grading.public_id,
            "passed": passed,
            "points": grading.points,
            "full": grading.full,
        },
        now=now, source=attempt, replaces=held,
        reason=N_("成绩经更正后重新发布") if held else "",
    )  # fmt: skip
