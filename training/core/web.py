"""The edge between HTTP and the rooms: routes that declare their permission, one gate.

A route without a declared permission answers 404 to everybody and fails a test.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import sqlalchemy as sa
import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from . import access, clock, crypto, drafts, files, requestid, verbs
from .db import Model, db
from .errors import Refused
from .incoming import Fields
from .models import SecurityEvent
from .rules.permission import ANONYMOUS, Actor
from .rules.words import N_
from .units import system_unit

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=Model)
log = structlog.get_logger("web")

KEY_FIELD = "_key"


class Room(Blueprint):
    """A blueprint whose routes name the permission they need."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        options.setdefault("template_folder", "templates")
        super().__init__(name, import_name, **options)
        self.declared: list[tuple[str, Any, list[str], str]] = []

    def _declare(
        self, rule: str, permission: str, methods: list[str], **options: Any
    ) -> Callable[[F], F]:
        marks = {
            k: options.pop(k) for k in ("keyless", "tokenless", "csp", "body_limit") if k in options
        }

        def wrap(view: F) -> F:
            view.permission = permission  # type: ignore[attr-defined]
            for name, value in marks.items():
                setattr(view, name, value)
            self.add_url_rule(rule, view_func=view, methods=methods, **options)
            self.declared.append((rule, view, methods, options.get("endpoint", view.__name__)))
            return view

        return wrap

    def page(self, rule: str, permission: str, **options: Any) -> Callable[[F], F]:
        """Something to read."""
        return self._declare(rule, permission, ["GET"], **options)

    def form_page(self, rule: str, permission: str, **options: Any) -> Callable[[F], F]:
        """A page with a form that is sent back to it."""
        return self._declare(rule, permission, ["GET", "POST"], **options)

    def act(self, rule: str, permission: str, **options: Any) -> Callable[[F], F]:
        """Something done by a button."""
        return self._declare(rule, permission, ["POST"], **options)


def actor() -> Actor:
    """Who sent this request."""
    found = getattr(current_user, "actor", ANONYMOUS)
    return found if isinstance(found, Actor) else ANONYMOUS


def load(model: type[M], public_id: str, permission: str, *options: Any) -> M:
    """A record by its public id if the actor holds the permission over it, else 404."""
    columns: Any = model
    query: Any = sa.select(model).options(*options)
    record: M | None = db.session.scalar(
        query.where(columns.public_id == public_id, access.visible(actor(), permission, model))
    )
    if record is None:
        security_event("not_visible", model.__tablename__)
        abort(404)
    return record


def security_event(kind: str, detail: str = "", *, actor_ref: str = "") -> None:
    """Note a refused probe, outside the audit chain; the address only as a keyed hash.

    Where it cannot be noted (the disk is full), the refusal stands all the same.
    """
    try:
        _note(kind, detail, actor_ref or actor().ref)
    except OperationalError:
        log.exception("security_event.lost", kind=kind)


@system_unit
def _note(kind: str, detail: str, actor_ref: str) -> None:
    db.session.add(
        SecurityEvent(
            at=clock.now(), kind=kind, actor_ref=actor_ref,
            address_hash=crypto.ring().blind("address", request.remote_addr or ""),
            endpoint=(request.endpoint or "")[:100], detail=detail[:200], request_id=requestid.current(),
        )
    )  # fmt: skip


def here() -> str:
    """This page's path with its query, as a ``next`` target."""
    return request.full_path.rstrip("?")


def safe_target(target: str | None, fallback: str) -> str:
    """Only paths of this site are followed."""
    # Browsers drop control characters and read a backslash as a slash.
    if target and target.startswith("/") and target.isprintable() and "\\" not in target:
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc and not target.startswith("//"):
            return target
    return fallback


def origin_page() -> str:
    """The page of this site that the request came from."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc == request.host:
        return safe_target(parts.path + (f"?{parts.query}" if parts.query else ""), "/")
    return request.path if request.method == "GET" else "/"


def with_draft(path: str, account_id: int | None) -> str:
    """``path`` with what was typed into this request's form, kept under ``?draft=``."""
    if account_id is None or request.method != "POST":
        return path
    bare = path.split("?")[0]
    kept = drafts.keep(account_id, bare[:200], request.form, clock.now())
    if kept is None:
        return path
    query = dict(parse_qsl(path.partition("?")[2]))
    return f"{bare}?{urlencode({**query, 'draft': kept})}"


def kept_form() -> MultiDict[str, str] | None:
    """What the actor typed before the site asked them to log in or to confirm, as the page asks
    for it by ``?draft=``; None on every other request."""
    if "kept_form" not in g:
        draft = request.args.get("draft", "")
        asked = bool(draft) and request.method == "GET"
        g.kept_form = drafts.load(actor().account_id, draft) if asked else None
    held: MultiDict[str, str] | None = g.kept_form
    return held


def say_restored() -> None:
    """Say once that what was typed is there again."""
    if not g.get("said_restored"):
        g.said_restored = True
        flash(gettext("已恢复您上次填写的内容，请核对后再提交"), "info")


