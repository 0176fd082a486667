"""The decision that follows a final grade: made by a person who took no part in it, and replaced
by a further one as long as nothing has followed from it."""

from __future__ import annotations

from datetime import datetime

from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox

from . import following, gate_facts, outcome, queries
from .models import AnnualAppraisal, AppraisalEvent
from .rules.annual_gates import AnnualFacts
from .rules.annual_lifecycle import DECIDED, DECISIONS, AnnualState
from .service import MINE, step


@verb("appraisal:annual_appraisal:decide", on="appraisal")
def decide(
    actor: Actor, appraisal: AnnualAppraisal, action: str, reason: str, *, now: datetime
) -> AnnualAppraisal:
    """The decision at the end, by another person than who graded, with a reason: ``renew``,
    ``renew_with_training``, ``suspend_and_retrain`` or ``open_exit_review``."""
    if appraisal.state is not AnnualState.FINALISED:
        raise Refused.because("ALREADY_DECIDED", N_("这份考核现在不能作出聘用决定"))
    step(actor, appraisal, action, decision_facts(appraisal, actor, now, reason), now, reason)
    _tell_decision(
        appraisal,
        N_("您 %(year)s 年度考核后的聘用决定已作出，请查看。理由：%(reason)s"),
        reason,
        now,
    )
    return appraisal


def decision_facts(
    appraisal: AnnualAppraisal, actor: Actor, now: datetime, reason: str
) -> AnnualFacts:
    """What the gates of a decision look at: also its grounds, and what has followed from the
    one that was made."""
    return gate_facts.facts_of(
        appraisal,
        actor,
        now,
        reason,
        grounds=tuple(c.ground for c in outcome.consequences_of(appraisal) if c.ground),
        followed=following.of(appraisal),
    )


@verb("appraisal:annual_appraisal:decide", on="appraisal")
def replace_decision(
    actor: Actor, appraisal: AnnualAppraisal, action: str, reason: str, seen: int, *, now: datetime
) -> AnnualAppraisal:
    """Another decision in the place of the one made, or the same with another reason, by a
    person who took no part in the grade; the person is told. ``seen`` is how many decisions
    stood when it was read. What the final grade has put into the person's file rests on the
    grade, and stays.

    Codes ``NOT_DECIDED``, ``CHANGED``, ``SELF``, ``SAME_PERSON``, ``REASON_REQUIRED``, ``GATE``
    (also with what has followed).
    """
    if appraisal.state not in DECIDED:
        raise Refused.because("NOT_DECIDED", N_("还没有作出聘用决定"))
    if len(decisions_of(appraisal)) != seen:
        raise Refused.because("CHANGED", N_("材料已更新，请重新审阅"))
    former = str(appraisal.state)
    step(actor, appraisal, action, decision_facts(appraisal, actor, now, reason), now, reason)
    _tell_decision(
        appraisal,
        N_("您 %(year)s 年度考核后的聘用决定已更正，请查看。理由：%(reason)s"),
        reason,
        now,
    )
    tell(former=former)
    return appraisal


def decisions_of(appraisal: AnnualAppraisal) -> list[AppraisalEvent]:
    """The decisions made, oldest first: the last one counts."""
    return [e for e in queries.events_of(appraisal) if e.action in DECISIONS]


def _tell_decision(appraisal: AnnualAppraisal, message: str, reason: str, now: datetime) -> None:
    inbox.send(
        appraisal.person_id,
        "appraisal",
        message,
        now=now,
        url=MINE,
        year=appraisal.round.year,
        reason=reason.strip(),
    )
