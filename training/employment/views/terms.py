"""Terms under way: renewals due and their decision, leaving, death, corrections."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, web
from training.core.errors import Refused
from training.core.i18n import title_of

from .. import (
    appointment_corrections,
    appointment_lists,
    departures,
    exit_lists,
    renewals,
    term_shown,
)
from ..appointment_models import Appointment
from ..exit_forms import CorrectTermsForm, DeathForm, RenewalForm, SettleForm, WhyForm
from . import room
from .appointments import page, url

_P = "employment:appointment:"
_OPEN = _P + "open_renewal"
_FIELD_CODES = (
    "REASON_REQUIRED", "NO_RESOLUTION", "AGENCY", "FILING", "NOTHING_CHANGED", "TERM", "FUTURE",
    "PROOF",
)  # fmt: skip
Answer = BaseResponse | tuple[str, int]


def _load(appointment_id: str, action: str) -> Appointment:
    return web.load(Appointment, appointment_id, _P + action)


def _deny(form: Any, refused: Refused) -> None:
    """What a field can mend stands on the form; other refusals have a page of their own."""
    if refused.code not in _FIELD_CODES:
        raise refused
    form.deny(refused)


@room.page("/employment/renewals", appointment_lists.LIST, endpoint="renewals")
def renewal_list() -> str:
    """Terms that end within the window, the first to end first."""
    who, today = web.actor(), clock.today()
    days = renewals.window_days(today)
    found = exit_lists.renewals(who, today, days)
    proposed = exit_lists.proposed_ids(found)
    rows = [
        {
            "id": a.public_id,
            "name": a.person.name,
            "url": url(a),
            "number": a.person.mediator_no,
            "org": title_of(a.org, "name"),
            "until": a.term_end.isoformat(),
            "left": (a.term_end - today).days,
            "state": {"kind": "due", "label": gettext("待决定")}
            if a.id in proposed
            else term_shown.state_badge(a, today),
        }
        for a in found
    ]
    return render_template(
        "employment/renewals.html", rows=rows, days=days, may_open=access.holds(who, _OPEN)
    )


@room.act("/employment/renewals/open", _OPEN)
def open_renewals() -> BaseResponse:
    """Open the reviews of those that were picked."""
    picked = request.form.getlist("appointment")[:500]
    who = web.actor()
    found = appointment_lists.by_ids(who, _OPEN, picked)
    opened = renewals.open_renewals(who, found, now=clock.now()) if found else []
    return web.done(
        gettext("已启动 %(n)s 人的续聘审核", n=len(opened)), url_for("employment.renewals")
    )


@room.act("/employment/appointments/<appointment_id>/open-renewal", _OPEN)
def open_renewal(appointment_id: str) -> BaseResponse:
    found = _load(appointment_id, "open_renewal")
    renewals.open_renewal(web.actor(), found, now=clock.now())
    return web.done(gettext("续聘审核已启动"), url(found))


@room.form_page("/employment/appointments/<appointment_id>/renewal", _P + "propose_renewal")
def propose_renewal(appointment_id: str) -> Any:
    """Put the next term forward."""
    found, form = _load(appointment_id, "propose_renewal"), RenewalForm()
    form.offer()
    if form.validate_on_submit():
        try:
            renewals.propose(web.actor(), found, form.terms(), now=clock.now())
        except Refused as refused:
            _deny(form, refused)
        else:
            return web.done(gettext("已提出续聘，等待审批"), url(found))
    held = renewals.proposals_of(found)
    if form.is_blank():
        form.engagement.data = str(held[0].engagement if held else found.engagement)
        form.agency.data = held[0].agency if held else found.agency
        if held:
            form.opinion.data, form.resolution.data = held[0].opinion, held[0].resolution
            form.resolved_on.data = held[0].resolved_on
    shown = render_template(
        "employment/renewal_form.html", form=form, appointment=found, back=url(found),
        evidence=term_shown.renewal_evidence(found.person, held, clock.today()),
        next_term=renewals.next_record(found),
    )  # fmt: skip
    return (shown, 422) if form.is_submitted() else shown


@room.act("/employment/appointments/<appointment_id>/renew", _P + "renew")
def renew(appointment_id: str) -> Answer:
    """The approver renews."""
    found, form = _load(appointment_id, "renew"), WhyForm()
    if not form.validate():
        return page(found, renew=form), 422
    try:
        made = renewals.renew(
            web.actor(), found, form.reason.data or "", form.seen.data or "", now=clock.now()
        )
    except Refused as refused:
        _deny(form, refused)
        return page(found, renew=form), 422
    return web.done(gettext("已续聘，下一任期自届满次日起算，请备案"), url(made))


@room.act("/employment/appointments/<appointment_id>/settle", _P + "settle")
def settle(appointment_id: str) -> Answer:
    """Record that somebody left."""
    found, form = _load(appointment_id, "settle"), SettleForm()
    if not form.validate():
        return page(found, settle=form), 422
    departures.settle(
        web.actor(), found, form.reason.data or "", bool(form.cancel.data), now=clock.now()
    )
    return web.done(gettext("已记为离岗，工作证已收回"), url(found))


@room.form_page("/employment/appointments/<appointment_id>/death", _P + "report_death")
def report_death(appointment_id: str) -> Any:
    """Report a death with its proof, or correct the report."""
    found, form = _load(appointment_id, "report_death"), DeathForm()
    held = departures.death_of(found)
    if form.validate_on_submit() and form.died_on.data is not None:
        try:
            departures.report_death(
                web.actor(), found, form.died_on.data, form.proof.data or "",
                form.why.data or "", now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            _deny(form, refused)
        else:
            return web.done(gettext("已登记，等待分管领导核准"), url(found))
    if form.is_blank() and held is not None:
        form.died_on.data, form.proof.data = held.died_on, held.proof
    shown = render_template(
        "employment/exit_form.html", form=form, name=found.person.name,
        title=gettext("登记死亡证明"), back=url(found),
        hint=gettext("核准后任命终止，收回工作证，注销证书；核准的人须是登记人以外的人。"),
    )  # fmt: skip
    return (shown, 422) if form.is_submitted() else shown


@room.act("/employment/appointments/<appointment_id>/confirm-death", _P + "terminate")
def confirm_death(appointment_id: str) -> BaseResponse:
    found, form = _load(appointment_id, "terminate"), WhyForm()
    form.validate()
    departures.confirm_death(web.actor(), found, form.reason.data or "", now=clock.now())
    return web.done(gettext("已核准，任命已终止"), url(found))


@room.form_page("/employment/appointments/<appointment_id>/correct", _P + "correct")
def correct_appointment(appointment_id: str) -> Any:
    """Correct the recorded terms by a further entry."""
    found = _load(appointment_id, "correct")
    form = CorrectTermsForm(obj=found)
    form.offer()
    if form.validate_on_submit():
        try:
            appointment_corrections.correct(
                web.actor(), found, form.terms(), form.reason.data or "", now=clock.now()
            )
        except Refused as refused:
            _deny(form, refused)
        else:
            return web.done(gettext("记录已更正，原来的内容保留可查"), url(found))
    elif form.is_blank():
        form.reason.data = ""
    shown = render_template(
        "employment/exit_form.html", form=form, name=found.person.name,
        title=gettext("更正聘任的记录"), back=url(found),
        hint=gettext("写明更正的理由；任期由审批人更正，前后任期相接的不能更正。"),
    )  # fmt: skip
    return (shown, 422) if form.is_submitted() else shown
