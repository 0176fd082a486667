"""My hours with their reasons and entries, my appeal, and finishing a lesson."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from courses.models import Lesson
from courses.queries import shelf
from training.core import clock, lists, web
from training.core.rules.vocabulary import TOPIC_LABELS, Topic

from .. import enrolments, queries, study
from ..models import Enrolment
from ..rules.enrolment import EnrolmentState
from . import room, shown


@room.page("/learn/hours", "programmes:hours:own")
def my_hours() -> str:
    """Done, required and owed by topic and form, why, and the entries behind each number."""
    person, today = current_user.person, clock.today()
    topic = lists.choice(Topic)(request.args.get("topic", ""))
    progress = queries.progress(person.id, today)
    result = progress.result if progress else queries.annual(person, today)
    entries = queries.entries_of(person.id, progress.enrolment.id if progress else None)
    if topic is not None:
        entries = [e for e in entries if e.topic is topic]
    rule = result.requirement
    return render_template(
        "programmes/my_hours.html",
        progress=progress,
        state=shown.enrolment_state(progress.state) if progress else None,
        year=today.year,
        result=result,
        total=shown.bar(result.total),
        topics=[
            shown.bar(line, t)
            for t, line in result.topics.items()
            if line.required or line.done_minutes
        ],
        groups=[shown.bar(line) for line in result.groups.values()],
        why=shown.why(result),
        reasons=shown.reasons(progress.gate) if progress else [],
        entries=[shown.entry_row(e, rule.minutes_per_hour) for e in entries],
        topic=topic,
        topic_label=gettext(TOPIC_LABELS[topic]) if topic else "",
        voided=progress is not None and progress.enrolment.state is EnrolmentState.HOURS_VOIDED,
        events=enrolments.events_of(progress.enrolment) if progress else [],
    )


@room.act("/learn/hours/<enrolment_id>/appeal", "programmes:enrolment:appeal")
def appeal(enrolment_id: str) -> BaseResponse:
    record = web.load(Enrolment, enrolment_id, "programmes:enrolment:appeal")
    statement = request.form.get("reason", "")[:2000]
    enrolments.appeal(web.actor(), record, statement, now=clock.now())
    return web.done(gettext("申诉已提交，将由作出决定以外的人复核"), url_for("programmes.my_hours"))


@room.act("/learn/lessons/<lesson_id>/complete", "programmes:lesson:complete")
def complete_lesson(lesson_id: str) -> BaseResponse:
    """「我已学完」: the server judges by what it counted; hours follow in the same act."""
    lesson = web.load(Lesson, lesson_id, "courses:lesson:read")
    plain = request.form.get("plain") == "1"
    record = study.complete_lesson(web.actor(), lesson, plain=plain, now=clock.now())
    after = shelf(record.person_id, record.lesson.course).next
    target = (
        url_for("courses.lesson", lesson_id=after.lesson.public_id)
        if after
        else url_for("courses.course", course_id=record.lesson.course.public_id)
    )
    minutes = record.lesson.current.minutes if record.lesson.current else 0
    return web.done(gettext("本课已学完，%(n)s 分钟已计入学时台账", n=minutes), target)
