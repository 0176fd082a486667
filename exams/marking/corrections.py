"""Correcting marks by a further entry with reason: a question for everyone, a late answer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from exams.papers.models import Paper
from exams.sittings import log
from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import ATTEMPT, AttemptFacts, AttemptState
from exams.sittings.rules.steps import Step, StepKind, admission_gate, uncounted_answers
from training.core import audit
from training.core.db import db
from training.core.errors import Refused, require
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb

from . import grader
from .models import Grading, QuestionCorrection
from .rules.grading import CorrectionKind
from .service import code_of, mark

MARKED = (
    AttemptState.GRADED,
    AttemptState.REVIEWED,
    AttemptState.RELEASED,
    AttemptState.PASSED,
    AttemptState.FAILED,
)


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
            _mark_again(actor, attempt, reason, now)
            again += 1
    about(correction)
    tell(paper=paper.public_id, question=question, kind=str(kind), regraded=again)
    return correction


def _mark_again(actor: Actor, attempt: Attempt, reason: str, now: datetime) -> Grading:
    """Send a marked attempt back to marking and mark it anew."""
    verdict, target = ATTEMPT.step(
        attempt.state,
        "correct",
        AttemptFacts(now=now, actor=actor.person_id, candidate=attempt.person_id, reason=reason),
    )
    require(verdict, code=code_of(verdict.codes))
    grading = mark(attempt, actor.ref, now)
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
    return _correct_late(actor, attempt, sequence, StepKind.ADMIT_LATE, reason, now)


@verb("sittings:attempt:correct", on="attempt")
def withdraw_admission(
    actor: Actor, attempt: Attempt, sequence: int, reason: str, *, now: datetime
) -> Attempt:
    """A late answer was admitted in error: by a further step it counts no more; marked anew."""
    return _correct_late(actor, attempt, sequence, StepKind.WITHDRAW_ADMISSION, reason, now)


def late_answers(attempt: Attempt) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Answers that came too late: those that are kept as evidence only, and those admitted."""
    recorded, closes = log.steps(attempt.id), log.held(attempt.id).closes_at
    if closes is None:
        return (), ()
    kept = uncounted_answers(recorded, closes)
    corrections = (StepKind.ADMIT_LATE, StepKind.WITHDRAW_ADMISSION)
    by_itself = uncounted_answers([s for s in recorded if s.kind not in corrections], closes)
    return kept, tuple(s for s in by_itself if s not in kept)


def _correct_late(
    actor: Actor, attempt: Attempt, sequence: int, kind: StepKind, reason: str, now: datetime
) -> Attempt:
    held = log.held(attempt.id, lock=True)
    step = next((s for s in log.steps(attempt.id) if s.sequence == sequence), None)
    if step is None or held.closes_at is None:
        raise Refused.because("NOT_IN_PAPER", N_("没有这条答案记录"), status=422)
    kept, admitted = late_answers(attempt)
    concerned = kept if kind is StepKind.ADMIT_LATE else admitted
    gate = admission_gate(
        step, counted=step not in concerned, actor=actor.person_id or 0, reason=reason
    )
    require(gate, status=422 if "REASON_REQUIRED" in gate.codes else 409, code=code_of(gate.codes))
    sealed = log.append(
        held,
        Step(
            sequence=held.last_seq + 1, kind=kind, actor=actor.person_id or 0,
            received_at=now, refers_to=sequence, reason=reason.strip()[:200],
        ),
    )  # fmt: skip
    tell(sequence=held.last_seq + 1, head=sealed.chain_hash, step=str(kind), answer=sequence)
    if attempt.state in MARKED:
        _mark_again(actor, attempt, reason, now)
    return attempt
