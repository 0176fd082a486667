"""Sitting (考试场次): what is decided about it, and what it is at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from training.core.rules.verdict import Reason, Verdict
from training.core.rules.words import N_, Words

BASIS = "考场规则"


class SittingStage(StrEnum):
    """What people decide: a plan, or published to candidates."""

    PLANNED = "planned"
    PUBLISHED = "published"


class SittingState(StrEnum):
    """What a sitting is at a moment."""

    PLANNED = "planned"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    MARKED = "marked"
    RELEASED = "released"


class Admission(StrEnum):
    """How identity is checked: by a proctor at the door, or by the person's own log-in."""

    PROCTOR = "proctor"
    ACCOUNT = "account"


SITTING_LABELS: Mapping[SittingState, str] = MappingProxyType(
    {
        SittingState.PLANNED: N_("筹备中"),
        SittingState.PUBLISHED: N_("已公布"),
        SittingState.OPEN: N_("进行中"),
        SittingState.CLOSED: N_("已结束"),
        SittingState.MARKED: N_("已阅卷"),
        SittingState.RELEASED: N_("成绩已发布"),
    }
)
ADMISSION_LABELS: Mapping[Admission, str] = MappingProxyType(
    {
        Admission.PROCTOR: N_("集中考试，监考员核对身份后入场"),
        Admission.ACCOUNT: N_("线上考试，凭本人账号入场"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingFacts:
    """``writing``: somebody's paper is still open; ``started``, ``graded``, ``released``
    count attempts that got so far."""

    stage: SittingStage
    doors_open_at: datetime
    ends_at: datetime
    writing: bool
    started: int
    graded: int
    released: int


def sitting_state(facts: SittingFacts, now: datetime) -> SittingState:
    """A sitting is open from its doors until its end, and as long as somebody writes."""
    if facts.stage is SittingStage.PLANNED:
        return SittingState.PLANNED
    if now < facts.doors_open_at:
        return SittingState.PUBLISHED
    if now < facts.ends_at or facts.writing:
        return SittingState.OPEN
    if facts.started and facts.released == facts.started:
        return SittingState.RELEASED
    if facts.started and facts.graded == facts.started:
        return SittingState.MARKED
    return SittingState.CLOSED


def check_times(
    doors_open_at: datetime, starts_at: datetime, ends_at: datetime, limit_minutes: int
) -> Verdict:
    """Do the times of a sitting make sense together?"""
    reasons = []
    if not doors_open_at <= starts_at < ends_at:
        words = Words(N_("时间应依次为：开放入场、开考、结束"))
        reasons.append(Reason("sitting.times", words, BASIS))
    elif (ends_at - starts_at).total_seconds() < limit_minutes * 60:
        words = Words(N_("开考到结束不足答题时长 %(minutes)s 分钟"), {"minutes": limit_minutes})
        reasons.append(Reason("sitting.too_short", words, BASIS))
    if limit_minutes < 1:
        reasons.append(Reason("sitting.limit", Words(N_("答题时长必须大于零")), BASIS))
    return Verdict(tuple(reasons))
