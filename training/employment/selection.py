"""Choosing among applicants: qualification, interview, background check, notice, confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from training.core import clock, policy, workdays
from training.core.db import db, new_public_id
from training.core.errors import Refused
from training.core.i18n import both, content
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people import inbox, numbering, persons
from training.people.models import Account, Person, RoleGrant
from training.people.rules.person import AccountState
from training.proceedings import service as proceedings
from training.proceedings.rules.lifecycle import Method
from training.proceedings.rules.notice import NoticeDraft, Outcome, window_after
from training.proceedings.rules.separation import own_gate, sitting
from training.programmes import enrolments
from training.programmes.models import Programme

from . import queries
from .models import (
    BackgroundCheck,
    InterviewScore,
    Opening,
    QualificationFinding,
    RecruitmentCase,
)
from .rules.eligibility import Negative, Preference, Quality
from .rules.recruitment import RecruitmentState
from .rules.recruitment_gates import RecruitmentFacts, by_another_gate
from .standing import set_standing, standing_facts
from .steps import MINE, must, note, step, tell_applicant

PREJOB = "prejob-full-time"
"""The code of the pre-job programme."""
_S = RecruitmentState
_IN_REVIEW = (_S.APPLIED, _S.QUALIFICATION_REVIEW)


@dataclass(frozen=True, slots=True)
class Found:
    """A reviewer's judgement on every condition."""

    qualities: dict[Quality, bool]
    citizen: bool
    negatives: tuple[Negative, ...]
    skills: tuple[Preference, ...]
    note: str


def _find(actor: Actor, case: RecruitmentCase, found: Found, now: datetime) -> None:
    if queries.state_of(case) is _S.APPLIED:
        step(actor, case, "begin_review", queries.facts_of(case, actor, now), now)
    if case.state is not _S.QUALIFICATION_REVIEW:
        raise Refused.because("NOT_IN_STATE", N_("当前状态下不能办理此项，请刷新后再看"))
    must(by_another_gate(queries.facts_of(case, actor, now)))
    finding = QualificationFinding(
        public_id=new_public_id(), case_id=case.id,
        qualities={str(q): bool(found.qualities[q]) for q in Quality}, citizen=found.citizen,
        skills=[str(s) for s in found.skills], note=found.note, found_by=actor.person_id,
        found_at=now,
    )  # fmt: skip
    finding.negatives = found.negatives
    db.session.add(finding)
    db.session.flush()
    points, case.points_policy_id = queries.points_of(case, finding)
    case.points = points.total
    note(actor, case, "assess", case.state, case.state, now, found.note)


@verb("employment:recruitment:begin_review", on="case")
def find(actor: Actor, case: RecruitmentCase, found: Found, *, now: datetime) -> RecruitmentCase:
    """Record what was found on each condition; decides nothing. Code ``SELF``."""
    _find(actor, case, found, now)
    return case


def _shortlist(actor: Actor, case: RecruitmentCase, reason: str, now: datetime) -> None:
    facts = _fresh(queries.facts_of(case, actor, now, reason), case)
    step(actor, case, "shortlist", facts, now, reason)
    tell_applicant(case, N_("您对「%(title)s」的报名已通过资格审查，请等候面试通知"), now)


def _fresh(facts: RecruitmentFacts, case: RecruitmentCase) -> RecruitmentFacts:
    """After an appeal, who handled the case *before* it may not decide again: what the new
    reviewer found since then is no former part in it."""
    events = queries.events_of(case)
    last = max((e.id for e in events if e.action == "appeal"), default=0)
    earlier = queries.history_of([e for e in events if e.id < last]).handlers
    return replace(facts, handlers=earlier)


@verb("employment:recruitment:shortlist", on="case")
def shortlist(
    actor: Actor, case: RecruitmentCase, reason: str, *, now: datetime
) -> RecruitmentCase:
    """Every condition is met. Codes ``SELF``, ``SAME_PERSON``, ``GATE`` with each reason."""
    _shortlist(actor, case, reason or str(N_("各项条件均符合")), now)
    return case


@verb("employment:recruitment:shortlist", on="opening")
def shortlist_many(
    actor: Actor, opening: Opening, cases: Sequence[RecruitmentCase], *, now: datetime
) -> int:
    """Assess as meeting every condition, and shortlist, those who declared nothing against
    themselves; returns how many. The others wait to be looked at one by one."""
    done = 0
    everything = dict.fromkeys(Quality, True)
    for case in cases:
        if case.opening_id != opening.id or case.state not in _IN_REVIEW or case.negatives:
            continue
        if queries.appeals_of(case) or case.person_id == actor.person_id:
            continue
        skills = tuple(Preference(s) for s in case.skills)
        finding = queries.finding_of(case)
        if finding is None:
            _find(actor, case, Found(everything, True, (), skills, ""), now)
        if not queries.eligibility_of(case, clock.today(now)).verdict:
            continue
        _shortlist(actor, case, str(N_("各项条件均符合")), now)
        done += 1
    tell(shortlisted=done, of=len(cases))
    return done


