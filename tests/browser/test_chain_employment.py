"""The chain's ends in real pages: applying for a post, and being appointed to it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.steps import Open, confirm, press, step_up
from tests.support.certificates import make_certificate
from tests.support.employment import make_opening
from tests.support.rosters import identity
from tests.support.world import PASSWORD, World
from training.core import clock
from training.core.db import db
from training.employment.rules.eligibility import Quality

APPLICANT_PHONE = "19900000007"


def test_an_applicant_applies_on_the_phone_and_reads_the_reasoned_result(
    world: World, walker: Open
) -> None:
    opening = make_opening().public_id
    db.session.commit()

    applicant = walker("phone").go("/recruitment")
    applicant.look("chain-1-openings")
    page = applicant.page
    page.get_by_role("link", name="2026年专职人民调解员选聘").first.click()
    applicant.look("chain-1-opening")
    page.get_by_role("link", name="我要报名").click()
    applicant.look("chain-1-apply")
    page.fill("[name=name]", "王小应")
    page.fill("[name=id_number]", identity(7, "19850304"))
    page.fill("[name=phone]", APPLICANT_PHONE)
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
    applicant.sign_in(APPLICANT_PHONE)
    applicant.go("/my/applications").look("chain-1-my-application")

    hr = walker("desktop").sign_in("a_hr")
    hr.go("/employment/cases").look("chain-1-cases")
    page = hr.page
    page.get_by_role("link", name="王小应").first.click()
    expect(page.locator(".side-own")).to_contain_text("愿意做调解")
    for quality in Quality:
        page.check(f"[name={quality}][value='1']", force=True)
    page.check("[name=citizen][value='1']", force=True)
    page.fill("[name=note]", "材料齐全，毕业证已核对")
    hr.look("chain-1-assess")
    press(hr, "登记结论")
    press(hr, "资格审查通过")
    expect(page.locator("h1")).to_contain_text("王小应")
    hr.look("chain-1-shortlisted")

    applicant.go("/my/applications")
    expect(applicant.page.locator(".badge", has_text="资格审查通过").first).to_be_visible()
    applicant.look("chain-1-shortlisted")


def test_a_full_time_post_waits_for_the_certificate_and_is_then_taken(
    world: World, walker: Open
) -> None:
    name = world.person("a_mediator").public_id
    db.session.commit()

    hr = walker("desktop").sign_in("a_hr")
    hr.go("/employment/appointments").look("chain-5-appointments")
    hr.go("/employment/appointments/people").look("chain-5-people")
    page = hr.page
    hr.go(f"/employment/people/{name}/appoint")
    page.fill("[name=resolution]", "调委会第3号决议")
    page.fill("[name=resolved_on]", clock.today().isoformat())
    page.fill("[name=reason]", "培训考核合格，群众认可")
    press(hr, "提名")
    expect(page.locator("main")).to_contain_text("现在不能提名")
    expect(page.locator("main")).to_contain_text("证书")
    hr.look("chain-5-refused")

    make_certificate(world.person("a_mediator"), issued_on=clock.today())
    db.session.commit()
    press(hr, "提名")
    page.wait_for_url("**/employment/appointments/*")
    appointment = page.url
    hr.look("chain-5-proposed")

    approver = walker("desktop").sign_in("a_approver")
    approver.go("/employment/to-decide").look("chain-5-to-decide")
    approver.go(appointment)
    confirm(approver, "同意聘任", "同意")
    step_up(approver, "chain-5-step-up")
    confirm(approver, "同意聘任", "同意")
    approver.look("chain-5-approved")

    hr.go(appointment)
    page.fill("[name=filing]", "备案表2026年第7号")
    press(hr, "备案")
    hr.look("chain-5-filed")
    confirm(hr, "办理到岗", "办理到岗")
    expect(page.locator("h1")).to_contain_text("任期内")
    hr.look("chain-5-in-post")

    holder = walker("phone").sign_in("a_mediator")
    holder.go(appointment).look("chain-5-my-appointment")
    holder.go("/my/certificate")
    expect(holder.page.locator(".card:has(#card)")).to_contain_text("甲区一街社区调委会")
    holder.look("chain-5-my-card")
