from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.bank.rules.question import FALSE, TRUE, Difficulty, QuestionKind
from exams.papers.rules.arrangement import arrange
from exams.papers.rules.blueprint import (
    Blueprint,
    PoolQuestion,
    PoolTooSmall,
    Section,
    check_blueprint,
    draw,
    feasibility,
)
from exams.papers.rules.eligibility import Assignment, ExamFacts, exam_gate
from exams.papers.rules.shuffle import shuffled
from training.core.rules.verdict import ALLOWED, refuse
from training.core.rules.vocabulary import Topic

LAW, ETHICS = Topic.LAW_AND_POLICY, Topic.PROFESSIONAL_ETHICS
SINGLE, MULTIPLE, JUDGE = QuestionKind


def question(number, topic=LAW, kind=SINGLE, difficulty=Difficulty.EASY, **overrides):
    values = {
        "id": f"q{number}.1",
        "content_hash": f"hash-{number}",
        "options": (TRUE, FALSE) if kind is JUDGE else ("o1", "o2", "o3", "o4"),
        "fixed_order": kind is JUDGE,
    }
    return PoolQuestion(topic=topic, kind=kind, difficulty=difficulty, **values | overrides)


def section(code="law", topic=LAW, kind=SINGLE, count=3, points=200, **overrides):
    return Section(code=code, topic=topic, kind=kind, count=count, points=points, **overrides)


POOL = [
    *(question(n, difficulty=list(Difficulty)[n % 3]) for n in range(30)),
    *(question(n, ETHICS, MULTIPLE) for n in range(30, 50)),
    *(question(n, ETHICS, JUDGE, None) for n in range(50, 60)),
]
BLUEPRINT = Blueprint(
    (
        section("law", count=10, core=True, mix={Difficulty.HARD: 3, Difficulty.EASY: 2}),
        section("ethics", ETHICS, MULTIPLE, 5, 400, core=True),
        section("judge", ETHICS, JUDGE, 5, 100),
    )
)


# --- shuffling and drawing ----------------------------------------------------


def test_an_order_from_a_seed_is_the_same_for_ever():
    """Fixed by value: another order after an upgrade would rearrange papers on record."""
    assert shuffled("7f", "draw", "abcdefgh") == tuple("gbadechf")
    assert shuffled("7f", "order", "abcdefgh") == tuple("ehagcdfb")


@given(st.text(), st.text(), st.lists(st.text()), st.randoms(use_true_random=False))
def test_a_shuffle_keeps_the_items_and_forgets_their_order(seed, purpose, items, random):
    other = items[:]
    random.shuffle(other)
    result = shuffled(seed, purpose, items)
    assert sorted(result) == sorted(items)
    assert shuffled(seed, purpose, other) == result


def test_seeds_reach_every_order():
    orders = {shuffled(str(seed), "options", "abc") for seed in range(200)}
    assert len(orders) == 6


@given(st.text(max_size=8), st.randoms(use_true_random=False))
def test_a_draw_follows_the_blueprint_and_not_the_order_of_the_pool(seed, random):
    other = POOL[:]
    random.shuffle(other)
    paper = draw(POOL, BLUEPRINT, seed)
    assert draw(other, BLUEPRINT, seed) == paper
    pool = {q.id: q for q in POOL}
    assert [slot.slot for slot in paper] == list(range(1, 21))
    assert len({slot.question for slot in paper}) == 20
    for part in BLUEPRINT.sections:
        slots = [slot for slot in paper if slot.section == part.code]
        drawn = [pool[slot.question] for slot in slots]
        assert len(slots) == part.count
        assert {(q.topic, q.kind) for q in drawn} == {(part.topic, part.kind)}
        assert {(s.points, s.core, s.kind) for s in slots} == {(part.points, part.core, part.kind)}
        for difficulty, wanted in part.mix.items():
            assert sum(q.difficulty is difficulty for q in drawn) >= wanted
    assert sum(slot.points for slot in paper) == BLUEPRINT.full_points == 4500


def test_another_seed_draws_another_paper():
    papers = {tuple(s.question for s in draw(POOL, BLUEPRINT, str(n))) for n in range(20)}
    assert len(papers) == 20


