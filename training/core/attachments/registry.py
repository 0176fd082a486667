"""Which records take files. A room says so in its ``documents.py``:

accept("dismissal", Dismissal, read="employment:dismissal:read", write="employment:dismissal:file")
"""

from __future__ import annotations

from dataclasses import dataclass

from ..db import Model


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of record that takes files: who may see them, who may add and withdraw."""

    kind: str
    model: type[Model]
    read: str
    write: str


_subjects: dict[str, Subject] = {}


def accept(kind: str, model: type[Model], *, read: str, write: str) -> None:
    """Let records of ``model`` take files. Raises ``ValueError`` when said twice."""
    if kind in _subjects:
        raise ValueError(f"{kind} takes files already")
    _subjects[kind] = Subject(kind, model, read, write)


def find(kind: str) -> Subject | None:
    return _subjects.get(kind)
