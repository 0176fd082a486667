"""证书模板: the words that certificates carry from now on."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import access, clock, i18n, orgs, web
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind

from .. import payload, wordings
from ..forms import TemplateForm
from ..rules.wording import wording_gate
from . import room

READ, CHANGE = "certificates:template:read", "certificates:template:change"
_BUREAUS = (OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU)


def _bureau(permission: str) -> OrgUnit:
    """The uppermost bureau over which the actor holds the permission."""
    found = orgs.in_reach(web.actor(), permission, _BUREAUS)
    if not found:
        abort(404)
    return found[0]


@room.page("/certificates/wording", READ)
def wording() -> str:
    bureau = _bureau(READ)
    words, template = payload.wording(bureau)
    return render_template(
        "certificates/wording.html",
        bureau=i18n.title_of(bureau, "name"),
        words=words,
        template=template,
        versions=wordings.versions(bureau),
        may_change=access.may(web.actor(), CHANGE, bureau),
    )


@room.form_page("/certificates/wording/change", CHANGE)
def change_wording() -> Response | str | tuple[str, int]:
    bureau = _bureau(CHANGE)
    words, _ = payload.wording(bureau)
    form = TemplateForm(
        data={
            "title": words.title, "title_en": words.title_en, "body": words.body,
            "note": words.note,
        }
    )  # fmt: skip
    if form.validate_on_submit():
        verdict = wording_gate(form.wording)
        if verdict:
            wordings.change(
                web.actor(), bureau, form.wording, str(form.reason.data), now=clock.now()
            )
            return web.done(
                gettext("模板已更新，只用于今后签发的证书"), url_for("certificates.wording")
            )
        form.deny(verdict)
    page = render_template("certificates/change_wording.html", form=form)
    return (page, 422) if form.is_submitted() else page
