"""Reading and writing the histories of certificates and work cards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import clock
from training.core.db import db
from training.core.rules.permission import Actor

from .models import Certificate, CertificateEvent, WorkCard, WorkCardEvent
from .rules.lifecycle import CertificateRecord, CertificateState, StateChange
from .rules.work_card import WorkCardState


def note(
    actor: Actor,
    certificate: Certificate,
    action: str,
    before: CertificateState,
    *,
    now: datetime,
    reason: str = "",
    ground: StrEnum | None = None,
    corrects: CertificateEvent | None = None,
) -> CertificateEvent:
    """Append an act, in the current write transaction; the certificate's state is the new one."""
    event = CertificateEvent(
        certificate_id=certificate.id, org_id=certificate.org_id, person_id=certificate.person_id,
        action=action, from_state=before, to_state=certificate.state,
        occurred_on=clock.today(now), at=now, actor_id=actor.person_id,
        ground=str(ground) if ground else "", reason=reason,
        corrects_id=corrects.id if corrects else None,
    )  # fmt: skip
    db.session.add(event)
    return event


def note_card(
    actor: Actor,
    card: WorkCard,
    action: str,
    before: WorkCardState,
    *,
    now: datetime,
    reason: str = "",
    inputs: dict[str, Any] | None = None,
) -> WorkCardEvent:
    """Append an act upon a work card, in the current write transaction."""
    event = WorkCardEvent(
        work_card_id=card.id, org_id=card.org_id, person_id=card.person_id, action=action,
        from_state=before, to_state=card.state, occurred_on=clock.today(now), at=now,
        actor_id=actor.person_id, reason=reason, inputs=inputs or {},
    )  # fmt: skip
    db.session.add(event)
    return event


def events_of(certificate: Certificate) -> list[CertificateEvent]:
    """What was done with a certificate, oldest first, each with who did it."""
    query = (
        sa.select(CertificateEvent)
        .where(CertificateEvent.certificate_id == certificate.id)
        .options(joinedload(CertificateEvent.actor))
        .order_by(CertificateEvent.id)
    )
    return list(db.session.scalars(query))


def card_events_of(card: WorkCard) -> list[WorkCardEvent]:
    """What was done with a work card, oldest first."""
    query = (
        sa.select(WorkCardEvent)
        .where(WorkCardEvent.work_card_id == card.id)
        .options(joinedload(WorkCardEvent.actor))
        .order_by(WorkCardEvent.id)
    )
    return list(db.session.scalars(query))


def standing_checks(card: WorkCard) -> list[WorkCardEvent]:
    """The annual checks that no further entry took back, the oldest first."""
    found: list[WorkCardEvent] = []
    for event in card_events_of(card):
        if event.action == "check":
            found.append(event)
        elif event.action == "take_back_check":
            found.pop()
    return found


def records(certificates: Iterable[Certificate]) -> dict[int, CertificateRecord]:
    """Certificates as the rules read them, by id: every change of state with its day."""
    held = list(certificates)
    changes: dict[int, list[StateChange]] = {c.id: [] for c in held}
    query = (
        sa.select(
            CertificateEvent.certificate_id,
            CertificateEvent.occurred_on,
            CertificateEvent.to_state,
        )
        .where(
            CertificateEvent.certificate_id.in_(list(changes)),
            CertificateEvent.from_state != CertificateEvent.to_state,
        )
        .order_by(CertificateEvent.id)
    )
    for certificate_id, on, state in db.session.execute(query):
        changes[int(certificate_id)].append(StateChange(on, state))
    return {
        c.id: CertificateRecord(c.valid_from, c.valid_until, tuple(changes[c.id])) for c in held
    }


def record_today(certificate: Certificate, day: date) -> CertificateRecord:
    """A certificate as it stands now: its stored state, without looking at the history."""
    return CertificateRecord(
        certificate.valid_from, certificate.valid_until, (StateChange(day, certificate.state),)
    )
