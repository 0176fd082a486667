"""What has followed here from the decision on an appraisal: then no other decision replaces it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from training.appraisal import decisions, following
from training.appraisal.models import AnnualAppraisal
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.core.db import db
from training.core.rules.verdict import ALLOWED, Reason, Verdict, denied
from training.core.rules.words import N_, Words

from .appointment_models import Appointment
from .exit_models import ExitEvent, ExitReview

_RENEWED = (AnnualState.RENEW, AnnualState.RENEW_WITH_TRAINING)
_BASIS = "lifecycle:annual_appraisal"


def followed(appraisal: AnnualAppraisal) -> Verdict:
    """A term that was renewed, or an exit review that was opened, since the decision. A proposal
    that was taken back has had no effect. Codes ``decision.renewed``, ``decision.exit_review``,
    each with where to go instead."""
    made = decisions.decisions_of(appraisal)
    if not made:
        return ALLOWED
    since = next(e.at for e in reversed(made) if e.before is not e.after)
    if appraisal.state in _RENEWED:
        return _renewed(appraisal.person_id, since)
    if appraisal.state is AnnualState.EXIT_REVIEW:
        return _reviewed(appraisal.person_id, since)
    return ALLOWED


def _renewed(person_id: int, since: datetime) -> Verdict:
    renewed = db.session.scalar(
        sa.select(Appointment)
        .where(
            Appointment.person_id == person_id,
            Appointment.renews_id.is_not(None),
            Appointment.approved_at >= since,
        )
        .order_by(Appointment.id.desc())
        .limit(1)
    )
    if renewed is None:
        return ALLOWED
    words = Words(
        N_("作出决定后已续聘，新的任期至 %(until)s；要结束聘任的，请在该任期提出解聘与退出审查"),
        {"until": renewed.term_end},
    )
    where = (("appointment_id", renewed.public_id),)
    return denied(Reason("decision.renewed", words, _BASIS, "employment.appointment", where))


def _reviewed(person_id: int, since: datetime) -> Verdict:
    abandoned = sa.select(ExitEvent.review_id).where(ExitEvent.action == "abandon")
    review = db.session.scalar(
        sa.select(ExitReview)
        .where(
            ExitReview.person_id == person_id,
            ExitReview.proposed_at >= since,
            ExitReview.id.not_in(abandoned),
        )
        .order_by(ExitReview.id.desc())
        .limit(1)
    )
    if review is None:
        return ALLOWED
    message = N_("作出决定后已提出解聘与退出审查；要更正的，请先在审查中撤回提议")
    if review.ended_at is not None:
        message = N_("依据这项决定的解聘与退出审查已经办结，以审查结果为准")
    where = (("exit_id", review.public_id),)
    return denied(
        Reason("decision.exit_review", Words(message), _BASIS, "employment.exit_review", where)
    )


following.register(followed)
