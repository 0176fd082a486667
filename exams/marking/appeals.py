"""Appeals (申诉) against a released result, and what is decided about them."""

from __future__ import annotations

from datetime import datetime, timedelta

from exams.sittings.models import Attempt
from exams.sittings.rules.attempt import ATTEMPT, AttemptFacts, AttemptState
from training.core import clock, policy, workdays
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox
from training.people.models import Person

from . import grader, queries
from .models import Appeal, AppealState
from .service import code_of, mark


def appeal_closes_at(attempt: Attempt, released_at: datetime) -> datetime:
    """The end of the last working day of the appeal window."""
    days = int(policy.get("appeal.window", attempt.org, clock.today(released_at)).value)
    last = workdays.calendar().add_workdays(clock.today(released_at), days).day
    return clock.at_local(last + timedelta(days=1)) - timedelta(seconds=1)


@verb("sittings:attempt:appeal", on="attempt")
def appeal(actor: Actor, attempt: Attempt, text: str, *, now: datetime) -> Appeal:
    """A candidate appeals against the released result, once for each grading."""
    release_row = queries.release_of(attempt.id)
    grading = grader.latest(attempt.id)
    if release_row is None or grading is None:
        raise Refused.because("NOT_RELEASED", N_("成绩尚未发布"))
    verdict, target = ATTEMPT.step(
        attempt.state,
        "appeal",
        AttemptFacts(
            now=now, reason=text,
            appeal_closes_at=appeal_closes_at(attempt, release_row.released_at),
        ),
    )  # fmt: skip
    require(
        verdict, status=422 if "REASON_REQUIRED" in verdict.codes else 409,
        code=code_of(verdict.codes),
    )  # fmt: skip
    if queries.appealed(grading.id):
        raise Refused.because("APPEALED", N_("对此成绩的申诉已有决定"), basis="appeal.window")
    attempt.state = AttemptState(target)
    entry = Appeal(
        org_id=attempt.org_id, person_id=attempt.person_id, attempt_id=attempt.id,
        grading_id=grading.id, text=text.strip(), opened_at=now,
    )  # fmt: skip
    db.session.add(entry)
    return entry


@verb("sittings:attempt:dismiss_appeal", on="appeal_record")
def dismiss(actor: Actor, appeal_record: Appeal, reason: str, *, now: datetime) -> Appeal:
    """The result stands; it is released as before."""
    attempt = _decide(actor, appeal_record, "dismiss_appeal", AppealState.DISMISSED, reason, now)
    grading = grader.latest(attempt.id)
    action = "record_pass" if grading is not None and grading.passed else "record_fail"
    _, target = ATTEMPT.step(
        attempt.state, action, AttemptFacts(now=now, passed=bool(grading and grading.passed))
    )
    attempt.state = AttemptState(target)
    return appeal_record


@verb("sittings:attempt:uphold_appeal", on="appeal_record")
def uphold(actor: Actor, appeal_record: Appeal, reason: str, *, now: datetime) -> Appeal:
    """The appeal is right: marked again with the corrections made, reviewed, released anew."""
    attempt = _decide(actor, appeal_record, "uphold_appeal", AppealState.UPHELD, reason, now)
    grading = mark(attempt, actor.ref, now)
    tell(grading=grading.public_id, digest=grading.digest)
    return appeal_record


def _decide(
    actor: Actor, entry: Appeal, action: str, state: AppealState, reason: str, now: datetime
) -> Attempt:
    if entry.state is not AppealState.OPEN:
        decider = db.session.get_one(Person, entry.decided_by)
        raise Refused.because(
            "ALREADY_DECIDED", N_("此申诉已由%(who)s于 %(when)s 作出决定"),
            who=decider.name, when=entry.decided_at,
        )  # fmt: skip
    attempt = db.session.get(
        Attempt, entry.attempt_id, populate_existing=True, with_for_update={"of": Attempt}
    )
    release_row = queries.release_of(entry.attempt_id)
    if attempt is None:
        raise NotVisible("attempt")
    verdict, target = ATTEMPT.step(
        attempt.state,
        action,
        AttemptFacts(
            now=now, actor=actor.person_id, candidate=attempt.person_id, reason=reason,
            marker=release_row.released_by if release_row else None,
        ),
    )  # fmt: skip
    code = code_of(verdict.codes)
    status = {"REASON_REQUIRED": 422, "SELF": 403, "SAME_PERSON": 403}.get(code, 409)
    require(verdict, status=status, code=code)
    attempt.state = AttemptState(target)
    entry.state, entry.decided_by, entry.decided_at = state, actor.person_id, now
    entry.reason = reason.strip()[:500]
    inbox.send(
        attempt.person_id, "exam_appeal", N_("您的成绩申诉已有决定，请查看"), now=now,
        url=f"/exams/results/{attempt.public_id}", unique_key=f"appeal:{entry.public_id}",
    )  # fmt: skip
    tell(decision=str(state), attempt=attempt.public_id)
    return attempt
