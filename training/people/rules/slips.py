"""One-time slips: a printed code for the first log-in or after a forgotten password."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

from .person import AccountState, SlipPurpose

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0/O, 1/I/L and U: what is read from paper on a phone."""

CODE_LENGTH = 10
RECOVERY_LENGTH = 14
_GROUP = 5
_MISREAD = str.maketrans("", "", " -—_·.")


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What decides whether a slip can still be used."""

    expires_at: datetime
    tries: int
    used: bool
    withdrawn: bool


def lifetime(purpose: SlipPurpose, policy: Mapping[str, int]) -> timedelta:
    """How long a slip is good for, from the value of ``security.slip``."""
    if purpose is SlipPurpose.ACTIVATION:
        return timedelta(days=policy["activation_days"])
    return timedelta(hours=policy["reset_hours"])


def judge_slip(facts: SlipFacts, max_tries: int, now: datetime) -> Verdict:
    """Can it still be used? Codes ``slip.used``, ``.withdrawn``, ``.expired``, ``.tries``."""
    if facts.used:
        return refuse("slip.used", N_("此单已经用过"), basis="security.slip")
    if facts.withdrawn:
        return refuse("slip.withdrawn", N_("此单已作废，请使用新发的单"), basis="security.slip")
    if facts.expires_at <= now:
        return refuse("slip.expired", N_("此单已过有效期，请向单位重新领取"), basis="security.slip")
    if facts.tries >= max_tries:
        return refuse("slip.tries", N_("此单试错次数过多，请向单位重新领取"), basis="security.slip")
    return ALLOWED


def purpose_for(state: AccountState) -> SlipPurpose | Verdict:
    """Which slip an account may have. Code ``slip.closed`` for a closed account."""
    if state is AccountState.CLOSED:
        return refuse("slip.closed", N_("账号已停用，请先恢复使用再发单"))
    return SlipPurpose.ACTIVATION if state is AccountState.WAITING else SlipPurpose.RESET


def code_from(digest: str, length: int) -> str:
    """A code of ``length`` characters from a hexadecimal digest of at least 256 bits."""
    number = int(digest, 16)
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def spaced(code: str) -> str:
    """In groups, as it is printed: ABCDE-FGHJK."""
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def read_code(raw: str) -> str:
    """A code as somebody typed it: any case, width and spacing."""
    return unicodedata.normalize("NFKC", raw).translate(_MISREAD).upper()


def same_ending(id_number: str, given: str) -> bool:
    """Are these the last four characters of the identity number? (X in any case.)"""
    wanted = unicodedata.normalize("NFKC", given).strip().upper()
    return re.fullmatch(r"\d{3}[\dX]", wanted) is not None and id_number.endswith(wanted)
