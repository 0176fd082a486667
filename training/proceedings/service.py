"""Acts of procedure. Rooms above call them inside their own verbs, as consequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from training.core import clock, policy, workdays
from training.core.audit import subject_of
from training.core.db import db
from training.core.errors import Refused, require
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.verdict import refuse
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Person

from . import matters, queries
from .models import (
    NoticeName,
    Objection,
    Panel,
    PanelSeat,
    PublicNotice,
    ServiceReceipt,
    ServiceRecord,
)
from .rules.lifecycle import OBJECTION, Method, ObjectionKind, ObjectionState
from .rules.notice import (
    NoticeDraft,
    Outcome,
    filing_gate,
    notice_gate,
    reviewer_gate,
    window_after,
)
from .rules.reasons import reason_given
from .rules.separation import Hand, own_gate


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a notice names: the person, for what, and the matter (a stored record)."""

    person: Person
    outcome: Outcome
    matter: object


@verb("proceedings:notice:publish", at="org")
def publish_notice(
    actor: Actor,
    org: OrgUnit,
    title: str,
    body: str,
    named: Sequence[Named],
    *,
    receiving_office: str,
    telephone: str,
    now: datetime,
) -> PublicNotice:
    """Post a notice from today on. Raises ``Refused`` (422) with the reasons of the rule."""
    today = clock.today(now)
    days = policy.get("public_notice.workdays", org, today)
    draft = NoticeDraft(
        tuple(n.outcome for n in named),
        receiving_office,
        telephone,
        window_after(today, days.value, workdays.calendar()),
    )
    require(notice_gate(draft), status=422, code="NOTICE")
    notice = PublicNotice(
        org_id=org.id,
        title=title,
        body=body,
        receiving_office=receiving_office,
        telephone=telephone,
        published_on=today,
        published_by=actor.person_id,
        workdays=days.value,
        policy_id=days.id,
        created_at=now,
    )
    db.session.add(notice)
    db.session.flush()
    for item in named:
        kind, ref, _ = subject_of(item.matter)
        unit = db.session.get_one(OrgUnit, item.person.org_id)
        db.session.add(
            NoticeName(
                notice_id=notice.id,
                person_id=item.person.id,
                outcome=item.outcome,
                name=item.person.name,
                unit=title_of(unit, "name"),
                matter_type=kind,
                matter_ref=ref,
            )
        )
    tell(named=len(named), workdays=days.value, policy=days.id)
    return notice


@verb("proceedings:notice:publish", on="notice")
def withdraw_notice(
    actor: Actor, notice: PublicNotice, reason: str, *, now: datetime
) -> PublicNotice:
    """Take a notice back with a reason; it stays on record."""
    require(reason_given(reason, basis="public_notice"), status=422, code="REASON_REQUIRED")
    if notice.withdrawn_at is not None:
        raise Refused.because("ALREADY_DECIDED", N_("这份公示已经撤回"))
    notice.withdrawn_at, notice.withdrawn_by, notice.withdrawn_reason = now, actor.person_id, reason
    return notice


@verb("proceedings:objection:file", at="org")
def file_objection(
    actor: Actor,
    org: OrgUnit,
    kind: ObjectionKind,
    matter: object,
    matter_title: str,
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
        matter_title=matter_title,
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
        notice.title,
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
    actor: Actor, objection: Objection, reviewer: Person, *, now: datetime
) -> Objection:
    """Name who reviews: one who holds that office over the unit, and neither decided in the
    matter (as its room says, see ``matters``) nor is the person concerned."""
    verdict, state = OBJECTION.step(objection.state, "assign")
    require(verdict)
    if reviewer.id not in {p.id for p in queries.reviewers(objection.org)}:
        raise Refused.because("NOT_REVIEWER", N_("此人不是本单位的复核人员"), status=422)
    if objection.person_id == reviewer.id:
        raise Refused.because("SAME_PERSON", N_("提出人不能复核自己的异议"), status=403)
    _review_gate(objection, Hand(reviewer.id))
    objection.state = ObjectionState(state)
    objection.reviewer_id, objection.assigned_at = reviewer.id, now
    last_day = queries.decide_window(objection).last_day
    inbox.send(
        reviewer.id,
        "proceedings.review",
        N_("请复核：%(title)s，%(last_day)s 前作出决定"),
        now=now,
        url=f"/objections/{objection.public_id}",
        due_on=last_day,
        title=objection.matter_title,
        last_day=last_day.isoformat(),
    )
    return objection


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
            title=objection.matter_title,
        )
    matter = matters.find(objection.matter_type)
    if matter is not None and matter.decided is not None:
        matter.decided(actor, objection, now)
    return objection


