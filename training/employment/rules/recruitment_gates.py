"""The gates of a recruitment case: what must be so before each step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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

_BASIS = "lifecycle:recruitment"
_WINDOW = "appeal.window"


class Route(StrEnum):
    """The two routes (policy ``hire.routes``)."""

    OPEN_RECRUITMENT = "open_recruitment"
    ORGANISATION_RECOMMENDATION = "organisation_recommendation"


ROUTE_LABELS = {
    Route.OPEN_RECRUITMENT: N_("公开招聘"),
    Route.ORGANISATION_RECOMMENDATION: N_("组织推荐"),
}


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the gates before any application look at: the day in Shanghai, who acts, who
    drew up the plan, and the last day of application."""

    today: date
    actor: Hand
    proposer: Hand
    closes_on: date


@dataclass(frozen=True, slots=True)
class RecruitmentFacts:
    """What the gates look at from the application on; what does not exist yet is ``None`` or empty.

    ``today`` is the day in Shanghai. ``handlers`` are all who took part in what an appeal
    or an objection is directed against. ``eligibility`` is ``Eligibility.verdict``.
    ``closes_on`` is the last day of application. ``rejection_window`` runs from service
    of a rejection, ``notice_window`` from the posting of the public notice.
    """

    today: date
    actor: Hand
    applicant: Hand
    proposer: Hand
    handlers: tuple[Hand, ...]
    reason: str
    route: Route
    routes: Collection[str]
    recommendation: str
    closes_on: date
    eligibility: Verdict
    panel: tuple[PanelMember, ...]
    panel_min: int
    panel_must_be_odd: bool
    interview_scored: bool
    notice: NoticeDraft | None
    notice_window: Window | None
    rejection_window: Window | None
    appealed: bool
    objection_upheld: bool = False


def _reason(facts: RecruitmentFacts) -> Verdict:
    return reason_given(facts.reason, basis=_BASIS)


def by_another_gate(facts: RecruitmentFacts) -> Verdict:
    """Code ``SELF``."""
    return distinct({Part.SUBJECT: [facts.applicant], Part.SCORER: [facts.actor]})


def plan_gate(facts: PlanFacts) -> Verdict:
    """Who drew the plan up does not approve it. Code ``SAME_PERSON``."""
    return distinct({Part.PROPOSER: [facts.proposer], Part.APPROVER: [facts.actor]})


def open_gate(facts: PlanFacts) -> Verdict:
    """Code ``recruitment.closed``."""
    return _in_time(facts.today, facts.closes_on)


def _in_time(today: date, closes_on: date) -> Verdict:
    if today <= closes_on:
        return ALLOWED
    return refuse(
        "recruitment.closed",
        N_("报名已于 %(closes_on)s 截止"),
        basis=_BASIS,
        closes_on=closes_on,
    )


def apply_gate(facts: RecruitmentFacts) -> Verdict:
    """In time, by a route that is open, recommended where the route asks for it. Codes
    ``recruitment.closed``, ``recruitment.route``, ``recruitment.no_recommendation``."""
    verdict = _in_time(facts.today, facts.closes_on)
    if facts.route not in facts.routes:
        verdict &= refuse("recruitment.route", N_("本次选聘不采用这一途径"), basis="hire.routes")
    recommended = facts.route is Route.ORGANISATION_RECOMMENDATION
    if recommended and not facts.recommendation.strip():
        verdict &= refuse(
            "recruitment.no_recommendation", N_("请附上推荐单位的推荐材料"), basis="hire.routes"
        )
    return verdict


def _fresh_eyes(facts: RecruitmentFacts) -> Verdict:
    """After an appeal another person decides than before."""
    return reviewer_gate(facts.actor, facts.handlers if facts.appealed else (), facts.applicant)


def shortlist_gate(facts: RecruitmentFacts) -> Verdict:
    """Every condition is met. Codes ``SELF``, ``SAME_PERSON`` (after an appeal) and those
    of ``eligibility.assess``."""
    return _fresh_eyes(facts) & facts.eligibility


def reject_gate(facts: RecruitmentFacts) -> Verdict:
    """A failed condition is its own reason; without one the reviewer writes it. Codes
    ``SELF``, ``SAME_PERSON`` (after an appeal), ``REASON_REQUIRED``."""
    verdict = _fresh_eyes(facts)
    return verdict & _reason(facts) if facts.eligibility else verdict


def reject_later_gate(facts: RecruitmentFacts) -> Verdict:
    """After the interview or the background check. Codes ``SELF``, ``REASON_REQUIRED``."""
    return by_another_gate(facts) & _reason(facts)


def reconsider_gate(facts: RecruitmentFacts) -> Verdict:
    """A step was taken in error and is taken back, with a reason. Codes ``SELF``,
    ``REASON_REQUIRED``."""
    return by_another_gate(facts) & _reason(facts)


