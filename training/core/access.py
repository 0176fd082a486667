"""Permission is decided here and nowhere else.

The table of all rooms is installed once when the app is built. ``visible`` turns a
permission into SQL over the organisation that a record froze; ``may`` answers for one
record; both read the same ``Reach``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .db import Model, db
from .models import OrgUnit
from .rules.permission import Actor, PermissionTable, Place, Reach

_table: PermissionTable | None = None


def install(table: PermissionTable) -> None:
    global _table
    _table = table


def table() -> PermissionTable:
    if _table is None:
        raise RuntimeError("no permission table has been installed")
    return _table


def holds(actor: Actor, permission: str) -> bool:
    """Does the actor hold the permission anywhere?"""
    return table().holds(actor, permission)


def holds_over_others(actor: Actor, permission: str) -> bool:
    """Does the actor hold the permission by office, and not only over their own records?"""
    reach = table().reach(actor, permission)
    return reach.everything or bool(reach.org_paths)


def place_of(record: Any) -> Place:
    """Where a record stands.

    A model says so by its columns: ``org_id`` (or it is an ``OrgUnit``), ``person_id`` (whom
    it is about), and, where others take part, a method ``participants() -> set of person ids``.
    """
    if isinstance(record, OrgUnit):
        return Place(org_path=record.path)
    org_id = getattr(record, "org_id", None)
    org = db.session.get(OrgUnit, org_id) if org_id is not None else None
    people = record.participants() if hasattr(record, "participants") else ()
    return Place(
        org_path=org.path if org else None,
        person_id=getattr(record, "subject_person_id", None) or getattr(record, "person_id", None),
        participant_ids=frozenset(people),
    )


def may(actor: Actor, permission: str, record: Any = None) -> bool:
    """May the actor do this to this record? Without a record: anywhere at all?"""
    if record is None:
        return holds(actor, permission)
    return table().may(actor, permission, place_of(record))


def subtree(column: Any, path: str) -> sa.ColumnElement[bool]:
    """``path`` and all below it, as a range that an index serves (LIKE would scan)."""
    return sa.and_(column >= path, column < path[:-1] + "0")


def within(reach: Reach, model: type[Model]) -> sa.ColumnElement[bool]:
    """The SQL condition for a reach over a model's rows."""
    if reach.everything:
        return sa.true()
    terms: list[sa.ColumnElement[bool]] = []
    if reach.org_paths:
        ranges = sa.or_(*(subtree(OrgUnit.path, p) for p in reach.org_paths))
        if model is OrgUnit:
            terms.append(ranges)
        elif hasattr(model, "org_id"):
            terms.append(model.org_id.in_(sa.select(OrgUnit.id).where(ranges)))
    if reach.person_id is not None:
        column = getattr(model, "subject_person_id", None)
        column = getattr(model, "person_id", None) if column is None else column
        if column is not None:
            terms.append(column == reach.person_id)
    if reach.participant_id is not None and hasattr(model, "participates"):
        terms.append(model.participates(reach.participant_id))
    return sa.or_(*terms) if terms else sa.false()


def visible(actor: Actor, permission: str, model: type[Model]) -> sa.ColumnElement[bool]:
    """The rows of ``model`` over which the actor holds ``permission``, for a ``where``."""
    return within(table().reach(actor, permission), model)
