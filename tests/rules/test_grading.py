from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.bank.rules.question import FALSE, TRUE, QuestionKind
from exams.marking.rules.explaining import explain_mark, explain_outcome
from exams.marking.rules.grading import (
    Correction,
    CorrectionKind,
    MarkReason,
    ScoringPolicy,
    Sum,
    decide,
    grade,
)
from exams.papers.rules.arrangement import ArrangedSlot
from exams.papers.rules.blueprint import PaperSlot

POLICY = ScoringPolicy(partial_share=50, pass_mark=60, core_share=60)
SINGLE, MULTIPLE, JUDGE = QuestionKind
FOUR = ("o1", "o2", "o3", "o4")


def slot(number, kind=SINGLE, points=1000, section="law", core=True):
    return PaperSlot(
        slot=number,
        question=f"q{number}",
        section=section,
        kind=kind,
        points=points,
        core=core,
        options=(TRUE, FALSE) if kind is JUDGE else FOUR,
    )


#: 100 points: 60 core (law 40, ethics 20), 40 skills.
PAPER = (
    slot(1),
    slot(2, MULTIPLE, 3000),
    slot(3, JUDGE, 2000, "ethics"),
    slot(4, MULTIPLE, 4000, "skills", core=False),
)
KEYS = {
    "q1": frozenset({"o2"}),
    "q2": frozenset({"o1", "o3"}),
    "q3": frozenset({TRUE}),
    "q4": frozenset({"o1", "o2", "o4"}),
}
RIGHT = {1: KEYS["q1"], 2: KEYS["q2"], 3: KEYS["q3"], 4: KEYS["q4"]}


def answered(**changes):
    """All right, but for the slots named: ``s2={"o1"}``."""
    given = RIGHT | {int(name[1:]): frozenset(chosen) for name, chosen in changes.items()}
    return {number: chosen for number, chosen in given.items() if chosen}


def marks(answers, *corrections, policy=POLICY):
    score = grade(PAPER, KEYS, answers, policy, corrections)
    return [(mark.points, mark.reason) for mark in score.marks]


def correction(question, kind, number=1, **overrides):
    return Correction(number, question, kind, **{"reason": "题目有误"} | overrides)


def test_everything_right_is_the_full_mark():
    score = grade(PAPER, KEYS, RIGHT, POLICY)
    assert score.total == Sum(10000, 10000)
    assert score.core == Sum(6000, 6000)
    assert score.sections == {
        "law": Sum(4000, 4000),
        "ethics": Sum(2000, 2000),
        "skills": Sum(4000, 4000),
    }
    assert decide(score, POLICY).passed


@pytest.mark.parametrize(
    ("number", "chosen", "points", "reason"),
    [
        (1, {"o2"}, 1000, MarkReason.CORRECT),
        (1, {"o1"}, 0, MarkReason.WRONG),
        (1, set(), 0, MarkReason.UNANSWERED),
        (2, {"o1", "o3"}, 3000, MarkReason.CORRECT),
        (2, {"o1"}, 1500, MarkReason.INCOMPLETE),
        (2, {"o3"}, 1500, MarkReason.INCOMPLETE),
        (2, {"o2"}, 0, MarkReason.WRONG_OPTION),
        (2, {"o1", "o2"}, 0, MarkReason.WRONG_OPTION),
        (2, {"o1", "o2", "o3"}, 0, MarkReason.WRONG_OPTION),
        (2, set(FOUR), 0, MarkReason.WRONG_OPTION),
        (2, set(), 0, MarkReason.UNANSWERED),
        (3, {TRUE}, 2000, MarkReason.CORRECT),
        (3, {FALSE}, 0, MarkReason.WRONG),
        (3, set(), 0, MarkReason.UNANSWERED),
        (4, {"o1", "o2"}, 2000, MarkReason.INCOMPLETE),
    ],
)
def test_each_answer_gets_its_points_and_its_reason(number, chosen, points, reason):
    assert marks(answered(**{f"s{number}": chosen}))[number - 1] == (points, reason)


@pytest.mark.parametrize(("share", "points"), [(0, 0), (33, 990), (50, 1500), (100, 3000)])
def test_the_partial_share_is_policy(share, points):
    policy = replace(POLICY, partial_share=share)
    assert marks(answered(s2={"o1"}), policy=policy)[1] == (points, MarkReason.INCOMPLETE)


