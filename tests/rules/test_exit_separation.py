"""No path ends a post where proposer, panel, decider, reviewer or subject are one person, and
none leads from a score to an exit without notice, hearing and a human reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.content import statutes
from tests.rules.test_exit_review import FACTS, OVER, RUNNING
from training.employment.rules.appointment import AppointmentKind
from training.employment.rules.exit_evidence import (
    GROUND_BASIS,
    EvidenceKind,
    EvidenceLine,
    decision_title,
    file_digest,
    not_renewed,
)
from training.employment.rules.exit_gates import ExitGround
from training.employment.rules.exit_review import EXIT_REVIEW, ExitState, is_final
from training.proceedings.rules.separation import Hand, PanelMember

S = ExitState
PEOPLE = range(1, 8)
PANEL = (4, 5, 6)
SEATS = tuple(PanelMember(Hand(n), False) for n in PANEL)
facts = st.builds(
    replace,
    st.just(replace(FACTS, panel=SEATS)),
    panel=st.sampled_from([SEATS, SEATS[:2], (*SEATS[:2], replace(SEATS[2], conflict=True))]),
    statement=st.sampled_from(["", "…", "我不同意"]),
    reason=st.sampled_from(["", "59.5", "理由充分"]),
    panel_opinion=st.sampled_from(["", "建议解聘"]),
    resolution=st.sampled_from(["", "决议"]),
    reply_window=st.sampled_from([None, RUNNING, OVER]),
    served_digest=st.sampled_from(["ab12", "", "old"]),
)
"""A file that is good but for what varies: everything that is not about who acts."""


def allowed(state, action, shown):
    return bool(EXIT_REVIEW.judge(state, action, shown))


@pytest.mark.parametrize("action", ["decide", "retain"])
def test_exactly_those_decide_who_take_no_other_part(action):
    """Every choice of decider, subject and proposer, the decider alone or in another's name (a
    second account is the same person, a deputy carries the principal)."""
    for who, subject, proposer, behalf in product(PEOPLE, PEOPLE, PEOPLE, (None, *PEOPLE)):
        others = frozenset() if behalf is None else frozenset({behalf})
        shown = replace(
            FACTS, actor=Hand(who, others), subject=Hand(subject), proposer=Hand(proposer),
            panel=SEATS,
        )  # fmt: skip
        parts = [{who} | others, {subject}, {proposer}, set(PANEL)]
        distinct = not any(a & b for a, b in combinations(parts, 2))
        assert allowed(S.PANEL, action, shown) is distinct, (who, subject, proposer, behalf)


def test_exactly_those_hear_an_appeal_who_took_no_part():
    for who, subject, proposer, decider in product(PEOPLE, repeat=4):
        shown = replace(
            FACTS, actor=Hand(who), subject=Hand(subject), proposer=Hand(proposer),
            deciders=(Hand(decider),), panel=SEATS,
        )  # fmt: skip
        fresh = who not in {subject, proposer, decider, *PANEL}
        for action in ("uphold", "overturn"):
            assert allowed(S.APPEAL, action, shown) is fresh


@settings(max_examples=300, deadline=None)
@given(facts)
def test_an_exit_is_decided_only_after_service_hearing_panel_and_in_words(shown):
    heard = shown.statement == "我不同意" or shown.reply_window is OVER
    expected = (
        heard
        and shown.served_digest == shown.evidence_digest
        and shown.reason == "理由充分"
        and bool(shown.panel_opinion and shown.resolution)
        and shown.panel == SEATS
    )
    assert allowed(S.PANEL, "decide", shown) is expected


@pytest.mark.parametrize(("window", "final"), [(None, False), (RUNNING, False), (OVER, True)])
def test_nothing_becomes_final_before_the_window_of_the_appeal_is_over(window, final):
    assert allowed(S.DECISION, "start_handover", replace(FACTS, appeal_window=window)) is final


def test_an_appeal_is_not_dismissed_before_it_was_answered():
    fresh = replace(FACTS, actor=Hand(9), answer_served=False)
    assert not allowed(S.APPEAL, "uphold", fresh)


def test_no_path_leads_to_a_final_exit_around_service_hearing_panel_and_decision():
    """Every walk through the table from its start to a state in which papers follow."""
    wanted = {S.EVIDENCE_SERVED, S.MEDIATOR_STATEMENT, S.PANEL, S.DECISION}

    def walks(state, seen):
        if is_final(state):
            yield seen
            return
        for (source, _), step in EXIT_REVIEW.table.items():
            target = ExitState(step.target)
            if source == state and target not in seen:
                yield from walks(target, (*seen, target))

    found = list(walks(S.INITIATED, (S.INITIATED,)))
    assert found
    assert all(wanted <= set(walk) for walk in found)


def test_every_step_of_a_review_is_somebodys_act():
    """No transition is without a permission, so that no score and no clock does one."""
    assert all(t.permission.startswith("employment:exit_review:") for t in EXIT_REVIEW.transitions)


lines = st.lists(
    st.builds(
        EvidenceLine,
        st.text("abc", min_size=1, max_size=3),
        st.sampled_from(EvidenceKind),
        st.text("abc", max_size=2),
        st.text("甲乙", max_size=3),
    ),
    max_size=3,
)


@settings(max_examples=50, deadline=None)
@given(lines, st.sampled_from(["", "事实"]), st.text("甲乙丙", min_size=1, max_size=4))
def test_whatever_is_added_or_altered_changes_the_digest(held, proposal, word):
    grounds = [ExitGround.TWO_UNFIT]
    before = file_digest(grounds, proposal, held, [])
    more = EvidenceLine("new", EvidenceKind.STATEMENT, "", word)
    assert file_digest(grounds, proposal, [*held, more], []) != before
    assert file_digest(grounds, proposal + word, held, []) != before
    assert file_digest([*grounds, ExitGround.VETO_ACT], proposal, held, []) != before
    assert file_digest(grounds, proposal, held, [("f", "sha")]) != before
    assert file_digest(list(reversed(grounds)), proposal, list(held), []) == before


def test_a_decision_is_called_after_how_the_person_came_to_the_post():
    ended = (ExitGround.TERM_END, ExitGround.TWO_UNFIT)
    assert not_renewed((ExitGround.TERM_END,))
    assert not not_renewed(ended)
    assert decision_title(ended, AppointmentKind.ELECTED) == "罢免决定书"
    assert decision_title(ended, AppointmentKind.ENGAGED) == "解聘决定书"
    assert decision_title((ExitGround.TERM_END,), AppointmentKind.ELECTED) == "不再续聘决定书"
    assert set(GROUND_BASIS) == set(ExitGround)


def test_every_article_that_a_decision_can_cite_is_in_force_as_cited():
    """Against the statutes themselves, where they are at hand."""
    words = {"9": "任期三年", "13": "聘任的人员", "14": "成年公民", "15": "罢免或者解聘"}
    cited = {b for bases in GROUND_BASIS.values() for b in bases if "#" in b}
    assert {b.partition("#")[2] for b in cited} <= words.keys()
    held = statutes.articles("人民调解法")
    if held is None:
        pytest.skip("shared/data is not beside this checkout")
    for article, phrase in words.items():
        assert phrase in held[int(article)]
