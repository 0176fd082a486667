"""A backup holds everything; one that was altered, or does not come back whole, is refused."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.support.world import NOW, sign_in
from training.core import audit, crypto, files
from training.core.db import db
from training.core.models import StoredFile
from training.core.rules.chain import canonical
from training.core.rules.permission import SYSTEM
from training.core.units import system_unit
from training.people.models import Person, UserSession
from training.site import backup
from training.site.backup import RestoreRefused

pytestmark = pytest.mark.slow

CONTENT = b"what somebody uploaded"


def quiet(_line: str) -> None: ...


@system_unit
def _fill():
    files.keep(CONTENT, name="a.txt", media_type="text/plain", purpose="test", now=NOW)
    for n in range(3):
        audit.write(SYSTEM, "core:test:act", at=NOW, detail={"n": n})


@pytest.fixture
def made(app, tmp_path):
    """A backup of the world with one file and some audit entries."""
    _fill()
    audit.seal(NOW)
    backup.make(app, tmp_path / "backup", tmp_path / "keys", NOW, quiet)
    return tmp_path / "backup"


def put_back(app, folder, keys=None):
    """Restore into the site of the test, as the command does, and verify."""
    db.session.remove()
    db.engine.dispose()
    backup.put_back(app.extensions["academy.config"], folder, keys, quiet)
    return backup.check(app, folder, quiet)


def test_what_was_lost_comes_back_whole(app, made):
    names = set(db.session.scalars(sa.select(Person.name)))
    stored = db.session.scalars(sa.select(StoredFile)).one().key

    @system_unit
    def lose():
        db.session.execute(sa.update(Person).values(name="无名氏"))

    lose()
    files.storage().delete(stored)
    outcome = put_back(app, made)
    assert set(db.session.scalars(sa.select(Person.name))) == names
    assert files.read(db.session.scalars(sa.select(StoredFile)).one()) == CONTENT
    assert (outcome.files, outcome.seq > 0) == (1, True)
    assert outcome.rows == sum(json.loads((made / "manifest.json").read_text())["counts"].values())


def test_after_a_restore_histories_still_refuse_change(app, made):
    put_back(app, made)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        db.session.execute(sa.text("UPDATE audit_entry SET action = 'x'"))
    db.session.rollback()


def test_the_keys_stand_apart_from_the_backup(app, made, tmp_path):
    assert crypto.Keyring.read(tmp_path / "keys" / "keyring.json") == crypto.ring()
    secrets = (tmp_path / "keys" / "keyring.json").read_bytes()
    index_key = json.loads(secrets)["index_key"].encode()
    assert not [p for p in made.rglob("*") if p.is_file() and index_key in p.read_bytes()]


@pytest.mark.parametrize(
    "which", ["database", "file", "missing_file", "no_manifest", "counts", "signature"]
)
def test_an_altered_backup_is_refused_before_anything_is_touched(app, made, which):
    manifest = json.loads((made / "manifest.json").read_text())
    database = made / manifest["database"]["file"]
    stored = made / "files" / next(iter(manifest["files"]))
    if which == "database":
        body = bytearray(database.read_bytes())
        body[len(body) // 2] ^= 1
        database.write_bytes(bytes(body))
    elif which == "file":
        stored.write_bytes(CONTENT + b"!")
    elif which == "missing_file":
        stored.unlink()
    elif which == "no_manifest":
        (made / "manifest.json").write_text("[1]")
    else:
        manifest["counts"]["person"] += which == "counts"
        manifest["signature"] = "" if which == "signature" else manifest["signature"]
        (made / "manifest.json").write_text(json.dumps(manifest))
    names = set(db.session.scalars(sa.select(Person.name)))
    with pytest.raises(RestoreRefused):
        put_back(app, made)
    assert set(db.session.scalars(sa.select(Person.name))) == names


def _edit(folder, change, ring=None):
    """Change the manifest and sign it anew, as somebody who holds the keys could."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["signature"]
    change(manifest)
    signature = (ring or crypto.ring()).sign(canonical(manifest).encode())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "signature": signature}))


def test_a_row_that_is_missing_is_noticed(app, made):
    _edit(made, lambda m: m["counts"].update(person=m["counts"]["person"] + 1))
    with pytest.raises(RestoreRefused, match="person"):
        put_back(app, made)


def test_a_log_that_was_cut_off_is_noticed_by_the_head(app, made):
    def later_head(manifest):
        body = {k: manifest["head"][k] for k in ("seq", "chain_hash", "at", "key")}
        body["seq"] += 1
        signature = crypto.ring().sign(canonical(body).encode())
        manifest["head"] = {**body, "signature": signature}

    _edit(made, later_head)
    with pytest.raises(RestoreRefused, match="truncated"):
        put_back(app, made)


def test_a_backup_that_another_site_signed_is_refused(app, made):
    _edit(made, lambda manifest: None, crypto.Keyring.generate())
    with pytest.raises(RestoreRefused, match="other keys"):
        put_back(app, made)


