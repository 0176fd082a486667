"""How numbers and names look to people: masked where the role needs no more."""

from __future__ import annotations


def hours_text(minutes: int, minutes_per_hour: int) -> str:
    """Minutes as 学时 with at most two decimals, rounded down: never more than was done."""
    hundredths = minutes * 100 // minutes_per_hour
    whole, rest = divmod(hundredths, 100)
    return f"{whole}" + (f".{rest:02d}".rstrip("0") if rest else "")
