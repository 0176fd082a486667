"""Histories that the database itself refuses to change or delete.

The application never updates these tables; the triggers make it impossible by accident,
and the audit chain makes it visible if somebody removes the triggers.
"""

from __future__ import annotations

import sqlalchemy as sa

TABLES: set[str] = {"audit_entry", "audit_link", "calendar_entry", "policy_version", "fact"}


def declare(*tables: str) -> None:
    """A room names its histories here, next to its models."""
    TABLES.update(tables)


def statements(dialect: str, table: str) -> list[str]:
    """The DDL that makes one table append-only; safe to run again."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in ("update", "delete")
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS "
        "'BEGIN RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME; END' LANGUAGE plpgsql",
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]


def _protected(connection: sa.Connection) -> set[str]:
    """Tables that have both their triggers on PostgreSQL: there, making them anew at every start
    would lock a table that people are writing to."""
    if connection.dialect.name == "sqlite":
        return set()
    there = set(connection.exec_driver_sql("SELECT tgname FROM pg_trigger").scalars())
    return {t for t in TABLES if {f"{t}_append_only", f"{t}_no_truncate"} <= there}


def protect(engine: sa.Engine) -> None:
    """Put the triggers in place on every history that exists."""
    existing = set(sa.inspect(engine).get_table_names())
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        for table in sorted((TABLES & existing) - _protected(connection)):
            for statement in statements(engine.dialect.name, table):
                connection.exec_driver_sql(
                    statement.replace("%", "%%") if engine.dialect.name != "sqlite" else statement
                )
