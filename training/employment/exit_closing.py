"""After the decision: what the appeal leads to, the handover, and the one transaction in which
appointment, standing, work card, certificate and roles follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from certificates import service as certificates
from certificates.rules.lifecycle import CancellationGround, RevocationGround
from training.core import clock
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people.models import Person
from training.proceedings import matters
from training.proceedings import service as procedure
from training.proceedings.models import Objection, Panel
from training.proceedings.rules.lifecycle import Method, ObjectionState
from training.proceedings.rules.separation import Hand

from . import exit_queries as queries
from .appointment_models import Appointment
from .appointments import enter_event, facts_of, state_of
from .departures import end, held, leave
from .exit_models import REVIEW, ExitEvent, ExitReview, HandoverLine
from .exit_steps import (
    CORRECTABLE,
    WEIGHED,
    hands_over,
    step,
    tell_person,
    title_of_decision,
    url_of,
)
from .rules.appointment import AppointmentFacts, AppointmentState, TerminationCause, serves_on
from .rules.appointment_lifecycle import APPOINTMENT
from .rules.exit_evidence import not_renewed
from .rules.exit_gates import CertificateEnding
from .rules.exit_review import ExitState, is_final
from .rules.standing import LeaveReason
from .steps import must

_S = ExitState
_HANDOVER = "employment:exit_review:handover"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the handover sheet as it was entered."""

    item: str
    cases: int
    receiver: str
    handed_on: date | None


@dataclass(frozen=True, slots=True)
class Papers:
    """What becomes of card and certificate, as it was chosen."""

    card_returned: bool
    ending: CertificateEnding | None
    revocation: RevocationGround | None


def _appointment_facts(
    review: ExitReview, appointment: Appointment, now: datetime
) -> AppointmentFacts:
    """The gate of ending an appointment, in the hand of who decided the exit."""
    found = queries.file_of(review).last("decide")
    if found is None or review.decided_by is None:
        raise LookupError(review.public_id)
    return replace(
        facts_of(appointment, Actor(person_id=review.decided_by), now),
        proposer=Hand(review.proposed_by),
        resolution=str(found.event.detail["resolution"]),
        reason=found.words,
        exit_final=is_final(review.state),
        cause=TerminationCause.EXIT_DECISION,
        post=ALLOWED,
    )


def _declined(actor: Actor, review: ExitReview, now: datetime) -> None:
    """A final decision not to renew is noted on the appointment, which runs to its last day."""
    appointment = review.appointment
    state = state_of(appointment, clock.today(now))
    if not not_renewed(queries.grounds_of(review)) or state is not AppointmentState.RENEWAL_REVIEW:
        return
    shown = _appointment_facts(review, appointment, now)
    verdict, target = APPOINTMENT.step(state, "decline", shown)
    must(verdict)
    appointment.state = AppointmentState(target)
    enter_event(actor, appointment, "decline", state, now, shown.reason, review=review.public_id)


@verb("employment:exit_review:start_handover", on="review")
def start_handover(actor: Actor, review: ExitReview, *, now: datetime) -> ExitReview:
    """The appeal window has passed without an appeal: the decision is final. Codes ``SELF``,
    ``GATE``."""
    file = queries.file_of(review)
    step(actor, review, "start_handover", queries.facts_of(file, actor, now), now)
    _declined(actor, review, now)
    tell_person(review, N_("决定已生效，请办理工作交接"), now)
    return review


