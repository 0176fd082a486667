"""阅卷与成绩: a sitting's marks, review, release, corrections, appeals; one's own result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from exams.bank import queries as bank
from exams.bank.rules.question import KIND_LABELS
from exams.papers.models import Paper
from exams.papers.rules.arrangement import ArrangedSlot
from exams.sittings import log
from exams.sittings import queries as sitting_queries
from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import STATE_LABELS, AttemptState
from exams.sittings.rules.sitting import SITTING_LABELS
from exams.sittings.rules.steps import uncounted_answers
from training.core import clock, i18n, sheets, web
from training.core.errors import Refused
from training.core.rules.explanation import show_hundredths
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_

from . import grader, queries, service
from .forms import (
    CORRECTION_LABELS,
    AdmitForm,
    AppealForm,
    CorrectionForm,
    DecisionForm,
    ReviewForm,
)
from .models import Appeal, AppealState, Grading
from .queries import Row
from .rules.explaining import explain_mark, explain_outcome
from .rules.grading import CorrectionKind
from .rules.review import REVIEW_LABELS, ReviewVerdict

room = web.Room("exams_marking", __name__, url_prefix="/exams")

_KINDS = {
    AttemptState.PASSED: "ok",
    AttemptState.FAILED: "stop",
    AttemptState.UNDER_APPEAL: "due",
    AttemptState.GRADED: "due",
    AttemptState.REVIEWED: "info",
}
APPEAL_LABELS = {
    AppealState.OPEN: N_("申诉待决定"),
    AppealState.UPHELD: N_("申诉成立"),
    AppealState.DISMISSED: N_("申诉已驳回"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    kind: str
    label: str


def attempt_badge(state: AttemptState) -> Badge:
    return Badge(_KINDS.get(state, "none"), gettext(STATE_LABELS[state]))


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


def _marks(row: Row) -> dict[str, Any]:
    grading = row.grading
    return {
        "seat": row.attempt.seat,
        "ticket": row.attempt.ticket_no,
        "name": row.attempt.person.name,
        "org": i18n.title_of(row.attempt.person.org, "name"),
        "points": show_hundredths(grading.points) if grading else None,
        "outcome": (gettext("合格") if grading.passed else gettext("不合格")) if grading else None,
        "review": gettext(REVIEW_LABELS[row.review.verdict]) if row.review else None,
        "state": attempt_badge(row.attempt.state),
    }


@room.page("/marking/<sitting_id>", "marking:sitting:list")
def sitting(sitting_id: str) -> str:
    """The marks of a sitting; what waits for review stands on top."""
    found = web.load(Sitting, sitting_id, "marking:sitting:list")
    now = clock.now()
    rows = queries.rows_of(found)
    waiting = [r.attempt for r in rows if r.attempt.state is AttemptState.GRADED]
    signals = queries.signals(waiting, now)
    listed = [
        _marks(r)
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


@room.page("/marking/attempts/<attempt_id>", "sittings:attempt:review")
def attempt(attempt_id: str) -> str:
    """One attempt for review: its signals, its marks, its history."""
    found = web.load(Attempt, attempt_id, "sittings:attempt:review")
    return _attempt_page(found, ReviewForm(formdata=None))


def _attempt_page(found: Attempt, form: ReviewForm) -> str:
    now = clock.now()
    check = grader.verify_attempt(found)
    return render_template(
        "exams_marking/attempt.html",
        attempt=found,
        state=attempt_badge(found.state),
        waits=found.state is AttemptState.GRADED,
        signals=[
            {"text": i18n.say(s.explanation.words), "basis": s.explanation.basis}
            for s in queries.signals([found], now)[found.id]
        ],
        history=[
            {
                "when": g.graded_at,
                "what": gettext("阅卷：%(points)s 分", points=show_hundredths(g.points)),
                "kind": "info",
            }
            for g in queries.gradings_of(found.id)
        ],
        findings=check.findings,
        form=form,
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
        form.deny(error.verdict)
        return _attempt_page(found, form), 422
    return web.done(
        gettext("已复核"), url_for("exams_marking.sitting", sitting_id=found.sitting.public_id)
    )


@room.page("/results/sittings/<sitting_id>", "marking:result:list")
def results(sitting_id: str) -> str:
    """The released results of a sitting (成绩册), to print or export."""
    found = web.load(Sitting, sitting_id, "marking:result:list")
    rows = [_marks(r) for r in queries.rows_of(found) if r.released]
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
                _marks(r) | {"points": r.grading.points, "full": r.grading.full}
                for r in rows
                if r.grading is not None
            ],
            left=i18n.title_of(found.org, "name"),
            right=i18n.format_date(clock.now()),
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
            service.correct_question(
                web.actor(), paper, form.question.data, CorrectionKind(form.kind.data),
                form.reason.data or "", now=clock.now(), key=frozenset(form.key.data or ()),
            )  # fmt: skip
        except Refused as error:
            form.deny(error.verdict)
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
    """Late answers of an attempt, and letting one count."""
    found = web.load(Attempt, attempt_id, "sittings:attempt:correct")
    closes = log.held(found.id).closes_at
    kept = uncounted_answers(log.steps(found.id), closes) if closes else ()
    form = AdmitForm()
    if form.validate_on_submit():
        service.admit_late(
            web.actor(), found, form.sequence.data or 0, form.reason.data or "", now=clock.now()
        )
        return web.done(
            gettext("已更正，须复核后重新发布"),
            url_for("exams_marking.sitting", sitting_id=found.sitting.public_id),
        )
    status = 422 if request.method == "POST" else 200
    return render_template("exams_marking/late.html", attempt=found, kept=kept, form=form), status


# ----- one's own result


def _explained(grading: Grading, found: Attempt) -> dict[str, Any]:
    """Everything the result page says, computed again from the record by the same rules."""
    computed = grader.compute(
        found,
        [
            c
            for c in grader.corrections_of(found.sitting.paper_id)
            if c.public_id in grading.corrections
        ],
    )
    versions = bank.pinned(m.question for m in computed.score.marks)
    arranged = {
        slot: ArrangedSlot(number, slot, tuple(options))
        for number, (slot, options) in enumerate(found.arrangement, 1)
    }
    payload = found.sitting.paper.payload
    questions = []
    for mark in sorted(computed.score.marks, key=lambda m: arranged[m.slot].number):
        version = versions[mark.question]
        texts = {o["id"]: i18n.title_of(_Option(o), "text") for o in version.options}
        questions.append(
            {
                "number": arranged[mark.slot].number,
                "stem": i18n.title_of(version, "stem"),
                "kind": gettext(KIND_LABELS[version.kind]),
                "right": mark.points == mark.full,
                "options": [
                    {
                        "letter": "ABCDEFGH"[n],
                        "text": gettext(texts[o]) if o in ("true", "false") else texts[o],
                        "right": o in mark.key,
                        "chosen": o in mark.answer,
                    }
                    for n, o in enumerate(arranged[mark.slot].options)
                ],
                "why": [
                    i18n.say(e.words)
                    for e in explain_mark(mark, arranged[mark.slot], reveal_key=True)
                ],
                "explanation": version.explanation,
                "articles": gettext("；").join(version.articles),
            }
        )
    return {
        "why": [i18n.say(e.words) for e in explain_outcome(computed.score, computed.outcome)],
        "sections": [
            {
                "label": gettext(TOPIC_LABELS[Topic(s["topic"])]),
                "points": show_hundredths(grading.sections[s["code"]][0]),
                "full": show_hundredths(grading.sections[s["code"]][1]),
            }
            for s in payload["sections"]
            if s["code"] in grading.sections
        ],
        "questions": questions,
    }


class _Option:
    """An option's words in both languages, for ``title_of``."""

    def __init__(self, option: dict[str, str]) -> None:
        self.text, self.text_en = option["text"], option["text_en"]


