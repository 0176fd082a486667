"""The evidence of a figure that the system took from a ledger: kept as a code with its numbers,
so that both languages can say it and a later pull can tell whether anything changed."""

from __future__ import annotations

from training.core.rules.explanation import show_hundredths
from training.core.rules.words import N_, Words

_HOURS, _EXAM = "credit_ledger", "exam_ledger"
_NOTHING = {
    _HOURS: N_("学时台账：%(year)s 年度没有学时要求"),
    _EXAM: N_("考试台账：%(year)s 年度没有发布的成绩"),
}


def hours(year: int, done: int, required: int) -> str:
    """Hours of the year in the credit ledger, in hundredths."""
    return f"{_HOURS}:{year}:{done}:{required}"


def exam(year: int, points: int, full: int, day: str) -> str:
    """The year's released exam result, in hundredths, and the day of its release."""
    return f"{_EXAM}:{year}:{points}:{full}:{day}"


def no_hours(year: int) -> str:
    """No hours were asked for in the year."""
    return f"{_HOURS}:{year}"


def no_exam(year: int) -> str:
    """No exam result of the year was released."""
    return f"{_EXAM}:{year}"


def words(evidence: str) -> Words | None:
    """What such evidence says; None for evidence that a person wrote."""
    kind, *rest = evidence.split(":")
    if kind in _NOTHING and len(rest) == 1:
        return Words(_NOTHING[kind], {"year": rest[0]})
    if kind == _HOURS and len(rest) == 3:
        return Words(
            N_("%(year)s 年度学时台账：计入 %(done)s 学时，应完成 %(required)s 学时"),
            {
                "year": rest[0],
                "done": show_hundredths(int(rest[1])),
                "required": show_hundredths(int(rest[2])),
            },
        )
    if kind == _EXAM and len(rest) == 4:
        return Words(
            N_("%(year)s 年度考试成绩：%(points)s 分（满分 %(full)s 分），%(day)s 发布"),
            {
                "year": rest[0],
                "points": show_hundredths(int(rest[1])),
                "full": show_hundredths(int(rest[2])),
                "day": rest[3],
            },
        )
    return None
