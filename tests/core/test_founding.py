"""A site that was founded by an earlier version gets what this one brings."""

from dataclasses import replace

import sqlalchemy as sa

from tests.support.world import NOW
from training.core import clock, orgs, policy
from training.core.db import db
from training.core.models import CalendarDay
from training.core.policy_defaults import SPECS
from training.site import founding

_KEY = "exam.of_a_later_version"


def test_a_site_gets_the_policies_and_days_of_a_later_version(app, world, monkeypatch):
    new = replace(SPECS["exam.grace_seconds"], key=_KEY, default=7)
    monkeypatch.setitem(SPECS, _KEY, new)
    day = db.session.scalar(sa.select(sa.func.max(CalendarDay.day)))
    db.session.execute(sa.delete(CalendarDay).where(CalendarDay.day == day))
    db.session.commit()
    founding.complete(NOW)
    assert policy.get(_KEY, orgs.root(), clock.today(NOW)).value == 7
    assert db.session.scalar(sa.select(sa.func.max(CalendarDay.day))) == day
    count = sa.select(sa.func.count()).select_from(sa.table("policy_version"))
    before = db.session.scalar(count)
    founding.complete(NOW)
    assert db.session.scalar(count) == before
