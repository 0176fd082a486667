"""The gates of an exit review: what must be so before each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from certificates.rules.lifecycle import RevocationGround
from training.core.rules.verdict import ALLOWED, Verdict, all_of, refuse
from training.core.rules.words import N_
from training.proceedings.rules.notice import Window, filing_gate, over_gate, reviewer_gate
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import (
    Hand,
    PanelMember,
    Part,
    distinct,
    own_gate,
    panel_gate,
    sitting,
)

from .appointment import Engagement

_BASIS = "lifecycle:exit_review"
_REPLY = "exit.reply_workdays"
_APPEAL = "appeal.window"


class ExitGround(StrEnum):
    """Grounds of an exit review; a lesser act of 人民调解法#15 (批评教育, 责令改正) is none."""

    VOLUNTARY = "voluntary"
    TERM_END = "term_end"
    AGE_HEALTH = "age_health"
    TWO_UNFIT = "two_unfit"
    VETO_ACT = "veto_act"
    CERTIFICATE_LAPSE = "certificate_lapse"
    REDUNDANCY = "redundancy"


EXIT_GROUND_LABELS = {
    ExitGround.VOLUNTARY: N_("本人申请"),
    ExitGround.TERM_END: N_("任期届满"),
    ExitGround.AGE_HEALTH: N_("年龄或者健康原因"),
    ExitGround.TWO_UNFIT: N_("连续两年考核不称职"),
    ExitGround.VETO_ACT: N_("有一票否决情形"),
    ExitGround.CERTIFICATE_LAPSE: N_("证书失效"),
    ExitGround.REDUNDANCY: N_("岗位撤并"),
}


class CertificateEnding(StrEnum):
    """What becomes of the certificate: 注销, or 撤销 for fraud or an issue in error."""

    CANCELLED = "cancelled"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ExitFacts:
    """What the gates look at; what does not exist yet is ``None`` or empty.

    ``today`` is the day in Shanghai. ``evidence`` are references; the digests say what was
    served and what is in the file now. ``service_record`` refers to the 送达回证.
    ``reply_window`` runs from service of the evidence (policy ``exit.reply_workdays``),
    ``appeal_window`` from service of the decision (policy ``appeal.window``).
    ``statement`` is the person's own; ``signed_record`` refers to a talk record (谈话记录)
    they signed, where somebody else entered it. ``deciders`` are those who decided.
    ``resolution`` is that of the electing or engaging body (人民调解法#15). ``open_cases`` counts
    those on the handover sheet that nobody has taken over; None without a sheet.
    """

    today: date
    actor: Hand
    subject: Hand
    proposer: Hand
    grounds: tuple[ExitGround, ...]
    evidence: tuple[str, ...]
    evidence_digest: str
    served_digest: str
    service_record: str
    reply_window: Window | None
    statement: str
    signed_record: str
    panel: tuple[PanelMember, ...]
    panel_min: int
    panel_must_be_odd: bool
    panel_opinion: str
    deciders: tuple[Hand, ...]
    resolution: str
    reason: str
    appeal_window: Window | None
    answer_served: bool
    open_cases: int | None
    work_card_settled: bool
    has_certificate: bool
    certificate_ending: CertificateEnding | None
    revocation_ground: RevocationGround | None
    engagement: Engagement


def _reason(facts: ExitFacts) -> Verdict:
    return reason_given(facts.reason, basis=_BASIS)


def _unchanged(facts: ExitFacts) -> Verdict:
    if facts.evidence_digest and facts.evidence_digest == facts.served_digest:
        return ALLOWED
    return refuse("CHANGED", N_("材料已更新，请重新送达并审阅"), basis=_BASIS)


def initiation_gate(facts: ExitFacts) -> Verdict:
    """Whether a review may be opened, asked when it is created and again before service.
    Codes ``SELF``, ``exit.no_ground``, ``exit.no_evidence``."""
    verdict = distinct({Part.SUBJECT: [facts.subject], Part.PROPOSER: [facts.proposer]})
    if not facts.grounds:
        verdict &= refuse("exit.no_ground", N_("请选择事由"), basis=_BASIS)
    if not any(reference.strip() for reference in facts.evidence):
        verdict &= refuse("exit.no_evidence", N_("请附上事由的依据材料"), basis=_BASIS)
    return verdict