def test_copies_of_one_question_never_meet_on_a_paper():
    copies = [question(n, content_hash="same") for n in range(5)]
    blueprint = Blueprint((section(count=2),))
    assert feasibility(copies, blueprint).codes == ("paper.section_short",)
    paper = draw([*copies, question(9)], blueprint, "s")
    assert {slot.question for slot in paper} == {"q0.1", "q9.1"}


def test_an_open_place_does_not_take_the_last_hard_question():
    pool = [question(0, difficulty=Difficulty.HARD), question(1)]
    blueprint = Blueprint(
        (section("open", count=1), section("hard", count=1, mix={Difficulty.HARD: 1}))
    )
    assert feasibility(pool, blueprint).allowed
    for seed in range(10):
        paper = draw(pool, blueprint, str(seed))
        assert [slot.question for slot in paper] == ["q1.1", "q0.1"]


def test_a_section_that_comes_up_short_is_named_with_its_numbers():
    blueprint = Blueprint(
        (
            section("law", count=4, mix={Difficulty.HARD: 2}),
            section("ethics", ETHICS, JUDGE, 1),
        )
    )
    pool = [question(0, difficulty=Difficulty.HARD), question(1), question(2)]
    verdict = feasibility(pool, blueprint)
    assert [str(reason.words) for reason in verdict.reasons] == [
        "「law」需要法律政策单选题（难）2 题，可用 1 题",
        "「ethics」需要职业道德判断题（不限难度）1 题，可用 0 题",
    ]
    assert verdict.reasons[1].mend == "bank.questions"
    assert verdict.reasons[1].mend_args == (
        ("topic", "professional_ethics"),
        ("kind", "true_false"),
    )
    with pytest.raises(PoolTooSmall, match="law, ethics"):
        draw(pool, blueprint, "s")


counts = st.integers(0, 4)


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=3), st.tuples(counts, counts))
def test_a_draw_succeeds_exactly_where_feasibility_says_so(demands, supply):
    """Against an independent count: hard places first, open places from what is left."""
    blueprint = Blueprint(
        tuple(
            section(f"s{n}", count=hard + free, mix={Difficulty.HARD: hard})
            for n, (hard, free) in enumerate(demands)
            if hard + free
        )
        or (section("s", count=1),)
    )
    pool = [question(n, difficulty=Difficulty.HARD) for n in range(supply[0])]
    pool += [question(100 + n) for n in range(supply[1])]
    hard = sum(part.mix.get(Difficulty.HARD, 0) for part in blueprint.sections)
    everything = sum(part.count for part in blueprint.sections)
    possible = hard <= supply[0] and everything <= sum(supply)
    assert feasibility(pool, blueprint).allowed == possible
    if possible:
        assert len(draw(pool, blueprint, "s")) == everything
    else:
        with pytest.raises(PoolTooSmall):
            draw(pool, blueprint, "s")


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        ((), "blueprint.empty"),
        ((section(), section()), "blueprint.code_twice"),
        ((section(count=0),), "blueprint.not_positive"),
        ((section(points=0),), "blueprint.not_positive"),
        ((section(mix={Difficulty.HARD: -1}),), "blueprint.not_positive"),
        ((section(count=1, mix={Difficulty.HARD: 2}),), "blueprint.mix_exceeds"),
    ],
)
def test_a_senseless_blueprint_is_refused(sections, code):
    blueprint = Blueprint(sections)
    assert check_blueprint(blueprint).codes == (code,)
    assert feasibility(POOL, blueprint).codes == (code,)
    with pytest.raises(ValueError, match="contradicts"):
        draw(POOL, blueprint, "s")


# --- arrangement --------------------------------------------------------------

PAPER = draw(POOL, BLUEPRINT, "paper")


