"""Examining the chain in the background, for the audit page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import audit, jobs
from .models import Job
from .rules.permission import Actor
from .verbs import about, verb

CHECK = "core.audit_check"


@jobs.handler(CHECK)
def check(job: Job) -> dict[str, Any]:
    """The whole report, shortened to the first hundred findings."""
    report = audit.check([])
    return {
        "sound": report.sound,
        "sealed": report.sealed,
        "unsealed": len(report.unsealed),
        "findings": [
            f"{f.code} {f.seq or ''} {f.entry_id or ''}".strip() for f in report.findings[:100]
        ],
    }


@verb("core:audit:read")
def request_check(actor: Actor, *, now: datetime) -> Job:
    """Have the chain examined; a minute's requests share one examination."""
    job = jobs.enqueue(CHECK, now=now, unique_key=f"{CHECK}@{now:%Y%m%d%H%M}")
    about(job)
    return job
