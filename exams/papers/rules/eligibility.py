"""Who may sit the exam (考试资格): hours, assignments, attempts, retraining, identity."""

from __future__ import annotations

from dataclasses import dataclass

from training.core.rules.verdict import ALLOWED, Reason, Verdict, all_of, refuse
from training.core.rules.words import N_, Words

ATTEMPTS_BASIS = "exam.attempts"
IDENTITY_BASIS = "准考证"
ASSIGNMENTS_BASIS = "学习培训制度"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Work that the programme asks for before the exam (作业)."""

    title: str
    accepted: bool
    public_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamFacts:
    """What the gate looks at.

    ``hours`` is the verdict of the hours gate. ``attempts_used`` counts the attempts of
    this cycle that were started; ``attempts_allowed`` is the first one and its resits by
    policy ``exam.attempts``. ``retraining_open`` is true from the last failed attempt of a
    cycle until retraining is done, which opens a new cycle. ``identity_missing`` names
    what the admission ticket (准考证) still lacks: labels marked for translation.
    """

    hours: Verdict
    assignments: tuple[Assignment, ...]
    attempts_used: int
    attempts_allowed: int
    retraining_open: bool
    identity_missing: tuple[str, ...]


def exam_gate(facts: ExamFacts) -> Verdict:
    """May the person be admitted to the exam? All that is missing, at once."""
    return all_of(
        [
            facts.hours,
            _assignments(facts),
            _attempts(facts),
            _retraining(facts),
            _identity(facts),
        ]
    )


def _assignments(facts: ExamFacts) -> Verdict:
    return Verdict(
        tuple(
            Reason(
                "exam.assignment_open",
                Words(N_("作业「%(title)s」尚未通过"), {"title": assignment.title}),
                ASSIGNMENTS_BASIS,
                "programmes.assignments",
                (("assignment", assignment.public_id),) if assignment.public_id else (),
            )
            for assignment in facts.assignments
            if not assignment.accepted
        )
    )


def _attempts(facts: ExamFacts) -> Verdict:
    if facts.attempts_used < facts.attempts_allowed:
        return ALLOWED
    return refuse(
        "exam.no_attempt_left",
        N_("本周期的考试机会已用完（共 %(allowed)s 次，含补考）"),
        basis=ATTEMPTS_BASIS,
        mend="programmes.mine",
        allowed=facts.attempts_allowed,
    )


def _retraining(facts: ExamFacts) -> Verdict:
    if not facts.retraining_open:
        return ALLOWED
    return refuse(
        "exam.retraining_open",
        N_("须先完成重新培训"),
        basis=ATTEMPTS_BASIS,
        mend="programmes.mine",
    )


def _identity(facts: ExamFacts) -> Verdict:
    return Verdict(
        tuple(
            Reason(
                "exam.identity_missing",
                Words(N_("个人信息缺少「%(field)s」"), {"field": Words(field)}),
                IDENTITY_BASIS,
                "people.profile",
            )
            for field in facts.identity_missing
        )
    )
