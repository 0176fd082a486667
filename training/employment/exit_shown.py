"""How an exit review looks on pages: state, stepper, evidence, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext

from training.core.i18n import format_date
from training.core.rule_names import rule_name
from training.proceedings import matters
from training.proceedings import queries as proceedings

from .exit_models import REVIEW, ExitEvidence, ExitReview
from .exit_queries import SERVED, STATED, Entry, File, appeal_window, grounds_of, reply_window
from .rules.appointment import ENDING_LABELS
from .rules.exit_evidence import EVIDENCE_KIND_LABELS, GROUND_BASIS, EvidenceKind, not_renewed
from .rules.exit_gates import EXIT_GROUND_LABELS
from .rules.exit_review import EXIT_STATE_LABELS, ExitState

_S = ExitState
KINDS = {
    _S.INITIATED: "due", _S.EVIDENCE_SERVED: "info", _S.MEDIATOR_STATEMENT: "info",
    _S.PANEL: "info", _S.DECISION: "due", _S.APPEAL: "due", _S.HANDOVER: "due",
    _S.PAPERS_WITHDRAWN: "due", _S.RETURNED_TO_AGENCY: "due", _S.CLOSED: "none",
    _S.RETAINED: "ok",
}  # fmt: skip
_ENDED_EARLY = ("retain", "abandon", "overturn")


def state(value: ExitState) -> dict[str, str]:
    """A state as ``state_badge`` shows it."""
    return {"kind": KINDS[value], "label": gettext(EXIT_STATE_LABELS[value])}


def grounds(review: ExitReview) -> str:
    """The grounds in words."""
    return str(gettext("、").join(gettext(EXIT_GROUND_LABELS[g]) for g in grounds_of(review)))


def ending(review: ExitReview) -> str:
    """What the decision would do: 罢免, 解聘, or 不再续聘."""
    if not_renewed(grounds_of(review)):
        return str(gettext("不再续聘"))
    return str(gettext(ENDING_LABELS[review.appointment.kind]))


def bases(review: ExitReview) -> list[dict[str, str]]:
    """「为什么」: each ground and where it stands."""
    return [
        {
            "label": gettext(EXIT_GROUND_LABELS[g]), "input": "", "value": "",
            "basis": gettext("；").join(rule_name(b) for b in GROUND_BASIS[g]),
        }
        for g in grounds_of(review)
    ]  # fmt: skip


def _way(file: File) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (gettext("提出事由"), ("propose",)),
        (gettext("送达材料"), SERVED),
        (gettext("本人陈述"), STATED),
        (gettext("评议"), ("give_opinion",)),
        (gettext("决定"), ("decide", "retain")),
        (gettext("申诉期"), ("start_handover", "uphold", "overturn")),
        (gettext("交接收证"), ("withdraw_papers",)),
        (gettext("办结"), ("close",)),
    ]


def _due(file: File) -> str:
    """Until when the step under way runs."""
    if file.review.state is _S.EVIDENCE_SERVED:
        window = reply_window(file)
    elif file.review.state is _S.DECISION:
        window = appeal_window(file)
    else:
        window = None
    return gettext("至 %(day)s", day=format_date(window.last_day)) if window else ""


def steps(file: File, *, names: bool = True) -> list[dict[str, Any]]:
    """The stepper with names and dates; the person sees the days only."""
    found: list[dict[str, Any]] = []
    stopped = file.last(*_ENDED_EARLY)
    current = False
    for label, actions in _way(file):
        entry = _counted(file, actions)
        if entry is not None and not current:
            what = "done"
        elif current:
            what = "todo"
        else:
            what, current, entry = ("stopped" if stopped else "current"), True, None
        who = entry.event.actor.name if names and entry and entry.event.actor else ""
        when = format_date(entry.event.at) if entry else _due(file) if what == "current" else ""
        found.append({"label": label, "state": what, "who": who, "when": when})
    return found


def _counted(file: File, actions: tuple[str, ...]) -> Entry | None:
    """The step's entry, as long as it rests on the file as it is now."""
    if actions in (STATED, ("give_opinion",)) and file.review.decided_at is None:
        return file.on_this_file(*actions)
    if actions == SERVED and file.review.decided_at is None:
        return file.on_this_file(*actions) if file.review.served_at else None
    return file.last(*actions)


def evidence(file: File, lines: Iterable[ExitEvidence]) -> list[dict[str, Any]]:
    """Lines of evidence as a timeline of links, each with what it replaced."""
    replaced = {x.id: x for x in file.replaced}
    return [
        {
            "id": x.public_id, "when": x.added_at, "who": x.by.name,
            "what": gettext(EVIDENCE_KIND_LABELS[x.kind]), "detail": x.text,
            "url": _link(x), "url_text": gettext("看原件"), "kind": "info",
            "former": replaced[x.corrects_id].text if x.corrects_id in replaced else "",
            "why": x.why,
        }
        for x in lines
    ]  # fmt: skip


