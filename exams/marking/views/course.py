"""The course of an attempt's marking in words: marks, reviews, releases, appeals, by whom, why."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from exams.sittings.models import Attempt
from training.core.rules.explanation import show_hundredths

from .. import queries
from ..rules.review import REVIEW_LABELS, ReviewVerdict


def course_of(attempt: Attempt) -> list[dict[str, Any]]:
    """What was recorded about an attempt since it was handed in, the oldest first. The marking
    that comes with a corrected review changes no marks and is no line of its own."""
    reviews = queries.reviews_of(attempt.id)
    by_correction = {r.grading_id for r in reviews if r.corrects_id is not None}
    found: list[dict[str, Any]] = [
        {
            "when": g.graded_at,
            "what": gettext("阅卷：%(points)s 分", points=show_hundredths(g.points)),
            "kind": "info",
        }
        for g in queries.gradings_of(attempt.id)
        if g.id not in by_correction
    ]
    for r in reviews:
        verdict = gettext(REVIEW_LABELS[r.verdict])
        found.append(
            {
                "when": r.reviewed_at,
                "who": r.reviewer.name,
                "what": gettext("更正复核结论：%(verdict)s", verdict=verdict)
                if r.corrects_id
                else gettext("复核：%(verdict)s", verdict=verdict),
                "detail": r.reason,
                "kind": "due" if r.verdict is ReviewVerdict.IRREGULAR else "ok",
            }
        )
    found += [
        {
            "when": r.released_at,
            "who": r.releaser.name,
            "what": gettext("发布成绩"),
            "kind": "info",
        }
        for r in queries.releases_of(attempt.id)
    ]
    found += [
        {"when": a.opened_at, "what": gettext("申诉"), "detail": a.text, "kind": "due"}
        for a in queries.appeals_of(attempt.id)
    ]
    return sorted(found, key=lambda line: line["when"])
