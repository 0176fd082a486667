"""For members of interview panels: whom to score."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web
from training.proceedings import queries as proceedings

from .. import queries, selection, shown
from ..forms import ScoreForm
from ..models import RecruitmentCase
from . import room

SCORE = "employment:interview:score"


@room.page("/my/interviews", SCORE)
def my_interviews() -> str:
    """The applicants whom I interview, those without my score first."""
    who = web.actor()
    rows = []
    for case, given in queries.interviews_of(who):
        rows.append(
            {
                "name": case.person.name,
                "url": url_for("employment.score", case_id=case.public_id),
                "opening": case.opening.title,
                "score": {"kind": "ok", "label": gettext("已评分")}
                if given
                else {"kind": "due", "label": gettext("待评分")},
            }
        )
    return render_template("employment/interviews.html", rows=rows)


@room.form_page("/my/interviews/<case_id>", SCORE)
def score(case_id: str) -> str | tuple[str, int] | BaseResponse:
    """My score of one applicant; a second one corrects the first."""
    case, who = web.load(RecruitmentCase, case_id, SCORE), web.actor()
    form = ScoreForm()
    held = queries.scores_of(case).get(who.person_id or 0)
    if form.validate_on_submit() and form.score.data is not None:
        hundredths = int((form.score.data * 100).to_integral_value())
        selection.score(who, case, hundredths, form.comment.data or "", now=clock.now())
        return web.done(gettext("评分已提交"), url_for("employment.my_interviews"))
    panel = proceedings.panel_of(queries.OPENING, case.opening.public_id)
    page = render_template(
        "employment/score.html",
        form=form,
        case=case,
        state=shown.state(case.state),
        held=held,
        panel_url=url_for("proceedings.panel", panel_id=panel.public_id) if panel else "",
    )
    return (page, 422) if form.is_submitted() else page
