"""Planning a sitting: times and paper, proctors, candidates, publication."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from exams.papers import queries as papers
from exams.papers.models import Paper
from training.core import access, clock, i18n, orgs, web
from training.core.db import db
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.people.models import Person
from training.people.rules.person import Standing

from .. import gate, history, queries, registration
from .. import planning as planner
from ..forms import ArrangementForm, PlanForm
from ..models import Attempt, Sitting
from ..rules.attempt import DROPPED, STARTED, WAITING, AttemptState
from ..rules.sitting import (
    ADMISSION_LABELS,
    SITTING_LABELS,
    Admission,
    Arrangement,
    SittingAct,
    SittingStage,
    SittingState,
)
from . import told
from ._room import Badge, attempt_badge, room

PAGE = 50
_KINDS = {
    SittingState.PLANNED: "none",
    SittingState.PUBLISHED: "due",
    SittingState.OPEN: "info",
    SittingState.CLOSED: "due",
    SittingState.MARKED: "info",
    SittingState.RELEASED: "ok",
    SittingState.CANCELLED: "none",
}
#: Who is in the field of candidates: people in training, and those in post who sit again.
#: No row has a greater id; a database takes no greater number.
_LARGEST = 2**62
_STANDINGS = (Standing.TRAINEE, Standing.CERTIFIED, Standing.IN_POST)


def badge(state: SittingState) -> Badge:
    return Badge(_KINDS[state], gettext(SITTING_LABELS[state]))


@room.page("/sittings", "sittings:sitting:list")
def sittings() -> str:
    """The sittings in reach."""
    listed = queries.sittings(web.actor(), "sittings:sitting:list", clock.now())
    rows = [
        {
            "title": i18n.title_of(x.sitting),
            "starts_at": i18n.format_datetime(x.sitting.starts_at),
            "place": x.sitting.place,
            "candidates": x.candidates,
            "state": badge(x.state),
            "url": url_for("exams_sittings.sitting", sitting_id=x.sitting.public_id),
        }
        for x in listed
    ]
    return render_template("exams_sittings/sittings.html", rows=rows)


@room.form_page("/sittings/new", "sittings:sitting:plan")
def plan() -> str | tuple[str, int] | Response:
    """Plan a sitting."""
    who, now = web.actor(), clock.now()
    form = PlanForm()
    units = orgs.in_reach(who, "sittings:sitting:plan")
    choices = papers.published(who)
    form.org.choices = [(u.public_id, i18n.title_of(u, "name")) for u in units]
    form.paper.choices = paper_choices(choices)
    if form.validate_on_submit():
        org = next(u for u in units if u.public_id == form.org.data)
        paper = next(p for p in choices if p.public_id == form.paper.data)
        try:
            made = planner.plan(who, org, paper, arrangement_of(form), now=now)
        except Refused as error:
            form.deny(error)
        else:
            return web.done(
                gettext("已安排考试场次，请确定监考员和考生名单"),
                url_for("exams_sittings.sitting", sitting_id=made.public_id),
            )
    status = 422 if request.method == "POST" else 200
    if not form.admission.data:
        form.admission.data = str(Admission.PROCTOR)
    return render_template("exams_sittings/plan.html", form=form, papers=choices), status


def paper_choices(papers: Sequence[Paper]) -> list[tuple[str, str]]:
    return [(p.public_id, f"{i18n.title_of(p)} · {i18n.format_day(p.drawn_at)}") for p in papers]


def arrangement_of(form: ArrangementForm) -> Arrangement:
    """What a form says about when, where and how."""
    return Arrangement(
        title=form.title.data or "",
        title_en=form.title_en.data or "",
        doors_open_at=_aware(form.doors_open_at.data),
        starts_at=_aware(form.starts_at.data),
        ends_at=_aware(form.ends_at.data),
        limit_minutes=form.limit_minutes.data or 0,
        admission=Admission(form.admission.data),
        place=form.place.data or "",
    )


def _aware(local: datetime | None) -> datetime:
    if local is None:
        raise Refused.because("TIMES", N_("请填写时间"), status=422)
    return local.replace(tzinfo=clock.SHANGHAI)


@room.page("/sittings/<sitting_id>", "sittings:sitting:list")
def sitting(sitting_id: str) -> str:
    """One sitting: its times, proctors and candidates."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:list")
    now, who = clock.now(), web.actor()
    state, listed = queries.state_of(found, now), queries.candidates_of(found)
    stands = state is not SittingState.CANCELLED
    entries = history.of(found)
    return render_template(
        "exams_sittings/sitting.html",
        sitting=found,
        state=badge(state),
        stands=stands,
        called_off=next((e for e in entries if e.act is SittingAct.CANCELLED), None),
        admission=gettext(ADMISSION_LABELS[found.admission]),
        candidates=[_listed(a, found, now) for a in listed],
        expected=sum(a.state not in DROPPED for a in listed),
        entered=sum(a.state is not AttemptState.WITHDRAWN for a in listed),
        proctors=queries.proctors_of(found),
        history=[told.entry(e) for e in entries],
        may_plan=stands and access.may(who, "sittings:sitting:plan", found),
        may_cancel=stands
        and access.may(who, "sittings:sitting:cancel", found)
        and not any(a.state in STARTED for a in listed),
        before_doors=now < found.doors_open_at,
    )


