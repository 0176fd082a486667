"""Nothing typed is lost: a form that could not be accepted is kept sealed for its owner.

Used when the session ended, when a fresh log-in is needed first, and when a gate refused.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from . import crypto
from .db import db, new_public_id
from .models import FormDraft
from .units import system_unit

KEPT_FOR = timedelta(days=7)
MAX_CHARS = 200_000
_SECRET = ("csrf_token", "_key", "code", "otp", "recovery")
_WHERE = "form_draft.sealed"


def worth_keeping(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """The fields of a form but for secrets and tokens; also those that were emptied."""
    return [(k, v) for k, v in form.items(multi=True) if not _is_secret(k.lower())]


def _is_secret(name: str) -> bool:
    return "password" in name or name.startswith(_SECRET)


@system_unit
def keep(account_id: int, path: str, form: MultiDict[str, str], now: datetime) -> str | None:
    """Seal a form for its owner; returns the draft's id, or None if nothing was typed."""
    fields = worth_keeping(form)
    body = json.dumps(fields, ensure_ascii=False)
    if not any(text for _, text in fields) or len(body) > MAX_CHARS or len(path) > 200:
        return None
    public_id = new_public_id()
    db.session.add(
        FormDraft(
            public_id=public_id, account_id=account_id, path=path,
            sealed=crypto.ring().seal(_WHERE, public_id, body), created_at=now,
        )
    )  # fmt: skip
    return public_id


def load(account_id: int | None, public_id: str) -> MultiDict[str, str] | None:
    """The fields of an own draft, or None (also where its key is gone)."""
    draft = db.session.scalar(
        sa.select(FormDraft).where(
            FormDraft.public_id == public_id, FormDraft.account_id == account_id
        )
    )
    if draft is None:
        return None
    try:
        return MultiDict(json.loads(crypto.ring().open(_WHERE, public_id, draft.sealed)))
    except crypto.SealBroken:
        return None


@system_unit
def sweep(now: datetime) -> None:
    """Forget drafts that nobody came back for."""
    db.session.execute(sa.delete(FormDraft).where(FormDraft.created_at < now - KEPT_FOR))
