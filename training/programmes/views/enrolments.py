"""For the office: who is enrolled, how far they are, decisions with their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, i18n, lists, orgs, sheets, web
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_
from training.people.models import Person
from training.people.persons_forms import org_choices

from .. import enrolments, ledger, queries
from ..forms import EnrolForm, ReverseForm, VoidForm
from ..models import CreditEntry, Enrolment, EnrolmentEvent, Programme
from ..rules.enrolment import STATE_LABELS, EnrolmentState
from ..rules.ledger import LineKind, ReversalReason
from . import room, shown

LIST, READ = "programmes:enrolment:list", "programmes:enrolment:read"

_EVENTS = {
    "enrol": N_("报名"),
    "start": N_("开始学习"),
    "confirm_hours": N_("学时已满"),
    "confirm_assignments": N_("作业已完成"),
    "clear_for_exam": N_("准予考试"),
    "fall_back": N_("学时不足，退回学习"),
    "void_hours": N_("作废学时"),
    "appeal": N_("提出申诉"),
    "uphold_appeal": N_("申诉成立，恢复学时"),
    "reject_appeal": N_("申诉未获支持"),
    "withdraw_voiding": N_("撤销作废，恢复学时"),
    "study_again": N_("重新学习"),
    "withdraw": N_("退出培训"),
}
_ORDERS = (
    lists.Order("newest", Enrolment.id, descending=True),
    lists.Order("name", Person.pinyin),
)


def _named(text: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        Person.name.contains(text, autoescape=True),
        Person.pinyin.startswith(text.lower(), autoescape=True),
        Person.mediator_no.startswith(text.upper(), autoescape=True),
    )


def _unit(text: str) -> OrgUnit | None:
    return db.session.scalar(sa.select(OrgUnit).where(OrgUnit.public_id == text))


def _within(unit: OrgUnit) -> sa.ColumnElement[bool]:
    below = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, unit.path))
    return Enrolment.org_id.in_(below)


_FILTERS = (
    lists.Filter("q", N_("姓名、拼音或编号"), lambda text: text[:40], _named),
    lists.Filter("org", N_("机构"), _unit, _within, lambda u: i18n.title_of(u, "name")),
    lists.Filter(
        "state",
        N_("状态"),
        lists.choice(EnrolmentState),
        lambda v: Enrolment.state == v,
        lambda v: gettext(STATE_LABELS[v]),
    ),
)


def _query(applied: lists.Applied) -> sa.Select[Any]:
    return (
        sa.select(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(access.visible(web.actor(), LIST, Enrolment), *applied.conditions)
        .options(joinedload(Enrolment.person).joinedload(Person.org))
    )


def _cells(held: list[Enrolment]) -> Iterable[tuple[Enrolment, dict[str, Any]]]:
    """Rows with hours in hundredths; two queries however many rows."""
    progress = queries.of_enrolments(held, clock.today())
    for enrolment in held:
        p = progress[enrolment.id]
        yield (
            enrolment,
            {
                "name": enrolment.person.name,
                "number": enrolment.person.mediator_no or "",
                "org": i18n.title_of(enrolment.person.org, "name"),
                "programme": i18n.title_of(enrolment.programme),
                "done": p.result.total.done,
                "owed": p.result.total.owed,
                "state": p.state,
                "topics": {str(t): line.owed for t, line in p.result.topics.items()},
                "enrolled_on": enrolment.enrolled_on,
            },
        )


@room.page("/enrolments/", LIST, endpoint="enrolments")
def enrolments_list() -> str:
    """People in training with what they have done and owe."""
    base = url_for("programmes.enrolments")
    applied = lists.apply(_FILTERS, request.args, base)
    order = lists.chosen_order(_ORDERS, request.args)
    page = lists.page(_query(applied), order, Enrolment.id, applied, request.args)
    rows = [
        cells
        | {
            "url": url_for("programmes.enrolment", enrolment_id=enrolment.public_id),
            "done": i18n.format_hundredths(cells["done"]),
            "owed": i18n.format_hundredths(cells["owed"]),
            "state": shown.enrolment_state(cells["state"]),
            "enrolled_on": i18n.format_day(cells["enrolled_on"]),
        }
        for enrolment, cells in _cells(page.rows)
    ]
    kinds = (OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU, OrgKind.JUDICIAL_OFFICE)
    return render_template(
        "programmes/enrolments.html",
        rows=rows,
        page=page,
        applied=applied,
        total=lists.count(_query(applied)),
        org_choices=org_choices(orgs.in_reach(web.actor(), LIST, kinds)),
        states=[(str(s), gettext(label)) for s, label in STATE_LABELS.items()],
    )


@room.page("/enrolments/export", "programmes:enrolment:export")
def export_enrolments() -> BaseResponse:
    """What is filtered, as a sheet one would hand in."""
    applied = lists.apply(_FILTERS, request.args, url_for("programmes.enrolments"))
    held = list(db.session.scalars(_query(applied).order_by(Person.pinyin, Enrolment.id)))
    rows = []
    for _, cells in _cells(held):
        label = STATE_LABELS[cells["state"]]
        owed = {f"owed_{t}": owed for t, owed in cells["topics"].items()}
        rows.append(cells | owed | {"state": gettext(label)})
    title = gettext("岗前培训学时情况表")
    columns = [
        sheets.Column("name", gettext("姓名"), width=12),
        sheets.Column("number", gettext("人员编号"), width=16),
        sheets.Column("org", gettext("所在机构"), width=30),
        sheets.Column("enrolled_on", gettext("报名日期"), sheets.Kind.DATE, 12),
        sheets.Column("state", gettext("状态"), width=14),
        sheets.Column("done", gettext("已计学时"), sheets.Kind.HUNDREDTHS, 10),
        sheets.Column("owed", gettext("尚欠学时"), sheets.Kind.HUNDREDTHS, 10),
        *(
            sheets.Column(
                f"owed_{t}",
                gettext("欠：%(topic)s", topic=gettext(TOPIC_LABELS[t])),
                sheets.Kind.HUNDREDTHS,
                12,
            )
            for t in Topic
        ),
    ]
    sheet = sheets.Sheet(
        title, columns, rows,
        left=gettext("填报单位：%(unit)s", unit=i18n.title_of(current_user.person.org, "name")),
        right=i18n.plain_date(clock.now()),
        foot=(gettext("合计：%(n)s 人", n=len(rows)),), number_label=gettext("序号"),
    )  # fmt: skip
    return sheets.download(sheets.write(sheet), f"{title}-{clock.today().isoformat()}")


def _event(event: EnrolmentEvent) -> dict[str, Any]:
    kinds = {"void_hours": "stop", "fall_back": "due", "withdraw": "none", "clear_for_exam": "ok"}
    details = [event.reason]
    if event.detail.get("evidence"):
        details.append(gettext("证据：%(text)s", text=event.detail["evidence"]))
    if event.detail.get("until"):
        details.append(gettext("申诉截止 %(day)s", day=event.detail["until"]))
    return {
        "when": event.at,
        "who": event.actor.name if event.actor else gettext("系统"),
        "what": gettext(_EVENTS.get(event.action, event.action)),
        "detail": gettext("；").join(filter(None, details)),
        "kind": kinds.get(event.action, "info"),
    }


@room.page("/enrolments/<enrolment_id>", READ)
def enrolment(enrolment_id: str) -> str:
    """One person's training: hours with reasons, the ledger, the history and the acts."""
    record = web.load(Enrolment, enrolment_id, READ)
    who = web.actor()
    progress = queries.of_enrolments([record], clock.today())[record.id]
    entries = queries.entries_of(record.person_id, record.id)
    reversed_ids = {e.reverses_id for e in entries}
    per_hour = progress.result.requirement.minutes_per_hour
    events = enrolments.events_of(record)
    return render_template(
        "programmes/enrolment.html",
        enrolment=record,
        progress=progress,
        state=shown.enrolment_state(progress.state),
        total=shown.bar(progress.result.total),
        topics=[shown.bar(line) for line in progress.result.topics.values()],
        groups=[shown.bar(line) for line in progress.result.groups.values()],
        why=shown.why(progress.result),
        reasons=shown.reasons(progress.gate),
        entries=[
            shown.entry_row(e, per_hour)
            | {
                "reversible": e.kind is LineKind.CREDIT
                and e.id not in reversed_ids
                and e.person_id != who.person_id
            }
            for e in entries
        ],
        events=[_event(e) for e in events],
        can={
            act: access.may(who, f"programmes:enrolment:{act}", record)
            for act in (
                "withdraw",
                "void_hours",
                "withdraw_voiding",
                "uphold_appeal",
                "study_again",
            )
        },
        can_reverse=access.holds(who, "programmes:credit:reverse"),
        appealed=enrolments.open_appeal(events) is not None,
    )


