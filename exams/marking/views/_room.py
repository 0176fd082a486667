"""The blueprint that the pages of this room share, and how they show an attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from exams.sittings.rules.attempt import STATE_LABELS, AttemptState
from training.core import i18n, web
from training.core.rules.explanation import show_hundredths

from ..queries import Row
from ..rules.review import REVIEW_LABELS

room = web.Room("exams_marking", "exams.marking", url_prefix="/exams")

_KINDS = {
    AttemptState.PASSED: "ok",
    AttemptState.FAILED: "stop",
    AttemptState.UNDER_APPEAL: "due",
    AttemptState.GRADED: "due",
    AttemptState.REVIEWED: "info",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as components show it."""

    kind: str
    label: str


def attempt_badge(state: AttemptState) -> Badge:
    return Badge(_KINDS.get(state, "none"), gettext(STATE_LABELS[state]))


def marks_of(row: Row) -> dict[str, Any]:
    """One line of a sitting's marks, as pages and sheets show it."""
    grading = row.grading
    return {
        "seat": row.attempt.seat,
        "ticket": row.attempt.ticket_no,
        "name": row.attempt.person.name,
        "org": i18n.title_of(row.attempt.person.org, "name"),
        "points": show_hundredths(grading.points) if grading else None,
        "outcome": (gettext("合格") if grading.passed else gettext("不合格")) if grading else None,
        "review": gettext(REVIEW_LABELS[row.review.verdict]) if row.review else None,
        "state": attempt_badge(row.attempt.state),
    }
