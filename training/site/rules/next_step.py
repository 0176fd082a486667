"""「下一步」: of all that a learner could do now, the one thing to do first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from training.core.rules.words import Words


class Urgency(IntEnum):
    """What cannot wait comes first: an exam under way, a door that is open, a reply that is
    due; then study; then what others have to do."""

    EXAM_RUNNING = 1
    DOOR_OPEN = 2
    REPLY_DUE = 3
    EXAM_SOON = 4
    STUDY = 5
    SESSION = 6
    WAIT = 7
    DONE = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, a line about it, and where the single button leads."""

    urgency: Urgency
    title: Words
    text: Words
    endpoint: str = ""
    args: tuple[tuple[str, str], ...] = ()
    button: str = ""


def first_of(steps: Iterable[Step]) -> Step | None:
    """The most urgent step; of equals the one named first."""
    return min(steps, key=lambda step: step.urgency, default=None)
