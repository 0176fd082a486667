"""Issuing certificates and acting upon them; each act is one verb.

The number, the frozen payload and the state are one transaction; the document is rendered
afterwards by a job (``jobs.render``), which makes an issued certificate active.
Upper rooms join ``*_in_decision`` and ``withdraw_card`` to a decision of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from training.core import access, clock, jobs, orgs, policy
from training.core.db import db, new_public_id
from training.core.errors import NotVisible, Refused, require
from training.core.models import OrgUnit
from training.core.rules.chain import digest
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import about, in_unit, tell, verb
from training.people import inbox
from training.people.models import Person
from training.proceedings.rules.separation import Hand, Part, distinct

from . import gates, history, numbering, payload, queries
from .cards import withdraw_card
from .gates import Assessment
from .models import Certificate, CertificateEvent
from .rules.lifecycle import (
    CERTIFICATE,
    ActivationFacts,
    CancellationGround,
    CertificateState,
    ChangeFacts,
    ReissueGround,
    RevocationGround,
    validity,
)
from .rules.number import CertificateNumber

__all__ = [
    "activate", "cancel", "cancel_in_decision", "correct", "issue", "issue_class", "order_document", "reinstate",
    "reissue", "renew", "revoke", "revoke_in_decision", "suspend", "suspend_in_decision",
    "withdraw_card",
]  # fmt: skip

RENDER = "certificates.render"
_POLICY = ("cert.validity_years", "cert.required_for")
_MINE = "/my/certificate"


def _step(certificate: Certificate, action: str, facts: Any, today: date) -> CertificateState:
    """The state that follows. Raises ``Refused`` with every reason."""
    stands = queries.status(certificate, today, 0).state
    verdict, state = CERTIFICATE.step(stands, action, facts)
    code = "REASON_REQUIRED" if "REASON_REQUIRED" in verdict.codes else "REFUSED"
    require(verdict, status=422 if code == "REASON_REQUIRED" else 409, code=code)
    return CertificateState(state)


def _tell_holder(certificate: Certificate, message: str, now: datetime) -> None:
    inbox.send(
        certificate.person_id, "certificate", message, now=now, url=_MINE,
        number=certificate.number,
    )  # fmt: skip


def _bureau(person: Person) -> OrgUnit:
    return orgs.bureau_of(db.session.get_one(OrgUnit, person.org_id))


def _number(person: Person, now: datetime) -> CertificateNumber:
    region = numbering.region_of(_bureau(person))
    return numbering.take(region, clock.today(now).year, payload.class_of(person))


def _enter(
    actor: Actor, person: Person, number: CertificateNumber, training: dict[str, Any], *,
    now: datetime, inputs: dict[str, Any], valid_until: date | None = None,
    replaces: Certificate | None = None,
) -> Certificate:  # fmt: skip
    """Payload and row of a new certificate; the document follows by a job."""
    today, bureau = clock.today(now), _bureau(person)
    values = policy.many(_POLICY, db.session.get_one(OrgUnit, person.org_id), today)
    first, last = validity(today, int(values["cert.validity_years"].value))
    last = valid_until or last
    code = payload.new_code()
    words, template = payload.of_certificate(
        person, bureau, number, code, issued_on=today, valid_until=last, training=training
    )
    certificate = Certificate(
        public_id=new_public_id(), person_id=person.id, org_id=person.org_id,
        certificate_class=number.certificate_class, number=str(number), code=code,
        state=CertificateState.ISSUED, issued_on=today, valid_from=first, valid_until=last,
        issuer_id=actor.person_id, issuer_org_id=bureau.id,
        template_id=template.id if template else None,
        policy={p.key: p.id for p in values.values()}, inputs=inputs, payload=words,
        payload_sha256=digest(words), replaces_id=replaces.id if replaces else None,
        created_at=now,
    )  # fmt: skip
    db.session.add(certificate)
    db.session.flush()
    about(certificate)
    tell(number=certificate.number, payload=certificate.payload_sha256)
    jobs.enqueue(
        RENDER, {"certificate": certificate.public_id}, now=now,
        unique_key=f"{RENDER}:{certificate.public_id}", org_id=certificate.org_id,
    )  # fmt: skip
    return certificate


def _training(assessment: Assessment, now: datetime) -> dict[str, Any]:
    """First and last day of the training, and what was required of it."""
    progress, result = assessment.progress, assessment.result
    if progress is None or result is None:
        raise RuntimeError("a gate let somebody pass without training or examination")
    sat = result.attempt.started_at
    end = clock.today(sat) if sat is not None else clock.today(now)
    return {
        "start": progress.enrolment.enrolled_on.isoformat(),
        "end": max(end, progress.enrolment.enrolled_on).isoformat(),
        "hours": progress.result.total.required,
    }


def _issue(actor: Actor, assessment: Assessment, now: datetime) -> Certificate:
    verdict, _ = CERTIFICATE.step(CertificateState.PENDING, "issue", assessment.facts)
    # The assessment's verdict says more than the machine's gate: held already, enrolment ended.
    require(assessment.verdict if verdict else verdict & assessment.verdict, code="GATES")
    person = assessment.person
    certificate = _enter(
        actor, person, _number(person, now), _training(assessment, now), now=now,
        inputs=assessment.inputs,
    )  # fmt: skip
    history.note(actor, certificate, "issue", CertificateState.PENDING, now=now)
    return certificate


def _issuer(actor: Actor) -> int:
    if actor.person_id is None:
        raise Refused.because("NO_ISSUER", N_("发证须由具体人员办理"), status=422)
    return actor.person_id


@verb("certificates:certificate:issue", on="person")
def issue(actor: Actor, person: Person, *, now: datetime) -> Certificate:
    """签发. Raises ``Refused`` ``GATES`` with every reason of ``gates.assess``."""
    (assessment,) = gates.assess([person], _issuer(actor), now)
    return _issue(actor, assessment, now)


@verb("certificates:certificate:issue")
def issue_class(actor: Actor, people: Sequence[Person], *, now: datetime) -> list[Certificate]:
    """批量发证: a certificate for each whose gates are open, in one transaction; the others are
    left as they are (the page says why). Raises ``NotVisible`` when one is out of reach."""
    for person in people:
        if not access.may(actor, "certificates:certificate:issue", person):
            raise NotVisible("person")
    assessed = gates.assess(people, _issuer(actor), now)
    made = [_issue_in_class(actor, a, now=now) for a in assessed if a.verdict]
    tell(issued=len(made), refused=len(assessed) - len(made))
    return made


@verb("certificates:certificate:issue")
def _issue_in_class(actor: Actor, assessment: Assessment, *, now: datetime) -> Certificate:
    """One certificate of a class, with an audit entry of its own."""
    if not in_unit():
        raise RuntimeError("a class is issued as a whole")
    return _issue(actor, assessment, now)


@verb("certificates:certificate:activate", on="certificate")
def activate(actor: Actor, certificate: Certificate, *, now: datetime) -> Certificate:
    """生效: payload and document are frozen; done by the system once the document is stored."""
    before = certificate.state
    facts = ActivationFacts(certificate.payload_sha256, certificate.pdf_sha256 or "")
    certificate.state = _step(certificate, "activate", facts, clock.today(now))
    history.note(actor, certificate, "activate", before, now=now)
    tell(document=certificate.pdf_sha256)
    _tell_holder(certificate, N_("您的证书 %(number)s 已签发生效"), now)
    return certificate


def _change(
    actor: Actor, certificate: Certificate, action: str, reason: str, now: datetime,
    ground: StrEnum | None = None, successor: str = "",
) -> Certificate:  # fmt: skip
    require(gates.not_self(certificate.person_id, actor.person_id), status=403, code="SELF")
    facts = ChangeFacts(reason.strip(), ground, successor)
    before = certificate.state
    certificate.state = _step(certificate, action, facts, clock.today(now))
    history.note(actor, certificate, action, before, now=now, reason=facts.reason, ground=ground)
    about(certificate)
    tell(number=certificate.number, action=action, ground=str(ground or ""))
    return certificate


@verb("certificates:certificate:suspend", on="certificate")
def suspend(actor: Actor, certificate: Certificate, reason: str, *, now: datetime) -> Certificate:
    """暂停. Codes ``SELF``, ``REASON_REQUIRED``, ``machine.not_in_state``."""
    changed = _change(actor, certificate, "suspend", reason, now)
    _tell_holder(changed, N_("您的证书 %(number)s 已被暂停，理由见证书页面"), now)
    return changed


@verb("certificates:certificate:reinstate", on="certificate")
def reinstate(actor: Actor, certificate: Certificate, reason: str, *, now: datetime) -> Certificate:
    """恢复 a suspended certificate."""
    changed = _change(actor, certificate, "reinstate", reason, now)
    _tell_holder(changed, N_("您的证书 %(number)s 已恢复"), now)
    return changed


@verb("certificates:certificate:revoke", on="certificate")
def revoke(
    actor: Actor, certificate: Certificate, ground: RevocationGround, reason: str, *, now: datetime
) -> Certificate:
    """撤销: obtained by fraud or issued in error; not by who issued it. Codes ``SAME_PERSON``,
    ``SELF``, ``certificate.ground``, ``REASON_REQUIRED``."""
    parts = {
        Part.APPROVER: [Hand(actor.person_id or 0)],
        Part.ISSUER: [Hand(certificate.issuer_id)],
    }
    require(distinct(parts), status=403, code="SAME_PERSON")
    changed = _change(actor, certificate, "revoke", reason, now, ground)
    _tell_holder(changed, N_("您的证书 %(number)s 已被撤销，理由见证书页面"), now)
    return changed


@verb("certificates:certificate:cancel", on="certificate")
def cancel(
    actor: Actor, certificate: Certificate, ground: CancellationGround, reason: str, *,
    now: datetime,
) -> Certificate:  # fmt: skip
    """注销: left, died, or asked for by the holder."""
    changed = _change(actor, certificate, "cancel", reason, now, ground)
    _tell_holder(changed, N_("您的证书 %(number)s 已注销"), now)
    return changed


def _follow(
    actor: Actor, certificate: Certificate, action: str, reason: str, now: datetime,
    ground: StrEnum | None, valid_until: date | None,
) -> Certificate:  # fmt: skip
    """The old certificate becomes replaced and its successor is issued, in one transaction."""
    parts = {
        Part.SUBJECT: [Hand(certificate.person_id)],
        Part.ISSUER: [Hand(_issuer(actor))],
    }
    require(distinct(parts), status=403, code="SELF")
    before, number = certificate.state, _number(certificate.person, now)
    facts = ChangeFacts(reason.strip(), ground, str(number))
    certificate.state = _step(certificate, action, facts, clock.today(now))
    # The old one must have ended before the new one stands: one living certificate a person.
    db.session.flush()
    made = _enter(
        actor, certificate.person, number, dict(certificate.payload["training"]), now=now,
        inputs={"follows": certificate.number, "by": action, "inputs": certificate.inputs},
        valid_until=valid_until, replaces=certificate,
    )  # fmt: skip
    history.note(actor, certificate, action, before, now=now, reason=facts.reason, ground=ground)
    history.note(actor, made, "issue", CertificateState.PENDING, now=now, reason=facts.reason)
    tell(number=made.number, replaces=certificate.number, action=action)
    return made


def may_renew(certificate: Certificate, today: date) -> bool:
    """Is it near its last day (policy ``cert.expiring_days``), or past it?"""
    status = queries.status(certificate, today)
    return status.expiring or status.state is CertificateState.EXPIRED


@verb("certificates:certificate:renew", on="certificate")
def renew(actor: Actor, certificate: Certificate, reason: str, *, now: datetime) -> Certificate:
    """换发: a new certificate for a further period; the old number stays verifiable as
    replaced. Returns the new one. Code ``NOT_EXPIRING`` long before the last day."""
    if certificate.state is CertificateState.ACTIVE and not may_renew(
        certificate, clock.today(now)
    ):
        raise Refused.because(
            "NOT_EXPIRING",
            N_("离到期还早，遗失、损坏或者更正请办理补发"),
            basis="cert.expiring_days",
        )
    return _follow(actor, certificate, "renew", reason, now, None, None)


@verb("certificates:certificate:reissue", on="certificate")
def reissue(
    actor: Actor, certificate: Certificate, ground: ReissueGround, reason: str, *, now: datetime
) -> Certificate:
    """补发: lost, damaged or corrected; the last day stays that of the old one."""
    until = certificate.valid_until
    return _follow(actor, certificate, "reissue", reason, now, ground, until)


@verb("certificates:certificate:correct", on="certificate")
def correct(
    actor: Actor, certificate: Certificate, event: CertificateEvent, reason: str, *, now: datetime
) -> CertificateEvent:
    """更正 what an entry of the history says, by a further entry: who, when, what is right.
    Changes no state. Codes ``SELF``, ``REASON_REQUIRED``."""
    require(gates.not_self(certificate.person_id, actor.person_id), status=403, code="SELF")
    if event.certificate_id != certificate.id:
        raise NotVisible("certificate_event")
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明理由"), status=422)
    tell(corrects=event.public_id)
    return history.note(
        actor, certificate, "correct", certificate.state, now=now, reason=reason.strip(),
        corrects=event,
    )  # fmt: skip


@verb("certificates:certificate:read", on="certificate")
def order_document(actor: Actor, certificate: Certificate, *, now: datetime) -> None:
    """Have the document drawn where it is missing (taken over from elsewhere, or its job was
    set aside). What is there is never drawn again."""
    if certificate.pdf_id is None:
        hour = now.strftime("%Y%m%d%H")
        jobs.enqueue(
            RENDER, {"certificate": certificate.public_id}, now=now,
            unique_key=f"{RENDER}:{certificate.public_id}:{hour}", org_id=certificate.org_id,
        )  # fmt: skip


def suspend_in_decision(
    actor: Actor, person: Person, reason: str, *, now: datetime
) -> Certificate | None:
    """Suspend what a person holds as part of an upper room's decision; None without an active
    certificate. Joins the decision's transaction."""
    held = queries.living(person.id)
    if held is None or held.state is not CertificateState.ACTIVE:
        return None
    if queries.status(held, clock.today(now), 0).state is not CertificateState.ACTIVE:
        return None
    return suspend(actor, held, reason, now=now)


def cancel_in_decision(
    actor: Actor, person: Person, ground: CancellationGround, reason: str, *, now: datetime
) -> Certificate | None:
    """Cancel (注销) what a person holds as part of an exit decision; None without one."""
    held = queries.living(person.id)
    return None if held is None else cancel(actor, held, ground, reason, now=now)


def revoke_in_decision(
    actor: Actor, person: Person, ground: RevocationGround, reason: str, *, now: datetime
) -> Certificate | None:
    """Revoke (撤销) what a person holds as part of an exit decision; None without one."""
    held = queries.living(person.id)
    return None if held is None else revoke(actor, held, ground, reason, now=now)
