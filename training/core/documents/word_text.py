"""The running text of a paper in Word: faces, paragraphs, pictures, page and foot."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from . import layout
from .definition import (
    Align,
    Document,
    DocumentKind,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Photo,
    Qr,
    SealPlace,
)

FANG, SONG, TITLE, HEI, KAI = "仿宋_GB2312", "宋体", "方正小标宋简体", "黑体", "楷体_GB2312"
# What Word takes where a machine lacks the office's own face.
_STAND_IN = {FANG: "FangSong", TITLE: "SimSun", KAI: "KaiTi", HEI: "SimHei", SONG: "SimSun"}
_ALIGN = {
    Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT, Align.CENTER: WD_ALIGN_PARAGRAPH.CENTER,
    Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT, Align.JUSTIFY: WD_ALIGN_PARAGRAPH.JUSTIFY,
}  # fmt: skip
_LATIN = "Times New Roman"
OFFICIAL_SIZE = 16
_CLOSER = "-5"
"""28 characters on 156 mm: 16 pt type drawn together by 0.25 pt, in twentieths of a point. Not by
the page's character grid, which office programs measure differently."""
RED = RGBColor(0xC0, 0, 0)


def element(tag: str, **attributes: str) -> Any:
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def face_of(run: Any, face: str, size: float, *, bold: bool = False) -> Any:
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, _LATIN
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    return run


def off_grid(paragraph: Any) -> Any:
    """Lines as high as they say, whatever the grid of the page: titles, tables, gaps."""
    paragraph._p.get_or_add_pPr().insert_element_before(
        element("w:snapToGrid", val="0"), "w:spacing", "w:ind", "w:jc"
    )
    return paragraph


