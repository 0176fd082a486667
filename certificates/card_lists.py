"""The lists of work cards: to be made, to be handed over, to be checked, in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import contains_eager

from training.core import access, lists, orgs
from training.core.db import db
from training.core.lists import Applied, Order
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.people.models import Person
from training.people.rules.person import Standing

from . import queries
from .models import WorkCard
from .rules.work_card import WorkCardState

LIST = "certificates:board:read"
TABS = {
    "due": N_("待年审"),
    "none": N_("待制证"),
    "issued": N_("待发放"),
    "valid": N_("在用"),
}
_ORDER = Order("name", Person.pinyin)


def _conditions(actor: Actor, today: date) -> dict[str, sa.ColumnElement[bool]]:
    top = next(iter(orgs.in_reach(actor, LIST)), None) or orgs.root()
    if top is None:
        raise LookupError("the house has no root organisation")
    opening = queries.check_window(top, today).opening_before(today)
    valid = WorkCard.state == WorkCardState.VALID
    return {
        "due": sa.and_(valid, WorkCard.last_checked_on < opening),
        "none": sa.and_(
            WorkCard.id.is_(None),
            Person.standing == Standing.IN_POST,
            Person.mediator_no.is_not(None),
        ),
        "issued": WorkCard.state == WorkCardState.ISSUED,
        "valid": sa.and_(valid, WorkCard.last_checked_on >= opening),
    }


def _joined(query: Any, actor: Actor) -> Any:
    return (
        query.join(OrgUnit, OrgUnit.id == Person.org_id)
        .outerjoin(
            WorkCard,
            sa.and_(WorkCard.person_id == Person.id, WorkCard.state != WorkCardState.WITHDRAWN),
        )
        .where(access.visible(actor, LIST, Person))
    )


def counts(actor: Actor, today: date) -> dict[str, int]:
    """How many stand in each list, in one query."""
    found = _conditions(actor, today)
    columns = [
        sa.func.coalesce(sa.func.sum(sa.case((where, 1), else_=0)), 0) for where in found.values()
    ]
    row = db.session.execute(_joined(sa.select(*columns).select_from(Person), actor)).one()
    return {code: int(n) for code, n in zip(found, row, strict=True)}


def page(actor: Actor, tab: str, args: Mapping[str, str], today: date) -> lists.Page:
    """One page of (person, held card or None) of a list."""
    query = (
        _joined(sa.select(Person, WorkCard), actor)
        .options(contains_eager(Person.org))
        .where(_conditions(actor, today)[tab])
    )
    applied = Applied(url_for("certificates.cards"), (), {}, {}, {"tab": tab})
    return lists.page(query, _ORDER, Person.id, applied, args)
