"""Step 4: issue behind its gates, the holder's paper, public verification."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chain.story import NAME, Story
from tests.browser.steps import confirm, press, reload_until, step_up


def certify(story: Story) -> tuple[str, str]:
    """HR issues, the worker draws, the holder sees and keeps it; returns number and code."""
    hr = story.staff("a_hr")
    hr.go(f"/certificates/issue/{story.person}").look("chain-4-gates")
    confirm(hr, "签发证书", "确认签发")
    step_up(hr, "chain-4-step-up")
    confirm(hr, "签发证书", "确认签发")
    reload_until(hr, "a:has-text('下载 PDF')")
    hr.look("chain-4-certificate")
    hr.go("/certificates/").look("chain-4-board")

    phone = story.learner()
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


def verify(story: Story, number: str, code: str, verdict: str, name: str) -> None:
    """A member of the public asks by what is printed on the paper."""
    visitor = story.open("phone").go("/verify")
    visitor.page.fill("#number", number)
    visitor.page.fill("#code", code.lower())
    press(visitor, "核验")
    expect(visitor.page.locator("#verdict")).to_have_text(verdict)
    visitor.look(name)


def suspend_and_reinstate(story: Story, number: str, code: str) -> None:
    """Whatever becomes of a certificate, the public reads it at once."""
    verify(story, number, code, "有效", "chain-4-verified")
    hr = story.staff("a_hr")
    hr.go("/certificates/")
    hr.page.get_by_role("link", name=number).or_(
        hr.page.get_by_role("link", name=NAME)
    ).first.click()
    confirm(hr, "暂停证书", "暂停证书", "正在接受调查")
    step_up(hr, "chain-4-step-up-suspend")
    confirm(hr, "暂停证书", "暂停证书", "正在接受调查")
    expect(hr.page.locator("h1")).to_be_visible()
    hr.look("chain-4-suspended")
    verify(story, number, code, "暂停", "chain-4-verified-suspended")
    confirm(hr, "恢复证书", "恢复证书", "调查结束，没有问题")
    expect(hr.page.locator("h1")).to_contain_text("有效")
    verify(story, number, code, "有效", "chain-4-verified-again")