def kept_text(name: str) -> str:
    """What was typed into a field of a dialogue, which no form of ours draws."""
    kept = kept_form()
    text = kept.get(name, "") if kept is not None else ""
    if text:
        say_restored()
    return str(text)


def typed() -> Mapping[str, str]:
    """What was sent with this request or typed before it, for a form of as many lines as there
    are people, which no form of ours draws."""
    kept = kept_form()
    if kept is None:
        return request.form
    say_restored()
    return kept


def go(target: str) -> BaseResponse:
    """Redirect, also for htmx."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, code=303)


def done(message: str, target: str) -> BaseResponse:
    """Say what was done and go on."""
    flash(message, "done")
    return go(target)


def to_login(account_id: int | None = None) -> BaseResponse:
    """To the log-in page; what was typed waits for the same account (``account_id``)."""
    target = here() if request.method == "GET" else with_draft(origin_page(), account_id)
    return go(url_for("people.login", next=target))


def _gate() -> BaseResponse | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    permission = getattr(view, "permission", None)
    if permission is None or permission not in access.table():
        log.error("route.undeclared", endpoint=request.endpoint)
        abort(404)
    who = actor()
    if not access.holds(who, permission):
        if who.account_id is None:
            return to_login(getattr(current_user, "expired_account_id", None))
        security_event("no_role", permission)
        abort(404)
    if access.table().row(permission).grave and not is_fresh(who):
        return to_step_up()
    return None


def to_step_up() -> BaseResponse:
    """To the fresh log-in that a grave act asks for; what was typed waits."""
    target = here() if request.method == "GET" else with_draft(origin_page(), actor().account_id)
    return go(url_for("people.step_up", next=target))


def is_fresh(who: Actor) -> bool:
    """Has the actor proven who he is within the last minutes (step-up)?"""
    return who.stepped_up_until is not None and who.stepped_up_until > clock.now()


def unknown_fields(names: Iterable[str]) -> Refused:
    """Note a smuggled field; the refusal to raise."""
    security_event("unknown_field", ",".join(sorted(names))[:200])
    return Refused.because(
        "UNKNOWN_FIELD", N_("提交的内容含有此表单没有的项目，未作任何修改"), status=422
    )


def _nothing_smuggled() -> None:
    """A button without a form of fields takes no ``role=admin`` along either."""
    fields = request.form
    if isinstance(fields, Fields) and (names := fields.smuggled()):
        raise unknown_fields(names)


def _click() -> None:
    """Each form carries a key of its own; a second click gets the first answer."""
    verbs.remember_click("", b"")
    verbs.inspect_first(None)
    if request.method != "POST":
        return
    verbs.inspect_first(_nothing_smuggled)
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "keyless", False):
        return
    key = request.form.get(KEY_FIELD, "") or request.headers.get("Idempotency-Key", "")
    if not 16 <= len(key) <= 40:
        raise Refused.because(
            "KEY_REQUIRED", N_("表单缺少提交编号，请刷新页面后重新提交"), status=400
        )
    fields = sorted(
        (k, v) for k, v in request.form.items(multi=True) if k not in (KEY_FIELD, "csrf_token")
    )
    sent = sorted(
        (k, f.filename or "", files.digest(f.stream)[0]) for k, f in request.files.items(multi=True)
    )
    verbs.remember_click(key, repr((request.path, fields, sent)).encode())


def _same_origin() -> None:
    """What changes something comes from our own pages; a browser says where from. Beside the
    CSRF token: this also stands where somebody has got hold of one."""
    origin = request.headers.get("Origin")
    if request.method in ("GET", "HEAD", "OPTIONS") or origin is None:
        return
    # Behind a proxy the request may have come in by another scheme than the browser's.
    ours = {urlsplit(current_app.config["BASE_URL"]).netloc, request.host}
    if urlsplit(origin).netloc not in ours:
        security_event("foreign_origin")
        raise Refused.because(
            "FOREIGN_ORIGIN", N_("提交的内容不是从本平台的页面发出的，未作任何修改"), status=403
        )


def _no_nul() -> None:
    """No text of ours holds the character 0, and PostgreSQL can store none."""
    values = itertools.chain(request.args.values(), request.form.values())
    if "\0" in request.path or any("\0" in value for value in values):
        abort(400)


def init_web(app: Flask) -> None:
    """Register the gate. Order matters: request id, origin, gate, CSRF (by the app), click."""

    @app.before_request
    def _begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        trusted = app.config["TRUSTED_PROXIES"] and given.isalnum() and len(given) <= 40
        requestid.begin(given if trusted else "")
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=requestid.current())
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and (limit := getattr(view, "body_limit", "")):
            request.max_content_length = app.config[limit]

    app.before_request(_same_origin)
    app.before_request(_gate)


def init_clicks(app: Flask) -> None:
    app.before_request(_no_nul)
    app.before_request(_click)


def clear_flow() -> None:
    """Forget the browser's flow (CSRF token, messages) when who is signed in changes."""
    session.clear()
