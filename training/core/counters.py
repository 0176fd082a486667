"""Counters that move in their user's own transaction: what is rolled back uses no number up,
what is committed uses it for ever."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from .db import db
from .models import Counter


def take(name: str, count: int = 1) -> int:
    """The first of the next ``count`` numbers of a counter, from 1 on. Its row stays locked
    until the transaction ends; two that begin a counter at once both get their numbers."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Counter).values(name=name, value=count)
    statement = insert.on_conflict_do_update(
        index_elements=[Counter.name], set_={"value": Counter.value + count}
    ).returning(Counter.value)
    last = db.session.execute(
        statement, execution_options={"synchronize_session": False}
    ).scalar_one()
    return int(last) - count + 1
