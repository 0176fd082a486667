"""Giving the permanent mediator number, in the transaction that needs it.

The counter moves with its user: what is rolled back uses no number up, what is committed
uses it for ever. The form of the number is in ``rules.mediator_no``.
"""

from __future__ import annotations

import sqlalchemy as sa

from training.core import orgs
from training.core.db import db
from training.core.models import Counter, OrgUnit

from .models import Person
from .rules.mediator_no import mediator_no


def take(unit: OrgUnit, count: int) -> list[str]:
    """The next ``count`` numbers of the city that a unit belongs to.

    Raises ``ValueError`` when the city has no region code.
    """
    region = orgs.city_of(unit).region_code
    name = f"mediator_no:{region[:4]}"
    counter = db.session.scalar(sa.select(Counter).where(Counter.name == name).with_for_update())
    if counter is None:
        counter = Counter(name=name, value=0)
        db.session.add(counter)
    first = counter.value + 1
    counter.value += count
    return [mediator_no(region, serial) for serial in range(first, first + count)]


def give(person: Person) -> str:
    """The person's number; one is given if there is none yet."""
    if person.mediator_no is None:
        unit = db.session.get_one(OrgUnit, person.org_id)
        person.mediator_no = take(unit, 1)[0]
    return person.mediator_no
