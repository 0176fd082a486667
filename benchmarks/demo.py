"""How long the demo city takes to load into an empty site, part by part.

Seconds of the wall clock and of the processor; SQLite in a temporary folder.

.venv/bin/python benchmarks/demo.py
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from training.core import clock
from training.core.config import load
from training.core.db import db
from training.site.app import create_app
from training.site.demo.load import load as load_demo
from training.site.schema import upgrade

ROOT = Path(__file__).resolve().parent.parent


class Watch:
    """Prints what each part took when the next one begins."""

    def __init__(self) -> None:
        self.begun = self.last = (time.perf_counter(), time.process_time())
        self.part = ""

    def say(self, part: str) -> None:
        now = (time.perf_counter(), time.process_time())
        if self.part:
            self._print(self.part, self.last, now)
        self.last, self.part = now, part.strip(" …")

    def end(self) -> None:
        self.say("")
        self._print("all", self.begun, self.last)

    def _print(self, part: str, since: tuple[float, float], now: tuple[float, float]) -> None:
        print(f"{part[:48]:48} {now[0] - since[0]:7.2f} s {now[1] - since[1]:7.2f} s CPU")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "ACADEMY_ENV": "development", "ACADEMY_VAR": folder, "LOG_LEVEL": "ERROR",
            "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/demo.sqlite",
        }  # fmt: skip
        with create_app(load(environ, ROOT)).app_context():
            watch = Watch()
            watch.say("schema")
            upgrade()
            watch.say("founding")
            load_demo(clock.now(), watch.say)
            watch.end()
            db.session.remove()


if __name__ == "__main__":
    main()
