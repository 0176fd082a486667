"""The roster and the person's file."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, files, i18n, lists, orgs, sheets, web
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.contact import mask_identity_number, mask_phone
from training.core.rules.personal_data import RETENTION_LABELS
from training.core.rules.roles import OrgKind
from training.core.rules.verdict import Verdict

from .. import entry, persons, roster, timeline
from ..models import Account, Person
from ..persons_forms import (
    CorrectChoiceForm,
    CorrectTextForm,
    PersonForm,
    PhotoForm,
    ReasonForm,
    org_choices,
)
from ..rules.person import (
    ACCOUNT_LABELS,
    EDUCATION_LABELS,
    SERVICE_LABELS,
    SEX_LABELS,
    STANDING_LABELS,
    ServiceKind,
    Standing,
)
from ..rules.personal_data import COLUMNS
from . import room

_STANDING_KINDS = {
    Standing.IN_POST: "ok",
    Standing.CERTIFIED: "ok",
    Standing.TRAINEE: "info",
    Standing.CANDIDATE: "none",
    Standing.SUSPENDED: "stop",
    Standing.LEFT: "none",
}
_ACCOUNT_KINDS = {"active": "ok", "waiting": "due", "closed": "stop", roster.NO_ACCOUNT: "none"}
_FILTER_KINDS = (
    OrgKind.CITY_BUREAU,
    OrgKind.DISTRICT_BUREAU,
    OrgKind.JUDICIAL_OFFICE,
    OrgKind.PROFESSIONAL_COMMITTEE,
)


def standing_state(person: Person) -> dict[str, str]:
    """A standing as ``state_badge`` shows it."""
    return {
        "kind": _STANDING_KINDS[person.standing],
        "label": gettext(STANDING_LABELS[person.standing]),
    }


def _row(person: Person, rank: int) -> dict[str, Any]:
    who, state = web.actor(), roster.state_of_account(rank)
    readable = access.may(who, roster.READ, person)
    return {
        "name": roster.shown_name(who, person),
        "url": url_for("people.person", person_id=person.public_id) if readable else "",
        "number": person.mediator_no,
        "org": i18n.title_of(person.org, "name"),
        "service": gettext(SERVICE_LABELS[person.service_kind]),
        "standing": standing_state(person),
        "account": {"kind": _ACCOUNT_KINDS[state], "label": roster.account_label(state)},
    }


@room.page("/people/", roster.LIST, endpoint="persons")
def persons_list() -> str:
    who, base = web.actor(), url_for("people.persons")
    applied = roster.apply(request.args, base)
    page = roster.page(who, applied, request.args)
    views = lists.views_of(who.account_id or 0, "people.persons")
    units = orgs.in_reach(who, roster.LIST, _FILTER_KINDS)
    return render_template(
        "people/persons.html",
        applied=applied,
        rows=[_row(*r) for r in page.rows],
        page=page,
        total=roster.total(who, applied),
        figures=roster.figures(who),
        org_choices=org_choices(units),
        choices={
            "standing": [(s, roster.standing_label(s)) for s in (roster.STAFFED, *STANDING_LABELS)],
            "service": [(str(s), gettext(SERVICE_LABELS[s])) for s in ServiceKind],
            "account": [
                *((str(s), gettext(w)) for s, w in ACCOUNT_LABELS.items()),
                (roster.NO_ACCOUNT, roster.account_label(roster.NO_ACCOUNT)),
            ],
        },
        views=[
            {"label": v.name, "url": f"{base}?{v.query}", "current": v.query == applied.query}
            for v in views
        ],
        save_url=url_for("core.save_view", list="people.persons", query=applied.query),
    )


def _sheet(permission: str) -> BaseResponse:
    who = web.actor()
    applied = roster.apply(request.args, url_for("people.persons"))
    unit = applied.values.get("org") or current_user.person.org
    rows = list(roster.export_rows(who, applied, permission))
    title = gettext("人民调解员花名册")
    sheet = sheets.Sheet(
        title,
        roster.export_columns(),
        rows,
        left=gettext("填报单位：%(unit)s", unit=i18n.title_of(unit, "name")),
        right=i18n.plain_date(clock.now()),
        foot=(
            gettext("合计：%(n)s 人", n=len(rows)),
            gettext("制表人：　　　　　　审核人：　　　　　　负责人（签字）："),
        ),
        number_label=gettext("序号"),
    )
    return sheets.download(sheets.write(sheet), f"{title}-{clock.today().isoformat()}")


def _filter_names() -> str:
    applied = roster.apply(request.args, "")
    return ",".join(sorted(applied.values))


@room.page("/people/export", roster.EXPORT)
def export_persons() -> BaseResponse:
    """The list as it is filtered; identity numbers and telephones masked."""
    who = web.actor()
    applied = roster.apply(request.args, "")
    count = roster.total(who, applied, roster.EXPORT)
    persons.note_export(who, count, _filter_names(), now=clock.now())
    return _sheet(roster.EXPORT)


@room.form_page("/people/export-full", roster.UNMASK)
def export_full() -> str | tuple[str, int] | BaseResponse:
    """The same in full, for a reason that is kept."""
    form, who = ReasonForm(), web.actor()
    applied = roster.apply(request.args, url_for("people.persons"))
    count = roster.total(who, applied, roster.UNMASK)
    if form.validate_on_submit():
        persons.note_full_export(
            who, count, _filter_names(), str(form.reason.data), now=clock.now()
        )
        return _sheet(roster.UNMASK)
    page = render_template("people/export_full.html", form=form, count=count, applied=applied)
    return (page, 422) if form.is_submitted() else page


@room.form_page("/people/new", "people:person:change")
def register_person() -> str | tuple[str, int] | BaseResponse:
    form, who = PersonForm(), web.actor()
    units = orgs.in_reach(who, "people:person:change")
    form.offer(units)
    if form.validate_on_submit():
        values, denied = persons.read_all(
            {f: str(form[f].data or "") for f in persons.CORRECTABLE}, clock.today()
        )
        if not denied:
            unit = next(u for u in units if u.public_id == form.org.data)
            standing = Standing(form.standing.data)
            try:
                made = persons.register(who, unit, values, standing, now=clock.now())
            except Refused as refused:
                if refused.code != "REGISTERED":
                    raise
                form.blame(form.id_number, refused)
            else:
                return web.done(
                    gettext("%(name)s已登记", name=made.name),
                    url_for("people.person", person_id=made.public_id),
                )
        form.refuse(denied)
    page = render_template("people/register.html", form=form)
    return (page, 422) if form.is_submitted() else page


def _file(person: Person) -> dict[str, Any]:
    """What both the office's and the person's own view of a file show."""
    return {
        "person": person,
        "state": standing_state(person),
        "photo_url": files.link(person.photo) if person.photo else "",
        "id_number": mask_identity_number(person.id_number),
        "phone": mask_phone(person.phone),
        "sex": gettext(SEX_LABELS[person.sex]) if person.sex else "",
        "education": gettext(EDUCATION_LABELS[person.education]),
        "service": gettext(SERVICE_LABELS[person.service_kind]),
        "events": [
            {
                "when": i18n.format_date(e.on),
                "who": e.who or gettext("系统"),
                "what": i18n.say(e.what),
                "detail": i18n.say(e.reason),
                "kind": e.kind,
            }
            for e in timeline.events(person)
        ],
        "looks": timeline.looks(person),
    }


def _accounts(person: Person) -> list[dict[str, Any]]:
    query = sa.select(Account).where(Account.person_id == person.id).order_by(Account.id)
    return [
        {
            "username": a.username,
            "state": {"kind": _ACCOUNT_KINDS[a.state], "label": roster.account_label(a.state)},
        }
        for a in db.session.scalars(query)
    ]


@room.page("/people/<person_id>", roster.READ)
def person(person_id: str) -> str:
    found = web.load(
        Person, person_id, roster.READ, joinedload(Person.org), joinedload(Person.photo)
    )
    return render_template("people/person.html", **_file(found), accounts=_accounts(found))


@room.page("/my/file", "people:person:own")
def my_file() -> str:
    """我的档案: what is kept about me, why, and who looked."""
    mine = current_user.person
    kept = [
        {
            "label": gettext(c.label),
            "purpose": gettext(c.purpose),
            "retention": gettext(RETENTION_LABELS[c.retention]),
            "sealed": gettext("加密保存") if c.sealed else "",
        }
        for c in COLUMNS
        if c.column.startswith("person.") and not c.column.endswith(("_index", "_precision"))
    ]
    return render_template("people/my_file.html", **_file(mine), kept=kept)


@room.form_page("/people/<person_id>/correct/<field>", "people:person:change")
def correct_person(person_id: str, field: str) -> str | tuple[str, int] | BaseResponse:
    found = web.load(Person, person_id, "people:person:change")
    if field not in persons.CORRECTABLE:
        abort(404)
    form: CorrectTextForm | CorrectChoiceForm
    if field in ("education", "service_kind"):
        form = CorrectChoiceForm(data={"value": entry.held(found)[field]})
        form.offer(field)
    else:
        shown = "" if field in persons.SEALED_FIELDS else entry.held(found)[field]
        form = CorrectTextForm(data={"value": shown})
    if form.validate_on_submit():
        value = persons.read_field(field, str(form.value.data or ""), clock.today())
        if isinstance(value, Verdict):
            form.blame(form.value, value)
        else:
            persons.correct(
                web.actor(), found, field, value, str(form.reason.data), now=clock.now()
            )
            return web.done(
                gettext("已更正，原内容留存备查"), url_for("people.person", person_id=person_id)
            )
    page = render_template(
        "people/correct.html",
        form=form,
        person=found,
        field=i18n.say(timeline.field_words(field)),
        sealed=field in persons.SEALED_FIELDS,
    )
    return (page, 422) if form.is_submitted() else page


@room.form_page("/people/<person_id>/transfer", "people:person:change")
def transfer_person(person_id: str) -> str | tuple[str, int] | BaseResponse:
    """Move somebody to another unit within reach."""
    found = web.load(Person, person_id, "people:person:change", joinedload(Person.org))
    form = CorrectChoiceForm(data={"value": found.org.public_id})
    form.value.choices = org_choices(orgs.in_reach(web.actor(), "people:person:change"))
    if form.validate_on_submit():
        org = web.load(OrgUnit, str(form.value.data), "people:person:change")
        persons.transfer(web.actor(), found, org, str(form.reason.data), now=clock.now())
        return web.done(
            gettext("已更正，原内容留存备查"), url_for("people.person", person_id=person_id)
        )
    page = render_template(
        "people/correct.html",
        form=form,
        person=found,
        field=i18n.say(timeline.field_words("org")),
        sealed=False,
    )
    return (page, 422) if form.is_submitted() else page


@room.form_page("/people/<person_id>/photo", "people:person:change")
def change_photo(person_id: str) -> str | tuple[str, int] | BaseResponse:
    found = web.load(Person, person_id, "people:person:change", joinedload(Person.photo))
    form = PhotoForm()
    if form.validate_on_submit():
        jpeg = persons.id_photo(form.photo.data.read(), form.photo.data.filename or "")
        persons.set_photo(web.actor(), found, jpeg, now=clock.now())
        return web.done(gettext("照片已更新"), url_for("people.person", person_id=person_id))
    page = render_template(
        "people/photo.html",
        form=form,
        person=found,
        photo_url=files.link(found.photo) if found.photo else "",
    )
    return (page, 422) if form.is_submitted() else page


@room.form_page("/people/<person_id>/unmask/<field>", "people:person:unmask")
def unmask(person_id: str, field: str) -> str | tuple[str, int]:
    """Identity number or telephone in full: a reason first, shown on this answer only."""
    found = web.load(Person, person_id, "people:person:unmask")
    if field not in persons.SEALED_FIELDS:
        abort(404)
    form, value = ReasonForm(), ""
    if form.validate_on_submit():
        seen = persons.unmask(web.actor(), found, field, str(form.reason.data), now=clock.now())
        value = entry.held(seen)[field]
    page = render_template(
        "people/unmask.html",
        form=form,
        person=found,
        field=i18n.say(timeline.field_words(field)),
        value=value,
    )
    return (page, 422) if form.is_submitted() and not value else page
