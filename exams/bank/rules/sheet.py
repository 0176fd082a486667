"""Sheets of questions as offices and public collections keep them: headings, cells, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_, Words

from .question import LETTERS, Difficulty, QuestionKind
from .text import bare, tidy

#: Office sheets carry a title and remarks above the heads of their columns.
_HEADER_WITHIN = 10
_EXCEL_DAY_ZERO = date(1899, 12, 30)


class Field(StrEnum):
    """What a column of a question sheet may hold, besides options ``A`` to ``H``."""

    STEM = "stem"
    KEY = "key"
    KIND = "kind"
    MULTICHOICE = "multichoice"
    TOPIC = "topic"
    DIFFICULTY = "difficulty"
    EXPLANATION = "explanation"
    ARTICLES = "articles"
    LAW_AS_OF = "law_as_of"
    SOURCE = "source"


_HEADINGS: dict[str, Field] = {
    heading: field
    for field, headings in {
        Field.STEM: "input 题干 题目 试题 题目内容 试题内容 问题",
        Field.KEY: "output 答案 正确答案 参考答案 标准答案",
        Field.KIND: "kind 题型 试题类型 题目类型",
        Field.MULTICHOICE: "multichoice",
        Field.TOPIC: "topic 专题 知识专题 培训专题 内容分类",
        Field.DIFFICULTY: "difficulty 难度 难易 难易程度 难度系数",
        Field.EXPLANATION: "explanation 解析 答案解析 试题解析 题目解析",
        Field.ARTICLES: "articles 法条 法律依据 依据 依据法条 法条依据",
        Field.LAW_AS_OF: "law_as_of 法律截至日期 法律截止日期 法律版本日期",
        Field.SOURCE: "source 来源 出处 试题来源",
    }.items()
    for heading in headings.split()
}
_OPTION_HEADING = re.compile(r"^(?:选项|option)?([a-h1-8])(?:选项|项)?$")

_KINDS: dict[str, QuestionKind] = {
    name: kind
    for kind, names in {
        QuestionKind.SINGLE: "single 单选 单选题 单项选择 单项选择题",
        QuestionKind.MULTIPLE: "multiple 多选 多选题 多项选择 多项选择题",
        QuestionKind.TRUE_FALSE: "true_false 判断 判断题 是非题 对错题",
    }.items()
    for name in names.split()
}
_DIFFICULTIES: dict[str, Difficulty] = {
    name: difficulty
    for difficulty, names in {
        Difficulty.EASY: "easy 易 容易 简单 较易",
        Difficulty.MEDIUM: "medium 中 中等 一般 适中",
        Difficulty.HARD: "hard 难 困难 较难",
    }.items()
    for name in names.split()
}
_TOPICS: dict[str, Topic] = {
    name: topic for topic, label in TOPIC_LABELS.items() for name in (topic.value, label)
}

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?$")


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong (or doubtful) in one cell, by its address in the sheet: row 1 is on top."""

    row: int
    column: int
    code: str
    words: Words

    @property
    def cell(self) -> str:
        return f"{column_letters(self.column)}{self.row}"


@dataclass(frozen=True, slots=True)
class Header:
    """Where the heads of the columns stand and which column (0 = A) holds what.

    ``ignored`` are the headings that mean nothing here (序号 and the like).
    """

    row: int
    columns: Mapping[str, int]
    ignored: tuple[str, ...]
    width: int

    def column(self, *wanted: str) -> int:
        """The first of the wanted columns that the sheet has, else the stem's."""
        return next((self.columns[w] for w in wanted if w in self.columns), self.columns["stem"])


def column_letters(column: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_text(value: object) -> str:
    """A cell as tidy text; whole numbers that Excel keeps as 5.0 read as 5."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tidy(str(value))


def find_header(rows: Sequence[Sequence[object]]) -> Header | CellError:
    """The first of the upper rows that names both the stem and the answer.

    An error when there is none, or when two columns claim to be the same thing.
    """
    for number, row in enumerate(rows[:_HEADER_WITHIN], 1):
        columns: dict[str, int] = {}
        ignored: list[str] = []
        doubled: CellError | None = None
        for index, value in enumerate(row):
            text = cell_text(value)
            field = _heading(text)
            if field is None:
                ignored += [text] if text else []
            elif field in columns:
                words = Words.of(N_("「%(heading)s」一列出现了两次"), heading=text)
                doubled = doubled or CellError(number, index, "sheet.column_twice", words)
            else:
                columns[field] = index
        if Field.STEM in columns and Field.KEY in columns:
            filled = [i for i, value in enumerate(row) if cell_text(value)]
            return doubled or Header(number, columns, tuple(ignored), max(filled) + 1)
    return CellError(
        1, 0, "sheet.no_header", Words(N_("未找到表头：至少需要「题干」和「答案」两列"))
    )


def read_kind(text: str) -> QuestionKind | None:
    return _KINDS.get(bare(text))


def read_topic(text: str) -> Topic | None:
    return _TOPICS.get(bare(text))


def read_difficulty(text: str) -> Difficulty | None:
    return _DIFFICULTIES.get(bare(text))


def read_day(value: object) -> date | None:
    """A date as offices write it, the earliest day that it may mean; None if it is none.

    2021-1-1, 2021/1/1, 2021.1.1, 2021年1月1日, 20210101; 2021年1月 and 2021 mean the first
    day of the month or year; so do Excel's serial numbers mean their day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = bare(cell_text(value))
    if match := _DAY.fullmatch(text):
        year, month, day = match[1], match[2], match[3] or "1"
    elif match := re.fullmatch(r"(\d{4})年?", text):
        year, month, day = match[1], "1", "1"
    elif match := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text):
        year, month, day = match[1], match[2], match[3]
    elif re.fullmatch(r"\d{5}", text):
        return _EXCEL_DAY_ZERO + timedelta(days=int(text))
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def year_in(source: str) -> date | None:
    """The 1 January of the year named in a source ("2018 national … examination"), or None."""
    match = _YEAR.search(source)
    return date(int(match[0]), 1, 1) if match else None


def _heading(text: str) -> str | None:
    """What a heading means: a ``Field`` or an option letter."""
    plain = bare(re.sub(r"[(（].*?[)）]|[*:：]", "", text))
    if plain in _HEADINGS:
        return _HEADINGS[plain]
    if match := _OPTION_HEADING.fullmatch(plain):
        mark = match[1].upper()
        return LETTERS[int(mark) - 1] if mark.isdigit() else mark
    return None
