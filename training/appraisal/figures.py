"""Figures, marks and established acts, each with its evidence; corrections are further entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core.db import db
from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb
from training.people.models import Person
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import Hand, Part, distinct

from . import queries, scores
from .models import (
    AnnualAppraisal,
    AppraisalAcknowledgement,
    AppraisalRound,
    ComponentValue,
    FigureLine,
    VetoRecord,
    VetoWithdrawal,
)
from .rules.annual import Component, month_target
from .rules.grade import VetoAct
from .rules.indicators import PointLine, line_gate
from .rules.scoring import Acknowledgement, Treatment, acknowledgement_gate
from .service import must
from .states import OPEN_FOR_DATA, writable

_FULL = 10_000


@verb("appraisal:figure:record", on="appraisal")
def record_line(
    actor: Actor,
    appraisal: AnnualAppraisal,
    month: int,
    indicator: str,
    delta: int,
    evidence: str,
    *,
    note: str = "",
    corrects: FigureLine | None = None,
    now: datetime,
) -> FigureLine:
    """Enter a figure (hundredths) with its evidence, or correct one by a further entry."""
    writable(appraisal)
    if month not in appraisal.months:
        raise Refused.because("MONTH", N_("本人该月不在岗"), status=422)
    scheme = scores.scheme_of(appraisal.round)
    line = PointLine(
        "new",
        indicator,
        delta,
        evidence,
        actor.person_id,
        note,
        corrects.public_id if corrects is not None else "",
    )
    before = scores.month_lines(appraisal, month)
    must(line_gate(scheme, line, appraisal.person_id, before))
    entry = FigureLine(
        appraisal_id=appraisal.id,
        month=month,
        indicator=indicator,
        delta=delta,
        evidence=evidence,
        recorder_id=actor.person_id,
        note=note,
        corrects_id=corrects.id if corrects is not None else None,
        at=now,
    )
    db.session.add(entry)
    tell(month=month, indicator=indicator, delta=delta)
    about(appraisal)
    return entry


@verb("appraisal:figure:record", on="appraisal")
def record_value(
    actor: Actor,
    appraisal: AnnualAppraisal,
    component: Component,
    value: int,
    evidence: str,
    *,
    note: str = "",
    now: datetime,
) -> ComponentValue:
    """Enter dossiers, satisfaction or peers (hundredths of 100), or change it with a reason."""
    writable(appraisal)
    must(distinct({Part.SUBJECT: [Hand(appraisal.person_id)], Part.SCORER: _me(actor)}))
    if component is Component.MONTHLY or not 0 <= value <= _FULL:
        raise Refused.because("VALUE", N_("分值应在 0 到 100 之间"), status=422)
    if not evidence.strip():
        raise Refused.because("EVIDENCE", N_("请附上此项的依据材料"), status=422)
    held = db.session.scalar(
        sa.select(ComponentValue.id).where(
            ComponentValue.appraisal_id == appraisal.id, ComponentValue.component == component
        )
    )
    if held is not None:
        must(reason_given(note, basis="annual.composition"))
    entry = ComponentValue(
        appraisal_id=appraisal.id,
        component=component,
        value=value,
        evidence=evidence,
        recorder_id=actor.person_id,
        note=note,
        at=now,
    )
    db.session.add(entry)
    tell(component=str(component), value=value)
    about(appraisal)
    return entry


def _me(actor: Actor) -> list[Hand]:
    return [Hand(actor.person_id or 0)]


@verb("appraisal:figure:record", on="appraisal")
def acknowledge(
    actor: Actor,
    appraisal: AnnualAppraisal,
    month: int | None,
    target: str,
    treatment: Treatment,
    reason: str,
    *,
    now: datetime,
) -> AppraisalAcknowledgement:
    """Say what becomes of something without data, and why."""
    writable(appraisal)
    if month is None:
        known = {*Component, *(month_target(m) for m in appraisal.months)}
    else:
        known = {i.code for i in scores.scheme_of(appraisal.round).indicators}
    if target not in known or (month is not None and month not in appraisal.months):
        raise Refused.because("TARGET", N_("没有这个考核项目或者月份"), status=422)
    said = Acknowledgement(target, treatment, actor.person_id, reason)
    must(acknowledgement_gate(said, appraisal.person_id))
    entry = AppraisalAcknowledgement(
        appraisal_id=appraisal.id,
        month=month,
        target=target,
        treatment=treatment,
        person_id=actor.person_id,
        reason=reason,
        at=now,
    )
    db.session.add(entry)
    tell(month=month, target=target, treatment=str(treatment))
    about(appraisal)
    return entry


@verb("appraisal:figure:record", on="appraisal")
def record_veto(
    actor: Actor, appraisal: AnnualAppraisal, act: VetoAct, evidence: str, *, now: datetime
) -> VetoRecord:
    """Enter an established act of 一票否决 with its evidence."""
    writable(appraisal)
    must(distinct({Part.SUBJECT: [Hand(appraisal.person_id)], Part.SCORER: _me(actor)}))
    if not evidence.strip():
        raise Refused.because("EVIDENCE", N_("请附上此项的依据材料"), status=422)
    entry = VetoRecord(
        appraisal_id=appraisal.id, act=act, evidence=evidence, recorder_id=actor.person_id, at=now
    )
    db.session.add(entry)
    tell(act=str(act))
    about(appraisal)
    return entry


@verb("appraisal:figure:record", on="appraisal")
def withdraw_veto(
    actor: Actor, appraisal: AnnualAppraisal, number: int, reason: str, *, now: datetime
) -> VetoWithdrawal:
    """The ``number``th act of 一票否决 was entered in error (another person, a finding that was
    set aside): it counts no more, by a further entry with a reason. The former stays readable.

    After the grade the panel takes the grade back first (``regrade``, or an objection). Codes
    ``CLOSED``, ``SELF``, ``VETO``, ``WITHDRAWN``, ``REASON_REQUIRED``.
    """
    writable(appraisal)
    must(distinct({Part.SUBJECT: [Hand(appraisal.person_id)], Part.SCORER: _me(actor)}))
    vetoes = queries.vetoes_of(appraisal)
    if not 0 < number <= len(vetoes):
        raise Refused.because("VETO", N_("没有这条一票否决情形"), status=422)
    record = vetoes[number - 1]
    if record.withdrawal is not None:
        raise Refused.because("WITHDRAWN", N_("这条一票否决情形已经撤销"))
    must(reason_given(reason, basis="grade.veto"))
    entry = VetoWithdrawal(
        veto_id=record.id, reason=reason.strip()[:200], recorder_id=actor.person_id, at=now
    )
    db.session.add(entry)
    tell(act=str(record.act), withdrawn=number)
    about(appraisal)
    return entry


@verb("appraisal:round:figures", on="round_")
def acknowledge_all(
    actor: Actor,
    round_: AppraisalRound,
    target: str,
    treatment: Treatment,
    reason: str,
    *,
    now: datetime,
) -> dict[str, int]:
    """Say for everybody of the round who lacks ``target`` (a measure, a month of the year, a
    component) what follows, and why; the actor's own appraisal is left out.

    Returns how many ``people`` and ``entries``. Raises ``Refused`` ``NOTHING`` when nobody
    lacks it.
    """
    said = Acknowledgement(target, treatment, actor.person_id, reason)
    must(acknowledgement_gate(said, 0))
    appraisals = [a for a in open_for_data(round_) if a.person_id != actor.person_id]
    sheets = scores.sheets_of(round_, appraisals)
    entries: list[dict[str, Any]] = []
    people = 0
    for appraisal in appraisals:
        months = [m for m, t in scores.missing_of(sheets[appraisal.id]) if t == target]
        people += bool(months)
        entries += [
            {
                "appraisal_id": appraisal.id, "month": month, "target": target,
                "treatment": treatment, "person_id": actor.person_id, "reason": reason, "at": now,
            }
            for month in months
        ]  # fmt: skip
    if not entries:
        raise Refused.because("NOTHING", N_("没有人缺少这一项，请刷新后再看"))
    db.session.execute(sa.insert(AppraisalAcknowledgement), entries)
    found = {"people": people, "entries": len(entries)}
    tell(target=target, treatment=str(treatment), **found)
    return found


def open_for_data(round_: AppraisalRound, *, with_people: bool = False) -> list[AnnualAppraisal]:
    """Those of a round whose figures are not closed by a grade, by unit and name."""
    query = (
        sa.select(AnnualAppraisal)
        .join(Person, Person.id == AnnualAppraisal.person_id)
        .where(
            AnnualAppraisal.round_id == round_.id,
            AnnualAppraisal.state.in_(list(OPEN_FOR_DATA)),
        )
        .order_by(AnnualAppraisal.org_id, Person.pinyin, Person.id)
    )
    if with_people:
        query = query.options(joinedload(AnnualAppraisal.person))
    return list(db.session.scalars(query))
