"""The demo's appointments: everybody in post holds a term, as years of appointing would have
left them; some terms end soon, some nobody decided on, some wait for the next hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from certificates.models import CertificateEvent, WorkCard
from training.core import clock, policy
from training.core.db import db, new_public_id
from training.core.rules.permission import Actor
from training.employment import appointments
from training.employment.appointment_models import Appointment, AppointmentEvent
from training.employment.appointments import Terms
from training.employment.rules.appointment import (
    AppointmentKind,
    AppointmentState,
    Engagement,
    term_of,
)
from training.employment.standing import FACT
from training.people.models import Fact, Person
from training.people.rules.person import ServiceKind, Standing

from . import bulk
from .city import City
from .people import Crowd
from .trail import Trail

_S = AppointmentState
_HR = ("renshi2", "renshi-xia", "renshi-qiu", "renshi-dong")
_APPROVERS = ("lingdao", "lingdao-xia", "lingdao-qiu", "lingdao-dong")
_AGENCY = "示例劳务派遣有限公司"
_REASON = "岗前培训考核合格，群众认可，工作需要"
_RESIGNED = "本人辞职，不再从事专职调解工作"
_RENEWED = "任期内履职良好，同意续聘"
_ENGAGEMENTS = (
    Engagement.LABOUR_DISPATCH, Engagement.LABOUR_DISPATCH, Engagement.LABOUR_CONTRACT,
    Engagement.LABOUR_DISPATCH, Engagement.SOCIAL_ORGANISATION, Engagement.RETIRED_SERVICE,
    Engagement.PUBLIC_WELFARE_POST,
)  # fmt: skip
_LAPSED_EVERY = 6
"""Of those whose first term is over, every so manieth was forgotten and has lapsed."""


@dataclass(slots=True)
class _Office:
    """Writes appointments with their history, facts and audit entries."""

    crowd: Crowd
    now: datetime
    years: int
    policy_id: int
    hands: dict[int, tuple[Actor, Actor]]
    rows: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    trail: Trail = field(default_factory=Trail)

    def term(
        self, person: Person, start: date, state: AppointmentState = _S.IN_TERM, *,
        serial: int, ended_on: date | None = None, follows: str = "",
    ) -> str:  # fmt: skip
        """One term; returns its public id."""
        ref = new_public_id()
        hr, approver = self.hands[person.org_id]
        elected = person.service_kind is ServiceKind.PART_TIME and serial % 3 == 0
        paid = person.service_kind is ServiceKind.FULL_TIME
        engagement = _ENGAGEMENTS[serial % len(_ENGAGEMENTS)] if paid else Engagement.NONE
        agency = _AGENCY if engagement is Engagement.LABOUR_DISPATCH else ""
        first, last = term_of(start, self.years)
        at = [clock.at_local(start - timedelta(days=d), 10) for d in (9, 6, 3, 0)]
        resolution = f"调委会{start.year}年第{serial % 9 + 1}次会议决议"
        filing = f"备案表{start.year}年第{serial % 900 + 1}号"
        self.rows.append(
            {
                "public_id": ref, "org_id": person.org_id, "person_id": person.id,
                "kind": AppointmentKind.ELECTED if elected else AppointmentKind.ENGAGED,
                "service_kind": person.service_kind, "state": state, "term_start": first,
                "term_end": last, "policy_id": self.policy_id, "resolution": resolution,
                "resolved_on": clock.today(at[0]), "reason": _REASON, "engagement": engagement,
                "agency": agency, "contract_from": start if agency else None,
                "contract_until": last if agency else None, "proposed_by": hr.person_id,
                "proposed_at": at[0], "approved_by": approver.person_id, "approved_at": at[1],
                "filing": filing, "filed_by": hr.person_id, "filed_at": at[2], "began_on": start,
                "ended_on": ended_on, "renews_id": None, "follows": follows,
            }
        )  # fmt: skip
        acts = (
            ("propose", "propose", _S.PROPOSED, _S.PROPOSED, hr, _REASON),
            ("resolve", "approve", _S.PROPOSED, _S.COMMITTEE_RESOLUTION, approver, ""),
            ("file", "file", _S.COMMITTEE_RESOLUTION, _S.FILED, hr, filing),
            ("begin", "begin", _S.FILED, _S.IN_TERM, hr, ""),
        )
        for (action, permission, before, after, actor, words), when in zip(acts, at, strict=True):
            self._note(person, ref, action, permission, before, after, actor, when, words)
        return ref

    def _note(
        self, person: Person, ref: str, action: str, permission: str, before: AppointmentState,
        after: AppointmentState, actor: Actor, at: datetime, words: str = "",
    ) -> None:  # fmt: skip
        self.events.append(
            (
                ref,
                {
                    "action": action, "before": before, "after": after,
                    "actor_id": actor.person_id, "reason": words, "detail": {}, "at": at,
                },
            )
        )  # fmt: skip
        self.trail.note(
            actor, f"employment:appointment:{permission}", ("appointment", ref, person.org_id), at,
            done=action, state=str(after),
        )  # fmt: skip

    def renewed(self, person: Person, ref: str, on: date) -> None:
        """The review of a term that was followed by another."""
        hr, approver = self.hands[person.org_id]
        early, late = (clock.at_local(on - timedelta(days=d), 11) for d in (40, 12))
        self._note(
            person, ref, "open_renewal", "open_renewal", _S.IN_TERM, _S.RENEWAL_REVIEW, hr, early
        )
        self._note(
            person, ref, "renew", "renew", _S.RENEWAL_REVIEW, _S.RENEWED, approver, late, _RENEWED
        )

    def resigned(self, person: Person, ref: str, on: date) -> None:
        own = self.crowd.actors.get(person.id) or Actor(person_id=person.id, ref=person.public_id)
        self._note(
            person, ref, "resign", "resign", _S.IN_TERM, _S.RESIGNED, own, clock.at_local(on, 9),
            _RESIGNED,
        )  # fmt: skip

    def stood(self, person: Person, before: Standing, action: str, on: date, ref: str) -> None:
        """A change of standing as a fact in the file."""
        after = {"take_post": Standing.IN_POST, "suspend": Standing.SUSPENDED}.get(
            action, Standing.LEFT
        )
        self.facts.append(
            {
                "public_id": new_public_id(), "person_id": person.id, "org_id": person.org_id,
                "kind": FACT, "occurred_on": on, "source_type": "appointment", "source_ref": ref,
                "value": {"from": str(before), "to": str(after), "action": action},
                "recorded_at": clock.at_local(on, 10),
                "recorded_by": self.hands[person.org_id][0].ref,
            }
        )  # fmt: skip

    def write(self) -> None:
        follows = {row["public_id"]: row.pop("follows") for row in self.rows}
        bulk.insert(Appointment, self.rows)
        made = db.session.execute(sa.select(Appointment.public_id, Appointment.id))
        ids = {row.public_id: row.id for row in made}
        later = [
            {"id": ids[ref], "renews_id": ids[before]} for ref, before in follows.items() if before
        ]
        db.session.execute(sa.update(Appointment), later)
        bulk.insert(
            AppointmentEvent,
            [event | {"appointment_id": ids[ref]} for ref, event in self.events],
        )
        bulk.insert(Fact, self.facts)
        self.trail.write()


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Terms of everybody in post, suspended or gone; then three that wait for somebody."""
    years = policy.get("term.years", city.root, clock.today(now))
    office = _Office(crowd, now, int(years.value), years.id, _hands(city, crowd))
    today = clock.today(now)
    cards = db.session.execute(sa.select(WorkCard.person_id, WorkCard.issued_on))
    begun = {card.person_id: card.issued_on for card in cards}
    cancelled = db.session.execute(
        sa.select(CertificateEvent.person_id, CertificateEvent.occurred_on).where(
            CertificateEvent.action == "cancel"
        )
    )
    gone = {event.person_id: event.occurred_on for event in cancelled}
    for n, person in enumerate([*crowd.in_post, *crowd.suspended]):
        ref = _served(office, person, begun[person.id], today, n, person in crowd.named.values())
        if person.standing is Standing.SUSPENDED:
            office.stood(person, Standing.IN_POST, "suspend", today - timedelta(days=5), ref)
    for n, person in enumerate(crowd.left):
        ref = office.term(person, begun[person.id], _S.RESIGNED, serial=n, ended_on=gone[person.id])
        office.stood(person, Standing.CERTIFIED, "take_post", begun[person.id], ref)
        office.resigned(person, ref, gone[person.id])
        office.stood(person, Standing.IN_POST, "leave", gone[person.id], ref)
    span = office.years * 365
    for n, person in enumerate(crowd.part_time):
        start = today - timedelta(days=20 + n * 37 % (span - 30))
        ref = office.term(person, start, serial=n)
        office.stood(person, Standing.CANDIDATE, "take_post", start, ref)
    office.write()
    _waiting(crowd, now)


