"""Response headers as data: the base, and a table of named relaxations."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from .rules.words import N_

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: {content}",
    "media-src": "'self' {content}",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
    "report-uri": "/csp-report",
    "report-to": "csp",
}

RELAXATIONS: dict[str, tuple[str, str, str]] = {
    "frame_content": (
        "frame-src",
        "{content}",
        N_("PDF 在页面内显示，取自内容站点"),
    ),
    "data_images": (
        "img-src",
        "'self' data: blob: {content}",
        N_("照片在发送前裁剪"),
    ),
}


def policy_for(view: object, content_origin: str) -> str:
    """The Content-Security-Policy of a route: the base with the relaxations it names."""
    rules = dict(CSP)
    for name in getattr(view, "csp", ()):
        directive, value, _reason = RELAXATIONS[name]
        rules[directive] = value
    return "; ".join(f"{k} {v.format(content=content_origin)}" for k, v in rules.items())


def init_headers(app: Flask) -> None:
    @app.after_request
    def _headers(response: Response) -> Response:
        view = current_app.view_functions.get(request.endpoint or "")
        set_ = response.headers.setdefault
        set_("Content-Security-Policy", policy_for(view, app.config["CONTENT_ORIGIN"]))
        set_("Reporting-Endpoints", 'csp="/csp-report"')
        set_("X-Content-Type-Options", "nosniff")
        set_("Referrer-Policy", "same-origin")
        set_("Cross-Origin-Opener-Policy", "same-origin")
        set_("Cross-Origin-Resource-Policy", "same-origin")
        set_("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        # Also what is sent as a file: an export holds people's numbers. Only our own static files,
        # which never change under their address, are kept.
        if "immutable" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        if app.config["SESSION_COOKIE_SECURE"]:
            set_("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        response.headers.add("Vary", "HX-Request, Cookie, Accept-Language")
        return response
