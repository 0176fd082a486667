"""One person walks the whole chain in real pages: learners on a phone, staff at a desk.

Only waiting is replaced: most of the pre-job hours are posted, and the clock is moved on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.browser.chain import (
    appointing,
    appraising,
    certifying,
    deciding,
    examining,
    recruiting,
    studying,
)
from tests.browser.chain.story import NAME, Story
from tests.browser.steps import Open
from tests.support.certificates import post_hours
from tests.support.courses import make_course
from tests.support.employment import make_opening
from tests.support.exams import make_sitting
from tests.support.exits import renewal_due
from tests.support.programmes import make_programme, make_session
from tests.support.world import World
from training.core import clock
from training.core.db import db
from training.people.models import Person

BEGIN = date(2026, 11, 2)
"""A Monday before a month without holidays: every window of the story closes in a year whose
working days are known."""
TICKETS_BEFORE = timedelta(minutes=5)


@pytest.fixture
def story(world: World, walker: Open, tmp_path: Path) -> Iterator[Story]:
    """The clock stands at ten in the morning of the first day, and can be moved on."""
    clock.allow_offset(tmp_path / "clock-offset")
    clock.move(clock.at_local(BEGIN, 10) - clock.now())
    yield Story(world, walker)
    clock.allow_offset(None)


def _person() -> Person:
    return db.session.scalars(sa.select(Person).where(Person.name == NAME)).one()


@pytest.mark.timeout(900)
def test_one_person_walks_the_whole_chain(story: Story) -> None:
    make_programme()
    opening = make_opening().public_id
    course = make_course(title="调解技能", topic="mediation_skills").public_id
    db.session.commit()

    recruiting.apply(story, opening)
    case = recruiting.review(story)
    recruiting.interview(story, opening, case)
    recruiting.publish_and_confirm(story, opening, case)

    db.session.rollback()
    person = _person()
    story.person, story.number = person.public_id, str(person.mediator_no)
    session = make_session(starts_at=clock.now() - timedelta(minutes=10)).public_id
    db.session.commit()
    studying.teach(story, course, session)
    studying.study(story)

    appointing.refuse_without_certificate(story)

    post_hours(_person())
    doors = clock.now() + TICKETS_BEFORE
    sitting = make_sitting(
        doors_open_at=doors,
        starts_at=doors + timedelta(minutes=5),
        ends_at=doors + timedelta(minutes=125),
    ).public_id
    db.session.commit()
    examining.register(story, sitting)
    story.wait(minutes=10)
    examining.sit(story)
    examining.mark(story, sitting)
    examining.show_result(story)

    number, code = certifying.certify(story)
    certifying.suspend_and_reinstate(story, number, code)

    appointment = appointing.appoint(story)

    appraising.hire_colleagues(story)
    round_ = appraising.open_round(story)
    appraising.report(story)
    appraising.enter_figures(story, round_)
    appraising.grade(story, round_)
    appraising.serve_and_object(story, round_)
    appraising.decide(story, round_)

    review = deciding.propose_exit(story, appointment)
    deciding.state(story)
    deciding.decide_exit(story, review)
    deciding.close(story, review)
    deciding.exported(story)

    db.session.rollback()
    other = renewal_due(story.world.person("a_trainer")).public_id
    db.session.commit()
    deciding.renew(story, other)