def _link(line: ExitEvidence) -> str:
    if line.kind is EvidenceKind.APPRAISAL:
        matter = matters.find("annual_appraisal")
        return matter.url(line.source_ref) if matter else ""
    if line.kind is EvidenceKind.APPOINTMENT:
        return url_for("employment.appointment", appointment_id=line.source_ref)
    if line.kind is EvidenceKind.CERTIFICATE and line.source_ref:
        return url_for("certificates.certificate", certificate_id=line.source_ref)
    return ""


def action_labels() -> dict[str, str]:
    return {
        "propose": gettext("提出审查"), "serve_evidence": gettext("送达材料"),
        "serve_further_evidence": gettext("补充送达材料"),
        "give_statement": gettext("本人陈述"), "note_silence": gettext("记录逾期未陈述"),
        "appoint_panel": gettext("组成评审小组"), "convene_panel": gettext("开始评议"),
        "give_opinion": gettext("评议意见"), "decide": gettext("作出决定"),
        "retain": gettext("决定继续任职"), "abandon": gettext("撤回提议"),
        "serve_decision": gettext("送达决定"), "appeal": gettext("本人申诉"),
        "uphold": gettext("申诉不成立，维持决定"), "overturn": gettext("申诉成立，撤销决定"),
        "start_handover": gettext("决定生效，开始交接"),
        "withdraw_papers": gettext("收回证件，办理离岗"),
        "return_to_agency": gettext("退回派遣单位"), "close": gettext("办结"),
    }  # fmt: skip


_SAID = frozenset(
    {"propose", "give_opinion", "decide", "retain", "abandon", "uphold", "overturn", "return_to_agency",
     "give_statement"}
)  # fmt: skip


def history(file: File, *, names: bool = True) -> list[dict[str, Any]]:
    """What was done, newest first, each with its corrections."""
    labels = action_labels()
    found = []
    for entry in reversed(file.entries):
        event = entry.event
        detail = entry.words if event.action in _SAID else ""
        if entry.corrections:
            last = entry.corrections[-1]
            detail += gettext(
                "（%(day)s 更正，原文：%(text)s；理由：%(why)s）", day=format_date(last.at),
                text=event.words, why=last.why,
            )  # fmt: skip
        found.append(
            {
                "when": event.at, "who": event.actor.name if names and event.actor else "",
                "what": labels.get(event.action, event.action), "detail": detail,
                "kind": KINDS[event.after],
            }
        )  # fmt: skip
    return found


def panel_rows(review: ExitReview) -> list[dict[str, Any]]:
    """The panel: who sits, who has declared what."""
    panel = proceedings.panel_of(REVIEW, review.public_id)
    words = {
        None: {"kind": "due", "label": gettext("待声明")},
        True: {"kind": "stop", "label": gettext("回避")},
        False: {"kind": "ok", "label": gettext("参加评议")},
    }
    return (
        [{"name": s.person.name, "state": words[s.conflict]} for s in panel.members]
        if panel
        else []
    )


def what_next(file: File) -> str:
    """What happens next, for the person concerned."""
    review = file.review
    reply, appeal = reply_window(file), appeal_window(file)
    if review.state is _S.EVIDENCE_SERVED and reply is not None:
        return str(
            gettext(
                "请阅看送达您的材料，%(day)s 前可以陈述申辩。不陈述的，期满后由小组评议。",
                day=format_date(reply.last_day),
            )
        )
    if review.state is _S.DECISION and appeal is not None:
        return str(
            gettext(
                "不同意决定的，可以在 %(day)s 前申诉，由没有参与过的人复核。",
                day=format_date(appeal.last_day),
            )
        )
    words: dict[ExitState, str] = {
        _S.EVIDENCE_SERVED: gettext("请阅看送达您的材料。"),
        _S.MEDIATOR_STATEMENT: gettext("您的陈述已记录，接下来由小组评议。"),
        _S.PANEL: gettext("小组正在评议，之后由提议人以外的人作出决定。"),
        _S.DECISION: gettext("决定已经作出，将送达您本人。"),
        _S.APPEAL: gettext("您的申诉正在复核，结果会送达您本人。复核期间决定不执行。"),
        _S.HANDOVER: gettext("决定已生效，请按交接单办理工作交接。"),
        _S.PAPERS_WITHDRAWN: gettext("离岗手续已办理。您仍可查看自己的档案和本案的材料。"),
        _S.RETURNED_TO_AGENCY: gettext("已退回派遣单位。您仍可查看自己的档案和本案的材料。"),
        _S.CLOSED: gettext("已办结。您仍可查看自己的档案和本案的材料。"),
        _S.RETAINED: gettext("经审查，您继续任职。"),
    }
    return words.get(review.state, "")
