"""Papers of recruitment: 选聘公告, 报名登记表, 资格审查表, 面试评分表."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext

from training.core import clock
from training.core.attachments import registry as attachments
from training.core.db import db
from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    ListTable,
    Paragraph,
    Photo,
    SignBlock,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.i18n import format_hundredths, say, title_of
from training.core.models import OrgUnit
from training.core.rules.contact import mask_identity_number
from training.core.rules.words import N_
from training.people.rules.person import EDUCATION_LABELS, SEX_LABELS
from training.proceedings import queries as proceedings

from . import appointment_papers as appointment_papers
from . import exit_papers as exit_papers
from . import queries
from . import renewal_papers as renewal_papers
from .appointment_models import Appointment
from .exit_models import REVIEW, ExitReview
from .exit_papers import cited
from .models import Opening, RecruitmentCase
from .rules.eligibility import NEGATIVE_LABELS, PREFERENCE_LABELS, QUALITY_LABELS, Preference
from .rules.recruitment_gates import ROUTE_LABELS, Route
from .shown import quality_rows

_STATUTE = "人民调解法#14"
_PER_QUALITY = ("eligibility.quality", "eligibility.not_assessed")
"""Reasons that the line of their quality says already."""
_PRINT, _STAFF = "employment:recruitment:print", "employment:case:list"


def _org(org_id: int) -> OrgUnit:
    return db.session.get_one(OrgUnit, org_id)


def _day(value: date | datetime | None, order: Order) -> str:
    """A day as papers write it: without the day of the week."""
    day = clock.today(value) if isinstance(value, datetime) else value
    return on_paper(day, english=order.english) if day is not None else ""


def _joined(words: list[str]) -> str:
    return "、".join(words) or gettext("无")


def _announcement(opening: Opening) -> str:
    title = title_of(opening)
    return title if title.endswith("公告") else str(gettext("%(title)s公告", title=title))


@builder("opening_notice", N_("选聘公告"), "employment:opening:read", Opening)
def opening_notice(opening: Opening, order: Order) -> Document:
    routes = _joined([gettext(ROUTE_LABELS[Route(r)]) for r in opening.routes])
    facts = gettext(
        "名额%(n)s人；选聘途径：%(routes)s；报名截止日期：%(day)s。",
        n=opening.positions, routes=routes, day=_day(opening.closes_on, order),
    )  # fmt: skip
    contact = gettext(
        "受理部门：%(office)s，电话：%(phone)s。", office=opening.office, phone=opening.telephone
    )
    lines = [line.strip() for line in opening.body.splitlines() if line.strip()]
    return Document(
        _announcement(opening),
        DocumentKind.OFFICIAL,
        title_of(_org(opening.org_id), "name"),
        tuple(Paragraph(text) for text in (*lines, facts, contact)),
        day=clock.today(opening.opened_at or order.now),
        english=order.english,
    )


@builder("application_form", N_("报名登记表"), _PRINT, RecruitmentCase)
def application_form(case: RecruitmentCase, order: Order) -> Document:
    person = case.person
    skills = [gettext(PREFERENCE_LABELS[Preference(s)]) for s in case.skills]
    negatives = [gettext(NEGATIVE_LABELS[n]) for n in sorted(case.negatives)]
    table = FieldTable(
        (
            (
                Field(gettext("姓名"), person.name),
                Field(gettext("性别"), gettext(SEX_LABELS[person.sex]) if person.sex else ""),
                Photo(caption=gettext("照片")),
            ),
            (
                Field(gettext("出生日期"), _day(person.birth_date, order)),
                Field(gettext("文化程度"), gettext(EDUCATION_LABELS[person.education])),
            ),
            (Field(gettext("身份证号"), person.id_number, span=3),),
            (Field(gettext("联系电话"), person.phone), Field(gettext("专长"), person.speciality)),
            (
                Field(gettext("应聘岗位"), case.opening.title, span=2),
                Field(gettext("途径"), gettext(ROUTE_LABELS[case.route])),
            ),
            (Field(gettext("推荐单位"), case.recommender, span=4),),
            (Field(gettext("优先条件"), _joined(skills), span=4, align=Align.LEFT),),
            (Field(gettext("有无不予选聘的情形"), _joined(negatives), span=4, align=Align.LEFT),),
            (
                Field(
                    gettext("个人简历和自我介绍"), case.statement, span=4, height=60,
                    align=Align.LEFT,
                ),
            ),
        )
    )  # fmt: skip
    promise = gettext("本人承诺以上内容属实。")
    return Document(
        gettext("人民调解员报名登记表"),
        DocumentKind.TABLE,
        title_of(_org(case.org_id), "name"),
        (
            table,
            SignBlock(gettext("本人承诺"), promise),
            SignBlock(gettext("推荐单位意见"), seal=True),
        ),
        caption=gettext("报名日期：%(day)s", day=_day(case.applied_at, order)),
        english=order.english,
    )


@builder("qualification_form", N_("资格审查表"), _STAFF, RecruitmentCase)
def qualification_form(case: RecruitmentCase, order: Order) -> Document:
    finding, today = queries.finding_of(case), clock.today(order.now)
    eligibility = queries.eligibility_of(case, today)
    points, _ = queries.points_of(case, finding)
    words = {None: gettext("未审查"), True: gettext("符合"), False: gettext("不符合")}
    rows = [
        (gettext(QUALITY_LABELS[q]), words[found], cited(_STATUTE))
        for q, found in quality_rows(finding)
    ]
    rows += [
        (say(r.words), gettext("不符合"), cited(r.basis))
        for r in eligibility.verdict.reasons
        if r.code not in _PER_QUALITY
    ]
    rows += [(say(r.words), gettext("提示"), cited(r.basis)) for r in eligibility.warnings]
    rows += [(say(line.words), gettext("加分"), cited(line.basis)) for line in points.lines]
    finder = queries.people([finding.found_by]).get(finding.found_by) if finding else None
    return Document(
        gettext("人民调解员应聘资格审查表"),
        DocumentKind.TABLE,
        title_of(_org(case.org_id), "name"),
        (
            FieldTable(
                (
                    (
                        Field(gettext("姓名"), case.person.name),
                        Field(gettext("身份证号"), mask_identity_number(case.person.id_number)),
                    ),
                    (Field(gettext("应聘岗位"), case.opening.title, span=3),),
                )
            ),
            ListTable(
                (gettext("审查内容"), gettext("结论"), gettext("依据")),
                tuple(rows),
                widths=(5, 2, 3),
                aligns=(Align.LEFT, Align.CENTER, Align.LEFT),
            ),
            SignBlock(
                gettext("审查人意见"),
                finding.note if finding else "",
                finder.name if finder else "",
                clock.today(finding.found_at) if finding else None,
            ),
            SignBlock(gettext("科室意见")),
            SignBlock(gettext("分管领导意见"), seal=True),
        ),
        english=order.english,
    )


@builder("interview_sheet", N_("面试评分表"), _STAFF, RecruitmentCase)
def interview_sheet(case: RecruitmentCase, order: Order) -> Document:
    scores = queries.scores_of(case)
    panel = proceedings.panel_of(queries.OPENING, case.opening.public_id)
    rows = []
    for seat in panel.members if panel else []:
        given = scores.get(seat.person_id)
        mark = gettext("回避") if seat.conflict else ""
        if given is not None:
            mark = format_hundredths(given.score)
        rows.append((seat.person.name, mark, given.comment if given else "", ""))
    mean = queries.mean_score(scores.values())
    total = (gettext("平均"), format_hundredths(mean), "", "") if mean is not None else ()
    return Document(
        gettext("面试评分表"),
        DocumentKind.TABLE,
        title_of(_org(case.org_id), "name"),
        (
            FieldTable(
                (
                    (
                        Field(gettext("姓名"), case.person.name),
                        Field(gettext("面试时间"), ""),
                    ),
                    (Field(gettext("应聘岗位"), case.opening.title, span=3),),
                )
            ),
            ListTable(
                (gettext("小组成员"), gettext("评分"), gettext("评语"), gettext("签名")),
                tuple(rows),
                widths=(2, 1, 4, 2),
                total=total,
                height=12,
            ),
            SignBlock(gettext("组长签字")),
            SignBlock(gettext("记录人")),
        ),
        english=order.english,
    )


attachments.accept(
    "appointment",
    Appointment,
    read="employment:appointment:list",
    write="employment:appointment:propose",
)
attachments.accept(
    REVIEW,
    ExitReview,
    read="employment:exit_review:files",
    write="employment:exit_review:evidence",
)
attachments.accept(
    "exit_record",
    ExitReview,
    read="employment:exit_review:files",
    write="employment:exit_review:record",
)
