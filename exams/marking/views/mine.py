"""One's own result, question by question, and the appeal against it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from exams.bank import queries as bank
from exams.bank.rules.question import KIND_LABELS
from exams.papers.rules.arrangement import ArrangedSlot
from exams.sittings.models import Attempt
from exams.sittings.rules.attempt import AttemptState
from training.core import clock, i18n, web
from training.core.errors import Refused
from training.core.rules.explanation import show_hundredths
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_

from .. import appeals as decisions
from .. import grader, queries
from ..forms import AppealForm
from ..models import AppealState, Grading
from ..rules.explaining import explain_mark, explain_outcome
from ..rules.review import REVIEW_LABELS, ReviewVerdict
from ._room import attempt_badge, room
from .appeals import APPEAL_LABELS


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


def _reviewed(found: Attempt) -> dict[str, Any] | None:
    """The verdict of the review, and what a candidate is owed about it: why it is not clean,
    and why a former one was corrected."""
    review = queries.last_review(found.id)
    if review is None:
        return None
    irregular = review.verdict is ReviewVerdict.IRREGULAR
    return {
        "label": gettext(REVIEW_LABELS[review.verdict]),
        "irregular": irregular,
        "corrected_at": review.reviewed_at if review.corrects_id else None,
        "reason": review.reason if irregular or review.corrects_id else "",
    }


def _own(result_id: str) -> tuple[Attempt, Grading]:
    """An own attempt whose result is released; 404 before. While a released result is being
    corrected, 409 says so."""
    found = web.load(Attempt, result_id, "marking:result:own")
    grading = grader.latest(found.id)
    if found.state not in queries.RELEASED and queries.release_of(found.id) is not None:
        raise Refused.because("BEING_CORRECTED", N_("成绩正在更正，复核后重新发布，届时会通知您"))
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
        until = decisions.appeal_closes_at(found, release_row.released_at)
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
        review=_reviewed(found),
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
    decisions.appeal(web.actor(), found, form.text.data or "", now=clock.now())
    return web.done(
        gettext("已提出申诉，决定后会通知您"),
        url_for("exams_marking.my_result", result_id=result_id),
    )
