"""What rooms above say has followed from the decision on an appraisal, so that this room can judge
without knowing them whether another decision may take its place (as ``proceedings.matters``)."""

from __future__ import annotations

from collections.abc import Callable

from training.core.rules.verdict import Verdict, all_of

from .models import AnnualAppraisal

Following = Callable[[AnnualAppraisal], Verdict]

_asked: list[Following] = []


def register(following: Following) -> None:
    """``following`` refuses, with where to go, when something that cannot be taken back has
    followed from the decision that stands."""
    _asked.append(following)


def of(appraisal: AnnualAppraisal) -> Verdict:
    """Whether the decision that stands may still be replaced, as far as the rooms above know."""
    return all_of(following(appraisal) for following in _asked)
