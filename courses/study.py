"""Studying: opening a lesson, time counted by the server, answers in a case, completion, notes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from training.core import clock, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import system_unit, tell, verb
from training.people.models import Person

from .models import CaseAnswer, Lesson, LessonNote, LessonVersion, StudyDay, StudyPing, StudyRecord
from .rules.lessons import LessonKind, answer_gate, read_case
from .rules.study_time import Ping, StudyCount, StudyPolicy, advance, lesson_gate, watched_seconds

#: Stretches of a film that are kept for one person; more are joined or left out.
MAX_RANGES = 200
MAX_NOTES = 100

_KEY = "study.counting"


def record_of(person_id: int, lesson_id: int) -> StudyRecord | None:
    return db.session.scalar(
        sa.select(StudyRecord).where(
            StudyRecord.person_id == person_id, StudyRecord.lesson_id == lesson_id
        )
    )


def _current(lesson: Lesson) -> LessonVersion:
    if not lesson.open or lesson.current is None:
        raise NotVisible("lesson")
    return lesson.current


@system_unit
def open_lesson(person_id: int, lesson_id: int, now: datetime) -> StudyRecord:
    """Note that a person has a lesson open from now on: what its page's first ping is
    measured against, and all that a page without scripts ever says."""
    person = _hold(person_id)
    lesson = db.session.get_one(Lesson, lesson_id)
    record = record_of(person_id, lesson_id)
    if record is None:
        record = StudyRecord(
            person_id=person_id, org_id=person.org_id, lesson_id=lesson_id,
            version_number=lesson.version_number, opened_at=_stamp(now),
        )  # fmt: skip
        db.session.add(record)
    record.opened_at, record.version_number = _stamp(now), lesson.version_number
    db.session.flush()
    return record


@system_unit
def ping(
    person_id: int,
    lesson_id: int,
    client_id: str,
    *,
    active: bool,
    place: int = 0,
    percent: int = 0,
    watched: list[tuple[int, int]] | None = None,
    now: datetime,
) -> StudyRecord:
    """Take a sign of life from an open page; a repeated ``client_id`` changes nothing.

    It is no decision of anybody and leaves no audit entry: the pings themselves are
    append-only, and the count can be made again from them.
    """
    person = _hold(person_id)
    record = record_of(person_id, lesson_id)
    lesson = db.session.get_one(Lesson, lesson_id)
    version = _current(lesson)
    if record is None:
        record = open_lesson(person_id, lesson_id, now)
    if _known(person_id, client_id):
        return record
    counting = _policy(person, now)
    _count(record, version, _stamp(now), active, counting, client_id)
    record.place = max(place, 0)
    record.percent = max(record.percent, min(max(percent, 0), 100))
    if watched:
        record.watched = _joined([*map(tuple, record.watched), *watched], version.film_seconds)
    return record


def _hold(person_id: int) -> Person:
    """The person, locked: two tabs' pings are counted one after the other."""
    return db.session.get_one(Person, person_id, with_for_update={"of": Person})


def _known(person_id: int, client_id: str) -> bool:
    query = sa.select(StudyPing.id).where(
        StudyPing.person_id == person_id, StudyPing.client_id == client_id
    )
    return db.session.scalar(query) is not None


def _stamp(now: datetime) -> datetime:
    """Whole seconds, so that counted time is whole as well."""
    return now.replace(microsecond=0)


def _policy(person: Person, now: datetime) -> Mapping[str, int]:
    org = db.session.get_one(OrgUnit, person.org_id)
    value: Mapping[str, int] = policy.get(_KEY, org, clock.today(now)).value
    return value


def _rules(counting: Mapping[str, int], gap_seconds: int) -> StudyPolicy:
    return StudyPolicy(
        gap_cap_seconds=gap_seconds,
        lesson_factor=counting["lesson_factor_percent"],
        daily_ceiling_seconds=counting["daily_minutes"] * 60,
        zone=clock.SHANGHAI,
    )