@verb("proceedings:service:serve", on="person")
def serve(
    actor: Actor,
    person: Person,
    matter: object,
    title: str,
    method: Method,
    *,
    url: str = "",
    note: str = "",
    now: datetime,
) -> ServiceRecord:
    """Serve a decision or paper on the person alone; the inbox says so at once and leads to
    where it is confirmed. ``url`` is the page of what is served."""
    matter_type, matter_ref, _ = subject_of(matter)
    served = ServiceRecord(
        org_id=person.org_id,
        person_id=person.id,
        matter_type=matter_type,
        matter_ref=matter_ref,
        title=title,
        url=url,
        method=method,
        note=note,
        served_on=clock.today(now),
        served_at=now,
        served_by=actor.person_id,
    )
    db.session.add(served)
    db.session.flush()
    inbox.send(
        person.id,
        "proceedings.served",
        N_("向您送达：%(title)s，请查看并确认收到"),
        now=now,
        url=f"/served/{served.public_id}",
        title=title,
    )
    tell(method=str(method), matter=matter_ref)
    about(served)
    return served


@verb("proceedings:service:confirm", on="served")
def confirm_receipt(actor: Actor, served: ServiceRecord, *, now: datetime) -> ServiceRecord:
    """The person confirms having received it; a second confirmation changes nothing."""
    held = db.session.scalar(
        sa.select(ServiceReceipt).where(ServiceReceipt.service_id == served.id)
    )
    if held is None:
        db.session.add(ServiceReceipt(service_id=served.id, received_at=now))
    return served


@verb("proceedings:panel:appoint", at="org")
def appoint_panel(
    actor: Actor,
    org: OrgUnit,
    matter: object,
    title: str,
    people: Sequence[Person],
    *,
    now: datetime,
) -> Panel:
    """Appoint a panel; each member then declares whether there is a conflict."""
    if len({p.id for p in people}) < len(people):
        raise Refused.because("PANEL", N_("同一人不能重复列入评审小组"), status=422)
    matter_type, matter_ref, _ = subject_of(matter)
    panel = Panel(
        org_id=org.id,
        matter_type=matter_type,
        matter_ref=matter_ref,
        title=title,
        created_at=now,
        created_by=actor.person_id,
    )
    db.session.add(panel)
    db.session.flush()
    for person in people:
        db.session.add(PanelSeat(panel_id=panel.id, person_id=person.id))
        inbox.send(
            person.id,
            "proceedings.panel",
            N_("您被列入评审小组：%(title)s，请声明是否需要回避"),
            now=now,
            url=f"/panels/{panel.public_id}",
            title=title,
        )
    tell(members=len(people))
    return panel


@verb("proceedings:panel:declare", on="panel")
def declare(actor: Actor, panel: Panel, conflict: bool, text: str, *, now: datetime) -> PanelSeat:
    """A member declares whether there is a conflict (回避); once."""
    seat = db.session.scalar(
        sa.select(PanelSeat).where(
            PanelSeat.panel_id == panel.id, PanelSeat.person_id == actor.person_id
        )
    )
    if seat is None:
        raise Refused.because("NOT_MEMBER", N_("您不是这个评审小组的成员"), status=403)
    if seat.conflict is not None:
        raise Refused.because("ALREADY_DECIDED", N_("您已经声明过"))
    if conflict:
        require(reason_given(text, basis="panel.min"), status=422, code="REASON_REQUIRED")
    seat.conflict, seat.conflict_text, seat.declared_at = conflict, text, now
    tell(conflict=conflict)
    return seat
