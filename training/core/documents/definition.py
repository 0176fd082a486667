"""What a paper says, apart from how it is drawn: one ``Document`` gives the PDF and the Word file.

The three layouts of offices: official notices after GB/T 9704—2012 (党政机关公文格式),
forms (登记表、审批表), and lists (名册、公示名单). Nothing here knows of fonts or of a database.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

A4_LANDSCAPE_FROM = 8
"""A list with this many columns or more is laid across."""


class DocumentKind(StrEnum):
    """``OFFICIAL`` notice or decision (公文), ``TABLE`` form (登记表), ``LETTER`` (证明、聘书、笔录),
    ``LIST`` (名册)."""

    OFFICIAL = "official"
    TABLE = "table"
    LETTER = "letter"
    LIST = "list"


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"
    JUSTIFY = "justify"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; ``indent`` sets its first line two characters in."""

    text: str
    indent: bool = True
    align: Align = Align.JUSTIFY
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside the text: level 1 in 黑体 (一、), 2 in 楷体 (（一）), 3 bold (1.)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value in a form. The value takes ``span`` columns beside its label.

    ``height`` (mm) gives room to write in; a label of ``""`` leaves the label's cell out, so
    that the value takes the whole width given by ``span``.
    """

    label: str
    value: str = ""
    span: int = 1
    height: int = 0
    align: Align = Align.CENTER


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph, or the place for one (``data`` empty). In a form it takes one column and
    ``rows`` rows at the right."""

    data: bytes = b""
    caption: str = "照片"
    rows: int = 4


@dataclass(frozen=True, slots=True)
class FieldTable:
    """A form as offices lay it out: rows of fields, a photograph at the right if need be.

    The grid has as many columns as the widest row (two for a field of span 1); the last
    field of a shorter row is widened to the edge. ``widths`` are relative.
    """

    rows: tuple[tuple[Field | Photo, ...], ...]
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SignBlock:
    """A place for an opinion, a signature and a date: 经办人意见, 科室意见, 分管领导意见.

    Filled in (``words``, ``name``, ``day``) where the system knows it, empty for the pen
    otherwise. ``seal`` leaves room for a unit's stamp. Blocks that follow one another or a
    form join its table. ``height`` in mm.
    """

    role: str
    words: str = ""
    name: str = ""
    day: date | None = None
    seal: bool = False
    height: int = 32


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list: its head is repeated on every page, ``total`` closes it.

    ``widths`` are relative, ``aligns`` one a column (centred by default). ``height`` (mm) gives
    each row room for a signature.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    aligns: tuple[Align, ...] = ()
    total: tuple[str, ...] = ()
    height: int = 0

    def __post_init__(self) -> None:
        width = len(self.head)
        wrong = [
            row for row in (*self.rows, self.total or self.head, self.aligns or self.head)
            if len(row) != width
        ]  # fmt: skip
        if wrong or len(self.widths or self.head) != width:
            raise ValueError(f"a list of {width} columns has a row of another width")


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code that leads to ``url``, at the right unless the text goes on beside it."""

    url: str
    caption: str = ""
    align: Align = Align.RIGHT


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Who signs, over the place for the stamp; the date below it (发文机关署名)."""

    text: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Small print: 填表说明, 附注."""

    text: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """Go on with a new page."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip to cut off (激活单, 准考证): a title, lines, a large code, a QR code."""

    title: str
    lines: tuple[tuple[str, str], ...]
    code: str = ""
    code_label: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Slips:
    """Slips, two abreast, never broken over a page."""

    slips: tuple[Slip, ...]


Block = (
    Paragraph | Heading | FieldTable | ListTable | SignBlock | Photo | Qr | SealPlace | Note
    | PageBreak | Slips
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A paper.

    ``organisation`` issues it; ``number`` is its document number (发文字号) if it has one;
    ``addressee`` is the main recipient (主送机关); ``enclosures`` are the 附件; an official
    paper or a letter ends with the organisation and ``day`` over the seal place unless it
    holds a ``SealPlace`` of its own. ``caption`` is a line below the title of a form or list
    (填报单位, 截至日期). ``landscape`` None: decided by the widest list. ``verification_code``
    and ``verification_url`` are set by the service.
    """

    title: str
    kind: DocumentKind
    organisation: str
    blocks: tuple[Block, ...]
    number: str = ""
    addressee: str = ""
    enclosures: tuple[str, ...] = ()
    day: date | None = None
    caption: str = ""
    landscape: bool | None = None
    page_numbers: bool = True
    verification_code: str = ""
    verification_url: str = ""
    english: bool = False

    @property
    def lies_across(self) -> bool:
        """Is the paper laid across (A4 landscape)?"""
        if self.landscape is not None:
            return self.landscape
        widest = max((len(b.head) for b in self.blocks if isinstance(b, ListTable)), default=0)
        return widest >= A4_LANDSCAPE_FROM

    @property
    def signs_off(self) -> bool:
        """Does the layout itself close with the issuing body and the date?"""
        return self.kind in (DocumentKind.OFFICIAL, DocumentKind.LETTER) and not any(
            isinstance(b, SealPlace) for b in self.blocks
        )


def grid(table: FieldTable) -> tuple[int, tuple[tuple[tuple[Field | Photo, int], ...], ...]]:
    """Columns of a form and each row's cells with the columns their value takes.

    A row below a photograph that reaches down has that column less. Raises ``ValueError``
    when a photograph is not the last of its row.
    """
    taken: list[int] = []  # how many columns a photograph from above holds in each row
    for number, row in enumerate(table.rows):
        taken.append(sum(
            1 for above, cells in enumerate(table.rows[:number]) for c in cells
            if isinstance(c, Photo) and above + c.rows > number
        ))  # fmt: skip
        if any(isinstance(c, Photo) for c in row[:-1]):
            raise ValueError("a photograph stands at the right of its row")

    def width(row: tuple[Field | Photo, ...]) -> int:
        return sum(1 if isinstance(c, Photo) else c.span + bool(c.label) for c in row)

    columns = max(
        (width(row) + held for row, held in zip(table.rows, taken, strict=True)), default=0
    )
    laid_out = []
    for row, held in zip(table.rows, taken, strict=True):
        spare = columns - held - width(row)
        last = max((i for i, c in enumerate(row) if isinstance(c, Field)), default=-1)
        laid_out.append(tuple(
            (c, 1 if isinstance(c, Photo) else c.span + (spare if i == last else 0))
            for i, c in enumerate(row)
        ))  # fmt: skip
    return columns, tuple(laid_out)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            "is": type(value).__name__,
            **{f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)},
        }
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def payload_hash(document: Document) -> str:
    """SHA-256 over everything the paper says; pictures count by their own digest."""
    text = json.dumps(_plain(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
