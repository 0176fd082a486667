"""Who sits (考生名单): entering candidates, each through the gate, with the order of questions;
taking one off the list with a reason, and entering him or her again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from exams.papers.rules.arrangement import arrange
from exams.papers.rules.blueprint import PaperSlot
from training.core import clock
from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.i18n import both
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox
from training.people.models import Person

from . import gate, history
from .models import Attempt, Sitting, SittingProctor
from .rules.attempt import ATTEMPT, AttemptFacts, AttemptState
from .rules.sitting import SittingAct, SittingStage


@verb("sittings:sitting:register", on="sitting")
def register(
    actor: Actor, sitting: Sitting, people: Sequence[Person], *, now: datetime
) -> dict[str, int]:
    """Enter candidates: each must pass the gate. Their attempts are created here, before the
    doors open, with the order of questions and options. Who is entered already stays; who
    was taken off the list is entered again by ``reenter``, which wants a reason."""
    require_standing(sitting)
    if now >= sitting.doors_open_at:
        raise Refused.because("DOORS_OPEN", N_("已开放入场，不能再增加考生"), basis="考场规则")
    have = set(
        db.session.scalars(sa.select(Attempt.person_id).where(Attempt.sitting_id == sitting.id))
    )
    fresh = [p for p in people if p.id not in have]
    _require_eligible(sitting, fresh, now)
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
        attempt = Attempt(
            public_id=new_public_id(), org_id=person.org_id, person_id=person.id,
            sitting_id=sitting.id, seat=seat, ticket_no=f"{prefix}{seat:04d}", created_at=now,
        )  # fmt: skip
        draw_order(attempt, slots)
        db.session.add(attempt)
        if sitting.stage is SittingStage.PUBLISHED:
            tell_candidate(sitting, person.id, now)
    tell(registered=len(fresh))
    return {"registered": len(fresh)}


def require_standing(sitting: Sitting) -> None:
    """Nothing is arranged for a sitting that was called off."""
    if sitting.stage is SittingStage.CANCELLED:
        raise Refused.because("CANCELLED", N_("本场考试已取消"), basis="考场规则")


def _require_eligible(sitting: Sitting, people: Sequence[Person], now: datetime) -> None:
    proctors = set(
        db.session.scalars(
            sa.select(SittingProctor.person_id).where(SittingProctor.sitting_id == sitting.id)
        )
    )
    orgs = _orgs(people)
    verdicts = gate.gates(people, orgs, now)
    busy = waiting_elsewhere([p.id for p in people], now, sitting)
    for person in people:
        if not orgs[person.org_id].path.startswith(sitting.org.path):
            raise Refused.because("SCOPE", N_("考生不属于本场考试的机构范围"), status=422)
        if person.id in proctors or person.id == sitting.paper.author_id:
            raise Refused.because("SELF", N_("命题人和监考员不能参加本场考试"), basis="考场规则")
        if person.id in busy:
            raise Refused.because("REGISTERED", N_("考生已列入另一场未结束的考试"))
        require(verdicts[person.id], code="NOT_ELIGIBLE")


def draw_order(attempt: Attempt, slots: Sequence[PaperSlot]) -> None:
    """Give an attempt that nobody has begun an order of questions and options."""
    attempt.seed = secrets.token_hex(16)
    attempt.arrangement = [[a.slot, list(a.options)] for a in arrange(slots, attempt.seed)]


def _orgs(people: Iterable[Person]) -> dict[int, OrgUnit]:
    ids = {p.org_id for p in people}
    return {o.id: o for o in db.session.scalars(sa.select(OrgUnit).where(OrgUnit.id.in_(ids)))}


def waiting_elsewhere(people: Sequence[int], now: datetime, here: Sitting) -> set[int]:
    """Who has an attempt that may still be begun or is under way: a person is entered for one
    exam at a time, so that one result is known before the next is sat."""
    query = (
        sa.select(Attempt.person_id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(
            Attempt.person_id.in_(people),
            Attempt.sitting_id != here.id,
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
        unique_key=f"exam:{sitting.public_id}", title=both(sitting),
    )  # fmt: skip


@verb("sittings:attempt:withdraw", on="attempt")
def withdraw(actor: Actor, attempt: Attempt, reason: str, *, now: datetime) -> Attempt:
    """Take a candidate off the list before the exam begins (撤销列入). Seat and ticket number
    stay with the attempt, so that no other candidate gets them."""
    sitting = attempt.sitting
    _step(attempt, "withdraw", reason, now)
    event = history.enter(actor, sitting, SittingAct.WITHDRAWN, reason, now, attempt=attempt)
    if sitting.stage is SittingStage.PUBLISHED:
        inbox.send(
            attempt.person_id, "exam", N_("您已不在考试「%(title)s」的考生名单中。理由：%(reason)s"),
            now=now, url="/exams/", unique_key=f"exam:{event.public_id}", title=both(sitting),
            reason=event.reason,
        )  # fmt: skip
    return attempt


@verb("sittings:attempt:reenter", on="attempt")
def reenter(actor: Actor, attempt: Attempt, reason: str, *, now: datetime) -> Attempt:
    """Enter a candidate again who was taken off the list, by the same rules as at first. Also
    after the doors have opened: an error at the door is put right there. The order is drawn
    anew, since the paper may have been changed meanwhile; seat and ticket stay."""
    sitting = attempt.sitting
    require_standing(sitting)
    _step(attempt, "reenter", reason, now)
    _require_eligible(sitting, [attempt.person], now)
    draw_order(attempt, sitting.paper.slots)
    event = history.enter(actor, sitting, SittingAct.ENTERED_AGAIN, reason, now, attempt=attempt)
    if sitting.stage is SittingStage.PUBLISHED:
        inbox.send(
            attempt.person_id, "exam", N_("您已重新列入考试「%(title)s」，请按时参加"), now=now,
            url="/exams/", due_on=clock.today(sitting.starts_at),
            unique_key=f"exam:{event.public_id}", title=both(sitting),
        )  # fmt: skip
    return attempt


def _step(attempt: Attempt, action: str, reason: str, now: datetime) -> None:
    facts = AttemptFacts(now=now, opens_at=attempt.sitting.starts_at, reason=reason)
    verdict, target = ATTEMPT.step(attempt.state, action, facts)
    require_reasoned(verdict)
    attempt.state = AttemptState(target)


def require_reasoned(verdict: Verdict) -> None:
    """Raise what a gate refuses; a missing reason is the form's matter (422)."""
    code = next((c for c in verdict.codes if c.isupper()), "STATE")
    require(verdict, status=422 if code == "REASON_REQUIRED" else 409, code=code)
