"""Acts of procedure: notices, service, panels (``objections`` has its own). Rooms above call
them inside their own verbs, as consequences."""

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
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Person

from . import matters
from .models import (
    DeclarationCorrection,
    NoticeName,
    Panel,
    PanelSeat,
    PublicNotice,
    ServiceReceipt,
    ServiceRecord,
)
from .rules.lifecycle import Method
from .rules.notice import (
    NoticeDraft,
    Outcome,
    notice_gate,
    window_after,
)
from .rules.reasons import reason_given


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
    title: Words,
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
        title=title.message,
        title_params=title.params,
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


@verb("proceedings:service:serve", on="person")
def serve(
    actor: Actor,
    person: Person,
    matter: object,
    title: Words,
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
        title=title.message,
        title_params=title.params,
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
    title: Words,
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
        title=title.message,
        title_params=title.params,
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


@verb("proceedings:panel:declare", on="panel")
def correct_declaration(
    actor: Actor, panel: Panel, conflict: bool, text: str, reason: str, *, now: datetime
) -> PanelSeat:
    """A member corrects their declaration with a reason, until the panel has decided; what they
    had declared stays readable, and who appointed the panel is told.

    Codes ``NOT_MEMBER``, ``NOT_DECLARED``, ``PANEL_DECIDED``, ``REASON_REQUIRED``, ``UNCHANGED``.
    """
    seat = db.session.scalar(
        sa.select(PanelSeat).where(
            PanelSeat.panel_id == panel.id, PanelSeat.person_id == actor.person_id
        )
    )
    if seat is None:
        raise Refused.because("NOT_MEMBER", N_("您不是这个评审小组的成员"), status=403)
    if seat.conflict is None or seat.declared_at is None:
        raise Refused.because("NOT_DECLARED", N_("您还没有声明"))
    if matters.panel_decided(panel):
        raise Refused.because("PANEL_DECIDED", N_("小组已经作出评定或者评议，不能再更正声明"))
    require(reason_given(reason, basis="panel.min"), status=422, code="REASON_REQUIRED")
    if conflict:
        require(reason_given(text, basis="panel.min"), status=422, code="REASON_REQUIRED")
    if (conflict, text) == (seat.conflict, seat.conflict_text):
        raise Refused.because("UNCHANGED", N_("内容没有变化"), status=422)
    db.session.add(
        DeclarationCorrection(
            seat_id=seat.id,
            former_conflict=seat.conflict,
            former_text=seat.conflict_text,
            former_at=seat.declared_at,
            reason=reason.strip()[:200],
            at=now,
        )
    )
    tell(conflict=conflict, former=seat.conflict)
    seat.conflict, seat.conflict_text, seat.declared_at = conflict, text, now
    inbox.send(
        panel.created_by,
        "proceedings.panel",
        N_("%(name)s更正了回避声明：%(title)s，请看小组是否仍符合要求"),
        now=now,
        url=f"/panels/{panel.public_id}",
        name=seat.person.name,
        title=panel.words,
    )
    return seat
