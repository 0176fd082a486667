"""A decision about a person carries a reason that a person has written."""

from __future__ import annotations

import unicodedata

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_


def reason_given(text: str, *, basis: str) -> Verdict:
    """Whether ``text`` says anything: at least one letter or Chinese character, so that a
    row of dots or a number is no reason. Code ``REASON_REQUIRED``."""
    if any(unicodedata.category(c).startswith("L") for c in text):
        return ALLOWED
    return refuse("REASON_REQUIRED", N_("请写明理由"), basis=basis)
