"""Correcting a session: changing its plan (变更), calling it off (取消), taking it up again (恢复),
correcting what was entered of one that was held (更正). Each is a further entry of the session's
history, and whom it concerns is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import clock
from training.core.db import db, new_public_id
from training.core.errors import Refused
from training.core.i18n import both
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox

from . import ledger
from .models import Attendance, CreditEntry, SessionEvent, TrainingSession
from .rules.sessions import FIELD_LABELS, SessionAct, SessionFacts, SessionState, minutes_after
from .sessions import (
    Plan,
    check,
    columns_of,
    credit_of,
    marks_of,
    signed,
    standing_credits,
    step,
)

#: What the ledger repeats of a session, beside its day.
_IN_LEDGER = ("title", "title_en", "topic", "form", "minutes")


@verb("programmes:session:manage", on="session")
def change_session(
    actor: Actor, session: TrainingSession, plan: Plan, reason: str = "", *, now: datetime
) -> SessionEvent:
    """Change a session that was not held. Once people can sign up a reason is owed; those who
    have a place are told of a new time or place."""
    if session.state not in (SessionState.PLANNED, SessionState.OPEN):
        raise Refused.because("SESSION_OVER", N_("已举办或者已取消的培训不能再修改"))
    former, wanted = _difference(session, plan)
    step(session, "change", SessionFacts(starts_at=session.starts_at, now=now, reason=reason))
    moved = bool(former.keys() & {"starts_at", "ends_at", "place"})
    event = _put(actor, session, SessionAct.CHANGED, former, wanted, reason, now)
    if moved:
        _tell_signed(
            session, event, N_("培训「%(title)s」有变动：%(when)s，%(place)s。理由：%(reason)s"), now,
            when=f"{clock.local(session.starts_at):%Y-%m-%d %H:%M}", place=session.place,
        )  # fmt: skip
    tell(moved=moved, changed=",".join(event.after))
    return event


@verb("programmes:session:manage", on="session")
def cancel_session(
    actor: Actor, session: TrainingSession, reason: str, *, now: datetime
) -> SessionEvent:
    """Call a session off with a reason that everybody who signed up is told."""
    session.cancel_reason = reason.strip()[:200]
    step(session, "cancel", SessionFacts(starts_at=session.starts_at, now=now, reason=reason))
    event = _enter(actor, session, SessionAct.CANCELLED, reason, now)
    _tell_signed(session, event, N_("培训「%(title)s」已取消：%(reason)s"), now)
    return event


@verb("programmes:session:manage", on="session")
def reopen_session(
    actor: Actor, session: TrainingSession, reason: str, *, now: datetime
) -> SessionEvent:
    """A session was called off in error: it takes place after all, or did.

    Places that people had stay theirs, and they are told; who cannot come any more gives the
    place back. After its time the list is open for attendance, as for any other session.
    """
    step(session, "reopen", SessionFacts(starts_at=session.starts_at, now=now, reason=reason))
    event = _enter(
        actor, session, SessionAct.REOPENED, reason, now,
        before={"cancel_reason": session.cancel_reason},
    )  # fmt: skip
    session.cancel_reason = ""
    _tell_signed(
        session, event,
        N_("培训「%(title)s」恢复举办：%(when)s，%(place)s，您的名额仍然有效。理由：%(reason)s"), now,
        when=f"{clock.local(session.starts_at):%Y-%m-%d %H:%M}", place=session.place,
    )  # fmt: skip
    return event


@verb("programmes:session:manage", on="session")
def correct_session(
    actor: Actor, session: TrainingSession, plan: Plan, reason: str, *, now: datetime
) -> SessionEvent:
    """What was entered of a held session was wrong: it is put right by a further entry with a
    reason. Hours that rest on it are reversed and entered anew (冲销) and their people told; what
    was decided on them stands until somebody decides anew. Codes ``SELF``, ``REASON_REQUIRED``,
    ``UNCHANGED``, ``session.not_begun`` and those of ``sessions.check``."""
    marks = marks_of(session)
    if actor.person_id in marks:
        raise Refused.because(
            "SELF", N_("您在这次培训的名单上，不得更改本人的学时，请由其他教员更正"), status=403
        )
    former, wanted = _difference(session, replace(plan, capacity=session.capacity))
    step(session, "correct", SessionFacts(starts_at=plan.starts_at, now=now, reason=reason))
    day, minutes = clock.today(session.starts_at), session.minutes
    event = _put(actor, session, SessionAct.CORRECTED, former, wanted, reason, now)
    if minutes != session.minutes:
        _correct_marks(actor, session, marks.values(), minutes, event)
    moved = bool(former.keys() & set(_IN_LEDGER)) or day != clock.today(session.starts_at)
    credits = _restate(actor, session, minutes, event) if moved else []
    tell(changed=",".join(event.after), credits=len(credits))
    return event


def _correct_marks(
    actor: Actor, session: TrainingSession, marks: Iterable[Attendance], former: int,
    event: SessionEvent,
) -> None:  # fmt: skip
    for mark in marks:
        minutes = minutes_after(mark.minutes, former=former, corrected=session.minutes)
        if minutes == mark.minutes or not mark.minutes:
            continue
        db.session.add(
            Attendance(
                session_id=session.id, person_id=mark.person_id, org_id=mark.org_id,
                mark=mark.mark, minutes=minutes, reason=event.reason, recorded_at=event.at,
                recorder_id=actor.person_id, replaces_id=mark.id,
            )
        )  # fmt: skip


def _restate(
    actor: Actor, session: TrainingSession, former: int, event: SessionEvent
) -> list[CreditEntry]:
    """Enter the hours of a corrected session anew, and tell those whose hours they are."""
    standing = standing_credits(session)
    anew = [
        credit_of(
            session, entry.person,
            minutes_after(entry.minutes, former=former, corrected=session.minutes),
        )
        for entry in standing
    ]  # fmt: skip
    made = ledger.restate(actor, list(zip(standing, anew, strict=True)), event.reason, now=event.at)
    for entry in made:
        inbox.send(
            entry.person_id, "training",
            N_("培训「%(title)s」的记录已更正，您由此取得的学时已冲销重记。理由：%(reason)s"),
            now=event.at, url="/learn/hours", unique_key=f"session:{event.public_id}",
            title=both(session), reason=event.reason,
        )  # fmt: skip
    return made


def past_training(session: TrainingSession) -> int:
    """How many have finished the training before the post for which a session gave them hours:
    their certificates and posts do not change by themselves."""
    return sum(
        entry.enrolment_id is not None and entry.person.standing not in ledger.BEFORE_POST
        for entry in standing_credits(session)
    )


def history(session: TrainingSession) -> list[SessionEvent]:
    """The entries of a session, the oldest first."""
    query = (
        sa.select(SessionEvent)
        .where(SessionEvent.session_id == session.id)
        .options(joinedload(SessionEvent.actor))
        .order_by(SessionEvent.id)
    )
    return list(db.session.scalars(query))


def _difference(
    session: TrainingSession, plan: Plan
) -> tuple[dict[str, object], dict[str, object]]:
    """What is to change, as it was; and all that is wanted. Raises ``Refused``: ``UNCHANGED``."""
    check(plan)
    wanted = {"title": plan.title, **columns_of(plan, session.org)}
    former = {n: getattr(session, n) for n, v in wanted.items() if getattr(session, n) != v}
    if not former:
        raise Refused.because("UNCHANGED", N_("没有任何改动"), status=422)
    return former, wanted


def _named(values: Mapping[str, object]) -> dict[str, Any]:
    """What an entry keeps of a session, as JSON can hold it. The door follows from the start."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if name in FIELD_LABELS
    }


