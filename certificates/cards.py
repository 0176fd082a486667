"""Work cards (人民调解员工作证): made after appointment, checked every year, handed back on leaving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exams.marking import queries as marking
from training.core import access, clock, jobs, orgs, policy
from training.core.db import Model, db, new_public_id
from training.core.errors import NotVisible, Refused, require
from training.core.models import Job, OrgUnit
from training.core.rules.chain import digest
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb
from training.people import facts, inbox
from training.people.models import Person
from training.people.rules.person import Standing
from training.programmes import queries as programmes

from . import gates, history, payload, queries
from .models import WorkCard
from .rules.work_card import (
    WORK_CARD,
    AnnualCheckFacts,
    TakingBackFacts,
    WithdrawalFacts,
    WorkCardState,
)

GRADE_FACT = "annual_grade"
"""The fact by which the appraisal tells a grade: ``value["grade"]``."""
PRINT = "certificates.cards"
MOST = 500
"""How many cards one click acts upon."""
_UNFIT = "unfit"
_MINE = "/my/certificate"


@verb("certificates:work_card:issue", on="person")
def issue_card(actor: Actor, person: Person, *, now: datetime) -> WorkCard:
    """制证: for somebody in post who has a permanent number; it names their committee.

    Codes ``SELF``, ``NOT_IN_POST``, ``CARD_HELD``.
    """
    require(gates.not_self(person.id, actor.person_id), status=403, code="SELF")
    if person.standing is not Standing.IN_POST or not person.mediator_no:
        raise Refused.because(
            "NOT_IN_POST", N_("工作证在聘任备案、到岗之后制作"), basis="cert.annual_check"
        )
    if queries.card_of(person.id) is not None:
        raise Refused.because("CARD_HELD", N_("已持有未收回的工作证"))
    today = clock.today(now)
    org = db.session.get_one(OrgUnit, person.org_id)
    bureau = orgs.bureau_of(org)
    code = payload.new_code()
    words = {
        "kind": "work_card",
        "name": person.name,
        "mediator_no": person.mediator_no,
        "committee": org.name,
        "committee_en": org.name_en,
        "issuer": bureau.name,
        "photo": payload.photo_of(person),
        "code": code,
        "verify_url": payload.verify_url(code),
        "issued_on": today.isoformat(),
    }
    card = WorkCard(
        public_id=new_public_id(), person_id=person.id, org_id=person.org_id, code=code,
        state=WorkCardState.ISSUED, issued_on=today, last_checked_on=today,
        issuer_id=actor.person_id, payload=words, payload_sha256=digest(words), created_at=now,
    )  # fmt: skip
    db.session.add(card)
    db.session.flush()
    history.note_card(actor, card, "issue", WorkCardState.ISSUED, now=now)
    about(card)
    tell(payload=card.payload_sha256)
    return card


def check_facts(card: WorkCard, now: datetime) -> AnnualCheckFacts:
    """What the annual check looks at today.

    Hours are those of the year whose window this is: of the year in which the window opened.
    """
    person, today = card.person, clock.today(now)
    opening = queries.check_window(card.org, today).opening_before(today)
    hours = programmes.annual(person, opening)
    return AnnualCheckFacts(
        in_post=person.standing is Standing.IN_POST,
        hours_owed=hours.total.owed,
        unfit=_is_unfit(person),
    )


def _is_unfit(person: Person) -> bool:
    """Was the last grade 不称职, and has no examination been passed since?"""
    grades = facts.of(person.id, (GRADE_FACT,))
    if not grades or grades[0].value.get("grade") != _UNFIT:
        return False
    result = marking.best_result(person.id, clock.at_local(grades[0].occurred_on))
    return result is None or not result.passed


def check_verdict(card: WorkCard, now: datetime) -> Verdict:
    """Why the annual check cannot be passed today, or that it can."""
    stands = queries.card_status(card, clock.today(now)).state
    return WORK_CARD.judge(stands, "check", check_facts(card, now))


@verb("certificates:work_card:hand_over", on="card")
def hand_over(actor: Actor, card: WorkCard, *, now: datetime) -> WorkCard:
    """发放: the card is in its holder's hands."""
    return _step(actor, card, "hand_over", None, now)


@verb("certificates:work_card:check", on="card")
def check(actor: Actor, card: WorkCard, *, now: datetime) -> WorkCard:
    """年审 passed. Codes as ``annual_check_gate``, ``SELF``, ``machine.not_in_state``."""
    looked_at = check_facts(card, now)
    _step(actor, card, "check", looked_at, now, inputs={
        "in_post": looked_at.in_post, "hours_owed": looked_at.hours_owed, "unfit": looked_at.unfit,
        "policy": policy.get("cert.annual_check", card.org, clock.today(now)).id,
    })  # fmt: skip
    card.last_checked_on = clock.today(now)
    inbox.send(card.person_id, "certificate", N_("您的工作证已通过年审"), now=now, url=_MINE)
    return card


