"""Logging in and out, the fresh log-in before grave acts, and how a page is shown."""

from __future__ import annotations

from flask import Response, current_app, flash, make_response, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, i18n, web

from .. import accounts, auth, sessions, totp
from ..accounts_forms import CodeForm, LoginForm, StepUpForm
from ..rules.login_limits import seconds_left
from . import room

_YEAR = 365 * 24 * 3600
_LANGUAGES = {"zh-Hans": "zh", "en": "en"}


def address() -> str:
    return request.remote_addr or ""


def device() -> str:
    """The browser as it names itself."""
    return request.headers.get("User-Agent", "")[:100]


def cookie() -> str:
    return request.cookies.get(sessions.cookie_name(current_app), "")


def target() -> str:
    """Where to go after this: ``next``, if it leads into this site."""
    return web.safe_target(request.args.get("next"), url_for("site.home"))


def onward(endpoint: str) -> BaseResponse:
    """To a further step of logging in, with where to go after it."""
    return web.go(url_for(endpoint, next=request.args.get("next") or None))


def throttled(page: str, refusal: auth.Throttled, **values: object) -> Response:
    """429: the same words whether or not the account exists."""
    left = seconds_left(refusal.until, clock.now())
    text = gettext(
        "尝试次数过多，请在 %(n)s 分钟后再试。如着急办理，请联系本单位管理员或者监考员解除等待",
        n=-(-left // 60),
    )
    body = render_template(page, problem=text, code="SLOW_DOWN", **values)
    response = make_response(body, 429)
    response.headers["Retry-After"] = str(left)
    return response


def entered(found: auth.Entered) -> BaseResponse:
    """Set the new session, clear what the browser carried along, and go on."""
    web.clear_flow()
    sessions.hand_over(found.token)
    if found.second:
        return onward("people.second" if found.enrolled else "people.second_setup")
    response = web.go(target())
    show_as(response, found.language)
    return response


def _remember(response: BaseResponse, name: str, value: str) -> None:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=secure)


def show_as(response: BaseResponse, language: str) -> None:
    """Let a browser speak the language of the account that has just come in."""
    if language:
        _remember(response, i18n.COOKIE, language)


@room.form_page("/login", "people:session:begin", keyless=True)
def login() -> str | BaseResponse | tuple[str, int]:
    if request.method == "GET" and current_user.is_authenticated:
        return web.go(target())
    form = LoginForm()
    page = {"form": form, "draft_kept": "draft=" in request.args.get("next", "")}
    if request.method == "GET":
        return render_template("people/login.html", **page)
    if not form.validate():
        return render_template("people/login.html", **page), 422
    try:
        found = auth.log_in(
            form.name.data or "", form.password.data or "",
            address=address(), device=device(), old_token=cookie(), now=clock.now(),
        )  # fmt: skip
    except auth.Throttled as until:
        return throttled("people/login.html", until, **page)
    except auth.Closed as closed:
        text = gettext(
            "此账号已停用，不能登录。停用原因：%(reason)s。如有疑问，请联系本单位管理员",
            reason=closed.reason,
        )
        return render_template(
            "people/login.html", problem=text, code="ACCOUNT_CLOSED", **page
        ), 403
    if found is None:
        text = gettext("手机号、用户名或者密码不对，请核对后再试")
        return render_template(
            "people/login.html", problem=text, code="WRONG_PASSWORD", **page
        ), 422
    return entered(found)


@room.form_page("/login/code", "people:session:begin", keyless=True)
def second() -> str | BaseResponse | tuple[str, int]:
    """The second step: a code from the authenticator, or a recovery code."""
    now = clock.now()
    waiting = sessions.pending(request, now)
    if waiting is None:
        return onward("people.login")
    if waiting.account.totp_sealed is None:
        return onward("people.second_setup")
    form = CodeForm()
    if request.method == "GET":
        return render_template("people/second.html", form=form)
    if not form.validate():
        return render_template("people/second.html", form=form), 422
    language = waiting.account.language
    try:
        token = totp.pass_second(waiting, form.code.data or "", address=address(), now=now)
    except auth.Throttled as until:
        return throttled("people/second.html", until, form=form)
    except totp.CodeUsed:
        text = gettext("这个验证码已经用过，请等待下一个验证码")
        return render_template("people/second.html", form=form, problem=text, code="CODE_USED"), 401
    if token is None:
        text = gettext("验证码不对，请核对手机时间后重新填写")
        return render_template(
            "people/second.html", form=form, problem=text, code="WRONG_CODE"
        ), 422
    web.clear_flow()
    sessions.hand_over(token)
    response = web.go(target())
    show_as(response, language)
    return response


@room.act("/logout", "people:session:end", keyless=True)
def logout() -> BaseResponse:
    auth.log_out(cookie(), clock.now())
    web.clear_flow()
    sessions.forget()
    flash(gettext("您已退出登录"), "done")
    response = web.go(url_for("people.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@room.form_page("/login/again", "people:session:end", keyless=True)
def step_up() -> str | BaseResponse | tuple[str, int]:
    """Prove who you are once more before a grave act; good for ten minutes."""
    now, account = clock.now(), current_user.account
    session_id = current_user.session.id
    coded = account.totp_sealed is not None and sessions.second_required()
    form = StepUpForm()
    page = {"form": form, "coded": coded, "draft_kept": "draft=" in request.args.get("next", "")}
    if request.method == "GET":
        return render_template("people/step_up.html", **page)
    if not form.validate():
        return render_template("people/step_up.html", **page), 422
    try:
        if not auth.prove_password(account, form.password.data or "", address=address(), now=now):
            text = gettext("密码不对，请重新填写")
            return render_template(
                "people/step_up.html", problem=text, code="WRONG_PASSWORD", **page
            ), 422
        if coded and not totp.prove(account, form.code.data or "", address=address(), now=now):
            text = gettext("验证码不对，请核对手机时间后重新填写")
            return render_template(
                "people/step_up.html", problem=text, code="WRONG_CODE", **page
            ), 422
    except auth.Throttled as until:
        return throttled("people/step_up.html", until, **page)
    except totp.CodeUsed:
        text = gettext("这个验证码已经用过，请等待下一个验证码")
        return render_template("people/step_up.html", problem=text, code="CODE_USED", **page), 401
    sessions.hand_over(auth.step_up(session_id, now))
    return web.go(target())


@room.act("/display", "core:language:choose", keyless=True)
def display() -> BaseResponse:
    """Type size, light or dark, language: kept with the account, or in this browser."""
    chosen = {
        name: value
        for name in ("size", "theme", "lang")
        if (value := request.form.get(name)) is not None
    }
    if "lang" in chosen:
        chosen["lang"] = _LANGUAGES.get(chosen["lang"], "")
    accounts.require_display(chosen)
    if current_user.is_authenticated:
        accounts.set_display(current_user.account.id, chosen)
    response = web.go(web.safe_target(request.form.get("next"), url_for("site.home")))
    for name, value in chosen.items():
        _remember(response, name, value)
    return response
