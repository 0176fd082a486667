from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import (
    PART_LABELS,
    Hand,
    PanelMember,
    Part,
    distinct,
    hand_of,
    own_gate,
    panel_gate,
    sitting,
)

# Fictional cast: person 1 has two accounts.
PERSON_OF = {10: 1, 11: 1, 20: 2, 30: 3, 40: 4, 50: 5, 60: 6}


def test_the_subject_takes_no_other_part():
    verdict = distinct(
        {Part.SUBJECT: [Hand(1)], Part.PROPOSER: [Hand(2)], Part.APPROVER: [Hand(1)]}
    )
    assert verdict.codes == ("SELF",)
    assert str(verdict.reasons[0].words) == "不得评定本人：审批人与本人是同一人"


def test_the_proposer_does_not_approve():
    verdict = distinct(
        {Part.APPROVER: [Hand(2)], Part.PROPOSER: [Hand(2)], Part.SUBJECT: [Hand(1)]}
    )
    assert verdict.codes == ("SAME_PERSON",)
    assert str(verdict.reasons[0].words) == "须由他人办理：提议人与审批人是同一人"


def test_a_second_account_is_the_same_person():
    parts = {Part.PROPOSER: [hand_of(10, PERSON_OF)], Part.APPROVER: [hand_of(11, PERSON_OF)]}
    assert distinct(parts).codes == ("SAME_PERSON",)


@pytest.mark.parametrize(
    ("proposer", "approver"),
    [
        (hand_of(20, PERSON_OF), hand_of(30, PERSON_OF, acting_for=[20])),
        (hand_of(30, PERSON_OF, acting_for=[20]), hand_of(20, PERSON_OF)),
        (hand_of(30, PERSON_OF, acting_for=[40, 20]), hand_of(50, PERSON_OF, acting_for=[20])),
        (hand_of(10, PERSON_OF), hand_of(30, PERSON_OF, acting_for=[40, 11])),
    ],
)
def test_a_deputy_carries_everyone_in_whose_name_they_act(proposer, approver):
    assert distinct({Part.PROPOSER: [proposer], Part.APPROVER: [approver]}).codes == (
        "SAME_PERSON",
    )


def test_an_account_of_nobody_cannot_act():
    with pytest.raises(KeyError):
        hand_of(99, PERSON_OF)
    with pytest.raises(KeyError):
        hand_of(10, PERSON_OF, acting_for=[99])


HANDS = st.builds(
    hand_of,
    st.sampled_from(sorted(PERSON_OF)),
    st.just(PERSON_OF),
    st.lists(st.sampled_from(sorted(PERSON_OF)), max_size=2),
)


@given(st.dictionaries(st.sampled_from(list(Part)), st.lists(HANDS, max_size=3), max_size=5))
def test_allowed_exactly_when_no_person_takes_two_parts(parts):
    persons = {part: set().union(*(h.persons for h in hands)) for part, hands in parts.items()}
    meet = [{a, b} for a, b in combinations(persons, 2) if persons[a] & persons[b]]
    verdict = distinct(parts)
    assert len(verdict.reasons) == len(meet)
    assert verdict.codes.count("SELF") == sum(Part.SUBJECT in pair for pair in meet)


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        (hand_of(10, PERSON_OF), ()),
        (hand_of(11, PERSON_OF), ()),
        (hand_of(20, PERSON_OF), ("NOT_OWN",)),
        (hand_of(20, PERSON_OF, acting_for=[10]), ("NOT_OWN",)),
        (hand_of(10, PERSON_OF, acting_for=[20]), ("NOT_OWN",)),
    ],
)
def test_what_is_ones_own_to_do_nobody_does_in_ones_name(actor, codes):
    assert own_gate(actor, Hand(1)).codes == codes


def test_every_part_has_a_label():
    assert set(PART_LABELS) == set(Part)


def panel(*people, conflict=False):
    return [PanelMember(Hand(p), conflict) for p in people]


APART = {Part.SUBJECT: [Hand(1)], Part.PROPOSER: [Hand(2)]}


def test_three_members_without_conflict_may_decide():
    assert panel_gate(panel(3, 4, 5), minimum=3, apart_from=APART)


@pytest.mark.parametrize(
    ("members", "codes"),
    [
        ([], ("panel.too_small",)),
        (panel(3, 4), ("panel.too_small",)),
        ([*panel(3, 4), *panel(5, conflict=True)], ("panel.too_small",)),
        ([*panel(3, 4, 5), *panel(6, conflict=None)], ("panel.undeclared",)),
        (panel(3, 4, 3), ("SAME_PERSON",)),
        ([*panel(3, 4), PanelMember(Hand(5, frozenset({4})), False)], ("SAME_PERSON",)),
        (panel(1, 3, 4), ("SELF",)),
        (panel(2, 3, 4), ("SAME_PERSON",)),
        ([*panel(3, 4), PanelMember(Hand(5, frozenset({1})), False)], ("SELF",)),
    ],
)
def test_a_panel_that_may_not_decide_says_why(members, codes):
    assert panel_gate(members, minimum=3, apart_from=APART).codes == codes


def test_a_member_who_withdrew_for_conflict_does_not_taint_the_panel():
    members = [*panel(3, 4, 5), *panel(1, 2, conflict=True)]
    assert panel_gate(members, minimum=3, apart_from=APART)
    assert [m.hand.person_id for m in sitting(members)] == [3, 4, 5]


def test_an_odd_number_is_asked_for_only_when_policy_says_so():
    assert panel_gate(panel(3, 4, 5, 6), minimum=3, apart_from=APART)
    even = panel_gate(panel(3, 4, 5, 6), minimum=3, must_be_odd=True, apart_from=APART)
    assert even.codes == ("panel.even",)


def test_parts_kept_apart_from_the_panel_are_not_kept_apart_from_each_other():
    apart_from = {Part.PROPOSER: [Hand(2)], Part.APPROVER: [Hand(2)]}
    assert panel_gate(panel(3, 4, 5), minimum=3, apart_from=apart_from)


@pytest.mark.parametrize("text", ["", "  \n\u3000", "……", "---", "100", "。"])
def test_a_reason_says_something(text):
    assert reason_given(text, basis="appeal.decide").codes == ("REASON_REQUIRED",)


@pytest.mark.parametrize("text", ["多次无故缺席例会", "No show", "  见 3 月记录 "])
def test_any_words_are_a_reason(text):
    assert reason_given(text, basis="appeal.decide")