@verb("certificates:work_card:take_back_hand_over", on="card")
def take_back_hand_over(actor: Actor, card: WorkCard, reason: str, *, now: datetime) -> WorkCard:
    """A hand-over was entered in error: the card waits for it again. Codes ``SELF``,
    ``REASON_REQUIRED``, ``work_card.checked``."""
    _step(actor, card, "take_back_hand_over", taking_back(card, reason), now)
    _tell_of_correction(card, N_("您的工作证发放记录有误，已撤销。理由：%(reason)s"), reason, now)
    return card


@verb("certificates:work_card:take_back_check", on="card")
def take_back_check(actor: Actor, card: WorkCard, reason: str, *, now: datetime) -> WorkCard:
    """The last annual check was entered in error: the card stands as the check before left it,
    or its issue, and may be due at once. Codes as ``take_back_check_gate``, ``SELF``."""
    stood = history.standing_checks(card)
    _step(actor, card, "take_back_check", taking_back(card, reason), now, inputs={
        "checked_on": card.last_checked_on.isoformat()
    })  # fmt: skip
    card.last_checked_on = stood[-2].occurred_on if len(stood) > 1 else card.issued_on
    _tell_of_correction(card, N_("您的工作证年审有误，已撤销。理由：%(reason)s"), reason, now)
    return card


def taking_back(card: WorkCard, reason: str) -> TakingBackFacts:
    """What the gates of taking an entry back look at."""
    return TakingBackFacts(reason.strip(), bool(history.standing_checks(card)))


def _tell_of_correction(card: WorkCard, message: str, reason: str, now: datetime) -> None:
    inbox.send(
        card.person_id, "certificate", message, now=now, url=_MINE, reason=reason.strip()[:200]
    )


@verb("certificates:work_card:withdraw", on="person")
def withdraw_card(actor: Actor, person: Person, reason: str, *, now: datetime) -> WorkCard | None:
    """收回 the card of a person who leaves; None without one. Joins an upper room's decision."""
    card = queries.card_of(person.id)
    if card is None:
        return None
    return _step(actor, card, "withdraw", WithdrawalFacts(reason.strip()), now)


def _each_may(actor: Actor, permission: str, records: Sequence[Model]) -> None:
    """Raises ``NotVisible`` when one of several is out of reach."""
    if not all(access.may(actor, permission, record) for record in records):
        raise NotVisible(permission)


@verb("certificates:work_card:issue")
def issue_cards(actor: Actor, people: Sequence[Person], *, now: datetime) -> list[WorkCard]:
    """Cards for all who are in post and have none, in one transaction; the rest are left."""
    _each_may(actor, "certificates:work_card:issue", people)
    wanted = [
        p for p in people
        if may_have_card(p) and p.id != actor.person_id and queries.card_of(p.id) is None
    ]  # fmt: skip
    return [issue_card(actor, person, now=now) for person in wanted]


@verb("certificates:work_card:hand_over")
def hand_over_cards(actor: Actor, held: Sequence[WorkCard], *, now: datetime) -> list[WorkCard]:
    """发放 several; those that are out already are left as they are."""
    _each_may(actor, "certificates:work_card:hand_over", held)
    wanted = [c for c in held if c.state is WorkCardState.ISSUED and c.person_id != actor.person_id]
    return [hand_over(actor, card, now=now) for card in wanted]


@verb("certificates:work_card:check")
def check_cards(actor: Actor, held: Sequence[WorkCard], *, now: datetime) -> list[WorkCard]:
    """年审 several: those whose gates are open pass, the others are left (their pages say why)."""
    _each_may(actor, "certificates:work_card:check", held)
    wanted = [c for c in held if c.person_id != actor.person_id and check_verdict(c, now)]
    return [check(actor, card, now=now) for card in wanted]


@verb("certificates:work_card:print")
def print_cards(actor: Actor, held: Sequence[WorkCard], *, now: datetime) -> Job:
    """Have the sheets drawn by the worker: eight cards on A4. Returns the job to follow."""
    _each_may(actor, "certificates:work_card:print", held)
    tell(cards=len(held))
    return jobs.enqueue(
        PRINT, {"cards": [c.public_id for c in held]}, now=now, person_id=actor.person_id,
        org_id=held[0].org_id if held else None, total=len(held),
    )  # fmt: skip


def _step(
    actor: Actor, card: WorkCard, action: str, looked_at: object, now: datetime,
    inputs: dict[str, object] | None = None,
) -> WorkCard:  # fmt: skip
    require(gates.not_self(card.person_id, actor.person_id), status=403, code="SELF")
    before = card.state
    stands = queries.card_status(card, clock.today(now)).state
    verdict, state = WORK_CARD.step(stands, action, looked_at)
    code = "REASON_REQUIRED" if "REASON_REQUIRED" in verdict.codes else "REFUSED"
    require(verdict, status=422 if code == "REASON_REQUIRED" else 409, code=code)
    card.state = WorkCardState(state)
    reasoned = WithdrawalFacts | TakingBackFacts
    reason = looked_at.reason if isinstance(looked_at, reasoned) else ""
    history.note_card(actor, card, action, before, now=now, reason=reason, inputs=inputs)
    about(card)
    tell(action=action)
    return card


def may_have_card(person: Person) -> bool:
    """Is this somebody for whom a card is made?"""
    return person.standing is Standing.IN_POST and bool(person.mediator_no)
