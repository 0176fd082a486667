"""Step 7: an exit review with reply, panel, decision by another, appeal window and handover; and
the renewal of somebody else's term."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.chain.appraising import PANEL
from tests.browser.chain.story import NAME, Story
from tests.browser.steps import confirm, press, press_grave, step_up
from training.core import clock


def propose_exit(story: Story, appointment: str) -> str:
    """HR proposes, on evidence, and serves the whole file; returns the address of the review."""
    hr = story.staff("a_hr")
    page = hr.go(appointment).page
    page.locator("main").get_by_role("link", name="提出解聘与退出审查").first.click()
    page.check("[name=grounds][value=redundancy]", force=True)
    page.fill("[name=proposal]", "本社区与邻近社区的调委会合并，专职岗位由两个减为一个。")
    page.fill("[name=evidence]", "街道关于调委会合并的通知")
    hr.look("chain-7-propose")
    press(hr, "提出审查")
    page.wait_for_url(re.compile(r"/employment/exits/[0-9a-f]+$"))
    review = page.url
    hr.look("chain-7-proposed")
    press(hr, "送达本人")
    hr.look("chain-7-served")
    return review


def state(story: Story) -> None:
    """The person reads the file and answers in their own words."""
    learner = story.learner()
    page = learner.go("/my/appointment").page
    learner.look("chain-7-my-appointment")
    page.locator(".card:has(#reviews) a").first.click()
    page.wait_for_load_state()
    learner.look("chain-7-my-exit")
    page.locator("main").get_by_role("link", name="陈述和申辩").first.click()
    page.fill("[name=text]", "我服从安排，希望把在办的两件纠纷办完再交接。")
    learner.look("chain-7-statement")
    press(learner, "提交陈述")
    expect(page.locator("main")).to_contain_text("把在办的两件纠纷办完")


def decide_exit(story: Story, review: str) -> None:
    """A panel gives its opinion; the leader decides with a reason; the decision is served."""
    hr = story.staff("a_hr")
    page = hr.go(review).page
    for member in PANEL:
        box = page.locator(f"[name=members][value='{story.world.person(member).public_id}']")
        box.check(force=True)
    press(hr, "组成小组，通知声明回避")
    for member in PANEL:
        sitting = story.staff(member).go("/inbox")
        sitting.page.get_by_role("link", name=re.compile("您被列入评审小组")).first.click()
        sitting.page.wait_for_load_state()
        sitting.page.check("[name=conflict][value='no']", force=True)
        press(sitting, "提交声明")
    hr.go(review)
    press(hr, "开始评议")
    member = story.staff(PANEL[0])
    member.go(review).page.fill("[name=text]", "同意岗位撤并，建议解聘；在办纠纷妥善移交。")
    press(member, "登记评议意见")
    member.look("chain-7-opinion")

    approver = story.staff("a_approver")
    page = approver.go(review).page
    page.check("[name=outcome][value=end]", force=True)
    page.fill("[name=reason]", "岗位确已撤并；本人希望办完在办纠纷，交接期内予以安排。")
    page.fill("[name=resolution]", "调委会第9号决议")
    approver.look("chain-7-decide")
    press_grave(approver, "作出决定", "chain-7-step-up")
    expect(page.locator("main")).to_contain_text("调委会第9号决议")
    approver.look("chain-7-decided")
    hr.go(review)
    press(hr, "送达本人")
    learner = story.learner()
    learner.go("/my/appointment")
    learner.page.locator(".card:has(#reviews) a").first.click()
    learner.page.wait_for_load_state()
    expect(learner.page.locator("main")).to_contain_text("岗位确已撤并")
    learner.look("chain-7-my-decision")
    story.wait(days=9)


def close(story: Story, review: str) -> None:
    """The window has passed: handover, then post, card, certificate and roles end at once."""
    hr = story.staff("a_hr")
    page = hr.go(review).page
    confirm(hr, "开始交接", "开始交接")
    hr.go(review)
    page.fill("[name=item]", "在办纠纷两件及卷宗")
    page.fill("[name=cases]", "2")
    page.fill("[name=receiver]", "示例同事甲")
    page.fill("[name=handed_on]", clock.today().isoformat())
    press(hr, "登记")
    hr.look("chain-7-handover")
    for again in (False, True):
        page.locator("summary", has_text="收回证件，办理离岗").first.click()
        dialog = page.locator("dialog[open]")
        dialog.locator("[name=card]").check(force=True)
        dialog.locator("[name=ending][value=cancelled]").check(force=True)
        dialog.get_by_role("button", name="办理", exact=True).click()
        page.wait_for_load_state()
        if not again:
            step_up(hr, "chain-7-step-up-papers")
            hr.go(review)
    hr.look("chain-7-papers")
    press(hr, "办结")
    expect(page.locator("h1")).to_contain_text("已办结")
    hr.look("chain-7-closed")

    learner = story.learner()
    learner.go("/my/appointment").look("chain-7-left")
    expect(learner.page.locator("main")).to_contain_text("已终止")


def renew(story: Story, appointment: str) -> None:
    """A colleague's term ends soon: opened by HR, proposed with a resolution, decided by another;
    the next term follows without anybody's doing."""
    hr = story.staff("a_hr")
    page = hr.go("/employment/renewals").page
    hr.look("chain-7-renewals")
    hr.go(f"/employment/appointments/{appointment}")
    press(hr, "启动续聘审核")
    hr.go(f"/employment/appointments/{appointment}/renewal")
    page.fill("[name=opinion]", "任期内办理纠纷六十件，群众认可，建议续聘。")
    page.fill("[name=resolution]", "调委会第11号决议")
    page.fill("[name=resolved_on]", clock.today().isoformat())
    hr.look("chain-7-renewal")
    press(hr, "提出续聘")
    approver = story.staff("a_approver")
    approver.go("/employment/to-decide").look("chain-7-to-decide")
    approver.go(f"/employment/appointments/{appointment}")
    confirm(approver, "同意续聘", "同意续聘", "工作需要，履职良好")
    step_up(approver, "chain-7-step-up-renew")
    confirm(approver, "同意续聘", "同意续聘", "工作需要，履职良好")
    approver.go(f"/employment/appointments/{appointment}")
    expect(approver.page.locator("h1")).to_contain_text("已续聘")
    approver.look("chain-7-renewed")


def exported(story: Story) -> None:
    """The list of reviews, as an officer hands it in."""
    hr = story.staff("a_hr")
    hr.go("/employment/exits").look("chain-7-exits")
    expect(hr.page.locator("main")).to_contain_text(NAME)
