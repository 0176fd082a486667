"""Pages of training: sessions, class lists, hours, enrolments and decisions about them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from tests.support.programmes import make_credit, make_enrolment, make_programme, make_session
from tests.support.queries import counting
from tests.support.world import make_person, post
from training.core import clock
from training.core.db import db
from training.people.rules.person import Standing
from training.programmes import queries, sessions
from training.programmes.models import CreditEntry, Enrolment, SignUp, TrainingSession


def soon(**overrides) -> str:
    """A session that began ten minutes ago."""
    made = make_session(starts_at=clock.now() - timedelta(minutes=10), **overrides)
    db.session.commit()
    return made.public_id


def class_of(world, session_id: str) -> str:
    """Put the mediator on the class list; returns the person's public id."""
    session = db.session.scalars(sa.select(TrainingSession).filter_by(public_id=session_id)).one()
    person = world.person("a_mediator")
    db.session.add(
        SignUp(
            session_id=session.id, person_id=person.id, org_id=person.org_id, signed_at=clock.now()
        )
    )
    name = person.public_id
    db.session.commit()
    return name


def test_a_learner_signs_up_checks_in_and_sees_it(world, browser_for):
    made = make_session(starts_at=clock.now() + timedelta(minutes=20)).public_id
    db.session.commit()
    client = browser_for(world.account("a_mediator"))
    assert "调解员常用的民法典规则" in client.get("/sessions/").text
    assert "调解员常用的民法典规则" not in client.get("/sessions/?topic=mediation_skills").text
    url = f"/sessions/{made}"
    assert post(client, f"{url}/join").status_code == 303
    assert "我已到场，签到" in client.get(url).text
    assert post(client, f"{url}/check-in").status_code == 303
    assert "等待教员确认" in client.get(url).text
    assert post(client, f"{url}/leave").status_code == 303


def test_somebody_of_another_district_cannot_join(world, browser_for):
    made = make_session(starts_at=clock.now() + timedelta(minutes=20)).public_id
    db.session.commit()
    client = browser_for(world.account("b_mediator"))
    assert "民法典规则" not in client.get("/sessions/").text
    assert post(client, f"/sessions/{made}/join").status_code == 403


def test_a_trainer_confirms_the_list_and_the_hours_follow(world, browser_for):
    make_enrolment()
    session_id = soon()
    name = class_of(world, session_id)
    trainer = browser_for(world.account("a_trainer"))
    url = f"/classes/{session_id}"
    assert "甲调解员" in trainer.get(url).text
    sent = {
        f"mark-{name}": "present",
        f"reason-{name}": "",
        f"minutes-{name}": "",
        "_key": "k" * 24,
    }
    for _ in range(2):
        assert post(trainer, f"{url}/attendance", sent).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(CreditEntry.id))) == 1
    hours = browser_for(world.account("a_mediator")).get("/learn/hours").text
    assert "调解员常用的民法典规则" in hours
    assert "为什么" in hours


def test_an_absence_without_a_reason_comes_back_with_what_was_typed(world, browser_for):
    session_id = soon()
    name = class_of(world, session_id)
    trainer = browser_for(world.account("a_trainer"))
    answer = post(trainer, f"/classes/{session_id}/attendance", {f"mark-{name}": "absent"})
    assert answer.status_code == 422
    assert "迟到、缺席请写明情况" in answer.text
    assert 'value="absent" selected' in answer.text


def test_an_empty_list_is_refused(world, browser_for):
    trainer = browser_for(world.account("a_trainer"))
    assert post(trainer, f"/classes/{soon()}/attendance").status_code == 422


def test_somebody_who_came_is_found_and_added(world, browser_for):
    session_id = soon()
    trainer = browser_for(world.account("a_trainer"))
    url = f"/classes/{session_id}"
    name = world.person("a_mediator").public_id
    other = world.person("b_mediator").public_id
    assert name in trainer.get(f"{url}?q=Ta0001").text
    assert post(trainer, f"{url}/people", {"person": name}).status_code == 303
    assert post(trainer, f"{url}/people", {"person": other}).status_code == 404
    assert f"mark-{name}" in trainer.get(url).text


def session_fields(world, **overrides):
    day = clock.today() + timedelta(days=5)
    return {
        "org": world.org("甲区司法局").public_id, "title": "旁听庭审", "topic": "law_and_policy",
        "form": "court_observation", "day": day.isoformat(), "begins": "09:00", "ends": "11:30",
        "place": "区法院", "minutes": "135", "capacity": "30",
    } | overrides  # fmt: skip


