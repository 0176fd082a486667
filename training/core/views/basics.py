"""The ground floor's own pages: language and type size, health, the style page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Response, abort, jsonify, render_template, request, url_for
from flask_babel import gettext
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response as BaseResponse

from .. import clock, limits, lists, readiness, web
from ..db import db
from ..forms import SaveViewForm
from ..models import SavedView
from ..style_sample import SAMPLES, bad_sample
from . import room


@room.page("/styleguide", "core:styleguide:read")
def styleguide() -> str:
    return render_template("core/styleguide.html", sample_bad_form=bad_sample())


@room.page("/styleguide/<sample>", "core:styleguide:read")
def styleguide_page(sample: str) -> str:
    """One of the compositions as a whole page."""
    if sample not in SAMPLES:
        abort(404)
    return render_template("core/styleguide/page.html", sample=sample)


@room.page("/healthz", "core:health:read")
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@room.page("/readyz", "core:health:read")
def readyz() -> tuple[Response, int]:
    """The process can serve, and what it leans on is there."""
    found = readiness.checks(clock.now())
    status = readiness.status(found)
    return jsonify(status=status, checks=found), 503 if status == "failing" else 200


def _reported(told: Any) -> dict[str, Any]:
    """The first of a list of reports, or the one report of older browsers."""
    if isinstance(told, list):
        told = told[0] if told else {}
    for part in ("body", "csp-report"):
        told = told.get(part, told) if isinstance(told, dict) else {}
    return told if isinstance(told, dict) else {}


@room.act("/csp-report", "core:health:read", keyless=True, tokenless=True)
@limits.limiter.limit("20/minute")
def csp_report() -> tuple[str, int]:
    """A browser says that a page of ours tried what its policy forbids: noted by directive and
    host, never with an address."""
    body = _reported(request.get_json(force=True, silent=True))
    directive = str(body.get("effectiveDirective") or body.get("effective-directive") or "?")
    blocked = str(body.get("blockedURL") or body.get("blocked-uri") or "")
    web.security_event("csp", f"{directive[:40]} {urlsplit(blocked).hostname or blocked[:20]}")
    return "", 204


@room.form_page("/views/save", "core:view:save")
def save_view() -> str | tuple[str, int] | BaseResponse:
    """Save a list's filters under a name: ``list`` is its endpoint, ``query`` its filters."""
    form = SaveViewForm(
        data={"endpoint": request.args.get("list"), "query": request.args.get("query")}
    )
    endpoint, query = str(form.endpoint.data or ""), str(form.query.data or "")
    try:
        target = f"{url_for(endpoint)}?{query}"
    except BuildError:
        abort(400)
    if form.validate_on_submit():
        lists.save_view(web.actor(), endpoint, str(form.name.data), query, now=clock.now())
        return web.done(gettext("视图「%(name)s」已保存", name=form.name.data), target)
    held = lists.views_of(web.actor().account_id or 0, endpoint)
    page = render_template("core/save_view.html", form=form, held=held, target=target)
    return (page, 422) if form.is_submitted() else page


@room.act("/views/<view_id>/forget", "core:view:save")
def forget_view(view_id: str) -> BaseResponse:
    """Delete an own saved view."""
    view = db.session.scalar(
        sa.select(SavedView).where(
            SavedView.public_id == view_id, SavedView.account_id == web.actor().account_id
        )
    )
    if view is None:
        abort(404)
    endpoint, query = view.endpoint, view.query
    lists.forget_view(web.actor(), view, now=clock.now())
    return web.done(gettext("视图已删除"), f"{url_for(endpoint)}?{query}")
