"""Papers of marking: the results of a sitting (成绩册) and one person's (成绩单)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from exams.bank.rules.question import KIND_LABELS, QuestionKind
from exams.sittings.models import Attempt, Sitting
from training.core import clock, i18n
from training.core.documents.definition import (
    Document,
    DocumentKind,
    Field,
    FieldTable,
    ListTable,
    Paragraph,
    SealPlace,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.errors import Refused
from training.core.rules.explanation import show_hundredths
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_

from . import grader, queries
from .models import Grading


def _on(moment: datetime, order: Order) -> str:
    return on_paper(clock.today(moment), english=order.english)


def _outcome(grading: Grading) -> str:
    return str(gettext("合格") if grading.passed else gettext("不合格"))


@builder("exam_results", N_("成绩册"), "marking:result:print", Sitting)
def exam_results(sitting: Sitting, order: Order) -> Document:
    """All released results of a sitting."""
    rows = [r for r in queries.rows_of(sitting) if r.released and r.grading is not None]
    lines = tuple(
        (
            str(n),
            r.attempt.ticket_no,
            r.attempt.person.name,
            i18n.title_of(r.attempt.person.org, "name"),
            show_hundredths(r.grading.points),
            _outcome(r.grading),
        )
        for n, r in enumerate(rows, 1)
        if r.grading is not None
    )
    head = ("序号", "准考证号", "姓名", "所在机构", "成绩", "结果")
    organisation, today = i18n.title_of(sitting.org, "name"), clock.today(order.now)
    return Document(
        title=gettext("%(title)s成绩册", title=i18n.title_of(sitting)),
        kind=DocumentKind.LIST,
        organisation=organisation,
        caption=gettext("考试时间：%(when)s", when=_on(sitting.starts_at, order)),
        blocks=(
            ListTable(tuple(gettext(h) for h in head), lines, widths=(2, 6, 5, 10, 3, 3)),
            Paragraph(gettext("共 %(n)s 人", n=len(lines))),
            SealPlace(organisation, today),
        ),
        day=today,
        english=order.english,
    )


@builder("exam_result", N_("成绩单"), "marking:result:print", Attempt)
def exam_result(attempt: Attempt, order: Order) -> Document:
    """One person's released result, with its sections. Refused before the release."""
    grading = grader.latest(attempt.id)
    if grading is None or attempt.state not in queries.RELEASED:
        raise Refused.because("NOT_RELEASED", N_("成绩尚未发布"))
    sections = tuple(
        (
            gettext(TOPIC_LABELS[Topic(s["topic"])]),
            gettext(KIND_LABELS[QuestionKind(s["kind"])]),
            show_hundredths(grading.sections[s["code"]][1]),
            show_hundredths(grading.sections[s["code"]][0]),
        )
        for s in attempt.sitting.paper.payload["sections"]
        if s["code"] in grading.sections
    )
    sat_on = _on(attempt.started_at, order) if attempt.started_at else ""
    rows = (
        (
            Field(gettext("姓名"), attempt.person.name),
            Field(gettext("准考证号"), attempt.ticket_no),
        ),
        (Field(gettext("考试"), i18n.title_of(attempt.sitting), span=3),),
        (Field(gettext("考试日期"), sat_on), Field(gettext("结果"), _outcome(grading))),
    )
    organisation, today = i18n.title_of(attempt.sitting.org, "name"), clock.today(order.now)
    return Document(
        title=gettext("成绩单"),
        kind=DocumentKind.TABLE,
        organisation=organisation,
        blocks=(
            FieldTable(rows),
            ListTable(
                (gettext("专题"), gettext("题型"), gettext("满分"), gettext("得分")),
                sections,
                widths=(4, 3, 2, 2),
                total=(
                    gettext("总分"),
                    "",
                    show_hundredths(grading.full),
                    show_hundredths(grading.points),
                ),
            ),
            SealPlace(organisation, today),
        ),
        day=today,
        english=order.english,
    )
