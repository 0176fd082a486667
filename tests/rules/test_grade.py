from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.appraisal.rules.grade import (
    GRADE_LABELS,
    Bands,
    ConsequenceKind,
    ConsequencePolicy,
    Grade,
    VetoAct,
    VetoFinding,
    consequences,
    panel_grade_gate,
    propose_grade,
)
from training.appraisal.rules.quota import (
    Quota,
    apply_quota,
    choice_gate,
    quota_gate,
    quota_limit,
)
from training.core.policy_defaults import SPECS

POINTS = SPECS["grade.bands"].default
BANDS = Bands(*(POINTS[code] * 100 for code in ("excellent", "competent", "basic")))
VETO_ACTS = SPECS["grade.veto"].default
POLICY = ConsequencePolicy(
    **SPECS["grade.consequence"].default, unfit_in_row=SPECS["grade.unfit_in_row"].default
)
FINDING = VetoFinding(VetoAct.FAKED_CASE, "file:77")
K = ConsequenceKind


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        (12000, Grade.EXCELLENT),
        (9000, Grade.EXCELLENT),
        (8999, Grade.COMPETENT),
        (8000, Grade.COMPETENT),
        (7999, Grade.BASIC),
        (7000, Grade.BASIC),
        (6999, Grade.UNFIT),
        (0, Grade.UNFIT),
    ],
)
def test_a_cut_off_belongs_to_the_better_grade(total, grade):
    proposal = propose_grade(total, BANDS, [], VETO_ACTS)
    assert (proposal.grade, proposal.best_open) == (grade, Grade.EXCELLENT)
    assert not proposal.opens_exit_review


@pytest.mark.parametrize(
    "bands", [(90, 90, 70), (90, 70, 70), (80, 90, 70), (90, 80, 0), (90, 70, 80)]
)
def test_bands_descend(bands):
    with pytest.raises(ValueError, match="descend"):
        Bands(*bands)


def test_bands_may_lie_a_hundredth_apart():
    assert [Bands(3, 2, 1).grade_of(total) for total in (3, 2, 1, 0)] == list(Grade)


@pytest.mark.parametrize(
    ("total", "grade"),
    [(9500, Grade.BASIC), (8500, Grade.BASIC), (7500, Grade.BASIC), (6000, Grade.UNFIT)],
)
def test_a_veto_bars_the_two_better_grades_and_opens_a_review(total, grade):
    proposal = propose_grade(total, BANDS, [FINDING], VETO_ACTS)
    assert (proposal.grade, proposal.best_open) == (grade, Grade.BASIC)
    assert proposal.opens_exit_review
    assert [line.basis for line in proposal.lines] == ["grade.bands", "grade.veto"]


def test_an_act_outside_the_policy_vetoes_nothing():
    assert propose_grade(9500, BANDS, [FINDING], ["art15_serious"]).grade is Grade.EXCELLENT


@pytest.mark.parametrize("evidence", ["", "  "])
def test_a_suspicion_bars_nobody(evidence):
    with pytest.raises(ValueError, match="evidence"):
        VetoFinding(VetoAct.ART15_SERIOUS, evidence)


def test_the_acts_are_those_of_the_policy():
    assert {str(act) for act in VetoAct} == set(VETO_ACTS)
    assert set(GRADE_LABELS) == set(Grade)


@pytest.mark.parametrize("total", [9500, 8500, 7500, 6500])
@pytest.mark.parametrize("decided", list(Grade))
@pytest.mark.parametrize("findings", [[], [FINDING]])
@pytest.mark.parametrize("reason", ["", "全年表现突出"])
def test_the_panel_departs_from_the_figures_only_with_a_reason_and_never_past_a_veto(
    total, decided, findings, reason
):
    proposal = propose_grade(total, BANDS, findings, VETO_ACTS)
    codes = panel_grade_gate(proposal, decided, reason).codes
    barred = bool(findings) and decided in (Grade.EXCELLENT, Grade.COMPETENT)
    unexplained = decided is not proposal.grade and not reason
    assert codes == ("grade.vetoed",) * barred + ("REASON_REQUIRED",) * unexplained


