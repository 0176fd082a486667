"""How many wrong attempts are borne: by account, by address, on the whole site.

Only failures count, and an attempt that is turned away unheard is none, so that nobody can
keep a door shut by knocking. All numbers are policy (``security.login``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """``count`` failures within ``window`` shut the door for ``delay`` after the last one."""

    count: int
    window: timedelta
    delay: timedelta


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """The limits of log-ins: ``account`` delays; ``address`` and ``site`` let go as soon as
    the window holds fewer failures; ``second`` are those of the second factor."""

    account: Limit
    address: Limit
    site: Limit
    second: tuple[Limit, ...]

    @staticmethod
    def of(policy: Mapping[str, int]) -> LoginLimits:
        """From the value of ``security.login``. Raises ``KeyError`` if one is missing."""
        window = timedelta(minutes=policy["window_minutes"])
        none = timedelta()
        hour, day = timedelta(hours=1), timedelta(days=1)
        return LoginLimits(
            Limit(policy["account"], window, timedelta(minutes=policy["delay_minutes"])),
            Limit(policy["address"], window, none),
            Limit(policy["site"], window, none),
            (
                Limit(policy["second"], window, none),
                Limit(policy["second_hour"], hour, none),
                Limit(policy["second_day"], day, none),
            ),
        )

    @property
    def memory(self) -> timedelta:
        """For how long a failure can still matter to an account."""
        return max(
            self.account.window + self.account.delay, *(limit.window for limit in self.second)
        )


def shut_until(failures: Iterable[datetime], limit: Limit, now: datetime) -> datetime | None:
    """Until when these failures shut the door; None when it is open.

    With a delay: until that long after the failure that filled a window. Without: until the
    oldest of the last ``count`` failures leaves the window.
    """
    times = sorted(failures)
    until: datetime | None = None
    for first, last in zip(times, times[limit.count - 1 :], strict=False):
        if last - first < limit.window:
            until = last + limit.delay if limit.delay else first + limit.window
    return until if until is not None and until > now else None


def window_until(nth_newest: datetime | None, limit: Limit, now: datetime) -> datetime | None:
    """The same without a delay, from the ``count``-th newest failure alone (None: fewer)."""
    if nth_newest is None or nth_newest + limit.window <= now:
        return None
    return nth_newest + limit.window


def latest(moments: Sequence[datetime | None]) -> datetime | None:
    """The last of the moments that are there."""
    return max((m for m in moments if m is not None), default=None)


def seconds_left(until: datetime, now: datetime) -> int:
    """Whole seconds to wait, rounded up, at least one: the value of ``Retry-After``."""
    return max(1, -int((now - until) // timedelta(seconds=1)))
