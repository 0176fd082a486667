"""Giving the permanent mediator number, in the transaction that needs it.

The counter moves with its user: what is rolled back uses no number up, what is committed
uses it for ever. The form of the number is in ``rules.mediator_no``.
"""

from __future__ import annotations

from training.core import counters, orgs
from training.core.db import db
from training.core.models import OrgUnit

from .models import Person
from .rules.mediator_no import mediator_no


def take(unit: OrgUnit, count: int) -> list[str]:
    """The next ``count`` numbers of the city that a unit belongs to.

    Raises ``ValueError`` when the city has no region code.
    """
    region = orgs.city_of(unit).region_code
    first = counters.take(f"mediator_no:{region[:4]}", count)
    return [mediator_no(region, serial) for serial in range(first, first + count)]


def give(person: Person) -> str:
    """The person's number; one is given if there is none yet."""
    if person.mediator_no is None:
        unit = db.session.get_one(OrgUnit, person.org_id)
        person.mediator_no = take(unit, 1)[0]
    return person.mediator_no
