"""Reads of recruitment: what an opening holds, where a case stands, and the facts of its gates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import access, clock, policy, workdays
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.people.models import Account, Person, RoleGrant
from training.people.rules.person import AccountState
from training.proceedings import queries as proceedings
from training.proceedings.models import Objection, Panel
from training.proceedings.rules.lifecycle import ObjectionKind, ObjectionState
from training.proceedings.rules.notice import Window, window_after
from training.proceedings.rules.separation import Hand, PanelMember, sitting

from .models import (
    BackgroundCheck,
    InterviewScore,
    Opening,
    QualificationFinding,
    RecruitmentCase,
    RecruitmentEvent,
)
from .rules.eligibility import (
    AgeRange,
    Applicant,
    Eligibility,
    Preference,
    PreferencePoints,
    Quality,
    assess,
    preference_key,
    preference_points,
)
from .rules.recruitment import RecruitmentState
from .rules.recruitment_gates import PlanFacts, RecruitmentFacts, Route

CASE, OPENING = "recruitment_case", "opening"
NOBODY = Hand(-1)
"""Stands for a hand that no act has had yet."""

_ANNOUNCED = (RecruitmentState.OPEN, RecruitmentState.CALLED_OFF)
_HANDLING = (
    "assess", "shortlist", "reject", "reconsider", "pass_interview", "check", "propose", "publish",
)  # fmt: skip


def hand(actor: Actor) -> Hand:
    return Hand(actor.person_id) if actor.person_id is not None else NOBODY


def is_public(opening: Opening) -> bool:
    """Has the announcement been made? What was called off can still be read."""
    return opening.state in _ANNOUNCED and opening.opened_at is not None


def open_openings(today: date) -> list[Opening]:
    """What one can apply to today, the first to close first."""
    running = sa.and_(Opening.state == RecruitmentState.OPEN, Opening.closes_on >= today)
    return _announced(running, Opening.closes_on.asc())


def closed_openings(today: date, limit: int = 10) -> list[Opening]:
    """What closed last, or was called off."""
    over = sa.or_(Opening.state == RecruitmentState.CALLED_OFF, Opening.closes_on < today)
    return _announced(over, Opening.closes_on.desc(), limit)


def _announced(
    condition: sa.ColumnElement[bool], order: sa.UnaryExpression[date], limit: int = 200
) -> list[Opening]:
    return list(
        db.session.scalars(
            sa.select(Opening)
            .where(Opening.state.in_(_ANNOUNCED), Opening.opened_at.is_not(None), condition)
            .options(joinedload(Opening.org))
            .order_by(order, Opening.id)
            .limit(limit)
        )
    )


def plan_facts(opening: Opening, actor: Actor, now: datetime) -> PlanFacts:
    return PlanFacts(clock.today(now), hand(actor), Hand(opening.planned_by), opening.closes_on)


def events_of(case: RecruitmentCase) -> list[RecruitmentEvent]:
    """What was done in a case, oldest first."""
    return list(
        db.session.scalars(
            sa.select(RecruitmentEvent)
            .where(RecruitmentEvent.case_id == case.id)
            .options(joinedload(RecruitmentEvent.actor))
            .order_by(RecruitmentEvent.id)
        )
    )


def opening_events(opening: Opening, *actions: str) -> list[RecruitmentEvent]:
    """What was done with an opening itself, the oldest first; only ``actions`` if named."""
    query = (
        sa.select(RecruitmentEvent)
        .where(RecruitmentEvent.opening_id == opening.id, RecruitmentEvent.case_id.is_(None))
        .options(joinedload(RecruitmentEvent.actor))
        .order_by(RecruitmentEvent.id)
    )
    if actions:
        query = query.where(RecruitmentEvent.action.in_(actions))
    return list(db.session.scalars(query))


def finding_of(case: RecruitmentCase) -> QualificationFinding | None:
    """The finding in force: the last."""
    return db.session.scalar(
        sa.select(QualificationFinding)
        .where(QualificationFinding.case_id == case.id)
        .order_by(QualificationFinding.id.desc())
        .limit(1)
    )


def check_of(case: RecruitmentCase) -> BackgroundCheck | None:
    """The background check in force: the last."""
    return db.session.scalar(
        sa.select(BackgroundCheck)
        .where(BackgroundCheck.case_id == case.id)
        .order_by(BackgroundCheck.id.desc())
        .limit(1)
    )


def panel_scored(panel: Panel) -> bool:
    """Whether a panel has scored anybody of its opening."""
    query = (
        sa.select(InterviewScore.id)
        .join(RecruitmentCase, RecruitmentCase.id == InterviewScore.case_id)
        .join(Opening, Opening.id == RecruitmentCase.opening_id)
        .where(Opening.public_id == panel.matter_ref, InterviewScore.scored_at >= panel.created_at)
        .limit(1)
    )
    return db.session.scalar(query) is not None


def scores_of(case: RecruitmentCase) -> dict[int, InterviewScore]:
    """The score in force of each panel member who scored, by person id."""
    query = (
        sa.select(InterviewScore)
        .where(InterviewScore.case_id == case.id)
        .options(joinedload(InterviewScore.member))
        .order_by(InterviewScore.id)
    )
    return {score.member_id: score for score in db.session.scalars(query)}


def mean_score(scores: Iterable[InterviewScore]) -> int | None:
    """The mean in hundredths, rounded half up; None without a score."""
    held = [s.score for s in scores]
    return (2 * sum(held) + len(held)) // (2 * len(held)) if held else None


def panel_members(opening: Opening) -> list[PanelMember]:
    return proceedings.panel_members(proceedings.panel_of(OPENING, opening.public_id))


def appeals_of(case: RecruitmentCase) -> list[Objection]:
    """The applicant's own appeals in the case."""
    held = proceedings.objections_of(CASE, case.public_id)
    return [o for o in held if o.kind is ObjectionKind.APPEAL]


