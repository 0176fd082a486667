"""Importing a roster: upload, naming the columns, deciding about unknown units, applying.

Each step is one act of an officer; reading, judging and applying are done by the worker
(``import_jobs``). Nothing is written to the files before the whole sheet is applied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from training.core import files, jobs, uploads
from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.models import Job, OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict, all_of, refuse
from training.core.rules.words import N_, Words
from training.core.verbs import tell, verb

from . import entry, import_check, import_sheet
from .import_names import APPLY_JOB, CHECK_JOB, READ_JOB
from .roster_models import ImportBatch, ImportMapping
from .rules.org_names import Plan, PlanKind
from .rules.person import ServiceKind, Standing
from .rules.roster import (
    FIELD_LABELS,
    BatchState,
    Outcome,
    doubled_fields,
    missing_fields,
)

IMPORT = "people:person:import"


def checked_upload(data: bytes, name: str) -> uploads.Checked:
    """The sheet as it may be taken in. Slow: call it outside a verb. Raises ``Refused``."""
    return uploads.sheet(data, name)


@verb(IMPORT, at="org")
def begin(actor: Actor, org: OrgUnit, sheet: uploads.Checked, *, now: datetime) -> ImportBatch:
    """Take a sheet (from ``checked_upload``) in for a unit and have it read."""
    public_id = new_public_id()
    stored = files.keep(
        import_sheet.sealed(public_id, sheet.data), name="roster", purpose="import",
        media_type="application/octet-stream", now=now, org_id=org.id,
    )  # fmt: skip
    db.session.flush()
    batch = ImportBatch(
        public_id=public_id, org_id=org.id, file_id=stored.id, file_name=sheet.name,
        file_hash=hashlib.sha256(sheet.data).hexdigest(), created_at=now,
        created_by=actor.ref, account_id=actor.account_id or 0, state=BatchState.READING,
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    _start(batch, READ_JOB, now)
    tell(file=batch.file_hash, size=len(sheet.data))
    return batch


def _start(batch: ImportBatch, kind: str, now: datetime) -> Job:
    job = jobs.enqueue(kind, {"batch": batch.id}, now=now, org_id=batch.org_id)
    batch.job_id = job.id
    return job


def judge_mapping(columns: Mapping[str, str]) -> Verdict:
    """Do the columns say who everybody is, each thing once? Codes ``import.missing``,
    ``import.doubled``."""
    missing = [
        refuse("import.missing", N_("请指定「%(field)s」在哪一列"), field=Words(FIELD_LABELS[f]))
        for f in missing_fields(columns)
    ]
    doubled = [
        refuse("import.doubled", N_("「%(field)s」指定了不止一列"), field=Words(FIELD_LABELS[f]))
        for f in doubled_fields(columns)
    ]
    return all_of([*missing, *doubled])


@verb(IMPORT, on="batch")
def name_columns(
    actor: Actor,
    batch: ImportBatch,
    columns: Mapping[str, str],
    service: ServiceKind,
    standing: Standing,
    *,
    now: datetime,
) -> ImportBatch:
    """Say what the columns mean (letter → field) and have every line judged. ``service`` and
    ``standing`` hold for new people where the sheet does not say."""
    _in_state(batch, BatchState.MAPPING, BatchState.CHECKED)
    require(judge_mapping(columns), status=422, code="COLUMNS")
    if standing not in entry.ENTRY_STANDINGS or not set(columns) <= set(batch.layout["labels"]):
        raise Refused.because("COLUMNS", N_("请从列出的选项中选择"), status=422)
    batch.mapping = {"columns": dict(columns), "service": str(service)}
    batch.standing = standing
    batch.org_plan = {}
    remember(actor, batch, now)
    batch.state = BatchState.CHECKING
    _start(batch, CHECK_JOB, now)
    tell(columns=dict(columns), standing=str(standing))
    return batch


def remember(actor: Actor, batch: ImportBatch, now: datetime) -> None:
    """Keep the mapping for the next sheet with the same head."""
    held = remembered(batch.org_id, batch.layout["signature"])
    if held is None:
        held = ImportMapping(org_id=batch.org_id, signature=batch.layout["signature"])
        db.session.add(held)
    held.mapping = {**batch.mapping, "standing": str(batch.standing)}
    held.used_at, held.used_by = now, actor.ref


def remembered(org_id: int, signature: str) -> ImportMapping | None:
    return db.session.scalar(
        sa.select(ImportMapping).where(
            ImportMapping.org_id == org_id, ImportMapping.signature == signature
        )
    )


@verb(IMPORT, on="batch")
def decide_units(
    actor: Actor, batch: ImportBatch, plan: Mapping[str, str], *, now: datetime
) -> ImportBatch:
    """Say what each unknown unit is (name → code of a ``Plan``), and have the lines compared
    again. Raises ``Refused`` ``UNITS`` (422) for a unit out of the batch's reach."""
    _in_state(batch, BatchState.CHECKED)
    units = {u.ref for u in import_check.units_below(batch.org)}
    for name, code in plan.items():
        try:
            read = Plan.read(code)
        except ValueError:
            raise _bad_plan() from None
        named = read.kind in (PlanKind.SAME_AS, PlanKind.UNDER)
        if name not in batch.counts.get("units", {}) or (named and read.ref not in units):
            raise _bad_plan()
    batch.org_plan = dict(plan)
    batch.state = BatchState.CHECKING
    _start(batch, CHECK_JOB, now)
    tell(units=len(plan))
    return batch


