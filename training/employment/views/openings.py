"""For officers: plans, announcements, and what is done for all applicants of an opening."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, orgs, policy, web
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import as_typed, chinese, title_of
from training.core.models import OrgUnit
from training.core.rules.contact import mask_name
from training.core.rules.words import N_, Words
from training.people.models import Person
from training.proceedings import queries as proceedings

from .. import announcements, case_lists, queries, selection, shown
from .. import openings as service
from ..forms import POST_LABELS, AnnouncementForm, NoticeForm, PanelForm, PlanForm
from ..models import Opening, RecruitmentCase
from ..rules.recruitment import RecruitmentState
from ..rules.recruitment_gates import ROUTE_LABELS, Route
from . import room

READ, PLAN = "employment:opening:read", "employment:recruitment:plan"
CHANGE = "employment:recruitment:change"
_S = RecruitmentState


@room.page("/employment/openings", READ)
def plans() -> str:
    """Plans and announcements."""
    today = clock.today()
    rows = [
        {
            "title": title_of(o),
            "url": url_for("employment.plan", opening_id=o.public_id),
            "org": title_of(o.org, "name"),
            "closes": o.closes_on.isoformat(),
            "applied": n,
            "state": shown.opening_state(o, today),
        }
        for o, n in case_lists.staff_openings(web.actor())
    ]
    return render_template("employment/plans.html", rows=rows)


def _back(opening: Opening) -> str:
    return url_for("employment.plan", opening_id=opening.public_id)


def _offered(form: PlanForm) -> list[OrgUnit]:
    units = orgs.in_reach(web.actor(), PLAN)
    top = orgs.root()
    routes = policy.get("hire.routes", top, clock.today()).value if top else []
    form.offer(units, routes)
    return units


@room.form_page("/employment/openings/new", PLAN)
def new_plan() -> str | tuple[str, int] | BaseResponse:
    """Draw up a plan."""
    form = PlanForm()
    units = _offered(form)
    if form.validate_on_submit():
        unit = next(u for u in units if u.public_id == form.org.data)
        try:
            made = service.draw_up(web.actor(), unit, form.plan(), now=clock.now())
        except Refused as refused:
            if refused.status != 422:
                raise
            form.deny(refused)
        else:
            return web.done(gettext("计划已保存，等待分管领导批准"), _back(made))
    page = render_template("employment/plan_form.html", form=form, opening=None)
    return (page, 422) if form.is_submitted() else page


@room.form_page("/employment/openings/<opening_id>/edit", PLAN)
def edit_plan(opening_id: str) -> str | tuple[str, int] | BaseResponse:
    """Change a plan that is not approved yet."""
    opening = web.load(Opening, opening_id, PLAN)
    form = PlanForm(obj=opening)
    _offered(form)
    # The unit stays as it is; a disabled field is neither sent nor kept.
    form.org.data = db.session.get_one(OrgUnit, opening.org_id).public_id
    form.org.render_kw = {"disabled": True}
    form.org.validators = []
    form.org.validate_choice = False
    if form.validate_on_submit():
        try:
            service.redraw(web.actor(), opening, form.plan(), now=clock.now())
        except Refused as refused:
            if refused.status != 422:
                raise
            form.deny(refused)
        else:
            return web.done(gettext("计划已修改"), _back(opening))
    page = render_template("employment/plan_form.html", form=form, opening=opening)
    return (page, 422) if form.is_submitted() else page


def _rows(cases: list[RecruitmentCase]) -> list[dict[str, Any]]:
    return [
        {
            "id": c.public_id,
            "name": c.person.name,
            "url": url_for("employment.case", case_id=c.public_id),
            "route": gettext(ROUTE_LABELS[c.route]),
            "points": f"{c.points / 100:g}",
            "applied": clock.local(c.applied_at).date().isoformat(),
            "state": shown.state(c.state),
        }
        for c in cases
    ]


def _notice_form(opening: Opening) -> NoticeForm:
    names = "、".join(c.person.name for c in queries.cases_of(opening, _S.PROPOSED))
    return NoticeForm(
        formdata=request.form if request.endpoint == "employment.publish" else None,
        title=chinese(selection.notice_title(opening)),
        body=chinese(
            Words(
                N_(
                    "经报名、资格审查、面试和考察，拟聘 %(names)s 为人民调解员，现予公示。"
                    "公示期内如有异议，请向受理部门反映。"
                ),
                {"names": names},
            )
        ),
        office=opening.office,
        telephone=opening.telephone,
    )


def _page(opening: Opening, *, notice: NoticeForm, panel_form: PanelForm) -> str:
    org = db.session.get_one(OrgUnit, opening.org_id)
    cases = queries.cases_of(opening)
    by_state = {state: [c for c in cases if c.state is state] for state in RecruitmentState}
    panel = proceedings.panel_of(queries.OPENING, opening.public_id)
    return render_template(
        "employment/plan.html",
        opening=opening,
        org=org,
        state=shown.opening_state(opening, clock.today()),
        post_labels=POST_LABELS,
        routes=[gettext(ROUTE_LABELS[Route(r)]) for r in opening.routes],
        people=queries.people([opening.planned_by, opening.approved_by]),
        rows=_rows(cases),
        waiting=len(by_state[_S.APPLIED]) + len(by_state[_S.QUALIFICATION_REVIEW]),
        shortlisted=len(by_state[_S.SHORTLISTED]),
        proposed=[mask_name(c.person.name) for c in by_state[_S.PROPOSED]],
        panel=panel,
        panel_seats=panel.members if panel else [],
        notice=notice,
        panel_form=panel_form,
        history=shown.opening_timeline(queries.opening_events(opening), names=True),
    )


def _panel_form(opening: Opening) -> PanelForm:
    form = PanelForm(formdata=request.form if request.endpoint == "employment.panel" else None)
    form.offer(queries.panel_people(db.session.get_one(OrgUnit, opening.org_id)))
    return form


@room.page("/employment/openings/<opening_id>", READ)
def plan(opening_id: str) -> str:
    """An opening with its applicants."""
    opening = web.load(Opening, opening_id, READ)
    return _page(opening, notice=_notice_form(opening), panel_form=_panel_form(opening))


@room.act("/employment/openings/<opening_id>/approve", "employment:recruitment:approve_plan")
def approve(opening_id: str) -> BaseResponse:
    opening = web.load(Opening, opening_id, "employment:recruitment:approve_plan")
    service.approve(web.actor(), opening, now=clock.now())
    return web.done(gettext("计划已批准"), _back(opening))


@room.act("/employment/openings/<opening_id>/announce", "employment:recruitment:open")
def announce(opening_id: str) -> BaseResponse:
    opening = web.load(Opening, opening_id, "employment:recruitment:open")
    service.announce(web.actor(), opening, now=clock.now())
    return web.done(gettext("选聘公告已发布，可以报名了"), _back(opening))


@room.form_page("/employment/openings/<opening_id>/change", CHANGE)
def change(opening_id: str) -> str | tuple[str, int] | BaseResponse:
    """Change what was approved or announced, with a reason."""
    opening = web.load(Opening, opening_id, CHANGE)
    form = AnnouncementForm(obj=opening)
    if form.validate_on_submit():
        try:
            announcements.change(
                web.actor(), opening, form.announcement(), form.reason.data or "", now=clock.now()
            )
        except Refused as refused:
            if refused.code not in ("GATE", "UNCHANGED", "REASON_REQUIRED"):
                raise
            form.deny(refused.verdict)
        else:
            return web.done(gettext("公告已更改，已通知报名的人"), _back(opening))
    page = render_template("employment/announcement_form.html", form=form, opening=opening)
    return (page, 422) if form.is_submitted() else page


@room.act("/employment/openings/<opening_id>/call-off", "employment:recruitment:call_off")
def call_off(opening_id: str) -> BaseResponse:
    opening = web.load(Opening, opening_id, "employment:recruitment:call_off")
    reason = request.form.get("reason", "")
    ended = announcements.call_off(web.actor(), opening, reason, now=clock.now())
    return web.done(gettext("选聘已取消，%(n)s 份报名随之结束", n=ended), _back(opening))


@room.act("/employment/openings/<opening_id>/panel", "employment:recruitment:interview")
def panel(opening_id: str) -> BaseResponse | tuple[str, int]:
    """Name the interview panel."""
    opening = web.load(Opening, opening_id, "employment:recruitment:interview")
    form = _panel_form(opening)
    if form.validate():
        query = sa.select(Person).where(Person.public_id.in_(form.members.data or []))
        try:
            service.name_panel(
                web.actor(), opening, list(db.session.scalars(query)), now=clock.now()
            )
        except Refused as refused:
            if refused.status != 422:
                raise
            form.deny(refused)
        else:
            return web.done(gettext("面试小组已组成，已通知成员声明是否回避"), _back(opening))
    return _page(opening, notice=_notice_form(opening), panel_form=form), 422


@room.act("/employment/openings/<opening_id>/shortlist", "employment:recruitment:shortlist")
def shortlist_many(opening_id: str) -> BaseResponse:
    """Those who were picked, as far as every condition is met."""
    opening = web.load(Opening, opening_id, "employment:recruitment:shortlist")
    picked = request.form.getlist("case")
    query = sa.select(RecruitmentCase).where(
        RecruitmentCase.opening_id == opening.id, RecruitmentCase.public_id.in_(picked)
    )
    cases = list(db.session.scalars(query.order_by(RecruitmentCase.id)))
    done = selection.shortlist_many(web.actor(), opening, cases, now=clock.now())
    return web.done(
        gettext("已通过 %(n)s 人，其余 %(left)s 人请逐人审查", n=done, left=len(cases) - done),
        _back(opening),
    )


@room.act("/employment/openings/<opening_id>/interview", "employment:recruitment:interview")
def interview(opening_id: str) -> BaseResponse:
    """All who are shortlisted."""
    opening = web.load(Opening, opening_id, "employment:recruitment:interview")
    called = selection.interview(web.actor(), opening, now=clock.now())
    return web.done(gettext("已将 %(n)s 人列入面试", n=called), _back(opening))


@room.act("/employment/openings/<opening_id>/publish", "employment:recruitment:publish")
def publish(opening_id: str) -> BaseResponse | tuple[str, int]:
    """The notice of all who are proposed."""
    opening = web.load(Opening, opening_id, "employment:recruitment:publish")
    form = _notice_form(opening)
    if form.validate():
        named = selection.publish(
            web.actor(), opening, as_typed(form.title.data or "", selection.notice_title(opening)),
            form.body.data or "",
            office=form.office.data or "", telephone=form.telephone.data or "", now=clock.now(),
        )  # fmt: skip
        return web.done(gettext("已公示 %(n)s 人", n=named), _back(opening))
    return _page(opening, notice=form, panel_form=_panel_form(opening)), 422
