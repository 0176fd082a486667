"""Audit entries of the demo data: one for each act, written by the hundred.

An entry is hashed as one that a verb leaves, and the sealer links it like any other.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from training.core import audit
from training.core.db import Model
from training.core.models import AuditEntry
from training.core.rules.chain import canonical, digest
from training.core.rules.permission import Actor

from . import bulk


class Trail:
    """Collects entries in the order in which they are noted, then writes them at once."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def note(
        self,
        actor: Actor,
        action: str,
        subject: Model | tuple[str, str, int | None],
        at: datetime,
        **detail: Any,
    ) -> None:
        """Add an entry. ``subject`` is the record, or its type, public id and organisation."""
        named = subject if isinstance(subject, tuple) else audit.subject_of(subject)
        kind, name, org_id = named
        row = {
            "at": at, "action": action, "actor_ref": actor.ref,
            "account_ref": str(actor.account_id) if actor.account_id else "",
            "subject_type": kind, "subject_ref": name, "org_id": org_id,
            "detail": canonical(detail), "request_id": "demo", "salt": secrets.token_hex(8),
        }  # fmt: skip
        row["entry_hash"] = digest(audit.content(SimpleNamespace(**row)))
        self._rows.append(row)

    def write(self) -> None:
        """Insert what was noted since the last time, in the current write transaction."""
        bulk.insert(AuditEntry, self._rows)
        self._rows = []
