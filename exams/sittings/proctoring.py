"""Acts of a proctor (监考): letting in, giving minutes, writing down what was seen."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from training.core.db import db
from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb

from . import log
from .models import Attempt, ProctorNote, Sitting, TimeExtension
from .rules.attempt import AttemptState
from .service import let_in

_MAX_EXTENSION = 480
_HANDED_IN = frozenset({AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED})


def _require_proctor(actor: Actor, attempt: Attempt) -> None:
    if actor.person_id is None or actor.person_id == attempt.person_id:
        raise Refused.because("SELF", N_("不得为本人办理"), status=403, basis="考场规则")


@verb("sittings:attempt:admit", on="attempt")
def admit(actor: Actor, attempt: Attempt, *, now: datetime) -> Attempt:
    """A proctor has checked the identity of a candidate at the door."""
    _require_proctor(actor, attempt)
    if attempt.state is not AttemptState.SCHEDULED:
        return attempt
    if now < attempt.sitting.doors_open_at:
        raise Refused.because("NOT_OPEN", N_("尚未到入场时间"), status=403, basis="考场规则")
    let_in(attempt, actor, now)
    return attempt


def _check_minutes(minutes: int, reason: str) -> None:
    if not 0 < minutes <= _MAX_EXTENSION:
        raise Refused.because("MINUTES", N_("请填写 1 至 480 之间的分钟数"), status=422)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明加时理由"), status=422)


@verb("sittings:attempt:extend", on="attempt")
def extend_one(
    actor: Actor, attempt: Attempt, minutes: int, reason: str, *, now: datetime
) -> TimeExtension:
    """Give minutes to one candidate."""
    _require_proctor(actor, attempt)
    _check_minutes(minutes, reason)
    closes = log.held(attempt.id).closes_at
    if attempt.state in _HANDED_IN or (closes is not None and now > closes):
        raise Refused.because("CLOSED", N_("该考生已交卷，加时不再有效"), basis="考场规则")
    extension = _extension(actor, attempt.sitting, attempt, minutes, reason, now)
    tell(minutes=minutes, reason=reason.strip()[:200])
    return extension


@verb("sittings:sitting:extend", on="sitting")
def extend_all(
    actor: Actor, sitting: Sitting, minutes: int, reason: str, *, now: datetime
) -> TimeExtension:
    """Give minutes to everybody who is still writing or has yet to begin."""
    _check_minutes(minutes, reason)
    own = sa.select(Attempt.id).where(
        Attempt.sitting_id == sitting.id, Attempt.person_id == actor.person_id
    )
    if db.session.scalar(own) is not None:
        raise Refused.because("SELF", N_("不得为本人办理"), status=403, basis="考场规则")
    extension = _extension(actor, sitting, None, minutes, reason, now)
    about(sitting)
    tell(minutes=minutes, reason=reason.strip()[:200])
    return extension


def _extension(
    actor: Actor, sitting: Sitting, attempt: Attempt | None, minutes: int, reason: str,
    now: datetime,
) -> TimeExtension:  # fmt: skip
    extension = TimeExtension(
        org_id=sitting.org_id, sitting_id=sitting.id, attempt_id=attempt.id if attempt else None,
        minutes=minutes, reason=reason.strip()[:200], granted_at=now, granted_by=actor.person_id,
    )  # fmt: skip
    db.session.add(extension)
    return extension


@verb("sittings:attempt:note", on="attempt")
def note(actor: Actor, attempt: Attempt, text: str, flags: bool, *, now: datetime) -> ProctorNote:
    """Write down what a proctor saw; with ``flags`` somebody has to look at the attempt."""
    _require_proctor(actor, attempt)
    if not text.strip():
        raise Refused.because("EMPTY", N_("请填写监考记录"), status=422)
    entry = ProctorNote(
        attempt_id=attempt.id, person_id=actor.person_id, text=text.strip()[:500], flags=flags,
        at=now,
    )  # fmt: skip
    db.session.add(entry)
    about(attempt)
    tell(flags=flags)
    return entry
