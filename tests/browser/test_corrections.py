"""Pages on which a recorded fact is corrected by a further entry, on phone and desktop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from certificates.rules.work_card import WorkCardState
from exams.marking.rules.review import ReviewVerdict
from exams.sittings.models import Attempt
from tests.browser.steps import confirm, step_up
from tests.support.certificates import correct_result, make_card, make_certificate, make_ready
from tests.support.employment import make_case, make_opening
from tests.support.programmes import make_enrolment, make_session, present
from tests.support.world import make_person
from training.core import clock
from training.core.db import db
from training.core.rules.vocabulary import TrainingForm
from training.employment import announcements
from training.employment.announcements import Announcement
from training.programmes import changing, sessions
from training.programmes.sessions import Plan

SIZES = pytest.mark.parametrize("size", ["phone", "desktop"])


def _held_session(world):
    make_enrolment()
    begun = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    made = make_session(starts_at=begun)
    db.session.commit()
    trainer = world.actor("a_trainer")
    sessions.record_attendance(
        trainer, made, [present(world.person("a_mediator"))], now=clock.now()
    )
    plan = Plan(
        title=made.title, topic=made.topic, form=made.form, place=made.place,
        starts_at=made.starts_at, ends_at=made.ends_at, minutes=made.minutes,
        title_en=made.title_en,
    )  # fmt: skip
    changing.correct_session(
        trainer, made, replace(plan, form=TrainingForm.COURT_OBSERVATION),
        "签到表上写的是旁听庭审，登记时选错了形式", now=clock.now(),
    )  # fmt: skip
    return made.public_id


@SIZES
def test_a_held_session_is_corrected(app, world, walker, size):
    url = f"/classes/{_held_session(world)}"
    trainer = walker(size).sign_in("a_trainer").go(url)
    trainer.page.click("#history summary")
    trainer.look("correct-class")
    trainer.go(f"{url}/edit").look("correct-session")


@SIZES
def test_an_announcement_is_changed_and_called_off(app, world, walker, size):
    opening = make_opening()
    make_case(make_person("应聘某", opening.org), opening)
    db.session.commit()
    wanted = Announcement(
        opening.title, opening.title_en, opening.body, 3, opening.office, "0898-66511111",
        opening.closes_on + timedelta(days=5),
    )  # fmt: skip
    announcements.change(
        world.actor("a_hr"), opening, wanted, "电话有误，名额增加", now=clock.now()
    )
    public, url = f"/recruitment/{opening.public_id}", f"/employment/openings/{opening.public_id}"
    hr = walker(size).sign_in("a_hr")
    hr.go(f"{url}/change").look("correct-announcement")
    hr.go(url).page.click("#history summary")
    hr.look("correct-plan")
    why = "编制调整，今年不再选聘"
    confirm(hr, "取消选聘", "取消选聘", why)
    step_up(hr, "call-off-step-up")
    confirm(hr, "取消选聘", "取消选聘", why)
    assert "选聘已取消" in hr.page.content()
    visitor = walker(size).go(public)
    visitor.page.click("#history summary")
    visitor.look("called-off")
    assert visitor.page.locator(f"a[href$='{opening.public_id}/apply']").count() == 0


@SIZES
def test_a_card_and_a_certificate_say_what_was_corrected(app, world, walker, size):
    card = make_card(state=WorkCardState.VALID)
    person = make_ready(make_person("周某", card.org, mediator_no="R1"))
    attempt = db.session.scalars(sa.select(Attempt)).one()
    made = make_certificate(
        person,
        inputs={
            "exam": {
                "attempt": attempt.public_id, "points": 6000, "full": 6000, "passed": True,
                "clean": True, "examiners": 3,
            },
        },
    )  # fmt: skip
    correct_result(verdict=ReviewVerdict.IRREGULAR)
    db.session.commit()
    public_id = made.public_id
    hr = walker(size).sign_in("a_hr")
    hr.go(f"/certificates/{public_id}").look("certificate-corrected")
    assert "经复核认定有异常" in hr.page.content()
    hr.go(f"/certificates/cards/{card.public_id}").look("card-handed-over")
    confirm(hr, "撤销发放", "撤销发放", "本人没有领取")
    assert "本人没有领取" in hr.page.content()
