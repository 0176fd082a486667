from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.test_indicators import MEASURE_POINTS, SCHEME
from training.appraisal.rules.indicators import (
    BONUSES,
    DEDUCTIONS,
    MEASURES,
    PointLine,
    Section,
)
from training.appraisal.rules.scoring import (
    Acknowledgement,
    LineKind,
    Treatment,
    acknowledgement_gate,
    missing_gate,
    score,
)

FULL = [
    PointLine(code, code, points * 100, f"ledger:{code}", None)
    for code, points in MEASURE_POINTS.items()
]
WORK = [code for code, (_, section) in MEASURES.items() if section is Section.MEDIATION_WORK]


def entry(line_id, indicator, delta, **more):
    return PointLine(line_id, indicator, delta, "case:1", 2, **more)


def acknowledged(treatment, *targets):
    return [Acknowledgement(target, treatment, 9, "经核实") for target in targets]


def without(*codes):
    return [e for e in FULL if e.indicator not in codes]


def kinds(result):
    return [line.kind for line in result.lines]


def test_everything_done_is_the_base():
    result = score(SCHEME, FULL)
    assert (result.total, result.bonus, result.missing) == (10000, 0, ())
    assert result.sections == {
        Section.STUDY: 1000,
        Section.LEGAL_OUTREACH: 1000,
        Section.MEDIATION_WORK: 7000,
        Section.DISCIPLINE: 1000,
    }
    assert missing_gate(result)


def test_deductions_take_from_their_section_and_no_further():
    result = score(
        SCHEME, [*FULL, entry("x", "meeting_missed", -1000), entry("y", "meeting_late", -300)]
    )
    assert (result.total, result.sections[Section.DISCIPLINE]) == (9000, 0)
    last = next(line for line in result.lines if line.indicator == "meeting_late")
    assert (last.delta, last.counted) == (-300, 0)
    assert str(last.words) == "例会迟到：记 -3 分，因上下限计 0 分"


def test_the_bonus_counts_up_to_its_cap():
    result = score(
        SCHEME, [*FULL, entry("x", "commendation", 1500), entry("y", "difficult_case", 1500)]
    )
    assert (result.total, result.bonus) == (12000, 2000)


def test_several_entries_earn_a_measure_up_to_its_maximum():
    entries = [*without("fulfilment"), entry("x", "fulfilment", 900), entry("y", "fulfilment", 900)]
    result = score(SCHEME, entries)
    assert result.total == 10000
    assert [x.counted for x in result.lines if x.indicator == "fulfilment"] == [900, 600]


def test_missing_data_is_named_and_never_silently_zero():
    result = score(SCHEME, without("fulfilment", "follow_up"))
    assert result.missing == ("fulfilment", "follow_up")
    assert (result.total, result.open_points, result.provisional) == (7500, 2500, True)
    verdict = missing_gate(result)
    assert verdict.codes == ("score.missing", "score.missing")
    assert "「协议履行情况」没有数据" in str(verdict.reasons[0].words)


def test_missing_data_counts_as_zero_only_after_somebody_said_so():
    result = score(SCHEME, without("fulfilment"), acknowledged(Treatment.ZERO, "fulfilment"))
    assert (result.total, result.provisional) == (8500, False)
    assert missing_gate(result)
    line = next(x for x in result.lines if x.indicator == "fulfilment")
    assert (line.kind, str(line.words)) == (
        LineKind.ZERO,
        "「协议履行情况」没有数据，经说明理由按零分计",
    )


def test_what_does_not_apply_hands_its_weight_to_the_rest_of_its_section():
    entries = [*without("fulfilment", "screening"), entry("x", "screening", 500)]
    result = score(SCHEME, entries, acknowledged(Treatment.EXEMPT, "fulfilment"))
    # 50 of the remaining 55 points were earned: 63.64 of 70.
    assert result.sections[Section.MEDIATION_WORK] == 6364
    assert result.total == 9364
    scaled = next(x for x in result.lines if x.kind is LineKind.SCALED)
    assert str(scaled.words).endswith("50 分折算为 63.64 分")


def test_a_section_that_does_not_apply_hands_its_weight_to_the_others():
    result = score(SCHEME, without(*WORK), acknowledged(Treatment.EXEMPT, *WORK))
    assert (result.total, result.sections[Section.MEDIATION_WORK]) == (10000, 0)
    assert LineKind.SPREAD in kinds(result)


def test_nobody_escapes_a_deduction_because_the_section_does_not_apply():
    entries = [*without(*WORK), entry("x", "bad_agreement", -200)]
    result = score(SCHEME, entries, acknowledged(Treatment.EXEMPT, *WORK))
    assert result.total == 9800
    assert [x.counted for x in result.lines if x.indicator == "bad_agreement"] == [-200]


