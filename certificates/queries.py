"""Reads of certificates that pages and upper rooms use: who holds what on which day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from training.core import policy
from training.core.db import db
from training.core.models import OrgUnit

from . import history
from .gates import LIVING
from .models import Certificate, WorkCard
from .rules import lifecycle, work_card
from .rules.lifecycle import CertificateStatus
from .rules.work_card import CheckWindow, WorkCardState, WorkCardStatus


def active_certificates(person_ids: Iterable[int], day: date) -> dict[int, Certificate]:
    """The certificate in force on ``day`` (Shanghai) of each person who has one, by person
    id: active on that day by its history, and within its validity. Two queries for all."""
    query = sa.select(Certificate).where(
        Certificate.person_id.in_(list(person_ids)),
        Certificate.valid_from <= day,
        Certificate.valid_until >= day,
    )
    held = list(db.session.scalars(query))
    if not held:
        return {}
    records = history.records(held)
    return {
        c.person_id: c
        for c in held
        if lifecycle.status_on(records[c.id], day, expiring_days=0).in_force
    }


def active_certificate(person_id: int, day: date) -> Certificate | None:
    """One person's certificate in force on a day, or None."""
    return active_certificates([person_id], day).get(person_id)


def living(person_id: int) -> Certificate | None:
    """The certificate that nobody has ended yet (it may be suspended or past its last day)."""
    return db.session.scalar(
        sa.select(Certificate).where(
            Certificate.person_id == person_id, Certificate.state.in_(LIVING)
        )
    )


def of_person(person_id: int) -> list[Certificate]:
    """All certificates of a person, the latest first."""
    query = (
        sa.select(Certificate)
        .where(Certificate.person_id == person_id)
        .order_by(Certificate.id.desc())
    )
    return list(db.session.scalars(query))


def card_of(person_id: int) -> WorkCard | None:
    """The work card that a person has not handed back, or None."""
    return db.session.scalar(
        sa.select(WorkCard).where(
            WorkCard.person_id == person_id, WorkCard.state != WorkCardState.WITHDRAWN
        )
    )


def cards_of(person_id: int) -> list[WorkCard]:
    """All work cards of a person, the latest first."""
    query = sa.select(WorkCard).where(WorkCard.person_id == person_id).order_by(WorkCard.id.desc())
    return list(db.session.scalars(query))


def expiring_days(org: OrgUnit, day: date) -> int:
    """How long before its last day a certificate counts as expiring (``cert.expiring_days``)."""
    return int(policy.get("cert.expiring_days", org, day).value)


def status(certificate: Certificate, day: date, days: int | None = None) -> CertificateStatus:
    """What a certificate is worth today; ``days`` is ``cert.expiring_days`` if known already."""
    if days is None:
        days = expiring_days(certificate.org, day)
    return lifecycle.status_on(history.record_today(certificate, day), day, expiring_days=days)


def check_window(org: OrgUnit, day: date) -> CheckWindow:
    """The yearly window of the annual check (policy ``cert.annual_check``)."""
    return CheckWindow(**policy.get("cert.annual_check", org, day).value)


def card_status(card: WorkCard, day: date, window: CheckWindow | None = None) -> WorkCardStatus:
    """What a work card is on a day."""
    return work_card.status_on(
        card.state, card.last_checked_on, day, window or check_window(card.org, day)
    )
