"""Appointments: the list, proposing, approving, filing, taking the post."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from certificates import queries as certificates
from training.core import access, clock, lists, orgs, web
from training.core.attachments import queries as attachments
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import format_date, title_of
from training.core.models import OrgUnit
from training.people.models import Person
from training.people.rules.person import SERVICE_LABELS, STANDING_LABELS

from .. import (
    appointment_lists,
    appointments,
    case_lists,
    departures,
    exit_lists,
    exit_queries,
    exit_shown,
    exits,
    queries,
    renewals,
    shown,
    term_shown,
)
from ..appointment_forms import AmendForm, ApproveForm, FilingForm, TermsForm
from ..appointment_models import Appointment
from ..exit_forms import SettleForm, WhyForm
from ..rules.appointment import (
    APPOINTMENT_KIND_LABELS,
    ENGAGEMENT_LABELS,
    AppointmentState,
)
from ..rules.composition import composition_warnings
from . import room

LIST, PROPOSE = appointment_lists.LIST, appointment_lists.PROPOSE
APPROVE = "employment:appointment:approve"
FILE, BEGIN = "employment:appointment:file", "employment:appointment:begin"
_S = AppointmentState


def _row(a: Appointment) -> dict[str, Any]:
    return {
        "name": a.person.name,
        "url": url_for("employment.appointment", appointment_id=a.public_id),
        "number": a.person.mediator_no,
        "org": title_of(a.org, "name"),
        "kind": gettext(APPOINTMENT_KIND_LABELS[a.kind]),
        "service": gettext(SERVICE_LABELS[a.service_kind]),
        "until": a.term_end.isoformat(),
        "state": term_shown.state_badge(a, clock.today()),
    }


@room.page("/employment/appointments", LIST, endpoint="appointments")
def appointment_list() -> str:
    """Appointments within reach, one's own for everybody."""
    who, base, today = web.actor(), url_for("employment.appointments"), clock.today()
    days = renewals.window_days(today)
    applied = lists.apply(appointment_lists.filters(today, days), request.args, base)
    page = appointment_lists.page(who, applied, request.args)
    return render_template(
        "employment/appointments.html",
        applied=applied,
        rows=[_row(a) for a in page.rows],
        page=page,
        total=appointment_lists.total(who, applied),
        counts=appointment_lists.counts(who, today, days),
        views=appointment_lists.VIEWS,
        days=days,
    )


@room.page("/employment/appointments/people", PROPOSE)
def appointable() -> str:
    """Whom one can propose, and whether they hold a certificate."""
    today, text = clock.today(), request.args.get("q", "").strip()[:40]
    people = appointment_lists.appointable(web.actor(), text, today)
    held = certificates.active_certificates([p.id for p in people], today)
    rows = [
        {
            "name": p.name,
            "url": url_for("employment.propose_appointment", person_id=p.public_id),
            "number": p.mediator_no,
            "org": title_of(p.org, "name"),
            "service": gettext(SERVICE_LABELS[p.service_kind]),
            "standing": gettext(STANDING_LABELS[p.standing]),
            "certificate": {"kind": "ok", "label": gettext("有效")}
            if p.id in held
            else {"kind": "none", "label": gettext("没有有效证书")},
        }
        for p in people
    ]
    return render_template("employment/appointable.html", rows=rows, text=text)


@room.page("/employment/to-decide", APPROVE)
def to_decide() -> str:
    """What waits for the approver: plans, appointments, confirmations."""
    who = web.actor()
    plans = [
        o for o, _ in case_lists.staff_openings(who) if str(o.state) == "draft"
        and access.may(who, "employment:recruitment:approve_plan", o)
    ]  # fmt: skip
    return render_template(
        "employment/to_decide.html",
        plans=plans,
        appointments=[_row(a) for a in appointment_lists.to_approve(who)],
        cases=queries.to_confirm(who),
        exits=[
            {"review": r, "grounds": exit_shown.grounds(r), "state": exit_shown.state(r.state)}
            for r in exit_lists.to_decide(who)
        ],
        renewals=[_row(a) for a in exit_lists.renewals_to_decide(who, clock.today())],
        deaths=[_row(a) for a in exit_lists.deaths_to_confirm(who)],
        shown=shown,
    )


def _refused(form: TermsForm, refused: Refused) -> None:
    """Put the gate's reasons on the form; other refusals have a page of their own."""
    if refused.code not in ("CERTIFICATE_REQUIRED", "NO_RESOLUTION", "AGENCY", "REASON_REQUIRED"):
        raise refused
    form.deny(refused)


