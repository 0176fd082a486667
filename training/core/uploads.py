"""Files that people send, judged by their content, never by their name.

Each check returns the file as it may be stored, or raises ``Refused`` with a stable code:
``TOO_LARGE`` (413), ``TYPE_MISMATCH`` (415), and with 422 ``CORRUPT_FILE``, ``ENCRYPTED_FILE``,
``UNPACK_LIMIT``, ``MACRO``, ``EXTERNAL_IMAGE``, ``EXTERNAL_CONTENT``, ``ACTIVE_CONTENT``,
``PIXEL_LIMIT``. Checks parse: they are made before the verb that stores the file.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass, field
from typing import IO, Any

import filetype
import mammoth
import openpyxl
import pikepdf
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from . import office_files, richtext, video_files
from .errors import Refused
from .office_files import corrupt
from .rules.words import N_

MB = 1024 * 1024
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Limits:
    """Technical bounds (bytes, pixels); they protect the machine and are no policy."""

    word: int = 20 * MB
    sheet: int = 20 * MB
    pdf: int = 50 * MB
    image: int = 10 * MB
    pixels: int = 40_000_000
    video: int = 2048 * MB
    archive: office_files.Limits = field(default_factory=office_files.Limits)


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be stored: its bytes (pictures drawn anew), a harmless name, its type."""

    data: bytes
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture out of a Word file; ``number`` is its ``data-image`` in the HTML."""

    number: int
    file: Checked


def harmless_name(name: str, extension: str) -> str:
    """The name without path, control characters or misleading ends, with the true extension."""
    stem = re.split(r"[/\\]", name)[-1].rsplit(".", 1)[0]
    stem = "".join(c for c in stem if c.isprintable() and c not in '<>:"|?*\u202e').strip(" .")
    return f"{stem[:100] or 'file'}.{extension}"


def _measure(size: int, limit: int) -> None:
    if size > limit:
        raise Refused.because(
            "TOO_LARGE", N_("文件超过 %(limit)s MB，没有接收。请压缩或删减后再上传"),
            status=413, limit=limit // MB,
        )  # fmt: skip
    if size == 0:
        raise Refused.because("EMPTY_FILE", N_("文件是空的，请重新选择文件"), status=422)


def _mismatch(wanted: str) -> Refused:
    return Refused.because("TYPE_MISMATCH", wanted, status=415)


def _sniffed(data: bytes) -> str:
    return str(getattr(filetype.guess(data[:8192]), "mime", ""))


def word(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """A Word file (.docx) without macros or anything linked from outside."""
    wanted = N_("这不是 Word 文件（.docx）。旧版 .doc 或 WPS 文件请另存为 .docx 后再上传")
    _office(data, wanted, "word/document.xml", limits.word, limits)
    return Checked(data, harmless_name(name, "docx"), DOCX)


def _office(data: bytes, wanted: str, main_part: str, size: int, limits: Limits) -> None:
    _measure(len(data), size)
    if not data.startswith(b"PK"):
        raise _mismatch(wanted)
    archive = office_files.open_archive(data, limits.archive)
    names = archive.namelist()
    if "[Content_Types].xml" in names and main_part not in names:
        raise _mismatch(wanted)
    office_files.inspect(archive, main_part)


def workbook(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """An Excel file (.xlsx) without macros or links."""
    wanted = N_("这不是 Excel 文件（.xlsx）。旧版 .xls 请另存为 .xlsx 后再上传")
    _office(data, wanted, "xl/workbook.xml", limits.sheet, limits)
    try:
        openpyxl.load_workbook(io.BytesIO(data), read_only=True).close()
    except Exception as error:  # whatever a broken workbook makes the reader raise
        raise corrupt() from error
    return Checked(data, harmless_name(name, "xlsx"), XLSX)


def csv_text(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """A CSV file in UTF-8 or GB 18030 (what Excel writes); handed on as UTF-8."""
    _measure(len(data), limits.sheet)
    wanted = N_("这不是 CSV 表格文件，请核对后再上传")
    if b"\0" in data or _sniffed(data) or data.lstrip()[:1] == b"<":
        raise _mismatch(wanted)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise corrupt()
    try:
        for _ in csv.reader(io.StringIO(text, newline="")):
            pass
    except csv.Error as error:
        raise corrupt() from error
    return Checked(text.encode(), harmless_name(name, "csv"), "text/csv")


def sheet(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """An Excel or CSV file, told apart by content."""
    if data.startswith(b"PK") or not name.lower().endswith(".csv"):
        return workbook(data, name, limits)
    return csv_text(data, name, limits)


_ACTIVE = {
    "/JavaScript",
    "/Launch",
    "/ImportData",
    "/SubmitForm",
    "/Rendition",
    "/RichMediaExecute",
}
_DEPTH = 12


def _acts(thing: Any, depth: int = 0) -> bool:
    """Does this object (without those it refers to) hold a script or an action that runs?"""
    if depth > _DEPTH:
        return True
    if isinstance(thing, pikepdf.Array):
        inner = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        if "/JS" in thing or "/JavaScript" in thing or str(thing.get("/S", "")) in _ACTIVE:
            return True
        inner = [value for _, value in thing.items()]
    else:
        return False
    return any(_acts(v, depth + 1) for v in inner if not getattr(v, "is_indirect", True))


def pdf(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """A PDF without scripts, programs to start or forms that send."""
    _measure(len(data), limits.pdf)
    if b"%PDF-" not in data[:1024]:
        raise _mismatch(N_("这不是 PDF 文件，请核对后再上传"))
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            pages = len(document.pages)
            active = any(_acts(thing) for thing in document.objects)
    except pikepdf.PasswordError as error:
        raise Refused.because(
            "ENCRYPTED_FILE", N_("文件设有密码，无法核对内容。请去掉密码后再上传"), status=422
        ) from error
    except Exception as error:  # whatever a broken PDF makes the reader raise
        raise corrupt() from error
    if active:
        raise Refused.because(
            "ACTIVE_CONTENT",
            N_("PDF 文件含有脚本或自动运行的内容，没有接收。请打印成新的 PDF 后再上传"),
            status=422,
        )
    if not pages:
        raise corrupt()
    return Checked(data, harmless_name(name, "pdf"), "application/pdf")


_IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


def image(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """A picture, drawn anew as JPEG (PNG where it was PNG or is see-through): nothing that was
    hidden in the file survives, nor the place where it was taken."""
    _measure(len(data), limits.image)
    if not _sniffed(data).startswith("image/"):
        raise _mismatch(N_("这不是图片文件（JPG、PNG），请核对后再上传"))
    # A library that draws pages may have told Pillow to draw what is there of a broken file.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(data), formats=_IMAGE_FORMATS) as picture:
            width, height = picture.size
            if width * height > limits.pixels:
                raise _too_many_pixels(limits)
            kind = picture.format
            upright = ImageOps.exif_transpose(picture)
            clear = upright.has_transparency_data
            if kind == "PNG" or clear:
                drawn = upright.convert("RGBA" if clear else "RGB")
                target, extension = "PNG", "png"
            else:
                drawn, target, extension = upright.convert("RGB"), "JPEG", "jpg"
    except UnidentifiedImageError as error:
        raise _mismatch(N_("这不是图片文件（JPG、PNG），请核对后再上传")) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(limits) from error
    except Refused:
        raise
    except Exception as error:  # whatever a broken picture makes its reader raise
        raise corrupt() from error
    out = io.BytesIO()
    bare = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    bare.save(out, target, **({"quality": 88} if target == "JPEG" else {"optimize": False}))
    return Checked(out.getvalue(), harmless_name(name, extension), f"image/{target.lower()}")


def _too_many_pixels(limits: Limits) -> Refused:
    return Refused.because(
        "PIXEL_LIMIT", N_("图片尺寸过大（超过 %(limit)s00 万像素），请缩小后再上传"),
        status=422, limit=limits.pixels // 1_000_000,
    )  # fmt: skip


def evidence(data: bytes, name: str, limits: Limits = LIMITS) -> Checked:
    """A scan that comes back as evidence: a PDF, a picture, or a Word file."""
    if b"%PDF-" in data[:1024]:
        return pdf(data, name, limits)
    if data.startswith(b"PK"):
        return word(data, name, limits)
    if _sniffed(data).startswith("image/"):
        return image(data, name, limits)
    _measure(len(data), limits.pdf)
    raise _mismatch(N_("只能上传 PDF、JPG、PNG 或 Word（.docx）文件，请核对后再上传"))


@dataclass(frozen=True, slots=True)
class CheckedVideo:
    """A video that may be stored as it is; ``seconds`` None where the file does not say."""

    name: str
    media_type: str
    size: int
    seconds: int | None


def video(stream: IO[bytes], name: str, limits: Limits = LIMITS) -> CheckedVideo:
    """An MP4 or WebM video, judged by its container; the stream is left at its start."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    _measure(size, limits.video)
    try:
        facts = video_files.examine(stream)
    except video_files.NotVideo as error:
        raise _mismatch(
            N_("这不是能播放的视频（MP4 或 WebM）。手机录的 .mov 请转换为 MP4 后再上传")
        ) from error
    return CheckedVideo(
        harmless_name(name, facts.media_type[6:]), facts.media_type, size, facts.seconds
    )


