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
    """Who of a district is 优秀 within its quota.

    ``held`` passed the quota before and were announced: nobody takes their seat away.
    ``admitted`` stand within what is left by their score; ``tied`` share one score for which
    only ``open_seats`` are left, fewer than there are people: the panel chooses among them.
    ``beyond`` stand behind; they and the tied who are not chosen become 称职. ``extra`` keep
    优秀 without a seat: their objection was upheld when the seats were given away.
    """

    limit: int
    admitted: frozenset[int]
    tied: frozenset[int]
    open_seats: int
    beyond: frozenset[int]
    held: frozenset[int] = frozenset()
    extra: frozenset[int] = frozenset()

    @property
    def counted(self) -> int:
        """How many count towards the limit."""
        return len(self.held) + len(self.admitted) + len(self.tied) + len(self.beyond)


def quota_limit(appraised: int, percent: int) -> int:
    """How many may be 优秀 of ``appraised`` people (policy ``grade.excellent_quota``, percent)."""
    return appraised * percent // _PERCENT


def apply_quota(
    candidates: Mapping[int, int],
    *,
    appraised: int,
    percent: int,
    held: Mapping[int, int] | None = None,
    upheld: Collection[int] = (),
) -> Quota:
    """Rank the candidates of a district (person id → total in hundredths) within its quota.

    ``appraised`` counts all who are appraised there, candidates or not. ``held`` are those
    whose 优秀 passed the quota before, with their totals. ``upheld`` are candidates whose
    objection was upheld and who may stand beyond the quota (policy
    ``grade.upheld_beyond_quota``): they do where they would have had a seat, or a tie for
    one, had everybody been ranked at once, and somebody who ranks no higher holds it.
    Raises ``ValueError`` for more people than appraised.
    """
    held = held or {}
    if len(candidates) + len(held) > appraised:
        raise ValueError("more candidates than people appraised")
    limit = quota_limit(appraised, percent)
    seats = max(limit - len(held), 0)
    admitted, tied, beyond = _rank(candidates, seats)
    everyone = (*candidates.values(), *held.values())
    extra = frozenset(
        person
        for person in (tied | beyond) & frozenset(upheld)
        if sum(total > candidates[person] for total in everyone) < limit
        and any(total <= candidates[person] for total in held.values())
    )
    if extra:
        rest = {p: total for p, total in candidates.items() if p not in extra}
        admitted, tied, beyond = _rank(rest, seats)
    return Quota(limit, admitted, tied, seats - len(admitted), beyond, frozenset(held), extra)


def _rank(
    candidates: Mapping[int, int], seats: int
) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Those within ``seats``, those tied for the last of them, those beyond."""
    admitted: set[int] = set()
    for total in sorted(set(candidates.values()), reverse=True):
        level = frozenset(p for p, points in candidates.items() if points == total)
        left = seats - len(admitted)
        if len(level) <= left:
            admitted |= level
            continue
        # No seat left: nobody is tied, they are simply beyond the quota.
        tied = level if left else frozenset()
        return frozenset(admitted), tied, frozenset(candidates) - admitted - tied
    return frozenset(admitted), frozenset(), frozenset()


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
