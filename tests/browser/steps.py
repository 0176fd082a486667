"""What people do on a page, in the words that the page shows them."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Walker
from tests.support.world import PASSWORD

Open = Callable[..., Walker]
STEP_UP = re.compile("/login/again")


def press(walker: Walker, name: str) -> None:
    """Press a button by its words and wait for the next page."""
    walker.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
    walker.page.wait_for_load_state()


def confirm(walker: Walker, trigger: str, button: str, reason: str | None = None) -> None:
    """Open a dialogue by its words, give the reason it asks for, and confirm."""
    walker.page.locator("summary", has_text=trigger).first.click()
    dialog = walker.page.locator("dialog[open]")
    if reason is not None:
        dialog.locator("textarea[name=reason]").fill(reason)
    dialog.get_by_role("button", name=button, exact=True).click()
    walker.page.wait_for_load_state()


def step_up(walker: Walker, name: str) -> None:
    """A grave act leads to the password first, then back to where it was ordered."""
    expect(walker.page).to_have_url(STEP_UP)
    walker.look(name)
    walker.page.fill("[name=password]", PASSWORD)
    press(walker, "确认")
    expect(walker.page).not_to_have_url(STEP_UP)


def press_grave(walker: Walker, name: str, shot: str) -> None:
    """Press the button of a grave form: the password is asked for, what was typed stays."""
    press(walker, name)
    if STEP_UP.search(walker.page.url):
        step_up(walker, shot)
        press(walker, name)


def reload_until(walker: Walker, selector: str) -> None:
    """The worker does its part in its own time."""
    for _ in range(60):
        if walker.page.locator(selector).count():
            return
        walker.page.wait_for_timeout(250)
        walker.page.reload()
    expect(walker.page.locator(selector)).not_to_have_count(0)
