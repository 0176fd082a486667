"""The shipped curriculum: whole, readable, and right about the law it cites."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ElementTree
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.content import citations, statutes
from tests.content.terms import DISPUTE_TYPES, LAW_AS_OF
from training.core import uploads

CONTENT = statutes.REPOSITORY / "training" / "site" / "content"
MEDIA = CONTENT / "media"
LESSONS = sorted((CONTENT / "lessons").glob("*.md"))
CASES = sorted((CONTENT / "cases").glob("*.toml"))
PICTURES = sorted(MEDIA.glob("*.svg"))
STORYBOARD = MEDIA / "opening.storyboard.toml"
WORD_SAMPLE = CONTENT / "cases" / "word-sample.md"

TOPICS = {
    "social_situation",
    "law_and_policy",
    "professional_ethics",
    "professional_knowledge",
    "mediation_skills",
}
FORMS = {
    "online_study",
    "classroom_lecture",
    "case_study",
    "field_observation",
    "court_observation",
    "simulation_drill",
    "practice_exchange",
}
WORD_HEADINGS = ["基本案情", "调解过程", "争议焦点", "调解结果", "案例点评", "思考题"]
# What a training certificate is not, and words that belong to another procedure.
FORBIDDEN_WORDS = ("执业", "职业资格", "人员资格", "职业技能等级", "吊销")
# Hours, pass marks and frequencies are policy data of the site.
POLICY_FIGURE = re.compile(
    r"[\d一二三四五六七八九十百]+\s*(?:个)?学时|[\d一二三四五六七八九十]+\s*分(?:及格|合格)|"
    r"每(?:周|月)(?:至少|不少于)[\d一二三四五六七八九十]+次|(?:及格线|合格线)[为是]"
)
HAN = re.compile(r"[\u4e00-\u9fff]")

needs_statutes = pytest.mark.skipif(statutes.data_directory() is None, reason=statutes.ABSENT)


def named(paths: list[Path]) -> Any:
    return pytest.mark.parametrize("path", paths, ids=[path.name for path in paths])


@cache
def lesson(path: Path) -> tuple[dict[str, Any], str]:
    """Front matter and Markdown of a lesson."""
    opening, front, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    assert opening == "", f"{path.name} does not begin with +++"
    return tomllib.loads(front), body


@cache
def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def words(path: Path) -> str:
    """All authored text of a lesson or a case, without its list of articles."""
    if path.suffix == ".md":
        return lesson(path)[1] if path in LESSONS else path.read_text(encoding="utf-8")
    return "\n".join(leaves({k: v for k, v in toml(path).items() if k != "articles"}))


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value] if isinstance(value, str) else []


def head(path: Path) -> dict[str, Any]:
    return lesson(path)[0] if path.suffix == ".md" else toml(path)


def tokens(markdown: str) -> list[Token]:
    """Block and inline tokens in one list."""
    parsed = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [inner for token in parsed for inner in (token, *(token.children or []))]


def markdown_of(path: Path) -> list[str]:
    if path.suffix == ".md":
        return [words(path)]
    case = toml(path)
    steps = [s[k] for s in case["step"] for k in ("situation", "expert_comment")]
    return [case["facts"], case["ending"], *steps]


def is_text(value: object, least: int = 1) -> bool:
    return isinstance(value, str) and len(value.strip()) >= least


# --- Whole ---------------------------------------------------------------------


def test_there_are_enough_lessons_cases_and_pictures() -> None:
    assert len(LESSONS) >= 12
    assert len(CASES) >= 3
    assert len(PICTURES) >= 4


@named([*LESSONS, *CASES])
def test_a_piece_introduces_itself_in_both_languages(path: Path) -> None:
    front = head(path)
    for field in ("code", "title", "title_en", "summary", "summary_en"):
        assert is_text(front.get(field), 2), field
    assert HAN.search(front["title"])
    assert HAN.search(front["summary"])
    assert not HAN.search(front["title_en"] + front["summary_en"])
    assert front["topic"] in TOPICS
    assert isinstance(front["minutes"], int)
    assert date.fromisoformat(front["law_as_of"]) == LAW_AS_OF
    assert all(is_text(key) for key in front["articles"])


def test_codes_are_unique_and_files_are_numbered_without_gaps() -> None:
    codes = [head(path)["code"] for path in [*LESSONS, *CASES]]
    assert len(set(codes)) == len(codes)
    for paths in (LESSONS, CASES):
        assert [int(p.name[:2]) for p in paths] == list(range(1, len(paths) + 1))
        assert all(re.fullmatch(r"\d\d-[a-z0-9-]+\.(md|toml)", p.name) for p in paths)


@named(LESSONS)
def test_a_lesson_is_neither_thin_nor_endless_and_its_minutes_are_honest(path: Path) -> None:
    front, body = lesson(path)
    characters = len(HAN.findall(body))
    assert 1200 <= characters <= 2200
    assert 50 <= characters / front["minutes"] <= 110  # reading slowly, with exercises


@named(LESSONS)
def test_a_lesson_has_sections_and_ends_with_a_self_check_and_its_answers(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", lesson(path)[1], re.MULTILINE)
    assert len(headings) >= 5
    assert headings[-1] == "自测"
    questions, answers = lesson(path)[1].split("## 自测")[1].split("**参考答案**")
    count = len(re.findall(r"^\d\. ", questions, re.MULTILINE))
    assert count >= 3
    assert len(re.findall(r"^\d\. ", answers, re.MULTILINE)) == count


@named([*LESSONS, *CASES, WORD_SAMPLE])
def test_the_text_is_plain_markdown_that_renders_as_meant(path: Path) -> None:
    for markdown in markdown_of(path):
        for token in tokens(markdown):
            assert token.type not in ("html_block", "html_inline"), token.content
            assert token.type != "link_open", "a link would leave the lesson"
            if token.type == "heading_open" and path != WORD_SAMPLE:
                assert token.tag in ("h2", "h3")
            if token.type == "text":  # emphasis that failed beside Chinese punctuation
                assert "**" not in token.content, token.content
                assert not token.content.startswith(("[ ]", "[x]")), token.content


@named([*LESSONS, *CASES, WORD_SAMPLE])
def test_the_tone_is_calm_and_policy_is_left_to_policy(path: Path) -> None:
    text = words(path)
    assert "！" not in text
    assert not re.search(r"!(?!\[)", text)
    assert not POLICY_FIGURE.search(text), POLICY_FIGURE.search(text)
    assert [word for word in FORBIDDEN_WORDS if word in text] == []


# --- Pictures and the clip -----------------------------------------------------


def test_every_picture_is_shown_by_a_lesson_and_described_for_those_who_cannot_see_it() -> None:
    shown = set()
    for path in LESSONS:
        for token in tokens(lesson(path)[1]):
            if token.type == "image":
                source = str(token.attrs["src"])
                target = (path.parent / source).resolve()
                assert target.is_file(), f"{path.name}: {source}"
                assert target.parent == MEDIA.resolve()
                assert len(token.content) >= 15, f"{path.name}: {source} needs a fuller alt text"
                shown.add(target.name)
    assert shown == {path.name for path in PICTURES}


@named(PICTURES)
def test_a_picture_is_simple_safe_and_readable_on_a_phone(path: Path) -> None:
    allowed = {"svg", "title", "desc", "g", "rect", "circle", "line", "polygon", "text", "tspan"}
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    assert width == 960
    assert root.attrib["viewBox"] == f"0 0 {width} {height}"
    for element in root.iter():
        tag = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
        assert tag in allowed
        for attribute, value in element.attrib.items():
            assert attribute not in ("style", "class", "href", "id")
            assert not attribute.startswith(("on", "{"))
            assert "url(" not in value
        if tag == "text":
            size = int(element.attrib["font-size"])
            assert size >= 30  # at least 11 px where 960 units become 360
            wide = sum(size if ord(c) > 0x2E7F else size * 0.62 for c in element.text or "")
            x = float(element.attrib["x"])
            shift = {"start": 0.0, "middle": wide / 2, "end": wide}[element.attrib["text-anchor"]]
            assert x - shift >= 0, element.text
            assert x - shift + wide <= width, element.text
            assert float(element.attrib["y"]) <= height


def test_the_storyboard_makes_a_short_silent_clip_whose_words_the_lesson_prints() -> None:
    story = toml(STORYBOARD)
    with_video = [path for path in LESSONS if "video" in head(path)]
    assert [path.name for path in with_video] == [story["lesson"]]
    assert head(with_video[0])["video"] == story["file"] == "opening.mp4"
    assert story["silent"] is True
    slides = story["slide"]
    assert 6 <= len(slides) <= 8
    assert 40 <= sum(slide["seconds"] for slide in slides) <= 60
    transcript = lesson(with_video[0])[1].split("## 短片文字稿")[1].split("\n## ")[0]
    for slide in slides:
        assert 1 <= len(slide["lines"]) <= 3
        assert slide["title"] in transcript
        for line in slide["lines"]:
            assert len(line) <= 18
            assert line in transcript
    with (STORYBOARD.parent / story["file"]).open("rb") as stream:
        film = uploads.video(stream, story["file"])
    assert film.media_type == "video/mp4"
    assert abs((film.seconds or 0) - sum(slide["seconds"] for slide in slides)) <= 1


# --- Cases ---------------------------------------------------------------------


@named(CASES)
def test_a_case_can_be_played_step_by_step(path: Path) -> None:
    case = toml(path)
    assert case["form"] == "case_study"
    assert case["dispute_type"] in DISPUTE_TYPES
    assert is_text(case["facts"], 200)
    assert is_text(case["ending"], 50)
    assert len(case["lessons_learned"]) >= 3
    assert all(is_text(learned, 10) for learned in case["lessons_learned"])
    assert 4 <= len(case["step"]) <= 8
    for step in case["step"]:
        assert is_text(step["situation"], 20)
        assert is_text(step["question"], 5)
        assert is_text(step["expert_comment"], 60)
        assert citations.cited(step["expert_comment"]), "a comment names its article"
        choices = step["choice"]
        assert [c["key"] for c in choices] == list("ABCD")[: len(choices)]
        assert len(choices) >= 3
        assert [c["assessment"] for c in choices].count("good") == 1
        for choice in choices:
            assert choice["assessment"] in ("good", "risky", "wrong")
            assert is_text(choice["text"], 8)
            assert is_text(choice["consequence"], 15)


@named(CASES)
def test_the_good_choice_is_not_always_in_the_same_place(path: Path) -> None:
    places = {
        choice["key"]
        for step in toml(path)["step"]
        for choice in step["choice"]
        if choice["assessment"] == "good"
    }
    assert len(places) > 1


@named([*CASES, WORD_SAMPLE])
def test_the_parties_of_a_case_are_plainly_fictional(path: Path) -> None:
    assert "虚构" in words(path)
    assert "甲某" in words(path)
    assert not re.search(r"1[3-9]\d{9}|\d{17}[\dXx]", words(path))


def test_the_word_sample_has_the_headings_a_trainer_uses() -> None:
    text = WORD_SAMPLE.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == WORD_HEADINGS
    assert len(HAN.findall(text)) >= 1200


# --- Curriculum ----------------------------------------------------------------


def test_the_programme_has_five_courses_one_for_each_topic() -> None:
    curriculum = toml(CONTENT / "curriculum.toml")
    assert curriculum["programme"]["title"] == "岗前培训（专职人民调解员）"
    assert is_text(curriculum["programme"]["title_en"])
    assert sorted(course["topic"] for course in curriculum["course"]) == sorted(TOPICS)
    for course in curriculum["course"]:
        for field in ("code", "title", "title_en", "summary", "summary_en"):
            assert is_text(course[field], 2), field
        assert course["form"] in FORMS
        for session in course["session"]:
            assert session["form"] in FORMS - {"online_study"}
            assert session["minutes"] % 45 == 0
            for field in ("code", "title", "title_en", "summary", "summary_en"):
                assert is_text(session[field], 2), field


def test_the_courses_hold_every_lesson_and_case_once_with_the_same_topic_and_minutes() -> None:
    held: list[str] = []
    for course in toml(CONTENT / "curriculum.toml")["course"]:
        assert course["lessons"]
        pieces = [(CONTENT / "lessons" / entry["file"], entry) for entry in course["lessons"]]
        pieces += [(CONTENT / "cases" / entry["file"], entry) for entry in course.get("cases", [])]
        for path, entry in pieces:
            assert path.is_file(), path.name
            assert head(path)["minutes"] == entry["minutes"], path.name
            assert head(path)["topic"] == course["topic"], path.name
            held.append(path.name)
    assert sorted(held) == sorted(path.name for path in [*LESSONS, *CASES])


def test_the_minutes_of_each_course_are_sensible() -> None:
    forms = set()
    for course in toml(CONTENT / "curriculum.toml")["course"]:
        pieces = [*course["lessons"], *course.get("cases", [])]
        assert all(10 <= piece["minutes"] <= 45 for piece in pieces)
        assert 30 <= sum(piece["minutes"] for piece in pieces) <= 300
        assert all(45 <= session["minutes"] <= 240 for session in course["session"])
        forms |= {course["form"], *(session["form"] for session in course["session"])}
    assert forms == FORMS


# --- The law -------------------------------------------------------------------


@named([*LESSONS, *CASES])
def test_the_articles_listed_are_the_articles_cited(path: Path) -> None:
    listed = head(path)["articles"]
    assert len(set(listed)) == len(listed)
    # Without the statute files a Civil Code citation cannot name its book.
    pairs = {(re.sub(r"^民法典-.*", "民法典", law), n) for law, n in map(split_key, listed)}
    assert pairs == set(citations.cited(words(path)))


@named([*LESSONS, *CASES, WORD_SAMPLE])
def test_no_article_is_mentioned_without_its_law(path: Path) -> None:
    assert citations.bare(words(path)) == []


@needs_statutes
@named([*LESSONS, *CASES])
def test_listed_articles_name_the_right_statute_and_book(path: Path) -> None:
    keys = {citations.key(law, n) for law, n in citations.cited(words(path))}
    assert set(head(path)["articles"]) == keys
    for law, number in map(split_key, head(path)["articles"]):
        assert number in (statutes.articles(law) or {}), f"{law} has no article {number}"


@needs_statutes
@named([*LESSONS, *CASES, WORD_SAMPLE])
def test_every_cited_article_exists(path: Path) -> None:
    missing = [pair for pair in citations.cited(words(path)) if not statutes.text_of(*pair)]
    assert missing == []


@needs_statutes
@named([*LESSONS, *CASES, WORD_SAMPLE])
def test_words_quoted_from_an_article_stand_in_it(path: Path) -> None:
    for members, quotation in citations.quoted(words(path)):
        text = "".join(statutes.normalise(statutes.text_of(*pair) or "") for pair in members)
        for part in quotation.split("……"):
            assert statutes.normalise(part) in text, f"{members}: {quotation}"


@needs_statutes
def test_the_lessons_do_quote_the_law() -> None:
    assert sum(len(citations.quoted(words(path))) for path in LESSONS) >= 40


def split_key(key: str) -> tuple[str, statutes.ArticleNumber]:
    law, _, number = key.partition("#")
    return law, number if "-" in number else int(number)
