"""What a new site needs before anybody can use it: the root organisation, policies, days."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from training.core import policy, workdays
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind
from training.core.verbs import system_unit


def root() -> OrgUnit | None:
    """The city bureau at the top of the tree."""
    return db.session.scalar(sa.select(OrgUnit).where(OrgUnit.parent_id.is_(None)))


def add_org(parent: OrgUnit | None, kind: OrgKind, name: str, **fields: str) -> OrgUnit:
    """Add a node with its path, in the current write transaction."""
    unit = OrgUnit(
        parent_id=parent.id if parent else None, kind=kind, name=name, path="?", **fields
    )
    db.session.add(unit)
    db.session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    db.session.flush()
    return unit


@system_unit
def found(name: str, region_code: str, now: datetime, name_en: str = "") -> OrgUnit:
    """Make the root organisation and seed policies and the calendar; safe to repeat."""
    unit = root() or add_org(
        None, OrgKind.CITY_BUREAU, name, region_code=region_code, name_en=name_en
    )
    policy.seed(unit, now)
    workdays.seed()
    return unit
