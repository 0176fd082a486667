"""Reads of the annual appraisal: rounds, people, histories, grades."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import access
from training.core.db import db
from training.core.rules.permission import Actor
from training.people import facts
from training.people.models import Person
from training.proceedings.models import Panel

from .models import (
    AnnualAppraisal,
    AppraisalEvent,
    AppraisalRound,
    AppraisalScore,
    AppraisalTalk,
    QuotaChoice,
    VetoRecord,
)
from .rules.annual_lifecycle import AnnualState
from .rules.grade import Grade
from .states import FINAL as FINAL

ROUND, APPRAISAL = "appraisal_round", "annual_appraisal"
GRADE_FACT, EXIT_FACT, STANDING_FACT = "annual_grade", "exit_ground", "standing"
LIST, READ, OWN = "appraisal:round:list", "appraisal:annual:read", "appraisal:annual:own"
BEYOND_QUOTA = "grade.upheld_beyond_quota"
POLICY_KEYS = (
    "score.weights", "score.bonus_max", "score.measures", "score.deductions",
    "annual.composition", "annual.self_report_workdays", "grade.bands", "grade.veto",
    "grade.excellent_quota", "grade.consequence", "grade.unfit_in_row", "panel.min",
    "public_notice.workdays", "appeal.window", BEYOND_QUOTA,
)  # fmt: skip


def last_score(appraisal: AnnualAppraisal) -> AppraisalScore | None:
    """What the last grading rested on."""
    return db.session.scalar(
        sa.select(AppraisalScore)
        .where(AppraisalScore.appraisal_id == appraisal.id)
        .order_by(AppraisalScore.id.desc())
        .limit(1)
    )


def panel_graded(panel: Panel) -> bool:
    """Whether a panel has graded anybody of its round."""
    query = (
        sa.select(AppraisalScore.id)
        .join(AnnualAppraisal, AnnualAppraisal.id == AppraisalScore.appraisal_id)
        .join(AppraisalRound, AppraisalRound.id == AnnualAppraisal.round_id)
        .where(AppraisalRound.public_id == panel.matter_ref, AppraisalScore.at >= panel.created_at)
        .limit(1)
    )
    return db.session.scalar(query) is not None


def events_of(appraisal: AnnualAppraisal) -> list[AppraisalEvent]:
    """The history, oldest first."""
    return list(
        db.session.scalars(
            sa.select(AppraisalEvent)
            .where(AppraisalEvent.appraisal_id == appraisal.id)
            .options(joinedload(AppraisalEvent.actor))
            .order_by(AppraisalEvent.id)
        )
    )


REPORTED = ("submit_self_report", "skip_self_report", "correct_self_report")
OPINED = ("give_unit_opinion", "correct_unit_opinion")


def last_of(events: Iterable[AppraisalEvent], actions: Iterable[str]) -> AppraisalEvent | None:
    """The last entry of a history (oldest first) that is one of these actions."""
    wanted, found = frozenset(actions), None
    for event in events:
        found = event if event.action in wanted else found
    return found


def grades(person_id: int) -> list[tuple[int, Grade, bool]]:
    """(year, grade, is it final) of a person, the last year first."""
    rows = db.session.execute(
        sa.select(AppraisalRound.year, AnnualAppraisal.grade, AnnualAppraisal.state)
        .join(AppraisalRound, AppraisalRound.id == AnnualAppraisal.round_id)
        .where(AnnualAppraisal.person_id == person_id, AnnualAppraisal.grade.is_not(None))
        .order_by(AppraisalRound.year.desc())
    )
    return [(year, grade, state in FINAL) for year, grade, state in rows if grade is not None]


def final_grade(person_id: int, year: int) -> Grade | None:
    """The final grade of a year, from the person's facts; None while there is none."""
    return final_grades(person_id).get(year)


def earlier_grades(person_id: int, year: int) -> list[Grade | None]:
    """Final grades before a year, the last year first, None for a year without one, back to
    the first that is known."""
    known = final_grades(person_id)
    past = [y for y in known if y < year]
    return [known.get(y) for y in range(year - 1, min(past) - 1, -1)] if past else []


@dataclass(frozen=True, slots=True)
class ExitGround:
    """A ground of an exit review that an appraisal opened: its code (``two_unfit``,
    ``veto_act``), the appraisal behind it and what is there as evidence."""

    ground: str
    year: int
    appraisal_ref: str
    evidence: tuple[str, ...]


def exit_grounds(person_id: int) -> list[ExitGround]:
    """The grounds that stand in a person's file, newest first, with their evidence: the
    appraisal's public id, and the papers behind an established act."""
    found = facts.of(person_id, [EXIT_FACT])
    refs = [f.source_ref for f in found]
    query = (
        sa.select(AnnualAppraisal.public_id, VetoRecord.evidence)
        .join(VetoRecord, VetoRecord.appraisal_id == AnnualAppraisal.id)
        .where(AnnualAppraisal.public_id.in_(refs), ~VetoRecord.withdrawal.has())
        .order_by(VetoRecord.id)
    )
    papers: dict[str, list[str]] = {}
    for ref, evidence in db.session.execute(query):
        papers.setdefault(ref, []).append(evidence)
    return [
        ExitGround(
            f.value["ground"], f.value["year"], f.source_ref, tuple(papers.get(f.source_ref, ()))
        )
        for f in found
    ]


