"""公示: the public list, one notice, an objection by anybody, taking a notice back."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask import Response as FlaskResponse
from flask import render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from training.core import access, clock, lists, orgs, policy, web, workdays
from training.core.i18n import title_of
from training.core.limits import limiter

from .. import objections, queries, service
from ..forms import ObjectionForm, VisitorObjectionForm, WithdrawForm
from ..models import NoticeName, PublicNotice
from ..rules.notice import OUTCOME_LABELS, Window
from . import room

READ = "proceedings:notice:read"
FILE = "proceedings:objection:file"

_ORDER = lists.Order("newest", PublicNotice.published_on, descending=True)


def state_of(notice: PublicNotice, window: Window, today: date) -> dict[str, str]:
    """The state of a notice in words."""
    if notice.withdrawn_at is not None:
        return {"kind": "none", "label": gettext("已撤回")}
    if window.is_over(today):
        return {"kind": "ok", "label": gettext("公示期已满")}
    return {"kind": "info", "label": gettext("公示中")}


@room.page("/notices", READ)
def public_notices() -> str:
    """All notices, newest first."""
    applied = lists.apply((), request.args, url_for("proceedings.public_notices"))
    query = (
        sa.select(PublicNotice)
        .where(access.visible(web.actor(), READ, PublicNotice))
        .options(joinedload(PublicNotice.org))
    )
    page = lists.page(query, _ORDER, PublicNotice.id, applied, request.args)
    calendar, today = workdays.calendar(), clock.today()
    counts = queries.notice_names(page.rows)
    rows = []
    for notice in page.rows:
        window = queries.notice_window(notice, calendar)
        rows.append(
            {
                "notice": notice,
                "url": url_for("proceedings.public_notice", notice_id=notice.public_id),
                "org": title_of(notice.org, "name"),
                "window": window,
                "count": counts.get(notice.id, 0),
                "state": state_of(notice, window, today),
            }
        )
    return render_template("proceedings/notices.html", rows=rows, page=page)


@room.page("/notices/<notice_id>", READ)
def public_notice(notice_id: str) -> str:
    """One notice; the names are shown while it runs, later only to those who keep it."""
    notice = web.load(PublicNotice, notice_id, READ)
    return _shown(notice, WithdrawForm(formdata=None))


def _shown(notice: PublicNotice, form: WithdrawForm) -> str:
    today, window = clock.today(), queries.notice_window(notice)
    keeps = access.may(web.actor(), "proceedings:notice:print", notice)
    running = notice.withdrawn_at is None and not window.is_over(today)
    return render_template(
        "proceedings/notice.html",
        notice=notice,
        org=title_of(notice.org, "name"),
        window=window,
        state=state_of(notice, window, today),
        running=running,
        keeps=keeps,
        rows=[
            {"name": n.name, "unit": n.unit, "outcome": gettext(OUTCOME_LABELS[n.outcome])}
            for n in (notice.names if running or keeps else [])
        ],
        form=form,
        address=request.base_url,
    )


@room.act("/notices/<notice_id>/withdraw", "proceedings:notice:publish")
def withdraw_notice(notice_id: str) -> Response | tuple[str, int]:
    """Take a notice back."""
    notice, form = web.load(PublicNotice, notice_id, "proceedings:notice:publish"), WithdrawForm()
    if not form.validate():
        return _shown(notice, form), 422
    service.withdraw_notice(web.actor(), notice, form.reason.data or "", now=clock.now())
    return web.done(
        gettext("公示已撤回"), url_for("proceedings.public_notice", notice_id=notice_id)
    )


def _limit() -> str:
    """So many objections an address, by policy ``security.objection``."""
    root = orgs.root()
    if root is None:
        raise LookupError("the house has no root organisation")
    allowed = policy.get("security.objection", root, clock.today()).value
    return f"{allowed['hour']}/hour;{allowed['day']}/day"


def _was_filed(response: FlaskResponse) -> bool:
    return request.method == "POST" and response.status_code == 303


@room.form_page("/notices/<notice_id>/object", FILE)
@limiter.limit(_limit, deduct_when=_was_filed)
def object_to_notice(notice_id: str) -> Response | tuple[str, int]:
    """Object: anybody, with a name; whoever is signed in is known by their own."""
    notice, who = web.load(PublicNotice, notice_id, FILE), web.actor()
    known = who.account_id is not None
    form = ObjectionForm() if known else VisitorObjectionForm()
    names = {str(n.id): n for n in notice.names}
    form.about.choices = [(key, _line(n)) for key, n in names.items()]
    if len(names) == 1 and form.is_blank():
        form.about.data = next(iter(names))
    window = queries.notice_window(notice)
    if not form.validate_on_submit():
        return _form(notice, form, window), 422 if form.is_submitted() else 200
    filed = objections.object_to_notice(
        who,
        notice,
        names[form.about.data],
        form.text.data or "",
        filer=current_user.person.name if known else form.filer.data or "",
        phone=current_user.person.phone if known else form.phone.data or "",
        now=clock.now(),
    )
    message = gettext(
        "异议已收到，受理编号 %(number)s。复核由他人进行，%(last_day)s 前作出决定",
        number=filed.public_id[:8].upper(),
        last_day=queries.decide_window(filed).last_day.isoformat(),
    )
    return web.done(message, url_for("proceedings.public_notice", notice_id=notice_id))


def _line(name: NoticeName) -> str:
    return f"{name.name}（{name.unit}，{gettext(OUTCOME_LABELS[name.outcome])}）"


def _form(notice: PublicNotice, form: ObjectionForm, window: Window) -> str:
    open_ = notice.withdrawn_at is None and not window.is_over(clock.today())
    return render_template(
        "proceedings/object.html", notice=notice, form=form, window=window, open=open_
    )
