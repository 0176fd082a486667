"""Exit reviews: the list, opening one, the decision page."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from certificates import queries as certificates
from certificates.rules.lifecycle import CERTIFICATE_STATE_LABELS
from training.appraisal.rules.grade import GRADE_LABELS
from training.core import access, clock, lists, sheets, web
from training.core.attachments import queries as attachments
from training.core.errors import Refused
from training.core.i18n import plain_date, title_of
from training.people.rules.person import SERVICE_LABELS
from training.proceedings import queries as proceedings

from .. import exit_lists, exit_queries, exit_shown, exit_steps, exits, queries, shown
from ..appointment_models import Appointment
from ..exit_forms import (
    DecisionForm,
    LineForm,
    OpinionForm,
    PapersForm,
    ProposeExitForm,
    ReturnForm,
    ServeForm,
)
from ..exit_models import REVIEW, ExitReview
from ..exit_queries import File
from ..forms import PanelForm
from ..rules.appointment import ENGAGEMENT_LABELS, Engagement
from ..rules.exit_gates import EXIT_GROUND_LABELS
from ..rules.exit_review import ExitState
from . import room

LIST, PROPOSE = exit_lists.LIST, exits.PROPOSE
_S = ExitState
_P = "employment:exit_review:"


def url(review: ExitReview) -> str:
    return url_for("employment.exit_review", exit_id=review.public_id)


def _row(review: ExitReview) -> dict[str, Any]:
    return {
        "name": review.person.name,
        "url": url(review),
        "number": review.person.mediator_no,
        "org": title_of(review.org, "name"),
        "grounds": exit_shown.grounds(review),
        "proposer": review.proposer.name,
        "proposed": clock.today(review.proposed_at).isoformat(),
        "state": exit_shown.state(review.state),
    }


@room.page("/employment/exits", LIST, endpoint="exit_reviews")
def exit_list() -> str:
    """Exit reviews within reach: what needs me first."""
    who, base = web.actor(), url_for("employment.exit_reviews")
    applied = lists.apply(exit_lists.FILTERS, request.args, base)
    page = exit_lists.page(who, applied, request.args)
    waiting = exit_lists.grounds_waiting(who) if access.holds(who, PROPOSE) else []
    return render_template(
        "employment/exits.html",
        applied=applied,
        rows=[_row(r) for r in page.rows],
        page=page,
        total=exit_lists.total(who, applied),
        counts=exit_lists.counts(who),
        views=exit_lists.VIEWS,
        grounds=[(str(g), gettext(w)) for g, w in EXIT_GROUND_LABELS.items()],
        waiting=_waiting(waiting),
        export=f"{url_for('employment.export_exits')}?{applied.query}"
        if access.holds(who, exit_lists.EXPORT)
        else None,
    )


def _waiting(found: list[Any]) -> list[dict[str, str]]:
    """People whom a final appraisal gave a ground: somebody has to look, nothing happens alone."""
    held = exit_queries.running_appointments([p.id for _, p in found])
    return [
        {
            "title": person.name,
            "note": gettext(
                "%(year)s 年度考核：%(ground)s", year=fact.value.get("year", ""),
                ground=gettext(EXIT_GROUND_LABELS.get(fact.value.get("ground"), "")),
            ),
            "url": url_for(
                "employment.propose_exit", appointment_id=held[person.id].public_id,
                ground=fact.value.get("ground", ""),
            ),
        }
        for fact, person in found
        if person.id in held
    ]  # fmt: skip


@room.page("/employment/exits/export", exit_lists.EXPORT)
def export_exits() -> BaseResponse:
    """The list as filtered, as a sheet to hand in."""
    who = web.actor()
    applied = lists.apply(exit_lists.FILTERS, request.args, "")
    count = exit_lists.total(who, applied, exit_lists.EXPORT)
    exit_lists.note_export(who, count, ",".join(sorted(applied.values)), now=clock.now())
    title = gettext("解聘与退出审查台账")
    columns = (
        sheets.Column("number", gettext("人员编号"), width=14),
        sheets.Column("name", gettext("姓名"), width=12),
        sheets.Column("org", gettext("调委会"), width=30),
        sheets.Column("grounds", gettext("审查事由"), width=24),
        sheets.Column("proposer", gettext("提议人"), width=12),
        sheets.Column("proposed", gettext("提出日期"), width=12),
        sheets.Column("state", gettext("状态"), width=14),
    )
    rows = (
        _row(r) | {"state": exit_shown.state(r.state)["label"]}
        for r in exit_lists.export_rows(who, applied)
    )
    sheet = sheets.Sheet(
        title, columns, rows,
        left=gettext("填报单位：%(unit)s", unit=title_of(current_user.person.org, "name")),
        right=plain_date(clock.now()),
        foot=(gettext("合计：%(n)s 人", n=count),),
        number_label=gettext("序号"),
    )  # fmt: skip
    return sheets.download(sheets.write(sheet), f"{title}-{clock.today().isoformat()}")


def _final_appraisals(person_id: int) -> list[tuple[str, str]]:
    """A person's final appraisals, for evidence: public id and words."""
    return [
        (
            a.public_id,
            gettext(
                "%(year)s 年度考核：%(grade)s", year=a.round.year,
                grade=gettext(GRADE_LABELS[a.grade]) if a.grade else "",
            ),
        )
        for a in exit_queries.final_appraisals(person_id)
    ]  # fmt: skip


