"""Can this process serve, and is what it leans on there? Asked by ``/readyz``.

Without database, migrations or file store nobody is served: the balancer must look for
another process. Without a worker, or the library that makes papers small, people are served
all the same and somebody has to look after it: ``degraded``.
"""

from __future__ import annotations

import ctypes
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
import structlog
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from . import files, jobs
from .db import db

NEEDED = ("database", "migrations", "files")
_SUBSETTER = "libharfbuzz-subset.so.0"
log = structlog.get_logger("readiness")


@lru_cache(maxsize=1)
def subsetter_is_there() -> bool:
    """WeasyPrint embeds whole Chinese fonts, slowly, where HarfBuzz's subsetter is missing."""
    try:
        ctypes.CDLL(_SUBSETTER)
    except OSError:
        return False
    return True


@lru_cache(maxsize=1)
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """The heads that this code wants, and all revisions that it knows."""
    config = current_app.extensions["migrate"].migrate.get_config()
    scripts = ScriptDirectory.from_config(config)
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return frozenset(scripts.get_heads()), known


def _database() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _migrations() -> bool:
    """The schema of this code, or a later one: the release before runs on it, too."""
    wanted, known = _revisions()
    found = frozenset(MigrationContext.configure(db.session.connection()).get_current_heads())
    return wanted <= found or bool(found - known)


def _files() -> bool:
    try:
        files.storage().exists("00/0")
    except Exception:  # a disk and each object store have errors of their own
        log.exception("readiness.files")
        return False
    return True


def checks(now: datetime) -> dict[str, bool]:
    """Each thing by name; what the database would have to say is false without it."""
    database = _database()
    return {
        "database": database,
        "migrations": database and _migrations(),
        "files": _files(),
        "worker": database and jobs.looked_after(now),
        "harfbuzz-subset": subsetter_is_there(),
    }


def status(found: dict[str, bool]) -> str:
    """``ok``, ``degraded`` or ``failing``."""
    if not all(found[name] for name in NEEDED):
        return "failing"
    return "ok" if all(found.values()) else "degraded"
