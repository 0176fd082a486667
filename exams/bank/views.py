"""题库: the list, a question with its history, writing and revising, review, import, export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import access, clock, files, i18n, lists, orgs, sheets, uploads, web
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit, StoredFile
from training.core.rules.verdict import Verdict
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_
from training.core.sheets import Column, Kind, Sheet

from . import importing, queries, service
from .forms import ImportForm, QuestionForm, lines
from .models import Question, QuestionVersion
from .rules.importing import ImportResult
from .rules.question import DIFFICULTY_LABELS, KIND_LABELS, QuestionKind
from .rules.review import QUESTION_REVIEW, STATE_LABELS, ReviewState

room = web.Room("exams_bank", __name__, url_prefix="/bank")

_KINDS = {
    ReviewState.DRAFT: "none",
    ReviewState.NEEDS_REVIEW: "due",
    ReviewState.APPROVED: "ok",
    ReviewState.RETIRED: "stop",
}
_ACTION_LABELS = {t.action: t.label for t in QUESTION_REVIEW.transitions} | {
    "revise": N_("修改为新版本")
}
_SHOWN_ERRORS = 200


@dataclass(frozen=True, slots=True)
class Badge:
    kind: str
    label: str


def state_badge(state: ReviewState) -> Badge:
    return Badge(_KINDS[state], gettext(STATE_LABELS[state]))


def key_letters(version: QuestionVersion) -> str:
    """The key in the letters of the bank's own order."""
    if version.kind is QuestionKind.TRUE_FALSE:
        return "对" if version.key == ["true"] else "错"
    ids = [o["id"] for o in version.options]
    return "".join("ABCDEFGH"[ids.index(k)] for k in version.key)


@room.page("/", "bank:question:read")
def questions() -> str:
    """The bank, filtered."""
    who = web.actor()
    applied = lists.apply(queries.FILTERS, request.args, url_for("exams_bank.questions"))
    query = queries.questions(who, applied.conditions)
    found = lists.page(
        query, lists.chosen_order(queries.ORDERS, request.args), Question.id, applied, request.args
    )
    rows = [
        {
            "code": q.code,
            "stem": i18n.shorten(i18n.title_of(q.version, "stem"), 80),
            "kind": gettext(KIND_LABELS[q.version.kind]),
            "topic": gettext(TOPIC_LABELS[q.version.topic]) if q.version.topic else None,
            "law": i18n.format_day(q.version.law_as_of),
            "state": state_badge(q.state),
            "url": url_for("exams_bank.question", question_id=q.public_id),
        }
        for q in found.rows
    ]
    counts = queries.counts(who)
    return render_template(
        "exams_bank/questions.html",
        rows=rows, page=found, applied=applied, total=lists.count(query),
        states=[(s, gettext(STATE_LABELS[s]), _KINDS[s], counts.get(s, 0)) for s in ReviewState],
        topics=[("", gettext("全部专题")), *((str(t), gettext(v)) for t, v in TOPIC_LABELS.items()),
                (queries.NO_TOPIC, gettext("未指定"))],
        kinds=[("", gettext("全部题型")), *((str(k), gettext(v)) for k, v in KIND_LABELS.items())],
        args=request.args,
    )  # fmt: skip


@room.page("/questions/<question_id>", "bank:question:read")
def question(question_id: str) -> str:
    """One question: its wording, key, review and history."""
    found = web.load(Question, question_id, "bank:question:read")
    who, now = web.actor(), clock.now()
    acts = [
        {
            "action": t.action,
            "label": gettext(t.label),
            "reason": t.action in ("send_back", "reopen", "retire"),
            "reasons": _reasons(verdict, t.action, found),
            "kind": "danger" if t.action == "retire" else "plain",
        }
        for t, verdict in QUESTION_REVIEW.available(
            found.state,
            lambda permission: access.may(who, permission, found),
            service.review_facts(found, "x", now),
        )
    ]
    return render_template(
        "exams_bank/question.html",
        question=found,
        version=found.version,
        key=key_letters(found.version),
        state=state_badge(found.state),
        kind=gettext(KIND_LABELS[found.version.kind]),
        topic=gettext(TOPIC_LABELS[found.version.topic]) if found.version.topic else "",
        difficulty=gettext(DIFFICULTY_LABELS[found.version.difficulty])
        if found.version.difficulty
        else "",
        may_write=access.may(who, "bank:question:write", found)
        and found.state is not ReviewState.RETIRED,
        acts=acts,
        history=_history(found),
    )


def _reasons(verdict: Verdict, action: str, found: Question) -> list[dict[str, str]]:
    if action == "approve":
        verdict = verdict & service.approver_gate(web.actor(), found.version)
    return [{"text": i18n.say(r.words), "basis": r.basis} for r in verdict.reasons]


def _history(found: Question) -> list[dict[str, Any]]:
    steps = [
        {
            "when": v.created_at,
            "who": name or gettext("随系统提供"),
            "what": gettext("第 %(n)s 版", n=v.number),
            "detail": v.note,
            "kind": "info",
        }
        for v, name in queries.versions(found)
    ]
    steps += [
        {
            "when": r.at,
            "who": name,
            "what": gettext(
                "%(act)s（第 %(n)s 版）", act=gettext(_ACTION_LABELS[r.action]), n=number
            ),
            "detail": r.reason,
            "kind": _KINDS[r.target],
        }
        for r, number, name in queries.reviews(found)
    ]
    return sorted(steps, key=lambda s: s["when"], reverse=True)


