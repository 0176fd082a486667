"""Step 6: the annual appraisal from the round to the decision, with an objection on the way."""

from __future__ import annotations

import io
import re

import openpyxl
from playwright.sync_api import expect

from tests.browser.chain.story import NAME, Story
from tests.browser.conftest import Walker
from tests.browser.steps import STEP_UP, confirm, press, press_grave, step_up
from tests.support.world import make_account, make_person
from training.appraisal import service as appraisals
from training.appraisal.models import AnnualAppraisal
from training.core import clock
from training.core.db import db
from training.core.rules.roles import Role
from training.people.rules.person import Standing

PANEL = ("a_panel", "a_panel2", "a_panel3")
COLLEAGUES = ("示例同事甲", "示例同事乙", "示例同事丙", "示例同事丁")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADS = (
    "法治宣传活动", "矛盾纠纷排查", "协议履行情况", "卷宗质量", "回访", "办理及时", "办案数量与难易结构",
    "卷宗评查", "群众满意度", "同行评议",
)  # fmt: skip
_BEST = ("10", "52/52", "15", "15", "12/12", "10", "10", "96", "98", "95")
_FAIR = ("6", "40/52", "11", "11", "8/12", "8", "7", "80", "85", "82")


def hire_colleagues(story: Story) -> None:
    """Four others in post in the same committee, for a quota wants company; a panel of three."""
    district = story.world.org("甲区司法局")
    for username in PANEL[1:]:
        make_account(make_person(username, district), Role.PANEL, district, username=username)
    org = story.world.org("甲区一街社区调委会")
    for n, name in enumerate(COLLEAGUES):
        person = make_person(name, org, standing=Standing.IN_POST, mediator_no=f"C000{n}")
        make_account(person, Role.MEDIATOR, org, username=name)
    db.session.commit()


def _sheet(story: Story, *, broken: bool) -> bytes:
    """The unit's own sheet: a title above merged heads, one row a person, months left blank."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["甲区2026年度专职人民调解员考核数据"])
    sheet.merge_cells("A1:F1")
    sheet.append(["姓名", "月份", *_HEADS, "依据"])
    for name in (NAME, *COLLEAGUES):
        figures = list(_BEST if name == NAME else _FAIR)
        if broken and name == NAME:
            figures[0] = "99"
        sheet.append([name, None, *figures, "2026年工作台账"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def open_round(story: Story) -> str:
    """HR opens the year and appoints the panel, whose members declare; returns its address."""
    hr = story.staff("a_hr")
    hr.go("/appraisals").look("chain-6-rounds")
    page = hr.page
    page.locator("main").get_by_role("link", name="启动年度考核").first.click()
    page.select_option("[name=org]", label="甲区司法局")
    page.fill("[name=year]", "2026")
    press(hr, "列出人员")
    expect(page.locator("main")).to_contain_text(NAME)
    hr.look("chain-6-who")
    press(hr, "启动考核并通知述职")
    page.wait_for_url(re.compile(r"/appraisals/rounds/[0-9a-f]+$"))
    address = page.url
    hr.look("chain-6-round")
    page.locator("main").get_by_role("link", name="组成考核小组").first.click()
    for member in PANEL:
        box = page.locator(f"[name=members][value='{story.world.person(member).public_id}']")
        box.check(force=True)
    press(hr, "组成并通知")
    for member in PANEL:
        sitting = story.staff(member).go("/inbox")
        sitting.page.get_by_role("link", name=re.compile("您被列入评审小组")).first.click()
        sitting.page.wait_for_load_state()
        sitting.page.check("[name=conflict][value='no']", force=True)
        press(sitting, "提交声明")
    return address


def report(story: Story) -> None:
    """The person reports on the phone; the colleagues have done so."""
    learner = story.learner()
    learner.go("/my/appraisal").look("chain-6-my-appraisal")
    learner.page.fill("[name=text]", "上岗以来调解邻里纠纷六件，全部履行；每周排查三次。")
    press(learner, "提交述职")
    expect(learner.page.locator("main")).to_contain_text("调解邻里纠纷六件")
    learner.look("chain-6-my-report")

    db.session.rollback()
    for appraisal in db.session.query(AnnualAppraisal).all():
        if appraisal.person.name in COLLEAGUES:
            own = story.world.actor(appraisal.person.name)
            appraisals.submit_self_report(own, appraisal, "全年按时排查走访。", now=clock.now())

    head = story.staff("a_office_head")
    for name in (NAME, *COLLEAGUES):
        head.go("/appraisals")
        head.page.locator("main").get_by_role("link", name="打开").first.click()
        head.page.get_by_role("link", name=name).first.click()
        head.page.fill("[name=text]", "作风踏实，群众反映好。")
        if name == NAME:
            head.look("chain-6-opinion")
        press(head, "登记单位意见")


def enter_figures(story: Story, address: str) -> None:
    """Hours and exam from their ledgers, work figures from the unit's sheet, all or nothing."""
    hr = story.staff("a_hr")
    page = hr.go(address).page
    press(hr, "提取学时和考试成绩")
    for broken in (True, False):
        hr.go(address)
        page.get_by_role("link", name="从本单位的表格导入").first.click()
        page.set_input_files(
            "[name=sheet]",
            {"name": "考核数据.xlsx", "mimeType": XLSX, "buffer": _sheet(story, broken=broken)},
        )
        press(hr, "上传并核对")
        if broken:
            expect(page.locator("main")).to_contain_text("C3")
            hr.look("chain-6-bad-cell")
    hr.look("chain-6-preview")
    press(hr, "全部导入")
    expect(page.locator("main")).to_contain_text("已导入")

    hr.go(address)
    for step in ("结束测评", "卷宗评查"):
        confirm(hr, f"{step}：5 人", step)
    hr.look("chain-6-ready")