def test_a_trainer_plans_changes_and_cancels_a_session(world, browser_for):
    trainer = browser_for(world.account("a_trainer"))
    assert trainer.get("/classes/new").status_code == 200
    refused = post(trainer, "/classes/new", session_fields(world, minutes="400"))
    assert refused.status_code == 422
    assert "不能超过培训时长" in refused.text
    made = post(trainer, "/classes/new", session_fields(world))
    assert made.status_code == 303
    url = made.location
    assert "区法院" in trainer.get(f"{url}/edit").text
    moved = session_fields(world, place="三号法庭")
    unexplained = post(trainer, f"{url}/edit", moved)
    assert unexplained.status_code == 422
    assert "请写明理由" in unexplained.text
    changed = post(trainer, f"{url}/edit", moved | {"reason": "一号法庭检修"})
    assert changed.status_code == 303
    assert "三号法庭" in trainer.get("/classes/").text
    assert post(trainer, f"{url}/cancel", {"reason": ""}).status_code == 422
    assert post(trainer, f"{url}/cancel", {"reason": "台风"}).status_code == 303
    assert "台风" in trainer.get(url).text
    assert post(trainer, f"{url}/reopen", {"reason": ""}).status_code == 422
    assert post(trainer, f"{url}/reopen", {"reason": "改道"}).status_code == 303
    history = trainer.get(url).text
    for line in ("地点：区法院 → 三号法庭", "一号法庭检修", "台风", "改道", "取消培训"):
        assert line in history
    assert "恢复这次培训" not in history
    assert post(trainer, f"{url}/reopen", {"reason": "再来"}).status_code == 422


def test_a_held_session_is_corrected_on_the_page_with_a_reason(world, browser_for):
    day = clock.local(clock.now() - timedelta(days=1))
    starts = clock.now() - timedelta(days=1)
    made = make_session(starts_at=starts.replace(minute=0, second=0, microsecond=0))
    db.session.commit()
    person = world.person("a_mediator")
    sessions.add_to_class(world.actor("a_trainer"), made, person, now=clock.now())
    trainer, url = browser_for(world.account("a_trainer")), f"/classes/{made.public_id}"
    sent = {f"mark-{person.public_id}": "present"}
    assert post(trainer, f"{url}/attendance", sent).status_code == 303
    page = trainer.get(url).text
    assert f"{url}/edit" in page
    assert 'id="history"' not in page
    form = trainer.get(f"{url}/edit").text
    assert "更正已举办的培训" in form
    assert 'name="capacity"' not in form
    wrong = session_fields(world, day=day.date().isoformat())
    del wrong["capacity"]
    assert post(trainer, f"{url}/edit", wrong).status_code == 422
    assert post(trainer, f"{url}/edit", wrong | {"reason": "填错形式"}).status_code == 303
    page = trainer.get(url).text
    assert "形式：集中授课 → 旁听庭审" in page
    assert page.index('id="history"') < page.index('id="attendance"')
    own = browser_for(world.account("a_mediator"))
    assert "填错形式" in own.get("/learn/hours").text


def test_a_learner_sees_what_changed_and_why_but_not_who_changed_it(world, browser_for):
    made = make_session(starts_at=clock.now() + timedelta(days=2))
    db.session.commit()
    url, name = f"/classes/{made.public_id}", world.person("a_trainer").name
    trainer = browser_for(world.account("a_trainer"))
    assert post(trainer, f"{url}/cancel", {"reason": "台风"}).status_code == 303
    assert post(trainer, f"{url}/reopen", {"reason": "改道"}).status_code == 303
    assert f"· {name}" in trainer.get(url).text
    page = browser_for(world.account("a_mediator")).get(f"/sessions/{made.public_id}").text
    assert "恢复培训" in page
    assert "改道" in page
    assert f"· {name}" not in page
    stranger = browser_for(world.account("b_trainer"))
    assert post(stranger, f"{url}/reopen", {"reason": "x"}).status_code == 404


def test_a_stranger_gets_404_for_class_and_enrolment(world, browser_for):
    session_id, enrolment = soon(), make_enrolment().public_id
    credit = make_credit().public_id
    db.session.commit()
    trainer, hr = browser_for(world.account("b_trainer")), browser_for(world.account("b_hr"))
    assert trainer.get(f"/classes/{session_id}").status_code == 404
    assert post(trainer, f"/classes/{session_id}/attendance").status_code == 404
    assert hr.get(f"/enrolments/{enrolment}").status_code == 404
    assert post(hr, f"/enrolments/{enrolment}/withdraw", {"reason": "x"}).status_code == 404
    assert hr.get(f"/credits/{credit}/reverse").status_code == 404