def test_a_month_in_which_nothing_applies_is_not_scored():
    result = score(SCHEME, [], acknowledged(Treatment.EXEMPT, *MEASURES))
    assert missing_gate(result).codes == ("score.nothing_applies",)
    assert result.total == 1000  # what is granted does not stand for the whole


def test_data_weigh_more_than_an_acknowledgement():
    assert score(SCHEME, FULL, acknowledged(Treatment.ZERO, "fulfilment")).total == 10000


def test_a_corrected_entry_stays_to_be_seen_and_counts_nothing():
    wrong = entry("x", "meeting_missed", -1000)
    right = replace(wrong, line_id="y", delta=0, corrects="x", note="当日请假，已批准")
    result = score(SCHEME, [*FULL, wrong, right])
    assert result.total == 10000
    (line,) = [x for x in result.lines if x.kind is LineKind.CORRECTED]
    assert (line.entry, line.counted) == (wrong, 0)


def test_an_entry_outside_the_scheme_is_refused():
    with pytest.raises(ValueError, match="success_rate"):
        score(SCHEME, [entry("x", "success_rate", 100)])


@pytest.mark.parametrize(
    ("acknowledgement", "codes"),
    [
        (Acknowledgement("fulfilment", Treatment.ZERO, 9, "经核实未办案"), ()),
        (Acknowledgement("fulfilment", Treatment.EXEMPT, None, "本月没有到期协议"), ()),
        (
            Acknowledgement("fulfilment", Treatment.ZERO, None, "没有数据"),
            ("acknowledgement.by_person",),
        ),
        (Acknowledgement("fulfilment", Treatment.ZERO, 9, " "), ("REASON_REQUIRED",)),
        (Acknowledgement("fulfilment", Treatment.EXEMPT, 1, "没有案件"), ("SELF",)),
    ],
)
def test_an_acknowledgement_is_by_another_person_with_a_reason(acknowledgement, codes):
    assert acknowledgement_gate(acknowledgement, subject=1).codes == codes


ENTRIES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(sorted(MEASURES)), st.integers(0, 1600)),
        st.tuples(st.sampled_from(sorted(DEDUCTIONS)), st.integers(-1500, 0)),
        st.tuples(st.sampled_from(sorted(BONUSES)), st.integers(0, 1200)),
    ),
    max_size=25,
).map(lambda rows: [entry(str(n), code, delta) for n, (code, delta) in enumerate(rows)])
TREATED = st.dictionaries(st.sampled_from(sorted(MEASURES)), st.sampled_from(Treatment)).map(
    lambda chosen: [Acknowledgement(code, t, 9, "理由") for code, t in chosen.items()]
)


@given(ENTRIES, TREATED)
def test_every_point_is_explained_and_the_total_stays_within_its_bounds(entries, treated):
    result = score(SCHEME, entries, treated)
    assert result.total == sum(line.counted for line in result.lines)
    assert 0 <= result.total <= SCHEME.base + SCHEME.bonus_cap
    assert 0 <= result.bonus <= SCHEME.bonus_cap
    for section, points in result.sections.items():
        assert 0 <= points <= SCHEME.weights[section]
    explained = [line.entry.line_id for line in result.lines if line.entry]
    assert sorted(explained) == sorted(e.line_id for e in entries)
    with_data = {e.indicator for e in entries} | {a.target for a in treated}
    assert set(result.missing) == set(MEASURES) - with_data
    assert bool(missing_gate(result)) == (not result.missing and not result.nothing_applies)


@given(ENTRIES, TREATED, st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_no_total(entries, treated, random):
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert score(SCHEME, shuffled, treated).total == score(SCHEME, entries, treated).total


@given(ENTRIES, TREATED, st.sampled_from(sorted(MEASURES)), st.integers(1, 500))
def test_more_earned_never_lowers_a_score(entries, treated, code, more):
    known = {e.indicator for e in entries}
    if code not in known:
        entries = [*entries, entry("seed", code, 0)]
    better = [*entries, entry("more", code, more)]
    assert score(SCHEME, better, treated).total >= score(SCHEME, entries, treated).total


@given(ENTRIES, TREATED, st.sampled_from(sorted(DEDUCTIONS)), st.integers(1, 500))
def test_a_deduction_never_raises_a_score(entries, treated, code, lost):
    worse = [*entries, entry("more", code, -lost)]
    assert score(SCHEME, worse, treated).total <= score(SCHEME, entries, treated).total
