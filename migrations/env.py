"""Alembic's environment: the app's own engine and the models of every room."""

from __future__ import annotations

from alembic import context
from flask import current_app

from training.core.db import UtcDateTime
from training.site.schema import metadata

config = context.config


def _render(kind: str, item: object, _context: object) -> str | bool:
    """Our own column types as what they are in the database: a migration needs no models."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _options(dialect: str) -> dict[str, object]:
    return {
        "target_metadata": metadata(),
        "compare_type": True,
        "render_item": _render,
        "render_as_batch": dialect == "sqlite",
    }


def run() -> None:
    """Migrate over the connection of the app; SQLite runs in one write transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(write=True) as connection:
        context.configure(connection=connection, **_options(engine.dialect.name))
        with context.begin_transaction():
            context.run_migrations()


run()
