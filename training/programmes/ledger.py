"""Writing the credit-hour ledger: credits, reversals, and the enrolments that follow them.

Every function runs inside the write transaction of the verb that gives or takes the hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from training.core import clock
from training.core.db import db
from training.core.errors import Refused, require
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED
from training.core.rules.vocabulary import Topic, TrainingForm
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Person
from training.people.rules.person import Standing

from . import queries
from .models import CreditEntry, Enrolment, EnrolmentEvent
from .rules.enrolment import ENROLMENT, EnrolmentFacts, EnrolmentState
from .rules.hours import hours_gate
from .rules.ledger import LineKind, ReversalReason, reversal_gate

#: The steps that the ledger itself takes, in the order in which they are tried.
_BY_ITSELF = ("start", "confirm_hours", "confirm_assignments", "clear_for_exam", "fall_back")

#: Standings in which hours belong to the training before the post; later ones to the year.
BEFORE_POST = frozenset({Standing.CANDIDATE, Standing.TRAINEE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Hours that something gave a person; ``source_type`` and ``source_ref`` name it."""

    person: Person
    topic: Topic
    form: TrainingForm
    minutes: int
    occurred_on: date
    source_type: str
    source_ref: str
    title: str
    title_en: str = ""


def post(actor: Actor, credits: Sequence[Credit], *, now: datetime) -> list[CreditEntry]:
    """Enter credits and move the enrolments they belong to.

    A source that still credits the person is refused (``COUNTED_ALREADY``), so that
    nothing counts twice; one whose credit was reversed may credit again.
    """
    people = [c.person.id for c in credits]
    enrolments = _open_enrolments(credits)
    held = _held(people, {(c.source_type, c.source_ref) for c in credits})
    entries = []
    for credit in credits:
        earlier = held.get((credit.person.id, credit.source_type, credit.source_ref), [])
        if any(stands for _, stands in earlier):
            raise Refused.because("COUNTED_ALREADY", N_("这一来源的学时已经计入，不能重复登记"))
        enrolment = enrolments.get(credit.person.id)
        number = max((number for number, _ in earlier), default=0) + 1
        entries.append(_entry(actor, credit, enrolment.id if enrolment else None, number, now))
    db.session.add_all(entries)
    db.session.flush()
    advance(actor, list(enrolments.values()), now=now)
    return entries


def _entry(
    actor: Actor, credit: Credit, enrolment_id: int | None, number: int, now: datetime
) -> CreditEntry:
    return CreditEntry(
        person_id=credit.person.id, org_id=credit.person.org_id, enrolment_id=enrolment_id,
        topic=credit.topic, form=credit.form, minutes=credit.minutes,
        occurred_on=credit.occurred_on, source_type=credit.source_type,
        source_ref=credit.source_ref, round=number, title=credit.title[:200],
        title_en=credit.title_en[:200], recorded_at=now, recorder_id=actor.person_id,
    )  # fmt: skip


def restate(
    actor: Actor, credits: Sequence[tuple[CreditEntry, Credit]], note: str, *, now: datetime
) -> list[CreditEntry]:
    """Correct what standing credits say: each is reversed, and its source credits anew.

    The hours stay with the enrolment (or the year) that they belonged to, whatever has become
    of the person since; an enrolment takes its steps once, by the hours as they then stand.
    """
    former = [entry for entry, _ in credits]
    _reverse(actor, former, ReversalReason.WRONG_ENTRY, note, False, now)
    entries = [
        _entry(actor, credit, entry.enrolment_id, entry.round + 1, now) for entry, credit in credits
    ]
    db.session.add_all(entries)
    db.session.flush()
    _advance_those_of(actor, former, now)
    return entries


def take_back(
    actor: Actor,
    entries: Sequence[CreditEntry],
    reason: ReversalReason,
    note: str,
    *,
    notice_served: bool = False,
    now: datetime,
) -> list[CreditEntry]:
    """Reverse credits that still stand. Raises ``Refused`` with the reasons of the rule."""
    reversals = _reverse(actor, entries, reason, note, notice_served, now)
    _advance_those_of(actor, entries, now)
    return reversals


def _reverse(
    actor: Actor, entries: Sequence[CreditEntry], reason: ReversalReason, note: str,
    notice_served: bool, now: datetime,
) -> list[CreditEntry]:  # fmt: skip
    verdict = ALLOWED
    reversals = []
    for entry in entries:
        lines = queries.lines_of_source(entry)
        verdict &= reversal_gate(
            lines, queries.line(entry, LineKind.REVERSAL), reason, notice_served
        )
        reversals.append(
            CreditEntry(
                kind=LineKind.REVERSAL, person_id=entry.person_id, org_id=entry.org_id,
                enrolment_id=entry.enrolment_id, topic=entry.topic, form=entry.form,
                minutes=entry.minutes, occurred_on=entry.occurred_on, title=entry.title,
                title_en=entry.title_en, source_type=entry.source_type,
                source_ref=entry.source_ref, round=entry.round, recorded_at=now,
                recorder_id=actor.person_id, reverses_id=entry.id, reason=reason,
                note=note[:200],
            )
        )  # fmt: skip
    require(verdict, code="REVERSAL")
    db.session.add_all(reversals)
    db.session.flush()
    return reversals


