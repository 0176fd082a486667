"""Lists of officers: applicants with filters, plans and announcements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from training.core import access, lists
from training.core.db import db
from training.core.lists import Applied, Filter, Order
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.people.models import Person

from .models import Opening, RecruitmentCase
from .rules.recruitment import RECRUITMENT_STATE_LABELS, RecruitmentState

FILTERS = (
    Filter(
        "q", N_("姓名或拼音"), lambda text: text[:40],
        lambda text: RecruitmentCase.person_id.in_(
            sa.select(Person.id).where(
                sa.or_(Person.name.contains(text, autoescape=True),
                       Person.pinyin.contains(text.lower(), autoescape=True))
            )
        ),
    ),
    Filter(
        "state", N_("状态"), lists.choice(RecruitmentState),
        lambda state: RecruitmentCase.state == state,
        lambda state: gettext(RECRUITMENT_STATE_LABELS[state]),
    ),
)  # fmt: skip
_ORDERS = (
    Order("new", RecruitmentCase.applied_at, descending=True),
    Order("points", RecruitmentCase.points, descending=True),
)


def _listed(actor: Actor, applied: Applied) -> sa.Select[Any]:
    return (
        sa.select(RecruitmentCase)
        .where(access.visible(actor, "employment:case:list", RecruitmentCase), *applied.conditions)
        .options(joinedload(RecruitmentCase.org))
    )


def case_page(actor: Actor, applied: Applied, args: Mapping[str, str]) -> lists.Page:
    """A page of the applicants whom an officer may see."""
    order = lists.chosen_order(_ORDERS, args)
    return lists.page(_listed(actor, applied), order, RecruitmentCase.id, applied, args)


def case_total(actor: Actor, applied: Applied) -> int:
    return lists.count(_listed(actor, applied))


def case_counts(actor: Actor) -> dict[RecruitmentState, int]:
    """How many applicants there are in each state."""
    query = (
        sa.select(RecruitmentCase.state, sa.func.count())
        .where(access.visible(actor, "employment:case:list", RecruitmentCase))
        .group_by(RecruitmentCase.state)
    )
    return {state: int(n) for state, n in db.session.execute(query)}


def staff_openings(actor: Actor, limit: int = 200) -> list[tuple[Opening, int]]:
    """Plans and announcements an officer may see, newest first, with how many applied."""
    applied = (
        sa.select(sa.func.count())
        .where(RecruitmentCase.opening_id == Opening.id)
        .correlate(Opening)
        .scalar_subquery()
    )
    query = (
        sa.select(Opening, applied)
        .where(access.visible(actor, "employment:opening:read", Opening))
        .options(joinedload(Opening.org))
        .order_by(Opening.id.desc())
        .limit(limit)
    )
    return [(opening, int(n)) for opening, n in db.session.execute(query)]
