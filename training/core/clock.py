"""The server's clock. Only edges (views, jobs, commands) read it; rules get ``now`` handed in.

In development the clock can be moved forward (``make demo-clock``); production cannot.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_offset_file: Path | None = None


def allow_offset(file: Path | None) -> None:
    """Development only: the file that holds the number of seconds the clock is ahead."""
    global _offset_file
    _offset_file = file


def _offset() -> timedelta:
    if _offset_file is None:
        return timedelta()
    try:
        return timedelta(seconds=int(_offset_file.read_text()))
    except (OSError, ValueError):
        return timedelta()


def move(by: timedelta) -> timedelta:
    """Move the development clock and return its whole offset. Raises in production."""
    if _offset_file is None:
        raise RuntimeError("the clock can be moved in development only")
    total = _offset() + by
    _offset_file.parent.mkdir(parents=True, exist_ok=True)
    _offset_file.write_text(str(int(total.total_seconds())))
    return total


def now() -> datetime:
    """The current time, aware, UTC."""
    return datetime.now(UTC) + _offset()


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Shanghai."""
    return moment.astimezone(SHANGHAI)


def today(moment: datetime | None = None) -> date:
    """The calendar day in Shanghai at ``moment`` (now by default)."""
    return local(moment or now()).date()


def at_local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The moment at which a clock in Shanghai shows this day and time, as UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)
