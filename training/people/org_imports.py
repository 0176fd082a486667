"""Organisations from the bureau's own sheet: kept, judged anew whenever it is looked at, and
stored whole or not at all. Storing it again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from training.core import files, orgs
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit, StoredFile
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.core.uploads import Checked
from training.core.verbs import tell, verb

from . import imports, organisations
from .import_sheet import Table, find_table
from .roster_models import ImportMapping
from .rules.org_names import Unit
from .rules.org_sheet import (
    DETAILS,
    ORGANISATIONS,
    KnownUnit,
    OrgField,
    OrgLine,
    guess_columns,
    in_order,
    judge_lines,
)
from .rules.roster import Outcome, column_index

PURPOSE = "org_sheet"
CHANGE = "core:org:change"


@verb(CHANGE, on="target")
def keep_sheet(actor: Actor, target: OrgUnit, checked: Checked, *, now: datetime) -> StoredFile:
    """Keep an uploaded sheet for its preview and as evidence of what was stored."""
    record = files.keep(
        checked.data, name=checked.name, media_type=checked.media_type, purpose=PURPOSE,
        now=now, org_id=target.id, person_id=actor.person_id,
    )  # fmt: skip
    db.session.flush()
    tell(sha256=record.sha256)
    return record


def find(checked: Checked) -> Table:
    """The table of an upload. Raises ``Refused`` as ``find_table`` does."""
    return find_table(checked.data, checked.name, ORGANISATIONS)


def table_of(record: StoredFile) -> Table:
    """The table of a kept sheet. Raises ``Refused`` as ``find_table`` does."""
    return find_table(files.read(record), record.name, ORGANISATIONS)


def columns_of(target: OrgUnit, table: Table) -> dict[str, str]:
    """Column letter → field: as it was said for a sheet with this head, else as its words say."""
    held = imports.remembered(target.id, _signature(table))
    return dict(held.mapping["columns"]) if held else guess_columns(table.layout.labels)


def is_known(target: OrgUnit, table: Table) -> bool:
    """Was it said before what the columns of a sheet with this head mean?"""
    return imports.remembered(target.id, _signature(table)) is not None


def sample(table: Table, letter: str) -> str:
    """What stands first in a column below its head."""
    at = column_index(letter)
    cells = (table.rows[n - 1][at] for n in table.layout.rows if at < len(table.rows[n - 1]))
    return next((text for v in cells if (text := _text(v).strip())), "")


def judge_columns(table: Table, columns: Mapping[str, str]) -> Verdict:
    """Does every column exist, no field stand twice, and one give the names? Code ``COLUMNS``."""
    given = list(columns.values())
    known = set(columns) <= set(table.layout.labels) and set(given) <= set(OrgField)
    if known and str(OrgField.NAME) in given and len(given) == len(set(given)):
        return ALLOWED
    return refuse("org_sheet.columns", N_("每项最多对应一列，并且必须有一列是机构名称"))


def _signature(table: Table) -> str:
    return f"org-{table.layout.signature}"[:64]


@verb(CHANGE, on="target")
def name_columns(
    actor: Actor, target: OrgUnit, record: StoredFile, columns: Mapping[str, str], *, now: datetime
) -> None:
    """Say what the columns mean, for this sheet and every later one with the same head."""
    table = table_of(record)
    require(judge_columns(table, columns), status=422, code="COLUMNS")
    held = imports.remembered(target.id, _signature(table))
    if held is None:
        held = ImportMapping(org_id=target.id, signature=_signature(table))
        db.session.add(held)
    held.mapping = {"columns": dict(columns)}
    held.used_at, held.used_by = now, actor.ref
    tell(columns=dict(columns))


def judge(target: OrgUnit, table: Table, columns: Mapping[str, str]) -> list[OrgLine]:
    """What becomes of each line of the table under these columns."""
    by_field = {OrgField(f): letter for letter, f in columns.items()}
    rows = []
    for number in table.layout.rows:
        row = table.rows[number - 1]
        cells = {}
        for which, letter in by_field.items():
            at = column_index(letter)
            value = row[at] if at < len(row) else None
            cells[which] = (letter, _text(value))
        rows.append((number, cells))
    known = [
        KnownUnit(
            unit=Unit(str(u.id), u.kind, u.name),
            parent_ref=str(u.parent_id or ""),
            details={str(f): str(getattr(u, f)) for f in DETAILS},
        )
        for u in orgs.below(target)
    ]
    return judge_lines(rows, known, Unit(str(target.id), target.kind, target.name))


def _text(value: object) -> str:
    """A cell as text; a whole number without the fraction that a sheet gives it."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@verb(CHANGE, on="target")
def store(
    actor: Actor, target: OrgUnit, record: StoredFile, *, now: datetime
) -> dict[Outcome, int]:
    """Set up and change what the sheet says, all in one transaction. Refused (``IMPORT_ERRORS``)
    while a line has a problem. Returns the number of lines by what became of them."""
    db.session.execute(sa.select(OrgUnit.id).where(OrgUnit.id == target.id).with_for_update())
    table = table_of(record)
    lines = judge(target, table, columns_of(target, table))
    counts = {o: sum(line.outcome is o for line in lines) for o in Outcome}
    if counts[Outcome.ERROR]:
        raise Refused.because(
            "IMPORT_ERRORS", N_("表格中有 %(n)s 行有问题，未导入任何机构。请改正后重新上传"),
            status=422, n=counts[Outcome.ERROR],
        )  # fmt: skip
    made: dict[str, OrgUnit] = {}
    for line, kind in in_order(lines):
        parent = made.get(line.parent) or db.session.get_one(OrgUnit, int(line.parent))
        made[f"line:{line.number}"] = organisations.add_unit(
            actor, parent, kind, line.name, now=now, **line.details
        )
    for line in lines:
        if line.outcome is Outcome.CHANGED:
            _change(actor, db.session.get_one(OrgUnit, int(line.ref)), line, now)
    tell(sha256=record.sha256, **{str(o): n for o, n in counts.items()})
    return counts


def _change(actor: Actor, unit: OrgUnit, line: OrgLine, now: datetime) -> None:
    kept = {
        str(f): line.changes.get(str(f), str(getattr(unit, f)))
        for f in (OrgField.NAME_EN, OrgField.ADDRESS, OrgField.PHONE)
    }
    organisations.change_unit(actor, unit, unit.name, now=now, **kept)
