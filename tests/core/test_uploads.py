"""Uploads are judged by content: real files pass, everything else is refused with its code."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable

import docx
import openpyxl
import pikepdf
import pytest
from PIL import Image

from training.core import uploads
from training.core.errors import Refused
from training.core.office_files import Limits as ArchiveLimits
from training.core.uploads import Limits

pytestmark = pytest.mark.slow

TYPES = "[Content_Types].xml"
RELS = "word/_rels/document.xml.rels"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **options)
    return out.getvalue()


def word_file(*, with_picture: bool = False) -> bytes:
    made = docx.Document()
    made.add_heading("邻里纠纷案例", 1)
    made.add_paragraph("当事人甲与当事人乙因<排水>发生争执。")
    made.add_table(1, 2).cell(0, 0).text = "争议焦点"
    if with_picture:
        made.add_picture(io.BytesIO(picture()))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def sheet_file() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "姓名"
    book.save(out)
    return out.getvalue()


def pdf_file() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(out)
    return out.getvalue()


def rezip(data: bytes, **parts: bytes) -> bytes:
    """The archive with parts replaced or added (``__`` in a name stands for ``/``)."""
    wanted = {k.replace("__", "/"): v for k, v in parts.items()}
    return rezip_by(data, wanted)


def rezip_by(data: bytes, wanted: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename not in wanted:
                new.writestr(entry.filename, old.read(entry))
        for name, body in wanted.items():
            new.writestr(name, body)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def related(kind: str, target: str) -> bytes:
    """A Word file with one more relation that leads outside."""
    data = word_file()
    line = (
        f'<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )
    return rezip_by(data, {RELS: part(data, RELS).replace(b"</Relationships>", line.encode())})


def refused(check: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        check()
    return caught.value


# --- Word ---------------------------------------------------------------------


def test_a_word_file_passes_as_it_is() -> None:
    data = word_file(with_picture=True)
    checked = uploads.word(data, "C:\\temp\\案例 一.DOCX")
    assert checked.data == data
    assert checked.name == "案例 一.docx"
    assert checked.media_type == uploads.DOCX


def test_word_becomes_clean_html_with_numbered_pictures() -> None:
    html, pictures = uploads.word_to_html(word_file(with_picture=True))
    assert "<h2>邻里纠纷案例</h2>" in html
    assert "&lt;排水&gt;" in html
    assert "<table>" in html
    assert 'data-image="1"' in html
    assert "src=" not in html
    assert [(p.number, p.file.media_type) for p in pictures] == [(1, "image/png")]


def test_a_linked_picture_is_refused_and_named() -> None:
    error = refused(lambda: uploads.word(related("image", "http://x.example/a.png"), "a.docx"))
    assert (error.code, error.status) == ("EXTERNAL_IMAGE", 422)
    assert "http://x.example/a.png" in str(error.verdict.reasons[0].words)


@pytest.mark.parametrize("kind", ["oleObject", "frame", "subDocument", "attachedTemplate"])
def test_other_content_from_outside_is_refused(kind: str) -> None:
    error = refused(lambda: uploads.word(related(kind, "http://x.example/t.dotm"), "a.docx"))
    assert error.code == "EXTERNAL_CONTENT"


@pytest.mark.parametrize(
    ("kind", "target"),
    [("hyperlink", "https://www.gov.cn/"), ("attachedTemplate", "file:///C:\\Users\\a\\Normal.dotm")],
)  # fmt: skip
def test_links_and_the_authors_own_template_are_ordinary(kind: str, target: str) -> None:
    assert uploads.word(related(kind, target), "a.docx")


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "word/activeX/activeX1.xml"])
def test_macros_and_controls_are_refused(name: str) -> None:
    data = rezip_by(word_file(), {name: b"<a/>"})
    assert refused(lambda: uploads.word(data, "a.docx")).code == "MACRO"


def test_a_macro_file_renamed_to_docx_is_refused() -> None:
    data = word_file()
    types = part(data, TYPES).replace(
        b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml"
    )
    assert refused(lambda: uploads.word(rezip_by(data, {TYPES: types}), "a.docx")).code == "MACRO"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "doctype",
    ['<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
     '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
     '<!DOCTYPE w SYSTEM "http://x.example/x.dtd">'],
)  # fmt: skip
def test_a_document_type_with_entities_is_refused(doctype: str, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<w>&x;</w>'.encode(encoding)
    data = rezip_by(word_file(), {"word/document.xml": body})
    assert refused(lambda: uploads.word(data, "a.docx")).code == "CORRUPT_FILE"


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    data = rezip_by(word_file(), {"word/media/a.xml": b"<a>" + b" " * 6_000_000 + b"</a>"})
    error = refused(lambda: uploads.word(data, "a.docx"))
    assert (error.code, error.status) == ("UNPACK_LIMIT", 422)


def test_an_archive_of_too_many_entries_is_refused() -> None:
    data = rezip_by(word_file(), {f"word/x{n}.bin": b"" for n in range(2001)})
    assert refused(lambda: uploads.word(data, "a.docx")).code == "UNPACK_LIMIT"


def test_entries_that_share_their_bytes_are_refused() -> None:
    """A quoted bomb: many directory lines point at one compressed body."""
    data = rezip_by(word_file(), {"word/big.bin": random.Random(1).randbytes(50_000)})
    start = struct.unpack("<I", data[-6:-2])[0]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        count = len(archive.infolist())
    directory = data[start : len(data) - 22]
    end = struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, count * 20, count * 20, len(directory) * 20, start, 0
    )
    bomb = data[:start] + directory * 20 + end
    assert refused(lambda: uploads.word(bomb, "a.docx")).code == "UNPACK_LIMIT"


def test_a_size_that_lies_is_a_damaged_file() -> None:
    data = bytearray(word_file())
    at = data.index(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # the first entry claims ten bytes
    assert refused(lambda: uploads.word(bytes(data), "a.docx")).code == "CORRUPT_FILE"


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(word_file())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    assert refused(lambda: uploads.word(bytes(data), "a.docx")).code == "ENCRYPTED_FILE"


@pytest.mark.parametrize(
    "data", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"<html></html>", picture()]
)
def test_another_kind_of_file_named_docx_is_a_mismatch(data: bytes) -> None:
    error = refused(lambda: uploads.word(data, "a.docx"))
    assert (error.code, error.status) == ("TYPE_MISMATCH", 415)


def test_a_sheet_named_docx_is_a_mismatch() -> None:
    assert refused(lambda: uploads.word(sheet_file(), "a.docx")).code == "TYPE_MISMATCH"


def test_a_picture_that_browsers_cannot_show_is_named_by_its_number() -> None:
    data = word_file(with_picture=True)
    emf = rezip_by(data, {"word/media/image1.png": b"\x01\0\0\0" + b"\0" * 200})
    error = refused(lambda: uploads.word_to_html(emf))
    assert error.code == "TYPE_MISMATCH"
    assert "1" in str(error.verdict.reasons[0].words)


@pytest.mark.parametrize("limit", [0, 100])
def test_size_is_looked_at_first(limit: int) -> None:
    error = refused(lambda: uploads.word(word_file(), "a.docx", Limits(word=limit)))
    assert (error.code, error.status) == ("TOO_LARGE", 413)
    assert refused(lambda: uploads.word(b"", "a.docx")).code == "EMPTY_FILE"


def test_a_whole_archive_may_not_exceed_the_limit() -> None:
    limits = Limits(archive=ArchiveLimits(unpacked=1000))
    assert refused(lambda: uploads.word(word_file(), "a.docx", limits)).code == "UNPACK_LIMIT"


# --- Sheets -------------------------------------------------------------------


def test_a_workbook_passes_and_a_word_file_is_not_one() -> None:
    assert uploads.sheet(sheet_file(), "名册.xlsx").media_type == uploads.XLSX
    assert refused(lambda: uploads.workbook(word_file(), "a.xlsx")).code == "TYPE_MISMATCH"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-8"])
def test_a_csv_of_either_encoding_is_handed_on_as_utf_8(encoding: str) -> None:
    checked = uploads.sheet("姓名,单位\n王䶮明,甲区\n".encode(encoding), "a.csv")
    assert checked.data.decode() == "姓名,单位\n王䶮明,甲区\n"


@pytest.mark.parametrize("data", [b"<html>", b"a\0b", b"%PDF-1.4 x", picture()])
def test_other_files_named_csv_are_a_mismatch(data: bytes) -> None:
    assert refused(lambda: uploads.csv_text(data, "a.csv")).code == "TYPE_MISMATCH"


def test_bytes_of_no_encoding_are_a_damaged_file() -> None:
    assert refused(lambda: uploads.csv_text(b"a,\xff\xff\x81\n", "a.csv")).code == "CORRUPT_FILE"


# --- PDF ----------------------------------------------------------------------


def acting(change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_file())) as made:
        change(made)
        made.save(out)
    return out.getvalue()


def action(kind: str, **more: object) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(Type=pikepdf.Name.Action, S=pikepdf.Name("/" + kind), **more)


def on_open(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = action("JavaScript", JS=pikepdf.String("app.alert(1)"))


def on_page(made: pikepdf.Pdf) -> None:
    made.pages[0].obj["/AA"] = pikepdf.Dictionary(O=action("Launch", F=pikepdf.String("calc.exe")))


def in_names(made: pikepdf.Pdf) -> None:
    made.Root.Names = made.make_indirect(
        pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([])))
    )


def on_link(made: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=action("SubmitForm"))
    made.pages[0].obj["/Annots"] = pikepdf.Array([note])


def test_a_pdf_passes() -> None:
    checked = uploads.pdf(pdf_file(), "扫描件.PDF")
    assert (checked.name, checked.media_type) == ("扫描件.pdf", "application/pdf")


@pytest.mark.parametrize("change", [on_open, on_page, in_names, on_link])
def test_a_pdf_that_acts_is_refused(change: Callable[[pikepdf.Pdf], None]) -> None:
    error = refused(lambda: uploads.pdf(acting(change), "a.pdf"))
    assert (error.code, error.status) == ("ACTIVE_CONTENT", 422)


def test_a_pdf_with_a_password_is_refused() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_file())) as made:
        made.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    assert refused(lambda: uploads.pdf(out.getvalue(), "a.pdf")).code == "ENCRYPTED_FILE"


@pytest.mark.parametrize(("data", "code"), [
    (b"<svg/>", "TYPE_MISMATCH"), (b"%PDF-1.7\nnothing", "CORRUPT_FILE"),
])  # fmt: skip
def test_what_is_no_pdf_is_refused(data: bytes, code: str) -> None:
    assert refused(lambda: uploads.pdf(data, "a.pdf")).code == code


# --- Pictures -----------------------------------------------------------------


def test_a_photograph_is_drawn_anew_upright_and_without_its_data() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SECRET-CAMERA"
    data = picture("JPEG", (60, 40), exif=exif, comment=b"SECRET-COMMENT") + b"SECRET-TAIL"
    checked = uploads.image(data, "照片.jpeg")
    assert b"SECRET" not in checked.data
    with Image.open(io.BytesIO(checked.data)) as made:
        assert (made.format, made.size) == ("JPEG", (40, 60))
        assert not made.getexif()


def test_a_picture_that_is_see_through_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (5, 5), (0, 0, 0, 0)).save(out, "PNG")
    checked = uploads.image(out.getvalue(), "seal.png")
    with Image.open(io.BytesIO(checked.data)) as made:
        assert made.mode == "RGBA"


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "TIFF"])
def test_other_picture_formats_become_jpeg(kind: str) -> None:
    assert uploads.image(picture(kind), f"a.{kind.lower()}").media_type == "image/jpeg"


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
     b"<!doctype html><script>alert(1)</script>", b"GIF89a<script>", pdf_file(), word_file()],
)  # fmt: skip
def test_a_page_named_jpg_is_a_mismatch(data: bytes) -> None:
    error = refused(lambda: uploads.image(data, "a.jpg"))
    assert (error.code, error.status) in {("TYPE_MISMATCH", 415), ("CORRUPT_FILE", 422)}


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    assert refused(lambda: uploads.image(out.getvalue(), "a.png")).code == "PIXEL_LIMIT"
    header = bytearray(picture())
    header[16:24] = struct.pack(">II", 60_000, 60_000)  # what only the header claims
    assert refused(lambda: uploads.image(bytes(header), "a.png")).code in {
        "PIXEL_LIMIT", "CORRUPT_FILE", "TYPE_MISMATCH",
    }  # fmt: skip


def test_a_truncated_picture_is_a_damaged_file() -> None:
    data = picture("JPEG", (400, 400))
    assert refused(lambda: uploads.image(data[: len(data) // 2], "a.jpg")).code == "CORRUPT_FILE"


# --- Evidence, names, noise ---------------------------------------------------


def test_evidence_is_told_apart_by_content() -> None:
    assert uploads.evidence(pdf_file(), "a.jpg").name == "a.pdf"
    assert uploads.evidence(picture("JPEG"), "a.pdf").name == "a.jpg"
    assert uploads.evidence(word_file(), "a").name == "a.docx"
    assert refused(lambda: uploads.evidence(b"MZ\x90\0", "a.pdf")).code == "TYPE_MISMATCH"


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd", "passwd.pdf"), ("a\u202egnp.exe", "agnp.pdf"), ("...", "file.pdf"),
    ("C:\\扫描\\审批表.jpg", "审批表.pdf"), ("a\r\nb.pdf", "ab.pdf"), ("x" * 300, "x" * 100 + ".pdf"),
])  # fmt: skip
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert uploads.harmless_name(given, "pdf") == kept


@pytest.mark.parametrize(
    ("check", "sample"),
    [(uploads.word, word_file(with_picture=True)), (uploads.workbook, sheet_file()),
     (uploads.pdf, pdf_file()), (uploads.image, picture("JPEG")),
     (uploads.word_to_html, word_file(with_picture=True))],
)  # fmt: skip
def test_damaged_files_are_refused_or_read_but_never_crash(
    check: Callable[[bytes, str], object], sample: bytes
) -> None:
    """Flipped, cut and doubled bytes: the only error that comes out is ``Refused``."""
    dice = random.Random(20261123)
    outcomes = set()
    for _ in range(150):
        data = bytearray(sample)
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.3:
            data = data[: dice.randrange(1, len(data))]
        try:
            check(bytes(data), "a")
            outcomes.add("read")
        except Refused as error:
            outcomes.add(error.code)
    assert outcomes - {"read"}


def test_the_names_of_parts_are_read_in_any_case() -> None:
    """Word opens ``document.XML.RELS`` as well as ``document.xml.rels``."""
    linked = part(related("image", "http://x.example/p.png"), "word/_rels/document.xml.rels")
    sent = rezip_by(word_file(), {"word/_rels/more.XML.RELS": linked})
    assert refused(lambda: uploads.word(sent, "a.docx")).code == "EXTERNAL_IMAGE"