def _listed(attempt: Attempt, sitting: Sitting, now: datetime) -> dict[str, object]:
    """A candidate as the sitting's page lists him or her, with what can be corrected."""
    act, label = "", ""
    if now < sitting.starts_at and sitting.stage is not SittingStage.CANCELLED:
        if attempt.state in WAITING:
            act, label = "exams_sittings.withdraw", gettext("撤销列入")
        elif attempt.state is AttemptState.WITHDRAWN:
            act, label = "exams_sittings.reenter", gettext("重新列入")
    return {
        "seat": attempt.seat,
        "name": attempt.person.name,
        "org": i18n.title_of(attempt.person.org, "name"),
        "ticket": attempt.ticket_no,
        "state": attempt_badge(attempt.state),
        "act": url_for(act, attempt_id=attempt.public_id) if act else "",
        "act_label": label,
    }


@room.form_page("/sittings/<sitting_id>/proctors", "sittings:sitting:plan")
def proctors(sitting_id: str) -> str | Response:
    """Name the proctors."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:plan")
    choices = planner.proctors_for(found.org)
    back = url_for("exams_sittings.sitting", sitting_id=sitting_id)
    if request.method == "POST":
        wanted = set(request.form.getlist("person"))
        chosen = [p.id for p in choices if p.public_id in wanted]
        planner.name_proctors(web.actor(), found, chosen, now=clock.now())
        return web.done(gettext("已确定监考员"), back)
    named = {p.id for p in queries.proctors_of(found)}
    if (kept := web.kept_form()) is not None:
        web.say_restored()
        wanted = set(kept.getlist("person"))
        named = {p.id for p in choices if p.public_id in wanted}
    return render_template(
        "exams_sittings/proctors.html", sitting=found, choices=choices, named=named
    )


@room.page("/sittings/<sitting_id>/candidates", "sittings:sitting:register")
def candidates(sitting_id: str) -> str:
    """Who may be entered, and who not and why."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:register")
    now = clock.now()
    text = request.args.get("q", "").strip()[:50]
    after = min(request.args.get("after", 0, type=int), _LARGEST)
    people = queries.eligible_pool(found, _STANDINGS, text, after, PAGE + 1)
    more, people = len(people) > PAGE, people[:PAGE]
    verdicts = gate.gates(people, {p.org_id: p.org for p in people}, now)
    rows = [_candidate(p, verdicts[p.id]) for p in people]
    next_url = (
        url_for("exams_sittings.candidates", sitting_id=sitting_id, q=text or None,
                after=people[-1].id) if more else ""
    )  # fmt: skip
    return render_template(
        "exams_sittings/candidates.html",
        sitting=found, rows=rows, text=text, next_url=next_url, after=after,
        ready=sum(bool(verdicts[p.id]) for p in people),
    )  # fmt: skip


def _candidate(person: Person, verdict: Verdict) -> dict[str, object]:
    return {
        "id": person.public_id,
        "name": person.name,
        "org": i18n.title_of(person.org, "name"),
        "eligible": verdict.allowed,
        "reasons": [reason_row(r) for r in verdict.reasons],
        "state": Badge("ok", gettext("可以报考"))
        if verdict
        else Badge("due", gettext("还不能报考")),
    }


def _chosen(sitting: Sitting, public_ids: Sequence[str]) -> list[Person]:
    units = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, sitting.org.path))
    query = (
        sa.select(Person)
        .where(Person.public_id.in_(public_ids), Person.org_id.in_(units))
        .order_by(Person.id)
    )
    return list(db.session.scalars(query))


def _all_eligible(sitting: Sitting, now: datetime) -> list[Person]:
    after, found = 0, list[Person]()
    while people := queries.eligible_pool(sitting, _STANDINGS, "", after, 500):
        verdicts = gate.gates(people, {p.org_id: p.org for p in people}, now)
        found += [p for p in people if verdicts[p.id]]
        after = people[-1].id
    return found


@room.act("/sittings/<sitting_id>/register", "sittings:sitting:register")
def register(sitting_id: str) -> Response:
    """Enter the chosen people, or all who are eligible."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:register")
    now = clock.now()
    everybody = bool(request.form.get("all"))
    chosen = request.form.getlist("person")
    people = _all_eligible(found, now) if everybody else _chosen(found, chosen)
    if not people:
        raise Refused.because("NOBODY", N_("没有选中可以报考的人员"), status=422)
    done = registration.register(web.actor(), found, people, now=now)
    return web.done(
        gettext("已列入 %(n)s 名考生", n=done["registered"]),
        url_for("exams_sittings.sitting", sitting_id=sitting_id),
    )


@room.act("/sittings/<sitting_id>/publish", "sittings:sitting:publish")
def publish(sitting_id: str) -> Response:
    """Publish to the candidates."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:publish")
    planner.publish(web.actor(), found, now=clock.now())
    return web.done(
        gettext("已公布，并已通知考生"), url_for("exams_sittings.sitting", sitting_id=sitting_id)
    )
