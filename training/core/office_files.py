"""Word and Excel files are zip archives of XML: opened with limits, refused with a code.

Nothing is written to disk and nothing outside the archive is read.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from .errors import Refused
from .rules.words import N_


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may unpack to. ``ratio`` (unpacked to packed) is looked at from
    ``ratio_from`` bytes on: small files of much repetition are ordinary."""

    unpacked: int = 200 * 1024 * 1024
    entries: int = 2000
    ratio: int = 50
    ratio_from: int = 1024 * 1024


_MACRO = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|activeX/)", re.IGNORECASE)
_DRIVE = re.compile(r"^(file:/*)?[A-Za-z](:|%3A)[/\\]")
# Also a compression that zipfile does not know: it says so by a RuntimeError.
_CORRUPT = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError,
    expat.ExpatError,
)  # fmt: skip


class _Doctype(Exception):
    pass


def corrupt() -> Refused:
    return Refused.because(
        "CORRUPT_FILE", N_("文件已损坏，无法打开。请在电脑上打开确认无误，另存后再上传"), status=422
    )


def too_big_unpacked() -> Refused:
    return Refused.because(
        "UNPACK_LIMIT", N_("文件解压后过大，没有接收。请删减内容或图片后再上传"), status=422
    )


def open_archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """The archive if it keeps to the limits. Raises ``Refused``: ``UNPACK_LIMIT``,
    ``CORRUPT_FILE``, ``ENCRYPTED_FILE`` (all 422)."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except _CORRUPT as error:
        raise corrupt() from error
    unpacked = sum(e.file_size for e in entries)
    # Entries that share their bytes unpack to more than the file holds.
    overlapping = sum(e.compress_size for e in entries) > len(data)
    if len(entries) > limits.entries or unpacked > limits.unpacked or overlapping:
        raise too_big_unpacked()
    if unpacked > limits.ratio_from and unpacked > limits.ratio * len(data):
        raise too_big_unpacked()
    if any(e.flag_bits & 1 for e in entries):
        raise Refused.because(
            "ENCRYPTED_FILE", N_("文件设有密码，无法核对内容。请去掉密码后再上传"), status=422
        )
    return archive


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for entry in archive.infolist():
        yield entry.filename, archive.read(entry)


def _well_formed(body: bytes, relations: list[dict[str, str]] | None) -> None:
    """Parse a part. A document type declaration is refused: office files have none, and
    entities (XXE, expansion bombs) need one."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def doctype(*_: object) -> None:
        raise _Doctype

    def element(name: str, attributes: dict[str, str]) -> None:
        if relations is not None and name.endswith(" Relationship"):
            relations.append(attributes)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = element
    parser.Parse(body, True)


def inspect(archive: zipfile.ZipFile, main_part: str) -> None:
    """Look into every part. Raises ``Refused`` (422): ``MACRO``, ``EXTERNAL_IMAGE`` naming the
    picture, ``EXTERNAL_CONTENT``, ``CORRUPT_FILE``."""
    names = archive.namelist()
    if "[Content_Types].xml" not in names or main_part not in names:
        raise corrupt()
    if any(_MACRO.search(name) for name in names):
        raise _macro()
    try:
        for name, body in _parts(archive):
            if name == "[Content_Types].xml" and b"macroEnabled" in body:
                raise _macro()
            # Office programs take the names of parts in any case.
            if name.lower().endswith((".xml", ".rels")):
                relations: list[dict[str, str]] | None = (
                    [] if name.lower().endswith(".rels") else None
                )
                _well_formed(body, relations)
                for relation in relations or ():
                    _check_relation(relation)
    except _Doctype as error:
        raise corrupt() from error
    except _CORRUPT as error:
        raise corrupt() from error


def _macro() -> Refused:
    return Refused.because(
        "MACRO",
        N_("文件含有宏或控件，没有接收。请另存为不含宏的 .docx 或 .xlsx 后再上传"),
        status=422,
    )


def _check_relation(relation: dict[str, str]) -> None:
    """Only hyperlinks may lead outside the file (and the author's own template on a drive)."""
    if relation.get("TargetMode", "").lower() != "external":
        return
    kind, target = relation.get("Type", "").rsplit("/", 1)[-1], relation.get("Target", "")
    if kind == "hyperlink" or (kind == "attachedTemplate" and _DRIVE.match(target)):
        return
    if kind == "image":
        raise Refused.because(
            "EXTERNAL_IMAGE",
            N_("文件里的图片「%(target)s」是链接，不在文件内。请在 Word 中把它嵌入文档后再上传"),
            status=422,
            target=target[:120],
        )
    raise Refused.because(
        "EXTERNAL_CONTENT",
        N_("文件引用了外部内容「%(target)s」，没有接收。请断开链接后再上传"),
        status=422,
        target=target[:120],
    )
