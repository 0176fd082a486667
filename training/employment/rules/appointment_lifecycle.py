"""The life of an appointment, from the proposal to the end of the term."""

from __future__ import annotations

from training.core.rules.machine import Gate, Machine, Transition
from training.core.rules.words import N_

from .appointment import (
    AppointmentState,
    begin_gate,
    decline_gate,
    file_gate,
    open_renewal_gate,
    renew_gate,
    resign_from_post_gate,
    resign_gate,
    resolve_gate,
    terminate_gate,
    withdraw_resignation_gate,
)

_S = AppointmentState
_PENDING = (_S.PROPOSED, _S.COMMITTEE_RESOLUTION, _S.FILED)
_SERVING = (_S.IN_TERM, _S.RENEWAL_REVIEW, _S.RENEWED, _S.NOT_RENEWED)


def _row(
    action: str,
    sources: tuple[AppointmentState, ...],
    target: AppointmentState,
    gate: Gate,
    label: str,
    *,
    grave: bool = False,
) -> Transition:
    permission = f"employment:appointment:{action}"
    return Transition(action, sources, target, permission, gate, grave, label)


def withdrawal_to(before: AppointmentState) -> str:
    """The action that takes a resignation back to the state it was made in."""
    return f"withdraw_resignation_to_{before}"


# Services step from ``effective_state``: nothing leads out of a lapsed appointment. Who is
# renewed or not renewed still serves out the term, so it can still be ended.
APPOINTMENT = Machine(
    "appointment",
    AppointmentState,
    _S.PROPOSED,
    (
        _row(
            "resolve",
            (_S.PROPOSED,),
            _S.COMMITTEE_RESOLUTION,
            resolve_gate,
            N_("作出决议"),
            grave=True,
        ),
        _row("file", (_S.COMMITTEE_RESOLUTION,), _S.FILED, file_gate, N_("备案")),
        _row("begin", (_S.FILED,), _S.IN_TERM, begin_gate, N_("到岗")),
        _row(
            "open_renewal", (_S.IN_TERM,), _S.RENEWAL_REVIEW, open_renewal_gate, N_("启动续聘审核")
        ),
        _row("renew", (_S.RENEWAL_REVIEW,), _S.RENEWED, renew_gate, N_("续聘"), grave=True),
        _row(
            "decline",
            (_S.RENEWAL_REVIEW,),
            _S.NOT_RENEWED,
            decline_gate,
            N_("不再续聘"),
            grave=True,
        ),
        _row("terminate", _SERVING, _S.TERMINATED, terminate_gate, N_("终止任命"), grave=True),
        _row(
            "resign",
            _PENDING,
            _S.RESIGNED,
            resign_gate,
            N_("辞任"),
            grave=True,
        ),
        _row("resign", _SERVING, _S.RESIGNED, resign_from_post_gate, N_("辞任"), grave=True),
        # Back to where it stood: one action for each state that a resignation leaves.
        *(
            Transition(
                withdrawal_to(before),
                (_S.RESIGNED,),
                before,
                "employment:appointment:withdraw_resignation",
                withdraw_resignation_gate,
                True,
                N_("撤回辞任"),
            )
            for before in (*_PENDING, *_SERVING)
        ),
    ),
    final=(_S.TERMINATED, _S.LAPSED),
    computed=(_S.LAPSED,),
)
