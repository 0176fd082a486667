"""The migrations make exactly the schema that the models describe."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from training.core import append_only
from training.core.db import db
from training.site.schema import metadata


def test_the_migrations_make_what_the_models_describe(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []


def test_every_declared_history_exists_and_refuses_change(app):
    tables = set(metadata().tables)
    assert append_only.TABLES - tables == set()
