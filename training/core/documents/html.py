"""A paper as HTML for the PDF. Every word of the paper is escaped by Markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from markupsafe import Markup

from . import layout
from .definition import (
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
from .layout import Placed


def _lines(text: str) -> Markup:
    return Markup("<br>").join(text.split("\n"))


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _columns(shares: Iterable[int]) -> Markup:
    return _join(Markup('<col style="width:{}%">').format(f"{s / 100:.2f}") for s in shares)


def _paragraph(block: Paragraph, _: Document, _place: Placed) -> Markup:
    marks = f"{block.align}{' indent' if block.indent else ''}{' bold' if block.bold else ''}"
    return _join(
        Markup('<p class="{}">{}</p>').format(marks, line) for line in block.text.split("\n")
    )


def _heading(block: Heading, _: Document, _place: Placed) -> Markup:
    level = min(block.level, 3) + 1
    return Markup('<h{} class="head{}">{}</h{}>').format(level, level - 1, block.text, level)


def _photo_cell(photo: Photo) -> Markup:
    if not photo.data:
        return Markup('<span class="placeholder">{}</span>').format(_lines(photo.caption))
    return Markup('<img src="{}" alt="{}">').format(layout.data_url(photo.data), photo.caption)


def _photo(block: Photo, _: Document, _place: Placed) -> Markup:
    return Markup('<div class="photo">{}</div>').format(_photo_cell(block))


def _field_cells(cell: Field | Photo, span: int) -> Markup:
    if isinstance(cell, Photo):
        return Markup('<td class="photo-cell" rowspan="{}">{}</td>').format(
            cell.rows, _photo_cell(cell)
        )
    label = Markup("<th>{}</th>").format(_lines(cell.label)) if cell.label else Markup()
    return label + Markup('<td class="{}" colspan="{}"{}>{}</td>').format(
        f"{cell.align}{' tall' if cell.height else ''}",
        span,
        Markup(' style="height:{}mm"').format(cell.height) if cell.height else "",
        _lines(cell.value),
    )


def _field_table(block: FieldTable, _: Document, place: Placed) -> Markup:
    rows = (
        Markup("<tr>{}</tr>").format(_join(_field_cells(c, span) for c, span in row))
        for row in grid(block)[1]
    )
    return Markup('<table class="form{}"><colgroup>{}</colgroup>{}</table>').format(
        " joined" if place.joins else "", _columns(layout.form_columns(block)), _join(rows)
    )


def _sign(block: SignBlock, document: Document, place: Placed) -> Markup:
    return Markup(
        '<table class="form sign{}"><colgroup><col style="width:{}%"><col></colgroup>'
        '<tr><th rowspan="2">{}</th><td class="words" style="height:{}mm">{}</td></tr>'
        '<tr><td class="signature">{}<br>{}</td></tr></table>'
    ).format(
        " joined" if place.joins else "",
        f"{place.label / 100:.2f}",
        _lines(block.role),
        max(block.height - 16, 6),
        _lines(block.words),
        layout.signature_line(block, english=document.english),
        layout.on_paper(block.day, english=document.english),
    )


def _list(block: ListTable, _: Document, _place: Placed) -> Markup:
    aligns = block.aligns or ("center",) * len(block.head)

    def row(cells: tuple[str, ...]) -> Markup:
        return Markup("<tr{}>{}</tr>").format(
            Markup(' style="height:{}mm"').format(block.height) if block.height else "",
            _join(
                Markup('<td class="{}">{}</td>').format(align, _lines(text))
                for text, align in zip(cells, aligns, strict=True)
            ),
        )

    return Markup(
        '<table class="list"><colgroup>{}</colgroup><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody>{}</table>"
    ).format(
        _columns(layout.list_columns(block)),
        _join(Markup("<th>{}</th>").format(_lines(text)) for text in block.head),
        _join(row(cells) for cells in block.rows),
        Markup('<tbody class="total">{}</tbody>').format(row(block.total))
        if block.total
        else Markup(),
    )


def _qr(block: Qr, _: Document, _place: Placed) -> Markup:
    return Markup('<div class="qr {}"><img src="{}" alt="">{}</div>').format(
        block.align,
        layout.data_url(layout.qr_png(block.url)),
        Markup("<span>{}</span>").format(_lines(block.caption)) if block.caption else "",
    )


def _sign_off(block: SealPlace, document: Document) -> Markup:
    return Markup('<div class="seal"><div><p>{}</p><p>{}</p></div></div>').format(
        _lines(block.text), layout.on_paper(block.day, english=document.english)
    )


def _seal(block: SealPlace, document: Document, _place: Placed) -> Markup:
    return _sign_off(block, document)


def _note(block: Note, _: Document, _place: Placed) -> Markup:
    return Markup('<p class="note">{}</p>').format(_lines(block.text))


def _page_break(_block: PageBreak, _: Document, _place: Placed) -> Markup:
    return Markup('<div class="break"></div>')


def _slip(slip: Slip) -> Markup:
    return Markup("<td><h2>{}</h2>{}<dl>{}</dl>{}{}</td>").format(
        slip.title,
        Markup('<img src="{}" alt="">').format(layout.data_url(layout.qr_png(slip.url)))
        if slip.url
        else "",
        _join(
            Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(label, value)
            for label, value in slip.lines
        ),
        Markup('<p class="code"><small>{}</small><b>{}</b></p>').format(slip.code_label, slip.code)
        if slip.code
        else "",
        Markup('<p class="note">{}</p>').format(_lines(slip.note)) if slip.note else "",
    )


def _slips(block: Slips, _: Document, _place: Placed) -> Markup:
    pairs = (block.slips[i : i + 2] for i in range(0, len(block.slips), 2))
    # A fixed table: laid out several times faster than boxes that measure their words.
    return Markup('<table class="slips">{}</table>').format(
        _join(Markup("<tr>{}</tr>").format(_join(_slip(s) for s in pair)) for pair in pairs)
    )


_BLOCKS: dict[type, Callable[[Any, Document, Placed], Markup]] = {
    Paragraph: _paragraph, Heading: _heading, FieldTable: _field_table, SignBlock: _sign,
    ListTable: _list, Photo: _photo, Qr: _qr, SealPlace: _seal, Note: _note,
    PageBreak: _page_break, Slips: _slips,
}  # fmt: skip


def _letterhead(document: Document) -> Markup:
    """A paper with a number carries its issuing body in red above a red line (发文机关标志)."""
    if document.kind is not DocumentKind.OFFICIAL or not document.number:
        number = Markup('<p class="number">{}</p>').format(document.number)
        return number if document.number else Markup()
    return Markup(
        '<div class="letterhead"><p class="body">{}</p><p class="number">{}</p></div>'
    ).format(document.organisation, document.number)


def _enclosures(document: Document) -> Markup:
    if not document.enclosures:
        return Markup()
    word = "Enclosures: " if document.english else "附件："
    several = len(document.enclosures) > 1
    return Markup('<div class="enclosures"><span>{}</span><div>{}</div></div>').format(
        word,
        _join(
            Markup("<p>{}{}</p>").format(f"{n}. " if several else "", text)
            for n, text in enumerate(document.enclosures, 1)
        ),
    )


def body(document: Document) -> Markup:
    """The whole page, ready to be drawn; styles come beside it."""
    blocks = _join(
        _BLOCKS[type(place.block)](place.block, document, place)
        for place in layout.placed(document)
    )
    colon = ":" if document.english else "："
    addressee = (
        Markup('<p class="addressee">{}{}</p>').format(document.addressee, colon)
        if document.addressee
        else Markup()
    )
    closing = (
        _sign_off(SealPlace(document.organisation, document.day), document)
        if document.signs_off
        else Markup()
    )
    caption = (
        Markup('<p class="caption">{}</p>').format(_lines(document.caption))
        if document.caption
        else Markup()
    )
    return Markup(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title>'
        '<meta name="author" content="{}"></head><body class="{}">{}<h1>{}</h1>{}{}{}{}{}</body></html>'
    ).format(
        "en" if document.english else "zh-Hans",
        document.title.replace("\n", ""),
        document.organisation,
        document.kind,
        _letterhead(document),
        _lines(document.title),
        caption,
        addressee,
        blocks,
        _enclosures(document),
        closing,
    )
