"""Papers of sittings: the admission ticket (准考证), one or a whole sitting's."""

from __future__ import annotations

from flask_babel import gettext

from training.core import i18n
from training.core.documents.definition import (
    Document,
    DocumentKind,
    Field,
    FieldTable,
    Note,
    Photo,
    Slip,
    Slips,
)
from training.core.documents.registry import Order, builder
from training.core.rules.contact import mask_identity_number
from training.core.rules.words import N_

from . import queries
from .models import Attempt, Sitting
from .rules.attempt import DROPPED, STATE_LABELS


def _when(sitting: Sitting) -> str:
    return i18n.plain_span(sitting.starts_at, sitting.ends_at)


@builder("admission_ticket", N_("准考证"), "sittings:ticket:print", Attempt)
def admission_ticket(attempt: Attempt, order: Order) -> Document:
    """One candidate's ticket."""
    sitting, person = attempt.sitting, attempt.person
    number = mask_identity_number(person.id_number) if person.id_number else ""
    rows: tuple[tuple[Field | Photo, ...], ...] = (
        (Field(gettext("姓名"), person.name), Photo(caption=gettext("照片"))),
        (Field(gettext("身份证号"), number),),
        (Field(gettext("准考证号"), attempt.ticket_no),),
        (Field(gettext("座位号"), str(attempt.seat)),),
        (Field(gettext("考试"), i18n.title_of(sitting), span=2),),
        (Field(gettext("时间"), _when(sitting), span=2),),
        (Field(gettext("开放入场"), i18n.plain_datetime(sitting.doors_open_at), span=2),),
        (Field(gettext("地点"), sitting.place or gettext("线上"), span=2),),
    )
    return Document(
        title=gettext("准考证"),
        kind=DocumentKind.TABLE,
        organisation=i18n.title_of(sitting.org, "name"),
        blocks=(
            FieldTable(rows),
            Note(
                gettext("本准考证已失效：%(why)s。", why=gettext(STATE_LABELS[attempt.state]))
                if attempt.state in DROPPED
                else gettext("请携带身份证，在开考前到场核对；时间以服务器为准。")
            ),
        ),
        english=order.english,
    )


@builder("admission_tickets", N_("准考证（全场）"), "sittings:ticket:print", Sitting)
def admission_tickets(sitting: Sitting, order: Order) -> Document:
    """All tickets of a sitting, to cut apart."""
    slips = tuple(
        Slip(
            title=i18n.title_of(sitting),
            lines=(
                (gettext("姓名"), a.person.name),
                (gettext("准考证号"), a.ticket_no),
                (gettext("座位号"), str(a.seat)),
                (gettext("开考时间"), i18n.plain_datetime(sitting.starts_at)),
                (gettext("地点"), sitting.place or gettext("线上")),
            ),
        )
        for a in queries.candidates_of(sitting)
        if a.state not in DROPPED
    )
    return Document(
        title=gettext("准考证"),
        kind=DocumentKind.LIST,
        organisation=i18n.title_of(sitting.org, "name"),
        blocks=(Slips(slips),),
        english=order.english,
    )
