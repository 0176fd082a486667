"""Check characters after ISO/IEC 7064:2003, system MOD 37,36 (hybrid, one character).

Such a character finds every substitution of one character and all but 1 in 630 of the
transpositions of two neighbours: of the 22,680 pairs of running state and unlike
characters, 36 escape. It guards against slips of the pen, not against forgery.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_M = len(ALPHABET)


def check_character(text: str) -> str:
    """The character to append to ``text``.

    Raises ``ValueError`` for an empty text or a character outside 0-9 and A-Z.
    """
    if not text:
        raise ValueError("nothing to check")
    running = _M
    for character in text:
        running = _carry(running, character)
    return ALPHABET[(1 - running) % _M]


def verify(text: str) -> bool:
    """Whether the last character of ``text`` is the right one for those before it.

    Raises ``ValueError`` for fewer than two characters or one outside 0-9 and A-Z.
    """
    if text[-1:] not in ALPHABET:
        raise ValueError("a check character is 0-9 or A-Z")
    return check_character(text[:-1]) == text[-1]


def _carry(running: int, character: str) -> int:
    value = ALPHABET.find(character)
    if value < 0:
        raise ValueError("only 0-9 and A-Z can be checked")
    return ((running + value) % _M or _M) * 2 % (_M + 1)
