"""Counting what a page asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import event

from training.core.db import db


@dataclass
class Counted:
    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counting() -> Iterator[Counted]:
    """``with counting() as n: …; len(n)`` statements were executed."""
    counted = Counted()

    def note(_connection, _cursor, statement, *_rest) -> None:
        counted.statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
