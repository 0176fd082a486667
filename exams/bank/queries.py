"""Reads of the question bank: the list, histories, what is known, and pinned versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import contains_eager

from training.core import access
from training.core.db import db
from training.core.lists import Filter, Order, choice
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_
from training.people.models import Person

from .models import Question, QuestionReview, QuestionVersion
from .rules.question import KIND_LABELS, QuestionKind
from .rules.review import STATE_LABELS, ReviewState

READ = "bank:question:read"
NO_TOPIC = "none"


def _topic(text: str) -> str | None:
    return text if text == NO_TOPIC or text in list(Topic) else None


def _on_topic(value: str) -> sa.ColumnElement[bool]:
    if value == NO_TOPIC:
        return QuestionVersion.topic.is_(None)
    return QuestionVersion.topic == Topic(value)


def topic_label(value: str) -> str:
    return str(gettext(TOPIC_LABELS[Topic(value)] if value != NO_TOPIC else N_("未指定")))


def _written(text: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        QuestionVersion.stem.contains(text, autoescape=True),
        Question.code == text.upper(),
        QuestionVersion.explanation.contains(text, autoescape=True),
    )


FILTERS = (
    Filter("q", N_("文字"), lambda text: text[:50], _written),
    Filter("topic", N_("专题"), _topic, _on_topic, topic_label),
    Filter(
        "kind", N_("题型"), choice(QuestionKind), lambda v: QuestionVersion.kind == v,
        lambda v: str(gettext(KIND_LABELS[v])),
    ),
    Filter(
        "state", N_("状态"), choice(ReviewState), lambda v: Question.state == v,
        lambda v: str(gettext(STATE_LABELS[v])),
    ),
)  # fmt: skip
ORDERS = (Order("code", Question.code), Order("new", Question.created_at, descending=True))


def questions(actor: Actor, conditions: Iterable[Any]) -> sa.Select[Any]:
    """Questions with their current versions."""
    return (
        sa.select(Question)
        .join(
            QuestionVersion,
            sa.and_(
                QuestionVersion.question_id == Question.id,
                QuestionVersion.number == Question.current,
            ),
        )
        .options(contains_eager(Question.version))
        .where(access.visible(actor, READ, Question), *conditions)
    )


def counts(actor: Actor) -> Mapping[ReviewState, int]:
    """How many questions are in each state."""
    query = (
        sa.select(Question.state, sa.func.count())
        .where(access.visible(actor, READ, Question))
        .group_by(Question.state)
    )
    return {state: int(n) for state, n in db.session.execute(query)}


def versions(question: Question) -> list[tuple[QuestionVersion, str]]:
    """All versions with their authors' names, newest first."""
    query = (
        sa.select(QuestionVersion, Person.name)
        .outerjoin(Person, Person.id == QuestionVersion.author_id)
        .where(QuestionVersion.question_id == question.id)
        .order_by(QuestionVersion.number.desc())
    )
    return [(v, name or "") for v, name in db.session.execute(query)]


def reviews(question: Question) -> list[tuple[QuestionReview, int, str]]:
    """The steps of the review with version number and name, newest first."""
    query = (
        sa.select(QuestionReview, QuestionVersion.number, Person.name)
        .join(QuestionVersion, QuestionVersion.id == QuestionReview.version_id)
        .outerjoin(Person, Person.id == QuestionReview.person_id)
        .where(QuestionReview.question_id == question.id)
        .order_by(QuestionReview.id.desc())
    )
    return [(r, number, name or "") for r, number, name in db.session.execute(query)]


def another_than_author(person_id: int | None, version: QuestionVersion) -> Verdict:
    """Questions are approved by another person than the author (or the importer)."""
    if person_id is not None and person_id != version.author_id:
        return ALLOWED
    return refuse("SAME_PERSON", N_("须由编写人以外的人审定"), basis="题库管理")


def known_content(hashes: Iterable[str] | None = None) -> dict[str, str]:
    """Content hash → key hash of current versions; of those asked for, or of the whole bank."""
    query = sa.select(QuestionVersion.content_hash, QuestionVersion.key_hash).join(
        Question,
        sa.and_(
            Question.id == QuestionVersion.question_id, Question.current == QuestionVersion.number
        ),
    )
    if hashes is not None:
        query = query.where(QuestionVersion.content_hash.in_(list(hashes)))
    return {row.content_hash: row.key_hash for row in db.session.execute(query)}


def known_stems() -> frozenset[str]:
    """Stem hashes of all current versions."""
    query = sa.select(QuestionVersion.stem_hash).join(
        Question,
        sa.and_(
            Question.id == QuestionVersion.question_id, Question.current == QuestionVersion.number
        ),
    )
    return frozenset(db.session.scalars(query))


def same_content(content_hash: str, but: int | None = None) -> Question | None:
    """Another live question that says the same."""
    return db.session.scalar(
        sa.select(Question)
        .join(
            QuestionVersion,
            sa.and_(
                QuestionVersion.question_id == Question.id,
                QuestionVersion.number == Question.current,
            ),
        )
        .where(
            QuestionVersion.content_hash == content_hash,
            Question.state != ReviewState.RETIRED,
            Question.id != (but or 0),
        )
        .limit(1)
    )


def approved(org: OrgUnit) -> list[QuestionVersion]:
    """The versions that a paper of ``org`` may draw from: approved ones of the unit itself
    and of those above it."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    query = (
        sa.select(QuestionVersion)
        .join(
            Question,
            sa.and_(
                Question.id == QuestionVersion.question_id,
                Question.current == QuestionVersion.number,
            ),
        )
        .where(Question.state == ReviewState.APPROVED, Question.org_id.in_(above))
    )
    return list(db.session.scalars(query))


def pinned(public_ids: Iterable[str]) -> dict[str, QuestionVersion]:
    """Versions by public id, whatever became of their questions."""
    query = sa.select(QuestionVersion).where(QuestionVersion.public_id.in_(list(public_ids)))
    return {v.public_id: v for v in db.session.scalars(query)}


def keys_of(public_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The keys of versions. For marking only: nothing that a candidate sees reads this."""
    query = sa.select(QuestionVersion.public_id, QuestionVersion.key).where(
        QuestionVersion.public_id.in_(list(public_ids))
    )
    return {public_id: frozenset(key) for public_id, key in db.session.execute(query)}
