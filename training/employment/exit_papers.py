"""Papers of exits: 谈话记录, 决定书, 工作交接单."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask_babel import gettext

from training.core import clock
from training.core.documents.definition import (
    Align,
    Block,
    Document,
    DocumentKind,
    Field,
    FieldTable,
    Heading,
    ListTable,
    Note,
    Paragraph,
    SignBlock,
)
from training.core.documents.layout import on_paper
from training.core.documents.registry import Order, builder
from training.core.i18n import title_of
from training.core.policy_defaults import SPECS
from training.core.rule_names import article_number
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.people.rules.person import SERVICE_LABELS, SEX_LABELS

from . import exit_queries
from .appointment_models import Appointment
from .exit_models import ExitReview
from .exit_queries import STATED, Entry, File, grounds_of
from .exit_steps import title_of_decision
from .rules.appointment import APPOINTMENT_KIND_LABELS, Engagement
from .rules.exit_evidence import EVIDENCE_KIND_LABELS, GROUND_BASIS, not_renewed
from .rules.exit_gates import EXIT_GROUND_LABELS

_PRINT, _FILES = "employment:exit_review:print", "employment:exit_review:files"
COMPETENCE = "人民调解法#15"
"""Who may end an appointment: the body that elected or engaged."""


def day_of(value: date | datetime | None, order: Order) -> str:
    """A day as papers write it."""
    day = clock.today(value) if isinstance(value, datetime) else value
    return on_paper(day, english=order.english) if day is not None else ""


def term_words(appointment: Appointment, order: Order) -> str:
    return str(
        gettext(
            "%(start)s至%(end)s",
            start=day_of(appointment.term_start, order), end=day_of(appointment.term_end, order),
        )
    )  # fmt: skip


def _who(review: ExitReview) -> tuple[tuple[Field, ...], ...]:
    person, appointment = review.person, review.appointment
    return (
        (
            Field(gettext("姓名"), person.name),
            Field(gettext("性别"), gettext(SEX_LABELS[person.sex]) if person.sex else ""),
        ),
        (
            Field(gettext("人员编号"), person.mediator_no or ""),
            Field(gettext("专职或兼职"), gettext(SERVICE_LABELS[appointment.service_kind])),
        ),
        (Field(gettext("所在的调委会"), title_of(review.org, "name"), span=3),),
    )


def _after(text: str, *actions: str) -> Callable[[ExitReview], Verdict]:
    """The paper exists once one of these steps was taken."""

    def ready(review: ExitReview) -> Verdict:
        if exit_queries.file_of(review).last(*actions) is not None:
            return ALLOWED
        return refuse("paper.early", text, basis="lifecycle:exit_review")

    return ready


def _first_handed_over(review: ExitReview) -> Verdict:
    if exit_queries.file_of(review).handover:
        return ALLOWED
    return refuse(
        "paper.early", N_("还没有交接内容，登记后再打印工作交接单"), basis="lifecycle:exit_review"
    )


def _entry(file: File, *actions: str) -> Entry:
    """The last step of these. Raises ``LookupError`` without one."""
    found = file.last(*actions)
    if found is None:
        raise LookupError(f"no {actions} yet")
    return found


_SERVED_FIRST = _after(N_("材料送达本人后才有谈话记录"), *exit_queries.SERVED)
_DECIDED_FIRST = _after(N_("作出决定后才有决定书"), "decide")
_DECISION_SERVED_FIRST = _after(N_("决定送达您之后才有决定书"), "serve_decision")


@builder("exit_statement", N_("谈话记录（陈述申辩）"), _FILES, ExitReview, ready=_SERVED_FIRST)
def exit_statement(review: ExitReview, order: Order) -> Document:
    """What was put to the person and what they said, with places to sign."""
    file = exit_queries.file_of(review)
    stated, served = file.last(*STATED), _entry(file, *exit_queries.SERVED)
    words = stated.words if stated and stated.event.action == "give_statement" else ""
    by = stated.event.actor if stated else None
    silent = stated is not None and stated.event.action == "note_silence"
    table = FieldTable(
        (
            *_who(review),
            (
                Field(gettext("材料送达日期"), day_of(served.event.at, order)),
                Field(gettext("陈述日期"), day_of(stated.event.at if stated else None, order)),
            ),
            (Field(gettext("谈话地点"), ""), Field(gettext("参加人"), "")),
            (Field(gettext("审查事由"), _grounds(review), span=3),),
            (
                Field(
                    gettext("告知的事实和理由"), file.proposal, span=3, height=26,
                    align=Align.LEFT,
                ),
            ),
            (
                Field(
                    gettext("本人的陈述和申辩"),
                    gettext("陈述期满，本人没有陈述。") if silent else words, span=3, height=44,
                    align=Align.LEFT,
                ),
            ),
        )
    )  # fmt: skip
    own = by is not None and by.id == review.person_id and not silent
    return Document(
        gettext("谈话记录"),
        DocumentKind.TABLE,
        title_of(review.org, "name"),
        (
            table,
            SignBlock(
                gettext("本人确认（以上记录与本人所述一致）"), "",
                review.person.name if own else "",
                clock.today(stated.event.at) if own and stated else None,
                height=24,
            ),
            SignBlock(gettext("谈话人"), "", "" if own else by.name if by else "", height=24),
            SignBlock(gettext("记录人"), height=24),
            Note(gettext("本人可以要求更正和补充；不识字的，应当向其宣读。")),
        ),
        english=order.english,
    )  # fmt: skip


def _grounds(review: ExitReview) -> str:
    return "、".join(gettext(EXIT_GROUND_LABELS[g]) for g in grounds_of(review))


def _bases(review: ExitReview) -> str:
    """Every article and policy that the decision cites, the power to decide first."""
    rules = [COMPETENCE]
    for ground in grounds_of(review):
        rules += [b for b in GROUND_BASIS[ground] if b not in rules]
    return "、".join(cited(b) for b in rules)


def cited(rule: str) -> str:
    """An article by the statute's full name, or the city's policy by its label."""
    if rule in SPECS:
        return str(gettext("本市人民调解员管理政策「%(label)s」", label=gettext(SPECS[rule].label)))
    statute, _, article = rule.partition("#")
    n = article_number(int(article))
    return str(gettext("《中华人民共和国%(statute)s》第%(n)s条", statute=statute, n=n))


@builder(
    "exit_decision", N_("解聘、罢免、不再续聘决定书"), _PRINT, ExitReview, ready=_DECIDED_FIRST
)
def exit_decision(review: ExitReview, order: Order) -> Document:
    """The decision: grounds, facts, what the person said, reason, basis, what follows, how and
    until when to appeal."""
    file = exit_queries.file_of(review)
    return _decision(file, _entry(file, "decide"), order)


@builder(
    "exit_decision_own", N_("决定书（本人）"), "employment:exit_review:own", ExitReview,
    ready=_DECISION_SERVED_FIRST,
)  # fmt: skip
def exit_decision_own(review: ExitReview, order: Order) -> Document:
    """The same for the person, once it was served on them."""
    file = exit_queries.file_of(review)
    _entry(file, "serve_decision")
    return _decision(file, _entry(file, "decide"), order)


def _decision(file: File, found: Entry, order: Order) -> Document:
    review = file.review
    org, appointment = review.org, review.appointment
    elected = gettext(APPOINTMENT_KIND_LABELS[appointment.kind])
    heard = file.last(*STATED)
    blocks: tuple[Block, ...] = (
        Paragraph(
            gettext(
                "您由%(org)s%(kind)s担任%(service)s人民调解员，任期%(term)s。因%(grounds)s，"
                "依照程序对您进行了审查，现决定如下。",
                org=title_of(org, "name"), kind=elected,
                service=gettext(SERVICE_LABELS[appointment.service_kind]),
                term=term_words(appointment, order), grounds=_grounds(review),
            )
        ),
        Heading(gettext("一、认定的事实")),
        *(Paragraph(line) for line in file.proposal.splitlines() if line.strip()),
        *(
            Paragraph(f"{gettext(EVIDENCE_KIND_LABELS[x.kind])}：{x.text}")
            for x in file.evidence
        ),
        Heading(gettext("二、您的陈述和申辩")),
        Paragraph(
            heard.words if heard is not None and heard.words
            else gettext("材料送达后，您在规定期限内没有陈述。")
        ),
        Heading(gettext("三、决定和理由")),
        *(Paragraph(line) for line in found.words.splitlines() if line.strip()),
        Paragraph(
            gettext(
                "经%(resolution)s，依据%(bases)s，%(what)s。",
                resolution=found.event.detail["resolution"], bases=_bases(review),
                what=_what(review, order),
            )
        ),
        *_follows(review),
        Heading(gettext("四、申诉")),
        Paragraph(_how_to_appeal(file, order)),
    )  # fmt: skip
    return Document(
        gettext(title_of_decision(review)),
        DocumentKind.OFFICIAL,
        title_of(org, "name"),
        blocks,
        addressee=review.person.name,
        day=clock.today(found.event.at),
        english=order.english,
    )


def _what(review: ExitReview, order: Order) -> str:
    """What is decided, in one clause."""
    if not_renewed(grounds_of(review)):
        return str(
            gettext(
                "任期届满后不再续聘，任期至%(day)s止",
                day=day_of(review.appointment.term_end, order),
            )
        )
    if review.appointment.kind == "elected":
        return str(gettext("罢免您的人民调解委员会委员职务"))
    return str(gettext("解除对您的人民调解员聘任"))


def _follows(review: ExitReview) -> list[Paragraph]:
    words = [
        gettext(
            "决定生效后，请按工作交接单移交在办案件和物品，交回工作证；证书依规定注销或者撤销。"
        )
    ]
    if review.appointment.engagement is Engagement.LABOUR_DISPATCH:
        words.append(
            gettext(
                "您由%(agency)s派遣，交接后退回派遣单位；本决定不涉及您与派遣单位的劳动合同。",
                agency=review.appointment.agency,
            )
        )
    else:
        words.append(gettext("本决定只涉及人民调解员的任命，不涉及劳动合同或者其他用工关系。"))
    return [Paragraph(w) for w in words]


def _how_to_appeal(file: File, order: Order) -> str:
    window = exit_queries.appeal_window(file)
    if window is None:
        return str(
            gettext(
                "不服本决定的，可以自送达次日起在规定的工作日内，登录系统或者书面向%(org)s申诉，"
                "由没有参与本案的人复核。申诉期间本决定不执行。",
                org=title_of(file.review.org, "name"),
            )
        )
    return str(
        gettext(
            "不服本决定的，可以自送达次日起%(n)s个工作日内（至%(day)s），登录系统或者书面向"
            "%(org)s申诉，由没有参与本案的人复核。申诉期间本决定不执行。",
            n=window.workdays, day=day_of(window.last_day, order),
            org=title_of(file.review.org, "name"),
        )
    )  # fmt: skip


@builder("exit_handover", N_("工作交接单"), _FILES, ExitReview, ready=_first_handed_over)
def exit_handover(review: ExitReview, order: Order) -> Document:
    """What goes to whom, with the open cases and places for three signatures."""
    file = exit_queries.file_of(review)
    rows = tuple(
        (str(n), x.item, str(x.cases or ""), x.receiver, day_of(x.handed_on, order), "")
        for n, x in enumerate(file.handover, 1)
    )
    total = sum(x.cases for x in file.handover)
    return Document(
        gettext("工作交接单"),
        DocumentKind.TABLE,
        title_of(review.org, "name"),
        (
            FieldTable(_who(review)),
            ListTable(
                (
                    gettext("序号"), gettext("交接内容"), gettext("在办案件（件）"),
                    gettext("接收人"), gettext("交接日期"), gettext("接收人签名"),
                ),
                rows,
                widths=(1, 5, 2, 2, 3, 3),
                height=10,
                total=("", gettext("合计"), str(total), "", "", ""),
            ),
            SignBlock(gettext("移交人")),
            SignBlock(gettext("监交人"), seal=True),
        ),
        english=order.english,
    )  # fmt: skip