@verb(_HANDOVER, on="review")
def record_handover(
    actor: Actor, review: ExitReview, line: Line, corrects: HandoverLine | None, why: str, *,
    now: datetime,
) -> HandoverLine:  # fmt: skip
    """Enter a line of the handover sheet, or replace one with a reason (handed over now, or
    entered wrongly)."""
    if review.person_id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    if not hands_over(review):
        raise Refused.because("NOT_NOW", N_("决定生效后、办结前登记工作交接"))
    if not line.item.strip():
        raise Refused.because("ITEM", N_("请写明交接的内容"), status=422)
    if line.handed_on is not None and not line.receiver.strip():
        raise Refused.because("RECEIVER", N_("请写明接收人"), status=422)
    if corrects is not None and corrects.review_id != review.id:
        raise NotVisible("handover_line")
    if corrects is not None and not why.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    made = HandoverLine(
        review_id=review.id, item=line.item.strip()[:200], cases=line.cases,
        receiver=line.receiver.strip()[:100], handed_on=line.handed_on,
        corrects_id=corrects.id if corrects else None, why=why.strip()[:200] if corrects else "",
        recorded_by=actor.person_id, recorded_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    about(review)
    tell(line=made.public_id, cases=line.cases)
    return made


@verb("employment:exit_review:withdraw_papers", on="review")
def withdraw_papers(
    actor: Actor, review: ExitReview, papers: Papers, *, now: datetime
) -> ExitReview:
    """All that follows from a final exit, or nothing of it: the appointment ends (罢免, 解聘),
    standing left, work card withdrawn, certificate cancelled or revoked, roles ended. The person
    keeps their own file and the papers of the review.

    Codes ``SELF``, ``TERM_RUNNING`` (who is only not renewed serves out the term), ``GATE``.
    """
    person = db.session.get_one(Person, review.person_id, with_for_update={"of": Person})
    if person.id == actor.person_id:
        raise Refused.because("SELF", N_("不得办理本人的事项"), status=403)
    today, grounds = clock.today(now), queries.grounds_of(review)
    declined = not_renewed(grounds)
    if declined and serves_on(review.appointment.record, today):
        raise Refused.because(
            "TERM_RUNNING", N_("不再续聘的，任期至 %(until)s 届满后收回证件"), basis="term.years",
            until=review.appointment.term_end.isoformat(),
        )  # fmt: skip
    file = queries.file_of(review)
    facts = queries.facts_of(
        file, actor, now, card_settled=papers.card_returned, ending=papers.ending,
        revocation=papers.revocation,
    )  # fmt: skip
    decided = file.last("decide")
    reason = decided.words if decided else ""
    step(
        actor, review, "withdraw_papers", facts, now, certificate=str(papers.ending or ""),
        ground=str(papers.revocation or ""),
    )  # fmt: skip
    for appointment in held(person.id, today):
        end(
            actor, appointment, "terminate", _appointment_facts(review, appointment, now), now,
            review=review.public_id, cause=str(TerminationCause.EXIT_DECISION),
        )  # fmt: skip
    why = LeaveReason.TERM_OVER if declined else LeaveReason.EXIT_DECISION
    leave(actor, person, why, reason, review, now)
    if papers.ending is CertificateEnding.CANCELLED:
        certificates.cancel_in_decision(actor, person, CancellationGround.LEFT, reason, now=now)
    elif papers.ending is CertificateEnding.REVOKED and papers.revocation is not None:
        certificates.revoke_in_decision(actor, person, papers.revocation, reason, now=now)
    tell_person(review, N_("离岗手续已办理，证件已收回，请查看"), now)
    return review


@verb("employment:exit_review:close", on="review")
def return_to_agency(
    actor: Actor, review: ExitReview, returned_on: date, paper: str, *, now: datetime
) -> ExitReview:
    """退回派遣单位, under labour dispatch only: the day and the paper."""
    if not paper.strip():
        raise Refused.because("PAPER", N_("请写明退回派遣单位的函件"), status=422)
    file = queries.file_of(review)
    step(
        actor, review, "return_to_agency", queries.facts_of(file, actor, now), now, paper,
        returned_on=returned_on.isoformat(),
    )  # fmt: skip
    return review


@verb("employment:exit_review:close", on="review")
def close(actor: Actor, review: ExitReview, *, now: datetime) -> ExitReview:
    """办结. Code ``GATE`` (``exit.return_first``)."""
    file = queries.file_of(review)
    step(actor, review, "close", queries.facts_of(file, actor, now), now)
    return review


@verb("employment:exit_review:correct", on="review")
def correct(
    actor: Actor, review: ExitReview, event: ExitEvent, text: str, why: str, *, now: datetime
) -> ExitEvent:
    """Correct what an entry says by a further one, with a reason; it changes no state and no
    outcome. Only who wrote it corrects it. Codes ``NOT_YOURS``, ``REASON_REQUIRED``,
    ``ALREADY_DECIDED`` (the person's words after the decision that weighed them)."""
    if event.review_id != review.id or event.corrects_id is not None:
        raise NotVisible("exit_event")
    if event.action not in CORRECTABLE or event.actor_id != actor.person_id:
        raise Refused.because("NOT_YOURS", N_("只能由当时的经办人更正自己的记录"), status=403)
    if not text.strip() or not why.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正后的内容和理由"), status=422)
    if event.action in WEIGHED and review.decided_at is not None:
        raise Refused.because("ALREADY_DECIDED", N_("决定已据此作出，有新的意见请申诉时提出"))
    made = ExitEvent(
        review_id=review.id, action="correct", before=review.state, after=review.state,
        actor_id=actor.person_id, detail={}, corrects_id=event.id, why=why.strip()[:200], at=now,
    )  # fmt: skip
    made.words = text.strip()
    db.session.add(made)
    db.session.flush()
    about(review)
    tell(corrects=event.public_id)
    return made


def _deciders(ref: str) -> Iterable[int | None]:
    return queries.took_part(queries.by_ref(ref))


def _decided(actor: Actor, objection: Objection, now: datetime) -> None:
    """The appeal holds: the person stays. It does not: its answer is served, and the decision is
    final."""
    review = queries.by_ref(objection.matter_ref)
    reason = objection.decision_reason
    file = queries.file_of(review)
    if objection.state is ObjectionState.UPHELD:
        step(
            actor, review, "overturn", queries.facts_of(file, actor, now, words=reason), now, reason
        )
        tell_person(review, N_("申诉成立，原决定已撤销，您继续任职"), now)
        return
    procedure.serve(
        actor, review.person, review,
        Words(title_of_decision(review)), Method.SITE,
        url=f"/objections/{objection.public_id}", now=now,
    )  # fmt: skip
    facts = queries.facts_of(file, actor, now, words=reason, answer_served=True)
    step(actor, review, "uphold", facts, now, reason)
    _declined(actor, review, now)


def _url(ref: str) -> str:
    return url_of(queries.by_ref(ref))


def _panel_decided(panel: Panel) -> bool:
    """Whether a panel has given its opinion."""
    file = queries.file_of(queries.by_ref(panel.matter_ref))
    opinion = file.last("give_opinion")
    return opinion is not None and opinion.event.at >= panel.created_at


matters.register(
    REVIEW, deciders=_deciders, url=_url, decided=_decided, panel_decided=_panel_decided
)
