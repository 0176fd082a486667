"""What a new site needs before anybody can use it: the root organisation, policies, days."""

from __future__ import annotations

from datetime import datetime

from training.core import policy, workdays
from training.core.models import OrgUnit
from training.core.orgs import add_org, root
from training.core.rules.roles import OrgKind
from training.core.verbs import system_unit


@system_unit
def found(name: str, region_code: str, now: datetime, name_en: str = "") -> OrgUnit:
    """Make the root organisation and seed policies and the calendar; safe to repeat."""
    unit = root() or add_org(
        None, OrgKind.CITY_BUREAU, name, region_code=region_code, name_en=name_en
    )
    policy.seed(unit, now)
    workdays.seed()
    return unit


@system_unit
def complete(now: datetime) -> None:
    """Give a site that was founded before the policies and days that this version brings."""
    unit = root()
    if unit is not None:
        policy.seed(unit, now)
        workdays.seed()