@pytest.mark.parametrize(
    ("grade", "earlier", "veto", "kinds"),
    [
        (Grade.EXCELLENT, [], False, [K.REWARD]),
        (Grade.COMPETENT, [Grade.UNFIT], False, []),
        (Grade.BASIC, [Grade.UNFIT], False, [K.TALK, K.EXTRA_TRAINING]),
        (Grade.BASIC, [], True, [K.TALK, K.EXTRA_TRAINING, K.EXIT_REVIEW]),
        (Grade.UNFIT, [], False, [K.SUSPEND_ASSIGNMENT, K.RETRAIN, K.RE_EXAM]),
        (Grade.UNFIT, [Grade.BASIC], False, [K.SUSPEND_ASSIGNMENT, K.RETRAIN, K.RE_EXAM]),
        (Grade.UNFIT, [None, Grade.UNFIT], False, [K.SUSPEND_ASSIGNMENT, K.RETRAIN, K.RE_EXAM]),
        (
            Grade.UNFIT,
            [Grade.UNFIT],
            False,
            [K.SUSPEND_ASSIGNMENT, K.RETRAIN, K.RE_EXAM, K.EXIT_REVIEW],
        ),
        (
            Grade.UNFIT,
            [Grade.UNFIT, Grade.UNFIT],
            True,
            [K.SUSPEND_ASSIGNMENT, K.RETRAIN, K.RE_EXAM, K.EXIT_REVIEW, K.EXIT_REVIEW],
        ),
    ],
)
def test_what_follows_from_a_grade(grade, earlier, veto, kinds):
    assert [c.kind for c in consequences(grade, earlier, veto, POLICY)] == kinds


def test_consequences_carry_their_figures_and_grounds():
    basic = consequences(Grade.BASIC, [], False, POLICY)
    assert [(c.amount, str(c.words)) for c in basic] == [(0, "谈话提醒"), (14, "补训 14 学时")]
    unfit = consequences(Grade.UNFIT, [Grade.UNFIT], True, POLICY)
    assert [(c.amount, c.ground) for c in unfit] == [
        (0, ""),
        (0, ""),
        (30, ""),
        (0, "two_unfit"),
        (0, "veto_act"),
    ]
    assert str(unfit[3].words) == "连续 2 年不称职，启动退出审查"


GRADES = st.sampled_from(list(Grade))


@given(GRADES, st.lists(st.none() | GRADES, max_size=4), st.booleans(), st.integers(1, 4))
def test_an_exit_review_needs_a_row_of_unfit_years_or_a_veto(grade, earlier, veto, in_row):
    policy = ConsequencePolicy(14, 30, in_row)
    grounds = [c.ground for c in consequences(grade, earlier, veto, policy) if c.ground]
    years = [grade, *earlier][:in_row]
    row = len(years) == in_row and all(g is Grade.UNFIT for g in years)
    assert grounds == ["two_unfit"] * row + ["veto_act"] * veto


@pytest.mark.parametrize(
    ("appraised", "limit"), [(0, 0), (4, 0), (5, 1), (9, 1), (10, 2), (497, 99)]
)
def test_the_quota_is_rounded_down(appraised, limit):
    assert quota_limit(appraised, 20) == limit
    assert quota_gate(limit, appraised=appraised, percent=20)
    exceeded = quota_gate(limit + 1, appraised=appraised, percent=20)
    assert exceeded.codes == ("quota.exceeded",)


def quota(candidates, appraised):
    return apply_quota(candidates, appraised=appraised, percent=20)


def test_candidates_within_the_quota_are_admitted():
    assert quota({1: 9500, 2: 9100}, 10) == Quota(2, frozenset({1, 2}), frozenset(), 0, frozenset())
    assert quota({1: 9500}, 10).open_seats == 1


def test_a_tie_at_the_last_seat_goes_to_the_panel():
    assert quota({1: 9500, 2: 9200, 3: 9200, 4: 9200, 5: 9100}, 15) == Quota(
        3, frozenset({1}), frozenset({2, 3, 4}), 2, frozenset({5})
    )


def test_a_tie_behind_the_last_seat_is_simply_beyond():
    assert quota({1: 9500, 2: 9200, 3: 9200}, 5) == Quota(
        1, frozenset({1}), frozenset(), 0, frozenset({2, 3})
    )


def test_without_a_seat_nobody_is_admitted():
    assert quota({1: 9900}, 4) == Quota(0, frozenset(), frozenset(), 0, frozenset({1}))


def test_more_candidates_than_people_is_a_mistake():
    with pytest.raises(ValueError, match="more candidates"):
        quota({1: 9500, 2: 9500}, 1)


