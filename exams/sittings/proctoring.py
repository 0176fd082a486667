"""Acts of a proctor (监考): letting in, giving minutes, writing down what was seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from training.core import clock, policy
from training.core.db import db
from training.core.errors import Refused, require
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb

from . import log, queries
from .models import Attempt, ExtensionRevocation, ProctorNote, Sitting, TimeExtension
from .registration import require_standing
from .rules.attempt import DROPPED, WAITING, AttemptState
from .rules.sitting import hall_gate
from .service import let_in

_MAX_EXTENSION = 480
_HANDED_IN = frozenset({AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED})


def may_proctor(actor: Actor, sitting: Sitting) -> Verdict:
    """Is this person among those who were named to proctor the sitting?"""
    return hall_gate(actor.person_id, {p.id: p.name for p in queries.proctors_of(sitting)})


def _require_named(actor: Actor, sitting: Sitting) -> None:
    require(may_proctor(actor, sitting), status=403, code="NOT_NAMED")


def _require_proctor(actor: Actor, attempt: Attempt) -> None:
    _require_named(actor, attempt.sitting)
    if actor.person_id is None or actor.person_id == attempt.person_id:
        raise Refused.because("SELF", N_("不得为本人办理"), status=403, basis="考场规则")


@verb("sittings:attempt:admit", on="attempt")
def admit(actor: Actor, attempt: Attempt, *, now: datetime) -> Attempt:
    """A proctor has checked the identity of a candidate at the door."""
    _require_proctor(actor, attempt)
    _require_listed(attempt)
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
    _require_listed(attempt)
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
    require_standing(sitting)
    _require_named(actor, sitting)
    _require_no_candidate(actor, sitting)
    extension = _extension(actor, sitting, None, minutes, reason, now)
    about(sitting)
    tell(minutes=minutes, reason=reason.strip()[:200])
    return extension


def _require_no_candidate(actor: Actor, sitting: Sitting) -> None:
    own = sa.select(Attempt.id).where(
        Attempt.sitting_id == sitting.id, Attempt.person_id == actor.person_id
    )
    if db.session.scalar(own) is not None:
        raise Refused.because("SELF", N_("不得为本人办理"), status=403, basis="考场规则")


def _require_listed(attempt: Attempt) -> None:
    if attempt.state in DROPPED:
        raise Refused.because("DROPPED", N_("该考生已不在本场考试的考生名单中"), basis="考场规则")


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


@verb("sittings:extension:revoke", on="extension")
def revoke(
    actor: Actor, extension: TimeExtension, reason: str, *, now: datetime
) -> ExtensionRevocation:
    """Take back minutes that were given in error, by a further entry, once.

    As long as there is somebody whom it reaches: one who has yet to begin, or who is writing
    and whose time is not over. Who is writing keeps some minutes from now at least (policy
    ``exam.revoke_notice_minutes``), so that no answer that the server has acknowledged is ever
    lost (``rules.deadline.deadline``); the page shows the new time within seconds.
    """
    sitting = db.session.get_one(Sitting, extension.sitting_id)
    if extension.attempt_id is not None:
        reached = [db.session.get_one(Attempt, extension.attempt_id)]
        _require_proctor(actor, reached[0])
    else:
        _require_named(actor, sitting)
        _require_no_candidate(actor, sitting)
        reached = list(
            db.session.scalars(sa.select(Attempt).where(Attempt.sitting_id == sitting.id))
        )
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明撤销加时的理由"), status=422)
    if extension.revocation is not None:
        raise Refused.because("REVOKED", N_("这次加时已经撤销"))
    held = log.held_many(reached)
    open_ones = sum(
        held[a.id].state_at(now) in (*WAITING, AttemptState.IN_PROGRESS) for a in reached
    )
    if not open_ones:
        raise Refused.because("CLOSED", N_("所涉考生都已交卷，加时不能再撤销"), basis="考场规则")
    notice = revoke_notice(sitting, now)
    entry = ExtensionRevocation(
        extension_id=extension.id, notice_minutes=int(notice.value), policy_id=notice.id,
        reason=reason.strip()[:200], revoked_at=now, revoked_by=actor.person_id,
    )  # fmt: skip
    db.session.add(entry)
    about(extension)
    tell(minutes=extension.minutes, notice=entry.notice_minutes, reached=open_ones)
    return entry


def revoke_notice(sitting: Sitting, now: datetime) -> policy.Policy:
    """The minutes that taking back leaves to who is writing, as the sitting's office decides."""
    return policy.get("exam.revoke_notice_minutes", sitting.org, clock.today(now))


@verb("sittings:attempt:note", on="attempt")
def note(actor: Actor, attempt: Attempt, text: str, flags: bool, *, now: datetime) -> ProctorNote:
    """Write down what a proctor saw; with ``flags`` somebody has to look at the attempt."""
    return _note(actor, attempt, text, flags, now)


def _note(
    actor: Actor, attempt: Attempt, text: str, flags: bool, now: datetime, **correction: Any
) -> ProctorNote:
    _require_proctor(actor, attempt)
    if not text.strip():
        raise Refused.because("EMPTY", N_("请填写监考记录"), status=422)
    entry = ProctorNote(
        attempt_id=attempt.id, person_id=actor.person_id, text=text.strip()[:500], flags=flags,
        at=now, **correction,
    )  # fmt: skip
    db.session.add(entry)
    about(attempt)
    tell(flags=flags)
    return entry


@verb("sittings:attempt:note", on="attempt")
def correct_note(
    actor: Actor, attempt: Attempt, number: int, text: str, flags: bool, why: str, *,
    now: datetime,
) -> ProctorNote:  # fmt: skip
    """Correct the ``number``th note about an attempt by a further one, with a reason: the
    former stays readable and asks for no look any more, unless the further one does."""
    notes = notes_of(attempt)
    if not 0 < number <= len(notes):
        raise Refused.because("NOTE", N_("没有这条监考记录"), status=422)
    former = notes[number - 1]
    if former.id in {n.corrects_id for n in notes}:
        raise Refused.because("CORRECTED", N_("这条记录已经更正，请更正后来的那一条"))
    if not why.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    tell(corrects=number)
    return _note(actor, attempt, text, flags, now, corrects_id=former.id, why=why.strip()[:200])


def notes_of(attempt: Attempt) -> list[ProctorNote]:
    """The notes about an attempt in their order, which never changes: they are only added to."""
    query = sa.select(ProctorNote).where(ProctorNote.attempt_id == attempt.id)
    return list(db.session.scalars(query.order_by(ProctorNote.id)))
