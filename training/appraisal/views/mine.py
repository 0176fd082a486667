"""My own appraisal, for the phone: how far it is, every point in plain words, what I can do."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web, workdays
from training.core.attachments import queries as attachments
from training.core.errors import Refused
from training.core.i18n import say, title_of
from training.proceedings import queries as proceedings
from training.proceedings.rules.notice import window_after

from .. import gate_facts, outcome, queries, scores, service, shown
from ..forms import TextForm
from ..models import AnnualAppraisal
from ..rules.annual_lifecycle import ANNUAL_APPRAISAL, DECISIONS, AnnualState
from ..states import FINAL, GRADED
from . import room
from .rounds import round_title
from .sheet import _A, load, reword, score_context

_S = AnnualState


def _url() -> str:
    return url_for("appraisal.mine")


def _next(appraisal: AnnualAppraisal, last_day: str) -> str:
    """What happens next, in plain words."""
    words = {
        _S.OPENED: gettext("请写述职：这一年做了什么、哪些做得好、哪些没做好。"),
        _S.SELF_REPORT: gettext("述职已收到，接下来由单位评议。"),
        _S.UNIT_OPINION: gettext("单位已评议，正在汇总群众满意度和同行评议。"),
        _S.SURVEY: gettext("正在评查卷宗，之后由考核小组评定等次。"),
        _S.DOSSIER_REVIEW: gettext("材料已齐，等待考核小组评定等次。"),
        _S.PANEL_GRADE: gettext("考核小组已评定，正在核定名额，核定后送达您本人。"),
        _S.QUOTA_CHECK: gettext("等次即将送达您本人。"),
        _S.PUBLIC_NOTICE: gettext("您拟评为优秀，正在公示，期满没有异议即送达您本人。"),
        _S.SERVED: gettext(
            "等次已送达。请看每一分的来历；没有异议的可以认可，有异议的最迟 %(day)s 提出。",
            day=last_day,
        ),
        _S.OBJECTION: gettext("异议已收到，由没有参加评定的人复核，结果会送达您。"),
        _S.REVIEW: gettext("异议正在复核。"),
        _S.FINALISED: gettext("等次已确定，接下来由分管领导作出聘用决定。"),
        _S.RENEW: gettext("考核已办结：继续聘任。"),
        _S.RENEW_WITH_TRAINING: gettext("考核已办结：继续聘任，并须完成补训。"),
        _S.SUSPEND_AND_RETRAIN: gettext("考核已办结：暂停派案，重新培训并考试。"),
        _S.EXIT_REVIEW: gettext("已启动退出审查。审查中您可以陈述和申辩，作出决定前会通知您。"),
    }  # fmt: skip
    return str(words[appraisal.state])


def _view(appraisal: AnnualAppraisal) -> dict[str, Any]:
    now = clock.now()
    round_, sheet = appraisal.round, scores.sheet_of(appraisal)
    events = queries.events_of(appraisal)
    served = proceedings.services_of(queries.APPRAISAL, appraisal.public_id)
    calendar = workdays.calendar()
    window = (
        window_after(served[0].served_on, scores.value_of(round_, "appeal.window"), calendar)
        if served
        else None
    )
    report = window_after(
        round_.called_on, scores.value_of(round_, "annual.self_report_workdays"), calendar
    )
    facts = gate_facts.facts_of(appraisal, web.actor(), now, "x")
    told = appraisal.state in GRADED and bool(served)
    last = queries.last_score(appraisal)
    last_day = window.last_day if window is not None else None
    return {
        "appraisal": appraisal,
        "round": round_,
        "title": round_title(round_),
        "org": title_of(appraisal.org, "name"),
        "state": shown.state(appraisal.state),
        "grade": shown.grade(appraisal.grade) if told else None,
        "grade_reason": last.reason if told and last is not None else "",
        "next": _next(appraisal, shown.day(last_day)),
        "steps": shown.steps(appraisal, events, names=False),
        "events": shown.timeline(events, names=False),
        "score": score_context(appraisal, sheet),
        "months_served": shown.months_text(appraisal.months),
        "report_last_day": report.last_day,
        "last_day": last_day,
        "served": served[0] if served else None,
        "objections": proceedings.objections_of(queries.APPRAISAL, appraisal.public_id),
        "may_report": bool(ANNUAL_APPRAISAL.judge(appraisal.state, "submit_self_report", facts)),
        "may_correct_report": bool(
            ANNUAL_APPRAISAL.judge(appraisal.state, "correct_self_report", facts)
        ),
        "former_reports": shown.former(events, "correct_self_report"),
        "former_opinions": shown.former(events, "correct_unit_opinion"),
        "decision": queries.last_of(events, DECISIONS),
        "may_accept": appraisal.state is _S.SERVED and appraisal.accepted_at is None,
        "may_object": bool(ANNUAL_APPRAISAL.judge(appraisal.state, "object", facts)),
        "consequences": [say(c.words) for c in outcome.consequences_of(appraisal)] if told else [],
        "files": attachments.of(web.actor(), queries.APPRAISAL, appraisal.public_id),
        "talks": queries.talks_of(appraisal),
    }


def _page(form: TextForm, appraisal: AnnualAppraisal | None = None) -> str:
    held = queries.own(current_user.person.id)
    now_shown = appraisal or (held[0] if held else None)
    form.text.label.text = gettext("述职报告")
    form.text.description = gettext("写这一年的主要工作、成效、不足和打算，用自己的话写就好")
    return render_template(
        "appraisal/mine.html",
        view=_view(now_shown) if now_shown is not None else None,
        earlier=[
            {
                "title": round_title(a.round),
                "url": url_for("appraisal.sheet", appraisal_id=a.public_id),
                "state": shown.grade(a.grade)
                if a.state in FINAL and a.grade
                else shown.state(a.state),
            }
            for a in held
            if now_shown is not None and a.id != now_shown.id
        ],
        form=form,
    )


@room.page("/my/appraisal", queries.OWN)
def mine() -> str:
    """My appraisal of this year, and the earlier ones."""
    return _page(TextForm(formdata=None))


@room.act("/my/appraisal/<appraisal_id>/report", f"{_A}:submit_self_report")
def submit_report(appraisal_id: str) -> BaseResponse | tuple[str, int]:
    found, form = load(appraisal_id, f"{_A}:submit_self_report"), TextForm()
    if not form.validate():
        return _page(form, found), 422
    service.submit_self_report(web.actor(), found, form.text.data or "", now=clock.now())
    return web.done(gettext("述职已提交"), _url())


@room.form_page("/my/appraisal/<appraisal_id>/report/correct", f"{_A}:correct_self_report")
def correct_report(appraisal_id: str) -> Any:
    """Correct my report by a further entry."""
    found = load(appraisal_id, f"{_A}:correct_self_report")
    return reword(
        found, service.correct_self_report, found.self_report, gettext("述职报告"),
        gettext("更正述职"), gettext("述职已更正"), _url(),
    )  # fmt: skip


@room.act("/my/appraisal/<appraisal_id>/accept", f"{_A}:accept")
def accept(appraisal_id: str) -> BaseResponse:
    found = load(appraisal_id, f"{_A}:accept")
    outcome.accept(web.actor(), found, now=clock.now())
    return web.done(gettext("您已认可等次"), _url())


@room.form_page("/my/appraisal/<appraisal_id>/object", f"{_A}:object")
def object_(appraisal_id: str) -> Any:
    """Object to the grade, in time and with reasons."""
    found, form = load(appraisal_id, f"{_A}:object"), TextForm()
    form.text.label.text = gettext("异议的事实和理由")
    form.text.description = gettext("写明哪一项、哪个月不对，应当是多少，有什么依据")
    if form.validate_on_submit():
        try:
            outcome.object_to_grade(web.actor(), found, form.text.data or "", now=clock.now())
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED", "LATE"):
                raise
            form.deny(refused)
        else:
            return web.done(gettext("异议已提交，由没有参加评定的人复核"), _url())
    page = render_template("appraisal/object.html", form=form, view=_view(found))
    return (page, 422) if form.is_submitted() else page
