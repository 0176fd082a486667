"""The seven public holidays that a year's list must hold (全国年节及纪念日放假办法 第二条)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from .day_list import DayLine
from .words import N_

_FESTIVALS = (
    (N_("元旦"), re.compile(r"元旦|新年|new year", re.IGNORECASE)),
    (N_("春节"), re.compile(r"春节|除夕|spring festival", re.IGNORECASE)),
    (N_("清明节"), re.compile(r"清明|tomb|qingming", re.IGNORECASE)),
    (N_("劳动节"), re.compile(r"劳动|五一|labou?r", re.IGNORECASE)),
    (N_("端午节"), re.compile(r"端午|dragon boat", re.IGNORECASE)),
    (N_("中秋节"), re.compile(r"中秋|mid-?autumn", re.IGNORECASE)),
    (N_("国庆节"), re.compile(r"国庆|national day", re.IGNORECASE)),
)
_LONG_BREAK = 8


def label_of(name: str) -> str:
    """The standard word (to be translated) for a holiday as a list names it; empty for another
    name, or for one that names two."""
    found = [label for label, pattern in _FESTIVALS if pattern.search(name)]
    return found[0] if len(found) == 1 else ""


def missing_festivals(year: int, lines: Iterable[DayLine]) -> tuple[str, ...]:
    """Which of the seven a year's days do not name yet: its list is not whole before.

    A National Day break of eight days holds the Mid-autumn Festival, which lists of such
    years may not name by itself.
    """
    free = [x for x in lines if x.is_workday is False and x.day.year == year]
    days = {x.day for x in free}
    long_break = all(date(year, 10, n) in days for n in range(1, _LONG_BREAK + 1))
    return tuple(
        label
        for label, pattern in _FESTIVALS
        if not any(pattern.search(x.name) for x in free) and not (label == "中秋节" and long_break)
    )
