"""Reads about training that upper rooms pull: progress, annual hours, the next session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from training.core import access, policy
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Person

from .models import Attendance, CreditEntry, Enrolment, SignUp, TrainingSession
from .rules import requirement
from .rules.enrolment import EnrolmentState, effective_state, training_gate
from .rules.hours import HoursResult, assess, hours_gate
from .rules.ledger import LedgerLine, LineKind
from .rules.sessions import SessionState, door_is_open


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person's training stands on a day.

    ``gate`` is what exam and certificate ask: reasons when hours are short, voided, or the
    enrolment ran out. ``result.explanations`` says why.
    """

    enrolment: Enrolment
    state: EnrolmentState
    result: HoursResult
    gate: Verdict


def line(entry: CreditEntry, kind: LineKind | None = None) -> LedgerLine:
    """An entry as the rules read it."""
    return LedgerLine(
        entry.minutes, entry.topic, entry.form, entry.occurred_on, kind or entry.kind,
        f"{entry.source_type}:{entry.source_ref}",
    )  # fmt: skip


def lines_of_source(entry: CreditEntry) -> list[LedgerLine]:
    """The lines of one person's one source."""
    query = sa.select(CreditEntry).where(
        CreditEntry.person_id == entry.person_id,
        CreditEntry.source_type == entry.source_type,
        CreditEntry.source_ref == entry.source_ref,
    )
    return [line(e) for e in db.session.scalars(query)]


def _ledger(
    where: sa.ColumnElement[bool], key: sa.SQLColumnExpression[Any]
) -> dict[int, list[LedgerLine]]:
    """Ledger lines by ``key``, read as columns: a list of 500 people is one query."""
    query = sa.select(
        key, CreditEntry.minutes, CreditEntry.topic, CreditEntry.form, CreditEntry.occurred_on,
        CreditEntry.kind, CreditEntry.source_type, CreditEntry.source_ref,
    ).where(where)  # fmt: skip
    found: dict[int, list[LedgerLine]] = {}
    for owner, minutes, topic, form, day, kind, source, name in db.session.execute(query):
        found.setdefault(int(owner), []).append(
            LedgerLine(minutes, topic, form, day, kind, f"{source}:{name}")
        )
    return found


def results(enrolments: Iterable[Enrolment]) -> dict[int, HoursResult]:
    """The hours of several enrolments against what each froze, by enrolment id."""
    held = list(enrolments)
    if not held:
        return {}
    ledger = _ledger(CreditEntry.enrolment_id.in_([e.id for e in held]), CreditEntry.enrolment_id)
    return {e.id: assess(ledger.get(e.id, []), requirement.from_data(e.requirement)) for e in held}


def of_enrolments(enrolments: Iterable[Enrolment], on: date) -> dict[int, Progress]:
    """Progress of several enrolments on a day, by enrolment id."""
    held = list(enrolments)
    found = results(held)
    progresses = {}
    for e in held:
        state = effective_state(e.state, e.last_day, on)
        gate = training_gate(state, hours_gate(found[e.id]))
        progresses[e.id] = Progress(e, state, found[e.id], gate)
    return progresses


