"""Papers of training: the attendance sheet (培训签到表) and the proof of hours (学时证明)."""

from __future__ import annotations

from flask_babel import gettext

from training.core import clock, orgs
from training.core.db import db
from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    ListTable,
    Paragraph,
    SealPlace,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.i18n import plain_span, title_of
from training.core.models import OrgUnit
from training.core.rules.explanation import show_hundredths
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS
from training.core.rules.words import N_

from . import queries, sessions
from .models import Enrolment, TrainingSession
from .rules.sessions import MARK_LABELS

_SPARE_LINES = 10


@builder("attendance_sheet", N_("培训签到表"), "programmes:class:read", TrainingSession)
def attendance_sheet(session: TrainingSession, order: Order) -> Document:
    """To be signed by hand at the door, with what was recorded so far."""
    marks = sessions.marks_of(session)
    people = {p.person_id: p.person for p in queries.places(session.id)}
    people |= {a.person_id: a.person for a in marks.values()}
    rows = [
        (
            str(n),
            person.name,
            title_of(person.org, "name"),
            person.mediator_no or "",
            "",
            gettext(MARK_LABELS[marks[person.id].mark]) if person.id in marks else "",
        )
        for n, person in enumerate(people.values(), 1)
    ]
    rows += [
        (str(n), "", "", "", "", "") for n in range(len(rows) + 1, len(rows) + _SPARE_LINES + 1)
    ]
    head = (
        gettext("序号"), gettext("姓名"), gettext("单位"), gettext("人员编号"),
        gettext("本人签名"), gettext("到场情况"),
    )  # fmt: skip
    when = plain_span(session.starts_at, session.ends_at)
    return Document(
        gettext("培训签到表"),
        DocumentKind.LIST,
        title_of(session.org, "name"),
        (
            ListTable(
                head,
                tuple(rows),
                widths=(4, 9, 20, 11, 12, 8),
                aligns=(Align.CENTER, Align.CENTER, Align.LEFT) + (Align.CENTER,) * 3,
                height=9,
            ),
        ),
        caption=gettext(
            "培训：%(title)s　时间：%(when)s　地点：%(place)s　教员：%(trainer)s",
            title=title_of(session), when=when, place=session.place, trainer=session.trainer.name,
        ),
        landscape=False,
        english=order.english,
    )  # fmt: skip


@builder("hours_certificate", N_("学时证明"), "programmes:enrolment:read", Enrolment)
def hours_certificate(enrolment: Enrolment, order: Order) -> Document:
    """What stands in the ledger on the day it is printed, by topic and form."""
    today = clock.today(order.now)
    progress = queries.of_enrolments([enrolment], today)[enrolment.id]
    result, rule = progress.result, progress.result.requirement
    person = enrolment.person
    org = orgs.bureau_of(db.session.get_one(OrgUnit, enrolment.org_id))
    lines = [
        (
            gettext(TOPIC_LABELS[topic]),
            show_hundredths(line.required),
            show_hundredths(line.done),
            show_hundredths(line.owed),
        )
        for topic, line in result.topics.items()
    ]
    total = result.total
    # Hours to spare in one topic do not fill another.
    owed = max(total.owed, sum(line.owed for line in result.topics.values()))
    forms = "、".join(
        gettext("%(form)s%(hours)s学时", form=gettext(FORM_LABELS[form]),
                hours=show_hundredths(rule.hours(minutes)))
        for form, minutes in result.forms.items()
        if minutes
    )  # fmt: skip
    return Document(
        gettext("学时证明"),
        DocumentKind.LETTER,
        title_of(org, "name"),
        (
            Paragraph(
                gettext(
                    "%(name)s（人员编号%(number)s）自%(start)s起参加「%(title)s」。截至%(day)s，"
                    "学时台账记载如下（1学时折合%(minutes)s分钟）：",
                    name=person.name, number=person.mediator_no or gettext("未编号"),
                    start=on_paper(enrolment.enrolled_on, english=order.english),
                    title=title_of(enrolment.programme),
                    day=on_paper(today, english=order.english), minutes=rule.minutes_per_hour,
                )
            ),
            ListTable(
                (gettext("专题"), gettext("应修学时"), gettext("已计学时"), gettext("尚欠学时")),
                tuple(lines),
                total=(
                    gettext("合计"), show_hundredths(total.required), show_hundredths(total.done),
                    show_hundredths(owed),
                ),
            ),
            Paragraph(gettext("按形式：%(forms)s。", forms=forms or gettext("尚无记载"))),
            Paragraph(gettext("本证明只说明培训学时，不是合格证书，也不代表考试结果。")),
            SealPlace(title_of(org, "name"), today),
        ),
        day=today,
        english=order.english,
    )  # fmt: skip
