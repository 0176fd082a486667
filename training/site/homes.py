"""Which homes a person has, and which one is open."""

from __future__ import annotations

from flask import session

from training.core.rules.permission import Actor

from .navigation import HOMES, Home


def homes_of(actor: Actor) -> list[Home]:
    """The homes of a person's roles, in the order of the table."""
    return [h for h in HOMES if h.roles & actor.roles]


def current_home(actor: Actor) -> Home | None:
    """The home chosen in this browser, else the first one."""
    mine = homes_of(actor)
    chosen = session.get("home")
    return next((h for h in mine if h.code == chosen), mine[0] if mine else None)
