"""Homes: what do I do now?"""

from __future__ import annotations

from flask import render_template, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from training.core import clock, web

from . import learner, staff
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