def test_hr_enrols_exports_reverses_and_withdraws(world, browser_for):
    make_programme()
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    programme = make_programme().public_id
    unknown = post(hr, "/enrolments/new", {"programme": programme, "person": "查无此人"})
    assert unknown.status_code == 422
    made = post(hr, "/enrolments/new", {"programme": programme, "person": "Ta0001"})
    assert made.status_code == 303
    twice = post(hr, "/enrolments/new", {"programme": programme, "person": "Ta0001"})
    assert twice.status_code == 422
    credit = make_credit().public_id
    db.session.commit()
    page = hr.get(made.location).text
    assert "还差" in page
    assert f"/credits/{credit}/reverse" in page
    bad = post(hr, f"/credits/{credit}/reverse", {"reason": "duplicate", "note": ""})
    assert bad.status_code == 422
    ok = post(hr, f"/credits/{credit}/reverse", {"reason": "duplicate", "note": "登记两次"})
    assert ok.status_code == 303
    sheet = hr.get("/enrolments/export")
    assert sheet.data[:2] == b"PK"
    assert "甲调解员" in hr.get("/enrolments/?q=Ta0001").text
    assert post(hr, f"{made.location}/withdraw", {"reason": "本人申请"}).status_code == 303


def test_voiding_appeal_and_review_go_through_the_pages(world, browser_for):
    enrolment = make_enrolment().public_id
    make_credit()
    db.session.commit()
    hr, learner = browser_for(world.account("a_hr")), browser_for(world.account("a_mediator"))
    url = f"/enrolments/{enrolment}"
    fields = {
        "reason": "impersonation", "statement": "他人代学", "evidence": "登录记录",
        "served_on": clock.today().isoformat(),
    }  # fmt: skip
    assert post(hr, f"{url}/void", fields | {"evidence": ""}).status_code == 422
    assert post(hr, f"{url}/void", fields).status_code == 303
    page = learner.get("/learn/hours").text
    assert "他人代学" in page
    assert (
        post(learner, f"/learn/hours/{enrolment}/appeal", {"reason": "本人所学"}).status_code == 303
    )
    reviewer = browser_for(world.account("a_reviewer"))
    assert "复核申诉" in reviewer.get(url).text
    decided = post(reviewer, f"{url}/appeal", {"upheld": "1", "reason": "查无实据"})
    assert decided.status_code == 303
    held = db.session.scalars(sa.select(Enrolment)).one()
    assert queries.progress(held.person_id, clock.today()).result.total.done_minutes == 90


def test_a_voiding_in_error_is_taken_back_in_the_browser(world, browser_for):
    enrolment = make_enrolment()
    make_credit()
    db.session.commit()
    url = f"/enrolments/{enrolment.public_id}"
    hr = browser_for(world.account("a_hr"))
    fields = {
        "reason": "impersonation", "statement": "他人代学", "evidence": "学习记录",
        "served_on": clock.today().isoformat(),
    }  # fmt: skip
    assert f"{url}/void/withdraw" not in hr.get(url).text
    assert post(hr, f"{url}/void", fields).status_code == 303
    assert f"{url}/void/withdraw" in hr.get(url).text
    assert post(hr, f"{url}/void/withdraw", {"reason": ""}).status_code == 422
    assert post(hr, f"{url}/void/withdraw", {"reason": "同名他人"}).status_code == 303
    page = hr.get(url).text
    for part in ("他人代学", "同名他人", "撤销作废，恢复学时"):
        assert part in page
    learner = browser_for(world.account("a_mediator"))
    assert "作废您学时的决定已撤销" in learner.get("/inbox").text
    stranger = browser_for(world.account("b_hr"))
    assert post(stranger, f"{url}/void/withdraw", {"reason": "x"}).status_code == 404


def test_the_pages_speak_english(world, browser_for):
    made = make_session(starts_at=clock.now() + timedelta(minutes=20)).public_id
    make_enrolment()
    db.session.commit()
    client = browser_for(world.account("a_mediator"))
    client.set_cookie("lang", "en")
    assert "Rules of the Civil Code" in client.get("/sessions/").text
    assert "I am here, check me in" in client.get(f"/sessions/{made}").text
    assert "My credit hours" in client.get("/learn/hours").text
    trainer = browser_for(world.account("a_trainer"))
    trainer.set_cookie("lang", "en")
    assert "Training sessions" in trainer.get("/classes/").text


def test_the_lists_ask_no_more_of_the_database_with_more_rows(world, browser_for):
    make_enrolment()
    make_session(starts_at=clock.now() + timedelta(days=1))
    db.session.commit()
    hr, trainer = browser_for(world.account("a_hr")), browser_for(world.account("a_trainer"))
    counts: dict[str, list[int]] = {}
    for size in (1, 10):
        for client, url in ((hr, "/enrolments/"), (trainer, "/classes/")):
            client.get(url)
            with counting() as n:
                client.get(url)
            counts.setdefault(url, []).append(len(n))
        if size == 1:
            for number in range(9):
                person = make_person(f"示例{number}", standing=Standing.TRAINEE)
                make_enrolment(person)
                make_credit(person)
                make_session(starts_at=clock.now() + timedelta(days=number + 2))
            db.session.commit()
    assert all(few == many for few, many in counts.values()), counts