def _put(
    actor: Actor, session: TrainingSession, act: SessionAct, former: Mapping[str, Any],
    wanted: Mapping[str, Any], reason: str, now: datetime,
) -> SessionEvent:  # fmt: skip
    """Let the session be as wanted, and enter what was otherwise before."""
    for name, value in wanted.items():
        setattr(session, name, value)
    return _enter(
        actor, session, act, reason, now,
        before=_named(former), after=_named({n: wanted[n] for n in former}),
    )  # fmt: skip


def _enter(
    actor: Actor, session: TrainingSession, act: SessionAct, reason: str, now: datetime, *,
    before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> SessionEvent:  # fmt: skip
    event = SessionEvent(
        public_id=new_public_id(), session_id=session.id, act=act, before=dict(before or {}),
        after=dict(after or {}), reason=reason.strip()[:200], actor_id=actor.person_id, at=now,
    )  # fmt: skip
    db.session.add(event)
    tell(event=event.public_id)
    return event


def _tell_signed(
    session: TrainingSession, event: SessionEvent, message: str, now: datetime, **params: Any
) -> None:
    for person_id in signed(session):
        inbox.send(
            person_id, "training", message, now=now, url=f"/sessions/{session.public_id}",
            unique_key=f"session:{event.public_id}", title=both(session), reason=event.reason,
            **params,
        )  # fmt: skip