_STYLES = "u => u\nstrike => s\np[style-name='Title'] => h1:fresh\np[style-name='标题'] => h1:fresh"


def word_to_html(
    data: bytes, name: str = "", limits: Limits = LIMITS
) -> tuple[str, tuple[Picture, ...]]:
    """A Word file as clean HTML and its pictures.

    In the HTML a picture is ``<img data-image="1" alt="…">``: store the pictures and name them
    with ``richtext.place_pictures``. The file is checked first and refused as by ``word``; a
    picture that cannot be drawn is refused as by ``image``.
    """
    word(data, name, limits)
    found: list[Picture] = []

    def keep(element: Any) -> dict[str, str]:
        number = len(found) + 1
        with element.open() as source:
            drawing = source.read()
        if not _sniffed(drawing).startswith("image/"):
            raise Refused.because(
                "TYPE_MISMATCH",
                N_("文件里的第 %(n)s 张图片是不能显示的格式（如 EMF、WMF），请换成 JPG 或 PNG 后再上传"),
                status=415, n=number,
            )  # fmt: skip
        found.append(Picture(number, image(drawing, f"{number}.png", limits)))
        return {"data-image": str(number), "alt": element.alt_text or ""}

    try:
        result = mammoth.convert_to_html(
            io.BytesIO(data),
            convert_image=mammoth.images.img_element(keep),
            style_map=_STYLES,
            include_embedded_style_map=False,
        )
    except Refused:
        raise
    except Exception as error:  # whatever a broken file makes the converter raise
        raise corrupt() from error
    return richtext.clean(result.value), tuple(found)