class TextWriter:
    """Puts the blocks of one paper into a Word document, in order."""

    def __init__(self, paper: Document) -> None:
        self.paper = paper
        self.out = docx.Document()
        self.official = paper.kind in (DocumentKind.OFFICIAL, DocumentKind.LETTER)
        self.size = OFFICIAL_SIZE if self.official else 12
        self.label = 0
        body = self.out.element.body
        for old in list(body)[:-1]:
            body.remove(old)

    # --- Paragraphs -----------------------------------------------------------
    def write(
        self,
        paragraph: Any,
        text: str,
        face: str = FANG,
        size: float | None = None,
        *,
        bold: bool = False,
        align: Align = Align.LEFT,
        line: float | None = None,
    ) -> Any:
        """Fill a paragraph; line breaks stay line breaks."""
        form = paragraph.paragraph_format
        form.alignment, form.space_before, form.space_after = _ALIGN[align], Pt(0), Pt(0)
        if line:
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        for number, piece in enumerate(text.split("\n")):
            run = paragraph.add_run()
            if number:
                run.add_break()
            if piece:
                run.add_text(piece)
            face_of(run, face, size or self.size, bold=bold)
            if self.official and size is None:
                run._element.rPr.insert_element_before(
                    element("w:spacing", val=_CLOSER), "w:w", "w:kern", "w:position", "w:sz"
                )
        return paragraph

    def add(self, text: str, face: str = FANG, size: float | None = None, **options: Any) -> Any:
        if self.official:
            options.setdefault("line", layout.OFFICIAL_LINE)
        return self.write(self.out.add_paragraph(), text, face, size, **options)

    def paragraph(self, block: Paragraph) -> None:
        for text in block.text.split("\n"):
            made = self.add(text, SONG if block.bold else FANG, bold=block.bold, align=block.align)
            if block.indent:
                self.indent(made, 200)

    def indent(self, paragraph: Any, hundredths: int) -> None:
        """First line in, in hundredths of a character."""
        properties = paragraph._p.get_or_add_pPr()
        paragraph.paragraph_format.first_line_indent = Pt(self.size * hundredths / 100)
        properties.find(qn("w:ind")).set(qn("w:firstLineChars"), str(hundredths))

    def heading(self, block: Heading) -> None:
        face, bold = {1: (HEI, False), 2: (KAI, False)}.get(block.level, (SONG, True))
        made = self.add(block.text, face, bold=bold)
        made.paragraph_format.keep_with_next = True
        if self.official:
            self.indent(made, 200)

    def note(self, block: Note) -> None:
        self.add(block.text, size=10.5, line=18)

    def page_break(self, _: PageBreak) -> None:
        self.out.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def seal(self, block: SealPlace) -> None:
        """The issuing body centred over its date, four characters in from the right."""
        for _ in range(2):
            self.add("").paragraph_format.keep_with_next = True
        day = layout.on_paper(block.day, english=self.paper.english)
        for text in (*block.text.split("\n"), day):
            made = self.add(text, align=Align.CENTER)
            made.paragraph_format.left_indent = Mm(layout.text_width(self.paper) * 0.42)
            made.paragraph_format.keep_together = True
            made.paragraph_format.keep_with_next = text is not day

    def picture(self, paragraph: Any, data: bytes, width: float, height: float) -> None:
        paragraph.add_run().add_picture(io.BytesIO(data), Mm(width), Mm(height))

    def photo(self, block: Photo) -> None:
        made = self.add("", align=Align.RIGHT, line=None)
        if block.data:
            self.picture(made, block.data, *layout.PHOTO)
        else:
            self.write(made, f"（{block.caption}）", align=Align.RIGHT)

    def qr(self, block: Qr) -> None:
        made = self.out.add_paragraph()
        made.alignment = _ALIGN[block.align]
        self.picture(made, layout.qr_png(block.url), 26, 26)
        if block.caption:
            self.add(block.caption, size=9, align=block.align, line=None)

    # --- Page and foot --------------------------------------------------------
    def page(self) -> None:
        paper, section = self.paper, self.out.sections[0]
        top, right, bottom, left = layout.margins(paper)
        width, height = (297, 210) if paper.lies_across else (210, 297)
        section.orientation = WD_ORIENT.LANDSCAPE if paper.lies_across else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(width), Mm(height)
        section.top_margin, section.right_margin = Mm(top), Mm(right)
        section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
        section.footer_distance = Mm(bottom - 12 if self.official else 9)
        if self.official:
            pitch = str(round(layout.OFFICIAL_LINE * 20))
            for old in section._sectPr.findall(qn("w:docGrid")):
                section._sectPr.remove(old)
            section._sectPr.append(element("w:docGrid", type="lines", linePitch=pitch))
            self.out.settings.odd_and_even_pages_header_footer = True
            self.official_foot(section.footer, Align.RIGHT)
            self.official_foot(section.even_page_footer, Align.LEFT)
        else:
            self.foot(section.footer)

    def field(self, paragraph: Any, code: str, size: float) -> None:
        """A field that Word fills in: PAGE, NUMPAGES."""
        for kind, text in (("begin", ""), ("", code), ("separate", ""), ("", "1"), ("end", "")):
            run = face_of(paragraph.add_run(), SONG, size)
            if kind:
                run._r.append(element("w:fldChar", fldCharType=kind))
            elif text == code:
                instruction = element("w:instrText")
                instruction.text = f" {code} "
                run._r.append(instruction)
            else:
                run.add_text(text)

    def official_foot(self, footer: Any, align: Align) -> None:
        footer.is_linked_to_previous = False
        made = footer.paragraphs[0]
        if self.paper.page_numbers:
            self.write(made, "— ", SONG, 14, align=align)
            self.field(made, "PAGE", 14)
            face_of(made.add_run(" —"), SONG, 14)
        code = layout.verification(self.paper)
        if code:
            other = Align.LEFT if align is Align.RIGHT else Align.RIGHT
            self.write(footer.add_paragraph(), code, SONG, 8, align=other)

    def foot(self, footer: Any) -> None:
        footer.is_linked_to_previous = False
        made = self.write(footer.paragraphs[0], layout.verification(self.paper), SONG, 8.5)
        made.style = self.out.styles["Normal"]  # the style "Footer" brings tab stops of its own
        if not self.paper.page_numbers:
            return
        stops = made.paragraph_format.tab_stops
        stops.add_tab_stop(Mm(layout.text_width(self.paper)), WD_TAB_ALIGNMENT.RIGHT)
        before, between, after = layout.page_of(english=self.paper.english)
        face_of(made.add_run(f"\t{before}"), SONG, 8.5)
        self.field(made, "PAGE", 8.5)
        face_of(made.add_run(between), SONG, 8.5)
        self.field(made, "NUMPAGES", 8.5)
        face_of(made.add_run(after), SONG, 8.5)

    def base(self) -> None:
        """The document's own defaults: face, spacing, properties, stand-ins for missing faces."""
        normal = self.out.styles["Normal"]
        normal.font.name, normal.font.size = _LATIN, Pt(self.size)
        normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FANG)
        normal.paragraph_format.space_after = Pt(0)
        properties = self.out.core_properties
        properties.title, properties.author = self.paper.title.replace("\n", ""), ""
        properties.subject, properties.comments = self.paper.organisation, ""
        day = datetime.combine(self.paper.day or date(2000, 1, 1), time())
        properties.created = properties.modified = day
        properties.last_modified_by = ""
        table = self.out.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
        fonts = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
            for name, other in _STAND_IN.items()
        )
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        table._blob = (
            f'<?xml version="1.0" encoding="UTF-8"?><w:fonts xmlns:w="{space}">{fonts}</w:fonts>'
        ).encode()
