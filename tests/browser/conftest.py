"""The running site in this process, its worker, its content origin, and Chromium."""

from __future__ import annotations

import contextvars
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.support.world import PASSWORD
from training.core import clock, jobs
from training.core.config import Config
from training.core.content_server import create_content_app
from training.core.db import db

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "test-results" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is not installed: run `make test`, which installs it")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
            ],
        )
        yield browser
        browser.close()


def _in_thread(target: Callable[[], None]) -> threading.Thread:
    """A thread of its own context: nothing of the test's application context leaks into it."""
    thread = threading.Thread(target=lambda: contextvars.Context().run(target), daemon=True)
    thread.start()
    return thread


@pytest.fixture
def live(app: Flask, settings: Config) -> Iterator[str]:
    """The address of the running site; the worker does its jobs, the content origin serves."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["BASE_URL"] = f"http://127.0.0.1:{server.port}"
    content = make_server("127.0.0.1", 0, create_content_app(replace(settings)), threaded=True)
    before = app.config["CONTENT_ORIGIN"]
    app.config["CONTENT_ORIGIN"] = f"http://127.0.0.1:{content.port}"
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with app.app_context():
                busy = jobs.run_one(clock.now)
                db.session.remove()
            if not busy:
                stop.wait(0.1)

    threads = [
        _in_thread(server.serve_forever),
        _in_thread(content.serve_forever),
        _in_thread(work),
    ]
    yield f"http://127.0.0.1:{server.port}"
    stop.set()
    server.shutdown()
    content.shutdown()
    for thread in threads:
        thread.join(10)
    app.config["CONTENT_ORIGIN"] = before


class Walker:
    """A person at a browser of one size: signs in, visits, and looks with axe's eyes."""

    def __init__(self, context: BrowserContext, base: str, size: str) -> None:
        self.context, self.base, self.size = context, base, size
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda e: self.problems.append(f"{self.page.url}: {e}"))
        self.page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        expected = "status of 4" in message.text
        if message.type == "error" and not expected:
            self.problems.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.problems.append(f"{self.page.url}: asked a third party: {request.url}")

    def sign_in(self, username: str, password: str = PASSWORD) -> Walker:
        self.page.goto(f"{self.base}/login")
        self.page.fill("[name=name]", username)
        self.page.fill("[name=password]", password)
        self.page.click("form#login button[type=submit]")
        self.page.wait_for_load_state()
        return self

    def go(self, path: str) -> Walker:
        self.page.goto(path if path.startswith("http") else f"{self.base}{path}")
        return self

    def look(self, name: str) -> None:
        """Take a picture, run axe, and see that nothing is wider than the screen."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        picture = SHOTS / f"{name}-{self.size}.jpg"
        self.page.screenshot(path=picture, full_page=True, type="jpeg", quality=70)
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "axe.run({resultTypes: ['violations'],"
            " runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
            ".then(r => r.violations.map(v => v.id + ': '"
            " + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')))"
        )
        self.problems += [f"{self.page.url} ({self.size}): axe {v}" for v in found]
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > SIZES[self.size][0]:
            self.problems.append(f"{self.page.url} ({self.size}): {wide} px wide")
        if self.page.locator("h1").count() != 1:
            self.problems.append(f"{self.page.url}: {self.page.locator('h1').count()} h1")


@pytest.fixture
def walker(chromium: Browser, live: str) -> Iterator[Callable[..., Walker]]:
    """Open a browser of a size; at the end no page may have complained."""
    opened: list[Walker] = []

    def open_(size: str, language: str = "zh-CN") -> Walker:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale=language, has_touch=size == "phone"
        )
        context.set_default_timeout(15_000)
        opened.append(Walker(context, live, size))
        return opened[-1]

    yield open_
    problems = [p for w in opened for p in w.problems]
    for walker in opened:
        walker.context.close()
    assert not problems, "\n".join(problems)
