"""Accounts of others: the list, one account, and what can be done about it."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, current_app, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from training.core import access, clock, i18n, lists, web
from training.core.errors import Refused
from training.core.rules.contact import mask_phone
from training.core.rules.roles import ROLES
from training.core.rules.words import N_

from .. import accounts_admin, accounts_slips, auth, totp
from .. import accounts_queries as queries
from ..accounts_forms import CloseForm, OpenAccountForm
from ..models import Account, OneTimeSlip, Person
from ..rules.person import ACCOUNT_LABELS, AccountState, SlipPurpose
from ..rules.slips import spaced
from . import room

_CODE_SHOWN = timedelta(minutes=15)
_KINDS = {AccountState.WAITING: "due", AccountState.ACTIVE: "ok", AccountState.CLOSED: "none"}
_PURPOSES = {SlipPurpose.ACTIVATION: N_("激活单"), SlipPurpose.RESET: N_("重置单")}


def state_of(account: Account) -> dict[str, str]:
    """The account's state as every page shows it."""
    return {"kind": _KINDS[account.state], "label": gettext(ACCOUNT_LABELS[account.state])}


def role_lines(account: Account) -> list[str]:
    return [
        gettext(
            "%(role)s（%(org)s）",
            role=gettext(ROLES[g.role].label),
            org=i18n.title_of(g.org, "name"),
        )
        for g in account.grants
    ]


def _waiting() -> dict[str, str]:
    return {"kind": "stop", "label": gettext("登录等待")}


@room.page("/accounts", "people:account:list")
def accounts() -> str:
    now, who = clock.now(), web.actor()
    orgs = queries.orgs_within(who)
    applied = lists.apply(queries.filters(orgs, now), request.args, url_for("people.accounts"))
    query = queries.visible_accounts(who).where(*applied.conditions)
    order = lists.chosen_order(queries.ORDERS, request.args)
    page = lists.page(query, order, Account.id, applied, request.args)
    delayed = auth.delayed([a.id for a in page.rows], now)
    rows = [
        {
            "url": url_for("people.account", account_id=a.public_id),
            "name": a.person.name,
            "username": a.username,
            "org": i18n.title_of(a.person.org, "name"),
            "roles": gettext("、").join(role_lines(a)),
            "state": _waiting() if a.id in delayed else state_of(a),
        }
        for a in page.rows
    ]
    return render_template(
        "people/accounts.html",
        rows=rows, page=page, applied=applied, orgs=orgs, total=lists.count(query),
        states=[(str(s), gettext(label)) for s, label in ACCOUNT_LABELS.items()],
        roles=[(str(r), gettext(info.label)) for r, info in ROLES.items()],
    )  # fmt: skip


def _load(public_id: str, permission: str) -> Account:
    return web.load(Account, public_id, permission)


def _page(found: Account) -> str:
    return url_for("people.account", account_id=found.public_id)


@room.page("/accounts/<account_id>", "people:account:list")
def account(account_id: str) -> str:
    found, now = _load(account_id, "people:account:list"), clock.now()
    slips = queries.slips_of(found)
    names = queries.names_by_ref(s.issued_by for s in slips)
    return render_template(
        "people/account.html",
        account=found,
        state=state_of(found),
        phone=mask_phone(found.person.phone),
        roles=role_lines(found),
        delay=auth.delayed([found.id], now).get(found.id),
        own=found.person_id == web.actor().person_id,
        others=[a for a in queries.own_accounts(found.person) if a.id != found.id],
        slips=[
            {
                "when": s.issued_at,
                "who": names.get(s.issued_by, ""),
                "what": gettext(_PURPOSES[s.purpose]),
                "detail": _slip_state(s),
                "kind": "ok" if s.used_at else "none",
            }
            for s in slips
        ],
    )


def _slip_state(slip: OneTimeSlip) -> str:
    if slip.used_at is not None:
        return str(gettext("已使用：%(when)s", when=i18n.format_datetime(slip.used_at)))
    if slip.withdrawn_at is not None:
        return str(gettext("已作废"))
    if slip.expires_at <= clock.now():
        return str(gettext("已过期"))
    return str(gettext("有效期至 %(when)s", when=i18n.format_datetime(slip.expires_at)))


