"""Every error as a page or as RFC 9457 problem details: a stable code, a plain sentence,
what to do next and the request id; never internals."""

from __future__ import annotations

import errno
from math import ceil
from time import time
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, flash, jsonify, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge, SecurityError

from . import incoming, requestid, web
from .db import db
from .errors import NotVisible, Refused
from .i18n import say
from .limits import limiter
from .rule_names import rule_name
from .rules.verdict import Reason
from .rules.words import N_

log = structlog.get_logger("errors")

_TEXTS: dict[int, tuple[str, str, str]] = {
    400: ("BAD_REQUEST", N_("提交的内容不完整，未作任何修改"), N_("请返回上一页，刷新后重新提交")),
    403: ("FORBIDDEN", N_("您不能办理此项"), N_("如需办理，请联系本单位管理员")),
    404: (
        "NOT_FOUND",
        N_("没有找到这个页面，或者您无权查看"),
        N_("请从首页重新进入，或者核对网址"),
    ),
    405: ("METHOD", N_("此地址不能这样打开"), N_("请从页面上的按钮办理")),
    413: ("TOO_LARGE", N_("文件过大，没有上传"), N_("请压缩文件或者分次上传")),
    415: ("TYPE_MISMATCH", N_("文件类型不符，没有上传"), N_("请核对文件内容与扩展名")),
    429: ("SLOW_DOWN", N_("操作过于频繁，请稍后再试"), N_("请等待提示的时间后再试")),
    500: (
        "INTERNAL",
        N_("系统出现故障，您的操作没有完成"),
        N_("请稍后再试；如仍不行，请把下面的编号告诉管理员"),
    ),
    503: ("UNAVAILABLE", N_("系统暂时繁忙，您的操作没有完成"), N_("请稍后再试")),
}


def reason_row(reason: Reason) -> dict[str, str]:
    """A reason as pages show it: the words, the rule, and where it can be mended."""
    known = reason.mend in current_app.view_functions
    return {
        "text": say(reason.words),
        "basis": rule_name(reason.basis),
        "url": url_for(reason.mend, **cast(dict[str, Any], dict(reason.mend_args)))
        if known
        else "",
        "url_text": gettext("去办理") if known else "",
    }


def wants_json() -> bool:
    best = request.accept_mimetypes.best
    return request.path.startswith("/api/") or best in (
        "application/json",
        "application/problem+json",
    )


def problem(
    status: int, code: str, title: str, reasons: tuple[Reason, ...] = (), **extra: Any
) -> Response:
    """RFC 9457 problem details with our ``code`` and ``request_id``."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "request_id": requestid.current(),
        "reasons": [{"code": r.code, "text": say(r.words), "basis": r.basis} for r in reasons],
        **extra,
    }
    response = jsonify(body)
    response.status_code = status
    response.headers["Content-Type"] = "application/problem+json"
    return response


def page(
    status: int,
    code: str,
    title: str,
    next_step: str,
    reasons: tuple[Reason, ...] = (),
    back: str = "",
    again: str = "",
) -> Response:
    """An error as a page: code, a plain sentence, what is missing, the next step."""
    steps = [(gettext("返回上一页"), back)] if back else []
    steps += [(gettext("再试一次"), again)] if again else []
    body = render_template(
        "core/errors/error.html",
        code=code,
        title=title,
        text=next_step,
        reasons=[reason_row(r) for r in reasons],
        steps=[*steps, (gettext("回到首页"), "/")],
    )
    return Response(body, status=status, mimetype="text/html")


def _refused(error: Refused) -> Response:
    db.session.rollback()
    log.info("refused", code=error.code, reasons=error.verdict.codes)
    reasons = error.verdict.reasons
    title = say(reasons[0].words)
    if wants_json():
        return problem(error.status, error.code, title, reasons)
    back = web.with_draft(web.origin_page(), web.actor().account_id)
    return page(error.status, error.code, title, "", reasons, back)


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    if isinstance(error, SecurityError):
        # A host that is not ours: no page could be drawn, its links would lead there.
        return Response("unknown host\n", 400, mimetype="text/plain")
    status = error.code or 500
    code, title, next_step = _TEXTS.get(status, _TEXTS[400 if status < 500 else 500])
    steps, back = gettext(next_step), ""
    if status == 429 and limiter.current_limit is not None:
        # The limiter counts by the machine's own clock, which no demo moves, and ends its
        # windows at a whole second.
        left = limiter.current_limit.reset_at - 1 - time()
        steps = gettext("请在 %(n)s 分钟后再试", n=max(1, ceil(left / 60)))
    if isinstance(error, RequestEntityTooLarge) and request.max_content_length:
        limit, back = request.max_content_length // (1024 * 1024), web.origin_page()
        steps = gettext("一次最多上传 %(limit)s MB。请压缩文件或者分次上传", limit=limit)
    response = (
        problem(status, code, gettext(title))
        if wants_json()
        else page(status, code, gettext(title), steps, back=back)
    )
    if isinstance(error, RequestEntityTooLarge):
        incoming.throw_away_rest(response)
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response.headers[name] = value
    return response


def _csrf(error: CSRFError) -> Any:
    """The browser's flow ended (cookies cleared, log-in elsewhere): keep what was typed."""
    if wants_json():
        return problem(400, "CSRF", gettext("页面已过期，请刷新后重新提交"))
    flash(gettext("页面已过期，您填写的内容已保留，请核对后重新提交"), "due")
    return web.go(web.with_draft(web.origin_page(), web.actor().account_id))


def _crash(error: Exception) -> Response:
    db.session.rollback()
    log.exception("crash")
    status = 503 if _is_for_now(error) else 500
    code, title, next_step = _TEXTS[status]
    if wants_json():
        return problem(status, code, gettext(title))
    sent = request.method == "POST"
    return page(
        status, code, gettext(title), gettext(next_step),
        back=_back_with_draft() if sent else "", again="" if sent else web.here(),
    )  # fmt: skip


def _back_with_draft() -> str:
    """Back to the form with what was typed; where that cannot be kept (the disk is full), to
    the form alone."""
    try:
        return web.with_draft(web.origin_page(), web.actor().account_id)
    except (SQLAlchemyError, OSError):
        db.session.rollback()
        log.exception("draft.not_kept")
        return web.origin_page()


def _is_for_now(error: Exception) -> bool:
    """The database is away, locked or full, or the disk is: to be tried again later."""
    return isinstance(error, OperationalError) or (
        isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    )


def _not_visible(error: NotVisible) -> Response:
    db.session.rollback()
    web.security_event("not_visible", str(error))
    return _http(NotFound())


def init_errors(app: Flask) -> None:
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotVisible, _not_visible)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)
