"""Our own static files under an address that changes with their content, cached for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

FOLDER = Path(__file__).parent / "static"


def content_digest(folder: Path) -> str:
    """One digest over all files: a change in any gives all a new address."""
    hasher = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        hasher.update(path.relative_to(folder).as_posix().encode())
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()[:12]


def init_static(app: Flask) -> None:
    digest = content_digest(FOLDER)

    def static_url(path: str) -> str:
        return f"/static/{digest}/{path}"

    def serve(wanted: str, path: str) -> Response:
        if wanted != digest and not app.debug:
            abort(404)
        response = send_from_directory(FOLDER, path)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    serve.permission = "core:static:read"  # type: ignore[attr-defined]
    app.add_url_rule("/static/<wanted>/<path:path>", "static_files", serve)
    app.jinja_env.globals["static_url"] = static_url
