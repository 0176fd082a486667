"""Step 5: proposed by HR, approved by another, filed, the post taken behind the certificate."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chain.story import Story
from tests.browser.conftest import Walker
from tests.browser.steps import confirm, press, step_up
from training.core import clock


def _propose(story: Story) -> Walker:
    """HR fills in the terms and proposes."""
    hr = story.staff("a_hr")
    page = hr.go(f"/employment/people/{story.person}/appoint").page
    page.fill("[name=resolution]", "调委会第3号决议")
    page.fill("[name=resolved_on]", clock.today().isoformat())
    page.fill("[name=reason]", "培训考核合格，群众认可")
    press(hr, "提名")
    return hr


def refuse_without_certificate(story: Story) -> None:
    """A full-time post is refused while there is no certificate, with the reason."""
    hr = story.staff("a_hr")
    hr.go("/employment/appointments").look("chain-5-appointments")
    hr.go("/employment/appointments/people").look("chain-5-people")
    hr = _propose(story)
    page = hr.page
    expect(page.locator("main")).to_contain_text("现在不能提名")
    expect(page.locator("main")).to_contain_text("证书")
    hr.look("chain-5-refused")


def appoint(story: Story) -> str:
    """From the proposal to the post; returns the address of the appointment."""
    hr = _propose(story)
    page = hr.page
    page.wait_for_url("**/employment/appointments/*")
    appointment = page.url
    hr.look("chain-5-proposed")

    approver = story.staff("a_approver")
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

    holder = story.learner()
    holder.go(appointment).look("chain-5-my-appointment")
    holder.go("/my/certificate")
    expect(holder.page.locator(".card:has(#card)")).to_contain_text("甲区一街社区调委会")
    holder.look("chain-5-my-card")
    return appointment
