"""The words of a certificate, frozen at issue: what is printed is read from here alone."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import current_app

from training.core.db import db
from training.core.documents.rules.codes import ALPHABET, LENGTH
from training.core.models import OrgUnit, StoredFile
from training.core.rules.chain import digest
from training.core.rules.explanation import show_hundredths
from training.people.models import Person
from training.people.rules.person import ServiceKind

from .models import Certificate, CertificateTemplate
from .rules.number import CertificateClass, CertificateNumber
from .rules.wording import DEFAULT, POSTS, Wording, fill


def wording(bureau: OrgUnit) -> tuple[Wording, CertificateTemplate | None]:
    """The words in force at a bureau: its own latest version, else the nearest above, else
    those shipped with the product."""
    ids = [int(part) for part in bureau.path.strip("/").split("/")]
    query = (
        sa.select(CertificateTemplate)
        .join(OrgUnit, OrgUnit.id == CertificateTemplate.org_id)
        .where(CertificateTemplate.org_id.in_(ids))
        .order_by(sa.func.length(OrgUnit.path).desc(), CertificateTemplate.version.desc())
        .limit(1)
    )
    found = db.session.scalar(query)
    if found is None:
        return DEFAULT, None
    return Wording(found.title, found.title_en, found.body, found.note), found


def new_code() -> str:
    """59 random bits that survive being read aloud: what makes a number verifiable."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def verify_url(code: str) -> str:
    """The public address in the QR code; it resolves for ever."""
    path = current_app.url_map.bind("").build("certificates.scan", {"check_code": code})
    return str(current_app.config["BASE_URL"]) + path


def photo_of(person: Person) -> dict[str, str] | None:
    """Which photograph is printed, by its file and hash."""
    if person.photo_id is None:
        return None
    photo = db.session.get_one(StoredFile, person.photo_id)
    return {"file": photo.public_id, "sha256": photo.sha256}


def of_certificate(
    person: Person, bureau: OrgUnit, number: CertificateNumber, code: str, *,
    issued_on: date, valid_until: date, training: dict[str, Any],
) -> tuple[dict[str, Any], CertificateTemplate | None]:  # fmt: skip
    """Everything a certificate prints. ``training`` says what was learnt: first and last day
    (ISO) and credit hours in hundredths."""
    words, template = wording(bureau)
    body = fill(
        words.body,
        start=date.fromisoformat(training["start"]),
        end=date.fromisoformat(training["end"]),
        issuer=bureau.name,
        post=POSTS[number.certificate_class],
        hours=show_hundredths(training["hours"]),
    )
    return {
        "kind": "certificate",
        "title": words.title,
        "title_en": words.title_en,
        "body": body,
        "note": words.note,
        "name": person.name,
        "mediator_no": person.mediator_no or "",
        "photo": photo_of(person),
        "number": str(number),
        "class": number.certificate_class.value,
        "code": code,
        "verify_url": verify_url(code),
        "issuer": bureau.name,
        "issuer_en": bureau.name_en,
        "issued_on": issued_on.isoformat(),
        "valid_until": valid_until.isoformat(),
        "training": training,
        "template": template.public_id if template else "",
        "template_version": template.version if template else 0,
    }, template


def is_intact(certificate: Certificate) -> bool:
    """Does the payload still have the hash it was frozen with?"""
    return digest(certificate.payload) == certificate.payload_sha256


def class_of(person: Person) -> CertificateClass:
    """P for full-time people, T for all others."""
    full = person.service_kind is ServiceKind.FULL_TIME
    return CertificateClass.FULL_TIME if full else CertificateClass.PART_TIME
