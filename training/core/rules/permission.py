"""Who may do what: the table, and the one function that reads it.

A permission is ``room:thing:action``. A row says which role holds it over which Scope.
Nothing is allowed that no row allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .roles import ROLES, Role


class Scope(StrEnum):
    """How far a permission reaches: everything, the granted organisation and all below
    it, the person's own records, or records in which the person takes part."""

    ALL = "all"
    SUBTREE = "subtree"
    SELF = "self"
    PARTICIPANT = "participant"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``grave`` acts ask for a fresh log-in (step-up)."""

    permission: str
    label: str
    grants: tuple[tuple[Role, Scope], ...]
    grave: bool = False

    @property
    def room(self) -> str:
        return self.permission.split(":", 1)[0]


def row(
    permission: str,
    label: str,
    *,
    all: Iterable[Role] = (),
    subtree: Iterable[Role] = (),
    self: Iterable[Role] = (),
    participant: Iterable[Role] = (),
    grave: bool = False,
) -> Row:
    """Write one line of the table. Raises ``ValueError`` for a malformed name."""
    parts = permission.split(":")
    if len(parts) != 3 or not all_lower(parts):
        raise ValueError(f"{permission}: a permission is room:thing:action")
    grants = tuple(
        (role, scope)
        for scope, roles in (
            (Scope.ALL, all),
            (Scope.SUBTREE, subtree),
            (Scope.SELF, self),
            (Scope.PARTICIPANT, participant),
        )
        for role in roles
    )
    return Row(permission, label, grants, grave)


def all_lower(parts: Iterable[str]) -> bool:
    return all(p and p.replace("_", "").isalnum() and p == p.lower() for p in parts)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over an organisation and all below it; ``org_path`` like ``/1/12/``."""

    role: Role
    org_path: str
    org_id: int = 0


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person through an account, a visitor, or the system itself.

    Separation of duties looks at ``person_id``, never at the account.
    """

    person_id: int | None = None
    account_id: int | None = None
    ref: str = "anonymous"
    grants: tuple[Grant, ...] = ()
    stepped_up_until: datetime | None = None
    session_id: int | None = None
    system: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        held = {g.role for g in self.grants}
        held.add(Role.MEMBER if self.account_id is not None else Role.ANONYMOUS)
        return frozenset(held)


ANONYMOUS = Actor()
SYSTEM = Actor(ref="system", system=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: the organisation it froze, whom it is about, who takes part."""

    org_path: str | None = None
    person_id: int | None = None
    participant_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """What a permission reaches for one actor; ``visible`` turns it into SQL."""

    everything: bool = False
    org_paths: tuple[str, ...] = ()
    person_id: int | None = None
    participant_id: int | None = None

    def __bool__(self) -> bool:
        return bool(
            self.everything
            or self.org_paths
            or self.person_id is not None
            or self.participant_id is not None
        )

    def covers(self, place: Place) -> bool:
        if self.everything:
            return True
        if place.org_path is not None and any(place.org_path.startswith(p) for p in self.org_paths):
            return True
        if self.person_id is not None and place.person_id == self.person_id:
            return True
        return self.participant_id is not None and self.participant_id in place.participant_ids


class PermissionTable:
    """All rows of all rooms. Raises ``ValueError`` when a permission is declared twice."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[str, Row] = {}
        for line in rows:
            if line.permission in self._rows:
                raise ValueError(f"{line.permission} is declared twice")
            self._rows[line.permission] = line

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __contains__(self, permission: object) -> bool:
        return permission in self._rows

    def row(self, permission: str) -> Row:
        """Raises ``KeyError``: asking for an undeclared permission is a mistake in code."""
        return self._rows[permission]

    def reach(self, actor: Actor, permission: str) -> Reach:
        """How far this permission reaches for this actor."""
        line = self._rows[permission]
        if actor.system:
            return Reach(everything=True)
        everything, paths = False, list[str]()
        person = participant = None
        roles = actor.roles
        for role, scope in line.grants:
            if role not in roles:
                continue
            if scope is Scope.ALL:
                everything = True
            elif scope is Scope.SUBTREE:
                paths += [g.org_path for g in actor.grants if g.role is role]
            elif scope is Scope.SELF:
                person = actor.person_id
            else:
                participant = actor.person_id
        return Reach(everything, tuple(dict.fromkeys(paths)), person, participant)

    def holds(self, actor: Actor, permission: str) -> bool:
        """Does the actor hold it anywhere at all? (What a menu asks.)"""
        return bool(self.reach(actor, permission))

    def may(self, actor: Actor, permission: str, place: Place) -> bool:
        """May the actor do it to a record at this place?"""
        return self.reach(actor, permission).covers(place)


def roles_in_order() -> tuple[Role, ...]:
    return tuple(ROLES)
