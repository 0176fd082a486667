"""The worker's part of an import: reading, judging, applying, and clearing away."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from training.core import clock, files, jobs, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import Job, OrgUnit
from training.core.rules.words import N_
from training.core.units import system_unit

from . import import_apply, import_check, import_sheet, imports, inbox, sessions
from .import_names import APPLY_JOB, CHECK_JOB, READ_JOB, SWEEP_JOB
from .import_sheet import Table
from .models import Account
from .roster_models import ImportBatch, ImportRow
from .rules import roster
from .rules.person import Standing
from .rules.roster import BatchState

_LONG_NUMBER = re.compile(r"\d{7,}")
_SAMPLE = 20
_LOOK = 20  # lines in which a sample of each column is looked for
_INSERT = 1000


def _batch(job: Job) -> ImportBatch:
    return db.session.get_one(ImportBatch, int(job.payload["batch"]))


def table_of(batch: ImportBatch) -> Table:
    """The table of a batch's sheet, read anew. Raises ``Refused`` or, when the sheet was
    cleared away, ``LookupError``."""
    if batch.file is None:
        raise LookupError(batch.public_id)
    data = import_sheet.opened(batch.public_id, files.read(batch.file))
    return import_sheet.find_table(data, batch.file_name)


def _say_problem(refused: Refused) -> dict[str, Any]:
    words = refused.verdict.reasons[0].words
    params = {k: str(v) for k, v in words.params.items()}
    return {"code": refused.code, "message": words.message, "params": params}


@jobs.handler(READ_JOB)
def read(job: Job) -> dict[str, Any]:
    """Find the table; go on to judging when its head is known from an earlier import."""
    job_id, fence, batch = job.id, job.fence, _batch(job)
    if batch.state is not BatchState.READING:
        return {}
    batch_id, layout, problem = batch.id, {}, {}
    try:
        layout = _layout(table_of(batch))
    except Refused as refused:
        problem = _say_problem(refused)
    _note_layout(batch_id, job_id, fence, layout, problem, clock.now())
    return {"lines": layout.get("lines", 0)}


def _layout(table: Table) -> dict[str, Any]:
    found = table.layout
    samples = {}
    for letter in found.labels:
        at = roster.column_index(letter)
        cells = (table.rows[n - 1][at] for n in found.rows[:_LOOK] if at < len(table.rows[n - 1]))
        text = next((_shown(v) for v in cells if v is not None and str(v).strip()), "")
        # A sample shows what kind of thing stands there, not somebody's number.
        samples[letter] = _LONG_NUMBER.sub(lambda m: m[0][:3] + "*" * 4, text)[:_SAMPLE]
    return {
        "tab": table.tab,
        "head_rows": list(found.head_rows),
        "labels": found.labels,
        "samples": {k: v[:1] + "*" if _is_name(found.labels[k]) else v for k, v in samples.items()},
        "lines": len(found.rows),
        "skipped": list(found.skipped),
        "signature": found.signature,
    }


def _shown(value: object) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else str(value)


def _is_name(label: str) -> bool:
    return roster.meaning(label) is roster.Field.NAME


@system_unit
def _note_layout(
    batch_id: int,
    job_id: int,
    fence: int,
    layout: dict[str, Any],
    problem: dict[str, Any],
    now: datetime,
) -> None:
    jobs.hold(job_id, fence, now=now)
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.layout, batch.problem = layout, problem
    if problem:
        batch.state = BatchState.UNREADABLE
        return
    held = imports.remembered(batch.org_id, layout["signature"])
    if held is None:
        batch.state = BatchState.MAPPING
        return
    batch.mapping = {k: held.mapping[k] for k in ("columns", "service")}
    batch.standing = Standing(held.mapping["standing"])
    batch.state = BatchState.CHECKING
    batch.job_id = jobs.enqueue(CHECK_JOB, {"batch": batch.id}, now=now, org_id=batch.org_id).id


@jobs.handler(CHECK_JOB)
def check(job: Job) -> dict[str, Any]:
    """Judge every line and compare it with the files."""
    job_id, fence, batch = job.id, job.fence, _batch(job)
    if batch.state is not BatchState.CHECKING:
        return {}
    batch_id, columns = batch.id, batch.mapping["columns"]
    table = table_of(batch)
    lines = import_check.judge_lines(table, columns, clock.today())
    names = import_check.used_names(lines)
    counts = import_check.compare(lines, batch, columns)
    rows = import_check.stored(lines, batch_id)
    summary = {str(o): counts.get(o, 0) for o in roster.Outcome} | {
        "units": {name: list(used) for name, used in names.items()},
        "cells": sum(len(line.problems) for line in lines),
    }
    _note_lines(batch_id, job_id, fence, rows, summary, clock.now())
    return {"lines": len(rows)}


@system_unit
def _note_lines(
    batch_id: int,
    job_id: int,
    fence: int,
    rows: list[dict[str, Any]],
    summary: dict[str, Any],
    now: datetime,
) -> None:
    jobs.hold(job_id, fence, now=now, done=len(rows))
    db.session.execute(sa.delete(ImportRow).where(ImportRow.batch_id == batch_id))
    for start in range(0, len(rows), _INSERT):
        db.session.execute(sa.insert(ImportRow), rows[start : start + _INSERT])
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.counts, batch.state = summary, BatchState.CHECKED


@jobs.handler(APPLY_JOB)
def apply(job: Job) -> dict[str, Any]:
    """Apply as the officer who ordered it, with the rights that officer has now."""
    job_id, fence, batch = job.id, job.fence, _batch(job)
    if batch.state is not BatchState.APPLYING:
        return {}
    batch_id = batch.id
    account = db.session.get_one(Account, batch.account_id)
    try:
        import_apply.apply(sessions.actor_of(account), batch, job_id, fence, now=clock.now())
    except Refused as refused:
        _back(batch_id, job_id, fence, _say_problem(refused), clock.now())
        return {"code": refused.code}
    except NotVisible:
        problem = {"code": "NO_RIGHT", "message": N_("您已没有导入此单位的权限"), "params": {}}
        _back(batch_id, job_id, fence, problem, clock.now())
        return {"code": "NO_RIGHT"}
    _tell_officer(batch_id, clock.now())
    return {"applied": True}


@system_unit
def _back(batch_id: int, job_id: int, fence: int, problem: dict[str, Any], now: datetime) -> None:
    """Nothing was written: judge the lines again."""
    jobs.hold(job_id, fence, now=now)
    batch = db.session.get_one(ImportBatch, batch_id)
    batch.problem, batch.state = problem, BatchState.CHECKING
    batch.job_id = jobs.enqueue(CHECK_JOB, {"batch": batch.id}, now=now, org_id=batch.org_id).id


@system_unit
def _tell_officer(batch_id: int, now: datetime) -> None:
    batch = db.session.get_one(ImportBatch, batch_id)
    account = db.session.get_one(Account, batch.account_id)
    inbox.send(
        account.person_id, "people.import", N_("花名册导入完成：新增 %(new)s 人，变更 %(changed)s 人"),
        now=now, url=f"/people/imports/{batch.public_id}", unique_key=f"import:{batch.public_id}",
        new=batch.counts.get("new", 0), changed=batch.counts.get("changed", 0),
    )  # fmt: skip


@jobs.handler(SWEEP_JOB, every=timedelta(days=1))
def sweep(job: Job) -> dict[str, Any]:
    """Clear away sheets and read values of imports that were finished long enough ago."""
    root = db.session.scalar(sa.select(OrgUnit).where(OrgUnit.parent_id.is_(None)))
    if root is None:
        return {}
    now = clock.now()
    keep = policy.get("import.keep_days", root, clock.today(now)).value
    keys = _forget(job.id, job.fence, now - timedelta(days=keep), now)
    for key in keys:
        files.storage().delete(key)
    return {"cleared": len(keys)}


@system_unit
def _forget(job_id: int, fence: int, before: datetime, now: datetime) -> list[str]:
    jobs.hold(job_id, fence, now=now)
    over = (BatchState.APPLIED, BatchState.ABANDONED, BatchState.UNREADABLE)
    old = list(
        db.session.scalars(
            sa.select(ImportBatch).where(
                ImportBatch.state.in_(over),
                ImportBatch.created_at < before,
                ImportBatch.file_id.is_not(None),
            )
        )
    )
    keys = []
    for batch in old:
        if batch.file is not None:
            keys.append(batch.file.key)
        batch.file_id = None
        db.session.execute(
            sa.update(ImportRow)
            .where(ImportRow.batch_id == batch.id)
            .values(values_sealed=None, changes=[])
        )
    return keys
