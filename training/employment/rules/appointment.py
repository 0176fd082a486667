"""Appointment (推选, 聘任) and its term; engagement (用工) is another matter.

An appointment is filed with the bureau, lasts for a term, and never rolls over: without a
renewal decision it lapses, by its date, computed whenever it is asked for. It is ended by
the body that elected or engaged (罢免, 解聘; 人民调解法#9, #13, #15), after an exit review.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from certificates.rules.issue import certified_to_practise
from training.core.rules.periods import last_day_of_years
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.people.rules.person import ServiceKind
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import Hand, Part, distinct, own_gate

_BASIS = "lifecycle:appointment"
_TERM = "term.years"


class AppointmentKind(StrEnum):
    """How one becomes a mediator (人民调解法#9, #13)."""

    ELECTED = "elected"
    ENGAGED = "engaged"


APPOINTMENT_KIND_LABELS = {
    AppointmentKind.ELECTED: N_("推选"),
    AppointmentKind.ENGAGED: N_("聘任"),
}
ENDING_LABELS = {AppointmentKind.ELECTED: N_("罢免"), AppointmentKind.ENGAGED: N_("解聘")}
"""What ending an appointment is called: 罢免 of the elected, 解聘 of the engaged."""


class Engagement(StrEnum):
    """The employment relation (用工). No rule of this product ends it: under labour
    dispatch the person returns to the agency, every other relation is left alone."""

    LABOUR_DISPATCH = "labour_dispatch"
    LABOUR_CONTRACT = "labour_contract"
    SOCIAL_ORGANISATION = "social_organisation"
    RETIRED_SERVICE = "retired_service"
    PUBLIC_WELFARE_POST = "public_welfare_post"
    NONE = "none"


ENGAGEMENT_LABELS = {
    Engagement.LABOUR_DISPATCH: N_("劳务派遣"),
    Engagement.LABOUR_CONTRACT: N_("劳动合同"),
    Engagement.SOCIAL_ORGANISATION: N_("社会组织承接"),
    Engagement.RETIRED_SERVICE: N_("退休劳务协议"),
    Engagement.PUBLIC_WELFARE_POST: N_("公益性岗位"),
    Engagement.NONE: N_("无"),
}


class AppointmentState(StrEnum):
    """States of an appointment; ``LAPSED`` is computed, never stored."""

    PROPOSED = "proposed"
    COMMITTEE_RESOLUTION = "committee_resolution"
    FILED = "filed"
    IN_TERM = "in_term"
    RENEWAL_REVIEW = "renewal_review"
    RENEWED = "renewed"
    NOT_RENEWED = "not_renewed"
    TERMINATED = "terminated"
    RESIGNED = "resigned"
    LAPSED = "lapsed"


APPOINTMENT_STATE_LABELS = {
    AppointmentState.PROPOSED: N_("拟任"),
    AppointmentState.COMMITTEE_RESOLUTION: N_("已作出决议"),
    AppointmentState.FILED: N_("已备案"),
    AppointmentState.IN_TERM: N_("任期内"),
    AppointmentState.RENEWAL_REVIEW: N_("续聘审核中"),
    AppointmentState.RENEWED: N_("已续聘"),
    AppointmentState.NOT_RENEWED: N_("不再续聘"),
    AppointmentState.TERMINATED: N_("已终止"),
    AppointmentState.RESIGNED: N_("已辞任"),
    AppointmentState.LAPSED: N_("任期届满失效"),
}


def term_of(start: date, years: int) -> tuple[date, date]:
    """First and last day of a term, both inclusive; ``years`` is policy ``term.years``.
    A renewed term starts on the day after the last."""
    return start, last_day_of_years(start, years)


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """What is stored of an appointment.

    ``term_start`` and ``term_end`` are inclusive. ``began_on`` is the day the post was
    taken, ``ended_on`` the first day on which the appointment no longer held, where it
    was terminated or resigned. Raises ``ValueError`` for dates out of order or a stored
    ``LAPSED``.
    """

    kind: AppointmentKind
    service_kind: ServiceKind
    state: AppointmentState
    term_start: date
    term_end: date
    began_on: date | None = None
    ended_on: date | None = None

    def __post_init__(self) -> None:
        if self.term_end < self.term_start:
            raise ValueError("a term ends before it begins")
        if self.state is AppointmentState.LAPSED:
            raise ValueError("lapse is computed, not stored")
        if self.began_on and self.ended_on and self.ended_on < self.began_on:
            raise ValueError("an appointment ends before it begins")


_UNDECIDED = frozenset(
    {AppointmentState.FILED, AppointmentState.IN_TERM, AppointmentState.RENEWAL_REVIEW}
)


def effective_state(record: AppointmentRecord, today: date) -> AppointmentState:
    """The state on ``today``: a term that nobody decided on is lapsed the day after its
    last day (policy ``term.years``)."""
    if record.state in _UNDECIDED and today > record.term_end:
        return AppointmentState.LAPSED
    return record.state


def serves_on(record: AppointmentRecord, day: date) -> bool:
    """Whether the person holds the post on ``day``: begun, within the term, not ended."""
    if record.began_on is None or not record.began_on <= day <= record.term_end:
        return False
    return record.ended_on is None or day < record.ended_on


def holds_on(record: AppointmentRecord, day: date) -> bool:
    """Whether the person holds the post on ``day``, or is to hold it: the next term of somebody
    renewed is made before it begins."""
    if record.began_on is None or record.ended_on is not None:
        return False
    return day <= record.term_end


def renewal_opens_on(record: AppointmentRecord, window_days: int) -> date:
    """The first day on which a renewal may be reviewed (policy ``term.renewal_window_days``)."""
    return record.term_end - timedelta(days=window_days)


def post_gate(
    record: AppointmentRecord,
    *,
    required_for: Collection[ServiceKind],
    certificate_in_force: bool,
) -> Verdict:
    """Whether the certificate allows the post on the day at which it was looked at.

    ``required_for`` is policy ``cert.required_for``; part-time and elected members are
    never blocked. Code ``certificate.required``.
    """
    return certified_to_practise(
        record.service_kind,
        elected=record.kind is AppointmentKind.ELECTED,
        required_for=required_for,
        certificate_in_force=certificate_in_force,
    )


class TerminationCause(StrEnum):
    """What ends an appointment against or without the person's will."""

    EXIT_DECISION = "exit_decision"
    DEATH = "death"


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What the gates look at; ``today`` is the day in Shanghai.

    ``post`` is ``post_gate`` for the day on which the post is taken or the next term
    begins. ``resolution`` refers to the resolution of the electing or engaging body,
    ``filing`` to the papers of filing, ``death_record`` to the proof of a death.
    ``exit_final`` is ``exit_review.is_final`` of the review that decided the exit. ``settled``:
    the leaving was recorded; ``appointed_since``: another appointment was begun meanwhile.
    """

    today: date
    record: AppointmentRecord
    actor: Hand
    subject: Hand
    proposer: Hand
    post: Verdict
    resolution: str
    filing: str
    death_record: str
    reason: str
    renewal_window_days: int
    exit_final: bool
    cause: TerminationCause | None
    settled: bool = False
    appointed_since: bool = False


def _approved(facts: AppointmentFacts) -> Verdict:
    return distinct(
        {
            Part.SUBJECT: [facts.subject],
            Part.PROPOSER: [facts.proposer],
            Part.APPROVER: [facts.actor],
        }
    )


def _resolved(facts: AppointmentFacts) -> Verdict:
    if facts.resolution.strip():
        return ALLOWED
    return refuse(
        "appointment.no_resolution",
        N_("请附上推选或者聘任单位的决议"),
        basis="人民调解法#13",
    )


def resolve_gate(facts: AppointmentFacts) -> Verdict:
    """Codes ``SELF``, ``SAME_PERSON``, ``appointment.no_resolution``,
    ``certificate.required``."""
    return _approved(facts) & _resolved(facts) & facts.post


def file_gate(facts: AppointmentFacts) -> Verdict:
    """Codes ``SELF``, ``appointment.no_filing``."""
    verdict = distinct({Part.SUBJECT: [facts.subject], Part.APPROVER: [facts.actor]})
    if not facts.filing.strip():
        verdict &= refuse("appointment.no_filing", N_("请填写备案材料"), basis=_BASIS)
    return verdict


def begin_gate(facts: AppointmentFacts) -> Verdict:
    """Within the term, with the certificate where it is required on that very day. Codes
    ``SELF``, ``appointment.before_term``, ``certificate.required``."""
    verdict = distinct({Part.SUBJECT: [facts.subject], Part.APPROVER: [facts.actor]})
    if facts.today < facts.record.term_start:
        verdict &= refuse(
            "appointment.before_term",
            N_("任期自 %(start)s 起算"),
            basis=_TERM,
            start=facts.record.term_start,
        )
    return verdict & facts.post


def open_renewal_gate(facts: AppointmentFacts) -> Verdict:
    """Code ``appointment.before_renewal_window``."""
    opens_on = renewal_opens_on(facts.record, facts.renewal_window_days)
    if facts.today >= opens_on:
        return ALLOWED
    return refuse(
        "appointment.before_renewal_window",
        N_("自 %(opens_on)s 起方可办理续聘"),
        basis="term.renewal_window_days",
        opens_on=opens_on,
    )


def renew_gate(facts: AppointmentFacts) -> Verdict:
    """A decision with a reason; a certificate where the next term requires one. Codes as
    for ``resolve_gate`` and ``REASON_REQUIRED``."""
    return resolve_gate(facts) & reason_given(facts.reason, basis=_BASIS)


def decline_gate(facts: AppointmentFacts) -> Verdict:
    """Not to renew is an exit: it takes a final exit review. Codes as for
    ``terminate_gate``."""
    return _approved(facts) & _resolved(facts) & _reviewed(facts)


def _reviewed(facts: AppointmentFacts) -> Verdict:
    verdict = reason_given(facts.reason, basis=_BASIS)
    if not facts.exit_final:
        verdict &= refuse(
            "appointment.exit_not_final",
            N_("须先经退出审查作出决定，且申诉期满"),
            basis="人民调解法#15",
            mend="employment.exit_reviews",
        )
    return verdict


def terminate_gate(facts: AppointmentFacts) -> Verdict:
    """罢免 or 解聘 after a final exit review, or the end by a proven death. Codes ``SELF``,
    ``SAME_PERSON``, ``appointment.not_in_force``, ``REASON_REQUIRED``,
    ``appointment.no_cause``, ``appointment.no_death_record``,
    ``appointment.no_resolution``, ``appointment.exit_not_final``."""
    verdict = _in_force(facts) & _approved(facts)
    if facts.cause is TerminationCause.EXIT_DECISION:
        return verdict & _resolved(facts) & _reviewed(facts)
    verdict &= reason_given(facts.reason, basis=_BASIS)
    if facts.cause is None:
        return verdict & refuse("appointment.no_cause", N_("请选择终止的原因"), basis=_BASIS)
    if not facts.death_record.strip():
        verdict &= refuse("appointment.no_death_record", N_("请附上死亡证明"), basis=_BASIS)
    return verdict


def resign_gate(facts: AppointmentFacts) -> Verdict:
    """The person resigns, in words. Codes ``NOT_OWN``, ``REASON_REQUIRED``."""
    return own_gate(facts.actor, facts.subject) & reason_given(facts.reason, basis=_BASIS)


def _in_force(facts: AppointmentFacts) -> Verdict:
    if holds_on(facts.record, facts.today):
        return ALLOWED
    return refuse("appointment.not_in_force", N_("这项任命目前不在有效期内"), basis=_TERM)


def resign_from_post_gate(facts: AppointmentFacts) -> Verdict:
    """Codes as for ``resign_gate`` and ``appointment.not_in_force``."""
    return _in_force(facts) & resign_gate(facts)


def withdraw_resignation_gate(facts: AppointmentFacts) -> Verdict:
    """The person takes their own resignation back, in words, before the leaving was recorded and
    anything else took its place. Codes ``NOT_OWN``, ``REASON_REQUIRED``, ``appointment.settled``,
    ``appointment.appointed_since``, ``appointment.not_in_force``."""
    verdict = resign_gate(facts)
    if facts.settled:
        verdict &= refuse(
            "appointment.settled",
            N_("离岗手续已经办理，不能撤回辞任；要继续任职的，请重新应聘"),
            basis=_BASIS,
            mend="employment.openings",
        )
    if facts.appointed_since:
        verdict &= refuse(
            "appointment.appointed_since", N_("辞任后已另行办理聘任，不能撤回辞任"), basis=_BASIS
        )
    if facts.today > facts.record.term_end:
        verdict &= refuse("appointment.not_in_force", N_("这项任命目前不在有效期内"), basis=_TERM)
    return verdict
