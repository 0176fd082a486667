"""Acts of marking: grading, review, release, corrections, appeals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from exams.papers.models import Paper
from exams.sittings import log
from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import ATTEMPT, AttemptFacts, AttemptState
from exams.sittings.rules.steps import Step, StepKind, admission_gate, uncounted_answers
from training.core import audit, clock, policy, workdays
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.rules.permission import SYSTEM, Actor
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import about, tell, verb
from training.people import facts, inbox
from training.people.models import Person

from . import grader, queries
from .models import (
    Appeal,
    AppealState,
    AttemptReview,
    Grading,
    QuestionCorrection,
    ResultRelease,
)
from .rules.grading import CorrectionKind
from .rules.review import ReviewVerdict, review_reason_gate

logger = structlog.get_logger("marking")

PASSED_FACT = "exam_passed"
HANDED_IN = (AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED)
MARKED = (
    AttemptState.GRADED,
    AttemptState.REVIEWED,
    AttemptState.RELEASED,
    AttemptState.PASSED,
    AttemptState.FAILED,
)


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
    grading = _mark(attempt, SYSTEM.ref, now)
    attempt.state = AttemptState(target)
    audit.write(
        SYSTEM, "sittings:attempt:grade", attempt, at=now,
        detail={"grading": grading.public_id, "number": grading.number, "digest": grading.digest},
    )  # fmt: skip
    return grading


def _mark(attempt: Attempt, by: str, now: datetime) -> Grading:
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
    require(allowed, status=403 if "SELF" in allowed.codes else 409, code=_code(allowed.codes))
    if grading is None:
        raise NotVisible("grading")
    entry = AttemptReview(
        attempt_id=attempt.id, grading_id=grading.id, verdict=verdict, signals=signals,
        reason=reason.strip()[:500], reviewer_id=actor.person_id, reviewed_at=now,
    )  # fmt: skip
    db.session.add(entry)
    attempt.state = AttemptState(target)
    tell(verdict=str(verdict), signals=signals, grading=grading.public_id)
    return entry


def _code(codes: Sequence[str]) -> str:
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
    db.session.add(
        ResultRelease(
            attempt_id=attempt.id, grading_id=grading.id, released_by=actor.person_id,
            released_at=now,
        )
    )  # fmt: skip
    _keep_fact(actor, attempt, grading, now)
    inbox.send(
        attempt.person_id, "exam_result", N_("考试「%(title)s」成绩已发布"), now=now,
        url=f"/exams/results/{attempt.public_id}",
        unique_key=f"result:{grading.public_id}", title=attempt.sitting.title,
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


@verb("sittings:attempt:correct", on="paper")
def correct_question(
    actor: Actor, paper: Paper, question: str, kind: CorrectionKind, reason: str, *,
    now: datetime, key: frozenset[str] = frozenset(),
) -> QuestionCorrection:  # fmt: skip
    """Correct one question for everyone who sat the paper: void it, remove it, change its
    key, or take that back. Marked attempts are marked again; the former marks stay."""
    slot = next((s for s in paper.slots if s.question == question), None)
    if slot is None:
        raise Refused.because("NOT_IN_PAPER", N_("试卷中没有此题"), status=422)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正理由"), status=422)
    if (kind is CorrectionKind.REKEYED) != bool(key) or not key <= set(slot.options):
        raise Refused.because("KEY", N_("更正答案时请选择新的正确选项"), status=422)
    sat = list(
        db.session.scalars(
            sa.select(Attempt)
            .join(Sitting, Sitting.id == Attempt.sitting_id)
            .where(Sitting.paper_id == paper.id)
            .order_by(Attempt.id)
            .with_for_update(of=Attempt)
            .execution_options(populate_existing=True)
        )
    )
    if any(a.person_id == actor.person_id for a in sat):
        raise Refused.because("SELF", N_("不得更正本人参加的考试"), status=403)
    earlier = grader.corrections_of(paper.id)
    correction = QuestionCorrection(
        org_id=paper.org_id, paper_id=paper.id, number=len(earlier) + 1, question=question,
        kind=kind, key=sorted(key), reason=reason.strip()[:500],
        corrected_by=actor.person_id, corrected_at=now,
    )  # fmt: skip
    db.session.add(correction)
    db.session.flush()
    again = 0
    for attempt in sat:
        if attempt.state in MARKED:
            _correct(actor, attempt, reason, now)
            again += 1
    about(correction)
    tell(paper=paper.public_id, question=question, kind=str(kind), regraded=again)
    return correction


def _correct(actor: Actor, attempt: Attempt, reason: str, now: datetime) -> Grading:
    """Send a marked attempt back to marking and mark it anew."""
    verdict, target = ATTEMPT.step(
        attempt.state,
        "correct",
        AttemptFacts(now=now, actor=actor.person_id, candidate=attempt.person_id, reason=reason),
    )
    require(verdict, code=_code(verdict.codes))
    grading = _mark(attempt, actor.ref, now)
    attempt.state = AttemptState(target)
    audit.write(
        actor, "sittings:attempt:grade", attempt, at=now,
        detail={"grading": grading.public_id, "number": grading.number, "digest": grading.digest},
    )  # fmt: skip
    return grading


@verb("sittings:attempt:correct", on="attempt")
def admit_late(
    actor: Actor, attempt: Attempt, sequence: int, reason: str, *, now: datetime
) -> Attempt:
    """Let a late answer count after all (a failure of the hall, say), and mark anew."""
    held = log.held(attempt.id, lock=True)
    recorded = log.steps(attempt.id)
    step = next((s for s in recorded if s.sequence == sequence), None)
    if step is None or held.closes_at is None:
        raise Refused.because("NOT_IN_PAPER", N_("没有这条答案记录"), status=422)
    late = {s.sequence for s in uncounted_answers(recorded, held.closes_at)}
    gate = admission_gate(
        step, counted=step.sequence not in late, actor=actor.person_id or 0, reason=reason
    )
    require(gate, status=422 if "REASON_REQUIRED" in gate.codes else 409, code=_code(gate.codes))
    sealed = log.append(
        held,
        Step(
            sequence=held.last_seq + 1, kind=StepKind.ADMIT_LATE, actor=actor.person_id or 0,
            received_at=now, refers_to=sequence, reason=reason.strip()[:200],
        ),
    )  # fmt: skip
    tell(sequence=held.last_seq + 1, head=sealed.chain_hash, admitted=sequence)
    if attempt.state in MARKED:
        _correct(actor, attempt, reason, now)
    return attempt


def appeal_closes_at(attempt: Attempt, released_at: datetime) -> datetime:
    """The end of the last working day of the appeal window."""
    days = int(policy.get("appeal.window", attempt.org, clock.today(released_at)).value)
    last = workdays.calendar().add_workdays(clock.today(released_at), days).day
    return clock.at_local(last + timedelta(days=1)) - timedelta(seconds=1)


@verb("sittings:attempt:appeal", on="attempt")
def appeal(actor: Actor, attempt: Attempt, text: str, *, now: datetime) -> Appeal:
    """A candidate appeals against the released result, once for each grading."""
    release_row = queries.release_of(attempt.id)
    grading = grader.latest(attempt.id)
    if release_row is None or grading is None:
        raise Refused.because("NOT_RELEASED", N_("成绩尚未发布"))
    verdict, target = ATTEMPT.step(
        attempt.state,
        "appeal",
        AttemptFacts(
            now=now, reason=text,
            appeal_closes_at=appeal_closes_at(attempt, release_row.released_at),
        ),
    )  # fmt: skip
    require(
        verdict, status=422 if "REASON_REQUIRED" in verdict.codes else 409,
        code=_code(verdict.codes),
    )  # fmt: skip
    if queries.appealed(grading.id):
        raise Refused.because("APPEALED", N_("对此成绩的申诉已有决定"), basis="appeal.window")
    attempt.state = AttemptState(target)
    entry = Appeal(
        org_id=attempt.org_id, person_id=attempt.person_id, attempt_id=attempt.id,
        grading_id=grading.id, text=text.strip(), opened_at=now,
    )  # fmt: skip
    db.session.add(entry)
    return entry


@verb("sittings:attempt:dismiss_appeal", on="appeal_record")
def dismiss(actor: Actor, appeal_record: Appeal, reason: str, *, now: datetime) -> Appeal:
    """The result stands; it is released as before."""
    attempt = _decide(actor, appeal_record, "dismiss_appeal", AppealState.DISMISSED, reason, now)
    grading = grader.latest(attempt.id)
    action = "record_pass" if grading is not None and grading.passed else "record_fail"
    _, target = ATTEMPT.step(
        attempt.state, action, AttemptFacts(now=now, passed=bool(grading and grading.passed))
    )
    attempt.state = AttemptState(target)
    return appeal_record


@verb("sittings:attempt:uphold_appeal", on="appeal_record")
def uphold(actor: Actor, appeal_record: Appeal, reason: str, *, now: datetime) -> Appeal:
    """The appeal is right: marked again with the corrections made, reviewed, released anew."""
    attempt = _decide(actor, appeal_record, "uphold_appeal", AppealState.UPHELD, reason, now)
    grading = _mark(attempt, actor.ref, now)
    tell(grading=grading.public_id, digest=grading.digest)
    return appeal_record


def _decide(
    actor: Actor, entry: Appeal, action: str, state: AppealState, reason: str, now: datetime
) -> Attempt:
    if entry.state is not AppealState.OPEN:
        decider = db.session.get_one(Person, entry.decided_by)
        raise Refused.because(
            "ALREADY_DECIDED", N_("此申诉已由%(who)s于 %(when)s 作出决定"),
            who=decider.name, when=entry.decided_at,
        )  # fmt: skip
    attempt = db.session.get(
        Attempt, entry.attempt_id, populate_existing=True, with_for_update={"of": Attempt}
    )
    release_row = queries.release_of(entry.attempt_id)
    if attempt is None:
        raise NotVisible("attempt")
    verdict, target = ATTEMPT.step(
        attempt.state,
        action,
        AttemptFacts(
            now=now, actor=actor.person_id, candidate=attempt.person_id, reason=reason,
            marker=release_row.released_by if release_row else None,
        ),
    )  # fmt: skip
    code = _code(verdict.codes)
    status = {"REASON_REQUIRED": 422, "SELF": 403, "SAME_PERSON": 403}.get(code, 409)
    require(verdict, status=status, code=code)
    attempt.state = AttemptState(target)
    entry.state, entry.decided_by, entry.decided_at = state, actor.person_id, now
    entry.reason = reason.strip()[:500]
    inbox.send(
        attempt.person_id, "exam_appeal", N_("您的成绩申诉已有决定，请查看"), now=now,
        url=f"/exams/results/{attempt.public_id}", unique_key=f"appeal:{entry.public_id}",
    )  # fmt: skip
    tell(decision=str(state), attempt=attempt.public_id)
    return attempt
