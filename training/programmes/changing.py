"""Correcting what was planned: changing a session (变更), calling it off (取消), taking it up again
(恢复). Each is a further entry of the session's history, and who has a place is told."""

from __future__ import annotations

from collections.abc import Mapping
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

from .models import SessionEvent, TrainingSession
from .rules.sessions import FIELD_LABELS, SessionAct, SessionFacts, SessionState
from .sessions import Plan, check, columns_of, signed, step


@verb("programmes:session:manage", on="session")
def change_session(
    actor: Actor, session: TrainingSession, plan: Plan, reason: str = "", *, now: datetime
) -> SessionEvent:
    """Change a session that was not held. Once people can sign up a reason is owed; those who
    have a place are told of a new time or place."""
    if session.state not in (SessionState.PLANNED, SessionState.OPEN):
        raise Refused.because("SESSION_OVER", N_("已举办或者已取消的培训不能再修改"))
    check(plan)
    wanted = {"title": plan.title, **columns_of(plan, session.org)}
    former = {n: getattr(session, n) for n, v in wanted.items() if getattr(session, n) != v}
    if not former:
        raise Refused.because("UNCHANGED", N_("没有任何改动"), status=422)
    step(session, "change", SessionFacts(starts_at=session.starts_at, now=now, reason=reason))
    moved = bool(former.keys() & {"starts_at", "ends_at", "place"})
    for name, value in wanted.items():
        setattr(session, name, value)
    event = _enter(
        actor, session, SessionAct.CHANGED, reason, now,
        before=_named(former), after=_named({n: wanted[n] for n in former}),
    )  # fmt: skip
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


def history(session: TrainingSession) -> list[SessionEvent]:
    """The entries of a session, the oldest first."""
    query = (
        sa.select(SessionEvent)
        .where(SessionEvent.session_id == session.id)
        .options(joinedload(SessionEvent.actor))
        .order_by(SessionEvent.id)
    )
    return list(db.session.scalars(query))


def _named(values: Mapping[str, object]) -> dict[str, Any]:
    """What an entry keeps of a session, as JSON can hold it. The door follows from the start."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if name in FIELD_LABELS
    }


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
