"""Objections and appeals: the list, one of them, naming the reviewer, the decision."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from training.core import access, clock, lists, web, workdays
from training.core.i18n import say, title_of
from training.core.lists import Filter
from training.core.rules.words import N_

from .. import matters, queries
from .. import objections as service
from ..forms import AssignForm, DecideForm, ReassignForm
from ..models import Objection
from ..rules.lifecycle import (
    OBJECTION_KIND_LABELS,
    OBJECTION_STATE_LABELS,
    OPEN,
    ObjectionKind,
    ObjectionState,
)
from . import room

READ = "proceedings:objection:read"
ASSIGN = "proceedings:objection:assign"
DECIDE = "proceedings:objection:decide"

_STATE_KINDS = {
    ObjectionState.FILED: "due",
    ObjectionState.ASSIGNED: "info",
    ObjectionState.UPHELD: "ok",
    ObjectionState.DISMISSED: "none",
}
_ORDER = lists.Order("newest", Objection.filed_at, descending=True)
FILTERS = (
    Filter(
        "open",
        N_("状态"),
        lambda text: text if text == "1" else None,
        lambda _: Objection.state.in_(OPEN),
        lambda _: gettext("未办结"),
    ),
    Filter(
        "kind",
        N_("类别"),
        lists.choice(ObjectionKind),
        lambda value: Objection.kind == value,
        lambda value: gettext(OBJECTION_KIND_LABELS[value]),
    ),
)


def state_of(objection: Objection) -> dict[str, str]:
    """The state in words."""
    return {
        "kind": _STATE_KINDS[objection.state],
        "label": gettext(OBJECTION_STATE_LABELS[objection.state]),
    }


def _readable(person_id: int | None) -> sa.ColumnElement[bool]:
    """Whom an objection is against does not read it, whatever their office."""
    return sa.or_(
        Objection.concerned_id.is_(None),
        Objection.concerned_id != person_id,
        Objection.person_id == person_id,
    )


@room.page("/objections", READ)
def objections() -> str:
    """What was objected to: for the staff of the unit, and one's own."""
    who = web.actor()
    applied = lists.apply(FILTERS, request.args, url_for("proceedings.objections"))
    query = (
        sa.select(Objection)
        .where(access.visible(who, READ, Objection), _readable(who.person_id), *applied.conditions)
        .options(joinedload(Objection.org), joinedload(Objection.reviewer))
    )
    page = lists.page(query, _ORDER, Objection.id, applied, request.args)
    calendar = workdays.calendar()
    rows = [
        {
            "title": say(o.words),
            "url": url_for("proceedings.objection", objection_id=o.public_id),
            "kind": gettext(OBJECTION_KIND_LABELS[o.kind]),
            "org": title_of(o.org, "name"),
            "filed": o.filed_on.isoformat(),
            "due": queries.decide_window(o, calendar).last_day.isoformat()
            if o.state in OPEN
            else "",
            "reviewer": o.reviewer.name if o.reviewer else "",
            "state": state_of(o),
        }
        for o in page.rows
    ]
    return render_template(
        "proceedings/objections.html",
        rows=rows,
        page=page,
        applied=applied,
        kinds=[(k, gettext(v)) for k, v in OBJECTION_KIND_LABELS.items()],
        total=lists.count(query),
    )


def _load(objection_id: str, permission: str) -> Objection:
    found = web.load(Objection, objection_id, permission)
    me = web.actor().person_id
    if found.concerned_id == me and found.person_id != me:
        abort(404)
    return found


@room.page("/objections/<objection_id>", READ)
def objection(objection_id: str) -> str:
    """One objection with what was said, what follows and what was decided."""
    return _shown(_load(objection_id, READ))


def _shown(
    found: Objection, assign: AssignForm | None = None, decide: DecideForm | None = None
) -> str:
    who, matter = web.actor(), matters.find(found.matter_type)
    can_assign = found.state in OPEN and access.may(who, ASSIGN, found)
    can_decide = found.state is ObjectionState.ASSIGNED and found.reviewer_id == who.person_id
    if can_assign and assign is None:
        assign = _assign_form(found, blank=True)
    return render_template(
        "proceedings/objection.html",
        objection=found,
        org=title_of(found.org, "name"),
        kind=gettext(OBJECTION_KIND_LABELS[found.kind]),
        state=state_of(found),
        window=queries.decide_window(found),
        staff=access.may(who, ASSIGN, found) or access.may(who, DECIDE, found),
        matter_url=matter.url(found.matter_ref) if matter is not None else "",
        steps=_steps(found),
        reviewers_before=queries.reviewers_before(found),
        assign=assign if can_assign else None,
        decide=(decide or DecideForm(formdata=None)) if can_decide else None,
    )


def _steps(found: Objection) -> list[dict[str, Any]]:
    decided = found.state in (ObjectionState.UPHELD, ObjectionState.DISMISSED)
    return [
        {"label": gettext("提出"), "state": "done", "when": found.filed_on.isoformat()},
        {
            "label": gettext("指定复核人"),
            "state": "current" if found.state is ObjectionState.FILED else "done",
            "who": found.reviewer.name if found.reviewer else "",
            "when": clock.today(found.assigned_at).isoformat() if found.assigned_at else "",
        },
        {
            "label": gettext("复核决定"),
            "state": "done" if decided else "todo" if found.reviewer is None else "current",
            "who": gettext(OBJECTION_STATE_LABELS[found.state]) if decided else "",
            "when": clock.today(found.decided_at).isoformat() if found.decided_at else "",
        },
    ]


def _assign_form(found: Objection, *, blank: bool = False) -> AssignForm:
    kind = ReassignForm if found.reviewer is not None else AssignForm
    form = kind(formdata=None) if blank else kind()
    form.reviewer.choices = [("", gettext("请选择"))] + [
        (p.public_id, f"{p.name}（{title_of(p.org, 'name')}）")
        for p in queries.reviewers(found.org)
        if p.id not in (found.concerned_id, found.person_id, found.reviewer_id)
    ]
    return form


@room.act("/objections/<objection_id>/assign", ASSIGN)
def assign_reviewer(objection_id: str) -> Response | tuple[str, int]:
    """Name who reviews."""
    found = _load(objection_id, ASSIGN)
    form = _assign_form(found)
    if not form.validate():
        return _shown(found, assign=form), 422
    people = {p.public_id: p for p in queries.reviewers(found.org)}
    reviewer = people[form.reviewer.data]
    reason = form.reason.data or "" if isinstance(form, ReassignForm) else ""
    service.assign_reviewer(web.actor(), found, reviewer, reason, now=clock.now())
    return web.done(
        gettext("已指定%(name)s复核", name=reviewer.name),
        url_for("proceedings.objection", objection_id=objection_id),
    )


@room.act("/objections/<objection_id>/decide", DECIDE)
def decide_objection(objection_id: str) -> Response | tuple[str, int]:
    """The reviewer decides."""
    found, form = _load(objection_id, DECIDE), DecideForm()
    if not form.validate():
        return _shown(found, decide=form), 422
    service.decide_objection(
        web.actor(), found, form.outcome.data == "upheld", form.reason.data or "", now=clock.now()
    )
    return web.done(
        gettext("复核决定已作出"), url_for("proceedings.objection", objection_id=objection_id)
    )
