"""Acts of the annual appraisal up to the grade. What follows the grade stands in ``outcome``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from training.core import clock, policy
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Person
from training.proceedings import queries as proceedings
from training.proceedings import service as procedure
from training.proceedings.models import Panel
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import Hand, Part, distinct, sitting

from . import queries
from .models import (
    AnnualAppraisal,
    AppraisalAcknowledgement,
    AppraisalEvent,
    AppraisalRound,
    AppraisalScore,
    ComponentValue,
    FigureLine,
    VetoRecord,
)
from .rules.annual import Component, month_target
from .rules.annual_gates import AnnualFacts
from .rules.annual_lifecycle import ANNUAL_APPRAISAL, AnnualState
from .rules.grade import Grade, VetoAct
from .rules.indicators import PointLine, line_gate, scheme_gate
from .rules.scoring import Acknowledgement, Treatment, acknowledgement_gate

MINE = "/my/appraisal"
_FORBIDDEN = ("SELF", "SAME_PERSON", "NOT_OWN")
_OPEN_FOR_DATA = frozenset(
    {
        AnnualState.OPENED, AnnualState.SELF_REPORT, AnnualState.UNIT_OPINION,
        AnnualState.SURVEY, AnnualState.DOSSIER_REVIEW,
    }
)  # fmt: skip
_FULL = 10_000


def must(verdict: Verdict) -> None:
    """Raise ``Refused`` with ``SELF``, ``SAME_PERSON``, ``NOT_OWN`` (403), ``REASON_REQUIRED``
    (422), else ``GATE`` (409)."""
    for code in _FORBIDDEN:
        if code in verdict.codes:
            require(verdict, status=403, code=code)
    if "REASON_REQUIRED" in verdict.codes:
        require(verdict, status=422, code="REASON_REQUIRED")
    require(verdict, code="GATE")


def step(
    actor: Actor,
    appraisal: AnnualAppraisal,
    action: str,
    facts: AnnualFacts,
    now: datetime,
    reason: str = "",
) -> None:
    """Do what the lifecycle says, and note it."""
    before = appraisal.state
    verdict, target = ANNUAL_APPRAISAL.step(before, action, facts)
    must(verdict)
    appraisal.state = AnnualState(target)
    db.session.add(
        AppraisalEvent(
            appraisal_id=appraisal.id,
            action=action,
            before=before,
            after=appraisal.state,
            actor_id=actor.person_id,
            reason=reason,
            at=now,
        )
    )
    tell(action=action, appraisal=appraisal.public_id, state=target)


@verb("appraisal:round:open", at="org")
def open_round(
    actor: Actor,
    org: OrgUnit,
    year: int,
    people: Sequence[Person],
    months: dict[int, list[int]],
    *,
    now: datetime,
) -> AppraisalRound:
    """Open the appraisal of ``people`` for a year and call for their reports.

    ``months`` are the months served by person id. The policies in force today are frozen.
    """
    today = clock.today(now)
    if not people:
        raise Refused.because("NOBODY", N_("没有参加考核的人员"), status=422)
    if any(not months.get(p.id) for p in people):
        raise Refused.because("MONTHS", N_("有人没有在岗月份，不能参加考核"), status=422)
    if db.session.scalar(
        sa.select(AppraisalRound.id).where(
            AppraisalRound.org_id == org.id, AppraisalRound.year == year
        )
    ):
        raise Refused.because("ALREADY_OPEN", N_("%(year)s 年度考核已经启动"), year=year)
    frozen = {
        key: {"id": p.id, "version": p.version, "value": p.value}
        for key, p in policy.many(queries.POLICY_KEYS, org, today).items()
    }
    round_ = AppraisalRound(
        org_id=org.id,
        year=year,
        policies=frozen,
        called_on=today,
        opened_by=actor.person_id,
        opened_at=now,
    )
    require(scheme_gate(queries.scheme_of(round_)), status=422, code="SCHEME")
    db.session.add(round_)
    db.session.flush()
    for person in people:
        db.session.add(
            AnnualAppraisal(
                round_id=round_.id,
                org_id=person.org_id,
                person_id=person.id,
                months=sorted(months[person.id]),
            )
        )
        inbox.send(
            person.id,
            "appraisal",
            N_("%(year)s 年度考核已启动，请提交述职"),
            now=now,
            url=MINE,
            year=year,
        )
    tell(people=len(people), year=year)
    return round_


@verb("appraisal:round:open", on="round_")
def appoint_panel(
    actor: Actor, round_: AppraisalRound, people: Sequence[Person], *, now: datetime
) -> Panel:
    """Appoint the panel that grades this round."""
    title = f"{round_.year}"
    return procedure.appoint_panel(actor, round_.org, round_, title, people, now=now)


def _writable(appraisal: AnnualAppraisal) -> None:
    if appraisal.state not in _OPEN_FOR_DATA:
        raise Refused.because("CLOSED", N_("等次已评定，不能再改数据；异议成立后方可更正"))


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
    _writable(appraisal)
    if month not in appraisal.months:
        raise Refused.because("MONTH", N_("本人该月不在岗"), status=422)
    scheme = queries.scheme_of(appraisal.round)
    line = PointLine(
        "new",
        indicator,
        delta,
        evidence,
        actor.person_id,
        note,
        corrects.public_id if corrects is not None else "",
    )
    before = queries.month_lines(appraisal, month)
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
    _writable(appraisal)
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
    _writable(appraisal)
    if month is None:
        known = {*Component, *(month_target(m) for m in appraisal.months)}
    else:
        known = {i.code for i in queries.scheme_of(appraisal.round).indicators}
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
    _writable(appraisal)
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


@verb("appraisal:annual_appraisal:submit_self_report", on="appraisal")
def submit_self_report(
    actor: Actor, appraisal: AnnualAppraisal, text: str, *, now: datetime
) -> AnnualAppraisal:
    """The person reports on the year."""
    facts = queries.facts_of(appraisal, actor, now, text)
    step(actor, appraisal, "submit_self_report", facts, now)
    appraisal.self_report = text
    return appraisal


@verb("appraisal:annual_appraisal:skip_self_report", on="appraisal")
def skip_self_report(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Go on without a report after its time."""
    facts = queries.facts_of(appraisal, actor, now, reason)
    step(actor, appraisal, "skip_self_report", facts, now, reason)
    return appraisal


