"""What follows a grade: notice and service, objection and review, the final grade, the decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from training.core import clock
from training.core.db import db
from training.core.errors import Refused
from training.core.i18n import both
from training.core.rules.permission import Actor
from training.core.rules.words import N_, Words
from training.core.verbs import about, tell, verb
from training.people import facts, inbox, timeline
from training.people.models import Fact
from training.proceedings import matters, objections
from training.proceedings import queries as proceedings
from training.proceedings import service as procedure
from training.proceedings.models import Objection, PublicNotice
from training.proceedings.rules.lifecycle import Method, ObjectionKind, ObjectionState
from training.proceedings.rules.notice import Outcome

from . import gate_facts, queries, scores
from .models import AnnualAppraisal, AppraisalRound
from .rules.annual_gates import AnnualFacts, ObjectionBy
from .rules.annual_lifecycle import AnnualState
from .rules.grade import (
    GRADE_LABELS,
    Consequence,
    ConsequenceKind,
    ConsequencePolicy,
    Grade,
    consequences,
)
from .service import MINE, move, must, step

TRAINING_OWED, SUSPENDED = "training_owed", "assignment_suspended"
EXIT_GROUND = queries.EXIT_FACT


def grade_title(appraisal: AnnualAppraisal) -> Words:
    """What a grade is called where it is served and objected to."""
    return Words(N_("%(year)s 年度考核等次"), {"year": appraisal.round.year})


def notice_title(round_: AppraisalRound) -> Words:
    """What the public notice of a round is called unless the officer types something else."""
    return Words(
        N_("%(org)s%(year)s 年度考核拟评优秀人员公示"),
        {"org": both(round_.org, "name"), "year": round_.year},
    )


@verb("appraisal:annual_appraisal:publish", on="round_")
def publish(
    actor: Actor,
    round_: AppraisalRound,
    title: Words,
    body: str,
    *,
    receiving_office: str,
    telephone: str,
    now: datetime,
) -> PublicNotice:
    """One public notice of all in the round who are proposed for 优秀 and within the quota."""
    proposed = list(
        db.session.scalars(
            sa.select(AnnualAppraisal).where(
                AnnualAppraisal.round_id == round_.id,
                AnnualAppraisal.state == AnnualState.QUOTA_CHECK,
                AnnualAppraisal.grade == Grade.EXCELLENT,
            )
        )
    )
    if not proposed:
        raise Refused.because("NOBODY", N_("没有待公示的拟评优秀人员"))
    draft = gate_facts.notice_draft(round_, receiving_office, telephone, now)
    gates = gate_facts.facts_many(round_, proposed, actor, now)
    for appraisal in proposed:
        step(actor, appraisal, "publish", replace(gates[appraisal.id], notice=draft), now)
    notice = procedure.publish_notice(
        actor,
        round_.org,
        title,
        body,
        [procedure.Named(a.person, Outcome.EXCELLENT_GRADE, a) for a in proposed],
        receiving_office=receiving_office,
        telephone=telephone,
        now=now,
    )
    about(round_)
    return notice


@verb("appraisal:annual_appraisal:serve", on="appraisal")
def serve(
    actor: Actor, appraisal: AnnualAppraisal, method: Method, *, now: datetime
) -> AnnualAppraisal:
    """Serve the grade on the person, and on nobody else. After a notice only when every
    objection has been decided."""
    must(proceedings.undisputed(queries.APPRAISAL, appraisal.public_id))
    serve_it(actor, appraisal, gate_facts.facts_of(appraisal, actor, now), method, now)
    return appraisal


def serve_it(
    actor: Actor,
    appraisal: AnnualAppraisal,
    gates: AnnualFacts,
    method: Method,
    now: datetime,
) -> None:
    """Serve one grade, in the current write transaction, if nobody disputes it."""
    step(actor, appraisal, "serve", gates, now)
    procedure.serve(
        actor, appraisal.person, appraisal, grade_title(appraisal), method, url=MINE, now=now
    )


@verb("appraisal:annual_appraisal:object", on="appraisal")
def object_to_grade(
    actor: Actor, appraisal: AnnualAppraisal, text: str, *, now: datetime
) -> Objection:
    """The person served objects in time; nothing goes on until somebody else has decided."""
    served = proceedings.services_of(queries.APPRAISAL, appraisal.public_id)
    step(actor, appraisal, "object", gate_facts.facts_of(appraisal, actor, now, text), now)
    appraisal.objection_by = ObjectionBy.PERSON
    filed = objections.file_objection(
        actor,
        appraisal.round.org,
        ObjectionKind.APPEAL,
        appraisal,
        grade_title(appraisal),
        text,
        concerned=appraisal.person,
        filer=appraisal.person.name,
        phone=appraisal.person.phone,
        window_opened=served[0].served_at,
        window_workdays=scores.value_of(appraisal.round, "appeal.window"),
        now=now,
    )
    about(appraisal)
    return filed


@verb("appraisal:annual_appraisal:accept", on="appraisal")
def accept(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The person accepts the grade served, so that it can become final at once."""
    if appraisal.state is not AnnualState.SERVED or appraisal.accepted_at is not None:
        raise Refused.because("ALREADY_DECIDED", N_("现在不需要您认可等次，请刷新后再看"))
    appraisal.accepted_at = now
    move(actor, appraisal, "accept", appraisal.state, now)
    return appraisal


