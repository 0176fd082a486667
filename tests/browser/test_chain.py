"""The chain in real pages: study, exam, certificate; learners on a phone, staff at a desk.

Only waiting is replaced: most of the pre-job hours are posted, and the clock is moved on
to the start of the exam.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import docx
import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Walker
from tests.browser.steps import Open, confirm, press, reload_until, step_up
from tests.support.certificates import complete_hours
from tests.support.courses import make_course
from tests.support.exams import make_sitting
from tests.support.programmes import make_enrolment, make_session
from tests.support.world import World
from training.core import clock, jobs
from training.core.db import db

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TICKETS_BEFORE = timedelta(minutes=5)


@pytest.fixture
def moved_clock(tmp_path: Path) -> Iterator[None]:
    """The site's clock can be moved on, as in development."""
    clock.allow_offset(tmp_path / "clock-offset")
    yield
    clock.allow_offset(None)


def case_study() -> bytes:
    """A case as a trainer writes it in Word, with a heading and two paragraphs."""
    document = docx.Document()
    document.add_heading("基本案情", 1)
    document.add_paragraph("甲某在乙某的工地做木工，完工三个月没有拿到工钱。")
    document.add_heading("调解经过", 1)
    document.add_paragraph("调解员先核对考勤，再请双方一起算账，当场写下分期支付的协议。")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_case_study_and_an_attended_session_bring_the_trainee_forward(
    world: World, walker: Open
) -> None:
    person = world.person("a_mediator")
    make_enrolment(person)
    course = make_course(title="调解技能", topic="mediation_skills").public_id
    session = make_session(starts_at=clock.now() - timedelta(minutes=10)).public_id
    number, name = person.mediator_no, person.public_id
    db.session.commit()

    trainer = walker("desktop").sign_in("a_trainer")
    trainer.look("chain-2-trainer-home")
    page = trainer.go("/teach/lessons/new?kind=case_text").page
    trainer.look("chain-2-upload-case")
    page.select_option("[name=course]", course)
    page.fill("[name=title]", "木工的工钱")
    page.set_input_files(
        "[name=word]", {"name": "木工的工钱.docx", "mimeType": DOCX, "buffer": case_study()}
    )
    page.check("[name=topic][value=mediation_skills]", force=True)
    page.check("[name=form][value=case_study]", force=True)
    page.fill("[name=minutes]", "25")
    press(trainer, "存为草稿并预览")
    expect(page.locator(".prose")).to_contain_text("完工三个月没有拿到工钱")
    trainer.look("chain-2-preview-case")
    press(trainer, "发布")
    expect(page.locator("main")).to_contain_text("第 1 版")
    trainer.look("chain-2-published-case")

    trainer.go(f"/classes/{session}")
    page.fill("#q", str(number))
    press(trainer, "查找")
    press(trainer, "加入名单")
    page.select_option(f"#mark-{name}", "present")
    trainer.look("chain-2-attendance")
    press(trainer, "确认到场并计学时")
    expect(page.locator(".class-marks")).to_contain_text("到场")

    trainee = walker("phone").sign_in("a_mediator")
    page = trainee.page
    expect(page.locator(".card:has(#hours)")).to_contain_text("还差")
    trainee.look("chain-2-today")
    trainee.go("/learn/").look("chain-2-catalogue")
    with page.expect_response(lambda r: r.url.endswith("/ping")) as alive:
        page.get_by_role("link", name="木工的工钱").first.click()
    assert alive.value.ok
    assert alive.value.json()["ready"] is False
    expect(page.locator(".prose")).to_contain_text("再请双方一起算账")
    expect(page.locator("[data-show=counted]")).to_be_visible()
    expect(page.locator("[data-show=missing]")).to_contain_text("学习时间还差")
    trainee.look("chain-2-lesson")
    trainee.go("/learn/hours")
    expect(page.locator(".card:has(#owed)")).to_contain_text("还差 36 学时")
    expect(page.locator("main")).to_contain_text("调解员常用的民法典规则")
    trainee.look("chain-2-hours")
    trainee.go("/exams/")
    expect(page.locator(".card:has(#gate)")).to_contain_text("学时")
    trainee.look("chain-3-refused")


def answer_here(walker: Walker) -> None:
    """Answer the question that is shown, rightly, and wait until the server has it."""
    page = walker.page
    if page.locator("#opt-true").count():
        keys = ["true"]
    elif page.locator("#opts.opts-many").count():
        keys = ["o1", "o3"]
    else:
        keys = ["o2"]
    for key in keys:
        with page.expect_response(lambda r: r.url.endswith("/steps")) as saved:
            page.locator(f"label[for=opt-{key}]").click()
        assert saved.value.ok
    expect(page.locator("#exam-saved")).to_have_attribute("data-state", "saved")
    expect(page.locator("#exam-saved")).to_contain_text("已保存")


def test_the_exam_leads_over_two_devices_to_a_released_result_and_its_certificate(
    world: World, walker: Open, moved_clock: None
) -> None:
    person = world.person("a_mediator")
    person.id_number_index = "0" * 64
    complete_hours(person)
    doors = clock.now() + TICKETS_BEFORE
    sitting = make_sitting(
        doors_open_at=doors,
        starts_at=doors + timedelta(minutes=5),
        ends_at=doors + timedelta(minutes=125),
    ).public_id
    name = person.public_id
    db.session.commit()

    register(walker, sitting)
    clock.move(2 * TICKETS_BEFORE)
    phone = sit(walker)
    mark(walker, sitting)
    show_result(phone)
    number, code = certify(walker, phone, name)
    suspend_and_verify(walker, name, number, code)


