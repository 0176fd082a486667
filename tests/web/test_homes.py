"""Homes: each role sees what to do; nobody sees another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.employment import make_case, make_opening, seat_panel
from tests.support.programmes import make_session
from tests.support.queries import counting
from tests.support.world import NOW, make_account, make_person
from training.core.db import db
from training.core.rules.roles import Role
from training.employment.rules.recruitment import RecruitmentState
from training.people.models import RoleGrant


def test_a_visitor_finds_the_way_in(app):
    page = app.test_client().get("/")
    assert 'href="/login"' in page.text
    assert 'href="/activate"' in page.text


def test_an_applicant_without_a_role_is_led_to_the_application(world, browser_for):
    org = world.org("甲区一街社区调委会")
    account = make_account(make_person("应聘某", org), Role.MEDIATOR, org)
    db.session.execute(sa.delete(RoleGrant).where(RoleGrant.account_id == account.id))
    db.session.commit()
    page = browser_for(account).get("/")
    assert "我的报名" in page.text
    assert 'href="/my/applications"' in page.text


@pytest.mark.parametrize(
    ("username", "has", "lacks"),
    [
        ("a_hr", "/people", "/audit"),
        ("a_trainer", "/bank", "/policy"),
        ("a_approver", "/employment/to-decide", "/audit"),
        ("a_mediator", "/learn", "/people/slips"),
        ("city_auditor", "/audit", "/people/slips"),
    ],
)
def test_navigation_follows_the_permission_table(world, browser_for, username, has, lacks):
    page = browser_for(world.account(username)).get("/").text
    assert f'href="{has}' in page
    assert f'href="{lacks}' not in page


def test_the_overview_asks_no_more_of_the_database_with_more_people(world, browser_for):
    hr = browser_for(world.account("a_hr"))
    hr.get("/")
    with counting() as few:
        hr.get("/")
    for n in range(30):
        make_person(f"多人{n}", world.org("甲区一街社区调委会"))
    db.session.commit()
    with counting() as many:
        hr.get("/")
    assert len(many) == len(few) > 0


def test_work_that_waits_stands_on_the_home_of_those_who_do_it(world, browser_for):
    make_session(starts_at=NOW - timedelta(hours=3))
    db.session.commit()
    assert "培训班等待登记到场" in browser_for(world.account("a_trainer")).get("/").text
    assert "培训班等待登记到场" not in browser_for(world.account("a_hr")).get("/").text


def test_a_home_without_work_says_so(world, browser_for):
    assert "现在没有等您办理的事" in browser_for(world.account("city_auditor")).get("/").text


def test_a_member_of_a_panel_finds_the_interviews_from_the_home(world, browser_for):
    opening = make_opening()
    interview = make_case(opening=opening, state=RecruitmentState.INTERVIEW)
    seat_panel(opening, world.person("a_panel"))
    db.session.commit()
    page = browser_for(world.account("a_panel")).get("/").text
    assert "面试等您评分" in page
    assert 'href="/my/interviews"' in page
    assert interview.person.name in browser_for(world.account("a_panel")).get("/my/interviews").text


@pytest.mark.parametrize(
    ("username", "offered"),
    [("a_trainer", False), ("a_proctor", False), ("a_hr", True), ("a_approver", True)],
)
def test_a_shortcut_is_offered_to_those_whose_office_it_is(world, browser_for, username, offered):
    page = browser_for(world.account(username)).get("/").text
    shortcuts = page[page.index('id="shortcuts"') :]
    shortcuts = shortcuts[: shortcuts.index("</ul>")]
    assert ('href="/employment/appointments"' in shortcuts) is offered
    assert shortcuts.count("<a ") >= 1
