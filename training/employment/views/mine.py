"""The applicant's own page."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web
from training.core.errors import Refused
from training.proceedings import queries as proceedings

from .. import applications, queries, shown
from ..forms import ReasonForm
from ..models import RecruitmentCase
from ..rules.recruitment import RECRUITMENT, RecruitmentState
from . import room

OWN = "employment:recruitment:own"


def _view(case: RecruitmentCase) -> dict[str, Any]:
    now = clock.now()
    events = queries.events_of(case)
    finding = queries.finding_of(case)
    points, _ = queries.points_of(case, finding)
    rejected = case.state is RecruitmentState.REJECTED
    called_off = case.state is RecruitmentState.CALLED_OFF
    told = "call_off" if called_off else "reject"
    eligibility = queries.eligibility_of(case, clock.today(now)) if finding else None
    facts = queries.facts_of(case, web.actor(), now, "x")
    window = facts.rejection_window if rejected else None
    return {
        "case": case,
        "state": shown.state(queries.state_of(case)),
        "steps": shown.steps(case, events, names=False),
        "next": shown.what_next(case),
        "reason": next((e.reason for e in reversed(events) if e.action == told), ""),
        "called_off": called_off,
        "failed": shown.reasons(eligibility.verdict.reasons) if eligibility and rejected else [],
        "points": points,
        "point_lines": shown.point_lines(points),
        "window": window,
        "may_appeal": rejected and bool(RECRUITMENT.judge(case.state, "appeal", facts)),
        "appeals": queries.appeals_of(case),
        "may_withdraw": bool(RECRUITMENT.judge(queries.state_of(case), "withdraw", facts)),
        "served": proceedings.services_of(queries.CASE, case.public_id),
    }


@room.page("/my/applications", OWN)
def my_application() -> str:
    """How far my applications are, what happens next, and why."""
    found = queries.own_cases(current_user.person.id)
    return render_template("employment/mine.html", cases=[_view(c) for c in found])


@room.act("/my/applications/<case_id>/withdraw", "employment:recruitment:withdraw")
def withdraw(case_id: str) -> BaseResponse:
    case = web.load(RecruitmentCase, case_id, "employment:recruitment:withdraw")
    applications.withdraw(web.actor(), case, now=clock.now())
    return web.done(gettext("已退出这次报名"), url_for("employment.my_application"))


@room.form_page("/my/applications/<case_id>/appeal", "employment:recruitment:appeal")
def appeal(case_id: str) -> str | tuple[str, int] | BaseResponse:
    """Against a rejection, once and in time."""
    case = web.load(RecruitmentCase, case_id, "employment:recruitment:appeal")
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            applications.appeal(web.actor(), case, str(form.reason.data), now=clock.now())
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED", "LATE"):
                raise
            form.deny(refused)
        else:
            return web.done(
                gettext("申诉已提交，由没有经办过的人复核"), url_for("employment.my_application")
            )
    page = render_template("employment/appeal.html", form=form, view=_view(case))
    return (page, 422) if form.is_submitted() else page