def _certificates(person_id: int) -> list[tuple[str, str]]:
    """A person's certificates, for evidence: public id and words."""
    today = clock.today()
    return [
        (
            c.public_id,
            gettext(
                "证书 %(number)s：%(state)s", number=c.number,
                state=gettext(CERTIFICATE_STATE_LABELS[certificates.status(c, today).state]),
            ),
        )
        for c in certificates.of_person(person_id)
    ]  # fmt: skip


@room.form_page("/employment/appointments/<appointment_id>/exit", PROPOSE)
def propose_exit(appointment_id: str) -> Any:
    """Open a review of an appointment."""
    found, who = web.load(Appointment, appointment_id, PROPOSE), web.actor()
    form = ProposeExitForm()
    form.offer(_final_appraisals(found.person_id), _certificates(found.person_id))
    why_not: list[dict[str, str]] = []
    if form.is_blank():
        asked = request.args.get("ground", "")
        form.grounds.data = [asked] if asked in EXIT_GROUND_LABELS else []
    elif form.validate_on_submit():
        try:
            review = exits.propose(
                who, found, form.chosen(), form.proposal.data or "", form.lines(), now=clock.now()
            )
        except Refused as refused:
            if refused.code not in ("GATE", "REASON_REQUIRED"):
                raise
            form.deny(refused)
            why_not = shown.reasons(refused.verdict.reasons)
        else:
            return web.done(
                gettext("已提出，请核对材料后送达本人"),
                url_for("employment.exit_review", exit_id=review.public_id),
            )
    page = render_template(
        "employment/exit_propose.html", form=form, appointment=found, why_not=why_not
    )
    return (page, 422) if form.is_submitted() else page


ACTS = {
    "serve_evidence": "serve", "serve_further_evidence": "serve",
    "note_silence": "note_silence", "convene_panel": "convene_panel", "decide": "decide",
    "retain": "decide", "abandon": "abandon", "start_handover": "start_handover",
    "withdraw_papers": "withdraw_papers", "return_to_agency": "close", "close": "close",
}  # fmt: skip


def _acts(file: File) -> dict[str, list[dict[str, str]]]:
    """What this person may do now, with the reasons why not yet."""
    who, now, review = web.actor(), clock.now(), file.review
    found: dict[str, list[dict[str, str]]] = {}
    for action, permission in ACTS.items():
        if exit_steps.offered(review, action) and access.may(who, _P + permission, review):
            verdict = exit_steps.judge(file, action, who, now)
            found[action] = shown.reasons(verdict.reasons)
    return found


