"""Rounds: whom to appraise and for which months, opening, the panel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import access, clock, policy
from training.core.db import db
from training.core.errors import Refused, require
from training.core.i18n import both
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.core.rules.words import N_, Words
from training.core.verbs import tell, verb
from training.people import facts, inbox
from training.people.models import Account, Person, RoleGrant
from training.people.rules.person import AccountState, ServiceKind, Standing
from training.proceedings import service as procedure
from training.proceedings.models import Panel
from training.proceedings.rules.reasons import reason_given

from . import queries, scores
from .models import AnnualAppraisal, AppraisalRound
from .rules.indicators import scheme_gate
from .rules.months import Change, months_served
from .service import MINE, move, must
from .states import writable

_STANDING = (Standing.IN_POST, Standing.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who would take part: the months served, and whether the file says so (else the
    whole year counts)."""

    person: Person
    months: tuple[int, ...]
    by_file: bool


def candidates(
    org: OrgUnit, year: int, kinds: Iterable[ServiceKind], today: date
) -> list[Candidate]:
    """People in post (or suspended for a time) of a unit and all below it whom no round of the
    year holds yet, with the months that their files show."""
    taken = (
        sa.select(AnnualAppraisal.person_id)
        .join(AppraisalRound, AppraisalRound.id == AnnualAppraisal.round_id)
        .where(AppraisalRound.year == year)
    )
    people = list(
        db.session.scalars(
            sa.select(Person)
            .join(OrgUnit, OrgUnit.id == Person.org_id)
            .where(
                access.subtree(OrgUnit.path, org.path),
                Person.standing.in_(_STANDING),
                Person.service_kind.in_(list(kinds)),
                Person.id.not_in(taken),
            )
            .options(joinedload(Person.org))
            .order_by(Person.org_id, Person.pinyin, Person.id)
        )
    )
    served = months_of([p.id for p in people], year, today)
    return [Candidate(p, *served[p.id]) for p in people]


def months_of(
    person_ids: Sequence[int], year: int, today: date
) -> dict[int, tuple[tuple[int, ...], bool]]:
    """The months served as the standing facts show, and whether there are any such facts."""
    told = facts.of_many(person_ids, [queries.STANDING_FACT])
    until = min(date(year, 12, 31), today)
    found = {}
    for person_id in person_ids:
        changes = [
            Change(f.occurred_on, f.value.get("from", ""), f.value.get("to", ""))
            for f in reversed(told.get(person_id, []))
        ]
        found[person_id] = (months_served(changes, year, until), bool(changes))
    return found


def _anew(people: Sequence[Person]) -> list[Person]:
    """The same people as this transaction sees them, in one query."""
    ids = [(sa.inspect(p).identity or (0,))[0] for p in people]
    held = {p.id: p for p in db.session.scalars(sa.select(Person).where(Person.id.in_(ids)))}
    return [held[i] for i in ids if i in held]


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
    people = _anew(people)
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
    held = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(AnnualAppraisal)
        .join(AppraisalRound, AppraisalRound.id == AnnualAppraisal.round_id)
        .where(AppraisalRound.year == year, AnnualAppraisal.person_id.in_([p.id for p in people]))
    )
    if held:
        raise Refused.because(
            "APPRAISED_ALREADY", N_("有 %(n)s 人已列入本年度的另一次考核，请刷新名单"), n=held
        )
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
    require(scheme_gate(scores.scheme_of(round_)), status=422, code="SCHEME")
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
    title = Words(
        N_("%(year)s 年度考核：%(org)s"), {"year": round_.year, "org": both(round_.org, "name")}
    )
    return procedure.appoint_panel(actor, round_.org, round_, title, people, now=now)


def panel_people(org: OrgUnit) -> list[Person]:
    """Who may sit: staff with an open account over the unit or in it, other than learners."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    return list(
        db.session.scalars(
            sa.select(Person)
            .where(
                Person.id.in_(
                    sa.select(Account.person_id)
                    .join(RoleGrant, RoleGrant.account_id == Account.id)
                    .where(
                        RoleGrant.role.in_(_SITS),
                        RoleGrant.org_id.in_(above),
                        RoleGrant.revoked_at.is_(None),
                        Account.state == AccountState.ACTIVE,
                    )
                )
            )
            .options(joinedload(Person.org))
            .order_by(Person.org_id, Person.name, Person.id)
        )
    )


_SITS = (Role.PANEL, Role.HR, Role.TRAINER, Role.REVIEWER, Role.OFFICE_HEAD)


@verb("appraisal:annual_appraisal:correct_months", on="appraisal")
def correct_months(
    actor: Actor, appraisal: AnnualAppraisal, months: Sequence[int], reason: str, *, now: datetime
) -> AnnualAppraisal:
    """Correct the months served, with a reason. Raises ``Refused`` ``MONTHS`` (422) without a
    month, ``CLOSED`` once graded."""
    writable(appraisal)
    must(reason_given(reason, basis="annual.composition"))
    chosen = sorted(set(months))
    if not chosen or not set(chosen) <= set(range(1, 13)):
        raise Refused.because("MONTHS", N_("请至少选择一个在岗月份"), status=422)
    tell(was=list(appraisal.months), months=chosen)
    appraisal.months = chosen
    move(actor, appraisal, "correct_months", appraisal.state, now, reason)
    return appraisal
