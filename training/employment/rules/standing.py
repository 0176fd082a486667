"""The life of a standing: one a person, stored by ``people``, changed only here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from training.core.rules.machine import Gate, Machine, Transition
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.people.rules.person import Standing
from training.proceedings.rules.reasons import reason_given

_BASIS = "lifecycle:standing"


class LeaveReason(StrEnum):
    """Why somebody in post left."""

    EXIT_DECISION = "exit_decision"
    RESIGNED = "resigned"
    TERM_OVER = "term_over"
    DIED = "died"


LEAVE_REASON_LABELS = {
    LeaveReason.EXIT_DECISION: N_("经退出审查解聘"),
    LeaveReason.RESIGNED: N_("本人辞任"),
    LeaveReason.TERM_OVER: N_("任期届满"),
    LeaveReason.DIED: N_("死亡"),
}


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """What the gates look at.

    ``admitted``: the recruitment was confirmed, or the person was registered as elected.
    ``appointment_in_force``: some appointment holds today (``appointment.serves_on``).
    ``post`` is ``appointment.post_gate``; ``exit_final`` is ``exit_review.is_final``.
    ``resigned``, ``term_over`` and ``died`` say what the appointments show.
    """

    admitted: bool
    certificate_in_force: bool
    appointment_in_force: bool
    post: Verdict
    reason: str
    leave_reason: LeaveReason | None
    exit_final: bool
    resigned: bool
    term_over: bool
    died: bool


def _reason(facts: StandingFacts) -> Verdict:
    return reason_given(facts.reason, basis=_BASIS)


def enrol_gate(facts: StandingFacts) -> Verdict:
    """Code ``standing.not_admitted``."""
    if facts.admitted:
        return ALLOWED
    return refuse("standing.not_admitted", N_("选聘尚未确定，不能入训"), basis=_BASIS)


def certify_gate(facts: StandingFacts) -> Verdict:
    """Code ``standing.no_certificate``."""
    if facts.certificate_in_force:
        return ALLOWED
    return refuse("standing.no_certificate", N_("没有有效的合格证书"), basis="cert.gates")


def decertify_gate(facts: StandingFacts) -> Verdict:
    """Codes ``standing.has_certificate``, ``REASON_REQUIRED``."""
    if not facts.certificate_in_force:
        return _reason(facts)
    return _reason(facts) & refuse(
        "standing.has_certificate", N_("合格证书仍然有效"), basis="cert.gates"
    )


def post_gate(facts: StandingFacts) -> Verdict:
    """An appointment in force, and the certificate where the post requires one. Codes
    ``standing.no_appointment``, ``certificate.required``."""
    if facts.appointment_in_force:
        return facts.post
    return facts.post & refuse("standing.no_appointment", N_("没有有效的任命"), basis=_BASIS)


def reason_gate(facts: StandingFacts) -> Verdict:
    """Code ``REASON_REQUIRED``."""
    return _reason(facts)


def resume_gate(facts: StandingFacts) -> Verdict:
    """Codes of ``post_gate`` and ``REASON_REQUIRED``."""
    return post_gate(facts) & _reason(facts)


def leave_gate(facts: StandingFacts) -> Verdict:
    """Nobody leaves a post but by a final exit review, their own resignation, the end of
    the term, or death, as their records show. Codes ``standing.leave_reason``,
    ``standing.still_appointed``, ``REASON_REQUIRED``."""
    shown = {
        LeaveReason.EXIT_DECISION: facts.exit_final,
        LeaveReason.RESIGNED: facts.resigned,
        LeaveReason.TERM_OVER: facts.term_over,
        LeaveReason.DIED: facts.died,
    }
    verdict = _reason(facts)
    if facts.leave_reason is None or not shown[facts.leave_reason]:
        verdict &= refuse(
            "standing.leave_reason",
            N_("离岗须有已生效的退出决定、本人辞任、任期届满或者死亡记录"),
            basis="人民调解法#15",
        )
    if facts.appointment_in_force:
        verdict &= refuse("standing.still_appointed", N_("任命仍然有效"), basis=_BASIS)
    return verdict


_S = Standing


def _row(
    action: str,
    sources: tuple[Standing, ...],
    target: Standing,
    gate: Gate | None,
    label: str,
    *,
    grave: bool = False,
) -> Transition:
    return Transition(action, sources, target, f"employment:standing:{action}", gate, grave, label)


STANDING = Machine(
    "standing",
    Standing,
    _S.CANDIDATE,
    (
        _row("enrol", (_S.CANDIDATE,), _S.TRAINEE, enrol_gate, N_("入训")),
        _row("certify", (_S.TRAINEE,), _S.CERTIFIED, certify_gate, N_("取得证书")),
        _row("decertify", (_S.CERTIFIED,), _S.TRAINEE, decertify_gate, N_("证书失效，重新培训")),
        # Part-time and elected members are never kept waiting for a certificate.
        _row(
            "take_post",
            (_S.CANDIDATE, _S.TRAINEE, _S.CERTIFIED),
            _S.IN_POST,
            post_gate,
            N_("到岗"),
        ),
        _row("suspend", (_S.IN_POST,), _S.SUSPENDED, reason_gate, N_("暂停工作"), grave=True),
        _row("resume", (_S.SUSPENDED,), _S.IN_POST, resume_gate, N_("恢复工作"), grave=True),
        _row("leave", (_S.IN_POST, _S.SUSPENDED), _S.LEFT, leave_gate, N_("离岗"), grave=True),
        _row(
            "withdraw",
            (_S.CANDIDATE, _S.TRAINEE, _S.CERTIFIED),
            _S.LEFT,
            reason_gate,
            N_("退出选聘或者培训"),
            grave=True,
        ),
        _row("re_enter", (_S.LEFT,), _S.CANDIDATE, None, N_("重新应聘")),
    ),
)