def _hands(city: City, crowd: Crowd) -> dict[int, tuple[Actor, Actor]]:
    """Who proposes and files, and who approves, by unit."""
    found = {}
    for district, hr, approver in zip(city.districts, _HR, _APPROVERS, strict=True):
        pair = (crowd.actor(hr), crowd.actor(approver))
        for unit in (district, *city.offices, *city.committees, *city.professional):
            if unit.path.startswith(district.path):
                found[unit.id] = pair
    return found


def _served(
    office: _Office, person: Person, began: date, today: date, serial: int, named: bool
) -> str:
    """The terms of somebody who serves: a first one that is over was renewed, but for a few
    on which nobody decided."""
    _, last = term_of(began, office.years)
    over = last < today
    lapsed = over and serial % _LAPSED_EVERY == 0 and not named
    state = _S.RENEWED if over and not lapsed else _S.IN_TERM
    ref = office.term(person, began, state, serial=serial)
    office.stood(person, Standing.CERTIFIED, "take_post", began, ref)
    if state is _S.RENEWED:
        follows = last + timedelta(days=1)
        office.renewed(person, ref, follows)
        ref = office.term(person, follows, serial=serial, follows=ref)
    return ref


def _waiting(crowd: Crowd, now: datetime) -> None:
    """One proposal before the approver, one approved and to be filed, one filed whose post can
    be taken today; each certified, none of them a named account."""
    hr, approver = crowd.actor("renshi"), crowd.actor("lingdao")
    named = {p.id for p in crowd.named.values()}
    people = [p for p in crowd.certified if p.id not in named][:3]
    for n, person in enumerate(people):
        at = now - timedelta(days=2)
        terms = Terms(
            AppointmentKind.ENGAGED, ServiceKind.FULL_TIME, clock.today(now),
            f"调委会{clock.today(now).year}年第{n + 1}次会议决议", clock.today(at), _REASON,
            Engagement.LABOUR_CONTRACT, "", None, None,
        )  # fmt: skip
        made = appointments.propose(hr, person.org, person, terms, now=at)
        if n > 0:
            appointments.approve(
                approver, made, appointments.version_of(made), now=at + timedelta(hours=5)
            )
        if n > 1:
            appointments.file(hr, made, "备案表第1号", now=now - timedelta(hours=4))
