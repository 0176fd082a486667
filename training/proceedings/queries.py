"""What the rooms above ask of a procedure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from training.core import workdays
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.roles import Role
from training.core.rules.verdict import ALLOWED, Verdict, all_of, refuse
from training.core.rules.words import N_
from training.core.rules.workdays import WorkCalendar
from training.people.models import Account, Person, RoleGrant
from training.people.rules.person import AccountState

from .models import (
    DeclarationCorrection,
    NoticeName,
    Objection,
    ObjectionReviewer,
    Panel,
    PanelSeat,
    PublicNotice,
    ServiceRecord,
)
from .rules.lifecycle import OPEN
from .rules.notice import NOTICE_BASIS, Window, over_gate, window_after
from .rules.separation import Hand, PanelMember


def notice_window(notice: PublicNotice, calendar: WorkCalendar | None = None) -> Window:
    """The period of a notice by the calendar as it is known now (a list reads it once)."""
    return window_after(notice.published_on, notice.workdays, calendar or workdays.calendar())


def decide_window(objection: Objection, calendar: WorkCalendar | None = None) -> Window:
    """The time in which an objection is to be decided."""
    return window_after(
        objection.filed_on, objection.decide_workdays, calendar or workdays.calendar()
    )


def reviewers(org: OrgUnit) -> list[Person]:
    """Who may be named to review a matter of this unit: the open accounts with that role over
    it, by name."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    return list(
        db.session.scalars(
            sa.select(Person)
            .where(
                Person.id.in_(
                    sa.select(Account.person_id)
                    .join(RoleGrant, RoleGrant.account_id == Account.id)
                    .where(
                        RoleGrant.role == Role.REVIEWER,
                        RoleGrant.org_id.in_(above),
                        RoleGrant.revoked_at.is_(None),
                        Account.state == AccountState.ACTIVE,
                    )
                )
            )
            .order_by(Person.name, Person.id)
        )
    )


def notice_names(notices: Iterable[PublicNotice]) -> dict[int, int]:
    """How many people each notice names."""
    rows = db.session.execute(
        sa.select(NoticeName.notice_id, sa.func.count().label("people"))
        .where(NoticeName.notice_id.in_([n.id for n in notices]))
        .group_by(NoticeName.notice_id)
    )
    return {row.notice_id: row.people for row in rows}


def notices_of(matter_type: str, matter_ref: str) -> list[PublicNotice]:
    """The notices that name somebody in this matter, newest first."""
    return list(
        db.session.scalars(
            sa.select(PublicNotice)
            .join(NoticeName, NoticeName.notice_id == PublicNotice.id)
            .where(NoticeName.matter_type == matter_type, NoticeName.matter_ref == matter_ref)
            .order_by(PublicNotice.id.desc())
        ).unique()
    )


def open_objections(matter_type: str, matter_ref: str) -> list[Objection]:
    """Objections and appeals in a matter that are not decided yet: they suspend it."""
    return [o for o in objections_of(matter_type, matter_ref) if o.state in OPEN]


