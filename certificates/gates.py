"""What the gates of issue look at: pulled from training and examination, many people at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exams.marking import queries as marking
from exams.marking.models import Appeal, AppealState
from exams.marking.queries import Result
from training.core import clock, policy
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_, Words
from training.people.models import Person
from training.proceedings.rules.separation import Hand
from training.programmes import queries as programmes
from training.programmes.queries import Progress
from training.programmes.rules.hours import HoursResult

from .models import Certificate
from .rules.issue import IssueFacts, issue_gate
from .rules.lifecycle import CertificateState

LIVING = (
    CertificateState.PENDING,
    CertificateState.ISSUED,
    CertificateState.ACTIVE,
    CertificateState.SUSPENDED,
)
"""States of a certificate that stands in the way of a further one."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Whether one person's certificate may be issued by one issuer, and what it rests on.

    ``warnings`` hinder nothing. ``inputs`` are kept with the certificate.
    """

    person: Person
    facts: IssueFacts
    verdict: Verdict
    warnings: tuple[Words, ...]
    progress: Progress | None
    result: Result | None
    inputs: dict[str, Any]


def owed(hours: HoursResult) -> int:
    """Hundredths of a credit hour still owed: in all, or topic by topic, whichever is more."""
    return max(
        hours.total.owed,
        sum(line.owed for line in hours.topics.values()),
        *(line.owed for line in hours.groups.values()),
        0,
    )


def hours_inputs(result: HoursResult) -> dict[str, int]:
    """Done and required by topic, in hundredths of a credit hour."""
    lines = {"total": result.total, **{str(t): line for t, line in result.topics.items()}}
    return {
        **{f"{code}_done": line.done for code, line in lines.items()},
        **{f"{code}_required": line.required for code, line in lines.items()},
    }


def _facts(
    person: Person, issuer_id: int, progress: Progress | None, found: Result | None,
    appeals: int, plan: int,
) -> IssueFacts:  # fmt: skip
    return IssueFacts(
        hours_owed=owed(progress.result) if progress else plan,
        exam_passed=found is not None and found.passed,
        open_reviews=appeals,
        misconduct_found=found is not None and not found.clean,
        subject=Hand(person.id),
        issuer=Hand(issuer_id),
        examiners=tuple(Hand(i) for i in sorted(found.proctor_ids)) if found else (),
        markers=(Hand(found.reviewer_id), Hand(found.released_by)) if found else (),
        paper_authors=(Hand(found.author_id),) if found else (),
    )


def _verdict(facts: IssueFacts, progress: Progress | None, living: str | None) -> Verdict:
    verdict = issue_gate(facts)
    if living is not None:
        verdict = verdict & refuse(
            "certificate.held",
            N_("已持有证书 %(number)s，到期换发、遗失补发请在该证书页面办理"),
            basis="cert.number",
            number=living,
        )
    if progress is not None and facts.hours_owed == 0:
        # Hours that are met, but of an enrolment that ran out or was voided.
        verdict &= progress.gate
    return verdict


def _appeals(person_ids: Sequence[int]) -> dict[int, int]:
    """Appeals still undecided, by person."""
    query = (
        sa.select(Appeal.person_id, sa.func.count())
        .where(Appeal.person_id.in_(person_ids), Appeal.state == AppealState.OPEN)
        .group_by(Appeal.person_id)
    )
    return {int(person): int(n) for person, n in db.session.execute(query)}


def _living(person_ids: Sequence[int]) -> dict[int, str]:
    query = sa.select(Certificate.person_id, Certificate.number).where(
        Certificate.person_id.in_(person_ids), Certificate.state.in_(LIVING)
    )
    return {int(person): str(number) for person, number in db.session.execute(query)}


def _plans(people: Sequence[Person], now: datetime) -> dict[int, int]:
    """All hours of the pre-job programme (hundredths), by organisation: what somebody owes
    who never enrolled."""
    found: dict[int, int] = {}
    for person in people:
        if person.org_id not in found:
            org = db.session.get_one(OrgUnit, person.org_id)
            topics = policy.get("training.prejob_hours", org, clock.today(now)).value
            found[person.org_id] = 100 * sum(int(hours) for hours in topics.values())
    return found


def assess(people: Iterable[Person], issuer_id: int, now: datetime) -> list[Assessment]:
    """Look at the gates of issue for each person, in a handful of queries for all.

    Only results since the person's enrolment count. Codes as ``issue_gate``, and
    ``certificate.held``, ``enrolment.*``.
    """
    held = list(people)
    ids = [p.id for p in held]
    if not ids:
        return []
    progress = programmes.progress_of(ids, clock.today(now))
    results = marking.best_results(ids, None)
    appeals, living = _appeals(ids), _living(ids)
    plans = _plans([p for p in held if p.id not in progress], now)
    made = []
    for person in held:
        its = progress.get(person.id)
        found = _since_enrolment(its, results.get(person.id))
        facts = _facts(
            person, issuer_id, its, found, appeals.get(person.id, 0), plans.get(person.org_id, 0)
        )
        verdict = _verdict(facts, its, living.get(person.id))
        made.append(
            Assessment(person, facts, verdict, _warnings(person), its, found, _inputs(its, found))
        )
    return made


def _since_enrolment(progress: Progress | None, result: Result | None) -> Result | None:
    if progress is None or result is None or result.attempt.started_at is None:
        return result
    begun = clock.at_local(progress.enrolment.enrolled_on)
    return result if result.attempt.started_at >= begun else None


def _warnings(person: Person) -> tuple[Words, ...]:
    if person.photo_id is None:
        return (Words(N_("档案中没有照片，证书上将留出贴照片的位置")),)
    return ()


def _inputs(progress: Progress | None, result: Result | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if progress is not None:
        found["hours"] = {
            "enrolment": progress.enrolment.public_id,
            "state": str(progress.state),
            **hours_inputs(progress.result),
        }
    if result is not None:
        found["exam"] = {
            "attempt": result.attempt.public_id,
            "grading": result.grading.public_id,
            "points": result.grading.points,
            "full": result.grading.full,
            "passed": result.passed,
            "clean": result.clean,
            "examiners": len(result.examiner_ids),
        }
    return found


def not_self(subject_id: int, actor_id: int | None) -> Verdict:
    """Nobody acts upon their own certificate or card. Code ``SELF``."""
    if actor_id is None or actor_id != subject_id:
        return ALLOWED
    return refuse("SELF", N_("不得办理本人的证件"), basis="rule:separation_of_duties")
