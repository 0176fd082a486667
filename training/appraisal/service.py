"""The steps of an appraisal up to the grade. What follows the grade stands in ``outcome``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core.db import db
from training.core.errors import Refused, require
from training.core.i18n import format_datetime
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_, Words
from training.core.verbs import tell, verb
from training.people import inbox
from training.proceedings import queries as proceedings
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import PanelMember, sitting

from . import gate_facts, queries, scores
from .models import AnnualAppraisal, AppraisalEvent, AppraisalRound, AppraisalScore
from .rules.annual_gates import AnnualFacts
from .rules.annual_lifecycle import ANNUAL_APPRAISAL, AnnualState
from .rules.grade import Grade

MINE = "/my/appraisal"
_FORBIDDEN = ("SELF", "SAME_PERSON", "NOT_OWN")


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
    former: str | None = None,
) -> None:
    """Do what the lifecycle says, and note it. Raises ``Refused`` ``DONE_ALREADY`` (409, with
    who and when) when somebody else has just done it, else as ``must`` does."""
    before = appraisal.state
    if ANNUAL_APPRAISAL.find(before, action) is None:
        _done_already(appraisal)
    verdict, target = ANNUAL_APPRAISAL.step(before, action, facts)
    must(verdict)
    move(actor, appraisal, action, AnnualState(target), now, reason, former)
    tell(action=action, appraisal=appraisal.public_id, state=target)


def move(
    actor: Actor,
    appraisal: AnnualAppraisal,
    action: str,
    target: AnnualState,
    now: datetime,
    reason: str = "",
    former: str | None = None,
) -> None:
    """Note a step that the lifecycle has allowed; of a correction also what stood there before."""
    db.session.add(
        AppraisalEvent(
            appraisal_id=appraisal.id,
            action=action,
            before=appraisal.state,
            after=target,
            actor_id=actor.person_id,
            reason=reason,
            former=former,
            at=now,
        )
    )
    appraisal.state = target


def _done_already(appraisal: AnnualAppraisal) -> None:
    last = db.session.scalar(
        sa.select(AppraisalEvent)
        .where(AppraisalEvent.appraisal_id == appraisal.id)
        .options(joinedload(AppraisalEvent.actor))
        .order_by(AppraisalEvent.id.desc())
        .limit(1)
    )
    if last is None:
        raise Refused.because("TOO_EARLY", N_("还没有办到这一步，请先完成前面的步骤"))
    raise Refused.because(
        "DONE_ALREADY",
        N_("%(who)s已于 %(when)s 办理「%(what)s」，现在不能办理此项，请刷新后核对"),
        who=last.actor.name if last.actor is not None else "",
        when=format_datetime(last.at),
        what=Words(ACTION_LABELS[last.action]),
    )


ACTION_LABELS: dict[str, str] = {
    **{t.action: t.label for t in ANNUAL_APPRAISAL.transitions},
    "accept": N_("本人认可"),
    "correct_months": N_("更正在岗月份"),
}
"""What each entry of the history is called."""


def panel_members(round_: AppraisalRound) -> tuple[PanelMember, ...]:
    """The members of the panel who decide: declared, without conflict."""
    panel = proceedings.panel_of(queries.ROUND, round_.public_id)
    return sitting(proceedings.panel_members(panel))


def must_sit(actor: Actor, round_: AppraisalRound) -> list[int]:
    """The sitting members' person ids; raises ``Refused`` ``NOT_MEMBER`` unless the actor is
    one of them."""
    members = sorted(m.hand.person_id for m in panel_members(round_))
    if actor.person_id not in members:
        require(
            refuse("NOT_MEMBER", N_("只有参加评审的小组成员可以评定等次"), basis="panel.min"),
            status=403,
            code="NOT_MEMBER",
        )
    return members


@verb("appraisal:annual_appraisal:submit_self_report", on="appraisal")
def submit_self_report(
    actor: Actor, appraisal: AnnualAppraisal, text: str, *, now: datetime
) -> AnnualAppraisal:
    """The person reports on the year."""
    facts = gate_facts.facts_of(appraisal, actor, now, text)
    step(actor, appraisal, "submit_self_report", facts, now)
    appraisal.self_report = text
    return appraisal


@verb("appraisal:annual_appraisal:correct_self_report", on="appraisal")
def correct_self_report(
    actor: Actor, appraisal: AnnualAppraisal, text: str, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """The person corrects their report, or brings one that was gone without, until the grade.
    Who has given the unit's opinion on it is told. Codes ``NOT_OWN``, ``REASON_REQUIRED``,
    ``UNCHANGED``, ``DONE_ALREADY``."""
    former = appraisal.self_report
    _reword(actor, appraisal, "correct_self_report", (former, text), reason, now)
    appraisal.self_report = text
    opinion = queries.last_of(queries.events_of(appraisal), queries.OPINED)
    if opinion is not None and opinion.actor_id is not None:
        inbox.send(
            opinion.actor_id,
            "appraisal",
            N_("%(name)s更正了 %(year)s 年度述职，请看单位意见是否需要更正"),
            now=now,
            url=f"/appraisals/{appraisal.public_id}",
            name=appraisal.person.name,
            year=appraisal.round.year,
        )
    return appraisal


def _reword(
    actor: Actor,
    appraisal: AnnualAppraisal,
    action: str,
    words: tuple[str, str],
    reason: str,
    now: datetime,
) -> None:
    """Correct what was written (before, after) by a further entry that keeps what stood there."""
    before, after = words
    facts = gate_facts.facts_of(appraisal, actor, now, reason)
    step(actor, appraisal, action, facts, now, reason.strip(), before)
    must(reason_given(after, basis="lifecycle:annual_appraisal"))
    if after == before:
        raise Refused.because("UNCHANGED", N_("内容没有变化"), status=422)


def _with_reason(
    actor: Actor, appraisal: AnnualAppraisal, action: str, reason: str, now: datetime
) -> AnnualAppraisal:
    """A step that takes a reason and changes nothing but the state."""
    facts = gate_facts.facts_of(appraisal, actor, now, reason)
    step(actor, appraisal, action, facts, now, reason)
    return appraisal


@verb("appraisal:annual_appraisal:skip_self_report", on="appraisal")
def skip_self_report(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Go on without a report after its time."""
    return _with_reason(actor, appraisal, "skip_self_report", reason, now)


