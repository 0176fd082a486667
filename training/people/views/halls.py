"""Address ranges of exam halls."""

from __future__ import annotations

from datetime import date

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, i18n, web
from training.core.rules.verdict import Verdict

from .. import halls as service
from ..accounts_forms import HallForm
from ..models import HallRange
from . import room

_MAY = "people:hall:manage"


@room.form_page("/halls", _MAY)
def halls() -> str | BaseResponse | tuple[str, int]:
    who, now = web.actor(), clock.now()
    units, form = service.bureaus(who), HallForm()
    form.org.choices = [(o.public_id, i18n.title_of(o, "name")) for o in units]
    if not form.is_submitted():
        return _shown(form)
    if not form.validate():
        return _shown(form), 422
    org = next(o for o in units if o.public_id == form.org.data)
    start, end = form.start.data or date.min, form.end.data or date.min
    name = (form.name.data or "").strip()
    network = service.judge(org, form.cidr.data or "", start, end, now)
    if isinstance(network, Verdict):
        form.deny_range(network)
        return _shown(form), 422
    service.register(who, org, network, name, start, end, now=now)
    return web.done(gettext("考场网段已登记"), url_for("people.halls"))


def _shown(form: HallForm) -> str:
    today = clock.today()
    rows = [
        {
            "name": h.name,
            "cidr": h.cidr,
            "org": i18n.title_of(h.org, "name"),
            "period": f"{i18n.format_day(h.valid_from)} – {i18n.format_day(h.valid_until)}",
            "state": _state(h, today),
            "id": h.public_id,
            "url": url_for("people.end_hall", hall_id=h.public_id),
            "open": h.ended_at is None and h.valid_until >= today,
        }
        for h in service.listed(web.actor())
    ]
    return render_template(
        "people/halls.html", form=form, rows=rows, here=request.remote_addr or ""
    )


def _state(hall: HallRange, today: date) -> dict[str, str]:
    if hall.ended_at is not None:
        return {"kind": "none", "label": gettext("已结束")}
    if hall.valid_until < today:
        return {"kind": "none", "label": gettext("已过期")}
    if hall.valid_from > today:
        return {"kind": "info", "label": gettext("未开始")}
    return {"kind": "ok", "label": gettext("使用中")}


@room.act("/halls/<hall_id>/end", _MAY)
def end_hall(hall_id: str) -> BaseResponse:
    hall = web.load(HallRange, hall_id, _MAY)
    service.end(web.actor(), hall, now=clock.now())
    return web.done(gettext("已结束登记"), url_for("people.halls"))
