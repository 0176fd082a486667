"""Applying (报名), by a visitor who gets an account in the same step or by somebody signed in;
withdrawing, and appealing against a rejection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from training.core import clock, files, policy
from training.core.db import db, new_public_id
from training.core.errors import NotVisible, Refused
from training.core.i18n import content
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED, Verdict
from training.core.rules.words import N_
from training.core.uploads import Checked
from training.core.verbs import about, tell, verb
from training.people import auth, entry, facts, inbox, passwords
from training.people.models import Account, Person
from training.people.rules.passwords import PasswordRules, judge_password, telling
from training.people.rules.person import AccountState, Standing
from training.proceedings import objections
from training.proceedings import queries as proceedings_queries
from training.proceedings.rules.lifecycle import ObjectionKind

from . import queries, steps
from .models import Opening, RecruitmentCase
from .rules.eligibility import Negative, Preference
from .rules.recruitment import RECRUITMENT, RecruitmentState
from .rules.recruitment_gates import RecruitmentFacts, Route
from .standing import set_standing, standing_facts

_CLASSIFIED = "classified"
_ON_ROSTER = (Standing.TRAINEE, Standing.CERTIFIED, Standing.IN_POST, Standing.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Application:
    """What an applicant states. ``recommendation`` is the recommending unit's paper."""

    route: Route
    recommender: str
    recommendation: Checked | None
    statement: str
    skills: tuple[Preference, ...]
    negatives: tuple[Negative, ...]


def password_rules(now: datetime) -> PasswordRules:
    """The rules for a learner's password, before there is an account."""
    found = policy.many(
        ("security.password", "security.password_profile"), auth.root(), clock.today(now)
    )
    return PasswordRules.of(
        found["security.password"].value,
        privileged=False,
        classified=_CLASSIFIED in found["security.password_profile"].value,
    )


def judge_first_password(password: str, values: Mapping[str, str], now: datetime) -> Verdict:
    """May this be the applicant's password? Slow: call it outside a verb."""
    known = telling(
        values.get("name", ""), "", values.get("phone", ""), values.get("id_number", ""), ""
    )
    return judge_password(
        password, password_rules(now), score=passwords.score(password, known),
        common=passwords.common_words(), known=known,
    )  # fmt: skip


def _holders(values: Mapping[str, str]) -> set[int]:
    """Persons known by this identity number, or by this telephone as log-in."""
    by_phone = sa.select(Account.person_id).where(
        Account.login_phone_index == auth.login_index(values["phone"])
    )
    query = sa.select(Person.id).where(
        sa.or_(
            Person.id_number_index == Person.id_number.blind(values["id_number"]),
            Person.id.in_(by_phone),
        )
    )
    return set(db.session.scalars(query))


@verb("employment:recruitment:apply")
def register_and_apply(
    actor: Actor,
    opening: Opening,
    values: Mapping[str, str],
    password_hash: str,
    application: Application,
    *,
    now: datetime,
) -> None:
    """Open a file and an account and apply, in one step. ``values`` are canonical fields.

    Nothing is answered: who is known already gets a message in the inbox instead, and a
    stranger learns nothing. Raises ``Refused`` for what any applicant would be refused.
    """
    _announced(opening)
    _judge(actor, opening, application, now)
    known = _holders(values)
    tell(known=bool(known))
    if known:
        for person_id in known:
            inbox.send(
                person_id, "recruitment",
                N_("有人用您的手机号或者身份证号报名「%(title)s」。如是您本人，请登录后在选聘公告页报名"),
                now=now, url="/recruitment", unique_key=f"apply:{opening.public_id}",
                title=opening.title,
            )  # fmt: skip
        return
    fields = dict(values) | {"service_kind": str(opening.service_kind)}
    person = entry.new_person(fields, opening.org_id, Standing.CANDIDATE, None, now)
    db.session.flush()
    db.session.add(
        Account(
            person_id=person.id, username=f"p{person.id}", password_hash=password_hash,
            login_phone_index=auth.login_index(values["phone"]), password_set_at=now,
            state=AccountState.ACTIVE, created_at=now,
        )
    )  # fmt: skip
    facts.record(
        actor, person, "people.registered", clock.today(now),
        {"standing": str(Standing.CANDIDATE)}, source=opening, now=now,
    )  # fmt: skip
    owner = Actor(person_id=person.id, ref=actor.ref)
    _enter(owner, opening, person, application, now)


