"""What a certificate that was issued rests on, and whether it still stands.

A result may be corrected, hours reversed, after a certificate was issued on them. Nothing follows by
itself: whoever may revoke it (撤销) is told what has changed, and decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_


@dataclass(frozen=True, slots=True)
class BasisFacts:
    """The attempt and the hours that a certificate was issued on, as they are recorded now.

    ``passed`` and ``clean`` are true as well where nothing is recorded (issued elsewhere).
    """

    passed: bool = True
    clean: bool = True
    hours_met: bool = True


def basis_gate(facts: BasisFacts) -> Verdict:
    """Codes ``basis.exam_failed``, ``basis.exam_irregular``, ``basis.hours_short``."""
    verdict = ALLOWED
    if not facts.passed:
        verdict &= refuse(
            "basis.exam_failed",
            N_("发证所据的考试成绩已更正，更正后不合格"),
            basis="exam.pass_mark",
        )
    if not facts.clean:
        verdict &= refuse(
            "basis.exam_irregular", N_("发证所据的考试经复核认定有异常"), basis="学习培训制度"
        )
    if not facts.hours_met:
        verdict &= refuse(
            "basis.hours_short",
            N_("发证所据的学时已冲销或者作废，现不足规定学时"),
            basis="training.prejob_hours",
        )
    return verdict
