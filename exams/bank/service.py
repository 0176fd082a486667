"""Acts on the question bank: writing, revising, review, import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from training.core import clock, counters, files, policy
from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.models import OrgUnit, StoredFile
from training.core.rules.chain import digest
from training.core.rules.permission import Actor
from training.core.rules.verdict import Verdict
from training.core.rules.words import N_
from training.core.uploads import Checked
from training.core.verbs import tell, verb

from . import queries
from .models import Question, QuestionReview, QuestionVersion
from .rules.importing import ImportedQuestion
from .rules.question import (
    TRUE_FALSE_LABELS,
    QuestionDraft,
    QuestionKind,
    keeps_option_order,
    tidied,
    well_formed,
)
from .rules.review import QUESTION_REVIEW, ReviewFacts, ReviewState

LAW_KEY = "exam.law_review_before_year"
_CODE_COUNTER = "question"


def law_review_before(org: OrgUnit, on: date) -> date:
    """1 January of the policy's year: older law must be checked by a person."""
    return date(int(policy.get(LAW_KEY, org, on).value), 1, 1)


def new_version(
    question: Question,
    draft: QuestionDraft,
    author_id: int | None,
    now: datetime,
    *,
    number: int = 1,
    note: str = "",
    stem_en: str = "",
    options_en: Sequence[str] = (),
) -> QuestionVersion:
    """Add a version of a question to the current write transaction."""
    draft = tidied(draft)
    ids = draft.option_ids
    if draft.kind is QuestionKind.TRUE_FALSE:
        texts: tuple[str, ...] = tuple(TRUE_FALSE_LABELS[i] for i in ids)
        options_en = ()
    else:
        texts = draft.options
    options = [
        {"id": i, "text": text, "text_en": options_en[n] if n < len(options_en) else ""}
        for n, (i, text) in enumerate(zip(ids, texts, strict=True))
    ]
    version = QuestionVersion(
        public_id=new_public_id(),
        question_id=question.id,
        number=number,
        kind=draft.kind,
        stem=draft.stem,
        stem_en=stem_en,
        options=options,
        key=sorted(draft.key),
        explanation=draft.explanation,
        topic=draft.topic,
        difficulty=draft.difficulty,
        articles=list(draft.articles),
        law_as_of=draft.law_as_of,
        source=draft.source[:200],
        fixed_order=keeps_option_order(draft),
        content_hash=draft.content_hash,
        stem_hash=draft.stem_hash,
        key_hash=draft.key_hash,
        digest="",
        author_id=author_id,
        note=note[:200],
        created_at=now,
    )
    version.digest = content_digest(version)
    db.session.add(version)
    return version


def content_digest(version: QuestionVersion) -> str:
    """SHA-256 over all that an exam shows or marks of a version; papers pin it."""
    return digest(
        {
            "id": version.public_id,
            "kind": str(version.kind),
            "stem": version.stem,
            "stem_en": version.stem_en,
            "options": version.options,
            "key": version.key,
            "explanation": version.explanation,
        }
    )


def take_codes(count: int) -> list[str]:
    """The next question codes, from the counter of the bank, in this transaction."""
    first = counters.take(_CODE_COUNTER, count)
    return [f"Q{n:06d}" for n in range(first, first + count)]


def add_question(
    org_id: int, code: str, state: ReviewState, draft: QuestionDraft, author_id: int | None,
    now: datetime, **texts: object,
) -> Question:  # fmt: skip
    """Add a question with its first version to the current write transaction."""
    question = Question(org_id=org_id, code=code, state=state, created_at=now)
    db.session.add(question)
    db.session.flush()
    new_version(question, draft, author_id, now, **texts)  # type: ignore[arg-type]
    return question


def _require_form(draft: QuestionDraft, now: datetime) -> None:
    verdict = well_formed(draft, clock.today(now))
    require(verdict, status=422, code="QUESTION_FORM")


def _refuse_doubles(draft: QuestionDraft, but: int | None = None) -> None:
    other = queries.same_content(draft.content_hash, but)
    if other is not None:
        raise Refused.because(
            "DUPLICATE", N_("题库中已有相同的试题 %(other)s"), status=409, basis="题库管理",
            other=other.code,
        )  # fmt: skip


@verb("bank:question:write", at="org")
def write(
    actor: Actor, org: OrgUnit, draft: QuestionDraft, *, now: datetime, stem_en: str = "",
    options_en: Sequence[str] = (),
) -> Question:  # fmt: skip
    """Write a new question; it starts as a draft."""
    draft = tidied(draft)
    _require_form(draft, now)
    _refuse_doubles(draft)
    code = take_codes(1)[0]
    question = add_question(
        org.id, code, ReviewState.DRAFT, draft, actor.person_id, now,
        stem_en=stem_en, options_en=options_en,
    )  # fmt: skip
    tell(code=code)
    return question


