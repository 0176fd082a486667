"""题库: questions with their history, writing, revising, review."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import access, clock, i18n, lists, web
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.rules.verdict import Verdict
from training.core.rules.vocabulary import TOPIC_LABELS
from training.core.rules.words import N_

from .. import queries, service
from ..forms import QuestionForm, lines
from ..models import Question, QuestionVersion
from ..rules.question import DIFFICULTY_LABELS, KIND_LABELS, QuestionKind
from ..rules.review import QUESTION_REVIEW, STATE_LABELS, ReviewState
from ._room import STATE_KINDS, key_letters, room, state_badge, units_of

_ACTION_LABELS = {t.action: t.label for t in QUESTION_REVIEW.transitions} | {
    "revise": N_("修改为新版本")
}


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
        states=[(s, gettext(STATE_LABELS[s]), STATE_KINDS[s], counts.get(s, 0)) for s in ReviewState],
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
    return [reason_row(r) for r in verdict.reasons]


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
            "kind": STATE_KINDS[r.target],
        }
        for r, number, name in queries.reviews(found)
    ]
    return sorted(steps, key=lambda s: s["when"], reverse=True)


@room.form_page("/new", "bank:question:write")
def write() -> str | tuple[str, int] | Response:
    """Write a new question."""
    form = QuestionForm()
    units = units_of("bank:question:write")
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
            form.deny(error)
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
            form.deny(error)
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
