"""How cases and openings look on pages: states, steps, reasons, explanations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext

from training.core.i18n import format_date, say, shorten
from training.core.rule_names import rule_name
from training.core.rules.verdict import Reason

from . import queries
from .models import Opening, RecruitmentCase, RecruitmentEvent
from .rules.announcement import FIELD_LABELS
from .rules.eligibility import PreferencePoints, Quality
from .rules.recruitment import RECRUITMENT_STATE_LABELS, RecruitmentState

_S = RecruitmentState
KINDS = {
    _S.DRAFT: "none", _S.PLAN_APPROVED: "info", _S.OPEN: "ok", _S.APPLIED: "due",
    _S.QUALIFICATION_REVIEW: "due", _S.REJECTED: "stop", _S.SHORTLISTED: "info",
    _S.INTERVIEW: "info", _S.BACKGROUND_CHECK: "info", _S.PROPOSED: "info",
    _S.PUBLIC_NOTICE: "info", _S.SUSPENDED: "stop", _S.CONFIRMED: "ok", _S.WITHDRAWN: "none",
    _S.CALLED_OFF: "stop",
}  # fmt: skip
_WAY = (
    (_S.APPLIED, "apply"), (_S.SHORTLISTED, "shortlist"), (_S.BACKGROUND_CHECK, "pass_interview"),
    (_S.PROPOSED, "propose"), (_S.PUBLIC_NOTICE, "publish"), (_S.CONFIRMED, "confirm"),
)  # fmt: skip


def state(value: RecruitmentState) -> dict[str, str]:
    """A state as ``state_badge`` shows it."""
    return {"kind": KINDS[value], "label": gettext(RECRUITMENT_STATE_LABELS[value])}


def opening_state(opening: Opening, today: date) -> dict[str, str]:
    """An opening's state; that it is closed follows from its last day."""
    if opening.state is _S.OPEN and today > opening.closes_on:
        return {"kind": "none", "label": gettext("报名已截止")}
    return state(opening.state)


def way_labels() -> dict[str, str]:
    return {
        "apply": gettext("报名"), "shortlist": gettext("资格审查"),
        "pass_interview": gettext("面试"), "propose": gettext("考察"),
        "publish": gettext("公示"), "confirm": gettext("确定"),
    }  # fmt: skip


def steps(
    case: RecruitmentCase, events: Iterable[RecruitmentEvent], *, names: bool
) -> list[dict[str, Any]]:
    """The stepper; officers see who acted, the applicant sees the days."""
    done = {e.action: e for e in events}
    ended = case.state in (_S.REJECTED, _S.WITHDRAWN, _S.CALLED_OFF)
    labels, found, current = way_labels(), [], False
    for _, action in _WAY:
        event = done.get(action)
        if event is not None:
            what = "done"
        elif current:
            what = "todo"
        else:
            what, current = ("stopped" if ended else "current"), True
        found.append(
            {
                "label": labels[action], "state": what,
                "who": event.actor.name if names and event and event.actor else "",
                "when": format_date(event.at) if event else "",
            }
        )  # fmt: skip
    return found


def reasons(items: Iterable[Reason]) -> list[dict[str, str]]:
    """A verdict's reasons for ``ui.reasons``, with the way to mend them where there is one."""
    return [
        {
            "text": say(r.words), "basis": rule_name(r.basis),
            "url": url_for(r.mend, **dict[str, Any](r.mend_args))
            if r.mend in current_app.view_functions
            else "",
        }
        for r in items
    ]  # fmt: skip


def point_lines(points: PreferencePoints) -> list[str]:
    return [say(line.words) for line in points.lines]


