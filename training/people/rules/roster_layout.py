"""Finding the table in an office's sheet: titles above, a head of one or two lines, totals below."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .roster import Field, column_letter, is_head_word, meaning, tidy

Row = Sequence[object]

_LOOK_WITHIN = 30
_FEWEST_HEADS = 2
_TOTAL = re.compile(r"(总|小|合)\s*计[:：]?\s*\S{0,12}|共\s*计?\s*\d+\s*人")
_SIGNATURE = re.compile(
    r"(制表|填表|填报|审核|复核|经办|负责|联系|单位负责)(人|单位|日期)?\s*(\(.*?\)|（.*?）)?\s*[:：].*"
)
_GROUP = re.compile(r"[（(]?[一二三四五六七八九十]{1,3}[)）、.．]\s*\S.*")
_FEWEST_COLUMNS = 3
_REMARK = re.compile(r"(备注|注|说明|填表说明)\s*[:：].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heads:
    """The words by which a kind of sheet is known: what a head means, what is a head's word
    at all, and which fields name what a line is about."""

    meaning: Callable[[object], StrEnum | None]
    is_word: Callable[[object], bool]
    naming: frozenset[StrEnum]


PEOPLE = Heads(meaning, is_head_word, frozenset({Field.NAME, Field.IDENTITY}))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table stands; rows are counted from 1 as the sheet shows them.

    ``labels`` are the heads by column letter; ``skipped`` are the lines below the head that
    hold nobody (totals, signatures, remarks, headings of a group, a head printed again).
    """

    head_rows: tuple[int, ...]
    labels: dict[str, str]
    rows: tuple[int, ...]
    skipped: tuple[int, ...]

    @property
    def signature(self) -> str:
        """The same for sheets with the same head: what a mapping is remembered under."""
        text = "\n".join(f"{letter}={tidy(label)}" for letter, label in self.labels.items())
        return hashlib.sha256(text.encode()).hexdigest()


def find_layout(rows: Sequence[Row], words: Heads = PEOPLE) -> Layout | None:
    """The table of a sheet, or None when no line looks like a head.

    Of a head of two lines the lower words count; where the lower line is empty (cells merged
    downwards) the upper word stands.
    """
    best = _head_line(rows[:_LOOK_WITHIN], words)
    if best is None:
        return None
    top = best - 1 if best and _is_group_line(rows[best - 1], words) else best
    bottom = best + 1 if top == best and _continues(rows, best, words) else best
    labels = _labels(rows[top : bottom + 1])
    found, skipped = _body(rows, bottom + 1, labels, words)
    return Layout(
        tuple(range(top + 1, bottom + 2)),
        {column_letter(i): label for i, label in labels.items()},
        found,
        skipped,
    )


def _head_line(rows: Sequence[Row], words: Heads) -> int | None:
    """The first line with a naming word among its words of heads; failing that the first with
    most such words, so that the officer can say what its columns are."""
    scores = [sum(map(words.is_word, row)) for row in rows]
    likely = [i for i, n in enumerate(scores) if n >= _FEWEST_HEADS]
    named = (i for i in likely if words.naming & {words.meaning(v) for v in rows[i]})
    return next(named, max(likely, key=lambda i: scores[i], default=None))


def is_closing(row: Row) -> bool:
    """A total, a line for signatures or a remark."""
    first = next((str(v).strip() for v in row if not _blank(v)), "")
    return any(p.fullmatch(first) for p in (_TOTAL, _SIGNATURE, _REMARK))


def is_heading(row: Row, name_columns: frozenset[int]) -> bool:
    """One cell that names the people below it ("一、在册人员", the name of a unit), or a line
    that was only numbered. A single cell in the column of names is somebody whose other cells
    are missing, unless it is numbered as headings are."""
    filled = [i for i, v in enumerate(row) if not _blank(v)]
    if len(filled) != 1 or len(row) < _FEWEST_COLUMNS:
        return False
    at = filled[0]
    return at not in name_columns or _GROUP.fullmatch(str(row[at]).strip()) is not None


def _is_group_line(row: Row, words: Heads) -> bool:
    """The upper line of a head: two words of heads or more, and nothing that is not a word."""
    held = [v for v in row if not _blank(v)]
    return sum(map(words.is_word, held)) >= _FEWEST_HEADS and not any(map(_is_figure, held))


def _continues(rows: Sequence[Row], head: int, words: Heads) -> bool:
    """Does the next line only divide columns that were merged (nothing under the name)?"""
    if head + 1 >= len(rows):
        return False
    below = rows[head + 1]
    names = [i for i, v in enumerate(rows[head]) if words.meaning(v) in words.naming]
    held = [v for v in below if not _blank(v)]
    under = any(i < len(below) and not _blank(below[i]) for i in names)
    return bool(held) and not under and any(map(words.is_word, held))


def _labels(head: Sequence[Row]) -> dict[int, str]:
    width = max(len(row) for row in head)
    labels: dict[int, str] = {}
    for i in range(width):
        for row in reversed(head):
            if i < len(row) and not _blank(row[i]):
                labels[i] = " ".join(str(row[i]).split())
                break
    return labels


def _body(
    rows: Sequence[Row], start: int, labels: dict[int, str], words: Heads
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found: list[int] = []
    skipped: list[int] = []
    heads = {tidy(label) for label in labels.values()}
    names = frozenset(i for i, label in labels.items() if words.meaning(label) in words.naming)
    for at in range(start, len(rows)):
        row = [v if i in labels else None for i, v in enumerate(rows[at])]
        if all(map(_blank, row)):
            continue
        again = sum(tidy(v) in heads for v in row if not _blank(v)) > len(heads) // 2
        nobody = again or is_closing(rows[at]) or is_heading(row, names)
        (skipped if nobody else found).append(at + 1)
    return tuple(found), tuple(skipped)


def _blank(value: object) -> bool:
    return value is None or not str(value).strip()


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) or bool(re.search(r"\d{4}", str(value)))
