"""Structured logs: one JSON line an event, with the request id and nothing personal."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = frozenset(
    {"name", "phone", "id_number", "password", "code", "token", "address", "email"}
)
_DETAIL = re.compile(r"DETAIL:.*")
# Telephone and identity numbers.
_NUMBER = re.compile(r"\d{10,}[\dXx]")


def drop_personal(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A key that could carry personal data never reaches a log, whoever put it there."""
    for key in PERSONAL & event.keys():
        event[key] = "…"
    return event


def blank_exception(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """PostgreSQL tells the values of the row that an error is about; a message may hold the
    number that could not be read."""
    if "exception" in event:
        without = _DETAIL.sub("DETAIL: …", str(event["exception"]))
        event["exception"] = _NUMBER.sub("…", without)
    return event


def _to_stderr(*_names: Any) -> structlog.PrintLogger:
    """What is the standard error now, not when the site was made: that one may be closed."""
    return structlog.PrintLogger(sys.stderr)


def configure(level: str, *, console: bool = False) -> None:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_personal,
            structlog.processors.format_exc_info,
            blank_exception,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )
