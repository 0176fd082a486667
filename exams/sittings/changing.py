"""Correcting what was planned: another time, place or paper (变更), or calling it off (取消)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exams.papers.models import Paper
from training.core import clock
from training.core.db import db
from training.core.errors import Refused, require
from training.core.i18n import both
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox

from . import history, planning, registration
from .models import Attempt, Sitting, SittingEvent, SittingProctor
from .rules.attempt import ATTEMPT, STARTED, WAITING, AttemptFacts, AttemptState
from .rules.sitting import (
    SITTING,
    Arrangement,
    PlanFacts,
    SittingAct,
    SittingStage,
    differences,
)


def _attempts(sitting: Sitting) -> list[Attempt]:
    """All attempts of a sitting, locked: nobody begins while it is being changed."""
    query = (
        sa.select(Attempt)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _step(
    sitting: Sitting, action: str, attempts: Iterable[Attempt], reason: str, now: datetime
) -> SittingStage:
    facts = PlanFacts(
        now=now, doors_open_at=sitting.doors_open_at, reason=reason,
        begun=sum(a.state in STARTED for a in attempts),
    )  # fmt: skip
    verdict, target = SITTING.step(sitting.stage, action, facts)
    registration.require_reasoned(verdict)
    return SittingStage(target)


@verb("sittings:sitting:change", on="sitting")
def change(
    actor: Actor, sitting: Sitting, paper: Paper, arrangement: Arrangement, reason: str, *,
    now: datetime,
) -> SittingEvent:  # fmt: skip
    """Change what was planned, before the doors open, by a further entry.

    Once published a reason is owed, and everybody who is entered or proctors is told the new
    time and place. Ticket numbers, which carry the day of registration's plan, stay: a number
    that was given out is not given another meaning.

    The paper may be changed as long as only the office knows of the sitting. Orders that were
    drawn at registration are drawn anew under the lock of their attempts, rather than barring
    the change once somebody is entered: no screen shows an order before the exam begins, and
    to take everybody off the list for it would write a history about people in which nothing
    happened to them. Afterwards another paper is another sitting: this one is called off.
    """
    attempts = _attempts(sitting)
    _step(sitting, "change", attempts, reason, now)
    planning.check(arrangement, now)
    wanted = replace(arrangement, paper=paper.public_id)
    before, after = differences(sitting.arrangement, wanted)
    if not after:
        raise Refused.because("UNCHANGED", N_("没有任何改动"), status=422)
    expected = [a for a in attempts if a.state in WAITING]
    # Who is entered here could not be entered elsewhere while this lasted. Asked once more,
    # because a longer or a later sitting keeps the person longer.
    if registration.waiting_elsewhere([a.person_id for a in expected], now, sitting):
        raise Refused.because("REGISTERED", N_("有考生已列入另一场未结束的考试"))
    if "paper" in after:
        _change_paper(actor, sitting, paper, expected)
    for name, value in planning.columns_of(arrangement).items():
        setattr(sitting, name, value)
    event = history.enter(
        actor, sitting, SittingAct.CHANGED, reason, now, before=before, after=after
    )
    told = 0
    if sitting.stage is SittingStage.PUBLISHED:
        message = (
            N_("考试「%(title)s」有变更：%(when)s 开考，地点 %(place)s。理由：%(reason)s")
            if sitting.place
            else N_("考试「%(title)s」有变更：%(when)s 开考，线上考试。理由：%(reason)s")
        )
        told = _tell(
            event, sitting, expected, message, now, due_on=clock.today(sitting.starts_at),
            when=f"{clock.local(sitting.starts_at):%Y-%m-%d %H:%M}", place=sitting.place,
        )  # fmt: skip
    tell(changed=",".join(after), told=told)
    return event


def _change_paper(
    actor: Actor, sitting: Sitting, paper: Paper, expected: Sequence[Attempt]
) -> None:
    if sitting.stage is not SittingStage.PLANNED:
        raise Refused.because("PAPER", N_("公布后不能更换试卷，请取消本场后另行安排"), status=422)
    planning.check_paper(actor, paper)
    if paper.author_id in {a.person_id for a in expected}:
        raise Refused.because("SELF", N_("命题人和监考员不能参加本场考试"), basis="考场规则")
    sitting.paper = paper
    for attempt in expected:
        registration.draw_order(attempt, paper.slots)


@verb("sittings:sitting:cancel", on="sitting")
def cancel(actor: Actor, sitting: Sitting, reason: str, *, now: datetime) -> SittingEvent:
    """Call a sitting off with a reason, as long as nobody has begun to write.

    Its attempts end with it in the same transaction. They were never begun, so they use up
    nothing (``STARTED``), and who was entered here can be entered for another sitting.
    """
    attempts = _attempts(sitting)
    published = sitting.stage is SittingStage.PUBLISHED
    sitting.stage = _step(sitting, "cancel", attempts, reason, now)
    expected = [a for a in attempts if a.state in WAITING]
    for attempt in expected:
        verdict, target = ATTEMPT.step(
            attempt.state, "cancel", AttemptFacts(now=now, reason=reason)
        )
        require(verdict)
        attempt.state = AttemptState(target)
    event = history.enter(
        actor, sitting, SittingAct.CANCELLED, reason, now, after={"candidates": len(expected)}
    )
    if published:
        _tell(
            event, sitting, expected,
            N_("考试「%(title)s」已取消，不占用考试次数，可以列入其他场次。理由：%(reason)s"), now,
        )  # fmt: skip
    tell(candidates=len(expected))
    return event


def _tell(
    event: SittingEvent, sitting: Sitting, expected: Sequence[Attempt], message: str,
    now: datetime, **params: Any,
) -> int:  # fmt: skip
    """Tell every candidate and every proctor, once each; returns how many."""
    proctors = db.session.scalars(
        sa.select(SittingProctor.person_id).where(SittingProctor.sitting_id == sitting.id)
    )
    urls = dict.fromkeys(proctors, f"/exams/hall/{sitting.public_id}")
    urls |= {a.person_id: "/exams/" for a in expected}
    for person_id, url in urls.items():
        inbox.send(
            person_id, "exam", message, now=now, url=url, unique_key=f"exam:{event.public_id}",
            title=both(sitting), reason=event.reason, **params,
        )  # fmt: skip
    return len(urls)