def page(
    review: ExitReview,
    *,
    decision: DecisionForm | None = None,
    serve: ServeForm | None = None,
    opinion: OpinionForm | None = None,
    line: LineForm | None = None,
    papers: PapersForm | None = None,
    returning: ReturnForm | None = None,
    panel: PanelForm | None = None,
) -> str:
    """The decision page; forms that were refused come back as they were typed."""
    who, file = web.actor(), exit_queries.file_of(review)
    org, state = review.org, review.state
    acts = _acts(file)
    seats = exit_shown.panel_rows(review)
    sits = any(
        m.hand.person_id == who.person_id and m.conflict is False
        for m in proceedings.panel_members(proceedings.panel_of(REVIEW, review.public_id))
    )
    may_prepare = access.may(who, _P + "serve", review)
    return render_template(
        "employment/exit.html",
        review=review,
        file=file,
        org=org,
        state=exit_shown.state(state),
        steps=exit_shown.steps(file),
        grounds=exit_shown.grounds(review),
        bases=exit_shown.bases(review),
        ending=exit_shown.ending(review),
        service=gettext(SERVICE_LABELS[review.appointment.service_kind]),
        engagement=gettext(ENGAGEMENT_LABELS[review.appointment.engagement]),
        dispatched=review.appointment.engagement is Engagement.LABOUR_DISPATCH,
        evidence=exit_shown.evidence(file, file.evidence),
        proposed=file.last("propose"),
        statement=file.last("give_statement"),
        silence=file.last("note_silence"),
        opinion_entry=file.last("give_opinion"),
        decision_entry=file.last("decide", "retain", "abandon"),
        changed=bool(review.served_at) and file.on_this_file(*exit_queries.SERVED) is None
        and review.decided_at is None,
        reply=exit_queries.reply_window(file),
        appeal=exit_queries.appeal_window(file),
        history=exit_shown.history(file),
        seats=seats,
        acts=acts,
        certificate=certificates.living(review.person_id),
        card=certificates.card_of(review.person_id),
        objections=proceedings.objections_of(REVIEW, review.public_id),
        may_read_objections=access.holds(who, "proceedings:objection:read"),
        may_add=access.may(who, exits.EVIDENCE, review) and exit_steps.open_for_evidence(review),
        may_enter=access.may(who, _P + "enter_statement", review) and state is _S.EVIDENCE_SERVED,
        may_panel=access.may(who, _P + "convene_panel", review)
        and state in (_S.EVIDENCE_SERVED, _S.MEDIATOR_STATEMENT),
        may_serve_decision=may_prepare and state is _S.DECISION
        and file.last("serve_decision") is None,
        may_hand=access.may(who, _P + "handover", review) and exit_steps.hands_over(review),
        may_print=access.may(who, _P + "print", review),
        correctable=exit_steps.correctable(file, who),
        labels=exit_shown.action_labels(),
        opinion_form=(opinion or OpinionForm(formdata=None))
        if sits and state is _S.PANEL else None,
        decision_form=decision or _decision_form(review, file),
        serve_form=serve or _offered(ServeForm(formdata=None)),
        line_form=line or LineForm(formdata=None),
        papers_form=papers or _offered(PapersForm(formdata=None)),
        return_form=returning or ReturnForm(formdata=None),
        panel_form=panel or _panel_form(review),
        files=attachments.of(who, REVIEW, review.public_id),
        records=attachments.of(who, "exit_record", review.public_id),
    )  # fmt: skip


def _offered(form: Any) -> Any:
    form.offer()
    return form


def _decision_form(review: ExitReview, file: File) -> DecisionForm:
    form = DecisionForm(formdata=None)
    form.offer(exit_shown.ending(review))
    form.seen.data = file.version
    return form


def panel_people(review: ExitReview) -> list[Any]:
    """Who can sit: officers over the unit but the person and the proposer."""
    apart = (review.person_id, review.proposed_by)
    return [p for p in queries.panel_people(review.org) if p.id not in apart]


def _panel_form(review: ExitReview) -> PanelForm:
    form = PanelForm(formdata=None)
    form.offer(panel_people(review))
    return form


@room.page("/employment/exits/<exit_id>", LIST)
def exit_review(exit_id: str) -> str | BaseResponse:
    """One review: who, where it stands, both sides, the evidence, the next act. One's own has a
    page of one's own."""
    found = web.load(ExitReview, exit_id, LIST)
    if found.person_id == web.actor().person_id:
        return web.go(url_for("employment.my_exit", exit_id=exit_id))
    return page(found)