def final_grades(person_id: int) -> dict[int, Grade]:
    """The final grades of a person by year, from the file."""
    return {f.value["year"]: Grade(f.value["grade"]) for f in facts.of(person_id, [GRADE_FACT])}


def rounds_seen(actor: Actor) -> sa.ColumnElement[bool]:
    """Rounds within reach: those of the actor's units, those on whose panel they sit, and those
    in which people of theirs take part."""
    own = access.visible(actor, LIST, AppraisalRound)
    people = access.visible(actor, LIST, AnnualAppraisal)
    return sa.or_(own, AppraisalRound.id.in_(sa.select(AnnualAppraisal.round_id).where(people)))


def round_seen(actor: Actor, public_id: str) -> AppraisalRound | None:
    """A round within reach."""
    return db.session.scalar(
        sa.select(AppraisalRound)
        .where(AppraisalRound.public_id == public_id, rounds_seen(actor))
        .options(joinedload(AppraisalRound.org))
    )


def rounds(actor: Actor) -> list[tuple[AppraisalRound, dict[AnnualState, int]]]:
    """The rounds within reach, the last year first, each with how many people stand in each
    state, as far as the actor sees them."""
    held = list(
        db.session.scalars(
            sa.select(AppraisalRound)
            .where(rounds_seen(actor))
            .options(joinedload(AppraisalRound.org))
            .order_by(AppraisalRound.year.desc(), AppraisalRound.id.desc())
            .limit(200)
        )
    )
    counts: dict[int, dict[AnnualState, int]] = {}
    query = (
        sa.select(AnnualAppraisal.round_id, AnnualAppraisal.state, sa.func.count())
        .where(
            AnnualAppraisal.round_id.in_([r.id for r in held]),
            access.visible(actor, LIST, AnnualAppraisal),
        )
        .group_by(AnnualAppraisal.round_id, AnnualAppraisal.state)
    )
    for round_id, state, n in db.session.execute(query):
        counts.setdefault(round_id, {})[AnnualState(state)] = n
    return [(r, counts.get(r.id, {})) for r in held]


def people_of(
    round_: AppraisalRound, actor: Actor, *where: sa.ColumnElement[bool]
) -> list[AnnualAppraisal]:
    """The people of a round within reach, by unit and name."""
    query = (
        sa.select(AnnualAppraisal)
        .join(Person, Person.id == AnnualAppraisal.person_id)
        .where(
            AnnualAppraisal.round_id == round_.id,
            access.visible(actor, LIST, AnnualAppraisal),
            *where,
        )
        .options(joinedload(AnnualAppraisal.person), joinedload(AnnualAppraisal.org))
        .order_by(AnnualAppraisal.org_id, Person.pinyin, Person.id)
    )
    return list(db.session.scalars(query))


def own(person_id: int) -> list[AnnualAppraisal]:
    """A person's appraisals, the last year first."""
    return list(
        db.session.scalars(
            sa.select(AnnualAppraisal)
            .join(AppraisalRound, AppraisalRound.id == AnnualAppraisal.round_id)
            .where(AnnualAppraisal.person_id == person_id)
            .options(joinedload(AnnualAppraisal.org))
            .order_by(AppraisalRound.year.desc(), AnnualAppraisal.id.desc())
        )
    )


def choices_of(round_: AppraisalRound) -> list[QuotaChoice]:
    """What the panel chose among the tied, oldest first."""
    return list(
        db.session.scalars(
            sa.select(QuotaChoice).where(QuotaChoice.round_id == round_.id).order_by(QuotaChoice.id)
        )
    )


def talks_of(appraisal: AnnualAppraisal) -> list[AppraisalTalk]:
    """The talks that stand (those that no further record replaced), oldest first."""
    newer = sa.orm.aliased(AppraisalTalk)
    return list(
        db.session.scalars(
            sa.select(AppraisalTalk)
            .outerjoin(newer, newer.corrects_id == AppraisalTalk.id)
            .where(AppraisalTalk.appraisal_id == appraisal.id, newer.id.is_(None))
            .options(joinedload(AppraisalTalk.recorder))
            .order_by(AppraisalTalk.id)
        )
    )


def names(person_ids: Iterable[int | None]) -> dict[int, str]:
    """Names by person id, in one query."""
    wanted = {p for p in person_ids if p is not None}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def vetoes_of(appraisal: AnnualAppraisal) -> list[VetoRecord]:
    """The established acts of 一票否决, oldest first, those that were withdrawn included: their
    order never changes."""
    return list(
        db.session.scalars(
            sa.select(VetoRecord)
            .where(VetoRecord.appraisal_id == appraisal.id)
            .options(joinedload(VetoRecord.withdrawal))
            .order_by(VetoRecord.id)
        )
    )


def waiting_for(person_id: int) -> AnnualAppraisal | None:
    """A person's own appraisal that waits for them: a report, or a grade that was served."""
    state = AnnualAppraisal.state
    served = sa.and_(state == AnnualState.SERVED, AnnualAppraisal.accepted_at.is_(None))
    return db.session.scalar(
        sa.select(AnnualAppraisal)
        .where(
            AnnualAppraisal.person_id == person_id,
            sa.or_(state == AnnualState.OPENED, served),
        )
        .order_by(AnnualAppraisal.id.desc())
        .limit(1)
    )
