"""One's own account: password, telephone, second factor, sessions, display."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, render_template, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, crypto, web
from training.core.rules.contact import mask_phone
from training.core.rules.verdict import Verdict

from .. import accounts, accounts_slips, auth, passwords, sessions, totp
from ..accounts_forms import ChangePasswordForm, ChangePhoneForm, CodeForm, PasswordOnlyForm
from ..devices import device_name
from ..models import Account
from ..rules.passwords import is_due
from ..rules.slips import spaced
from . import room
from .accounts import role_lines
from .login import address, onward, target, throttled

_NEW_SECRET = "second_new"  # noqa: S105 - where the browser keeps the sealed secret
_CODES_SHOWN = timedelta(minutes=10)


@room.page("/account", "people:account:own")
def my_account() -> str:
    now, account = clock.now(), current_user.account
    rules = accounts.password_rules(account, now)
    open_now = [
        {
            "device": device_name(s.device),
            "seen": s.last_seen,
            "begun": s.created_at,
            "here": s.id == current_user.session.id,
            "url": url_for("people.end_session", login_id=s.public_id),
        }
        for s in accounts.live_sessions(account, now)
    ]
    return render_template(
        "people/my_account.html",
        account=account,
        roles=role_lines(account),
        phone=mask_phone(account.person.phone),
        sessions=open_now,
        codes_left=sum(c.used_at is None for c in totp.recovery_codes(account.id)),
        second_due=sessions.privileged(account) and sessions.second_required(),
        privileged=sessions.privileged(account),
        password_due=is_due(account.password_set_at, rules, now),
    )


def _proves_password(form: PasswordOnlyForm | ChangePhoneForm | ChangePasswordForm) -> bool:
    """Is the present password right? If not, the words stand beside its field."""
    field = form.password_now if isinstance(form, ChangePasswordForm) else form.password
    right = auth.prove_password(
        current_user.account, field.data or "", address=address(), now=clock.now()
    )
    if not right:
        field.errors = [*field.errors, gettext("密码不对，请重新填写")]
        form.codes.append("WRONG_PASSWORD")
    return right


@room.form_page("/account/password", "people:account:own")
def change_password() -> str | BaseResponse | tuple[str, int]:
    form, now, account = ChangePasswordForm(), clock.now(), current_user.account
    page = {"form": form, "rules": accounts.password_rules(account, now), "account": account}
    template = "people/change_password.html"
    if not form.is_submitted():
        return render_template(template, **page)
    try:
        if not form.validate() or not _proves_password(form):
            return render_template(template, **page), 422
    except auth.Throttled as until:
        return throttled(template, until, **page)
    form.deny_password(accounts.judge_new_password(account, form.new, now))
    if form.errors:
        return render_template(template, **page), 422
    hashed = passwords.hash_password(form.new)
    session_id = current_user.session.id
    accounts.change_password(web.actor(), account, hashed, now=now)
    sessions.hand_over(sessions.renew(session_id))
    return web.done(gettext("密码已修改，其他设备上的登录已全部退出"), url_for("people.my_account"))


@room.form_page("/account/phone", "people:account:own")
def change_phone() -> str | BaseResponse | tuple[str, int]:
    form, now, account = ChangePhoneForm(), clock.now(), current_user.account
    page = {"form": form, "phone": mask_phone(account.person.phone)}
    template = "people/change_phone.html"
    if not form.is_submitted():
        return render_template(template, **page)
    try:
        if not form.validate() or not _proves_password(form):
            return render_template(template, **page), 422
    except auth.Throttled as until:
        return throttled(template, until, **page)
    phone = accounts.judge_phone(form.phone.data or "")
    denied = phone if isinstance(phone, Verdict) else accounts.phone_free(phone, account.id)
    if isinstance(phone, Verdict) or not denied:
        form.blame(form.phone, denied)
        return render_template(template, **page), 422
    accounts.change_phone(web.actor(), account, phone, now=now)
    return web.done(gettext("手机号已修改，下次可用新号登录"), url_for("people.my_account"))


@room.act("/account/sessions/<login_id>/end", "people:account:own")
def end_session(login_id: str) -> BaseResponse:
    accounts.end_session(web.actor(), current_user.account, login_id, now=clock.now())
    return web.done(gettext("该设备已退出登录"), url_for("people.my_account"))


@room.act("/account/sessions/end-others", "people:account:own")
def end_other_sessions() -> BaseResponse:
    accounts.end_others(web.actor(), current_user.account, now=clock.now())
    return web.done(gettext("其他设备已全部退出登录"), url_for("people.my_account"))


def _enrolling() -> tuple[Account, int | None] | None:
    """Who may enrol an authenticator here: somebody who has just given the password and has
    none yet (with the waiting session's id), or somebody who is logged in."""
    if current_user.is_authenticated:
        return current_user.account, None
    waiting = sessions.pending(request, clock.now())
    if waiting is None or waiting.account.totp_sealed is not None:
        return None
    return waiting.account, waiting.id


def _secret_for(account: Account) -> str:
    """The secret that is being tried out; the browser holds it sealed until it is confirmed."""
    where = "account.totp_new"
    held = session.get(_NEW_SECRET)
    if held:
        try:
            return crypto.ring().open(where, account.public_id, held)
        except crypto.SealBroken:
            session.pop(_NEW_SECRET)
    secret = totp.new_secret()
    session[_NEW_SECRET] = crypto.ring().seal(where, account.public_id, secret)
    return secret


@room.form_page("/account/second", "people:session:begin")
def second_setup() -> str | BaseResponse | tuple[str, int]:
    """Enrol an authenticator: scan, type one code. Replacing one asks for a fresh log-in."""
    found, now = _enrolling(), clock.now()
    if found is None:
        return onward("people.login")
    account, waiting_id = found
    if account.totp_sealed is not None and not web.is_fresh(web.actor()):
        return web.go(url_for("people.step_up", next=url_for("people.second_setup")))
    secret, form = _secret_for(account), CodeForm()
    page = {
        "form": form,
        "qr": accounts_slips.qr_svg(totp.address_for(account, secret)),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "first": waiting_id is not None,
        "replacing": account.totp_sealed is not None,
    }
    if not form.is_submitted():
        return render_template("people/second_setup.html", **page)
    if not form.validate():
        return render_template("people/second_setup.html", **page), 422
    step = totp.matching_step(secret, totp.digits(form.code.data or ""), now)
    if step is None:
        text = gettext("验证码不对，请核对手机时间后重新填写")
        return render_template(
            "people/second_setup.html", problem=text, code="WRONG_CODE", **page
        ), 422
    totp.enrol(sessions.actor_of(account), account, secret, step, now=now)
    after = target() if request.args.get("next") else None
    if waiting_id is not None:
        token = totp.finish(waiting_id, address=address(), now=now)
        web.clear_flow()
        sessions.hand_over(token)
    session.pop(_NEW_SECRET, None)
    flash(gettext("二次验证已设置"), "done")
    return web.go(url_for("people.recovery_codes", next=after))


@room.page("/account/recovery", "people:account:own")
def recovery_codes() -> str:
    """The recovery codes, in clear for ten minutes after they were made."""
    now = clock.now()
    rows = totp.recovery_codes(current_user.account.id)
    shown = [spaced(totp.recovery_code_of(r)) for r in rows if r.created_at + _CODES_SHOWN > now]
    return render_template(
        "people/recovery_codes.html",
        codes=shown,
        left=sum(r.used_at is None for r in rows),
        next_url=target() if request.args.get("next") else url_for("people.my_account"),
    )


@room.form_page("/account/recovery/renew", "people:account:own")
def renew_recovery() -> str | BaseResponse | tuple[str, int]:
    form = PasswordOnlyForm()
    if not form.is_submitted():
        return render_template("people/renew_recovery.html", form=form)
    try:
        if not form.validate() or not _proves_password(form):
            return render_template("people/renew_recovery.html", form=form), 422
    except auth.Throttled as until:
        return throttled("people/renew_recovery.html", until, form=form)
    totp.renew_recovery(web.actor(), current_user.account, now=clock.now())
    return web.done(gettext("已生成新的恢复码，旧的全部作废"), url_for("people.recovery_codes"))