def test_a_fraction_of_a_hundredth_is_dropped():
    paper = [slot(1, MULTIPLE, 101)]
    score = grade(paper, {"q1": frozenset({"o1", "o2"})}, {1: frozenset({"o1"})}, POLICY)
    assert score.total == Sum(50, 101)


# --- outcome ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        # 60 of 100, of the core 60 of 60: exactly the pass mark
        ({"s4": set()}, ()),
        # 70 of 100, but of the core 30 of 60
        ({"s2": {"o2"}}, ("exam.core_below",)),
        # 50 of 100, core 40 of 60
        ({"s3": {FALSE}, "s4": {"o3"}}, ("exam.total_below",)),
        ({f"s{n}": set() for n in (1, 2, 3, 4)}, ("exam.total_below", "exam.core_below")),
    ],
)
def test_the_total_and_the_core_must_both_reach_their_mark(changes, codes):
    outcome = decide(grade(PAPER, KEYS, answered(**changes), POLICY), POLICY)
    assert outcome.verdict.codes == codes
    assert outcome.passed == (not codes)


def test_a_failure_says_by_how_much_and_by_which_rule():
    score = grade(PAPER, KEYS, answered(s1=set(), s2={"o1"}, s3=set()), POLICY)
    total, core = decide(score, POLICY).verdict.reasons
    assert str(total.words) == "总分 55 分（满分 100），未达到 60 分"
    assert str(core.words) == "法律政策与职业道德部分 15 分（满分 60），未达到 36 分"
    assert (total.basis, core.basis) == ("exam.pass_mark", "exam.core_percent")


@pytest.mark.parametrize(
    ("points", "full", "share", "reached"),
    [(5999, 10000, 60, False), (6000, 10000, 60, True), (2, 3, 67, False), (0, 7, 0, True)],
)
def test_a_share_is_compared_without_rounding(points, full, share, reached):
    assert Sum(points, full).reaches(share) is reached


def test_a_paper_without_a_core_has_no_core_mark():
    paper = [replace(item, core=False) for item in PAPER]
    score = grade(paper, KEYS, answered(s1=set(), s3=set()), POLICY)
    outcome = decide(score, POLICY)
    assert (outcome.core, outcome.passed) == (None, True)
    assert "outcome.core" not in {line.code for line in explain_outcome(score, outcome)}


# --- corrections --------------------------------------------------------------


def test_a_voided_question_gives_everyone_its_points():
    full = correction("q1", CorrectionKind.FULL_POINTS)
    for chosen in ({"o1"}, {"o2"}, set()):
        assert marks(answered(s1=chosen), full)[0] == (1000, MarkReason.VOIDED_FULL)


def test_a_removed_question_counts_neither_for_nor_against():
    removed = correction("q4", CorrectionKind.REMOVED)
    for chosen in ({"o3"}, KEYS["q4"], set()):
        score = grade(PAPER, KEYS, answered(s4=chosen), POLICY, [removed])
        assert (score.marks[3].points, score.marks[3].full) == (0, 0)
        assert score.total == Sum(6000, 6000)


def test_a_new_key_is_marked_by():
    rekeyed = correction("q1", CorrectionKind.REKEYED, key=frozenset({"o1"}))
    assert marks(answered(s1={"o1"}), rekeyed)[0] == (1000, MarkReason.CORRECT)
    assert marks(answered(s1={"o2"}), rekeyed)[0] == (0, MarkReason.WRONG)


def test_the_latest_correction_holds_and_can_take_all_back():
    steps = [
        correction("q1", CorrectionKind.FULL_POINTS, 1),
        correction("q1", CorrectionKind.REMOVED, 2),
        correction("q1", CorrectionKind.REINSTATED, 3),
    ]
    wrong = answered(s1={"o1"})
    assert marks(wrong, *steps[::-1]) == marks(wrong)
    assert marks(wrong, *steps[1::-1])[0] == (0, MarkReason.VOIDED_REMOVED)


@pytest.mark.parametrize(
    ("removed", "codes"),
    [
        (("q1", "q2", "q3"), ("exam.core_below_unscored",)),
        (("q1", "q2", "q3", "q4"), ("exam.total_below_unscored", "exam.core_below_unscored")),
    ],
)
def test_nobody_passes_on_questions_that_were_all_removed(removed, codes):
    corrections = [correction(q, CorrectionKind.REMOVED) for q in removed]
    outcome = decide(grade(PAPER, KEYS, RIGHT, POLICY, corrections), POLICY)
    assert outcome.verdict.codes == codes


