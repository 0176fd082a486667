"""The person's own pages: my appointment, resigning, my exit review, my reply, my appeal."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, url_for
from flask_babel import gettext
from flask_login import current_user

from training.core import clock, web
from training.core.errors import Refused
from training.core.i18n import title_of
from training.people.rules.person import SERVICE_LABELS
from training.proceedings import queries as proceedings

from .. import (
    appointments,
    departures,
    exit_decisions,
    exit_queries,
    exit_shown,
    exits,
    renewals,
    shown,
    term_shown,
)
from ..appointment_models import Appointment
from ..exit_forms import ResignForm, StatementForm
from ..exit_models import REVIEW, ExitReview
from ..exit_queries import File
from ..exit_steps import correctable, judge
from ..forms import ReasonForm
from ..rules.appointment import APPOINTMENT_KIND_LABELS
from ..rules.exit_review import is_final
from . import room

OWN = "employment:exit_review:own"
_MINE = "employment:appointment:own"


def _own(exit_id: str, permission: str = OWN) -> ExitReview:
    """My review, once it was served on me: a draft is not there for me."""
    found = web.load(ExitReview, exit_id, permission)
    if found.served_at is None or found.person_id != web.actor().person_id:
        abort(404)
    return found


def _withdrawal(appointment: Appointment) -> dict[str, Any] | None:
    """Whether my resignation can be taken back, or why not; None where I have not resigned."""
    verdict = departures.judge_withdrawal(appointment, web.actor(), clock.now())
    if verdict is None:
        return None
    return {"allowed": bool(verdict), "reasons": shown.reasons(verdict.reasons)}


def _resignable(appointment: Appointment) -> bool:
    verdict = departures.judge_resignation(appointment, web.actor(), clock.now())
    return bool(verdict)


@room.page("/my/appointment", _MINE)
def my_appointment() -> str:
    """My term, until when, how the renewal stands, what else concerns my post."""
    me, today = current_user.person.id, clock.today()
    held = appointments.appointments_of(me)
    follows = {a.renews_id: a for a in held}
    days = renewals.window_days(today)
    found = [
        {
            "appointment": a,
            "state": term_shown.state_badge(a, today),
            "kind": gettext(APPOINTMENT_KIND_LABELS[a.kind]),
            "service": gettext(SERVICE_LABELS[a.service_kind]),
            "may_resign": _resignable(a),
            "withdrawal": _withdrawal(a),
            "renewal": term_shown.renewal_words(a, follows.get(a.id), today, days),
        }
        for a in held
    ]
    return render_template(
        "employment/my_appointment.html",
        appointments=found,
        reviews=[
            {"review": r, "state": exit_shown.state(r.state)}
            for r in exit_queries.served_reviews(me)
        ],
    )


@room.form_page("/my/appointment/<appointment_id>/resign", "employment:appointment:resign")
def resign(appointment_id: str) -> Any:
    """I resign."""
    found = web.load(Appointment, appointment_id, "employment:appointment:resign")
    form = ResignForm()
    if form.validate_on_submit():
        try:
            departures.resign(web.actor(), found, form.reason.data or "", now=clock.now())
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED"):
                raise
            form.deny(refused)
        else:
            return web.done(
                gettext("辞任已提交，请与本单位人事办理交接"),
                url_for("employment.my_appointment"),
            )
    page = render_template("employment/resign.html", form=form, appointment=found)
    return (page, 422) if form.is_submitted() else page


@room.form_page(
    "/my/appointment/<appointment_id>/resign/withdraw",
    "employment:appointment:withdraw_resignation",
)
def withdraw_resignation(appointment_id: str) -> Any:
    """I take my resignation back."""
    permission = "employment:appointment:withdraw_resignation"
    found, form = web.load(Appointment, appointment_id, permission), ReasonForm()
    back = url_for("employment.my_appointment")
    if form.validate_on_submit():
        try:
            departures.withdraw_resignation(
                web.actor(), found, form.reason.data or "", now=clock.now()
            )
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED"):
                raise
            form.deny(refused.verdict)
        else:
            return web.done(gettext("辞任已撤回，聘任照旧，已通知本单位人事"), back)
    page = render_template(
        "employment/exit_form.html", form=form, name=title_of(found.org, "name"),
        title=gettext("撤回辞任"), back=back, action=gettext("撤回辞任"),
        hint=gettext("离岗手续办理前可以撤回；撤回后任命照旧，因辞任同时终止的下一任期一并恢复。"),
    )  # fmt: skip
    return (page, 422) if form.is_submitted() else page


def _may(file: File, action: str) -> bool:
    return bool(judge(file, action, web.actor(), clock.now()))


@room.page("/my/exit/<exit_id>", OWN)
def my_exit(exit_id: str) -> str:
    """What was served on me, what I said, what happens next."""
    review = _own(exit_id)
    file, who = exit_queries.file_of(review), web.actor()
    lines, files = file.as_served()
    return render_template(
        "employment/my_exit.html",
        review=review,
        state=exit_shown.state(review.state),
        steps=exit_shown.steps(file, names=False),
        next=exit_shown.what_next(file),
        grounds=exit_shown.grounds(review),
        bases=exit_shown.bases(review),
        evidence=exit_shown.evidence(file, lines),
        proposal=file.proposal,
        proposed=file.last("propose"),
        statement=file.last("give_statement"),
        decision=file.last("decide", "retain", "abandon")
        if review.ended_at or file.last("serve_decision") else None,
        ending=exit_shown.ending(review),
        may_state=_may(file, "give_statement"),
        may_appeal=_may(file, "appeal"),
        correctable=correctable(file, who),
        services=file.services,
        objections=proceedings.objections_of(REVIEW, review.public_id),
        files=files,
        handover=file.handover,
        final=is_final(review.state),
    )  # fmt: skip


def _own_form(review: ExitReview, form: Any, title: str, hint: str, action: str) -> Any:
    page = render_template(
        "employment/exit_form.html", form=form, name=exit_shown.grounds(review), title=title,
        hint=hint, back=url_for("employment.my_exit", exit_id=review.public_id), action=action,
    )  # fmt: skip
    return (page, 422) if form.is_submitted() else page


@room.form_page("/my/exit/<exit_id>/statement", "employment:exit_review:give_statement")
def give_statement(exit_id: str) -> Any:
    """My own words."""
    review = _own(exit_id, "employment:exit_review:give_statement")
    form = StatementForm()
    if form.validate_on_submit():
        try:
            exits.give_statement(web.actor(), review, form.text.data or "", now=clock.now())
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED", "CHANGED"):
                raise
            form.deny(refused)
        else:
            return web.done(
                gettext("您的陈述已提交，会原样给评议和决定的人看"),
                url_for("employment.my_exit", exit_id=exit_id),
            )
    hint = exit_shown.what_next(exit_queries.file_of(review))
    return _own_form(review, form, gettext("陈述和申辩"), hint, gettext("提交陈述"))


@room.form_page("/my/exit/<exit_id>/appeal", "employment:exit_review:appeal")
def appeal_exit(exit_id: str) -> Any:
    """Against the decision, in time."""
    review = _own(exit_id, "employment:exit_review:appeal")
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            exit_decisions.appeal(web.actor(), review, form.reason.data or "", now=clock.now())
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED", "LATE"):
                raise
            form.deny(refused)
        else:
            return web.done(
                gettext("申诉已提交，由没有参与过的人复核"),
                url_for("employment.my_exit", exit_id=exit_id),
            )
    hint = exit_shown.what_next(exit_queries.file_of(review))
    return _own_form(review, form, gettext("申诉"), hint, gettext("提交申诉"))
