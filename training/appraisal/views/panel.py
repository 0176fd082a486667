"""The panel: next person by one key, evidence at a glance, distribution and quota live."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, web
from training.core.attachments import queries as attachments
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import format_hundredths, title_of
from training.people.models import Person

from .. import gate_facts, queries, quota_choice, scores, service, shown
from ..forms import ChoiceForm, GradeForm
from ..models import AnnualAppraisal, AppraisalRound
from ..rules.annual_lifecycle import AnnualState
from ..rules.grade import GRADE_LABELS, Grade
from ..rules.quota import quota_limit
from ..states import GRADED
from . import room
from .rounds import LIST, load_managed, load_round, round_title, round_url
from .sheet import _A, READ, fail_onto, load, score_context

CHOOSE = "appraisal:round:choose"
_GRADE = f"{_A}:grade"


def _order(round_: AppraisalRound) -> list[tuple[str, AnnualState]]:
    """Everybody of the round in the panel's order: by unit and name."""
    query = (
        sa.select(AnnualAppraisal.public_id, AnnualAppraisal.state)
        .join(Person, Person.id == AnnualAppraisal.person_id)
        .where(AnnualAppraisal.round_id == round_.id)
        .order_by(AnnualAppraisal.org_id, Person.pinyin, Person.id)
    )
    return [(ref, AnnualState(state)) for ref, state in db.session.execute(query)]


def _grade_url(ref: str) -> str:
    return url_for("appraisal.grade", appraisal_id=ref)


@room.page("/appraisals/rounds/<round_id>/grade", LIST)
def grade_next(round_id: str) -> BaseResponse:
    """To the first person who waits for a grade; to the round when nobody does."""
    found = load_round(round_id)
    for ref, state in _order(found):
        if state is AnnualState.DOSSIER_REVIEW:
            return web.go(_grade_url(ref))
    return web.done(gettext("现在没有等待评定等次的人"), round_url(found))


def distribution(round_: AppraisalRound) -> list[dict[str, Any]]:
    """How many hold each grade, and how many 优秀 there may be."""
    rows = gate_facts.grade_rows(round_)
    limit = quota_limit(len(rows), scores.value_of(round_, "grade.excellent_quota"))
    return [
        {
            "label": gettext(GRADE_LABELS[g]),
            "n": sum(r.grade is g and r.state in GRADED for r in rows),
            "limit": limit if g is Grade.EXCELLENT else None,
        }
        for g in Grade
    ]


def _bands(round_: AppraisalRound) -> dict[Grade, str]:
    points = scores.value_of(round_, "grade.bands")
    return {
        Grade.EXCELLENT: f"≥ {points['excellent']}",
        Grade.COMPETENT: f"{points['competent']}–{points['excellent']}",
        Grade.BASIC: f"{points['basic']}–{points['competent']}",
        Grade.UNFIT: f"< {points['basic']}",
    }


@room.page("/appraisals/<appraisal_id>/grade", READ)
def grade(appraisal_id: str) -> str:
    """One person before the panel."""
    return _page(load(appraisal_id), None)