@room.form_page("/accounts/open/<person_id>", "people:account:manage")
def open_account(person_id: str) -> str | BaseResponse | tuple[str, int]:
    """Open an account for a person."""
    person = web.load(Person, person_id, "people:account:manage")
    form = OpenAccountForm()
    held = [
        {"username": a.username, "public_id": a.public_id, "state": state_of(a)}
        for a in queries.own_accounts(person)
    ]
    page = {"form": form, "person": person, "phone": mask_phone(person.phone), "held": held}
    if form.is_blank():
        form.username.data = "" if held else (person.mediator_no or "").lower()
        form.by_phone.data = bool(person.phone) and not held
        form.as_mediator.data = True
    if not form.is_submitted():
        return render_template("people/open_account.html", **page)
    if not form.validate():
        return render_template("people/open_account.html", **page), 422
    try:
        opened = accounts_admin.open_account(
            web.actor(), person, form.username.data or "", by_phone=form.by_phone.data,
            as_mediator=form.as_mediator.data, now=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        if refused.status != 422 or refused.code == "KEY_REUSED":
            raise
        field = form.username if refused.code == "USERNAME" else form.by_phone
        form.blame(field, refused)
        page["person"] = web.load(Person, person_id, "people:account:manage")
        return render_template("people/open_account.html", **page), 422
    return web.done(gettext("账号已开通，请发放激活单"), _page(opened))


@room.act("/accounts/<account_id>/slip", "people:account:manage")
def issue_slip(account_id: str) -> BaseResponse:
    slip = accounts_slips.issue(
        web.actor(), _load(account_id, "people:account:manage"), now=clock.now()
    )
    return web.go(url_for("people.slip", slip_id=slip.public_id))


@room.page("/slips/<slip_id>", "people:account:manage")
def slip(slip_id: str) -> str:
    """A slip to print. Its code is shown to the one who issued it, for a quarter of an hour."""
    found = accounts_slips.by_public_id(slip_id)
    if found is None or not access.may(web.actor(), "people:account:manage", found.account):
        web.security_event("not_visible", "one_time_slip")
        abort(404)
    shown = (
        found.issued_by == web.actor().ref
        and found.used_at is None
        and found.withdrawn_at is None
        and found.issued_at + _CODE_SHOWN > clock.now()
    )
    activate_url = f"{current_app.config['BASE_URL']}{url_for('people.activate')}"
    return render_template(
        "people/slip.html",
        slip=found,
        purpose=gettext(_PURPOSES[found.purpose]),
        account=found.account,
        code=spaced(accounts_slips.code_of(found)) if shown else "",
        qr=accounts_slips.qr_svg(activate_url) if shown else "",
        activate_url=activate_url,
    )


@room.act("/accounts/<account_id>/close", "people:account:manage")
def close_account(account_id: str) -> BaseResponse:
    found, form = _load(account_id, "people:account:manage"), CloseForm()
    reason = (form.reason.data or "") if form.validate() else ""
    closed = accounts_admin.close(web.actor(), found, reason, now=clock.now())
    return web.done(gettext("账号已停用，所有登录立即失效"), _page(closed))


@room.act("/accounts/<account_id>/reopen", "people:account:manage")
def reopen_account(account_id: str) -> BaseResponse:
    found = _load(account_id, "people:account:manage")
    return web.done(
        gettext("账号已恢复使用"),
        _page(accounts_admin.reopen(web.actor(), found, now=clock.now())),
    )


@room.act("/accounts/<account_id>/release", "people:account:release")
def release_delay(account_id: str) -> BaseResponse:
    found = _load(account_id, "people:account:release")
    return web.done(
        gettext("已解除等待，本人可以立即再登录"),
        _page(accounts_admin.release_delay(web.actor(), found, now=clock.now())),
    )


@room.act("/accounts/<account_id>/second/drop", "people:account:second")
def drop_second(account_id: str) -> BaseResponse:
    found = _load(account_id, "people:account:second")
    return web.done(
        gettext("已解除二次验证，本人下次登录时须重新设置"),
        _page(totp.drop(web.actor(), found, now=clock.now())),
    )
