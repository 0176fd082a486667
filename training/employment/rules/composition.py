"""The composition of a committee (人民调解法#8): three to nine members, women among them."""

from __future__ import annotations

from training.core.rules.verdict import Reason, refuse
from training.core.rules.words import N_

FEWEST, MOST = 3, 9
"""Members of a committee, both inclusive; a statute, not a policy."""

_STATUTE = "人民调解法#8"


def composition_warnings(members: int, women: int) -> tuple[Reason, ...]:
    """What is to be looked at; it stops nobody: a committee grows member by member.

    Codes ``composition.too_few``, ``composition.too_many``, ``composition.no_women``.
    """
    found: tuple[Reason, ...] = ()
    if members < FEWEST:
        found += refuse(
            "composition.too_few",
            N_("调委会有 %(n)s 名委员，应为 %(fewest)s 至 %(most)s 人"),
            basis=_STATUTE,
            n=members,
            fewest=FEWEST,
            most=MOST,
        ).reasons
    if members > MOST:
        found += refuse(
            "composition.too_many",
            N_("调委会将有 %(n)s 名委员，应为 %(fewest)s 至 %(most)s 人"),
            basis=_STATUTE,
            n=members,
            fewest=FEWEST,
            most=MOST,
        ).reasons
    if not women:
        found += refuse(
            "composition.no_women", N_("调委会中应当有妇女成员"), basis=_STATUTE
        ).reasons
    return found
