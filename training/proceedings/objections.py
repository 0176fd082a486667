"""Objections and appeals: filed in time, reviewed by another, decided once."""

from __future__ import annotations

from datetime import datetime

from training.core import clock, policy, workdays
from training.core.audit import subject_of
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import refuse
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Person

from . import matters, queries
from .models import (
    NoticeName,
    Objection,
    ObjectionReviewer,
    PublicNotice,
)
from .rules.lifecycle import OBJECTION, ObjectionKind, ObjectionState
from .rules.notice import (
    filing_gate,
    reviewer_gate,
    window_after,
)
from .rules.reasons import reason_given
from .rules.separation import Hand, own_gate


@verb("proceedings:objection:file", at="org")
def file_objection(
    actor: Actor,
    org: OrgUnit,
    kind: ObjectionKind,
    matter: object,
    title: Words,
    text: str,
    *,
    concerned: Person | None,
    filer: str,
    phone: str,
    window_opened: datetime,
    window_workdays: int,
    notice: PublicNotice | None = None,
    now: datetime,
) -> Objection:
    """File an objection (anybody) or an appeal (the person concerned), in time.

    ``matter`` is the record objected to, or the line of a notice that names it.
    ``window_opened`` is when the notice was posted or the decision served.
    """
    today = clock.today(now)
    if kind is ObjectionKind.APPEAL:
        me = Hand(actor.person_id or 0)
        require(own_gate(me, Hand(concerned.id if concerned else 0)), status=403, code="NOT_OWN")
    window = window_after(clock.today(window_opened), window_workdays, workdays.calendar())
    require(filing_gate(window, today, basis="appeal.window"), code="LATE")
    require(reason_given(text, basis="appeal.window"), status=422, code="REASON_REQUIRED")
    if not filer.strip():
        raise Refused.because("NAME_REQUIRED", N_("请写明提出人的姓名或者单位"), status=422)
    if isinstance(matter, NoticeName):
        matter_type, matter_ref = matter.matter_type, matter.matter_ref
    else:
        matter_type, matter_ref, _ = subject_of(matter)
    limit = policy.get("appeal.decide", org, today)
    objection = Objection(
        org_id=org.id,
        kind=kind,
        matter_type=matter_type,
        matter_ref=matter_ref,
        matter_title=title.message,
        matter_params=title.params,
        notice_id=notice.id if notice else None,
        person_id=actor.person_id,
        concerned_id=concerned.id if concerned else None,
        filed_on=today,
        filed_at=now,
        decide_workdays=limit.value,
        policy_id=limit.id,
    )
    objection.filer, objection.phone, objection.text = filer, phone, text
    db.session.add(objection)
    db.session.flush()
    tell(kind=str(kind), matter=matter_ref, policy=limit.id)
    about(objection)
    return objection


@verb("proceedings:objection:file", on="notice")
def object_to_notice(
    actor: Actor,
    notice: PublicNotice,
    name: NoticeName,
    text: str,
    *,
    filer: str,
    phone: str,
    now: datetime,
) -> Objection:
    """Object to what a public notice proposes for one of those it names; anybody may, while
    it runs. Raises ``Refused`` when it was withdrawn or its period is over."""
    if notice.withdrawn_at is not None:
        raise Refused.because("WITHDRAWN", N_("这份公示已经撤回"))
    if name.notice_id != notice.id:
        raise Refused.because("NOT_NAMED", N_("这份公示中没有这个人"), status=422)
    return file_objection(
        actor,
        notice.org,
        ObjectionKind.OBJECTION,
        name,
        notice.words,
        text,
        concerned=db.session.get_one(Person, name.person_id),
        filer=filer,
        phone=phone,
        window_opened=notice.created_at,
        window_workdays=notice.workdays,
        notice=notice,
        now=now,
    )


def _review_gate(objection: Objection, reviewer: Hand) -> None:
    """Neither somebody who decided in the matter nor the person concerned reviews it."""
    matter = matters.find(objection.matter_type)
    if matter is None:
        raise Refused.because(
            "MATTER_UNKNOWN", N_("查不到该事项由谁作出，不能指定复核人，请联系系统管理员")
        )
    deciders = {*matter.deciders(objection.matter_ref)}
    if objection.notice_id is not None:
        deciders.add(db.session.get_one(PublicNotice, objection.notice_id).published_by)
    require(
        reviewer_gate(reviewer, queries.hands(deciders), Hand(objection.concerned_id or 0)),
        status=403,
        code="SAME_PERSON",
    )


