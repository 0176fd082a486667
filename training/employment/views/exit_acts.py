"""What is done in an exit review by officers, the panel and the approver."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, web
from training.core.db import Model, db
from training.core.errors import Refused

from .. import exit_closing, exit_decisions, exit_shown, exits
from ..exit_forms import (
    CorrectForm,
    CorrectLineForm,
    DecisionForm,
    EnterStatementForm,
    EvidenceForm,
    LineForm,
    OpinionForm,
    PapersForm,
    ReturnForm,
    ServeForm,
    WhyForm,
)
from ..exit_models import ExitEvent, ExitEvidence, ExitReview, HandoverLine
from ..exits import EVIDENCE, Evidence
from ..forms import PanelForm
from ..rules.exit_evidence import EvidenceKind
from . import room
from .exits import page, panel_people, url

_P = "employment:exit_review:"
_SHOWN_IN_PLACE = ("GATE", "REASON_REQUIRED", "PANEL", "SELF", "SAME_PERSON", "NO_RECORD", "PAPER")
Answer = BaseResponse | tuple[str, int]


def _load(exit_id: str, action: str) -> ExitReview:
    return web.load(ExitReview, exit_id, _P + action)


def _in_place(form: Any, refused: Refused) -> None:
    """Put a gate's reasons on the form; other refusals have a page of their own."""
    if refused.code not in _SHOWN_IN_PLACE or refused.status == 403:
        raise refused
    form.deny(refused)


def _part(model: type[Model], review: ExitReview, public_id: str) -> Any:
    """A record of this review by its public id, else 404."""
    columns: Any = model
    found = db.session.scalar(
        sa.select(columns).where(columns.public_id == public_id, columns.review_id == review.id)
    )
    if found is None:
        abort(404)
    return found


def _form_page(form: Any, review: ExitReview, title: str, hint: str = "", back: str = "") -> Any:
    shown = render_template(
        "employment/exit_form.html", form=form, name=review.person.name, title=title, hint=hint,
        back=back or url(review),
    )  # fmt: skip
    return (shown, 422) if form.is_submitted() else shown


@room.form_page("/employment/exits/<exit_id>/evidence", EVIDENCE)
def add_evidence(exit_id: str) -> Any:
    """A further line of evidence."""
    review, form = web.load(ExitReview, exit_id, EVIDENCE), EvidenceForm()
    if form.validate_on_submit():
        line = Evidence(EvidenceKind.STATEMENT, form.text.data or "")
        exits.add_evidence(web.actor(), review, line, now=clock.now())
        return web.done(gettext("材料已补充，请送达本人"), url(review))
    return _form_page(
        form, review, gettext("补充材料"), gettext("材料补充后须送达本人，本人可以再陈述。")
    )


@room.form_page("/employment/exits/<exit_id>/evidence/<evidence_id>", EVIDENCE)
def correct_evidence(exit_id: str, evidence_id: str) -> Any:
    """Correct a line of evidence by a further one."""
    review, form = web.load(ExitReview, exit_id, EVIDENCE), CorrectForm()
    line = _part(ExitEvidence, review, evidence_id)
    if form.validate_on_submit():
        exits.correct_evidence(
            web.actor(), review, line, form.text.data or "", form.why.data or "", now=clock.now()
        )
        return web.done(gettext("材料已更正，请重新送达本人"), url(review))
    if form.is_blank():
        form.text.data = line.text
    return _form_page(
        form, review, gettext("更正材料"), gettext("原来的内容保留可查，更正后须重新送达本人。")
    )


@room.act("/employment/exits/<exit_id>/serve", _P + "serve")
def serve_exit(exit_id: str) -> Answer:
    """Serve the file, or the decision once it was made."""
    review, form = _load(exit_id, "serve"), ServeForm()
    form.offer()
    if not form.validate():
        return page(review, serve=form), 422
    decided = review.decided_at is not None
    serve = exit_decisions.serve_decision if decided else exits.serve_evidence
    try:
        serve(web.actor(), review, form.chosen(), form.remark.data or "", now=clock.now())
    except Refused as refused:
        _in_place(form, refused)
        return page(review, serve=form), 409
    done = (
        gettext("决定已送达，申诉期开始计算") if decided else gettext("材料已送达，陈述期开始计算")
    )
    return web.done(done, url(review))