@verb("bank:question:write", on="question")
def revise(
    actor: Actor, question: Question, draft: QuestionDraft, note: str, *, now: datetime,
    seen: int, stem_en: str = "", options_en: Sequence[str] = (),
) -> Question:  # fmt: skip
    """Give a question a new version; it becomes a draft again. Papers keep the old one.

    ``seen`` is the version that the writer looked at: a newer one refuses (``CHANGED``).
    """
    draft = tidied(draft)
    if question.state is ReviewState.RETIRED:
        raise Refused.because("RETIRED", N_("此题已停用，不能修改"), basis="题库管理")
    if question.current != seen:
        raise Refused.because("CHANGED", N_("此题已有更新的版本，请核对后重新修改"))
    if not note.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明修改理由"), status=422)
    _require_form(draft, now)
    _refuse_doubles(draft, question.id)
    version = new_version(
        question, draft, actor.person_id, now, number=question.current + 1, note=note,
        stem_en=stem_en, options_en=options_en,
    )  # fmt: skip
    db.session.flush()
    before, question.state = question.state, ReviewState.DRAFT
    question.current = version.number
    _log(question, version.id, "revise", before, note, actor, now)
    tell(code=question.code, version=version.number, digest=version.digest)
    return question


def review_facts(question: Question, reason: str, now: datetime) -> ReviewFacts:
    today = clock.today(now)
    return ReviewFacts(
        draft=question.version.draft,
        today=today,
        law_review_before=law_review_before(question.org, today),
        reason=reason,
    )


def approver_gate(actor: Actor, version: QuestionVersion) -> Verdict:
    """Who wrote a version does not approve it."""
    return queries.another_than_author(actor.person_id, version)


def _step(actor: Actor, question: Question, action: str, reason: str, now: datetime) -> Question:
    verdict, target = QUESTION_REVIEW.step(
        question.state, action, review_facts(question, reason, now)
    )
    code = "REASON_REQUIRED" if "REASON_REQUIRED" in verdict.codes else "REVIEW"
    require(verdict, status=422 if code == "REASON_REQUIRED" else 409, code=code)
    if action == "approve":
        require(approver_gate(actor, question.version), status=403, code="SAME_PERSON")
    before, question.state = question.state, ReviewState(target)
    _log(question, question.version.id, action, before, reason, actor, now)
    tell(code=question.code, version=question.current, state=target)
    return question


def _log(
    question: Question, version_id: int, action: str, before: ReviewState, reason: str,
    actor: Actor, now: datetime,
) -> None:  # fmt: skip
    db.session.add(
        QuestionReview(
            question_id=question.id, version_id=version_id, action=action, source=before,
            target=question.state, reason=reason.strip()[:200], person_id=actor.person_id, at=now,
        )
    )  # fmt: skip


@verb("bank:question:submit", on="question")
def submit(actor: Actor, question: Question, reason: str = "", *, now: datetime) -> Question:
    """Send a draft to review."""
    return _step(actor, question, "submit", reason, now)


@verb("bank:question:approve", on="question")
def approve(actor: Actor, question: Question, reason: str = "", *, now: datetime) -> Question:
    """Approve (审定): by another person than the author, law checked."""
    return _step(actor, question, "approve", reason, now)


@verb("bank:question:send_back", on="question")
def send_back(actor: Actor, question: Question, reason: str = "", *, now: datetime) -> Question:
    """Return a question to its author for changes, with the reason."""
    return _step(actor, question, "send_back", reason, now)


@verb("bank:question:reopen", on="question")
def reopen(actor: Actor, question: Question, reason: str = "", *, now: datetime) -> Question:
    """Put an approved question back to review, with the reason."""
    return _step(actor, question, "reopen", reason, now)


@verb("bank:question:retire", on="question")
def retire(actor: Actor, question: Question, reason: str = "", *, now: datetime) -> Question:
    """Take a question out of use: no new paper draws it, old ones keep it."""
    return _step(actor, question, "retire", reason, now)


REVIEW_ACTS: dict[str, Callable[..., Question]] = {
    "submit": submit,
    "approve": approve,
    "send_back": send_back,
    "reopen": reopen,
    "retire": retire,
}


@verb("bank:question:import", at="org")
def import_questions(
    actor: Actor, org: OrgUnit, found: Sequence[ImportedQuestion], sha256: str, *, now: datetime
) -> dict[str, int]:
    """Store the questions of a judged sheet, all of them or none. What the bank has got
    meanwhile is left out, so that a repeat changes nothing."""
    known = queries.known_content(item.draft.content_hash for item in found)
    fresh = [item for item in found if item.draft.content_hash not in known]
    states: dict[str, int] = {}
    for code, item in zip(take_codes(len(fresh)) if fresh else [], fresh, strict=True):
        add_question(org.id, code, item.state, item.draft, actor.person_id, now)
        states[str(item.state)] = states.get(str(item.state), 0) + 1
    tell(sha256=sha256, stored=len(fresh), known=len(found) - len(fresh), states=states)
    return {"stored": len(fresh), "needs_review": states.get(str(ReviewState.NEEDS_REVIEW), 0)}


SHEET_PURPOSE = "question_sheet"


@verb("bank:question:import", at="org")
def keep_sheet(actor: Actor, org: OrgUnit, checked: Checked, *, now: datetime) -> StoredFile:
    """Keep an uploaded sheet for its preview and as evidence of what was imported."""
    record = files.keep(
        checked.data, name=checked.name, media_type=checked.media_type, purpose=SHEET_PURPOSE,
        now=now, org_id=org.id, person_id=actor.person_id,
    )  # fmt: skip
    db.session.flush()
    tell(sha256=record.sha256)
    return record


@verb("bank:question:export")
def note_export(actor: Actor, count: int, filters: str, *, now: datetime) -> None:
    """Note that questions with their keys left the house."""
    tell(count=count, filters=filters)
