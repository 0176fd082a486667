"""Video containers, read by their own structure: MP4 boxes (ISO/IEC 14496-12) and WebM (EBML).

Nothing decodes a picture here: the question is whether the file is what it says, refers to
nothing outside itself, and how long it runs.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_MP4_BRANDS = {
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42", b"MSNV",
    b"M4V ", b"M4VH", b"dash", b"mmp4", b"3gp4", b"3gp5", b"3gp6",
}  # fmt: skip
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf"}
_MAX_BOXES = 4096
_MAX_NESTED = 256
"""Containers that are looked into: a film has some tens."""


class NotVideo(ValueError):
    """Not an MP4 or WebM file, a damaged one, or one that refers to data elsewhere."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """``seconds`` is None where the container does not say (a live recording)."""

    media_type: str
    seconds: int | None


def examine(stream: IO[bytes]) -> VideoFacts:
    """Media type and length in whole seconds. Raises ``NotVideo``. Leaves the stream at its start."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(12)
    try:
        if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
            return VideoFacts("video/mp4", _mp4(stream, size))
        if head[:4] == b"\x1a\x45\xdf\xa3":
            return VideoFacts("video/webm", _webm(stream, size))
    except (struct.error, OverflowError, ZeroDivisionError, ValueError) as error:
        raise NotVideo(str(error)) from error
    finally:
        stream.seek(0)
    raise NotVideo("another kind of file")


def _boxes(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, first byte of the content, end) of the boxes between two offsets."""
    at = start
    for _ in range(_MAX_BOXES):
        if at >= end:
            return
        stream.seek(at)
        length, kind = struct.unpack(">I4s", stream.read(8))
        body = at + 8
        if length == 1:
            (length,) = struct.unpack(">Q", stream.read(8))
            body += 8
        elif length == 0:
            length = end - at
        if length < body - at or at + length > end:
            raise NotVideo("truncated")
        yield kind, body, at + length
        at += length
    raise NotVideo("too many boxes")


def _mp4(stream: IO[bytes], size: int) -> int | None:
    seconds: int | None = None
    seen: set[bytes] = set()
    waiting = [(0, size)]
    opened = 0
    while waiting:
        opened += 1
        if opened > _MAX_NESTED:
            raise NotVideo("too many boxes")
        for kind, body, end in _boxes(stream, *waiting.pop()):
            seen.add(kind)
            if kind in _CONTAINERS:
                waiting.append((body, end))
            elif kind == b"mvhd":
                seconds = _mvhd(stream, body)
            elif kind == b"dref":
                # Version, flags and count, then the references: flag 1 means "in this file".
                for _, reference, _ in _boxes(stream, body + 8, end):
                    stream.seek(reference)
                    if not struct.unpack(">I", stream.read(4))[0] & 1:
                        raise NotVideo("refers to another file")
    if not {b"moov", b"mdat"} <= seen:
        raise NotVideo("no moving picture inside")
    return seconds


def _mvhd(stream: IO[bytes], at: int) -> int | None:
    stream.seek(at)
    if stream.read(4)[:1] == b"\x01":
        _, _, scale, length = struct.unpack(">QQIQ", stream.read(28))
    else:
        _, _, scale, length = struct.unpack(">IIII", stream.read(16))
    return int(length // scale) or None


_SEGMENT, _INFO, _SCALE, _DURATION, _DOCTYPE = (
    0x18538067, 0x1549A966, 0x2AD7B1, 0x4489, 0x4282,
)  # fmt: skip


def _vint(stream: IO[bytes], *, keep_marker: bool) -> tuple[int, bool]:
    """A variable-length number of EBML, and whether it stands for "unknown"."""
    first = stream.read(1)
    if not first or not first[0]:
        raise NotVideo("damaged")
    length = 9 - first[0].bit_length()
    value = int.from_bytes(first + stream.read(length - 1), "big")
    marker = 1 << (7 * length)
    bare = value & (marker - 1)
    return (value if keep_marker else bare), bare == marker - 1


def _elements(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    at = start
    for _ in range(_MAX_BOXES):
        if at >= end:
            return
        stream.seek(at)
        kind, _ = _vint(stream, keep_marker=True)
        length, unknown = _vint(stream, keep_marker=False)
        body = stream.tell()
        stop = end if unknown else body + length
        if stop > end:
            raise NotVideo("truncated")
        yield kind, body, stop
        at = stop


def _value(stream: IO[bytes], body: int, end: int) -> bytes:
    stream.seek(body)
    return stream.read(min(end - body, 64))


def _webm(stream: IO[bytes], size: int) -> int | None:
    scale, ticks, doctype, segment = 1_000_000, None, b"", False
    waiting = [(0, size)]
    opened = 0
    while waiting:
        opened += 1
        if opened > _MAX_NESTED:
            raise NotVideo("too many elements")
        for kind, body, end in _elements(stream, *waiting.pop()):
            if kind == 0x1A45DFA3 or kind in (_SEGMENT, _INFO):
                segment |= kind == _SEGMENT
                waiting.append((body, end))
            elif kind == _DOCTYPE:
                doctype = _value(stream, body, end).rstrip(b"\0")
            elif kind == _SCALE:
                scale = int.from_bytes(_value(stream, body, end), "big")
            elif kind == _DURATION:
                raw = _value(stream, body, end)
                (ticks,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)
    if doctype != b"webm" or not segment:
        raise NotVideo("not a WebM file")
    return None if ticks is None else int(ticks * scale) // 1_000_000_000 or None
