"""What follows from a reviewer's decision on an appeal or an objection in a recruitment case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from training.core.db import db
from training.core.i18n import content
from training.core.rules.permission import Actor
from training.proceedings import matters
from training.proceedings import service as proceedings
from training.proceedings.models import Objection
from training.proceedings.rules.lifecycle import Method, ObjectionKind, ObjectionState
from training.proceedings.rules.separation import Hand

from . import queries
from .models import RecruitmentCase
from .steps import MINE, note, step


def _case(ref: str) -> RecruitmentCase:
    return db.session.scalars(
        sa.select(RecruitmentCase).where(RecruitmentCase.public_id == ref)
    ).one()


def _deciders(ref: str) -> Iterable[int | None]:
    case = _case(ref)
    return [h.person_id for h in queries.history_of(queries.events_of(case)).handlers]


def _url(ref: str) -> str:
    return f"/employment/cases/{ref}"


def _decided(actor: Actor, objection: Objection, now: datetime) -> None:
    """An appeal that holds reopens the review for fresh eyes; an objection that holds ends the
    case. What was dismissed is only noted."""
    case = _case(objection.matter_ref)
    reason = objection.decision_reason
    facts = queries.facts_of(case, actor, now, reason)
    if objection.state is not ObjectionState.UPHELD:
        note(actor, case, "dismissed", case.state, case.state, now, reason)
    elif objection.kind is ObjectionKind.APPEAL:
        # Judged as of the day on which the applicant appealed.
        filed = replace(facts, actor=Hand(case.person_id), today=objection.filed_on, appealed=False)
        step(actor, case, "appeal", filed, now, reason)
    else:
        step(actor, case, "uphold_objection", facts, now, reason)
        proceedings.serve(
            actor, case.person, case, content(case.opening), Method.SITE, url=MINE, now=now
        )


matters.register(queries.CASE, deciders=_deciders, url=_url, decided=_decided)
matters.register(
    queries.OPENING,
    deciders=lambda _: (),
    url=lambda _: "/my/interviews",
    panel_decided=queries.panel_scored,
)
