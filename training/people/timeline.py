"""The course of a person's file: facts with their sources, corrections, and who looked.

Rooms above say how their facts read: ``@timeline.describes("annual.grade")`` over a function
that turns a fact into ``Words``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from training.core import audit, clock
from training.core.db import db
from training.core.models import AuditEntry
from training.core.rules.words import N_, Words

from . import facts
from .models import Fact, Person
from .roster_models import PersonRevision
from .rules.person import ENGAGEMENT_LABELS, STANDING_LABELS, EngagementForm, Standing
from .rules.roster import FIELD_LABELS, Field

Describer = Callable[[Fact], Words]
_describers: dict[str, Describer] = {}

_UNMASK = "people:person:unmask"


def describes(kind: str) -> Callable[[Describer], Describer]:
    """Register how facts of a kind read. Raises ``ValueError`` for a second one."""

    def register(function: Describer) -> Describer:
        if kind in _describers:
            raise ValueError(f"{kind} is described twice")
        _describers[kind] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Event:
    """One line: when it happened, what, by whom (name, or empty for the system), why."""

    on: date
    at: datetime
    what: Words
    who: str
    reason: str = ""
    kind: str = "info"


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody saw a masked field of the file."""

    at: datetime
    who: str
    field: Words
    reason: str


def events(person: Person) -> list[Event]:
    """Facts in force and corrections, newest first."""
    found = facts.of(person.id)
    revisions = list(
        db.session.scalars(sa.select(PersonRevision).where(PersonRevision.person_id == person.id))
    )
    who = names_of([f.recorded_by for f in found] + [r.revised_by for r in revisions])
    lines = [
        Event(f.occurred_on, f.recorded_at, words_of(f), who.get(f.recorded_by, ""), f.reason)
        for f in found
    ]
    lines += [
        Event(
            clock.today(r.revised_at),
            r.revised_at,
            Words(N_("更正%(field)s"), {"field": field_words(r.field)}),
            who.get(r.revised_by, ""),
            r.reason,
            "due",
        )
        for r in revisions
    ]
    return sorted(lines, key=lambda e: e.at, reverse=True)


def words_of(fact: Fact) -> Words:
    describer = _describers.get(fact.kind)
    return describer(fact) if describer else Words(N_("其他记录"))


def field_words(field: str) -> Words:
    return Words(FIELD_LABELS[Field(field)]) if field in list(Field) else Words(field)


def looks(person: Person) -> list[Look]:
    """Who saw a masked field, when and why, newest first: read from the audit log."""
    entries = list(
        db.session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.action == _UNMASK, AuditEntry.subject_ref == person.public_id)
            .order_by(AuditEntry.id.desc())
        )
    )
    who = names_of([e.actor_ref for e in entries])
    found = []
    for entry in entries:
        detail = audit.detail(entry)
        field = field_words(str(detail.get("field", "")))
        found.append(
            Look(entry.at, who.get(entry.actor_ref, ""), field, str(detail.get("reason", "")))
        )
    return found


def names_of(refs: Iterable[str]) -> dict[str, str]:
    """Names by public id, in one query."""
    wanted = set(refs)
    if not wanted:
        return {}
    query = sa.select(Person.public_id, Person.name).where(Person.public_id.in_(wanted))
    return {row.public_id: row.name for row in db.session.execute(query)}


@describes("people.registered")
def _registered(fact: Fact) -> Words:
    label = STANDING_LABELS[Standing(fact.value["standing"])]
    return Words(N_("登记建档，状态为%(standing)s"), {"standing": Words(label)})


@describes("people.roster")
def _roster(fact: Fact) -> Words:
    hired, engagement = fact.value.get("hired", ""), fact.value.get("engagement", "")
    label = Words(ENGAGEMENT_LABELS[EngagementForm(engagement)]) if engagement else None
    if hired and label:
        return Words(
            N_("花名册记载：%(hired)s 聘用，用工形式为%(form)s"), {"hired": hired, "form": label}
        )
    if hired:
        return Words(N_("花名册记载：%(hired)s 聘用"), {"hired": hired})
    return Words(N_("花名册记载：用工形式为%(form)s"), {"form": label or Words("")})
