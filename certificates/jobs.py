"""The worker draws what was issued, reminds holders of the last day, and tells officers of a
certificate whose basis no longer stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from training.core import clock, files, jobs, orgs, policy
from training.core.db import db
from training.core.models import Job, StoredFile
from training.core.rules.chain import digest
from training.core.rules.permission import SYSTEM
from training.core.rules.roles import Role
from training.core.rules.words import N_
from training.core.verbs import system_unit
from training.people import officers, reminders
from training.people.reminders import Reminder

from . import basis, cards, payload, service
from .models import Certificate, WorkCard
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


@jobs.handler(cards.PRINT)
def print_cards(job: Job) -> dict[str, Any]:
    """Draw the sheets of work cards that somebody asked for."""
    from . import drawing  # noqa: PLC0415

    job_id, fence, person_id, org_id = job.id, job.fence, job.person_id, job.org_id
    wanted = job.payload["cards"]
    query = sa.select(WorkCard).where(WorkCard.public_id.in_(wanted)).order_by(WorkCard.id)
    held = list(db.session.scalars(query))
    pdf = drawing.work_cards(
        [(c.payload, photo_bytes(c.payload["photo"])) for c in held],
        digest({"cards": [c.payload_sha256 for c in held]}),
    )
    return {"file": _keep_sheets(job_id, fence, pdf, person_id, org_id, clock.now())}


@system_unit
def _keep_sheets(
    job_id: int, fence: int, pdf: bytes, person_id: int | None, org_id: int | None, now: datetime
) -> str:
    jobs.hold(job_id, fence, now=now)
    kept = files.keep(
        pdf, name="work-cards.pdf", media_type="application/pdf", purpose="work_cards", now=now,
        org_id=org_id, person_id=person_id,
    )  # fmt: skip
    db.session.flush()
    return kept.public_id


@reminders.source
def expiring(now: datetime) -> Iterable[Reminder]:
    """证书即将到期: said at each of the distances of policy ``cert.reminder_days``, once."""
    today, root = clock.today(now), orgs.root()
    if root is None:
        return
    days = policy.get("cert.reminder_days", root, today).value
    distances = sorted((int(n) for n in days.values()), reverse=True)
    query = sa.select(Certificate).where(
        Certificate.state == CertificateState.ACTIVE,
        Certificate.valid_until.between(today, today + timedelta(days=distances[0])),
    )
    for found in db.session.scalars(query):
        left = (found.valid_until - today).days
        # The nearest distance that has been reached: a late run says one thing, not three.
        reached = min(n for n in distances if left <= n)
        yield Reminder(
            found.person_id, "certificate", N_("您的证书 %(number)s 还有 %(days)s 天到期"),
            unique_key=f"certificate:{found.public_id}:{reached}", url="/my/certificate",
            due_on=found.valid_until, params={"number": found.number, "days": left},
        )  # fmt: skip


@reminders.source
def unfounded(now: datetime) -> Iterable[Reminder]:
    """证书所据已更正: said to HR and to who may revoke it, once for what was found. Nothing follows
    by itself."""
    found = basis.touched()
    judged, told = basis.of(found), officers.holding(Role.HR, Role.APPROVER)
    for certificate in found:
        what = judged[certificate.id]
        if what.verdict:
            continue
        codes = ",".join(code.rpartition("_")[2] for code in what.verdict.codes)
        for person_id, path in told:
            if person_id == certificate.person_id or not certificate.org.path.startswith(path):
                continue
            yield Reminder(
                person_id, "certificate",
                N_("证书 %(number)s 所依据的考试结果或者学时已更正，不再符合发证条件，请核对后决定是否撤销"),
                unique_key=f"basis:{certificate.public_id}:{what.grading}:{codes}",
                url=f"/certificates/{certificate.public_id}",
                params={"number": certificate.number},
            )  # fmt: skip
