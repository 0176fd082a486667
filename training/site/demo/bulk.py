"""Rows by the hundred: past the unit of work, which the demo's size would keep busy for long."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from training.core.db import Model, db


def insert(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows (by column) in the current write transaction; defaults fill what they leave."""
    if rows:
        db.session.execute(model.metadata.tables[model.__tablename__].insert(), rows)


@contextmanager
def without_collector() -> Iterator[None]:
    """Nothing made here is garbage before the end, so nobody need look for it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
