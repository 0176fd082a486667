"""The unit's own Excel sheet of work figures: finding its table and reading its cells.

Titles, merged heads of up to three lines, totals and signatures are told from the table. A
measure's cell holds points or 完成/应完成 such as 12/15; a deduction's the number of times; a
bonus's points; dossiers, satisfaction and peers a mark out of 100 or a share.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from training.core.rules.explanation import show_hundredths
from training.core.rules.words import N_, Words
from training.people.rules.roster import column_letter, tidy
from training.people.rules.roster_layout import is_closing

from .annual import Component
from .indicators import Indicator, IndicatorKind, Scheme, deduction, earned_share

NUMBER, NAME, MONTH, EVIDENCE = "#number", "#name", "#month", "#evidence"
COMPONENTS = (Component.DOSSIER, Component.SATISFACTION, Component.PEER)
_FULL, _HUNDREDTHS, _MONTHS = 10_000, 100, 12
_HEAD_WITHIN, _HEAD_LINES = 30, 3

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table stands: what each column (from 0) holds, and the lines (from 0) below."""

    columns: Mapping[int, str]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell, named as the sheet names it (C12)."""

    cell: str
    code: str
    words: Words


@dataclass(slots=True)
class Line:
    """One line: whom it names, for which months (None: every month served), what it says.

    ``figures`` are hundredths by indicator, ``values`` hundredths by component; ``cells``
    name where each stands.
    """

    number: int
    mediator_no: str = ""
    name: str = ""
    months: tuple[int, ...] | None = None
    figures: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    evidence: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, key: str, code: str, message: str, **params: object) -> None:
        """Note a problem with the cell of ``key``, or with the person's cell."""
        cell = self.cells.get(key) or self.cells.get(NUMBER) or self.cells.get(NAME, "")
        self.problems.append(Problem(cell or f"A{self.number}", code, Words(message, params)))


def find_layout(rows: Sequence[Row], heads: Mapping[str, str]) -> Layout | None:
    """The table, or None without a head that names people and at least one figure.

    ``heads`` says what a tidied head means. Of a head of several lines the lowest known word
    of a column counts, so that cells merged across or downwards are read as they look.
    """
    best: tuple[int, int, dict[int, str]] | None = None
    for top in range(min(len(rows), _HEAD_WITHIN)):
        for height in range(1, _HEAD_LINES + 1):
            if top + height > len(rows):
                break
            columns = _columns(rows[top : top + height], heads)
            if not {NUMBER, NAME} & set(columns.values()) or not any(
                not key.startswith("#") for key in columns.values()
            ):
                continue
            if best is None or len(columns) > len(best[2]):
                best = (top, height, columns)
    if best is None:
        return None
    top, height, columns = best
    body = tuple(
        n
        for n in range(top + height, len(rows))
        if _is_line(rows[n], columns) and not is_closing(rows[n])
    )
    return Layout(columns, body)