def objections_of(matter_type: str, matter_ref: str) -> list[Objection]:
    """All objections and appeals in a matter, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Objection)
            .where(Objection.matter_type == matter_type, Objection.matter_ref == matter_ref)
            .order_by(Objection.id)
        )
    )


def reviewers_before(objection: Objection) -> list[ObjectionReviewer]:
    """Who was to review before, newest first, with who replaced them and why."""
    return list(
        db.session.scalars(
            sa.select(ObjectionReviewer)
            .where(ObjectionReviewer.objection_id == objection.id)
            .order_by(ObjectionReviewer.id.desc())
        )
    )


def declared_before(panel: Panel) -> dict[int, list[DeclarationCorrection]]:
    """What the members of a panel had declared before they corrected it, by seat, newest first."""
    found: dict[int, list[DeclarationCorrection]] = {}
    query = (
        sa.select(DeclarationCorrection)
        .join(PanelSeat, PanelSeat.id == DeclarationCorrection.seat_id)
        .where(PanelSeat.panel_id == panel.id)
        .order_by(DeclarationCorrection.id.desc())
    )
    for one in db.session.scalars(query):
        found.setdefault(one.seat_id, []).append(one)
    return found


def undisputed(matter_type: str, matter_ref: str) -> Verdict:
    """No objection or appeal in this matter is waiting for a decision."""
    waiting = open_objections(matter_type, matter_ref)
    if not waiting:
        return ALLOWED
    return refuse(
        "objection.open",
        N_("还有 %(n)s 件异议或者申诉没有作出复核决定"),
        basis="appeal.decide",
        n=len(waiting),
    )


def notice_clear(matter_type: str, matter_ref: str, today: date) -> Verdict:
    """The matter was published, its notice period is over and no objection is open."""
    standing = [n for n in notices_of(matter_type, matter_ref) if n.withdrawn_at is None]
    if not standing:
        return refuse("notice.missing", N_("尚未公示"), basis=NOTICE_BASIS)
    return all_of(
        (
            over_gate(notice_window(standing[0]), today, basis=NOTICE_BASIS),
            undisputed(matter_type, matter_ref),
        )
    )


def services_of(matter_type: str, matter_ref: str) -> list[ServiceRecord]:
    """What was served in a matter, newest first."""
    return list(
        db.session.scalars(
            sa.select(ServiceRecord)
            .where(ServiceRecord.matter_type == matter_type, ServiceRecord.matter_ref == matter_ref)
            .order_by(ServiceRecord.id.desc())
        )
    )


def panel_of(matter_type: str, matter_ref: str) -> Panel | None:
    """The panel that was appointed last for a matter."""
    return db.session.scalar(
        sa.select(Panel)
        .where(Panel.matter_type == matter_type, Panel.matter_ref == matter_ref)
        .order_by(Panel.id.desc())
        .limit(1)
    )


def panel_members(panel: Panel | None) -> list[PanelMember]:
    """A panel as the rules see it."""
    seats = panel.members if panel is not None else []
    return [PanelMember(Hand(seat.person_id), seat.conflict) for seat in seats]


def hands(person_ids: Iterable[int | None]) -> list[Hand]:
    """Persons as hands in a matter."""
    return [Hand(person_id) for person_id in person_ids if person_id is not None]


_CHUNK = 500


def _chunks(refs: Iterable[str]) -> Iterable[list[str]]:
    wanted = list(refs)
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]


def standing_notices(matter_type: str, refs: Iterable[str]) -> dict[str, PublicNotice]:
    """The newest notice of each matter that was not withdrawn, for many matters at once."""
    found: dict[str, PublicNotice] = {}
    for some in _chunks(refs):
        query = (
            sa.select(NoticeName.matter_ref, PublicNotice)
            .join(PublicNotice, PublicNotice.id == NoticeName.notice_id)
            .where(
                NoticeName.matter_type == matter_type,
                NoticeName.matter_ref.in_(some),
                PublicNotice.withdrawn_at.is_(None),
            )
            .order_by(PublicNotice.id)
        )
        for ref, notice in db.session.execute(query):
            found[ref] = notice
    return found


def last_services(matter_type: str, refs: Iterable[str]) -> dict[str, ServiceRecord]:
    """What was served last in each of many matters."""
    found: dict[str, ServiceRecord] = {}
    for some in _chunks(refs):
        query = (
            sa.select(ServiceRecord)
            .where(ServiceRecord.matter_type == matter_type, ServiceRecord.matter_ref.in_(some))
            .order_by(ServiceRecord.id)
        )
        found |= {served.matter_ref: served for served in db.session.scalars(query)}
    return found


def disputed(matter_type: str, refs: Iterable[str]) -> frozenset[str]:
    """Those of many matters in which an objection or appeal waits for a decision."""
    found: set[str] = set()
    for some in _chunks(refs):
        query = sa.select(Objection.matter_ref).where(
            Objection.matter_type == matter_type,
            Objection.matter_ref.in_(some),
            Objection.state.in_(list(OPEN)),
        )
        found |= set(db.session.scalars(query))
    return frozenset(found)
