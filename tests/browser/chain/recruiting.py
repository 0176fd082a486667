"""Step 1: applying for a post, review, interview, notice, confirmation."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chain.story import NAME, PHONE, Story
from tests.browser.steps import confirm, press, press_grave, step_up
from tests.support.rosters import identity
from tests.support.world import PASSWORD
from training.employment.rules.eligibility import Quality

PANEL = ("a_panel", "a_trainer", "a_office_head")


def apply(story: Story, opening: str) -> None:
    """On the phone, with a slip that is mended, to the confirmation that it was received."""
    applicant = story.open("phone").go("/recruitment")
    applicant.look("chain-1-openings")
    page = applicant.page
    page.get_by_role("link", name="2026年专职人民调解员选聘").first.click()
    applicant.look("chain-1-opening")
    page.get_by_role("link", name="我要报名").click()
    applicant.look("chain-1-apply")
    page.fill("[name=name]", NAME)
    page.fill("[name=id_number]", identity(7, "19850304"))
    page.fill("[name=phone]", PHONE)
    page.select_option("[name=education]", "bachelor")
    page.check("[name=route][value=open_recruitment]", force=True)
    page.check("[name=skills][value=law]", force=True)
    page.fill("[name=statement]", "在社区工作多年，愿意做调解。")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=password_again]", "something else 9")
    page.check("[name=truthful]", force=True)
    press(applicant, "提交报名")
    expect(page.locator("main")).to_contain_text("两次填写的密码不一样")
    applicant.look("chain-1-apply-mended")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=password_again]", PASSWORD)
    press(applicant, "提交报名")
    page.wait_for_url(f"**/recruitment/{opening}/received")
    applicant.look("chain-1-received")
    applicant.sign_in(PHONE)
    applicant.go("/my/applications").look("chain-1-my-application")


def review(story: Story) -> str:
    """HR judges each condition; returns the address of the case."""
    hr = story.staff("a_hr")
    hr.go("/employment/cases").look("chain-1-cases")
    page = hr.page
    page.get_by_role("link", name=NAME).first.click()
    expect(page.locator(".side-own")).to_contain_text("愿意做调解")
    for quality in Quality:
        page.check(f"[name={quality}][value='1']", force=True)
    page.check("[name=citizen][value='1']", force=True)
    page.fill("[name=note]", "材料齐全，毕业证已核对")
    hr.look("chain-1-assess")
    press(hr, "登记结论")
    press(hr, "资格审查通过")
    expect(page.locator("h1")).to_contain_text(NAME)
    hr.look("chain-1-shortlisted")
    applicant = story.learner()
    applicant.go("/my/applications")
    expect(applicant.page.locator(".badge", has_text="资格审查通过").first).to_be_visible()
    applicant.look("chain-1-my-shortlisted")
    return page.url


def interview(story: Story, opening: str, case: str) -> None:
    """A panel without conflicts scores; the background is checked; the person is proposed."""
    hr = story.staff("a_hr")
    hr.go(f"/employment/openings/{opening}")
    for member in PANEL:
        box = hr.page.locator(f"[name=members][value='{story.world.person(member).public_id}']")
        box.check(force=True)
    hr.look("chain-1-panel")
    press(hr, "组成小组，通知声明回避")
    for member in PANEL:
        sitting = story.staff(member).go("/inbox")
        sitting.page.get_by_role("link", name=re.compile("您被列入评审小组")).first.click()
        sitting.page.wait_for_load_state()
        sitting.page.check("[name=conflict][value='no']", force=True)
        sitting.look("chain-1-declare")
        press(sitting, "提交声明")
    hr.go(f"/employment/openings/{opening}")
    press(hr, "将 1 人列入面试")
    for member in PANEL:
        sitting = story.staff(member).go("/my/interviews")
        sitting.page.get_by_role("link", name=NAME).first.click()
        sitting.page.fill("[name=score]", "86.5")
        sitting.look("chain-1-score")
        press(sitting, "提交评分")
    hr.go(case)
    press(hr, "面试通过")
    hr.page.fill("[name=note]", "走访居委会，邻里评价好")
    press(hr, "登记考察结果")
    press(hr, "提出拟聘")
    hr.look("chain-1-proposed")


def publish_and_confirm(story: Story, opening: str, case: str) -> None:
    """Another person posts the notice; when its days are over, the leader confirms."""
    approver = story.staff("a_approver")
    approver.go(f"/employment/openings/{opening}").look("chain-1-notice")
    page = approver.page
    page.fill("[name=office]", "甲区司法局人事科")
    page.fill("[name=telephone]", "0898-66500000")
    press_grave(approver, "发布公示", "chain-1-step-up")
    visitor = story.open("phone").go("/notices")
    visitor.page.get_by_role("link", name=re.compile("公示")).first.click()
    expect(visitor.page.locator("main")).to_contain_text(NAME)
    visitor.look("chain-1-public-notice")

    story.wait(days=8)
    approver = story.staff("a_approver")
    approver.go(case)
    confirm(approver, "确定人选", "确定")
    step_up(approver, "chain-1-step-up-confirm")
    confirm(approver, "确定人选", "确定")
    expect(approver.page.locator("main")).to_contain_text("人员编号")
    approver.look("chain-1-confirmed")
