"""One record for each kind of id that stands in a URL, for the access matrix.

A room registers a factory for each of its URL variables: given an organisation and the
person whom the record should be about, it stores a record and returns its public id::

    @url_object("course_id")
    def _course(org: OrgUnit, person: Person) -> str: ...

Plain values (a code, a number) are registered with ``url_value``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from training.core.models import OrgUnit
from training.people.models import Person

Factory = Callable[[OrgUnit, Person], str]
OBJECTS: dict[str, Factory] = {}
VALUES: dict[str, str] = {}


def url_object(*names: str) -> Callable[[Factory], Factory]:
    def register(factory: Factory) -> Factory:
        for name in names:
            OBJECTS[name] = factory
        return factory

    return register


def url_value(**values: str) -> None:
    VALUES.update(values)


def load_all() -> None:
    """Import every room's support module, so that its factories are registered."""
    folder = Path(__file__).parent
    for path in sorted(folder.glob("*.py")):
        if path.stem not in ("__init__", "objects", "databases", "world", "route_list"):
            importlib.import_module(f"tests.support.{path.stem}")


url_value(code="hr")
