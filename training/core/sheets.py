"""Excel sheets that an office can hand in: title, unit and date, page set-up, and no formulas.

Rows are streamed (XlsxWriter, constant memory), so that a list of 100,000 costs little. Every
text is written as text: ``=cmd|…`` in a name stays a name, and a number kept as text (an
identity number, a telephone) is never turned into a number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import xlsxwriter
from flask import Response, send_file
from markupsafe import Markup

from . import clock

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_ROWS = 5000
"""How far down a template's columns are set to text and its choices are offered."""

_MAX_CHARS = 32_767
_TAB_NAME = re.compile(r"[\[\]:*?/\\']")


class Kind(StrEnum):
    """How a column's values are written. Hundredths and fen are integers, shown as decimals."""

    TEXT = "text"
    NUMBER = "number"
    HUNDREDTHS = "hundredths"
    DATE = "date"
    MOMENT = "moment"


_NUMBER_FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "0",
    Kind.HUNDREDTHS: "0.00",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` is in characters of Latin text (a Chinese one takes two). ``choices`` and
    ``note`` (shown when the cell is selected) serve templates to fill in."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    width: int = 12
    choices: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One tab. Words come in ready for the reader; rows are mappings by column key.

    ``left`` and ``right`` stand under the title (unit; date), ``foot`` lines under the rows
    (total, signatures). ``numbered`` adds the running number offices expect.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Mapping[str, Any]] = ()
    left: str = ""
    right: str = ""
    foot: Sequence[str] = ()
    tab: str = ""
    landscape: bool = True
    numbered: bool = True
    is_template: bool = False
    number_label: str = field(default="序号")


def write(*sheets: Sheet) -> bytes:
    """The workbook. Raises ``ValueError`` without a sheet."""
    if not sheets:
        raise ValueError("a workbook needs a sheet")
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    formats = _formats(book)
    used: set[str] = set()
    for sheet in sheets:
        _write_sheet(book.add_worksheet(_tab(sheet, used)), sheet, formats)
    book.close()
    return out.getvalue()


def download(data: bytes, name: str) -> Response:
    """A response that saves the workbook under ``name`` (without extension)."""
    return send_file(
        io.BytesIO(data), mimetype=MEDIA_TYPE, as_attachment=True, download_name=f"{name}.xlsx"
    )


def _formats(book: Any) -> dict[str, Any]:
    made: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 18, "align": "center"},
        "left": {"align": "left"},
        "right": {"align": "right"},
        "head": {"bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#EEF2F7"},
        "foot": {"align": "left"},
    }  # fmt: skip
    for kind, number_format in _NUMBER_FORMATS.items():
        side = "left" if kind is Kind.TEXT else "center"
        made[kind] = {"num_format": number_format, "border": 1, "align": side, "text_wrap": True}
    common = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    return {name: book.add_format({**common, **options}) for name, options in made.items()}


def _tab(sheet: Sheet, used: set[str]) -> str:
    """A tab name as Excel wants it: at most 31 characters, without its signs, unlike the others."""
    base = _TAB_NAME.sub("", sheet.tab or sheet.title)[:31] or "Sheet"
    name, n = base, 2
    while name.lower() in used:
        name, n = f"{base[:27]}({n})", n + 1
    used.add(name.lower())
    return name


def _write_sheet(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    columns = list(sheet.columns)
    if sheet.numbered:
        columns.insert(0, Column("#", sheet.number_label, Kind.NUMBER, 6))
    last = len(columns) - 1
    _set_up(page, sheet, columns, formats)
    page.set_row(0, 32)
    _across(page, 0, 0, last, sheet.title, formats["title"])
    at = 1
    if sheet.left or sheet.right:
        half = max(last // 2, 0)
        _across(page, at, 0, half, sheet.left, formats["left"])
        if last > half:
            _across(page, at, half + 1, last, sheet.right, formats["right"])
        at += 1
    page.set_row(at, 28)
    for x, column in enumerate(columns):
        page.write_string(at, x, column.label, formats["head"])
    page.freeze_panes(at + 1, 0)
    page.repeat_rows(at)
    if sheet.is_template:
        _offer(page, at + 1, columns)
    for number, row in enumerate(sheet.rows, 1):
        at += 1
        for x, column in enumerate(columns):
            value = number if column.key == "#" and sheet.numbered else row.get(column.key)
            _cell(page, at, x, column.kind, value, formats[column.kind])
    for line in sheet.foot:
        at += 1
        _across(page, at, 0, last, line, formats["foot"])


def _set_up(page: Any, sheet: Sheet, columns: list[Column], formats: dict[str, Any]) -> None:
    page.set_paper(9)  # A4
    if sheet.landscape:
        page.set_landscape()
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.center_horizontally()
    page.fit_to_pages(1, 0)
    page.set_footer("&C&P / &N")
    for x, column in enumerate(columns):
        cell_format = formats[column.kind] if sheet.is_template else None
        page.set_column(x, x, column.width, cell_format)


def _offer(page: Any, first: int, columns: list[Column]) -> None:
    for x, column in enumerate(columns):
        if column.choices or column.note:
            rule: dict[str, Any] = {"validate": "any"}
            if column.choices:
                rule = {"validate": "list", "source": list(column.choices), "error_type": "warning"}
            if column.note:
                rule |= {"input_title": column.label[:32], "input_message": column.note[:255]}
            page.data_validation(first, x, first + TEMPLATE_ROWS, x, rule)


def _across(page: Any, row: int, first: int, last: int, text: str, cell_format: Any) -> None:
    if last > first:
        page.merge_range(row, first, row, last, text, cell_format)
    else:
        page.write_string(row, first, text, cell_format)


def _cell(page: Any, row: int, x: int, kind: Kind, value: Any, cell_format: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, x, None, cell_format)
    elif kind is Kind.NUMBER:
        page.write_number(row, x, int(value), cell_format)
    elif kind is Kind.HUNDREDTHS:
        page.write_number(row, x, int(value) / 100, cell_format)
    elif kind is Kind.DATE and isinstance(value, date):
        day = clock.today(value) if isinstance(value, datetime) else value
        page.write_datetime(row, x, day, cell_format)
    elif kind is Kind.MOMENT and isinstance(value, datetime):
        page.write_datetime(row, x, clock.local(value).replace(tzinfo=None), cell_format)
    else:
        text = value.striptags() if isinstance(value, Markup) else str(value)
        page.write_string(row, x, text[:_MAX_CHARS], cell_format)
