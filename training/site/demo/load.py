"""Load the demo city into an empty site, in one transaction, within seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from training.core.db import db
from training.core.units import system_unit
from training.people.passwords import hash_password
from training.site.founding import found

from . import city, people
from .accounts import PASSWORD


def load(now: datetime, say: Callable[[str], None]) -> None:
    """Found the site and fill it."""
    password_hash = hash_password(PASSWORD)
    _load(now, say, password_hash)


@system_unit
def _load(now: datetime, say: Callable[[str], None], password_hash: str) -> None:
    say("      示例市 / Example City: organisations …")
    root = found(city.CITY, city.REGION, now, city.CITY_EN)
    units = city.build(root)
    say(f"      people: {people.FULL_TIME} full-time, {people.PART_TIME} part-time …")
    people.build(units, password_hash, now)
    db.session.flush()
