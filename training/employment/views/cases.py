"""For officers: one applicant, and the list of all."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, files, lists, web
from training.core.i18n import title_of
from training.core.rules.permission import Actor
from training.people.rules.person import EDUCATION_LABELS
from training.proceedings import queries as proceedings

from .. import case_lists, queries, selection, shown
from ..forms import CheckForm, FindingForm
from ..models import RecruitmentCase
from ..rules.eligibility import (
    NEGATIVE_LABELS,
    PREFERENCE_LABELS,
    QUALITY_LABELS,
    Negative,
    Preference,
    Quality,
)
from ..rules.recruitment import RECRUITMENT, RECRUITMENT_STATE_LABELS, RecruitmentState
from ..rules.recruitment_gates import ROUTE_LABELS
from ..selection import Found
from . import room

LIST = "employment:case:list"
_S = RecruitmentState
_NEEDS_REASON = "x"
"""A reason that is not given yet, so that a page can show whether the rest of a gate is open."""


@room.page("/employment/cases", LIST)
def cases() -> str:
    """All applicants within reach."""
    who, base = web.actor(), url_for("employment.cases")
    applied = lists.apply(case_lists.FILTERS, request.args, base)
    page = case_lists.case_page(who, applied, request.args)
    counts = case_lists.case_counts(who)
    rows = [
        {
            "name": c.person.name,
            "url": url_for("employment.case", case_id=c.public_id),
            "opening": title_of(c.opening),
            "org": title_of(c.org, "name"),
            "points": f"{c.points / 100:g}",
            "applied": clock.local(c.applied_at).date().isoformat(),
            "state": shown.state(c.state),
        }
        for c in page.rows
    ]
    return render_template(
        "employment/cases.html",
        applied=applied,
        rows=rows,
        page=page,
        total=case_lists.case_total(who, applied),
        counts=counts,
        states=[
            (str(s), gettext(w))
            for s, w in RECRUITMENT_STATE_LABELS.items()
            if s not in (_S.DRAFT, _S.PLAN_APPROVED, _S.OPEN, _S.SUSPENDED)
        ],
    )


def _loaded(case_id: str, permission: str) -> tuple[Actor, RecruitmentCase]:
    return web.actor(), web.load(RecruitmentCase, case_id, permission)


def _acts(case: RecruitmentCase, actor: Actor) -> dict[str, list[dict[str, str]] | None]:
    """What this officer can do now: the gate's reasons by action (empty: open)."""
    facts = queries.facts_of(case, actor, clock.now(), _NEEDS_REASON)
    table, found = access.table(), dict[str, list[dict[str, str]] | None]()

    def held(permission: str) -> bool:
        return permission in table and access.may(actor, permission, case)

    for transition, verdict in RECRUITMENT.available(queries.state_of(case), held, facts):
        found[transition.action] = shown.reasons(verdict.reasons)
    return found


def _page(case: RecruitmentCase, finding_form: FindingForm, check_form: CheckForm) -> str:
    who, today = web.actor(), clock.today()
    events, finding = queries.events_of(case), queries.finding_of(case)
    eligibility = queries.eligibility_of(case, today)
    points, _ = queries.points_of(case, finding)
    scores = queries.scores_of(case)
    check = queries.check_of(case)
    person: Any = case.person
    seen_by_hr = access.may(who, "employment:recruitment:check", case)
    return render_template(
        "employment/case.html",
        case=case,
        state=shown.state(queries.state_of(case)),
        steps=shown.steps(case, events, names=True),
        events=shown.timeline(events, names=True),
        education=gettext(EDUCATION_LABELS[person.education]),
        route=gettext(ROUTE_LABELS[case.route]),
        skills=[gettext(PREFERENCE_LABELS[Preference(s)]) for s in case.skills],
        negatives=[gettext(NEGATIVE_LABELS[n]) for n in sorted(case.negatives)],
        paper=files.link(case.recommendation) if case.recommendation else "",
        qualities=[(gettext(QUALITY_LABELS[q]), found) for q, found in shown.quality_rows(finding)],
        finding=finding,
        reasons=shown.reasons(eligibility.verdict.reasons),
        warnings=shown.reasons(eligibility.warnings),
        points=points,
        point_lines=shown.point_lines(points),
        scores=list(scores.values()),
        mean=queries.mean_score(scores.values()),
        check=check,
        check_note=check.note if check is not None and seen_by_hr else "",
        notices=proceedings.notices_of(queries.CASE, case.public_id),
        window=queries.notice_window(case),
        objections=proceedings.objections_of(queries.CASE, case.public_id),
        acts=_acts(case, who),
        in_review=queries.state_of(case) in (_S.APPLIED, _S.QUALIFICATION_REVIEW),
        finding_form=finding_form,
        check_form=check_form,
    )


