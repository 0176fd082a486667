"""The history of a sitting in words: what was corrected, from what to what, by whom, why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from exams.papers.models import Paper
from training.core import i18n
from training.core.db import db

from ..models import SittingEvent
from ..rules.sitting import ACT_LABELS, ADMISSION_LABELS, FIELD_LABELS, Admission, SittingAct

_MOMENTS = ("doors_open_at", "starts_at", "ends_at")


def _value(field: str, value: Any) -> str:
    if field in _MOMENTS:
        return i18n.format_datetime(datetime.fromisoformat(value))
    if field == "limit_minutes":
        return str(gettext("%(n)s 分钟", n=value))
    if field == "admission":
        return str(gettext(ADMISSION_LABELS[Admission(value)]))
    if field == "paper":
        paper = db.session.scalar(sa.select(Paper).where(Paper.public_id == value))
        return i18n.title_of(paper) if paper else str(value)
    return str(value) or gettext("（空）")


def _details(event: SittingEvent, *, office: bool) -> str:
    """What changed, and the reason. The paper and its title are the office's business."""
    found = [
        gettext(
            "%(field)s：%(old)s → %(new)s",
            field=gettext(FIELD_LABELS[name]),
            old=_value(name, event.before[name]),
            new=_value(name, event.after[name]),
        )
        for name in event.after
        if event.act is SittingAct.CHANGED and (office or name != "paper")
    ]
    if event.reason:
        found.append(gettext("理由：%(reason)s", reason=event.reason))
    return " / ".join(found)


def entry(event: SittingEvent) -> dict[str, Any]:
    """A line of the sitting's page."""
    what = gettext(ACT_LABELS[event.act])
    if event.attempt is not None:
        what = gettext(
            "%(what)s：%(name)s（%(seat)s 号）",
            what=what, name=event.attempt.person.name, seat=event.attempt.seat,
        )  # fmt: skip
    return {
        "when": event.at,
        "who": event.actor.name,
        "what": what,
        "detail": _details(event, office=True),
        "kind": "stop" if event.act is SittingAct.CANCELLED else "due",
    }


def for_candidate(event: SittingEvent | None) -> dict[str, str] | None:
    """What the ticket says on top: the last correction that concerns this candidate."""
    if event is None:
        return None
    titles = {
        SittingAct.CHANGED: gettext("考试安排有变更，以本页为准"),
        SittingAct.CANCELLED: gettext("考试已取消，不占用您的考试次数"),
        SittingAct.WITHDRAWN: gettext("您已不在本场考试的考生名单中"),
        SittingAct.ENTERED_AGAIN: gettext("您已重新列入本场考试"),
    }
    return {
        "kind": "stop" if event.act is SittingAct.CANCELLED else "due",
        "title": titles[event.act],
        "text": _details(event, office=False),
    }
