"""Marking in the database: from the log of an attempt to a grading, and back again.

``compute`` reads what is recorded and asks the pure rules; marking, marking again and
verifying all go through it, so that they cannot differ but by what was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exams.bank import queries as bank
from exams.bank.service import content_digest
from exams.papers.models import Paper
from exams.papers.rules.arrangement import arrange
from exams.papers.service import paper_hash
from exams.sittings import log
from exams.sittings.models import Attempt
from exams.sittings.rules.attempt import DROPPED, WAITING, AttemptState
from exams.sittings.rules.steps import current_answers
from training.core import audit
from training.core.db import db
from training.core.models import AuditEntry
from training.core.rules.chain import Head, digest

from .models import Grading, QuestionCorrection
from .rules.grading import Correction, Outcome, Score, ScoringPolicy, decide, grade

_ANCHORS = (
    "sittings:attempt:start", "sittings:attempt:submit", "sittings:attempt:auto_submit",
    "sittings:attempt:correct",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Computed:
    """A marking as computed from the record; ``content`` is what a grading stores."""

    score: Score
    outcome: Outcome
    content: dict[str, Any]

    @property
    def digest(self) -> str:
        return digest(self.content)


def corrections_of(paper_id: int) -> list[QuestionCorrection]:
    """The corrections of a paper in their order."""
    query = (
        sa.select(QuestionCorrection)
        .where(QuestionCorrection.paper_id == paper_id)
        .order_by(QuestionCorrection.number)
    )
    return list(db.session.scalars(query))


def compute(attempt: Attempt, corrections: Sequence[QuestionCorrection] | None = None) -> Computed:
    """Mark an attempt from its log, paper, keys and corrections. Writes nothing."""
    paper = attempt.sitting.paper
    slots = paper.slots
    held = log.held(attempt.id)
    closes = held.closes_at
    if closes is None:
        raise ValueError("an attempt that was never begun is not marked")
    answers = current_answers(log.steps(attempt.id), closes)
    policy = ScoringPolicy(
        partial_share=int(attempt.terms["partial_share"]),
        pass_mark=int(attempt.terms["pass_mark"]),
        core_share=int(attempt.terms["core_share"]),
    )
    in_force = corrections_of(paper.id) if corrections is None else list(corrections)
    score = grade(
        slots,
        bank.keys_of(s.question for s in slots),
        answers,
        policy,
        [Correction(c.number, c.question, c.kind, c.reason, frozenset(c.key)) for c in in_force],
    )
    outcome = decide(score, policy)
    content = {
        "attempt": attempt.public_id,
        "passed": outcome.passed,
        "points": score.total.points,
        "full": score.total.full,
        "core_points": score.core.points if score.core else None,
        "core_full": score.core.full if score.core else None,
        "sections": {c: [s.points, s.full] for c, s in score.sections.items()},
        "marks": [
            {
                "slot": m.slot,
                "question": m.question,
                "points": m.points,
                "full": m.full,
                "reason": str(m.reason),
                "answer": sorted(m.answer),
                "key": sorted(m.key),
                "corrected": m.corrected,
            }
            for m in score.marks
        ],
        "policy": {
            "partial_share": policy.partial_share,
            "pass_mark": policy.pass_mark,
            "core_share": policy.core_share,
            "ids": attempt.terms["policy_ids"],
        },
        "corrections": [c.public_id for c in in_force],
        "paper_hash": paper.payload_hash,
        "chain_head": held.head,
    }
    return Computed(score, outcome, content)


def store(attempt: Attempt, computed: Computed, number: int, by: str, now: datetime) -> Grading:
    """Add a grading to the current write transaction."""
    content = {k: v for k, v in computed.content.items() if k != "attempt"}
    grading = Grading(
        org_id=attempt.org_id, person_id=attempt.person_id, attempt_id=attempt.id, number=number,
        digest=computed.digest, graded_at=now, graded_by=by, **content,
    )  # fmt: skip
    db.session.add(grading)
    db.session.flush()
    return grading


def latest(attempt_id: int) -> Grading | None:
    """The grading that holds."""
    return db.session.scalar(
        sa.select(Grading)
        .where(Grading.attempt_id == attempt_id)
        .order_by(Grading.number.desc())
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class Check:
    """What verifying an attempt found: codes, empty when everything agrees."""

    findings: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.findings


def anchors(attempt: Attempt) -> list[Head]:
    """The ends of the chain that the audit log holds."""
    query = sa.select(AuditEntry).where(
        AuditEntry.subject_type == "exam_attempt",
        AuditEntry.subject_ref == attempt.public_id,
        AuditEntry.action.in_(_ANCHORS),
    )
    found = []
    for entry in db.session.scalars(query):
        detail = audit.detail(entry)
        if "head" in detail:
            found.append(Head(int(detail["sequence"]), str(detail["head"])))
    return found


def check_paper(paper: Paper) -> tuple[str, ...]:
    """Is the paper what was frozen, and are its questions and keys what it pinned?"""
    findings = []
    if paper_hash(paper.seed, paper.payload) != paper.payload_hash:
        findings.append("paper_edited")
    versions = bank.pinned(s["question"] for s in paper.payload["slots"])
    for slot in paper.payload["slots"]:
        version = versions.get(slot["question"])
        if version is None or content_digest(version) != slot["digest"]:
            findings.append("question_edited")
    return tuple(dict.fromkeys(findings))


def verify_attempt(attempt: Attempt) -> Check:
    """Check everything a result rests on: the chain of steps against itself and the audit,
    paper and keys against what was frozen, the order against its seed, and every grading
    against marking again."""
    paper = attempt.sitting.paper
    findings = [f.code for f in log.check_chain(log.held(attempt.id), anchors(attempt)).findings]
    findings += check_paper(paper)
    order = [[a.slot, list(a.options)] for a in arrange(paper.slots, attempt.seed)]
    if order != attempt.arrangement:
        findings.append("arrangement_edited")
    if attempt.terms and attempt.terms["paper_hash"] != paper.payload_hash:
        findings.append("paper_replaced")
    grading = latest(attempt.id)
    if grading is not None and attempt.state not in _UNMARKED:
        findings += _check_grading(attempt, grading)
    return Check(tuple(dict.fromkeys(findings)))


def _check_grading(attempt: Attempt, grading: Grading) -> list[str]:
    """Is the grading what marking again gives, under the corrections that it knew?"""
    corrections = corrections_of(attempt.sitting.paper_id)
    known = [c for c in corrections if c.public_id in grading.corrections]
    try:
        again = compute(attempt, known).content
    except ValueError:
        return ["not_markable"]
    # Evidence that came after the marking makes the chain longer and changes no mark.
    again["chain_head"] = grading.chain_head
    stored = {name: getattr(grading, name) for name in again if name != "attempt"}
    findings = []
    if stored != {name: value for name, value in again.items() if name != "attempt"}:
        findings.append("mark_differs")
    if digest({**stored, "attempt": attempt.public_id}) != grading.digest:
        findings.append("grading_edited")
    return findings


_UNMARKED = (
    WAITING
    | DROPPED
    | {AttemptState.IN_PROGRESS, AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED}
)
