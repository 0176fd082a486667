"""The same paper as an editable Word file, with the faces offices have (仿宋_GB2312, 小标宋…)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from . import layout
from .definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    Heading,
    ListTable,
    Note,
    PageBreak,
    Paragraph,
    Photo,
    Qr,
    SealPlace,
    SignBlock,
    Slip,
    Slips,
    grid,
)
from .word_text import FANG, HEI, RED, SONG, TITLE, TextWriter, element, off_grid

_CELL_MARGINS = (("top", "57"), ("left", "57"), ("bottom", "57"), ("right", "57"))
"""Between a table's lines and its words: 1 mm, in twips."""


class _Writer(TextWriter):
    """Adds tables, and the order of the whole."""

    # --- Tables ---------------------------------------------------------------
    def table(self, rows: int, shares: list[int]) -> Any:
        made = self.out.add_table(rows, len(shares))
        made.style, made.autofit = "Table Grid", False
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        margins = element("w:tblCellMar")
        for side, twips in _CELL_MARGINS:
            margins.append(element(f"w:{side}", w=twips, type="dxa"))
        made._tbl.tblPr.insert_element_before(margins, "w:tblLook")
        width = layout.text_width(self.paper)
        for column, share in zip(made.columns, shares, strict=True):
            column.width = Mm(width * share / 10_000)
        for row in made.rows:
            row._tr.get_or_add_trPr().append(element("w:cantSplit"))
            for cell, share in zip(row.cells, shares, strict=True):
                cell.width = Mm(width * share / 10_000)
                cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        return made

    def cell(self, cell: Any, text: str, **options: Any) -> Any:
        options.setdefault("align", Align.CENTER)
        options.setdefault("size", 12)
        made = self.write(cell.paragraphs[0], text, options.pop("face", FANG), **options)
        if self.official:
            off_grid(made)
        return made

    def field_table(self, block: FieldTable) -> None:
        columns, rows = grid(block)
        made = self.table(len(rows), layout.form_columns(block))
        for number, row in enumerate(rows):
            height = max((c.height for c, _ in row if isinstance(c, Field)), default=0)
            made.rows[number].height = Mm(max(height, 10))
            made.rows[number].height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
            at = 0
            for cell, span in row:
                if isinstance(cell, Photo):
                    last = min(number + cell.rows, len(rows)) - 1
                    place = made.cell(number, columns - 1).merge(made.cell(last, columns - 1))
                    if cell.data:
                        self.cell(place, "")
                        self.picture(place.paragraphs[0], cell.data, *layout.PHOTO)
                    else:
                        self.cell(place, cell.caption)
                    continue
                if cell.label:
                    self.cell(made.cell(number, at), cell.label)
                    at += 1
                place = made.cell(number, at)
                if span > 1:
                    place = place.merge(made.cell(number, at + span - 1))
                self.cell(place, cell.value, align=cell.align)
                if cell.height and cell.align in (Align.LEFT, Align.JUSTIFY):
                    place.vertical_alignment = WD_ALIGN_VERTICAL.TOP
                at += span

    def sign(self, block: SignBlock) -> None:
        """The words above, the signature below them, within one frame."""
        made = self.table(2, [self.label, 10_000 - self.label])
        for row, height in zip(made.rows, (max(block.height - 16, 6), 16), strict=True):
            row.height, row.height_rule = Mm(height), WD_ROW_HEIGHT_RULE.AT_LEAST
        role = made.cell(0, 0).merge(made.cell(1, 0))
        self.cell(role, block.role).paragraph_format.keep_with_next = True
        words, signature = made.cell(0, 1), made.cell(1, 1)
        words.vertical_alignment = WD_ALIGN_VERTICAL.TOP
        signature.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
        self.borderless(words, "bottom")
        self.borderless(signature, "top")
        filled = self.cell(words, block.words, align=Align.LEFT)
        filled.paragraph_format.keep_with_next = True
        english = self.paper.english
        name = self.cell(
            signature, layout.signature_line(block, english=english).rstrip("　"), align=Align.RIGHT
        )
        # Word lets spaces at a line's end hang over: the room for the pen is an indent.
        name.paragraph_format.right_indent = Mm(8) if block.name else Mm(8 + 30)
        day = layout.on_paper(block.day, english=english)
        below = self.write(signature.add_paragraph(), day, size=12, align=Align.RIGHT)
        below.paragraph_format.right_indent = Mm(8)

    def borderless(self, cell: Any, side: str) -> None:
        properties = cell._tc.get_or_add_tcPr()
        borders = element("w:tcBorders")
        borders.append(element(f"w:{side}", val="nil"))
        properties.insert_element_before(borders, "w:shd", "w:noWrap", "w:tcMar", "w:vAlign")

    def list_table(self, block: ListTable) -> None:
        size = 12 if self.official else 10.5
        lines = [*block.rows, *([block.total] if block.total else [])]
        made = self.table(1 + len(lines), layout.list_columns(block))
        made.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
        # Rows are addressed once: python-docx looks a cell up from the table's start.
        for cell, text in zip(made.rows[0].cells, block.head, strict=True):
            self.cell(cell, text, face=HEI, size=size)
        aligns = block.aligns or (Align.CENTER,) * len(block.head)
        for row, texts in zip(list(made.rows)[1:], lines, strict=True):
            if block.height:
                row.height, row.height_rule = Mm(block.height), WD_ROW_HEIGHT_RULE.AT_LEAST
            bold = texts is block.total and bool(block.total)
            for cell, text, align in zip(row.cells, texts, aligns, strict=True):
                self.cell(
                    cell, text, align=align, size=size, bold=bold, face=SONG if bold else FANG
                )

    def slips(self, block: Slips) -> None:
        made = self.table(-(-len(block.slips) // 2), [5000, 5000])
        cells = [cell for row in made.rows for cell in row.cells]
        for cell, slip in zip(cells, block.slips, strict=False):
            self.slip(cell, slip)

    def slip(self, cell: Any, slip: Slip) -> None:
        cell.vertical_alignment = WD_ALIGN_VERTICAL.TOP
        self.cell(cell, slip.title, face=HEI, align=Align.LEFT)
        for label, value in slip.lines:
            self.write(cell.add_paragraph(), f"{label}：{value}", size=10.5)
        if slip.code:
            self.write(cell.add_paragraph(), slip.code_label, size=9)
            self.write(cell.add_paragraph(), slip.code, SONG, 16, bold=True)
        if slip.url:
            self.picture(cell.add_paragraph(), layout.qr_png(slip.url), 26, 26)
        if slip.note:
            self.write(cell.add_paragraph(), slip.note, size=9)

    # --- The whole ------------------------------------------------------------
    def head(self) -> None:
        paper = self.paper
        if paper.kind is DocumentKind.OFFICIAL and paper.number:
            name = self.add(paper.organisation, TITLE, 30, align=Align.CENTER, line=None)
            name.paragraph_format.space_after = Pt(26)
            name.runs[0].font.color.rgb = RED
            number = self.add(paper.number, align=Align.CENTER)
            border = element("w:pBdr")
            border.append(element("w:bottom", val="single", sz="12", space="6", color="C00000"))
            number._p.get_or_add_pPr().insert_element_before(
                border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc"
            )
            number.paragraph_format.space_after = Pt(30)
        size, line = (22, 36) if self.official else (20, 28)
        title = off_grid(self.add(paper.title, TITLE, size, align=Align.CENTER, line=line))
        title.paragraph_format.space_after = Pt(layout.OFFICIAL_LINE if self.official else 6)
        if paper.number and paper.kind is not DocumentKind.OFFICIAL:
            align = Align.CENTER if self.official else Align.RIGHT
            self.add(paper.number, size=None if self.official else 11, align=align)
        if paper.caption:
            self.add(paper.caption, size=11)
        if paper.addressee:
            self.add(f"{paper.addressee}{':' if paper.english else '：'}")

    def tail(self) -> None:
        paper = self.paper
        if paper.enclosures:
            self.add("")
            word = "Enclosures: " if paper.english else "附件："
            several = len(paper.enclosures) > 1
            for number, text in enumerate(paper.enclosures, 1):
                start = word if number == 1 else "　　　"
                made = self.add(f"{start}{f'{number}. ' if several else ''}{text}")
                self.indent(made, 200)
        if paper.signs_off:
            self.seal(SealPlace(paper.organisation, paper.day))
        if self.ends_with_table():  # a Word document ends with a paragraph
            self.spacer()

    def blocks(self) -> None:
        for place in layout.placed(self.paper):
            # Tables that follow one another grow together in Word: as wanted, or kept apart.
            if not place.joins and self.ends_with_table():
                self.spacer()
            self.label = place.label
            _BLOCKS[type(place.block)](self, place.block)

    def ends_with_table(self) -> bool:
        return any(e.tag == qn("w:tbl") for e in self.out.element.body[-2:-1])

    def spacer(self) -> None:
        off_grid(self.write(self.out.add_paragraph(), "", size=4, line=6))

    def save(self) -> bytes:
        self.base()
        self.page()
        self.head()
        self.blocks()
        self.tail()
        raw = io.BytesIO()
        self.out.save(raw)
        return _settled(raw.getvalue())


_BLOCKS: dict[type, Callable[[_Writer, Any], None]] = {
    Paragraph: _Writer.paragraph, Heading: _Writer.heading, FieldTable: _Writer.field_table,
    SignBlock: _Writer.sign, ListTable: _Writer.list_table, Photo: _Writer.photo, Qr: _Writer.qr,
    SealPlace: _Writer.seal, Note: _Writer.note, PageBreak: _Writer.page_break,
    Slips: _Writer.slips,
}  # fmt: skip


def _settled(raw: bytes) -> bytes:
    """The same archive without the time at which it was written."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            kept = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            kept.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(kept, old.read(entry))
    return out.getvalue()


def word(document: Document) -> bytes:
    """An editable .docx. The same paper gives the same bytes."""
    return _Writer(document).save()
