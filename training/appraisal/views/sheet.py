"""A person's sheet: who, how far, every point with its why, both sides, and the next act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, web
from training.core.attachments import queries as attachments
from training.core.errors import Refused
from training.core.i18n import format_hundredths, say, title_of
from training.people.models import Person
from training.proceedings import queries as proceedings

from .. import decisions, gate_facts, outcome, queries, reopening, scores, service, shown, talks
from ..forms import DecisionForm, ReasonForm, RewordForm, ServeForm, TextForm
from ..models import AnnualAppraisal
from ..rules import scoring
from ..rules.annual_lifecycle import ANNUAL_APPRAISAL, DECIDED, DECISIONS
from ..states import OPEN_FOR_DATA
from . import room
from .rounds import round_title, round_url

READ = queries.READ
_A = "appraisal:annual_appraisal"
RECORD = "appraisal:figure:record"
_ONE_STEP = ("close_survey", "review_dossiers", "check_quota", "finalise", "object_publicly")
"""Steps that need nothing but a click."""


def load(appraisal_id: str, permission: str = READ) -> AnnualAppraisal:
    return web.load(
        AnnualAppraisal,
        appraisal_id,
        permission,
        joinedload(AnnualAppraisal.person).joinedload(Person.org),
        joinedload(AnnualAppraisal.org),
    )


def sheet_url(appraisal: AnnualAppraisal, anchor: str = "") -> str:
    url = url_for("appraisal.sheet", appraisal_id=appraisal.public_id)
    return f"{url}#{anchor}" if anchor else url


def score_context(appraisal: AnnualAppraisal, sheet: scores.Sheet) -> dict[str, Any]:
    """The score with its explanation, for the sheet, the panel and one's own page."""
    round_ = appraisal.round
    names = queries.names(shown.recorders(sheet))
    missing = scores.missing_of(sheet)
    proposal = sheet.proposal
    return {
        "months": shown.months(round_, sheet, names),
        "year_rows": shown.year_rows(round_, sheet, names),
        "total": format_hundredths(sheet.annual.total),
        "total_row": {"label": gettext("年度总分"), "value": format_hundredths(sheet.annual.total)},
        "provisional": bool(sheet.annual.missing),
        "missing": shown.missing_rows(round_, missing),
        "notes": [say(n.words) for n in sheet.annual.notes],
        "proposal": shown.grade(proposal.grade) if proposal is not None else None,
        "proposal_lines": [
            {"text": say(x.words), "basis": shown.basis(round_, x.basis)} for x in proposal.lines
        ]
        if proposal is not None
        else [],
        "locked": sum(bool(scoring.missing_gate(s)) for s in sheet.months.values()),
    }


def acts(appraisal: AnnualAppraisal, now: datetime) -> dict[str, list[dict[str, str]]]:
    """What the actor may do in this state, each with the reasons why not yet (gates are judged
    as if the words that a form asks for were there)."""
    who = web.actor()
    facts = decisions.decision_facts(appraisal, who, now, "x")
    found: dict[str, list[dict[str, str]]] = {}
    for (source, action), transition in ANNUAL_APPRAISAL.table.items():
        if source != str(appraisal.state):
            continue
        permission = f"{_A}:decide" if action in DECISIONS else transition.permission
        if permission in access.table() and access.may(who, permission, appraisal):
            verdict = transition.gate(facts) if transition.gate else None
            found[action] = shown.reasons(verdict.reasons) if verdict is not None else []
    return found


def _decision_form(appraisal: AnnualAppraisal, possible: dict[str, Any]) -> DecisionForm:
    form = DecisionForm(formdata=request.form if request.endpoint == "appraisal.decide" else None)
    form.offer([a for a in DECISIONS if a in possible and not possible[a]])
    return form


