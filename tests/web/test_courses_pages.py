"""Pages of courses: studying, signs of life, cases, uploads and publishing."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import sqlalchemy as sa

from courses import study
from courses.models import Lesson, StudyRecord
from courses.rules.lessons import LessonKind
from tests.service.test_courses_authoring import word_file
from tests.support.courses import make_course, make_lesson, read
from tests.support.programmes import make_enrolment
from tests.support.queries import counting
from tests.support.world import csrf, post
from training.core import clock
from training.core.db import db
from training.programmes.models import CreditEntry

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def learner(world, browser_for):
    return browser_for(world.account("a_mediator"))


def ping(client, lesson_id: str, **body):
    sent = {"id": "0123456789abcdef0123456789abcdef", "active": True} | body
    return client.post(
        f"/learn/lessons/{lesson_id}/ping", json=sent, headers={"X-CSRFToken": csrf(client)}
    )


def test_a_learner_finds_a_lesson_and_opens_it(world, browser_for):
    lesson = make_lesson().public_id
    db.session.commit()
    client = learner(world, browser_for)
    assert "人民调解法怎样用" in client.get("/learn/").text
    page = client.get(f"/learn/lessons/{lesson}").text
    assert page.count("<h1") == 1
    assert "我已学完" in page
    assert db.session.scalars(sa.select(StudyRecord)).one().opened_at is not None


def test_the_pages_speak_english(world, browser_for):
    lesson = make_lesson()
    name, course = lesson.public_id, lesson.course.public_id
    db.session.commit()
    client = learner(world, browser_for)
    client.set_cookie("lang", "en")
    for url in ("/learn/", f"/learn/courses/{course}", f"/learn/lessons/{name}"):
        page = client.get(url).text
        assert "Using the mediation law" in page
    assert "I have finished" in page


def test_a_sign_of_life_is_stamped_by_the_server_and_answered_with_progress(world, browser_for):
    lesson = make_lesson().public_id
    db.session.commit()
    client = learner(world, browser_for)
    answer = ping(client, lesson, percent=40, place=3)
    assert (answer.status_code, answer.json["percent"]) == (200, 40)
    assert db.session.scalars(sa.select(StudyRecord)).one().place == 3


def test_a_malformed_sign_of_life_is_refused(world, browser_for):
    lesson = make_lesson().public_id
    db.session.commit()
    client = learner(world, browser_for)
    for body in ({"id": "x"}, {"id": None}, {"id": "' OR 1=1 --............"}):
        assert ping(client, lesson, **body).status_code == 422
    strange = ping(client, lesson, percent="all", place=-4, watched=[["a", 1], [1], 7])
    assert strange.status_code == 200


def test_a_lesson_is_finished_once_however_often_one_clicks(world, browser_for):
    make_enrolment()
    lesson, person = make_lesson(), world.person("a_mediator")
    name = lesson.public_id
    db.session.commit()
    read(person, lesson, 16, start=clock.now() - timedelta(hours=1))
    client = learner(world, browser_for)
    for _ in range(2):
        done = post(client, f"/learn/lessons/{name}/complete", {"_key": "k" * 24})
        assert done.status_code == 303
    assert post(client, f"/learn/lessons/{name}/complete").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(CreditEntry.id))) == 1
    assert "20" in client.get("/learn/hours").text


def test_finishing_too_early_says_what_is_missing(world, browser_for):
    lesson = make_lesson().public_id
    db.session.commit()
    client = learner(world, browser_for)
    client.get(f"/learn/lessons/{lesson}")
    answer = post(client, f"/learn/lessons/{lesson}/complete")
    assert answer.status_code == 409
    assert "学习时间还差" in answer.text


def test_a_case_is_played_step_by_step_to_its_thread(world, browser_for):
    lesson = make_lesson(kind=LessonKind.CASE_STEPS).public_id
    db.session.commit()
    client = learner(world, browser_for)
    url = f"/learn/lessons/{lesson}"
    first = client.get(url).text
    assert "您先做什么？" in first
    assert "先保安全。" not in first
    refused = post(client, f"{url}/answer", {"step": 0, "choice": "A", "reason": ""})
    assert refused.status_code == 422
    assert "请写下您的理由" in refused.text
    assert (
        post(client, f"{url}/answer", {"step": 0, "choice": "A", "reason": "安全"}).status_code
        == 303
    )
    assert "先保安全。" in client.get(url).text
    assert (
        post(client, f"{url}/answer", {"step": 1, "choice": "B", "reason": "省事"}).status_code
        == 303
    )
    end = client.get(url).text
    assert "您的选择与大家的选择" in end
    assert "100%" in end


def test_notes_are_written_and_removed(world, browser_for):
    lesson = make_lesson().public_id
    db.session.commit()
    client = learner(world, browser_for)
    url = f"/learn/lessons/{lesson}"
    assert post(client, f"{url}/notes", {"text": "<b>记住</b>"}).status_code == 303
    assert "&lt;b&gt;记住" in client.get(url).text
    note = study.notes_of(
        world.person("a_mediator").id, db.session.scalars(sa.select(Lesson)).one()
    )
    assert post(client, f"/learn/notes/{note[0].public_id}/remove").status_code == 303
    assert "记住" not in client.get(url).text


def test_a_draft_is_hidden_from_learners(world, browser_for):
    lesson = make_lesson()
    lesson.withdrawn_at, lesson.withdrawn_reason = clock.now(), "过时"
    name = lesson.public_id
    db.session.commit()
    assert learner(world, browser_for).get(f"/learn/lessons/{name}").status_code == 404


def lesson_fields(course, **overrides):
    return {
        "course": course, "title": "木工的工钱", "topic": "mediation_skills",
        "form": "case_study", "minutes": "25",
    } | overrides  # fmt: skip


def test_a_trainer_uploads_a_word_case_previews_and_publishes_it(world, browser_for):
    course = make_course().public_id
    db.session.commit()
    client = browser_for(world.account("a_trainer"))
    data = lesson_fields(course, word=(io.BytesIO(word_file("甲某讨薪。")), "案例.docx", DOCX))
    made = post(client, "/teach/lessons/new?kind=case_text", data)
    assert made.status_code == 303
    preview = client.get(made.location).text
    assert "甲某讨薪。" in preview
    assert post(client, f"{made.location}/publish").status_code == 303
    assert "木工的工钱" in learner(world, browser_for).get("/learn/").text
    listed = client.get("/teach/").text
    assert "木工的工钱" in listed


def test_a_broken_word_file_is_refused_beside_its_field(world, browser_for):
    course = make_course().public_id
    db.session.commit()
    client = browser_for(world.account("a_trainer"))
    data = lesson_fields(course, word=(io.BytesIO(b"PK\x03\x04oops"), "案例.docx", DOCX))
    answer = post(client, "/teach/lessons/new?kind=case_text", data)
    assert answer.status_code == 422
    assert "木工的工钱" in answer.text
    assert re.search(r'代码 <span class="mono">[A-Z_]+</span>', answer.text)
    assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == 0


def test_a_text_lesson_is_edited_into_a_new_version(world, browser_for):
    name = make_lesson().public_id
    db.session.commit()
    client = browser_for(world.account("a_trainer"))
    url = f"/teach/lessons/{name}"
    assert "人民调解法怎样用" in client.get(f"{url}/edit").text
    course = db.session.scalars(sa.select(Lesson)).one().course.public_id
    data = lesson_fields(course, form="online_study", source="## 新\n\n<script>x</script>")
    assert post(client, f"{url}/edit", data).status_code == 303
    assert "<script>x" not in client.get(url).text
    assert post(client, f"{url}/publish").status_code == 303
    assert "木工的工钱" in client.get(url).text
    assert post(client, f"{url}/withdraw", {"reason": ""}).status_code == 422
    assert post(client, f"{url}/withdraw", {"reason": "过时"}).status_code == 303
    assert post(client, f"{url}/restore").status_code == 303


def test_a_trainer_of_another_district_sees_none_of_it(world, browser_for):
    name = make_lesson().public_id
    db.session.commit()
    client = browser_for(world.account("b_trainer"))
    for path in ("", "/edit"):
        assert client.get(f"/teach/lessons/{name}{path}").status_code == 404
    assert post(client, f"/teach/lessons/{name}/publish").status_code == 404
    assert "人民调解法怎样用" not in client.get("/teach/").text


def test_the_lists_ask_no_more_of_the_database_with_more_rows(world, browser_for):
    course = make_course()
    make_lesson(course=course)
    db.session.commit()
    counts = {}
    trainer, student = browser_for(world.account("a_trainer")), learner(world, browser_for)
    for size in (1, 12):
        for client, url in ((trainer, "/teach/"), (student, "/learn/")):
            client.get(url)
            with counting() as n:
                client.get(url)
            counts.setdefault(url, []).append(len(n))
        if size == 1:
            for _ in range(11):
                make_lesson(course=course)
            db.session.commit()
    assert all(few == many for few, many in counts.values()), counts


def test_a_trainer_without_a_course_is_led_to_make_one_before_any_form(world, browser_for):
    page = browser_for(world.account("b_trainer")).get("/teach/lessons/new?kind=case_text").text
    assert "还没有课程" in page
    assert 'href="/teach/courses/new"' in page
    assert 'name="minutes"' not in page
