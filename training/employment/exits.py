"""An exit review up to its decision: grounds and evidence, service, the person's own words, the
panel. No score or grade does any of this by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from certificates import queries as certificates
from training.appraisal import queries as appraisals
from training.appraisal.models import AnnualAppraisal
from training.core import clock, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.i18n import both
from training.core.rules.permission import Actor
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Person
from training.proceedings import service as procedure
from training.proceedings.models import Panel
from training.proceedings.rules.lifecycle import Method

from . import exit_queries as queries
from .appointment_models import Appointment
from .appointments import state_of
from .exit_models import ExitEvidence, ExitReview
from .exit_steps import MINE, note, open_for_evidence, org_of, step, tell_proposer
from .queries import hand
from .rules.appointment import AppointmentState
from .rules.exit_evidence import EVIDENCE_TITLE, EvidenceKind
from .rules.exit_gates import ExitGround, initiation_gate
from .rules.exit_review import ExitState
from .steps import must

_S = ExitState
PROPOSE, EVIDENCE = "employment:exit_review:propose", "employment:exit_review:evidence"
_REACHED = (
    AppointmentState.IN_TERM, AppointmentState.RENEWAL_REVIEW, AppointmentState.RENEWED,
    AppointmentState.LAPSED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of evidence as it was entered; ``source`` is the public id of what it leads to."""

    kind: EvidenceKind
    text: str
    source: str = ""


def reviewable(appointment: Appointment, today: date) -> bool:
    """Whether there is a term whose end could be reviewed."""
    return state_of(appointment, today) in _REACHED


@verb(PROPOSE, on="appointment")
def propose(
    actor: Actor,
    appointment: Appointment,
    grounds: tuple[ExitGround, ...],
    proposal: str,
    evidence: tuple[Evidence, ...],
    *,
    now: datetime,
) -> ExitReview:
    """Open a review of an appointment: grounds, the facts in words, the evidence.

    Raises ``Refused``: ``SELF``, ``REASON_REQUIRED``, ``EXIT_OPEN``, ``NOT_SERVING``, ``GATE``.
    """
    db.session.get_one(Person, appointment.person_id, with_for_update={"of": Person})
    if not proposal.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明事实和理由"), status=422)
    if queries.open_review(appointment.person_id) is not None:
        raise Refused.because("EXIT_OPEN", N_("此人已有未办结的解聘与退出审查"))
    if not reviewable(appointment, clock.today(now)):
        raise Refused.because("NOT_SERVING", N_("这项任命不在任期内，不需要解聘与退出审查"))
    review = ExitReview(
        org_id=appointment.org_id, person_id=appointment.person_id, appointment_id=appointment.id,
        appointment=appointment, grounds=sorted({str(g) for g in grounds}),
        proposed_by=actor.person_id, proposed_at=now, state=_S.INITIATED,
    )  # fmt: skip
    review.proposal = proposal.strip()
    if review.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    db.session.add(review)
    db.session.flush()
    for line in evidence:
        _add(actor, review, line, now)
    db.session.flush()
    must(initiation_gate(queries.facts_of(queries.file_of(review), actor, now)))
    note(actor, review, "propose", _S.INITIATED, now, proposal, grounds=list(review.grounds))
    return review


def _add(
    actor: Actor, review: ExitReview, line: Evidence, now: datetime,
    corrects: ExitEvidence | None = None, why: str = "",
) -> ExitEvidence:  # fmt: skip
    if not line.text.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明这份材料说明什么"), status=422)
    made = ExitEvidence(
        review_id=review.id, kind=line.kind, source_ref=_source(review, line),
        corrects_id=corrects.id if corrects else None, why=why.strip()[:200],
        added_by=actor.person_id, added_at=now,
    )  # fmt: skip
    made.text = line.text.strip()
    db.session.add(made)
    return made


