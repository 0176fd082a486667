"""Papers of appointment: 聘任审批表 and 聘书."""

from __future__ import annotations

from flask_babel import gettext

from certificates import queries as certificates
from training.core import clock
from training.core.db import db
from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    Paragraph,
    Photo,
    SignBlock,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.rules.words import N_
from training.people.rules.person import EDUCATION_LABELS, SERVICE_LABELS, SEX_LABELS

from . import queries
from .appointment_models import Appointment
from .rules.appointment import APPOINTMENT_KIND_LABELS, ENGAGEMENT_LABELS

_PRINT = "employment:appointment:print"


@builder("appointment_approval", N_("聘任审批表"), _PRINT, Appointment)
def appointment_approval(appointment: Appointment, order: Order) -> Document:
    person, org = appointment.person, db.session.get_one(OrgUnit, appointment.org_id)
    held = certificates.active_certificate(person.id, clock.today(order.now))
    names = queries.people([appointment.proposed_by, appointment.approved_by, appointment.filed_by])

    def name(person_id: int | None) -> str:
        return names[person_id].name if person_id is not None else ""

    term = gettext(
        "%(start)s至%(end)s",
        start=on_paper(appointment.term_start, english=order.english),
        end=on_paper(appointment.term_end, english=order.english),
    )  # fmt: skip
    table = FieldTable(
        (
            (
                Field(gettext("姓名"), person.name),
                Field(gettext("性别"), gettext(SEX_LABELS[person.sex]) if person.sex else ""),
                Photo(caption=gettext("照片")),
            ),
            (
                Field(gettext("出生日期"), on_paper(person.birth_date, english=order.english)),
                Field(gettext("文化程度"), gettext(EDUCATION_LABELS[person.education])),
            ),
            (
                Field(gettext("人员编号"), person.mediator_no or ""),
                Field(gettext("证书编号"), held.number if held else gettext("无")),
            ),
            (
                Field(gettext("受聘的调委会"), title_of(org, "name")),
                Field(gettext("产生方式"), gettext(APPOINTMENT_KIND_LABELS[appointment.kind])),
            ),
            (
                Field(gettext("专职或兼职"), gettext(SERVICE_LABELS[appointment.service_kind])),
                Field(gettext("用工形式"), gettext(ENGAGEMENT_LABELS[appointment.engagement])),
            ),
            (
                Field(gettext("派遣单位"), appointment.agency),
                Field(gettext("任期"), term, span=2),
            ),
            (
                Field(
                    gettext("推选或者聘任的决议"),
                    f"{appointment.resolution}（{on_paper(appointment.resolved_on, english=order.english)}）",
                    span=4, align=Align.LEFT,
                ),
            ),
        )
    )  # fmt: skip
    approved = gettext("同意。") if appointment.approved_by else ""
    return Document(
        gettext("人民调解员聘任审批表"),
        DocumentKind.TABLE,
        title_of(org, "name"),
        (
            table,
            SignBlock(
                gettext("经办人意见"), appointment.reason, name(appointment.proposed_by),
                clock.today(appointment.proposed_at), height=24,
            ),
            SignBlock(gettext("调委会意见"), seal=True, height=26),
            SignBlock(gettext("科室意见"), height=24),
            SignBlock(
                gettext("分管领导意见"), approved, name(appointment.approved_by),
                clock.today(appointment.approved_at) if appointment.approved_at else None,
                seal=True, height=26,
            ),
            SignBlock(
                gettext("备案意见"), appointment.filing, name(appointment.filed_by),
                clock.today(appointment.filed_at) if appointment.filed_at else None, seal=True,
                height=26,
            ),
        ),
        caption=gettext("填报单位：%(unit)s", unit=title_of(org, "name")),
        english=order.english,
    )  # fmt: skip


@builder("appointment_letter", N_("聘书"), _PRINT, Appointment)
def appointment_letter(appointment: Appointment, order: Order) -> Document:
    org = db.session.get_one(OrgUnit, appointment.org_id)
    text = gettext(
        "兹聘请您为%(org)s%(service)s人民调解员，任期自%(start)s起至%(end)s止。",
        org=title_of(org, "name"), service=gettext(SERVICE_LABELS[appointment.service_kind]),
        start=on_paper(appointment.term_start, english=order.english),
        end=on_paper(appointment.term_end, english=order.english),
    )  # fmt: skip
    return Document(
        gettext("聘书"),
        DocumentKind.LETTER,
        title_of(org, "name"),
        (
            Paragraph(gettext("%(name)s：", name=appointment.person.name), indent=False),
            Paragraph(text),
        ),
        day=clock.today(appointment.approved_at or order.now),
        english=order.english,
    )
