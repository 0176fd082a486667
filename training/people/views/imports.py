"""Importing a roster, step by step."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, i18n, lists, orgs, sheets, web
from training.core.db import db
from training.core.errors import Refused
from training.core.lists import Filter, Order
from training.core.models import Job
from training.core.rules.jobs import JobState
from training.core.rules.roles import OrgKind
from training.core.rules.words import N_, Words

from .. import import_check, imports
from ..import_forms import ApplyForm, UploadForm, columns_form, units_form
from ..import_jobs import table_of
from ..roster_models import ImportBatch, ImportRow
from ..rules.person import EDUCATION_LABELS, Education, ServiceKind, Standing
from ..rules.roster import (
    AT_WORK,
    BATCH_LABELS,
    FIELD_LABELS,
    OUTCOME_LABELS,
    BatchState,
    Field,
    Outcome,
    column_index,
    guess,
)
from . import room

IMPORT = imports.IMPORT
_TARGETS = (OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU, OrgKind.JUDICIAL_OFFICE)
_BATCH_KINDS = {
    BatchState.UNREADABLE: "stop",
    BatchState.MAPPING: "due",
    BatchState.CHECKED: "due",
    BatchState.APPLIED: "ok",
    BatchState.ABANDONED: "none",
}
OUTCOME_KINDS = {
    Outcome.NEW: "ok",
    Outcome.CHANGED: "info",
    Outcome.UNCHANGED: "none",
    Outcome.ERROR: "stop",
}
_FILTERS = (
    Filter(
        "outcome",
        N_("结果"),
        lists.choice(Outcome),
        lambda v: ImportRow.outcome == v,
        lambda v: gettext(OUTCOME_LABELS[v]),
    ),
)
_ORDER = Order("number", ImportRow.number)
_NEWEST = Order("newest", ImportBatch.created_at, descending=True)


def _state(batch: ImportBatch) -> dict[str, str]:
    return {
        "kind": _BATCH_KINDS.get(batch.state, "info"),
        "label": gettext(BATCH_LABELS[batch.state]),
    }


def _load(batch_id: str) -> ImportBatch:
    return web.load(
        ImportBatch, batch_id, IMPORT, joinedload(ImportBatch.org), joinedload(ImportBatch.file)
    )


@room.form_page("/people/imports", IMPORT, endpoint="imports")
def imports_page() -> tuple[str, int] | BaseResponse:
    who, form = web.actor(), UploadForm()
    units = orgs.in_reach(who, IMPORT, _TARGETS)
    form.offer(units)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        unit = next(u for u in units if u.public_id == form.org.data)
        try:
            sheet = imports.checked_upload(form.sheet.data.read(), form.sheet.data.filename or "")
        except Refused as refused:
            form.blame(form.sheet, refused)
            status = refused.status
        else:
            batch = imports.begin(who, unit, sheet, now=clock.now())
            return web.go(url_for("people.import_batch", batch_id=batch.public_id))
    applied = lists.apply((), request.args, url_for("people.imports"))
    query = (
        sa.select(ImportBatch)
        .where(access.visible(who, IMPORT, ImportBatch))
        .options(joinedload(ImportBatch.org))
    )
    page = lists.page(query, _NEWEST, ImportBatch.id, applied, request.args)
    rows = [
        {
            "name": b.file_name,
            "url": url_for("people.import_batch", batch_id=b.public_id),
            "org": i18n.title_of(b.org, "name"),
            "at": i18n.format_datetime(b.created_at),
            "lines": b.layout.get("lines"),
            "state": _state(b),
        }
        for b in page.rows
    ]
    body = render_template("people/imports.html", form=form, rows=rows, page=page)
    return body, status


@room.page("/people/imports/template", IMPORT)
def import_template() -> BaseResponse:
    """An empty sheet to fill in, with what each column wants."""
    text = sheets.Kind.TEXT
    note = gettext("按文本填写，18 位")
    levels = tuple(gettext(w) for e, w in EDUCATION_LABELS.items() if e is not Education.NONE)
    columns = (
        sheets.Column("name", gettext("姓名"), text, 12),
        sheets.Column("sex", gettext("性别"), text, 8, (gettext("男"), gettext("女"))),
        sheets.Column("birth", gettext("出生年月"), text, 12, (), gettext("例如 1968.05")),
        sheets.Column("id_number", gettext("身份证号"), text, 24, (), note),
        sheets.Column("education", gettext("文化程度"), text, 14, levels),
        sheets.Column("phone", gettext("联系电话"), text, 16, (), gettext("填手机号，可用来登录")),
        sheets.Column("office", gettext("所属司法所"), text, 24),
        sheets.Column("org", gettext("所在人民调解委员会"), text, 36),
        sheets.Column(
            "service", gettext("专职/兼职"), text, 12, (gettext("专职"), gettext("兼职"))
        ),
        sheets.Column("hired", gettext("聘用时间"), text, 14, (), gettext("例如 2024-03-01")),
    )
    title = gettext("人民调解员花名册")
    sheet = sheets.Sheet(
        title,
        columns,
        left=gettext("填报单位："),
        right=gettext("填报日期："),
        is_template=True,
        number_label=gettext("序号"),
    )
    return sheets.download(sheets.write(sheet), title)


def _progress(batch: ImportBatch) -> dict[str, Any]:
    job = db.session.get(Job, batch.job_id) if batch.job_id else None
    dead = job is not None and job.state is JobState.DEAD
    return {
        "batch": batch,
        "state": _state(batch),
        "done": job.done if job else 0,
        "total": int(batch.layout.get("lines", 0)) or 1,
        "dead": dead,
        "poll": "" if dead else url_for("people.import_batch", batch_id=batch.public_id),
    }


def _said(problem: dict[str, Any]) -> str:
    params = dict(problem.get("params", {}))
    return i18n.say(Words(problem["message"], params))


def _row(row: ImportRow) -> dict[str, Any]:
    values = json.loads(row.values) if row.values else {}
    name = values.get("name", "")
    return {
        "line": gettext("第 %(n)s 行", n=row.number),
        "name": name or gettext("（姓名待核）"),
        "org": values.get("org", ""),
        "outcome": {
            "kind": OUTCOME_KINDS[row.outcome],
            "label": gettext(OUTCOME_LABELS[row.outcome]),
        },
        "changes": gettext("、").join(gettext(FIELD_LABELS[Field(c)]) for c in row.changes),
        "problems": [
            {"cell": p["cell"], "text": _said(p), "blocks": p["blocks"]} for p in row.problems
        ],
    }


@room.page("/people/imports/<batch_id>", IMPORT)
def import_batch(batch_id: str) -> str | BaseResponse:
    """Where an import stands: at work, to be mapped, to be confirmed, done."""
    batch = _load(batch_id)
    polled = bool(request.headers.get("HX-Request"))
    if batch.state in AT_WORK:
        block = "people/_import_progress.html" if polled else "people/import_progress.html"
        return render_template(block, **_progress(batch))
    if polled:
        return web.go(url_for("people.import_batch", batch_id=batch_id))
    if batch.state is BatchState.MAPPING:
        return web.go(url_for("people.import_columns", batch_id=batch_id))
    applied = lists.apply(_FILTERS, request.args, url_for("people.import_batch", batch_id=batch_id))
    query = sa.select(ImportRow).where(ImportRow.batch_id == batch.id, *applied.conditions)
    if not applied.values and batch.counts.get("error"):
        query = query.where(sa.func.json_array_length(ImportRow.problems) > 0)
    page = lists.page(query, _ORDER, ImportRow.id, applied, request.args)
    unknown = import_check.unknown_units(batch) if batch.state is BatchState.CHECKED else []
    return render_template(
        "people/import_batch.html",
        batch=batch,
        state=_state(batch),
        problem=_said(batch.problem) if batch.problem else "",
        codes=[batch.problem["code"]] if batch.problem else [],
        rows=[_row(r) for r in page.rows],
        page=page,
        applied=applied,
        tiles=[
            (o, batch.counts.get(o, 0), gettext(OUTCOME_LABELS[o]), OUTCOME_KINDS[o])
            for o in Outcome
        ],
        undecided=[u for u in unknown if not u.decided],
        decided=[u for u in unknown if u.decided],
        ready=imports.judge_applying(batch, leave_out=True)
        if batch.state is BatchState.CHECKED
        else None,
        errors=batch.counts.get("error", 0),
        mine=batch.account_id == web.actor().account_id,
    )


@room.form_page("/people/imports/<batch_id>/columns", IMPORT)
def import_columns(batch_id: str) -> str | tuple[str, int] | BaseResponse:
    """What each column means; guessed from its head."""
    batch = _load(batch_id)
    if batch.state not in (BatchState.MAPPING, BatchState.CHECKED):
        return web.go(url_for("people.import_batch", batch_id=batch_id))
    labels = dict(sorted(batch.layout["labels"].items(), key=lambda x: column_index(x[0])))
    guessed = guess(labels)
    in_post = str(Field.HIRED) in guessed.values()
    chosen = {
        "columns": guessed,
        "service": str(ServiceKind.FULL_TIME),
        "standing": str(Standing.IN_POST if in_post else Standing.TRAINEE),
        **batch.mapping,
    }
    form = columns_form(labels, chosen)
    if form.validate_on_submit():
        columns = {c: str(form[f"column_{c}"].data) for c in labels if form[f"column_{c}"].data}
        verdict = imports.judge_mapping(columns)
        if verdict:
            imports.name_columns(
                web.actor(),
                batch,
                columns,
                ServiceKind(form.service.data),
                Standing(form.standing.data),
                now=clock.now(),
            )
            return web.go(url_for("people.import_batch", batch_id=batch_id))
        form.deny(verdict)
    body = render_template(
        "people/import_columns.html",
        batch=batch,
        state=_state(batch),
        form=form,
        columns=[
            {"letter": c, "label": label, "sample": batch.layout["samples"].get(c, "")}
            for c, label in labels.items()
        ],
    )
    return (body, 422) if form.is_submitted() else body


@room.form_page("/people/imports/<batch_id>/units", IMPORT)
def import_units(batch_id: str) -> str | tuple[str, int] | BaseResponse:
    """Units that the sheet names and nobody knows: set up where, or which one is meant."""
    batch = _load(batch_id)
    if batch.state is not BatchState.CHECKED:
        return web.go(url_for("people.import_batch", batch_id=batch_id))
    unknown = import_check.unknown_units(batch)
    form = units_form(unknown, batch.org, orgs.below(batch.org))
    if form.validate_on_submit():
        plan = {u.name: str(form[f"unit_{i}"].data) for i, u in enumerate(unknown)}
        imports.decide_units(web.actor(), batch, plan, now=clock.now())
        return web.go(url_for("people.import_batch", batch_id=batch_id))
    body = render_template("people/import_units.html", batch=batch, form=form, unknown=unknown)
    return (body, 422) if form.is_submitted() else body


@room.act("/people/imports/<batch_id>/apply", IMPORT)
def apply_import(batch_id: str) -> BaseResponse:
    batch, form = _load(batch_id), ApplyForm()
    form.validate()
    imports.order_apply(web.actor(), batch, leave_out=bool(form.leave_out.data), now=clock.now())
    return web.go(url_for("people.import_batch", batch_id=batch_id))


@room.act("/people/imports/<batch_id>/abandon", IMPORT)
def abandon_import(batch_id: str) -> BaseResponse:
    imports.abandon(web.actor(), _load(batch_id), now=clock.now())
    return web.done(gettext("已放弃，名册没有任何改动"), url_for("people.imports"))


@room.page("/people/imports/<batch_id>/rejected", IMPORT)
def import_rejected(batch_id: str) -> BaseResponse:
    """The lines in error as they stand in the sheet, each with its problems; only for the
    officer who brought the sheet, since it shows what was written there."""
    batch = _load(batch_id)
    if batch.account_id != web.actor().account_id or batch.file is None:
        abort(404)
    table = table_of(batch)
    rows = db.session.scalars(
        sa.select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.outcome == Outcome.ERROR)
        .order_by(ImportRow.number)
    )
    labels = table.layout.labels
    columns = [sheets.Column(c, label, width=16) for c, label in labels.items()]
    columns.append(sheets.Column("problems", gettext("问题"), width=60))
    lines = []
    for row in rows:
        raw = table.rows[row.number - 1]
        line = {c: raw[i] if (i := column_index(c)) < len(raw) else None for c in labels}
        told = [f"{p['cell']} {_said(p)}" for p in row.problems if p["blocks"]]
        lines.append(line | {"problems": gettext("；").join(told)})
    title = gettext("暂未导入的人员")
    sheet = sheets.Sheet(
        title, columns, lines, left=batch.file_name, right=i18n.plain_date(clock.now()),
        numbered=False,
    )  # fmt: skip
    return sheets.download(sheets.write(sheet), title)
