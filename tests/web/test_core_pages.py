"""The ground floor's pages: policy, calendar, access table, audit, system."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.support.world import NOW, csrf, post
from training.core import audit, clock, jobs, policy, workdays
from training.core.db import db
from training.core.models import AuditEntry, Job, PolicyVersion
from training.core.rules.jobs import JobState

TODAY = clock.today(NOW)
CHANGE = {
    "value_one": "70",
    "effective_from": TODAY.isoformat(),
    "basis": "H",
    "basis_text": "示例市考核办法第三条",
    "reason": "统一全市标准",
}


@pytest.fixture
def manager(world, browser_for):
    return browser_for(world.account("city_city_manager"))


def mark(world, on=TODAY):
    return policy.get("exam.pass_mark", world.org("甲区司法局"), on).value


def test_every_policy_is_listed_with_its_basis(manager):
    page = manager.get("/policy")
    assert page.status_code == 200
    assert "参照外地规定（抚顺市），待主管机关确认" in page.text
    assert "默认值，待主管机关确认" in page.text


@pytest.mark.parametrize(
    "key",
    ["exam.pass_mark", "training.prejob_hours", "hire.routes", "case.fee", "cert.annual_check"],
)
def test_each_kind_of_value_has_its_page(manager, key):
    assert manager.get(f"/policy/{key}").status_code == 200


def test_nothing_that_always_has_a_value_is_called_optional(manager):
    label = re.search(
        r'<label class="label" for="basis">.*?</label>', manager.get("/policy/exam.pass_mark").text
    )
    assert label is not None
    assert "选填" not in label.group()


def test_a_new_version_takes_effect_and_the_old_one_stays(world, manager):
    assert post(manager, "/policy/exam.pass_mark", CHANGE).status_code == 303
    assert mark(world) == 70
    assert mark(world, TODAY - timedelta(days=1)) == 60
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, audit.detail(entry)["value"]) == ("core:policy:change", 70)
    page = manager.get("/policy/exam.pass_mark").text
    assert "示例市考核办法第三条" in page
    changed = page[page.index("统一全市标准") :]
    assert world.person("city_city_manager").name in changed[: changed.index("</tr>")]


def test_a_double_click_makes_one_version(world, manager):
    both = CHANGE | {"_key": "k" * 24}
    assert {post(manager, "/policy/exam.pass_mark", both).status_code for _ in range(2)} == {303}
    count = sa.select(sa.func.count()).where(PolicyVersion.key == "exam.pass_mark")
    assert db.session.scalar(count) == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"value_one": "700"}, "error"),
        ({"value_one": "x"}, "error"),
        ({"effective_from": (TODAY - timedelta(days=1)).isoformat()}, "生效日期不能早于今天"),
        ({"reason": ""}, "error"),
        ({"basis": "Z"}, "error"),
    ],
)
def test_a_wrong_change_is_shown_again_and_changes_nothing(world, manager, wrong, says):
    page = post(manager, "/policy/exam.pass_mark", CHANGE | wrong)
    assert page.status_code == 422
    assert says in page.text
    assert mark(world) == 60


def test_a_smuggled_field_is_refused(world, manager):
    page = post(manager, "/policy/exam.pass_mark", CHANGE | {"org_id": "1"})
    assert (page.status_code, "UNKNOWN_FIELD" in page.text) == (422, True)
    assert mark(world) == 60


def test_who_may_only_read_cannot_change(world, browser_for):
    hr = browser_for(world.account("a_hr"))
    assert "保存为新版本" not in hr.get("/policy/exam.pass_mark").text
    assert post(hr, "/policy/exam.pass_mark", CHANGE).status_code == 404
    assert mark(world) == 60


def test_a_change_asks_for_a_fresh_log_in_and_keeps_what_was_typed(app, world):
    from tests.support.world import sign_in

    stale = sign_in(app, world.account("city_city_manager"), fresh=False)
    answer = stale.post(
        "/policy/exam.pass_mark",
        data=CHANGE | {"csrf_token": csrf(stale), "_key": "s" * 24},
        headers={"Referer": "http://localhost/policy/exam.pass_mark"},
    )
    assert answer.status_code == 303
    assert "/login/again" in answer.headers["Location"]
    assert "draft" in answer.headers["Location"]
    assert mark(world) == 60


def test_what_the_law_fixes_has_no_editor(manager):
    assert "保存为新版本" not in manager.get("/policy/case.fee").text


def test_the_calendar_shows_and_takes_a_year(world, manager):
    assert "清明节" in manager.get("/calendar?year=2026").text
    page = manager.get("/calendar?year=2031")
    assert "还缺：元旦、春节、清明节" in page.text
    text = "一、元旦：1月1日至2日放假，共2天。1月4日上班。"
    assert post(manager, "/calendar?year=2031", {"days": text}).status_code == 303
    calendar = workdays.calendar()
    assert not calendar.is_workday(date(2031, 1, 1))
    assert calendar.is_workday(date(2031, 1, 4))
    page = manager.get("/calendar?year=2031").text
    assert "还缺：春节、清明节" in page
    assert "按周末推算 → 上班" in page


def test_a_day_that_stands_there_is_changed_with_a_reason_only(world, manager):
    first = {"days": "2031-05-04 劳动节 休"}
    assert post(manager, "/calendar?year=2031", first).status_code == 303
    silent = post(manager, "/calendar?year=2031", {"days": "2031-05-04 误录 平"})
    assert silent.status_code == 422
    assert "请写明理由" in silent.text
    assert "误录" in silent.text
    told = {"days": "2031-05-04 误录 平", "reason": "抄错一天"}
    assert post(manager, "/calendar?year=2031", told).status_code == 303
    assert date(2031, 5, 4) not in workdays.of_year(2031)
    page = manager.get("/calendar?year=2031").text
    assert "放假 → 按周末推算" in page
    assert "抄错一天" in page


def test_a_bad_line_is_named_and_nothing_is_entered(manager):
    page = post(manager, "/calendar?year=2031", {"days": "2031-01-01 元旦 休\n元旦"})
    assert page.status_code == 422
    assert "第 2 行" in page.text
    assert 2031 not in workdays.calendar().covered_years


def test_the_access_table_prints_every_row(manager, world, browser_for):
    page = manager.get("/system/access")
    assert page.status_code == 200
    assert "people:person:unmask" in page.text
    assert "people:person:unmask" not in manager.get("/system/access?role=auditor").text


def test_the_audit_log_shows_what_is_in_reach(world, manager, browser_for):
    post(manager, "/policy/exam.pass_mark", CHANGE)
    auditor = browser_for(world.account("city_auditor"))
    assert "core:policy:change" not in auditor.get("/audit?action=people").text
    assert "修改政策参数" in auditor.get("/audit?action=core:policy").text


def test_the_chain_is_checked_in_the_background(app, world, manager):
    post(manager, "/policy/exam.pass_mark", CHANGE)
    audit.seal(clock.now())
    assert post(manager, "/audit/check").status_code == 303
    jobs.drain()
    assert "审计链完整" in manager.get("/audit").text
    assert manager.get("/audit/head").json["seq"] == 1


def test_a_dead_job_is_shown_and_tried_again(app, world, manager):
    job = Job(
        kind="core.audit_check", payload={}, state=JobState.DEAD, run_after=NOW, created_at=NOW,
        finished_at=NOW, attempts=5, error="OSError",
    )  # fmt: skip
    db.session.add(job)
    db.session.commit()
    job_id, ref = job.id, job.public_id
    assert "OSError" in manager.get("/system").text
    assert post(manager, f"/system/jobs/{ref}/again").status_code == 303
    assert db.session.get_one(Job, job_id).state is JobState.QUEUED
    jobs.drain()
    assert db.session.get_one(Job, job_id).state is JobState.DONE


def test_values_are_counted_in_english(manager):
    manager.set_cookie("lang", "en")
    page = manager.get("/policy").text
    assert not re.search(r"\b1 (people|points|years|days|times|minutes|hours)\b", page)
    for words in ("1 person", "3 people", "60 points", "3 years", "5 working days"):
        assert words in page
    assert "2021 years" not in page
