"""Write transactions: begun explicitly, joined when nested, with hooks after the commit.

On SQLite a write transaction begins with BEGIN IMMEDIATE, so that what is read in it is
still true when it commits; on PostgreSQL the rows that are decided upon are locked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from .db import db

P = ParamSpec("P")
R = TypeVar("R")

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_after: ContextVar[list[Callable[[], None]]] = ContextVar("after_commit")


def in_unit() -> bool:
    """Is a write transaction of ours open in this context?"""
    return _writing.get()


def after_commit(action: Callable[[], None]) -> None:
    """Run once the outermost unit has committed (to wake the worker, say)."""
    _after.get().append(action)


@contextmanager
def write_unit() -> Iterator[None]:
    """End the read transaction and write in one of our own: commit at the end, or roll back.

    Raises ``RuntimeError`` when something was changed outside a unit.
    """
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside a unit of work")
    session.rollback()
    session.connection(execution_options={"write": True})
    hooks: list[Callable[[], None]] = []
    after, writing = _after.set(hooks), _writing.set(True)
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _after.reset(after)
        _writing.reset(writing)
    for hook in hooks:
        hook()


def system_unit(function: Callable[P, R]) -> Callable[P, R]:
    """A write transaction of the site itself (sessions, sealing, sweeping): no act of a
    person, therefore no audit entry of its own. Joins a unit that is at work."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if in_unit():
            return function(*args, **kwargs)
        with write_unit():
            return function(*args, **kwargs)

    return run
