"""After the grade: notice, service, the final grade, the decision, talks, the list of results."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, sheets, web
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import as_typed, chinese, format_hundredths, plain_date, title_of
from training.core.rules.words import N_, Words
from training.proceedings.rules.lifecycle import Method

from .. import decisions, following, outcome, queries, shown, talks
from ..forms import NoticeForm, ReplaceDecisionForm, ServeForm, TalkForm
from ..models import AnnualAppraisal, AppraisalRound, AppraisalTalk
from ..rules.annual_lifecycle import ANNUAL_STATE_LABELS, DECIDED, DECISIONS, AnnualState
from ..rules.grade import GRADE_LABELS, Grade
from . import room
from .rounds import ADVANCE, load_managed, round_title
from .sheet import _A, _decision_form, acts, fail_onto, load, page, sheet_url

RESULTS = "appraisal:round:results"


def _proposed(round_: AppraisalRound) -> list[AnnualAppraisal]:
    """Those who would be named: graded 优秀, within the quota."""
    return queries.people_of(
        round_, web.actor(), AnnualAppraisal.state == AnnualState.QUOTA_CHECK,
        AnnualAppraisal.grade == Grade.EXCELLENT,
    )  # fmt: skip


@room.page("/appraisals/rounds/<round_id>/notice", ADVANCE)
def to_publish(round_id: str) -> str:
    """Who would be named in the public notice, and its words."""
    found = load_managed(round_id, ADVANCE)
    form, people = NoticeForm(), _proposed(found)
    if form.is_blank():
        form.title.data = chinese(outcome.notice_title(found))
        form.body.data = chinese(
            Words(
                N_(
                    "经考核，%(names)s %(year)s 年度考核拟评为优秀，现予公示。"
                    "公示期内如有异议，请向受理部门反映。"
                ),
                {"names": "、".join(a.person.name for a in people), "year": found.year},
            )
        )
    return _notice_page(found, form, people)


def _notice_page(found: AppraisalRound, form: NoticeForm, people: list[AnnualAppraisal]) -> str:
    return render_template(
        "appraisal/notice.html",
        round=found,
        title=round_title(found),
        form=form,
        people=[
            (a.person.name, title_of(a.org, "name"), format_hundredths(a.total)) for a in people
        ],
        workdays=found.policies["public_notice.workdays"]["value"],
    )


@room.act("/appraisals/rounds/<round_id>/notice", f"{_A}:publish")
def publish(round_id: str) -> BaseResponse | tuple[str, int]:
    """One public notice of all who are proposed for 优秀."""
    found, form = load_managed(round_id, f"{_A}:publish"), NoticeForm()
    people = _proposed(found)
    if not form.validate():
        return _notice_page(found, form, people), 422
    try:
        made = outcome.publish(
            web.actor(), found, as_typed(form.title.data or "", outcome.notice_title(found)), form.body.data or "",
            receiving_office=form.office.data or "", telephone=form.telephone.data or "",
            now=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        fail_onto(form, refused)
        return _notice_page(found, form, people), 422
    return web.done(
        gettext("已公示 %(n)s 人", n=len(people)),
        url_for("proceedings.public_notice", notice_id=made.public_id),
    )


@room.act("/appraisals/<appraisal_id>/serve", f"{_A}:serve")
def serve(appraisal_id: str) -> BaseResponse:
    found, form = load(appraisal_id, f"{_A}:serve"), ServeForm()
    form.offer()
    method = Method(form.method.data) if form.validate() else Method.SITE
    outcome.serve(web.actor(), found, method, now=clock.now())
    return web.done(gettext("等次已送达本人"), sheet_url(found))


@room.act("/appraisals/<appraisal_id>/public-objection", f"{_A}:object_publicly")
def object_publicly(appraisal_id: str) -> BaseResponse:
    found = load(appraisal_id, f"{_A}:object_publicly")
    outcome.register_public_objection(web.actor(), found, now=clock.now())
    return web.done(gettext("已登记公示异议，事项暂停"), sheet_url(found))


@room.act("/appraisals/<appraisal_id>/finalise", f"{_A}:finalise")
def finalise(appraisal_id: str) -> BaseResponse:
    found = load(appraisal_id, f"{_A}:finalise")
    outcome.finalise(web.actor(), found, now=clock.now())
    return web.done(gettext("等次已确定"), sheet_url(found))


@room.act("/appraisals/<appraisal_id>/decide", f"{_A}:decide")
def decide(appraisal_id: str) -> BaseResponse | tuple[str, int]:
    """The decision by another person than those who graded."""
    found = load(appraisal_id, f"{_A}:decide")
    form = _decision_form(found, acts(found, clock.now()))
    if not form.action.choices:
        # Nothing can be decided: the verb says why, with who and when.
        decisions.decide(
            web.actor(), found, request.form.get("action", "renew"), "x", now=clock.now()
        )
    if not form.validate():
        return page(found, decision=form), 422
    decisions.decide(web.actor(), found, form.action.data, form.reason.data or "", now=clock.now())
    return web.done(gettext("聘用决定已作出"), sheet_url(found))


@room.form_page("/appraisals/<appraisal_id>/decision", f"{_A}:decide")
def replace_decision(appraisal_id: str) -> Any:
    """Another decision in the place of the one made, or why it may not be replaced any more."""
    found = load(appraisal_id, f"{_A}:decide")
    if found.state not in DECIDED:
        return web.go(sheet_url(found))
    possible, form = acts(found, clock.now()), ReplaceDecisionForm()
    form.offer([a for a in DECISIONS if a in possible and not possible[a]])
    made = decisions.decisions_of(found)
    if form.is_blank():
        form.seen.data = str(len(made))
    elif form.validate_on_submit():
        decisions.replace_decision(
            web.actor(), found, form.action.data, form.reason.data or "",
            _number(form.seen.data), now=clock.now(),
        )  # fmt: skip
        return web.done(gettext("聘用决定已更正，已通知本人"), sheet_url(found))
    refused = shown.reasons(following.of(found).reasons)
    if not form.action.choices:
        refused = possible.get(DECISIONS[0], [])
    rendered = render_template(
        "appraisal/decision.html", form=form, appraisal=found, url=sheet_url(found),
        round_title=round_title(found.round), decision=made[-1],
        state=shown.state(found.state), refused=refused,
    )  # fmt: skip
    return (rendered, 422) if form.is_submitted() else rendered


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else -1


@room.form_page("/appraisals/<appraisal_id>/talk", "appraisal:talk:record")
def talk(appraisal_id: str) -> Any:
    """Write down a talk, or correct a record by a further one."""
    found = load(appraisal_id, "appraisal:talk:record")
    corrects = None
    if request.args.get("corrects"):
        corrects = db.session.scalar(
            sa.select(AppraisalTalk).where(
                AppraisalTalk.public_id == request.args["corrects"],
                AppraisalTalk.appraisal_id == found.id,
            )
        )
    form = TalkForm()
    if form.is_blank():
        form.held_at.data = clock.local(corrects.held_at if corrects else clock.now())
        if corrects is not None:
            form.place.data, form.participants.data = corrects.place, corrects.participants_text
            form.content.data, form.words.data = corrects.content, corrects.words
    elif form.validate_on_submit():
        try:
            talks.record_talk(
                web.actor(), found, form.talk(), corrects=corrects, note=form.note.data or "",
                now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            fail_onto(form, refused)
        else:
            return web.done(gettext("谈话已登记"), sheet_url(found, "talks"))
    rendered = render_template(
        "appraisal/talk.html", appraisal=found, form=form, corrects=corrects,
        url=sheet_url(found), title=round_title(found.round),
    )  # fmt: skip
    return (rendered, 422) if form.is_submitted() else rendered


@room.page("/appraisals/rounds/<round_id>/results.xlsx", RESULTS)
def results(round_id: str) -> Response:
    """The results as a sheet one would hand in; never public."""
    found = load_managed(round_id, RESULTS)
    people = queries.people_of(found, web.actor())
    rows = [
        {
            "number": a.person.mediator_no, "name": a.person.name,
            "org": title_of(a.org, "name"), "months": len(a.months), "total": a.total,
            "grade": gettext(GRADE_LABELS[a.grade]) if a.grade else "",
            "state": gettext(ANNUAL_STATE_LABELS[a.state]),
        }
        for a in people
    ]  # fmt: skip
    title = gettext(
        "%(org)s%(year)s 年度考核结果", org=title_of(found.org, "name"), year=found.year
    )
    sheet = sheets.Sheet(
        title,
        (
            sheets.Column("number", gettext("人员编号"), width=16),
            sheets.Column("name", gettext("姓名"), width=12),
            sheets.Column("org", gettext("所在机构"), width=32),
            sheets.Column("months", gettext("在岗月数"), sheets.Kind.NUMBER, 10),
            sheets.Column("total", gettext("总分"), sheets.Kind.HUNDREDTHS, 10),
            sheets.Column("grade", gettext("等次"), width=12),
            sheets.Column("state", gettext("进度"), width=18),
        ),
        rows,
        left=title_of(found.org, "name"),
        right=plain_date(clock.now()),
        foot=(gettext("共 %(n)s 人；内部使用，不得公开", n=len(rows)),),
    )
    return sheets.download(sheets.write(sheet), title)
