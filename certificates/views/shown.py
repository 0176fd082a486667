"""How certificates and cards look on pages: badges, rows, timelines, downloads."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from training.core import files, i18n
from training.core.documents.rules.codes import shown as shown_code
from training.core.rules.words import N_
from training.people.models import Person

from .. import history, queries
from ..forms import GROUND_LABELS
from ..models import Certificate, WorkCard
from ..rules.lifecycle import CERTIFICATE_STATE_LABELS, CertificateState, CertificateStatus
from ..rules.work_card import (
    WORK_CARD_STATE_LABELS,
    CheckWindow,
    WorkCardState,
    WorkCardStatus,
)

_KINDS = {
    CertificateState.PENDING: "info",
    CertificateState.ISSUED: "info",
    CertificateState.ACTIVE: "ok",
    CertificateState.SUSPENDED: "stop",
    CertificateState.EXPIRED: "due",
    CertificateState.REVOKED: "stop",
    CertificateState.CANCELLED: "none",
    CertificateState.REPLACED: "none",
}
_CARD_KINDS = {
    WorkCardState.ISSUED: "info",
    WorkCardState.VALID: "ok",
    WorkCardState.ANNUAL_CHECK_DUE: "due",
    WorkCardState.WITHDRAWN: "none",
}
_ACTIONS = {
    "issue": N_("签发"),
    "activate": N_("生效"),
    "suspend": N_("暂停"),
    "reinstate": N_("恢复"),
    "revoke": N_("撤销"),
    "cancel": N_("注销"),
    "renew": N_("换发"),
    "reissue": N_("补发"),
    "correct": N_("更正记录"),
}
_CARD_ACTIONS = {
    "issue": N_("制作工作证"),
    "hand_over": N_("发放"),
    "check": N_("年审通过"),
    "take_back_check": N_("撤销年审"),
    "take_back_hand_over": N_("撤销发放"),
    "withdraw": N_("收回"),
}


def badge(status: CertificateStatus) -> dict[str, str]:
    """The state of a certificate; one that ends soon says in how many days."""
    if status.expiring and status.days_left is not None:
        return {"kind": "due", "label": gettext("%(n)s 天后到期", n=status.days_left)}
    return {
        "kind": _KINDS[status.state],
        "label": gettext(CERTIFICATE_STATE_LABELS[status.state]),
    }


def card_badge(status: WorkCardStatus) -> dict[str, str]:
    if status.overdue:
        return {"kind": "stop", "label": gettext("逾期未年审")}
    return {
        "kind": _CARD_KINDS[status.state],
        "label": gettext(WORK_CARD_STATE_LABELS[status.state]),
    }


def row(certificate: Certificate, today: date, days: int | None = None) -> dict[str, Any]:
    """A certificate as a line of a list."""
    return {
        "number": certificate.number,
        "state": badge(queries.status(certificate, today, days)),
        "issued": i18n.format_day(certificate.issued_on),
        "until": i18n.format_day(certificate.valid_until),
        "url": url_for("certificates.certificate", certificate_id=certificate.public_id),
    }


def details(certificate: Certificate, today: date) -> dict[str, Any]:
    """A certificate as its own page shows it, with its files."""
    status = queries.status(certificate, today)
    return {
        **row(certificate, today),
        "record": certificate,
        "status": status,
        "payload": certificate.payload,
        "code": shown_code(certificate.code),
        "verify_url": url_for(
            "certificates.verify", number=certificate.number, code=certificate.code
        ),
        "pdf_url": files.link(certificate.pdf, download=True) if certificate.pdf else "",
        "picture_url": files.link(certificate.picture) if certificate.picture else "",
        "draw_url": url_for("certificates.draw", certificate_id=certificate.public_id),
        "issuer": i18n.title_of(certificate.issuer_org, "name"),
    }


def timeline(certificate: Certificate) -> list[dict[str, Any]]:
    """The history, newest first, each with who, when and why; a correction says of what."""
    events = history.events_of(certificate)
    names = {e.id: gettext(_ACTIONS[e.action]) for e in events}
    found = []
    for event in reversed(events):
        what = names[event.id]
        if event.corrects_id is not None:
            what = gettext("更正「%(what)s」的记录", what=names[event.corrects_id])
        ground = next((w for g, w in GROUND_LABELS.items() if str(g) == event.ground), "")
        found.append(
            {
                "id": event.public_id,
                "when": i18n.format_datetime(event.at),
                "who": event.actor.name if event.actor else gettext("系统"),
                "what": f"{what}（{gettext(ground)}）" if ground else what,
                "detail": event.reason,
                "kind": _KINDS[event.to_state] if event.action != "correct" else "info",
            }
        )
    return found


def card(held: WorkCard, today: date, window: CheckWindow | None = None) -> dict[str, Any]:
    """A work card as pages show it."""
    status = queries.card_status(held, today, window)
    return {
        "record": held,
        "state": card_badge(status),
        "status": status,
        "payload": held.payload,
        "code": shown_code(held.code),
        "issued": i18n.format_date(held.issued_on),
        "checked": i18n.format_date(held.last_checked_on),
        "check_by": i18n.format_date(status.check_by),
        "url": url_for("certificates.card", card_id=held.public_id),
    }


def card_timeline(held: WorkCard) -> list[dict[str, Any]]:
    """What was done with a work card, newest first."""
    return [
        {
            "when": i18n.format_datetime(e.at),
            "who": e.actor.name if e.actor else gettext("系统"),
            "what": gettext(_CARD_ACTIONS[e.action]),
            "detail": e.reason,
            "kind": _CARD_KINDS[e.to_state],
        }
        for e in reversed(history.card_events_of(held))
    ]


def unit_of(person: Person) -> str:
    return i18n.title_of(person.org, "name")
