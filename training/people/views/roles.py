"""Roles of an account: what it holds, what it held, granting and revoking."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import clock, i18n, web
from training.core.errors import Refused
from training.core.rules.roles import ROLES, Role

from .. import accounts_admin, roles
from .. import accounts_queries as queries
from ..accounts_forms import GrantForm
from ..models import Account, RoleGrant
from . import room

_MAY = "people:role:grant"


@room.form_page("/accounts/<account_id>/roles", _MAY)
def account_roles(account_id: str) -> str | BaseResponse | tuple[str, int]:
    account = web.load(Account, account_id, _MAY)
    units = accounts_admin.units_for(account.person)
    form = GrantForm()
    form.role.choices = [(str(r), gettext(info.label)) for r, info in ROLES.items()]
    form.org.choices = [(o.public_id, i18n.title_of(o, "name")) for o in units]
    if not form.is_submitted():
        return _shown(account, form)
    if not form.validate():
        return _shown(account, form), 422
    org = next(o for o in units if o.public_id == form.org.data)
    try:
        roles.grant(web.actor(), account, Role(form.role.data), org, now=clock.now())
    except Refused as refused:
        if refused.code != "GRANT":
            raise
        form.deny(refused)
        return _shown(web.load(Account, account_id, _MAY), form), 422
    return web.done(
        gettext("角色已授予，立即生效"), url_for("people.account_roles", account_id=account_id)
    )


def _shown(account: Account, form: GrantForm) -> str:
    past = roles.history(account)
    names = queries.names_by_ref({g.granted_by for g in past} | {g.revoked_by for g in past})
    return render_template(
        "people/roles.html",
        account=account,
        form=form,
        own=account.person_id == web.actor().person_id,
        others=[a for a in queries.own_accounts(account.person) if a.id != account.id],
        grants=[_line(g, names) for g in past if g.revoked_at is None],
        past=[_line(g, names) for g in past if g.revoked_at is not None],
    )


def _line(grant: RoleGrant, names: dict[str, str]) -> dict[str, object]:
    return {
        "role": gettext(ROLES[grant.role].label),
        "org": i18n.title_of(grant.org, "name"),
        "granted": i18n.format_datetime(grant.granted_at),
        "by": names.get(grant.granted_by, ""),
        "revoked": i18n.format_datetime(grant.revoked_at),
        "revoked_by": names.get(grant.revoked_by, ""),
        "url": url_for("people.revoke_role", grant_id=grant.public_id),
        "id": grant.public_id,
    }


@room.act("/roles/<grant_id>/revoke", _MAY)
def revoke_role(grant_id: str) -> BaseResponse:
    given = web.load(RoleGrant, grant_id, _MAY)
    account = given.account.public_id
    roles.revoke(web.actor(), given, now=clock.now())
    return web.done(
        gettext("角色已收回，立即生效"), url_for("people.account_roles", account_id=account)
    )
