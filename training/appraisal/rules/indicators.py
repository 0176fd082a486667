"""Indicators: what the monthly appraisal looks at, as data.

A Scheme comes from policy (``score.weights``, ``score.measures``, ``score.deductions``,
``score.bonus_max``). Points are hundredths. The raw success rate is no indicator: rates of
96 to 98 % are normal, so it separates nobody and invites selective registration.
Fulfilment, dossier quality, follow-up, timeliness and the mix of cases take its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from training.core.rules.explanation import show_hundredths
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_, Words
from training.proceedings.rules.reasons import reason_given

_HUNDREDTHS = 100
_PER_FURTHER_DAY = "_per_day"


class Section(StrEnum):
    """Sections of the appraisal (policy ``score.weights``)."""

    STUDY = "study"
    LEGAL_OUTREACH = "legal_outreach"
    MEDIATION_WORK = "mediation_work"
    DISCIPLINE = "discipline"


SECTION_LABELS: Mapping[Section, str] = {
    Section.STUDY: N_("学习"),
    Section.LEGAL_OUTREACH: N_("法治宣传"),
    Section.MEDIATION_WORK: N_("调解工作"),
    Section.DISCIPLINE: N_("纪律"),
}


class IndicatorKind(StrEnum):
    """A measure is earned up to its maximum, a deduction is lost, a bonus is added."""

    MEASURE = "measure"
    DEDUCTION = "deduction"
    BONUS = "bonus"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that is looked at.

    ``points`` in hundredths: the maximum of a measure, the tariff of one occurrence of a
    deduction; a bonus has none of its own. ``further`` is the tariff of each further day
    where a deduction grows by the day. A bonus stands in no section.
    """

    code: str
    title: str
    kind: IndicatorKind
    section: Section | None
    points: int = 0
    further: int | None = None


MEASURES: Mapping[str, tuple[str, Section]] = {
    "training_hours": (N_("培训学时完成情况"), Section.STUDY),
    "exam_result": (N_("年度考试成绩"), Section.STUDY),
    "outreach_activities": (N_("法治宣传活动"), Section.LEGAL_OUTREACH),
    "screening": (N_("矛盾纠纷排查"), Section.MEDIATION_WORK),
    "fulfilment": (N_("协议履行情况"), Section.MEDIATION_WORK),
    "dossier_quality": (N_("卷宗质量"), Section.MEDIATION_WORK),
    "follow_up": (N_("回访"), Section.MEDIATION_WORK),
    "timeliness": (N_("办理及时"), Section.MEDIATION_WORK),
    "case_mix": (N_("办案数量与难易结构"), Section.MEDIATION_WORK),
}
"""Measures by code (policy ``score.measures``). A section without measures, such as
discipline, is granted in full and only loses points."""

LEDGER_MEASURES = ("training_hours", "exam_result")
"""Measures that the system takes from their ledgers, never from a sheet."""

DEDUCTIONS: Mapping[str, tuple[str, Section]] = {
    "screening_late": (N_("排查报告迟报"), Section.MEDIATION_WORK),
    "meeting_missed": (N_("缺席月度例会"), Section.DISCIPLINE),
    "meeting_late": (N_("例会迟到"), Section.DISCIPLINE),
    "no_register": (N_("未建台账"), Section.MEDIATION_WORK),
    "bad_agreement": (N_("协议书不规范"), Section.MEDIATION_WORK),
    "failed_to_organise": (N_("应调未调"), Section.MEDIATION_WORK),
    "online_unhandled": (N_("线上申请未处理"), Section.MEDIATION_WORK),
}
"""Deductions by code (policy ``score.deductions``)."""

BONUSES: Mapping[str, str] = {
    "prevention": N_("预防化解纠纷成效突出"),
    "difficult_case": N_("化解疑难、重大纠纷"),
    "commendation": N_("受到表彰"),
}
"""Bonuses by code; the founding reward rules (奖励办法) reward prevention."""

FORBIDDEN_INDICATORS = frozenset({"success_rate"})


@dataclass(frozen=True, slots=True)
class Scheme:
    """What is looked at, and for how many hundredths of points."""

    base: int
    bonus_cap: int
    weights: Mapping[Section, int]
    indicators: tuple[Indicator, ...]

    def find(self, code: str) -> Indicator | None:
        return next((i for i in self.indicators if i.code == code), None)

    def of(self, kind: IndicatorKind, section: Section | None) -> tuple[Indicator, ...]:
        return tuple(i for i in self.indicators if i.kind is kind and i.section is section)


def standard_scheme(
    *,
    base: int,
    bonus_max: int,
    weights: Mapping[str, int],
    measures: Mapping[str, int],
    deductions: Mapping[str, int],
) -> Scheme:
    """The Scheme from policy tables, whose points are whole numbers.

    ``base`` is the full score without bonus (100). Raises ``KeyError`` for a code that
    this module does not know: such a number would never reach anybody's score.
    """
    found = [
        Indicator(code, *_titled(MEASURES[code], IndicatorKind.MEASURE), points * _HUNDREDTHS)
        for code, points in measures.items()
    ]
    for code, points in deductions.items():
        if code.endswith(_PER_FURTHER_DAY):
            continue
        per_day = deductions.get(code + _PER_FURTHER_DAY)
        found.append(
            Indicator(
                code,
                *_titled(DEDUCTIONS[code], IndicatorKind.DEDUCTION),
                points * _HUNDREDTHS,
                None if per_day is None else per_day * _HUNDREDTHS,
            )
        )
    found += [Indicator(code, title, IndicatorKind.BONUS, None) for code, title in BONUSES.items()]
    return Scheme(
        base * _HUNDREDTHS,
        bonus_max * _HUNDREDTHS,
        {Section(code): points * _HUNDREDTHS for code, points in weights.items()},
        tuple(found),
    )


