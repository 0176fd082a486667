from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.appraisal.rules.annual import (
    COMPONENT_LABELS,
    AnnualData,
    Component,
    compose,
    missing_gate,
    month_target,
)
from training.appraisal.rules.scoring import Acknowledgement, Treatment
from training.core.policy_defaults import SPECS

WEIGHTS = SPECS["annual.composition"].default
YEAR = frozenset(range(1, 13))
FULL = AnnualData(YEAR, dict.fromkeys(YEAR, 9000), 8000, 10000, 7000)


def acknowledged(treatment, *targets):
    return [Acknowledgement(target, treatment, 9, "经核实") for target in targets]


def data(**changes):
    fields = {name: getattr(FULL, name) for name in AnnualData.__dataclass_fields__}
    return AnnualData(**{**fields, **changes})


def test_the_composition_of_the_policy():
    result = compose(FULL, WEIGHTS)
    assert [(x.component, x.contribution) for x in result.lines] == [
        (Component.MONTHLY, 5400),
        (Component.DOSSIER, 1600),
        (Component.SATISFACTION, 1000),
        (Component.PEER, 700),
    ]
    assert (result.total, result.missing, result.notes) == (8700, (), ())
    assert str(result.lines[0].words) == "月度考核平均 90 分，占 60%，计 54 分"
    assert missing_gate(result)
    assert set(COMPONENT_LABELS) == set(Component)


def test_a_month_without_a_score_is_missing_not_zero():
    monthly = {m: 9000 for m in YEAR if m != 3}
    result = compose(data(monthly=monthly), WEIGHTS)
    assert (result.total, result.missing) == (8700, ("month_03",))
    assert str(result.notes[0].words) == "3 月没有考核结果，暂不计入平均"
    verdict = missing_gate(result)
    assert verdict.codes == ("annual.missing",)
    assert str(verdict.reasons[0].words).startswith("3 月考核没有数据")


def test_an_acknowledged_month_is_left_out_or_counted_as_zero_and_said_so():
    without = data(monthly={m: 9000 for m in YEAR if m != 3})
    left_out = compose(without, WEIGHTS, acknowledged(Treatment.EXEMPT, month_target(3)))
    assert (left_out.total, left_out.missing) == (8700, ())
    zero = compose(without, WEIGHTS, acknowledged(Treatment.ZERO, month_target(3)))
    assert zero.lines[0].value == 8250
    assert [n.code for n in zero.notes] == ["annual.month_without_score"]
    assert missing_gate(zero)


def test_months_before_the_post_are_not_asked_for():
    half = AnnualData(frozenset({10, 11}), {10: 8000, 11: 9000}, 8000, 8000, 8000)
    result = compose(half, WEIGHTS)
    assert (result.lines[0].value, result.missing) == (8500, ())


def test_a_component_without_data_is_missing_until_acknowledged():
    no_survey = data(satisfaction=None)
    open_ = compose(no_survey, WEIGHTS)
    assert open_.missing == ("satisfaction",)
    assert str(missing_gate(open_).reasons[0].words).startswith("群众满意度没有数据")
    zero = compose(no_survey, WEIGHTS, acknowledged(Treatment.ZERO, "satisfaction"))
    assert (zero.total, zero.missing) == (7700, ())
    exempt = compose(no_survey, WEIGHTS, acknowledged(Treatment.EXEMPT, "satisfaction"))
    # (90×60 + 80×20 + 70×10) ÷ 90
    assert (exempt.total, exempt.missing) == (8556, ())
    assert str(exempt.lines[2].words) == "群众满意度（占 10%）不适用，由其余部分分担"


def test_the_cut_off_of_a_grade_is_not_moved_by_rounding_parts():
    result = compose(
        data(monthly=dict.fromkeys(YEAR, 9001), dossier=9001, satisfaction=8998, peer=8998), WEIGHTS
    )
    exact = (Fraction(9001) * 80 + Fraction(8998) * 20) / 100
    assert (result.total, exact) == (9000, Fraction(90004, 10))
    assert sum(x.contribution for x in result.lines) == 9000


@pytest.mark.parametrize(
    "acknowledgements",
    [[], acknowledged(Treatment.EXEMPT, "dossier", "satisfaction", "peer", "monthly")],
)
def test_with_nothing_to_weigh_there_is_no_total(acknowledgements):
    result = compose(AnnualData(frozenset(), {}, None, None, None), WEIGHTS, acknowledgements)
    assert (result.total, result.lines) == (None, ())
    codes = set(missing_gate(result).codes)
    assert codes == ({"annual.nothing"} if acknowledgements else {"annual.missing"})


@pytest.mark.parametrize(
    "weights",
    [{}, {**WEIGHTS, "monthly": 59}, {"monthly": 100}, {**WEIGHTS, "charm": 0}],
)
def test_weights_that_do_not_make_the_whole_are_refused(weights):
    with pytest.raises(ValueError, match="100"):
        compose(FULL, weights)


def test_a_score_of_a_month_not_served_is_refused():
    with pytest.raises(ValueError, match="not served"):
        compose(data(months_in_post=frozenset({1})), WEIGHTS)


SCORES = st.integers(0, 12000)
DATA = st.builds(
    lambda months, scores, rest: AnnualData(
        frozenset(months), {m: s for m, s in scores.items() if m in months}, *rest
    ),
    st.sets(st.integers(1, 12)),
    st.dictionaries(st.integers(1, 12), SCORES),
    st.tuples(*[st.none() | SCORES] * 3),
)
TARGETS = st.sampled_from([*Component, *(month_target(m) for m in range(1, 13))])
TREATED = st.dictionaries(TARGETS, st.sampled_from(Treatment)).map(
    lambda chosen: [Acknowledgement(str(target), t, 9, "理由") for target, t in chosen.items()]
)
SPLITS = st.lists(st.integers(0, 100), min_size=3, max_size=3).map(
    lambda cuts: dict(
        zip(
            Component,
            (b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 100], strict=True)),
            strict=True,
        )
    )
)


@given(DATA, SPLITS, TREATED)
def test_the_contributions_make_the_total_within_half_a_hundredth_of_exact(year, weights, treated):
    result = compose(year, weights, treated)
    if result.total is None:
        assert not missing_gate(result)
        return
    assert sum(line.contribution for line in result.lines) == result.total
    assert 0 <= result.total <= 12000
    for line in result.lines:
        assert line.contribution >= 0
        assert line.value is not None or line.contribution == 0
    named = {a.target for a in treated}
    unscored = {month_target(m) for m in year.months_in_post - set(year.monthly)}
    assert {t for t in result.missing if t.startswith("month_")} == unscored - named
    if not treated and None not in (year.dossier, year.satisfaction, year.peer) and year.monthly:
        mean = Fraction(sum(year.monthly.values()), len(year.monthly))
        values = [mean, year.dossier, year.satisfaction, year.peer]
        exact = sum(v * weights[c] for v, c in zip(values, Component, strict=True)) / Fraction(100)
        assert abs(result.total - exact) <= Fraction(1, 2)
