"""The rooms of the house, from the ground up. A room that is not listed does not exist.

Each gives what it has of: ``rules.permissions`` (PERMISSIONS), ``models``, ``jobs``,
``documents`` (the papers it writes) and ``views`` (a blueprint called ``room``).
"""

from __future__ import annotations

import importlib
from types import ModuleType

ROOMS = (
    "training.core",
    "training.core.documents",
    "training.core.attachments",
    "training.people",
    "training.proceedings",
    "courses",
    "training.programmes",
    "exams.bank",
    "exams.papers",
    "exams.sittings",
    "exams.marking",
    "certificates",
    "training.appraisal",
    "training.employment",
    "training.site",
)


def part(room: str, name: str) -> ModuleType | None:
    """A module of a room, or None if the room has no such part."""
    full = f"{room}.{name}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name is not None and full.startswith(error.name):
            return None
        raise


def parts(name: str) -> list[ModuleType]:
    return [module for room in ROOMS if (module := part(room, name)) is not None]
