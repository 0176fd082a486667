"""Saving an answer: whether the server takes it, and the code that a refusal carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exams.bank.rules.question import QuestionKind
from exams.papers.rules.blueprint import PaperSlot
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

from .attempt import (
    DROPPED,
    RULES_BASIS,
    TIME_BASIS,
    WAITING,
    AttemptState,
    effective_state,
    not_open,
)

_NOT_STARTED = WAITING | DROPPED


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one device to write, until it expires or is taken over."""

    writer: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """What the server holds when an answer arrives.

    ``deadline`` is None before the start; ``last_seq`` is the highest client sequence
    accepted so far, 0 at first.
    """

    state: AttemptState
    deadline: datetime | None
    grace_seconds: int
    slots: Mapping[int, PaperSlot]
    last_seq: int
    lease: Lease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest:
    """One answer as received. ``response`` are canonical option ids; empty clears."""

    slot: int
    response: frozenset[str]
    client_seq: int
    writer: str


@dataclass(frozen=True, slots=True)
class SaveDecision:
    """``keep_as_evidence``: refused, yet to be appended to the log as a late answer."""

    verdict: Verdict
    keep_as_evidence: bool = False


def accept_save(attempt: OpenAttempt, save: SaveRequest, now: datetime) -> SaveDecision:
    """Take the answer, or refuse it with one code.

    NOT_OPEN before the start; NOT_IN_PAPER for a slot or an option that this paper does
    not have; TOO_MANY_OPTIONS for several options where one is asked; CLOSED after
    deadline and grace (inclusive) or after handing in, and then the answer is kept as
    evidence; TAKEN_OVER while another device holds the lease; STALE, with the current
    sequence, for one not newer than what is held.
    """
    if attempt.state in _NOT_STARTED:
        return SaveDecision(not_open())
    slot = attempt.slots.get(save.slot)
    if slot is None or not save.response <= set(slot.options):
        return SaveDecision(
            refuse("NOT_IN_PAPER", N_("试卷中没有此题或此选项"), basis=RULES_BASIS, slot=save.slot)
        )
    if len(save.response) > 1 and slot.kind is not QuestionKind.MULTIPLE:
        return SaveDecision(
            refuse("TOO_MANY_OPTIONS", N_("此题只能选一项"), basis=RULES_BASIS, slot=save.slot)
        )
    state = effective_state(attempt.state, now, attempt.deadline, attempt.grace_seconds)
    if state is not AttemptState.IN_PROGRESS:
        return SaveDecision(
            refuse("CLOSED", N_("已截止，逾期答案已留存不计分"), basis=TIME_BASIS),
            keep_as_evidence=True,
        )
    verdict = lease_gate(attempt.lease, save.writer, now)
    if verdict and save.client_seq <= attempt.last_seq:
        verdict = refuse(
            "STALE",
            N_("答案已有更新的版本，请以当前显示为准"),
            basis=RULES_BASIS,
            sequence=attempt.last_seq,
        )
    return SaveDecision(verdict)


def lease_gate(lease: Lease | None, writer: str, now: datetime) -> Verdict:
    """May this device write? Another one's lease bars it until it expires."""
    if lease is None or lease.writer == writer or now >= lease.expires_at:
        return ALLOWED
    return refuse("TAKEN_OVER", N_("另一设备正在作答"), basis=RULES_BASIS)
