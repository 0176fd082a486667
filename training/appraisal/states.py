"""What each state allows: whether figures may still be entered, and how states are grouped."""

from __future__ import annotations

from training.core.errors import Refused
from training.core.rules.words import N_

from .models import AnnualAppraisal
from .rules.annual_lifecycle import DECIDED, AnnualState

OPEN_FOR_DATA = frozenset(
    {
        AnnualState.OPENED, AnnualState.SELF_REPORT, AnnualState.UNIT_OPINION,
        AnnualState.SURVEY, AnnualState.DOSSIER_REVIEW,
    }
)  # fmt: skip
FINAL = frozenset({AnnualState.FINALISED, *DECIDED})
GRADED = frozenset(AnnualState) - OPEN_FOR_DATA


def writable(appraisal: AnnualAppraisal) -> None:
    """Raises ``Refused`` ``CLOSED`` once the grade is given."""
    if appraisal.state not in OPEN_FOR_DATA:
        raise Refused.because("CLOSED", N_("等次已评定，不能再改数据；异议成立后方可更正"))
