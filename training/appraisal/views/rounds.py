"""Rounds: the list, opening one, its people and how far they are, bulk steps, the panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, lists, orgs, web
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import format_hundredths, title_of
from training.people.models import Person
from training.people.rules.person import SERVICE_LABELS, ServiceKind
from training.proceedings import queries as proceedings

from .. import bulk, figure_imports, people_list, queries, shown
from .. import rounds as service
from ..forms import OpenForm, PanelForm, StepForm
from ..models import AnnualAppraisal, AppraisalRound
from ..rules.annual_lifecycle import ANNUAL_APPRAISAL, ANNUAL_STATE_LABELS, AnnualState
from ..states import FINAL, GRADED, OPEN_FOR_DATA
from . import room

LIST, OPEN = queries.LIST, "appraisal:round:open"
ADVANCE = "appraisal:round:advance"


def load_round(public_id: str) -> AppraisalRound:
    """A round within reach, else 404."""
    found = queries.round_seen(web.actor(), public_id)
    if found is None:
        web.security_event("not_visible", "appraisal_round")
        abort(404)
    return found


def load_managed(public_id: str, permission: str) -> AppraisalRound:
    """A round over which one holds a permission, else 404."""
    return web.load(AppraisalRound, public_id, permission, joinedload(AppraisalRound.org))


def round_url(round_: AppraisalRound) -> str:
    return url_for("appraisal.round_", round_id=round_.public_id)


def round_title(round_: AppraisalRound) -> str:
    return str(gettext("%(year)s 年度考核", year=round_.year))


@room.page("/appraisals", LIST, endpoint="rounds")
def round_list() -> str:
    """The rounds within reach, each number leading to the people behind it."""
    rows = []
    for round_, counts in queries.rounds(web.actor()):
        open_ = sum(n for s, n in counts.items() if s in OPEN_FOR_DATA)
        final = sum(n for s, n in counts.items() if s in FINAL)
        rows.append(
            {
                "round": round_,
                "title": round_title(round_),
                "org": title_of(round_.org, "name"),
                "url": round_url(round_),
                "total": sum(counts.values()),
                "open": open_,
                "under_way": sum(counts.values()) - open_ - final,
                "final": final,
                "states": [
                    {
                        "label": gettext(ANNUAL_STATE_LABELS[s]),
                        "n": n,
                        "url": url_for("appraisal.round_", round_id=round_.public_id, state=str(s)),
                        "kind": shown.KINDS[s],
                    }
                    for s in AnnualState
                    if (n := counts.get(s, 0))
                ],
            }
        )
    return render_template(
        "appraisal/rounds.html", rows=rows, may_open=access.holds(web.actor(), OPEN)
    )


def _candidate_rows(people: list[service.Candidate]) -> list[dict[str, Any]]:
    return [
        {
            "id": c.person.public_id,
            "name": c.person.name,
            "number": c.person.mediator_no,
            "org": title_of(c.person.org, "name"),
            "service": gettext(SERVICE_LABELS[c.person.service_kind]),
            "months": shown.months_text(c.months) if c.months else "",
            "why": gettext("按档案记载的任职")
            if c.by_file
            else gettext("档案没有任职变动，按全年"),
            "state": {"kind": "ok", "label": gettext("%(n)s 个月", n=len(c.months))}
            if c.months
            else {"kind": "stop", "label": gettext("没有在岗月份")},
        }
        for c in people
    ]


@room.form_page("/appraisals/rounds/new", OPEN)
def new_round() -> Any:
    """First the unit and the year; then the people who would take part, with their months."""
    who, today = web.actor(), clock.today()
    units = orgs.in_reach(who, OPEN)
    form = OpenForm() if request.method == "POST" else OpenForm(formdata=request.args or None)
    form.offer(units)
    chosen = form.restored or "org" in request.values
    if not chosen:
        form.org.data = units[0].public_id if units else None
        form.year.data, form.kinds.data = today.year, [str(ServiceKind.FULL_TIME)]
    unit = next((u for u in units if u.public_id == form.org.data), None)
    people: list[service.Candidate] = []
    kinds = [ServiceKind(k) for k in form.kinds.data or () if k in list(ServiceKind)]
    if chosen and unit is not None and form.year.data and kinds:
        people = service.candidates(unit, form.year.data, kinds, today)
    form.offer_people(people)
    if form.validate_on_submit() and unit is not None:
        out = set(form.left_out.data or ())
        taking = [c for c in people if c.person.public_id not in out and c.months]
        try:
            made = service.open_round(
                who, unit, int(form.year.data or 0), [c.person for c in taking],
                {c.person.id: list(c.months) for c in taking}, now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            if refused.status != 422:
                raise
            form.deny(refused)
        else:
            return web.done(
                gettext("已启动 %(n)s 人的年度考核，述职通知已发出", n=len(taking)), round_url(made)
            )
    page = render_template(
        "appraisal/new_round.html",
        form=form,
        chosen=chosen,
        unit=unit,
        rows=_candidate_rows(people),
        ready=sum(bool(c.months) for c in people),
    )
    return (page, 422) if form.is_submitted() else page


def row_of(a: AnnualAppraisal) -> dict[str, Any]:
    return {
        "id": a.public_id,
        "name": a.person.name,
        "url": url_for("appraisal.sheet", appraisal_id=a.public_id),
        "number": a.person.mediator_no,
        "org": title_of(a.org, "name"),
        "months": len(a.months),
        "total": format_hundredths(a.total),
        "grade": shown.grade(a.grade),
        "state": shown.state(a.state),
    }


def bulk_acts(round_: AppraisalRound, counts: Mapping[AnnualState, int]) -> list[dict[str, Any]]:
    """The steps that may be taken for many, with how many stand before each."""
    labels = {t.action: t.label for t in ANNUAL_APPRAISAL.transitions}
    found = []
    for action in bulk.STEPS:
        sources = [AnnualState(s) for (s, a) in ANNUAL_APPRAISAL.table if a == action]
        n = sum(counts.get(s, 0) for s in sources)
        if n:
            found.append(
                {
                    "action": action,
                    "label": gettext(labels[action]),
                    "n": n,
                    "reason": action == "skip_self_report",
                }
            )
    return found


@room.page("/appraisals/rounds/<round_id>", LIST)
def round_(round_id: str) -> str:
    """The people of a round: how far each is, and what can be done for many."""
    found, who = load_round(round_id), web.actor()
    base = url_for("appraisal.round_", round_id=round_id)
    applied = lists.apply(people_list.FILTERS, request.args, base)
    page = people_list.page(who, found, applied, request.args)
    counts = people_list.counts(who, found)
    panel = proceedings.panel_of(queries.ROUND, found.public_id)
    manages = access.may(who, ADVANCE, found)
    return render_template(
        "appraisal/round.html",
        round=found,
        title=round_title(found),
        org=title_of(found.org, "name"),
        applied=applied,
        page=page,
        rows=[row_of(a) for a in page.rows],
        total=people_list.total(who, found, applied),
        everyone=sum(counts.values()),
        tiles=[
            {
                "value": counts.get(s, 0),
                "label": gettext(ANNUAL_STATE_LABELS[s]),
                "url": applied.url(state=str(s)),
                "kind": shown.KINDS[s],
                "current": applied.values.get("state") is s,
            }
            for s in AnnualState
            if counts.get(s, 0)
        ],
        acts=bulk_acts(found, counts) if manages else [],
        panel=panel,
        panel_missing=panel is not None and any(m.conflict is None for m in panel.members),
        sits=panel is not None and who.person_id in panel.participants(),
        manages=manages,
        may_import=access.may(who, "appraisal:round:figures", found),
        may_results=access.may(who, "appraisal:round:results", found),
        may_publish=access.may(who, "appraisal:annual_appraisal:publish", found),
        waiting_grade=counts.get(AnnualState.DOSSIER_REVIEW, 0),
        imports=figure_imports.imports_of(found) if manages else [],
        graded=sum(n for s, n in counts.items() if s in GRADED),
    )


@room.act("/appraisals/rounds/<round_id>/advance", ADVANCE)
def advance(round_id: str) -> BaseResponse:
    """One step for those picked, or for all who are ready."""
    found = load_managed(round_id, ADVANCE)
    form = StepForm()
    form.validate()
    counts = bulk.advance(
        web.actor(), found, form.action.data or "", refs=form.appraisal.data or (),
        reason=form.reason.data or "", now=clock.now(),
    )  # fmt: skip
    message = gettext("已办理 %(n)s 人", n=counts["done"])
    if counts["left"]:
        message = gettext(
            "已办理 %(n)s 人，另有 %(left)s 人条件还不具备，理由见各人的考核表",
            n=counts["done"], left=counts["left"],
        )  # fmt: skip
    return web.done(message, round_url(found))


@room.form_page("/appraisals/rounds/<round_id>/panel", OPEN)
def appoint_panel(round_id: str) -> Any:
    """Who grades this round."""
    found = load_managed(round_id, OPEN)
    form = PanelForm()
    form.offer(service.panel_people(found.org))
    if form.validate_on_submit():
        people = list(
            db.session.scalars(
                sa.select(Person).where(Person.public_id.in_(form.members.data or []))
            )
        )
        try:
            service.appoint_panel(web.actor(), found, people, now=clock.now())
        except Refused as refused:
            if refused.status != 422:
                raise
            form.deny(refused)
        else:
            return web.done(gettext("考核小组已组成，已通知成员声明是否回避"), round_url(found))
    page = render_template(
        "appraisal/panel_form.html",
        round=found,
        form=form,
        title=round_title(found),
        minimum=found.policies["panel.min"]["value"],
        held=proceedings.panel_of(queries.ROUND, found.public_id),
    )
    return (page, 422) if form.is_submitted() else page