def _advance_those_of(actor: Actor, entries: Iterable[CreditEntry], now: datetime) -> None:
    ids = {e.enrolment_id for e in entries if e.enrolment_id is not None}
    advance(actor, _locked(ids), now=now)


@verb("programmes:credit:reverse", on="entry")
def reverse(
    actor: Actor, entry: CreditEntry, reason: ReversalReason, note: str, *, now: datetime
) -> CreditEntry:
    """Take back one credit with a reason. Nobody touches his own hours (``SELF``); a reason
    that blames the person is refused here: it needs a voiding with notice and appeal."""
    if entry.kind is not LineKind.CREDIT:
        raise Refused.because("NOT_A_CREDIT", N_("这一条本身就是冲销记录"), status=422)
    if entry.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得更改本人的学时"), status=403)
    if not note.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明理由"), status=422)
    made = take_back(actor, [entry], reason, note.strip(), now=now)[0]
    tell(reason=str(reason), minutes=entry.minutes, entry=entry.public_id)
    return made


def advance(actor: Actor, enrolments: Iterable[Enrolment], *, now: datetime) -> None:
    """Take the steps that the ledger decides by itself, each with its event."""
    moving = list(enrolments)
    results = queries.results(moving)
    today = clock.today(now)
    for enrolment in moving:
        facts = EnrolmentFacts(
            hours=hours_gate(results[enrolment.id]), assignments=ALLOWED, today=today
        )
        moved = True
        while moved:
            moved = False
            for action in _BY_ITSELF:
                verdict, target = ENROLMENT.step(enrolment.state, action, facts)
                if verdict:
                    note_step(enrolment, action, EnrolmentState(target), None, now)
                    moved = True
                    break


def note_step(
    enrolment: Enrolment,
    action: str,
    target: EnrolmentState,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
    **detail: object,
) -> EnrolmentEvent:
    """Move an enrolment and append the event; ``actor`` None: the system moved it."""
    event = EnrolmentEvent(
        enrolment_id=enrolment.id, org_id=enrolment.org_id, person_id=enrolment.person_id,
        action=action, from_state=enrolment.state, to_state=target, at=now,
        actor_id=actor.person_id if actor else None, reason=reason, detail=detail,
    )  # fmt: skip
    enrolment.state = target
    db.session.add(event)
    return event


def _open_enrolments(credits: Sequence[Credit]) -> dict[int, Enrolment]:
    """The enrolment that each person's hours belong to; none for people already in post."""
    learning = {c.person.id for c in credits if c.person.standing in BEFORE_POST}
    query = (
        sa.select(Enrolment)
        .where(Enrolment.person_id.in_(learning), Enrolment.state != EnrolmentState.WITHDRAWN)
        .order_by(Enrolment.id)
        .with_for_update(of=Enrolment)
    )
    return {e.person_id: e for e in db.session.scalars(query)}


def _locked(ids: Iterable[int]) -> list[Enrolment]:
    query = sa.select(Enrolment).where(Enrolment.id.in_(ids)).order_by(Enrolment.id)
    return list(db.session.scalars(query.with_for_update(of=Enrolment)))


def _held(
    people: Iterable[int], sources: set[tuple[str, str]]
) -> dict[tuple[int, str, str], list[tuple[int, bool]]]:
    """Earlier credits of the same sources: their rounds, and whether each still stands."""
    reversal = sa.orm.aliased(CreditEntry)
    query = (
        sa.select(
            CreditEntry.person_id,
            CreditEntry.source_type,
            CreditEntry.source_ref,
            CreditEntry.round,
            reversal.id.is_(None),
        )
        .outerjoin(reversal, reversal.reverses_id == CreditEntry.id)
        .where(
            CreditEntry.kind == LineKind.CREDIT,
            CreditEntry.person_id.in_(list(people)),
            CreditEntry.source_ref.in_([ref for _, ref in sources]),
        )
    )
    found: dict[tuple[int, str, str], list[tuple[int, bool]]] = {}
    for person_id, kind, name, number, stands in db.session.execute(query):
        found.setdefault((person_id, kind, name), []).append((number, bool(stands)))
    return found
