from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.bank.rules.key import parse_key, truth
from exams.bank.rules.question import (
    FALSE,
    LETTERS,
    TRUE,
    FieldError,
    QuestionDraft,
    QuestionKind,
    check_draft,
    keeps_option_order,
    tidied,
    well_formed,
)
from exams.bank.rules.review import (
    QUESTION_REVIEW,
    STATE_LABELS,
    ReviewFacts,
    ReviewState,
    arrival_state,
    currency_gate,
)
from exams.bank.rules.text import fingerprint, tidy
from training.core.rules.vocabulary import Topic

TODAY = date(2026, 11, 23)
CIVIL_CODE = date(2021, 1, 1)
S = ReviewState


def draft(kind=QuestionKind.MULTIPLE, **overrides):
    values = {
        "stem": "人民调解委员会调解民间纠纷，应当遵循下列哪些原则？",
        "options": ("自愿、平等", "不违背法律", "收取合理费用", "尊重当事人的权利"),
        "key": frozenset({"o1", "o2", "o4"}),
        "topic": Topic.LAW_AND_POLICY,
        "law_as_of": date(2011, 1, 1),
    }
    if kind is QuestionKind.SINGLE:
        values["key"] = frozenset({"o1"})
    if kind is QuestionKind.TRUE_FALSE:
        values |= {"options": (), "key": frozenset({TRUE})}
    return QuestionDraft(kind, **values | overrides)


# --- text -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  关于累犯，\t下列说法正确的是？\n", "关于累犯， 下列说法正确的是？"),
        ("５年以上１０％", "5年以上10%"),
        ("Ａ公司\u3000与ｂ公司", "A公司 与b公司"),
        ("有权(   )国务院的决定", "有权（\u3000\u3000）国务院的决定"),
        ("信用证项下款项\x1f\u200b", "信用证项下款项"),
        ("第一段\r\n\r\n  第二段", "第一段\n第二段"),
        ("①②……《民法典》，（试行）", "①②……《民法典》，（试行）"),
    ],
)
def test_text_is_tidied_and_chinese_punctuation_stays(raw, expected):
    assert tidy(raw) == expected


@given(st.text())
def test_tidying_twice_changes_nothing_more(text):
    assert tidy(tidy(text)) == tidy(text)


def test_a_fingerprint_ignores_width_case_spacing_and_punctuation_only():
    same = fingerprint("Ａ公司，５年？")
    assert fingerprint(" a公司 5年") == same
    assert fingerprint("a公司 6年") != same
    assert fingerprint("a公司 5年以上") != same


# --- keys -------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["AC", "ac", "a, c", "A、C", "Ａ，Ｃ", " A C ", "C;A", "A和C", "答案：AC", "(AC)。", "A/C"],
)
def test_many_ways_of_typing_a_key_mean_the_same(typed):
    options = ("甲", "乙", "丙")
    assert parse_key(typed, QuestionKind.MULTIPLE, options) == {"o1", "o3"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "key.empty"),
        ("、", "key.empty"),
        ("AE", "key.unknown_option"),
        ("AAC", "key.repeated"),
        ("A1", "key.not_letters"),
        ("甲", "key.not_letters"),
        ("AZ", "key.not_letters"),
    ],
)
def test_a_doubtful_key_is_not_guessed(typed, code):
    error = parse_key(typed, QuestionKind.MULTIPLE, ("甲", "乙", "丙", "丁"))
    assert isinstance(error, FieldError)
    assert (error.field, error.code) == ("key", code)


@pytest.mark.parametrize(
    "typed", ["对", "正确", "√", "✓", " t ", "TRUE", "是", "（对）", "答案：对"]
)
def test_right_is_understood(typed):
    assert parse_key(typed, QuestionKind.TRUE_FALSE, ()) == {TRUE}


@pytest.mark.parametrize("typed", ["错", "错误", "×", "✗", "x", "F", "false", "否", "不正确"])
def test_wrong_is_understood(typed):
    assert parse_key(typed, QuestionKind.TRUE_FALSE, ()) == {FALSE}


