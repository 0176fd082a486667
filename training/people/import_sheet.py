"""Opening an office's sheet: rows of raw cells, a number told from a text.

The file has been judged by ``uploads.sheet`` before; here only what a table can hold is read,
so that a cell at the end of the world costs nothing.
"""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import dataclass

import openpyxl

from training.core import crypto, uploads
from training.core.errors import Refused
from training.core.rules.words import N_

from .rules.roster_layout import PEOPLE, Heads, Layout, find_layout

MAX_LINES = 20_000
MAX_COLUMNS = 60
"""Technical bounds of one sheet; no policy."""

_WHERE = "import_batch.file"

Cells = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """The tab that holds the roster."""

    tab: str
    rows: Cells
    layout: Layout


def sealed(public_id: str, data: bytes) -> bytes:
    """The sheet as it is stored: encrypted for its batch."""
    return crypto.ring().seal(_WHERE, public_id, base64.b64encode(data).decode()).encode()


def opened(public_id: str, stored: bytes) -> bytes:
    return base64.b64decode(crypto.ring().open(_WHERE, public_id, stored.decode()))


def find_table(data: bytes, name: str, words: Heads = PEOPLE) -> Table:
    """The tab with the most lines under a head of these words.

    Raises ``Refused``: what ``uploads.sheet`` raises, ``NO_TABLE`` when no tab has a head,
    ``TOO_LONG`` for more lines than can be imported at once.
    """
    tables = [
        Table(tab, rows, layout)
        for tab, rows in tabs(data, name)
        if (layout := find_layout(rows, words)) is not None and layout.rows
    ]
    if not tables:
        raise Refused.because(
            "NO_TABLE",
            N_("没有找到花名册：表中应有一行表头，包括「姓名」和「身份证号」，下面至少有一人")
            if words is PEOPLE
            else N_("没有找到机构名册：表中应有一行表头，包括「机构名称」，下面至少有一个机构"),
            status=422,
        )
    return max(tables, key=lambda t: len(t.layout.rows))


def tabs(data: bytes, name: str) -> list[tuple[str, Cells]]:
    """The raw cells of each tab; a text file has one. Raises ``Refused``: what
    ``uploads.sheet`` raises, ``TOO_LONG``."""
    checked = uploads.sheet(data, name)
    if checked.media_type == "text/csv":
        return [("CSV", _csv(checked.data))]
    return _workbook(checked.data)


def _workbook(data: bytes) -> list[tuple[str, Cells]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    found = []
    try:
        for page in book.worksheets:
            page.reset_dimensions()
            lines = page.iter_rows(max_row=MAX_LINES + 1, max_col=MAX_COLUMNS, values_only=True)
            found.append((page.title, _bounded(list(lines))))
    finally:
        book.close()
    return found


def _csv(data: bytes) -> Cells:
    text = data.decode()
    head = text[:4096]
    delimiter = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: Cells = []
    for line in lines:
        rows.append(tuple(line[:MAX_COLUMNS]))
        if len(rows) > MAX_LINES:
            break
    return _bounded(rows)


def _bounded(rows: Cells) -> Cells:
    if len(rows) > MAX_LINES:
        raise Refused.because(
            "TOO_LONG", N_("表格超过 %(n)s 行，请分成几份导入"), status=422, n=MAX_LINES
        )
    return rows
