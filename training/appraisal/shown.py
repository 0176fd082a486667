"""How an appraisal looks on pages and papers: states, steps, the explanation of every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext

from training.core.errorpages import reason_row
from training.core.i18n import format_date, format_hundredths, say
from training.core.policy_defaults import SPECS
from training.core.rules.verdict import Reason

from .models import AnnualAppraisal, AppraisalEvent, AppraisalRound, FigureLine
from .rules import ledger_evidence
from .rules.annual import COMPONENT_LABELS, Component
from .rules.annual_lifecycle import ANNUAL_STATE_LABELS, DECIDED, DECISIONS, AnnualState
from .rules.grade import GRADE_LABELS, Grade
from .rules.indicators import SECTION_LABELS
from .rules.scoring import CountedLine, LineKind, Score
from .scores import Sheet, scheme_of
from .service import ACTION_LABELS

_S = AnnualState
KINDS = {
    _S.OPENED: "due", _S.SELF_REPORT: "info", _S.UNIT_OPINION: "info", _S.SURVEY: "info",
    _S.DOSSIER_REVIEW: "due", _S.PANEL_GRADE: "info", _S.QUOTA_CHECK: "info",
    _S.PUBLIC_NOTICE: "info", _S.SERVED: "due", _S.OBJECTION: "stop", _S.REVIEW: "stop",
    _S.FINALISED: "due", _S.RENEW: "ok", _S.RENEW_WITH_TRAINING: "ok",
    _S.SUSPEND_AND_RETRAIN: "stop", _S.EXIT_REVIEW: "stop",
}  # fmt: skip
GRADE_KINDS = {
    Grade.EXCELLENT: "ok", Grade.COMPETENT: "ok", Grade.BASIC: "due", Grade.UNFIT: "stop",
}  # fmt: skip
_WAY = (
    (("submit_self_report", "skip_self_report"), "self_report"),
    (("give_unit_opinion",), "opinion"),
    (("close_survey",), "survey"),
    (("review_dossiers",), "dossiers"),
    (("grade",), "grade"),
    (("check_quota",), "quota"),
    (("serve",), "serve"),
    (("finalise", "dismiss"), "final"),
    (DECISIONS, "decision"),
)
_TAKEN_BACK = {
    "reopen_survey": "survey", "reopen_dossiers": "dossiers", "regrade": "grade", "uphold": "grade",
    "reopen_grade": "grade",
}  # fmt: skip
"""From which step on an act takes back what was done."""
_BASIS = {
    LineKind.GRANTED: "score.weights", LineKind.MEASURE: "score.measures",
    LineKind.ZERO: "score.measures", LineKind.EXEMPT: "score.measures",
    LineKind.MISSING: "score.measures", LineKind.SCALED: "score.weights",
    LineKind.SPREAD: "score.weights", LineKind.DEDUCTION: "score.deductions",
    LineKind.BONUS: "score.bonus_max",
}  # fmt: skip


def state(value: AnnualState) -> dict[str, str]:
    return {"kind": KINDS[value], "label": gettext(ANNUAL_STATE_LABELS[value])}


def grade(value: Grade | None) -> dict[str, str] | None:
    if value is None:
        return None
    return {"kind": GRADE_KINDS[value], "label": gettext(GRADE_LABELS[value])}


def _way_labels() -> dict[str, str]:
    return {
        "self_report": gettext("本人述职"), "opinion": gettext("单位评议"),
        "survey": gettext("测评"), "dossiers": gettext("卷宗评查"), "grade": gettext("小组评定"),
        "quota": gettext("核定名额"), "serve": gettext("送达本人"), "final": gettext("等次确定"),
        "decision": gettext("聘用决定"),
    }  # fmt: skip


def steps(
    appraisal: AnnualAppraisal, events: Iterable[AppraisalEvent], *, names: bool = True
) -> list[dict[str, Any]]:
    """The stepper: what is done with who and when; a step that was taken back is open again."""
    done: dict[str, AppraisalEvent] = {}
    order = [code for _, code in _WAY]
    of = {action: code for actions, code in _WAY for action in actions}
    for event in events:
        if event.action in _TAKEN_BACK:
            for code in order[order.index(_TAKEN_BACK[event.action]) :]:
                done.pop(code, None)
        elif event.action in of:
            done[of[event.action]] = event
    labels, found, current = _way_labels(), [], False
    for code in order:
        step = done.get(code)
        what = "done" if step else "todo" if current else "current"
        current = current or step is None
        found.append(
            {
                "label": labels[code], "state": what,
                "who": step.actor.name if names and step and step.actor else "",
                "when": format_date(step.at) if step else "",
            }
        )  # fmt: skip
    return found


def timeline(events: Iterable[AppraisalEvent], *, names: bool = True) -> list[dict[str, Any]]:
    """What was done, newest first."""
    return [
        {
            "when": e.at, "who": e.actor.name if names and e.actor else "",
            "what": _what(e), "detail": e.reason, "kind": KINDS[e.after],
        }
        for e in reversed(list(events))
    ]  # fmt: skip


def _what(event: AppraisalEvent) -> str:
    """What an entry is called; a decision in the place of another says so."""
    label = str(gettext(ACTION_LABELS[event.action]))
    if event.before in DECIDED:
        return str(gettext("更正聘用决定：%(decision)s", decision=label))
    return label


def former(events: Iterable[AppraisalEvent], action: str) -> list[dict[str, Any]]:
    """What was written before each correction, newest first, with who corrected it and why."""
    return [
        {
            "text": e.former, "why": e.reason, "who": e.actor.name if e.actor else "", "at": e.at,
        }
        for e in reversed(list(events))
        if e.action == action
    ]  # fmt: skip


def basis(round_: AppraisalRound, key: str) -> str:
    """A policy as people name it, with the version that the round froze."""
    label = str(gettext(SPECS[key].label))
    held = round_.policies.get(key)
    if held is None:
        return label
    return str(gettext("%(policy)s，第 %(n)s 版", policy=label, n=held["version"]))


def reasons(items: Iterable[Reason]) -> list[dict[str, str]]:
    """A verdict's reasons as pages show them."""
    return [reason_row(r) for r in items]


