"""Public notice (公示), windows for objection and appeal, and the hearing of objections.

All periods are working days after the event (民法典#201: its own day is not counted) and
end with their last day. A window computed over a year without a published calendar is
``assumed``: it closes on nobody until the calendar is there, because holidays not yet
known could only have lengthened it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training.core.rules.verdict import ALLOWED, Verdict, all_of, refuse
from training.core.rules.words import N_
from training.core.rules.workdays import WorkCalendar

from .separation import Hand, Part, distinct

NOTICE_BASIS = "public_notice.workdays"
_CALENDAR_PAGE = "core.calendar"


class Outcome(StrEnum):
    """What a matter may end in, as far as telling people of it is concerned."""

    APPOINTMENT = "appointment"
    EXCELLENT_GRADE = "excellent_grade"
    REWARD = "reward"
    LEVEL = "level"
    SUBSIDY = "subsidy"
    OTHER_GRADE = "other_grade"
    DISCIPLINE = "discipline"
    EXIT = "exit"


PUBLIC_OUTCOMES = frozenset(
    {
        Outcome.APPOINTMENT,
        Outcome.EXCELLENT_GRADE,
        Outcome.REWARD,
        Outcome.LEVEL,
        Outcome.SUBSIDY,
    }
)
"""Only who is proposed for one of these is named in public; every other outcome is served
on the person alone, with a 送达回证."""

OUTCOME_LABELS = {
    Outcome.APPOINTMENT: N_("拟聘任"),
    Outcome.EXCELLENT_GRADE: N_("拟评为优秀"),
    Outcome.REWARD: N_("拟奖励"),
    Outcome.LEVEL: N_("拟评定等级"),
    Outcome.SUBSIDY: N_("拟发放补贴"),
}
"""What a public notice says of those it names."""


@dataclass(frozen=True, slots=True)
class Window:
    """A period of working days after an event.

    ``opened_on`` is the day of the event (publication, service, receipt): acts are
    possible from then on. ``first_day`` is the first day counted, ``last_day`` is the
    last, inclusive. Store the event and compute the window when it is needed, so that a
    calendar published later settles what was ``assumed``.
    """

    opened_on: date
    first_day: date
    last_day: date
    workdays: int
    assumed: bool

    def is_over(self, today: date) -> bool:
        """Whether it has certainly ended."""
        return today > self.last_day and not self.assumed


def window_after(event: date, workdays: int, calendar: WorkCalendar) -> Window:
    """The window of ``workdays`` working days after ``event``: the period of a public
    notice, of an objection or an appeal, of a reply, or the time to decide (its
    ``last_day`` is the decide-by date). Raises ``ValueError`` for fewer than one day."""
    last = calendar.add_workdays(event, workdays)
    return Window(event, calendar.add_workdays(event, 1).day, last.day, workdays, last.assumed)


def over_gate(window: Window, today: date, *, basis: str) -> Verdict:
    """Whether the window has ended, so that what waits for it may go on.

    Codes ``window.running``, ``calendar.assumed``.
    """
    if today <= window.last_day:
        return refuse(
            "window.running",
            N_("期限至 %(last_day)s 届满，届满后方可办理"),
            basis=basis,
            last_day=window.last_day,
        )
    return _certain(window)


def filing_gate(window: Window, filed_on: date, *, basis: str) -> Verdict:
    """Whether an objection, appeal or statement filed on this day is in time. Nobody is
    late by a calendar that is only assumed. Codes ``filing.early``, ``filing.late``."""
    if filed_on < window.opened_on:
        return refuse("filing.early", N_("尚未公示或者送达，还不能提出"), basis=basis)
    if window.is_over(filed_on):
        return refuse(
            "filing.late",
            N_("期限已于 %(last_day)s 届满"),
            basis=basis,
            last_day=window.last_day,
        )
    return ALLOWED


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A public notice before it is posted: one outcome for each person it names."""

    outcomes: tuple[Outcome, ...]
    receiving_office: str
    telephone: str
    window: Window


def notice_gate(draft: NoticeDraft) -> Verdict:
    """Whether a public notice may be posted: whom it names, where to object, until when.

    Codes: ``notice.nobody``, ``notice.not_public``, ``notice.no_office``,
    ``notice.no_telephone``, ``calendar.assumed``.
    """
    verdict = ALLOWED
    if not draft.outcomes:
        verdict &= refuse("notice.nobody", N_("公示中没有人员"), basis=NOTICE_BASIS)
    private = sum(outcome not in PUBLIC_OUTCOMES for outcome in draft.outcomes)
    if private:
        verdict &= refuse(
            "notice.not_public",
            N_("有 %(n)s 人的结果不得公示，只能送达本人"),
            basis=NOTICE_BASIS,
            n=private,
        )
    if not draft.receiving_office.strip():
        verdict &= refuse("notice.no_office", N_("请写明受理异议的部门"), basis=NOTICE_BASIS)
    if not draft.telephone.strip():
        verdict &= refuse("notice.no_telephone", N_("请写明受理异议的电话"), basis=NOTICE_BASIS)
    return verdict & _certain(draft.window)


def reviewer_gate(reviewer: Hand, scorers: Iterable[Hand], subject: Hand) -> Verdict:
    """The reviewer is neither a scorer nor the person concerned (policy ``appeal.decide``).

    ``scorers`` are all who took part in what is objected to. Codes ``SELF``,
    ``SAME_PERSON``.
    """
    return all_of(
        (
            distinct({Part.SUBJECT: [subject], Part.REVIEWER: [reviewer]}),
            distinct({Part.SCORER: scorers, Part.REVIEWER: [reviewer]}),
        )
    )


def _certain(window: Window) -> Verdict:
    if not window.assumed:
        return ALLOWED
    return refuse(
        "calendar.assumed",
        N_("期限跨入尚未录入节假日的年份，请先维护工作日历"),
        basis="rule:workday_calendar",
        mend=_CALENDAR_PAGE,
    )
