"""Applying a roster: one verb, one transaction, all lines or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from training.core import clock, jobs, orgs
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import OrgKind
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from . import entry, facts, import_check, numbering, persons
from .import_check import FACT_FIELDS, Line
from .imports import IMPORT
from .models import Fact, Person
from .roster_models import ImportBatch, ImportRow
from .rules.org_names import Plan, PlanKind, Unit, find
from .rules.roster import BatchState, Outcome


@verb(IMPORT, on="batch")
def apply(
    actor: Actor, batch: ImportBatch, job_id: int, fence: int, *, now: datetime
) -> ImportBatch:
    """Write what the officer confirmed. Raises ``Refused`` ``CHANGED`` when the files have
    moved on since the lines were judged: then nothing is written and they are judged again."""
    jobs.hold(job_id, fence, now=now)
    lines = _confirmed(batch)
    units, made = _settle_units(batch, lines)
    new = [line for line in lines if line.outcome is Outcome.NEW]
    changed = [line for line in lines if line.outcome is Outcome.CHANGED]
    _enter(actor, batch, new, units, now)
    proofs = _revise(actor, batch, changed, units, now)
    _record_facts(actor, [*new, *changed], batch.file_name, now)
    batch.state, batch.applied_at, batch.problem = BatchState.APPLIED, now, {}
    tell(
        file=batch.file_hash,
        new=len(new),
        changed=len(changed),
        unchanged=len(lines) - len(new) - len(changed),
        left_out=batch.counts.get(Outcome.ERROR, 0),
        units=made,
        revised=proofs,
    )
    return batch


def _confirmed(batch: ImportBatch) -> list[Line]:
    rows = list(
        db.session.scalars(
            sa.select(ImportRow)
            .where(ImportRow.batch_id == batch.id, ImportRow.outcome != Outcome.ERROR)
            .order_by(ImportRow.number)
        )
    )
    lines = import_check.loaded(rows)
    import_check.compare(lines, batch, batch.mapping["columns"])
    for row, line in zip(rows, lines, strict=True):
        if (row.outcome, list(row.changes)) != (line.outcome, list(line.changes)):
            raise Refused.because(
                "CHANGED", N_("核对之后名册有了变动，已重新核对，请再确认一次"), status=409
            )
    return lines


def _settle_units(batch: ImportBatch, lines: Sequence[Line]) -> tuple[dict[str, OrgUnit], int]:
    """The unit of each name, set up where the officer decided so; and how many were set up."""
    below = orgs.below(batch.org)
    by_ref = {str(u.id): u for u in below}
    known = [Unit(str(u.id), u.kind, u.name) for u in below]
    found: dict[str, OrgUnit] = {"": batch.org}
    made = 0
    for name in dict.fromkeys(line.values.get("org", "") for line in lines):
        if name == "":
            continue
        code = batch.org_plan.get(name)
        unit = find(name, known)
        if code is None or (unit is not None and Plan.read(code).kind is not PlanKind.SAME_AS):
            if unit is None:
                raise Refused.because("CHANGED", N_("有机构尚未确定，请重新核对"), status=409)
            found[name] = by_ref[unit.ref]
            continue
        plan = Plan.read(code)
        if plan.kind is PlanKind.SAME_AS:
            found[name] = by_ref[plan.ref]
            continue
        parent = batch.org
        if plan.kind is PlanKind.UNDER:
            parent = by_ref[plan.ref]
        elif plan.kind is PlanKind.NEW_OFFICE:
            office = find(plan.office, known)
            if office is None:
                parent = orgs.add_org(batch.org, OrgKind.JUDICIAL_OFFICE, plan.office)
                _learn(parent, by_ref, known)
                made += 1
            else:
                parent = by_ref[office.ref]
        kind = (
            OrgKind.PROFESSIONAL_COMMITTEE
            if plan.kind is PlanKind.PROFESSIONAL
            else OrgKind.MEDIATION_COMMITTEE
        )
        found[name] = orgs.add_org(parent, kind, name)
        _learn(found[name], by_ref, known)
        made += 1
    return found, made


def _learn(unit: OrgUnit, by_ref: dict[str, OrgUnit], known: list[Unit]) -> None:
    by_ref[str(unit.id)] = unit
    known.append(Unit(str(unit.id), unit.kind, unit.name))


def _enter(
    actor: Actor,
    batch: ImportBatch,
    lines: Sequence[Line],
    units: dict[str, OrgUnit],
    now: datetime,
) -> None:
    numbers = numbering.take(batch.org, len(lines)) if lines else []
    service = batch.mapping["service"]
    for line, number in zip(lines, numbers, strict=True):
        values = {"service_kind": service} | line.values
        unit = units[line.values.get("org", "")]
        line.person = entry.new_person(values, unit.id, batch.standing, number, now)
    db.session.flush()
    indexes = [entry.login_phone(line.values.get("phone", "")) for line in lines]
    taken = entry.taken_logins([i for i in indexes if i])
    entered: list[tuple[Person, str | None]] = []
    for line, index in zip(lines, indexes, strict=True):
        if line.person is None:
            raise LookupError(line.number)
        free = index if index and index not in taken else None
        taken |= {index} if index else set()
        entered.append((line.person, free))
    entry.waiting_accounts(entered, actor, now)
    for person, _ in entered:
        facts.record(
            actor, person, "people.registered", clock.today(now),
            {"standing": str(batch.standing)}, now=now, source=batch,
        )  # fmt: skip


def _revise(
    actor: Actor,
    batch: ImportBatch,
    lines: Sequence[Line],
    units: dict[str, OrgUnit],
    now: datetime,
) -> dict[str, Any]:
    proofs: dict[str, Any] = {}
    for line in lines:
        person = line.person
        if person is None:
            raise LookupError(line.number)
        fields = set(line.changes) - {"org", *FACT_FIELDS}
        proof = persons.revise(
            actor, person, {f: line.values[f] for f in fields}, batch.file_name, now
        )
        if "org" in line.changes and units[line.values["org"]].id != person.org_id:
            proof |= persons.move(actor, person, units[line.values["org"]], batch.file_name, now)
        proofs[person.public_id] = proof
    return proofs


def _record_facts(actor: Actor, lines: Sequence[Line], reason: str, now: datetime) -> None:
    told = [
        line
        for line in lines
        if any(line.values.get(f) for f in FACT_FIELDS)
        and (line.outcome is Outcome.NEW or set(line.changes) & set(FACT_FIELDS))
    ]
    people = [line.person for line in told if line.person is not None]
    earlier: dict[int, Fact] = {}
    for start in range(0, len(people), 500):
        ids = [p.id for p in people[start : start + 500]]
        earlier |= {f.person_id: f for f in import_check.roster_facts(ids)}
    for line, person in zip(told, people, strict=True):
        former = earlier.get(person.id)
        value = dict(former.value) if former else {}
        value |= {f: line.values[f] for f in FACT_FIELDS if line.values.get(f)}
        facts.record(
            actor, person, "people.roster", clock.today(now), value, now=now, replaces=former,
            reason=reason if former else "",
        )  # fmt: skip
