"""Load the demo city into an empty site, in one transaction, within seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from training.core import audit
from training.core.db import db
from training.core.units import system_unit
from training.people.passwords import hash_password
from training.site.founding import found

from . import (
    appointments,
    appraisals,
    bulk,
    certificates,
    city,
    district_case,
    employment,
    exams,
    exits,
    people,
    programmes,
    renewals,
)
from .accounts import PASSWORD

CONTENT = Path(__file__).resolve().parent.parent / "content"


def load(now: datetime, say: Callable[[str], None]) -> None:
    """Found the site, fill it, and seal its audit entries."""
    password_hash = hash_password(PASSWORD)
    with bulk.without_collector():
        _load(now, say, password_hash)
        while audit.seal(now):
            pass


@system_unit
def _load(now: datetime, say: Callable[[str], None], password_hash: str) -> None:
    say("      示例市 / Example City: organisations …")
    root = found(city.CITY, city.REGION, now, city.CITY_EN)
    units = city.build(root)
    say(f"      people: {people.FULL_TIME} full-time, {people.PART_TIME} part-time …")
    crowd = people.build(units, password_hash, now)
    say("      courses, classes, hours …")
    training = programmes.build(units, crowd, CONTENT, now)
    district_case.build(units, crowd, CONTENT, now)
    say("      questions, papers, sittings …")
    exams.build(units, crowd, training, CONTENT, now)
    say("      certificates, work cards …")
    certificates.build(units, crowd, now)
    say("      appointments and terms …")
    appointments.build(units, crowd, now)
    say("      renewals, exit reviews …")
    renewals.build(units, crowd, now)
    exits.build(units, crowd, now)
    say("      annual appraisals …")
    appraisals.build(units, crowd, now)
    say("      recruitment …")
    employment.build(units, crowd, now)
    db.session.flush()
