"""Review (复核): was the attempt clean? A gate of the certificate, and never of the score."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

BASIS = "exam.focus_loss"


class ReviewVerdict(StrEnum):
    CLEAN = "clean"
    IRREGULAR = "irregular"


REVIEW_LABELS: Mapping[ReviewVerdict, str] = MappingProxyType(
    {ReviewVerdict.CLEAN: N_("无异常"), ReviewVerdict.IRREGULAR: N_("有异常")}
)


def review_reason_gate(verdict: ReviewVerdict, signals: int, reason: str) -> Verdict:
    """Words are owed for anything irregular, and for calling signals harmless."""
    if reason.strip() or (verdict is ReviewVerdict.CLEAN and not signals):
        return ALLOWED
    return refuse("REASON_REQUIRED", N_("请写明核实的情况"), basis=BASIS)