@pytest.mark.parametrize(
    ("kind", "key"),
    [(CorrectionKind.REKEYED, frozenset()), (CorrectionKind.REMOVED, frozenset({"o1"}))],
)
def test_a_key_belongs_to_a_rekeying_only(kind, key):
    with pytest.raises(ValueError, match="key"):
        correction("q1", kind, key=key)


# --- a record that does not fit is never marked -------------------------------


@pytest.mark.parametrize(
    "answers",
    [{9: frozenset({"o1"})}, {9: frozenset()}, {1: frozenset({"o9"})}, {3: frozenset({"o1"})}],
)
def test_an_answer_outside_the_paper_is_not_marked(answers):
    with pytest.raises(ValueError, match="not in the paper"):
        grade(PAPER, KEYS, answers, POLICY)


@pytest.mark.parametrize("key", [frozenset(), frozenset({"A"})])
def test_a_question_without_a_fitting_key_is_not_marked_but_may_be_voided(key):
    keys = KEYS | {"q1": key}
    with pytest.raises(ValueError, match="q1"):
        grade(PAPER, keys, RIGHT, POLICY)
    voided = correction("q1", CorrectionKind.FULL_POINTS)
    score = grade(PAPER, keys, RIGHT, POLICY, [voided])
    assert score.total == Sum(10000, 10000)


# --- properties ---------------------------------------------------------------

choices = st.fixed_dictionaries(
    {},
    optional={
        1: st.frozensets(st.sampled_from(FOUR), max_size=1),
        2: st.frozensets(st.sampled_from(FOUR)),
        3: st.frozensets(st.sampled_from([TRUE, FALSE]), max_size=1),
        4: st.frozensets(st.sampled_from(FOUR)),
    },
)
correction_lists = st.lists(
    st.builds(
        correction,
        st.sampled_from(sorted(KEYS)),
        st.sampled_from([k for k in CorrectionKind if k is not CorrectionKind.REKEYED]),
        st.integers(1, 99),
    ),
    max_size=4,
    unique_by=lambda c: c.number,
)


@given(choices, correction_lists, st.randoms(use_true_random=False))
def test_marking_again_gives_the_same_whatever_the_order_of_the_records(answers, steps, random):
    first = grade(PAPER, KEYS, answers, POLICY, steps)
    paper, other = list(PAPER), steps[:]
    random.shuffle(paper)
    random.shuffle(other)
    shuffled_answers = dict(random.sample(list(answers.items()), len(answers)))
    assert grade(paper, KEYS, shuffled_answers, POLICY, other).marks == first.marks
    assert decide(first, POLICY) == decide(grade(PAPER, KEYS, answers, POLICY, steps), POLICY)


@given(choices, correction_lists)
def test_sums_agree_and_no_mark_leaves_its_bounds(answers, steps):
    score = grade(PAPER, KEYS, answers, POLICY, steps)
    assert all(0 <= mark.points <= mark.full for mark in score.marks)
    assert score.total.points == sum(s.points for s in score.sections.values())
    assert score.total.full == sum(s.full for s in score.sections.values())
    assert score.core.points == score.sections["law"].points + score.sections["ethics"].points
    for mark in score.marks:
        assert bool(mark.answer) or mark.reason in {
            MarkReason.UNANSWERED,
            MarkReason.VOIDED_FULL,
            MarkReason.VOIDED_REMOVED,
        }


@given(choices, st.sampled_from(sorted(KEYS)))
def test_a_correction_changes_its_own_question_only(answers, question):
    before = grade(PAPER, KEYS, answers, POLICY)
    for kind in (CorrectionKind.FULL_POINTS, CorrectionKind.REMOVED):
        after = grade(PAPER, KEYS, answers, POLICY, [correction(question, kind)])
        assert [m for m in after.marks if m.question != question] == [
            m for m in before.marks if m.question != question
        ]
    full = grade(PAPER, KEYS, answers, POLICY, [correction(question, CorrectionKind.FULL_POINTS)])
    assert full.total.points >= before.total.points


@given(choices, st.integers(1, 4))
def test_answering_rightly_never_costs_points(answers, number):
    before = grade(PAPER, KEYS, answers, POLICY).total.points
    better = {**answers, number: RIGHT[number]}
    assert grade(PAPER, KEYS, better, POLICY).total.points >= before


