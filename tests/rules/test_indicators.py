from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.appraisal.rules.indicators import (
    BONUSES,
    DEDUCTIONS,
    MEASURES,
    SECTION_LABELS,
    Indicator,
    IndicatorKind,
    PointLine,
    Scheme,
    Section,
    deduction,
    earned_share,
    line_gate,
    live_lines,
    scheme_gate,
    standard_scheme,
)
from training.core.policy_defaults import SPECS

MEASURE_POINTS = SPECS["score.measures"].default
SCHEME = standard_scheme(
    base=100,
    bonus_max=SPECS["score.bonus_max"].default,
    weights=SPECS["score.weights"].default,
    measures=MEASURE_POINTS,
    deductions=SPECS["score.deductions"].default,
)
SUBJECT = 1
LINE = PointLine("a", "fulfilment", 1200, "case:17", 2)


def test_the_policy_defaults_make_a_scheme_that_adds_up():
    assert scheme_gate(SCHEME)
    assert (SCHEME.base, SCHEME.bonus_cap) == (10000, 2000)
    assert SCHEME.weights[Section.MEDIATION_WORK] == 7000
    assert SCHEME.find("screening_late") == Indicator(
        "screening_late",
        "排查报告迟报",
        IndicatorKind.DEDUCTION,
        Section.MEDIATION_WORK,
        300,
        100,
    )
    assert SCHEME.find("success_rate") is None
    assert {i.code for i in SCHEME.indicators} == {*MEASURES, *DEDUCTIONS, *BONUSES}
    assert set(SECTION_LABELS) == set(Section)


def test_every_deduction_of_the_policy_reaches_a_score():
    assert set(DEDUCTIONS) == {
        code for code in SPECS["score.deductions"].default if not code.endswith("_per_day")
    }


@pytest.mark.parametrize("table", ["measures", "deductions"])
def test_a_number_for_an_unknown_indicator_is_refused(table):
    tables = {"weights": {}, "measures": {}, "deductions": {}}
    with pytest.raises(KeyError, match="charm"):
        standard_scheme(base=100, bonus_max=20, **{**tables, table: {"charm": 5}})


def tampered(**changes):
    return replace(SCHEME, **changes)


def with_indicator(code, points=0):
    extra = Indicator(code, "—", IndicatorKind.MEASURE, Section.DISCIPLINE, points)
    return tampered(indicators=(*SCHEME.indicators, extra))


@pytest.mark.parametrize(
    ("scheme", "codes"),
    [
        (tampered(base=9900), ("scheme.weights",)),
        (
            tampered(weights={s: w for s, w in SCHEME.weights.items() if s != "discipline"}),
            ("scheme.weights",),
        ),
        (
            tampered(weights={**SCHEME.weights, Section.STUDY: 1100, Section.DISCIPLINE: 900}),
            ("scheme.measures",),
        ),
        (with_indicator("fulfilment", 1000), ("scheme.duplicate",)),
        (with_indicator("success_rate", 1000), ("scheme.forbidden_indicator",)),
    ],
)
def test_a_scheme_that_does_not_add_up_says_why(scheme, codes):
    assert scheme_gate(scheme).codes == codes


@pytest.mark.parametrize(
    ("code", "count", "points"),
    [
        ("screening_late", 1, -300),
        ("screening_late", 4, -600),
        ("meeting_missed", 1, -1000),
        ("failed_to_organise", 3, -900),
        ("online_unhandled", 2, -200),
    ],
)
def test_deductions_follow_the_tariff(code, count, points):
    assert deduction(SCHEME.find(code), count) == points


@pytest.mark.parametrize("count", [0, -1])
def test_nothing_is_deducted_for_nothing(count):
    with pytest.raises(ValueError, match="nothing happened"):
        deduction(SCHEME.find("bad_agreement"), count)


@pytest.mark.parametrize(
    ("done", "due", "points"),
    [(0, 4, 0), (1, 3, 500), (2, 3, 1000), (3, 3, 1500), (5, 3, 1500), (1, 7, 214), (0, 0, None)],
)
def test_a_share_of_what_was_due_is_earned(done, due, points):
    assert earned_share(done, due, 1500) == points


@given(st.integers(1, 500), st.data(), st.integers(0, 7000))
def test_a_share_is_within_the_maximum_and_half_a_hundredth_of_exact(due, data, maximum):
    done = data.draw(st.integers(0, due))
    points = earned_share(done, due, maximum)
    assert 0 <= points <= maximum
    assert abs(2 * points * due - 2 * maximum * done) <= due


def test_a_sound_entry_may_be_added():
    assert line_gate(SCHEME, LINE, SUBJECT, [])
    assert line_gate(SCHEME, replace(LINE, recorder=None), SUBJECT, [])
    assert line_gate(SCHEME, replace(LINE, indicator="meeting_late", delta=-300), SUBJECT, [])
    assert line_gate(SCHEME, replace(LINE, indicator="commendation", delta=500), SUBJECT, [])


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"indicator": "success_rate"}, ("line.unknown_indicator",)),
        ({"delta": -1}, ("line.sign",)),
        ({"delta": 1501}, ("line.over_maximum",)),
        ({"indicator": "meeting_late", "delta": 300}, ("line.sign",)),
        ({"indicator": "commendation", "delta": -1}, ("line.sign",)),
        ({"evidence": "  "}, ("line.no_evidence",)),
        ({"recorder": SUBJECT}, ("SELF",)),
        ({"corrects": "nowhere", "note": "录错"}, ("line.corrects",)),
        ({"corrects": "earlier"}, ("REASON_REQUIRED",)),
        ({"corrects": "other", "note": "录错"}, ("line.corrects",)),
        (
            {"delta": -1, "evidence": "", "recorder": SUBJECT},
            ("line.sign", "line.no_evidence", "SELF"),
        ),
    ],
)
def test_an_entry_that_may_not_be_added_says_why(change, codes):
    before = [replace(LINE, line_id="earlier"), PointLine("other", "timeliness", 5, "x", 2)]
    assert line_gate(SCHEME, replace(LINE, **change), SUBJECT, before).codes == codes


def test_an_entry_is_corrected_once_and_then_through_its_correction():
    first = LINE
    second = replace(LINE, line_id="b", delta=900, corrects="a", note="录错")
    third = replace(second, line_id="c", delta=800)
    assert line_gate(SCHEME, second, SUBJECT, [first])
    assert line_gate(SCHEME, third, SUBJECT, [first, second]).codes == ("line.corrects",)
    last = replace(third, corrects="b")
    assert line_gate(SCHEME, last, SUBJECT, [first, second])
    assert live_lines([first, second, last]) == (last,)


def test_two_entries_cannot_share_an_id():
    with pytest.raises(ValueError, match="share an id"):
        live_lines([LINE, replace(LINE, delta=1)])


def test_a_scheme_without_indicators_adds_up_by_its_weights_alone():
    assert scheme_gate(Scheme(10000, 0, SCHEME.weights, ()))
