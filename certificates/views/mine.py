"""证书: what I hold, whether it is in force, and what to do when it ends."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_login import current_user

from training.core import clock

from .. import queries
from ..models import Certificate, WorkCard
from . import room, shown


@room.page("/my/certificate", "certificates:certificate:own")
def mine() -> str:
    """The latest certificate first; earlier ones and cards below it."""
    person, today = current_user.person, clock.today()
    held = queries.of_person(person.id)
    cards = queries.cards_of(person.id)
    return render_template(
        "certificates/mine.html",
        person=person,
        latest=_one(held[0]) if held else None,
        earlier=[shown.row(c, today) for c in held[1:]],
        card=_card(cards[0]) if cards else None,
        today=today,
    )


def _one(certificate: Certificate) -> dict[str, Any]:
    today = clock.today()
    return {
        **shown.details(certificate, today),
        "events": shown.timeline(certificate),
    }


def _card(card: WorkCard) -> dict[str, Any]:
    return {**shown.card(card, clock.today()), "events": shown.card_timeline(card)}
