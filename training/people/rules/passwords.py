"""What a password must be: long, not a common one, not made of what is known about a person.

No composition and no expiry by default (OWASP ASVS 5.0, NIST SP 800-63B); the classified-
protection profile (等级保护, GB/T 22239) adds classes of characters, a change every so many
days and a history. All numbers are policy (``security.password``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

_PIECES_OF_A_COMMON_PASSWORD = 3
_SHORTEST_TELLTALE = 4
_LONGEST_WORD = 20
_BASIS = "security.password"
_DATE = re.compile(
    r"(19|20)\d\d((0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))?|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
)
_LETTERS_IN_DISGUISE = str.maketrans("@$", "as")
_RUNS = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl")


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """The rules for one account. ``classes`` 0: none asked; ``days`` 0: never expires;
    ``history`` 0: may be used again. ``min_score`` is zxcvbn's, 0 to 4."""

    min_length: int
    max_length: int
    min_score: int
    classes: int = 0
    days: int = 0
    history: int = 0

    @staticmethod
    def of(policy: Mapping[str, int], *, privileged: bool, classified: bool) -> PasswordRules:
        """From the value of ``security.password``. Raises ``KeyError`` if one is missing."""
        who = "privileged" if privileged else "learner"
        return PasswordRules(
            policy[f"{who}_min"],
            policy["max"],
            policy[f"{who}_score"],
            policy["classified_classes"] if classified else 0,
            policy["classified_days"] if classified else 0,
            policy["classified_history"] if classified else 0,
        )


def normalise(password: str) -> str:
    """As it is hashed: the same password from any keyboard (NFKC, full width made narrow)."""
    return unicodedata.normalize("NFKC", password)


def judge_password(
    password: str,
    rules: PasswordRules,
    *,
    score: int,
    common: Collection[str],
    known: Iterable[str],
) -> Verdict:
    """May this be an account's password?

    ``score`` is zxcvbn's estimate, ``common`` the list of common words in lower case,
    ``known`` what others know of the person (name, telephone, digits of the identity
    number). Codes ``password.too_short``, ``.too_long``, ``.classes``, ``.common``,
    ``.personal``, ``.guessable``.
    """
    verdict = ALLOWED
    if len(password) < rules.min_length:
        verdict &= refuse(
            "password.too_short", N_("密码至少 %(n)s 个字符"), basis=_BASIS, n=rules.min_length
        )
    if len(password) > rules.max_length:
        verdict &= refuse(
            "password.too_long", N_("密码最多 %(n)s 个字符"), basis=_BASIS, n=rules.max_length
        )
    if classes_of(password) < rules.classes:
        verdict &= refuse(
            "password.classes",
            N_("密码应含大写字母、小写字母、数字、符号中的至少 %(n)s 种"),
            basis="security.password_profile",
            n=rules.classes,
        )
    if not verdict:
        return verdict
    if is_common(password, common):
        return refuse(
            "password.common",
            N_("这是常见密码，别人容易猜到，请换一个，例如几个不相干的词连在一起"),
            basis=_BASIS,
        )
    if tells(password, known):
        return refuse(
            "password.personal", N_("密码不要包含本人的姓名、电话、证件号或者用户名"), basis=_BASIS
        )
    if score < rules.min_score:
        return refuse(
            "password.guessable",
            N_("密码还不够难猜，请再长一些，或者加一个不相干的词"),
            basis=_BASIS,
        )
    return ALLOWED


def classes_of(password: str) -> int:
    """How many of four classes it uses: capitals, small letters, digits, anything else."""
    kinds = (str.isupper, str.islower, str.isdigit)
    found = sum(any(kind(c) for c in password) for kind in kinds)
    return found + any(not any(kind(c) for kind in kinds) for c in password)


def is_common(password: str, words: Collection[str]) -> bool:
    """Is it put together from few common pieces: listed words, dates, runs, repetitions?

    >>> is_common("woaini1314", {"woaini", "1314"})
    True
    """
    text = re.sub(r"[\W_]+", "", password.lower().translate(_LETTERS_IN_DISGUISE))
    if not text:
        return True
    fewest = [0] + [len(text) + 1] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            if fewest[start] < fewest[end] - 1 and _common_piece(text[start:end], words):
                fewest[end] = fewest[start] + 1
    return fewest[-1] <= _PIECES_OF_A_COMMON_PASSWORD


def _common_piece(piece: str, words: Collection[str]) -> bool:
    return (
        piece in words
        or len(set(piece)) == 1
        or _DATE.fullmatch(piece) is not None
        or (len(piece) > 2 and any(piece in run for run in _RUNS))
    )


def tells(password: str, known: Iterable[str]) -> bool:
    """Does it contain something that is known about the person?"""
    text = password.lower()
    for word in known:
        plain = word.lower()
        shortest = _SHORTEST_TELLTALE if plain.isascii() else 2
        if len(plain) >= shortest and plain in text:
            return True
    return False


def telling(name: str, pinyin: str, phone: str, id_number: str, username: str) -> tuple[str, ...]:
    """What others know of a person, as pieces a password must not contain."""
    joined = re.sub(r"\W+", "", pinyin)
    pieces = (
        name,
        joined,
        username,
        phone[-8:],
        phone[-6:],
        phone[-4:],
        id_number[6:14],
        id_number[8:14],
        id_number[-6:],
        id_number[-4:],
    )
    return tuple(piece for piece in pieces if piece)


def is_due(set_at: datetime | None, rules: PasswordRules, now: datetime) -> bool:
    """Must it be changed? (Only the classified-protection profile lets passwords expire.)"""
    return bool(rules.days) and (set_at is None or set_at + timedelta(days=rules.days) <= now)
