"""Correcting a sitting: another time, place or paper, calling it off, the list of candidates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from exams.papers import queries as papers
from training.core import clock, web
from training.core.errors import Refused

from .. import changing, registration
from ..forms import ChangeForm, ListForm
from ..models import Attempt, Sitting
from ..rules.sitting import Arrangement, SittingStage
from ._room import room
from .planning import arrangement_of, paper_choices


def _page(sitting_id: str) -> str:
    return url_for("exams_sittings.sitting", sitting_id=sitting_id)


def _fields(arrangement: Arrangement) -> dict[str, Any]:
    return {
        name: clock.local(value).replace(tzinfo=None) if isinstance(value, datetime) else value
        for name in arrangement.values
        if (value := getattr(arrangement, name)) is not None
    }


@room.form_page("/sittings/<sitting_id>/change", "sittings:sitting:change")
def change(sitting_id: str) -> str | tuple[str, int] | Response:
    """Change when, where and how it is held, before the doors open."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:change")
    who, planned = web.actor(), found.stage is SittingStage.PLANNED
    form = ChangeForm(data=None if request.method == "POST" else _fields(found.arrangement))
    choices = [found.paper]
    if planned:
        choices += [p for p in papers.published(who) if p.id != found.paper_id]
        form.paper.choices = paper_choices(choices)
    else:
        del form.paper
    if form.validate_on_submit():
        chosen = form.paper.data if planned else found.paper.public_id
        paper = next(p for p in choices if p.public_id == chosen)
        try:
            changing.change(
                who, found, paper, arrangement_of(form), form.reason.data or "", now=clock.now()
            )
        except Refused as error:
            form.deny(error)
        else:
            message = (
                gettext("已变更考试安排")
                if planned
                else gettext("已变更考试安排，并已通知考生和监考员")
            )
            return web.done(message, _page(sitting_id))
    status = 422 if request.method == "POST" else 200
    page = render_template("exams_sittings/change.html", form=form, sitting=found, planned=planned)
    return page, status


@room.act("/sittings/<sitting_id>/cancel", "sittings:sitting:cancel")
def cancel(sitting_id: str) -> Response:
    """Call the sitting off."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:cancel")
    changing.cancel(web.actor(), found, request.form.get("reason", ""), now=clock.now())
    return web.done(gettext("考试已取消，记录留存备查"), _page(sitting_id))


def _list_page(
    attempt_id: str, action: str, act: Callable[..., Attempt], done: str
) -> str | tuple[str, int] | Response:
    attempt = web.load(Attempt, attempt_id, f"sittings:attempt:{action}")
    form = ListForm()
    if form.validate_on_submit():
        try:
            act(web.actor(), attempt, form.reason.data or "", now=clock.now())
        except Refused as error:
            form.deny(error)
        else:
            return web.done(done, _page(attempt.sitting.public_id))
    status = 422 if request.method == "POST" else 200
    page = render_template(
        "exams_sittings/correct_list.html", form=form, attempt=attempt, action=action
    )
    return page, status


@room.form_page("/sittings/candidates/<attempt_id>/withdraw", "sittings:attempt:withdraw")
def withdraw(attempt_id: str) -> str | tuple[str, int] | Response:
    """Take one candidate off the list."""
    return _list_page(attempt_id, "withdraw", registration.withdraw, gettext("已撤销列入"))


@room.form_page("/sittings/candidates/<attempt_id>/reenter", "sittings:attempt:reenter")
def reenter(attempt_id: str) -> str | tuple[str, int] | Response:
    """Enter one again who was taken off the list."""
    return _list_page(attempt_id, "reenter", registration.reenter, gettext("已重新列入"))
