"""The shipped question bank: sound structure, balanced keys, citations that stand in the statutes.

The checks of structure need nothing but the repository. The checks against the words of the
statutes skip, with the reason, where those texts are absent (see statutes.py).
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import chain

import pytest

from tests.content import citations, statutes
from tests.content.terms import DISPUTE_TYPES, LAW_AS_OF

FOLDER = statutes.REPOSITORY / "training" / "site" / "content" / "questions"
LETTERS = "ABCDE"

# Topic (and file) → the start of its codes, the least number of questions.
TOPICS = {
    "law_and_policy": ("LP", 40),
    "professional_ethics": ("PE", 25),
    "social_situation": ("SS", 15),
    "professional_knowledge": ("PK", 25),
    "mediation_skills": ("MS", 25),
}
KIND_SHARES = {"single": (0.45, 0.55), "multiple": (0.20, 0.30), "true_false": (0.20, 0.30)}
FIELDS = {
    "code": str,
    "kind": str,
    "stem": str,
    "stem_en": str,
    "options": list,
    "options_en": list,
    "key": str,
    "difficulty": int,
    "explanation": str,
    "articles": list,
    "law_as_of": str,
    "dispute_type": str,
}
# The books of the Civil Code that are at hand. The book of personality rights
# (989 to 1039) is not, so none of its articles may be cited.
CIVIL_CODE_BOOKS = {
    "民法典-总则": range(1, 205),
    "民法典-物权编": range(205, 463),
    "民法典-合同编": range(463, 989),
    "民法典-婚姻家庭编": range(1040, 1119),
    "民法典-继承编": range(1119, 1164),
    "民法典-侵权责任编": range(1164, 1259),
}

ARTICLE = rf"第([{statutes.NUMERALS}]+)条"
QUOTED = re.compile(r"“([^“”]+)”")
QUOTED_AFTER = re.compile(rf"《([^》]+)》{ARTICLE}(?:规定|明确|要求)?[：，]?“([^“”]+)”")
QUOTED_BEFORE = re.compile(rf"“([^“”]+)”[^“”。；（）]{{0,12}}（《([^》]+)》{ARTICLE}")

Question = dict[str, object]


@cache
def bank() -> dict[str, list[Question]]:
    """Topic → its questions, in the order of the file."""
    return {
        topic: tomllib.loads((FOLDER / f"{topic}.toml").read_text(encoding="utf-8"))["question"]
        for topic in TOPICS
    }


def questions(kind: str | None = None) -> list[Question]:
    everything = chain.from_iterable(bank().values())
    return [q for q in everything if kind is None or q["kind"] == kind]


def faults(check: Callable[[Question], Iterator[str]]) -> list[str]:
    return [f"{q['code']}: {fault}" for q in questions() for fault in check(q)]


def citation_key(statute: str, article: statutes.ArticleNumber) -> str:
    """As citations.key, but without the statute files: (民法典, 1254) → 民法典-侵权责任编#1254."""
    if statute == statutes.CIVIL_CODE:
        statute = next((b for b, held in CIVIL_CODE_BOOKS.items() if article in held), "no book")
    return f"{statute}#{article}"


def cited(text: str) -> set[str]:
    return {citation_key(law, article) for law, article in citations.cited(text)}


def words_of(key: str) -> str | None:
    """The words of one article, ready for comparing; None if there is no such article."""
    name, _, article = key.partition("#")
    text = statutes.text_of(name, int(article))
    return None if text is None else statutes.normalise(text)


@pytest.fixture
def statute_texts() -> None:
    if not statutes.files():
        pytest.skip(statutes.ABSENT)


# --- Structure ---------------------------------------------------------------


def test_there_is_one_file_for_each_topic_and_no_other():
    assert {path.name for path in FOLDER.iterdir()} == {f"{topic}.toml" for topic in TOPICS}


def test_every_question_has_every_field_and_no_other():
    def check(q: Question) -> Iterator[str]:
        if set(q) != set(FIELDS):
            yield f"fields differ: {set(q) ^ set(FIELDS)}"
        for name, kind in FIELDS.items():
            if not isinstance(q.get(name), kind):
                yield f"{name} is not {kind.__name__}"

    assert faults(check) == []


def test_codes_are_unique_and_run_on_within_their_topic():
    for topic, (start, _) in TOPICS.items():
        codes = [q["code"] for q in bank()[topic]]
        assert codes == [f"{start}-{n:03d}" for n in range(1, len(codes) + 1)]


