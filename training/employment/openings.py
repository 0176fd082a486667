"""Plans and announcements: drawing up, approving, opening, and the interview panel;
``announcements`` corrects what was approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from training.core import clock, policy
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import content
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people.models import Person
from training.people.rules.person import ServiceKind
from training.proceedings import service as proceedings

from . import queries
from .models import Opening
from .rules.eligibility import PostKind
from .rules.recruitment import RECRUITMENT, RecruitmentState
from .rules.recruitment_gates import Route
from .steps import must, note_opening


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan says, as it was typed into the form."""

    title: str
    title_en: str
    body: str
    service_kind: ServiceKind
    post_kind: PostKind
    positions: int
    routes: tuple[Route, ...]
    office: str
    telephone: str
    closes_on: date


def _write(opening: Opening, plan: Plan, org: OrgUnit, now: datetime) -> None:
    allowed = policy.get("hire.routes", org, clock.today(now))
    if not plan.routes or not set(plan.routes) <= set(allowed.value):
        raise Refused.because(
            "ROUTE", N_("请从现行政策允许的选聘途径中选择"), status=422, basis="hire.routes"
        )
    if plan.closes_on < clock.today(now):
        raise Refused.because("CLOSES_ON", N_("报名截止日期不能早于今天"), status=422)
    opening.title, opening.title_en, opening.body = plan.title, plan.title_en, plan.body
    opening.service_kind, opening.post_kind = plan.service_kind, plan.post_kind
    opening.positions, opening.routes = plan.positions, [str(r) for r in plan.routes]
    opening.policy_id, opening.closes_on = allowed.id, plan.closes_on
    opening.office, opening.telephone = plan.office, plan.telephone


@verb("employment:recruitment:plan", at="org")
def draw_up(actor: Actor, org: OrgUnit, plan: Plan, *, now: datetime) -> Opening:
    """Draw up a plan for a unit. Raises ``Refused`` (422): ``ROUTE``, ``CLOSES_ON``."""
    opening = Opening(org_id=org.id, planned_by=actor.person_id, planned_at=now)
    opening.state = RecruitmentState.DRAFT
    _write(opening, plan, org, now)
    db.session.add(opening)
    db.session.flush()
    note_opening(actor, opening, "plan", RecruitmentState.DRAFT, now)
    return opening


@verb("employment:recruitment:plan", on="opening")
def redraw(actor: Actor, opening: Opening, plan: Plan, *, now: datetime) -> Opening:
    """Change a plan that is not approved yet; who changes it has drawn it up."""
    if opening.state is not RecruitmentState.DRAFT:
        raise Refused.because("ALREADY_DECIDED", N_("计划已经批准，不能再修改"))
    _write(opening, plan, db.session.get_one(OrgUnit, opening.org_id), now)
    opening.planned_by, opening.planned_at = actor.person_id or 0, now
    note_opening(actor, opening, "plan", RecruitmentState.DRAFT, now)
    return opening


def _step(actor: Actor, opening: Opening, action: str, now: datetime) -> None:
    before = opening.state
    if action == "approve_plan" and opening.approved_at is not None:
        by = queries.people([opening.approved_by]).get(opening.approved_by or 0)
        raise Refused.because(
            "ALREADY_DECIDED", N_("%(who)s 已于 %(when)s 批准"),
            who=by.name if by else "", when=f"{clock.local(opening.approved_at):%Y-%m-%d %H:%M}",
        )  # fmt: skip
    verdict, target = RECRUITMENT.step(before, action, queries.plan_facts(opening, actor, now))
    must(verdict)
    opening.state = RecruitmentState(target)
    if action == "approve_plan":
        opening.approved_by, opening.approved_at = actor.person_id, now
    else:
        opening.opened_at = now
    note_opening(actor, opening, action, before, now)
    tell(state=target)


@verb("employment:recruitment:approve_plan", on="opening")
def approve(actor: Actor, opening: Opening, *, now: datetime) -> Opening:
    """Approve a plan that somebody else drew up. Codes ``SAME_PERSON``, ``ALREADY_DECIDED``."""
    _step(actor, opening, "approve_plan", now)
    return opening


@verb("employment:recruitment:open", on="opening")
def announce(actor: Actor, opening: Opening, *, now: datetime) -> Opening:
    """Announce: from now on anybody can read it and apply."""
    _step(actor, opening, "open", now)
    return opening


@verb("employment:recruitment:interview", on="opening")
def name_panel(
    actor: Actor, opening: Opening, people: Sequence[Person], *, now: datetime
) -> Opening:
    """Name the interview panel of an opening (policy ``panel.min``); each member then declares
    conflicts. A panel named later takes the place of the former, until scores are there."""
    org = db.session.get_one(OrgUnit, opening.org_id)
    minimum = policy.get("panel.min", org, clock.today(now)).value
    if len(people) < minimum:
        raise Refused.because(
            "PANEL", N_("评审小组至少 %(minimum)s 人"), status=422, basis="panel.min",
            minimum=minimum,
        )  # fmt: skip
    scored = any(queries.scores_of(c) for c in queries.cases_of(opening))
    if scored:
        raise Refused.because("SCORED", N_("已经开始评分，不能更换面试小组"))
    proceedings.appoint_panel(actor, org, opening, content(opening), people, now=now)
    return opening
