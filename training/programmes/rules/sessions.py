"""Training sessions (培训活动): their lifecycle, sign-up, check-in and attendance marks.

What was planned is changed until the session is held, and called off; a session that was
called off in error is taken up again. What was entered of a held session is corrected, and the
hours that rest on it follow. Each is a further entry with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from training.core.rules.machine import Machine, Transition
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

BASIS = "学习培训制度"


class SessionState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    CANCELLED = "cancelled"


SESSION_LABELS: dict[SessionState, str] = {
    SessionState.PLANNED: N_("筹备中"),
    SessionState.OPEN: N_("报名中"),
    SessionState.HELD: N_("已举办"),
    SessionState.CANCELLED: N_("已取消"),
}


class SessionAct(StrEnum):
    """What an entry of a session's history says."""

    CHANGED = "changed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    CORRECTED = "corrected"


ACT_LABELS: dict[SessionAct, str] = {
    SessionAct.CHANGED: N_("修改安排"),
    SessionAct.CANCELLED: N_("取消培训"),
    SessionAct.REOPENED: N_("恢复培训"),
    SessionAct.CORRECTED: N_("更正记录"),
}

#: What an entry names of a session, in the order in which pages show it.
FIELD_LABELS: dict[str, str] = {
    "title": N_("名称"),
    "title_en": N_("英文名称"),
    "starts_at": N_("开始时间"),
    "ends_at": N_("结束时间"),
    "place": N_("地点"),
    "minutes": N_("计入学时的分钟数"),
    "capacity": N_("名额"),
    "topic": N_("专题"),
    "form": N_("形式"),
    "summary": N_("说明"),
    "summary_en": N_("英文说明"),
    "cancel_reason": N_("取消的理由"),
}


class Mark(StrEnum):
    """What the trainer confirmed about one person (签到结果)."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"


MARK_LABELS: dict[Mark, str] = {
    Mark.PRESENT: N_("到场"),
    Mark.LATE: N_("迟到"),
    Mark.ABSENT: N_("缺席"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What the gates look at; for a correction ``starts_at`` is the start that is to stand."""

    starts_at: datetime
    now: datetime
    reason: str = ""


def _begun(facts: SessionFacts) -> Verdict:
    if facts.now < facts.starts_at:
        return refuse("session.not_begun", N_("培训尚未开始，不能登记到场"), basis=BASIS)
    return ALLOWED


def _cancellable(facts: SessionFacts) -> Verdict:
    if not facts.reason.strip():
        return refuse("REASON_REQUIRED", N_("请写明取消的理由"), basis=BASIS)
    return ALLOWED


def _reasoned(facts: SessionFacts) -> Verdict:
    if not facts.reason.strip():
        return refuse("REASON_REQUIRED", N_("请写明理由"), basis=BASIS)
    return ALLOWED


def _correctable(facts: SessionFacts) -> Verdict:
    verdict = _reasoned(facts)
    if facts.now < facts.starts_at:
        verdict &= refuse(
            "session.not_begun", N_("培训已经举办，开始时间不能晚于现在"), basis=BASIS
        )
    return verdict


def _sign_up_open(facts: SessionFacts) -> Verdict:
    if facts.now >= facts.starts_at:
        return refuse("session.begun", N_("培训已经开始，不能再开放报名"), basis=BASIS)
    return ALLOWED


_S = SessionState
_MANAGE = "programmes:session:manage"

SESSION = Machine(
    "training_session",
    SessionState,
    SessionState.PLANNED,
    [
        Transition("open", (_S.PLANNED,), _S.OPEN, _MANAGE, _sign_up_open, label=N_("开放报名")),
        Transition(
            "hold",
            (_S.PLANNED, _S.OPEN, _S.HELD),
            _S.HELD,
            "programmes:attendance:record",
            _begun,
            label=N_("登记到场"),
        ),
        Transition(
            "cancel",
            (_S.PLANNED, _S.OPEN),
            _S.CANCELLED,
            _MANAGE,
            _cancellable,
            label=N_("取消培训"),
        ),
        # People may know of a planned session, and have a place in an open one.
        Transition("change", (_S.PLANNED,), _S.PLANNED, _MANAGE, label=N_("修改安排")),
        Transition("change", (_S.OPEN,), _S.OPEN, _MANAGE, _reasoned, label=N_("修改安排")),
        Transition("correct", (_S.HELD,), _S.HELD, _MANAGE, _correctable, label=N_("更正培训记录")),
        Transition("reopen", (_S.CANCELLED,), _S.OPEN, _MANAGE, _reasoned, label=N_("恢复培训")),
    ],
)


def sign_up_gate(
    *, state: SessionState, starts_at: datetime, now: datetime, capacity: int, taken: int
) -> Verdict:
    """May one more person sign up? ``capacity`` 0 means no limit."""
    if state is not SessionState.OPEN or now >= starts_at:
        return refuse("session.sign_up_closed", N_("这次培训现在不接受报名"), basis=BASIS)
    if capacity and taken >= capacity:
        return refuse(
            "session.full", N_("名额已满（共 %(capacity)s 人），可以选择其他场次"), basis=BASIS,
            mend="programmes.sessions", capacity=capacity,
        )  # fmt: skip
    return ALLOWED


def door_is_open(
    *, state: SessionState, opens_at: datetime, ends_at: datetime, now: datetime
) -> bool:
    """Whether people at the place can check themselves in (自助签到) now."""
    return state in (SessionState.OPEN, SessionState.HELD) and opens_at <= now <= ends_at


def check_in_gate(
    *, state: SessionState, opens_at: datetime, ends_at: datetime, now: datetime
) -> Verdict:
    """May a learner check in now? It waits for the trainer's confirmation all the same."""
    if door_is_open(state=state, opens_at=opens_at, ends_at=ends_at, now=now):
        return ALLOWED
    return refuse("session.door_closed", N_("现在不在签到时间内，请联系教员登记"), basis=BASIS)


def mark_gate(
    *, mark: Mark, minutes: int, session_minutes: int, reason: str, himself: bool
) -> Verdict:
    """May the trainer record this mark? Late and absent need a reason; nobody marks himself."""
    verdict = ALLOWED
    if himself:
        verdict &= refuse("SELF", N_("不得给自己登记学时，请由其他教员登记"), basis=BASIS)
    if mark is not Mark.PRESENT and not reason.strip():
        verdict &= refuse("REASON_REQUIRED", N_("迟到、缺席请写明情况"), basis=BASIS)
    credited = mark is not Mark.ABSENT
    if credited and not 0 < minutes <= session_minutes:
        verdict &= refuse(
            "attendance.minutes",
            N_("计入分钟应在 1 至 %(most)s 之间"),
            basis=BASIS,
            most=session_minutes,
        )
    return verdict


def minutes_after(minutes: int, *, former: int, corrected: int) -> int:
    """What somebody is credited once a session's minutes are corrected: who had all of them has
    all again, who had a part keeps it, as far as the session was that long."""
    return corrected if minutes == former else min(minutes, corrected)
