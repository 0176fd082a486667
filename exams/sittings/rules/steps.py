"""The steps of an attempt: an append-only log, what it says now, and its chain of hashes.

The log is the truth. The current answers, and with them every mark, can be computed from
it again at any time; its hashes show any later change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from training.core.rules.chain import GENESIS, Head, Link, Report, digest, examine, link
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

BASIS = "exam.grace_seconds"


class StepKind(StrEnum):
    """What happened. Corrections (``admit_late`` and its withdrawal) are a proctor's."""

    START = "start"
    ANSWER = "answer"
    FLAG = "flag"
    FOCUS_LOSS = "focus_loss"
    TAKE_OVER = "take_over"
    SUBMIT = "submit"
    ADMIT_LATE = "admit_late"
    WITHDRAW_ADMISSION = "withdraw_admission"


_CORRECTIONS = frozenset({StepKind.ADMIT_LATE, StepKind.WITHDRAW_ADMISSION})
_ABOUT_A_SLOT = frozenset({StepKind.ANSWER, StepKind.FLAG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. Written once, never changed.

    ``sequence`` is the server's, from 1 without gaps; ``client_seq`` the client's own
    count, which only grows. ``response`` holds canonical option ids, sorted; empty clears
    an answer (for a flag: empty lowers it). ``client_at`` is what the client's clock
    claimed, kept as evidence and never reckoned with. ``refers_to`` is the sequence of
    the step that a correction is about. Raises ``ValueError`` for a naive server time,
    and for an answer or flag without a slot.
    """

    sequence: int
    kind: StepKind
    actor: int
    received_at: datetime
    slot: int | None = None
    response: tuple[str, ...] = ()
    client_seq: int = 0
    client_at: str = ""
    client_uuid: str = ""
    writer: str = ""
    refers_to: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("a step carries an aware server time")
        if self.kind in _ABOUT_A_SLOT and self.slot is None:
            raise ValueError("an answer and a flag name their slot")


@dataclass(frozen=True, slots=True)
class SealedStep:
    """A step as stored: with its own hash and that of the chain up to it."""

    step: Step
    entry_hash: str
    chain_hash: str


def current_answers(steps: Iterable[Step], closes_at: datetime) -> Mapping[int, frozenset[str]]:
    """The answers that count, by slot; an unanswered slot is absent.

    Of the steps of a slot the one with the highest ``client_seq`` wins, so an older one
    that arrives late overwrites nothing. What the server received after ``closes_at``
    (deadline and grace, inclusive) or after the paper was handed in does not count,
    unless a proctor's correction admits it.
    """
    chosen: dict[int | None, Step] = {}
    for step in sorted(_counted(list(steps), closes_at), key=_age):
        chosen[step.slot] = step
    return {
        slot: frozenset(step.response)
        for slot, step in chosen.items()
        if slot is not None and step.response
    }


def uncounted_answers(steps: Iterable[Step], closes_at: datetime) -> tuple[Step, ...]:
    """Answers kept as evidence only: too late, or after handing in, and not admitted."""
    log = list(steps)
    counted = {step.sequence for step in _counted(log, closes_at)}
    return tuple(
        step
        for step in sorted(log, key=lambda s: s.sequence)
        if step.kind is StepKind.ANSWER and step.sequence not in counted
    )


def flagged_slots(steps: Iterable[Step]) -> frozenset[int]:
    """The slots that the candidate has marked to come back to."""
    flags = sorted((s for s in steps if s.kind is StepKind.FLAG), key=_age)
    latest = {step.slot: step for step in flags}
    return frozenset(slot for slot, step in latest.items() if slot is not None and step.response)


def admission_gate(step: Step, *, counted: bool, actor: int, reason: str) -> Verdict:
    """May ``actor`` admit this late answer (or withdraw its admission)?

    Only an answer that does not count by itself, only another person than the one who
    gave it, and only with a reason.
    """
    if step.kind is not StepKind.ANSWER or counted:
        return refuse("admission.not_late", N_("该答案未逾期，无需更正"), basis=BASIS)
    if actor == step.actor:
        return refuse("SELF", N_("不得更正本人的答卷"), basis=BASIS)
    if not reason.strip():
        return refuse("REASON_REQUIRED", N_("请写明理由"), basis=BASIS)
    return ALLOWED


def seal(attempt: str, previous: str | None, step: Step) -> SealedStep:
    """Hash a step onto the chain of its attempt; ``previous`` is None for the first."""
    entry_hash = digest(_content(attempt, step))
    return SealedStep(step, entry_hash, link(previous or GENESIS, entry_hash, step.sequence))


def verify(attempt: str, steps: Iterable[SealedStep], heads: Iterable[Head] = ()) -> Report:
    """Check the chain of one attempt against itself and the heads anchored in the audit.

    Finds an edited, removed, reordered, inserted or foreign step; that steps were cut off
    the end, or the whole chain made anew, is found against a head.
    """
    sealed = list(steps)
    return examine(
        [(s.step.sequence, s.entry_hash, _content(attempt, s.step)) for s in sealed],
        [Link(s.step.sequence, s.step.sequence, s.entry_hash, s.chain_hash) for s in sealed],
        heads,
    )


def _age(step: Step) -> tuple[int, int]:
    return step.client_seq, step.sequence


def _counted(log: list[Step], closes_at: datetime) -> list[Step]:
    """The answers that count, before the question which of them is the newest."""
    by_sequence = {step.sequence: step for step in log}
    submits = [step.sequence for step in log if step.kind is StepKind.SUBMIT]
    admitted: set[int] = set()
    corrections = (s for s in log if s.kind in _CORRECTIONS)
    for step in sorted(corrections, key=lambda s: s.sequence):
        answer = by_sequence.get(step.refers_to or 0)
        # A candidate cannot admit an answer of his own, nor anyone without a reason.
        if answer is None or step.actor == answer.actor or not step.reason.strip():
            continue
        if step.kind is StepKind.ADMIT_LATE:
            admitted.add(answer.sequence)
        else:
            admitted.discard(answer.sequence)
    return [
        step
        for step in log
        if step.kind is StepKind.ANSWER
        and (
            step.sequence in admitted
            or (step.received_at <= closes_at and not any(s < step.sequence for s in submits))
        )
    ]


def _content(attempt: str, step: Step) -> dict[str, Any]:
    """Everything a step says, in plain values, bound to its attempt."""
    return {
        "attempt": attempt,
        "sequence": step.sequence,
        "kind": step.kind.value,
        "actor": step.actor,
        "received_at": step.received_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "slot": step.slot,
        "response": list(step.response),
        "client_seq": step.client_seq,
        "client_at": step.client_at,
        "client_uuid": step.client_uuid,
        "writer": step.writer,
        "refers_to": step.refers_to,
        "reason": step.reason,
    }
