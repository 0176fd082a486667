"""Sessions that were held in the demo, with places, confirmed marks and the hours given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from training.core import clock
from training.core.db import Model, new_public_id
from training.core.models import OrgUnit
from training.people.models import Person
from training.programmes import sessions
from training.programmes.models import (
    Attendance,
    CreditEntry,
    Enrolment,
    SessionTemplate,
    SignUp,
    TrainingSession,
)
from training.programmes.rules.ledger import LineKind
from training.programmes.rules.sessions import Mark, SessionState
from training.programmes.sessions import Plan
from training.programmes.study import SOURCE as LESSON

from . import bulk
from .courses import Study, version_of
from .people import Crowd
from .trail import Trail

_AHEAD = timedelta(days=10)
_LATE_REASON, _ABSENT_REASON = "路上耽误，迟到半小时", "临时处理纠纷，未能参加"
_LATE_BY = 30


@dataclass(frozen=True, slots=True)
class Meeting:
    """A session as planned, for a unit and all below it."""

    plan: Plan
    org: OrgUnit
    template: SessionTemplate | None = None


class Rows:
    """Places, marks and credits, written in a few large inserts."""

    def __init__(self) -> None:
        self._rows: dict[type[Model], list[dict[str, Any]]] = {
            SignUp: [],
            Attendance: [],
            CreditEntry: [],
        }

    def add_place(self, session: TrainingSession, person: Person, at: datetime) -> None:
        self._rows[SignUp].append(
            {
                "session_id": session.id,
                "person_id": person.id,
                "org_id": person.org_id,
                "signed_at": at,
            }
        )

    def add_mark(self, session: TrainingSession, person: Person, mark: Mark) -> int:
        """Mark one person; returns the minutes that are credited."""
        minutes = {Mark.PRESENT: session.minutes, Mark.LATE: session.minutes - _LATE_BY}
        reasons = {Mark.LATE: _LATE_REASON, Mark.ABSENT: _ABSENT_REASON}
        self._rows[Attendance].append(
            {
                "public_id": new_public_id(),
                "session_id": session.id,
                "person_id": person.id,
                "org_id": session.org_id,
                "mark": mark,
                "minutes": minutes.get(mark, 0),
                "reason": reasons.get(mark, ""),
                "recorded_at": session.ends_at,
                "recorder_id": session.trainer_id,
            }
        )
        return minutes.get(mark, 0)

    def add_credit(self, person: Person, enrolment: Enrolment | None, **values: Any) -> None:
        self._rows[CreditEntry].append(
            {
                "public_id": new_public_id(),
                "person_id": person.id,
                "org_id": person.org_id,
                "enrolment_id": enrolment.id if enrolment else None,
                "kind": LineKind.CREDIT,
                **values,
            }
        )

    def add_lesson(self, study: Study, enrolment: Enrolment) -> None:
        """The credit of a finished lesson."""
        version = version_of(study.lesson)
        self.add_credit(
            study.person, enrolment, topic=version.topic, form=version.form,
            minutes=version.minutes, occurred_on=clock.today(study.ended), source_type=LESSON,
            source_ref=study.lesson.public_id, title=version.title, title_en=version.title_en,
            recorded_at=study.ended, recorder_id=study.person.id,
        )  # fmt: skip

    def write(self) -> None:
        for model, rows in self._rows.items():
            if rows:
                bulk.insert(model, rows)
            rows.clear()


def announce(meeting: Meeting, crowd: Crowd, now: datetime) -> TrainingSession:
    """Plan a session through the service, open for sign-up."""
    return sessions.plan_session(
        crowd.actor("jiaoyuan"), meeting.org, meeting.plan, template=meeting.template, now=now
    )


def hold(
    meeting: Meeting,
    marks: Sequence[tuple[Person, Mark]],
    enrolments: Mapping[int, Enrolment],
    crowd: Crowd,
    rows: Rows,
    trail: Trail,
) -> TrainingSession:
    """A session that took place: everybody's place, mark and hours, in one act of the trainer."""
    begun = meeting.plan.starts_at
    session = announce(meeting, crowd, begun - _AHEAD)
    session.state, session.held_at = SessionState.HELD, session.ends_at
    for person, mark in marks:
        rows.add_place(session, person, begun - _AHEAD / 2)
        minutes = rows.add_mark(session, person, mark)
        if minutes:
            rows.add_credit(
                person, enrolments.get(person.id), topic=session.topic, form=session.form,
                minutes=minutes, occurred_on=clock.today(begun), source_type=sessions.SOURCE,
                source_ref=session.public_id, title=session.title, title_en=session.title_en,
                recorded_at=session.ends_at, recorder_id=session.trainer_id,
            )  # fmt: skip
    trail.note(
        crowd.actor("jiaoyuan"), "programmes:attendance:record", session, session.ends_at,
        marked=len(marks), corrected=0,
    )  # fmt: skip
    return session