@given(st.dictionaries(st.integers(1, 40), st.integers(9000, 9010), max_size=20), st.data())
def test_the_quota_is_filled_from_the_top_and_never_exceeded(candidates, draw):
    appraised = draw.draw(st.integers(len(candidates), 120))
    found = quota(candidates, appraised)
    groups = [found.admitted, found.tied, found.beyond]
    assert sum(map(len, groups)) == len(candidates)
    assert frozenset().union(*groups) == set(candidates)
    assert len(found.admitted) + found.open_seats == found.limit == appraised * 20 // 100
    assert not found.tied or 0 < found.open_seats < len(found.tied)
    assert len({candidates[p] for p in found.tied}) <= 1
    ranks = [[candidates[p] for p in group] for group in groups if group]
    for better, worse in pairwise(ranks):
        assert min(better) > max(worse)
    # Seats stay open only where nobody is left out, or where a tie needs the panel.
    if found.beyond and not found.tied:
        assert found.open_seats == 0


def late(candidates, held, upheld=(), appraised=10):
    return apply_quota(candidates, appraised=appraised, percent=20, held=held, upheld=upheld)


def test_who_passed_the_quota_keeps_the_seat_against_whoever_comes_later():
    found = late({3: 9900}, {1: 9500, 2: 9200})
    assert (found.held, found.admitted, found.beyond) == ({1, 2}, frozenset(), {3})
    assert found.counted == 3 > found.limit
    assert late({3: 9100}, {1: 9500}).admitted == {3}


def test_an_upheld_objection_wins_back_the_seat_that_was_given_away():
    held = {1: 9500, 2: 9200}
    for total in (9900, 9300, 9200):
        found = late({3: total}, held, upheld={3})
        assert (found.extra, found.beyond, found.counted) == ({3}, frozenset(), 2)
    # Ranked with everybody at once this person would have had no seat either.
    assert late({3: 9100}, held, upheld={3}).beyond == {3}
    # A seat is still free: an ordinary one is taken.
    assert late({3: 9900}, {1: 9500}, upheld={3}).admitted == {3}
    # Nobody was announced: a tie goes to the panel as ever.
    assert late({3: 9500, 4: 9500}, {}, upheld={3}, appraised=5).tied == {3, 4}


def test_who_stands_beyond_leaves_the_last_free_seat_to_the_other_of_a_tie():
    found = late({3: 9500, 4: 9500}, {1: 9200}, upheld={3})
    assert (found.extra, found.admitted, found.tied) == ({3}, {4}, frozenset())


_TOTALS = st.integers(9000, 9006)


@given(
    st.dictionaries(st.integers(1, 12), _TOTALS, max_size=8),
    st.dictionaries(st.integers(13, 24), _TOTALS, max_size=4),
    st.sets(st.integers(1, 12)),
    st.integers(0, 40),
)
def test_only_upheld_objections_stand_beyond_the_quota_and_no_seat_is_taken_away(
    candidates, held, upheld, more
):
    appraised = len(candidates) + len(held) + more
    found = late(candidates, held, upheld, appraised)
    groups = [found.admitted, found.tied, found.beyond, found.extra]
    assert sum(map(len, groups)) == len(candidates)
    assert frozenset().union(*groups) == set(candidates)
    assert found.held == set(held)
    assert found.extra <= upheld
    assert len(found.admitted) + found.open_seats == max(found.limit - len(held), 0)
    for person in found.extra:
        assert any(total <= candidates[person] for total in held.values())
    strict = late(candidates, held, (), appraised)
    assert strict.extra == frozenset()
    assert strict.admitted <= found.admitted | found.extra


TIE = Quota(3, frozenset({1}), frozenset({2, 3, 4}), 2, frozenset({5}))


@pytest.mark.parametrize(
    ("chosen", "reason", "codes"),
    [
        ({2, 4}, "卷宗质量较高", ()),
        ({2}, "卷宗质量较高", ()),
        ({2, 3, 4}, "都好", ("quota.exceeded",)),
        ({2, 5}, "卷宗质量较高", ("quota.not_tied",)),
        ({2, 3}, "", ("REASON_REQUIRED",)),
    ],
)
def test_the_panel_chooses_among_the_tied_with_a_reason(chosen, reason, codes):
    assert choice_gate(TIE, chosen, reason).codes == codes
