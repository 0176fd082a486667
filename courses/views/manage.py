"""For trainers: courses and lessons of the own unit, uploads, preview, publishing."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, files, i18n, lists, richtext, web
from training.core.errors import Refused
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic
from training.core.rules.words import N_

from .. import authoring, queries, text
from ..forms import CourseForm, LessonForm, ReasonForm
from ..models import Course, Lesson
from ..rules.lessons import KIND_LABELS, LessonKind, read_case
from . import room

MANAGE = "courses:lesson:manage"

#: What a trainer can begin: a case in steps is loaded with the curriculum.
NEW_KINDS = (LessonKind.CASE_TEXT, LessonKind.TEXT, LessonKind.VIDEO)

_ORDERS = (lists.Order("newest", Lesson.id, descending=True),)
_FILTERS = (
    lists.Filter(
        "kind",
        N_("类型"),
        lists.choice(LessonKind),
        lambda v: Lesson.kind == v,
        lambda v: gettext(KIND_LABELS[v]),
    ),
    lists.Filter(
        "topic",
        N_("专题"),
        lists.choice(Topic),
        lambda v: Lesson.course.has(Course.topic == v),
        lambda v: gettext(TOPIC_LABELS[v]),
    ),
)


def lesson_state(lesson: Lesson) -> dict[str, str]:
    if lesson.withdrawn_at is not None:
        return {"kind": "stop", "label": gettext("已停用")}
    if lesson.version_number == 0:
        return {"kind": "due", "label": gettext("草稿")}
    if lesson.draft is not None:
        return {"kind": "info", "label": gettext("已发布，有修改待发布")}
    return {"kind": "ok", "label": gettext("已发布")}


@room.page("/teach/", "courses:lesson:list")
def manage() -> str:
    """The lessons I look after, with how many people began and completed them."""
    base = url_for("courses.manage")
    applied = lists.apply(_FILTERS, request.args, base)
    query = queries.managed(web.actor()).where(*applied.conditions)
    page = lists.page(query, _ORDERS[0], Lesson.id, applied, request.args)
    figures = queries.figures([lesson.id for lesson in page.rows])
    rows = []
    for lesson in page.rows:
        shown = lesson.draft or lesson.current
        seen = figures.get(lesson.id, queries.Figures())
        rows.append(
            {
                "title": i18n.title_of(shown) if shown else "",
                "url": url_for("courses.manage_lesson", lesson_id=lesson.public_id),
                "course": i18n.title_of(lesson.course),
                "kind": gettext(KIND_LABELS[lesson.kind]),
                "minutes": shown.minutes if shown else "",
                "state": lesson_state(lesson),
                "started": seen.started,
                "completed": seen.completed,
            }
        )
    return render_template(
        "courses/manage.html",
        rows=rows,
        page=page,
        applied=applied,
        total=lists.count(query),
        kinds=[(str(k), gettext(KIND_LABELS[k])) for k in LessonKind],
        topics=[(str(t), gettext(TOPIC_LABELS[t])) for t in Topic],
        has_courses=bool(queries.courses_of(web.actor())),
    )


@room.form_page("/teach/courses/new", "courses:course:manage")
def new_course() -> str | tuple[str, int] | BaseResponse:
    form = CourseForm()
    if form.validate_on_submit():
        authoring.create_course(
            web.actor(), current_user.person.org, str(form.title.data).strip(),
            Topic(str(form.topic.data)), title_en=(form.title_en.data or "").strip(),
            summary=(form.summary.data or "").strip(),
            summary_en=(form.summary_en.data or "").strip(), now=clock.now(),
        )  # fmt: skip
        target = url_for("courses.new_lesson")
        return web.done(gettext("课程已建立，可以往里放课了"), target)
    page = render_template("courses/course_form.html", form=form)
    return (page, 422) if form.is_submitted() else page


def _chosen_file(field: Any) -> FileStorage | None:
    chosen = field.data
    return chosen if isinstance(chosen, FileStorage) and chosen.filename else None


def _uploads(form: LessonForm) -> dict[str, Any]:
    """The files of a form, checked and converted. Puts a refusal beside its field."""
    found: dict[str, Any] = {}
    word, film = _chosen_file(form.word), _chosen_file(form.film)
    for field, chosen in ((form.word, word), (form.film, film)):
        if chosen is None:
            continue
        try:
            if field is form.word:
                found["word"] = authoring.read_word(chosen.read(), chosen.filename or "")
            else:
                found["film"] = authoring.read_film(chosen.stream, chosen.filename or "")
        except Refused as refused:
            form.blame(field, refused)
    return found


def _checked(form: LessonForm) -> dict[str, Any] | None:
    """The uploads of a form that is right in every field, else None."""
    sound = form.validate_on_submit()
    if not form.is_submitted():
        return None
    found = _uploads(form)
    return found if sound and not form.word.errors and not form.film.errors else None


@room.form_page("/teach/lessons/new", MANAGE, body_limit="MAX_FILM_LENGTH")
def new_lesson() -> str | tuple[str, int] | BaseResponse:
    """Begin a lesson: a case from Word, a text in Markdown, or a film."""
    kind = lists.choice(LessonKind)(request.args.get("kind", "")) or LessonKind.CASE_TEXT
    if kind not in NEW_KINDS:
        abort(404)
    courses = queries.courses_of(web.actor())
    usual = "case_study" if kind is LessonKind.CASE_TEXT else "online_study"
    form = LessonForm(courses, data={"form": usual, "course": request.args.get("course")})
    found = _checked(form)
    if found is not None:
        course = web.load(Course, str(form.course.data), "courses:course:manage")
        try:
            lesson = authoring.create_lesson(
                web.actor(), course, kind, form.head(), source=form.source.data or "", **found,
                now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            form.deny(refused)
        else:
            target = url_for("courses.manage_lesson", lesson_id=lesson.public_id)
            return web.done(gettext("已存为草稿，请预览后发布"), target)
    page = render_template(
        "courses/lesson_form.html",
        form=form,
        kind=kind,
        lesson=None,
        courses=queries.courses_of(web.actor()),
        kind_tabs=[
            {
                "label": gettext(KIND_LABELS[k]),
                "url": url_for("courses.new_lesson", kind=k),
                "current": k is kind,
            }
            for k in NEW_KINDS
        ],
    )
    return (page, 422) if form.is_submitted() else page


@room.page("/teach/lessons/<lesson_id>", MANAGE)
def manage_lesson(lesson_id: str) -> str:
    """Preview of the draft (else of the version), its acts and its history."""
    lesson = web.load(Lesson, lesson_id, MANAGE)
    shown = lesson.draft or lesson.current
    if shown is None:
        abort(404)
    figures = queries.figures([lesson.id]).get(lesson.id, queries.Figures())
    case = read_case(shown.content) if shown.content.get("step") else None
    return render_template(
        "courses/manage_lesson.html",
        lesson=lesson,
        shown=shown,
        state=lesson_state(lesson),
        kind=gettext(KIND_LABELS[lesson.kind]),
        topic=gettext(TOPIC_LABELS[shown.topic]),
        form_label=gettext(FORM_LABELS[shown.form]),
        figures=figures,
        case=case,
        markdown=lambda source: richtext.show(text.render(source), authoring.PURPOSE),
        body=richtext.show(shown.body, authoring.PURPOSE),
        film=files.link(shown.film) if shown.film else "",
        film_type=shown.film.media_type if shown.film else "",
        document=files.link(shown.document, download=True) if shown.document else "",
        versions=queries.versions_of(lesson),
    )


@room.form_page("/teach/lessons/<lesson_id>/edit", MANAGE, body_limit="MAX_FILM_LENGTH")
def edit_lesson(lesson_id: str) -> str | tuple[str, int] | BaseResponse:
    """Change title, length, summary, text or file; a published lesson gets a draft."""
    lesson = web.load(Lesson, lesson_id, MANAGE)
    shown = lesson.draft or lesson.current
    form = LessonForm([lesson.course], obj=shown, data={"course": lesson.course.public_id})
    found = _checked(form)
    if found is not None:
        try:
            authoring.edit(
                web.actor(), lesson, form.head(),
                source=None if lesson.kind is LessonKind.CASE_TEXT else form.source.data or "",
                **found, now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            form.deny(refused)
        else:
            target = url_for("courses.manage_lesson", lesson_id=lesson_id)
            return web.done(gettext("修改已存为草稿，发布后学员才能看到"), target)
    page = render_template(
        "courses/lesson_form.html",
        form=form,
        kind=lesson.kind,
        lesson=lesson,
        courses=[1],
        kinds=[],
    )
    return (page, 422) if form.is_submitted() else page


def _act(lesson_id: str) -> tuple[Lesson, str]:
    target = url_for("courses.manage_lesson", lesson_id=lesson_id)
    return web.load(Lesson, lesson_id, MANAGE), target


@room.act("/teach/lessons/<lesson_id>/publish", MANAGE)
def publish_lesson(lesson_id: str) -> BaseResponse:
    lesson, target = _act(lesson_id)
    authoring.publish(web.actor(), lesson, now=clock.now())
    return web.done(gettext("已发布，学员现在可以学习"), target)


@room.act("/teach/lessons/<lesson_id>/discard", MANAGE)
def discard_draft(lesson_id: str) -> BaseResponse:
    lesson, target = _act(lesson_id)
    authoring.discard(web.actor(), lesson, now=clock.now())
    return web.done(gettext("修改已放弃，已发布的内容没有变"), target)


@room.act("/teach/lessons/<lesson_id>/withdraw", MANAGE)
def withdraw_lesson(lesson_id: str) -> BaseResponse:
    lesson, target = _act(lesson_id)
    form = ReasonForm()
    form.validate()
    authoring.withdraw(web.actor(), lesson, form.reason.data or "", now=clock.now())
    return web.done(gettext("已停用，已计的学时不受影响"), target)


@room.act("/teach/lessons/<lesson_id>/restore", MANAGE)
def restore_lesson(lesson_id: str) -> BaseResponse:
    lesson, target = _act(lesson_id)
    authoring.restore(web.actor(), lesson, now=clock.now())
    return web.done(gettext("已恢复使用"), target)
