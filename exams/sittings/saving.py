"""The save path: one answer, one transaction, an acknowledgement after the commit.

A client names each step by a uuid, so that a step sent twice is stored once and gets the
same answer; its sequence only grows; one device holds the pen (lease). Refusals carry the
codes of the rules: NOT_OPEN, CLOSED, TAKEN_OVER, STALE, NOT_IN_PAPER, TOO_MANY_OPTIONS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exams.papers.rules.blueprint import PaperSlot
from training.core.errors import Refused, require
from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_
from training.core.units import system_unit

from . import log
from .log import Held
from .rules.attempt import DROPPED, WAITING, AttemptState, not_open
from .rules.saving import Lease, OpenAttempt, SaveRequest, accept_save, lease_gate
from .rules.steps import Step, StepKind

CLIENT_KINDS = frozenset({StepKind.ANSWER, StepKind.FLAG, StepKind.FOCUS_LOSS})
_NEVER = datetime.max.replace(tzinfo=UTC)
_STATUS = {
    "NOT_OPEN": 403,
    "CLOSED": 409,
    "TAKEN_OVER": 409,
    "STALE": 409,
    "NOT_IN_PAPER": 422,
    "TOO_MANY_OPTIONS": 422,
    "KEY_REUSED": 422,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStep:
    """A step as a client sent it. ``response``: canonical option ids; a flag raised is
    ``("on",)``; ``seconds`` away for a focus loss, measured by the client."""

    kind: StepKind
    client_uuid: str
    client_seq: int
    writer: str
    slot: int | None = None
    response: frozenset[str] = frozenset()
    client_at: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The acknowledgement: committed under ``sequence`` at ``received_at``."""

    sequence: int
    client_seq: int
    received_at: datetime
    deadline: datetime


def refused(verdict: Verdict) -> Refused:
    """A refusal of the rules with its status."""
    code = verdict.codes[0]
    return Refused(verdict, status=_STATUS[code], code=code)


def save(
    attempt_id: int, person_id: int, paper: Sequence[PaperSlot], step: ClientStep, now: datetime
) -> Saved:
    """Store one step of the attempt's own candidate. The caller has authorised the person.

    Raises ``Refused``; a late answer is stored as evidence before it is refused.
    """
    outcome = _save(attempt_id, person_id, paper, step, now)
    if isinstance(outcome, Verdict):
        raise refused(outcome)
    return outcome


@system_unit
def _save(
    attempt_id: int, person_id: int, paper: Sequence[PaperSlot], step: ClientStep, now: datetime
) -> Saved | Verdict:
    attempt = log.held(attempt_id, lock=True)
    earlier = log.by_uuid(attempt.id, step.client_uuid)
    if earlier is not None:
        return _again(attempt, earlier, step)
    slots = {s.slot: s for s in paper}
    is_answer = step.kind is StepKind.ANSWER
    decision = accept_save(
        OpenAttempt(
            state=attempt.state,
            deadline=attempt.deadline,
            grace_seconds=attempt.grace_seconds,
            slots=slots,
            last_seq=attempt.last_client_seq,
            lease=_pen(attempt),
        ),
        SaveRequest(
            # A focus loss is about the page, not a slot: any slot of the paper stands for it.
            slot=next(iter(slots)) if step.kind is StepKind.FOCUS_LOSS else step.slot or 0,
            response=step.response if is_answer else frozenset(),
            client_seq=step.client_seq,
            writer=step.writer,
        ),
        now,
    )
    if decision.verdict or (decision.keep_as_evidence and is_answer):
        stored = Step(
            sequence=attempt.last_seq + 1,
            kind=step.kind,
            actor=person_id,
            received_at=now,
            slot=None if step.kind is StepKind.FOCUS_LOSS else step.slot,
            response=tuple(sorted(step.response)),
            client_seq=step.client_seq,
            client_at=step.client_at,
            client_uuid=step.client_uuid,
            writer=step.writer,
            reason=_words(step),
        )
        if not decision.verdict:
            log.append(attempt, stored)
            return decision.verdict
        log.append(
            attempt,
            stored,
            last_client_seq=step.client_seq,
            last_saved_at=now,
            writer=step.writer,
            lease_until=log.lease_end(now),
        )
        return _saved(attempt, stored)
    return decision.verdict


def _words(step: ClientStep) -> str:
    return f"seconds={step.seconds}" if step.kind is StepKind.FOCUS_LOSS else ""


def away_seconds(step: Step) -> int:
    """How long a focus loss lasted, as the client measured it."""
    return int(step.reason.partition("=")[2] or 0)


def lease_of(attempt: Held) -> Lease | None:
    if not attempt.writer or attempt.lease_until is None:
        return None
    return Lease(attempt.writer, attempt.lease_until)


def _pen(attempt: Held) -> Lease | None:
    """For saving, a pen never lapses: another device takes it over openly or not at all, so
    that one that was cut off cannot write over what was answered meanwhile."""
    return Lease(attempt.writer, _NEVER) if attempt.writer else None


def _saved(attempt: Held, step: Step) -> Saved:
    return Saved(
        sequence=step.sequence,
        client_seq=step.client_seq,
        received_at=step.received_at,
        deadline=attempt.deadline or step.received_at,
    )


def _again(attempt: Held, earlier: Step, step: ClientStep) -> Saved | Verdict:
    """The answer that this uuid got the first time."""
    same = (
        earlier.kind is step.kind
        and earlier.slot == (None if step.kind is StepKind.FOCUS_LOSS else step.slot)
        and frozenset(earlier.response) == step.response
        and earlier.client_seq == step.client_seq
    )
    if not same:
        return refuse("KEY_REUSED", N_("同一编号已用另外的内容提交过，请刷新页面后重试"))
    closes = attempt.closes_at
    late = closes is not None and earlier.received_at > closes
    handed_in = log.handed_in_before(attempt.id, earlier.sequence)
    if earlier.kind is StepKind.ANSWER and (late or handed_in):
        return refuse("CLOSED", N_("已截止，逾期答案已留存不计分"))
    return _saved(attempt, earlier)


@system_unit
def take_pen(
    attempt_id: int, person_id: int, writer: str, *, take_over: bool, now: datetime
) -> Held:
    """Give the pen to a device: at the start, after a reload, or by an explicit take-over,
    which is a step of its own. Raises ``Refused``: NOT_OPEN, CLOSED, TAKEN_OVER."""
    attempt = log.held(attempt_id, lock=True)
    state = attempt.state_at(now)
    if state in WAITING | DROPPED:
        raise refused(not_open())
    if state is not AttemptState.IN_PROGRESS:
        raise refused(refuse("CLOSED", N_("已交卷或已截止")))
    if not take_over:
        free = lease_gate(lease_of(attempt), writer, now)
        require(free, status=409, code="TAKEN_OVER")
    if attempt.writer and attempt.writer != writer:
        log.append(
            attempt,
            Step(
                sequence=attempt.last_seq + 1,
                kind=StepKind.TAKE_OVER,
                actor=person_id,
                received_at=now,
                writer=writer,
            ),
            writer=writer,
            lease_until=log.lease_end(now),
        )
    else:
        log.change(attempt.id, writer=writer, lease_until=log.lease_end(now))
    return log.held(attempt_id)
