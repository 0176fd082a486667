"""The life of a background job."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


def retry_at(now: datetime, attempts: int) -> datetime:
    """When a failed job is tried again: 5 s, 10 s, 20 s … an hour at the most."""
    return now + timedelta(seconds=min(5 * 2 ** max(attempts - 1, 0), 3600))