@room.form_page("/enrolments/new", "programmes:enrolment:enrol")
def enrol() -> str | tuple[str, int] | BaseResponse:
    """Enrol somebody of the own roster by number or full name."""
    programmes = list(db.session.scalars(sa.select(Programme).order_by(Programme.id)))
    form = EnrolForm(programmes)
    if form.validate_on_submit():
        typed = str(form.person.data).strip()
        found = [
            p for p in queries.matching(web.actor(), typed) if typed in (p.name, p.mediator_no)
        ]
        if len(found) == 1:
            person = found[0]
            programme = next(p for p in programmes if p.public_id == form.programme.data)
            org = db.session.get_one(OrgUnit, person.org_id)
            try:
                made = enrolments.enrol(web.actor(), org, programme, person, now=clock.now())
            except Refused as refused:
                form.deny(refused)
            else:
                target = url_for("programmes.enrolment", enrolment_id=made.public_id)
                return web.done(gettext("已报名，本人可以开始学习"), target)
        else:
            form.person.errors = [
                gettext("有多人同名，请改填人员编号") if found else gettext("名册中没有找到此人")
            ]
    page = render_template("programmes/enrol.html", form=form, programmes=programmes)
    return (page, 422) if form.is_submitted() else page


def _act(enrolment_id: str, permission: str) -> tuple[Enrolment, str]:
    target = url_for("programmes.enrolment", enrolment_id=enrolment_id)
    return web.load(Enrolment, enrolment_id, permission), target


