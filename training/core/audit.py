"""The audit log: entries written in the act's transaction, sealed into a chain soon after.

Nothing personal is written: people are named by their random public id, and a value that
must be provable later by a salted commitment, so that erasing a person (and the salt)
leaves the chain valid.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from . import crypto
from .db import db
from .models import AuditEntry, AuditLink
from .requestid import current as request_id
from .rules.chain import GENESIS, Head, Link, Report, canonical, digest, examine, link
from .rules.permission import Actor
from .units import system_unit


def commitment(salt: str, value: str) -> str:
    """Proves a value to whoever knows salt and value; tells nothing to anybody else."""
    return hashlib.sha256(f"{salt}\0{value}".encode()).hexdigest()


def content(entry: AuditEntry | SimpleNamespace) -> dict[str, Any]:
    """What the entry's hash covers: everything but the row number and the hash itself."""
    return {
        "at": entry.at.isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor": entry.actor_ref,
        "account": entry.account_ref,
        "subject_type": entry.subject_type,
        "subject": entry.subject_ref,
        "org": entry.org_id,
        "detail": entry.detail,
        "request": entry.request_id,
        "salt": entry.salt,
    }


def subject_of(record: Any) -> tuple[str, str, int | None]:
    """(type, public id, organisation) of a record, as an entry names it."""
    if record is None:
        return "", "", None
    kind = type(record).__tablename__
    name = getattr(record, "public_id", None) or str(sa.inspect(record).identity[0])
    org = record.id if kind == "org_unit" else getattr(record, "org_id", None)
    return kind, str(name), org


def write(
    actor: Actor,
    action: str,
    subject: Any = None,
    *,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
    account_ref: str = "",
) -> AuditEntry:
    """Add an entry to the current transaction. ``detail`` holds codes and numbers only."""
    kind, name, org_id = subject_of(subject)
    entry = AuditEntry(
        at=at,
        action=action,
        actor_ref=actor.ref,
        account_ref=account_ref or (str(actor.account_id) if actor.account_id else ""),
        subject_type=kind,
        subject_ref=name,
        org_id=org_id,
        detail=canonical(dict(detail or {})),
        request_id=request_id(),
        salt=secrets.token_hex(8),
    )
    entry.entry_hash = digest(content(entry))
    db.session.add(entry)
    return entry


def detail(entry: AuditEntry) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(entry.detail)
    return loaded


def unsealed(limit: int = 2000, window: int | None = 10_000) -> list[tuple[int, str]]:
    """(id, hash) of entries that are not in the chain yet, oldest first.

    Entries commit out of order, so that a late one may stand before the one linked last:
    the ``window`` looks that many entries back from there (None: at all of them).
    """
    query = (
        sa.select(AuditEntry.id, AuditEntry.entry_hash)
        .outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .where(AuditLink.seq.is_(None))
        .order_by(AuditEntry.id)
        .limit(limit)
    )
    if window is not None:
        last = db.session.scalar(
            sa.select(AuditLink.entry_id).order_by(AuditLink.seq.desc()).limit(1)
        )
        query = query.where(AuditEntry.id > (last or 0) - window)
    return [(row.id, row.entry_hash) for row in db.session.execute(query)]


@system_unit
def seal(now: datetime, window: int | None = 10_000) -> int:
    """Link unsealed entries into the chain; returns how many. One sealer at a time: SQLite's
    write lock sees to it, on PostgreSQL an advisory lock."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SELECT pg_advisory_xact_lock(460100)"))
    last = db.session.execute(
        sa.select(AuditLink.seq, AuditLink.chain_hash).order_by(AuditLink.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq, last.chain_hash) if last else (0, GENESIS)
    rows = []
    for entry_id, entry_hash in unsealed(window=window):
        seq += 1
        previous = link(previous, entry_hash, seq)
        rows.append(
            {
                "seq": seq,
                "entry_id": entry_id,
                "entry_hash": entry_hash,
                "chain_hash": previous,
                "sealed_at": now,
            }
        )
    if rows:
        db.session.execute(sa.insert(AuditLink), rows)
    return len(rows)


def _entries() -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    for entry in db.session.scalars(
        sa.select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    ):
        yield entry.id, entry.entry_hash, content(entry)


def _links() -> Iterator[Link]:
    for row in db.session.scalars(
        sa.select(AuditLink).order_by(AuditLink.seq).execution_options(yield_per=1000)
    ):
        yield Link(row.seq, row.entry_id, row.entry_hash, row.chain_hash)


def check(heads: list[Head]) -> Report:
    """Examine the whole log, as it stands at one moment, against heads exported earlier."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        # Else a link made between the two reads would seem to lead to a missing entry.
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return examine(_entries(), _links(), heads)


def head(now: datetime, connection: sa.Connection | None = None) -> dict[str, Any]:
    """The signed end of the chain, to be kept off the machine; ``connection`` may read from a
    snapshot."""
    last = (
        (connection or db.session)
        .execute(
            sa.select(AuditLink.seq, AuditLink.chain_hash).order_by(AuditLink.seq.desc()).limit(1)
        )
        .first()
    )
    body = {
        "seq": last.seq if last else 0,
        "chain_hash": last.chain_hash if last else GENESIS,
        "at": now.isoformat(timespec="seconds"),
        "key": crypto.ring().public_key,
    }
    return {**body, "signature": crypto.ring().sign(canonical(body).encode())}


def read_head(signed: Mapping[str, Any], trusted_key: str) -> Head:
    """Check a signed head. Raises ``ValueError`` when its signature does not hold."""
    body = {k: signed[k] for k in ("seq", "chain_hash", "at", "key")}
    if signed["key"] != trusted_key or not crypto.verify(
        trusted_key, canonical(body).encode(), signed["signature"]
    ):
        raise ValueError("the signature of this head does not hold")
    return Head(int(body["seq"]), str(body["chain_hash"]))
