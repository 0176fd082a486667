"""Backup and restore: database and files in one folder, keys in another, all of it checked.

A backup holds a signed manifest with the row count of every table, the hash of every file
and the head of the audit chain; a restore that does not match it is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from training.core import audit, clock, crypto, files
from training.core.config import Config
from training.core.db import db, engine_options
from training.core.models import StoredFile
from training.core.rules.chain import canonical
from training.core.units import system_unit
from training.people.models import UserSession

from .schema import metadata

_DEBIAN = Path("/usr/lib/postgresql")
_DUMPS = ("database.sqlite", "database.dump")


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


def _counts(connection: sa.Connection | None = None) -> dict[str, int]:
    reader = connection or db.session
    return {
        table.name: int(reader.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
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
    there = sa.make_url(url)
    # Everybody on the machine can read a command line, but not an environment.
    plain = sa.URL.create(
        "postgresql", there.username, None, there.host, there.port, there.database, there.query
    ).render_as_string()
    environ = os.environ | ({"PGPASSWORD": str(there.password)} if there.password else {})
    command = [find_postgres_tool(name), "--dbname", plain, *arguments]
    done = subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True, env=environ
    )
    if done.returncode:
        raise RestoreRefused(f"{name} failed: {done.stderr.strip()[-300:]}")


@contextmanager
def _dumped(settings: Config, target: Path) -> Iterator[tuple[Path, sa.Connection]]:
    """Dump the database; the connection reads exactly what is in the dump, whatever people
    write meanwhile."""
    if settings.database_url.startswith("sqlite"):
        out = target / "database.sqlite"
        source = db.engine.raw_connection()
        try:
            source.driver_connection.execute("VACUUM INTO ?", (str(out),))  # type: ignore[union-attr]
        finally:
            source.close()
        url = f"sqlite:///{out}"
        copy = sa.create_engine(url, **engine_options(url))
        try:
            with copy.connect() as connection:
                yield out, connection
        finally:
            copy.dispose()
        return
    out = target / "database.dump"
    engine = db.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        _postgres_tool(
            "pg_dump", settings.database_url,
            "--format=custom", "--file", str(out), f"--snapshot={snapshot}",
        )  # fmt: skip
        yield out, connection


def make(app: Flask, to: Path, keys_to: Path, now: datetime, say: Callable[[str], None]) -> Outcome:
    """Write a backup into ``to`` and the keys into ``keys_to``. Both must be new or empty."""
    settings: Config = app.extensions["academy.config"]
    for folder in (to, keys_to):
        if folder.exists() and any(folder.iterdir()):
            raise RestoreRefused(f"{folder} is not empty")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    audit.seal(now, window=None)
    say("database …")
    with _dumped(settings, to) as (dump, connection):
        counts, head = _counts(connection), audit.head(now, connection)
        listed = connection.execute(
            sa.select(StoredFile.key, StoredFile.sha256, StoredFile.public_id).order_by(
                StoredFile.id
            )
        ).all()
    say("files …")
    store, kept = files.storage(), {}
    for key, sha256, public_id in listed:
        target = to / "files" / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with store.open(key) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
        if _hash(target) != sha256:
            raise RestoreRefused(f"file {public_id} was altered in the store")
        kept[key] = sha256
    shutil.copy2(settings.keyring, keys_to / "keyring.json")
    os.chmod(keys_to / "keyring.json", 0o600)
    manifest = {
        "made_at": now.isoformat(timespec="seconds"),
        "database": {"file": dump.name, "sha256": _hash(dump)},
        "counts": counts,
        "files": kept,
        "head": head,
    }
    manifest["signature"] = crypto.ring().sign(canonical(manifest).encode())
    (to / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1))
    return Outcome(to, len(counts), sum(counts.values()), len(kept), int(head["seq"]))


def _read_manifest(folder: Path, ring: crypto.Keyring) -> dict[str, Any]:
    """The manifest, if this site signed it and all that it names is there unaltered."""
    try:
        manifest: dict[str, Any] = dict(json.loads((folder / "manifest.json").read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise RestoreRefused(f"{folder} is no backup: {error}") from error
    signature = str(manifest.pop("signature", ""))
    if not crypto.verify(ring.public_key, canonical(manifest).encode(), signature):
        raise RestoreRefused("the manifest was altered, or belongs to a site with other keys")
    if manifest["database"]["file"] not in _DUMPS or not all(map(files.is_key, manifest["files"])):
        raise RestoreRefused("the manifest names files that no backup has")
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
    held = settings.keyring if settings.keyring.exists() else (keys or folder) / "keyring.json"
    try:
        ring = crypto.Keyring.read(held)
    except (OSError, ValueError) as error:
        raise RestoreRefused(
            f"no keyring at {held}: name the folder of the keys with --keys"
        ) from error
    manifest = _read_manifest(folder, ring)
    say("backup is whole")
    if held != settings.keyring:
        ring.write(settings.keyring)
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


@system_unit
def _end_sessions(now: datetime) -> None:
    """Whoever was put out since the backup must not be back in."""
    db.session.execute(
        sa.update(UserSession).where(UserSession.revoked_at.is_(None)).values(revoked_at=now)
    )


def check(app: Flask, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Copy the files, verify counts, hashes and the audit chain, and end all sessions. Raises
    ``RestoreRefused``."""
    manifest = _read_manifest(folder, crypto.ring())
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
    try:
        head = audit.read_head(manifest["head"], crypto.ring().public_key)
    except ValueError as error:
        raise RestoreRefused(f"the head of the audit chain: {error}") from error
    report = audit.check([head])
    if not report.sound:
        raise RestoreRefused(f"the audit chain does not hold: {report.findings[:5]}")
    say("counts, files and audit chain agree with the backup")
    _end_sessions(clock.now())
    return Outcome(folder, len(counts), sum(counts.values()), len(manifest["files"]), report.sealed)
