"""The ground floor's own pages: language and type size, health, the style page."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, current_app, jsonify, render_template

from . import web
from .db import db

room = web.Room("core", __name__)


@room.page("/styleguide", "core:styleguide:read")
def styleguide() -> str:
    return render_template("core/styleguide.html")


@room.page("/healthz", "core:health:read")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@room.page("/readyz", "core:health:read")
def readyz() -> tuple[Response, int]:
    """The process can serve: the database answers and the store is there."""
    checks = {"database": True, "files": True}
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        checks["database"] = False
    try:
        current_app.extensions["academy.storage"].exists("00/0")
    except OSError:
        checks["files"] = False
    return jsonify(status="ok" if all(checks.values()) else "failing", checks=checks), 200 if all(
        checks.values()
    ) else 503
