"""Our own static files under an address that changes with their content, cached for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, abort, current_app, send_from_directory

FOLDER = Path(__file__).parent / "static"


def content_digest(folder: Path) -> str:
    """One digest over all files: a change in any gives all a new address."""
    hasher = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        hasher.update(path.relative_to(folder).as_posix().encode())
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()[:12]


def url(path: str) -> str:
    """The address of one of our own static files."""
    return f"/static/{current_app.extensions['academy.static_digest']}/{path}"


def init_static(app: Flask) -> None:
    digest = content_digest(FOLDER)
    app.extensions["academy.static_digest"] = digest

    def serve(wanted: str, path: str) -> Response:
        if wanted != digest:
            abort(404)
        response = send_from_directory(FOLDER, path)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    serve.permission = "core:static:read"  # type: ignore[attr-defined]
    app.add_url_rule("/static/<wanted>/<path:path>", "static_files", serve)
    app.jinja_env.globals["static_url"] = url
