"""The content origin: signed links, ranges, headers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.support.world import NOW
from training.core import files
from training.core.config import Config, load
from training.core.content_server import byte_range, create_content_app, disposition, sharing
from training.core.db import db
from training.core.models import StoredFile

DATA = bytes(range(256)) * 8


@pytest.fixture
def content(app: Flask, settings: Config) -> Iterator[FlaskClient]:
    server = create_content_app(settings)
    yield server.test_client()
    with server.app_context():
        db.session.remove()
        db.engine.dispose()


def stored(media_type: str = "video/mp4", name: str = "第一课.mp4") -> StoredFile:
    db.session.connection(execution_options={"write": True})
    record = files.keep(DATA, name=name, media_type=media_type, purpose="lesson", now=NOW)
    db.session.commit()
    return record


def path(link: str) -> str:
    return "/f/" + link.rsplit("/f/", 1)[1]


def test_a_signed_link_opens_its_file(content: FlaskClient) -> None:
    response = content.get(path(files.link(stored())))
    assert (response.status_code, response.data) == (200, DATA)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(len(DATA))


def test_it_keeps_content_from_acting_and_sets_no_cookie(content: FlaskClient) -> None:
    head = content.get(path(files.link(stored("text/html", "x.html")))).headers
    assert head["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "frame-ancestors http://localhost" in head["Content-Security-Policy"]
    assert head["X-Content-Type-Options"] == "nosniff"
    assert head["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert head["Content-Disposition"].startswith("attachment")
    assert "Set-Cookie" not in head


@pytest.mark.parametrize(("media_type", "download", "kind"), [
    ("image/png", False, "inline"), ("application/pdf", False, "inline"),
    ("video/mp4", False, "inline"), ("image/png", True, "attachment"),
    ("image/svg+xml", False, "attachment"), ("text/csv", False, "attachment"),
])  # fmt: skip
def test_only_pictures_films_and_pdf_open_in_place(
    content: FlaskClient, media_type: str, download: bool, kind: str
) -> None:
    link = files.link(stored(media_type), download=download)
    assert content.get(path(link)).headers["Content-Disposition"].startswith(kind)


def test_a_pdf_is_not_sandboxed_since_viewers_refuse_it(content: FlaskClient) -> None:
    policy = content.get(path(files.link(stored("application/pdf")))).headers[
        "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy


@pytest.mark.parametrize(("asked", "status", "part", "says"), [
    ("bytes=0-9", 206, DATA[:10], "bytes 0-9/2048"),
    ("bytes=2000-", 206, DATA[2000:], "bytes 2000-2047/2048"),
    ("bytes=-5", 206, DATA[-5:], "bytes 2043-2047/2048"),
    ("bytes=0-99999", 206, DATA, "bytes 0-2047/2048"),
    ("bytes=-99999", 206, DATA, "bytes 0-2047/2048"),
    ("bytes=2048-", 416, b"", "bytes */2048"),
    ("bytes=-0", 416, b"", "bytes */2048"),
    ("bytes=5-2", 200, DATA, None),
    ("bytes=0-1,5-6", 200, DATA, None),
    ("lines=1-2", 200, DATA, None),
    ("bytes=-", 200, DATA, None),
])  # fmt: skip
def test_ranges(
    content: FlaskClient, asked: str, status: int, part: bytes, says: str | None
) -> None:
    response = content.get(path(files.link(stored())), headers={"Range": asked})
    assert (response.status_code, response.data) == (status, part)
    assert response.headers.get("Content-Range") == says


def test_a_range_of_a_changed_file_is_answered_with_the_whole(content: FlaskClient) -> None:
    link = path(files.link(stored()))
    etag = content.head(link).headers["ETag"]
    fresh = content.get(link, headers={"Range": "bytes=0-1", "If-Range": etag})
    stale = content.get(link, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert (fresh.status_code, stale.status_code) == (206, 200)
    assert content.get(link, headers={"If-None-Match": etag}).status_code == 304


def test_head_tells_the_length_without_the_content(content: FlaskClient) -> None:
    response = content.head(path(files.link(stored())))
    assert (response.data, response.headers["Content-Length"]) == (b"", str(len(DATA)))


def test_a_forged_an_expired_or_a_dangling_link_opens_nothing(content: FlaskClient) -> None:
    record = stored("image/png")
    link = path(files.link(record))
    assert content.get(link[:-2] + "xx").status_code == 404
    assert content.get("/f/nonsense").status_code == 404
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=files.LINK_SECONDS + 2)):
        expired = content.get(link)
    assert expired.status_code == 404
    assert "链接已失效" in expired.text
    files.storage().delete(record.key)
    assert content.get(link).status_code == 404


def test_a_film_goes_on_playing_after_the_link_of_a_picture_would_have_ended(
    content: FlaskClient,
) -> None:
    link = path(files.link(stored()))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        assert content.get(link, headers={"Range": "bytes=9-9"}).status_code == 206
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=7)):
        assert content.get(link).status_code == 404


def test_a_link_signed_with_another_key_opens_nothing(content: FlaskClient, app: Flask) -> None:
    record = stored("image/png")
    kept = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another" * 8
    try:
        link = path(files.link(record))
    finally:
        app.config["SECRET_KEY"] = kept
    assert content.get(link).status_code == 404


def test_it_says_that_it_is_there(content: FlaskClient) -> None:
    assert content.get("/healthz").data == b"ok\n"


@pytest.mark.parametrize(("base", "origin", "policy"), [
    ("https://academy.example.cn", "https://files.example.cn", "same-site"),
    ("http://127.0.0.1:8000", "", "cross-origin"), ("http://localhost", "", "cross-origin"),
])  # fmt: skip
def test_pictures_reach_our_pages_and_other_sites_only_where_no_site_is_known(
    base: str, origin: str, policy: str
) -> None:
    settings = load({"BASE_URL": base, "CONTENT_ORIGIN": origin}, Path("/nowhere"))
    assert sharing(settings) == policy


def test_names_are_given_in_utf_8_with_a_plain_one_beside() -> None:
    given = disposition('公"示\n.pdf', inline=False)
    assert (
        given == "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%85%AC%22%E7%A4%BA%0A.pdf"
    )
    assert disposition('a";x.pdf', inline=True).startswith('inline; filename="a__x.pdf"')


def test_an_empty_file_has_no_range() -> None:
    assert byte_range(None, 0) is None
    with pytest.raises(ValueError, match="beyond"):
        byte_range("bytes=0-", 0)


def test_the_files_origin_is_our_own_host_unless_told() -> None:
    here = load({"BASE_URL": "http://192.168.1.5:8000", "PORT": "8000"}, Path("/nowhere"))
    assert here.files_origin == "http://192.168.1.5:8001"
    told = load({"CONTENT_ORIGIN": "https://files.example/"}, Path("/nowhere"))
    assert told.files_origin == "https://files.example"
