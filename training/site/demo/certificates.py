"""The demo's certificates and work cards, as three years of issuing would have left them.

Documents are drawn when somebody asks for one: what is frozen here are the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from certificates import gates, numbering, payload, queries
from certificates.models import Certificate, CertificateEvent, WorkCard, WorkCardEvent
from certificates.rules.lifecycle import (
    CancellationGround,
    CertificateState,
    RevocationGround,
    validity,
)
from certificates.rules.work_card import CheckWindow, WorkCardState
from training.core import clock, orgs, policy
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.chain import digest
from training.core.rules.permission import Actor
from training.people.models import Person

from . import bulk
from .city import City
from .people import Crowd
from .programmes import EARLIER
from .trail import Trail

_POLICY = ("cert.validity_years", "cert.required_for")
_HOURS = 4000
_SUSPENDED = "正在核查当事人反映的情况，核查期间暂停"
_LEFT = "本人辞职，不再从事专职调解工作"
_REPLACED = "有效期届满，按规定换发"
_REVOKED = "发证时一次集中授课重复计入学时，实际未达到规定学时；补足后重新发证"
_HR = ("renshi2", "renshi-xia", "renshi-qiu", "renshi-dong")
_APPROVERS = ("lingdao", "lingdao-xia", "lingdao-qiu", "lingdao-dong")
_ISSUED_IN_ERROR = 200
"""Which of those in post got a certificate in error first."""
S = CertificateState


@dataclass(frozen=True, slots=True)
class _Act:
    """One entry of a certificate's history."""

    action: str
    before: S
    after: S
    on: date
    ground: str = ""
    reason: str = ""


@dataclass(slots=True)
class _Issue:
    """A certificate to be written: whose, from when, and what became of it."""

    person: Person
    issued_on: date
    training: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    later: tuple[_Act, ...] = ()
    replaces: _Issue | None = None
    certificate: Certificate | None = None


