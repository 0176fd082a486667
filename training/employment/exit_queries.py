"""Reads of an exit review: the file as it stands, what the gates look at, who took part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from certificates import queries as certificates
from certificates.rules.lifecycle import RevocationGround
from training.appraisal import queries as appraisals
from training.appraisal.models import AnnualAppraisal
from training.core import clock, policy, workdays
from training.core.attachments.models import Attachment
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.proceedings import queries as proceedings
from training.proceedings.models import ServiceRecord
from training.proceedings.rules.notice import Window, window_after
from training.proceedings.rules.separation import Hand

from .appointment_models import Appointment
from .exit_models import REVIEW, ExitEvent, ExitEvidence, ExitReview, HandoverLine
from .queries import hand
from .rules.appointment import AppointmentState
from .rules.exit_evidence import EvidenceLine, file_digest
from .rules.exit_gates import CertificateEnding, ExitFacts, ExitGround
from .rules.exit_review import ExitState

SERVED = ("serve_evidence", "serve_further_evidence")
STATED = ("give_statement", "note_silence")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done, in the words that are in force, with its corrections (oldest first)."""

    event: ExitEvent
    corrections: tuple[ExitEvent, ...]

    @property
    def words(self) -> str:
        """What it says after its last correction."""
        last = self.corrections[-1] if self.corrections else self.event
        return str(last.words)


@dataclass(frozen=True)
class File:
    """All of a review, read once."""

    review: ExitReview
    entries: tuple[Entry, ...]
    evidence: tuple[ExitEvidence, ...]
    replaced: tuple[ExitEvidence, ...]
    attachments: tuple[Attachment, ...]
    handover: tuple[HandoverLine, ...]
    services: tuple[ServiceRecord, ...]
    proposal: str
    digest: str

    def last(self, *actions: str) -> Entry | None:
        """The last entry of these actions."""
        return next((e for e in reversed(self.entries) if e.event.action in actions), None)

    def on_this_file(self, *actions: str) -> Entry | None:
        """The last entry of these actions that rests on the file as it stands now."""
        found = self.last(*actions)
        if found is None or found.event.detail.get("digest") != self.digest:
            return None
        return found

    def as_served(self) -> tuple[tuple[ExitEvidence, ...], tuple[Attachment, ...]]:
        """Lines and files as the person was last served with them."""
        served = self.last(*SERVED)
        if served is None:
            return (), ()
        lines, files = set(served.event.detail["evidence"]), set(served.event.detail["files"])
        return (
            tuple(x for x in (*self.replaced, *self.evidence) if x.public_id in lines),
            tuple(f for f in self.attachments if f.public_id in files),
        )

    @property
    def version(self) -> str:
        """What a decision form carries: it changes with the file and with every step."""
        last = max((e.event.id for e in self.entries), default=0)
        return hashlib.sha256(f"{self.digest}/{last}".encode()).hexdigest()[:16]

    @property
    def open_cases(self) -> int | None:
        """Cases on the handover sheet that nobody has taken over; None without a sheet."""
        if not self.handover:
            return None
        return sum(line.cases for line in self.handover if line.handed_on is None)


def grounds_of(review: ExitReview) -> tuple[ExitGround, ...]:
    return tuple(ExitGround(g) for g in review.grounds)


_Row = TypeVar("_Row", ExitEvidence, HandoverLine)


def _in_force(rows: Sequence[_Row]) -> tuple[_Row, ...]:
    gone = {r.corrects_id for r in rows}
    return tuple(r for r in rows if r.id not in gone)


def file_of(review: ExitReview) -> File:
    """Read a review with all that belongs to it."""
    events = db.session.scalars(
        sa.select(ExitEvent)
        .where(ExitEvent.review_id == review.id)
        .options(joinedload(ExitEvent.actor))
        .order_by(ExitEvent.id)
    ).all()
    lines = db.session.scalars(
        sa.select(ExitEvidence)
        .where(ExitEvidence.review_id == review.id)
        .options(joinedload(ExitEvidence.by))
        .order_by(ExitEvidence.id)
    ).all()
    handover = db.session.scalars(
        sa.select(HandoverLine)
        .where(HandoverLine.review_id == review.id)
        .options(joinedload(HandoverLine.by))
        .order_by(HandoverLine.id)
    ).all()
    files = [f for f in _files(review) if f.withdrawal is None]
    standing = _in_force(lines)
    entries = tuple(
        Entry(e, tuple(c for c in events if c.corrects_id == e.id))
        for e in events
        if e.corrects_id is None
    )
    proposed = next((e.words for e in entries if e.event.action == "propose"), "")
    proposal = proposed or review.proposal
    return File(
        review=review,
        entries=entries,
        evidence=standing,
        replaced=tuple(x for x in lines if x not in standing),
        attachments=tuple(files),
        handover=_in_force(handover),
        services=tuple(proceedings.services_of(REVIEW, review.public_id)),
        proposal=proposal,
        digest=file_digest(
            grounds_of(review), proposal,
            [EvidenceLine(x.public_id, x.kind, x.source_ref, x.text) for x in standing],
            [(f.public_id, f.file.sha256) for f in files],
        ),
    )  # fmt: skip


