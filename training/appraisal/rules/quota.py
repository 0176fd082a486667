"""The quota of 优秀 in a district: at most a share of those appraised, rounded down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.proceedings.rules.reasons import reason_given

_BASIS = "grade.excellent_quota"
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Quota:
    """Who of the candidates stands within the quota of a district.

    ``admitted`` stand within it by their score; ``tied`` share one score for which only
    ``open_seats`` are left, fewer than there are people: the panel chooses among them.
    ``beyond`` stand behind; they and the tied who are not chosen become 称职.
    """

    limit: int
    admitted: frozenset[int]
    tied: frozenset[int]
    open_seats: int
    beyond: frozenset[int]


def quota_limit(appraised: int, percent: int) -> int:
    """How many may be 优秀 of ``appraised`` people (policy ``grade.excellent_quota``, percent)."""
    return appraised * percent // _PERCENT


def apply_quota(candidates: Mapping[int, int], *, appraised: int, percent: int) -> Quota:
    """Rank the candidates of a district (person id → total in hundredths) within its quota.

    ``appraised`` counts all who are appraised there, candidates or not. Raises
    ``ValueError`` for more candidates than appraised.
    """
    if len(candidates) > appraised:
        raise ValueError("more candidates than people appraised")
    limit = quota_limit(appraised, percent)
    admitted: set[int] = set()
    for total in sorted(set(candidates.values()), reverse=True):
        level = frozenset(p for p, points in candidates.items() if points == total)
        seats = limit - len(admitted)
        if len(level) <= seats:
            admitted |= level
            continue
        # No seat left: nobody is tied, they are simply beyond the quota.
        tied = level if seats else frozenset()
        beyond = frozenset(candidates) - admitted - tied
        return Quota(limit, frozenset(admitted), tied, seats, beyond)
    return Quota(limit, frozenset(admitted), frozenset(), limit - len(admitted), frozenset())


def choice_gate(quota: Quota, chosen: Collection[int], reason: str) -> Verdict:
    """Whether the panel's choice among the tied may stand.

    Codes ``quota.not_tied``, ``quota.exceeded``, ``REASON_REQUIRED``.
    """
    verdict = ALLOWED
    if not set(chosen) <= quota.tied:
        verdict &= refuse("quota.not_tied", N_("只能在同分人员中选择"), basis=_BASIS)
    if len(set(chosen)) > quota.open_seats:
        verdict &= refuse(
            "quota.exceeded",
            N_("优秀名额还有 %(seats)s 个，不能再多"),
            basis=_BASIS,
            seats=quota.open_seats,
        )
    return verdict & reason_given(reason, basis=_BASIS)


def quota_gate(excellent: int, *, appraised: int, percent: int) -> Verdict:
    """Whether a district keeps its quota as a whole. Code ``quota.exceeded``."""
    limit = quota_limit(appraised, percent)
    if excellent <= limit:
        return ALLOWED
    return refuse(
        "quota.exceeded",
        N_("本区优秀至多 %(limit)s 人，现为 %(n)s 人"),
        basis=_BASIS,
        limit=limit,
        n=excellent,
    )
