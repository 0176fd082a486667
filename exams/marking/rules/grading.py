"""Marking (阅卷) of objective questions: points, the reason for each, and the outcome.

A pure function of the frozen paper, the key, the answers that count, and the logged
corrections: marking again gives the same, and marking after a correction differs only by
the correction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exams.bank.rules.question import QuestionKind
from exams.papers.rules.blueprint import PaperSlot
from training.core.rules.explanation import show_hundredths
from training.core.rules.verdict import Reason, Verdict
from training.core.rules.words import N_, Words

TOTAL_BASIS = "exam.pass_mark"
CORE_BASIS = "exam.core_percent"
PARTIAL_BASIS = "exam.partial_percent"


class MarkReason(StrEnum):
    """Why a question got its points."""

    CORRECT = "correct"
    WRONG = "wrong"
    WRONG_OPTION = "wrong_option"
    INCOMPLETE = "incomplete"
    UNANSWERED = "unanswered"
    VOIDED_FULL = "voided_full"
    VOIDED_REMOVED = "voided_removed"


class CorrectionKind(StrEnum):
    """What is done about a faulty question, for everyone who sat the paper."""

    FULL_POINTS = "full_points"
    REMOVED = "removed"
    REKEYED = "rekeyed"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class Correction:
    """A logged correction of one question. Of several the highest ``number`` holds.

    ``key`` is the right key of a ``rekeyed`` question; ``reinstated`` takes all earlier
    corrections of the question back. Raises ``ValueError`` when a key is missing or idle.
    """

    number: int
    question: str
    kind: CorrectionKind
    reason: str
    key: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if bool(self.key) != (self.kind is CorrectionKind.REKEYED):
            raise ValueError("a key belongs to a rekeyed question, and to no other")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringPolicy:
    """Percentages, all from policy.

    ``partial_share``: of the points of a multiple-choice question, for right options only
    but not all. ``pass_mark``: of the full mark, to pass. ``core_share``: of the full mark
    of the law-and-ethics sections, to pass.
    """

    partial_share: int
    pass_mark: int
    core_share: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Points of one question in hundredths, of ``full``, and why.

    ``full`` is 0 where the question was removed. ``answer`` and ``key`` are canonical ids.
    """

    slot: int
    question: str
    section: str
    points: int
    full: int
    core: bool
    reason: MarkReason
    answer: frozenset[str]
    key: frozenset[str]
    corrected: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """Points reached and points possible, in hundredths."""

    points: int
    full: int

    def reaches(self, share: int) -> bool:
        """At least ``share`` percent, compared without rounding."""
        return self.points * 100 >= self.full * share


@dataclass(frozen=True, slots=True)
class Score:
    """All marks of one attempt, with sums by section, for the core sections and in total.

    ``core`` is None when the paper has no core section.
    """

    marks: tuple[Mark, ...]
    sections: Mapping[str, Sum]
    core: Sum | None
    total: Sum


@dataclass(frozen=True, slots=True)
class Outcome:
    """Passed, or not with every reason; with the policy numbers that were applied."""

    verdict: Verdict
    total: Sum
    core: Sum | None
    policy: ScoringPolicy

    @property
    def passed(self) -> bool:
        return self.verdict.allowed


