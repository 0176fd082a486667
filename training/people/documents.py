"""Papers of this room."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, url_for
from flask_babel import gettext

from training.core import clock
from training.core.documents.definition import Document, DocumentKind, Slip, Slips
from training.core.documents.registry import Order, builder
from training.core.i18n import format_day, title_of
from training.core.models import OrgUnit
from training.core.rules.contact import mask_phone
from training.core.rules.words import N_

from . import accounts_slips, slip_sheets
from .models import OneTimeSlip
from .rules.slips import spaced


def _address() -> str:
    """Where a slip is shown. The code is not in it: it would stay in histories and logs."""
    with current_app.test_request_context():
        path = url_for("people.activate")
    return f"{current_app.config['BASE_URL']}{path}"


def _slip(slip: OneTimeSlip) -> Slip:
    person, code = slip.account.person, accounts_slips.code_of(slip)
    return Slip(
        gettext("账号激活单"),
        (
            (gettext("姓名"), person.name),
            (gettext("单位"), title_of(person.org, "name")),
            (gettext("编号"), person.mediator_no or slip.account.username),
            (gettext("手机号"), mask_phone(person.phone) or gettext("未登记")),
            (gettext("有效期至"), format_day(slip.expires_at)),
        ),
        code=spaced(code),
        code_label=gettext("激活码"),
        url=_address(),
        note=gettext(
            "用手机微信扫码，或者用浏览器打开 %(address)s，"
            "填手机号、激活码和身份证号后四位，再设置自己的密码。请勿转给他人",
            # Shorter to type without its scheme, which a browser knows, and never broken after it.
            address=_address().partition("://")[2],
        ),
    )


@builder(slip_sheets.PAPER, N_("账号激活单"), slip_sheets.MANAGE, OrgUnit, verifiable=False)
def activation_slips(unit: OrgUnit, order: Order) -> Document:
    """Slips to cut off and hand out, issued together."""
    at = datetime.fromisoformat(order.params["at"])
    slips = tuple(_slip(s) for s in slip_sheets.issued_at(unit, at))
    return Document(
        gettext("账号激活单"),
        DocumentKind.LIST,
        title_of(unit, "name"),
        (Slips(slips),),
        day=clock.today(order.now),
        caption=gettext("共 %(n)s 张，请裁开后当面发给本人", n=len(slips)),
        landscape=False,
        english=order.english,
    )
