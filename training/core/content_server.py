"""The content origin: a small application of its own that hands out stored files by signed
links, under headers that keep whatever people upload from acting as a page of ours.

It knows no sessions and sets no cookies: a link says what it opens and for how long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
import structlog
from flask import Flask, Response, request

from . import files
from .config import Config
from .db import db, init_db
from .models import StoredFile

log = structlog.get_logger("content")
_CHUNK = 256 * 1024
INLINE = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/webm",
     "application/pdf"}
)  # fmt: skip
_SANDBOX = (
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
)
# Browsers refuse to open their PDF viewer in a sandbox; the viewer runs apart from our pages.
_PDF = "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'"
_GONE = (
    "链接已失效，请回到原来的页面，刷新后再打开。\n"
    "This link has expired. Go back to the page, reload it and try again.\n"
)
_AWAY = (
    "文件暂时取不到，请稍后再试。\n"
    "The file cannot be fetched at the moment. Please try again later.\n"
)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range (RFC 9110 14.1.2), or None for the whole file.

    Raises ``ValueError`` for a range beyond the file. What is malformed or names several
    ranges is answered with the whole, as the RFC allows.
    """
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        if int(last) == 0 or size == 0:
            raise ValueError("beyond the file")
        return max(size - int(last), 0), size - 1
    start, end = int(first), min(int(last or size - 1), size - 1)
    if last and int(last) < start:
        return None
    if start >= size:
        raise ValueError("beyond the file")
    return start, end


def _chunks(source: IO[bytes], length: int) -> Iterator[bytes]:
    with source:
        while length and (chunk := source.read(min(_CHUNK, length))):
            length -= len(chunk)
            yield chunk


def disposition(name: str, *, inline: bool) -> str:
    """Content-Disposition with the name in UTF-8 (RFC 6266) and an ASCII one for old clients."""
    extension = name.rsplit(".", 1)[-1] if "." in name else ""
    plain = name if name.isascii() else "file" + (f".{extension}" if extension.isascii() else "")
    plain = re.sub(r"[^\w. -]", "_", plain)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def sharing(settings: Config) -> str:
    """Cross-Origin-Resource-Policy: our site's pages show pictures and films from here.

    Sub-domains of one site are ``same-site``. Browsers know no site for an address of figures
    or a bare name, so that in development only ``cross-origin`` lets pictures through.
    """
    hosts = [urlsplit(u).hostname or "" for u in (settings.base_url, settings.files_origin)]
    named = all("." in h and not h.rsplit(".", 1)[-1].isdigit() for h in hosts)
    return "same-site" if named else "cross-origin"


def _plain(text: str, status: int, **headers: str) -> Response:
    return Response(text, status, headers, content_type="text/plain; charset=utf-8")


def create_content_app(settings: Config) -> Flask:
    """The application behind ``CONTENT_ORIGIN`` (``CONTENT_PORT`` in development)."""
    app = Flask("training.content", static_folder=None)
    app.config.update(SECRET_KEY=settings.secret_key, TESTING=settings.env == "testing")
    init_db(app, settings.database_url)
    app.extensions["academy.storage"] = files.make_storage(settings)

    @app.get("/f/<token>")
    def file(token: str) -> Response:
        asked = files.read_link(token)
        record = asked and db.session.scalar(
            sa.select(StoredFile).where(StoredFile.public_id == asked[0])
        )
        if not asked or not record:
            return _plain(_GONE, 404)
        return _serve(record, download=asked[1])

    @app.get("/healthz")
    def healthz() -> Response:
        return _plain("ok\n", 200)

    @app.after_request
    def headers(response: Response) -> Response:
        pdf = response.mimetype == "application/pdf"
        response.headers["Content-Security-Policy"] = (
            f"{_PDF if pdf else _SANDBOX}; frame-ancestors {settings.base_url}"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = sharing(settings)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        return response

    return app


def _serve(record: StoredFile, *, download: bool) -> Response:
    etag = f'"{record.sha256}"'
    head = {
        "Content-Type": record.media_type,
        "Content-Disposition": disposition(
            record.name, inline=not download and record.media_type in INLINE
        ),
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": f"private, max-age={files.LINK_SECONDS}",
    }
    if etag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers={"ETag": etag, "Cache-Control": head["Cache-Control"]})
    wanted = request.headers.get("Range")
    if request.headers.get("If-Range", etag) != etag:
        wanted = None
    try:
        part = byte_range(wanted, record.size)
    except ValueError:
        return _plain("", 416, **{"Content-Range": f"bytes */{record.size}"})
    start, end = part or (0, record.size - 1)
    if part:
        head["Content-Range"] = f"bytes {start}-{end}/{record.size}"
    head["Content-Length"] = str(end - start + 1)
    if request.method == "HEAD":
        return Response(status=206 if part else 200, headers=head)
    try:
        source = files.storage().open(record.key, start)
    except FileNotFoundError:
        return _plain(_GONE, 404)
    except Exception:  # a disk and each object store have errors of their own
        log.exception("content.store_away")
        return _plain(_AWAY, 503, **{"Retry-After": "10"})
    return Response(
        _chunks(source, end - start + 1),
        206 if part else 200,
        head,
        direct_passthrough=True,
    )
