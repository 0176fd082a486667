"""The deadline of an attempt: a function of recorded facts, never a stored figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Extension:
    """Minutes that a proctor gave (加时): to whom is decided by who loads the rows.

    Given in error, it is taken back (撤销加时) by a further entry at ``revoked_at``, which
    leaves who is writing at least ``notice_minutes`` from that moment. Raises ``ValueError``
    for minutes that are not positive, and for what is taken back before it was given.
    """

    minutes: int
    granted_at: datetime
    granted_by: int
    reason: str
    revoked_at: datetime | None = None
    notice_minutes: int = 0

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise ValueError("an extension gives a positive number of minutes")
        if self.revoked_at is not None and self.revoked_at < self.granted_at:
            raise ValueError("an extension is taken back after it was given")


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

    Taking minutes back shortens what is still open, and never to less than the notice from
    that moment: whatever the server had acknowledged by then came before the new end and
    counts as before. An answer that was written without a connection and arrives after the
    new end is kept like any late one, and can be admitted by a correction. For who had not
    begun it is as if the minutes had never been given; for who had handed in nothing changes.
    """
    ordinary = timedelta(minutes=limit.limit_minutes)
    extra_seconds = -(-limit.limit_minutes * 60 * (limit.personal_factor - 100) // 100)
    extra = timedelta(seconds=extra_seconds)
    end = min(started_at + ordinary, limit.latest_end) + extra
    given: list[Extension] = []
    for at, taken_back, extension in _entries(extensions):
        if at > closes_at(end, limit):
            continue
        minutes = timedelta(minutes=extension.minutes)
        if not taken_back:
            end += minutes
            given.append(extension)
        elif extension in given:
            given.remove(extension)
            notice = timedelta(minutes=extension.notice_minutes)
            end = max(end - minutes, min(end, at + notice) if at >= started_at else started_at)
    return end


def _entries(extensions: Iterable[Extension]) -> list[tuple[datetime, bool, Extension]]:
    """Giving, and taking back, each at its moment, in their order."""
    listed = [(e.granted_at, False, e) for e in extensions]
    listed += [(e.revoked_at, True, e) for _, _, e in listed if e.revoked_at is not None]
    return sorted(listed, key=lambda entry: entry[:2])


def closes_at(end: datetime, limit: TimeLimit) -> datetime:
    """The last moment at which an answer received by the server still counts."""
    return end + timedelta(seconds=limit.grace_seconds)