def objections_of(case: RecruitmentCase) -> list[Objection]:
    """Objections by anybody against the public notice."""
    held = proceedings.objections_of(CASE, case.public_id)
    return [o for o in held if o.kind is ObjectionKind.OBJECTION]


def state_of(case: RecruitmentCase) -> RecruitmentState:
    """The state today: an objection that is open, or was found right, suspends (computed)."""
    if case.state is not RecruitmentState.PUBLIC_NOTICE:
        return case.state
    standing = {ObjectionState.FILED, ObjectionState.ASSIGNED, ObjectionState.UPHELD}
    if any(o.state in standing for o in objections_of(case)):
        return RecruitmentState.SUSPENDED
    return case.state


def applicant_of(
    case: RecruitmentCase, finding: QualificationFinding | None, check: BackgroundCheck | None
) -> Applicant:
    """What is known of the applicant: what a reviewer found outweighs what was declared."""
    negatives = set(finding.negatives if finding else case.negatives)
    negatives |= set(check.negatives) if check else set()
    return Applicant(
        birth_date=case.person.birth_date,
        citizen=finding.citizen if finding else True,
        assessed={Quality(k): bool(v) for k, v in finding.qualities.items()} if finding else {},
        negatives=negatives,
        education=case.person.education,
        skills=[Preference(s) for s in (finding.skills if finding else case.skills)],
    )


def eligibility_of(case: RecruitmentCase, today: date) -> Eligibility:
    """Every condition of the statute and of policy, as it stands today."""
    org = db.session.get_one(OrgUnit, case.org_id)
    values = policy.many(("eligibility.age", "eligibility.negative_list"), org, today)
    return assess(
        applicant_of(case, finding_of(case), check_of(case)),
        today,
        age_range=AgeRange(**values["eligibility.age"].value),
        negative_list=values["eligibility.negative_list"].value,
    )


def points_of(
    case: RecruitmentCase, finding: QualificationFinding | None
) -> tuple[PreferencePoints, int]:
    """Preference points with their lines, and the policy version they follow."""
    org = db.session.get_one(OrgUnit, case.org_id)
    on = clock.today(finding.found_at if finding else case.applied_at)
    rule = policy.get(preference_key(case.opening.post_kind), org, on)
    applicant = applicant_of(case, finding, None)
    return preference_points(applicant, case.opening.post_kind, rule.value), rule.id


def rejection_window(case: RecruitmentCase) -> Window | None:
    """The time to appeal, from the day on which the rejection was served."""
    served = proceedings.services_of(CASE, case.public_id)
    if not served:
        return None
    org = db.session.get_one(OrgUnit, case.org_id)
    days = policy.get("appeal.window", org, served[0].served_on).value
    return window_after(served[0].served_on, days, workdays.calendar())


def notice_window(case: RecruitmentCase) -> Window | None:
    """The period of the public notice that names the applicant."""
    standing = [n for n in proceedings.notices_of(CASE, case.public_id) if n.withdrawn_at is None]
    return proceedings.notice_window(standing[0]) if standing else None


@dataclass(frozen=True, slots=True)
class History:
    """Who did what in a case, as the gates ask for it."""

    proposer: Hand
    handlers: tuple[Hand, ...]


