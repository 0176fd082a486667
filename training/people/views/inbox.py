"""The inbox: notices in the reader's language, unread first."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, lists, web
from training.core.i18n import format_date, say

from .. import inbox
from ..models import Notice
from . import room

READ = "people:inbox:read"


def _row(notice: Notice) -> dict[str, Any]:
    text = say(inbox.words(notice))
    return {
        "public_id": notice.public_id,
        "text": text,
        "at": notice.created_at,
        "due_on": notice.due_on,
        "unread": notice.read_at is None,
        "url": url_for("people.open_notice", message_id=notice.public_id) if notice.url else "",
        "group_text": _for_group(text, notice) if notice.due_on else "",
    }


def _for_group(text: str, notice: Notice) -> str:
    """The notice as text for a chat group, without the person's name."""
    due = format_date(notice.due_on)
    return str(gettext("【调解员学院】%(text)s（截止 %(due)s）", text=text, due=due))


@room.page("/inbox", READ)
def my_inbox() -> str:
    applied = lists.apply(inbox.FILTERS, request.args, url_for("people.my_inbox"))
    page = inbox.page(current_user.person.id, applied, request.args)
    return render_template(
        "people/inbox.html",
        rows=[_row(n) for n in page.rows],
        page=page,
        only_unread="unread" in applied.values,
        unread=inbox.unread(current_user.person.id),
    )


@room.page("/inbox/<message_id>", READ)
def open_notice(message_id: str) -> BaseResponse:
    """Follow a notice; what is followed counts as read."""
    notice = inbox.own(current_user.person.id, message_id)
    if notice is None:
        abort(404)
    inbox.mark_read(current_user.person.id, clock.now(), message_id)
    return web.go(web.safe_target(notice.url, url_for("people.my_inbox")))


@room.act("/inbox/<message_id>/read", READ)
def read_notice(message_id: str) -> BaseResponse:
    if inbox.own(current_user.person.id, message_id) is None:
        abort(404)
    inbox.mark_read(current_user.person.id, clock.now(), message_id)
    return web.go(url_for("people.my_inbox"))


@room.act("/inbox/read-all", READ)
def read_all_notices() -> BaseResponse:
    count = inbox.mark_read(current_user.person.id, clock.now())
    return web.done(gettext("已将 %(n)s 条消息标为已读", n=count), url_for("people.my_inbox"))