def _source(review: ExitReview, line: Evidence) -> str:
    """The record a line leads to, if it is this person's; the appointment leads to itself."""
    if line.kind is EvidenceKind.APPOINTMENT:
        return review.appointment.public_id
    if line.kind is EvidenceKind.APPRAISAL:
        found = db.session.scalar(
            sa.select(AnnualAppraisal).where(
                AnnualAppraisal.public_id == line.source,
                AnnualAppraisal.person_id == review.person_id,
                AnnualAppraisal.state.in_(appraisals.FINAL),
            )
        )
        if found is None:
            raise Refused.because("NO_SUCH_RECORD", N_("没有查到此人这份已确定的考核"), status=422)
        return found.public_id
    if line.kind is EvidenceKind.CERTIFICATE:
        mine = {c.public_id for c in certificates.of_person(review.person_id)}
        if line.source not in mine:
            raise Refused.because("NO_SUCH_RECORD", N_("没有查到此人的这份证书"), status=422)
    return line.source


def _before_decision(actor: Actor, review: ExitReview) -> None:
    if review.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if not open_for_evidence(review):
        raise Refused.because("ALREADY_DECIDED", N_("决定已经作出，不能再补充材料"))


@verb(EVIDENCE, on="review")
def add_evidence(
    actor: Actor, review: ExitReview, line: Evidence, *, now: datetime
) -> ExitEvidence:
    """Put a further line into the file: it has to be served before anything goes on."""
    _before_decision(actor, review)
    made = _add(actor, review, line, now)
    db.session.flush()
    about(review)
    tell(evidence=made.public_id)
    return made


@verb(EVIDENCE, on="review")
def correct_evidence(
    actor: Actor, review: ExitReview, line: ExitEvidence, text: str, why: str, *, now: datetime
) -> ExitEvidence:
    """Replace a line by a further one, with the reason; the former one stays readable."""
    _before_decision(actor, review)
    if line.review_id != review.id:
        raise NotVisible("exit_evidence")
    if not why.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    made = _add(actor, review, Evidence(line.kind, text, line.source_ref), now, line, why)
    db.session.flush()
    about(review)
    tell(corrects=line.public_id)
    return made


@verb("employment:exit_review:serve", on="review")
def serve_evidence(
    actor: Actor, review: ExitReview, method: Method, remark: str, *, now: datetime
) -> ExitReview:
    """Serve the whole file as it stands; the person's time to answer starts (anew)."""
    file = queries.file_of(review)
    further = review.state is not _S.INITIATED
    action = "serve_further_evidence" if further else "serve_evidence"
    if further and file.on_this_file(*queries.SERVED) is not None:
        raise Refused.because("NOTHING_NEW", N_("送达后没有新的材料，不用再次送达"))
    facts = queries.facts_of(file, actor, now, service_record="served")
    days = policy.get("exit.reply_workdays", org_of(review), clock.today(now))
    step(
        actor, review, action, facts, now, digest=file.digest, method=str(method),
        evidence=[x.public_id for x in file.evidence],
        files=[f.public_id for f in file.attachments], policy_id=days.id, workdays=days.value,
    )  # fmt: skip
    review.served_at = review.served_at or now
    db.session.flush()
    procedure.serve(
        actor, review.person, review, Words(EVIDENCE_TITLE), method, note=remark.strip()[:200],
        url=f"{MINE}/{review.public_id}", now=now,
    )  # fmt: skip
    window = queries.reply_window(queries.file_of(review))
    if window is not None:
        inbox.send(
            review.person_id, "exit", N_("请阅看送达您的材料，%(day)s 前可以陈述申辩"), now=now,
            url=f"{MINE}/{review.public_id}", due_on=window.last_day,
            day=window.last_day.isoformat(),
        )  # fmt: skip
    return review


