"""Password hashing with argon2id, under one limit of hashes at a time.

A hash costs 20–50 ms of one core, so that a whole exam hall signing in at once must
queue rather than take all cores.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from .rules.passwords import normalise

# zxcvbn's time grows with the square of the length, and what is longer is strong anyway.
_ESTIMATED = 64

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_slots = threading.BoundedSemaphore(max(1, os.cpu_count() or 1))
_decoy = ""


def use_cheap_hashing() -> None:
    """Tests only: the same algorithm at the lowest cost."""
    global _hasher
    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_password(password: str) -> str:
    with _slots:
        return _hasher.hash(normalise(password))


def verify(password_hash: str, password: str) -> bool:
    """Does the password match? For an empty hash the same time is spent on a decoy, so that
    an unknown account answers no sooner than a known one."""
    global _decoy
    if not password_hash and not _decoy:
        _decoy = hash_password("decoy")
    with _slots:
        try:
            _hasher.verify(password_hash or _decoy, normalise(password))
        except (VerificationError, InvalidHashError):
            return False
    return bool(password_hash)


def needs_rehash(password_hash: str) -> bool:
    """Was it made with other parameters than today's?"""
    return _hasher.check_needs_rehash(password_hash)


@functools.cache
def common_words() -> frozenset[str]:
    """The product's own list: pinyin phrases, lucky numbers, keyboard walks."""
    text = (Path(__file__).parent / "data" / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(w for line in text.splitlines() if (w := line.strip()) and w[0] != "#")


def score(password: str, known: Sequence[str] = ()) -> int:
    """How hard it is to guess, 0 to 4 (zxcvbn), if one knows ``known`` about the person."""
    return int(zxcvbn(password[:_ESTIMATED], user_inputs=list(known))["score"])
