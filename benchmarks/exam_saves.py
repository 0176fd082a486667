"""How many answers a second one machine saves, and how long a candidate waits for 「已保存」.

Starts gunicorn (2 workers × 4 threads) over a database of its own, lets a number of clients
save as fast as they can for a bounded time, and prints saves a second and p50, p95, p99.

    python -m benchmarks.exam_saves [--clients 40] [--seconds 10] [--database URL]

SQLite in a temporary folder by default; give a PostgreSQL URL of an empty database.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    for port in range(20_000, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port")


def prepare(clients: int) -> list[tuple[str, str]]:
    """A sitting under way with one signed-in candidate a client: (attempt, cookie)."""
    from datetime import timedelta

    from exams.sittings import saving, service
    from tests.support.exams import make_attempt, make_paper, make_sitting
    from tests.support.world import (
        World,
        build_world,
        make_account,
        make_person,
    )
    from training.core import append_only, clock
    from training.core.db import db
    from training.core.rules.roles import Role
    from training.people import passwords, sessions
    from training.site.app import create_app

    passwords.use_cheap_hashing()
    app = create_app()
    made = []
    with app.app_context():
        db.create_all()
        append_only.protect(db.engine)
        build_world()
        now = clock.now()
        unit = World().org("甲区一街社区调委会")
        sitting = make_sitting(
            paper=make_paper(),
            doors_open_at=now - timedelta(hours=2),
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(hours=2),
        )
        for n in range(clients):
            person = make_person(f"考生{n}", unit)
            account = make_account(person, Role.MEDIATOR, unit)
            token = sessions.start(account, device="bench", now=now, awaiting_second=False)
            attempt = make_attempt(sitting, person)
            made.append((attempt, account, token))
        db.session.commit()
        ready = []
        for attempt, account, token in made:
            service.start(sessions.actor_of(account), attempt, now=clock.now())
            saving.take_pen(
                attempt.id, attempt.person_id, "bench-device", take_over=False, now=clock.now()
            )
            ready.append((attempt.public_id, token))
        db.session.remove()
    return ready


def wait_for(port: int, seconds: int = 60) -> None:
    """Until a worker answers: gunicorn listens before its workers have loaded the app."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
            line.request("GET", "/login")
            line.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not come up")


class Candidate(threading.Thread):
    """Saves one answer after another on one connection and notes how long each took."""

    def __init__(self, port: int, attempt: str, token: str, until: float) -> None:
        super().__init__(daemon=True)
        self.port, self.attempt, self.token, self.until = port, attempt, token, until
        self.times: list[float] = []
        self.refused: list[int] = []

    def run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        page = self._ask(line, "GET", f"/exams/attempts/{self.attempt}")
        csrf = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        number = 0
        while time.perf_counter() < self.until:
            number += 1
            body = {
                "kind": "answer", "uuid": uuid4().hex, "client_seq": number,
                "writer": "bench-device", "slot": 1, "response": ["o1" if number % 2 else "o2"],
            }  # fmt: skip
            begun = time.perf_counter()
            self._ask(line, "POST", f"/exams/attempts/{self.attempt}/steps", body, csrf)
            self.times.append(time.perf_counter() - begun)

    def _ask(
        self,
        line: http.client.HTTPConnection,
        method: str,
        path: str,
        body: dict[str, object] | None = None,
        csrf: str = "",
    ) -> str:
        headers = {"Cookie": self._cookies(), "Accept": "application/json" if body else "text/html"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "X-CSRFToken": csrf}
        line.request(method, path, json.dumps(body) if body else None, headers)
        answer = line.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name == "Set-Cookie" and value.startswith("flow="):
                self.flow = value.split(";", 1)[0]
        if answer.status != 200:
            self.refused.append(answer.status)
        return text

    flow = ""

    def _cookies(self) -> str:
        return "; ".join(filter(None, (f"sid={self.token}", self.flow)))


def percentile(values: list[float], share: int) -> float:
    return values[min(len(values) - 1, len(values) * share // 100)] * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--database", default="")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environ = {
            "ACADEMY_ENV": "development",
            "ACADEMY_VAR": folder,
            "DATABASE_URL": wanted.database or f"sqlite:///{folder}/bench.sqlite3",
            "SECRET_KEY": "b" * 40,
            "BASE_URL": f"http://127.0.0.1:{port}",
            "LOG_LEVEL": "ERROR",
        }
        os.environ.update(environ)
        ready = prepare(wanted.clients)
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "training.site.wsgi:app", "--workers", "2",
             "--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "error"],
            cwd=ROOT,
        )  # fmt: skip
        try:
            wait_for(port)
            until = time.perf_counter() + wanted.seconds
            candidates = [Candidate(port, a, t, until) for a, t in ready]
            for c in candidates:
                c.start()
            for c in candidates:
                c.join(wanted.seconds + 60)
        finally:
            server.terminate()
            server.wait(20)
    times = sorted(t for c in candidates for t in c.times)
    refused = sum(len(c.refused) for c in candidates)
    if not times:
        print("nothing was saved")
        return 1
    kind = environ["DATABASE_URL"].split(":", 1)[0]
    print(
        f"{kind}: {wanted.clients} clients, {wanted.seconds} s: "
        f"{len(times) / wanted.seconds:.0f} saves/s, p50 {percentile(times, 50):.0f} ms, "
        f"p95 {percentile(times, 95):.0f} ms, p99 {percentile(times, 99):.0f} ms, "
        f"{refused} refused"
    )
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
