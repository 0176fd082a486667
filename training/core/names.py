"""The names of persons by the random ids that records hold.

The ground floor knows no person; the floor that does says how to look them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .rules.permission import Actor

Lookup = Callable[[Iterable[str], Actor | None], dict[str, str]]
_lookup: Lookup | None = None


def install(lookup: Lookup) -> None:
    global _lookup
    _lookup = lookup


def of(refs: Iterable[str], reader: Actor | None = None) -> dict[str, str]:
    """The names of those who are known; one query. With a ``reader`` only of those whose file
    that actor may read."""
    if _lookup is None:
        raise RuntimeError("nobody said how names are looked up")
    return _lookup(refs, reader)
