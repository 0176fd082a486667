"""The credit-hour ledger (学时台账): append-only, so a mistake is reversed, never erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.vocabulary import Topic, TrainingForm
from training.core.rules.words import N_, Words

MINUTES_BASIS = "credit.minutes_per_hour"

Origin = tuple[date, str, Topic, TrainingForm]


class LineKind(StrEnum):
    CREDIT = "credit"
    REVERSAL = "reversal"


class ReversalReason(StrEnum):
    """Why credit hours are taken back (学时冲销)."""

    DUPLICATE = "duplicate"
    WRONG_PERSON = "wrong_person"
    WRONG_ENTRY = "wrong_entry"
    NOT_ATTENDED = "not_attended"
    SESSION_CANCELLED = "session_cancelled"
    IMPERSONATION = "impersonation"
    FALSE_ATTENDANCE = "false_attendance"


REVERSAL_LABELS: Mapping[ReversalReason, str] = MappingProxyType(
    {
        ReversalReason.DUPLICATE: N_("重复登记"),
        ReversalReason.WRONG_PERSON: N_("登记错人"),
        ReversalReason.WRONG_ENTRY: N_("时长、专题或形式登记有误"),
        ReversalReason.NOT_ATTENDED: N_("未到场或中途离场"),
        ReversalReason.SESSION_CANCELLED: N_("培训未举办"),
        ReversalReason.IMPERSONATION: N_("由他人代学"),
        ReversalReason.FALSE_ATTENDANCE: N_("虚假签到"),
    }
)

#: Reasons that blame the person, so hours fall only with notice and a way to appeal.
BLAMING_REASONS = frozenset({ReversalReason.IMPERSONATION, ReversalReason.FALSE_ATTENDANCE})


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One entry of the ledger.

    ``minutes`` is positive for both kinds. ``source`` names what gave the credit
    (``session:12``); a reversal repeats the source, topic, form and day of the credit that
    it takes back. Raises ``ValueError`` for minutes that are not positive.
    """

    minutes: int
    topic: Topic
    form: TrainingForm
    occurred_on: date
    kind: LineKind
    source: str

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise ValueError("a ledger line carries a positive number of minutes")

    @property
    def origin(self) -> Origin:
        """What a reversal and its credit have in common."""
        return self.occurred_on, self.source, self.topic, self.form


def reversal_gate(
    lines: Iterable[LedgerLine],
    reversal: LedgerLine,
    reason: ReversalReason,
    notice_served: bool,
) -> Verdict:
    """May this reversal be entered?

    It takes back no more than its own credit still gives; for a reason that blames the
    person, only after the notice was served on the person.
    """
    verdict = ALLOWED
    standing = sum(
        line.minutes if line.kind is LineKind.CREDIT else -line.minutes
        for line in lines
        if line.origin == reversal.origin
    )
    if reversal.minutes > standing:
        verdict &= refuse(
            "hours.reversal_exceeds",
            N_("要冲销 %(minutes)s 分钟，但该来源现有学时只有 %(standing)s 分钟"),
            basis=MINUTES_BASIS,
            minutes=reversal.minutes,
            standing=max(0, standing),
        )
    if reason in BLAMING_REASONS and not notice_served:
        verdict &= refuse(
            "hours.reversal_not_served",
            N_("以「%(reason)s」冲销学时，须先将通知送达本人"),
            basis="appeal.window",
            reason=Words(REVERSAL_LABELS[reason]),
        )
    return verdict
