"""The worker: a process of its own that does what stands in the job ledger."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

import structlog
from flask import Flask

from training.core import audit, clock, drafts, jobs
from training.core.db import db
from training.core.models import Job

log = structlog.get_logger("worker")
IDLE_SECONDS = 0.5


@jobs.handler("core.sweep", every=timedelta(hours=1))
def _sweep(job: Job) -> None:
    """Seal what came late; forget old drafts, form keys and finished housekeeping."""
    audit.seal(clock.now(), window=None)
    drafts.sweep(clock.now())
    jobs.sweep(clock.now())


def run(app: Flask, stop: threading.Event) -> None:
    """Work until told to stop; a job at hand is finished first."""
    log.info("worker.started")
    while not stop.is_set():
        with app.app_context():
            try:
                if audit.unsealed(limit=1):
                    audit.seal(clock.now())
                if jobs.periodic_due(clock.now()):
                    jobs.enter_periodic(clock.now())
                busy = jobs.run_one()
            except Exception:
                db.session.rollback()
                log.exception("worker.round_failed")
                busy = False
            finally:
                db.session.remove()
        if not busy:
            stop.wait(IDLE_SECONDS)
    log.info("worker.stopped")


def main(app: Flask) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(app, stop)
