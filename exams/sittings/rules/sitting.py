"""Sitting (考试场次): what is decided about it, and what it is at a moment.

What was planned is corrected before the doors open by a further entry (改期、变更), and called
off (取消) as long as nobody has begun to write. Both leave the sitting and its history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Reason, Verdict, refuse
from training.core.rules.words import N_, Words

BASIS = "考场规则"


class SittingStage(StrEnum):
    """What people decide: a plan, published to candidates, or called off."""

    PLANNED = "planned"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class SittingState(StrEnum):
    """What a sitting is at a moment."""

    PLANNED = "planned"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    MARKED = "marked"
    RELEASED = "released"
    CANCELLED = "cancelled"


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
        SittingState.CANCELLED: N_("已取消"),
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
    if facts.stage is SittingStage.CANCELLED:
        return SittingState.CANCELLED
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """What the gates of a sitting look at. ``begun`` counts the attempts that were begun,
    ``reason`` is what the person who acts has typed."""

    now: datetime
    doors_open_at: datetime
    begun: int = 0
    reason: str = ""


def hall_gate(actor: int | None, named: Mapping[int, str]) -> Verdict:
    """Who was named proctors a sitting (``named``: person id to name), and nobody else; where
    nobody was named, whoever holds the role there."""
    if not named or actor in named:
        return ALLOWED
    return refuse(
        "NOT_NAMED",
        N_("本场考试由%(who)s监考，您未被指定。确需替换的，请由安排考试的人改定监考员"),
        basis=BASIS,
        who="、".join(named.values()),
    )


def _before_doors(facts: PlanFacts) -> Verdict:
    if facts.now < facts.doors_open_at:
        return ALLOWED
    return refuse("DOORS_OPEN", N_("已过开放入场时间，不能再改"), basis=BASIS)


def _publishable(facts: PlanFacts) -> Verdict:
    if facts.now < facts.doors_open_at:
        return ALLOWED
    return refuse("PAST", N_("已过入场时间，不能再公布"), basis=BASIS)


def _reason_typed(facts: PlanFacts) -> Verdict:
    if facts.reason.strip():
        return ALLOWED
    return refuse("REASON_REQUIRED", N_("请写明理由，考生会看到"), basis=BASIS)


def _told_changeable(facts: PlanFacts) -> Verdict:
    """People have arranged their day by what was published: they are owed the reason."""
    return _before_doors(facts) & _reason_typed(facts)


def _cancellable(facts: PlanFacts) -> Verdict:
    """Called off as long as nobody has begun: also at the door when the power fails, and
    afterwards when it turns out that nobody could sit, so that nobody is listed as absent
    from an exam that did not take place."""
    verdict = _reason_typed(facts)
    if facts.begun:
        verdict &= refuse(
            "BEGUN", N_("已有 %(count)s 名考生开始答题，不能取消"), basis=BASIS, count=facts.begun
        )
    return verdict


SITTING = Machine(
    "exam_sitting",
    SittingStage,
    SittingStage.PLANNED,
    [
        Transition(
            "publish",
            (SittingStage.PLANNED,),
            SittingStage.PUBLISHED,
            "sittings:sitting:publish",
            _publishable,
            label=N_("公布"),
        ),
        Transition(
            "change",
            (SittingStage.PLANNED,),
            SittingStage.PLANNED,
            "sittings:sitting:change",
            _before_doors,
            label=N_("变更安排"),
        ),
        Transition(
            "change",
            (SittingStage.PUBLISHED,),
            SittingStage.PUBLISHED,
            "sittings:sitting:change",
            _told_changeable,
            label=N_("变更安排"),
        ),
        Transition(
            "cancel",
            (SittingStage.PLANNED, SittingStage.PUBLISHED),
            SittingStage.CANCELLED,
            "sittings:sitting:cancel",
            _cancellable,
            label=N_("取消考试"),
        ),
    ],
    final=[SittingStage.CANCELLED],
)


class SittingAct(StrEnum):
    """What the history of a sitting tells."""

    CHANGED = "changed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    ENTERED_AGAIN = "entered_again"


ACT_LABELS: Mapping[SittingAct, str] = MappingProxyType(
    {
        SittingAct.CHANGED: N_("变更考试安排"),
        SittingAct.CANCELLED: N_("取消考试"),
        SittingAct.WITHDRAWN: N_("撤销列入"),
        SittingAct.ENTERED_AGAIN: N_("重新列入"),
    }
)
#: What a change may touch, in the order in which it is told.
FIELD_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "title": N_("名称"),
        "title_en": N_("英文名称"),
        "paper": N_("试卷"),
        "doors_open_at": N_("开放入场"),
        "starts_at": N_("开考时间"),
        "ends_at": N_("结束时间"),
        "limit_minutes": N_("答题时长"),
        "admission": N_("入场方式"),
        "place": N_("地点"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """When, where and how a sitting is held; ``paper`` by its public id, for the history."""

    title: str
    title_en: str = ""
    paper: str = ""
    doors_open_at: datetime
    starts_at: datetime
    ends_at: datetime
    limit_minutes: int
    admission: Admission
    place: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """As the history keeps them: moments as ISO text in UTC."""
        found = {name: getattr(self, name) for name in FIELD_LABELS}
        return {
            name: v.astimezone(UTC).isoformat() if isinstance(v, datetime) else v
            for name, v in found.items()
        }


def differences(before: Arrangement, after: Arrangement) -> tuple[dict[str, Any], dict[str, Any]]:
    """The old and the new values of what differs, in the order of ``FIELD_LABELS``."""
    old, new = before.values, after.values
    changed = [name for name in FIELD_LABELS if old[name] != new[name]]
    return {n: old[n] for n in changed}, {n: new[n] for n in changed}


def check_start(starts_at: datetime, now: datetime) -> Verdict:
    """A sitting is planned, or moved, into the future."""
    if starts_at > now:
        return ALLOWED
    return refuse("PAST", N_("开考时间必须晚于现在"), basis=BASIS)


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
