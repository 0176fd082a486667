"""Bringing questions in: an office's sheet (CSV, Excel), and the questions shipped with us."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from python_calamine import CalamineError, CalamineWorkbook

from training.core import clock, office_files
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.vocabulary import Topic
from training.core.units import system_unit

from . import queries, service
from .models import Question
from .rules.importing import ImportResult, ImportTerms, import_rows
from .rules.key import parse_key
from .rules.question import Difficulty, FieldError, QuestionDraft, QuestionKind, check_draft
from .rules.review import ReviewState

_LEVELS = {1: Difficulty.EASY, 2: Difficulty.MEDIUM, 3: Difficulty.HARD}


def read_rows(data: bytes, name: str) -> list[list[object]]:
    """The cells of a checked sheet, top row first; of a workbook the first tab.

    Raises ``Refused`` for a workbook that cannot be read.
    """
    if not name.lower().endswith(".xlsx"):
        return [list(row) for row in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [list(row) for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]
    except CalamineError as error:
        raise office_files.corrupt() from error


def judge(
    rows: Sequence[Sequence[object]], org: OrgUnit, now: datetime, topic: Topic | None,
    difficulty: Difficulty | None, source: str,
) -> ImportResult:  # fmt: skip
    """Judge a sheet against what the bank holds now."""
    today = clock.today(now)
    return import_rows(
        rows,
        ImportTerms(
            today=today,
            law_review_before=service.law_review_before(org, today),
            topic=topic,
            difficulty=difficulty,
            source=source,
            known=queries.known_content(),
            known_stems=queries.known_stems(),
        ),
    )


def _shipped_draft(entry: dict[str, Any], topic: Topic) -> QuestionDraft:
    kind = QuestionKind(entry["kind"])
    options = tuple(str(o) for o in entry.get("options", ()))
    key = parse_key(str(entry["key"]), kind, options)
    if isinstance(key, FieldError):
        raise ValueError(f"{entry['code']}: {key.code}")
    law = entry["law_as_of"]
    return QuestionDraft(
        kind,
        str(entry["stem"]),
        () if kind is QuestionKind.TRUE_FALSE else options,
        key,
        topic,
        _LEVELS.get(int(entry.get("difficulty", 0))),
        str(entry["explanation"]),
        tuple(entry.get("articles", ())),
        law if isinstance(law, date) else date.fromisoformat(str(law)),
        "",
    )


@system_unit
def import_toml(folder: Path, org: OrgUnit, now: datetime) -> int:
    """Bring in the shipped questions as approved; returns how many were new.

    A file is named by its topic; a code that the bank has is left as it is. Raises
    ``ValueError`` naming the entry that is not well-formed.
    """
    have = set(db.session.scalars(sa.select(Question.code)))
    stored = 0
    for path in sorted(folder.glob("*.toml")):
        topic = Topic(path.stem)
        for entry in tomllib.loads(path.read_text("utf-8"))["question"]:
            if entry["code"] in have:
                continue
            draft = _shipped_draft(entry, topic)
            wrong = check_draft(draft, clock.today(now))
            if wrong:
                raise ValueError(f"{entry['code']}: {wrong[0].code}")
            service.add_question(
                org.id, str(entry["code"]), ReviewState.APPROVED, draft, None, now,
                stem_en=str(entry.get("stem_en", "")),
                options_en=[str(o) for o in entry.get("options_en", ())],
            )  # fmt: skip
            stored += 1
    return stored
