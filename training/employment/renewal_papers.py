"""The paper of a renewal: 续聘审批表."""

from __future__ import annotations

from flask_babel import gettext

from training.core import clock
from training.core.db import db
from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    ListTable,
    SignBlock,
)
from training.core.documents.registry import Order, builder
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.rules.words import N_
from training.people.rules.person import SERVICE_LABELS, SEX_LABELS

from . import queries, renewals, term_shown
from .appointment_models import Appointment
from .appointments import events_of
from .exit_papers import day_of, term_words
from .rules.appointment import APPOINTMENT_KIND_LABELS, ENGAGEMENT_LABELS


@builder("renewal_approval", N_("续聘审批表"), "employment:appointment:print", Appointment)
def renewal_approval(appointment: Appointment, order: Order) -> Document:
    """The renewal on one sheet: what it rests on, the unit's opinion, the decision. Of a renewed
    term it shows the term before."""
    before = db.session.get(Appointment, appointment.renews_id or 0) or appointment
    proposals = renewals.proposals_of(before)
    proposal = proposals[0] if proposals else None
    decided = next((e for e in reversed(events_of(before)) if e.action == "renew"), None)
    follows = renewals.next_record(before)
    org = db.session.get_one(OrgUnit, before.org_id)
    person = before.person
    evidence = [
        (str(x["when"]), str(x["what"]))
        for x in term_shown.renewal_evidence(person, [], clock.today(order.now))
    ]
    names = queries.people([proposal.proposed_by if proposal else None])
    proposer = names[proposal.proposed_by].name if proposal else ""
    next_term = gettext(
        "%(start)s至%(end)s", start=day_of(follows.term_start, order),
        end=day_of(follows.term_end, order),
    )  # fmt: skip
    table = FieldTable(
        (
            (
                Field(gettext("姓名"), person.name),
                Field(gettext("性别"), gettext(SEX_LABELS[person.sex]) if person.sex else ""),
            ),
            (
                Field(gettext("人员编号"), person.mediator_no or ""),
                Field(gettext("专职或兼职"), gettext(SERVICE_LABELS[before.service_kind])),
            ),
            (
                Field(gettext("产生方式"), gettext(APPOINTMENT_KIND_LABELS[before.kind])),
                Field(
                    gettext("用工形式"),
                    gettext(ENGAGEMENT_LABELS[(proposal or before).engagement]),
                ),
            ),
            (Field(gettext("本届任期"), term_words(before, order), span=3),),
            (Field(gettext("下一任期"), next_term, span=3),),
            (
                Field(
                    gettext("推选或者聘任的决议"),
                    f"{proposal.resolution}（{day_of(proposal.resolved_on, order)}）"
                    if proposal else "",
                    span=3, align=Align.LEFT,
                ),
            ),
        )
    )  # fmt: skip
    return Document(
        gettext("人民调解员续聘审批表"),
        DocumentKind.TABLE,
        title_of(org, "name"),
        (
            table,
            ListTable(
                (gettext("时间"), gettext("续聘依据")), tuple(evidence), widths=(2, 6),
                aligns=(Align.CENTER, Align.LEFT),
            ),
            SignBlock(
                gettext("单位意见"), proposal.opinion if proposal else "", proposer,
                clock.today(proposal.proposed_at) if proposal else None, seal=True,
            ),
            SignBlock(gettext("科室意见")),
            SignBlock(
                gettext("分管领导意见"), decided.reason if decided else "",
                decided.actor.name if decided and decided.actor else "",
                clock.today(decided.at) if decided else None, seal=True,
            ),
            SignBlock(gettext("备案意见"), appointment.filing if appointment.renews_id else "", seal=True),
        ),
        caption=gettext("填报单位：%(unit)s", unit=title_of(org, "name")),
        english=order.english,
    )  # fmt: skip