@verb("appraisal:annual_appraisal:give_unit_opinion", on="appraisal")
def give_unit_opinion(
    actor: Actor, appraisal: AnnualAppraisal, text: str, *, now: datetime
) -> AnnualAppraisal:
    """The head of the unit says what the unit thinks."""
    facts = queries.facts_of(appraisal, actor, now, text)
    step(actor, appraisal, "give_unit_opinion", facts, now)
    appraisal.unit_opinion = text
    return appraisal


@verb("appraisal:annual_appraisal:close_survey", on="appraisal")
def close_survey(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """Satisfaction and peers are entered, or known to be missing."""
    step(actor, appraisal, "close_survey", queries.facts_of(appraisal, actor, now), now)
    return appraisal


@verb("appraisal:annual_appraisal:review_dossiers", on="appraisal")
def review_dossiers(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The dossiers are reviewed; the panel may grade."""
    step(actor, appraisal, "review_dossiers", queries.facts_of(appraisal, actor, now), now)
    return appraisal


@verb("appraisal:annual_appraisal:grade", on="appraisal")
def grade(
    actor: Actor,
    appraisal: AnnualAppraisal,
    decided: Grade,
    reason: str,
    *,
    seen_total: int,
    now: datetime,
) -> AnnualAppraisal:
    """A sitting member records the panel's grade on the score that they saw.

    Raises ``Refused`` ``CHANGED`` when figures were entered since.
    """
    members = sitting(
        proceedings.panel_members(proceedings.panel_of(queries.ROUND, appraisal.round.public_id))
    )
    if actor.person_id not in {m.hand.person_id for m in members}:
        require(
            refuse("NOT_MEMBER", N_("只有参加评审的小组成员可以评定等次"), basis="panel.min"),
            status=403,
            code="NOT_MEMBER",
        )
    facts = queries.facts_of(appraisal, actor, now, reason, grade=decided)
    must(ANNUAL_APPRAISAL.judge(appraisal.state, "grade", facts))
    sheet = queries.sheet_of(appraisal)
    total, proposal = sheet.annual.total, sheet.proposal
    if total is None or proposal is None or total != seen_total:
        raise Refused.because("CHANGED", N_("材料已更新，请重新审阅"))
    appraisal.total, appraisal.proposed, appraisal.grade = total, proposal.grade, decided
    step(actor, appraisal, "grade", facts, now, reason)
    db.session.add(
        AppraisalScore(
            appraisal_id=appraisal.id,
            inputs=sheet.inputs,
            total=total,
            proposed=proposal.grade,
            grade=decided,
            reason=reason,
            panel=sorted(m.hand.person_id for m in members),
            at=now,
        )
    )
    tell(grade=str(decided), proposed=str(proposal.grade), total=total)
    return appraisal


@verb("appraisal:annual_appraisal:regrade", on="appraisal")
def regrade(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Back to the panel, with a reason: the quota is exceeded, or something was overlooked."""
    facts = queries.facts_of(appraisal, actor, now, reason)
    step(actor, appraisal, "regrade", facts, now, reason)
    return appraisal


@verb("appraisal:annual_appraisal:check_quota", on="appraisal")
def check_quota(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The grade stands within the quota of the round."""
    step(actor, appraisal, "check_quota", queries.facts_of(appraisal, actor, now), now)
    return appraisal
