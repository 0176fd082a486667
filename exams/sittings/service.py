"""Acts on an attempt: starting, handing in, closing what is over."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import sqlalchemy as sa

from training.core import audit, clock, policy
from training.core.db import db
from training.core.errors import Refused, require
from training.core.rules.permission import SYSTEM, Actor
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import tell, verb

from . import log, saving
from .log import Held
from .models import Attempt
from .rules.attempt import ATTEMPT, DROPPED, WAITING, AttemptFacts, AttemptState
from .rules.saving import lease_gate
from .rules.sitting import Admission, SittingStage
from .rules.steps import Step, StepKind

TERM_KEYS = (
    "exam.grace_seconds",
    "exam.focus_loss",
    "exam.pass_mark",
    "exam.core_percent",
    "exam.partial_percent",
)
#: A save that was received in time may still wait for the lock when time is up.
LANDING = timedelta(seconds=20)


def let_in(attempt: Attempt, actor: Actor, now: datetime) -> None:
    """The identity is checked, by a proctor or by the person's own log-in."""
    facts = AttemptFacts(now=now, identity_checked=True)
    verdict, target = ATTEMPT.step(attempt.state, "admit", facts)
    require(verdict, code="STATE")
    attempt.state = AttemptState(target)
    attempt.admitted_at, attempt.admitted_by = now, actor.person_id
    tell(admission=str(attempt.sitting.admission))


def terms(attempt: Attempt, now: datetime) -> dict[str, object]:
    """The policy values of an attempt, with their versions, as they are fixed at the start."""
    sitting = attempt.sitting
    found = policy.many(TERM_KEYS, attempt.org, clock.today(now))
    focus = found["exam.focus_loss"].value
    return {
        "limit_minutes": sitting.limit_minutes,
        "latest_end": sitting.ends_at.isoformat(),
        "grace_seconds": int(found["exam.grace_seconds"].value),
        "focus_seconds": int(focus["seconds"]),
        "focus_events": int(focus["events"]),
        "pass_mark": int(found["exam.pass_mark"].value),
        "core_share": int(found["exam.core_percent"].value),
        "partial_share": int(found["exam.partial_percent"].value),
        "policy_ids": {key: p.id for key, p in found.items()},
        "paper_hash": sitting.paper.payload_hash,
    }


@verb("sittings:attempt:start", on="attempt")
def start(actor: Actor, attempt: Attempt, *, now: datetime) -> Attempt:
    """Begin to write. A second start finds the same attempt, whatever its state."""
    if attempt.state in DROPPED:
        raise Refused.because(
            "DROPPED", N_("您已不在本场考试的考生名单中，请看通知"), basis="考场规则"
        )
    if attempt.state not in WAITING:
        tell(resumed=True)
        return attempt
    sitting = attempt.sitting
    if sitting.stage is not SittingStage.PUBLISHED or now < sitting.starts_at:
        raise Refused.because("NOT_OPEN", N_("服务器时间未到开考"), status=403, basis="考场规则")
    if attempt.state is AttemptState.SCHEDULED and sitting.admission is Admission.ACCOUNT:
        let_in(attempt, actor, now)
    if attempt.state is AttemptState.SCHEDULED:
        raise Refused.because(
            "NOT_ADMITTED", N_("请先由监考员核对身份入场"), status=403, basis="考场规则"
        )
    verdict, target = ATTEMPT.step(
        attempt.state,
        "start",
        AttemptFacts(now=now, opens_at=sitting.starts_at, sitting_ends_at=sitting.ends_at),
    )
    closed = "CLOSED" in verdict.codes
    require(verdict, status=409 if closed else 403, code="CLOSED" if closed else "NOT_OPEN")
    attempt.state, attempt.started_at = AttemptState(target), now
    attempt.terms = terms(attempt, now)
    db.session.flush()
    sealed = log.append(
        log.held(attempt.id, lock=True),
        Step(sequence=1, kind=StepKind.START, actor=attempt.person_id, received_at=now),
    )
    tell(sequence=1, head=sealed.chain_hash, paper=attempt.terms["paper_hash"])
    return attempt


def receipt_of(chain_hash: str) -> str:
    """The number on a receipt: the end of the chain, in letters one can read aloud."""
    code = base64.b32encode(bytes.fromhex(chain_hash)[:8]).decode().rstrip("=")[:12]
    return "-".join(code[i : i + 4] for i in range(0, 12, 4))


@verb("sittings:attempt:submit", on="attempt")
def submit(actor: Actor, attempt: Attempt, writer: str, *, now: datetime) -> Attempt:
    """Hand in. A second time finds the same receipt; after deadline and grace ``CLOSED``."""
    state = log.held(attempt.id, lock=True)
    if state.state in WAITING | DROPPED:
        raise Refused.because("NOT_OPEN", N_("服务器时间未到开考"), status=403, basis="考场规则")
    if state.state is AttemptState.AUTO_SUBMITTED:
        raise _closed()
    if state.state is not AttemptState.IN_PROGRESS:
        tell(again=True)
        return attempt
    require(lease_gate(saving.lease_of(state), writer, now), code="TAKEN_OVER")
    verdict, target = ATTEMPT.step(
        state.state, "submit", AttemptFacts(now=now, closes_at=state.closes_at)
    )
    if not verdict:
        raise _closed()
    sealed = _hand_in(state, Step(
        sequence=state.last_seq + 1, kind=StepKind.SUBMIT, actor=attempt.person_id,
        received_at=now, writer=writer,
    ), AttemptState(target), now)  # fmt: skip
    db.session.refresh(attempt)
    tell(sequence=sealed.last_seq, head=sealed.head, receipt=attempt.receipt)
    return attempt


def _closed() -> Refused:
    return Refused.because("CLOSED", N_("已截止，逾期答案已留存不计分"), basis="exam.grace_seconds")


def _hand_in(attempt: Held, step: Step, state: AttemptState, at: datetime) -> Held:
    sealed = log.append(attempt, step)
    log.change(
        attempt.id,
        state=state,
        submitted_at=at,
        receipt=receipt_of(sealed.chain_hash),
        lease_until=None,
    )
    return log.held(attempt.id)


def due_to_close(now: datetime) -> list[int]:
    """Attempts whose time and grace are over, and whose last saves have landed."""
    open_ones = db.session.scalars(
        sa.select(Attempt).where(Attempt.state == AttemptState.IN_PROGRESS)
    ).all()
    held = log.held_many(open_ones)
    return [
        a.id
        for a in open_ones
        if (closes := held[a.id].closes_at) is not None and now > closes + LANDING
    ]


@system_unit
def close(attempt_id: int, now: datetime) -> bool:
    """Hand in for somebody whose time is over; False when there is nothing to do (any more).

    The attempt ends at its deadline and grace, whenever this runs.
    """
    attempt = log.held(attempt_id, lock=True)
    closes = attempt.closes_at
    if attempt.state is not AttemptState.IN_PROGRESS or closes is None or now <= closes + LANDING:
        return False
    verdict, target = ATTEMPT.step(
        attempt.state, "auto_submit", AttemptFacts(now=now, closes_at=closes)
    )
    require(verdict)
    step = Step(
        sequence=attempt.last_seq + 1,
        kind=StepKind.SUBMIT,
        actor=0,
        received_at=now,
        reason="auto",
    )
    closed = _hand_in(attempt, step, AttemptState(target), closes)
    audit.write(
        SYSTEM, "sittings:attempt:auto_submit", db.session.get(Attempt, attempt_id), at=now,
        detail={"sequence": closed.last_seq, "head": closed.head, "receipt": closed.receipt},
    )  # fmt: skip
    return True
