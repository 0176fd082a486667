"""Importing organisations from the bureau's own sheet: upload, columns, preview, store."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, orgs, uploads, web
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import say
from training.core.models import OrgUnit, StoredFile
from training.core.rules.roles import ORG_KIND_LABELS, OrgKind

from .. import org_imports
from ..import_forms import OrgUploadForm, org_columns_form
from ..import_sheet import Table
from ..org_imports import CHANGE
from ..rules.org_sheet import ORG_FIELD_LABELS, OrgField, OrgLine
from ..rules.roster import OUTCOME_LABELS, Outcome, column_index
from . import room
from .imports import OUTCOME_KINDS

_TARGETS = (OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU, OrgKind.JUDICIAL_OFFICE)
_SHOWN = 200
_FIRST = (Outcome.ERROR, Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)
_SAMPLE = 30


@room.form_page("/orgs/import", CHANGE)
def import_orgs() -> str | tuple[str, int] | BaseResponse:
    """Upload a sheet; no unit is set up before it has been looked at."""
    form = OrgUploadForm()
    units = orgs.in_reach(web.actor(), CHANGE, _TARGETS)
    form.offer(units)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        upload = form.sheet.data
        target = next(u for u in units if u.public_id == form.org.data)
        try:
            checked = uploads.sheet(upload.read(), upload.filename or "")
            known = org_imports.is_known(target, org_imports.find(checked))
        except Refused as refused:
            form.blame(form.sheet, refused)
            status = refused.status
        else:
            record = org_imports.keep_sheet(web.actor(), target, checked, now=clock.now())
            step = "people.org_preview" if known else "people.org_columns"
            return web.go(url_for(step, org_sheet_id=record.public_id))
    return render_template("people/org_import.html", form=form), status


def _load(org_sheet_id: str) -> tuple[StoredFile, OrgUnit, Table]:
    record = web.load(StoredFile, org_sheet_id, CHANGE)
    target = db.session.get(OrgUnit, record.org_id)
    if record.purpose != org_imports.PURPOSE or target is None:
        abort(404)
    return record, target, org_imports.table_of(record)


@room.form_page("/orgs/import/<org_sheet_id>/columns", CHANGE)
def org_columns(org_sheet_id: str) -> str | tuple[str, int] | BaseResponse:
    """What each column means; guessed from its head, remembered for the next sheet."""
    record, target, table = _load(org_sheet_id)
    labels = dict(sorted(table.layout.labels.items(), key=lambda x: column_index(x[0])))
    form = org_columns_form(labels, org_imports.columns_of(target, table))
    if form.validate_on_submit():
        columns = {c: str(form[f"column_{c}"].data) for c in labels if form[f"column_{c}"].data}
        verdict = org_imports.judge_columns(table, columns)
        if verdict:
            org_imports.name_columns(web.actor(), target, record, columns, now=clock.now())
            return web.go(url_for("people.org_preview", org_sheet_id=org_sheet_id))
        form.deny(verdict)
    body = render_template(
        "people/org_columns.html",
        record=record,
        form=form,
        tab=table.tab,
        lines=len(table.layout.rows),
        head_rows=table.layout.head_rows,
        columns=[
            {"letter": c, "label": label, "sample": org_imports.sample(table, c)[:_SAMPLE]}
            for c, label in labels.items()
        ],
    )
    return (body, 422) if form.is_submitted() else body


@room.page("/orgs/import/<org_sheet_id>", CHANGE)
def org_preview(org_sheet_id: str) -> str:
    """What the sheet would set up and change, and every problem by its cell."""
    record, target, table = _load(org_sheet_id)
    lines = org_imports.judge(target, table, org_imports.columns_of(target, table))
    counts = {o: sum(line.outcome is o for line in lines) for o in Outcome}
    shown = sorted(lines, key=lambda line: (_FIRST.index(line.outcome), line.number))[:_SHOWN]
    return render_template(
        "people/org_preview.html",
        record=record,
        target=target,
        counts={str(o): n for o, n in counts.items()},
        skipped=table.layout.skipped,
        writes=counts[Outcome.NEW] + counts[Outcome.CHANGED],
        rows=[_row(line) for line in shown],
        more=max(0, len(lines) - _SHOWN),
    )


def _row(line: OrgLine) -> dict[str, object]:
    note = [f"{cell} {say(words)}" for cell, words in line.problems]
    note += [f"{gettext(ORG_FIELD_LABELS[OrgField(f)])}：{v}" for f, v in line.changes.items()]
    return {
        "name": line.name or gettext("（未填写）"),
        "line": gettext("第 %(n)s 行", n=line.number),
        "kind": gettext(ORG_KIND_LABELS[line.kind]) if line.kind else "—",
        "parent": line.parent_name or "—",
        "outcome": {
            "kind": OUTCOME_KINDS[line.outcome],
            "label": gettext(OUTCOME_LABELS[line.outcome]),
        },
        "note": "；".join(note) or "—",
    }


@room.act("/orgs/import/<org_sheet_id>/store", CHANGE)
def store_orgs(org_sheet_id: str) -> BaseResponse:
    record, target, _ = _load(org_sheet_id)
    counts = org_imports.store(web.actor(), target, record, now=clock.now())
    return web.done(
        gettext(
            "新设 %(new)s 个机构，变更 %(changed)s 个",
            new=counts[Outcome.NEW],
            changed=counts[Outcome.CHANGED],
        ),
        url_for("people.orgs"),
    )