def serve_gate(facts: ExitFacts) -> Verdict:
    """The whole file is served on the person, with a record of service. Codes of
    ``initiation_gate``; ``exit.no_service_record``, ``CHANGED``."""
    verdict = initiation_gate(facts) & _unchanged(facts)
    if not facts.service_record.strip():
        verdict &= refuse("exit.no_service_record", N_("请附上送达回证"), basis=_BASIS)
    return verdict


def statement_gate(facts: ExitFacts) -> Verdict:
    """The person's own words on what was served: entered by themself, or by another with
    the talk record they signed. Codes ``NOT_OWN``, ``CHANGED``, ``REASON_REQUIRED``."""
    verdict = reason_given(facts.statement, basis=_REPLY) & _unchanged(facts)
    if facts.signed_record.strip():
        return verdict
    return own_gate(facts.actor, facts.subject) & verdict


def silence_gate(facts: ExitFacts) -> Verdict:
    """Silence, or a waiver, counts only after the whole window. Codes ``SELF``,
    ``exit.not_served``, ``window.running``, ``calendar.assumed``, ``CHANGED``."""
    verdict = distinct({Part.SUBJECT: [facts.subject], Part.APPROVER: [facts.actor]})
    return verdict & _reply_over(facts) & _unchanged(facts)


def _reply_over(facts: ExitFacts) -> Verdict:
    if facts.reply_window is None:
        return refuse("exit.not_served", N_("材料尚未送达本人"), basis=_REPLY)
    return over_gate(facts.reply_window, facts.today, basis=_REPLY)


def convene_gate(facts: ExitFacts) -> Verdict:
    """A complete panel without the person or the proposer. Codes of
    ``separation.panel_gate``; ``CHANGED``."""
    panel = panel_gate(
        facts.panel,
        minimum=facts.panel_min,
        must_be_odd=facts.panel_must_be_odd,
        apart_from={Part.SUBJECT: [facts.subject], Part.PROPOSER: [facts.proposer]},
    )
    return panel & _unchanged(facts)


def _decider(facts: ExitFacts) -> Verdict:
    return distinct(
        {
            Part.SUBJECT: [facts.subject],
            Part.PROPOSER: [facts.proposer],
            Part.PANEL: [m.hand for m in sitting(facts.panel)],
            Part.APPROVER: [facts.actor],
        }
    )


def _heard(facts: ExitFacts) -> Verdict:
    """Right of reply, looked at once more when it matters: words, or the window over."""
    if reason_given(facts.statement, basis=_REPLY):
        return ALLOWED
    return _reply_over(facts)


def decide_gate(facts: ExitFacts) -> Verdict:
    """Another person decides, with a reason in words, after the person was heard, on what
    was served, with the opinion of a complete panel and the resolution of the competent
    body. Codes ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``, ``exit.no_opinion``,
    ``exit.no_resolution``, ``exit.not_served``, ``window.running``, ``calendar.assumed``,
    ``CHANGED`` and those of ``separation.panel_gate``."""
    verdict = all_of((_decider(facts), _reason(facts), _heard(facts)))
    if not facts.panel_opinion.strip():
        verdict &= refuse("exit.no_opinion", N_("评议意见尚未形成"), basis="panel.min")
    if not facts.resolution.strip():
        verdict &= refuse(
            "exit.no_resolution", N_("请附上推选或者聘任单位的决议"), basis="人民调解法#15"
        )
    return verdict & convene_gate(facts)


def retain_gate(facts: ExitFacts) -> Verdict:
    """The person stays. Codes ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``."""
    return _decider(facts) & _reason(facts)


def abandon_gate(facts: ExitFacts) -> Verdict:
    """The proposal is dropped before a panel sits. Codes ``SELF``, ``REASON_REQUIRED``."""
    by_another = distinct({Part.SUBJECT: [facts.subject], Part.APPROVER: [facts.actor]})
    return by_another & _reason(facts)