def action_labels() -> dict[str, str]:
    return way_labels() | {
        "begin_review": gettext("开始资格审查"), "assess": gettext("登记审查结论"),
        "shortlist": gettext("资格审查通过"), "reject": gettext("不予通过"),
        "interview": gettext("列入面试"), "pass_interview": gettext("面试通过"),
        "check": gettext("登记考察结果"), "propose": gettext("提出拟聘"),
        "publish": gettext("开始公示"), "confirm": gettext("确定人选"),
        "reconsider": gettext("退回重新办理"),
        "call_off": gettext("选聘取消"),
        "withdraw": gettext("本人退出"), "appeal": gettext("申诉成立，重新审查"),
        "uphold_objection": gettext("异议成立"), "dismissed": gettext("复核：不予支持"),
    }  # fmt: skip


def timeline(events: Iterable[RecruitmentEvent], *, names: bool) -> list[dict[str, Any]]:
    """What was done, newest first."""
    labels = action_labels()
    return [
        {
            "when": e.at, "who": e.actor.name if names and e.actor else "",
            "what": labels.get(e.action, e.action), "detail": e.reason,
            "kind": KINDS[e.after],
        }
        for e in reversed(list(events))
    ]  # fmt: skip


def opening_timeline(events: Iterable[RecruitmentEvent], *, names: bool) -> list[dict[str, Any]]:
    """What was done with an announcement, newest first: from what to what, and why."""
    labels = {
        "plan": gettext("拟订计划"), "approve_plan": gettext("批准计划"),
        "open": gettext("发布选聘公告"), "change": gettext("更改公告"),
        "call_off": gettext("取消选聘"),
    }  # fmt: skip
    return [
        {
            "when": e.at, "who": e.actor.name if names and e.actor else "",
            "what": labels[e.action], "detail": " / ".join(_changes(e)),
            "kind": "due" if e.action == "change" else KINDS[e.after],
        }
        for e in reversed(list(events))
    ]  # fmt: skip


def _changes(event: RecruitmentEvent) -> list[str]:
    before, after = event.detail.get("former", {}), event.detail.get("changed", {})
    found = [
        gettext(
            "%(field)s：%(old)s → %(new)s", field=gettext(FIELD_LABELS[name]),
            old=_value(name, before[name]), new=_value(name, after[name]),
        )
        for name in FIELD_LABELS
        if name in after
    ]  # fmt: skip
    return [*found, gettext("理由：%(reason)s", reason=event.reason)] if event.reason else found


def _value(field: str, value: Any) -> str:
    if field == "closes_on":
        return format_date(date.fromisoformat(value))
    return shorten(str(value), 60) or str(gettext("（空）"))


def what_next(case: RecruitmentCase) -> str:
    """What happens next, for the applicant."""
    words: dict[RecruitmentState, str] = {
        _S.APPLIED: gettext("人事部门将审查您的资格，结果会发到您的消息里。"),
        _S.QUALIFICATION_REVIEW: gettext("正在审查您的资格，结果会发到您的消息里。"),
        _S.SHORTLISTED: gettext("资格审查已通过，请留意面试通知。"),
        _S.INTERVIEW: gettext("请按通知的时间参加面试，由三人以上的小组评分。"),
        _S.BACKGROUND_CHECK: gettext("面试已通过，单位正在考察。"),
        _S.PROPOSED: gettext("您已被列为拟聘人选，接下来公示。"),
        _S.PUBLIC_NOTICE: gettext("您在公示名单中，公示期满没有异议即可确定。"),
        _S.SUSPENDED: gettext("公示期内收到异议，正在复核，请等待结果。"),
        _S.CONFIRMED: gettext("您已被确定为人选，请到「今天」开始岗前培训。"),
        _S.REJECTED: gettext("这次未能通过，理由见下面。不同意的，可以在期限内申诉。"),
        _S.WITHDRAWN: gettext("您已退出这次报名。"),
        _S.CALLED_OFF: gettext("这次选聘已取消，您的报名随之结束，不计为未通过。"),
    }
    return words[queries.state_of(case)]


def quality_rows(finding: Any) -> list[tuple[Quality, bool | None]]:
    return [(q, None if finding is None else bool(finding.qualities.get(str(q)))) for q in Quality]
