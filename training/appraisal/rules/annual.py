"""The annual score: composed of the year's months, dossiers, satisfaction and peers.

Scores are hundredths of a point, weights whole percent. What has no data is named, never
silently zero.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from training.core.rules.explanation import Explanation, show_hundredths
from training.core.rules.verdict import Verdict, all_of, refuse
from training.core.rules.words import N_, Words

from .scoring import Acknowledgement, Treatment

_COMPOSITION = "annual.composition"
_PERCENT = 100


class Component(StrEnum):
    """Parts of the annual score (policy ``annual.composition``)."""

    MONTHLY = "monthly"
    DOSSIER = "dossier"
    SATISFACTION = "satisfaction"
    PEER = "peer"


COMPONENT_LABELS: Mapping[Component, str] = {
    Component.MONTHLY: N_("月度考核平均"),
    Component.DOSSIER: N_("卷宗评查"),
    Component.SATISFACTION: N_("群众满意度"),
    Component.PEER: N_("同行评议"),
}


def month_target(month: int) -> str:
    """The name under which a month without a score is acknowledged: ``month_03``."""
    return f"month_{month:02d}"


@dataclass(frozen=True, slots=True)
class AnnualData:
    """What a year has to show for one person.

    ``months_in_post`` are those in which the person served; ``monthly`` holds their locked
    scores; the other components are ``None`` without data (no survey answers, say).
    """

    months_in_post: frozenset[int]
    monthly: Mapping[int, int]
    dossier: int | None
    satisfaction: int | None
    peer: int | None


@dataclass(frozen=True, slots=True)
class ComponentLine:
    """One component: its value, its weight in percent, what it contributed, in words."""

    component: Component
    value: int | None
    weight: int
    contribution: int
    words: Words


@dataclass(frozen=True, slots=True)
class AnnualScore:
    """``total`` is the sum of the contributions, ``None`` while there is nothing to weigh.
    ``missing`` names months and components that nobody has acknowledged; while there are
    any, the total is provisional."""

    total: int | None
    lines: tuple[ComponentLine, ...]
    missing: tuple[str, ...]
    notes: tuple[Explanation, ...]


def compose(
    data: AnnualData,
    weights: Mapping[str, int],
    acknowledgements: Collection[Acknowledgement] = (),
) -> AnnualScore:
    """The annual score out of its components, by policy ``annual.composition`` (percent).

    A month or component without data is missing until acknowledged: ``ZERO`` counts it as
    zero, ``EXEMPT`` leaves the month out of the mean or hands the component's weight to
    the others. The total is computed exactly and rounded once, half up; contributions are
    rounded so that they add up to it. Raises ``ValueError`` unless the weights are those
    of the four components and make 100, and for a score of a month not served.
    """
    if set(weights) != set(Component) or sum(weights.values()) != _PERCENT:
        raise ValueError("the weights of the four components make 100 percent")
    if not set(data.monthly) <= data.months_in_post:
        raise ValueError("a score of a month not served")
    treatments = {a.target: a.treatment for a in acknowledgements}
    mean, notes, missing = _monthly_mean(data, treatments)
    values: dict[Component, Fraction | None] = {
        Component.MONTHLY: mean,
        Component.DOSSIER: _exact(data.dossier),
        Component.SATISFACTION: _exact(data.satisfaction),
        Component.PEER: _exact(data.peer),
    }
    for component, value in values.items():
        if value is None and treatments.get(component) is Treatment.ZERO:
            values[component] = Fraction(0)
        if value is None and component not in treatments:
            missing.append(str(component))
    available = sum(weights[c] for c, value in values.items() if value is not None)
    if not available:
        return AnnualScore(None, (), tuple(missing), tuple(notes))
    parts = {
        c: Fraction(0) if value is None else value * weights[c] / available
        for c, value in values.items()
    }
    contributions = _round_to_sum(parts)
    lines = tuple(_line(c, values[c], weights[c], contributions[c], treatments) for c in Component)
    return AnnualScore(sum(contributions.values()), lines, tuple(missing), tuple(notes))


def _exact(value: int | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _monthly_mean(
    data: AnnualData, treatments: Mapping[str, Treatment]
) -> tuple[Fraction | None, list[Explanation], list[str]]:
    counted = dict(data.monthly)
    notes, missing = [], []
    for month in sorted(data.months_in_post - set(data.monthly)):
        treatment = treatments.get(month_target(month))
        if treatment is None:
            missing.append(month_target(month))
        if treatment is Treatment.ZERO:
            counted[month] = 0
        notes.append(
            Explanation(
                "annual.month_without_score",
                Words(_MONTH_WORDS[treatment], {"month": month}),
                _COMPOSITION,
            )
        )
    mean = Fraction(sum(counted.values()), len(counted)) if counted else None
    return mean, notes, missing


_MONTH_WORDS: Mapping[Treatment | None, str] = {
    None: N_("%(month)s 月没有考核结果，暂不计入平均"),
    Treatment.ZERO: N_("%(month)s 月没有考核结果，经说明理由按零分计"),
    Treatment.EXEMPT: N_("%(month)s 月不适用，不计入平均"),
}


def _line(
    component: Component,
    value: Fraction | None,
    weight: int,
    contribution: int,
    treatments: Mapping[str, Treatment],
) -> ComponentLine:
    params: dict[str, object] = {
        "component": Words(COMPONENT_LABELS[component]),
        "weight": weight,
        "contribution": show_hundredths(contribution),
    }
    if value is None:
        message = N_("%(component)s（占 %(weight)s%%）没有数据，暂不计入")
        if treatments.get(component) is Treatment.EXEMPT:
            message = N_("%(component)s（占 %(weight)s%%）不适用，由其余部分分担")
        return ComponentLine(component, None, weight, contribution, Words(message, params))
    shown = _half_up(value)
    params["value"] = show_hundredths(shown)
    words = Words(N_("%(component)s %(value)s 分，占 %(weight)s%%，计 %(contribution)s 分"), params)
    return ComponentLine(component, shown, weight, contribution, words)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _round_to_sum(parts: Mapping[Component, Fraction]) -> dict[Component, int]:
    """Round so that the parts add up to the exact total rounded half up: those with the
    largest remainders are rounded up."""
    total = _half_up(sum(parts.values(), Fraction(0)))
    rounded = {c: part.numerator // part.denominator for c, part in parts.items()}
    by_remainder = sorted(parts, key=lambda c: rounded[c] - parts[c])
    for component in by_remainder[: total - sum(rounded.values())]:
        rounded[component] += 1
    return rounded


def missing_gate(result: AnnualScore) -> Verdict:
    """Whether there is a total and nothing is missing that nobody has acknowledged.
    Code ``annual.missing``, one reason each."""
    verdict = all_of(
        refuse(
            "annual.missing",
            N_("%(what)s没有数据，请补录，或者写明理由按零分、不适用处理"),
            basis=_COMPOSITION,
            what=_target_words(target),
        )
        for target in result.missing
    )
    if verdict and result.total is None:
        return refuse("annual.nothing", N_("没有可以考核的内容，不评等次"), basis=_COMPOSITION)
    return verdict


def _target_words(target: str) -> Words:
    if target in set(Component):
        return Words(COMPONENT_LABELS[Component(target)])
    return Words(N_("%(month)s 月考核"), {"month": int(target.removeprefix("month_"))})
