"""For trainers: planning sessions, the class list, attendance and its correction."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, i18n, lists, orgs, web
from training.core.db import db
from training.core.errors import Refused
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_
from training.people.models import Person

from .. import changing, queries, sessions
from ..forms import SessionChangeForm, SessionForm
from ..models import SessionTemplate, TrainingSession
from ..rules.sessions import MARK_LABELS, SESSION_LABELS, Mark, SessionState
from . import room, shown

MANAGE, LIST = "programmes:session:manage", "programmes:session:list"
CLASS, RECORD = "programmes:class:read", "programmes:attendance:record"

_ORDERS = (lists.Order("latest", TrainingSession.starts_at, descending=True),)
_FILTERS = (
    lists.Filter(
        "state",
        N_("状态"),
        lists.choice(SessionState),
        lambda v: TrainingSession.state == v,
        lambda v: gettext(SESSION_LABELS[v]),
    ),
    lists.Filter(
        "topic",
        N_("专题"),
        lists.choice(Topic),
        lambda v: TrainingSession.topic == v,
        lambda v: gettext(TOPIC_LABELS[v]),
    ),
)


@room.page("/classes/", LIST)
def manage() -> str:
    """Sessions of my unit, the latest first; on top what still waits for its class list."""
    who, base, now = web.actor(), url_for("programmes.manage"), clock.now()
    applied = lists.apply(_FILTERS, request.args, base)
    mine = sa.select(TrainingSession).where(access.visible(who, LIST, TrainingSession))
    query = mine.where(*applied.conditions)
    page = lists.page(query, _ORDERS[0], TrainingSession.id, applied, request.args)
    waiting = mine.where(
        TrainingSession.state.in_((SessionState.PLANNED, SessionState.OPEN)),
        TrainingSession.starts_at < now,
    ).order_by(TrainingSession.starts_at)
    return render_template(
        "programmes/manage.html",
        rows=[_row(s) for s in page.rows],
        waiting=[_row(s) for s in db.session.scalars(waiting.limit(lists.PAGE_SIZE))],
        page=page,
        applied=applied,
        total=lists.count(query),
        states=[(str(s), gettext(label)) for s, label in SESSION_LABELS.items()],
        topics=[(str(t), gettext(TOPIC_LABELS[t])) for t in Topic],
    )


def _row(session: TrainingSession) -> dict[str, Any]:
    return {
        "title": i18n.title_of(session),
        "url": url_for("programmes.class_list", session_id=session.public_id),
        "when": f"{i18n.format_date(session.starts_at)} {shown.span(session)}",
        "place": session.place,
        "what": shown.topic_and_form(session),
        "org": i18n.title_of(session.org, "name"),
        "trainer": session.trainer.name,
        "state": shown.session_state(session),
    }


def _units() -> list[OrgUnit]:
    return orgs.in_reach(web.actor(), MANAGE, tuple(OrgKind))


def _from_template(template: SessionTemplate) -> dict[str, Any]:
    return {
        "title": template.title, "title_en": template.title_en, "summary": template.summary,
        "summary_en": template.summary_en, "topic": str(template.topic),
        "form": str(template.form), "minutes": template.minutes,
    }  # fmt: skip


@room.form_page("/classes/new", MANAGE)
def new_class() -> str | tuple[str, int] | BaseResponse:
    """Plan a session, from a template of the curriculum or freely."""
    templates = list(db.session.scalars(sa.select(SessionTemplate).order_by(SessionTemplate.code)))
    chosen = next((t for t in templates if t.public_id == request.args.get("template")), None)
    data = _from_template(chosen) if chosen else {}
    form = SessionForm(_units(), data=data)
    if form.validate_on_submit():
        org = web.load(OrgUnit, str(form.org.data), MANAGE)
        try:
            made = sessions.plan_session(
                web.actor(), org, form.plan(), template=chosen, now=clock.now()
            )
        except Refused as refused:
            form.deny(refused)
        else:
            target = url_for("programmes.class_list", session_id=made.public_id)
            return web.done(gettext("培训已安排，学员现在可以报名"), target)
    page = render_template(
        "programmes/class_form.html",
        form=form,
        session=None,
        held=False,
        templates=[
            {
                "label": i18n.title_of(t),
                "note": gettext(TOPIC_LABELS[t.topic]),
                "url": url_for("programmes.new_class", template=t.public_id),
                "current": t is chosen,
            }
            for t in templates
        ],
    )
    return (page, 422) if form.is_submitted() else page


@room.form_page("/classes/<session_id>/edit", MANAGE)
def edit_class(session_id: str) -> str | tuple[str, int] | BaseResponse:
    """Change a session that was not held, or correct what was entered of one that was; people
    whose place or hours it concerns are told."""
    session = web.load(TrainingSession, session_id, MANAGE)
    held = session.state is SessionState.HELD
    act = changing.correct_session if held else changing.change_session
    begins, ends = clock.local(session.starts_at), clock.local(session.ends_at)
    form = SessionChangeForm(
        [session.org],
        obj=session,
        data={
            "org": session.org.public_id, "day": begins.date(), "begins": begins.time(),
            "ends": ends.time(),
        },
    )  # fmt: skip
    if form.validate_on_submit():
        try:
            act(web.actor(), session, form.plan(), form.reason.data or "", now=clock.now())
        except Refused as refused:
            form.deny(refused)
        else:
            target = url_for("programmes.class_list", session_id=session_id)
            done = gettext("记录已更正，学时已冲销重记") if held else gettext("培训安排已修改")
            return web.done(done, target)
    page = render_template(
        "programmes/class_form.html",
        form=form,
        session=session,
        templates=[],
        announced=session.state is not SessionState.PLANNED,
        held=held,
        past=changing.past_training(session) if held else 0,
    )
    return (page, 422) if form.is_submitted() else page


@room.page("/classes/<session_id>", CLASS)
def class_list(session_id: str) -> str:
    """Who signed up, who checked in, what was recorded; the attendance form for trainers."""
    session = web.load(TrainingSession, session_id, CLASS)
    return _class_page(session)


def _class_page(session: TrainingSession, refused: Refused | None = None) -> str:
    now, who = clock.now(), web.actor()
    everybody = request.args.get("all") == "present"
    typed = request.args.get("q", "")
    marks = sessions.marks_of(session)
    places = {p.person_id: p for p in queries.places(session.id)}
    people = [p.person for p in places.values()]
    people += [a.person for a in marks.values() if a.person_id not in places]
    rows = [
        _line(session, person, places.get(person.id), marks.get(person.id), everybody)
        for person in people
    ]
    recordable = access.may(who, RECORD, session) and session.state is not SessionState.CANCELLED
    found = queries.matching(who, typed) if recordable else []
    return render_template(
        "programmes/class_list.html",
        session=session,
        state=shown.session_state(session),
        what=shown.topic_and_form(session),
        span=shown.span(session),
        rows=rows,
        begun=now >= session.starts_at,
        recordable=recordable,
        manageable=access.may(who, MANAGE, session),
        marks=[(str(m), gettext(label)) for m, label in MARK_LABELS.items()],
        figures={m: sum(a.mark is m for a in marks.values()) for m in Mark},
        checked_in=sum(p.checked_in_at is not None for p in places.values()),
        typed=typed,
        found=[p for p in found if p.id not in places and p.id not in marks],
        reasons=shown.reasons(refused.verdict) if refused else [],
        codes=[refused.code] if refused else [],
        history=shown.history(changing.history(session), office=True),
    )


def _line(
    session: TrainingSession, person: Person, place: Any, held: Any, everybody: bool
) -> dict[str, Any]:
    """A line of the list, filled with what was sent, else recorded, else said at the door."""
    name, typed = person.public_id, web.typed()
    suggested = str(held.mark) if held else ""
    if not held and (everybody or (place is not None and place.checked_in_at)):
        suggested = str(Mark.PRESENT)
    return {
        "id": name,
        "name": person.name,
        "number": person.mediator_no or "",
        "org": i18n.title_of(person.org, "name"),
        "checked_in": clock.local(place.checked_in_at).strftime("%H:%M")
        if place is not None and place.checked_in_at
        else "",
        "held": shown.mark_state(held.mark) if held else None,
        "mark": typed.get(f"mark-{name}", suggested),
        "reason": typed.get(f"reason-{name}", held.reason if held else ""),
        "minutes": typed.get(f"minutes-{name}", held.minutes if held else ""),
    }


@room.act("/classes/<session_id>/attendance", RECORD)
def record(session_id: str) -> BaseResponse | tuple[str, int]:
    """Confirm the list: marks and hours in one act."""
    session = web.load(TrainingSession, session_id, RECORD)
    try:
        sessions.record_attendance(web.actor(), session, _sent(session), now=clock.now())
    except Refused as refused:
        db.session.rollback()
        session = web.load(TrainingSession, session_id, RECORD)
        return _class_page(session, refused), 422
    target = url_for("programmes.class_list", session_id=session_id)
    return web.done(gettext("到场情况已登记，学时已计入台账"), target)


def _sent(session: TrainingSession) -> list[sessions.Entry]:
    """The lines of the form that carry a mark, for people on the class list only."""
    on_list = {p.person.public_id: p.person for p in queries.places(session.id)}
    on_list |= {a.person.public_id: a.person for a in sessions.marks_of(session).values()}
    entries = []
    for name, person in on_list.items():
        mark = lists.choice(Mark)(request.form.get(f"mark-{name}", ""))
        if mark is None:
            continue
        minutes = request.form.get(f"minutes-{name}", "").strip()
        entries.append(
            sessions.Entry(
                person=person,
                mark=mark,
                reason=request.form.get(f"reason-{name}", ""),
                minutes=_whole(minutes) if minutes and mark is Mark.LATE else None,
            )
        )
    return entries


def _whole(text: str) -> int:
    """A number as typed; nothing sensible is 0, which the gate refuses with its reason."""
    return int(text) if text.isdigit() and len(text) < 6 else 0


@room.act("/classes/<session_id>/people", RECORD)
def add_person(session_id: str) -> BaseResponse:
    """Put somebody on the class list, from the actor's own roster."""
    session = web.load(TrainingSession, session_id, RECORD)
    chosen = request.form.get("person", "")
    if not chosen:
        raise Refused.because("NOBODY_CHOSEN", N_("请先选择要加入的人"), status=422)
    person = web.load(Person, chosen, "people:person:list")
    sessions.add_to_class(web.actor(), session, person, now=clock.now())
    target = url_for("programmes.class_list", session_id=session_id)
    return web.done(gettext("已加入名单"), target)


def _act(session_id: str) -> tuple[TrainingSession, str]:
    target = url_for("programmes.class_list", session_id=session_id)
    return web.load(TrainingSession, session_id, MANAGE), target


@room.act("/classes/<session_id>/open", MANAGE)
def open_class(session_id: str) -> BaseResponse:
    session, target = _act(session_id)
    sessions.open_session(web.actor(), session, now=clock.now())
    return web.done(gettext("报名已开放"), target)


@room.act("/classes/<session_id>/cancel", MANAGE)
def cancel_class(session_id: str) -> BaseResponse:
    session, target = _act(session_id)
    reason = request.form.get("reason", "")
    changing.cancel_session(web.actor(), session, reason, now=clock.now())
    return web.done(gettext("培训已取消，已通知报名的学员"), target)


@room.act("/classes/<session_id>/reopen", MANAGE)
def reopen_class(session_id: str) -> BaseResponse:
    session, target = _act(session_id)
    reason = request.form.get("reason", "")
    changing.reopen_session(web.actor(), session, reason, now=clock.now())
    return web.done(gettext("培训已恢复，已通知报名的学员"), target)
