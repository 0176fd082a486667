"""For learners: coming sessions, a place in one, and the check-in at the door."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, i18n, lists, web
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic, TrainingForm

from .. import changing, queries, sessions
from ..models import TrainingSession
from ..rules.sessions import check_in_gate, sign_up_gate
from . import room, shown

READ, JOIN = "programmes:session:read", "programmes:session:join"


def _forms(text: str) -> list[TrainingForm]:
    """「field_observation,simulation_drill」 as a gate's reason links to."""
    known = {str(f): f for f in TrainingForm}
    return [known[part] for part in text.split(",") if part in known]


@room.page("/sessions/", READ, endpoint="sessions")
def sessions_list() -> str:
    """Sessions that are offered to me and not over, soonest first; by topic and form."""
    topic = lists.choice(Topic)(request.args.get("topic", ""))
    forms = _forms(request.args.get("forms") or request.args.get("form", ""))
    now = clock.now()
    found = queries.coming(current_user.person, now, topic, forms)
    rows = [
        {
            "session": session,
            "url": url_for("programmes.session", session_id=session.public_id),
            "date": shown.dated(session),
            "span": shown.span(session),
            "what": shown.topic_and_form(session),
            "signed": signed,
            "left": max(session.capacity - taken, 0) if session.capacity else None,
        }
        for session, signed, taken in found
    ]
    return render_template(
        "programmes/sessions.html",
        rows=rows,
        topic=topic,
        forms=forms,
        topics=[(str(t), gettext(TOPIC_LABELS[t])) for t in Topic],
        form_choices=[
            (str(f), gettext(FORM_LABELS[f]))
            for f in TrainingForm
            if f is not TrainingForm.ONLINE_STUDY
        ],
        form_names=gettext("、").join(gettext(FORM_LABELS[f]) for f in forms),
    )


@room.page("/sessions/<session_id>", READ)
def session(session_id: str) -> str:
    """One session: when and where, my place, and the check-in when its door is open."""
    record = web.load(TrainingSession, session_id, READ)
    now, person = clock.now(), current_user.person
    place = queries.place_of(record.id, person.id)
    held = place is not None and place.withdrawn_at is None
    taken = queries.taken(record.id)
    mark = queries.mark_of(record.id, person.id)
    may_join = access.holds(web.actor(), JOIN) and queries.is_offered(record, person)
    gate = sign_up_gate(
        state=record.state, starts_at=record.starts_at, now=now, capacity=record.capacity,
        taken=taken,
    )  # fmt: skip
    door = check_in_gate(
        state=record.state, opens_at=record.door_opens_at, ends_at=record.ends_at, now=now
    )
    return render_template(
        "programmes/session.html",
        session=record,
        state=shown.session_state(record),
        what=shown.topic_and_form(record),
        span=shown.span(record),
        place=place if held else None,
        taken=taken,
        may_join=may_join,
        can_sign=bool(gate),
        why_not=[i18n.say(r.words) for r in gate.reasons],
        door_open=bool(door),
        before=now < record.starts_at,
        mark=shown.mark_state(mark.mark) if mark else None,
        mark_entry=mark,
        history=shown.history(changing.history(record), office=False),
    )


def _act(session_id: str) -> tuple[TrainingSession, str]:
    target = url_for("programmes.session", session_id=session_id)
    return web.load(TrainingSession, session_id, READ), target


@room.act("/sessions/<session_id>/join", JOIN)
def join(session_id: str) -> BaseResponse:
    record, target = _act(session_id)
    sessions.sign_up(web.actor(), record, now=clock.now())
    return web.done(gettext("已报名，开课前请提前到场签到"), target)


@room.act("/sessions/<session_id>/leave", JOIN)
def leave(session_id: str) -> BaseResponse:
    record, target = _act(session_id)
    sessions.give_up_place(web.actor(), record, now=clock.now())
    return web.done(gettext("已取消报名，名额已让出"), target)


@room.act("/sessions/<session_id>/check-in", JOIN)
def check_in(session_id: str) -> BaseResponse:
    record, target = _act(session_id)
    sessions.check_in(web.actor(), record, now=clock.now())
    return web.done(gettext("已签到，等待教员确认后计学时"), target)
