"""Importing questions from a sheet: every row judged, every error with its cell, no guessing.

The caller stores all or nothing: nothing while there are errors. A repeated import changes
nothing, because what the bank already holds is recognised by its content.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from training.core.rules.vocabulary import Topic
from training.core.rules.words import N_, Words

from .key import parse_key, truth
from .question import (
    FALSE,
    LETTERS,
    TRUE,
    Difficulty,
    FieldError,
    QuestionDraft,
    QuestionKind,
    check_draft,
)
from .review import ReviewState, arrival_state
from .sheet import (
    CellError,
    Field,
    Header,
    cell_text,
    find_header,
    read_day,
    read_difficulty,
    read_kind,
    read_topic,
    year_in,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """What the person chose on the import page, and what the bank knows.

    ``topic``, ``difficulty`` and ``source`` fill blanks. ``known`` maps the content hashes
    of the bank to their key hashes; ``known_stems`` are its stem hashes.
    ``law_review_before`` is 1 January of policy ``exam.law_review_before_year``.
    """

    today: date
    law_review_before: date
    topic: Topic | None = None
    difficulty: Difficulty | None = None
    source: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    known_stems: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ImportedQuestion:
    """A question ready to be stored, with the row it came from and the state it arrives in."""

    row: int
    draft: QuestionDraft
    state: ReviewState


@dataclass(frozen=True, slots=True)
class ImportResult:
    """``unchanged`` are the rows that the bank holds already; ``ignored`` unread headings."""

    questions: tuple[ImportedQuestion, ...] = ()
    errors: tuple[CellError, ...] = ()
    warnings: tuple[CellError, ...] = ()
    unchanged: tuple[int, ...] = ()
    ignored: tuple[str, ...] = ()


def import_rows(rows: Sequence[Sequence[object]], terms: ImportTerms) -> ImportResult:
    """Judge a whole sheet, given as rows of cells with the top row first."""
    header = find_header(rows)
    if isinstance(header, CellError):
        return ImportResult(errors=(header,))
    questions: list[ImportedQuestion] = []
    errors: list[CellError] = []
    warnings: list[CellError] = []
    unchanged: list[int] = []
    first_rows: dict[str, tuple[int, str]] = {}
    stem_rows: dict[str, int] = {}
    for number, row in enumerate(rows[header.row :], header.row + 1):
        reader = _Row(number, row, header)
        if reader.blank:
            continue
        draft = reader.read(terms)
        if reader.errors or draft is None:
            errors += reader.errors
            continue
        content, key_hash = draft.content_hash, draft.key_hash
        first_row, first_key = first_rows.setdefault(content, (number, key_hash))
        if key_hash != terms.known.get(content, key_hash):
            message = N_("题库中已有同一试题，但答案不同")
            errors.append(reader.at(Field.KEY, "key.differs_from_bank", message))
        elif key_hash != first_key:
            message = N_("与第 %(row)s 行是同一试题，但答案不同")
            errors.append(reader.at(Field.KEY, "key.differs", message, row=first_row))
        elif first_row != number:
            message = N_("与第 %(row)s 行重复，只导入一次")
            warnings.append(reader.at(Field.STEM, "row.repeated", message, row=first_row))
        elif content in terms.known:
            unchanged.append(number)
        else:
            stem = draft.stem_hash
            other = stem_rows.setdefault(stem, number)
            if other != number:
                message = N_("题干与第 %(row)s 行相同而选项不同，请核对")
                warnings.append(reader.at(Field.STEM, "stem.similar", message, row=other))
            elif stem in terms.known_stems:
                message = N_("题库中已有题干相同的试题，请核对")
                warnings.append(reader.at(Field.STEM, "stem.similar_in_bank", message))
            state = arrival_state(draft, terms.law_review_before)
            questions.append(ImportedQuestion(number, draft, state))
    return ImportResult(
        tuple(questions), tuple(errors), tuple(warnings), tuple(unchanged), header.ignored
    )


class _Row:
    """One row while it is read; gathers its errors."""

    def __init__(self, number: int, cells: Sequence[object], header: Header) -> None:
        self.number = number
        self.cells = cells
        self.header = header
        self.errors: list[CellError] = []

    @property
    def blank(self) -> bool:
        """Nothing in any column that means something: an empty or a merely numbered row."""
        beyond = any(cell_text(value) for value in self.cells[self.header.width :])
        return not beyond and not any(self.text(column) for column in self.header.columns)

    def raw(self, column: str) -> object:
        index = self.header.columns.get(column, len(self.cells))
        return self.cells[index] if index < len(self.cells) else None

    def text(self, column: str) -> str:
        return cell_text(self.raw(column))

    def at(self, column: str, code: str, message: str, **params: object) -> CellError:
        return CellError(
            self.number, self.header.column(column), code, Words(message, dict(params))
        )

    def read(self, terms: ImportTerms) -> QuestionDraft | None:
        """The draft, or None when not even its kind can be told. Errors are gathered."""
        for index, value in enumerate(self.cells[self.header.width :], self.header.width):
            if cell_text(value):
                # Usually a comma without quotation marks, which shifts the whole row.
                message = N_("此列没有表头，请检查该行是否错位")
                self.errors.append(CellError(self.number, index, "row.too_wide", Words(message)))
                return None
        options = self._options()
        kind = self._kind(options)
        if kind is None:
            return None
        key = parse_key(self.text(Field.KEY), kind, options)
        if isinstance(key, FieldError):
            self.errors.append(
                CellError(self.number, self.header.column(Field.KEY), key.code, key.words)
            )
            key = frozenset()
        if kind is QuestionKind.TRUE_FALSE and set(map(truth, options)) == {TRUE, FALSE}:
            options = ()
        source = self.text(Field.SOURCE) or terms.source
        draft = QuestionDraft(
            kind,
            self.text(Field.STEM),
            options,
            key,
            self._topic(terms),
            self._difficulty(terms),
            self.text(Field.EXPLANATION),
            tuple(filter(None, map(str.strip, re.split(r"[;；\n]", self.text(Field.ARTICLES))))),
            self._law_as_of(source),
            source,
        )
        known_wrong = {error.column for error in self.errors}
        for error in check_draft(draft, terms.today):
            column = self._column(error.field)
            if column not in known_wrong:
                self.errors.append(CellError(self.number, column, error.code, error.words))
        return draft

    def _options(self) -> tuple[str, ...]:
        """The options up to the last one that is filled; a gap stays, as an empty option."""
        texts = [self.text(letter) for letter in LETTERS]
        while texts and not texts[-1]:
            texts.pop()
        return tuple(texts)

    def _kind(self, options: tuple[str, ...]) -> QuestionKind | None:
        """As stated; else from the number of right options, or their absence."""
        for column in (Field.KIND, Field.MULTICHOICE):
            if stated := self.text(column):
                if column is Field.MULTICHOICE:
                    many = {TRUE: QuestionKind.MULTIPLE, FALSE: QuestionKind.SINGLE}
                    kind = many.get(truth(stated) or "")
                else:
                    kind = read_kind(stated)
                if kind is None:
                    message = N_("不支持的题型「%(stated)s」，请填单选题、多选题或判断题")
                    self.errors.append(self.at(column, "kind.unknown", message, stated=stated))
                return kind
        if not options or (len(options) == 2 and set(map(truth, options)) == {TRUE, FALSE}):
            return QuestionKind.TRUE_FALSE
        key = parse_key(self.text(Field.KEY), QuestionKind.MULTIPLE, options)
        several = isinstance(key, frozenset) and len(key) > 1
        return QuestionKind.MULTIPLE if several else QuestionKind.SINGLE

    def _topic(self, terms: ImportTerms) -> Topic | None:
        stated = self.text(Field.TOPIC)
        if not stated:
            return terms.topic
        topic = read_topic(stated)
        if topic is None:
            message = N_("未知的专题「%(stated)s」")
            self.errors.append(self.at(Field.TOPIC, "topic.unknown", message, stated=stated))
        return topic

    def _difficulty(self, terms: ImportTerms) -> Difficulty | None:
        stated = self.text(Field.DIFFICULTY)
        if not stated:
            return terms.difficulty
        difficulty = read_difficulty(stated)
        if difficulty is None:
            message = N_("难度「%(stated)s」应为易、中或难")
            self.errors.append(
                self.at(Field.DIFFICULTY, "difficulty.unknown", message, stated=stated)
            )
        return difficulty

    def _law_as_of(self, source: str) -> date | None:
        """As stated; else the 1 January of the year that the source names."""
        stated = self.text(Field.LAW_AS_OF)
        if not stated:
            return year_in(source)
        day = read_day(self.raw(Field.LAW_AS_OF))
        if day is None:
            message = N_("「%(stated)s」不是日期")
            self.errors.append(
                self.at(Field.LAW_AS_OF, "law_as_of.not_a_date", message, stated=stated)
            )
        return day

    def _column(self, draft_field: str) -> int:
        """Which cell to blame for an error in a field of the draft."""
        if draft_field.startswith("options"):
            number = int(draft_field.partition(".")[2] or 1)
            return self.header.column(LETTERS[number - 1])
        if draft_field == "law_as_of":
            return self.header.column(Field.LAW_AS_OF, Field.SOURCE)
        return self.header.column(draft_field)
