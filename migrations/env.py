"""Alembic's environment: the app's own engine and the models of every room."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection

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


def _references(connection: Connection, kept: bool) -> None:
    """SQLite changes a table by making it anew: while the old one goes, what refers to it must
    not be asked. The switch works outside a transaction only, so on the driver's connection."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(
            f"PRAGMA foreign_keys={'ON' if kept else 'OFF'}"
        )


def _see_references_are_whole(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration would leave references broken: {broken[:5]}")


def run() -> None:
    """Migrate over the connection of the app; SQLite runs in one write transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(write=True) as connection:
        _references(connection, kept=False)
        try:
            context.configure(connection=connection, **_options(engine.dialect.name))
            with context.begin_transaction():
                context.run_migrations()
                _see_references_are_whole(connection)
        finally:
            connection.rollback()
            _references(connection, kept=True)


run()
