"""Database: the model base, column types and the two kinds of transaction.

SQLite runs in WAL mode with synchronous=FULL: an acknowledged commit is on the disk.
Reading uses plain BEGIN, writing BEGIN IMMEDIATE (see ``verbs``), so that a
read-modify-write never loses an update.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.pool import Pool

SOUND_SQLITE = (3, 51, 3)
_BACKPORTED = ((3, 44, 6), (3, 50, 7))

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored as UTC. Naive values are refused: they have no meaning."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone was handed to the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_public_id() -> str:
    """96 random bits in hexadecimal: what stands in URLs instead of a primary key."""
    return secrets.token_hex(12)


_METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    registry = registry(
        metadata=_METADATA,
        type_annotation_map={
            datetime: UtcDateTime(),
            dict[str, Any]: sa.JSON(),
            list[Any]: sa.JSON(),
        },
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

Id = Annotated[int, mapped_column(BigId, primary_key=True)]
PublicId = Annotated[str, mapped_column(sa.String(24), unique=True, default=new_public_id)]
Str20 = Annotated[str, mapped_column(sa.String(20))]
Str40 = Annotated[str, mapped_column(sa.String(40))]
Str100 = Annotated[str, mapped_column(sa.String(100))]
Str200 = Annotated[str, mapped_column(sa.String(200))]
Text = Annotated[str, mapped_column(sa.Text)]


def ref(target: str, **options: Any) -> Any:
    """A foreign key column that restricts: records are archived, never cascaded away."""
    options.setdefault("index", True)
    return mapped_column(BigId, sa.ForeignKey(target, ondelete="RESTRICT"), **options)


def enum_column(enum: type[StrEnum], **options: Any) -> Any:
    """An enum stored as its string value."""
    kind = sa.Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=40,
        values_callable=lambda members: [str(m.value) for m in members],
    )
    return mapped_column(kind, **options)


def state_check(name: str, condition: str) -> sa.CheckConstraint:
    """A state that carries a duty: ``state_check("decided", "state <> 'decided' OR decider_id IS NOT NULL")``."""
    return sa.CheckConstraint(condition, name=name)


def check_sqlite(version: tuple[int, ...]) -> None:
    """Refuse a SQLite with the WAL corruption race (3.7.0–3.51.2 but for two backports)."""
    sound = version >= SOUND_SQLITE or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in _BACKPORTED
    )
    if not sound:
        raise RuntimeError(
            f"SQLite {'.'.join(map(str, version))} can corrupt a WAL database; 3.51.3 or later is wanted"
        )


def engine_options(url: str) -> dict[str, Any]:
    """Options for ``create_engine``, with the sound SQLite that pysqlite3 carries."""
    options: dict[str, Any] = {
        "json_serializer": lambda v: json.dumps(v, ensure_ascii=False),
        # An error names the statement; its values may be people's.
        "hide_parameters": True,
    }
    if url.startswith("sqlite"):
        from pysqlite3 import dbapi2  # noqa: PLC0415 - a PostgreSQL site needs no SQLite at all

        check_sqlite(dbapi2.sqlite_version_info)
        options["module"] = dbapi2
        options["connect_args"] = {"isolation_level": None, "timeout": 15}
    else:
        options |= {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": True}
    return options


@event.listens_for(Pool, "connect")
def _on_connect(connection: Any, _record: Any) -> None:
    if "sqlite" not in type(connection).__module__:
        return
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        # Else REPLACE would delete from a history without its trigger noticing.
        "recursive_triggers=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _on_begin(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def init_db(app: Flask, url: str) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
