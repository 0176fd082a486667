"""The id of the request or job at work: in logs, audit entries, error pages and answers."""

from __future__ import annotations

import secrets
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    return _current.get()


def begin(value: str = "") -> str:
    """Start a new one (or take over a well-formed one from a trusted proxy)."""
    value = value or secrets.token_hex(8)
    _current.set(value)
    return value