@verb("appraisal:annual_appraisal:object_publicly", on="appraisal")
def register_public_objection(
    actor: Actor, appraisal: AnnualAppraisal, *, now: datetime
) -> AnnualAppraisal:
    """Suspend the matter for an objection that the public notice brought."""
    waiting = proceedings.open_objections(queries.APPRAISAL, appraisal.public_id)
    if not waiting:
        raise Refused.because("NO_OBJECTION", N_("没有待复核的公示异议"))
    _object_publicly(actor, appraisal, waiting[0], now)
    return appraisal


def _object_publicly(
    actor: Actor, appraisal: AnnualAppraisal, objection: Objection, now: datetime
) -> None:
    gates = gate_facts.facts_of(appraisal, actor, now, objection.text)
    # Judged as of the day on which it was filed.
    step(actor, appraisal, "object_publicly", replace(gates, today=objection.filed_on), now)
    appraisal.objection_by = ObjectionBy.PUBLIC


def _of(ref: str) -> AnnualAppraisal:
    return db.session.scalars(
        sa.select(AnnualAppraisal).where(AnnualAppraisal.public_id == ref)
    ).one()


def _deciders(ref: str) -> Iterable[int | None]:
    return gate_facts.graders_of(_of(ref))


def _decided(actor: Actor, objection: Objection, now: datetime) -> None:
    """An objection that holds sends the matter back to the panel; one that does not lets it go
    on: the notice, or, with the answer served, the final grade."""
    appraisal = _of(objection.matter_ref)
    reason = objection.decision_reason
    if appraisal.state is AnnualState.PUBLIC_NOTICE:
        _object_publicly(actor, appraisal, objection, now)
    if appraisal.state is not AnnualState.OBJECTION:
        return
    step(actor, appraisal, "begin_review", gate_facts.facts_of(appraisal, actor, now, reason), now)
    gates = gate_facts.facts_of(appraisal, actor, now, reason, answer_served=True)
    if objection.state is ObjectionState.UPHELD:
        step(actor, appraisal, "uphold", gates, now, reason)
        appraisal.accepted_at = None
    elif appraisal.objection_by is ObjectionBy.PUBLIC:
        step(actor, appraisal, "dismiss_publicly", gates, now, reason)
    else:
        procedure.serve(
            actor,
            appraisal.person,
            appraisal,
            objection.words,
            Method.SITE,
            url=f"/objections/{objection.public_id}",
            now=now,
        )
        step(actor, appraisal, "dismiss", gates, now, reason)
        _finalised(actor, appraisal, now)
    appraisal.objection_by = None


