"""Who waits for a certificate: enrolled in the pre-job programme, and without a living one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import DROPPED
from exams.sittings.rules.sitting import SittingStage
from training.core import access, i18n, lists
from training.core.db import db
from training.core.lists import Applied, Filter
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.people.models import Person
from training.people.rules.person import Standing
from training.programmes.models import Enrolment
from training.programmes.rules.enrolment import EnrolmentState

from .gates import LIVING
from .models import Certificate

PLAN = "certificates:certificate:plan"
MOST = 500
"""How many people one page looks at, and one click issues to."""
_RECENT = 20


def sittings(actor: Actor) -> list[Sitting]:
    """The latest sittings in reach: the classes one issues to."""
    query = (
        sa.select(Sitting)
        .where(access.visible(actor, PLAN, Sitting), Sitting.stage != SittingStage.CANCELLED)
        .order_by(Sitting.starts_at.desc())
        .limit(_RECENT)
    )
    return list(db.session.scalars(query))


def _sitting(text: str) -> Sitting | None:
    return db.session.scalar(sa.select(Sitting).where(Sitting.public_id == text))


def _org(text: str) -> OrgUnit | None:
    return db.session.scalar(sa.select(OrgUnit).where(OrgUnit.public_id == text))


def named(text: str) -> sa.ColumnElement[bool]:
    """By name, full pinyin or initials."""
    typed = "".join(text.split()).lower()
    terms = [Person.name.contains(text, autoescape=True)]
    if typed.isascii() and typed.isalnum():
        terms += [
            Person.pinyin.startswith(typed, autoescape=True),
            Person.pinyin.contains(f" {typed}", autoescape=True),
        ]
    return sa.or_(*terms)


FILTERS = (
    Filter("q", N_("姓名"), lambda text: text[:40], named),
    Filter(
        "sitting",
        N_("考试场次"),
        _sitting,
        lambda s: Person.id.in_(
            sa.select(Attempt.person_id).where(
                Attempt.sitting_id == s.id, Attempt.state.not_in(DROPPED)
            )
        ),
        lambda s: str(s.title),
    ),
    Filter(
        "org",
        N_("机构"),
        _org,
        lambda unit: access.subtree(OrgUnit.path, unit.path),
        lambda unit: i18n.title_of(unit, "name"),
    ),
)


def apply(args: Mapping[str, str], base: str) -> Applied:
    return lists.apply(FILTERS, args, base)


def waiting(actor: Actor, applied: Applied) -> list[Person]:
    """At most ``MOST`` people, by organisation and name."""
    enrolled = sa.select(Enrolment.person_id).where(Enrolment.state != EnrolmentState.WITHDRAWN)
    held = sa.select(Certificate.person_id).where(Certificate.state.in_(LIVING))
    query = (
        sa.select(Person)
        .join(Person.org)
        .options(contains_eager(Person.org))
        .where(
            access.visible(actor, PLAN, Person),
            Person.standing != Standing.LEFT,
            Person.id.in_(enrolled),
            Person.id.not_in(held),
            *applied.conditions,
        )
        .order_by(OrgUnit.path, Person.pinyin, Person.id)
        .limit(MOST)
    )
    return list(db.session.scalars(query))


def by_public_ids(actor: Actor, permission: str, ids: Iterable[str]) -> list[Person]:
    """People in reach whose ids were ticked, in the order of the list."""
    query = (
        sa.select(Person)
        .join(Person.org)
        .options(contains_eager(Person.org))
        .where(
            Person.public_id.in_(list(dict.fromkeys(ids))[:MOST]),
            access.visible(actor, permission, Person),
        )
        .order_by(OrgUnit.path, Person.pinyin, Person.id)
    )
    return list(db.session.scalars(query))


def shown_title(sitting: Sitting) -> str:
    """A sitting as a choice: its title and day."""
    return f"{sitting.title} · {i18n.format_day(sitting.starts_at)}"