@room.act("/appraisals/<appraisal_id>/grade", _GRADE)
def give_grade(appraisal_id: str) -> BaseResponse | tuple[str, int]:
    """The grade on the score that was seen; then on to the next person."""
    found, form = load(appraisal_id, _GRADE), GradeForm()
    form.offer()
    if not form.validate():
        return _page(found, form), 422
    try:
        service.grade(
            web.actor(), found, Grade(form.grade.data), form.reason.data or "",
            seen_total=_seen(form.seen_total.data), now=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        if refused.code not in ("REASON_REQUIRED", "GATE", "CHANGED"):
            raise
        form.deny(refused)
        return _page(found, form), 422
    order = _order(found.round)
    following = _following(order, found)
    name = gettext(GRADE_LABELS[Grade(form.grade.data)])
    return web.done(
        gettext("%(name)s：%(grade)s", name=found.person.name, grade=name),
        _grade_url(following) if following else round_url(found.round),
    )


def _seen(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError:
        return -1


def _following(order: list[tuple[str, AnnualState]], found: AnnualAppraisal) -> str | None:
    """The next who waits for a grade, from this person on and round again."""
    place = [ref for ref, _ in order].index(found.public_id)
    after = [*order[place + 1 :], *order[:place]]
    return next((r for r, s in after if s is AnnualState.DOSSIER_REVIEW), None)


def _page(found: AnnualAppraisal, form: GradeForm | None) -> str:
    round_, sheet, who = found.round, scores.sheet_of(found), web.actor()
    if form is None:
        form = GradeForm()
        form.offer()
        if form.is_blank() and sheet.proposal is not None:
            form.grade.data = str(sheet.proposal.grade)
    form.seen_total.data = str(sheet.annual.total if sheet.annual.total is not None else -1)
    order = _order(round_)
    place = [ref for ref, _ in order].index(found.public_id)
    rows = distribution(round_)
    return render_template(
        "appraisal/grade.html",
        appraisal=found,
        round=round_,
        title=round_title(round_),
        url=round_url(round_),
        org=title_of(found.org, "name"),
        state=shown.state(found.state),
        graded=shown.grade(found.grade) if found.state in GRADED else None,
        months_served=shown.months_text(found.months),
        score=score_context(found, sheet),
        spark=_spark(sheet),
        vetoes=[v for v in queries.vetoes_of(found) if v.withdrawal is None],
        veto_title=shown.veto_title,
        files=attachments.of(who, queries.APPRAISAL, found.public_id),
        form=form,
        bands=_bands(round_),
        place=place + 1,
        everyone=len(order),
        waiting=sum(s is AnnualState.DOSSIER_REVIEW for _, s in order),
        gradable=found.state is AnnualState.DOSSIER_REVIEW and access.may(who, _GRADE, found),
        prev_url=_grade_url(order[place - 1][0]) if place else "",
        next_url=_grade_url(order[place + 1][0]) if place + 1 < len(order) else "",
        distribution=rows,
        most=max([r["n"] for r in rows] + [rows[0]["limit"] or 1, 1]),
        percent=scores.value_of(round_, "grade.excellent_quota"),
    )


def _spark(sheet: scores.Sheet) -> dict[str, Any]:
    """The months as a line: points of an SVG of 110 × 40, and what it shows in words."""
    scored = [(m, sheet.months[m].total) for m in sheet.inputs["months"] if m in sheet.months]
    if len(scored) < 2:
        return {}
    low, high = min(t for _, t in scored), max(t for _, t in scored)
    floor, top = min(low, 6000), max(high, 10000)
    wide = 110 / (len(scored) - 1)
    points = " ".join(
        f"{i * wide:.1f},{38 - 36 * (t - floor) / (top - floor):.1f}"
        for i, (_, t) in enumerate(scored)
    )
    return {"points": points, "low": format_hundredths(low), "high": format_hundredths(high)}


@room.page("/appraisals/rounds/<round_id>/quota", LIST)
def quota(round_id: str) -> str:
    """Where the quota ends, and what the panel chose."""
    return _quota_page(load_round(round_id), None)


@room.act("/appraisals/rounds/<round_id>/quota", CHOOSE)
def choose(round_id: str) -> BaseResponse | tuple[str, int]:
    """Whom the panel chooses among those with the same total."""
    found, form = load_managed(round_id, CHOOSE), ChoiceForm()
    form.offer(_tied(quota_choice.boundary(found)))
    if not form.validate():
        return _quota_page(found, form), 422
    try:
        made = quota_choice.choose(
            web.actor(), found, [int(p) for p in form.chosen.data or ()],
            form.reason.data or "", now=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        fail_onto(form, refused)
        return _quota_page(found, form), 422
    return web.done(
        gettext("小组的选择已登记，%(n)s 人改为称职", n=len(made.yielded)), round_url(found)
    )


def _tied(boundary: quota_choice.Boundary) -> list[Person]:
    return [a.person for p, a in boundary.people.items() if p in boundary.quota.tied]


def _quota_page(found: AppraisalRound, form: ChoiceForm | None) -> str:
    boundary, who = quota_choice.boundary(found), web.actor()
    if form is None:
        form = ChoiceForm()
        form.offer(_tied(boundary))
    held = boundary.quota

    def rows(of: frozenset[int]) -> list[tuple[str, str, str]]:
        return [
            (a.person.name, title_of(a.org, "name"), format_hundredths(a.total))
            for p, a in boundary.people.items()
            if p in of
        ]

    choices = queries.choices_of(found)
    names = queries.names(p for c in choices for p in (*c.tied, *c.yielded, c.actor_id))
    return render_template(
        "appraisal/quota.html",
        round=found,
        title=round_title(found),
        url=round_url(found),
        form=form,
        quota=held,
        exceeded=boundary.exceeded,
        waiting=boundary.waiting,
        may_choose=access.may(who, CHOOSE, found),
        held=rows(held.held),
        admitted=rows(held.admitted),
        tied=rows(held.tied),
        beyond=rows(held.beyond),
        extra=rows(held.extra),
        nobody=not boundary.people,
        choices=[
            {
                "at": c.at, "who": names.get(c.actor_id, ""), "reason": c.reason,
                "chosen": gettext("、").join(names[p] for p in c.chosen),
                "yielded": gettext("、").join(names[p] for p in c.yielded),
            }
            for c in choices
        ],
        percent=scores.value_of(found, "grade.excellent_quota"),
    )  # fmt: skip
