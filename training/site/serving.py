"""Serving with one command: web workers, the content origin and a supervised job worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from training.core import clock, orgs
from training.core.config import Config

from .demo import load
from .demo.accounts import ACCOUNTS, PASSWORD

Say = Callable[[str], None]


@dataclass
class Process:
    """One of the site's processes; started again when it dies, ever more slowly."""

    name: str
    command: list[str]
    handle: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    start_at: float = field(default_factory=time.monotonic)

    def keep_alive(self, say: Say) -> None:
        if self.handle is not None and self.handle.poll() is None:
            return
        if self.handle is not None:
            self.deaths += 1
            self.start_at = time.monotonic() + min(2**self.deaths, 30)
            say(f"{self.name} ended with code {self.handle.returncode}; starting it again")
            self.handle = None
        if time.monotonic() >= self.start_at:
            self.handle = subprocess.Popen(self.command)  # noqa: S603

    def stop(self) -> None:
        if self.handle is not None and self.handle.poll() is None:
            self.handle.send_signal(signal.SIGTERM)


def _gunicorn(settings: Config, target: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", target, "--no-control-socket",
        "--bind", f"{settings.host}:{port}",
        "--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads),
        "--max-requests", "20000", "--max-requests-jitter", "2000",
        "--graceful-timeout", "30", "--timeout", "120", "--log-level", "warning",
    ]  # fmt: skip


def prepare(settings: Config, say: Say) -> None:
    """See that there is something to serve: demo data in development, a founded site else."""
    if orgs.root() is not None:
        return
    if settings.demo:
        load.load(clock.now(), say)
        return
    say("this site has no root organisation yet: run `academy found --name … --region …` first")
    sys.exit(2)


def port_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def run(settings: Config, say: Say) -> int:
    """Start all processes, print where the site is, and stop them together."""
    for port in (settings.port, settings.content_port):
        if port_taken(settings.host, port):
            say(f"port {port} is taken: set PORT and CONTENT_PORT to free ones")
            return 1
    processes = [
        Process(
            "web",
            _gunicorn(
                settings,
                "training.site.wsgi:app",
                settings.port,
                settings.workers,
                settings.threads,
            ),
        ),
        Process(
            "content",
            _gunicorn(settings, "training.site.wsgi:content", settings.content_port, 1, 8),
        ),
        Process("worker", [sys.executable, "-m", "training.site.cli", "worker"]),
    ]
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for process in processes:
        process.keep_alive(say)
    announce(settings, say)
    while not stopping:
        time.sleep(0.5)
        for process in processes:
            if not stopping:
                process.keep_alive(say)
    for process in processes:
        process.stop()
    for process in processes:
        if process.handle is not None:
            try:
                process.handle.wait(35)
            except subprocess.TimeoutExpired:
                process.handle.kill()
    return 0


def announce(settings: Config, say: Say) -> None:
    say("")
    say(f"调解员学院 / Mediator Academy: {settings.base_url}")
    if settings.demo:
        say(f"演示账号 / demo accounts (password 密码: {PASSWORD})")
        for account in ACCOUNTS:
            say(f"  {account.username:<12} {account.label} / {account.label_en}")
    if not settings.secure_cookies:
        say("plain http: cookies are not marked Secure; use a TLS proxy in production")
    say(f"Ctrl-C stops it. (pid {os.getpid()})")
