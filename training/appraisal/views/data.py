"""Entering figures, marks, established acts and what is missing; taking them from the ledgers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web
from training.core.db import db
from training.core.errors import Refused

from .. import figures, ledgers, rounds, scores, shown
from ..forms import FigureForm, MarkForm, MissingForm, MonthsForm, VetoForm
from ..models import AnnualAppraisal, FigureLine
from ..rules.annual import Component
from ..rules.grade import VetoAct
from ..rules.indicators import LEDGER_MEASURES
from ..rules.scoring import Treatment
from . import room
from .rounds import load_managed, round_title, round_url
from .sheet import RECORD, fail_onto, load, sheet_url

FIGURES = "appraisal:round:figures"


@room.act("/appraisals/rounds/<round_id>/pull", FIGURES)
def pull(round_id: str) -> BaseResponse:
    """Take hours and exam results from their ledgers."""
    found = load_managed(round_id, FIGURES)
    counts = ledgers.pull(web.actor(), found, now=clock.now())
    return web.done(
        gettext(
            "已从学时和考试台账提取：新登记 %(entered)s 条，更正 %(corrected)s 条，"
            "无变化 %(unchanged)s 条，人工更正过的 %(kept)s 条保留，不适用 %(exempt)s 条",
            **counts,
        ),
        round_url(found),
    )


def _form_page(form: Any, found: AnnualAppraisal, title: str, **more: Any) -> Any:
    rendered = render_template(
        "appraisal/entry.html", form=form, appraisal=found, title=title,
        url=sheet_url(found), round_title=round_title(found.round), **more,
    )  # fmt: skip
    return (rendered, 422) if form.is_submitted() else rendered


def _corrected(found: AnnualAppraisal) -> FigureLine | None:
    name = request.args.get("corrects")
    if not name:
        return None
    line = db.session.scalar(
        sa.select(FigureLine).where(
            FigureLine.public_id == name, FigureLine.appraisal_id == found.id
        )
    )
    if line is None:
        abort(404)
    return line


@room.form_page("/appraisals/<appraisal_id>/figures", RECORD)
def figure(appraisal_id: str) -> Any:
    """Enter one figure, or correct one by a further entry."""
    found = load(appraisal_id, RECORD)
    corrects = _corrected(found)
    form = FigureForm()
    form.offer(scores.scheme_of(found.round), found.months)
    if corrects is not None:
        form.month.data, form.indicator.data = str(corrects.month), corrects.indicator
    if form.validate_on_submit() and form.delta is not None:
        try:
            figures.record_line(
                web.actor(), found, int(form.month.data), form.indicator.data, form.delta,
                form.evidence.data or "", note=form.note.data or "", corrects=corrects,
                now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(gettext("已登记"), sheet_url(found, f"month-{form.month.data}"))
    elif form.is_blank() and corrects is None:
        form.month.data = request.args.get("month", str(found.months[-1]))
        form.indicator.data = request.args.get("indicator")
    return _form_page(
        form, found, gettext("更正考核数据") if corrects else gettext("登记考核数据"),
        corrects=shown.line_text(found.round, corrects) if corrects else "",
        ledger=[shown.target_title(found.round, code) for code in LEDGER_MEASURES],
    )  # fmt: skip


@room.form_page("/appraisals/<appraisal_id>/marks", RECORD)
def mark(appraisal_id: str) -> Any:
    """Dossiers, satisfaction, peers."""
    found, form = load(appraisal_id, RECORD), MarkForm()
    form.offer()
    if form.validate_on_submit() and form.points is not None:
        try:
            figures.record_value(
                web.actor(), found, Component(form.component.data), form.points,
                form.evidence.data or "", note=form.note.data or "", now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(gettext("已登记"), sheet_url(found, "year"))
    elif form.is_blank():
        form.component.data = request.args.get("component")
    return _form_page(form, found, gettext("登记评查、满意度、同行评议"))


@room.form_page("/appraisals/<appraisal_id>/missing", RECORD)
def missing(appraisal_id: str) -> Any:
    """What becomes of what this person has no data for."""
    found, form = load(appraisal_id, RECORD), MissingForm()
    lacking = scores.missing_of(scores.sheet_of(found))
    titles = {
        f"{month or ''}:{target}": (
            gettext(
                "%(month)s 月：%(what)s", month=month, what=shown.target_title(found.round, target)
            )
            if month
            else shown.target_title(found.round, target)
        )
        for month, target in lacking
    }
    form.offer(list(titles.items()))
    if form.validate_on_submit():
        month, _, target = str(form.target.data).partition(":")
        try:
            figures.acknowledge(
                web.actor(), found, int(month) if month else None, target,
                Treatment(form.treatment.data), form.reason.data or "", now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(gettext("已登记说明"), sheet_url(found, "missing"))
    return _form_page(form, found, gettext("说明缺少的数据"), nothing=not lacking)


@room.form_page("/appraisals/<appraisal_id>/veto", RECORD)
def veto(appraisal_id: str) -> Any:
    """An established act of 一票否决."""
    found, form = load(appraisal_id, RECORD), VetoForm()
    form.offer(found.round)
    if form.validate_on_submit():
        figures.record_veto(
            web.actor(), found, VetoAct(form.act.data), form.evidence.data or "", now=clock.now()
        )
        return web.done(gettext("已登记一票否决情形"), sheet_url(found))
    return _form_page(form, found, gettext("登记一票否决情形"))


@room.act("/appraisals/<appraisal_id>/veto/withdraw", RECORD)
def withdraw_veto(appraisal_id: str) -> BaseResponse:
    """An act of 一票否决 was entered in error."""
    found, number = load(appraisal_id, RECORD), request.form.get("number", "")
    figures.withdraw_veto(
        web.actor(), found, int(number) if number.isascii() and number.isdigit() else 0,
        request.form.get("reason", ""), now=clock.now(),
    )  # fmt: skip
    return web.done(gettext("已撤销这条一票否决情形"), sheet_url(found, "vetoes"))


@room.form_page("/appraisals/<appraisal_id>/months", "appraisal:annual_appraisal:correct_months")
def months(appraisal_id: str) -> Any:
    """Correct the months served."""
    found = load(appraisal_id, "appraisal:annual_appraisal:correct_months")
    form = MonthsForm()
    form.offer()
    if form.is_blank():
        form.months.data = [str(m) for m in found.months]
    elif form.validate_on_submit():
        try:
            rounds.correct_months(
                web.actor(), found, [int(m) for m in form.months.data or ()],
                form.reason.data or "", now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(gettext("在岗月份已更正"), sheet_url(found))
    return _form_page(form, found, gettext("更正在岗月份"))


@room.form_page("/appraisals/rounds/<round_id>/missing", FIGURES)
def missing_all(round_id: str) -> Any:
    """What is missing in the round, and the same answer for all who lack it."""
    found, form = load_managed(round_id, FIGURES), MissingForm()
    people = figures.open_for_data(found)
    counted = scores.missing_in(scores.sheets_of(found, people).values())
    rows = [
        {
            "title": shown.target_title(found, target),
            "n": n,
            "target": target,
        }
        for target, n in counted.most_common()
    ]
    form.offer(
        [
            (str(r["target"]), gettext("%(what)s（%(n)s 人）", what=r["title"], n=r["n"]))
            for r in rows
        ]
    )
    if form.validate_on_submit():
        try:
            said = figures.acknowledge_all(
                web.actor(), found, str(form.target.data), Treatment(form.treatment.data),
                form.reason.data or "", now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(
                gettext("已为 %(n)s 人登记说明", n=said["people"]),
                request.path,
            )
    rendered = render_template(
        "appraisal/missing.html", round=found, title=round_title(found), form=form, rows=rows,
        people=len(people), url=round_url(found),
    )  # fmt: skip
    return (rendered, 422) if form.is_submitted() else rendered
