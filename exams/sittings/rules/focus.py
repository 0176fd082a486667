"""Focus loss (切屏): looking away is noted and looked at by a proctor; it never fails anyone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from training.core.rules.explanation import Explanation
from training.core.rules.words import N_, Words

BASIS = "exam.focus_loss"


@dataclass(frozen=True, slots=True)
class FocusLoss:
    """The page was out of sight from ``left_at`` to ``back_at`` (None: not back yet)."""

    left_at: datetime
    back_at: datetime | None


@dataclass(frozen=True, slots=True)
class FocusReview:
    """How many events counted; ``flagged``: warn the candidate and let a proctor look."""

    events: int
    flagged: bool
    explanation: Explanation


def assess_focus(
    losses: Iterable[FocusLoss], *, longer_than_seconds: int, warn_at: int, now: datetime
) -> FocusReview:
    """Count the losses that lasted longer than the threshold; flag from ``warn_at`` on.

    The numbers are policy ``exam.focus_loss``. One that is still going on counts with its
    time so far.
    """
    threshold = timedelta(seconds=longer_than_seconds)
    events = sum((loss.back_at or now) - loss.left_at > threshold for loss in losses)
    flagged = events >= warn_at
    message = (
        N_("离开考试页面超过 %(seconds)s 秒共 %(events)s 次，由监考人员核实，不影响计分")
        if flagged
        else N_("离开考试页面超过 %(seconds)s 秒共 %(events)s 次，不足 %(warn_at)s 次，仅作记录")
    )
    words = Words.of(message, seconds=longer_than_seconds, events=events, warn_at=warn_at)
    code = "focus.flagged" if flagged else "focus.noted"
    return FocusReview(events, flagged, Explanation(code, words, BASIS))
