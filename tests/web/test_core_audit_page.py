"""The audit page: who, what and where in words, for those who may read the files."""

from __future__ import annotations

import pytest

from tests.support.queries import counting
from tests.support.world import NOW, World, make_account, make_person
from training.core import audit
from training.core.db import db
from training.core.models import AuditEntry, OrgUnit
from training.core.rules.roles import Role
from training.people.models import Person


def _entry(world: World, actor: str, subject: Person | OrgUnit, **detail: object) -> AuditEntry:
    entry = audit.write(
        world.actor(actor), "people:role:grant", subject, at=NOW, detail=detail
    )  # fmt: skip
    db.session.commit()
    return entry


@pytest.fixture
def auditor(world, browser_for):
    return browser_for(world.account("city_auditor"))


def test_names_stand_beside_the_ids_and_lead_to_the_files(world, auditor):
    hr, about = world.person("a_hr"), world.person("a_mediator")
    entry = _entry(world, "a_hr", about)
    assert hr.name not in entry.detail
    page = auditor.get("/audit").text
    for person in (hr, about):
        assert f'<a href="/people/{person.public_id}">{person.name}</a>' in page
        assert page.count(person.public_id) >= 2


@pytest.fixture
def district_auditor(world):
    org = world.org("甲区司法局")
    made = make_account(make_person("区审某", org), Role.AUDITOR, org)
    db.session.commit()
    return made


def test_a_name_out_of_reach_is_not_told(world, browser_for, district_auditor):
    stranger = world.person("b_hr")
    _entry(world, "b_hr", world.org("甲区司法局"))
    page = browser_for(district_auditor).get("/audit").text
    assert stranger.public_id in page
    assert stranger.name not in page


@pytest.mark.parametrize("sought", ["授予", "people:role"])
def test_acts_are_found_by_their_words_or_by_their_code(world, auditor, sought):
    _entry(world, "a_hr", world.org("甲区司法局"), state="found-me")
    assert "found-me" in auditor.get("/audit", query_string={"action": sought}).text
    assert "found-me" not in auditor.get("/audit?action=证书").text


def test_the_acts_are_offered_by_their_labels(auditor):
    assert '<option value="修改政策参数">' in auditor.get("/audit").text


def test_the_detail_is_said_in_words(world, auditor):
    org = world.org("甲区司法局")
    _entry(world, "a_hr", org, role="trainer", at=org.id, known=False, odd=[1])
    assert f"机构：{org.name}；known：否；odd：[1]；角色：教员" in auditor.get("/audit").text


def test_the_kind_of_a_record_is_said_in_words(world, auditor):
    org = world.org("甲区司法局")
    _entry(world, "a_hr", org)
    assert f'机构<br><span class="soft small">{org.public_id}</span>' in auditor.get("/audit").text


def test_the_page_asks_the_same_number_of_questions_for_many_entries(world, auditor):
    _entry(world, "a_hr", world.person("a_mediator"), at=1)
    auditor.get("/audit")
    with counting() as few:
        auditor.get("/audit")
    for name in ("a_mediator", "b_mediator", "a_trainer", "b_hr"):
        for org in (1, 2, 3):
            _entry(world, name, world.person(name), at=org)
    with counting() as many:
        assert auditor.get("/audit").status_code == 200
    assert len(few) == len(many)