@room.form_page("/employment/exits/<exit_id>/statement", _P + "enter_statement")
def enter_statement(exit_id: str) -> Any:
    """The person's words, entered by an officer with the signed record."""
    review, form = _load(exit_id, "enter_statement"), EnterStatementForm()
    if form.validate_on_submit():
        exits.enter_statement(
            web.actor(), review, form.text.data or "", form.signed_record.data or "",
            now=clock.now(),
        )  # fmt: skip
        return web.done(gettext("本人的陈述已登记"), url(review))
    return _form_page(form, review, gettext("登记本人的陈述"))


@room.act("/employment/exits/<exit_id>/silence", _P + "note_silence")
def note_silence(exit_id: str) -> BaseResponse:
    review = _load(exit_id, "note_silence")
    exits.note_silence(web.actor(), review, now=clock.now())
    return web.done(gettext("已记录：陈述期满，本人没有陈述"), url(review))


@room.act("/employment/exits/<exit_id>/panel", _P + "convene_panel")
def appoint_exit_panel(exit_id: str) -> Answer:
    """Name the panel."""
    review, form = _load(exit_id, "convene_panel"), PanelForm()
    people = panel_people(review)
    form.offer(people)
    if not form.validate():
        return page(review, panel=form), 422
    chosen = tuple(p for p in people if p.public_id in set(form.members.data or ()))
    try:
        exits.appoint_panel(web.actor(), review, chosen, now=clock.now())
    except Refused as refused:
        _in_place(form, refused)
        return page(review, panel=form), refused.status
    return web.done(gettext("评审小组已组成，已通知各成员声明是否回避"), url(review))


@room.act("/employment/exits/<exit_id>/convene", _P + "convene_panel")
def convene_exit_panel(exit_id: str) -> BaseResponse:
    review = _load(exit_id, "convene_panel")
    exits.convene_panel(web.actor(), review, now=clock.now())
    return web.done(gettext("已开始评议，由小组成员登记意见"), url(review))


@room.act("/employment/exits/<exit_id>/opinion", _P + "opine")
def give_opinion(exit_id: str) -> Answer:
    """The panel's opinion."""
    review, form = _load(exit_id, "opine"), OpinionForm()
    if not form.validate():
        return page(review, opinion=form), 422
    exits.give_opinion(web.actor(), review, form.text.data or "", now=clock.now())
    return web.done(gettext("评议意见已登记"), url(review))


@room.act("/employment/exits/<exit_id>/decide", _P + "decide")
def decide_exit(exit_id: str) -> Answer:
    """The decision, on the file as it was read."""
    review, form = _load(exit_id, "decide"), DecisionForm()
    form.offer(exit_shown.ending(review))
    if not form.validate():
        return page(review, decision=form), 422
    who, seen, reason = web.actor(), form.seen.data or "", form.reason.data or ""
    try:
        if form.outcome.data == "end":
            exit_decisions.decide(
                who, review, reason, form.resolution.data or "", seen, now=clock.now()
            )
        else:
            exit_decisions.retain(who, review, reason, seen, now=clock.now())
    except Refused as refused:
        _in_place(form, refused)
        return page(review, decision=form), refused.status
    return web.done(gettext("决定已作出"), url(review))


@room.act("/employment/exits/<exit_id>/abandon", _P + "abandon")
def abandon_exit(exit_id: str) -> BaseResponse:
    review, form = _load(exit_id, "abandon"), WhyForm()
    form.validate()
    exit_decisions.abandon(
        web.actor(), review, form.reason.data or "", form.seen.data or "", now=clock.now()
    )
    return web.done(gettext("提议已撤回，此人继续任职"), url(review))


