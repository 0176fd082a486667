"""Papers drawn as PDF and Word: size, text, faces, and nothing fetched from outside."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import zipfile
from datetime import date

import docx
import pikepdf
import pytest
import weasyprint
from docx.oxml.ns import qn

from tests.support.papers import SAMPLES, letter, official, register, roster, slips
from training.core.documents import html
from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    ListTable,
    Paragraph,
    Photo,
    SignBlock,
    grid,
    payload_hash,
)
from training.core.documents.layout import form_columns, on_paper, placed, shares
from training.core.documents.pdf import OwnFontsOnly, pdf
from training.core.documents.word import word

pytestmark = pytest.mark.slow

MM = 72 / 25.4


def text_of(data: bytes) -> str:
    run = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True
    )
    return run.stdout.decode()


def words_of(data: bytes) -> list[tuple[int, float, float, str]]:
    """(page, x, y, word) in points, from the top left."""
    run = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=data, capture_output=True)
    found, page = [], 0
    for line in run.stdout.decode().splitlines():
        if "<page" in line:
            page += 1
        match = re.search(r'xMin="([\d.]+)" yMin="([\d.]+)".*>(.+)</word>', line)
        if match:
            found.append((page, float(match[1]), float(match[2]), match[3]))
    return found


def size_mm(data: bytes) -> tuple[int, int]:
    with pikepdf.open(io.BytesIO(data)) as made:
        box = [float(v) for v in made.pages[0].mediabox]
    return round(box[2] / MM), round(box[3] / MM)


def reading(data: bytes) -> str:
    made = docx.Document(io.BytesIO(data))
    return "\n".join(t.text for t in made.element.body.iter(qn("w:t")))


def plain(count: int, **more: object) -> Document:
    text = "调" * 26 + "解" * 28 * (count - 1)
    return Document("通知", DocumentKind.OFFICIAL, "示例司法局", (Paragraph(text),), **more)


def test_an_official_page_holds_22_lines_of_28_characters() -> None:
    lines = [row for row in words_of(pdf(plain(60))) if row[3].startswith(("调", "解"))]
    assert {len(word) for *_, word in lines[1:]} == {28}
    assert sum(page == 2 for page, *_ in lines) == 22
    first = min(lines, key=lambda row: (row[0], row[2]))
    assert first[1] == pytest.approx(28 * MM + 2 * 15.75, abs=1)


def test_an_official_page_carries_its_number_between_dashes_at_the_outer_edge() -> None:
    found = words_of(pdf(plain(60)))
    numbers = [(page, x) for page, x, y, word in found if word in {"1", "2", "3"} and y > 262 * MM]
    assert [page for page, _ in numbers] == [1, 2, 3]
    assert numbers[0][1] > 105 * MM > numbers[1][1]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_layout_is_a4_and_says_the_same_in_both_formats(name: str) -> None:
    paper = SAMPLES[name]()
    drawn, written = pdf(paper), word(paper)
    assert size_mm(drawn) == ((297, 210) if name == "roster" else (210, 297))
    section = docx.Document(io.BytesIO(written)).sections[0]
    assert round(section.page_width.mm) == (297 if name == "roster" else 210)
    for wanted in paper.title.split("\n"):
        assert wanted in text_of(drawn).replace(" ", "")
        assert wanted in reading(written)


@pytest.mark.parametrize("draw", [pdf, word])
def test_the_same_paper_gives_the_same_bytes(draw: object) -> None:
    assert draw(register()) == draw(register())  # type: ignore[operator]


def test_a_rare_character_of_a_name_is_drawn_from_the_fonts_that_have_it() -> None:
    drawn = pdf(official())
    assert "王䶮明" in text_of(drawn)
    with pikepdf.open(io.BytesIO(drawn)) as made:
        fonts = {
            str(f["/BaseFont"]).split("+")[-1]
            for page in made.pages for f in page["/Resources"]["/Font"].values()
        }  # fmt: skip
    assert "Paper-Serif" in fonts
    assert all(f.startswith("Paper-") for f in fonts)


def test_a_list_repeats_its_head_and_counts_its_pages() -> None:
    text = text_of(pdf(roster(60)))
    pages = text.split("\f")[:-1]
    assert len(pages) == 3
    assert all("证书编号" in page for page in pages)
    assert "第1页共3页" in pages[0].replace(" ", "").replace("　", "")
    assert "合计" in pages[-1]


def test_a_list_in_word_repeats_its_head_and_keeps_its_rows_whole() -> None:
    table = docx.Document(io.BytesIO(word(roster(3)))).tables[0]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    assert [c.text for c in table.rows[-1].cells][:2] == ["合计", "3人"]


def test_word_names_the_faces_of_offices_and_what_stands_in_for_them() -> None:
    data = word(official())
    faces = {
        f.get(qn("w:eastAsia"))
        for f in docx.Document(io.BytesIO(data)).element.body.iter(qn("w:rFonts"))
    }
    assert {"仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"} <= faces
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert 'altName w:val="FangSong"' in archive.read("word/fontTable.xml").decode()
        grid_ = re.search(rb"<w:docGrid[^>]*>", archive.read("word/document.xml"))
    assert grid_ is not None
    assert b'w:linePitch="580"' in grid_[0]


def test_a_form_leaves_the_place_to_sign_open_and_fills_in_what_is_known() -> None:
    for text in (text_of(pdf(register())), reading(word(register()))):
        bare = re.sub(r"\s", "", text)
        assert "签字（盖章）：李示例" in bare
        assert "2026年11月23日" in bare
        assert "年月日" in bare


def test_the_verification_code_stands_at_the_foot() -> None:
    assert "核验码 ABCD-EFGH-JKMN" in text_of(pdf(register()))
    foot = docx.Document(io.BytesIO(word(register()))).sections[0].footer
    assert "核验码 ABCD-EFGH-JKMN" in foot.paragraphs[0].text
    assert "核验码" not in text_of(pdf(letter()))


def test_the_issuing_body_and_the_date_close_an_official_paper() -> None:
    found = words_of(pdf(official()))
    body = next(row for row in found if row[3] == "示例市甲区司法局" and row[0] > 1)
    day = next(row for row in found if row[3] == "2026年11月23日")
    assert body[0] == day[0]
    assert body[2] < day[2]
    assert body[1] > 105 * MM


def test_an_english_paper_says_its_fixed_words_in_english() -> None:
    block = SignBlock("Opinion", "Agreed.", "Li", date(2026, 11, 23), seal=True)
    paper = Document(
        "Register", DocumentKind.TABLE, "Bureau", (block,), english=True,
        verification_code="ABCDEFGHJKMN", verification_url="https://a.example/documents/verify/X",
    )  # fmt: skip
    text = text_of(pdf(paper))
    assert "Signature and seal: Li" in text
    assert "23 November 2026" in text
    assert "Page 1 of 1" in text
    assert "Verification code ABCD-EFGH-JKMN" in text


def test_what_people_write_is_never_markup() -> None:
    paper = Document(
        "<b>题</b>", DocumentKind.OFFICIAL, "局", (Paragraph("<img src='file:///etc/passwd'>&"),)
    )
    assert "&lt;img" in html.body(paper)
    assert "<img" not in html.body(paper)
    assert "<img src='file:///etc/passwd'>&" in reading(word(paper))


def test_a_verification_address_cannot_leave_the_style_sheet() -> None:
    paper = dataclasses.replace(
        register(), verification_url='https://x"; } body { display: none } /verify/Y'
    )
    assert "王䶮明" in text_of(pdf(paper))


@pytest.mark.parametrize(
    "url",
    ["https://example.com/x.png", "http://127.0.0.1:1/x", "file:///etc/passwd", "font:../x",
     "font:/etc/passwd", "data:text/css,body{}", "ftp://example.com/x"],
)  # fmt: skip
def test_drawing_fetches_nothing_but_our_fonts(url: str) -> None:
    with pytest.raises(ValueError, match="may not fetch"):
        OwnFontsOnly().fetch(url)


def test_a_page_that_asks_for_a_file_is_drawn_without_it() -> None:
    page = "<img src='file:///etc/passwd' alt='gone'><link rel=stylesheet href='http://x.example/a.css'>"
    assert weasyprint.HTML(string=page, url_fetcher=OwnFontsOnly()).write_pdf()


def test_slips_stand_two_abreast_and_are_not_broken() -> None:
    found = words_of(pdf(slips(9)))
    codes = [(page, round(x)) for page, x, _, word in found if word.startswith("K7QM")]
    assert len(codes) == 9
    assert len({x for _, x in codes}) == 2
    assert [page for page, _ in codes] == [1] * 8 + [2]


def test_a_photograph_is_drawn_in_both_formats() -> None:
    png = html.layout.qr_png("x")
    with zipfile.ZipFile(io.BytesIO(word(register(png)))) as archive:
        assert [n for n in archive.namelist() if n.startswith("word/media/")]
    with pikepdf.open(io.BytesIO(pdf(register(png)))) as made:
        assert len(made.pages[0].get_images()) == 1


# --- The definition -----------------------------------------------------------


def test_the_last_field_of_a_short_row_reaches_the_edge() -> None:
    table = FieldTable((
        (Field("a"), Field("b"), Photo(rows=2)),
        (Field("c"),),
        (Field("d"),),
    ))  # fmt: skip
    columns, rows = grid(table)
    assert columns == 5
    assert [[span for _, span in row] for row in rows] == [[1, 1, 1], [3], [4]]


def test_a_photograph_that_is_not_the_last_of_its_row_is_refused() -> None:
    with pytest.raises(ValueError, match="at the right"):
        grid(FieldTable(((Photo(), Field("a")),)))


def test_a_list_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="another width"):
        ListTable(("a", "b"), (("1",),))
    with pytest.raises(ValueError, match="another width"):
        ListTable(("a", "b"), (), aligns=(Align.LEFT,))


def test_shares_add_up_to_the_whole() -> None:
    assert sum(shares((3, 3, 3, 1, 7))) == 10_000
    assert sum(form_columns(register().blocks[0])) == 10_000  # type: ignore[arg-type]


def test_a_place_to_sign_takes_the_label_width_of_the_form_above() -> None:
    places = placed(register())
    assert [p.joins for p in places] == [False, True, True, True, False]
    assert places[1].label == form_columns(register().blocks[0])[0]  # type: ignore[arg-type]


def test_the_digest_changes_with_any_word_or_picture() -> None:
    paper = register()
    changed = [
        dataclasses.replace(paper, title="别的"),
        dataclasses.replace(paper, day=date(2026, 1, 1)),
        register(b"picture"),
        dataclasses.replace(paper, blocks=paper.blocks[:-1]),
    ]
    assert len({payload_hash(p) for p in (paper, *changed)}) == 5
    assert payload_hash(register()) == payload_hash(paper)


def test_dates_stand_in_arabic_figures_without_leading_noughts() -> None:
    assert on_paper(date(2026, 1, 2), english=False) == "2026年1月2日"
    assert on_paper(None, english=False).split() == ["年", "月", "日"]


def test_a_place_to_sign_in_word_keeps_words_above_and_room_for_the_pen() -> None:
    made = docx.Document(io.BytesIO(word(register())))
    empty = next(
        p for t in made.tables for c in t._cells for p in c.paragraphs if p.text == "签字："
    )
    assert empty.paragraph_format.right_indent.mm >= 30
    tables = [t for t in made.tables if "签字" in t.cell(-1, 1).text]
    assert tables
    for table in tables:
        assert len(table.rows) == 2
        assert "签字" not in table.cell(0, 1).text
        assert "cantSplit" in table.rows[0]._tr.xml


def test_cells_in_word_have_room_around_their_words() -> None:
    for made in docx.Document(io.BytesIO(word(roster(3)))).tables:
        margins = made._tbl.tblPr.find(qn("w:tblCellMar"))
        assert [int(side.get(qn("w:w"))) for side in margins] == [57] * 4


def test_an_official_line_in_word_holds_28_characters_without_a_character_grid() -> None:
    data = word(plain(2))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("word/document.xml").decode()
    assert 'w:type="lines"' in text
    assert "charSpace" not in text
    run = next(r for p in docx.Document(io.BytesIO(data)).paragraphs for r in p.runs
               if r.text.startswith("调"))  # fmt: skip
    closer = int(run._element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 * (run.font.size.pt + closer) <= 156 * MM < 29 * (run.font.size.pt + closer)


def test_the_foot_in_word_puts_the_page_at_the_right_edge() -> None:
    foot = docx.Document(io.BytesIO(word(roster(3)))).sections[0].footer.paragraphs[0]
    assert foot.style.name == "Normal"
    assert len(foot.paragraph_format.tab_stops) == 1


def test_rows_to_be_signed_are_high_enough_in_both_formats() -> None:
    table = ListTable(("姓名", "签名"), (("甲", ""), ("乙", "")), height=12)
    paper = Document("签到表", DocumentKind.LIST, "示例司法局", (table,))
    (a,), (b,) = ([row for row in words_of(pdf(paper)) if row[3] == name] for name in "甲乙")
    assert b[2] - a[2] == pytest.approx(12 * MM, abs=1)
    rows = docx.Document(io.BytesIO(word(paper))).tables[0].rows
    assert [row.height.mm for row in rows[1:]] == pytest.approx([12, 12], abs=0.1)


def test_a_form_that_goes_on_overleaf_keeps_its_frame() -> None:
    blocks = tuple(SignBlock(f"意见{n}", height=60) for n in range(6))
    drawn = pdf(Document("登记表", DocumentKind.TABLE, "示例司法局", blocks))
    run = subprocess.run(
        ["pdftoppm", "-r", "50", "-f", "2", "-l", "2", "-gray"],
        input=drawn, capture_output=True, check=True,
    )  # fmt: skip
    head = run.stdout.partition(b"\n255\n")[0]
    width, start = int(head.split()[1]), len(head) + 5
    rows = [run.stdout[start + y * width : start + (y + 1) * width] for y in range(55)]
    assert any(sum(p < 160 for p in row) > width * 0.7 for row in rows)