def register(walker: Open, sitting: str) -> None:
    """The trainer enters everybody whose hours are complete."""
    trainer = walker("desktop").sign_in("a_trainer")
    trainer.go(f"/exams/sittings/{sitting}/candidates")
    expect(trainer.page.locator("main")).to_contain_text("甲调解员")
    trainer.look("chain-3-candidates")
    press(trainer, "列入全部符合条件的人员")
    trainer.go(f"/exams/sittings/{sitting}").look("chain-3-sitting")
    expect(trainer.page.locator("main")).to_contain_text("甲调解员")


def sit(walker: Open) -> Walker:
    """Begin on one phone, go on with another, hand in there; returns the second."""
    first = walker("phone").sign_in("a_mediator")
    first.go("/exams/").look("chain-3-my-exams")
    press(first, "开始答题")
    page = first.page
    exam = page.url
    expect(page.locator("#stem-text")).to_be_visible()
    for _ in range(3):
        answer_here(first)
        page.click("#next")
    first.look("chain-3-exam")

    second = walker("phone").sign_in("a_mediator")
    second.go(exam)
    expect(second.page.locator("#taken-over")).to_be_visible()
    second.look("chain-3-other-device")
    press(second, "在本设备继续")
    expect(second.page.locator("#exam-body")).to_be_visible()
    page.locator("#opts label").first.click()
    expect(page.locator("#taken-over")).to_be_visible()

    page = second.page
    for number in range(6):
        if number >= 3:
            answer_here(second)
        else:
            expect(page.locator("#opts input:checked")).not_to_have_count(0)
        page.click("#next")
    expect(page.locator("#open-none")).to_be_visible()
    page.locator("#confirm-hand-in > summary").click()
    second.look("chain-3-hand-in")
    page.click("#do-hand-in")
    page.wait_for_url("**/receipt")
    expect(page.locator("main")).to_contain_text("6 / 6 题")
    second.look("chain-3-receipt")
    return second


def mark(walker: Open, sitting: str) -> None:
    """The schedule's turn has come: the worker marks; the proctor reviews, the trainer releases and takes the list."""
    jobs.enqueue("marking.grade", now=clock.now())
    db.session.commit()
    proctor = walker("desktop").sign_in("a_proctor")
    proctor.go(f"/exams/marking/{sitting}")
    reload_until(proctor, "button:has-text('复核全部无异常的答卷')")
    proctor.look("chain-3-review")
    press(proctor, "复核全部无异常的答卷（1 份）")

    trainer = walker("desktop").sign_in("a_trainer")
    trainer.go(f"/exams/marking/{sitting}")
    confirm(trainer, "发布成绩", "发布")
    step_up(trainer, "chain-3-step-up")
    confirm(trainer, "发布成绩", "发布")
    trainer.go(f"/exams/results/sittings/{sitting}")
    expect(trainer.page.locator("table")).to_contain_text("甲调解员")
    expect(trainer.page.locator("table")).to_contain_text("合格")
    trainer.look("chain-3-results")
    with trainer.page.expect_download() as taken:
        trainer.page.get_by_role("link", name="导出 Excel").click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes())).active
    assert "甲调解员" in [cell.value for row in sheet.iter_rows() for cell in row]


def show_result(phone: Walker) -> None:
    phone.go("/exams/")
    phone.page.locator("#behind ~ ul a, ul.rows a").first.click()
    expect(phone.page.locator("main")).to_contain_text("60 分（满分 60 分，合格 36 分）")
    phone.look("chain-3-result")


def certify(walker: Open, phone: Walker, name: str) -> tuple[str, str]:
    """HR issues, the worker draws, the holder sees and keeps it; returns number and code."""
    hr = walker("desktop").sign_in("a_hr")
    hr.go(f"/certificates/issue/{name}").look("chain-4-gates")
    confirm(hr, "签发证书", "确认签发")
    step_up(hr, "chain-4-step-up")
    confirm(hr, "签发证书", "确认签发")
    reload_until(hr, "a:has-text('下载 PDF')")
    hr.look("chain-4-certificate")
    hr.go("/certificates/").look("chain-4-board")

    page = phone.go("/my/certificate").page
    expect(page.locator("img.cert-picture")).to_be_visible()
    phone.look("chain-4-mine")
    link = page.get_by_role("link", name="下载 PDF").get_attribute("href")
    assert link is not None
    assert not link.startswith(phone.base), "files come from their own origin"
    assert phone.context.request.get(link).body().startswith(b"%PDF")
    said = dict(
        zip(
            page.locator(".card:has(#cert) dt").all_inner_texts(),
            page.locator(".card:has(#cert) dd").all_inner_texts(),
            strict=True,
        )
    )
    return said["证书编号"], said["核验码"]


def verify(walker: Open, number: str, code: str, verdict: str, name: str) -> None:
    """A member of the public asks by what is printed on the paper."""
    visitor = walker("phone").go("/verify")
    visitor.page.fill("#number", number)
    visitor.page.fill("#code", code.lower())
    press(visitor, "核验")
    expect(visitor.page.locator("#verdict")).to_have_text(verdict)
    visitor.look(name)


def suspend_and_verify(walker: Open, name: str, number: str, code: str) -> None:
    verify(walker, number, code, "有效", "chain-4-verified")
    hr = walker("desktop").sign_in("a_hr")
    hr.go("/certificates/")
    hr.page.get_by_role("link", name=number).or_(
        hr.page.get_by_role("link", name="甲调解员")
    ).first.click()
    confirm(hr, "暂停证书", "暂停证书", "正在接受调查")
    step_up(hr, "chain-4-step-up-suspend")
    confirm(hr, "暂停证书", "暂停证书", "正在接受调查")
    expect(hr.page.locator("h1")).to_be_visible()
    hr.look("chain-4-suspended")
    verify(walker, number, code, "暂停", "chain-4-verified-suspended")
