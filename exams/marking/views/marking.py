"""阅卷: the marks of a sitting, review of attempts, release."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from exams.sittings import queries as sitting_queries
from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import ATTEMPT, AttemptState
from exams.sittings.rules.sitting import SITTING_LABELS
from training.core import clock, i18n, web
from training.core.errors import Refused
from training.core.rule_names import rule_name

from .. import grader, queries, service
from ..forms import ReviewCorrectionForm, ReviewForm
from ..rules.review import ReviewVerdict
from ._room import Badge, attempt_badge, marks_of, room
from .course import course_of


@room.page("/marking", "marking:sitting:list")
def sittings() -> str:
    """Sittings whose papers are marked, reviewed and released."""
    now = clock.now()
    listed = sitting_queries.sittings(web.actor(), "marking:sitting:list", now)
    rows = [
        {
            "title": i18n.title_of(x.sitting),
            "starts_at": i18n.format_datetime(x.sitting.starts_at),
            "candidates": x.candidates,
            "state": Badge("info", gettext(SITTING_LABELS[x.state])),
            "url": url_for("exams_marking.sitting", sitting_id=x.sitting.public_id),
        }
        for x in listed
    ]
    return render_template("exams_marking/sittings.html", rows=rows)


@room.page("/marking/<sitting_id>", "marking:sitting:list")
def sitting(sitting_id: str) -> str:
    """The marks of a sitting; what waits for review stands on top."""
    found = web.load(Sitting, sitting_id, "marking:sitting:list")
    now = clock.now()
    rows = queries.rows_of(found)
    waiting = [r.attempt for r in rows if r.attempt.state is AttemptState.GRADED]
    signals = queries.signals(waiting, now)
    listed = [
        marks_of(r)
        | {
            "signals": gettext("、").join(
                i18n.say(s.explanation.words) for s in signals.get(r.attempt.id, ())
            ),
            "url": url_for("exams_marking.attempt", attempt_id=r.attempt.public_id)
            if r.grading
            else "",
        }
        for r in rows
    ]
    return render_template(
        "exams_marking/sitting.html",
        sitting=found,
        rows=listed,
        unseen=sum(not signals[a.id] for a in waiting),
        flagged=sum(bool(signals[a.id]) for a in waiting),
        ready=sum(r.attempt.state is AttemptState.REVIEWED for r in rows),
        released=sum(r.released for r in rows),
        passed=sum(r.released and r.grading is not None and r.grading.passed for r in rows),
    )


@room.act("/marking/<sitting_id>/review", "sittings:attempt:review")
def review_all(sitting_id: str) -> Response:
    """Review everything without a signal."""
    found = web.load(Sitting, sitting_id, "sittings:attempt:review")
    done = service.review_unsuspicious(web.actor(), found, now=clock.now())
    message = gettext(
        "已复核 %(n)s 份，还有 %(left)s 份须逐份核实", n=done["reviewed"], left=done["left"]
    )
    return web.done(message, url_for("exams_marking.sitting", sitting_id=sitting_id))


@room.act("/marking/<sitting_id>/release", "sittings:attempt:release")
def release(sitting_id: str) -> Response:
    """Make the reviewed results known."""
    found = web.load(Sitting, sitting_id, "sittings:attempt:release")
    done = service.release(web.actor(), found, now=clock.now())
    return web.done(
        gettext(
            "已发布 %(n)s 份成绩，合格 %(passed)s 人", n=done["released"], passed=done["passed"]
        ),
        url_for("exams_marking.sitting", sitting_id=sitting_id),
    )


@room.page("/marking/attempts/<attempt_id>", "marking:attempt:read")
def attempt(attempt_id: str) -> str:
    """One attempt: its signals, its review or what corrects it, its history."""
    found = web.load(Attempt, attempt_id, "marking:attempt:read")
    return _attempt_page(found, ReviewForm(formdata=None))


def _attempt_page(
    found: Attempt, form: ReviewForm, correction: ReviewCorrectionForm | None = None
) -> str:
    now = clock.now()
    check = grader.verify_attempt(found)
    return render_template(
        "exams_marking/attempt.html",
        attempt=found,
        state=attempt_badge(found.state),
        waits=found.state is AttemptState.GRADED,
        signals=[
            {"text": i18n.say(s.explanation.words), "basis": rule_name(s.explanation.basis)}
            for s in queries.signals([found], now)[found.id]
        ],
        history=course_of(found),
        findings=check.findings,
        form=form,
        correctable=ATTEMPT.find(found.state, "correct_review") is not None,
        correction=correction or ReviewCorrectionForm(formdata=None),
    )


@room.act("/marking/attempts/<attempt_id>/review", "sittings:attempt:review")
def review(attempt_id: str) -> Response | tuple[str, int]:
    """Say whether the attempt was clean."""
    found = web.load(Attempt, attempt_id, "sittings:attempt:review")
    form = ReviewForm()
    if not form.validate():
        return _attempt_page(found, form), 422
    try:
        service.review(
            web.actor(), found, ReviewVerdict(form.verdict.data), form.reason.data or "",
            now=clock.now(),
        )  # fmt: skip
    except Refused as error:
        if error.code != "REASON_REQUIRED":
            raise
        form.deny(error)
        return _attempt_page(found, form), 422
    return web.done(
        gettext("已复核"), url_for("exams_marking.sitting", sitting_id=found.sitting.public_id)
    )


@room.act("/marking/attempts/<attempt_id>/correct-review", "sittings:attempt:correct_review")
def correct_review(attempt_id: str) -> Response | tuple[str, int]:
    """Correct a mistaken review by a further one."""
    found = web.load(Attempt, attempt_id, "sittings:attempt:correct_review")
    form = ReviewCorrectionForm()
    if not form.validate():
        return _attempt_page(found, ReviewForm(formdata=None), form), 422
    service.correct_review(
        web.actor(), found, ReviewVerdict(form.verdict.data), form.reason.data or "",
        now=clock.now(),
    )  # fmt: skip
    return web.done(
        gettext("已更正复核结论，须重新发布成绩"),
        url_for("exams_marking.attempt", attempt_id=attempt_id),
    )