def _form_page(form: TermsForm, person: Person, why_not: list[dict[str, str]], **more: Any) -> Any:
    page = render_template(
        "employment/terms.html", form=form, person=person, why_not=why_not, **more
    )
    return (page, 422) if form.is_submitted() else page


@room.form_page("/employment/people/<person_id>/appoint", PROPOSE)
def propose_appointment(person_id: str) -> Any:
    """Propose somebody."""
    person, who = web.load(Person, person_id, PROPOSE), web.actor()
    form = TermsForm()
    units = orgs.in_reach(who, PROPOSE)
    form.offer(units)
    why_not: list[dict[str, str]] = []
    if form.is_blank():
        form.org.data = next((u.public_id for u in units if u.id == person.org_id), None)
        form.kind.data, form.service_kind.data = "engaged", str(person.service_kind)
        form.term_start.data = clock.today()
        form.engagement.data = "none"
    elif form.validate_on_submit():
        unit = next(u for u in units if u.public_id == form.org.data)
        try:
            made = appointments.propose(who, unit, person, form.terms(), now=clock.now())
        except Refused as refused:
            why_not = shown.reasons(refused.verdict.reasons)
            _refused(form, refused)
        else:
            return web.done(
                gettext("已提名，等待分管领导审批"),
                url_for("employment.appointment", appointment_id=made.public_id),
            )
    held = certificates.active_certificate(person.id, clock.today())
    return _form_page(form, person, why_not, certificate=held, appointment=None)


@room.form_page("/employment/appointments/<appointment_id>/amend", PROPOSE)
def amend_appointment(appointment_id: str) -> Any:
    """Correct a proposal that is not approved yet."""
    found, who = web.load(Appointment, appointment_id, PROPOSE), web.actor()
    form = AmendForm(obj=found)
    org = db.session.get_one(OrgUnit, found.org_id)
    form.offer([org])
    why_not: list[dict[str, str]] = []
    if form.is_blank():
        form.org.data = org.public_id
    elif form.validate_on_submit():
        try:
            appointments.amend(who, found, form.terms(), form.why.data or "", now=clock.now())
        except Refused as refused:
            why_not = shown.reasons(refused.verdict.reasons)
            _refused(form, refused)
        else:
            return web.done(gettext("提名已更正"), url(found))
    held = certificates.active_certificate(found.person_id, clock.today())
    return _form_page(form, found.person, why_not, certificate=held, appointment=found)


def url(appointment: Appointment) -> str:
    return url_for("employment.appointment", appointment_id=appointment.public_id)


def _steps(appointment: Appointment, events: list[Any]) -> list[dict[str, Any]]:
    done = {e.action: e for e in events}
    labels = {
        "propose": gettext("提名"), "resolve": gettext("审批"), "file": gettext("备案"),
        "begin": gettext("到岗"),
    }  # fmt: skip
    if appointment.renews_id is not None:
        labels = {"renew": gettext("续聘"), "file": gettext("备案")}
    found, current = [], False
    for action, label in labels.items():
        event = done.get(action)
        state = "done" if event else "todo" if current else "current"
        current = current or event is None
        found.append(
            {
                "label": label, "state": state,
                "who": event.actor.name if event and event.actor else "",
                "when": format_date(event.at) if event else "",
            }
        )  # fmt: skip
    return found


