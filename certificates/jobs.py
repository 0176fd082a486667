"""The worker draws what was issued, and reminds holders of the last day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from training.core import clock, files, jobs
from training.core.db import db
from training.core.models import Job, StoredFile
from training.core.rules.permission import SYSTEM
from training.core.verbs import system_unit

from . import payload, service
from .models import Certificate
from .rules.lifecycle import CertificateState


class PayloadAltered(Exception):
    """What is stored is not what was issued: nothing is drawn from it."""


def photo_bytes(frozen: dict[str, str] | None) -> bytes | None:
    """The photograph that a payload names. Raises ``PayloadAltered`` if it is another."""
    if not frozen:
        return None
    record = db.session.scalars(
        sa.select(StoredFile).where(StoredFile.public_id == frozen["file"])
    ).one()
    if record.sha256 != frozen["sha256"]:
        raise PayloadAltered(frozen["file"])
    return files.read(record)


@jobs.handler(service.RENDER)
def render(job: Job) -> dict[str, Any]:
    """Draw a certificate from its frozen payload, once: what is recorded is never drawn again."""
    # Drawing takes over a second to import: only the worker does.
    from . import drawing  # noqa: PLC0415

    job_id, fence, wanted = job.id, job.fence, job.payload["certificate"]
    found = db.session.scalars(sa.select(Certificate).where(Certificate.public_id == wanted)).one()
    if found.pdf_id is not None:
        return {}
    if not payload.is_intact(found):
        raise PayloadAltered(wanted)
    pdf = drawing.certificate(
        found.payload, found.payload_sha256, photo_bytes(found.payload["photo"])
    )
    _put_away(job_id, fence, found.id, pdf, drawing.picture(pdf), clock.now())
    return {}


@system_unit
def _put_away(
    job_id: int, fence: int, certificate_id: int, pdf: bytes, picture: bytes | None, now: datetime
) -> None:
    """Bytes and hash together; an issued certificate becomes active by it."""
    jobs.hold(job_id, fence, now=now)
    found = db.session.get_one(
        Certificate, certificate_id, populate_existing=True, with_for_update=True
    )
    if found.pdf_id is not None:
        return
    kept = files.keep(
        pdf, name=f"{found.number}.pdf", media_type="application/pdf", purpose="certificate",
        now=now, org_id=found.org_id, person_id=found.person_id,
    )  # fmt: skip
    shown = picture and files.keep(
        picture, name=f"{found.number}.png", media_type="image/png", purpose="certificate",
        now=now, org_id=found.org_id, person_id=found.person_id,
    )  # fmt: skip
    db.session.flush()
    found.pdf_id, found.pdf_sha256 = kept.id, kept.sha256
    found.picture_id = shown.id if shown else None
    db.session.flush()
    if found.state is CertificateState.ISSUED:
        service.activate(SYSTEM, found, now=now)
