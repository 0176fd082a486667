"""Questions, papers, sittings and attempts for tests; ids for the access matrix."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from exams.bank import service as bank
from exams.bank.models import Question
from exams.bank.rules.question import Difficulty, QuestionDraft, QuestionKind
from exams.bank.rules.review import ReviewState
from exams.marking import grader
from exams.marking.models import Appeal, Grading
from exams.papers import queries as papers
from exams.papers.models import Paper, PaperBlueprint, PaperPublication
from exams.papers.rules.arrangement import arrange
from exams.papers.rules.blueprint import draw
from exams.papers.service import paper_hash
from exams.sittings.models import Attempt, Sitting, TimeExtension
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.sitting import Admission, SittingStage
from tests.support.objects import url_object
from tests.support.world import NOW, World, make_person
from training.core import files
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.vocabulary import Topic
from training.people.models import Person

CANARY = "KEYCANARY"
POINTS = 1000
_serial = 0


def _next() -> int:
    global _serial
    _serial += 1
    return _serial


def make_draft(**overrides: Any) -> QuestionDraft:
    """A single-choice question whose right option is o2; its explanation holds the canary."""
    n = _next()
    fields: dict[str, Any] = {
        "kind": QuestionKind.SINGLE,
        "stem": f"第 {n} 题：人民调解员应当怎样做？",
        "options": (f"甲种做法{n}", f"乙种做法{n}", f"丙种做法{n}", f"丁种做法{n}"),
        "key": frozenset({"o2"}),
        "topic": Topic.LAW_AND_POLICY,
        "difficulty": Difficulty.EASY,
        "explanation": f"{CANARY}{n}",
        "articles": ("人民调解法#33",),
        "law_as_of": date(2026, 1, 1),
    } | overrides
    return QuestionDraft(**fields)


def make_question(
    org: OrgUnit | None = None,
    state: ReviewState = ReviewState.APPROVED,
    author: Person | None = None,
    **overrides: Any,
) -> Question:
    """Stored, not committed."""
    question = bank.add_question(
        (org or World().org("甲区司法局")).id,
        f"T{secrets.token_hex(6)}",
        state,
        make_draft(**overrides),
        author.id if author else None,
        NOW,
    )
    db.session.flush()
    return question


def make_pool(org: OrgUnit | None = None) -> None:
    """Three questions of each kind."""
    for _ in range(3):
        make_question(org)
        make_question(
            org,
            kind=QuestionKind.MULTIPLE,
            key=frozenset({"o1", "o3"}),
            topic=Topic.MEDIATION_SKILLS,
        )
        make_question(
            org, kind=QuestionKind.TRUE_FALSE, options=(), key=frozenset({"true"}),
            topic=Topic.PROFESSIONAL_ETHICS,
        )  # fmt: skip


SECTIONS: list[dict[str, Any]] = [
    {"code": "一", "topic": "law_and_policy", "kind": "single", "count": 2, "points": POINTS,
     "core": True, "mix": {}},
    {"code": "二", "topic": "mediation_skills", "kind": "multiple", "count": 2, "points": POINTS,
     "core": False, "mix": {}},
    {"code": "三", "topic": "professional_ethics", "kind": "true_false", "count": 2,
     "points": POINTS, "core": True, "mix": {}},
]  # fmt: skip


def make_blueprint(org: OrgUnit | None = None, author: Person | None = None) -> PaperBlueprint:
    blueprint = PaperBlueprint(
        org_id=(org or World().org("甲区司法局")).id, title="岗前考核试卷", sections=SECTIONS,
        author_id=author.id if author else None, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    db.session.add(blueprint)
    db.session.flush()
    return blueprint


def make_paper(
    org: OrgUnit | None = None, author: Person | None = None, *, published: bool = True
) -> Paper:
    """A paper of six questions, drawn from a pool of its own."""
    org = org or World().org("甲区司法局")
    author = author or World().person("a_trainer")
    blueprint = make_blueprint(org, author)
    make_pool(org)
    pool, versions = papers.pool(org)
    seed = secrets.token_hex(16)
    slots = draw(pool, blueprint.plan, seed)
    payload = {
        "sections": [
            {"code": s["code"], "topic": s["topic"], "kind": s["kind"], "core": s["core"]}
            for s in SECTIONS
        ],
        "slots": [
            {
                "slot": s.slot, "question": s.question, "digest": versions[s.question].digest,
                "section": s.section, "kind": str(s.kind), "points": s.points, "core": s.core,
                "options": list(s.options), "fixed_order": s.fixed_order,
            }
            for s in slots
        ],
        "full_points": 6 * POINTS,
    }  # fmt: skip
    paper = Paper(
        public_id=new_public_id(), org_id=org.id, blueprint_id=blueprint.id, title="岗前考核试卷",
        seed=seed, payload=payload, payload_hash=paper_hash(seed, payload), author_id=author.id,
        drawn_at=NOW,
    )  # fmt: skip
    db.session.add(paper)
    db.session.flush()
    if published:
        db.session.add(
            PaperPublication(paper_id=paper.id, published_by=author.id, published_at=NOW)
        )
        db.session.flush()
    return paper


def make_sitting(
    org: OrgUnit | None = None, paper: Paper | None = None, **overrides: Any
) -> Sitting:
    """Published; doors at NOW+30 min, start at NOW+60, two hours, 60 minutes to write."""
    org = org or World().org("甲区司法局")
    fields: dict[str, Any] = {
        "org_id": org.id,
        "paper_id": (paper or make_paper(org)).id,
        "title": "2026年第二期岗前考核",
        "doors_open_at": NOW + timedelta(minutes=30),
        "starts_at": NOW + timedelta(minutes=60),
        "ends_at": NOW + timedelta(minutes=180),
        "limit_minutes": 60,
        "admission": Admission.ACCOUNT,
        "place": "第一考场",
        "stage": SittingStage.PUBLISHED,
        "created_by": World().person("a_trainer").id,
        "created_at": NOW,
        "published_at": NOW,
    } | overrides
    sitting = Sitting(**fields)
    db.session.add(sitting)
    db.session.flush()
    return sitting


def make_attempt(
    sitting: Sitting | None = None, person: Person | None = None, **overrides: Any
) -> Attempt:
    """A scheduled attempt, as registration makes it."""
    sitting = sitting or make_sitting()
    person = person or World().person("a_mediator")
    n = _next()
    seed = secrets.token_hex(16)
    fields: dict[str, Any] = {
        "public_id": new_public_id(),
        "org_id": person.org_id,
        "person_id": person.id,
        "sitting_id": sitting.id,
        "seat": n,
        "ticket_no": f"20261205{n:08d}",
        "seed": seed,
        "arrangement": [[a.slot, list(a.options)] for a in arrange(sitting.paper.slots, seed)],
        "created_at": NOW,
    } | overrides
    attempt = Attempt(**fields)
    db.session.add(attempt)
    db.session.flush()
    return attempt


def make_extension(attempt: Attempt, minutes: int = 10, **overrides: Any) -> TimeExtension:
    """Minutes given to one candidate; ``attempt_id=None`` gives them to the hall."""
    fields: dict[str, Any] = {
        "org_id": attempt.sitting.org_id, "sitting_id": attempt.sitting_id,
        "attempt_id": attempt.id, "minutes": minutes, "reason": "断网", "granted_at": NOW,
        "granted_by": World().person("a_trainer").id,
    } | overrides  # fmt: skip
    extension = TimeExtension(**fields)
    db.session.add(extension)
    db.session.flush()
    return extension


START = NOW + timedelta(minutes=60)


def answers_of(paper: Paper, *, right: bool = True) -> dict[int, frozenset[str]]:
    """The right (or a wrong) answer to each slot, from what ``make_pool`` keys."""
    keys = {
        QuestionKind.SINGLE: ({"o2"}, {"o1"}),
        QuestionKind.MULTIPLE: ({"o1", "o3"}, {"o2"}),
        QuestionKind.TRUE_FALSE: ({"true"}, {"false"}),
    }
    return {s.slot: frozenset(keys[s.kind][0 if right else 1]) for s in paper.slots}


@url_object("question_id")
def _question(org: OrgUnit, person: Person) -> str:
    return make_question(org).public_id


@url_object("blueprint_id")
def _blueprint(org: OrgUnit, person: Person) -> str:
    return make_blueprint(org).public_id


@url_object("paper_id")
def _paper(org: OrgUnit, person: Person) -> str:
    return make_paper(org).public_id


@url_object("sitting_id")
def _sitting(org: OrgUnit, person: Person) -> str:
    return make_sitting(org).public_id


@url_object("attempt_id")
def _attempt(org: OrgUnit, person: Person) -> str:
    return make_attempt(make_sitting(org), person, org_id=org.id).public_id


@url_object("extension_id")
def _extension(org: OrgUnit, person: Person) -> str:
    attempt = make_attempt(make_sitting(org), person, org_id=org.id)
    return make_extension(attempt).public_id


@url_object("result_id")
def _result(org: OrgUnit, person: Person) -> str:
    return graded_attempt(org, person).public_id


def graded_attempt(
    org: OrgUnit, person: Person, state: AttemptState = AttemptState.PASSED
) -> Attempt:
    """An attempt with a grading, as far as pages need it (no log)."""
    attempt = make_attempt(
        make_sitting(org), person, org_id=org.id, state=state, admitted_at=NOW, started_at=NOW,
        submitted_at=NOW,
        terms={"pass_mark": 60, "core_share": 60, "partial_share": 50, "grace_seconds": 60,
               "limit_minutes": 60, "latest_end": (NOW + timedelta(hours=3)).isoformat(),
               "focus_seconds": 3, "focus_events": 3, "policy_ids": {}, "paper_hash": "x"},
    )  # fmt: skip
    db.session.add(
        Grading(
            org_id=org.id, person_id=person.id, attempt_id=attempt.id, number=1, passed=True,
            points=6000, full=6000, sections={}, marks=[], policy={}, corrections=[],
            paper_hash="x", chain_head="x", digest="x", graded_at=NOW, graded_by="test",
        )
    )  # fmt: skip
    db.session.flush()
    return attempt


@url_object("appeal_id")
def _appeal(org: OrgUnit, person: Person) -> str:
    attempt = graded_attempt(org, person, AttemptState.UNDER_APPEAL)
    grading = grader.latest(attempt.id)
    assert grading is not None
    entry = Appeal(
        org_id=org.id, person_id=person.id, attempt_id=attempt.id, grading_id=grading.id,
        text="对第三题有异议", opened_at=NOW,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    return entry.public_id


def another_candidate(world: World, name: str = "另一考生") -> Person:
    return make_person(name, world.org("甲区一街社区调委会"))


def at(minutes: int, seconds: int = 0) -> datetime:
    """So many minutes after the sitting's start."""
    return START + timedelta(minutes=minutes, seconds=seconds)


@url_object("question_sheet_id")
def _sheet(org: OrgUnit, person: Person) -> str:
    record = files.keep(
        "题干,答案\n人民调解是否收费？,错\n".encode(), name="试题.csv", media_type="text/csv",
        purpose=bank.SHEET_PURPOSE, now=NOW, org_id=org.id, person_id=person.id,
    )  # fmt: skip
    db.session.flush()
    return record.public_id