# --- 「为什么」 -----------------------------------------------------------------

#: On this screen o3 is A, o1 is B, o4 is C, o2 is D.
SCREEN = ("o3", "o1", "o4", "o2")


def said(number, reveal_key, *corrections, **changes):
    score = grade(PAPER, KEYS, answered(**changes), POLICY, corrections)
    options = PAPER[number - 1].options if number == 3 else SCREEN
    shown = ArrangedSlot(7, number, options)
    return [
        str(e.words) for e in explain_mark(score.marks[number - 1], shown, reveal_key=reveal_key)
    ]


@pytest.mark.parametrize(
    ("number", "changes", "hidden", "revealed"),
    [
        (1, {}, "答对，得 10 分", "您选 D，答对，得 10 分"),
        (
            1,
            {"s1": {"o1"}},
            "答错，得 0 分（本题 10 分）",
            "您选 B，正确答案是 D，得 0 分（本题 10 分）",
        ),
        (
            2,
            {"s2": {"o1", "o2"}},
            "选了错误选项，得 0 分（本题 30 分）",
            "您选 B、D，其中 D 不正确，正确答案是 A、B，得 0 分（本题 30 分）",
        ),
        (
            2,
            {"s2": {"o1"}},
            "选项都对但不全，按规定得 15 分（本题 30 分）",
            "您选 B，漏选 A，正确答案是 A、B，按规定得 15 分（本题 30 分）",
        ),
        (
            3,
            {"s3": {FALSE}},
            "答错，得 0 分（本题 20 分）",
            "您选 错误，正确答案是 正确，得 0 分（本题 20 分）",
        ),
        (
            4,
            {"s4": set()},
            "未作答，得 0 分（本题 40 分）",
            "未作答，正确答案是 B、C、D，得 0 分（本题 40 分）",
        ),
    ],
)
def test_each_mark_explains_itself_in_the_letters_of_the_screen(number, changes, hidden, revealed):
    assert said(number, False, **changes) == [hidden]
    assert said(number, True, **changes) == [revealed]


def test_a_corrected_question_says_so():
    full = correction("q1", CorrectionKind.FULL_POINTS)
    removed = correction("q1", CorrectionKind.REMOVED)
    rekeyed = correction("q1", CorrectionKind.REKEYED, key=frozenset({"o1"}))
    assert said(1, True, full) == ["本题已作废，所有考生得满分 10 分"]
    assert said(1, True, removed) == ["本题已取消，不计入总分"]
    assert said(1, False, rekeyed) == [
        "答错，得 0 分（本题 10 分）",
        "本题的标准答案已更正，按更正后的答案计分",
    ]


@given(choices)
def test_hidden_explanations_name_neither_key_nor_answer(answers):
    for mark in grade(PAPER, KEYS, answers, POLICY).marks:
        shown = ArrangedSlot(1, mark.slot, PAPER[mark.slot - 1].options)
        (line,) = explain_mark(mark, shown, reveal_key=False)
        assert set(line.words.params) == {"points", "full"}


def test_the_outcome_explains_the_marks_and_what_was_lost():
    answers = answered(s1={"o1"}, s2={"o1"}, s3=set(), s4={"o3"})
    score = grade(PAPER, KEYS, answers, POLICY)
    lines = explain_outcome(score, decide(score, POLICY))
    assert [(line.code, str(line.words)) for line in lines] == [
        ("outcome.total", "总分 15 分，满分 100 分，合格线 60 分（60%）"),
        ("outcome.core", "法律政策与职业道德 15 分，满分 60 分，合格线 36 分（60%）"),
        ("outcome.unanswered", "未作答 1 题，失 20 分"),
        ("outcome.wrong", "答错 1 题，失 10 分"),
        ("outcome.wrong_option", "多选题选错 1 题，失 40 分"),
        ("outcome.incomplete", "多选题漏选 1 题，失 15 分"),
    ]


def test_the_outcome_names_voided_questions():
    steps = [
        correction("q1", CorrectionKind.FULL_POINTS),
        correction("q4", CorrectionKind.REMOVED),
    ]
    score = grade(PAPER, KEYS, RIGHT, POLICY, steps)
    lines = explain_outcome(score, decide(score, POLICY))
    assert [str(line.words) for line in lines][2:] == [
        "作废 1 题，所有考生得满分",
        "取消 1 题，不计入总分",
    ]