@verb("employment:exit_review:give_statement", on="review")
def give_statement(actor: Actor, review: ExitReview, text: str, *, now: datetime) -> ExitReview:
    """The person's own words. Codes ``NOT_OWN``, ``REASON_REQUIRED``, ``CHANGED``, ``GATE``."""
    file = queries.file_of(review)
    facts = queries.facts_of(file, actor, now, words=text)
    step(actor, review, "give_statement", facts, now, text, digest=file.digest)
    tell_proposer(review, N_("%(name)s已提交陈述申辩，请组织评议"), now)
    return review


@verb("employment:exit_review:enter_statement", on="review")
def enter_statement(
    actor: Actor, review: ExitReview, text: str, signed_record: str, *, now: datetime
) -> ExitReview:
    """An officer enters what the person said, with the talk record (谈话记录) they signed."""
    if review.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if not signed_record.strip():
        raise Refused.because("NO_RECORD", N_("请写明本人签名的谈话记录"), status=422)
    file = queries.file_of(review)
    facts = queries.facts_of(file, actor, now, words=text, signed_record=signed_record)
    step(
        actor, review, "give_statement", facts, now, text, digest=file.digest,
        signed_record=signed_record.strip()[:200],
    )  # fmt: skip
    return review


@verb("employment:exit_review:note_silence", on="review")
def note_silence(actor: Actor, review: ExitReview, *, now: datetime) -> ExitReview:
    """The whole window has passed without a word."""
    file = queries.file_of(review)
    facts = queries.facts_of(file, actor, now)
    step(actor, review, "note_silence", facts, now, digest=file.digest)
    return review


@verb("employment:exit_review:convene_panel", on="review")
def appoint_panel(
    actor: Actor, review: ExitReview, members: tuple[Person, ...], *, now: datetime
) -> Panel:
    """Name the panel; each member declares whether there is a conflict. A new panel replaces the
    one before. Codes ``PANEL``, ``SELF``, ``SAME_PERSON``."""
    if review.state not in (_S.EVIDENCE_SERVED, _S.MEDIATOR_STATEMENT):
        raise Refused.because("NOT_NOW", N_("材料送达后、评议开始前组成评审小组"))
    for member in members:
        if member.id == review.person_id:
            raise Refused.because("SELF", N_("本人不能列入评审小组"), status=422)
        if member.id == review.proposed_by:
            raise Refused.because("SAME_PERSON", N_("提议人不能列入评审小组"), status=422)
    title = Words(
        N_("解聘与退出审查：%(name)s（%(org)s）"),
        {"name": review.person.name, "org": both(org_of(review), "name")},
    )
    panel = procedure.appoint_panel(actor, org_of(review), review, title, members, now=now)
    note(actor, review, "appoint_panel", review.state, now, panel=panel.public_id)
    return panel


@verb("employment:exit_review:convene_panel", on="review")
def convene_panel(actor: Actor, review: ExitReview, *, now: datetime) -> ExitReview:
    """The panel is complete and takes the matter up. Codes ``GATE``, ``CHANGED``."""
    file = queries.file_of(review)
    step(
        actor, review, "convene_panel", queries.facts_of(file, actor, now), now, digest=file.digest
    )
    return review


@verb("employment:exit_review:opine", on="review")
def give_opinion(actor: Actor, review: ExitReview, text: str, *, now: datetime) -> ExitReview:
    """A sitting member puts the panel's opinion down. Codes ``NOT_MEMBER``, ``CHANGED``,
    ``REASON_REQUIRED``."""
    file = queries.file_of(review)
    facts = queries.facts_of(file, actor, now, words=text)
    if review.state is not _S.PANEL:
        raise Refused.because("NOT_NOW", N_("评审小组尚未开始评议"))
    if not any(m.hand == hand(actor) and m.conflict is False for m in facts.panel):
        raise Refused.because("NOT_MEMBER", N_("只有参加评议的小组成员可以登记意见"), status=403)
    if not text.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明评议意见"), status=422)
    if facts.evidence_digest != facts.served_digest:
        raise Refused.because("CHANGED", N_("材料已更新，请重新送达并审阅"))
    note(actor, review, "give_opinion", review.state, now, text, digest=file.digest)
    return review
