"""The one organisation tree: adding units and reading a part of it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from . import access
from .db import db
from .models import OrgUnit
from .rules.permission import Actor
from .rules.roles import OrgKind

_BUREAUS = (OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU)


def root() -> OrgUnit | None:
    """The city bureau at the top of the tree."""
    return db.session.scalar(sa.select(OrgUnit).where(OrgUnit.parent_id.is_(None)))


def add_org(parent: OrgUnit | None, kind: OrgKind, name: str, **fields: str) -> OrgUnit:
    """Add a node with its path, in the current write transaction."""
    unit = OrgUnit(
        parent_id=parent.id if parent else None, kind=kind, name=name, path="?", **fields
    )
    db.session.add(unit)
    db.session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    db.session.flush()
    return unit


def bureaus(kinds: Iterable[OrgKind]) -> list[OrgUnit]:
    """The open units of some kinds in the order of the tree."""
    query = sa.select(OrgUnit).where(OrgUnit.kind.in_(list(kinds)), OrgUnit.closed_on.is_(None))
    return sorted(db.session.scalars(query), key=_tree_key)


def in_reach(
    actor: Actor, permission: str, kinds: Iterable[OrgKind] | None = None, *, closed: bool = False
) -> list[OrgUnit]:
    """The units over which the actor holds a permission, in the order of the tree (siblings by
    age); closed ones only when asked for."""
    query = sa.select(OrgUnit).where(access.visible(actor, permission, OrgUnit))
    if kinds is not None:
        query = query.where(OrgUnit.kind.in_(list(kinds)))
    if not closed:
        query = query.where(OrgUnit.closed_on.is_(None))
    return sorted(db.session.scalars(query), key=_tree_key)


def below(unit: OrgUnit) -> list[OrgUnit]:
    """A unit and all open ones below it, in the order of the tree."""
    query = sa.select(OrgUnit).where(
        access.subtree(OrgUnit.path, unit.path), OrgUnit.closed_on.is_(None)
    )
    return sorted(db.session.scalars(query), key=_tree_key)


def city_of(unit: OrgUnit) -> OrgUnit:
    """The root above a unit."""
    top = db.session.get(OrgUnit, int(unit.path.split("/")[1]))
    if top is None:
        raise LookupError(unit.path)
    return top


def bureau_of(unit: OrgUnit) -> OrgUnit:
    """The bureau that trains, examines and certifies for a unit: the nearest above it.

    Raises ``LookupError`` where none is.
    """
    at: OrgUnit | None = unit
    while at is not None:
        if at.kind in _BUREAUS:
            return at
        at = at.parent
    raise LookupError(unit.path)


def depth(unit: OrgUnit) -> int:
    """0 for the root."""
    return unit.path.count("/") - 2


def _tree_key(unit: OrgUnit) -> tuple[int, ...]:
    return tuple(int(part) for part in unit.path.strip("/").split("/"))
