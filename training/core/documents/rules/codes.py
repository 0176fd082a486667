"""The verification code at the foot of a paper (核验码)."""

from __future__ import annotations

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and capitals without 0, 1, I, L and O, which are confused on paper."""
LENGTH = 12
_GROUP = 4


def shown(code: str) -> str:
    """``ABCDEFGHJKMN`` as people read it aloud: ``ABCD-EFGH-JKMN``."""
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def read(typed: str) -> str | None:
    """The code that was typed, whatever its case and separators; None if it cannot be one."""
    code = "".join(c for c in typed.upper() if c.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
