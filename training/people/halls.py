"""Address ranges of exam halls: registered for some days, ended early if need be."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from training.core import access, clock, policy
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import OrgKind
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from .models import HallRange
from .rules.halls import judge_period, read_range

_MAY = "people:hall:manage"
_SHOWN = 200


def listed(actor: Actor) -> list[HallRange]:
    """The ranges within reach, those that end last first."""
    query = sa.select(HallRange).where(access.visible(actor, _MAY, HallRange))
    return list(
        db.session.scalars(
            query.order_by(HallRange.valid_until.desc(), HallRange.id.desc()).limit(_SHOWN)
        )
    )


def bureaus(actor: Actor) -> list[OrgUnit]:
    """For which bureaus the actor may register halls."""
    query = sa.select(OrgUnit).where(
        access.visible(actor, _MAY, OrgUnit),
        OrgUnit.kind.in_((OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU)),
        OrgUnit.closed_on.is_(None),
    )
    return list(db.session.scalars(query.order_by(OrgUnit.path)))


def judge(org: OrgUnit, cidr: str, start: date, end: date, now: datetime) -> str | Verdict:
    """The canonical range, or why it cannot be registered."""
    today = clock.today(now)
    rules = policy.get("security.hall", org, today).value
    period = judge_period(start, end, today, rules["days"])
    return read_range(cidr, rules) if period else period


@verb(_MAY, at="org")
def register(
    actor: Actor, org: OrgUnit, cidr: str, name: str, start: date, end: date, *, now: datetime
) -> HallRange:
    """Register a hall's range: wrong passwords from there are not counted by address."""
    network = judge(org, cidr, start, end, now)
    if isinstance(network, Verdict):
        raise Refused(network, status=422, code="HALL")
    hall = HallRange(
        cidr=network, name=name, org_id=org.id, valid_from=start, valid_until=end,
        created_at=now, created_by=actor.ref,
    )  # fmt: skip
    db.session.add(hall)
    tell(code="hall_registered", start=start.isoformat(), end=end.isoformat())
    return hall


@verb(_MAY, on="hall")
def end(actor: Actor, hall: HallRange, *, now: datetime) -> HallRange:
    """End a range before its last day."""
    if hall.ended_at is not None:
        raise Refused.because("ALREADY_ENDED", N_("此网段已结束登记"), status=409)
    hall.ended_at = now
    tell(code="hall_ended")
    return hall
