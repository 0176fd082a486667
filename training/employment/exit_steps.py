"""Taking a step in an exit review: the gate, the new state, the entry, and who hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.verbs import about, tell
from training.people import inbox

from . import exit_queries as queries
from .exit_models import ExitEvent, ExitReview
from .exit_queries import File
from .rules.exit_evidence import decision_title
from .rules.exit_gates import ExitFacts
from .rules.exit_review import EXIT_REVIEW, ExitState, is_final
from .steps import must

MINE = "/my/exit"
_ENDS = (ExitState.RETAINED, ExitState.CLOSED)


def org_of(review: ExitReview) -> OrgUnit:
    return db.session.get_one(OrgUnit, review.org_id)


def title_of_decision(review: ExitReview) -> str:
    """What the paper of this review's decision is called."""
    return decision_title(queries.grounds_of(review), review.appointment.kind)


def url_of(review: ExitReview) -> str:
    return f"/employment/exits/{review.public_id}"


def note(
    actor: Actor, review: ExitReview, action: str, before: ExitState, now: datetime,
    words: str = "", **detail: Any,
) -> ExitEvent:  # fmt: skip
    """Append what was done."""
    event = ExitEvent(
        review_id=review.id, action=action, before=before, after=review.state,
        actor_id=actor.person_id, detail=detail, at=now,
    )  # fmt: skip
    event.words = words.strip()
    db.session.add(event)
    db.session.flush()
    about(review)
    tell(action=action, state=str(review.state))
    return event


def step(
    actor: Actor, review: ExitReview, action: str, facts: ExitFacts, now: datetime,
    words: str = "", **detail: Any,
) -> ExitEvent:  # fmt: skip
    """Do what ``EXIT_REVIEW`` says. Raises ``Refused`` as ``steps.must`` does; ``CHANGED`` when
    the file is not what was served."""
    verdict, target = EXIT_REVIEW.step(review.state, action, facts)
    if "CHANGED" in verdict.codes:
        raise Refused(verdict, code="CHANGED")
    must(verdict)
    before, review.state = review.state, ExitState(target)
    if review.state in _ENDS:
        review.ended_at = now
    return note(actor, review, action, before, now, words, **detail)


def judge(file: File, action: str, actor: Actor, now: datetime, **known: Any) -> Verdict:
    """What the gate of an action says now, as if the form were filled in."""
    filled: dict[str, Any] = {"words": "理由", "resolution": "决议", "card_settled": True}
    facts = queries.facts_of(file, actor, now, **(filled | known))
    return EXIT_REVIEW.judge(file.review.state, action, facts)


def tell_person(review: ExitReview, message: str, now: datetime) -> None:
    inbox.send(
        review.person_id, "exit", message, now=now, url=f"{MINE}/{review.public_id}"
    )  # fmt: skip


def tell_proposer(review: ExitReview, message: str, now: datetime) -> None:
    """The proposer hears what is to be done next."""
    inbox.send(
        review.proposed_by, "exit", message, now=now, url=url_of(review), name=review.person.name
    )


BEFORE_DECISION = (
    ExitState.INITIATED, ExitState.EVIDENCE_SERVED, ExitState.MEDIATOR_STATEMENT, ExitState.PANEL,
)  # fmt: skip
WEIGHED = frozenset({"propose", "give_statement", "give_opinion"})
"""What the decision rests on: not corrected any more once it was made."""
CORRECTABLE = WEIGHED | {"decide", "retain", "abandon", "uphold", "overturn", "return_to_agency"}


def offered(review: ExitReview, action: str) -> bool:
    """Whether the lifecycle knows this action in this state."""
    return EXIT_REVIEW.find(review.state, action) is not None


def open_for_evidence(review: ExitReview) -> bool:
    """Whether a further line may still be put into the file."""
    return review.state in BEFORE_DECISION


def hands_over(review: ExitReview) -> bool:
    """Whether the handover sheet is open."""
    return is_final(review.state) and review.ended_at is None


def correctable(file: File, actor: Actor) -> list[ExitEvent]:
    """The entries that this person wrote and may still correct."""
    return [
        e.event for e in file.entries
        if e.event.action in CORRECTABLE and e.event.actor_id == actor.person_id
        and not (e.event.action in WEIGHED and file.review.decided_at is not None)
    ]  # fmt: skip
