"""Questions in and out: a sheet looked at before it is stored, the template, the export."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import clock, files, i18n, lists, sheets, uploads, web
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit, StoredFile
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_
from training.core.sheets import Column, Kind, Sheet

from .. import importing, queries, service
from ..forms import ImportForm
from ..models import Question
from ..rules.importing import ImportResult
from ..rules.question import DIFFICULTY_LABELS, KIND_LABELS, QuestionKind
from ..rules.review import ReviewState
from ._room import key_letters, room, state_badge, units_of

_SHOWN_ERRORS = 200


@room.form_page("/import", "bank:question:import")
def import_page() -> str | tuple[str, int] | Response:
    """Upload a sheet; nothing is stored in the bank before it has been looked at."""
    form = ImportForm()
    units = units_of("bank:question:import")
    form.org.choices = [(u.public_id, i18n.title_of(u, "name")) for u in units]
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        upload = form.file.data
        try:
            checked = uploads.sheet(upload.read(), upload.filename or "")
            importing.read_rows(checked.data, checked.name)
        except Refused as refused:
            form.blame(form.file, refused)
            status = refused.status
        else:
            who = web.actor()
            org = next(u for u in units if u.public_id == form.org.data)
            record = service.keep_sheet(who, org, checked, now=clock.now())
            return web.go(
                url_for(
                    "exams_bank.preview", question_sheet_id=record.public_id,
                    topic=form.topic.data or None, source=form.source.data or None,
                )
            )  # fmt: skip
    return render_template("exams_bank/import.html", form=form), status


def _judged(sheet_id: str) -> tuple[StoredFile, OrgUnit, ImportResult, dict[str, str]]:
    record = web.load(StoredFile, sheet_id, "bank:question:import")
    org = db.session.get(OrgUnit, record.org_id)
    if record.purpose != service.SHEET_PURPOSE or org is None:
        abort(404)
    chosen = {k: request.values.get(k, "")[:200] for k in ("topic", "source")}
    topic = Topic(chosen["topic"]) if chosen["topic"] in list(Topic) else None
    rows = importing.read_rows(files.read(record), record.name)
    result = importing.judge(rows, org, clock.now(), topic, None, chosen["source"])
    return record, org, result, chosen


@room.page("/import/<question_sheet_id>", "bank:question:import")
def preview(question_sheet_id: str) -> str:
    """What the sheet would bring: questions, doubles, and every error by its cell."""
    record, org, result, chosen = _judged(question_sheet_id)
    states = [q.state for q in result.questions]
    return render_template(
        "exams_bank/preview.html",
        record=record,
        org=org,
        chosen=chosen,
        fresh=len(result.questions),
        needs_review=sum(s is ReviewState.NEEDS_REVIEW for s in states),
        unchanged=len(result.unchanged),
        errors=[{"cell": e.cell, "text": i18n.say(e.words)} for e in result.errors[:_SHOWN_ERRORS]],
        error_count=len(result.errors),
        error_rows=len({e.row for e in result.errors}),
        warnings=[
            {"cell": e.cell, "text": i18n.say(e.words)} for e in result.warnings[:_SHOWN_ERRORS]
        ],
        ignored=gettext("、").join(result.ignored),
        sample=[
            {"row": q.row, "stem": i18n.shorten(q.draft.stem, 60), "state": state_badge(q.state)}
            for q in result.questions[:10]
        ],
    )


@room.act("/import/<question_sheet_id>/store", "bank:question:import")
def store(question_sheet_id: str) -> Response:
    """Store all of it; with errors only after saying 暂不导入有问题的行."""
    record, org, result, _ = _judged(question_sheet_id)
    if result.errors and not request.form.get("skip"):
        raise Refused.because(
            "IMPORT_ERRORS", N_("表格中有错误，未导入任何试题。请改正后重新上传，或选择暂不导入有问题的行"),
            status=422,
        )  # fmt: skip
    done = service.import_questions(
        web.actor(), org, list(result.questions), record.sha256, now=clock.now()
    )
    return web.done(
        gettext(
            "已导入 %(n)s 题，其中 %(review)s 题待复核",
            n=done["stored"],
            review=done["needs_review"],
        ),
        url_for("exams_bank.questions", sort="new"),
    )


def _columns() -> tuple[Column, ...]:
    kinds = tuple(KIND_LABELS.values())
    return (
        Column("stem", "题干", width=50),
        *(Column(letter, letter, width=20) for letter in "ABCDEFGH"),
        Column("key", "答案", note="单选、多选填字母，判断填对或错"),
        Column("kind", "题型", choices=kinds),
        Column("topic", "专题", choices=tuple(TOPIC_LABELS.values())),
        Column("difficulty", "难度", choices=tuple(DIFFICULTY_LABELS.values())),
        Column("explanation", "解析", width=40),
        Column("articles", "法条", width=20),
        Column("law_as_of", "法律截至日期", Kind.DATE, width=14),
        Column("source", "来源", width=20),
    )


@room.page("/template", "bank:question:import")
def template() -> FlaskResponse:
    """An empty sheet to fill in, with choices and notes."""
    sheet = Sheet("试题导入模板", _columns(), is_template=True, numbered=False)
    return sheets.download(sheets.write(sheet), "试题导入模板")


def _exported(found: Question) -> dict[str, Any]:
    version = found.version
    options = version.options if version.kind is not QuestionKind.TRUE_FALSE else []
    row: dict[str, Any] = {"ABCDEFGH"[n]: o["text"] for n, o in enumerate(options)}
    return row | {
        "stem": version.stem,
        "key": key_letters(version),
        "kind": KIND_LABELS[version.kind],
        "topic": TOPIC_LABELS[version.topic] if version.topic else "",
        "difficulty": DIFFICULTY_LABELS[version.difficulty] if version.difficulty else "",
        "explanation": version.explanation,
        "articles": "；".join(version.articles),
        "law_as_of": version.law_as_of,
        "source": version.source,
    }


@room.act("/export", "bank:question:export")
def export() -> FlaskResponse:
    """The bank as filtered, in the shape that can be imported again."""
    applied = lists.apply(queries.FILTERS, request.form, url_for("exams_bank.questions"))
    query = queries.questions(web.actor(), applied.conditions).order_by(Question.code)
    found = list(db.session.scalars(query))
    service.note_export(web.actor(), len(found), ",".join(sorted(applied.values)), now=clock.now())
    found = list(db.session.scalars(query))
    data = sheets.write(
        Sheet("题库", _columns(), [_exported(q) for q in found], right=i18n.plain_date(clock.now()))
    )
    return sheets.download(data, f"题库{clock.today().isoformat()}")
