"""What PDF and Word share: measures, words on paper, dates, columns, pictures."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import date

import segno

from .definition import (
    Block,
    Document,
    DocumentKind,
    FieldTable,
    ListTable,
    Photo,
    SignBlock,
    grid,
)
from .rules.codes import shown

# GB/T 9704—2012: margins of 37 mm above and 28 mm at the binding leave 156 × 225 mm for 22
# lines of 28 characters. 28 characters of 16 pt would need 158 mm, so that type is set at 15.75.
OFFICIAL_MARGINS = (37, 26, 35, 28)
OFFICIAL_SIZE = 15.75
OFFICIAL_LINE = 225 / 22 / 25.4 * 72
FORM_MARGINS = (20, 20, 20, 24)
LIST_MARGINS = (18, 15, 18, 15)
PHOTO = (25, 35)
LABEL_WIDTH = 28


@dataclass(frozen=True, slots=True)
class Placed:
    """A block in its place: does its frame join the one above (forms and places to sign), and
    how wide is the label of a place to sign, in hundredths of a percent of the text?"""

    block: Block
    joins: bool
    label: int


def placed(document: Document) -> list[Placed]:
    """The blocks in order; a place to sign below a form takes the width of its first column."""
    own = LABEL_WIDTH * 10_000 // text_width(document)
    found: list[Placed] = []
    label, before = own, False
    for block in document.blocks:
        framed = isinstance(block, FieldTable | SignBlock)
        if isinstance(block, FieldTable):
            label = form_columns(block)[0]
        elif not framed:
            label = own
        found.append(Placed(block, framed and before, label))
        before = framed
    return found


def on_paper(day: date | None, *, english: bool) -> str:
    """A date as papers write it (Arabic figures, GB/T 9704 7.3.5), or the place for one."""
    if day is None:
        return "Date: ____ / ____ / ____" if english else "　　　年　　月　　日"
    return f"{day.day} {day:%B} {day.year}" if english else f"{day.year}年{day.month}月{day.day}日"


def signature_line(block: SignBlock, *, english: bool) -> str:
    """签字：王某（盖章）"""
    if english:
        return f"Signature{' and seal' if block.seal else ''}: {block.name}"
    return (
        f"{'签字（盖章）' if block.seal else '签字'}：{block.name}{'' if block.name else '　' * 6}"
    )


def page_of(*, english: bool) -> tuple[str, str, str]:
    """What stands before, between and after the page and the number of pages."""
    return ("Page ", " of ", "") if english else ("第 ", " 页　共 ", " 页")


def verification(document: Document) -> str:
    """The line at the foot that says how the paper is checked."""
    if not document.verification_code:
        return ""
    word = "Verification code" if document.english else "核验码"
    address = document.verification_url.split("://")[-1].rsplit("/", 1)[0]
    return f"{word} {shown(document.verification_code)}  {address}"


def margins(document: Document) -> tuple[int, int, int, int]:
    """Top, right, bottom, left in mm."""
    if document.kind in (DocumentKind.OFFICIAL, DocumentKind.LETTER):
        return OFFICIAL_MARGINS
    return LIST_MARGINS if document.kind is DocumentKind.LIST else FORM_MARGINS


def text_width(document: Document) -> int:
    """Width between the margins in mm."""
    _, right, _, left = margins(document)
    return (297 if document.lies_across else 210) - right - left


def shares(weights: tuple[int, ...]) -> list[int]:
    """Relative widths as hundredths of a percent that add up to the whole."""
    whole = sum(weights)
    marks = [sum(weights[: i + 1]) * 10_000 // whole for i in range(len(weights))]
    return [b - a for a, b in zip([0, *marks], marks, strict=False)]


def form_columns(table: FieldTable) -> list[int]:
    """Shares of a form's columns: labels of six characters, values wide, a photograph as wide
    as itself."""
    columns, rows = grid(table)
    if table.widths:
        return shares(table.widths)
    widest = max(rows, key=lambda row: sum(span for _, span in row) + len(row))
    weights: list[int] = []
    for cell, span in widest:
        if isinstance(cell, Photo):
            weights.append(15)
        else:
            weights += [10] * bool(cell.label) + [12] * span
    weights = (weights + [15] * columns)[:columns]
    return shares(tuple(weights))


def list_columns(table: ListTable) -> list[int]:
    return shares(table.widths or (1,) * len(table.head))


def qr_png(url: str) -> bytes:
    """A QR code with the quiet zone it needs, large enough for paper."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="png", scale=8, border=2)
    return out.getvalue()


def data_url(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