def progress_of(person_ids: Iterable[int], on: date) -> dict[int, Progress]:
    """The pre-job progress of many people by person id, in two queries; people who never
    enrolled (or withdrew) are absent."""
    query = (
        sa.select(Enrolment)
        .where(
            Enrolment.person_id.in_(list(person_ids)),
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
        .order_by(Enrolment.id)
    )
    latest = {e.person_id: e for e in db.session.scalars(query)}
    by_enrolment = of_enrolments(latest.values(), on)
    return {p.enrolment.person_id: p for p in by_enrolment.values()}


def progress(person_id: int, on: date) -> Progress | None:
    """One person's pre-job progress on a day (Shanghai), or None without an enrolment."""
    return progress_of([person_id], on).get(person_id)


def annual_of(people: Iterable[Person], on: date) -> dict[int, HoursResult]:
    """The hours of the year of ``on`` (those of training before the post left out), against
    the policy of each person's organisation, by person id."""
    held = list(people)
    ledger = _ledger(
        sa.and_(
            CreditEntry.person_id.in_([p.id for p in held]),
            CreditEntry.enrolment_id.is_(None),
            CreditEntry.occurred_on.between(date(on.year, 1, 1), date(on.year, 12, 31)),
        ),
        CreditEntry.person_id,
    )
    values: dict[int, Mapping[str, object]] = {}
    found = {}
    for person in held:
        if person.org_id not in values:
            org = db.session.get_one(OrgUnit, person.org_id)
            decided = policy.many(requirement.ANNUAL_KEYS, org, on)
            values[person.org_id] = {key: p.value for key, p in decided.items()}
        rule = requirement.annual(values[person.org_id], person.service_kind, on.year)
        found[person.id] = assess(ledger.get(person.id, []), rule)
    return found


def annual(person: Person, on: date) -> HoursResult:
    """One person's hours in the year of ``on``."""
    return annual_of([person], on)[person.id]


def entries_of(person_id: int, enrolment_id: int | None = None) -> list[CreditEntry]:
    """The ledger of a person, newest first; with ``enrolment_id`` only that enrolment's."""
    query = (
        sa.select(CreditEntry)
        .where(CreditEntry.person_id == person_id)
        .options(sa.orm.joinedload(CreditEntry.recorder))
        .order_by(CreditEntry.occurred_on.desc(), CreditEntry.id.desc())
    )
    if enrolment_id is not None:
        query = query.where(CreditEntry.enrolment_id == enrolment_id)
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class NextSession:
    """The session a person goes to next; ``door_open``: the check-in button shows."""

    session: TrainingSession
    signed_up: bool
    checked_in: bool
    door_open: bool


def offered_to(person: Person) -> sa.ColumnElement[bool]:
    """Sessions of the person's own organisation and of those above it."""
    path = db.session.scalars(sa.select(OrgUnit.path).where(OrgUnit.id == person.org_id)).one()
    return TrainingSession.org_id.in_([int(part) for part in path.strip("/").split("/")])


#: How far back a session that is still running may have begun.
_LONGEST = timedelta(days=7)


def next_session(person_id: int, now: datetime) -> NextSession | None:
    """The next session a person signed up for that is not over, else the next one offered."""
    person = db.session.get_one(Person, person_id)
    query = (
        sa.select(TrainingSession, SignUp)
        .outerjoin(
            SignUp,
            sa.and_(
                SignUp.session_id == TrainingSession.id,
                SignUp.person_id == person_id,
                SignUp.withdrawn_at.is_(None),
            ),
        )
        .where(
            TrainingSession.state.in_((SessionState.OPEN, SessionState.HELD)),
            TrainingSession.starts_at > now - _LONGEST,
            TrainingSession.ends_at > now,
            offered_to(person),
            sa.or_(SignUp.id.is_not(None), TrainingSession.starts_at > now),
        )
        .order_by(SignUp.id.is_(None), TrainingSession.starts_at)
        .limit(1)
    )
    row = db.session.execute(query).first()
    if row is None:
        return None
    session: TrainingSession = row[0]
    sign_up: SignUp | None = row[1]
    return NextSession(
        session,
        sign_up is not None,
        sign_up is not None and sign_up.checked_in_at is not None,
        door_is_open(
            state=session.state, opens_at=session.door_opens_at, ends_at=session.ends_at, now=now
        ),
    )


def coming(
    person: Person, now: datetime, topic: Topic | None = None, forms: Sequence[TrainingForm] = ()
) -> list[tuple[TrainingSession, bool, int]]:
    """Sessions offered to a person that are not over, soonest first: each with whether the
    person signed up and how many did."""
    count = (
        sa.select(sa.func.count())
        .where(SignUp.session_id == TrainingSession.id, SignUp.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    mine = (
        sa.select(sa.func.count())
        .where(
            SignUp.session_id == TrainingSession.id,
            SignUp.withdrawn_at.is_(None),
            SignUp.person_id == person.id,
        )
        .scalar_subquery()
    )
    query = (
        sa.select(TrainingSession, mine, count)
        .where(
            TrainingSession.state.in_((SessionState.OPEN, SessionState.HELD)),
            TrainingSession.starts_at > now - _LONGEST,
            TrainingSession.ends_at > now,
            offered_to(person),
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    if topic is not None:
        query = query.where(TrainingSession.topic == topic)
    if forms:
        query = query.where(TrainingSession.form.in_(list(forms)))
    return [(row[0], bool(row[1]), int(row[2])) for row in db.session.execute(query)]


def taken(session_id: int) -> int:
    """How many places of a session are taken."""
    query = sa.select(sa.func.count()).where(
        SignUp.session_id == session_id, SignUp.withdrawn_at.is_(None)
    )
    return int(db.session.scalar(query) or 0)


def place_of(session_id: int, person_id: int) -> SignUp | None:
    return db.session.scalar(
        sa.select(SignUp).where(SignUp.session_id == session_id, SignUp.person_id == person_id)
    )


def places(session_id: int) -> list[SignUp]:
    """The places taken in a session, by name."""
    return list(
        db.session.scalars(
            sa.select(SignUp)
            .join(Person, Person.id == SignUp.person_id)
            .where(SignUp.session_id == session_id, SignUp.withdrawn_at.is_(None))
            .options(sa.orm.joinedload(SignUp.person).joinedload(Person.org))
            .order_by(Person.pinyin, Person.id)
        )
    )


def mark_of(session_id: int, person_id: int) -> Attendance | None:
    """The mark in force of one person."""
    return db.session.scalar(
        sa.select(Attendance)
        .where(Attendance.session_id == session_id, Attendance.person_id == person_id)
        .order_by(Attendance.id.desc())
        .limit(1)
    )


def is_offered(session: TrainingSession, person: Person) -> bool:
    query = sa.select(TrainingSession.id).where(
        TrainingSession.id == session.id, offered_to(person)
    )
    return db.session.scalar(query) is not None


def matching(actor: Actor, typed: str, limit: int = 20) -> list[Person]:
    """People within an actor's roster whose name or number begins so."""
    words = "".join(typed.split())
    if not words:
        return []
    terms = [
        Person.name.contains(words, autoescape=True),
        Person.pinyin.startswith(words.lower(), autoescape=True),
        Person.mediator_no.startswith(words.upper(), autoescape=True),
    ]
    return list(
        db.session.scalars(
            sa.select(Person)
            .where(sa.or_(*terms), access.visible(actor, "people:person:list", Person))
            .options(sa.orm.joinedload(Person.org))
            .order_by(Person.pinyin, Person.id)
            .limit(limit)
        )
    )
