"""The room's background jobs, each beside its feature."""

from __future__ import annotations

from . import import_jobs, reminders  # noqa: F401
