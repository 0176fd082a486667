"""Step 2: a trainer's case study from Word, an offline session, study on the phone."""

from __future__ import annotations

import io

import docx
from playwright.sync_api import expect

from tests.browser.chain.story import Story
from tests.browser.steps import press

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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


def teach(story: Story, course: str, session: str) -> None:
    """The trainer uploads the case, publishes it, and confirms who came to the session."""
    trainer = story.staff("a_trainer")
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
    page.fill("#q", story.number)
    press(trainer, "查找")
    press(trainer, "加入名单")
    page.select_option(f"#mark-{story.person}", "present")
    trainer.look("chain-2-attendance")
    press(trainer, "确认到场并计学时")
    expect(page.locator(".class-marks")).to_contain_text("到场")


def study(story: Story) -> None:
    """What is owed and why, a lesson whose time the server counts, and the gate still shut."""
    trainee = story.learner()
    page = trainee.go("/").page
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
