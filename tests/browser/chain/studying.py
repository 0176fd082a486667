"""Step 2: a trainer's case study from Word, a film, an offline session, study on the phone."""

from __future__ import annotations

import io

import docx
from playwright.sync_api import expect

from tests.browser.chain.story import Story
from tests.browser.conftest import ROOT, Walker
from tests.browser.steps import press

FILM = ROOT / "training" / "site" / "content" / "media" / "opening.mp4"
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

    _teach_film(trainer, course)

    trainer.go(f"/classes/{session}")
    page.fill("#q", story.number)
    press(trainer, "查找")
    press(trainer, "加入名单")
    page.select_option(f"#mark-{story.person}", "present")
    trainer.look("chain-2-attendance")
    press(trainer, "确认到场并计学时")
    expect(page.locator(".class-marks")).to_contain_text("到场")


def _teach_film(trainer: Walker, course: str) -> None:
    """A film with the words that it says."""
    page = trainer.go("/teach/lessons/new?kind=video").page
    page.select_option("[name=course]", course)
    page.fill("[name=title]", "开场白怎么说")
    page.set_input_files("[name=film]", FILM)
    page.fill("[name=source]", "## 短片文字稿\n\n先听完，再讲理。")
    page.check("[name=topic][value=mediation_skills]", force=True)
    page.check("[name=form][value=online_study]", force=True)
    page.fill("[name=minutes]", "10")
    press(trainer, "存为草稿并预览")
    press(trainer, "发布")
    expect(page.locator("main")).to_contain_text("第 1 版")


def _watch_film(trainee: Walker) -> None:
    """The film plays from the content origin; what was played is told to the server."""
    page = trainee.go("/learn/").page
    page.locator("h2").get_by_role("link", name="调解技能").click()
    page.get_by_role("link", name="开场白怎么说").first.click()
    expect(page.locator("video")).to_be_visible()
    page.locator("video").evaluate(
        "film => { film.muted = true; film.play(); return new Promise(done =>"
        " film.addEventListener('timeupdate', () => film.currentTime > 1 && done())); }"
    )
    trainee.look("chain-2-film")
    # What a phone does when its owner comes back to the page.
    with page.expect_request(lambda r: r.url.endswith("/ping")) as back:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    start, end = back.value.post_data_json["watched"][0]
    assert start == 0
    assert end >= 1


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
    _watch_film(trainee)
    trainee.go("/learn/hours")
    expect(page.locator(".card:has(#owed)")).to_contain_text("还差 36 学时")
    expect(page.locator("main")).to_contain_text("调解员常用的民法典规则")
    trainee.look("chain-2-hours")
    trainee.go("/exams/")
    expect(page.locator(".card:has(#gate)")).to_contain_text("学时")
    trainee.look("chain-3-refused")
