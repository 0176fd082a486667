"""The life of an exit review (解聘与退出).

No score, grade or act ends anybody's post by itself. Whatever the ground, the same way is
gone: evidence served, the person's own words (or their silence after the whole window), a
panel, a decision by another person with a human reason and the resolution of the body that
elected or engaged, its service, the appeal window. Only under labour dispatch does the
person then return to the agency; no labour contract is ended here.
"""

from __future__ import annotations

from enum import StrEnum

from training.core.rules.machine import Gate, Machine, Transition
from training.core.rules.words import N_

from .exit_gates import (
    abandon_gate,
    appeal_decision_gate,
    appeal_gate,
    close_gate,
    convene_gate,
    decide_gate,
    handover_gate,
    papers_gate,
    retain_gate,
    return_gate,
    serve_gate,
    silence_gate,
    statement_gate,
    uphold_gate,
)


class ExitState(StrEnum):
    """States of an exit review. ``RETAINED`` ends it with the person staying."""

    INITIATED = "initiated"
    EVIDENCE_SERVED = "evidence_served"
    MEDIATOR_STATEMENT = "mediator_statement"
    PANEL = "panel"
    DECISION = "decision"
    APPEAL = "appeal"
    HANDOVER = "handover"
    PAPERS_WITHDRAWN = "papers_withdrawn"
    RETURNED_TO_AGENCY = "returned_to_agency"
    CLOSED = "closed"
    RETAINED = "retained"


EXIT_STATE_LABELS = {
    ExitState.INITIATED: N_("已启动"),
    ExitState.EVIDENCE_SERVED: N_("材料已送达"),
    ExitState.MEDIATOR_STATEMENT: N_("已听取陈述申辩"),
    ExitState.PANEL: N_("评议中"),
    ExitState.DECISION: N_("已作出决定"),
    ExitState.APPEAL: N_("申诉中"),
    ExitState.HANDOVER: N_("工作交接"),
    ExitState.PAPERS_WITHDRAWN: N_("证件已收回"),
    ExitState.RETURNED_TO_AGENCY: N_("已退回派遣单位"),
    ExitState.CLOSED: N_("已办结"),
    ExitState.RETAINED: N_("不予解聘"),
}


def is_final(state: ExitState) -> bool:
    """Whether the exit is decided for good: the appeal window has passed or the appeal has
    been answered. Only then do appointment, standing and papers follow."""
    return state in (
        ExitState.HANDOVER,
        ExitState.PAPERS_WITHDRAWN,
        ExitState.RETURNED_TO_AGENCY,
        ExitState.CLOSED,
    )


_S = ExitState
_BEFORE_PANEL = (_S.INITIATED, _S.EVIDENCE_SERVED, _S.MEDIATOR_STATEMENT)


def _row(
    action: str,
    sources: tuple[ExitState, ...],
    target: ExitState,
    gate: Gate | None,
    label: str,
    *,
    grave: bool = False,
) -> Transition:
    permission = f"employment:exit_review:{action}"
    return Transition(action, sources, target, permission, gate, grave, label)


EXIT_REVIEW = Machine(
    "exit_review",
    ExitState,
    _S.INITIATED,
    (
        _row("serve_evidence", (_S.INITIATED,), _S.EVIDENCE_SERVED, serve_gate, N_("送达材料")),
        # Whatever is added later is served too, and the person answers anew.
        _row(
            "serve_further_evidence",
            (_S.EVIDENCE_SERVED, _S.MEDIATOR_STATEMENT, _S.PANEL),
            _S.EVIDENCE_SERVED,
            serve_gate,
            N_("补充送达材料"),
        ),
        _row(
            "give_statement",
            (_S.EVIDENCE_SERVED,),
            _S.MEDIATOR_STATEMENT,
            statement_gate,
            N_("陈述申辩"),
        ),
        _row(
            "note_silence",
            (_S.EVIDENCE_SERVED,),
            _S.MEDIATOR_STATEMENT,
            silence_gate,
            N_("记录逾期未陈述"),
        ),
        _row("convene_panel", (_S.MEDIATOR_STATEMENT,), _S.PANEL, convene_gate, N_("组织评议")),
        _row("decide", (_S.PANEL,), _S.DECISION, decide_gate, N_("作出解聘决定"), grave=True),
        _row("retain", (_S.PANEL,), _S.RETAINED, retain_gate, N_("不予解聘"), grave=True),
        _row("abandon", _BEFORE_PANEL, _S.RETAINED, abandon_gate, N_("撤回提议"), grave=True),
        _row("appeal", (_S.DECISION,), _S.APPEAL, appeal_gate, N_("申诉")),
        _row("uphold", (_S.APPEAL,), _S.HANDOVER, uphold_gate, N_("维持决定"), grave=True),
        _row(
            "overturn", (_S.APPEAL,), _S.RETAINED, appeal_decision_gate, N_("撤销决定"), grave=True
        ),
        _row("start_handover", (_S.DECISION,), _S.HANDOVER, handover_gate, N_("开始交接")),
        _row(
            "withdraw_papers",
            (_S.HANDOVER,),
            _S.PAPERS_WITHDRAWN,
            papers_gate,
            N_("收回证件"),
            grave=True,
        ),
        _row(
            "return_to_agency",
            (_S.PAPERS_WITHDRAWN,),
            _S.RETURNED_TO_AGENCY,
            return_gate,
            N_("退回派遣单位"),
        ),
        _row("close", (_S.PAPERS_WITHDRAWN,), _S.CLOSED, close_gate, N_("办结")),
        _row("close", (_S.RETURNED_TO_AGENCY,), _S.CLOSED, None, N_("办结")),
    ),
    final=(_S.CLOSED, _S.RETAINED),
)