def appeal_gate(facts: ExitFacts) -> Verdict:
    """Codes ``NOT_OWN``, ``exit.decision_not_served``, ``filing.early``, ``filing.late``,
    ``REASON_REQUIRED``."""
    own = own_gate(facts.actor, facts.subject)
    if facts.appeal_window is None:
        return own & _decision_not_served()
    return own & filing_gate(facts.appeal_window, facts.today, basis=_APPEAL) & _reason(facts)


def _decision_not_served() -> Verdict:
    return refuse("exit.decision_not_served", N_("决定尚未送达本人"), basis=_APPEAL)


def appeal_decision_gate(facts: ExitFacts) -> Verdict:
    """Who took no part so far decides the appeal, with a reason. Codes ``SELF``,
    ``SAME_PERSON``, ``REASON_REQUIRED``."""
    took_part = (facts.proposer, *facts.deciders, *(m.hand for m in sitting(facts.panel)))
    return reviewer_gate(facts.actor, took_part, facts.subject) & _reason(facts)


def uphold_gate(facts: ExitFacts) -> Verdict:
    """The decision stands; the answer has been served. Codes as for
    ``appeal_decision_gate`` and ``exit.answer_not_served``."""
    verdict = appeal_decision_gate(facts)
    if not facts.answer_served:
        verdict &= refuse(
            "exit.answer_not_served", N_("申诉处理结果尚未送达本人"), basis="appeal.decide"
        )
    return verdict


def handover_gate(facts: ExitFacts) -> Verdict:
    """The decision was served and the appeal window has passed. Codes ``SELF``,
    ``exit.decision_not_served``, ``window.running``, ``calendar.assumed``."""
    by_another = distinct({Part.SUBJECT: [facts.subject], Part.APPROVER: [facts.actor]})
    if facts.appeal_window is None:
        return by_another & _decision_not_served()
    return by_another & over_gate(facts.appeal_window, facts.today, basis=_APPEAL)


def papers_gate(facts: ExitFacts) -> Verdict:
    """Open cases are handed over, the card is back, the certificate's end is chosen: it
    is cancelled, or revoked where it was obtained by fraud or issued in error. Codes
    ``exit.no_handover``, ``exit.open_cases``, ``exit.work_card``, ``exit.certificate``, ``exit.revocation_ground``."""
    verdict = ALLOWED
    if facts.open_cases is None:
        verdict &= refuse("exit.no_handover", N_("请先登记工作交接"), basis=_BASIS)
    if facts.open_cases:
        verdict &= refuse(
            "exit.open_cases", N_("还有 %(n)s 件在办案件没有移交"), basis=_BASIS, n=facts.open_cases
        )
    if not facts.work_card_settled:
        verdict &= refuse("exit.work_card", N_("工作证尚未收回"), basis=_BASIS)
    if facts.has_certificate and facts.certificate_ending is None:
        verdict &= refuse("exit.certificate", N_("请选择证书注销或者撤销"), basis=_BASIS)
    revoked = facts.certificate_ending is CertificateEnding.REVOKED
    if revoked and facts.revocation_ground is None:
        verdict &= refuse(
            "exit.revocation_ground",
            N_("撤销只适用于以欺骗手段取得或者错误发证的情形"),
            basis=_BASIS,
        )
    return verdict


def return_gate(facts: ExitFacts) -> Verdict:
    """Code ``exit.not_dispatched``."""
    if facts.engagement is Engagement.LABOUR_DISPATCH:
        return ALLOWED
    return refuse("exit.not_dispatched", N_("只有劳务派遣人员退回派遣单位"), basis=_BASIS)


def close_gate(facts: ExitFacts) -> Verdict:
    """Code ``exit.return_first``."""
    if facts.engagement is not Engagement.LABOUR_DISPATCH:
        return ALLOWED
    return refuse("exit.return_first", N_("劳务派遣人员须先办理退回派遣单位"), basis=_BASIS)
