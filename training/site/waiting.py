"""待您办理: the work that waits for somebody, each figure leading to the list behind it.

A row is a permission, a count over what that permission shows, and the page where the work
is done. What waits for nobody here is not drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from certificates import board
from exams.bank.models import Question
from exams.bank.rules.review import ReviewState
from exams.marking.models import Appeal, AppealState
from exams.sittings.models import Attempt
from exams.sittings.rules.attempt import AttemptState
from training.appraisal.models import AnnualAppraisal
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.core import access, clock, lists, orgs
from training.core.db import db
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.employment import appointment_lists, exit_lists, renewals
from training.employment import queries as employment
from training.employment.models import Opening, RecruitmentCase
from training.employment.rules.recruitment import RecruitmentState
from training.proceedings.models import Objection
from training.proceedings.rules.lifecycle import ObjectionState
from training.programmes.models import TrainingSession
from training.programmes.rules.sessions import SessionState


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work. ``count`` gets the actor, the permission and the moment."""

    label: str
    icon: str
    permission: str
    count: Callable[[Actor, str, datetime], int]
    endpoint: str
    args: tuple[tuple[str, str], ...] = ()


def _of(model: Any, *where: sa.ColumnElement[bool]) -> Callable[[Actor, str, datetime], int]:
    """How many records of a model the actor may decide on, under a condition."""

    def count(actor: Actor, permission: str, now: datetime) -> int:
        seen = access.visible(actor, permission, model)
        query = sa.select(sa.func.count()).select_from(model).where(seen, *where)
        return int(db.session.scalar(query) or 0)

    return count


def _listed(query: Callable[[Actor], sa.Select[Any]]) -> Callable[[Actor, str, datetime], int]:
    """How many stand on a list that is the actor's own."""
    return lambda actor, _permission, _now: lists.count(query(actor))


def _sessions(actor: Actor, permission: str, now: datetime) -> int:
    """Sessions that began and whose class list was not confirmed."""
    begun = TrainingSession.starts_at < now
    still = TrainingSession.state.in_((SessionState.PLANNED, SessionState.OPEN))
    return _of(TrainingSession, begun, still)(actor, permission, now)


def _interviews(actor: Actor, permission: str, now: datetime) -> int:
    return sum(not done for _, done in employment.interviews_of(actor))


def _objections(actor: Actor, permission: str, now: datetime) -> int:
    """Only what was given to this reviewer."""
    given = Objection.reviewer_id == actor.person_id
    still = Objection.state == ObjectionState.ASSIGNED
    return _of(Objection, given, still)(actor, permission, now)


def _to_decide(actor: Actor, permission: str, now: datetime) -> int:
    return len(appointment_lists.to_approve(actor))


def _renewals_to_decide(actor: Actor, permission: str, now: datetime) -> int:
    return lists.count(exit_lists.proposed_renewals(actor, clock.today(now)))


def _seats(actor: Actor, permission: str, now: datetime) -> int:
    return exit_lists.seats(actor.person_id or 0)


def _open_exits(actor: Actor, permission: str, now: datetime) -> int:
    return exit_lists.open_reviews(actor)


def _renewals_due(actor: Actor, permission: str, now: datetime) -> int:
    today = clock.today(now)
    return lists.count(exit_lists.due_renewals(actor, today, renewals.window_days(today)))


def _cases(*states: RecruitmentState) -> Callable[[Actor, str, datetime], int]:
    return _of(RecruitmentCase, RecruitmentCase.state.in_(states))


def _appraisals(state: AnnualState) -> Callable[[Actor, str, datetime], int]:
    return _of(AnnualAppraisal, AnnualAppraisal.state == state)


def _expiring(actor: Actor, permission: str, now: datetime) -> int:
    """Certificates that end soon, as the board counts them."""
    top = next(iter(orgs.in_reach(actor, board.READ)), None)
    if top is None:
        return 0
    setting = board.setting(top, clock.today(now))
    return board.total(actor, board.apply({"state": "expiring"}, "", setting))


