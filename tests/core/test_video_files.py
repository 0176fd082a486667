"""Films are judged by their container."""

from __future__ import annotations

import io
import random
import struct

import pytest

from training.core import uploads
from training.core.errors import Refused
from training.core.uploads import Limits
from training.core.video_files import NotVideo, VideoFacts, examine


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(
    *, brand: bytes = b"isom", seconds: int = 95, own_data: bool = True, wide: bool = False
) -> bytes:
    if wide:
        times = b"\x01\0\0\0" + struct.pack(">QQIQ", 0, 0, 600, seconds * 600)
    else:
        times = bytes(4) + struct.pack(">IIII", 0, 0, 1000, seconds * 1000)
    reference = box(b"url ", struct.pack(">I", int(own_data)), b"" if own_data else b"http://x/\0")
    dref = box(b"dref", bytes(4), struct.pack(">I", 1), reference)
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"dinf", dref))))
    return (
        box(b"ftyp", brand, bytes(4), brand)
        + box(b"moov", box(b"mvhd", times, bytes(80)), track)
        + box(b"mdat", bytes(100))
    )


def element(kind: int, content: bytes) -> bytes:
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (0x10000000 | len(content)).to_bytes(4, "big") + content


def webm(*, doctype: bytes = b"webm", seconds: float | None = 61.5) -> bytes:
    length = b"" if seconds is None else element(0x4489, struct.pack(">d", seconds * 1000))
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3, "big")) + length)
    return element(0x1A45DFA3, element(0x4282, doctype)) + element(0x18538067, info)


@pytest.mark.parametrize(("data", "facts"), [
    (mp4(), VideoFacts("video/mp4", 95)), (mp4(wide=True), VideoFacts("video/mp4", 95)),
    (mp4(brand=b"mp42", seconds=0), VideoFacts("video/mp4", None)),
    (webm(), VideoFacts("video/webm", 61)), (webm(seconds=None), VideoFacts("video/webm", None)),
])  # fmt: skip
def test_a_film_tells_its_type_and_length(data: bytes, facts: VideoFacts) -> None:
    stream = io.BytesIO(data)
    assert examine(stream) == facts
    assert stream.tell() == 0


@pytest.mark.parametrize("data", [
    b"#EXTM3U\n#EXTINF:10,\nhttp://x.example/a.ts\n", b"<html>", b"", mp4(brand=b"qt  "),
    mp4(own_data=False), mp4()[:-50], box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", b"x"),
    webm(doctype=b"matroska"), webm()[:-3], b"\x1a\x45\xdf\xa3",
])  # fmt: skip
def test_what_is_no_film_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(NotVideo):
        examine(io.BytesIO(data))


def test_an_uploaded_film_keeps_its_name_and_gets_its_true_extension() -> None:
    checked = uploads.video(io.BytesIO(mp4()), "第一课.MOV")
    assert (checked.name, checked.media_type, checked.seconds) == ("第一课.mp4", "video/mp4", 95)
    assert checked.size == len(mp4())


def test_an_upload_that_is_no_film_is_a_mismatch_and_a_large_one_too_large() -> None:
    with pytest.raises(Refused) as caught:
        uploads.video(io.BytesIO(b"#EXTM3U"), "a.mp4")
    assert (caught.value.code, caught.value.status) == ("TYPE_MISMATCH", 415)
    with pytest.raises(Refused) as caught:
        uploads.video(io.BytesIO(mp4()), "a.mp4", Limits(video=10))
    assert (caught.value.code, caught.value.status) == ("TOO_LARGE", 413)


def test_noise_never_crashes_the_reader() -> None:
    dice = random.Random(20261123)
    refused = 0
    for _ in range(400):
        data = bytearray(dice.choice([mp4(), webm(), mp4(wide=True)]))
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            examine(io.BytesIO(bytes(data)))
        except NotVideo:
            refused += 1
    assert refused


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e308])
def test_a_length_that_is_no_number_is_a_damaged_film(seconds: float) -> None:
    with pytest.raises(NotVideo):
        examine(io.BytesIO(webm(seconds=seconds)))


def test_boxes_within_boxes_are_not_followed_for_ever() -> None:
    inner = box(b"moov") * 4000
    with pytest.raises(NotVideo):
        examine(io.BytesIO(box(b"ftyp", b"isom", bytes(4)) + box(b"moov", inner)))
