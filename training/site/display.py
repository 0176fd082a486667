"""What every template may use: who looks, where they may go, words, masks and tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from training.core import access, clock, i18n, requestid, static_files, web
from training.core.rules.roles import PSEUDO_LABELS, ROLES
from training.people import inbox

from .homes import current_home, homes_of


@dataclass(frozen=True, slots=True)
class Shell:
    """Addresses that every page's frame leads to; empty while a room is not there."""

    home: str
    login: str
    logout: str
    account: str
    inbox: str
    display: str
    upgrade: str
    help: str
    verify: str
    notices: str
    recruitment: str
    appointment: str
    privacy: str
    appraisal: str


_SHELL = {
    "home": "site.home",
    "login": "people.login",
    "logout": "people.logout",
    "account": "people.my_account",
    "inbox": "people.my_inbox",
    "display": "people.display",
    "upgrade": "site.upgrade",
    "help": "site.help",
    "verify": "certificates.verify",
    "notices": "proceedings.public_notices",
    "recruitment": "employment.openings",
    "appointment": "employment.my_appointment",
    "privacy": "site.privacy",
    "appraisal": "appraisal.mine",
}


def shell() -> Shell:
    known = current_app.view_functions
    return Shell(**{name: url_for(e) if e in known else "" for name, e in _SHELL.items()})


@dataclass(frozen=True, slots=True)
class Looking:
    """The person in front of the screen, for the layout."""

    name: str
    size: str
    theme: str
    role_label: str
    org_label: str
    unread: int
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    icon: str
    url: str
    current: bool
    short: str = ""
    count: int = 0


def csrf_field() -> Markup:
    """The CSRF token and the form's own key, for every form that is posted."""
    return Markup(
        '<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="{}" value="{}">'
    ).format(generate_csrf(), web.KEY_FIELD, secrets.token_hex(12))


def _looking() -> Looking | None:
    if not current_user.is_authenticated:
        return None
    account, home = current_user.account, current_home(web.actor())
    grants = [g for g in account.grants if home is not None and g.role in home.roles]
    return Looking(
        name=current_user.person.name,
        size=account.text_size,
        theme=account.theme,
        role_label=gettext(ROLES[grants[0].role].label)
        if grants
        else gettext(PSEUDO_LABELS[next(iter(web.actor().roles & PSEUDO_LABELS.keys()))]),
        org_label=i18n.title_of(grants[0].org, "name")
        if grants
        else i18n.title_of(current_user.person.org, "name"),
        unread=inbox.unread(current_user.person.id),
        is_demo=bool(current_app.config["DEMO"]),
    )


def _nav() -> list[Tab]:
    who = web.actor()
    home = current_home(who)
    if home is None:
        return []
    return [
        Tab(
            gettext(e.label),
            e.icon,
            url_for(e.endpoint),
            request.endpoint == e.endpoint or _under(e.endpoint),
            gettext(e.short) if e.short else "",
        )
        for e in home.entries
        if e.endpoint in current_app.view_functions and access.holds(who, e.permission)
    ]


def _under(endpoint: str) -> bool:
    """Is this page below the entry's list? (``/people/x`` lights up 人员)"""
    base = url_for(endpoint)
    return base != "/" and request.path.startswith(base.rstrip("/") + "/")


def _role_homes() -> list[dict[str, Any]]:
    who, now_at = web.actor(), current_home(web.actor())
    return [
        {
            "label": gettext(h.label),
            "url": url_for("site.switch_home", code=h.code),
            "current": h is now_at,
        }
        for h in homes_of(who)
    ]


def init_display(app: Flask) -> None:
    @app.context_processor
    def _names() -> dict[str, Any]:
        return {
            "actor": _looking(),
            "nav": _nav(),
            "role_homes": _role_homes(),
            "shell": shell(),
            "request_path": web.here(),
            "display_size": request.cookies.get("size", ""),
            "display_theme": request.cookies.get("theme", ""),
            "htmx_url": static_files.url("vendor/htmx.min.js"),
            "lang": "en" if i18n.is_english() else "zh-Hans",
            "now": clock.now(),
            "today": clock.today(),
            "request_id": requestid.current(),
            "site_name": gettext("调解员学院"),
            "demo_banner": gettext("演示环境：人员与数据均为虚构，演示账号不需要二次验证")
            if app.config["DEMO"]
            else "",
            "csrf_field": csrf_field,
            "kept_text": web.kept_text,
            "messages": lambda: get_flashed_messages(with_categories=True),
            "may": lambda permission, record=None: access.may(web.actor(), permission, record),
        }