@pytest.mark.parametrize(
    ("typed", "options", "expected"),
    [
        ("A", ("正确", "错误"), {TRUE}),
        ("B", ("正确", "错误"), {FALSE}),
        ("A", ("错", "对"), {FALSE}),
    ],
)
def test_a_letter_may_name_right_or_wrong_where_they_are_listed(typed, options, expected):
    assert parse_key(typed, QuestionKind.TRUE_FALSE, options) == expected


@pytest.mark.parametrize(
    ("typed", "options", "code"),
    [
        ("A", (), "key.unknown_option"),
        ("C", ("正确", "错误"), "key.unknown_option"),
        ("AB", ("正确", "错误"), "key.not_true_false"),
        ("A", ("甲", "乙"), "key.not_true_false"),
        ("大概对", (), "key.not_true_false"),
        ("", (), "key.empty"),
    ],
)
def test_a_doubtful_right_or_wrong_is_not_guessed(typed, options, code):
    error = parse_key(typed, QuestionKind.TRUE_FALSE, options)
    assert isinstance(error, FieldError)
    assert error.code == code


@given(st.sets(st.sampled_from(LETTERS), min_size=1), st.sampled_from(["", ",", "、", " ", "；"]))
def test_every_set_of_letters_is_read_back(letters, between):
    options = tuple(f"选项{n}" for n in range(len(LETTERS)))
    expected = {f"o{LETTERS.index(letter) + 1}" for letter in letters}
    assert parse_key(between.join(letters), QuestionKind.MULTIPLE, options) == expected


def test_truth_knows_nothing_of_letters():
    assert [truth(word) for word in ("A", "B", "", "甲")] == [None] * 4


# --- form -------------------------------------------------------------------


@pytest.mark.parametrize("kind", QuestionKind)
def test_a_well_written_question_has_no_errors(kind):
    assert check_draft(draft(kind), TODAY) == ()
    assert well_formed(draft(kind), TODAY).allowed


def test_two_options_make_a_choice():
    assert check_draft(draft(QuestionKind.SINGLE, options=("甲", "乙")), TODAY) == ()


def test_two_right_options_make_a_multiple_choice():
    assert check_draft(draft(key=frozenset({"o1", "o2"})), TODAY) == ()


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        (draft(stem=" \n"), "stem", "stem.empty"),
        (draft(options=("甲",), key=frozenset({"o1"})), "options", "options.too_few"),
        (draft(options=tuple("甲乙丙丁戊己庚辛壬")), "options", "options.too_many"),
        (draft(options=("甲", " ", "丙", "丁")), "options.2", "option.empty"),
        (draft(options=("５年", "六年", "5 年", "丁")), "options.3", "option.repeated"),
        (draft(key=frozenset()), "key", "key.empty"),
        (draft(key=frozenset({"o1", "o5"})), "key", "key.unknown_option"),
        (draft(key=frozenset({"A", "B"})), "key", "key.unknown_option"),
        (draft(key=frozenset({"o1"})), "key", "key.too_few"),
        (draft(QuestionKind.SINGLE, key=frozenset({"o1", "o2"})), "key", "key.too_many"),
        (draft(QuestionKind.TRUE_FALSE, key=frozenset({TRUE, FALSE})), "key", "key.too_many"),
        (draft(QuestionKind.TRUE_FALSE, options=("对", "错")), "options", "options.none_wanted"),
        (draft(law_as_of=date(2026, 11, 24)), "law_as_of", "law_as_of.future"),
    ],
)
def test_each_mistake_is_named_at_its_field(wrong, field, code):
    assert (field, code) in [(e.field, e.code) for e in check_draft(wrong, TODAY)]
    assert code in well_formed(wrong, TODAY).codes


def test_copies_share_their_content_hash_whatever_the_order_of_options():
    one = draft()
    other = draft(options=one.options[::-1], key=frozenset({"o4", "o3", "o1"}))
    assert (one.content_hash, one.key_hash) == (other.content_hash, other.key_hash)
    assert draft(key=frozenset({"o1", "o3"})).key_hash != one.key_hash
    assert draft(options=(*one.options[:3], "另一项")).content_hash != one.content_hash
    assert draft(QuestionKind.SINGLE).content_hash != one.content_hash