@verb("employment:recruitment:reject", on="case")
def reject(actor: Actor, case: RecruitmentCase, reason: str, *, now: datetime) -> RecruitmentCase:
    """Not admitted: the reasons are served on the applicant, who may appeal. Codes ``SELF``,
    ``SAME_PERSON``, ``REASON_REQUIRED``."""
    facts = _fresh(queries.facts_of(case, actor, now, reason), case)
    codes = queries.eligibility_of(case, clock.today(now)).verdict.codes
    step(actor, case, "reject", facts, now, reason, failed=list(codes))
    proceedings.serve(
        actor, case.person, case, content(case.opening), Method.SITE, url=MINE, now=now
    )
    return case


@verb("employment:recruitment:reconsider", on="case")
def reconsider(
    actor: Actor, case: RecruitmentCase, reason: str, *, now: datetime
) -> RecruitmentCase:
    """Take a step back that was taken in error: a rejection or an admission is reviewed again, an
    interview scored again, a proposal checked again. What was recorded stays; who was told the
    result is told. Codes ``SELF``, ``REASON_REQUIRED``, ``GATE``."""
    known = case.state in (_S.SHORTLISTED, _S.REJECTED)
    step(actor, case, "reconsider", queries.facts_of(case, actor, now, reason), now, reason.strip())
    if known:
        tell_applicant(
            case, N_("您对「%(title)s」的报名退回资格审查，重新办理。理由：%(reason)s"), now,
            reason=reason.strip()[:200],
        )  # fmt: skip
    return case


@verb("employment:recruitment:interview", on="opening")
def interview(actor: Actor, opening: Opening, *, now: datetime) -> int:
    """Call all who are shortlisted to the interview; the panel's members are told. Returns how
    many. Codes of ``panel_gate`` by ``must``."""
    cases = queries.cases_of(opening, _S.SHORTLISTED)
    if not cases:
        raise Refused.because("NOBODY", N_("没有等待面试的应聘人员"))
    for case in cases:
        step(actor, case, "interview", queries.facts_of(case, actor, now), now)
        tell_applicant(case, N_("「%(title)s」安排面试，时间地点由受理部门电话通知"), now)
    for member in sitting(queries.panel_members(opening)):
        inbox.send(
            member.hand.person_id, "recruitment", N_("请为「%(title)s」的应聘人员面试评分"),
            now=now, url="/my/interviews", title=both(opening),
        )  # fmt: skip
    tell(called=len(cases))
    return len(cases)


@verb("employment:interview:score", on="case")
def score(
    actor: Actor, case: RecruitmentCase, hundredths: int, comment: str, *, now: datetime
) -> InterviewScore:
    """A panel member scores (hundredths, 0 to 10000); scoring again corrects. Codes ``SELF``,
    ``NOT_MEMBER``, ``NOT_IN_STATE``."""
    must(by_another_gate(queries.facts_of(case, actor, now)))
    seats = sitting(queries.panel_members(case.opening))
    if not any(own_gate(queries.hand(actor), seat.hand) for seat in seats):
        raise Refused.because("NOT_MEMBER", N_("请先声明无需回避；回避的成员不评分"), status=403)
    if case.state is not _S.INTERVIEW:
        raise Refused.because("NOT_IN_STATE", N_("这名应聘人员不在面试阶段"))
    if not 0 <= hundredths <= 100 * 100:
        raise Refused.because("SCORE", N_("评分应在 0 至 100 之间"), status=422)
    given = InterviewScore(
        case_id=case.id, member_id=actor.person_id, score=hundredths, comment=comment[:200],
        scored_at=now,
    )  # fmt: skip
    db.session.add(given)
    tell(score=hundredths, case=case.public_id)
    about(case)
    return given


@verb("employment:recruitment:pass_interview", on="case")
def pass_interview(actor: Actor, case: RecruitmentCase, *, now: datetime) -> RecruitmentCase:
    """All sitting members have scored: on to the background check."""
    mean = queries.mean_score(queries.scores_of(case).values())
    step(actor, case, "pass_interview", queries.facts_of(case, actor, now), now, mean=mean)
    return case