def _count(
    record: StudyRecord,
    version: LessonVersion,
    at: datetime,
    active: bool,
    counting: Mapping[str, int],
    client_id: str,
    gap_seconds: int | None = None,
) -> None:
    """Advance the count by one ping, from what is stored to what is stored."""
    if record.last_at is not None and at < record.last_at:
        at = record.last_at
    name = str(record.lesson_id)
    today = clock.today(at)
    days = _days(record.person_id, today)
    latest = (
        {} if record.last_at is None else {name: Ping(record.last_at, name, record.last_active)}
    )
    state = StudyCount(
        lessons={name: timedelta(seconds=record.counted_seconds)},
        days={day: timedelta(seconds=d.seconds) for day, d in days.items()},
        latest=latest,
    )
    covered = [d.covered_until for d in days.values() if d.covered_until is not None]
    if covered:
        state = StudyCount(state.lessons, state.days, state.latest, max(covered))
    rules = _rules(counting, gap_seconds or counting["ping_gap_seconds"])
    after = advance(state, Ping(at, name, active), {name: version.minutes}, rules)
    db.session.add(
        StudyPing(
            person_id=record.person_id, lesson_id=record.lesson_id, at=at, active=active,
            client_id=client_id,
        )
    )  # fmt: skip
    record.last_at, record.last_active = at, active
    moved = after.seconds(name) > record.counted_seconds
    record.counted_seconds = after.seconds(name)
    if moved:
        for day in after.days:
            if day not in days:
                days[day] = StudyDay(person_id=record.person_id, day=day)
                db.session.add(days[day])
            days[day].seconds = after.seconds_on(day)
        days[max(after.days)].covered_until = after.covered_until
    db.session.flush()


def _days(person_id: int, today: date) -> dict[date, StudyDay]:
    """Today and yesterday: a stretch between two pings reaches no further back."""
    query = sa.select(StudyDay).where(
        StudyDay.person_id == person_id, StudyDay.day >= today - timedelta(days=1)
    )
    return {d.day: d for d in db.session.scalars(query)}


def _joined(ranges: list[Any], length: int) -> list[list[int]]:
    """The union of [start, end) ranges within a film, as short as it can be written."""
    found: list[list[int]] = []
    for start, end in sorted(ranges):
        start, end = max(int(start), 0), min(int(end), length)
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found[:MAX_RANGES]


def gate(person: Person, lesson: Lesson, record: StudyRecord | None, now: datetime) -> Verdict:
    """Is the lesson complete for this person as things stand? The reasons say what is missing."""
    version = _current(lesson)
    counting = _policy(person, now)
    counted = record.counted_seconds if record else 0
    return lesson_gate(
        counted_seconds=counted,
        lesson_minutes=version.minutes,
        required_share=counting["complete_percent"],
        reached_end=_reached_end(lesson, version, record),
        film_seconds=version.film_seconds,
        watched=watched_seconds(
            [(s, e) for s, e in record.watched] if record else [],
            version.film_seconds,
            counted,
            counting["film_rate_percent"],
        ),
        film_share=counting["complete_percent"],
    )


def _reached_end(lesson: Lesson, version: LessonVersion, record: StudyRecord | None) -> bool:
    if record is None:
        return False
    if lesson.kind is LessonKind.CASE_STEPS:
        steps = len(read_case(version.content).steps)
        return len(answers_of(record.person_id, lesson)) >= steps
    return record.percent >= 100


@verb("courses:lesson:study")
def complete(actor: Actor, lesson: Lesson, *, plain: bool = False, now: datetime) -> StudyRecord:
    """Finish a lesson if its time and its end are reached; a second time changes nothing.

    ``plain``: the page ran without scripts and sent no pings. Then the time since it was
    opened counts, but the whole length of the lesson is asked, not the usual share.
    """
    person = _hold(actor.person_id or 0)
    version = _current(lesson)
    record = record_of(person.id, lesson.id)
    if record is None:
        raise Refused.because("NOT_OPENED", N_("请先打开这一课学习"), status=409)
    if record.completed_at is not None:
        return record
    if plain and (record.last_at is None or record.last_at < record.opened_at):
        _count_plain(record, version, person, now)
        if lesson.kind is not LessonKind.CASE_STEPS:
            record.percent = 100
        if version.film_seconds:
            record.watched = [[0, version.film_seconds]]
        counting = _policy(person, now)
        require(
            lesson_gate(
                counted_seconds=record.counted_seconds, lesson_minutes=version.minutes,
                required_share=max(100, counting["complete_percent"]),
                reached_end=_reached_end(lesson, version, record),
            ),
            status=409, code="NOT_COMPLETE",
        )  # fmt: skip
    else:
        require(gate(person, lesson, record, now), status=409, code="NOT_COMPLETE")
    record.completed_at, record.version_number = now, version.number
    tell(
        lesson=lesson.public_id, version=version.number, counted=record.counted_seconds, plain=plain
    )
    return record


