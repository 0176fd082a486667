"""The decision of an exit review, by another person than proposer and panel; its service; the
person's appeal."""

from __future__ import annotations

from datetime import datetime

from training.core import clock, policy
from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.words import N_, Words
from training.core.verbs import about, verb
from training.proceedings import objections
from training.proceedings import service as procedure
from training.proceedings.models import Objection
from training.proceedings.rules.lifecycle import Method, ObjectionKind

from . import exit_queries as queries
from .exit_models import ExitReview
from .exit_queries import File
from .exit_steps import (
    MINE,
    note,
    open_for_evidence,
    org_of,
    step,
    tell_person,
    tell_proposer,
    title_of_decision,
)
from .rules.exit_review import ExitState

_S = ExitState


def _seen(review: ExitReview, file: File, seen: str) -> None:
    """409 when somebody decided before, or the file is not what the decider read."""
    if not open_for_evidence(review):
        found = file.last("decide", "retain", "abandon")
        by = found.event.actor if found else None
        raise Refused.because(
            "ALREADY_DECIDED", N_("%(who)s 已于 %(when)s 作出决定"), who=by.name if by else "",
            when=f"{clock.local(found.event.at):%Y-%m-%d %H:%M}" if found else "",
        )  # fmt: skip
    if seen != file.version:
        raise Refused.because("CHANGED", N_("材料已更新，请重新送达并审阅"))


@verb("employment:exit_review:decide", on="review")
def decide(
    actor: Actor, review: ExitReview, reason: str, resolution: str, seen: str, *, now: datetime
) -> ExitReview:
    """Decide that the appointment ends: another person than proposer and panel, with a reason in
    words and the resolution of the electing or engaging body. Served afterwards.

    Codes ``ALREADY_DECIDED``, ``CHANGED``, ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``,
    ``GATE``.
    """
    file = queries.file_of(review)
    _seen(review, file, seen)
    facts = queries.facts_of(file, actor, now, words=reason, resolution=resolution)
    panel = [m.hand.person_id for m in facts.panel if m.conflict is False]
    minimum = policy.get("panel.min", org_of(review), clock.today(now))
    review.decided_by, review.decided_at = actor.person_id, now
    step(
        actor, review, "decide", facts, now, reason, digest=file.digest,
        resolution=resolution.strip()[:200], panel=panel, grounds=list(review.grounds),
        policy_id=minimum.id,
    )  # fmt: skip
    tell_proposer(review, N_("对%(name)s的决定已作出，请送达本人"), now)
    return review


@verb("employment:exit_review:decide", on="review")
def retain(
    actor: Actor, review: ExitReview, reason: str, seen: str, *, now: datetime
) -> ExitReview:
    """Decide that the person stays."""
    file = queries.file_of(review)
    _seen(review, file, seen)
    facts = queries.facts_of(file, actor, now, words=reason)
    step(actor, review, "retain", facts, now, reason, digest=file.digest)
    tell_person(review, N_("经审查，您继续任职，请查看"), now)
    return review


@verb("employment:exit_review:abandon", on="review")
def abandon(
    actor: Actor, review: ExitReview, reason: str, seen: str, *, now: datetime
) -> ExitReview:
    """Drop the proposal before a panel sits."""
    file = queries.file_of(review)
    _seen(review, file, seen)
    step(actor, review, "abandon", queries.facts_of(file, actor, now, words=reason), now, reason)
    if review.served_at is not None:
        tell_person(review, N_("对您的解聘与退出审查已经撤回，您继续任职"), now)
    return review


@verb("employment:exit_review:serve", on="review")
def serve_decision(
    actor: Actor, review: ExitReview, method: Method, remark: str, *, now: datetime
) -> ExitReview:
    """Serve the decision; the appeal window starts."""
    if review.state is not _S.DECISION:
        raise Refused.because("NOT_NOW", N_("现在没有要送达的决定"))
    if queries.file_of(review).last("serve_decision") is not None:
        raise Refused.because("ALREADY_SERVED", N_("决定已经送达本人"))
    if review.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    days = policy.get("appeal.window", org_of(review), clock.today(now))
    note(
        actor, review, "serve_decision", review.state, now, method=str(method),
        policy_id=days.id, workdays=days.value,
    )  # fmt: skip
    procedure.serve(
        actor, review.person, review, Words(title_of_decision(review)), method, note=remark.strip()[:200],
        url=f"{MINE}/{review.public_id}", now=now,
    )  # fmt: skip
    return review


@verb("employment:exit_review:appeal", on="review")
def appeal(actor: Actor, review: ExitReview, text: str, *, now: datetime) -> Objection:
    """The person appeals in time; somebody who took no part decides (see ``exit_hearings``)."""
    file = queries.file_of(review)
    facts = queries.facts_of(file, actor, now, words=text)
    served = file.last("serve_decision")
    step(actor, review, "appeal", facts, now)
    if served is None:
        raise LookupError("the gate let an appeal pass before service")
    filed = objections.file_objection(
        actor, org_of(review), ObjectionKind.APPEAL, review, Words(title_of_decision(review)), text,
        concerned=review.person, filer=review.person.name, phone=review.person.phone,
        window_opened=served.event.at, window_workdays=int(served.event.detail["workdays"]),
        now=now,
    )  # fmt: skip
    tell_proposer(review, N_("%(name)s已对决定提出申诉，请指定复核人"), now)
    about(review)
    return filed