def evidence(text: str) -> str:
    """The evidence of an entry in words."""
    known = ledger_evidence.words(text)
    return say(known) if known is not None else text


def said_by(person_id: int | None, names: Mapping[int, str]) -> str:
    """Who recorded: a person, or the system out of a ledger."""
    return names.get(person_id, "") if person_id is not None else gettext("系统提取")


def month_rows(
    round_: AppraisalRound, sheet: Sheet, month: int, names: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Each line of a month: what, why, by which rule, from whom, what of it counted."""
    acks = {a["target"]: a for a in sheet.inputs["acknowledged"] if a["month"] == month}
    return [
        _month_row(round_, line, acks.get(line.indicator), names)
        for line in sheet.months[month].lines
    ]


def _month_row(
    round_: AppraisalRound,
    line: CountedLine,
    ack: Mapping[str, Any] | None,
    names: Mapping[int, str],
) -> dict[str, Any]:
    facts = []
    entry = line.entry
    if entry is not None:
        facts = [evidence(entry.evidence), said_by(entry.recorder, names)]
        if entry.note:
            facts.append(gettext("更正理由：%(why)s", why=gettext(entry.note)))
    elif ack is not None and line.kind in (LineKind.ZERO, LineKind.EXEMPT):
        facts = [evidence(ack["reason"]), said_by(ack["person"], names)]
    key = _BASIS.get(line.kind)
    return {
        "label": say(line.words),
        "input": " · ".join(f for f in facts if f),
        "basis": basis(round_, key) if key else "",
        "value": format_hundredths(line.counted),
        "line": entry.line_id if entry is not None and line.kind is not LineKind.CORRECTED else "",
        "section": gettext(SECTION_LABELS[line.section]) if line.section else "",
    }


def months(round_: AppraisalRound, sheet: Sheet, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """The months served, each with its total and its explanation."""
    found = []
    year_acks = {a["target"]: a for a in sheet.inputs["acknowledged"] if a["month"] is None}
    for month in sheet.inputs["months"]:
        score = sheet.months.get(month)
        ack = year_acks.get(f"month_{month:02d}")
        found.append(
            {
                "month": month,
                "label": gettext("%(n)s 月", n=month),
                "total": format_hundredths(score.total) if score else "",
                "state": _month_state(score, ack is not None),
                "why": f"{evidence(ack['reason'])} · {said_by(ack['person'], names)}"
                if ack
                else "",
                "rows": month_rows(round_, sheet, month, names) if score else [],
            }
        )
    return found


def _month_state(score: Score | None, acknowledged: bool) -> dict[str, str]:
    if score is None:
        if acknowledged:
            return {"kind": "none", "label": gettext("已说明")}
        return {"kind": "stop", "label": gettext("没有数据")}
    if score.provisional:
        n = len(score.missing)
        return {"kind": "due", "label": gettext("缺 %(n)s 项，暂计", n=n)}
    return {"kind": "ok", "label": gettext("数据齐全")}


def year_rows(
    round_: AppraisalRound, sheet: Sheet, names: Mapping[int, str]
) -> list[dict[str, Any]]:
    """The parts of the year's score, each with what it rests on."""
    acks = {a["target"]: a for a in sheet.inputs["acknowledged"] if a["month"] is None}
    composition = basis(round_, "annual.composition")
    rows = []
    for line in sheet.annual.lines:
        value, ack = sheet.inputs["values"].get(line.component), acks.get(line.component)
        facts = ""
        if line.component is Component.MONTHLY:
            facts = gettext(
                "%(n)s 个月的月度得分平均", n=sum(not s.provisional for s in sheet.months.values())
            )
        elif value is not None:
            facts = f"{value['evidence']} · {said_by(value.get('recorder'), names)}"
        elif ack is not None:
            facts = f"{evidence(ack['reason'])} · {said_by(ack['person'], names)}"
        rows.append(
            {
                "label": say(line.words), "input": facts, "basis": composition,
                "value": format_hundredths(line.contribution),
            }
        )  # fmt: skip
    return rows


def recorders(sheet: Sheet) -> set[int | None]:
    """Everybody whose name the explanation tells."""
    inputs = sheet.inputs
    return (
        {x["recorder"] for x in inputs["lines"]}
        | {v.get("recorder") for v in inputs["values"].values()}
        | {a["person"] for a in inputs["acknowledged"]}
    )


def target_title(round_: AppraisalRound, target: str) -> str:
    """A measure, month or component by its name."""
    if target in set(Component):
        return str(gettext(COMPONENT_LABELS[Component(target)]))
    if target.startswith("month_"):
        return str(gettext("%(n)s 月考核", n=int(target.removeprefix("month_"))))
    indicator = scheme_of(round_).find(target)
    return str(gettext(indicator.title)) if indicator is not None else target


def missing_rows(
    round_: AppraisalRound, missing: Iterable[tuple[int | None, str]]
) -> list[dict[str, Any]]:
    """What is missing, the months of one measure together."""
    found: dict[str, list[int]] = {}
    for month, target in missing:
        found.setdefault(target, []).extend([month] if month is not None else [])
    return [
        {
            "target": target,
            "title": target_title(round_, target),
            "months": months_text(months) if months else "",
        }
        for target, months in found.items()
    ]


def months_text(months: Iterable[int]) -> str:
    """``1—3、5 月``."""
    runs: list[list[int]] = []
    for month in sorted(months):
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    parts = [str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs]
    return str(gettext("%(months)s 月", months=gettext("、").join(parts)))


def veto_title(act: str) -> str:
    """An act of 一票否决 by its name."""
    return str(gettext(dict(SPECS["grade.veto"].fields)[str(act)]))


def line_text(round_: AppraisalRound, line: FigureLine) -> str:
    """One entry in words: month, indicator, points, evidence."""
    return str(
        gettext(
            "%(month)s 月，%(what)s，%(points)s 分，依据：%(evidence)s",
            month=line.month,
            what=target_title(round_, line.indicator),
            points=format_hundredths(line.delta),
            evidence=evidence(line.evidence),
        )
    )


def day(value: date | None) -> str:
    return format_date(value) if value is not None else ""