def page(
    appraisal: AnnualAppraisal, *, opinion: TextForm | None = None,
    decision: DecisionForm | None = None,
) -> str:  # fmt: skip
    """The sheet, with a form that came back."""
    who, now = web.actor(), clock.now()
    round_, sheet = appraisal.round, scores.sheet_of(appraisal)
    events = queries.events_of(appraisal)
    possible = acts(appraisal, now)
    opinion_form = opinion or TextForm(formdata=None)
    opinion_form.text.label.text = gettext("单位意见")
    serve_form = ServeForm(formdata=None)
    serve_form.offer()
    if serve_form.is_blank():
        serve_form.method.data = "site"
    served = proceedings.services_of(queries.APPRAISAL, appraisal.public_id)
    last = queries.last_score(appraisal)
    vetoes = queries.vetoes_of(appraisal)
    withdrawn = [v.withdrawal for v in vetoes if v.withdrawal is not None]
    recorders = [v.recorder_id for v in vetoes] + [w.recorder_id for w in withdrawn]
    names = queries.names([*(last.panel if last else []), *recorders])
    return render_template(
        "appraisal/sheet.html",
        appraisal=appraisal,
        round=round_,
        round_title=round_title(round_),
        round_url=round_url(round_),
        org=title_of(appraisal.org, "name"),
        state=shown.state(appraisal.state),
        grade=shown.grade(appraisal.grade),
        months_served=shown.months_text(appraisal.months),
        steps=shown.steps(appraisal, events),
        events=shown.timeline(events),
        report_event=queries.last_of(events, queries.REPORTED),
        opinion_event=queries.last_of(events, queries.OPINED),
        former_reports=shown.former(events, "correct_self_report"),
        former_opinions=shown.former(events, "correct_unit_opinion"),
        score=score_context(appraisal, sheet),
        acts=possible,
        beyond_quota="check_quota" in possible and gate_facts.beyond_quota(appraisal),
        grade_reason=last.reason if last is not None else "",
        panel_names=[names[p] for p in last.panel if p in names] if last is not None else [],
        consequences=[
            {"text": say(c.words), "basis": shown.basis(round_, c.basis)}
            for c in outcome.consequences_of(appraisal)
        ],
        vetoes=[
            {
                "number": number, "title": shown.veto_title(v.act), "evidence": v.evidence,
                "who": names.get(v.recorder_id, ""), "at": v.at, "withdrawal": v.withdrawal,
                "withdrawn_by": names.get(v.withdrawal.recorder_id, "") if v.withdrawal else "",
            }
            for number, v in enumerate(vetoes, 1)
        ],
        served=served,
        objections=proceedings.objections_of(queries.APPRAISAL, appraisal.public_id),
        notices=proceedings.notices_of(queries.APPRAISAL, appraisal.public_id),
        talks=queries.talks_of(appraisal),
        talk_due=appraisal.grade in talks.TALKED and appraisal.state not in OPEN_FOR_DATA,
        may_talk=access.may(who, "appraisal:talk:record", appraisal)
        and who.person_id != appraisal.person_id,
        writable=appraisal.state in OPEN_FOR_DATA
        and who.person_id != appraisal.person_id
        and access.may(who, RECORD, appraisal),
        may_months=appraisal.state in OPEN_FOR_DATA
        and access.may(who, f"{_A}:correct_months", appraisal),
        may_print=access.may(who, "appraisal:annual:print", appraisal),
        is_own=who.person_id == appraisal.person_id,
        files=attachments.of(who, queries.APPRAISAL, appraisal.public_id),
        opinion_form=opinion_form,
        serve_form=serve_form,
        decision_form=decision or _decision_form(appraisal, possible),
        decisions=[a for a in DECISIONS if a in possible],
        decided=appraisal.state in DECIDED,
        decision=queries.last_of(events, DECISIONS),
        one_step=[a for a in _ONE_STEP if a in possible],
        labels={t.action: gettext(t.label) for t in ANNUAL_APPRAISAL.transitions},
    )  # fmt: skip


@room.page("/appraisals/<appraisal_id>", READ)
def sheet(appraisal_id: str) -> str:
    """One person's appraisal."""
    return page(load(appraisal_id))


@room.act("/appraisals/<appraisal_id>/opinion", f"{_A}:give_unit_opinion")
def give_opinion(appraisal_id: str) -> BaseResponse | tuple[str, int]:
    found, form = load(appraisal_id, f"{_A}:give_unit_opinion"), TextForm()
    if not form.validate():
        return page(found, opinion=form), 422
    service.give_unit_opinion(web.actor(), found, form.text.data or "", now=clock.now())
    return web.done(gettext("单位意见已登记"), sheet_url(found))


