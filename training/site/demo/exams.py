"""The demo's exams: questions, a paper, two sittings with results, one open, one about to open
after it was moved, and one that was called off.

Everything goes through the services of the exam rooms with the clock of its own day; only the
answers of past sittings are inserted in bulk, sealed step by step as they would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from exams.bank import importing
from exams.bank.queries import keys_of
from exams.marking import service as marking
from exams.papers import service as papers
from exams.papers.models import Paper
from exams.papers.rules.blueprint import PaperSlot
from exams.sittings import changing, log, planning, proctoring, registration, service
from exams.sittings.models import Attempt, AttemptStep, Sitting
from exams.sittings.rules.sitting import Admission, Arrangement
from exams.sittings.rules.steps import Step, StepKind, seal
from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.people.models import Person

from . import bulk
from .city import City
from .people import Crowd
from .programmes import EARLIER, LATER, Training

_SEED = "20261123" * 4
_LIMIT_MINUTES = 60
_POINTS = 250
#: topic, kind, number of questions, law-and-ethics part
_SECTIONS = (
    ("law_and_policy", "single", 10, True),
    ("law_and_policy", "multiple", 5, True),
    ("law_and_policy", "true_false", 5, True),
    ("professional_ethics", "single", 5, True),
    ("professional_ethics", "multiple", 2, True),
    ("professional_ethics", "true_false", 3, True),
    ("mediation_skills", "single", 5, False),
    ("professional_knowledge", "single", 3, False),
    ("social_situation", "single", 2, False),
)
_PLACE = "春和区司法局三楼考场"
#: How many of the forty answers are wrong, for those who pass and those who do not.
_WRONG_PASSED, _WRONG_FAILED = (3, 9), (22, 27)


@dataclass(frozen=True, slots=True)
class _Plan:
    """When a sitting is, and how one gets in."""

    title: str
    title_en: str
    starts_at: datetime
    ends_at: datetime
    admission: Admission


def build(city: City, crowd: Crowd, training: Training, content: Path, now: datetime) -> None:
    """Questions for the whole city; paper and sittings in the first district."""
    district = city.districts[0]
    opened = now - timedelta(days=EARLIER)
    # Their law is that of today: a question must not know the law of a day to come.
    importing.import_toml(content / "questions", city.root, now)
    paper = _paper(crowd, district, opened)
    random = Random(11)  # noqa: S311 - fiction, not a secret
    for title, title_en, ago, passed, failed in (
        ("岗前考核（上半年班）", "Pre-job examination, first class", EARLIER - 60, crowd.certified, []),
        ("岗前考核（下半年班）", "Pre-job examination, second class", LATER - 58, training.passed, training.failed),
    ):  # fmt: skip
        day = clock.today(now) - timedelta(days=ago)
        starts_at = clock.at_local(day, 9)
        plan = _Plan(title, title_en, starts_at, starts_at + timedelta(hours=2), Admission.PROCTOR)
        sitting = _arrange(crowd, district, paper, plan, [*passed, *failed])
        _sit(crowd, sitting, {p.id for p in failed}, random)
        _release(crowd, sitting)
    open_now = _Plan(
        "岗前考核（正在进行）", "Pre-job examination, open now",
        now - timedelta(minutes=5), now + timedelta(hours=2), Admission.ACCOUNT,
    )  # fmt: skip
    _arrange(crowd, district, paper, open_now, training.exam_now)
    soon = _Plan(
        "岗前考核与补考（十分钟后开考）", "Pre-job examination and resit, in ten minutes",
        now + timedelta(minutes=10), now + timedelta(minutes=100), Admission.PROCTOR,
    )  # fmt: skip
    _corrected(crowd, district, paper, soon, [*training.exam_soon, *training.failed[:2]])


def _paper(crowd: Crowd, district: OrgUnit, at: datetime) -> Paper:
    trainer = crowd.actor("jiaoyuan")
    sections: list[dict[str, Any]] = [
        {
            "code": f"{number:02d}", "topic": topic, "kind": kind, "count": count,
            "points": _POINTS, "core": core, "mix": {},
        }
        for number, (topic, kind, count, core) in enumerate(_SECTIONS, 1)
    ]  # fmt: skip
    blueprint = papers.write_blueprint(
        trainer, district, "岗前考核试卷", "Pre-job examination paper", sections, now=at
    )
    paper = papers.draw_paper(trainer, blueprint, seed=_SEED, now=at + timedelta(hours=1))
    papers.publish_paper(trainer, paper, now=at + timedelta(hours=2))
    db.session.refresh(paper)
    return paper


def _arrange(
    crowd: Crowd, district: OrgUnit, paper: Paper, plan: _Plan, people: Sequence[Person]
) -> Sitting:
    """Plan, name the proctor, enter the candidates and publish, in the days before."""
    trainer = crowd.actor("jiaoyuan")
    before = plan.starts_at - timedelta(days=4)
    sitting = planning.plan(trainer, district, paper, _arrangement(plan), now=before)
    db.session.flush()
    planning.name_proctors(trainer, sitting, [crowd.named["jiankao"].id], now=before)
    registration.register(trainer, sitting, people, now=before + timedelta(hours=1))
    planning.publish(trainer, sitting, now=before + timedelta(hours=2))
    return sitting


def _arrangement(plan: _Plan) -> Arrangement:
    return Arrangement(
        title=plan.title, title_en=plan.title_en,
        doors_open_at=plan.starts_at - timedelta(minutes=30), starts_at=plan.starts_at,
        ends_at=plan.ends_at, limit_minutes=_LIMIT_MINUTES, admission=plan.admission,
        place=_PLACE if plan.admission is Admission.PROCTOR else "",
    )  # fmt: skip


def _corrected(
    crowd: Crowd, district: OrgUnit, paper: Paper, soon: _Plan, people: Sequence[Person]
) -> None:
    """First called off, then arranged anew, then moved: what correcting looks like."""
    trainer = crowd.actor("jiaoyuan")
    earlier = timedelta(hours=3)
    first = replace(
        soon, title="岗前考核与补考（已另行安排）", title_en="Pre-job examination and resit, arranged anew",
        starts_at=soon.starts_at - earlier, ends_at=soon.ends_at - earlier,
    )  # fmt: skip
    called_off = _arrange(crowd, district, paper, first, people)
    changing.cancel(
        trainer, called_off, "考场当天检修线路，另行安排场次。",
        now=first.starts_at - timedelta(days=4) + timedelta(minutes=150),
    )  # fmt: skip
    moved = timedelta(minutes=30)
    sitting = _arrange(
        crowd, district, paper,
        replace(soon, starts_at=soon.starts_at + moved, ends_at=soon.ends_at + moved), people,
    )  # fmt: skip
    changing.change(
        trainer, sitting, paper, _arrangement(soon), "考场随后另有安排，提前半小时开考。",
        now=soon.starts_at - timedelta(days=2),
    )  # fmt: skip


def _sit(crowd: Crowd, sitting: Sitting, failing: set[int], random: Random) -> None:
    """Everybody is admitted, begins, answers and hands in."""
    slots = sitting.paper.slots
    keys = keys_of(s.question for s in slots)
    query = sa.select(Attempt).where(Attempt.sitting_id == sitting.id).order_by(Attempt.seat)
    for attempt in list(db.session.scalars(query)):
        proctoring.admit(
            crowd.actor("jiankao"), attempt, now=sitting.starts_at - timedelta(minutes=15)
        )
        actor = crowd.actors[attempt.person_id]
        begun = sitting.starts_at + timedelta(seconds=5 + attempt.seat)
        service.start(actor, attempt, now=begun)
        low, high = _WRONG_FAILED if attempt.person_id in failing else _WRONG_PASSED
        wrong = set(random.sample(range(len(slots)), random.randint(low, high)))
        given = [_answer(s, keys[s.question], n in wrong) for n, s in enumerate(slots)]
        last = _answers(attempt, slots, given, begun, random.randint(25, 60))
        db.session.refresh(attempt)
        service.submit(actor, attempt, "", now=last + timedelta(seconds=40))


def _answer(slot: PaperSlot, key: frozenset[str], wrong: bool) -> tuple[str, ...]:
    if not wrong:
        return tuple(sorted(key))
    others = [option for option in slot.options if option not in key]
    # Where all options are right, leaving the question open is the way to be wrong.
    return tuple(others[:1])


def _answers(
    attempt: Attempt,
    slots: Sequence[PaperSlot],
    given: Sequence[tuple[str, ...]],
    begun: datetime,
    seconds_each: int,
) -> datetime:
    """Append the answers to the log of an attempt, in chain; returns when the last came."""
    held = log.held(attempt.id)
    sequence, head = held.last_seq, held.head
    rows: list[dict[str, Any]] = []
    at = begun
    for slot, response in zip(slots, given, strict=True):
        if not response:
            continue
        at += timedelta(seconds=seconds_each)
        sequence += 1
        step = Step(
            sequence=sequence, kind=StepKind.ANSWER, actor=attempt.person_id, received_at=at,
            slot=slot.slot, response=response, client_seq=sequence, client_at=at.isoformat(),
            client_uuid=f"demo-{sequence}", writer="demo",
        )  # fmt: skip
        sealed = seal(attempt.public_id, head or None, step)
        head = sealed.chain_hash
        rows.append(
            {
                "attempt_id": attempt.id, "sequence": sequence, "kind": step.kind,
                "actor_id": step.actor, "received_at": at, "slot": step.slot,
                "response": list(response), "client_seq": sequence, "client_at": step.client_at,
                "client_uuid": step.client_uuid, "writer": step.writer, "refers_to": None,
                "reason": "", "entry_hash": sealed.entry_hash, "chain_hash": head,
            }
        )  # fmt: skip
    bulk.insert(AttemptStep, rows)
    log.change(attempt.id, last_seq=sequence, head=head, last_client_seq=sequence, last_saved_at=at)
    return at


def _release(crowd: Crowd, sitting: Sitting) -> None:
    """Marked the same day, reviewed by the proctor, made known by the trainer."""
    closed = sitting.ends_at
    for attempt_id in marking.to_grade():
        marking.grade(attempt_id, closed + timedelta(minutes=5))
    marking.review_unsuspicious(crowd.actor("jiankao"), sitting, now=closed + timedelta(hours=1))
    marking.release(crowd.actor("jiaoyuan"), sitting, now=closed + timedelta(hours=2))
