"""Work figures from the unit's own sheet: template, upload, preview, all or nothing."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, render_template, url_for
from flask_babel import gettext
from flask_wtf.file import FileStorage
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, sheets, web
from training.core.errors import Refused
from training.core.i18n import format_hundredths, plain_date, say, title_of

from .. import figure_imports, scores, shown
from ..forms import ApplySheetForm, SheetForm
from ..models import FigureImport
from ..rules.figure_sheet import MONTH
from ..rules.indicators import IndicatorKind
from . import room
from .data import FIGURES
from .rounds import load_managed, round_title, round_url
from .sheet import fail_onto

_SHOWN = 200


@room.page("/appraisals/rounds/<round_id>/template.xlsx", FIGURES)
def template(round_id: str) -> Response:
    """The sheet to fill in, with the people of the round."""
    found = load_managed(round_id, FIGURES)
    scheme = scores.scheme_of(found)
    columns = []
    for key, title in figure_imports.titles(scheme).items():
        indicator = scheme.find(key)
        note = ""
        if indicator is not None and indicator.kind is IndicatorKind.MEASURE:
            note = gettext(
                "填分数（最高 %(max)s），或者完成数/应完成数，例如 12/15",
                max=format_hundredths(indicator.points),
            )
        elif indicator is not None and indicator.kind is IndicatorKind.DEDUCTION:
            note = gettext(
                "填次数，每次扣 %(n)s 分；没有的留空", n=format_hundredths(indicator.points)
            )
        elif key == MONTH:
            note = gettext("填 1 至 12；留空表示每个在岗月份都一样")
        columns.append(sheets.Column(key, gettext(title), width=14, note=note))
    title = gettext("%(year)s 年度考核数据表", year=found.year)
    data = sheets.write(
        sheets.Sheet(
            title, columns, figure_imports.person_rows(found), left=title_of(found.org, "name"),
            right=plain_date(clock.now()), is_template=True,
        )
    )  # fmt: skip
    return sheets.download(data, title)


@room.form_page("/appraisals/rounds/<round_id>/import", FIGURES)
def upload(round_id: str) -> Any:
    """Take a sheet in; it is judged before anything is entered."""
    found, form = load_managed(round_id, FIGURES), SheetForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        sent: FileStorage = form.sheet.data
        try:
            checked = figure_imports.checked_upload(sent.stream.read(), sent.filename or "", found)
        except Refused as refused:
            form.blame(form.sheet, refused)
            status = refused.status
        else:
            made = figure_imports.begin(web.actor(), found, checked, now=clock.now())
            return web.go(url_for("appraisal.figure_import", import_id=made.public_id))
    page = render_template(
        "appraisal/import.html",
        round=found,
        title=round_title(found),
        form=form,
        imports=figure_imports.imports_of(found),
        columns=[gettext(t) for t in figure_imports.titles(scores.scheme_of(found)).values()],
        url=round_url(found),
    )
    return page, status


def _load(import_id: str) -> FigureImport:
    return web.load(FigureImport, import_id, FIGURES, joinedload(FigureImport.applier))


def _page(batch: FigureImport, form: ApplySheetForm) -> str:
    judged = None
    if batch.applied_at is None:
        lines = figure_imports.lines_of(batch)
        judged = figure_imports.judge(batch, lines, web.actor().person_id)
        form.seen.data = json.dumps(judged.counts, sort_keys=True)
    return render_template(
        "appraisal/import_preview.html",
        batch=batch,
        round=batch.round,
        title=round_title(batch.round),
        url=round_url(batch.round),
        form=form,
        counts=judged.counts if judged is not None else batch.counts,
        problems=[
            {
                "cell": p.cell,
                "text": say(p.words),
                "number": "".join(c for c in p.cell if c.isdigit()),
            }
            for p in judged.problems
        ]
        if judged is not None
        else [],
        entries=[
            {
                "name": e.appraisal.person.name,
                "month": gettext("%(n)s 月", n=e.month) if e.month else gettext("全年"),
                "what": shown.target_title(batch.round, e.key),
                "value": format_hundredths(e.value),
                "was": format_hundredths(e.replaces.delta) if e.replaces is not None else "",
                "evidence": e.line.evidence,
                "state": {"kind": "due", "label": gettext("更正")}
                if e.is_change
                else {"kind": "ok", "label": gettext("新登记")},
            }
            for e in judged.entries[:_SHOWN]
        ]
        if judged is not None
        else [],
        shown_of=_SHOWN,
    )


@room.page("/appraisals/imports/<import_id>", FIGURES)
def figure_import(import_id: str) -> str:
    """What the sheet would enter, every bad cell by its address."""
    return _page(_load(import_id), ApplySheetForm(formdata=None))


@room.act("/appraisals/imports/<import_id>/apply", FIGURES)
def apply_import(import_id: str) -> BaseResponse | tuple[str, int]:
    """Enter all of it."""
    batch, form = _load(import_id), ApplySheetForm()
    lines = figure_imports.lines_of(batch)
    if not form.validate():
        return _page(batch, form), 422
    try:
        seen = json.loads(form.seen.data or "{}")
        done = figure_imports.apply(
            web.actor(), batch, lines, form.reason.data or "", seen=seen, now=clock.now()
        )
    except ValueError:
        return _page(batch, form), 422
    except Refused as refused:
        fail_onto(form, refused)
        return _page(batch, form), 422
    return web.done(
        gettext(
            "已导入：新登记 %(new)s 项，更正 %(changed)s 项，无变化 %(unchanged)s 项",
            new=done.counts["new"], changed=done.counts["changed"],
            unchanged=done.counts["unchanged"],
        ),
        round_url(done.round),
    )  # fmt: skip
