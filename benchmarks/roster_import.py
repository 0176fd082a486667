"""How long an officer waits for her roster: 400 lines, and 5,000 with one cell in ten ruined.

Judged (the preview), written (people, accounts, facts, audit), and the same sheet once more.
Seconds of the wall clock beside lines a second; SQLite in a temporary folder.

.venv/bin/python benchmarks/roster_import.py [lines…]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.rosters import applied, checked, identity, line, workbook
from tests.support.world import World, build_world
from training.core.config import load
from training.core.db import db
from training.site.app import create_app
from training.site.schema import upgrade

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")
_RUINED = 4.6e17  # what Excel makes of an identity number


def roster(lines: int) -> bytes:
    """A workbook of so many people, every tenth without a whole identity number."""
    rows = []
    for n in range(lines):
        turn = n // 490
        born = f"19{60 + turn // 12 % 12:02}{1 + turn % 12:02}13"
        number = identity(1 + 2 * (n % 490), born) if n % 10 else _RUINED
        rows.append(line(n, **{"身份证号": number, "出生年月": None, "性别": None}))
    return workbook(*rows)


def timed(name: str, lines: int, work: Callable[[], T]) -> T:
    start = time.perf_counter()
    found = work()
    took = time.perf_counter() - start
    print(f"{lines:6} lines  {name:12} {took:7.2f} s {lines / took:8.0f} lines/s")
    return found


def measure(lines: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "ACADEMY_ENV": "testing", "ACADEMY_VAR": folder, "SECRET_KEY": "b" * 40,
            "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/roster.sqlite",
            "BASE_URL": "http://localhost", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        with create_app(load(environ, ROOT)).app_context():
            upgrade()
            build_world()
            world, data = World(), roster(lines)
            batch = timed("judged", lines, lambda: checked(world, data))
            timed("written", lines, lambda: applied(world, batch, leave_out=True))
            timed("once more", lines, lambda: checked(world, data))
            db.session.remove()


if __name__ == "__main__":
    for size in [int(n) for n in sys.argv[1:]] or [400, 5000]:
        measure(size)