@room.act("/employment/exits/<exit_id>/handover", _P + "start_handover")
def start_handover(exit_id: str) -> BaseResponse:
    review = _load(exit_id, "start_handover")
    exit_closing.start_handover(web.actor(), review, now=clock.now())
    return web.done(gettext("决定已生效，请登记工作交接"), url(review))


@room.act("/employment/exits/<exit_id>/lines", _P + "handover")
def add_handover(exit_id: str) -> Answer:
    """A line of the handover sheet."""
    review, form = _load(exit_id, "handover"), LineForm()
    if form.validate():
        try:
            exit_closing.record_handover(
                web.actor(), review, form.line(), None, "", now=clock.now()
            )
        except Refused as refused:
            if refused.code != "RECEIVER":
                raise
            form.deny(refused)
        else:
            return web.done(gettext("交接内容已登记"), url(review))
    return page(review, line=form), 422


@room.form_page("/employment/exits/<exit_id>/lines/<line_id>", _P + "handover")
def correct_handover(exit_id: str, line_id: str) -> Any:
    """A further line in the place of one: handed over now, or entered wrongly."""
    review = _load(exit_id, "handover")
    line = _part(HandoverLine, review, line_id)
    form = CorrectLineForm(obj=line)
    if form.validate_on_submit():
        try:
            exit_closing.record_handover(
                web.actor(), review, form.line(), line, form.why.data or "", now=clock.now()
            )
        except Refused as refused:
            if refused.code != "RECEIVER":
                raise
            form.deny(refused)
        else:
            return web.done(gettext("交接内容已更新"), url(review))
    return _form_page(form, review, gettext("更新交接内容"), gettext("原来的内容保留可查。"))


@room.act("/employment/exits/<exit_id>/papers", _P + "withdraw_papers")
def withdraw_papers(exit_id: str) -> Answer:
    """Everything that follows, at once."""
    review, form = _load(exit_id, "withdraw_papers"), PapersForm()
    form.offer()
    if not form.validate():
        return page(review, papers=form), 422
    try:
        exit_closing.withdraw_papers(web.actor(), review, form.papers(), now=clock.now())
    except Refused as refused:
        _in_place(form, refused)
        return page(review, papers=form), refused.status
    return web.done(gettext("任命已终止，证件已收回，已记为离岗"), url(review))


@room.act("/employment/exits/<exit_id>/return", _P + "close")
def return_to_agency(exit_id: str) -> Answer:
    """Back to the agency, with day and paper."""
    review, form = _load(exit_id, "close"), ReturnForm()
    if not form.validate() or form.returned_on.data is None:
        return page(review, returning=form), 422
    exit_closing.return_to_agency(
        web.actor(), review, form.returned_on.data, form.paper.data or "", now=clock.now()
    )
    return web.done(gettext("已登记退回派遣单位"), url(review))


@room.act("/employment/exits/<exit_id>/close", _P + "close")
def close_exit(exit_id: str) -> BaseResponse:
    review = _load(exit_id, "close")
    exit_closing.close(web.actor(), review, now=clock.now())
    return web.done(gettext("已办结"), url(review))


@room.form_page("/employment/exits/<exit_id>/entries/<entry_id>", _P + "correct")
def correct_exit_entry(exit_id: str, entry_id: str) -> Any:
    """Correct what I wrote, by a further entry."""
    review, form = _load(exit_id, "correct"), CorrectForm()
    entry = _part(ExitEvent, review, entry_id)
    who = web.actor()
    back = url(review)
    if review.person_id == who.person_id:
        back = url_for("employment.my_exit", exit_id=exit_id)
    if form.validate_on_submit():
        exit_closing.correct(
            who, review, entry, form.text.data or "", form.why.data or "", now=clock.now()
        )
        return web.done(gettext("已更正，原来的内容保留可查"), back)
    if form.is_blank() and entry.actor_id == who.person_id:
        form.text.data = entry.words
    return _form_page(
        form, review, gettext("更正记录"),
        gettext("原来的内容和更正的理由都保留可查，不改变已经作出的决定。"), back,
    )  # fmt: skip
