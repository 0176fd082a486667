"""Acts on a sitting: planning it, naming its proctors, publishing it to the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exams.papers.models import Paper
from training.core import access
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Account, Person, RoleGrant

from .models import Attempt, Sitting, SittingProctor
from .registration import require_standing, tell_candidate
from .rules.attempt import DROPPED
from .rules.sitting import (
    FIELD_LABELS,
    SITTING,
    Arrangement,
    PlanFacts,
    SittingStage,
    check_start,
    check_times,
)


@verb("sittings:sitting:plan", at="org")
def plan(
    actor: Actor, org: OrgUnit, paper: Paper, arrangement: Arrangement, *, now: datetime
) -> Sitting:
    """Plan a sitting with a published paper."""
    check(arrangement, now)
    check_paper(actor, paper)
    sitting = Sitting(
        org_id=org.id, paper_id=paper.id, created_by=actor.person_id, created_at=now,
        **columns_of(arrangement),
    )  # fmt: skip
    db.session.add(sitting)
    tell(paper=paper.public_id, payload_hash=paper.payload_hash)
    return sitting


def check(arrangement: Arrangement, now: datetime) -> None:
    """Times that make sense and lie ahead. Raises ``Refused``: TIMES, PAST."""
    a = arrangement
    times = check_times(a.doors_open_at, a.starts_at, a.ends_at, a.limit_minutes)
    require(times, status=422, code="TIMES")
    require(check_start(a.starts_at, now), status=422, code="PAST")


def check_paper(actor: Actor, paper: Paper) -> None:
    """A published paper that the actor may see. Raises ``Refused``: PAPER."""
    if not access.may(actor, "papers:paper:read", paper):
        raise Refused.because("PAPER", N_("请从列出的试卷中选择"), status=422)
    if paper.publication is None:
        raise Refused.because("PAPER", N_("试卷尚未定稿，不能用于考试"), status=422)


def columns_of(arrangement: Arrangement) -> dict[str, Any]:
    """An arrangement as columns of ``Sitting``, without the paper."""
    return {name: getattr(arrangement, name) for name in FIELD_LABELS if name != "paper"}


@verb("sittings:sitting:plan", on="sitting")
def name_proctors(
    actor: Actor, sitting: Sitting, people: Sequence[int], *, now: datetime
) -> Sitting:
    """Name the proctors; nobody proctors an exam that he or she sits. Who was named, and when,
    stays in the audit."""
    require_standing(sitting)
    listed = sa.select(Attempt.person_id).where(
        Attempt.sitting_id == sitting.id, Attempt.state.not_in(DROPPED)
    )
    candidates = set(db.session.scalars(listed))
    allowed = {person.id: person.public_id for person in proctors_for(sitting.org)}
    if candidates & set(people):
        raise Refused.because("SELF", N_("考生不能担任本场监考员"), status=422, basis="考场规则")
    if not set(people) <= allowed.keys():
        raise Refused.because("PROCTOR", N_("请从列出的监考员中选择"), status=422)
    db.session.execute(sa.delete(SittingProctor).where(SittingProctor.sitting_id == sitting.id))
    for person_id in dict.fromkeys(people):
        db.session.add(SittingProctor(sitting_id=sitting.id, person_id=person_id))
    tell(proctors=sorted(allowed[person_id] for person_id in set(people)))
    return sitting


def proctors_for(org: OrgUnit) -> list[Person]:
    """Who may proctor for a unit: the role held there or above."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    query = (
        sa.select(Person)
        .join(Account, Account.person_id == Person.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.role == "proctor",
            RoleGrant.revoked_at.is_(None),
            RoleGrant.org_id.in_(above),
        )
        .order_by(Person.pinyin, Person.id)
        .distinct()
    )
    return list(db.session.scalars(query))


@verb("sittings:sitting:publish", on="sitting")
def publish(actor: Actor, sitting: Sitting, *, now: datetime) -> Sitting:
    """Publish to the candidates, who get a notice each."""
    if sitting.stage is SittingStage.PUBLISHED:
        return sitting
    facts = PlanFacts(now=now, doors_open_at=sitting.doors_open_at)
    verdict, target = SITTING.step(sitting.stage, "publish", facts)
    require(verdict, code="PAST" if "PAST" in verdict.codes else "STATE")
    sitting.stage, sitting.published_at = SittingStage(target), now
    people = db.session.scalars(
        sa.select(Attempt.person_id).where(
            Attempt.sitting_id == sitting.id, Attempt.state.not_in(DROPPED)
        )
    ).all()
    for person_id in people:
        tell_candidate(sitting, person_id, now)
    tell(candidates=len(people))
    return sitting