def _columns(head: Sequence[Row], heads: Mapping[str, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for index in range(max(len(row) for row in head)):
        for row in reversed(head):
            key = heads.get(tidy(row[index])) if index < len(row) else None
            if key is not None:
                if key not in found.values():
                    found[index] = key
                break
    return found


def _is_line(row: Row, columns: Mapping[int, str]) -> bool:
    """Something under a known head, and not the head printed again."""
    held = [row[i] for i in columns if i < len(row) and not _blank(row[i])]
    return bool(held)


def _blank(value: object) -> bool:
    return value is None or not str(value).strip()


def read_lines(rows: Sequence[Row], layout: Layout, scheme: Scheme) -> list[Line]:
    """Each line by itself, with every problem of every cell."""
    return [_read(rows[n], n + 1, layout.columns, scheme) for n in layout.rows]


def _read(row: Row, number: int, columns: Mapping[int, str], scheme: Scheme) -> Line:
    line = Line(number)
    cells = {key: row[i] if i < len(row) else None for i, key in columns.items()}
    line.cells = {key: f"{column_letter(i)}{number}" for i, key in columns.items()}
    line.mediator_no = _text(cells.get(NUMBER)).replace(" ", "").upper()
    line.name = "".join(_text(cells.get(NAME)).split())
    line.evidence = _text(cells.get(EVIDENCE))[:200]
    if not line.mediator_no and not line.name:
        line.refuse(NUMBER, "figure.nobody", N_("没有写明是谁：请填人员编号或者姓名"))
    if not _blank(cells.get(MONTH)):
        line.months = _months(line, cells[MONTH])
    for key, value in cells.items():
        if key.startswith("#") or _blank(value):
            continue
        if key in COMPONENTS:
            points = _points(line, key, value, _FULL)
            if points is not None:
                line.values[key] = points
            continue
        indicator = scheme.find(key)
        if indicator is not None:
            delta = _delta(line, indicator, value)
            if delta is not None:
                line.figures[key] = delta
    return line


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", "" if value is None else str(value)).strip()


_RANGE = re.compile(r"(\d{1,2})月?(?:[-—~至到]+(\d{1,2})月?)?")


def _months(line: Line, value: object) -> tuple[int, ...] | None:
    """``10``, ``10月``, ``1-3月``."""
    text = "".join(_text(value).split())
    match = _RANGE.fullmatch(text)
    first = int(match[1]) if match else 0
    last = int(match[2] or first) if match else 0
    if isinstance(value, date) or not 1 <= first <= last <= _MONTHS:
        line.refuse(MONTH, "figure.month", N_("月份应为 1 至 12，例如 10 或者 1-3；整年的留空"))
        return None
    return tuple(range(first, last + 1))


def read_cell(indicator: Indicator, value: object) -> tuple[int | None, list[Problem]]:
    """One figure as it is typed by hand: hundredths, or what is wrong with it."""
    line = Line(0)
    return _delta(line, indicator, value), line.problems


def read_mark(component: Component, value: object) -> tuple[int | None, list[Problem]]:
    """One mark of the year as it is typed by hand."""
    line = Line(0)
    return _points(line, component, value, _FULL), line.problems


_SHARE = re.compile(r"(\d+)\s*/\s*(\d+)")


def _delta(line: Line, indicator: Indicator, value: object) -> int | None:
    if indicator.kind is IndicatorKind.DEDUCTION:
        count = _number(value)
        if count is None or count < 0 or count != count.to_integral_value():
            line.refuse(indicator.code, "figure.count", N_("扣分项请填次数（整数），没有的留空"))
            return None
        return deduction(indicator, int(count)) if count else 0
    if indicator.kind is IndicatorKind.BONUS:
        return _points(line, indicator.code, value, None)
    return _points(line, indicator.code, value, indicator.points)


def _points(line: Line, key: str, value: object, maximum: int | None) -> int | None:
    """Points in hundredths, or a share of the maximum."""
    if isinstance(value, date | datetime):
        line.refuse(
            key,
            "figure.date",
            N_("Excel 把这一格变成了日期，请把单元格设为「文本」后重填，例如 12/15"),
        )
        return None
    share = _SHARE.fullmatch(_text(value))
    if share is not None and maximum is not None:
        points = earned_share(int(share[1]), int(share[2]), maximum)
        if points is None:
            line.refuse(key, "figure.due", N_("应完成数不能为 0；没有任务的留空"))
        return points
    number = _number(value)
    if number is None:
        line.refuse(key, "figure.number", N_("应为分数，或者完成数/应完成数，例如 8.5 或 12/15"))
        return None
    points = int((number * _HUNDREDTHS).to_integral_value())
    if points < 0 or (maximum is not None and points > maximum):
        line.refuse(
            key,
            "figure.range",
            N_("应在 0 至 %(maximum)s 之间") if maximum is not None else N_("不能为负数"),
            **({"maximum": show_hundredths(maximum)} if maximum is not None else {}),
        )
        return None
    return points


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool | date):
        return None
    try:
        number = Decimal(_text(value).removesuffix("分").removesuffix("次"))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _FULL else None