_APPRAISALS = "appraisal.rounds"
_BOARD = "certificates.board"
_CASES = "employment.cases"
_MARKING = "exams_marking.sittings"
WORK: tuple[Work, ...] = (
    Work(
        N_("面试等您评分"), "recruit", "employment:interview:score", _interviews,
        "employment.my_interviews",
    ),
    Work(
        N_("聘任等您审批"), "exit", "employment:appointment:approve", _to_decide,
        "employment.to_decide",
    ),
    Work(
        N_("续聘等您审批"), "exit", "employment:appointment:renew", _renewals_to_decide,
        "employment.to_decide",
    ),
    Work(
        N_("解聘与退出等您决定"), "exit", "employment:exit_review:decide",
        _listed(exit_lists.heard_reviews), "employment.to_decide",
    ),
    Work(
        N_("死亡登记等您核准"), "exit", "employment:appointment:terminate",
        _listed(exit_lists.reported_deaths), "employment.to_decide",
    ),
    Work(
        N_("解聘与退出等您评议"), "exit", "employment:exit_review:opine", _seats,
        "employment.exit_reviews",
    ),
    Work(
        N_("解聘与退出办理中"), "exit", "employment:exit_review:serve", _open_exits,
        "employment.exit_reviews",
    ),
    Work(
        N_("任期即将届满"), "calendar", "employment:appointment:propose_renewal", _renewals_due,
        "employment.renewals",
    ),
    Work(
        N_("拟聘人员等您确定"), "recruit", "employment:recruitment:confirm",
        _cases(RecruitmentState.PUBLIC_NOTICE), "employment.to_decide",
    ),
    Work(
        N_("选聘计划等您批准"), "recruit", "employment:recruitment:approve_plan",
        _of(Opening, Opening.state == RecruitmentState.DRAFT), "employment.to_decide",
    ),
    Work(
        N_("报名等待资格审查"), "recruit", "employment:recruitment:begin_review",
        _cases(RecruitmentState.APPLIED), _CASES, (("state", RecruitmentState.APPLIED),),
    ),
    Work(
        N_("资格审查等待结论"), "recruit", "employment:recruitment:shortlist",
        _cases(RecruitmentState.QUALIFICATION_REVIEW), _CASES,
        (("state", RecruitmentState.QUALIFICATION_REVIEW),),
    ),
    Work(
        N_("考核等待评定等次"), "appraisal", "appraisal:annual_appraisal:grade",
        _appraisals(AnnualState.DOSSIER_REVIEW), _APPRAISALS,
    ),
    Work(
        N_("考核等待单位评议"), "appraisal", "appraisal:annual_appraisal:give_unit_opinion",
        _appraisals(AnnualState.SELF_REPORT), _APPRAISALS,
    ),
    Work(
        N_("考核等次等待送达"), "appraisal", "appraisal:annual_appraisal:serve",
        _appraisals(AnnualState.QUOTA_CHECK), _APPRAISALS,
    ),
    Work(
        N_("考核等您作聘用决定"), "appraisal", "appraisal:annual_appraisal:decide",
        _appraisals(AnnualState.FINALISED), _APPRAISALS,
    ),
    Work(
        N_("培训班等待登记到场"), "class", "programmes:attendance:record", _sessions,
        "programmes.manage",
    ),
    Work(
        N_("试题待复核"), "bank", "bank:question:approve",
        _of(Question, Question.state == ReviewState.NEEDS_REVIEW), "exams_bank.questions",
        (("state", ReviewState.NEEDS_REVIEW),),
    ),
    Work(
        N_("答卷等待复核"), "marking", "sittings:attempt:review",
        _of(Attempt, Attempt.state == AttemptState.GRADED), _MARKING,
    ),
    Work(
        N_("成绩等待发布"), "marking", "sittings:attempt:release",
        _of(Attempt, Attempt.state == AttemptState.REVIEWED), _MARKING,
    ),
    Work(
        N_("成绩申诉等待决定"), "note", "sittings:attempt:dismiss_appeal",
        _of(Appeal, Appeal.state == AppealState.OPEN), "exams_marking.appeals",
    ),
    Work(
        N_("异议等待指定复核人"), "note", "proceedings:objection:assign",
        _of(Objection, Objection.state == ObjectionState.FILED), "proceedings.objections",
    ),
    Work(
        N_("异议与申诉等您复核"), "note", "proceedings:objection:decide", _objections,
        "proceedings.objections",
    ),
    Work(
        N_("证书即将到期"), "certificate", "certificates:certificate:renew", _expiring, _BOARD,
        (("state", "expiring"),),
    ),
)  # fmt: skip


def of(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The rows of the card: only work that there is."""
    rows = []
    for work in WORK:
        if not access.holds(actor, work.permission):
            continue
        n = work.count(actor, work.permission, now)
        if n:
            rows.append(
                {
                    "label": gettext(work.label),
                    "icon": work.icon,
                    "url": url_for(work.endpoint, **dict(work.args)),  # type: ignore[arg-type]
                    "value": n,
                }
            )
    return rows
