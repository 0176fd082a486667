"""The job that hands in for those whose time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from training.core import clock, jobs
from training.core.models import Job

from . import service


@jobs.handler("sittings.close_expired", every=timedelta(seconds=30))
def close_expired(job: Job) -> dict[str, Any]:
    """Each attempt in a transaction of its own, which looks again: a repeat changes nothing."""
    now = clock.now()
    return {"closed": sum(service.close(i, now) for i in service.due_to_close(now))}
