"""Judging a whole sheet: each line by itself, against the other lines, and against the files.

The same comparison runs again when the import is applied, under the write lock, so that what
the officer confirmed is what happens.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from training.core import orgs
from training.core.db import db
from training.core.models import OrgUnit

from . import entry
from .import_sheet import Table
from .models import Fact, Person
from .roster_models import ImportBatch, ImportRow
from .rules import roster_rows
from .rules.org_names import Plan, PlanKind, Unit, find, normal, propose
from .rules.roster import Field, Outcome, column_index
from .rules.roster_rows import Problem

FACT_FIELDS = ("hired", "engagement")
_CHUNK = 500


@dataclass(slots=True)
class Line:
    """One line on its way: its values and problems, the person it is about, what differs."""

    number: int
    values: dict[str, str]
    problems: list[Problem]
    outcome: Outcome = Outcome.ERROR
    changes: tuple[str, ...] = ()
    person: Person | None = None
    index: str = ""

    @property
    def sound(self) -> bool:
        return not any(p.blocks for p in self.problems)


def judge_lines(table: Table, mapping: Mapping[str, str], today: date) -> list[Line]:
    """Each line by itself and against the lines above it. Reads no database."""
    lines: list[Line] = []
    by_identity: dict[str, int] = {}
    by_phone: dict[str, int] = {}
    letters = {Field(f): letter for letter, f in mapping.items()}
    for number in table.layout.rows:
        row = table.rows[number - 1]
        cells = {
            f: (c, row[i] if (i := column_index(c)) < len(row) else None)
            for f, c in letters.items()
        }
        judged = roster_rows.judge_row(cells, today)
        line = Line(number, dict(judged.values), list(judged.problems))
        identity, phone = line.values.get("id_number"), line.values.get("phone")
        if identity:
            first = by_identity.setdefault(identity, number)
            if first != number:
                letter = letters[Field.IDENTITY]
                line.problems.append(roster_rows.same_person_twice(letter, first))
        if phone and entry.login_phone(phone):
            first = by_phone.setdefault(phone, number)
            if first != number:
                line.problems.append(roster_rows.same_phone(letters[Field.PHONE], first))
        lines.append(line)
    return lines


def compare(
    lines: Sequence[Line], batch: ImportBatch, mapping: Mapping[str, str]
) -> Counter[Outcome]:
    """Set each line's outcome against the files; returns how many of each."""
    letter = next(c for c, f in mapping.items() if f == Field.IDENTITY)
    for line in lines:
        if line.values.get("id_number"):
            line.index = Person.id_number.blind(line.values["id_number"])
    known = _known(line.index for line in lines if line.index)
    reach = {u.id for u in orgs.below(batch.org)}
    told = _told([p.id for p in known.values()])
    places = _Places(batch)
    for line in lines:
        if not line.sound:
            line.outcome = Outcome.ERROR
            continue
        line.person = known.get(line.index)
        if line.person is None:
            line.outcome = Outcome.NEW
        elif line.person.org_id not in reach:
            line.problems.append(roster_rows.registered_elsewhere(letter))
            line.outcome = Outcome.ERROR
        else:
            line.changes = _changes(line, line.person, told.get(line.person.id, {}), places)
            line.outcome = Outcome.CHANGED if line.changes else Outcome.UNCHANGED
    return Counter(line.outcome for line in lines)


def _known(indexes: Iterable[str]) -> dict[str, Person]:
    wanted = list(indexes)
    found: dict[str, Person] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = sa.select(Person).where(Person.id_number_index.in_(wanted[start : start + _CHUNK]))
        found |= {p.id_number_index or "": p for p in db.session.scalars(query)}
    return found


def _told(ids: list[int]) -> dict[int, dict[str, str]]:
    """What earlier rosters said (facts in force) by person."""
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(ids), _CHUNK):
        for fact in roster_facts(ids[start : start + _CHUNK]):
            found[fact.person_id] = {k: str(v) for k, v in fact.value.items()}
    return found


