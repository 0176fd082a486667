"""Homes (what do I do now?), help, what is kept about people, browsers that are too old."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from training.core import access, clock, orgs, web

from . import learner, staff
from .help_topics import TOPICS, Question
from .homes import current_home, homes_of

room = web.Room("site", __name__)


@room.page("/", "site:home:read")
def home() -> str:
    """The home of the role that is open; a visitor's front page for anybody else."""
    current = current_home(web.actor())
    if current is None:
        return render_template("site/front.html", first_login=url_for("people.activate"))
    now = clock.now()
    if current.code == "learner":
        return render_template("site/home_learner.html", **learner.page(current_user.person, now))
    return render_template(
        "site/home_staff.html", **staff.page(web.actor(), current_user.person, now)
    )


@room.act("/home/<code>", "site:home:read", keyless=True)
def switch_home(code: str) -> Response:
    """Open another of the person's homes; one that is not theirs leaves things as they are."""
    if code in {h.code for h in homes_of(web.actor())}:
        session["home"] = code
    return web.go(url_for("site.home"))


def _entry(question: Question) -> dict[str, Any]:
    offered = (
        question.endpoint in current_app.view_functions
        and question.permission in access.table()
        and access.holds(web.actor(), question.permission)
    )
    return {
        "ask": gettext(question.ask),
        "answer": gettext(question.answer),
        "url": url_for(question.endpoint) if offered else "",
    }


@room.page("/help", "site:page:read")
def help() -> str:
    """Answers for the homes that the reader has, the open one first."""
    mine = [home.code for home in homes_of(web.actor())]
    current = current_home(web.actor())
    topics = [t for t in TOPICS if not t.homes or t.homes & set(mine)]
    if current is not None:
        topics.sort(key=lambda t: current.code not in t.homes)
    return render_template(
        "site/help.html",
        topics=[
            {"label": gettext(t.label), "questions": [_entry(q) for q in t.questions]}
            for t in topics
        ],
        bureau=orgs.root(),
    )


@room.page("/privacy", "site:page:read")
def privacy() -> str:
    """What is kept about people and why (个人信息保护法 arts 17, 30, 35)."""
    return render_template("site/privacy.html", bureau=orgs.root())


@room.page("/upgrade", "site:page:read")
def upgrade() -> str:
    """Where a browser that is too old is sent: plain HTML that anything can show."""
    return render_template("core/upgrade.html")
