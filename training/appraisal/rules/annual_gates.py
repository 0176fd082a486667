"""The gates of an annual appraisal: what must be so before each step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training.core.rules.machine import Gate
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.proceedings.rules.notice import (
    NOTICE_BASIS,
    NoticeDraft,
    Outcome,
    Window,
    filing_gate,
    notice_gate,
    over_gate,
    reviewer_gate,
)
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import (
    Hand,
    PanelMember,
    Part,
    distinct,
    own_gate,
    panel_gate,
)

from .grade import Grade, GradeProposal, panel_grade_gate

_BASIS = "lifecycle:annual_appraisal"
_WINDOW = "appeal.window"


class ObjectionBy(StrEnum):
    """Who objected: the person served, or somebody who read the public notice."""

    PERSON = "person"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class AnnualFacts:
    """What the gates look at; what does not exist yet is ``None`` or empty.

    ``today`` is the day in Shanghai. ``data`` is ``annual.missing_gate`` of the score,
    ``quota`` is ``quota.quota_gate`` of the district. ``graders`` are all who took part in
    the grade, the panel included. ``self_report_window`` runs from the call for reports,
    ``notice_window`` from the posting, ``objection_window`` from service on the person.
    ``reason`` is what the acting person wrote: opinion, reason, objection or answer.
    ``grounds`` are those of the exit review that the consequences of the grade opened.
    ``followed`` refuses when something that cannot be taken back has followed from the decision.
    """

    today: date
    actor: Hand
    subject: Hand
    graders: tuple[Hand, ...]
    reason: str
    data: Verdict
    quota: Verdict
    self_report_window: Window
    panel: tuple[PanelMember, ...]
    panel_min: int
    panel_must_be_odd: bool
    proposal: GradeProposal | None
    grade: Grade | None
    notice: NoticeDraft | None
    notice_window: Window | None
    objection_window: Window | None
    objection_by: ObjectionBy | None
    accepted: bool
    answer_served: bool
    grounds: Collection[str]
    followed: Verdict = ALLOWED


def _by_another(facts: AnnualFacts) -> Verdict:
    return distinct({Part.SUBJECT: [facts.subject], Part.SCORER: [facts.actor]})


def _reason(facts: AnnualFacts) -> Verdict:
    return reason_given(facts.reason, basis=_BASIS)


def self_report_gate(facts: AnnualFacts) -> Verdict:
    """Only the person reports on themself, in words. Codes ``NOT_OWN``, ``REASON_REQUIRED``."""
    return own_gate(facts.actor, facts.subject) & _reason(facts)


def skip_self_report_gate(facts: AnnualFacts) -> Verdict:
    """A report is gone without only after its window, by another, with a reason. Codes
    ``SELF``, ``window.running``, ``calendar.assumed``, ``REASON_REQUIRED``."""
    over = over_gate(facts.self_report_window, facts.today, basis=_BASIS)
    return _by_another(facts) & over & _reason(facts)


def opinion_gate(facts: AnnualFacts) -> Verdict:
    """Another than the person, in words: an opinion, or why a step is taken back. Codes ``SELF``,
    ``REASON_REQUIRED``."""
    return _by_another(facts) & _reason(facts)


def by_another_gate(facts: AnnualFacts) -> Verdict:
    """Code ``SELF``."""
    return _by_another(facts)


def grade_gate(facts: AnnualFacts) -> Verdict:
    """A complete panel without the person grades on complete data. Codes of
    ``separation.panel_gate``, ``annual.missing_gate`` and ``grade.panel_grade_gate``;
    ``annual.no_grade``."""
    panel = panel_gate(
        facts.panel,
        minimum=facts.panel_min,
        must_be_odd=facts.panel_must_be_odd,
        apart_from={Part.SUBJECT: [facts.subject]},
    )
    if facts.proposal is None or facts.grade is None:
        ungraded = refuse("annual.no_grade", N_("尚未评定等次"), basis="grade.bands")
        return panel & facts.data & ungraded
    return panel & facts.data & panel_grade_gate(facts.proposal, facts.grade, facts.reason)


def quota_check_gate(facts: AnnualFacts) -> Verdict:
    """Codes ``SELF``, ``quota.exceeded``."""
    return _by_another(facts) & facts.quota


def yield_gate(facts: AnnualFacts) -> Verdict:
    """Beyond the quota, or not chosen among the tied: 优秀 becomes 称职, with the panel's reason.
    Codes ``SELF``, ``REASON_REQUIRED``, ``annual.not_excellent``."""
    verdict = _by_another(facts) & _reason(facts)
    if facts.grade is not Grade.EXCELLENT:
        verdict &= refuse(
            "annual.not_excellent", N_("此人未评为优秀"), basis="grade.excellent_quota"
        )
    return verdict


def publish_gate(facts: AnnualFacts) -> Verdict:
    """Only 优秀 is announced. Codes ``SELF``, ``annual.not_public``, ``annual.no_notice`` and
    those of ``notice.notice_gate``."""
    verdict = _by_another(facts)
    if facts.grade is not Grade.EXCELLENT:
        return verdict & refuse(
            "annual.not_public",
            N_("只公示拟评为优秀的人员，其他等次只送达本人"),
            basis=NOTICE_BASIS,
        )
    if facts.notice is None or set(facts.notice.outcomes) != {Outcome.EXCELLENT_GRADE}:
        return verdict & refuse("annual.no_notice", N_("请先拟好公示"), basis=NOTICE_BASIS)
    return verdict & notice_gate(facts.notice)


def serve_gate(facts: AnnualFacts) -> Verdict:
    """Straight after the quota for every grade but 优秀. Codes ``SELF``,
    ``annual.notice_first``."""
    verdict = _by_another(facts)
    if facts.grade is Grade.EXCELLENT:
        verdict &= refuse("annual.notice_first", N_("拟评为优秀的须先公示"), basis=NOTICE_BASIS)
    return verdict


def serve_after_notice_gate(facts: AnnualFacts) -> Verdict:
    """Codes ``SELF``, ``annual.no_notice``, ``window.running``, ``calendar.assumed``."""
    if facts.notice_window is None:
        return _by_another(facts) & refuse("annual.no_notice", N_("尚未公示"), basis=NOTICE_BASIS)
    return _by_another(facts) & over_gate(facts.notice_window, facts.today, basis=NOTICE_BASIS)


def public_objection_gate(facts: AnnualFacts) -> Verdict:
    """Anybody may object while the notice runs, with a reason. Codes ``annual.no_notice``,
    ``filing.early``, ``filing.late``, ``REASON_REQUIRED``."""
    if facts.notice_window is None:
        return refuse("annual.no_notice", N_("尚未公示"), basis=NOTICE_BASIS)
    in_time = filing_gate(facts.notice_window, facts.today, basis=NOTICE_BASIS)
    return in_time & _reason(facts)


def objection_gate(facts: AnnualFacts) -> Verdict:
    """The person served objects in time, with a reason. Codes ``NOT_OWN``,
    ``annual.not_served``, ``filing.early``, ``filing.late``, ``REASON_REQUIRED``."""
    own = own_gate(facts.actor, facts.subject)
    if facts.objection_window is None:
        return own & _not_served()
    return own & filing_gate(facts.objection_window, facts.today, basis=_WINDOW) & _reason(facts)


def _not_served() -> Verdict:
    return refuse("annual.not_served", N_("尚未送达本人"), basis=_WINDOW)


def review_gate(facts: AnnualFacts) -> Verdict:
    """Who took part in the grade does not hear the objection. Codes ``SELF``,
    ``SAME_PERSON``."""
    return reviewer_gate(facts.actor, facts.graders, facts.subject)


def uphold_gate(facts: AnnualFacts) -> Verdict:
    """The objection is right: the panel grades anew. Codes ``SELF``, ``SAME_PERSON``,
    ``REASON_REQUIRED``."""
    return review_gate(facts) & _reason(facts)


def dismiss_gate(facts: AnnualFacts) -> Verdict:
    """The person's objection is dismissed with a reason that has been served. Codes
    ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``, ``annual.objection_by``,
    ``annual.answer_not_served``."""
    verdict = uphold_gate(facts) & _objection_by(facts, ObjectionBy.PERSON)
    if not facts.answer_served:
        verdict &= refuse(
            "annual.answer_not_served", N_("复核结果尚未送达本人"), basis="appeal.decide"
        )
    return verdict


def dismiss_public_gate(facts: AnnualFacts) -> Verdict:
    """An objection from the public is dismissed with a reason; the notice goes on and the
    person is still to be served. Codes as for ``uphold_gate``; ``annual.objection_by``."""
    return uphold_gate(facts) & _objection_by(facts, ObjectionBy.PUBLIC)


def _objection_by(facts: AnnualFacts, by: ObjectionBy) -> Verdict:
    if facts.objection_by is by:
        return ALLOWED
    return refuse("annual.objection_by", N_("此项不适用于这类异议"), basis=_BASIS)


def finalise_gate(facts: AnnualFacts) -> Verdict:
    """The person has accepted, or has let the window pass. Codes ``SELF``,
    ``annual.not_served``, ``window.running``, ``calendar.assumed``."""
    verdict = _by_another(facts)
    if facts.objection_window is None:
        return verdict & _not_served()
    if facts.accepted:
        return verdict
    return verdict & over_gate(facts.objection_window, facts.today, basis=_WINDOW)


def _decision(facts: AnnualFacts, grades: Collection[Grade]) -> Verdict:
    verdict = reviewer_gate(facts.actor, facts.graders, facts.subject) & _reason(facts)
    if facts.grade not in grades:
        verdict &= refuse(
            "annual.decision_not_open", N_("此等次不能作出这项决定"), basis="grade.consequence"
        )
    return verdict


def renew_gate(facts: AnnualFacts) -> Verdict:
    """For 优秀 and 称职, by somebody who took no part in the grade. Codes ``SELF``,
    ``SAME_PERSON``, ``REASON_REQUIRED``, ``annual.decision_not_open``."""
    return _decision(facts, (Grade.EXCELLENT, Grade.COMPETENT))


def renew_with_training_gate(facts: AnnualFacts) -> Verdict:
    """For 基本称职, and for 称职 where training is asked for. Codes as above."""
    return _decision(facts, (Grade.COMPETENT, Grade.BASIC))


def suspend_and_retrain_gate(facts: AnnualFacts) -> Verdict:
    """For 不称职. Codes as above."""
    return _decision(facts, (Grade.UNFIT,))


def exit_review_gate(facts: AnnualFacts) -> Verdict:
    """Only where the consequences of the grade opened it. Codes ``SELF``, ``SAME_PERSON``,
    ``REASON_REQUIRED``, ``annual.decision_not_open``, ``annual.no_ground``."""
    verdict = _decision(facts, (Grade.BASIC, Grade.UNFIT))
    if not facts.grounds:
        verdict &= refuse(
            "annual.no_ground", N_("没有启动退出审查的事由"), basis="grade.unfit_in_row"
        )
    return verdict


def replacing(gate: Gate) -> Gate:
    """Another decision replaces the one that was made, as long as nothing has followed from it
    that cannot be taken back. Codes of ``gate`` and of ``facts.followed``."""

    def replaced(facts: AnnualFacts) -> Verdict:
        return gate(facts) & facts.followed

    return replaced