@verb("proceedings:objection:assign", on="objection")
def assign_reviewer(
    actor: Actor, objection: Objection, reviewer: Person, reason: str = "", *, now: datetime
) -> Objection:
    """Name who reviews: one who holds that office over the unit, and neither decided in the
    matter (as its room says, see ``matters``) nor is the person concerned.

    Until the decision another takes the place of who was named, with a reason; who was named
    before is told, and stays readable. Codes ``REASON_REQUIRED``, ``UNCHANGED`` (then),
    ``NOT_REVIEWER``, ``SAME_PERSON``.
    """
    verdict, state = OBJECTION.step(objection.state, "assign")
    require(verdict)
    former = objection.reviewer
    if former is not None:
        require(reason_given(reason, basis="appeal.decide"), status=422, code="REASON_REQUIRED")
        if former.id == reviewer.id:
            raise Refused.because("UNCHANGED", N_("此人已是这件异议的复核人"), status=422)
    if reviewer.id not in {p.id for p in queries.reviewers(objection.org)}:
        raise Refused.because("NOT_REVIEWER", N_("此人不是本单位的复核人员"), status=422)
    if objection.person_id == reviewer.id:
        raise Refused.because("SAME_PERSON", N_("提出人不能复核自己的异议"), status=403)
    _review_gate(objection, Hand(reviewer.id))
    objection.state = ObjectionState(state)
    objection.reviewer_id, objection.assigned_at = reviewer.id, now
    if former is not None:
        _replaced(actor, objection, former, reviewer, reason.strip()[:200], now)
    last_day = queries.decide_window(objection).last_day
    inbox.send(
        reviewer.id,
        "proceedings.review",
        N_("请复核：%(title)s，%(last_day)s 前作出决定"),
        now=now,
        url=f"/objections/{objection.public_id}",
        due_on=last_day,
        title=objection.words,
        last_day=last_day.isoformat(),
    )
    return objection


def _replaced(
    actor: Actor, objection: Objection, former: Person, reviewer: Person, reason: str, now: datetime
) -> None:
    """Keep who was to review before and why not any more, and tell them."""
    db.session.add(
        ObjectionReviewer(
            objection_id=objection.id,
            former_id=former.id,
            reviewer_id=reviewer.id,
            reason=reason,
            actor_id=actor.person_id,
            at=now,
        )
    )
    tell(replaced=True)
    inbox.send(
        former.id,
        "proceedings.review",
        N_("%(title)s已改由他人复核，您不用再办理。理由：%(reason)s"),
        now=now,
        url=f"/objections/{objection.public_id}",
        title=objection.words,
        reason=reason,
    )


@verb("proceedings:objection:decide", on="objection")
def decide_objection(
    actor: Actor, objection: Objection, upheld: bool, reason: str, *, now: datetime
) -> Objection:
    """Decide as the reviewer who was named; the room of the matter acts on it at once."""
    verdict, state = OBJECTION.step(objection.state, "uphold" if upheld else "dismiss")
    if not verdict and objection.decided_at is not None:
        decider = db.session.get_one(Person, objection.decided_by)
        raise Refused.because(
            "ALREADY_DECIDED", N_("这件异议已由%(who)s于 %(when)s 作出复核决定"),
            who=decider.name, when=objection.decided_at,
        )  # fmt: skip
    require(verdict)
    if objection.reviewer_id != actor.person_id:
        require(
            refuse("NOT_REVIEWER", N_("只能由指定的复核人作出决定"), basis="appeal.decide"),
            status=403,
            code="NOT_REVIEWER",
        )
    _review_gate(objection, Hand(actor.person_id or 0))
    require(reason_given(reason, basis="appeal.decide"), status=422, code="REASON_REQUIRED")
    objection.state = ObjectionState(state)
    objection.decided_at, objection.decided_by, objection.decision_reason = (
        now,
        actor.person_id,
        reason,
    )
    tell(upheld=upheld)
    if objection.person_id is not None:
        inbox.send(
            objection.person_id,
            "proceedings.decided",
            N_("您提出的异议或者申诉已作出复核决定：%(title)s"),
            now=now,
            url=f"/objections/{objection.public_id}",
            title=objection.words,
        )
    matter = matters.find(objection.matter_type)
    if matter is not None and matter.decided is not None:
        matter.decided(actor, objection, now)
    return objection
