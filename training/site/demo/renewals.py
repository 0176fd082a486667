"""The demo's renewals: one review opened and to be put forward, one put forward and before the
approver. Those that are due to be opened are left by ``appointments``.

The one before the approver is part-time: the certificates of the full-time end with their
terms, so that a new certificate comes first there, as the gate of the first one shows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from training.core import clock
from training.employment import renewals
from training.employment.appointment_models import Appointment
from training.employment.renewals import NextTerm
from training.employment.rules.appointment import Engagement
from training.people.rules.person import ServiceKind

from . import trials
from .city import City
from .people import Crowd

_OPINION = "任期内履职良好，群众满意，建议续聘"
_DUE = 70
"""Days before the end of a term within which the demo's reviews were opened."""


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Two reviews in the first district, through the services, each act on its own day."""
    hr, today = crowd.actor("renshi"), clock.today(now)
    soon = Appointment.term_end <= today + timedelta(days=_DUE)
    home = city.districts[0]
    opened = trials.unnamed(crowd, trials.running(home, today, soon))[-1]
    part_time = trials.running(home, today, soon, kind=ServiceKind.PART_TIME)
    proposed = trials.unnamed(crowd, part_time)[-1]
    renewals.open_renewal(hr, opened, now=now - timedelta(days=2))
    renewals.open_renewal(hr, proposed, now=now - timedelta(days=9))
    terms = NextTerm(
        opinion=_OPINION, resolution=f"调委会{today.year}年第7次会议决议",
        resolved_on=today - timedelta(days=3), engagement=Engagement.NONE, agency="",
        contract_from=None, contract_until=None,
    )  # fmt: skip
    renewals.propose(hr, proposed, terms, now=now - timedelta(days=2))
