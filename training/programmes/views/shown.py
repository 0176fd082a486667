"""How sessions, hours and entries are shown: words, shapes and addresses for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext

from training.core import clock, i18n
from training.core.errorpages import reason_row
from training.core.rule_names import rule_name
from training.core.rules.explanation import show_hundredths
from training.core.rules.verdict import Verdict
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic, TrainingForm

from ..models import CreditEntry, SessionEvent, TrainingSession
from ..rules.enrolment import STATE_LABELS, EnrolmentState
from ..rules.hours import HoursLine, HoursResult
from ..rules.ledger import REVERSAL_LABELS, LineKind
from ..rules.sessions import (
    ACT_LABELS,
    FIELD_LABELS,
    MARK_LABELS,
    SESSION_LABELS,
    Mark,
    SessionAct,
    SessionState,
)

_SESSION = {
    SessionState.PLANNED: "none",
    SessionState.OPEN: "info",
    SessionState.HELD: "ok",
    SessionState.CANCELLED: "stop",
}
_ENROLMENT = {
    EnrolmentState.ENROLLED: "none",
    EnrolmentState.IN_PROGRESS: "info",
    EnrolmentState.HOURS_MET: "info",
    EnrolmentState.ASSIGNMENTS_MET: "info",
    EnrolmentState.EXAM_ELIGIBLE: "ok",
    EnrolmentState.HOURS_VOIDED: "stop",
    EnrolmentState.WITHDRAWN: "none",
    EnrolmentState.EXPIRED: "stop",
}
_ACT = {
    SessionAct.CHANGED: "due",
    SessionAct.CANCELLED: "stop",
    SessionAct.REOPENED: "info",
    SessionAct.CORRECTED: "due",
}
_MARK = {Mark.PRESENT: "ok", Mark.LATE: "due", Mark.ABSENT: "stop"}


def session_state(session: TrainingSession) -> dict[str, str]:
    return {"kind": _SESSION[session.state], "label": gettext(SESSION_LABELS[session.state])}


def enrolment_state(state: EnrolmentState) -> dict[str, str]:
    return {"kind": _ENROLMENT[state], "label": gettext(STATE_LABELS[state])}


def mark_state(mark: Mark) -> dict[str, str]:
    return {"kind": _MARK[mark], "label": gettext(MARK_LABELS[mark])}


def span(session: TrainingSession) -> str:
    """「14:00–17:00」, with the second day named when it is another one."""
    start, end = clock.local(session.starts_at), clock.local(session.ends_at)
    last = f"{end:%H:%M}" if end.date() == start.date() else i18n.format_datetime(session.ends_at)
    return f"{start:%H:%M}–{last}"


def dated(session: TrainingSession) -> dict[str, str]:
    """The parts of a date block."""
    day = clock.local(session.starts_at)
    if i18n.is_english():
        return {"month": f"{day:%b}", "day": str(day.day), "weekday": f"{day:%a}"}
    full = i18n.format_date(session.starts_at)
    return {"month": f"{day.month}月", "day": str(day.day), "weekday": full[-2:]}


def topic_and_form(session: TrainingSession) -> str:
    return f"{gettext(TOPIC_LABELS[session.topic])} · {gettext(FORM_LABELS[session.form])}"


def _short(label: str) -> str:
    """A label without what it explains in brackets: a bar has little room."""
    return label.partition("（")[0].partition(" (")[0]


def _number(hundredths: int) -> int | float:
    """A figure to draw a bar with: whole where it is whole."""
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100


def bar(line: HoursLine, topic: Topic | None = None) -> dict[str, Any]:
    """A line of hours as ``progress_topic`` takes it; it leads to the entries behind it."""
    owed = gettext("还差 %(n)s 学时", n=show_hundredths(line.owed)) if line.owed else None
    return {
        "label": _short(gettext(line.label)),
        "done": _number(line.done),
        "required": _number(line.required),
        "shown": f"{show_hundredths(line.done)} / {show_hundredths(line.required)}",
        "owed": owed,
        "url": url_for("programmes.my_hours", topic=topic, _anchor="entries") if topic else None,
        "kind": "ok" if line.met else "info",
        "met": line.met,
    }


def why(result: HoursResult) -> list[dict[str, str]]:
    """The explanation of a result, a line each."""
    return [{"text": i18n.say(e.words), "basis": rule_name(e.basis)} for e in result.explanations]


def reasons(verdict: Verdict) -> list[dict[str, str]]:
    """What is missing, by which rule, and where it is mended."""
    return [reason_row(r) for r in verdict.reasons]


def history(events: Sequence[SessionEvent], *, office: bool) -> list[dict[str, Any]]:
    """The history of a session in words; who acted is the office's business."""
    return [
        {
            "when": event.at,
            "who": event.actor.name if office else "",
            "what": gettext(ACT_LABELS[event.act]),
            "detail": " / ".join(_changes(event)),
            "kind": _ACT[event.act],
        }
        for event in events
    ]


def _changes(event: SessionEvent) -> list[str]:
    """From what to what, and why."""
    found = [
        gettext(
            "%(field)s：%(old)s → %(new)s",
            field=gettext(FIELD_LABELS[name]),
            old=_value(name, event.before[name]),
            new=_value(name, event.after[name]),
        )
        for name in FIELD_LABELS
        if name in event.after
    ]
    if "cancel_reason" in event.before:
        found.append(gettext("原取消的理由：%(reason)s", reason=event.before["cancel_reason"]))
    if event.reason:
        found.append(gettext("理由：%(reason)s", reason=event.reason))
    return found


def _value(field: str, value: Any) -> str:
    if field in ("starts_at", "ends_at"):
        return i18n.format_datetime(datetime.fromisoformat(value))
    if field == "topic":
        return str(gettext(TOPIC_LABELS[Topic(value)]))
    if field == "form":
        return str(gettext(FORM_LABELS[TrainingForm(value)]))
    if field == "capacity" and not value:
        return str(gettext("不限"))
    return i18n.shorten(str(value), 60) or gettext("（空）")


def entry_row(entry: CreditEntry, minutes_per_hour: int) -> dict[str, Any]:
    """A line of the ledger as tables show it."""
    taken = entry.kind is LineKind.REVERSAL
    hours = show_hundredths(entry.minutes * 100 // minutes_per_hour)
    reason = gettext(REVERSAL_LABELS[entry.reason]) if entry.reason else ""
    return {
        "id": entry.public_id,
        "day": i18n.format_day(entry.occurred_on),
        "title": i18n.title_of(entry) or entry.source_ref,
        "topic": gettext(TOPIC_LABELS[entry.topic]),
        "form": gettext(FORM_LABELS[entry.form]),
        "minutes": f"−{entry.minutes}" if taken else entry.minutes,
        "hours": f"−{hours}" if taken else hours,
        "recorder": entry.recorder.name if entry.recorder else gettext("系统"),
        "recorded": i18n.format_datetime(entry.recorded_at),
        "note": gettext("：").join(filter(None, [reason, entry.note])),
        "taken": taken,
        "state": {"kind": "stop", "label": gettext("冲销")} if taken else None,
    }
