"""Papers of procedure: 公示 and 送达回证."""

from __future__ import annotations

from flask_babel import gettext

from training.core import clock
from training.core.db import db
from training.core.documents.definition import (
    Align,
    Block,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    ListTable,
    Note,
    Paragraph,
    SignBlock,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.i18n import plain_datetime, say, title_of
from training.core.rules.words import N_
from training.people.models import Person

from . import queries
from .models import PublicNotice, ServiceRecord
from .rules.lifecycle import METHOD_LABELS
from .rules.notice import OUTCOME_LABELS


@builder("public_notice", N_("公示"), "proceedings:notice:print", PublicNotice)
def public_notice(notice: PublicNotice, order: Order) -> Document:
    """The notice as it is put up: text, names, period, where to object."""
    window = queries.notice_window(notice)
    names = ListTable(
        (gettext("序号"), gettext("姓名"), gettext("单位"), gettext("拟定事项")),
        tuple(
            (str(i), n.name, n.unit, gettext(OUTCOME_LABELS[n.outcome]))
            for i, n in enumerate(notice.names, 1)
        ),
        widths=(1, 2, 5, 3),
    )
    blocks: tuple[Block, ...] = (
        *(Paragraph(part) for part in notice.body.splitlines() if part.strip()),
        names,
        Paragraph(
            gettext(
                "公示期%(n)s个工作日，自%(first)s起至%(last)s止。",
                n=notice.workdays,
                first=on_paper(window.first_day, english=order.english),
                last=on_paper(window.last_day, english=order.english),
            )
        ),
        Paragraph(
            gettext(
                "公示期间对以上人员有异议的，请以书面或者电话方式实名向%(office)s反映，也可以在网上提出。"
                "受理电话：%(telephone)s。",
                office=notice.receiving_office,
                telephone=notice.telephone,
            )
        ),
    )
    return Document(
        say(notice.words),
        DocumentKind.OFFICIAL,
        title_of(notice.org, "name"),
        blocks,
        day=notice.published_on,
        english=order.english,
    )


@builder("service_receipt", N_("送达回证"), "proceedings:service:read", ServiceRecord)
def service_receipt(served: ServiceRecord, order: Order) -> Document:
    """The 送达回证: filled in as far as the site knows, with places for pens."""
    by, received = db.session.get(Person, served.served_by), served.receipt
    rows = (
        (Field(gettext("送达文书"), say(served.words), span=3, align=Align.LEFT),),
        (
            Field(gettext("受送达人"), served.person.name),
            Field(gettext("所在单位"), title_of(served.person.org, "name")),
        ),
        (
            Field(gettext("送达方式"), gettext(METHOD_LABELS[served.method])),
            Field(gettext("送达时间"), plain_datetime(served.served_at)),
        ),
        (
            Field(gettext("送达地点"), ""),
            Field(gettext("送达人"), by.name if by else ""),
        ),
        (Field(gettext("备注"), served.note, span=3, height=14, align=Align.LEFT),),
    )
    words = (
        gettext("本人于%(at)s在系统中确认收到", at=plain_datetime(received.received_at))
        if received
        else ""
    )
    return Document(
        gettext("送达回证"),
        DocumentKind.TABLE,
        title_of(served.org, "name"),
        (
            FieldTable(rows),
            SignBlock(
                gettext("受送达人签收"),
                words,
                served.person.name if received else "",
                clock.today(received.received_at) if received else None,
            ),
            SignBlock(gettext("代收人签收（注明与受送达人的关系）")),
            SignBlock(gettext("见证人（留置送达时填写）")),
            Note(gettext("签收只表示收到，不表示同意文书内容。")),
        ),
        day=clock.today(order.now),
        english=order.english,
    )