def _finding_form(case: RecruitmentCase) -> FindingForm:
    form = FindingForm(formdata=request.form if request.endpoint == "employment.assess" else None)
    form.offer()
    if form.is_blank():
        held = queries.finding_of(case)
        for quality, found in shown.quality_rows(held):
            form[str(quality)].data = None if found is None else str(int(found))
        form.citizen.data = str(int(held.citizen)) if held else None
        form.negatives.data = [str(n) for n in (held or case).negatives]
        form.skills.data = list((held or case).skills)
        form.note.data = held.note if held else ""
    return form


def _check_form() -> CheckForm:
    form = CheckForm(formdata=request.form if request.endpoint == "employment.check" else None)
    form.offer()
    return form


def _back(case: RecruitmentCase) -> str:
    return url_for("employment.case", case_id=case.public_id)


@room.page("/employment/cases/<case_id>", LIST)
def case(case_id: str) -> str:
    """One applicant: what was stated, found, scored, checked, and what can be done."""
    _, found = _loaded(case_id, LIST)
    return _page(found, _finding_form(found), _check_form())


@room.act("/employment/cases/<case_id>/assess", "employment:recruitment:begin_review")
def assess(case_id: str) -> BaseResponse | tuple[str, int]:
    """Record the findings."""
    who, found = _loaded(case_id, "employment:recruitment:begin_review")
    form = _finding_form(found)
    if not form.validate():
        return _page(found, form, _check_form()), 422
    judged = Found(
        qualities={q: form[str(q)].data == "1" for q in Quality},
        citizen=form.citizen.data == "1",
        negatives=form.chosen_negatives(),
        skills=tuple(Preference(s) for s in form.skills.data or ()),
        note=form.note.data or "",
    )
    selection.find(who, found, judged, now=clock.now())
    return web.done(gettext("审查结论已登记，请核对后作出决定"), _back(found))


@room.act("/employment/cases/<case_id>/shortlist", "employment:recruitment:shortlist")
def shortlist(case_id: str) -> BaseResponse:
    who, found = _loaded(case_id, "employment:recruitment:shortlist")
    selection.shortlist(who, found, request.form.get("reason", ""), now=clock.now())
    return web.done(gettext("资格审查通过"), _back(found))


@room.act("/employment/cases/<case_id>/reject", "employment:recruitment:reject")
def reject(case_id: str) -> BaseResponse:
    who, found = _loaded(case_id, "employment:recruitment:reject")
    selection.reject(who, found, request.form.get("reason", ""), now=clock.now())
    return web.done(gettext("已作出不予通过的决定，并送达本人"), _back(found))


@room.act("/employment/cases/<case_id>/reconsider", "employment:recruitment:reconsider")
def reconsider(case_id: str) -> BaseResponse:
    """Take a step back that was taken in error."""
    who, found = _loaded(case_id, "employment:recruitment:reconsider")
    selection.reconsider(who, found, request.form.get("reason", ""), now=clock.now())
    return web.done(gettext("已退回重新办理"), _back(found))


@room.act("/employment/cases/<case_id>/pass", "employment:recruitment:pass_interview")
def pass_interview(case_id: str) -> BaseResponse:
    who, found = _loaded(case_id, "employment:recruitment:pass_interview")
    selection.pass_interview(who, found, now=clock.now())
    return web.done(gettext("面试通过，进入考察"), _back(found))


@room.act("/employment/cases/<case_id>/check", "employment:recruitment:check")
def check(case_id: str) -> BaseResponse | tuple[str, int]:
    who, found = _loaded(case_id, "employment:recruitment:check")
    form = _check_form()
    if not form.validate():
        return _page(found, _finding_form(found), form), 422
    negatives = [Negative(n) for n in form.negatives.data or ()]
    selection.check(who, found, negatives, form.note.data or "", now=clock.now())
    return web.done(gettext("考察结果已登记"), _back(found))


@room.act("/employment/cases/<case_id>/propose", "employment:recruitment:propose")
def propose(case_id: str) -> BaseResponse:
    who, found = _loaded(case_id, "employment:recruitment:propose")
    selection.propose(who, found, now=clock.now())
    return web.done(gettext("已列为拟聘人选，等待公示"), _back(found))


@room.act("/employment/cases/<case_id>/confirm", "employment:recruitment:confirm")
def confirm(case_id: str) -> BaseResponse:
    who, found = _loaded(case_id, "employment:recruitment:confirm")
    selection.confirm(who, found, now=clock.now())
    return web.done(
        gettext("已确定，人员编号 %(n)s，已进入岗前培训", n=found.person.mediator_no), _back(found)
    )