def _bad_plan() -> Refused:
    return Refused.because("UNITS", N_("请从列出的选项中选择"), status=422)


def judge_applying(batch: ImportBatch, *, leave_out: bool) -> Verdict:
    """May the sheet be applied? Codes ``import.units``, ``import.errors``, ``import.nothing``."""
    found = []
    undecided = sum(not u.decided for u in import_check.unknown_units(batch))
    if undecided:
        found.append(refuse("import.units", N_("有 %(n)s 个机构尚未确定"), n=undecided))
    errors = int(batch.counts.get(Outcome.ERROR, 0))
    if errors and not leave_out:
        found.append(
            refuse(
                "import.errors",
                N_("有 %(n)s 行有问题，请改正后重新上传，或者勾选暂不导入"),
                n=errors,
            )
        )
    if not any(batch.counts.get(o, 0) for o in (Outcome.NEW, Outcome.CHANGED)):
        words = N_("没有可以导入的行") if errors else N_("没有需要导入的内容，名册已是最新")
        found.append(refuse("import.nothing", words))
    return all_of(found)


@verb(IMPORT, on="batch")
def order_apply(actor: Actor, batch: ImportBatch, *, leave_out: bool, now: datetime) -> ImportBatch:
    """Have the sheet applied, all of it or, with ``leave_out``, all but the lines in error."""
    _in_state(batch, BatchState.CHECKED)
    require(judge_applying(batch, leave_out=leave_out), status=422, code="NOT_READY")
    batch.state, batch.problem = BatchState.APPLYING, {}
    batch.account_id = actor.account_id or 0
    _start(batch, APPLY_JOB, now)
    tell(leave_out=leave_out, lines=_counts(batch))
    return batch


@verb(IMPORT, on="batch")
def abandon(actor: Actor, batch: ImportBatch, *, now: datetime) -> ImportBatch:
    """Give an import up; nothing was written."""
    if batch.state in (BatchState.APPLYING, BatchState.APPLIED, BatchState.ABANDONED):
        raise _wrong_state()
    batch.state = BatchState.ABANDONED
    return batch


def _in_state(batch: ImportBatch, *states: BatchState) -> None:
    if batch.state not in states:
        raise _wrong_state()


def _wrong_state() -> Refused:
    return Refused.because("WRONG_STATE", N_("这份花名册已进入下一步，请刷新后查看"), status=409)


def _counts(batch: ImportBatch) -> dict[str, Any]:
    return {str(o): batch.counts.get(o, 0) for o in Outcome}
