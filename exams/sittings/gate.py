"""Who may sit (考试资格): the facts of the eligibility gate, for many people at once.

Hours and assignments come from the programmes; attempts from this room. A cycle begins with
the enrolment: attempts before it count no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from exams.papers.rules.eligibility import Assignment, ExamFacts, exam_gate
from training.core import clock, policy
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_
from training.people.models import Person
from training.programmes import queries as programmes

from .models import Attempt
from .rules.attempt import STARTED

ATTEMPTS_KEY = "exam.attempts"


@dataclass(frozen=True, slots=True)
class Study:
    """What the programmes say: the hours gate, the assignments, when the cycle began."""

    hours: Verdict
    assignments: tuple[Assignment, ...] = ()
    since: datetime | None = None


def study_of(people: Sequence[Person], now: datetime) -> dict[int, Study]:
    """The study of each person. Without an enrolment nobody is admitted."""
    progress = programmes.progress_of([p.id for p in people], clock.today(now))
    missing = refuse(
        "exam.not_enrolled", N_("尚未参加岗前培训"), basis="training.prejob_hours",
        mend="programmes.mine",
    )  # fmt: skip
    return {
        p.id: Study(held.gate, since=held.enrolment.created_at)
        if (held := progress.get(p.id))
        else Study(missing)
        for p in people
    }


def attempts_since(since: Mapping[int, datetime | None]) -> dict[int, int]:
    """How many attempts each person has begun in the present cycle."""
    query = sa.select(Attempt.person_id, Attempt.started_at).where(
        Attempt.person_id.in_(list(since)), Attempt.state.in_(STARTED)
    )
    used = dict.fromkeys(since, 0)
    for person_id, started_at in db.session.execute(query):
        begin = since[person_id]
        if begin is None or (started_at is not None and started_at >= begin):
            used[person_id] += 1
    return used


def identity_missing(person: Person) -> tuple[str, ...]:
    """What the admission ticket still lacks."""
    wanted = ((person.name, N_("姓名")), (person.id_number_index, N_("身份证号")))
    return tuple(label for value, label in wanted if not value)


def gates(
    people: Iterable[Person], orgs: Mapping[int, OrgUnit], now: datetime
) -> dict[int, Verdict]:
    """The verdict for each person; ``orgs`` are the units by id (for the policy)."""
    listed = list(people)
    study = study_of(listed, now)
    used = attempts_since({p.id: study[p.id].since for p in listed})
    allowed: dict[int, int] = {}
    day = clock.today(now)
    found: dict[int, Verdict] = {}
    for person in listed:
        if person.org_id not in allowed:
            allowed[person.org_id] = int(policy.get(ATTEMPTS_KEY, orgs[person.org_id], day).value)
        found[person.id] = exam_gate(
            ExamFacts(
                hours=study[person.id].hours,
                assignments=study[person.id].assignments,
                attempts_used=used[person.id],
                attempts_allowed=allowed[person.org_id],
                # A spent cycle is opened again by a new enrolment, which moves ``since``.
                retraining_open=False,
                identity_missing=identity_missing(person),
            )
        )
    return found


def gate_of(person: Person, now: datetime) -> Verdict:
    return gates([person], {person.org_id: person.org}, now)[person.id]


def attempts_left(person: Person, now: datetime) -> int:
    """How many attempts of the present cycle a person still has."""
    study = study_of([person], now)[person.id]
    used = attempts_since({person.id: study.since})[person.id]
    allowed = int(policy.get(ATTEMPTS_KEY, person.org, clock.today(now)).value)
    return max(0, allowed - used)