@given(st.text(max_size=8))
def test_an_arrangement_moves_questions_within_sections_and_options_within_questions(seed):
    shown = arrange(PAPER, seed)
    by_slot = {slot.slot: slot for slot in PAPER}
    assert [item.number for item in shown] == list(range(1, 21))
    assert sorted(item.slot for item in shown) == sorted(by_slot)
    assert [by_slot[item.slot].section for item in shown] == [slot.section for slot in PAPER]
    for item in shown:
        assert sorted(item.options) == sorted(by_slot[item.slot].options)
        if by_slot[item.slot].kind is JUDGE:
            assert item.options == (TRUE, FALSE)
    assert arrange(PAPER, seed) == shown
    assert arrange(PAPER[::-1], seed) == tuple(
        # Only the order of sections follows the paper.
        replace(item, number=number)
        for number, item in enumerate(
            [i for code in ("judge", "ethics", "law")
             for i in shown if by_slot[i.slot].section == code],
            1,
        )
    )  # fmt: skip


def test_attempts_differ_in_their_order():
    assert len({arrange(PAPER, str(n)) for n in range(20)}) == 20


def test_options_reach_every_order_and_right_and_wrong_never_move():
    paper = [replace(slot, fixed_order=False) for slot in PAPER]
    shown = [arrange(paper, str(n)) for n in range(400)]
    orders = {item.options for items in shown for item in items if item.slot == 1}
    assert len(orders) == 24
    assert {item.options for items in shown for item in items if item.slot == 20} == {(TRUE, FALSE)}


def test_a_fixed_order_is_kept():
    paper = [replace(slot, fixed_order=True) for slot in PAPER]
    assert all(
        item.options == paper[item.slot - 1].options
        for n in range(5)
        for item in arrange(paper, str(n))
    )


@given(st.text(max_size=8), st.sets(st.sampled_from(["o1", "o2", "o3", "o4"])))
def test_letters_and_options_are_turned_into_each_other(seed, chosen):
    item = next(i for i in arrange(PAPER, seed) if i.slot == 11)
    letters = item.letters(chosen)
    assert item.chosen(letters) == chosen
    assert letters == "".join(sorted(letters))
    assert [item.options["ABCD".index(letter)] in chosen for letter in letters] == [True] * len(
        chosen
    )


def test_what_the_screen_does_not_show_is_refused():
    item = arrange(PAPER, "s")[0]
    with pytest.raises(ValueError, match="not in"):
        item.letters({"o9"})
    for letters in ("E", "a", "AZ"):
        with pytest.raises(ValueError, match="not found"):
            item.chosen(letters)


# --- who may sit --------------------------------------------------------------

READY = ExamFacts(
    hours=ALLOWED,
    assignments=(Assignment("案例分析", True),),
    attempts_used=1,
    attempts_allowed=2,
    retraining_open=False,
    identity_missing=(),
)


def test_who_has_done_everything_may_sit():
    assert exam_gate(READY).allowed


@pytest.mark.parametrize(
    ("missing", "codes"),
    [
        ({"hours": refuse("hours.total_short", "还差")}, ("hours.total_short",)),
        ({"assignments": (Assignment("甲", False, "a1"),)}, ("exam.assignment_open",)),
        ({"attempts_used": 2}, ("exam.no_attempt_left",)),
        ({"attempts_used": 0, "attempts_allowed": 0}, ("exam.no_attempt_left",)),
        ({"retraining_open": True}, ("exam.retraining_open",)),
        ({"identity_missing": ("照片", "身份证号")}, ("exam.identity_missing",) * 2),
    ],
)
def test_each_missing_thing_bars_the_exam_by_itself(missing, codes):
    verdict = exam_gate(replace(READY, **missing))
    assert verdict.codes == codes
    assert all(reason.basis or reason.code.startswith("hours") for reason in verdict.reasons)


def test_all_that_is_missing_is_said_at_once():
    verdict = exam_gate(
        ExamFacts(
            hours=refuse("hours.total_short", "还差"),
            assignments=(Assignment("甲", False), Assignment("乙", False, "a2")),
            attempts_used=2,
            attempts_allowed=2,
            retraining_open=True,
            identity_missing=("照片",),
        )
    )
    assert verdict.codes == (
        "hours.total_short",
        "exam.assignment_open",
        "exam.assignment_open",
        "exam.no_attempt_left",
        "exam.retraining_open",
        "exam.identity_missing",
    )
    assert [reason.mend_args for reason in verdict.reasons[1:3]] == [(), (("assignment", "a2"),)]
    assert str(verdict.reasons[-1].words) == "个人信息缺少「照片」"
