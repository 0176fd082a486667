"""What happened around an attempt: time out of sight, as the rules judge it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .models import Attempt
from .rules.focus import FocusLoss, FocusReview, assess_focus
from .rules.steps import Step, StepKind
from .saving import away_seconds


def focus_of(attempt: Attempt, steps: Iterable[Step], now: datetime) -> FocusReview:
    """The focus losses of an attempt against the policy that was fixed at its start."""
    losses = [
        FocusLoss(s.received_at - timedelta(seconds=away_seconds(s)), s.received_at)
        for s in steps
        if s.kind is StepKind.FOCUS_LOSS
    ]
    return assess_focus(
        losses,
        longer_than_seconds=int(attempt.terms.get("focus_seconds", 0)),
        warn_at=int(attempt.terms.get("focus_events", 1)),
        now=now,
    )
