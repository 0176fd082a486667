"""Grades: bands, veto, and what follows from a grade.

Everything here proposes and explains. A grade is given by a panel, an exit is decided in
an exit review; no function of this module decides either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from training.core.rules.explanation import Explanation, show_hundredths
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_, Words
from training.proceedings.rules.reasons import reason_given


class Grade(StrEnum):
    """Grades (等次), best first (policy ``grade.bands``)."""

    EXCELLENT = "excellent"
    COMPETENT = "competent"
    BASIC = "basic"
    UNFIT = "unfit"


GRADE_LABELS: Mapping[Grade, str] = {
    Grade.EXCELLENT: N_("优秀"),
    Grade.COMPETENT: N_("称职"),
    Grade.BASIC: N_("基本称职"),
    Grade.UNFIT: N_("不称职"),
}


@dataclass(frozen=True, slots=True)
class Bands:
    """The least hundredths of each grade above 不称职. Raises ``ValueError`` unless they
    descend."""

    excellent: int
    competent: int
    basic: int

    def __post_init__(self) -> None:
        if not self.excellent > self.competent > self.basic > 0:
            raise ValueError("grade bands descend")

    def grade_of(self, total: int) -> Grade:
        """The grade of a total; a cut-off belongs to the better grade."""
        if total >= self.excellent:
            return Grade.EXCELLENT
        if total >= self.competent:
            return Grade.COMPETENT
        return Grade.BASIC if total >= self.basic else Grade.UNFIT


class VetoAct(StrEnum):
    """Acts of 一票否决 (policy ``grade.veto``)."""

    ART15_SERIOUS = "art15_serious"
    FAKED_CASE = "faked_case"
    PROVEN_INACTION = "proven_inaction"


@dataclass(frozen=True, slots=True)
class VetoFinding:
    """An act that was established, with its evidence. Raises ``ValueError`` without: a
    suspicion bars nobody."""

    act: VetoAct
    evidence: str

    def __post_init__(self) -> None:
        if not self.evidence.strip():
            raise ValueError("a veto needs its evidence")


@dataclass(frozen=True, slots=True)
class GradeProposal:
    """What the figures propose to the panel, and why. ``best_open`` is the best grade the
    panel may give."""

    grade: Grade
    best_open: Grade
    opens_exit_review: bool
    lines: tuple[Explanation, ...]


def propose_grade(
    total: int, bands: Bands, findings: Sequence[VetoFinding], veto_acts: Collection[VetoAct]
) -> GradeProposal:
    """The grade by the bands, barred from 优秀 and 称职 by an established veto act.

    ``veto_acts`` is policy ``grade.veto``. A veto opens an exit review; it decides nothing.
    """
    by_score = bands.grade_of(total)
    vetoes = [f for f in findings if f.act in veto_acts]
    lines = [
        Explanation(
            "grade.by_score",
            Words(
                N_("总分 %(total)s 分，对应「%(grade)s」"),
                {"total": show_hundredths(total), "grade": Words(GRADE_LABELS[by_score])},
            ),
            "grade.bands",
        )
    ]
    if not vetoes:
        return GradeProposal(by_score, Grade.EXCELLENT, False, tuple(lines))
    lines.append(
        Explanation(
            "grade.vetoed",
            Words(N_("有一票否决情形，不得评为优秀、称职，并启动退出审查")),
            "grade.veto",
        )
    )
    grade = Grade.UNFIT if by_score is Grade.UNFIT else Grade.BASIC
    return GradeProposal(grade, Grade.BASIC, True, tuple(lines))


def panel_grade_gate(proposal: GradeProposal, decided: Grade, reason: str) -> Verdict:
    """Whether the panel may give this grade: not above what a veto leaves open, and with
    its own reason where it departs from the figures.

    Codes ``grade.vetoed``, ``REASON_REQUIRED``.
    """
    order = list(Grade)
    verdict = ALLOWED
    if order.index(decided) < order.index(proposal.best_open):
        verdict &= refuse(
            "grade.vetoed", N_("有一票否决情形，不得评为优秀、称职"), basis="grade.veto"
        )
    if decided is not proposal.grade:
        verdict &= reason_given(reason, basis="grade.bands")
    return verdict


class ConsequenceKind(StrEnum):
    """What follows from a grade (policy ``grade.consequence``)."""

    REWARD = "reward"
    TALK = "talk"
    EXTRA_TRAINING = "extra_training"
    SUSPEND_ASSIGNMENT = "suspend_assignment"
    RETRAIN = "retrain"
    RE_EXAM = "re_exam"
    EXIT_REVIEW = "exit_review"


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that follows. ``amount`` is hours of training or days until the exam;
    ``ground`` is the ground of an exit review (``two_unfit``, ``veto_act``)."""

    kind: ConsequenceKind
    words: Words
    basis: str
    amount: int = 0
    ground: str = ""


@dataclass(frozen=True, slots=True)
class ConsequencePolicy:
    """Policy ``grade.consequence`` (credit hours, days) and ``grade.unfit_in_row`` (years)."""

    basic_hours: int
    unfit_exam_days: int
    unfit_in_row: int


GROUND_TWO_UNFIT = "two_unfit"
GROUND_VETO_ACT = "veto_act"


def consequences(
    grade: Grade,
    earlier: Sequence[Grade | None],
    opens_exit_review: bool,
    policy: ConsequencePolicy,
) -> tuple[Consequence, ...]:
    """What a final grade leads to, in the order in which it is told.

    ``earlier`` are the final grades of the years before, the last year first, ``None`` for
    a year without a grade, which breaks a row of 不称职.
    """
    found: list[Consequence] = []
    by_grade = "grade.consequence"
    if grade is Grade.EXCELLENT:
        found.append(Consequence(ConsequenceKind.REWARD, Words(N_("给予奖励")), by_grade))
    if grade is Grade.BASIC:
        hours = policy.basic_hours
        words = Words(N_("补训 %(hours)s 学时"), {"hours": hours})
        found.append(Consequence(ConsequenceKind.TALK, Words(N_("谈话提醒")), by_grade))
        found.append(Consequence(ConsequenceKind.EXTRA_TRAINING, words, by_grade, hours))
    if grade is Grade.UNFIT:
        days = policy.unfit_exam_days
        words = Words(N_("%(days)s 日内重新考试"), {"days": days})
        found.append(
            Consequence(ConsequenceKind.SUSPEND_ASSIGNMENT, Words(N_("暂停派案")), by_grade)
        )
        found.append(Consequence(ConsequenceKind.RETRAIN, Words(N_("重新培训")), by_grade))
        found.append(Consequence(ConsequenceKind.RE_EXAM, words, by_grade, days))
        in_row = 1 + len(list(takewhile(lambda g: g is Grade.UNFIT, earlier)))
        if in_row >= policy.unfit_in_row:
            words = Words(N_("连续 %(n)s 年不称职，启动退出审查"), {"n": in_row})
            found.append(
                Consequence(
                    ConsequenceKind.EXIT_REVIEW,
                    words,
                    "grade.unfit_in_row",
                    ground=GROUND_TWO_UNFIT,
                )
            )
    if opens_exit_review:
        words = Words(N_("有一票否决情形，启动退出审查"))
        found.append(
            Consequence(ConsequenceKind.EXIT_REVIEW, words, "grade.veto", ground=GROUND_VETO_ACT)
        )
    return tuple(found)
