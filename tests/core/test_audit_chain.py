"""Tampering with the log in any way is found; a sound log is found sound."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import NOW
from training.core import audit, crypto
from training.core.db import db
from training.core.models import AuditEntry, AuditLink
from training.core.rules.chain import GENESIS, Head, Link, digest, examine, link
from training.core.rules.permission import SYSTEM
from training.core.units import system_unit


@system_unit
def _write(n: int) -> None:
    for i in range(n):
        audit.write(SYSTEM, "core:test:act", at=NOW + timedelta(seconds=i), detail={"n": i})


@pytest.fixture
def log(app):
    """Thirty sealed entries in two rounds, and a head exported after the first."""
    _write(10)
    audit.seal(NOW)
    head = audit.head(NOW)
    _write(20)
    audit.seal(NOW)
    return audit.read_head(head, crypto.ring().public_key)


def tamper(*statements: str) -> None:
    """Somebody with the database in hands: the triggers are dropped first."""
    db.session.rollback()
    with db.engine.connect().execution_options(write=True) as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        _tamper_with(connection, statements)
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def _tamper_with(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    with connection.begin():
        if connection.dialect.name == "sqlite":
            triggers = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type='trigger'"
            ).scalars()
            for name in list(triggers):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)


def codes(heads=()):
    return {f.code for f in audit.check(list(heads)).findings}


def test_a_sound_log_is_sound(log):
    report = audit.check([log])
    assert (report.sound, report.sealed, report.unsealed) == (True, 30, ())


def test_what_is_not_sealed_yet_is_named(log):
    _write(2)
    assert len(audit.check([]).unsealed) == 2


@pytest.mark.parametrize(
    "column",
    [
        "action",
        "actor_ref",
        "account_ref",
        "subject_type",
        "subject_ref",
        "detail",
        "request_id",
        "salt",
    ],
)
def test_an_edited_column_is_found(log, column):
    tamper(
        f"UPDATE audit_entry SET {column} = 'x' WHERE id = (SELECT min(entry_id) + 4 FROM audit_link)"
    )
    assert codes() == {"entry_edited"}


def test_a_changed_time_is_found(log):
    tamper(
        "UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000' WHERE id = (SELECT max(id) FROM audit_entry)"
    )
    assert codes() == {"entry_edited"}


def test_an_entry_edited_with_its_hash_is_found(log):
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id).limit(1)).one()
    forged = digest({**audit.content(entry), "detail": "{}"})
    tamper(f"UPDATE audit_entry SET detail = '{{}}', entry_hash = '{forged}' WHERE id = {entry.id}")
    assert codes() == {"entry_replaced"}


def test_a_deleted_entry_is_found(log):
    tamper("DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_link WHERE seq = 5)")
    assert codes() == {"entry_deleted"}


def test_a_deleted_link_is_found(log):
    tamper("DELETE FROM audit_link WHERE seq = 7")
    assert {"link_missing", "chain_broken"} <= codes()


def test_a_log_cut_off_before_an_exported_head_is_found(log):
    tamper("DELETE FROM audit_link WHERE seq > 5")
    assert codes() == set()
    assert codes([log]) == {"truncated"}


def test_a_chain_made_anew_contradicts_the_exported_head(log):
    rows = db.session.scalars(sa.select(AuditLink).order_by(AuditLink.seq)).all()
    previous, statements = GENESIS, []
    for row in [*rows[1:], rows[0]]:
        previous = link(previous, row.entry_hash, len(statements) + 1)
        statements.append((row.entry_id, row.entry_hash, previous))
    tamper(
        "DELETE FROM audit_link",
        *(
            "INSERT INTO audit_link (seq, entry_id, entry_hash, chain_hash, sealed_at) "
            f"VALUES ({i}, {e}, '{h}', '{c}', '2026-01-01 00:00:00')"
            for i, (e, h, c) in enumerate(statements, 1)
        ),
    )
    assert codes() == set()
    assert codes([log]) == {"rewritten"}


@pytest.mark.parametrize("table", ["audit_entry", "audit_link"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET entry_hash = entry_hash"])
def test_the_database_refuses_to_change_the_log(log, table, act):
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.exec_driver_sql(act.format(table))


@pytest.mark.parametrize("table", ["audit_entry", "audit_link"])
def test_the_log_can_be_neither_emptied_nor_written_over(log, table):
    if db.engine.dialect.name == "postgresql":
        statement = f"TRUNCATE {table} CASCADE"
    else:
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_entries_made_during_an_examination_are_no_findings(app, log, monkeypatch):
    def write_and_seal():
        with app.app_context():
            _write(1)
            audit.seal(NOW)
            db.session.remove()

    def examine_slowly(entries, links, heads):
        read = list(entries)
        writer = threading.Thread(target=write_and_seal)
        writer.start()
        writer.join()
        return examine(read, links, heads)

    monkeypatch.setattr(audit, "examine", examine_slowly)
    report = audit.check([log])
    assert (report.findings, report.unsealed) == ((), ())


def test_a_head_with_a_forged_signature_is_refused(log):
    head = audit.head(NOW)
    with pytest.raises(ValueError, match="signature"):
        audit.read_head({**head, "seq": head["seq"] + 1}, crypto.ring().public_key)
    with pytest.raises(ValueError, match="signature"):
        audit.read_head(head, crypto.Keyring.generate().public_key)
    assert json.dumps(head)


def test_entries_that_commit_late_are_sealed_too(app):
    _write(3)
    first, middle, last = audit.unsealed()
    tamper()
    with db.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(
            sa.insert(AuditLink).values(
                seq=1,
                entry_id=last[0],
                entry_hash=last[1],
                chain_hash=link(GENESIS, last[1], 1),
                sealed_at=NOW,
            )
        )
    assert audit.unsealed() == [first, middle]
    assert audit.seal(NOW) == 2
    assert audit.check([]).sound


def test_nothing_personal_is_needed_to_prove_a_value():
    proof = audit.commitment("salt", "990101199001011234")
    assert audit.commitment("salt", "990101199001011234") == proof
    assert audit.commitment("other", "990101199001011234") != proof


# --- the pure examination, over random logs and random tampering


def _log(contents):
    entries = [(i + 1, digest({"n": c, "i": i}), {"n": c, "i": i}) for i, c in enumerate(contents)]
    links, previous = [], GENESIS
    for seq, (entry_id, entry_hash, _) in enumerate(entries, 1):
        previous = link(previous, entry_hash, seq)
        links.append(Link(seq, entry_id, entry_hash, previous))
    return entries, links


@given(st.lists(st.text(max_size=5), min_size=1, max_size=12), st.data())
def test_any_single_change_is_found(contents, data):
    entries, links = _log(contents)
    head = Head(links[-1].seq, links[-1].chain_hash)
    assert examine(entries, links, [head]).sound
    at = data.draw(st.integers(0, len(links) - 1))
    act = data.draw(st.sampled_from(["edit", "drop entry", "drop link", "swap", "cut", "rehash"]))
    if act == "edit":
        entries[at] = (entries[at][0], entries[at][1], {"n": "!", "i": -1})
    elif act == "drop entry":
        del entries[at]
    elif act == "drop link":
        del links[at]
    elif act == "swap":
        other = (
            data.draw(st.integers(0, len(links) - 1).filter(lambda x: x != at))
            if len(links) > 1
            else None
        )
        if other is None:
            return
        links[at], links[other] = links[other], links[at]
    elif act == "cut":
        links = links[:at]
    else:
        links[at] = replace(links[at], chain_hash="0" * 64)
    assert not examine(entries, links, [head]).sound