def test_every_topic_has_enough_questions():
    short = {t: len(bank()[t]) for t, (_, least) in TOPICS.items() if len(bank()[t]) < least}
    assert short == {}
    assert len(questions()) >= 130


def test_the_kinds_are_mixed_as_planned():
    for kind, (low, high) in KIND_SHARES.items():
        assert low <= len(questions(kind)) / len(questions()) <= high, kind
    assert {q["kind"] for q in questions()} == set(KIND_SHARES)


def test_every_topic_has_every_kind():
    assert {(t, q["kind"]) for t in TOPICS for q in bank()[t]} == {
        (t, k) for t in TOPICS for k in KIND_SHARES
    }


def test_options_and_key_fit_the_kind():
    def check(q: Question) -> Iterator[str]:
        options, key = q["options"], q["key"]
        if not key or list(key) != sorted(set(key)):
            yield f"key {key!r} is not a set of letters in order"
        if not set(key) <= set(LETTERS[: len(options)]):
            yield f"key {key!r} names an option that is not there"
        if q["kind"] == "single" and (len(options) != 4 or len(key) != 1):
            yield "a single choice has four options and one key"
        if q["kind"] == "multiple" and not (
            len(options) in (4, 5) and 2 <= len(key) <= 4 and len(key) < len(options)
        ):
            yield "a multiple choice has four or five options, two to four right, one wrong"
        if q["kind"] == "true_false" and (options != ["正确", "错误"] or len(key) != 1):
            yield "true or false has the options 正确, 错误 and one key"

    assert faults(check) == []


def test_options_differ_and_none_refers_to_the_others():
    def check(q: Question) -> Iterator[str]:
        for name in ("options", "options_en"):
            plain = [statutes.normalise(o).casefold() for o in q[name]]
            if len(set(plain)) != len(plain) or not all(plain):
                yield f"{name} repeat or are empty"
        for option in q["options"]:
            if re.search(r"以上[都均全皆各]|上述|前述|[都均]正确|都对|[都均]不对|选项", option):
                yield f"option refers to others: {option}"

    assert faults(check) == []


def test_the_english_is_complete_and_holds_no_chinese():
    def check(q: Question) -> Iterator[str]:
        if len(q["options_en"]) != len(q["options"]):
            yield "options_en and options differ in number"
        for text in [q["stem_en"], *q["options_en"]]:
            if re.search(r"[\u3400-\u9fff]", text) or not re.search(r"[A-Za-z0-9]", text):
                yield f"not English: {text}"

    assert faults(check) == []


def test_no_two_questions_have_the_same_stem():
    for name in ("stem", "stem_en"):
        assert [s for s, n in Counter(q[name] for q in questions()).items() if n > 1] == []


def test_levels_dates_and_dispute_types_are_known():
    def check(q: Question) -> Iterator[str]:
        if q["difficulty"] not in (1, 2, 3):
            yield f"difficulty {q['difficulty']}"
        if date.fromisoformat(q["law_as_of"]) < LAW_AS_OF:
            yield f"law as of {q['law_as_of']}"
        if q["dispute_type"] and q["dispute_type"] not in DISPUTE_TYPES:
            yield f"dispute type {q['dispute_type']}"

    assert faults(check) == []
    assert {q["difficulty"] for q in questions()} == {1, 2, 3}


def test_a_question_that_asks_for_the_wrong_ones_says_so_loudly():
    def check(q: Question) -> Iterator[str]:
        asked = re.split(r"[。”]", q["stem"])[-1]
        asks = re.search(r"哪|谁|何", asked)
        negative = re.search(r"不能|不得|不予|不应|不属|不适用|不正确|违反|错误|禁止", asked)
        if q["kind"] != "true_false" and asks and negative and "【" not in asked:
            yield f"a negative without emphasis: {asked}"
        if "【" in q["stem"] and not re.search(r"\b[A-Z]{3,}\b", q["stem_en"]):
            yield "the English does not show the emphasis"

    assert faults(check) == []


def test_explanations_name_options_by_their_words_because_papers_shuffle_them():
    def check(q: Question) -> Iterator[str]:
        order = r"[A-E]\s*项|选项\s*[A-E]|第[一二三四五]个?选项|[前后][一两二三四]个?[选项]"
        found = re.search(order, q["explanation"])
        if found:
            yield f"leans on the order of options: {found[0]}"

    assert faults(check) == []