@verb("appraisal:annual_appraisal:give_unit_opinion", on="appraisal")
def give_unit_opinion(
    actor: Actor, appraisal: AnnualAppraisal, text: str, *, now: datetime
) -> AnnualAppraisal:
    """The head of the unit says what the unit thinks."""
    facts = gate_facts.facts_of(appraisal, actor, now, text)
    step(actor, appraisal, "give_unit_opinion", facts, now)
    appraisal.unit_opinion = text
    return appraisal


@verb("appraisal:annual_appraisal:correct_unit_opinion", on="appraisal")
def correct_unit_opinion(
    actor: Actor, appraisal: AnnualAppraisal, text: str, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """The unit corrects its opinion until the grade; the person is told. Codes ``SELF``,
    ``REASON_REQUIRED``, ``UNCHANGED``, ``DONE_ALREADY``."""
    former = appraisal.unit_opinion
    _reword(actor, appraisal, "correct_unit_opinion", (former, text), reason, now)
    appraisal.unit_opinion = text
    inbox.send(
        appraisal.person_id,
        "appraisal",
        N_("您 %(year)s 年度考核的单位意见已更正，请查看。理由：%(reason)s"),
        now=now,
        url=MINE,
        year=appraisal.round.year,
        reason=reason.strip(),
    )
    return appraisal


@verb("appraisal:annual_appraisal:close_survey", on="appraisal")
def close_survey(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """Satisfaction and peers are entered, or known to be missing."""
    step(actor, appraisal, "close_survey", gate_facts.facts_of(appraisal, actor, now), now)
    return appraisal


@verb("appraisal:annual_appraisal:review_dossiers", on="appraisal")
def review_dossiers(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The dossiers are reviewed; the panel may grade."""
    step(actor, appraisal, "review_dossiers", gate_facts.facts_of(appraisal, actor, now), now)
    return appraisal


@verb("appraisal:annual_appraisal:reopen_survey", on="appraisal")
def reopen_survey(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """The survey was closed in error: it goes on, with a reason."""
    return _with_reason(actor, appraisal, "reopen_survey", reason, now)


@verb("appraisal:annual_appraisal:reopen_dossiers", on="appraisal")
def reopen_dossiers(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """The review of the dossiers was closed in error, or has to be done again, with a reason."""
    return _with_reason(actor, appraisal, "reopen_dossiers", reason, now)


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
    members = must_sit(actor, appraisal.round)
    facts = gate_facts.facts_of(appraisal, actor, now, reason, grade=decided)
    if ANNUAL_APPRAISAL.find(appraisal.state, "grade") is None:
        _done_already(appraisal)
    must(ANNUAL_APPRAISAL.judge(appraisal.state, "grade", facts))
    sheet = scores.sheet_of(appraisal)
    total, proposal = sheet.annual.total, sheet.proposal
    if total is None or proposal is None or total != seen_total:
        raise Refused.because("CHANGED", N_("材料已更新，请重新审阅"))
    appraisal.total, appraisal.proposed, appraisal.grade = total, proposal.grade, decided
    step(actor, appraisal, "grade", facts, now, reason)
    keep_score(appraisal, sheet.inputs, reason, members, now)
    tell(grade=str(decided), proposed=str(proposal.grade), total=total)
    return appraisal


def keep_score(
    appraisal: AnnualAppraisal, inputs: dict[str, Any], reason: str, panel: list[int], now: datetime
) -> None:
    """Keep what a grade rested on. ``total``, ``proposed`` and ``grade`` are set already."""
    db.session.add(
        AppraisalScore(
            appraisal_id=appraisal.id,
            inputs=inputs,
            total=appraisal.total,
            proposed=appraisal.proposed,
            grade=appraisal.grade,
            reason=reason,
            panel=panel,
            at=now,
        )
    )


@verb("appraisal:annual_appraisal:regrade", on="appraisal")
def regrade(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Back to the panel, with a reason: the quota is exceeded, or something was overlooked."""
    return _with_reason(actor, appraisal, "regrade", reason, now)


@verb("appraisal:annual_appraisal:check_quota", on="appraisal")
def check_quota(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The grade stands within the quota of the round, or beyond it after an upheld objection."""
    beyond = gate_facts.beyond_quota(appraisal)
    step(actor, appraisal, "check_quota", gate_facts.facts_of(appraisal, actor, now), now)
    tell(beyond_quota=beyond)
    return appraisal
