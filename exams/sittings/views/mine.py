"""「考试」: what a candidate has before, during and after an exam."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from training.core import clock, web
from training.core.errorpages import reason_row

from .. import gate, history, log, queries, service
from ..models import Attempt
from ..rules.attempt import DROPPED, WAITING, AttemptState
from . import told
from ._room import Badge, attempt_badge, room

_RELEASED = (AttemptState.PASSED, AttemptState.FAILED, AttemptState.UNDER_APPEAL)


@dataclass(frozen=True, slots=True)
class Mine:
    """One of my attempts as the page shows it."""

    attempt: Attempt
    state: Badge
    before: bool
    may_start: bool
    writing: bool
    released: bool
    over: bool


def mine_of(attempt: Attempt, now: datetime) -> Mine:
    state = log.held(attempt.id).state_at(now)
    sitting = attempt.sitting
    missed = state in WAITING and now >= sitting.ends_at
    return Mine(
        attempt=attempt,
        state=Badge("none", gettext("未参加")) if missed else attempt_badge(state),
        before=state in WAITING and not missed,
        may_start=state in WAITING and sitting.starts_at <= now < sitting.ends_at,
        writing=state is AttemptState.IN_PROGRESS,
        released=state in _RELEASED,
        over=missed or state not in WAITING | {AttemptState.IN_PROGRESS},
    )


@room.page("/", "sittings:exam:own")
def my_exams() -> str:
    """My exams: the next one, what still keeps me from one, and what is behind me."""
    now = clock.now()
    person = current_user.person
    listed = [mine_of(a, now) for a in queries.own_attempts(person.id)]
    ahead = sorted((m for m in listed if not m.over), key=lambda m: m.attempt.sitting.starts_at)
    verdict = None if ahead else gate.gate_of(person, now)
    return render_template(
        "exams_sittings/my_exams.html",
        ahead=ahead,
        behind=[m for m in listed if m.over],
        gate=verdict,
        reasons=[reason_row(r) for r in verdict.reasons] if verdict is not None else [],
        left=gate.attempts_left(person, now) if verdict is not None else None,
    )


@room.page("/attempts/<attempt_id>/ticket", "sittings:attempt:own")
def ticket(attempt_id: str) -> str:
    """The admission ticket (准考证), with what to bring and the rules."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:own")
    return render_template(
        "exams_sittings/ticket.html",
        mine=mine_of(attempt, clock.now()),
        attempt=attempt,
        dropped=attempt.state in DROPPED,
        corrected=told.for_candidate(history.last_of(attempt)),
    )


@room.act("/attempts/<attempt_id>/start", "sittings:attempt:start")
def start(attempt_id: str) -> Response:
    """Begin, or find what was begun."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:start")
    began = attempt.state in WAITING
    service.start(web.actor(), attempt, now=clock.now())
    if not began:
        flash(gettext("已恢复您的考试"), "done")
    return web.go(url_for("exams_sittings.exam", attempt_id=attempt_id))