# --- Nothing but knowledge leads to the key -----------------------------------


def test_the_keys_of_single_choices_are_spread_evenly():
    keys = Counter(q["key"] for q in questions("single"))
    for letter in "ABCD":
        assert 0.20 <= keys[letter] / keys.total() <= 0.30, keys
    for topic in TOPICS:
        here = Counter(q["key"] for q in bank()[topic] if q["kind"] == "single")
        assert max(here.values()) - min(here[x] for x in "ABCD") <= 2, (topic, here)


def test_the_keys_of_multiple_choices_vary():
    asked = questions("multiple")
    keys = Counter(q["key"] for q in asked)
    assert len(keys) >= 12
    assert max(keys.values()) <= 0.15 * len(asked)
    assert {len(q["key"]) for q in asked} == {2, 3, 4}
    for letter in "ABCD":
        assert 0.45 <= sum(letter in q["key"] for q in asked) / len(asked) <= 0.75, letter


def test_about_half_of_the_statements_are_false():
    asked = questions("true_false")
    assert 0.45 <= sum(q["key"] == "B" for q in asked) / len(asked) <= 0.55


@pytest.mark.parametrize("language", ["options", "options_en"])
def test_the_right_option_is_neither_the_longest_nor_the_shortest_by_habit(language: str):
    """By chance each is so in a quarter of the questions."""
    longest = shortest = 0
    asked = questions("single")
    for q in asked:
        lengths = [len(option) for option in q[language]]
        right = lengths.pop(LETTERS.index(q["key"]))
        longest += right > max(lengths)
        shortest += right < min(lengths)
    assert longest / len(asked) < 0.30
    assert shortest / len(asked) < 0.30


def test_the_options_of_a_single_choice_are_of_similar_length():
    def check(q: Question) -> Iterator[str]:
        lengths = [len(option) for option in q["options"]]
        if q["kind"] == "single" and max(lengths) - min(lengths) > 5:
            yield f"lengths {lengths}"

    assert faults(check) == []


# --- Citations ---------------------------------------------------------------


def test_every_question_rests_on_an_article_and_lists_just_those_it_cites():
    def check(q: Question) -> Iterator[str]:
        if not q["articles"]:
            yield "cites nothing"
        if len(set(q["articles"])) != len(q["articles"]):
            yield "lists an article twice"
        if set(q["articles"]) != cited(q["explanation"]):
            yield f"lists and cites differently: {set(q['articles']) ^ cited(q['explanation'])}"

    assert faults(check) == []


def test_every_article_is_named_with_its_statute():
    """《某法》第三条, never a bare 第三条, which no check could follow."""

    def check(q: Question) -> Iterator[str]:
        yield from citations.bare(q["explanation"])

    assert faults(check) == []


@pytest.mark.usefixtures("statute_texts")
def test_the_books_of_the_civil_code_begin_and_end_where_this_file_says():
    assert statutes.books() == CIVIL_CODE_BOOKS


@pytest.mark.usefixtures("statute_texts")
def test_every_cited_article_stands_in_its_statute():
    def check(q: Question) -> Iterator[str]:
        for key in q["articles"]:
            if not words_of(key):
                yield f"{key} is not in the statute files"

    assert faults(check) == []


@pytest.mark.usefixtures("statute_texts")
def test_words_quoted_next_to_a_citation_stand_in_that_article():
    seen = 0

    def check(q: Question) -> Iterator[str]:
        nonlocal seen
        quotations = [
            *QUOTED_AFTER.findall(q["explanation"]),
            *((name, n, words) for words, name, n in QUOTED_BEFORE.findall(q["explanation"])),
        ]
        for name, n, words in quotations:
            seen += 1
            key = citation_key(name, statutes.number(n))
            if statutes.normalise(words) not in (words_of(key) or ""):
                yield f"{key} does not say “{words}”"

    assert faults(check) == []
    assert seen >= 80, "the patterns no longer find the quotations"


@pytest.mark.usefixtures("statute_texts")
def test_whatever_an_explanation_quotes_comes_from_a_cited_article_or_the_question_itself():
    def check(q: Question) -> Iterator[str]:
        sources = [words_of(key) or "" for key in q["articles"]]
        sources += [statutes.normalise(text) for text in (q["stem"], *q["options"])]
        for words in QUOTED.findall(q["explanation"]):
            if not any(statutes.normalise(words) in source for source in sources):
                yield f"nobody said “{words}”"

    assert faults(check) == []
