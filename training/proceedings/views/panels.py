"""评审小组: who sits, and each member's own declaration."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import clock, policy, web
from training.core.errors import Refused
from training.core.i18n import format_date, title_of

from .. import matters, queries, service
from ..forms import CorrectDeclarationForm, DeclareForm
from ..models import DeclarationCorrection, Panel, PanelSeat
from ..rules.separation import sitting
from . import room

READ = "proceedings:panel:read"
DECLARE = "proceedings:panel:declare"


def state_of(seat: PanelSeat) -> dict[str, str]:
    """Has the member declared, and what?"""
    if seat.conflict is None:
        return {"kind": "due", "label": gettext("未声明")}
    if seat.conflict:
        return {"kind": "stop", "label": gettext("回避")}
    return {"kind": "ok", "label": gettext("参加评审")}


@room.page("/panels/<panel_id>", READ)
def panel(panel_id: str) -> str:
    """One panel."""
    return _shown(web.load(Panel, panel_id, READ), DeclareForm(formdata=None))


def _shown(found: Panel, form: DeclareForm) -> str:
    me, matter = web.actor().person_id, matters.find(found.matter_type)
    mine = next((s for s in found.members if s.person_id == me), None)
    before = queries.declared_before(found)
    rows = [
        {
            "name": s.person.name,
            "state": state_of(s),
            "at": clock.local(s.declared_at).strftime("%Y-%m-%d") if s.declared_at else "",
            "text": s.conflict_text,
            "before": _before(before.get(s.id, [])),
        }
        for s in found.members
    ]
    return render_template(
        "proceedings/panel.html",
        panel=found,
        org=title_of(found.org, "name"),
        rows=rows,
        minimum=policy.get("panel.min", found.org, clock.today()).value,
        sitting=len(sitting(queries.panel_members(found))),
        matter_url=matter.url(found.matter_ref) if matter is not None else "",
        form=form if mine is not None and mine.conflict is None else None,
        corrected=bool(before),
        declared=mine is not None and mine.conflict is not None,
        decided=matters.panel_decided(found),
    )


def _before(corrections: list[DeclarationCorrection]) -> str:
    """What a member had declared before, each with the reason of its correction."""
    return str(gettext("；")).join(
        gettext(
            "%(day)s：%(declared)s，更正理由：%(why)s",
            day=format_date(c.former_at),
            declared=gettext("回避") if c.former_conflict else gettext("参加评审"),
            why=c.reason,
        )
        for c in corrections
    )


@room.act("/panels/<panel_id>/declare", DECLARE)
def declare(panel_id: str) -> Response | tuple[str, int]:
    """My declaration."""
    found, form = web.load(Panel, panel_id, DECLARE), DeclareForm()
    if not form.validate():
        return _shown(found, form), 422
    service.declare(
        web.actor(), found, form.conflict.data == "yes", form.text.data or "", now=clock.now()
    )
    return web.done(gettext("声明已记录"), url_for("proceedings.panel", panel_id=panel_id))


@room.form_page("/panels/<panel_id>/declare/correct", DECLARE)
def correct_declaration(panel_id: str) -> Any:
    """Correct my declaration by a further entry."""
    found, form = web.load(Panel, panel_id, DECLARE), CorrectDeclarationForm()
    back = url_for("proceedings.panel", panel_id=panel_id)
    if form.validate_on_submit():
        try:
            service.correct_declaration(
                web.actor(), found, form.conflict.data == "yes", form.text.data or "",
                form.reason.data or "", now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            if refused.status != 422:
                raise
            form.deny(refused.verdict)
        else:
            return web.done(gettext("声明已更正"), back)
    page = render_template("proceedings/declaration.html", panel=found, form=form, back=back)
    return (page, 422) if form.is_submitted() else page