def test_tidying_a_draft_keeps_its_meaning():
    untidy = draft(stem="  题干 ５\n", options=("甲 ", "\t乙", "丙", "丁"), articles=(" 第1条", ""))
    clean = tidied(untidy)
    assert (clean.stem, clean.options, clean.articles) == (
        "题干 5",
        ("甲", "乙", "丙", "丁"),
        ("第1条",),
    )
    assert (
        replace(clean, stem=untidy.stem, options=untidy.options, articles=(" 第1条", "")) == untidy
    )


@pytest.mark.parametrize(
    ("question", "fixed"),
    [
        (draft(), False),
        (draft(QuestionKind.TRUE_FALSE), True),
        (draft(options=("甲", "乙", "丙", "以上都不是")), True),
        (draft(options=("甲", "乙", "A和B", "丁")), True),
        (draft(options=("甲", "乙", "丙", "A、B两项都对")), True),
        (draft(explanation="A项错误，人民调解不收费。"), True),
        (draft(stem="上述C情形下，谁可以起诉？"), True),
        (draft(options=("县级以上人民政府", "乡镇人民政府", "上述企业", "A公司")), False),
        (draft(stem="A、B两公司与C银行签订合同，下列说法正确的是？"), False),
    ],
)
def test_options_stay_in_place_where_the_words_point_at_them(question, fixed):
    assert keeps_option_order(question) is fixed


# --- review -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "codes", "state"),
    [
        (draft(law_as_of=date(2021, 1, 1)), (), S.APPROVED),
        (draft(law_as_of=date(2020, 12, 31)), ("law.before_review_date",), S.NEEDS_REVIEW),
        (draft(law_as_of=None), ("law.unknown_date",), S.NEEDS_REVIEW),
        (draft(law_as_of=date(2022, 1, 1), topic=None), ("question.no_topic",), S.NEEDS_REVIEW),
    ],
)
def test_old_or_unknown_law_arrives_for_review(question, codes, state):
    assert currency_gate(question, CIVIL_CODE).codes == codes
    assert arrival_state(question, CIVIL_CODE) is state


def facts(question=None, reason="依据已废止"):
    return ReviewFacts(
        draft=question or draft(law_as_of=TODAY),
        today=TODAY,
        law_review_before=CIVIL_CODE,
        reason=reason,
    )


REVIEW_TABLE = {
    (S.DRAFT, "submit"): S.NEEDS_REVIEW,
    (S.NEEDS_REVIEW, "approve"): S.APPROVED,
    (S.NEEDS_REVIEW, "send_back"): S.DRAFT,
    (S.APPROVED, "reopen"): S.NEEDS_REVIEW,
    (S.DRAFT, "retire"): S.RETIRED,
    (S.NEEDS_REVIEW, "retire"): S.RETIRED,
    (S.APPROVED, "retire"): S.RETIRED,
}


def test_every_review_state_and_action_does_what_the_table_says():
    for state in ReviewState:
        for action in QUESTION_REVIEW.actions:
            verdict, after = QUESTION_REVIEW.step(state, action, facts())
            expected = REVIEW_TABLE.get((state, action))
            assert verdict.allowed == (expected is not None), (state, action)
            assert after == (expected or state)
    assert set(STATE_LABELS) == set(ReviewState)
    for transition in QUESTION_REVIEW.transitions:
        assert transition.permission == f"bank:question:{transition.action}"
        assert transition.label


@pytest.mark.parametrize(
    ("state", "action", "given", "codes"),
    [
        (S.DRAFT, "submit", facts(draft(stem="")), ("stem.empty",)),
        (
            S.NEEDS_REVIEW,
            "approve",
            facts(draft(law_as_of=date(2020, 1, 1))),
            ("law.before_review_date",),
        ),
        (
            S.NEEDS_REVIEW,
            "approve",
            facts(draft(stem="", topic=None, law_as_of=TODAY)),
            ("stem.empty", "question.no_topic"),
        ),
        (S.NEEDS_REVIEW, "send_back", facts(reason=""), ("REASON_REQUIRED",)),
        (S.APPROVED, "reopen", facts(reason=" "), ("REASON_REQUIRED",)),
        (S.APPROVED, "retire", facts(reason=""), ("REASON_REQUIRED",)),
    ],
)
def test_a_review_gate_says_why(state, action, given, codes):
    assert QUESTION_REVIEW.step(state, action, given)[0].codes == codes