def _files(review: ExitReview) -> list[Attachment]:
    return list(
        db.session.scalars(
            sa.select(Attachment)
            .where(Attachment.subject_type == REVIEW, Attachment.subject_ref == review.public_id)
            .order_by(Attachment.id)
        )
    )


def reply_window(file: File) -> Window | None:
    """The person's time to answer, from the last service of the file."""
    return _window(file.last(*SERVED))


def appeal_window(file: File) -> Window | None:
    """The time to appeal, from the service of the decision; None before it was served."""
    return _window(file.last("serve_decision"))


def _window(served: Entry | None) -> Window | None:
    """Working days after a service, as many as the policy said on that day."""
    if served is None:
        return None
    days = int(served.event.detail["workdays"])
    return window_after(clock.today(served.event.at), days, workdays.calendar())


def _org(review: ExitReview) -> OrgUnit:
    return db.session.get_one(OrgUnit, review.org_id)


def facts_of(
    file: File,
    actor: Actor,
    now: datetime,
    *,
    words: str = "",
    signed_record: str = "",
    resolution: str = "",
    service_record: str = "",
    answer_served: bool = False,
    card_settled: bool = False,
    ending: CertificateEnding | None = None,
    revocation: RevocationGround | None = None,
) -> ExitFacts:
    """What the gates of the lifecycle look at. ``words`` are those of the act: the statement of
    who makes one, the reason of who decides."""
    review, today = file.review, clock.today(now)
    served = file.last(*SERVED)
    served_digest = str(served.event.detail["digest"]) if served else ""
    stated, opinion = file.on_this_file("give_statement"), file.on_this_file("give_opinion")
    decided = Hand(review.decided_by) if review.decided_by else None
    return ExitFacts(
        today=today,
        actor=hand(actor),
        subject=Hand(review.person_id),
        proposer=Hand(review.proposed_by),
        grounds=grounds_of(review),
        evidence=(*(x.public_id for x in file.evidence), *(f.public_id for f in file.attachments)),
        evidence_digest=file.digest,
        served_digest=file.digest if service_record else served_digest,
        service_record=service_record,
        reply_window=reply_window(file),
        statement=words if review.state is ExitState.EVIDENCE_SERVED
        else stated.words if stated else "",
        signed_record=signed_record,
        panel=tuple(
            proceedings.panel_members(proceedings.panel_of(REVIEW, review.public_id))
        ),
        panel_min=policy.get("panel.min", _org(review), today).value,
        panel_must_be_odd=False,
        panel_opinion=opinion.words if opinion else "",
        deciders=(decided,) if decided else (),
        resolution=resolution,
        reason=words,
        appeal_window=appeal_window(file),
        answer_served=answer_served,
        open_cases=file.open_cases,
        work_card_settled=card_settled or certificates.card_of(review.person_id) is None,
        has_certificate=certificates.living(review.person_id) is not None,
        certificate_ending=ending,
        revocation_ground=revocation,
        engagement=review.appointment.engagement,
    )  # fmt: skip


def open_review(person_id: int) -> ExitReview | None:
    """The review of a person that has not ended."""
    return db.session.scalar(
        sa.select(ExitReview).where(
            ExitReview.person_id == person_id, ExitReview.ended_at.is_(None)
        )
    )


def reviews_of(person_id: int) -> list[ExitReview]:
    """A person's reviews, newest first."""
    return list(
        db.session.scalars(
            sa.select(ExitReview)
            .where(ExitReview.person_id == person_id)
            .order_by(ExitReview.id.desc())
        )
    )


def served_reviews(person_id: int) -> list[ExitReview]:
    """Those of a person's reviews that were served on them, newest first."""
    return [r for r in reviews_of(person_id) if r.served_at is not None]


def by_ref(ref: str) -> ExitReview:
    """The review that a procedure names."""
    return db.session.scalars(sa.select(ExitReview).where(ExitReview.public_id == ref)).one()


def took_part(review: ExitReview) -> Iterable[int | None]:
    """Who took part in what an appeal is against: proposer, panel, decider, and whoever put
    evidence into the file."""
    panel = proceedings.panel_of(REVIEW, review.public_id)
    lines = db.session.scalars(
        sa.select(ExitEvidence.added_by).where(ExitEvidence.review_id == review.id)
    )
    seats = [s.person_id for s in panel.members if s.conflict is False] if panel else []
    return [review.proposed_by, review.decided_by, *seats, *lines]


def final_appraisals(person_id: int) -> list[AnnualAppraisal]:
    """A person's appraisals whose grade is final, the last year first."""
    return list(
        db.session.scalars(
            sa.select(AnnualAppraisal)
            .where(
                AnnualAppraisal.person_id == person_id,
                AnnualAppraisal.state.in_(appraisals.FINAL),
            )
            .order_by(AnnualAppraisal.id.desc())
        )
    )


def running_appointments(person_ids: Iterable[int]) -> dict[int, Appointment]:
    """The appointment under way of each of these people, by person id."""
    query = sa.select(Appointment).where(
        Appointment.person_id.in_(list(person_ids)),
        Appointment.state.in_((AppointmentState.IN_TERM, AppointmentState.RENEWAL_REVIEW)),
    )
    return {a.person_id: a for a in db.session.scalars(query.order_by(Appointment.id))}
