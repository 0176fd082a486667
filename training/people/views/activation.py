"""The first log-in with a printed slip, and what to do about a forgotten password."""

from __future__ import annotations

from flask import render_template, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import say
from training.core.limits import limiter
from training.core.rules.verdict import Verdict

from .. import accounts, accounts_slips, auth, passwords, sessions
from ..accounts_forms import ActivateForm, ForgotForm, NewPasswordForm
from ..models import OneTimeSlip
from . import room
from .login import address, cookie, device, entered, throttled

_SHOWN = "slip_shown"
_SHOWN_SECONDS = 15 * 60
_ASKED = "30/minute"
"""Each asking is noted: nobody fills the security log with them."""


@room.form_page("/activate", "people:session:begin", keyless=True)
def activate() -> str | BaseResponse | tuple[str, int]:
    """Step 1 of 2: telephone, code and last four; the same answer for unknown ones."""
    form, now = ActivateForm(), clock.now()
    page = "people/activate.html"
    if not form.is_submitted():
        return render_template(page, form=form)
    if not form.validate():
        return render_template(page, form=form), 422
    try:
        slip = accounts_slips.present(
            form.phone.data or "", form.code.data or "", form.ending.data or "",
            address=address(), now=now,
        )  # fmt: skip
    except auth.Throttled as until:
        return throttled(page, until, form=form)
    if slip is None:
        text = gettext("手机号、激活码或者身份证号后四位不对，请对照单上的内容再填一次")
        return render_template(page, form=form, problem=text, code="WRONG_SLIP"), 422
    if isinstance(slip, Verdict):
        first = slip.reasons[0]
        return render_template(page, form=form, problem=say(first.words), code=first.code), 409
    session[_SHOWN] = [slip.public_id, int(now.timestamp())]
    return web.go(url_for("people.choose_password"))


@room.form_page("/activate/password", "people:session:begin")
def choose_password() -> str | BaseResponse | tuple[str, int]:
    """Step 2 of 2: one's own password; then one is logged in."""
    slip, now = _shown_slip(), clock.now()
    if slip is None:
        return web.go(url_for("people.activate"))
    account, form = slip.account, NewPasswordForm()
    rules = accounts.password_rules(account, now)
    page = {"form": form, "rules": rules, "owner": account}
    if not form.is_submitted():
        return render_template("people/choose_password.html", **page)
    if form.validate():
        form.deny_password(accounts.judge_new_password(account, form.new, now))
    if form.errors:
        return render_template("people/choose_password.html", **page), 422
    account_id, hashed = account.id, passwords.hash_password(form.new)
    try:
        accounts_slips.use(sessions.actor_of(account), account, slip, hashed, now=now)
    except Refused as refused:
        session.pop(_SHOWN, None)
        return render_template(
            "people/activate.html", form=ActivateForm(formdata=None),
            problem=say(refused.verdict.reasons[0].words), code=refused.code,
        ), refused.status  # fmt: skip
    return entered(
        auth.begin_after_slip(
            account_id, address=address(), device=device(), old_token=cookie(), now=now
        )
    )


def _shown_slip() -> OneTimeSlip | None:
    """The slip that this browser has shown within the last quarter of an hour."""
    public_id, at = session.get(_SHOWN) or ("", 0)
    if int(clock.now().timestamp()) - int(at) > _SHOWN_SECONDS:
        return None
    return db.session.query(OneTimeSlip).filter_by(public_id=public_id).one_or_none()


@room.form_page("/forgot", "people:session:begin", keyless=True)
@limiter.limit(_ASKED, methods=["POST"])
def forgot() -> str | tuple[str, int]:
    """How to get a new password; the same answer (202) whether or not the account exists."""
    form = ForgotForm()
    if not form.is_submitted():
        return render_template("people/forgot.html", form=form)
    if not form.validate():
        return render_template("people/forgot.html", form=form), 422
    web.security_event("reset_asked")
    return render_template("people/forgot.html", form=form, asked=True), 202
