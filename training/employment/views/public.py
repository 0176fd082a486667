"""For anybody: announcements, and applying."""

from __future__ import annotations

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, uploads, web
from training.core.errors import Refused
from training.core.limits import limiter
from training.core.rules.verdict import Verdict
from training.people import accounts, passwords, persons

from .. import applications, queries, shown
from ..applications import Application
from ..forms import POST_LABELS, ApplyForm, RegisterForm
from ..models import Opening
from ..rules.eligibility import Negative, Preference
from ..rules.recruitment import RecruitmentState
from ..rules.recruitment_gates import ROUTE_LABELS, Route
from . import room

LIST = "employment:opening:list"
_PER_ADDRESS = "60 per hour"
"""Registrations of one address: a township's whole hall may sit behind one."""
_SHOWN_BESIDE = ("name", "id_number", "phone", "education", "speciality")


@room.page("/recruitment", LIST)
def openings() -> str:
    """What one can apply to."""
    today = clock.today()
    own = queries.own_cases(current_user.person.id) if current_user.is_authenticated else []
    return render_template(
        "employment/openings.html",
        open_now=queries.open_openings(today),
        closed=queries.closed_openings(today),
        own=own,
        post_labels=POST_LABELS,
    )


def _announced(opening_id: str) -> Opening:
    opening = web.load(Opening, opening_id, LIST)
    if not queries.is_public(opening):
        abort(404)
    return opening


@room.page("/recruitment/<opening_id>", LIST)
def opening(opening_id: str) -> str:
    """One announcement."""
    found, today = _announced(opening_id), clock.today()
    own = queries.own_cases(current_user.person.id) if current_user.is_authenticated else []
    return render_template(
        "employment/opening.html",
        opening=found,
        state=shown.opening_state(found, today),
        is_open=found.state is RecruitmentState.OPEN and today <= found.closes_on,
        history=shown.opening_timeline(
            queries.opening_events(found, "change", "call_off"), names=False
        ),
        applied=next((c for c in own if c.opening_id == found.id), None),
        post_labels=POST_LABELS,
        route_words=gettext("、").join(gettext(ROUTE_LABELS[Route(r)]) for r in found.routes),
    )


def _application(form: ApplyForm) -> Application:
    sent = request.files.get("recommendation")
    paper = None
    if sent is not None and sent.filename:
        paper = uploads.evidence(sent.stream.read(), sent.filename)
    return Application(
        route=Route(form.route.data),
        recommender=(form.recommender.data or "").strip(),
        recommendation=paper,
        statement=(form.statement.data or "").strip(),
        skills=tuple(Preference(s) for s in form.skills.data or ()),
        negatives=tuple(Negative(n) for n in form.negatives.data or ()),
    )


def _judged(form: RegisterForm) -> tuple[dict[str, str], dict[str, Verdict]]:
    """The canonical fields of a registration, and what is wrong with them by field."""
    typed = {f: str(form[f].data or "") for f in _SHOWN_BESIDE} | {"service_kind": "full_time"}
    values, denied = persons.read_all(typed, clock.today())
    phone = accounts.judge_phone(form.phone.data or "")
    if isinstance(phone, Verdict):
        denied["phone"] = phone
    verdict = applications.judge_first_password(form.password.data or "", values, clock.now())
    if not verdict:
        denied["password"] = verdict
    return values, denied


@room.form_page("/recruitment/<opening_id>/apply", "employment:recruitment:apply")
@limiter.limit(_PER_ADDRESS, methods=["POST"], deduct_when=lambda r: r.status_code == 303)
def apply(opening_id: str) -> str | tuple[str, int] | BaseResponse:
    """Apply: signed in, or with a new account in the same step."""
    found, known = _announced(opening_id), current_user.is_authenticated
    form = ApplyForm() if known else RegisterForm()
    form.offer(found.routes)
    if form.is_blank() and len(found.routes) == 1:
        form.route.data = found.routes[0]
    if form.validate_on_submit():
        try:
            answer = _sent(found, form)
        except Refused as refused:
            if refused.code != "GATE":
                raise
            form.deny(refused)
            answer = None
        if answer is not None:
            return answer
    page = render_template(
        "employment/apply.html",
        form=form,
        opening=found,
        known=known,
        rules=applications.password_rules(clock.now()),
        person=current_user.person if known else None,
    )
    return (page, 422) if form.is_submitted() else page


def _sent(opening: Opening, form: ApplyForm) -> BaseResponse | None:
    """The application entered, or None when something beside the gate was wrong."""
    now = clock.now()
    if not isinstance(form, RegisterForm):
        applications.apply(web.actor(), opening, _application(form), now=now)
        return web.done(gettext("报名已提交"), url_for("employment.my_application"))
    values, denied = _judged(form)
    if denied:
        form.refuse(denied)
        return None
    hashed = passwords.hash_password(form.password.data or "")
    applications.register_and_apply(
        web.actor(), opening, values, hashed, _application(form), now=now
    )
    flash(gettext("报名材料已收到"), "done")
    return web.go(url_for("employment.received", opening_id=opening.public_id))


@room.page("/recruitment/<opening_id>/received", LIST)
def received(opening_id: str) -> str:
    """The same words whether or not the telephone was known."""
    return render_template("employment/received.html", opening=_announced(opening_id))
