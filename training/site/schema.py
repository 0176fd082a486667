"""The database schema: brought up to date by the migrations."""

from __future__ import annotations

from flask import Flask

from training.core.db import db


def upgrade(app: Flask) -> None:
    with app.app_context():
        db.create_all()