def grade(
    paper: Sequence[PaperSlot],
    keys: Mapping[str, frozenset[str]],
    answers: Mapping[int, frozenset[str]],
    policy: ScoringPolicy,
    corrections: Iterable[Correction] = (),
) -> Score:
    """Mark an attempt.

    ``keys`` by question version, ``answers`` by slot. Single choice and true/false: the
    right option or nothing. Multiple choice: all right options full points, some of them
    and no wrong one the partial share (fractions of a hundredth are dropped), any wrong
    one nothing. Raises ``ValueError`` for answers to slots or options that the paper does
    not have, and for a question marked without a fitting key: such a record must not become a mark.
    """
    in_force: dict[str, Correction] = {}
    for correction in sorted(corrections, key=lambda c: c.number):
        in_force[correction.question] = correction
    known = {slot.slot: set(slot.options) for slot in paper}
    for number, chosen in answers.items():
        if not chosen <= known.get(number, set()) or number not in known:
            raise ValueError(f"slot {number} holds an answer that is not in the paper")
    marks = tuple(
        _mark(
            slot,
            keys.get(slot.question, frozenset()),
            answers.get(slot.slot, frozenset()),
            policy,
            in_force.get(slot.question),
        )
        for slot in sorted(paper, key=lambda s: s.slot)
    )
    codes = dict.fromkeys(mark.section for mark in marks)
    return Score(
        marks,
        {code: _sum(m for m in marks if m.section == code) for code in codes},
        _sum(m for m in marks if m.core) if any(m.core for m in marks) else None,
        _sum(marks),
    )


def decide(score: Score, policy: ScoringPolicy) -> Outcome:
    """Passed or not: the total, and the law-and-ethics sections by themselves.

    Where every question that would count was removed, nothing was shown, and nobody
    passes until a correction gives the points back.
    """
    reasons: list[Reason] = []
    for part, share, code, message, basis in (
        (
            score.total,
            policy.pass_mark,
            "exam.total_below",
            N_("总分 %(points)s 分（满分 %(full)s），未达到 %(needed)s 分"),
            TOTAL_BASIS,
        ),
        (
            score.core,
            policy.core_share,
            "exam.core_below",
            N_("法律政策与职业道德部分 %(points)s 分（满分 %(full)s），未达到 %(needed)s 分"),
            CORE_BASIS,
        ),
    ):
        if part is None:
            continue
        if part.full == 0:
            message = N_("应计分的题目均已取消，无法评定")
            reasons.append(Reason(f"{code}_unscored", Words(message), basis))
        elif not part.reaches(share):
            shown = {
                "points": show_hundredths(part.points),
                "full": show_hundredths(part.full),
                "needed": show_hundredths(-(-part.full * share // 100)),
            }
            reasons.append(Reason(code, Words(message, shown), basis))
    return Outcome(Verdict(tuple(reasons)), score.total, score.core, policy)


def _mark(
    slot: PaperSlot,
    key: frozenset[str],
    answer: frozenset[str],
    policy: ScoringPolicy,
    correction: Correction | None,
) -> Mark:
    kind = correction.kind if correction else CorrectionKind.REINSTATED
    if correction is not None and kind is CorrectionKind.REKEYED:
        key = correction.key
    full = slot.points
    if kind is CorrectionKind.FULL_POINTS:
        points, reason = full, MarkReason.VOIDED_FULL
    elif kind is CorrectionKind.REMOVED:
        points, full, reason = 0, 0, MarkReason.VOIDED_REMOVED
    elif not key or not key <= set(slot.options):
        raise ValueError(f"{slot.question} has no key that fits it")
    else:
        points, reason = _points(slot, key, answer, policy.partial_share)
    corrected = kind is not CorrectionKind.REINSTATED
    return Mark(
        slot.slot,
        slot.question,
        slot.section,
        points,
        full,
        slot.core,
        reason,
        answer,
        key,
        corrected,
    )


def _points(
    slot: PaperSlot, key: frozenset[str], answer: frozenset[str], partial_share: int
) -> tuple[int, MarkReason]:
    if not answer:
        return 0, MarkReason.UNANSWERED
    if answer == key:
        return slot.points, MarkReason.CORRECT
    if slot.kind is not QuestionKind.MULTIPLE:
        return 0, MarkReason.WRONG
    if not answer <= key:
        return 0, MarkReason.WRONG_OPTION
    return slot.points * partial_share // 100, MarkReason.INCOMPLETE


def _sum(marks: Iterable[Mark]) -> Sum:
    points = full = 0
    for mark in marks:
        points += mark.points
        full += mark.full
    return Sum(points, full)