def history_of(events: Iterable[RecruitmentEvent]) -> History:
    proposer, handlers = NOBODY, list[Hand]()
    for event in events:
        if event.action == "propose" and event.actor_id is not None:
            proposer = Hand(event.actor_id)
        if event.action in _HANDLING and event.actor_id is not None:
            handlers.append(Hand(event.actor_id))
    return History(proposer, tuple(handlers))


def facts_of(
    case: RecruitmentCase, actor: Actor, now: datetime, reason: str = ""
) -> RecruitmentFacts:
    """Everything the gates of ``RECRUITMENT`` look at, read now."""
    today = clock.today(now)
    org = db.session.get_one(OrgUnit, case.org_id)
    rules = policy.many(("panel.min", "hire.routes"), org, today)
    events = events_of(case)
    done = history_of(events)
    panel = panel_members(case.opening)
    scored = set(scores_of(case))
    seats = sitting(panel)
    return RecruitmentFacts(
        today=today,
        actor=hand(actor),
        applicant=Hand(case.person_id),
        proposer=done.proposer,
        handlers=done.handlers,
        reason=reason,
        route=Route(case.route),
        routes=case.opening.routes,
        recommendation=case.recommender,
        closes_on=case.opening.closes_on,
        eligibility=eligibility_of(case, today).verdict,
        panel=tuple(panel),
        panel_min=rules["panel.min"].value,
        panel_must_be_odd=False,
        interview_scored=bool(seats) and all(s.hand.person_id in scored for s in seats),
        notice=None,
        notice_window=notice_window(case),
        rejection_window=rejection_window(case),
        appealed=bool(appeals_of(case)),
        objection_upheld=any(e.action == "uphold_objection" for e in events),
    )


def own_cases(person_id: int) -> list[RecruitmentCase]:
    """A person's applications, newest first."""
    return list(
        db.session.scalars(
            sa.select(RecruitmentCase)
            .where(RecruitmentCase.person_id == person_id)
            .order_by(RecruitmentCase.id.desc())
        )
    )


def cases_of(opening: Opening, *states: RecruitmentState) -> list[RecruitmentCase]:
    """An opening's cases in these states (all without any), best points first."""
    query = sa.select(RecruitmentCase).where(RecruitmentCase.opening_id == opening.id)
    if states:
        query = query.where(RecruitmentCase.state.in_(states))
    return list(
        db.session.scalars(query.order_by(RecruitmentCase.points.desc(), RecruitmentCase.id))
    )


def people(ids: Iterable[int | None]) -> dict[int, Person]:
    """Persons by id, in one query."""
    wanted = {i for i in ids if i is not None}
    query = sa.select(Person).where(Person.id.in_(wanted))
    return {p.id: p for p in db.session.scalars(query)} if wanted else {}


def interviews_of(actor: Actor) -> list[tuple[RecruitmentCase, bool]]:
    """Cases in the interview whose panel the actor sits on, with whether they scored."""
    person_id = actor.person_id or 0
    scored = sa.exists().where(
        InterviewScore.case_id == RecruitmentCase.id, InterviewScore.member_id == person_id
    )
    query = (
        sa.select(RecruitmentCase, scored)
        .where(
            RecruitmentCase.participates(person_id),
            RecruitmentCase.state == RecruitmentState.INTERVIEW,
        )
        .order_by(scored, RecruitmentCase.id)
    )
    return [(case, bool(done)) for case, done in db.session.execute(query)]


_PANEL_ROLES = (Role.PANEL, Role.HR, Role.TRAINER, Role.OFFICE_HEAD, Role.COMMITTEE)


def panel_people(org: OrgUnit) -> list[Person]:
    """Who can be named to an interview panel: who holds an office over the unit, or in it."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    query = (
        sa.select(Person)
        .join(Account, Account.person_id == Person.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.revoked_at.is_(None),
            RoleGrant.role.in_(_PANEL_ROLES),
            RoleGrant.org_id.in_(above),
            Account.state == AccountState.ACTIVE,
        )
        .options(joinedload(Person.org))
        .order_by(Person.id)
        .distinct()
    )
    return list(db.session.scalars(query))


def to_confirm(actor: Actor, limit: int = 200) -> list[RecruitmentCase]:
    """Cases in their public notice that this approver may confirm once it is over."""
    query = (
        sa.select(RecruitmentCase)
        .where(
            access.visible(actor, "employment:recruitment:confirm", RecruitmentCase),
            RecruitmentCase.state == RecruitmentState.PUBLIC_NOTICE,
        )
        .order_by(RecruitmentCase.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))