def _own(result_id: str) -> tuple[Attempt, Grading]:
    """An own attempt whose result is released; 404 before."""
    found = web.load(Attempt, result_id, "marking:result:own")
    grading = grader.latest(found.id)
    if found.state not in queries.RELEASED or grading is None:
        abort(404)
    return found, grading


@room.page("/results/<result_id>", "marking:result:own")
def my_result(result_id: str) -> str:
    """My result: score, what was needed, why, and every question with its explanation."""
    found, grading = _own(result_id)
    return _result_page(found, grading, AppealForm(formdata=None))


def _result_page(found: Attempt, grading: Grading, form: AppealForm) -> str:
    now = clock.now()
    release_row = queries.release_of(found.id)
    until: datetime | None = None
    if release_row is not None:
        until = service.appeal_closes_at(found, release_row.released_at)
    appeals = [
        {
            "when": a.opened_at,
            "what": gettext(APPEAL_LABELS[a.state]),
            "detail": a.reason or a.text,
            "kind": "due" if a.state is AppealState.OPEN else "info",
        }
        for a in queries.appeals_of(found.id)
    ]
    marked = found.sitting.paper.payload_hash == grading.paper_hash
    return render_template(
        "exams_marking/my_result.html",
        attempt=found,
        grading=grading,
        points=show_hundredths(grading.points),
        full=show_hundredths(grading.full),
        needed=show_hundredths(-(-grading.full * int(found.terms["pass_mark"]) // 100)),
        state=attempt_badge(AttemptState.PASSED if grading.passed else AttemptState.FAILED),
        said=_explained(grading, found) if marked else None,
        appeals=appeals,
        may_appeal=until is not None
        and now <= until
        and found.state is not AttemptState.UNDER_APPEAL
        and not queries.appealed(grading.id),
        appeal_until=until,
        form=form,
    )


@room.act("/results/<result_id>/appeal", "sittings:attempt:appeal")
def appeal(result_id: str) -> Response | tuple[str, int]:
    """Appeal against my result."""
    found = web.load(Attempt, result_id, "sittings:attempt:appeal")
    form = AppealForm()
    if not form.validate():
        _, grading = _own(result_id)
        return _result_page(found, grading, form), 422
    service.appeal(web.actor(), found, form.text.data or "", now=clock.now())
    return web.done(
        gettext("已提出申诉，决定后会通知您"),
        url_for("exams_marking.my_result", result_id=result_id),
    )


# ----- appeals


@room.page("/appeals", "marking:appeal:list")
def appeals() -> str:
    """Appeals in reach, open ones first."""
    rows = [
        {
            "name": a.person.name,
            "exam": i18n.title_of(a.attempt.sitting),
            "opened_at": i18n.format_day(a.opened_at),
            "state": Badge(
                "due" if a.state is AppealState.OPEN else "info", gettext(APPEAL_LABELS[a.state])
            ),
            "url": url_for("exams_marking.decide", appeal_id=a.public_id),
        }
        for a in queries.open_appeals(web.actor())
    ]
    return render_template("exams_marking/appeals.html", rows=rows)


@room.page("/appeals/<appeal_id>", "marking:appeal:list")
def decide(appeal_id: str) -> str:
    """One appeal and the form to decide it."""
    return _appeal_page(
        web.load(Appeal, appeal_id, "marking:appeal:list"), DecisionForm(formdata=None)
    )


def _appeal_page(found: Appeal, form: DecisionForm) -> str:
    return render_template(
        "exams_marking/appeal.html",
        appeal=found,
        state=Badge(
            "due" if found.state is AppealState.OPEN else "info",
            gettext(APPEAL_LABELS[found.state]),
        ),
        open=found.state is AppealState.OPEN,
        form=form,
    )


@room.act("/appeals/<appeal_id>/decide", "sittings:attempt:uphold_appeal")
def decide_appeal(appeal_id: str) -> Response | tuple[str, int]:
    """Decide: the result stands, or is marked anew."""
    found = web.load(Appeal, appeal_id, "sittings:attempt:uphold_appeal")
    form = DecisionForm()
    if not form.validate():
        return _appeal_page(found, form), 422
    verb = service.uphold if form.decision.data == "uphold" else service.dismiss
    verb(web.actor(), found, form.reason.data or "", now=clock.now())
    return web.done(gettext("已作出决定，并已通知本人"), url_for("exams_marking.appeals"))
