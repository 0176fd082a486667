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
from training.proceedings import queries as proceedings
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
) -> None:
    """Do what the lifecycle says, and note it. Raises ``Refused`` ``DONE_ALREADY`` (409, with
    who and when) when somebody else has just done it, else as ``must`` does."""
    before = appraisal.state
    if ANNUAL_APPRAISAL.find(before, action) is None:
        _done_already(appraisal)
    verdict, target = ANNUAL_APPRAISAL.step(before, action, facts)
    must(verdict)
    move(actor, appraisal, action, AnnualState(target), now, reason)
    tell(action=action, appraisal=appraisal.public_id, state=target)


def move(
    actor: Actor,
    appraisal: AnnualAppraisal,
    action: str,
    target: AnnualState,
    now: datetime,
    reason: str = "",
) -> None:
    """Note a step that the lifecycle has allowed."""
    db.session.add(
        AppraisalEvent(
            appraisal_id=appraisal.id,
            action=action,
            before=appraisal.state,
            after=target,
            actor_id=actor.person_id,
            reason=reason,
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


@verb("appraisal:annual_appraisal:skip_self_report", on="appraisal")
def skip_self_report(
    actor: Actor, appraisal: AnnualAppraisal, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Go on without a report after its time."""
    facts = gate_facts.facts_of(appraisal, actor, now, reason)
    step(actor, appraisal, "skip_self_report", facts, now, reason)
    return appraisal


@verb("appraisal:annual_appraisal:give_unit_opinion", on="appraisal")
def give_unit_opinion(
    actor: Actor, appraisal: AnnualAppraisal, text: str, *, now: datetime
) -> AnnualAppraisal:
    """The head of the unit says what the unit thinks."""
    facts = gate_facts.facts_of(appraisal, actor, now, text)
    step(actor, appraisal, "give_unit_opinion", facts, now)
    appraisal.unit_opinion = text
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
    facts = gate_facts.facts_of(appraisal, actor, now, reason)
    step(actor, appraisal, "regrade", facts, now, reason)
    return appraisal


@verb("appraisal:annual_appraisal:check_quota", on="appraisal")
def check_quota(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The grade stands within the quota of the round, or beyond it after an upheld objection."""
    beyond = gate_facts.beyond_quota(appraisal)
    step(actor, appraisal, "check_quota", gate_facts.facts_of(appraisal, actor, now), now)
    tell(beyond_quota=beyond)
    return appraisal