@verb("employment:recruitment:check", on="case")
def check(
    actor: Actor, case: RecruitmentCase, negatives: Sequence[Negative], text: str, *,
    now: datetime,
) -> RecruitmentCase:  # fmt: skip
    """Record the background check (考察); its note is sealed. Codes ``SELF``,
    ``NOT_IN_STATE``, ``REASON_REQUIRED``."""
    must(by_another_gate(queries.facts_of(case, actor, now)))
    if case.state is not _S.BACKGROUND_CHECK:
        raise Refused.because("NOT_IN_STATE", N_("当前状态下不能办理此项，请刷新后再看"))
    if not text.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明考察的情况"), status=422)
    done = BackgroundCheck(
        public_id=new_public_id(), case_id=case.id, checked_by=actor.person_id, checked_at=now
    )
    done.negatives, done.note = negatives, text.strip()
    db.session.add(done)
    note(actor, case, "check", case.state, case.state, now, clean=not negatives)
    return case


@verb("employment:recruitment:propose", on="case")
def propose(actor: Actor, case: RecruitmentCase, *, now: datetime) -> RecruitmentCase:
    """Propose for engagement, after a background check. Codes ``NOT_CHECKED``, ``SELF``,
    ``GATE``."""
    if queries.check_of(case) is None:
        raise Refused.because("NOT_CHECKED", N_("请先登记考察结果"))
    step(actor, case, "propose", queries.facts_of(case, actor, now), now)
    return case


def notice_title(opening: Opening) -> Words:
    """What the public notice of an opening is called unless the officer types something else."""
    return Words(N_("%(title)s拟聘人员公示"), {"title": both(opening)})


@verb("employment:recruitment:publish", on="opening")
def publish(
    actor: Actor, opening: Opening, title: Words, body: str, *, office: str, telephone: str,
    now: datetime,
) -> int:  # fmt: skip
    """Post the notice that names all who are proposed; returns how many. Who proposed does not
    publish (``SAME_PERSON``)."""
    cases = queries.cases_of(opening, _S.PROPOSED)
    if not cases:
        raise Refused.because("NOBODY", N_("没有等待公示的拟聘人员"))
    org = db.session.get_one(OrgUnit, opening.org_id)
    today = clock.today(now)
    days = policy.get("public_notice.workdays", org, today).value
    window = window_after(today, days, workdays.calendar())
    draft = NoticeDraft((Outcome.APPOINTMENT,) * len(cases), office, telephone, window)
    named = [proceedings.Named(c.person, Outcome.APPOINTMENT, c) for c in cases]
    for case in cases:
        step(actor, case, "publish", replace(queries.facts_of(case, actor, now), notice=draft), now)
        tell_applicant(case, N_("「%(title)s」拟聘人员公示中，您在其中"), now)
    proceedings.publish_notice(
        actor, org, title, body, named, receiving_office=office, telephone=telephone, now=now
    )
    tell(named=len(cases))
    return len(cases)


@verb("employment:recruitment:confirm", on="case")
def confirm(actor: Actor, case: RecruitmentCase, *, now: datetime) -> RecruitmentCase:
    """The notice ran without an objection that holds: permanent number, trainee, enrolled in
    the pre-job programme, learner's role, all at once. Codes ``SELF``, ``SAME_PERSON``,
    ``GATE``, ``NO_PROGRAMME``."""
    step(actor, case, "confirm", queries.facts_of(case, actor, now), now)
    person = db.session.get_one(Person, case.person_id, with_for_update={"of": Person})
    programme = db.session.scalar(sa.select(Programme).where(Programme.code == PREJOB))
    if programme is None:
        raise Refused.because("NO_PROGRAMME", N_("还没有岗前培训方案，请先由教员导入课程与方案"))
    org = db.session.get_one(OrgUnit, case.org_id)
    if person.org_id != org.id:
        persons.move(actor, person, org, case.opening.title, now)
    person.service_kind = case.opening.service_kind
    numbering.give(person)
    db.session.flush()
    shown = standing_facts(admitted=True)
    set_standing(actor, person, "enrol", shown, source=case, now=now)
    _grant(actor, person, org, now)
    enrolments.begin(actor, programme, [person], now=now)
    tell_applicant(
        case, N_("您已被确定为「%(title)s」人选，人员编号 %(number)s，请参加岗前培训"), now,
        number=person.mediator_no,
    )  # fmt: skip
    tell(number=person.mediator_no)
    return case


def _grant(actor: Actor, person: Person, org: OrgUnit, now: datetime) -> None:
    """The learner's role for each open account that has none here."""
    accounts = db.session.scalars(
        sa.select(Account).where(
            Account.person_id == person.id, Account.state != AccountState.CLOSED
        )
    ).all()
    for account in accounts:
        held = db.session.scalar(
            sa.select(RoleGrant.id).where(
                RoleGrant.account_id == account.id,
                RoleGrant.role == Role.MEDIATOR,
                RoleGrant.revoked_at.is_(None),
            )
        )
        if held is None:
            db.session.add(
                RoleGrant(
                    account_id=account.id, role=Role.MEDIATOR, org_id=org.id, granted_at=now,
                    granted_by=actor.ref,
                )
            )  # fmt: skip
