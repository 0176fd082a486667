"""The job that marks what has been handed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from training.core import clock, jobs
from training.core.models import Job

from . import service


@jobs.handler("marking.grade", every=timedelta(seconds=30))
def grade_handed_in(job: Job) -> dict[str, Any]:
    """Each attempt in a transaction of its own; a damaged one is reported and left alone."""
    graded = damaged = 0
    for attempt_id in service.to_grade():
        try:
            graded += service.grade(attempt_id, clock.now()) is not None
        except service.Damaged:
            damaged += 1
    return {"graded": graded, "damaged": damaged}