@verb("employment:recruitment:apply")
def apply(
    actor: Actor, opening: Opening, application: Application, *, now: datetime
) -> RecruitmentCase:
    """Apply as somebody who is signed in. Codes ``ON_ROSTER``, ``APPLIED_ALREADY`` and those
    of ``apply_gate``. Who has left begins anew as a candidate; the history stays."""
    _announced(opening)
    _judge(actor, opening, application, now)
    person = db.session.get(Person, actor.person_id or 0, with_for_update={"of": Person})
    if person is None:
        raise NotVisible("person")
    if person.standing in _ON_ROSTER:
        raise Refused.because(
            "ON_ROSTER", N_("您已在培训或者在岗，不用报名；调整岗位请联系本单位人事")
        )
    if any(c.opening_id == opening.id for c in queries.own_cases(person.id)):
        raise Refused.because("APPLIED_ALREADY", N_("您已报名这次选聘，进度见「我的报名」"))
    if person.standing is Standing.LEFT:
        set_standing(actor, person, "re_enter", standing_facts(), source=opening, now=now)
    return _enter(actor, opening, person, application, now)


def _announced(opening: Opening) -> None:
    if not queries.is_public(opening):
        raise NotVisible("opening")


def _judge(actor: Actor, opening: Opening, application: Application, now: datetime) -> None:
    """What the step ``apply`` asks of the paper; the same for known and unknown people."""
    paper = application.recommendation
    facts_ = RecruitmentFacts(
        today=clock.today(now), actor=queries.hand(actor), applicant=queries.NOBODY,
        proposer=queries.NOBODY, handlers=(), reason="", route=application.route,
        routes=opening.routes,
        recommendation=application.recommender if paper is not None else "",
        closes_on=opening.closes_on, eligibility=ALLOWED, panel=(), panel_min=0,
        panel_must_be_odd=False, interview_scored=False, notice=None, notice_window=None,
        rejection_window=None, appealed=False,
    )  # fmt: skip
    steps.must(RECRUITMENT.judge(opening.state, "apply", facts_))


def _enter(
    actor: Actor, opening: Opening, person: Person, application: Application, now: datetime
) -> RecruitmentCase:
    case = RecruitmentCase(
        public_id=new_public_id(), opening_id=opening.id, org_id=opening.org_id,
        person_id=person.id, route=application.route, recommender=application.recommender,
        statement=application.statement, skills=[str(s) for s in application.skills],
        state=RecruitmentState.APPLIED, applied_at=now, opening=opening, person=person,
    )  # fmt: skip
    case.negatives = application.negatives
    if application.recommendation is not None:
        paper = application.recommendation
        case.recommendation = files.keep(
            paper.data, name=paper.name, media_type=paper.media_type, purpose="recommendation",
            now=now, org_id=opening.org_id, person_id=person.id,
        )  # fmt: skip
    points, case.points_policy_id = queries.points_of(case, None)
    case.points = points.total
    db.session.add(case)
    db.session.flush()
    steps.note(
        actor, case, "apply", RecruitmentState.OPEN, case.state, now, route=str(application.route)
    )
    about(case)
    steps.tell_applicant(case, N_("已收到您对「%(title)s」的报名，等待资格审查"), now)
    return case


@verb("employment:recruitment:withdraw", on="case")
def withdraw(actor: Actor, case: RecruitmentCase, *, now: datetime) -> RecruitmentCase:
    """The applicant withdraws. Codes ``NOT_OWN``, ``GATE``."""
    steps.step(actor, case, "withdraw", queries.facts_of(case, actor, now), now)
    return case


@verb("employment:recruitment:appeal", on="case")
def appeal(actor: Actor, case: RecruitmentCase, text: str, *, now: datetime) -> RecruitmentCase:
    """The applicant appeals against a rejection, once and in time; a reviewer decides (see
    ``hearings``). Codes ``NOT_OWN``, ``REASON_REQUIRED``, ``GATE``."""
    before = queries.state_of(case)
    steps.must(RECRUITMENT.judge(before, "appeal", queries.facts_of(case, actor, now, text)))
    served = proceedings_queries.services_of(queries.CASE, case.public_id)[0]
    org = db.session.get_one(OrgUnit, case.org_id)
    window = policy.get("appeal.window", org, served.served_on)
    objections.file_objection(
        actor, org, ObjectionKind.APPEAL, case, content(case.opening), text,
        concerned=case.person, filer=case.person.name, phone=case.person.phone,
        window_opened=served.served_at, window_workdays=window.value, now=now,
    )  # fmt: skip
    tell(policy_id=window.id)
    return case
