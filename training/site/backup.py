"""Backup and restore: database and files in one folder, keys in another, all of it checked.

A backup holds a manifest with the row count of every table, the hash of every file and
the signed head of the audit chain; a restore that does not match it is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from training.core import audit, files
from training.core.config import Config
from training.core.db import db
from training.core.models import StoredFile

from .schema import metadata

_DEBIAN = Path("/usr/lib/postgresql")


class RestoreRefused(Exception):
    """What was restored is not what was backed up, or would overwrite something."""


@dataclass(frozen=True, slots=True)
class Outcome:
    folder: Path
    tables: int
    rows: int
    files: int
    seq: int


def _hash(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            hasher.update(chunk)
    return hasher.hexdigest()


def _counts() -> dict[str, int]:
    return {
        table.name: int(db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
        for table in metadata().sorted_tables
    }


def find_postgres_tool(name: str) -> str:
    """``pg_dump`` or ``pg_restore``: from PATH, else Debian's newest. Raises ``RestoreRefused``."""
    found = shutil.which(name)
    if found is not None:
        return found
    installed = sorted(
        _DEBIAN.glob(f"*/bin/{name}"), key=lambda tool: float(tool.parent.parent.name)
    )
    if not installed:
        raise RestoreRefused(f"{name} is not installed: it comes with the PostgreSQL client")
    return str(installed[-1])


def _postgres_tool(name: str, url: str, *arguments: str) -> None:
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    command = [find_postgres_tool(name), "--dbname", plain, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise RestoreRefused(f"{name} failed: {done.stderr.strip()[-300:]}")


def _dump(settings: Config, target: Path) -> Path:
    if settings.database_url.startswith("sqlite"):
        out = target / "database.sqlite"
        source = db.engine.raw_connection()
        try:
            source.driver_connection.execute(f"VACUUM INTO '{out}'")  # type: ignore[union-attr]
        finally:
            source.close()
        return out
    out = target / "database.dump"
    _postgres_tool("pg_dump", settings.database_url, "--format=custom", "--file", str(out))
    return out


def make(app: Flask, to: Path, keys_to: Path, now: datetime, say: Callable[[str], None]) -> Outcome:
    """Write a backup into ``to`` and the keys into ``keys_to``. Both must be new or empty."""
    settings: Config = app.extensions["academy.config"]
    for folder in (to, keys_to):
        if folder.exists() and any(folder.iterdir()):
            raise RestoreRefused(f"{folder} is not empty")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    audit.seal(now, window=None)
    say("database …")
    dump = _dump(settings, to)
    counts, head = _counts(), audit.head(now)
    say("files …")
    store, kept = files.storage(), {}
    for record in db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)):
        target = to / "files" / record.key
        target.parent.mkdir(parents=True, exist_ok=True)
        with store.open(record.key) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
        if _hash(target) != record.sha256:
            raise RestoreRefused(f"file {record.public_id} was altered in the store")
        kept[record.key] = record.sha256
    shutil.copy2(settings.keyring, keys_to / "keyring.json")
    os.chmod(keys_to / "keyring.json", 0o600)
    manifest = {
        "made_at": now.isoformat(timespec="seconds"),
        "database": {"file": dump.name, "sha256": _hash(dump)},
        "counts": counts,
        "files": kept,
        "head": head,
    }
    (to / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1))
    return Outcome(to, len(counts), sum(counts.values()), len(kept), int(head["seq"]))


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        raise RestoreRefused(f"{folder} is no backup: {error}") from error
    dump = folder / manifest["database"]["file"]
    if not dump.is_file() or _hash(dump) != manifest["database"]["sha256"]:
        raise RestoreRefused("the database in the backup was altered")
    for key, sha256 in manifest["files"].items():
        path = folder / "files" / key
        if not path.is_file() or _hash(path) != sha256:
            raise RestoreRefused(f"file {key} in the backup is missing or was altered")
    return manifest


def put_back(settings: Config, folder: Path, keys: Path | None, say: Callable[[str], None]) -> None:
    """Put database, files and (if absent) the keyring in place, before the app is built.

    What stands there is moved aside, never deleted. Raises ``RestoreRefused``.
    """
    manifest = _read_manifest(folder)
    say("backup is whole")
    if not settings.keyring.exists():
        if keys is None or not (keys / "keyring.json").is_file():
            raise RestoreRefused("the keyring is missing: name its folder with --keys")
        settings.keyring.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(keys / "keyring.json", settings.keyring)
    dump = folder / manifest["database"]["file"]
    if settings.database_url.startswith("sqlite"):
        target = Path(settings.database_url.removeprefix("sqlite:///"))
        target.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm"):
            old = Path(f"{target}{suffix}")
            if old.exists():
                old.rename(f"{old}.before-restore")
        shutil.copyfile(dump, target)
    else:
        _postgres_tool(
            "pg_restore", settings.database_url,
            "--clean", "--if-exists", "--no-owner", "--single-transaction", str(dump),
        )  # fmt: skip
    say("database is in place")


def check(app: Flask, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Copy the files and verify counts, hashes and the audit chain. Raises ``RestoreRefused``."""
    manifest = _read_manifest(folder)
    store = files.storage()
    for key, sha256 in manifest["files"].items():
        with (folder / "files" / key).open("rb") as source:
            store.put(key, source)
        with store.open(key) as back:
            if files.digest(back)[0] != sha256:
                raise RestoreRefused(f"file {key} differs after the restore")
    counts = _counts()
    wrong = [t for t, n in manifest["counts"].items() if counts.get(t) != n]
    if wrong:
        raise RestoreRefused(f"row counts differ: {', '.join(wrong)}")
    report = audit.check([audit.read_head(manifest["head"], manifest["head"]["key"])])
    if not report.sound:
        raise RestoreRefused(f"the audit chain does not hold: {report.findings[:5]}")
    say("counts, files and audit chain agree with the backup")
    return Outcome(folder, len(counts), sum(counts.values()), len(manifest["files"]), report.sealed)