@room.form_page("/appraisals/<appraisal_id>/opinion/correct", f"{_A}:correct_unit_opinion")
def correct_opinion(appraisal_id: str) -> Any:
    """Correct the unit's opinion by a further entry."""
    found = load(appraisal_id, f"{_A}:correct_unit_opinion")
    return reword(
        found, service.correct_unit_opinion, found.unit_opinion, gettext("单位意见"),
        gettext("更正单位意见"), gettext("单位意见已更正，已通知本人"), sheet_url(found),
    )  # fmt: skip


def reword(
    found: AnnualAppraisal, correct: Callable[..., object], former: str, label: str, title: str,
    done: str, url: str,
) -> Any:  # fmt: skip
    """The page on which somebody corrects what they wrote (``former``), and the correction."""
    form = RewordForm()
    form.text.label.text = label
    if form.is_blank():
        form.text.data = former
    elif form.validate_on_submit():
        text, reason = form.text.data or "", form.note.data or ""
        try:
            correct(web.actor(), found, text, reason, now=clock.now())
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(done, url)
    rendered = render_template(
        "appraisal/reword.html", form=form, appraisal=found, title=title, url=url,
        round_title=round_title(found.round),
    )  # fmt: skip
    return (rendered, 422) if form.is_submitted() else rendered


def _reasoned(
    appraisal_id: str, action: str, act: Callable[..., object], done: str
) -> BaseResponse:
    """A step on the sheet that takes a reason and nothing else."""
    found, form = load(appraisal_id, f"{_A}:{action}"), ReasonForm()
    form.validate()
    act(web.actor(), found, form.reason.data or "", now=clock.now())
    return web.done(done, sheet_url(found))


@room.act("/appraisals/<appraisal_id>/skip-report", f"{_A}:skip_self_report")
def skip_report(appraisal_id: str) -> BaseResponse:
    return _reasoned(
        appraisal_id, "skip_self_report", service.skip_self_report, gettext("已登记逾期未述职")
    )


@room.act("/appraisals/<appraisal_id>/close-survey", f"{_A}:close_survey")
def close_survey(appraisal_id: str) -> BaseResponse:
    found = load(appraisal_id, f"{_A}:close_survey")
    service.close_survey(web.actor(), found, now=clock.now())
    return web.done(gettext("测评已结束"), sheet_url(found))


@room.act("/appraisals/<appraisal_id>/review-dossiers", f"{_A}:review_dossiers")
def review_dossiers(appraisal_id: str) -> BaseResponse:
    found = load(appraisal_id, f"{_A}:review_dossiers")
    service.review_dossiers(web.actor(), found, now=clock.now())
    return web.done(gettext("卷宗评查已完成，可以评定等次"), sheet_url(found))


@room.act("/appraisals/<appraisal_id>/reopen-survey", f"{_A}:reopen_survey")
def reopen_survey(appraisal_id: str) -> BaseResponse:
    return _reasoned(
        appraisal_id, "reopen_survey", service.reopen_survey, gettext("已退回重新测评")
    )


@room.act("/appraisals/<appraisal_id>/reopen-dossiers", f"{_A}:reopen_dossiers")
def reopen_dossiers(appraisal_id: str) -> BaseResponse:
    return _reasoned(
        appraisal_id, "reopen_dossiers", service.reopen_dossiers, gettext("已退回重新评查卷宗")
    )


@room.act("/appraisals/<appraisal_id>/reopen-grade", f"{_A}:reopen_grade")
def reopen_grade(appraisal_id: str) -> BaseResponse:
    return _reasoned(
        appraisal_id, "reopen_grade", reopening.reopen_grade, gettext("已退回考核小组重新评定")
    )


@room.act("/appraisals/<appraisal_id>/check-quota", f"{_A}:check_quota")
def check_quota(appraisal_id: str) -> BaseResponse:
    found = load(appraisal_id, f"{_A}:check_quota")
    service.check_quota(web.actor(), found, now=clock.now())
    return web.done(gettext("名额已核定"), sheet_url(found))


@room.act("/appraisals/<appraisal_id>/regrade", f"{_A}:regrade")
def regrade(appraisal_id: str) -> BaseResponse:
    return _reasoned(appraisal_id, "regrade", service.regrade, gettext("已退回考核小组重新评定"))


def fail_onto(form: Any, refused: Refused) -> None:
    """A refusal about what was typed goes on the form; others have a page of their own."""
    if refused.status != 422:
        raise refused
    form.deny(refused)
