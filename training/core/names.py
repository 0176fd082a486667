"""The names of persons by the random ids that records hold.

The ground floor knows no person; the floor that does says how to look them up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

_lookup: Callable[[Iterable[str]], dict[str, str]] | None = None


def install(lookup: Callable[[Iterable[str]], dict[str, str]]) -> None:
    global _lookup
    _lookup = lookup


def of(refs: Iterable[str]) -> dict[str, str]:
    """The names of those who are known; one query."""
    if _lookup is None:
        raise RuntimeError("nobody said how names are looked up")
    return _lookup(refs)