class _Office:
    """Writes certificates and cards of a day, each with history and audit entries."""

    def __init__(self, city: City, crowd: Crowd, now: datetime) -> None:
        self.crowd, self.now = crowd, now
        self.trail = Trail()
        self.events: list[dict[str, Any]] = []
        self.issuers = {
            district.id: crowd.actor(username)
            for district, username in zip(city.districts, _HR, strict=True)
        }
        self.approvers = {
            district.id: crowd.actor(username)
            for district, username in zip(city.districts, _APPROVERS, strict=True)
        }
        values = policy.many(_POLICY, city.root, clock.today(now))
        self.policy = {p.key: p.id for p in values.values()}
        self.years = int(values["cert.validity_years"].value)

    def bureau(self, person: Person) -> OrgUnit:
        return orgs.bureau_of(db.session.get_one(OrgUnit, person.org_id))

    def issue(self, issue: _Issue) -> None:
        """The row with its frozen words, and every act of its history."""
        person, bureau = issue.person, self.bureau(issue.person)
        actor = self.issuers[bureau.id]
        day = issue.issued_on
        first, last = validity(day, self.years)
        number = numbering.take(numbering.region_of(bureau), day.year, payload.class_of(person))
        code = payload.new_code()
        words, _ = payload.of_certificate(
            person, bureau, number, code, issued_on=day, valid_until=last, training=issue.training
        )
        acts = (
            _Act("issue", S.PENDING, S.ISSUED, day),
            _Act("activate", S.ISSUED, S.ACTIVE, day),
            *issue.later,
        )
        before = issue.replaces.certificate if issue.replaces else None
        certificate = Certificate(
            public_id=new_public_id(), person_id=person.id, org_id=person.org_id,
            certificate_class=number.certificate_class, number=str(number), code=code,
            state=acts[-1].after, issued_on=day, valid_from=first, valid_until=last,
            issuer_id=actor.person_id, issuer_org_id=bureau.id, policy=self.policy,
            inputs=issue.inputs, payload=words, payload_sha256=digest(words),
            replaces_id=before.id if before else None, created_at=clock.at_local(day, 10),
        )  # fmt: skip
        db.session.add(certificate)
        db.session.flush()
        issue.certificate = certificate
        for n, act in enumerate(acts):
            hand = self.approvers[bureau.id] if act.action == "revoke" else actor
            self._note(certificate, act, hand, clock.at_local(act.on, 10, n))

    def _note(self, certificate: Certificate, act: _Act, actor: Actor, at: datetime) -> None:
        self.events.append(
            {
                "public_id": new_public_id(), "certificate_id": certificate.id,
                "org_id": certificate.org_id, "person_id": certificate.person_id,
                "action": act.action, "from_state": act.before, "to_state": act.after,
                "occurred_on": act.on, "at": at, "actor_id": actor.person_id,
                "ground": act.ground, "reason": act.reason,
            }
        )  # fmt: skip
        self.trail.note(
            actor, f"certificates:certificate:{act.action}", certificate, at,
            number=certificate.number, payload=certificate.payload_sha256,
        )  # fmt: skip

    def write(self) -> None:
        bulk.insert(CertificateEvent, self.events)
        self.trail.write()


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Certificates of everybody who needs one, oldest first, then the work cards."""
    office = _Office(city, crowd, now)
    today = clock.today(now)
    random = Random(7)  # noqa: S311 - fiction, not a secret
    issues = _in_post(crowd, today, random, office.years)
    issues += _suspended(crowd, today, random)
    issues += _left(crowd, today, random)
    issues += _certified(crowd, office, now)
    issues.sort(key=lambda i: (i.issued_on, i.person.id))
    for issue in issues:
        office.issue(issue)
    office.write()
    _cards(office, issues, city, today)


def _training(issued_on: date) -> dict[str, Any]:
    return {
        "start": (issued_on - timedelta(days=75)).isoformat(),
        "end": (issued_on - timedelta(days=12)).isoformat(),
        "hours": _HOURS,
    }


def _issue(
    person: Person, issued_on: date, later: tuple[_Act, ...] = (), replaces: _Issue | None = None
) -> _Issue:
    inputs = {"source": "demo"}
    return _Issue(person, issued_on, _training(issued_on), inputs, later, replaces)


def _in_post(crowd: Crowd, today: date, random: Random, years: int) -> list[_Issue]:
    """In force: over three years. Some are at their end, some beyond, some were renewed."""
    term = years * 365
    issues = []
    for n, person in enumerate(crowd.in_post):
        if person is crowd.named["daoqi"]:
            issues.append(_issue(person, _ending(today + timedelta(days=30), years)))
        elif person is crowd.named["guoqi"] or n % 54 == 50:
            issues.append(_issue(person, today - timedelta(days=term + 20 + n % 90)))
        elif n % 18 == 4:
            issues.append(_issue(person, today - timedelta(days=term - 5 - n % 55)))
        elif n % 29 == 3:
            issues += _renewed(person, today, term, n)
        elif n == _ISSUED_IN_ERROR:
            issues += _issued_again(person, today - timedelta(days=random.randrange(40, term - 80)))
        else:
            issues.append(_issue(person, today - timedelta(days=random.randrange(40, term - 80))))
    return issues


def _ending(last: date, years: int) -> date:
    """The day on which a certificate was issued that ends on ``last``."""
    day = last + timedelta(days=1)
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _renewed(person: Person, today: date, term: int, n: int) -> list[_Issue]:
    """The first one replaced on the day on which the second was issued."""
    on = today - timedelta(days=60 + n % 200)
    replaced = _Act("renew", S.ACTIVE, S.REPLACED, on, reason=_REPLACED)
    first = _issue(person, on - timedelta(days=term - 10), (replaced,))
    return [first, _issue(person, on, replaces=first)]


def _issued_again(person: Person, on: date) -> list[_Issue]:
    """The first one was issued in error and revoked within days; the second stands."""
    ground = str(RevocationGround.ISSUED_IN_ERROR)
    day = on + timedelta(days=4)
    act = _Act("revoke", S.ACTIVE, S.REVOKED, day, ground, _REVOKED)
    return [_issue(person, on, (act,)), _issue(person, on + timedelta(days=11))]


def _suspended(crowd: Crowd, today: date, random: Random) -> list[_Issue]:
    issues = []
    for person in crowd.suspended:
        on = today - timedelta(days=random.randrange(5, 40))
        act = _Act("suspend", S.ACTIVE, S.SUSPENDED, on, reason=_SUSPENDED)
        issues.append(_issue(person, on - timedelta(days=random.randrange(200, 800)), (act,)))
    return issues


def _left(crowd: Crowd, today: date, random: Random) -> list[_Issue]:
    issues = []
    for person in crowd.left:
        on = today - timedelta(days=random.randrange(30, 300))
        ground = str(CancellationGround.LEFT)
        act = _Act("cancel", S.ACTIVE, S.CANCELLED, on, ground, _LEFT)
        issues.append(_issue(person, on - timedelta(days=random.randrange(200, 700)), (act,)))
    return issues


def _certified(crowd: Crowd, office: _Office, now: datetime) -> list[_Issue]:
    """The first class of the year: what its gates looked at is what stands in the rooms below."""
    issuer = crowd.actor(_HR[0]).person_id or 0
    day = clock.today(now) - timedelta(days=EARLIER - 75)
    issues = []
    for assessment in gates.assess(crowd.certified, issuer, now):
        if not assessment.verdict or assessment.progress is None or assessment.result is None:
            raise RuntimeError(f"the demo certifies nobody whose gates are shut: {assessment}")
        progress = assessment.progress
        sat = assessment.result.attempt.started_at or now
        training = {
            "start": progress.enrolment.enrolled_on.isoformat(),
            "end": clock.today(sat).isoformat(),
            "hours": progress.result.total.required,
        }
        issues.append(_Issue(assessment.person, day, training, assessment.inputs))
    return issues


def _cards(office: _Office, issues: Sequence[_Issue], city: City, today: date) -> None:
    """A card soon after the first certificate; part of this winter's check has been done, and
    the newest cards lie ready to be handed over."""
    crowd = office.crowd
    window = queries.check_window(city.root, today)
    first: dict[int, date] = {}
    for issue in issues:
        first.setdefault(issue.person.id, issue.issued_on)
    cards: list[WorkCard] = []
    events: list[list[dict[str, Any]]] = []
    for n, person in enumerate([*crowd.in_post, *crowd.suspended, *crowd.left]):
        issued_on = first[person.id] + timedelta(days=12)
        fresh = issued_on > today - timedelta(days=60)
        checked_on = issued_on if fresh else _last_check(issued_on, window, today, n)
        card = _card(office, person, issued_on, checked_on)
        acts = [("issue", WorkCardState.ISSUED, WorkCardState.ISSUED, issued_on)]
        if not fresh:
            acts.append(("hand_over", WorkCardState.ISSUED, WorkCardState.VALID, issued_on))
        if checked_on > issued_on:
            acts.append(("check", WorkCardState.VALID, WorkCardState.VALID, checked_on))
        if person in crowd.left:
            on = today - timedelta(days=20)
            acts.append(("withdraw", WorkCardState.VALID, WorkCardState.WITHDRAWN, on))
        card.state = acts[-1][2]
        cards.append(card)
        events.append([_card_event(card, *act) for act in acts])
    db.session.add_all(cards)
    db.session.flush()
    rows = []
    for card, history in zip(cards, events, strict=True):
        actor = crowd.actors[card.issuer_id]
        for event in history:
            rows.append(event | {"work_card_id": card.id})
            action = f"certificates:work_card:{event['action']}"
            office.trail.note(actor, action, card, event["at"], payload=card.payload_sha256)
    bulk.insert(WorkCardEvent, rows)
    office.trail.write()


def _last_check(issued_on: date, window: CheckWindow, today: date, n: int) -> date:
    """In this winter's window for every third person, else in the last one; never before
    the day of issue."""
    opening = window.opening_before(today)
    if n % 3 == 0:
        checked = opening + timedelta(days=n % max(1, (today - opening).days))
    else:
        checked = window.opening_before(opening - timedelta(days=1)) + timedelta(days=20 + n % 50)
    return max(issued_on, checked)


def _card(office: _Office, person: Person, issued_on: date, checked_on: date) -> WorkCard:
    org = db.session.get_one(OrgUnit, person.org_id)
    bureau = office.bureau(person)
    code = payload.new_code()
    words = {
        "kind": "work_card", "name": person.name, "mediator_no": person.mediator_no,
        "committee": org.name, "committee_en": org.name_en, "issuer": bureau.name,
        "photo": None, "code": code, "verify_url": payload.verify_url(code),
        "issued_on": issued_on.isoformat(),
    }  # fmt: skip
    return WorkCard(
        public_id=new_public_id(), person_id=person.id, org_id=person.org_id, code=code,
        state=WorkCardState.ISSUED, issued_on=issued_on, last_checked_on=checked_on,
        issuer_id=office.issuers[bureau.id].person_id, payload=words,
        payload_sha256=digest(words), created_at=clock.at_local(issued_on, 10),
    )  # fmt: skip


def _card_event(
    card: WorkCard, action: str, before: WorkCardState, after: WorkCardState, on: date
) -> dict[str, Any]:
    return {
        "public_id": new_public_id(), "org_id": card.org_id, "person_id": card.person_id,
        "action": action, "from_state": before, "to_state": after, "occurred_on": on,
        "at": clock.at_local(on, 11), "actor_id": card.issuer_id,
        "reason": _LEFT if action == "withdraw" else "", "inputs": {},
    }  # fmt: skip
