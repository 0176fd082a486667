"""Papers of the annual appraisal: 年度考核登记表, 谈话记录, and the internal list of results.

公示 and 送达回证 are papers of ``proceedings``.
"""

from __future__ import annotations

from flask_babel import gettext

from training.core import clock
from training.core.attachments import registry as attachments
from training.core.documents.definition import (
    Align,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    ListTable,
    Note,
    Paragraph,
    Photo,
    SignBlock,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.i18n import format_hundredths, plain_datetime, say, title_of
from training.core.rules.permission import SYSTEM
from training.core.rules.words import N_
from training.people.rules.person import SERVICE_LABELS, SEX_LABELS

from . import outcome, queries, scores, shown
from .models import AnnualAppraisal, AppraisalRound, AppraisalTalk
from .rules.annual_lifecycle import ANNUAL_STATE_LABELS, DECISIONS
from .rules.grade import GRADE_LABELS
from .states import GRADED

_HEADS = (
    N_("序号"), N_("人员编号"), N_("姓名"), N_("所在机构"), N_("总分"), N_("等次"), N_("进度"),
)  # fmt: skip

attachments.accept(
    queries.APPRAISAL, AnnualAppraisal, read=queries.READ, write="appraisal:figure:record"
)


@builder("annual_register", N_("年度考核登记表"), "appraisal:annual:print", AnnualAppraisal)
def annual_register(appraisal: AnnualAppraisal, order: Order) -> Document:
    """The register of one person's year: figures, both sides, the panel, the person's signature."""
    person, round_ = appraisal.person, appraisal.round
    sheet = scores.sheet_of(appraisal)
    last = queries.last_score(appraisal)
    if last is not None and appraisal.state in GRADED:
        # What the grade rested on, whatever was entered since.
        sheet = scores.compute(round_, last.inputs)
    events = queries.events_of(appraisal)
    opinion = queries.last_of(events, queries.OPINED)
    decision = queries.last_of(events, DECISIONS)
    panel = queries.names(last.panel if last is not None else [])
    names = queries.names(shown.recorders(sheet))
    graded = appraisal.grade is not None and appraisal.state in GRADED
    verdict = ""
    if graded and appraisal.grade is not None:
        verdict = gettext(
            "总分 %(total)s 分，评定为%(grade)s。",
            total=format_hundredths(appraisal.total), grade=gettext(GRADE_LABELS[appraisal.grade]),
        )  # fmt: skip
        if last is not None and last.reason:
            verdict += gettext("理由：%(why)s", why=last.reason)
    head = FieldTable(
        (
            (
                Field(gettext("姓名"), person.name),
                Field(gettext("性别"), gettext(SEX_LABELS[person.sex]) if person.sex else ""),
                Photo(caption=gettext("照片"), rows=3),
            ),
            (
                Field(gettext("人员编号"), person.mediator_no or ""),
                Field(gettext("专职或兼职"), gettext(SERVICE_LABELS[person.service_kind])),
            ),
            (
                Field(gettext("所在机构"), title_of(appraisal.org, "name")),
                Field(gettext("在岗月份"), shown.months_text(appraisal.months)),
            ),
        )
    )
    months = [
        (
            m["label"],
            m["total"] or "—",
            m["state"]["label"],
        )
        for m in shown.months(round_, sheet, names)
    ]
    year = [(r["label"], r["input"], r["value"]) for r in shown.year_rows(round_, sheet, names)]
    decided = ""
    if decision is not None:
        decided = f"{gettext(ANNUAL_STATE_LABELS[decision.after])}。{decision.reason}"
    return Document(
        gettext("人民调解员年度考核登记表"),
        DocumentKind.TABLE,
        title_of(round_.org, "name"),
        (
            head,
            ListTable(
                (gettext("年度得分构成"), gettext("所据事实"), gettext("得分")),
                tuple(year),
                widths=(5, 4, 1),
                aligns=(Align.LEFT, Align.LEFT, Align.CENTER),
                total=(gettext("年度总分"), "", format_hundredths(sheet.annual.total)),
            ),
            ListTable(
                (gettext("月份"), gettext("月度得分"), gettext("说明")),
                tuple(months),
                widths=(1, 1, 2),
            ),
            SignBlock(
                gettext("本人述职"), appraisal.self_report or gettext("逾期未述职"), height=60
            ),
            SignBlock(
                gettext("单位意见"), appraisal.unit_opinion,
                opinion.actor.name if opinion is not None and opinion.actor else "",
                clock.today(opinion.at) if opinion is not None else None, seal=True,
            ),
            SignBlock(
                gettext("考核小组评定"), verdict, gettext("、").join(panel.values()),
                clock.today(last.at) if last is not None else None,
            ),
            SignBlock(gettext("本人签字")),
            SignBlock(
                gettext("聘用决定"), decided,
                decision.actor.name if decision is not None and decision.actor else "",
                clock.today(decision.at) if decision is not None else None, seal=True,
            ),
        ),
        caption=gettext("%(year)s 年度；填报单位：%(unit)s", year=round_.year, unit=title_of(appraisal.org, "name")),
        english=order.english,
    )  # fmt: skip


@builder("appraisal_talk", N_("谈话记录"), "appraisal:talk:record", AppraisalTalk)
def appraisal_talk(talk: AppraisalTalk, order: Order) -> Document:
    """What was said in a talk about the grade, with the person's own words and signature."""
    appraisal = talk.appraisal
    grade = gettext(GRADE_LABELS[appraisal.grade]) if appraisal.grade is not None else ""
    follows = [say(c.words) for c in outcome.consequences_of(appraisal)]
    return Document(
        gettext("谈话记录"),
        DocumentKind.TABLE,
        title_of(appraisal.round.org, "name"),
        (
            FieldTable(
                (
                    (
                        Field(gettext("谈话对象"), talk.person.name),
                        Field(gettext("时间"), plain_datetime(talk.held_at)),
                    ),
                    (Field(gettext("地点"), talk.place), Field(gettext("记录人"), talk.recorder.name)),
                    (Field(gettext("参加人"), talk.participants_text, span=3),),
                    (
                        Field(
                            gettext("事由"),
                            gettext(
                                "%(year)s 年度考核等次为%(grade)s", year=appraisal.round.year, grade=grade
                            ),
                            span=3,
                        ),
                    ),
                    (Field(gettext("结果运用"), gettext("；").join(follows), span=3),),
                    (Field(gettext("谈话内容"), talk.content, span=3, height=70, align=Align.LEFT),),
                    (Field(gettext("本人陈述"), talk.words, span=3, height=50, align=Align.LEFT),),
                )
            ),
            SignBlock(gettext("谈话人签字")),
            SignBlock(gettext("本人签字")),
        ),
        english=order.english,
    )  # fmt: skip


@builder("appraisal_results", N_("年度考核结果名册"), "appraisal:round:results", AppraisalRound)
def appraisal_results(round_: AppraisalRound, order: Order) -> Document:
    """The grades of a round, for internal use: never public."""
    people = queries.people_of(round_, SYSTEM)
    rows = tuple(
        (
            str(n),
            a.person.mediator_no or "",
            a.person.name,
            title_of(a.org, "name"),
            format_hundredths(a.total) or "—",
            gettext(GRADE_LABELS[a.grade]) if a.grade and a.state in GRADED else "—",
            gettext(ANNUAL_STATE_LABELS[a.state]),
        )
        for n, a in enumerate(people, 1)
    )
    return Document(
        gettext("%(year)s 年度考核结果名册", year=round_.year),
        DocumentKind.LIST,
        title_of(round_.org, "name"),
        (
            ListTable(tuple(gettext(h) for h in _HEADS), rows, widths=(3, 7, 6, 12, 4, 5, 8)),
            Paragraph(gettext("共 %(n)s 人", n=len(rows))),
            Note(gettext("内部使用，不得公开。")),
        ),
        caption=gettext("截至%(day)s", day=on_paper(clock.today(order.now), english=order.english)),
        english=order.english,
    )
