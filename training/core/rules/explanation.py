"""Explanation: one line of the answer to 「为什么」, and how hundredths are shown in it."""

from __future__ import annotations

from dataclasses import dataclass

from .words import Words


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding that refuses nothing: ``code`` for machines, ``words`` for people.

    ``basis`` names the policy key or the regulation, as in ``Reason``. A parameter of
    ``words`` may itself be ``Words`` (a label that is translated on its own).
    """

    code: str
    words: Words
    basis: str = ""


def show_hundredths(value: int) -> str:
    """An integer of hundredths as people write it: 4000 → "40", 1250 → "12.5", -5 → "-0.05"."""
    whole, rest = divmod(abs(value), 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text
