"""Who sits (考生名单): entering candidates, each through the gate, with the order of questions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from exams.papers.rules.arrangement import arrange
from training.core import clock
from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox
from training.people.models import Person

from . import gate
from .models import Attempt, Sitting, SittingProctor
from .rules.attempt import AttemptState
from .rules.sitting import SittingStage


@verb("sittings:sitting:register", on="sitting")
def register(
    actor: Actor, sitting: Sitting, people: Sequence[Person], *, now: datetime
) -> dict[str, int]:
    """Enter candidates: each must pass the gate. Their attempts are created here, before the
    doors open, with the order of questions and options. Who is entered already stays."""
    if now >= sitting.doors_open_at:
        raise Refused.because("DOORS_OPEN", N_("已开放入场，不能再增加考生"), basis="考场规则")
    have = set(
        db.session.scalars(sa.select(Attempt.person_id).where(Attempt.sitting_id == sitting.id))
    )
    fresh = [p for p in people if p.id not in have]
    proctors = set(
        db.session.scalars(
            sa.select(SittingProctor.person_id).where(SittingProctor.sitting_id == sitting.id)
        )
    )
    orgs = _orgs(fresh)
    verdicts = gate.gates(fresh, orgs, now)
    busy = _waiting_elsewhere([p.id for p in fresh], now)
    for person in fresh:
        if not orgs[person.org_id].path.startswith(sitting.org.path):
            raise Refused.because("SCOPE", N_("考生不属于本场考试的机构范围"), status=422)
        if person.id in proctors or person.id == sitting.paper.author_id:
            raise Refused.because("SELF", N_("命题人和监考员不能参加本场考试"), basis="考场规则")
        if person.id in busy:
            raise Refused.because("REGISTERED", N_("考生已列入另一场未结束的考试"))
        require(verdicts[person.id], code="NOT_ELIGIBLE")
    seat = int(
        db.session.scalar(
            sa.select(sa.func.max(Attempt.seat)).where(Attempt.sitting_id == sitting.id)
        )
        or 0
    )
    slots = sitting.paper.slots
    prefix = f"{clock.local(sitting.starts_at):%Y%m%d}{sitting.id:04d}"
    for person in fresh:
        seat += 1
        seed = secrets.token_hex(16)
        db.session.add(
            Attempt(
                public_id=new_public_id(), org_id=person.org_id, person_id=person.id,
                sitting_id=sitting.id, seat=seat, ticket_no=f"{prefix}{seat:04d}", seed=seed,
                arrangement=[[a.slot, list(a.options)] for a in arrange(slots, seed)],
                created_at=now,
            )
        )  # fmt: skip
        if sitting.stage is SittingStage.PUBLISHED:
            tell_candidate(sitting, person.id, now)
    tell(registered=len(fresh))
    return {"registered": len(fresh)}


def _orgs(people: Iterable[Person]) -> dict[int, OrgUnit]:
    ids = {p.org_id for p in people}
    return {o.id: o for o in db.session.scalars(sa.select(OrgUnit).where(OrgUnit.id.in_(ids)))}


def _waiting_elsewhere(people: Sequence[int], now: datetime) -> set[int]:
    """Who has an attempt that may still be begun or is under way."""
    query = (
        sa.select(Attempt.person_id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(
            Attempt.person_id.in_(people),
            Attempt.state.in_(
                (AttemptState.SCHEDULED, AttemptState.ADMITTED, AttemptState.IN_PROGRESS)
            ),
            Sitting.ends_at > now,
        )
    )
    return set(db.session.scalars(query))


def tell_candidate(sitting: Sitting, person_id: int, now: datetime) -> None:
    inbox.send(
        person_id, "exam", N_("您已列入考试「%(title)s」，请按时参加"), now=now,
        url="/exams/", due_on=clock.today(sitting.starts_at),
        unique_key=f"exam:{sitting.public_id}", title=sitting.title,
    )  # fmt: skip
