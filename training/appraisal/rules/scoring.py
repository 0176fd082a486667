"""From entries to a monthly score, every point of it explained.

The counted hundredths of all lines add up to the total. A measure without data is never
silently zero: it is missing, the score is provisional, and it can be locked only after
somebody has said, with a reason, that it counts as zero or does not apply.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from training.core.rules.explanation import show_hundredths
from training.core.rules.verdict import Verdict, all_of, refuse
from training.core.rules.words import N_, Words
from training.proceedings.rules.reasons import reason_given

from .indicators import (
    SECTION_LABELS,
    Indicator,
    IndicatorKind,
    PointLine,
    Scheme,
    Section,
    live_lines,
)

_BASIS = "score.weights"


class Treatment(StrEnum):
    """What becomes of a measure without data."""

    ZERO = "zero"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody took note that ``target`` (an indicator, a month, a component) has no data,
    and said what follows and why. The person concerned is shown all of it.

    ``person_id`` is ``None`` where the system found in a ledger that nothing was due; it
    can exempt, it cannot score zero.
    """

    target: str
    treatment: Treatment
    person_id: int | None
    reason: str


def acknowledgement_gate(acknowledgement: Acknowledgement, subject: int) -> Verdict:
    """Codes ``REASON_REQUIRED``, ``SELF``, ``acknowledgement.by_person``."""
    verdict = reason_given(acknowledgement.reason, basis=_BASIS)
    if acknowledgement.person_id == subject:
        verdict &= refuse("SELF", N_("不得评定本人"), basis="rule:separation_of_duties")
    if acknowledgement.person_id is None and acknowledgement.treatment is Treatment.ZERO:
        verdict &= refuse(
            "acknowledgement.by_person", N_("按零分处理须由工作人员确认"), basis=_BASIS
        )
    return verdict


class LineKind(StrEnum):
    """Why a line of the explanation stands where it stands."""

    GRANTED = "granted"
    MEASURE = "measure"
    ZERO = "zero"
    EXEMPT = "exempt"
    MISSING = "missing"
    SCALED = "scaled"
    SPREAD = "spread"
    DEDUCTION = "deduction"
    BONUS = "bonus"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One line of the answer to 「为什么」: what was entered (``delta``) and what of it
    counted, both in hundredths, with the words, the indicator and the entry behind it."""

    kind: LineKind
    counted: int
    words: Words
    section: Section | None = None
    indicator: str = ""
    delta: int = 0
    entry: PointLine | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A monthly score in hundredths.

    ``total`` is the sum of the counted lines, between 0 and base plus bonus cap.
    ``missing`` names the measures without data; while there are any, ``open_points`` could
    still be added and the score is provisional.
    """

    total: int
    sections: Mapping[Section, int]
    bonus: int
    lines: tuple[CountedLine, ...]
    missing: tuple[str, ...]
    open_points: int

    @property
    def provisional(self) -> bool:
        return bool(self.missing)

    @property
    def nothing_applies(self) -> bool:
        """No measure applies, as in a month on leave: there is nothing to score, and what
        is granted without measures must not stand for the whole."""
        return not any(line.kind in _MEASURED for line in self.lines)


def score(
    scheme: Scheme,
    entries: Collection[PointLine],
    acknowledgements: Collection[Acknowledgement] = (),
) -> Score:
    """The score of a month, by ``scheme``, with an explanation of every point.

    Entries earn measures up to their maximum; measures that do not apply hand their
    weight to the rest of their section, sections that do not apply to the other sections.
    Deductions take from their section and no further; bonuses count up to the cap.
    Entries must have passed ``line_gate``. Raises ``ValueError`` for a duplicate entry id
    or an indicator outside the Scheme.
    """
    return _Sheet(scheme, entries, acknowledgements).score()


def missing_gate(result: Score) -> Verdict:
    """Whether nothing is missing, one reason for each measure, and anything applies at all.
    Codes ``score.missing``, ``score.nothing_applies``."""
    if result.nothing_applies:
        return refuse(
            "score.nothing_applies",
            N_("本月没有适用的指标，不评分；请在年度考核中说明"),
            basis=_BASIS,
        )
    return all_of(
        refuse(
            "score.missing",
            N_("「%(title)s」没有数据，请补录，或者写明理由按零分、不适用处理"),
            basis=_BASIS,
            title=line.words.params["title"],
        )
        for line in result.lines
        if line.kind is LineKind.MISSING
    )


