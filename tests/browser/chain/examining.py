"""Step 3: registration, the exam over two devices, marking, release, the result."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
from playwright.sync_api import expect

from tests.browser.chain.story import NAME, Story
from tests.browser.conftest import Walker
from tests.browser.steps import confirm, press, reload_until, step_up
from training.core import clock, jobs
from training.core.db import db


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


def register(story: Story, sitting: str) -> None:
    """The trainer enters everybody whose hours are complete."""
    trainer = story.staff("a_trainer")
    trainer.go(f"/exams/sittings/{sitting}/candidates")
    expect(trainer.page.locator("main")).to_contain_text(NAME)
    trainer.look("chain-3-candidates")
    press(trainer, "列入全部符合条件的人员")
    trainer.go(f"/exams/sittings/{sitting}").look("chain-3-sitting")
    expect(trainer.page.locator("main")).to_contain_text(NAME)


def sit(story: Story) -> None:
    """Begin on one phone, go on with another, hand in there."""
    first = story.learner()
    first.go("/exams/").look("chain-3-my-exams")
    press(first, "开始答题")
    page = first.page
    exam = page.url
    expect(page.locator("#stem-text")).to_be_visible()
    for _ in range(3):
        answer_here(first)
        page.click("#next")
    first.look("chain-3-exam")

    second = story.learner()
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


def mark(story: Story, sitting: str) -> None:
    """The schedule's turn has come: the worker marks; the proctor reviews, the trainer releases and takes the list."""
    jobs.enqueue("marking.grade", now=clock.now())
    db.session.commit()
    proctor = story.staff("a_proctor")
    proctor.go(f"/exams/marking/{sitting}")
    reload_until(proctor, "button:has-text('复核全部无异常的答卷')")
    proctor.look("chain-3-review")
    press(proctor, "复核全部无异常的答卷（1 份）")

    trainer = story.staff("a_trainer")
    trainer.go(f"/exams/marking/{sitting}")
    confirm(trainer, "发布成绩", "发布")
    step_up(trainer, "chain-3-step-up")
    confirm(trainer, "发布成绩", "发布")
    trainer.go(f"/exams/results/sittings/{sitting}")
    expect(trainer.page.locator("table")).to_contain_text(NAME)
    expect(trainer.page.locator("table")).to_contain_text("合格")
    trainer.look("chain-3-results")
    with trainer.page.expect_download() as taken:
        trainer.page.get_by_role("link", name="导出 Excel").click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes())).active
    assert NAME in [cell.value for row in sheet.iter_rows() for cell in row]


def show_result(story: Story) -> None:
    """The result on the phone, with the pass mark."""
    phone = story.learner()
    phone.go("/exams/")
    phone.page.locator("#behind ~ ul a, ul.rows a").first.click()
    expect(phone.page.locator("main")).to_contain_text("60 分（满分 60 分，合格 36 分）")
    phone.look("chain-3-result")
