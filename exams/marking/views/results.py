"""成绩: the released results of a sitting, and their correction."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from exams.bank import queries as bank
from exams.papers.models import Paper
from exams.sittings.models import Attempt, Sitting
from training.core import clock, i18n, sheets, web
from training.core.errors import Refused

from .. import corrections, grader, queries
from ..forms import CORRECTION_LABELS, AdmitForm, CorrectionForm
from ..rules.grading import CorrectionKind
from ._room import marks_of, room


@room.page("/results/sittings/<sitting_id>", "marking:result:list")
def results(sitting_id: str) -> str:
    """The released results of a sitting (成绩册), to print or export."""
    found = web.load(Sitting, sitting_id, "marking:result:list")
    rows = [marks_of(r) for r in queries.rows_of(found) if r.released]
    return render_template("exams_marking/results.html", sitting=found, rows=rows)


@room.page("/results/sittings/<sitting_id>/sheet", "marking:result:list")
def results_sheet(sitting_id: str) -> FlaskResponse:
    """The same as an Excel sheet one would hand in."""
    found = web.load(Sitting, sitting_id, "marking:result:list")
    rows = [r for r in queries.rows_of(found) if r.released]
    columns = (
        sheets.Column("ticket", gettext("准考证号"), width=22),
        sheets.Column("name", gettext("姓名")),
        sheets.Column("org", gettext("所在机构"), width=30),
        sheets.Column("points", gettext("成绩"), sheets.Kind.HUNDREDTHS),
        sheets.Column("full", gettext("满分"), sheets.Kind.HUNDREDTHS),
        sheets.Column("outcome", gettext("结果")),
        sheets.Column("review", gettext("复核")),
    )
    data = sheets.write(
        sheets.Sheet(
            title=gettext("%(title)s成绩册", title=i18n.title_of(found)),
            columns=columns,
            rows=[
                marks_of(r) | {"points": r.grading.points, "full": r.grading.full}
                for r in rows
                if r.grading is not None
            ],
            left=i18n.title_of(found.org, "name"),
            right=i18n.plain_date(clock.now()),
            foot=[gettext("共 %(n)s 人", n=len(rows))],
            number_label=gettext("序号"),
        )
    )
    return sheets.download(data, gettext("%(title)s成绩册", title=i18n.title_of(found)))


@room.form_page("/results/sittings/<sitting_id>/correct", "sittings:attempt:correct")
def correct(sitting_id: str) -> str | tuple[str, int] | Response:
    """Correct a question for everyone who sat the paper."""
    found = web.load(Sitting, sitting_id, "sittings:attempt:correct")
    paper: Paper = found.paper
    versions = bank.pinned(s.question for s in paper.slots)
    form = CorrectionForm()
    form.question.choices = [
        (s.question, f"{s.slot}. {i18n.shorten(i18n.title_of(versions[s.question], 'stem'), 40)}")
        for s in paper.slots
    ]
    if form.validate_on_submit():
        try:
            corrections.correct_question(
                web.actor(), paper, form.question.data, CorrectionKind(form.kind.data),
                form.reason.data or "", now=clock.now(), key=frozenset(form.key.data or ()),
            )  # fmt: skip
        except Refused as error:
            form.deny(error)
        else:
            return web.done(
                gettext("已更正并重新阅卷，须复核后重新发布"),
                url_for("exams_marking.sitting", sitting_id=sitting_id),
            )
    known = [
        {
            "when": c.corrected_at,
            "what": f"{next((s.slot for s in paper.slots if s.question == c.question), '')}. "
            f"{CORRECTION_LABELS[c.kind]}",
            "detail": c.reason,
            "kind": "due",
        }
        for c in grader.corrections_of(paper.id)
    ]
    status = 422 if request.method == "POST" else 200
    page = render_template("exams_marking/correct.html", sitting=found, form=form, known=known)
    return page, status


@room.form_page("/results/attempts/<attempt_id>/late", "sittings:attempt:correct")
def late(attempt_id: str) -> str | tuple[str, int] | Response:
    """Late answers of an attempt: letting one count, and taking that back."""
    found = web.load(Attempt, attempt_id, "sittings:attempt:correct")
    form = AdmitForm()
    if form.validate_on_submit():
        act = corrections.withdraw_admission if form.withdraw.data else corrections.admit_late
        act(web.actor(), found, form.sequence.data or 0, form.reason.data or "", now=clock.now())
        return web.done(
            gettext("已更正，须复核后重新发布"),
            url_for("exams_marking.sitting", sitting_id=found.sitting.public_id),
        )
    status = 422 if request.method == "POST" else 200
    kept, admitted = corrections.late_answers(found)
    page = render_template(
        "exams_marking/late.html", attempt=found, kept=kept, admitted=admitted, form=form
    )
    return page, status
