"""The deadline of an attempt: a function of recorded facts, never a stored figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Extension:
    """Minutes that a proctor gave (加时): to whom is decided by who loads the rows.

    Raises ``ValueError`` for minutes that are not positive: time once given is not taken
    back from someone who is writing.
    """

    minutes: int
    granted_at: datetime
    granted_by: int
    reason: str

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise ValueError("an extension gives a positive number of minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """How long an attempt may take.

    ``limit_minutes``: for everyone. ``personal_factor``: hundredths, 100 = ordinary, 150 =
    half as long again for a recognised need. ``latest_end``: when the sitting ends for
    someone with the ordinary time, so that who comes late has less. ``grace_seconds``:
    policy ``exam.grace_seconds``, for answers under way. Raises ``ValueError`` for a
    factor below 100 or a limit that is not positive.
    """

    limit_minutes: int
    personal_factor: int
    latest_end: datetime
    grace_seconds: int

    def __post_init__(self) -> None:
        if self.limit_minutes <= 0 or self.personal_factor < 100 or self.grace_seconds < 0:
            raise ValueError("a time limit is positive and never shortened for one person")


def deadline(
    started_at: datetime, limit: TimeLimit, extensions: Iterable[Extension] = ()
) -> datetime:
    """When the attempt ends (without the grace).

    The ordinary time, cut at the end of the sitting; then the personal extra time and the
    extensions, which reach beyond the end of the sitting, because what was given to a
    person is not taken away by the clock on the wall. An extension granted when the
    attempt was already closed opens nothing: a closed attempt stays closed, and an answer
    that came too late stays late (a proctor may admit it by a correction).
    """
    ordinary = timedelta(minutes=limit.limit_minutes)
    extra_seconds = -(-limit.limit_minutes * 60 * (limit.personal_factor - 100) // 100)
    extra = timedelta(seconds=extra_seconds)
    end = min(started_at + ordinary, limit.latest_end) + extra
    for extension in sorted(extensions, key=lambda e: e.granted_at):
        if extension.granted_at <= closes_at(end, limit):
            end += timedelta(minutes=extension.minutes)
    return end


def closes_at(end: datetime, limit: TimeLimit) -> datetime:
    """The last moment at which an answer received by the server still counts."""
    return end + timedelta(seconds=limit.grace_seconds)
