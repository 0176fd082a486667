"""The people of a round as a list: filters that live in the URL, keyset pages, counts."""

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

from .models import AnnualAppraisal, AppraisalRound
from .queries import LIST
from .rules.annual_lifecycle import ANNUAL_STATE_LABELS, AnnualState
from .rules.grade import GRADE_LABELS, Grade

_A = AnnualAppraisal


def _named(text: str) -> sa.ColumnElement[bool]:
    people = sa.select(Person.id).where(
        sa.or_(
            Person.name.contains(text, autoescape=True),
            Person.pinyin.contains(text.lower(), autoescape=True),
            Person.mediator_no == text,
        )
    )
    return _A.person_id.in_(people)


FILTERS = (
    Filter(
        "state", N_("进度"), lists.choice(AnnualState), lambda s: _A.state == s,
        lambda s: gettext(ANNUAL_STATE_LABELS[s]),
    ),
    Filter(
        "grade", N_("等次"), lists.choice(Grade), lambda g: _A.grade == g,
        lambda g: gettext(GRADE_LABELS[g]),
    ),
    Filter("q", N_("姓名、拼音或编号"), lambda text: text[:40], _named),
)  # fmt: skip
_POINTS = sa.func.coalesce(_A.total, 0)
ORDERS = (Order("org", _A.org_id), Order("total", _POINTS, descending=True))


def _query(actor: Actor, round_: AppraisalRound, applied: Applied) -> sa.Select[Any]:
    return (
        sa.select(_A)
        .where(_A.round_id == round_.id, access.visible(actor, LIST, _A), *applied.conditions)
        .options(joinedload(_A.person), joinedload(_A.org))
    )


def page(
    actor: Actor, round_: AppraisalRound, applied: Applied, args: Mapping[str, str]
) -> lists.Page:
    """One page, by unit or by total."""
    order = lists.chosen_order(ORDERS, args)
    return lists.page(_query(actor, round_, applied), order, _A.id, applied, args)


def total(actor: Actor, round_: AppraisalRound, applied: Applied) -> int:
    return lists.count(_query(actor, round_, applied))


def counts(actor: Actor, round_: AppraisalRound) -> dict[AnnualState, int]:
    """How many stand in each state, as far as the actor sees them."""
    query = (
        sa.select(_A.state, sa.func.count())
        .where(_A.round_id == round_.id, access.visible(actor, LIST, _A))
        .group_by(_A.state)
    )
    return {AnnualState(s): n for s, n in db.session.execute(query)}
