"""Organisations: the tree, setting up, changing and closing units."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, web
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.rules.roles import ORG_CHILDREN, ORG_KIND_LABELS, OrgKind

from .. import organisations
from ..persons_forms import NewUnitForm, UnitForm
from . import room

CHANGE = "core:org:change"


@room.page("/orgs", "core:org:read", endpoint="orgs")
def orgs_page() -> str:
    search = request.args.get("q", "").strip()[:40]
    return render_template(
        "people/orgs.html",
        tree=organisations.tree(web.actor(), search),
        search=search,
        labels={k: gettext(w) for k, w in ORG_KIND_LABELS.items()},
        may_change=access.holds(web.actor(), CHANGE),
    )


@room.page("/orgs/<org_id>", "core:org:read")
def org(org_id: str) -> str:
    unit = web.load(OrgUnit, org_id, "core:org:read")
    may_change = access.may(web.actor(), CHANGE, unit)
    return render_template(
        "people/org.html",
        unit=unit,
        kind=gettext(ORG_KIND_LABELS[unit.kind]),
        may_change=may_change and unit.closed_on is None,
        may_add=may_change and unit.closed_on is None and bool(ORG_CHILDREN[unit.kind]),
        reasons=[reason_row(r) for r in organisations.closable(unit).reasons]
        if may_change and unit.closed_on is None
        else [],
        node=next(
            (n for n in _flat(organisations.tree(web.actor())) if n.unit.id == unit.id), None
        ),
        labels={k: gettext(w) for k, w in ORG_KIND_LABELS.items()},
    )


def _flat(nodes: list[organisations.Node]) -> list[organisations.Node]:
    return [n for node in nodes for n in (node, *_flat(node.children))]


def _at_name(form: UnitForm, refused: Refused) -> None:
    """A name that is taken stands beside its field; anything else goes on up."""
    if refused.code != "ORG_NAME":
        raise refused
    form.blame(form.name, refused)


@room.form_page("/orgs/<org_id>/add", CHANGE)
def add_org(org_id: str) -> str | tuple[str, int] | BaseResponse:
    parent = web.load(OrgUnit, org_id, CHANGE)
    kinds = [k for k in OrgKind if k in ORG_CHILDREN[parent.kind]]
    form = NewUnitForm()
    form.offer(kinds)
    if form.validate_on_submit():
        try:
            made = organisations.add_unit(
                web.actor(),
                parent,
                OrgKind(form.kind.data),
                str(form.name.data).strip(),
                name_en=str(form.name_en.data or ""),
                region_code=str(form.region_code.data or ""),
                address=str(form.address.data or ""),
                phone=str(form.phone.data or ""),
                now=clock.now(),
            )
        except Refused as refused:
            _at_name(form, refused)
        else:
            return web.done(
                gettext("%(name)s已设立", name=made.name),
                url_for("people.org", org_id=made.public_id),
            )
    page = render_template(
        "people/org_form.html", form=form, title=gettext("设立下级机构"), above=parent
    )
    return (page, 422) if form.is_submitted() else page


@room.form_page("/orgs/<org_id>/change", CHANGE)
def change_org(org_id: str) -> str | tuple[str, int] | BaseResponse:
    unit = web.load(OrgUnit, org_id, CHANGE)
    form = UnitForm(obj=unit)
    if form.validate_on_submit():
        try:
            organisations.change_unit(
                web.actor(),
                unit,
                str(form.name.data).strip(),
                name_en=str(form.name_en.data or ""),
                address=str(form.address.data or ""),
                phone=str(form.phone.data or ""),
                now=clock.now(),
            )
        except Refused as refused:
            _at_name(form, refused)
        else:
            return web.done(gettext("机构信息已保存"), url_for("people.org", org_id=org_id))
    page = render_template(
        "people/org_form.html", form=form, title=gettext("变更机构信息"), above=unit
    )
    return (page, 422) if form.is_submitted() else page


@room.act("/orgs/<org_id>/close", CHANGE)
def close_org(org_id: str) -> BaseResponse:
    unit = web.load(OrgUnit, org_id, CHANGE)
    organisations.close_unit(
        web.actor(),
        unit,
        request.form.get("reason", ""),
        today=clock.today(),
        now=clock.now(),
    )
    return web.done(gettext("%(name)s已撤销", name=title_of(unit, "name")), url_for("people.orgs"))
