"""Adding and taking back files; every room shows them by ``core/_attachments.html``."""

from __future__ import annotations

import sqlalchemy as sa
from flask import abort, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from .. import clock, files, uploads, web
from ..db import db
from ..errors import Refused
from ..rules.words import N_
from . import queries, service
from .models import Attachment

room = web.Room("attachments", __name__, url_prefix="/attachments")
room.add_app_template_global(files.link, "file_link")


@room.act("/<kind>/<subject_ref>", "attachments:file:add")
def add(kind: str, subject_ref: str) -> Response:
    """Lay a file to a record; the file is looked into before anything is written."""
    queries.subject_of(web.actor(), kind, subject_ref, write=True)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused.because("FILE_REQUIRED", N_("请先选择文件"), status=422)
    checked = uploads.evidence(sent.stream.read(), sent.filename)
    service.add(
        web.actor(), kind, subject_ref, checked, request.form.get("label", ""), now=clock.now()
    )
    return web.done(gettext("材料已上传"), web.origin_page())


@room.act("/<attachment_id>/withdraw", "attachments:file:withdraw")
def withdraw(attachment_id: str) -> Response:
    """Take a file back with a reason."""
    attachment = db.session.scalar(
        sa.select(Attachment).where(Attachment.public_id == attachment_id)
    )
    if attachment is None:
        abort(404)
    service.withdraw(web.actor(), attachment, request.form.get("reason", ""), now=clock.now())
    return web.done(gettext("材料已撤回，记录仍然保留"), web.origin_page())
