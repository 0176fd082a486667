"""送达: what was served on me, and on the people of the unit; the person's own confirmation."""

from __future__ import annotations

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from training.core import access, clock, lists, web
from training.core.db import db
from training.core.i18n import say, title_of
from training.core.lists import Filter
from training.core.rules.words import N_
from training.people.models import Person

from .. import service
from ..models import ServiceReceipt, ServiceRecord
from ..rules.lifecycle import METHOD_LABELS
from . import room

READ = "proceedings:service:read"
CONFIRM = "proceedings:service:confirm"

_ORDER = lists.Order("newest", ServiceRecord.served_at, descending=True)


def _confirmed() -> sa.ColumnElement[bool]:
    return ServiceRecord.id.in_(sa.select(ServiceReceipt.service_id))


FILTERS = (
    Filter(
        "receipt",
        N_("签收"),
        lambda text: text if text in ("waiting", "received") else None,
        lambda value: _confirmed() if value == "received" else ~_confirmed(),
        lambda value: gettext("已签收") if value == "received" else gettext("未签收"),
    ),
)


def state_of(served: ServiceRecord) -> dict[str, str]:
    """Has the person confirmed?"""
    if served.receipt is not None:
        return {"kind": "ok", "label": gettext("已签收")}
    return {"kind": "due", "label": gettext("未签收")}


@room.page("/served", READ)
def served_papers() -> str:
    """What was served."""
    applied = lists.apply(FILTERS, request.args, url_for("proceedings.served_papers"))
    query = (
        sa.select(ServiceRecord)
        .where(access.visible(web.actor(), READ, ServiceRecord), *applied.conditions)
        .options(joinedload(ServiceRecord.person), joinedload(ServiceRecord.receipt))
    )
    page = lists.page(query, _ORDER, ServiceRecord.id, applied, request.args)
    rows = [
        {
            "title": say(s.words),
            "url": url_for("proceedings.served_paper", service_id=s.public_id),
            "person": s.person.name,
            "method": gettext(METHOD_LABELS[s.method]),
            "served": s.served_on.isoformat(),
            "state": state_of(s),
        }
        for s in page.rows
    ]
    return render_template(
        "proceedings/served_list.html",
        rows=rows,
        page=page,
        applied=applied,
        total=lists.count(query),
    )


@room.page("/served/<service_id>", READ)
def served_paper(service_id: str) -> str:
    """One service with its receipt."""
    found = web.load(ServiceRecord, service_id, READ)
    by = db.session.get(Person, found.served_by)
    return render_template(
        "proceedings/served.html",
        served=found,
        org=title_of(found.org, "name"),
        by=by.name if by else "",
        method=gettext(METHOD_LABELS[found.method]),
        state=state_of(found),
        can_confirm=found.receipt is None and access.may(web.actor(), CONFIRM, found),
    )


@room.act("/served/<service_id>/confirm", CONFIRM)
def confirm_receipt(service_id: str) -> Response:
    """I have received it."""
    found = web.load(ServiceRecord, service_id, CONFIRM)
    service.confirm_receipt(web.actor(), found, now=clock.now())
    return web.done(
        gettext("已确认收到，确认收到不等于同意内容"),
        url_for("proceedings.served_paper", service_id=service_id),
    )