matters.register(
    queries.APPRAISAL,
    deciders=_deciders,
    url=lambda ref: f"/appraisals/{ref}",
    decided=_decided,
)
matters.register(
    queries.ROUND,
    deciders=lambda _: (),
    url=lambda ref: f"/appraisals/rounds/{ref}",
    panel_decided=queries.panel_graded,
)


@verb("appraisal:annual_appraisal:finalise", on="appraisal")
def finalise(actor: Actor, appraisal: AnnualAppraisal, *, now: datetime) -> AnnualAppraisal:
    """The grade becomes final: accepted, or nobody objected in time."""
    must(proceedings.undisputed(queries.APPRAISAL, appraisal.public_id))
    finalise_it(actor, appraisal, gate_facts.facts_of(appraisal, actor, now), now)
    return appraisal


def finalise_it(
    actor: Actor, appraisal: AnnualAppraisal, gates: AnnualFacts, now: datetime
) -> None:
    """Make one grade final, in the current write transaction, if nobody disputes it."""
    step(actor, appraisal, "finalise", gates, now)
    _finalised(actor, appraisal, now)


def consequences_of(appraisal: AnnualAppraisal) -> tuple[Consequence, ...]:
    """What this grade leads to, by the policy that the round froze."""
    if appraisal.grade is None:
        return ()
    round_ = appraisal.round
    score = queries.last_score(appraisal)
    proposal = scores.compute(round_, score.inputs).proposal if score is not None else None
    return consequences(
        appraisal.grade,
        queries.earlier_grades(appraisal.person_id, round_.year),
        proposal is not None and proposal.opens_exit_review,
        ConsequencePolicy(
            **scores.value_of(round_, "grade.consequence"),
            unfit_in_row=scores.value_of(round_, "grade.unfit_in_row"),
        ),
    )


def _finalised(actor: Actor, appraisal: AnnualAppraisal, now: datetime) -> None:
    """Record the final grade and what it leads to. Nothing here ends anybody's post."""
    year, today, person = appraisal.round.year, clock.today(now), appraisal.person
    grade = appraisal.grade
    if grade is None:
        raise LookupError(appraisal.public_id)
    found = consequences_of(appraisal)
    value = {"year": year, "grade": str(grade), "total": appraisal.total}
    facts.record(actor, person, queries.GRADE_FACT, today, value, now=now, source=appraisal)
    for one in found:
        kind, more = _FACTS.get(one.kind, ("", ""))
        if kind:
            detail = {"year": year, more: one.ground or one.amount}
            facts.record(actor, person, kind, today, detail, now=now, source=appraisal)
    inbox.send(
        person.id,
        "appraisal",
        N_("您的 %(year)s 年度考核等次已确定，请查看"),
        now=now,
        url=MINE,
        year=year,
    )
    tell(grade=str(grade), consequences=[str(one.kind) for one in found])


_FACTS = {
    ConsequenceKind.EXTRA_TRAINING: (TRAINING_OWED, "hours"),
    ConsequenceKind.SUSPEND_ASSIGNMENT: (SUSPENDED, "days"),
    ConsequenceKind.EXIT_REVIEW: (EXIT_GROUND, "ground"),
}


@timeline.describes(queries.GRADE_FACT)
def _grade_fact(fact: Fact) -> Words:
    grade = Words(GRADE_LABELS[Grade(fact.value["grade"])])
    return Words(N_("%(year)s 年度考核：%(grade)s"), {"year": fact.value["year"], "grade": grade})


@timeline.describes(TRAINING_OWED)
def _owed_fact(fact: Fact) -> Words:
    return Words(N_("%(year)s 年度考核后须补训 %(hours)s 学时"), dict(fact.value))


@timeline.describes(SUSPENDED)
def _suspended_fact(fact: Fact) -> Words:
    return Words(N_("%(year)s 年度考核不称职，暂停派案"), {"year": fact.value["year"]})


@timeline.describes(EXIT_GROUND)
def _ground_fact(fact: Fact) -> Words:
    return Words(N_("%(year)s 年度考核出现退出审查的事由"), {"year": fact.value["year"]})
