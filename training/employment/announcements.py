"""Correcting an announcement (选聘公告): changing it, calling it off. Each is a further entry with a
reason; applicants are told, and who approved the plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from training.core import clock
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import both
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import inbox
from training.proceedings import queries as hearings
from training.proceedings import service as proceedings

from . import queries
from .models import Opening, RecruitmentCase
from .rules.announcement import CallOffFacts, ChangeFacts
from .rules.recruitment import RECRUITMENT, RecruitmentState
from .steps import must, note_opening, step, tell_applicant

_S = RecruitmentState
_COMPARED = (_S.INTERVIEW, _S.BACKGROUND_CHECK, _S.PROPOSED, _S.PUBLIC_NOTICE, _S.CONFIRMED)
_ENDED = (_S.CONFIRMED, _S.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an announcement is to say instead, as far as it may be changed."""

    title: str
    title_en: str
    body: str
    positions: int
    office: str
    telephone: str
    closes_on: date


@verb("employment:recruitment:change", on="opening")
def change(
    actor: Actor, opening: Opening, wanted: Announcement, reason: str, *, now: datetime
) -> Opening:
    """Change what was approved or announced. Codes ``UNCHANGED``, ``REASON_REQUIRED``, ``GATE``
    with those of ``change_gate``."""
    values = asdict(wanted)
    former = {n: getattr(opening, n) for n, v in values.items() if getattr(opening, n) != v}
    if not former:
        raise Refused.because("UNCHANGED", N_("没有任何改动"), status=422)
    cases = queries.cases_of(opening)
    facts = ChangeFacts(
        today=clock.today(now), reason=reason, announced=opening.closes_on,
        closes_on=wanted.closes_on, positions=wanted.positions,
        confirmed=sum(c.state is _S.CONFIRMED for c in cases),
        interviewing=any(c.state in _COMPARED for c in cases),
    )  # fmt: skip
    must(RECRUITMENT.judge(opening.state, "change", facts))
    for name, value in values.items():
        setattr(opening, name, value)
    note_opening(
        actor, opening, "change", opening.state, now, reason.strip(),
        former=_named(former), changed=_named({n: values[n] for n in former}),
    )  # fmt: skip
    message = N_("选聘「%(title)s」的公告已更改，改动见公告页。理由：%(reason)s")
    for case in cases:
        if case.state not in _ENDED:
            tell_applicant(
                case, message, now, url=f"/recruitment/{opening.public_id}",
                reason=reason.strip()[:200],
            )  # fmt: skip
    _tell_approver(actor, opening, message, reason, now)
    tell(changed=",".join(former))
    return opening


@verb("employment:recruitment:call_off", on="opening")
def call_off(actor: Actor, opening: Opening, reason: str, *, now: datetime) -> int:
    """Call a recruitment off; returns how many applications end with it. They end with its reason,
    nobody counts as rejected; who was confirmed stays so. A public notice that runs is taken back.
    Codes ``SELF``, ``REASON_REQUIRED``, ``GATE`` with ``announcement.undecided``."""
    reason, before = reason.strip(), opening.state
    cases = [c for c in _locked(opening) if c.state not in _ENDED]
    undecided = sum(len(hearings.open_objections(queries.CASE, c.public_id)) for c in cases)
    verdict, target = RECRUITMENT.step(before, "call_off", CallOffFacts(reason, undecided))
    must(verdict)
    noticed = [c for c in cases if c.state is _S.PUBLIC_NOTICE]
    for case in cases:
        step(actor, case, "call_off", queries.facts_of(case, actor, now, reason), now, reason)
        tell_applicant(
            case, N_("选聘「%(title)s」已取消，您的报名随之结束，不计为未通过。理由：%(reason)s"),
            now, reason=reason[:200],
        )  # fmt: skip
    _take_notices_back(actor, opening, noticed, reason, now)
    opening.state = RecruitmentState(target)
    note_opening(actor, opening, "call_off", before, now, reason)
    _tell_approver(actor, opening, N_("选聘「%(title)s」已取消。理由：%(reason)s"), reason, now)
    tell(state=target, ended=len(cases))
    return len(cases)


def _locked(opening: Opening) -> list[RecruitmentCase]:
    query = (
        sa.select(RecruitmentCase)
        .where(RecruitmentCase.opening_id == opening.id)
        .order_by(RecruitmentCase.id)
        .with_for_update(of=RecruitmentCase)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _take_notices_back(
    actor: Actor, opening: Opening, cases: Iterable[RecruitmentCase], reason: str, now: datetime
) -> None:
    """The notices that name these, but for one by which somebody was confirmed."""
    confirmed = queries.cases_of(opening, _S.CONFIRMED)
    kept = {n.id for c in confirmed for n in hearings.notices_of(queries.CASE, c.public_id)}
    named = {n.id: n for c in cases for n in hearings.notices_of(queries.CASE, c.public_id)}
    for notice in named.values():
        if notice.withdrawn_at is None and notice.id not in kept:
            proceedings.withdraw_notice(actor, notice, reason, now=now)


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """What an entry keeps of an announcement, as JSON can hold it."""
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in values.items()}


def _tell_approver(
    actor: Actor, opening: Opening, message: str, reason: str, now: datetime
) -> None:
    if opening.approved_by is not None and opening.approved_by != actor.person_id:
        inbox.send(
            opening.approved_by, "recruitment", message, now=now,
            url=f"/employment/openings/{opening.public_id}", title=both(opening),
            reason=reason.strip()[:200],
        )  # fmt: skip
