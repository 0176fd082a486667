"""The database schema: the models of every room, brought up to date by the migrations."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from flask_migrate import upgrade as run_upgrade

from training.core import append_only
from training.core.config import Config
from training.core.db import Base, db

from .rooms import parts


def metadata() -> sa.MetaData:
    """The tables of all rooms."""
    parts("models")
    return Base.registry.metadata


def init_migrations(app: Flask, settings: Config) -> None:
    Migrate(app, db, directory=str(settings.root / "migrations"))


def upgrade() -> None:
    """Run the migrations that are missing, then see that histories refuse change."""
    run_upgrade()
    append_only.protect(db.engine)
