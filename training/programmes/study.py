"""A lesson that is finished gives its hours: both in one act."""

from __future__ import annotations

from datetime import datetime

from courses import study
from courses.models import Lesson, LessonVersion, StudyRecord
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible
from training.core.rules.permission import Actor
from training.core.verbs import tell, verb
from training.people.models import Person

from . import ledger

SOURCE = "lesson"


@verb("programmes:lesson:complete")
def complete_lesson(
    actor: Actor, lesson: Lesson, *, plain: bool = False, now: datetime
) -> StudyRecord:
    """Finish a lesson and credit its length, once: a later version credits nobody again.
    Raises ``Refused`` with what is missing."""
    before = study.record_of(actor.person_id or 0, lesson.id)
    finished_before = before is not None and before.completed_at is not None
    record = study.complete(actor, lesson, plain=plain, now=now)
    if finished_before:
        return record
    version = lesson.current
    if not isinstance(version, LessonVersion):
        raise NotVisible("lesson")
    person = db.session.get_one(Person, record.person_id)
    credit = ledger.Credit(
        person=person, topic=version.topic, form=version.form, minutes=version.minutes,
        occurred_on=clock.today(now), source_type=SOURCE, source_ref=lesson.public_id,
        title=version.title, title_en=version.title_en,
    )  # fmt: skip
    entry = ledger.post(actor, [credit], now=now)[0]
    tell(minutes=entry.minutes, topic=str(entry.topic), form=str(entry.form))
    return record