def roster_facts(ids: list[int]) -> list[Fact]:
    """The roster facts in force of several people."""
    newer = aliased(Fact)
    query = (
        sa.select(Fact)
        .outerjoin(newer, newer.replaces_id == Fact.id)
        .where(Fact.person_id.in_(ids), Fact.kind == "people.roster", newer.id.is_(None))
    )
    return list(db.session.scalars(query))


def _changes(
    line: Line, person: Person, told: Mapping[str, str], places: _Places
) -> tuple[str, ...]:
    held = entry.held(person) | {f: told.get(f, "") for f in FACT_FIELDS}
    found = roster_rows.differences(line.values, held)
    unit = places.known(line.values.get("org", ""))
    if line.values.get("org") and (unit is None or unit.ref != str(person.org_id)):
        found = (*found, "org")
    return found


class _Places:
    """Which units the names of a sheet mean, by what is there and what the officer decided."""

    def __init__(self, batch: ImportBatch) -> None:
        self.units = units_below(batch.org)
        self.plan = {name: Plan.read(code) for name, code in batch.org_plan.items()}

    def known(self, name: str) -> Unit | None:
        plan = self.plan.get(name)
        if plan is not None and plan.kind is PlanKind.SAME_AS:
            return next((u for u in self.units if u.ref == plan.ref), None)
        return find(name, self.units)


def units_below(org: OrgUnit) -> list[Unit]:
    """A unit and all below it, as the rules take them; ``ref`` is the primary key."""
    return [Unit(str(u.id), u.kind, u.name) for u in orgs.below(org)]


@dataclass(frozen=True, slots=True)
class UnknownUnit:
    """A name that no unit has: how many lines use it, and what is proposed or decided."""

    name: str
    lines: int
    plan: Plan | None
    decided: bool


def unknown_units(batch: ImportBatch) -> list[UnknownUnit]:
    """Names of units that the sheet uses and nobody knows, the most used first."""
    names = batch.counts.get("units", {})
    units = units_below(batch.org)
    target = next(u for u in units if u.ref == str(batch.org_id))
    found = []
    for name, (lines, office) in names.items():
        if find(name, units) is not None and name not in batch.org_plan:
            continue
        code = batch.org_plan.get(name)
        plan = Plan.read(code) if code else propose(name, office, target, units)
        found.append(UnknownUnit(name, lines, plan, bool(code)))
    return sorted(found, key=lambda u: (-u.lines, u.name))


def used_names(lines: Iterable[Line]) -> dict[str, tuple[int, str]]:
    """Each name of a unit with how many sound lines use it and the office beside it."""
    counted: dict[str, tuple[int, str]] = {}
    for line in lines:
        name = line.values.get("org", "")
        if name and line.sound:
            key = next((k for k in counted if normal(k) == normal(name)), name)
            count, office = counted.get(key, (0, line.values.get("office", "")))
            counted[key] = (count + 1, office)
            line.values["org"] = key
    return counted


def stored(lines: Iterable[Line], batch_id: int) -> list[dict[str, Any]]:
    """The lines as rows to insert: values sealed, problems as codes with their parameters."""
    rows = []
    for line in lines:
        row = ImportRow(
            batch_id=batch_id, number=line.number, outcome=line.outcome,
            problems=[_problem(p, line.number) for p in line.problems],
            changes=list(line.changes), person_id=line.person.id if line.person else None,
        )  # fmt: skip
        row.values = json.dumps(line.values, ensure_ascii=False)
        rows.append(
            {
                c: getattr(row, c)
                for c in (
                    "public_id", "batch_id", "number", "outcome", "values_sealed", "problems",
                    "changes", "person_id",
                )
            }
        )  # fmt: skip
    return rows


def _problem(problem: Problem, number: int) -> dict[str, Any]:
    words = problem.reason.words
    return {
        "cell": f"{problem.letter}{number}",
        "code": problem.reason.code,
        "message": words.message,
        "params": {k: str(v) for k, v in words.params.items()},
        "blocks": problem.blocks,
    }


def loaded(rows: Iterable[ImportRow]) -> list[Line]:
    """Stored lines that were sound, to be compared again."""
    return [
        Line(row.number, json.loads(row.values), [], row.outcome, tuple(row.changes))
        for row in rows
    ]