def _units(permission: str) -> list[OrgUnit]:
    return orgs.in_reach(web.actor(), permission)


@room.form_page("/new", "bank:question:write")
def write() -> str | tuple[str, int] | Response:
    """Write a new question."""
    form = QuestionForm()
    units = _units("bank:question:write")
    form.org.choices = [(u.public_id, i18n.title_of(u, "name")) for u in units]
    draft = form.draft() if form.validate_on_submit() else None
    if draft is not None:
        org = next(u for u in units if u.public_id == form.org.data)
        try:
            made = service.write(
                web.actor(), org, draft, now=clock.now(), stem_en=form.stem_en.data or "",
                options_en=lines(form.options_en.data),
            )  # fmt: skip
        except Refused as error:
            form.deny(error.verdict)
        else:
            return web.done(
                gettext("已保存为草稿，请提交审核"),
                url_for("exams_bank.question", question_id=made.public_id),
            )
    if not form.kind.data:
        form.kind.data = str(QuestionKind.SINGLE)
    status = 422 if request.method == "POST" else 200
    return render_template("exams_bank/write.html", form=form, question=None), status


@room.form_page("/questions/<question_id>/revise", "bank:question:write")
def revise(question_id: str) -> str | tuple[str, int] | Response:
    """Give a question a new version."""
    found = web.load(Question, question_id, "bank:question:write")
    version = found.version
    form = QuestionForm(data=None if request.method == "POST" else _fields(version))
    del form.org
    draft = form.draft() if form.validate_on_submit() else None
    if draft is not None:
        seen = form.seen.data or ""
        try:
            service.revise(
                web.actor(), found, draft, form.note.data or "", now=clock.now(),
                seen=int(seen) if seen.isdigit() else 0, stem_en=form.stem_en.data or "",
                options_en=lines(form.options_en.data),
            )  # fmt: skip
        except Refused as error:
            form.deny(error.verdict)
        else:
            return web.done(
                gettext("已保存为新版本，请提交审核"),
                url_for("exams_bank.question", question_id=question_id),
            )
    status = 422 if request.method == "POST" else 200
    return render_template("exams_bank/write.html", form=form, question=found), status


def _fields(version: QuestionVersion) -> dict[str, Any]:
    written = version.kind is not QuestionKind.TRUE_FALSE
    return {
        "kind": str(version.kind),
        "stem": version.stem,
        "stem_en": version.stem_en,
        "options": "\n".join(o["text"] for o in version.options) if written else "",
        "options_en": "\n".join(o["text_en"] for o in version.options) if written else "",
        "key": key_letters(version),
        "topic": str(version.topic or ""),
        "difficulty": str(version.difficulty or ""),
        "explanation": version.explanation,
        "articles": ";".join(version.articles),
        "law_as_of": version.law_as_of,
        "source": version.source,
        "seen": str(version.number),
    }


def _act(question_id: str, action: str) -> Response:
    found = web.load(Question, question_id, f"bank:question:{action}")
    service.REVIEW_ACTS[action](web.actor(), found, request.form.get("reason", ""), now=clock.now())
    return web.done(
        gettext("已办理：%(act)s", act=gettext(_ACTION_LABELS[action])),
        url_for("exams_bank.question", question_id=question_id),
    )


@room.act("/questions/<question_id>/submit", "bank:question:submit")
def submit(question_id: str) -> Response:
    return _act(question_id, "submit")


@room.act("/questions/<question_id>/approve", "bank:question:approve")
def approve(question_id: str) -> Response:
    return _act(question_id, "approve")


@room.act("/questions/<question_id>/send_back", "bank:question:send_back")
def send_back(question_id: str) -> Response:
    return _act(question_id, "send_back")


@room.act("/questions/<question_id>/reopen", "bank:question:reopen")
def reopen(question_id: str) -> Response:
    return _act(question_id, "reopen")


@room.act("/questions/<question_id>/retire", "bank:question:retire")
def retire(question_id: str) -> Response:
    return _act(question_id, "retire")


# ----- import and export


@room.form_page("/import", "bank:question:import")
def import_page() -> str | tuple[str, int] | Response:
    """Upload a sheet; nothing is stored in the bank before it has been looked at."""
    form = ImportForm()
    units = _units("bank:question:import")
    form.org.choices = [(u.public_id, i18n.title_of(u, "name")) for u in units]
    if form.validate_on_submit():
        upload = form.file.data
        checked = uploads.sheet(upload.read(), upload.filename or "")
        importing.read_rows(checked.data, checked.name)
        who = web.actor()
        org = next(u for u in units if u.public_id == form.org.data)
        record = service.keep_sheet(who, org, checked, now=clock.now())
        return web.go(
            url_for(
                "exams_bank.preview", question_sheet_id=record.public_id,
                topic=form.topic.data or None, source=form.source.data or None,
            )
        )  # fmt: skip
    status = 422 if request.method == "POST" else 200
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
        "articles": gettext("；").join(version.articles),
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
        Sheet(
            "题库", _columns(), [_exported(q) for q in found], right=i18n.format_date(clock.now())
        )
    )
    return sheets.download(data, f"题库{clock.today().isoformat()}")
