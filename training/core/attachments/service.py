"""Laying a file to a record, and taking it back."""

from __future__ import annotations

from datetime import datetime

from .. import access, audit, files
from ..db import db
from ..errors import Refused
from ..rules.permission import Actor
from ..rules.words import N_
from ..uploads import Checked
from ..verbs import tell, verb
from . import queries
from .models import Attachment, AttachmentWithdrawal

MAX_REASON = 300


@verb("attachments:file:add")
def add(
    actor: Actor, kind: str, subject_ref: str, file: Checked, label: str, *, now: datetime
) -> Attachment:
    """Lay a checked file (``uploads.evidence``) to a record.

    Raises ``NotVisible`` without the kind's permission to write over the record, ``Refused``
    ``LABEL_REQUIRED`` (422) without a label.
    """
    _, record = queries.subject_of(actor, kind, subject_ref, write=True)
    if not label.strip():
        raise Refused.because("LABEL_REQUIRED", N_("请写明这是什么材料"), status=422)
    org_id, person_id = audit.subject_of(record)[2], access.place_of(record).person_id
    stored = files.keep(
        file.data, name=file.name, media_type=file.media_type, purpose="attachment", now=now,
        org_id=org_id, person_id=person_id,
    )  # fmt: skip
    db.session.flush()
    attachment = Attachment(
        subject_type=kind, subject_ref=subject_ref, org_id=org_id, person_id=person_id,
        file_id=stored.id, label=label.strip()[:100], added_by=actor.ref, added_at=now,
    )  # fmt: skip
    db.session.add(attachment)
    tell(subject_type=kind, subject=subject_ref, sha256=stored.sha256)
    return attachment


@verb("attachments:file:withdraw")
def withdraw(
    actor: Actor, attachment: Attachment, reason: str, *, now: datetime
) -> AttachmentWithdrawal:
    """Take a file back by a further entry; it stays on record with the reason.

    Raises ``NotVisible`` without permission to write over the record, ``Refused``
    ``REASON_REQUIRED`` (422) and ``ALREADY_WITHDRAWN`` (409).
    """
    queries.subject_of(actor, attachment.subject_type, attachment.subject_ref, write=True)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明撤回的理由"), status=422)
    if attachment.withdrawal is not None:
        raise Refused.because("ALREADY_WITHDRAWN", N_("这份材料已经撤回"))
    entry = AttachmentWithdrawal(
        attachment_id=attachment.id,
        reason=reason.strip()[:MAX_REASON],
        withdrawn_by=actor.ref,
        withdrawn_at=now,
    )
    db.session.add(entry)
    tell(attachment=attachment.public_id)
    return entry
