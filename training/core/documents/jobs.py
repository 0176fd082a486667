"""The worker makes papers: it writes, draws and puts away."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale

from .. import clock, jobs
from ..db import db
from ..i18n import LOCALES
from ..models import Job
from . import service
from .definition import payload_hash
from .models import PaperFormat
from .registry import Order, find


def verify_url(code: str) -> str:
    """The public address at which a paper's code is checked, for ever."""
    path = current_app.url_map.bind("").build("documents.verify", {"code": code})
    return str(current_app.config["BASE_URL"]) + path


@jobs.handler(service.JOB)
def make(job: Job) -> dict[str, Any]:
    """Write the paper about its subject as it stands now, in each format that was asked for.

    A job that was interrupted after putting away does nothing again.
    """
    # Drawing takes over a second to import: only the worker does.
    from . import renderers  # noqa: PLC0415

    if service.made_by(job.id):
        return {}
    job_id, fence, payload = job.id, job.fence, job.payload
    paper = find(payload["kind"])
    if paper is None:
        raise LookupError(f"nobody writes {payload['kind']}")
    model: Any = paper.model
    subject = db.session.scalars(
        sa.select(model).where(model.public_id == payload["subject"])
    ).one()
    order = Order(job.created_at, bool(payload["english"]), payload["params"])
    with force_locale(LOCALES["en" if order.english else "zh"]):
        document = paper.build(subject, order)
    digest = payload_hash(document)
    if paper.verifiable:
        code = service.new_code()
        document = dataclasses.replace(
            document, verification_code=code, verification_url=verify_url(code)
        )
    made = {
        PaperFormat(f): renderers.RENDERERS[PaperFormat(f)](document) for f in payload["formats"]
    }
    service.put_away(job_id, fence, document, digest, made, subject, now=clock.now())
    return {}