def _next(member: Walker) -> None:
    member.page.get_by_role("button", name="评定并到下一人").first.click()
    member.page.wait_for_load_state()


def grade(story: Story, address: str) -> None:
    """The panel goes from one person to the next; the quota is checked; 优秀 is announced."""
    member = story.staff("a_panel")
    page = member.go(address).page
    page.locator("main").get_by_role("link", name=re.compile("评定等次")).first.click()
    page.wait_for_load_state()
    for n in range(1 + len(COLLEAGUES)):
        if n == 0:
            member.look("chain-6-grade")
        expect(page.locator("[name=grade]:checked")).to_have_count(1)
        _next(member)
        if STEP_UP.search(page.url):
            step_up(member, "chain-6-step-up-grade")
            _next(member)
    expect(page).to_have_url(re.compile(r"/appraisals/rounds/"))
    member.look("chain-6-graded")

    hr = story.staff("a_hr")
    hr.go(address)
    confirm(hr, "核定名额：5 人", "核定名额")
    hr.go(address)
    hr.page.locator("main").get_by_role("link", name="公示拟评优秀人员").first.click()
    hr.page.wait_for_load_state()
    if STEP_UP.search(hr.page.url):
        step_up(hr, "chain-6-step-up-read")
    hr.page.fill("[name=office]", "甲区司法局人事科")
    hr.page.fill("[name=telephone]", "0898-66500000")
    hr.look("chain-6-notice")
    press_grave(hr, "发布公示", "chain-6-step-up-notice")
    expect(hr.page.locator("main")).to_contain_text(NAME)
    expect(hr.page.locator("main")).not_to_contain_text(COLLEAGUES[0])
    hr.look("chain-6-published")
    story.wait(days=8)


def serve_and_object(story: Story, address: str) -> None:
    """The grade is served on the person alone, who objects; another person hears it."""
    hr = story.staff("a_hr")
    hr.go(address)
    confirm(hr, "送达本人：5 人", "送达本人")

    learner = story.learner()
    page = learner.go("/my/appraisal").page
    learner.look("chain-6-served")
    page.get_by_role("link", name="确认收到").first.click()
    press(learner, "确认收到")
    learner.go("/my/appraisal")
    page.get_by_role("link", name="提出异议").first.click()
    page.fill("[name=text]", "群众满意度的回访名单里少了我办的两件。")
    learner.look("chain-6-object")
    press(learner, "提交异议")
    learner.go("/my/appraisal").look("chain-6-objected")

    hr.go("/objections")
    hr.page.get_by_role("link", name=re.compile("2026")).first.click()
    hr.page.select_option("[name=reviewer]", index=1)
    press(hr, "指定复核人")
    reviewer = story.staff("a_reviewer")
    reviewer.go("/objections")
    reviewer.page.get_by_role("link", name=re.compile("2026")).first.click()
    reviewer.page.check("[name=outcome][value=dismissed]", force=True)
    reviewer.page.fill("[name=reason]", "两件的回访均在名单内，已核对原始记录，得分无误。")
    reviewer.look("chain-6-review")
    press_grave(reviewer, "作出决定", "chain-6-step-up-review")
    learner.go("/my/appraisal")
    expect(page.locator("main")).to_contain_text("已核对原始记录")
    learner.look("chain-6-final")


def decide(story: Story, address: str) -> str:
    """The leader decides to go on with the person; returns the address of the sheet."""
    approver = story.staff("a_approver")
    page = approver.go(address).page
    page.get_by_role("link", name=NAME).first.click()
    page.wait_for_load_state()
    page.check("[name=action][value=renew]", force=True)
    page.fill("[name=reason]", "考核优秀，继续聘任。")
    approver.look("chain-6-decide")
    press_grave(approver, "作出决定", "chain-6-step-up-decide")
    expect(page.locator("h1")).to_contain_text("继续聘任")
    approver.look("chain-6-decided")
    return page.url
