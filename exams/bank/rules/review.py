"""Review of questions (试题审核): a question that may rest on repealed law waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Reason, Verdict, refuse
from training.core.rules.words import N_, Words

from .question import BASIS, LAW_BASIS, QuestionDraft, well_formed


class ReviewState(StrEnum):
    DRAFT = "draft"
    NEEDS_REVIEW = "needs_review"
    APPROVED = "approved"
    RETIRED = "retired"


STATE_LABELS: Mapping[ReviewState, str] = MappingProxyType(
    {
        ReviewState.DRAFT: N_("草稿"),
        ReviewState.NEEDS_REVIEW: N_("待复核"),
        ReviewState.APPROVED: N_("已审定"),
        ReviewState.RETIRED: N_("已停用"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """What the gates look at. ``law_review_before`` is 1 January of policy
    ``exam.law_review_before_year``; ``reason`` is what the person who acts has typed."""

    draft: QuestionDraft
    today: date
    law_review_before: date
    reason: str = ""


def currency_gate(draft: QuestionDraft, law_review_before: date) -> Verdict:
    """May the question be drawn as it stands: topic known, law known and recent enough?

    Law before ``law_review_before`` (by default 2021-01-01, when the Civil Code took the
    place of nine older laws, 民法典#1260) must be checked by a person, who then states the
    day as of which it holds.
    """
    reasons: list[Reason] = []
    if draft.topic is None:
        reasons.append(Reason("question.no_topic", Words(N_("尚未指定专题")), BASIS))
    if draft.law_as_of is None:
        reasons.append(Reason("law.unknown_date", Words(N_("法律截至日期不明")), LAW_BASIS))
    elif draft.law_as_of < law_review_before:
        words = Words(
            N_("法律截至 %(law_as_of)s，早于 %(before)s，请核对现行法律"),
            {
                "law_as_of": draft.law_as_of.isoformat(),
                "before": law_review_before.isoformat(),
            },
        )
        reasons.append(Reason("law.before_review_date", words, LAW_BASIS))
    return Verdict(tuple(reasons))


def arrival_state(draft: QuestionDraft, law_review_before: date) -> ReviewState:
    """How an imported question arrives: 待复核 unless its topic and law are in order."""
    ready = currency_gate(draft, law_review_before)
    return ReviewState.APPROVED if ready else ReviewState.NEEDS_REVIEW


def _well_formed(facts: ReviewFacts) -> Verdict:
    return well_formed(facts.draft, facts.today)


def _fit_to_draw(facts: ReviewFacts) -> Verdict:
    return _well_formed(facts) & currency_gate(facts.draft, facts.law_review_before)


def _reason_typed(facts: ReviewFacts) -> Verdict:
    if facts.reason.strip():
        return ALLOWED
    return refuse("REASON_REQUIRED", N_("请写明理由"), basis=BASIS)


_S = ReviewState

QUESTION_REVIEW = Machine(
    "question_review",
    ReviewState,
    ReviewState.DRAFT,
    [
        Transition(
            "submit",
            (_S.DRAFT,),
            _S.NEEDS_REVIEW,
            "bank:question:submit",
            _well_formed,
            label=N_("提交审核"),
        ),
        Transition(
            "approve",
            (_S.NEEDS_REVIEW,),
            _S.APPROVED,
            "bank:question:approve",
            _fit_to_draw,
            label=N_("审定"),
        ),
        Transition(
            "send_back",
            (_S.NEEDS_REVIEW,),
            _S.DRAFT,
            "bank:question:send_back",
            _reason_typed,
            label=N_("退回修改"),
        ),
        Transition(
            "reopen",
            (_S.APPROVED,),
            _S.NEEDS_REVIEW,
            "bank:question:reopen",
            _reason_typed,
            label=N_("转为待复核"),
        ),
        Transition(
            "retire",
            (_S.DRAFT, _S.NEEDS_REVIEW, _S.APPROVED),
            _S.RETIRED,
            "bank:question:retire",
            _reason_typed,
            label=N_("停用"),
        ),
    ],
    final=[ReviewState.RETIRED],
)
