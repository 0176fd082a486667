"""Correcting an announcement: changing it, calling it off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.employment import make_case, make_opening
from tests.support.programmes import make_programme
from tests.support.world import NOW, make_person
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import OrgUnit
from training.core.rules.permission import ANONYMOUS
from training.core.rules.words import Words
from training.employment import announcements, applications, openings, queries, selection
from training.employment.announcements import Announcement
from training.employment.applications import Application
from training.employment.rules.eligibility import Preference
from training.employment.rules.recruitment import RecruitmentState as S
from training.employment.rules.recruitment_gates import Route
from training.people.models import Notice
from training.people.rules.person import Standing
from training.proceedings import objections
from training.proceedings import service as proceedings
from training.proceedings.models import NoticeName, PublicNotice
from training.proceedings.rules.notice import Outcome

TODAY = clock.today(NOW)
PAPER = Application(Route.OPEN_RECRUITMENT, "", None, "我愿意。", (Preference.LAW,), ())


@pytest.fixture
def opening(world):
    make_programme()
    made = make_opening()
    db.session.commit()
    return made


def wanted(opening, **overrides):
    held = Announcement(
        opening.title, opening.title_en, opening.body, opening.positions, opening.office,
        opening.telephone, opening.closes_on,
    )  # fmt: skip
    return replace(held, **overrides)


def told(person_id):
    query = sa.select(Notice).where(Notice.person_id == person_id).order_by(Notice.id)
    return [(n.message, n.params.get("reason")) for n in db.session.scalars(query)]


def test_a_change_keeps_what_stood_there_and_tells_applicants_and_the_approver(world, opening):
    case, left = make_case(opening=opening), make_case(opening=opening, state=S.WITHDRAWN)
    db.session.commit()
    until = opening.closes_on
    later = until + timedelta(days=5)
    announcements.change(
        world.actor("a_hr"), opening, wanted(opening, telephone="0898-66511111", closes_on=later),
        "电话有误，延长报名", now=NOW,
    )  # fmt: skip
    assert (opening.telephone, opening.closes_on, opening.state) == ("0898-66511111", later, S.OPEN)
    (event,) = queries.opening_events(opening, "change")
    assert (event.reason, event.actor_id) == ("电话有误，延长报名", world.actor("a_hr").person_id)
    assert event.detail["former"] == {
        "telephone": "0898-66500000", "closes_on": until.isoformat(),
    }  # fmt: skip
    assert event.detail["changed"]["closes_on"] == later.isoformat()
    said = ("选聘「%(title)s」的公告已更改，改动见公告页。理由：%(reason)s", "电话有误，延长报名")
    assert told(case.person_id) == [said]
    assert told(world.person("a_approver").id) == [said]
    assert told(left.person_id) == []


@pytest.mark.parametrize(
    ("overrides", "reason", "code"),
    [
        ({}, "更正", "UNCHANGED"),
        ({"telephone": "1"}, " ", "REASON_REQUIRED"),
        ({"closes_on": TODAY}, "提前", "announcement.too_early"),
    ],
)
def test_a_change_is_refused_with_its_reason(world, opening, overrides, reason, code):
    with pytest.raises(Refused) as refused:
        announcements.change(
            world.actor("a_hr"), opening, wanted(opening, **overrides), reason, now=NOW
        )
    assert code in (refused.value.code, *refused.value.verdict.codes)


def test_places_stay_enough_for_who_was_confirmed_and_time_is_not_prolonged_late(world, opening):
    make_case(opening=opening, state=S.CONFIRMED)
    make_case(opening=opening, state=S.CONFIRMED)
    db.session.commit()
    later = opening.closes_on + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        announcements.change(
            world.actor("a_hr"),
            opening,
            wanted(opening, positions=1, closes_on=later),
            "改",
            now=NOW,
        )
    assert refused.value.verdict.codes == ("announcement.interviewing", "announcement.positions")


def test_only_hr_of_the_unit_changes_or_calls_off(world, opening):
    for name in ("b_hr", "a_approver", "a_trainer"):
        with pytest.raises(NotVisible):
            announcements.change(
                world.actor(name), opening, wanted(opening, positions=3), "改", now=NOW
            )
        with pytest.raises(NotVisible):
            announcements.call_off(world.actor(name), opening, "取消", now=NOW)


def test_calling_off_ends_every_application_and_nobody_counts_as_rejected(world, opening):
    office = db.session.get(OrgUnit, opening.org_id)
    cases = {
        state: make_case(make_person(f"应聘{state}", office), opening, state=state)
        for state in (S.APPLIED, S.INTERVIEW, S.REJECTED, S.WITHDRAWN, S.CONFIRMED)
    }
    db.session.commit()
    with pytest.raises(Refused) as refused:
        announcements.call_off(world.actor("a_hr"), opening, " ", now=NOW)
    assert refused.value.code == "REASON_REQUIRED"
    assert announcements.call_off(world.actor("a_hr"), opening, "编制调整", now=NOW) == 3
    assert opening.state is S.CALLED_OFF
    assert {was: case.state for was, case in cases.items()} == {
        S.APPLIED: S.CALLED_OFF, S.INTERVIEW: S.CALLED_OFF, S.REJECTED: S.CALLED_OFF,
        S.WITHDRAWN: S.WITHDRAWN, S.CONFIRMED: S.CONFIRMED,
    }  # fmt: skip
    event = queries.events_of(cases[S.INTERVIEW])[-1]
    assert (event.action, event.reason) == ("call_off", "编制调整")
    assert told(cases[S.APPLIED].person_id) == [
        ("选聘「%(title)s」已取消，您的报名随之结束，不计为未通过。理由：%(reason)s", "编制调整")
    ]
    assert told(cases[S.CONFIRMED].person_id) == []
    assert told(world.person("a_approver").id)[-1][1] == "编制调整"
    with pytest.raises(Refused):
        announcements.call_off(world.actor("a_hr"), opening, "再次", now=NOW)


def test_what_is_called_off_takes_no_application_but_can_be_read(world, opening):
    person = world.person("a_mediator")
    person.standing = Standing.CANDIDATE
    db.session.commit()
    announcements.call_off(world.actor("a_hr"), opening, "编制调整", now=NOW)
    with pytest.raises(Refused) as refused:
        applications.apply(world.actor("a_mediator"), opening, PAPER, now=NOW)
    assert refused.value.code == "GATE"
    assert opening not in queries.open_openings(TODAY)
    assert opening in queries.closed_openings(TODAY)


def test_an_approved_plan_that_was_never_announced_stays_unread(world):
    made = make_opening(state=S.PLAN_APPROVED, opened_at=None)
    db.session.commit()
    announcements.call_off(world.actor("a_hr"), made, "编制调整", now=NOW)
    assert not queries.is_public(made)
    assert made not in queries.closed_openings(TODAY)
    with pytest.raises(Refused):
        openings.announce(world.actor("a_hr"), made, now=NOW)


def _noticed(world, opening, *cases):
    named = [proceedings.Named(c.person, Outcome.APPOINTMENT, c) for c in cases]
    return proceedings.publish_notice(
        world.actor("a_hr"), db.session.get(OrgUnit, opening.org_id), Words("拟聘公示"), "拟聘", named,
        receiving_office="人事科", telephone="0898-1", now=NOW,
    )  # fmt: skip


def test_a_public_notice_goes_with_the_recruitment_once_objections_are_decided(world, opening):
    case = make_case(opening=opening, state=S.PUBLIC_NOTICE)
    db.session.commit()
    notice = _noticed(world, opening, case)
    name = db.session.query(NoticeName).one()
    objections.object_to_notice(ANONYMOUS, notice, name, "不同意", filer="群众", phone="", now=NOW)
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as refused:
        announcements.call_off(hr, opening, "编制调整", now=NOW)
    assert refused.value.verdict.codes == ("announcement.undecided",)
    assert case.state is S.PUBLIC_NOTICE
    (objection,) = queries.objections_of(case)
    objections.assign_reviewer(hr, objection, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), objection, False, "查无实据", now=NOW)
    announcements.call_off(hr, opening, "编制调整", now=NOW)
    assert case.state is S.CALLED_OFF
    kept = db.session.scalars(sa.select(PublicNotice)).one()
    assert (kept.withdrawn_reason, kept.withdrawn_by) == ("编制调整", hr.person_id)


def test_a_notice_by_which_somebody_was_confirmed_stands(world, opening):
    case, chosen = (make_case(opening=opening, state=S.PUBLIC_NOTICE) for _ in range(2))
    db.session.commit()
    notice = _noticed(world, opening, case, chosen)
    selection.confirm(world.actor("a_approver"), chosen, now=NOW + timedelta(days=9))
    announcements.call_off(world.actor("a_hr"), opening, "编制调整", now=NOW + timedelta(days=9))
    assert (case.state, chosen.state) == (S.CALLED_OFF, S.CONFIRMED)
    assert notice.withdrawn_at is None
