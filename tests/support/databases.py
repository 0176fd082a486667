"""A database per test: SQLite as a copied file, PostgreSQL as a copied template database.

PostgreSQL runs as a private cluster in a temporary folder, reached by a socket only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest


class Database(Protocol):
    url: str

    def reset(self) -> None: ...
    def freeze(self) -> None: ...


@dataclass
class SqliteDatabase:
    file: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def freeze(self) -> None:
        """What stands in the file now is what every test starts from."""
        shutil.copyfile(self.file, self.file.with_suffix(".template"))

    def reset(self) -> None:
        # A new file, not the old one written over: who still holds the old one (a request of
        # the test before that ends late) disturbs nobody.
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.file.with_suffix(".template"), self.file)


@dataclass
class PostgresDatabase:
    socket: str

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/work?host={self.socket}"

    def _run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(
            f"host={self.socket} user=postgres dbname=postgres", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def create(self) -> None:
        self._run("CREATE DATABASE work")

    def freeze(self) -> None:
        self._run("CREATE DATABASE template_work TEMPLATE work")

    def reset(self) -> None:
        self._run(
            "DROP DATABASE IF EXISTS work WITH (FORCE)",
            "CREATE DATABASE work TEMPLATE template_work STRATEGY FILE_COPY",
        )


def _as_postgres(command: list[str]) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _quick_folder() -> str:
    """In memory where there is room for it. Short, as the path of a socket must be."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 1024**3
    return str(memory) if roomy else "/tmp"


@contextmanager
def template_for(engine: str, factory: pytest.TempPathFactory) -> Iterator[Database]:
    if engine == "sqlite":
        yield SqliteDatabase(factory.mktemp("db") / "academy.db")
        return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        pytest.fail("PostgreSQL is not installed: run `make test`, which installs it")
    bin_ = binaries[-1]
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=_quick_folder()))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    quiet = {
        "check": True,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": "/tmp",
    }
    subprocess.run(
        _as_postgres(
            [
                f"{bin_}/initdb",
                "-D",
                str(data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        ),
        **quiet,
    )
    settings = (
        "listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
        "wal_level=minimal", "max_wal_senders=0", "autovacuum=off", "checkpoint_timeout=1h",
    )  # fmt: skip
    options = " ".join([f"-k {folder}", *(f"-c {s}" for s in settings)])
    subprocess.run(
        _as_postgres(
            [
                f"{bin_}/pg_ctl",
                "-D",
                str(data),
                "-w",
                "-l",
                str(folder / "log"),
                "-o",
                options,
                "start",
            ]
        ),
        **quiet,
    )
    try:
        database = PostgresDatabase(str(folder))
        database.create()
        yield database
    finally:
        subprocess.run(
            _as_postgres([f"{bin_}/pg_ctl", "-D", str(data), "-m", "immediate", "stop"]), **quiet
        )
        shutil.rmtree(folder, ignore_errors=True)