def _titled(entry: tuple[str, Section], kind: IndicatorKind) -> tuple[str, IndicatorKind, Section]:
    title, section = entry
    return title, kind, section


def scheme_gate(scheme: Scheme) -> Verdict:
    """Whether a Scheme adds up; asked before a policy change takes effect.

    Codes: ``scheme.weights`` (sections do not make up the base), ``scheme.measures`` (the
    measures of a section do not make up its weight), ``scheme.duplicate``,
    ``scheme.forbidden_indicator``.
    """
    verdict = ALLOWED
    total = sum(scheme.weights.values())
    if set(scheme.weights) != set(Section) or total != scheme.base:
        verdict &= refuse(
            "scheme.weights",
            N_("各部分分值合计 %(found)s 分，应为 %(base)s 分"),
            basis="score.weights",
            found=show_hundredths(total),
            base=show_hundredths(scheme.base),
        )
    for section, weight in scheme.weights.items():
        measures = scheme.of(IndicatorKind.MEASURE, section)
        points = sum(i.points for i in measures)
        if measures and points != weight:
            verdict &= refuse(
                "scheme.measures",
                N_("「%(section)s」的指标合计 %(found)s 分，应为 %(weight)s 分"),
                basis="score.measures",
                section=Words(SECTION_LABELS[section]),
                found=show_hundredths(points),
                weight=show_hundredths(weight),
            )
    codes = [i.code for i in scheme.indicators]
    if len(codes) != len(set(codes)):
        verdict &= refuse("scheme.duplicate", N_("有重复的指标"), basis="score.measures")
    if FORBIDDEN_INDICATORS & set(codes):
        verdict &= refuse(
            "scheme.forbidden_indicator",
            N_("调解成功率不得直接作为考核指标"),
            basis="score.measures",
        )
    return verdict


def deduction(indicator: Indicator, count: int) -> int:
    """The (negative) hundredths for ``count`` occurrences, or for ``count`` days late where
    the deduction grows by the day. Raises ``ValueError`` for fewer than one."""
    if count < 1:
        raise ValueError("nothing happened, nothing is deducted")
    if indicator.further is None:
        return -indicator.points * count
    return -indicator.points - indicator.further * (count - 1)


def earned_share(done: int, due: int, maximum: int) -> int | None:
    """The hundredths earned for ``done`` of ``due``, rounded half up and never above the
    maximum. ``None`` when nothing was due: no data is not zero."""
    if due <= 0:
        return None
    return (2 * maximum * min(done, due) + due) // (2 * due)


@dataclass(frozen=True, slots=True)
class PointLine:
    """One entry on a person's sheet.

    ``delta`` in hundredths; ``evidence`` refers to what proves it; ``recorder`` is a
    person, or ``None`` for an entry the system took from a ledger. A mistaken entry is
    corrected by a further one that names it in ``corrects`` and says why in ``note``.
    """

    line_id: str
    indicator: str
    delta: int
    evidence: str
    recorder: int | None
    note: str = ""
    corrects: str = ""


def live_lines(lines: Collection[PointLine]) -> tuple[PointLine, ...]:
    """The entries in force: those that no further entry has corrected.

    Raises ``ValueError`` when two entries share an id."""
    if len({line.line_id for line in lines}) != len(lines):
        raise ValueError("two entries share an id")
    corrected = {line.corrects for line in lines}
    return tuple(line for line in lines if line.line_id not in corrected)


def line_gate(
    scheme: Scheme, line: PointLine, subject: int, before: Collection[PointLine]
) -> Verdict:
    """Whether an entry may be added to those that stand ``before`` it.

    Codes: ``line.unknown_indicator``, ``line.sign``, ``line.over_maximum``,
    ``line.no_evidence``, ``line.corrects`` (no such entry in force for this indicator),
    ``SELF`` (nobody records their own points), ``REASON_REQUIRED`` (of a correction).
    """
    indicator = scheme.find(line.indicator)
    if indicator is None:
        return refuse("line.unknown_indicator", N_("没有这项考核指标"), basis="score.measures")
    verdict = ALLOWED
    lost = indicator.kind is IndicatorKind.DEDUCTION
    wrong_sign = line.delta > 0 if lost else line.delta < 0
    if wrong_sign:
        verdict &= refuse(
            "line.sign", N_("扣分应为负数，得分和加分应为正数"), basis="score.weights"
        )
    if indicator.kind is IndicatorKind.MEASURE and line.delta > indicator.points:
        verdict &= refuse(
            "line.over_maximum",
            N_("此项最高 %(maximum)s 分"),
            basis="score.measures",
            maximum=show_hundredths(indicator.points),
        )
    if not line.evidence.strip():
        verdict &= refuse("line.no_evidence", N_("请附上此项的依据材料"), basis="score.weights")
    if line.recorder == subject:
        verdict &= refuse("SELF", N_("不得记录本人的得分"), basis="rule:separation_of_duties")
    if line.corrects:
        target = next((x for x in live_lines(before) if x.line_id == line.corrects), None)
        if target is None or target.indicator != line.indicator:
            verdict &= refuse(
                "line.corrects", N_("要更正的记录不存在或者已被更正"), basis="score.weights"
            )
        verdict &= reason_given(line.note, basis="score.weights")
    return verdict
