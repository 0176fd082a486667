"""Learning: the catalogue, a course, a lesson, a case, signs of life and notes."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, abort, jsonify, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, files, i18n, lists, richtext, web
from training.core.errors import Refused
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic
from training.core.rules.words import N_
from training.people.models import Person

from .. import authoring, queries, study, text
from ..forms import AnswerForm, NoteForm
from ..models import Course, Lesson, LessonNote, LessonVersion, StudyRecord
from ..queries import Done, Item, Shelf
from ..rules.lessons import ASSESSMENT_LABELS, KIND_LABELS, Assessment, Case, LessonKind, read_case
from . import room

_DONE = {
    Done.NEW: ("none", N_("未学")),
    Done.STARTED: ("info", N_("学习中")),
    Done.COMPLETED: ("ok", N_("已学完")),
}
_ASSESSED = {Assessment.GOOD: "ok", Assessment.RISKY: "due", Assessment.WRONG: "stop"}
_CLIENT_ID = re.compile(r"[0-9a-zA-Z-]{16,40}")


def _person() -> Person:
    person: Person = current_user.person
    return person


def done_state(item: Item) -> dict[str, str]:
    kind, label = _DONE[item.done]
    return {"kind": kind, "label": gettext(label)}


@room.page("/learn/", "courses:course:read")
def catalogue() -> str:
    """All courses by topic; ``?topic=`` is where a gate's reason leads."""
    topic = lists.choice(Topic)(request.args.get("topic", ""))
    person = _person()
    return render_template(
        "courses/catalogue.html",
        shelves=queries.catalogue(person.id, topic),
        topic=topic,
        topic_tabs=[
            {
                "label": gettext(TOPIC_LABELS[t]),
                "url": url_for("courses.catalogue", topic=t),
                "current": t is topic,
            }
            for t in Topic
        ],
        topic_label=lambda t: gettext(TOPIC_LABELS[t]),
        upcoming=queries.continue_with(person.id) if topic is None else None,
    )


@room.page("/learn/courses/<course_id>", "courses:course:read")
def course(course_id: str) -> str:
    record = web.load(Course, course_id, "courses:course:read")
    shelf = queries.shelf(_person().id, record)
    return render_template(
        "courses/course.html",
        course=record,
        shelf=shelf,
        topic=gettext(TOPIC_LABELS[record.topic]),
        state_of=done_state,
        kind_of=lambda item: gettext(KIND_LABELS[item.lesson.kind]),
        form_of=lambda item: gettext(FORM_LABELS[item.version.form]),
    )


def _open(lesson_id: str) -> tuple[Lesson, LessonVersion]:
    lesson = web.load(Lesson, lesson_id, "courses:lesson:read")
    if not lesson.open or lesson.current is None:
        abort(404)
    return lesson, lesson.current


def article_name(code: str) -> str:
    """「人民调解法#15」 as people cite it."""
    law, _, number = code.partition("#")
    return str(gettext("《%(law)s》第%(number)s条", law=law, number=number))


def _neighbours(shelf: Shelf, lesson: Lesson) -> tuple[Item | None, Item | None, int]:
    at = next((n for n, item in enumerate(shelf.items) if item.lesson.id == lesson.id), 0)
    before = shelf.items[at - 1] if at else None
    after = shelf.items[at + 1] if at + 1 < len(shelf.items) else None
    return before, after, at + 1


def _common(
    person: Person, found: Lesson, version: LessonVersion, studying: bool
) -> dict[str, Any]:
    """What every kind of lesson page shows around its content."""
    record = study.record_of(person.id, found.id)
    shelf = queries.shelf(person.id, found.course)
    before, after, number = _neighbours(shelf, found)
    return {
        "lesson": found, "version": version, "record": record, "shelf": shelf,
        "before": before, "after": after, "number": number, "state_of": done_state,
        "studying": studying, "topic": gettext(TOPIC_LABELS[version.topic]),
        "form_label": gettext(FORM_LABELS[version.form]),
        "progress": _progress(person, found, record) if studying else None,
        "notes": study.notes_of(person.id, found),
        "articles": [article_name(code) for code in version.articles],
    }  # fmt: skip


@room.page("/learn/lessons/<lesson_id>", "courses:lesson:read")
def lesson(lesson_id: str) -> str:
    """Read, watch or play a lesson. Opening it notes the moment, for pages without scripts."""
    found, version = _open(lesson_id)
    person, now = _person(), clock.now()
    studying = access.holds(web.actor(), "courses:lesson:study")
    if studying:
        study.open_lesson(person.id, found.id, now)
        found, version = _open(lesson_id)
        person = _person()
    common = _common(person, found, version, studying)
    if found.kind is LessonKind.CASE_STEPS:
        return _case_page(found, version, common)
    folded = text.fold_answers(str(richtext.show(version.body, authoring.PURPOSE)))
    return render_template(
        "courses/lesson.html",
        body=folded,
        film=files.link(version.film) if version.film else "",
        film_type=version.film.media_type if version.film else "",
        document=files.link(version.document, download=True) if version.document else "",
        **common,
    )


