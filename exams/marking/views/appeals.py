"""Appeals against results, for those who decide them."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import clock, i18n, web
from training.core.rules.words import N_

from .. import appeals as decisions
from .. import queries
from ..forms import DecisionForm
from ..models import Appeal, AppealState
from ._room import Badge, room

APPEAL_LABELS = {
    AppealState.OPEN: N_("申诉待决定"),
    AppealState.UPHELD: N_("申诉成立"),
    AppealState.DISMISSED: N_("申诉已驳回"),
}


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
    verb = decisions.uphold if form.decision.data == "uphold" else decisions.dismiss
    verb(web.actor(), found, form.reason.data or "", now=clock.now())
    return web.done(gettext("已作出决定，并已通知本人"), url_for("exams_marking.appeals"))
