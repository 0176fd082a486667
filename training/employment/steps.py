"""Taking a step in a case: the gate, the new state, and the event, in one place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from training.core.db import db
from training.core.errors import require
from training.core.i18n import both
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.verbs import tell
from training.people import inbox

from . import queries
from .models import Opening, RecruitmentCase, RecruitmentEvent
from .rules.recruitment import RECRUITMENT, RecruitmentState
from .rules.recruitment_gates import RecruitmentFacts

MINE = "/my/applications"
_FORBIDDEN = ("SELF", "SAME_PERSON", "NOT_OWN")


def must(verdict: Verdict) -> None:
    """Raise ``Refused`` with the first code that has a meaning of its own: ``SELF``,
    ``SAME_PERSON``, ``NOT_OWN`` (403), ``REASON_REQUIRED`` (422), else ``GATE`` (409)."""
    for code in _FORBIDDEN:
        if code in verdict.codes:
            require(verdict, status=403, code=code)
    if "REASON_REQUIRED" in verdict.codes:
        require(verdict, status=422, code="REASON_REQUIRED")
    require(verdict, code="GATE")


def note(
    actor: Actor,
    case: RecruitmentCase,
    action: str,
    before: RecruitmentState,
    after: RecruitmentState,
    now: datetime,
    reason: str = "",
    **detail: Any,
) -> None:
    """Append what was done to the case's history."""
    db.session.add(
        RecruitmentEvent(
            opening_id=case.opening_id, case_id=case.id, action=action, before=before,
            after=after, actor_id=actor.person_id, reason=reason, detail=detail, at=now,
        )
    )  # fmt: skip
    tell(action=action, case=case.public_id, state=str(after), **detail)


def note_opening(
    actor: Actor, opening: Opening, action: str, before: RecruitmentState, now: datetime,
    reason: str = "", **detail: Any,
) -> None:  # fmt: skip
    """Append a step of the opening itself."""
    db.session.add(
        RecruitmentEvent(
            opening_id=opening.id, action=action, before=before, after=opening.state,
            actor_id=actor.person_id, reason=reason, detail=detail, at=now,
        )
    )  # fmt: skip


def step(
    actor: Actor,
    case: RecruitmentCase,
    action: str,
    facts: RecruitmentFacts,
    now: datetime,
    reason: str = "",
    **detail: Any,
) -> None:
    """Do what ``RECRUITMENT`` says. Raises ``Refused`` as ``must`` does."""
    before = queries.state_of(case)
    verdict, target = RECRUITMENT.step(before, action, facts)
    must(verdict)
    case.state = RecruitmentState(target)
    note(actor, case, action, before, case.state, now, reason, **detail)
    db.session.flush()


def tell_applicant(
    case: RecruitmentCase, message: str, now: datetime, url: str = MINE, **params: Any
) -> None:
    inbox.send(
        case.person_id, "recruitment", message, now=now, url=url,
        title=both(case.opening), **params,
    )  # fmt: skip