def _case_page(
    found: Lesson, version: LessonVersion, common: dict[str, Any], form: AnswerForm | None = None
) -> str:
    case = read_case(version.content)
    answers = study.answers_of(_person().id, found)
    finished = len(answers) >= len(case.steps)
    return render_template(
        "courses/case.html",
        case=case,
        facts=richtext.show(text.render(case.facts), authoring.PURPOSE),
        markdown=lambda source: richtext.show(text.render(source), authoring.PURPOSE),
        played=_played(case, answers),
        current=None if finished else case.steps[len(answers)],
        step_number=len(answers),
        shares=_shares(found, case) if finished else {},
        form=form or AnswerForm(),
        **common,
    )


def _played(case: Case, answers: list[Any]) -> list[dict[str, Any]]:
    """The thread so far: the step, my choice and reason, what followed."""
    thread = []
    for answer in answers:
        step = case.steps[answer.step]
        choice = step.choice(answer.choice)
        if choice is not None:
            thread.append(
                {
                    "number": answer.step + 1, "step": step, "choice": choice,
                    "reason": answer.reason, "kind": _ASSESSED[choice.assessment],
                    "word": gettext(ASSESSMENT_LABELS[choice.assessment]),
                }
            )  # fmt: skip
    return thread


def _shares(found: Lesson, case: Case) -> dict[int, dict[str, Any]]:
    """Per step: whole percents of each choice, and how many people answered."""
    counted = study.shares(found)
    shares = {}
    for number, step in enumerate(case.steps):
        given = counted.get(number, {})
        total = sum(given.values())
        shares[number] = {
            "total": total,
            "of": {c.key: given.get(c.key, 0) * 100 // total if total else 0 for c in step.choices},
        }
    return shares


def _progress(person: Person, found: Lesson, record: StudyRecord | None) -> dict[str, Any]:
    """What the page shows of time and reading, also sent back to each ping."""
    version = found.current
    minutes = version.minutes if version else 0
    counted = (record.counted_seconds if record else 0) // 60
    verdict = study.gate(person, found, record, clock.now())
    return {
        "counted": counted,
        "minutes": minutes,
        "percent": record.percent if record else 0,
        "words": gettext("%(counted)s / %(minutes)s 分钟", counted=counted, minutes=minutes),
        "missing": [i18n.say(r.words) for r in verdict.reasons],
        "complete": bool(record and record.completed_at),
        "ready": bool(verdict),
    }


def _ranges(value: Any) -> list[tuple[int, int]]:
    """[start, end) seconds as the page reported them; anything else is left out."""
    if not isinstance(value, list):
        return []
    return [
        (r[0], r[1])
        for r in value[: study.MAX_RANGES]
        if isinstance(r, list) and len(r) == 2 and all(type(n) is int for n in r)
    ]


@room.act("/learn/lessons/<lesson_id>/ping", "courses:lesson:study", keyless=True)
def ping(lesson_id: str) -> Response | tuple[Response, int]:
    """A sign of life from an open lesson. The time is the server's."""
    found, _ = _open(lesson_id)
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not _CLIENT_ID.fullmatch(str(sent.get("id", ""))):
        return jsonify(code="BAD_PING", detail=gettext("学习记录的格式不对，请刷新页面")), 422
    whole = {k: sent[k] for k in ("place", "percent") if type(sent.get(k)) is int}
    person = _person()
    record = study.ping(
        person.id, found.id, str(sent["id"]), active=sent.get("active") is True,
        watched=_ranges(sent.get("watched")), now=clock.now(), **whole,
    )  # fmt: skip
    return jsonify(_progress(_person(), found, record))


@room.act("/learn/lessons/<lesson_id>/answer", "courses:lesson:study")
def answer(lesson_id: str) -> str | tuple[str, int] | BaseResponse:
    """Choose at the step that is open, with a reason."""
    found, version = _open(lesson_id)
    form = AnswerForm()
    back = url_for("courses.lesson", lesson_id=lesson_id, _anchor="next")
    form.validate()
    try:
        study.answer(
            web.actor(), found, int(form.step.data or 0), str(form.choice.data or ""),
            str(form.reason.data or ""), now=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        if {"case.not_this_step", "not_a_case"} & set(refused.verdict.codes):
            raise
        form.deny(refused)
        found, version = _open(lesson_id)
        common = _common(_person(), found, version, True)
        return _case_page(found, version, common, form), 422
    return web.go(back)


@room.act("/learn/lessons/<lesson_id>/notes", "courses:lesson:read")
def write_note(lesson_id: str) -> BaseResponse:
    """Keep a note of one's own on a lesson that everybody may read."""
    found, _ = _open(lesson_id)
    form = NoteForm()
    form.validate()
    study.write_note(web.actor(), found, str(form.text.data or ""), now=clock.now())
    target = url_for("courses.lesson", lesson_id=lesson_id, _anchor="notes")
    return web.done(gettext("笔记已记下"), target)


@room.act("/learn/notes/<note_id>/remove", "courses:note:write")
def remove_note(note_id: str) -> BaseResponse:
    note = web.load(LessonNote, note_id, "courses:note:write")
    study.remove_note(web.actor(), note, now=clock.now())
    target = web.origin_page()
    return web.done(gettext("笔记已删去"), target)