def reconsider_rejection_gate(facts: RecruitmentFacts) -> Verdict:
    """A rejection too, as long as nobody else has it before them or has decided about it: what
    an appeal or an upheld objection came to is not the officer's to take back. Codes ``SELF``,
    ``REASON_REQUIRED``, ``recruitment.decided_elsewhere``."""
    verdict = reconsider_gate(facts)
    if facts.appealed or facts.objection_upheld:
        verdict &= refuse(
            "recruitment.decided_elsewhere",
            N_("此结果已进入申诉或者异议复核，以复核决定为准"),
            basis=_WINDOW,
        )
    return verdict


def appeal_gate(facts: RecruitmentFacts) -> Verdict:
    """The applicant appeals once, in time, with a reason. Codes ``NOT_OWN``,
    ``recruitment.not_served``, ``filing.early``, ``filing.late``, ``REASON_REQUIRED``,
    ``recruitment.already_appealed``."""
    verdict = own_gate(facts.actor, facts.applicant)
    if facts.rejection_window is None:
        verdict &= refuse("recruitment.not_served", N_("结果尚未送达本人"), basis=_WINDOW)
    else:
        verdict &= filing_gate(facts.rejection_window, facts.today, basis=_WINDOW)
    if facts.appealed:
        verdict &= refuse("recruitment.already_appealed", N_("已经申诉过一次"), basis=_WINDOW)
    return verdict & _reason(facts)


def interview_gate(facts: RecruitmentFacts) -> Verdict:
    """Codes of ``separation.panel_gate``."""
    return panel_gate(
        facts.panel,
        minimum=facts.panel_min,
        must_be_odd=facts.panel_must_be_odd,
        apart_from={Part.SUBJECT: [facts.applicant]},
    )


def pass_interview_gate(facts: RecruitmentFacts) -> Verdict:
    """Codes ``SELF``, ``recruitment.not_scored`` and those of ``separation.panel_gate``."""
    verdict = by_another_gate(facts) & interview_gate(facts)
    if not facts.interview_scored:
        verdict &= refuse("recruitment.not_scored", N_("面试评分尚未交齐"), basis=_BASIS)
    return verdict


def propose_gate(facts: RecruitmentFacts) -> Verdict:
    """The background check has found every condition still met. Codes ``SELF`` and those
    of ``eligibility.assess``."""
    return by_another_gate(facts) & facts.eligibility


def publish_gate(facts: RecruitmentFacts) -> Verdict:
    """Codes ``SELF``, ``SAME_PERSON``, ``recruitment.no_notice`` and those of
    ``notice.notice_gate``."""
    verdict = _approved(facts)
    if facts.notice is None or set(facts.notice.outcomes) != {Outcome.APPOINTMENT}:
        return verdict & refuse("recruitment.no_notice", N_("请先拟好公示"), basis=NOTICE_BASIS)
    return verdict & notice_gate(facts.notice)


def _approved(facts: RecruitmentFacts) -> Verdict:
    return distinct(
        {
            Part.SUBJECT: [facts.applicant],
            Part.PROPOSER: [facts.proposer],
            Part.APPROVER: [facts.actor],
        }
    )


def objection_gate(facts: RecruitmentFacts) -> Verdict:
    """Anybody, while the notice runs, with a reason. Codes ``recruitment.no_notice``,
    ``filing.early``, ``filing.late``, ``REASON_REQUIRED``."""
    if facts.notice_window is None:
        return refuse("recruitment.no_notice", N_("尚未公示"), basis=NOTICE_BASIS)
    in_time = filing_gate(facts.notice_window, facts.today, basis=NOTICE_BASIS)
    return in_time & _reason(facts)


def hearing_gate(facts: RecruitmentFacts) -> Verdict:
    """Who took part so far does not hear the objection. Codes ``SELF``, ``SAME_PERSON``,
    ``REASON_REQUIRED``."""
    return reviewer_gate(facts.actor, facts.handlers, facts.applicant) & _reason(facts)


def confirm_gate(facts: RecruitmentFacts) -> Verdict:
    """Codes ``SELF``, ``SAME_PERSON``, ``recruitment.no_notice``, ``window.running``,
    ``calendar.assumed``."""
    verdict = _approved(facts)
    if facts.notice_window is None:
        return verdict & refuse("recruitment.no_notice", N_("尚未公示"), basis=NOTICE_BASIS)
    return verdict & over_gate(facts.notice_window, facts.today, basis=NOTICE_BASIS)


def end_gate(facts: RecruitmentFacts) -> Verdict:
    """The opening is called off, which decides nothing about the applicant. Codes ``SELF``,
    ``REASON_REQUIRED``."""
    return by_another_gate(facts) & _reason(facts)


def withdraw_gate(facts: RecruitmentFacts) -> Verdict:
    """Code ``NOT_OWN``."""
    return own_gate(facts.actor, facts.applicant)