def page(
    found: Appointment,
    filing: FilingForm | None = None,
    *,
    settle: SettleForm | None = None,
    renew: WhyForm | None = None,
) -> str:
    who, now = web.actor(), clock.now()
    today = clock.today(now)
    events = appointments.events_of(found)
    state = appointments.state_of(found, today)
    org, follows = db.session.get_one(OrgUnit, found.org_id), renewals.next_of(found)
    act, reasons = _next_act(found, state, now)
    proposals = renewals.proposals_of(found)
    review = exit_queries.open_review(found.person_id)
    own = found.person_id == who.person_id

    def may(action: str) -> bool:
        return not own and access.may(who, f"employment:appointment:{action}", found)

    proposal = proposals[0] if proposals else None
    judged = renewals.judge(found, proposal, who, now) if proposal else None
    death = departures.death_of(found)
    return render_template(
        "employment/appointment.html",
        appointment=found,
        org=org,
        state=term_shown.state_badge(found, today),
        steps=_steps(found, events),
        events=term_shown.timeline(events),
        kind=gettext(APPOINTMENT_KIND_LABELS[found.kind]),
        service=gettext(SERVICE_LABELS[found.service_kind]),
        engagement=gettext(ENGAGEMENT_LABELS[found.engagement]),
        certificate=certificates.active_certificate(found.person_id, today),
        card=certificates.card_of(found.person_id),
        warnings=shown.reasons(composition_warnings(*appointments.composition(org, found.person))),
        act=act,
        reasons=reasons,
        seen=appointments.version_of(found),
        filing_form=filing or FilingForm(formdata=None),
        staff=access.may(who, "employment:appointment:print", found),
        files=attachments.of(who, "appointment", found.public_id),
        may_amend=state is _S.PROPOSED and access.may(who, PROPOSE, found),
        follows=follows,
        before=db.session.get(Appointment, found.renews_id) if found.renews_id else None,
        renewal=renewals.may_open(found, who, now) if may("open_renewal") else None,
        in_review=state is _S.RENEWAL_REVIEW,
        may_put_forward=state is _S.RENEWAL_REVIEW and may("propose_renewal"),
        may_renew=state is _S.RENEWAL_REVIEW and may("renew") and follows is None,
        proposal=proposal,
        evidence=term_shown.renewal_evidence(found.person, proposals, today)
        if state in (_S.RENEWAL_REVIEW, _S.RENEWED) and not own else [],
        renewal_reasons=shown.reasons(judged.reasons) if judged is not None else [],
        next_term=renewals.next_record(found) if state is _S.RENEWAL_REVIEW else None,
        renew_form=renew or WhyForm(formdata=None),
        review=review if review and access.may(who, "employment:exit_review:list", review) else None,
        may_review=review is None and exits.reviewable(found, today)
        and access.may(who, "employment:exit_review:propose", found) and not own,
        may_settle=departures.to_settle(found, today) and may("settle") and review is None,
        settle_form=settle or SettleForm(formdata=None),
        settled=any(e.action == "settle" for e in events),
        death=death,
        may_report=may("report_death") and departures.living(found),
        may_confirm=death is not None and may("terminate") and departures.living(found),
        may_correct=state not in (_S.PROPOSED,) and may("correct"),
    )  # fmt: skip


def _next_act(
    found: Appointment, state: AppointmentState, now: datetime
) -> tuple[str, list[dict[str, str]]]:
    """The next step of a new appointment, and why not yet."""
    who = web.actor()
    next_act = {
        _S.PROPOSED: ("resolve", APPROVE),
        _S.COMMITTEE_RESOLUTION: ("file", FILE),
        _S.FILED: ("begin", BEGIN),
    }.get(state)
    if appointments.to_file_later(found):
        next_act = ("file", FILE)
    if next_act is None or not access.may(who, next_act[1], found):
        return "", []
    judged = appointments.judge(found, next_act[0], who, now)
    return next_act[0], shown.reasons(judged.reasons)


@room.page("/employment/appointments/<appointment_id>", LIST)
def appointment(appointment_id: str) -> str:
    """One appointment: terms, course, papers, and the next act."""
    return page(web.load(Appointment, appointment_id, LIST))


@room.act("/employment/appointments/<appointment_id>/approve", APPROVE)
def approve_appointment(appointment_id: str) -> BaseResponse:
    found, form = web.load(Appointment, appointment_id, APPROVE), ApproveForm()
    form.validate()
    appointments.approve(web.actor(), found, form.seen.data or "", now=clock.now())
    return web.done(gettext("已审批同意，等待备案"), url(found))


@room.act("/employment/appointments/<appointment_id>/file", FILE)
def file_appointment(appointment_id: str) -> BaseResponse | tuple[str, int]:
    found, form = web.load(Appointment, appointment_id, FILE), FilingForm()
    if not form.validate():
        return page(found, form), 422
    appointments.file(web.actor(), found, form.filing.data or "", now=clock.now())
    return web.done(gettext("已备案"), url(found))


@room.act("/employment/appointments/<appointment_id>/begin", BEGIN)
def begin_appointment(appointment_id: str) -> BaseResponse:
    found = web.load(Appointment, appointment_id, BEGIN)
    appointments.begin(web.actor(), found, now=clock.now())
    return web.done(gettext("已到岗，工作证已制作"), url(found))
