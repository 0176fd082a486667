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


def claimable(state: str, run_after: datetime, lease_until: datetime | None, now: datetime) -> bool:
    """A queued job whose time has come, or one whose worker stopped renewing its lease."""
    if state == JobState.QUEUED:
        return run_after <= now
    return state == JobState.LEASED and lease_until is not None and lease_until < now