def _count_plain(
    record: StudyRecord, version: LessonVersion, person: Person, now: datetime
) -> None:
    counting = _policy(person, now)
    record.last_at, record.last_active = _stamp(record.opened_at), True
    _count(
        record, version, _stamp(now), False, counting, secrets.token_hex(16),
        gap_seconds=version.minutes * 60,
    )  # fmt: skip


def answers_of(person_id: int, lesson: Lesson) -> list[CaseAnswer]:
    """A person's answers to the current version of a case, in order of the steps."""
    return list(
        db.session.scalars(
            sa.select(CaseAnswer)
            .where(
                CaseAnswer.person_id == person_id,
                CaseAnswer.lesson_id == lesson.id,
                CaseAnswer.version_number == lesson.version_number,
            )
            .order_by(CaseAnswer.step)
        )
    )


@verb("courses:lesson:study")
def answer(
    actor: Actor, lesson: Lesson, step: int, choice: str, reason: str, *, now: datetime
) -> CaseAnswer:
    """Take a choice with its reason in writing; it cannot be changed afterwards."""
    person = _hold(actor.person_id or 0)
    version = _current(lesson)
    if lesson.kind is not LessonKind.CASE_STEPS:
        raise Refused.because("NOT_A_CASE", N_("这一课不是案例推演，不用作答"), status=422)
    given = answers_of(person.id, lesson)
    verdict = answer_gate(
        read_case(version.content), step=step, choice=choice, reason=reason,
        answered=[a.step for a in given],
    )  # fmt: skip
    require(verdict, status=422, code=next(iter(verdict.codes), "REFUSED"))
    made = CaseAnswer(
        person_id=person.id, org_id=person.org_id, lesson_id=lesson.id,
        version_number=version.number, step=step, choice=choice, reason=reason.strip()[:2000],
        at=now,
    )  # fmt: skip
    db.session.add(made)
    tell(lesson=lesson.public_id, step=step, choice=choice)
    return made


def shares(lesson: Lesson) -> dict[int, dict[str, int]]:
    """How many people chose what: step → choice → number, for the current version."""
    query = (
        sa.select(CaseAnswer.step, CaseAnswer.choice, sa.func.count())
        .where(
            CaseAnswer.lesson_id == lesson.id,
            CaseAnswer.version_number == lesson.version_number,
        )
        .group_by(CaseAnswer.step, CaseAnswer.choice)
    )
    found: dict[int, dict[str, int]] = {}
    for step, choice, number in db.session.execute(query):
        found.setdefault(step, {})[choice] = number
    return found


def notes_of(person_id: int, lesson: Lesson) -> list[LessonNote]:
    """A person's notes on a lesson, newest first."""
    return list(
        db.session.scalars(
            sa.select(LessonNote)
            .where(
                LessonNote.person_id == person_id,
                LessonNote.lesson_id == lesson.id,
                LessonNote.removed_at.is_(None),
            )
            .order_by(LessonNote.id.desc())
        )
    )


@verb("courses:note:write")
def write_note(actor: Actor, lesson: Lesson, text: str, *, now: datetime) -> LessonNote:
    """Keep a note of one's own."""
    _current(lesson)
    person_id = actor.person_id or 0
    if not text.strip():
        raise Refused.because("EMPTY_NOTE", N_("请先写下内容"), status=422)
    if len(notes_of(person_id, lesson)) >= MAX_NOTES:
        raise Refused.because(
            "TOO_MANY_NOTES", N_("每课最多记 %(n)s 条笔记，请先删去不用的"), n=MAX_NOTES
        )
    note = LessonNote(
        person_id=person_id, lesson_id=lesson.id, text=text.strip()[:2000], created_at=now
    )
    db.session.add(note)
    return note


@verb("courses:note:write", on="note")
def remove_note(actor: Actor, note: LessonNote, *, now: datetime) -> LessonNote:
    """Take an own note away."""
    note.removed_at = note.removed_at or now
    return note
