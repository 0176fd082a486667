"""How terms look on pages: state, what the renewal rests on, how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from certificates import queries as certificates
from certificates.rules.lifecycle import CERTIFICATE_STATE_LABELS
from training.appraisal import queries as appraisals
from training.appraisal.rules.grade import GRADE_LABELS, Grade
from training.core.i18n import format_date, format_hundredths, plain_date
from training.people.models import Person
from training.proceedings import matters
from training.programmes import queries as programmes

from . import exit_queries
from .appointment_models import Appointment, AppointmentEvent, RenewalProposal
from .appointments import state_of
from .rules.appointment import APPOINTMENT_STATE_LABELS, AppointmentState

_S = AppointmentState
KINDS = {
    _S.PROPOSED: "due", _S.COMMITTEE_RESOLUTION: "due", _S.FILED: "due", _S.IN_TERM: "ok",
    _S.RENEWAL_REVIEW: "info", _S.RENEWED: "ok", _S.NOT_RENEWED: "none",
    _S.TERMINATED: "stop", _S.RESIGNED: "none", _S.LAPSED: "stop",
}  # fmt: skip
_GRADE_KINDS = {
    Grade.EXCELLENT: "ok", Grade.COMPETENT: "ok", Grade.BASIC: "due", Grade.UNFIT: "stop",
}  # fmt: skip


def state_badge(appointment: Appointment, today: date) -> dict[str, str]:
    """The state as it is today; a renewed term that has not begun says from when."""
    state = state_of(appointment, today)
    if state is _S.IN_TERM and appointment.term_start > today:
        start = format_date(appointment.term_start)
        return {"kind": "info", "label": gettext("自 %(start)s 起任职", start=start)}
    if state in (_S.RENEWED, _S.NOT_RENEWED) and appointment.term_end < today:
        return {"kind": "none", "label": gettext("任期已满")}
    return {"kind": KINDS[state], "label": gettext(APPOINTMENT_STATE_LABELS[state])}


def renewal_words(
    appointment: Appointment, follows: Appointment | None, today: date, days: int
) -> str:
    """How the renewal stands, for the person."""
    state = state_of(appointment, today)
    if follows is not None:
        return str(gettext(
            "已续聘，新的任期自 %(start)s 至 %(end)s", start=format_date(follows.term_start),
            end=format_date(follows.term_end),
        ))  # fmt: skip
    if state is _S.RENEWAL_REVIEW:
        return str(gettext("续聘审核中，任期届满前作出决定"))
    if state is _S.IN_TERM and (appointment.term_end - today).days <= days:
        return str(gettext("已进入续聘办理期，届满不自动续任"))
    if state is _S.IN_TERM:
        return str(gettext("届满前 %(n)s 天起办理续聘，届满不自动续任", n=days))
    if state is _S.LAPSED:
        return str(gettext("任期已届满，没有续聘决定，请联系本单位人事"))
    if state is _S.NOT_RENEWED:
        return str(gettext("决定不再续聘，任期至届满为止"))
    return ""


def renewal_evidence(
    person: Person, proposals: Iterable[RenewalProposal], today: date
) -> list[dict[str, Any]]:
    """What a renewal rests on, each with the way to it: grades by year, certificate, hours, the
    unit's opinion."""
    found: list[dict[str, Any]] = [
        {
            "when": gettext("%(year)s 年度", year=year), "who": "",
            "what": gettext("年度考核：%(grade)s", grade=gettext(GRADE_LABELS[grade])),
            "url": _appraisal(person.id, year), "kind": _GRADE_KINDS[grade],
        }
        for year, grade, final in appraisals.grades(person.id)
        if final
    ]  # fmt: skip
    for held in certificates.of_person(person.id)[:1]:
        state = certificates.status(held, today)
        found.append(
            {
                "when": gettext("有效期至 %(day)s", day=plain_date(held.valid_until)), "who": "",
                "what": gettext(
                    "证书 %(number)s：%(state)s", number=held.number,
                    state=gettext(CERTIFICATE_STATE_LABELS[state.state]),
                ),
                "url": url_for("certificates.certificate", certificate_id=held.public_id),
                "kind": "ok" if state.in_force else "stop",
            }
        )  # fmt: skip
    hours = programmes.annual(person, today).total
    found.append(
        {
            "when": gettext("%(year)s 年度", year=today.year), "who": "",
            "what": gettext(
                "培训学时：已完成 %(done)s，要求 %(required)s", done=format_hundredths(hours.done),
                required=format_hundredths(hours.required),
            ),
            "url": url_for("people.person", person_id=person.public_id),
            "kind": "due" if hours.owed else "ok",
        }
    )  # fmt: skip
    found += [
        {
            "when": p.proposed_at, "who": p.proposer.name, "what": gettext("单位意见"),
            "detail": p.opinion, "kind": "info" if n else "ok",
        }
        for n, p in enumerate(proposals)
    ]  # fmt: skip
    return found


def _appraisal(person_id: int, year: int) -> str:
    matter = matters.find("annual_appraisal")
    found = next(
        (a for a in exit_queries.final_appraisals(person_id) if a.round.year == year), None
    )
    return matter.url(found.public_id) if matter is not None and found is not None else ""


def timeline(events: list[AppointmentEvent]) -> list[dict[str, Any]]:
    """What was done with an appointment, newest first."""
    labels = {
        "propose": gettext("提名"), "amend": gettext("更正提名"), "resolve": gettext("审批同意"),
        "file": gettext("备案"), "begin": gettext("到岗"),
        "open_renewal": gettext("启动续聘审核"), "propose_renewal": gettext("提出续聘"),
        "renew": gettext("决定续聘"), "decline": gettext("决定不再续聘"),
        "terminate": gettext("终止任命"), "resign": gettext("本人辞任"),
        "settle": gettext("办理离岗"),
        "withdraw_resignation": gettext("本人撤回辞任"), "correct": gettext("更正记录"),
    }  # fmt: skip
    return [
        {
            "when": e.at, "who": e.actor.name if e.actor else "",
            "what": labels.get(e.action, e.action), "detail": _detail(e), "kind": KINDS[e.after],
        }
        for e in reversed(events)
    ]  # fmt: skip


def _detail(event: AppointmentEvent) -> str:
    """The reason; of a correction also what stood there before."""
    if event.action != "correct":
        return event.reason
    labels = {
        "term_start": gettext("任期起始日期"), "term_end": gettext("任期截止日期"),
        "resolution": gettext("推选或者聘任的决议"), "resolved_on": gettext("决议日期"),
        "filing": gettext("备案材料"), "engagement": gettext("用工形式"),
        "agency": gettext("派遣单位"), "contract_from": gettext("合同起始日期"),
        "contract_until": gettext("合同截止日期"),
    }  # fmt: skip
    former = gettext("；").join(
        gettext("%(field)s原为%(value)s", field=labels[k], value=v or gettext("空"))
        for k, v in event.detail.get("former", {}).items()
        if k in labels
    )
    return f"{event.reason}（{former}）"