def test_a_head_that_another_key_signed_is_refused(app, made):
    def foreign(manifest):
        ring = crypto.Keyring.generate()
        body = {k: manifest["head"][k] for k in ("seq", "chain_hash", "at")}
        body["key"] = ring.public_key
        manifest["head"] = {**body, "signature": ring.sign(canonical(body).encode())}

    _edit(made, foreign)
    with pytest.raises(RestoreRefused, match="head"):
        put_back(app, made)


def test_a_file_altered_in_the_store_stops_the_backup(app, tmp_path):
    _fill()
    record = db.session.scalars(sa.select(StoredFile)).one()
    files.storage().path(record.key).write_bytes(b"altered")
    with pytest.raises(RestoreRefused, match="altered in the store"):
        backup.make(app, tmp_path / "b", tmp_path / "k", NOW, quiet)


def test_what_people_write_during_a_backup_does_not_spoil_it(app, tmp_path, monkeypatch):
    """Between the dump and the counting somebody goes on working."""
    _fill()
    audit.seal(NOW)
    count = backup._counts

    def work_then_count(connection):
        _fill()
        audit.seal(NOW)
        return count(connection)

    monkeypatch.setattr(backup, "_counts", work_then_count)
    made = backup.make(app, tmp_path / "b", tmp_path / "k", NOW, quiet)
    monkeypatch.undo()
    assert made.files == 1
    assert put_back(app, tmp_path / "b").seq == made.seq


def test_a_backup_never_overwrites_another(app, made, tmp_path):
    with pytest.raises(RestoreRefused, match="not empty"):
        backup.make(app, made, tmp_path / "other", NOW, quiet)


def test_without_its_keys_nothing_is_restored(app, made, tmp_path):
    settings = replace(app.extensions["academy.config"], keyring=tmp_path / "gone" / "keyring.json")
    with pytest.raises(RestoreRefused, match="keyring"):
        backup.put_back(settings, made, None, quiet)


def test_the_keys_are_put_back_where_they_are_gone(app, made, tmp_path):
    gone = tmp_path / "gone" / "keyring.json"
    settings = replace(app.extensions["academy.config"], keyring=gone)
    db.session.remove()
    db.engine.dispose()
    backup.put_back(settings, made, tmp_path / "keys", quiet)
    assert crypto.Keyring.read(gone) == crypto.ring()


def test_debians_newest_tool_is_found_when_none_is_on_the_path(monkeypatch, tmp_path):
    for version in ("9.6", "15", "17"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / "pg_dump").touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(backup, "_DEBIAN", tmp_path)
    assert backup.find_postgres_tool("pg_dump") == str(tmp_path / "17" / "bin" / "pg_dump")
    with pytest.raises(RestoreRefused, match="pg_restore"):
        backup.find_postgres_tool("pg_restore")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda m: m["files"].update({"../../outside": "0" * 64}), "no backup has"),
        (lambda m: m["files"].update({"/etc/passwd": "0" * 64}), "no backup has"),
        (lambda m: m["database"].update(file="../elsewhere.sqlite"), "no backup has"),
    ],
)
def test_a_manifest_never_leads_out_of_its_folder(app, made, change, what):
    """Even one that is signed: whoever holds the keys still restores no other files."""
    manifest = json.loads((made / "manifest.json").read_text())
    manifest.pop("signature")
    change(manifest)
    manifest["signature"] = crypto.ring().sign(canonical(manifest).encode())
    (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RestoreRefused, match=what):
        put_back(app, made)


def test_a_restore_ends_the_sessions_that_it_brings_back(app, world, tmp_path):
    _fill()
    sign_in(app, world.account("a_mediator"))
    backup.make(app, tmp_path / "backup", tmp_path / "keys", NOW, quiet)
    put_back(app, tmp_path / "backup")
    live = sa.select(sa.func.count()).where(UserSession.revoked_at.is_(None))
    assert db.session.scalar(live) == 0


def test_the_password_of_the_database_stands_in_no_command_line(monkeypatch):
    seen = {}

    def run(command, **options):
        seen.update(command=command, env=options["env"])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(backup, "find_postgres_tool", lambda name: name)
    backup._postgres_tool(
        "pg_dump", "postgresql+psycopg://u:s%40cret@db:5433/academy?sslmode=require"
    )
    assert seen["command"] == [
        "pg_dump", "--dbname", "postgresql://u@db:5433/academy?sslmode=require",
    ]  # fmt: skip
    assert seen["env"]["PGPASSWORD"] == "s@cret"


def test_a_folder_with_a_quotation_mark_is_only_a_folder(app, tmp_path):
    _fill()
    folder = tmp_path / "mayor's backup"
    assert backup.make(app, folder, tmp_path / "keys", NOW, quiet).files == 1