class _Sheet:
    """The running computation behind ``score``."""

    def __init__(
        self,
        scheme: Scheme,
        entries: Collection[PointLine],
        acknowledgements: Collection[Acknowledgement],
    ) -> None:
        self.scheme = scheme
        self.live = live_lines(entries)
        standing = {e.line_id for e in self.live}
        self.dead = tuple(e for e in entries if e.line_id not in standing)
        self.by_indicator: dict[str, list[PointLine]] = {}
        for entry in self.live:
            self.by_indicator.setdefault(entry.indicator, []).append(entry)
        self.treatments = {a.target: a.treatment for a in acknowledgements}
        self.lines: list[CountedLine] = []
        for entry in entries:
            if scheme.find(entry.indicator) is None:
                raise ValueError(f"no indicator {entry.indicator} in this scheme")

    def score(self) -> Score:
        earned = {section: self._earn(section) for section in self.scheme.weights}
        sections = {section: points or 0 for section, points in earned.items()}
        spread = self._spread(earned)
        self._deduct(sections, spread, [s for s, points in earned.items() if points is None])
        bonus = self._add_bonus()
        self.lines += [
            CountedLine(
                LineKind.CORRECTED,
                0,
                Words(N_("已被后来的记录更正")),
                indicator=entry.indicator,
                delta=entry.delta,
                entry=entry,
            )
            for entry in self.dead
        ]
        missing = tuple(line.indicator for line in self.lines if line.kind is LineKind.MISSING)
        return Score(
            sum(line.counted for line in self.lines),
            sections,
            bonus,
            tuple(self.lines),
            missing,
            sum(i.points for i in self.scheme.indicators if i.code in missing),
        )

    def _earn(self, section: Section) -> int | None:
        """Points of a section before deductions; ``None`` when nothing of it applies."""
        weight = self.scheme.weights[section]
        measures = self.scheme.of(IndicatorKind.MEASURE, section)
        if not measures:
            words = Words(
                N_("「%(section)s」起评 %(points)s 分"),
                {"section": Words(SECTION_LABELS[section]), "points": show_hundredths(weight)},
            )
            self.lines.append(CountedLine(LineKind.GRANTED, weight, words, section))
            return weight
        applying = [m for m in measures if self._measure(m)]
        available = sum(m.points for m in applying)
        if not available:
            return None
        earned = sum(line.counted for line in self.lines if line.section is section)
        scaled = _share(earned, weight, available)
        if available != weight:
            words = Words(
                N_("不适用指标的分值由本部分其余指标分担，%(earned)s 分折算为 %(scaled)s 分"),
                {"earned": show_hundredths(earned), "scaled": show_hundredths(scaled)},
            )
            self.lines.append(CountedLine(LineKind.SCALED, scaled - earned, words, section))
        return scaled

    def _measure(self, measure: Indicator) -> bool:
        """Write the lines of one measure; whether it applies."""
        entries = self.by_indicator.get(measure.code, [])
        if not entries:
            kind, message = _WITHOUT_DATA[self.treatments.get(measure.code)]
            words = Words(message, {"title": Words(measure.title)})
            self.lines.append(CountedLine(kind, 0, words, measure.section, measure.code))
            return kind is not LineKind.EXEMPT
        self._count(LineKind.MEASURE, measure, entries, measure.points)
        return True

    def _spread(self, earned: Mapping[Section, int | None]) -> int:
        """Give the weight of sections that do not apply to those that do."""
        kept = {s: points for s, points in earned.items() if points is not None}
        available = sum(self.scheme.weights[s] for s in kept)
        total = sum(kept.values())
        nothing_applies = not any(line.kind in _MEASURED for line in self.lines)
        if not available or nothing_applies or len(kept) == len(earned):
            return 0
        spread = _share(total, self.scheme.base, available) - total
        words = Words(
            N_("不适用部分的分值由其余部分分担，%(earned)s 分折算为 %(scaled)s 分"),
            {"earned": show_hundredths(total), "scaled": show_hundredths(total + spread)},
        )
        self.lines.append(CountedLine(LineKind.SPREAD, spread, words))
        return spread

    def _deduct(
        self, sections: dict[Section, int], spread: int, not_applying: Collection[Section]
    ) -> None:
        """Deductions take from their own section; those of a section that does not apply
        take from whatever is left of all, so that nobody escapes them by having no cases."""
        for section in sections:
            if section not in not_applying:
                sections[section] -= self._lose(section, sections[section])
        left = sum(sections.values()) + spread
        for section in not_applying:
            left -= self._lose(section, left)

    def _lose(self, section: Section, most: int) -> int:
        lost = 0
        for indicator in self.scheme.of(IndicatorKind.DEDUCTION, section):
            entries = self.by_indicator.get(indicator.code, [])
            lost += self._count(LineKind.DEDUCTION, indicator, entries, most - lost)
        return lost

    def _add_bonus(self) -> int:
        added = 0
        for indicator in self.scheme.of(IndicatorKind.BONUS, None):
            entries = self.by_indicator.get(indicator.code, [])
            room = self.scheme.bonus_cap - added
            added += self._count(LineKind.BONUS, indicator, entries, room)
        return added

    def _count(
        self, kind: LineKind, indicator: Indicator, entries: Collection[PointLine], most: int
    ) -> int:
        """Count entries until ``most`` is reached; returns how much was counted, unsigned."""
        sign = -1 if kind is LineKind.DEDUCTION else 1
        counted = 0
        for entry in entries:
            part = min(abs(entry.delta), most - counted)
            counted += part
            message = N_("%(title)s：%(counted)s 分")
            if part < abs(entry.delta):
                message = N_("%(title)s：记 %(delta)s 分，因上下限计 %(counted)s 分")
            words = Words(
                message,
                {
                    "title": Words(indicator.title),
                    "delta": show_hundredths(entry.delta),
                    "counted": show_hundredths(sign * part),
                },
            )
            self.lines.append(
                CountedLine(
                    kind, sign * part, words, indicator.section, indicator.code, entry.delta, entry
                )
            )
        return counted


_MEASURED = frozenset({LineKind.MEASURE, LineKind.ZERO, LineKind.MISSING})

_WITHOUT_DATA: Mapping[Treatment | None, tuple[LineKind, str]] = {
    None: (LineKind.MISSING, N_("「%(title)s」没有数据，暂未计分")),
    Treatment.ZERO: (LineKind.ZERO, N_("「%(title)s」没有数据，经说明理由按零分计")),
    Treatment.EXEMPT: (LineKind.EXEMPT, N_("「%(title)s」不适用，不计入")),
}


def _share(points: int, whole: int, available: int) -> int:
    """``points`` of ``available`` as points of ``whole``, rounded half up."""
    return (2 * points * whole + available) // (2 * available)