@room.act("/enrolments/<enrolment_id>/withdraw", "programmes:enrolment:withdraw")
def withdraw(enrolment_id: str) -> BaseResponse:
    record, target = _act(enrolment_id, "programmes:enrolment:withdraw")
    reason = request.form.get("reason", "")[:2000]
    enrolments.withdraw(web.actor(), record, reason, now=clock.now())
    return web.done(gettext("已办理退出培训"), target)


@room.form_page("/enrolments/<enrolment_id>/void", "programmes:enrolment:void_hours")
def void_hours(enrolment_id: str) -> str | tuple[str, int] | BaseResponse:
    """Void all hours, with reason, evidence and a notice that was served."""
    record, target = _act(enrolment_id, "programmes:enrolment:void_hours")
    form = VoidForm()
    if form.validate_on_submit():
        try:
            enrolments.void_hours(
                web.actor(), record, ReversalReason(str(form.reason.data)),
                str(form.statement.data), str(form.evidence.data), form.served_on.data,
                now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            form.deny(refused)
            record, target = _act(enrolment_id, "programmes:enrolment:void_hours")
        else:
            return web.done(gettext("学时已作废，本人可在申诉期内申诉"), target)
    page = render_template("programmes/void.html", form=form, enrolment=record)
    return (page, 422) if form.is_submitted() else page


@room.act("/enrolments/<enrolment_id>/appeal", "programmes:enrolment:uphold_appeal")
def decide_appeal(enrolment_id: str) -> BaseResponse:
    record, target = _act(enrolment_id, "programmes:enrolment:uphold_appeal")
    upheld = request.form.get("upheld") == "1"
    statement = request.form.get("reason", "")[:2000]
    enrolments.decide_appeal(web.actor(), record, upheld, statement, now=clock.now())
    message = gettext("申诉成立，学时已恢复") if upheld else gettext("已决定维持作废")
    return web.done(message, target)


@room.act("/enrolments/<enrolment_id>/void/withdraw", "programmes:enrolment:withdraw_voiding")
def withdraw_voiding(enrolment_id: str) -> BaseResponse:
    record, target = _act(enrolment_id, "programmes:enrolment:withdraw_voiding")
    reason = request.form.get("reason", "")[:2000]
    enrolments.withdraw_voiding(web.actor(), record, reason, now=clock.now())
    return web.done(gettext("作废已撤销，学时已恢复，并已通知本人"), target)


@room.act("/enrolments/<enrolment_id>/study-again", "programmes:enrolment:study_again")
def study_again(enrolment_id: str) -> BaseResponse:
    record, target = _act(enrolment_id, "programmes:enrolment:study_again")
    enrolments.study_again(web.actor(), record, now=clock.now())
    return web.done(gettext("作废的学时已冲销，本人可以重新学习"), target)


@room.form_page("/credits/<credit_id>/reverse", "programmes:credit:reverse")
def reverse(credit_id: str) -> str | tuple[str, int] | BaseResponse:
    """Take one credit back, by a further entry with its reason."""
    entry = web.load(CreditEntry, credit_id, "programmes:credit:reverse")
    home = db.session.get(Enrolment, entry.enrolment_id) if entry.enrolment_id is not None else None
    back = (
        url_for("programmes.enrolment", enrolment_id=home.public_id)
        if home
        else url_for("programmes.enrolments")
    )
    form = ReverseForm()
    if form.validate_on_submit():
        try:
            ledger.reverse(
                web.actor(), entry, ReversalReason(str(form.reason.data)), str(form.note.data),
                now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            form.deny(refused)
            entry = web.load(CreditEntry, credit_id, "programmes:credit:reverse")
        else:
            return web.done(gettext("已冲销，原记录保留在台账中"), back)
    page = render_template(
        "programmes/reverse.html",
        form=form,
        entry=shown.entry_row(entry, 1),
        person=entry.person,
        minutes=entry.minutes,
        back=back,
    )
    return (page, 422) if form.is_submitted() else page
