"""Activation slips by judicial office."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web
from training.core.i18n import title_of
from training.core.models import OrgUnit

from .. import slip_sheets
from . import room

MANAGE = slip_sheets.MANAGE


@room.page("/people/slips", MANAGE)
def slips() -> str:
    now = clock.now()
    rows = [
        {
            "name": title_of(o.unit, "name"),
            "public_id": o.unit.public_id,
            "waiting": o.waiting,
            "issued": o.issued,
            "fresh": o.waiting - o.issued,
        }
        for o in slip_sheets.offices(web.actor(), now)
    ]
    return render_template("people/slips.html", rows=rows)


@room.act("/people/slips/<org_id>", MANAGE)
def issue_slips(org_id: str) -> BaseResponse:
    unit = web.load(OrgUnit, org_id, MANAGE)
    again = request.form.get("again") == "1"
    job = slip_sheets.issue(web.actor(), unit, again=again, now=clock.now())
    return web.done(
        gettext("激活单已发放，正在排版"), url_for("documents.progress", paper_job_id=job.public_id)
    )
