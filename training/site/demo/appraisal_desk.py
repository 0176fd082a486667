"""Writes the demo's appraisals by the hundred: steps, figures, grades, service, each with its
event, its facts and its audit entry, as the services of the room leave them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from training.appraisal import ledgers, outcome, queries, rounds, scores
from training.appraisal.models import (
    AnnualAppraisal,
    AppraisalEvent,
    AppraisalRound,
    AppraisalScore,
    ComponentValue,
    FigureLine,
)
from training.appraisal.rules.annual import Component
from training.appraisal.rules.annual_lifecycle import ANNUAL_APPRAISAL, AnnualState
from training.appraisal.rules.indicators import LEDGER_MEASURES, IndicatorKind
from training.core import clock
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.people.models import Fact
from training.people.rules.person import ServiceKind
from training.proceedings.models import ServiceRecord
from training.proceedings.rules.lifecycle import Method

from . import bulk, trials
from .people import Crowd
from .trail import Trail

_REPORT = "全年按时到岗，调解纠纷、开展排查和法治宣传，按月报送台账；明年将加强卷宗整理。"
_OPINION = "工作认真负责，群众反映良好，单位同意所述情况。"

_PERMISSION = "appraisal:annual_appraisal"
_MINE = "/my/appraisal"
_COMPONENTS = (Component.DOSSIER, Component.SATISFACTION, Component.PEER)
_PAPERS = {
    Component.DOSSIER: "卷宗评查表", Component.SATISFACTION: "群众满意度回访表",
    Component.PEER: "同行评议表",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hands:
    """User names of those who enter figures, lead the round, decide at its end, and grade."""

    recorder: str
    hr: str
    leader: str
    panel: tuple[str, ...]


@dataclass(slots=True)
class Desk:
    """A round at work: its people in the order of the list."""

    crowd: Crowd
    hands: Hands
    round: AppraisalRound
    people: list[AnnualAppraisal]
    events: list[dict[str, Any]] = field(default_factory=list)
    served: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    trail: Trail = field(default_factory=Trail)

    @classmethod
    def open(cls, crowd: Crowd, hands: Hands, org: OrgUnit, year: int, now: datetime) -> Desk:
        """Open a round for the full-time people of a unit whom no other holds, with a panel
        that has declared."""
        found = [
            c for c in rounds.candidates(org, year, [ServiceKind.FULL_TIME], clock.today(now))
            if c.months
        ]  # fmt: skip
        hr = crowd.actor(hands.hr)
        round_ = rounds.open_round(
            hr, org, year, [c.person for c in found], {c.person.id: list(c.months) for c in found},
            now=now,
        )  # fmt: skip
        members = [crowd.named[name] for name in hands.panel]
        panel = rounds.appoint_panel(hr, round_, members, now=now)
        trials.declared(crowd, panel, now + timedelta(hours=5), hands.panel)
        people = db.session.scalars(
            sa.select(AnnualAppraisal)
            .where(AnnualAppraisal.round_id == round_.id)
            .order_by(AnnualAppraisal.id)
        )
        return cls(crowd, hands, round_, list(people))

    def actor(self, username: str) -> Actor:
        return self.crowd.actor(username)

    @property
    def hr(self) -> Actor:
        return self.actor(self.hands.hr)

    @property
    def leader(self) -> Actor:
        return self.actor(self.hands.leader)

    @property
    def named(self) -> set[int]:
        """Person ids of the accounts that the README names."""
        return {p.id for p in self.crowd.named.values()}

    def own(self, appraisal: AnnualAppraisal) -> Actor:
        """The person appraised."""
        return self.crowd.actors[appraisal.person_id]

    def walk(
        self, people: Iterable[AnnualAppraisal], action: str, actor: Actor | None, at: datetime,
        reason: str = "",
    ) -> None:  # fmt: skip
        """Take one step for many; without an actor each for themself."""
        for n, a in enumerate(people):
            when = at + timedelta(minutes=3 * n)
            step = ANNUAL_APPRAISAL.find(a.state, action)
            if step is None:
                raise LookupError(f"{a.state} {action}")
            self._note(a, action, AnnualState(step.target), actor or self.own(a), when, reason)
            if action == "submit_self_report":
                a.self_report = _REPORT
            elif action == "give_unit_opinion":
                a.unit_opinion = _OPINION
            elif action == "serve":
                self._serve(a, actor or self.hr, when)

    def _note(
        self, a: AnnualAppraisal, action: str, after: AnnualState, actor: Actor, at: datetime,
        reason: str = "",
    ) -> None:  # fmt: skip
        self.events.append(
            {
                "appraisal_id": a.id, "action": action, "before": a.state, "after": after,
                "actor_id": actor.person_id, "reason": reason, "at": at,
            }
        )  # fmt: skip
        self.trail.note(
            actor, f"{_PERMISSION}:{action}", (queries.APPRAISAL, a.public_id, a.org_id), at,
            done=action, appraisal=a.public_id, state=str(after),
        )  # fmt: skip
        a.state = after

    def _serve(self, a: AnnualAppraisal, actor: Actor, at: datetime) -> None:
        title = outcome.grade_title(a)
        self.served.append(
            {
                "public_id": new_public_id(), "org_id": a.org_id, "person_id": a.person_id,
                "matter_type": queries.APPRAISAL, "matter_ref": a.public_id,
                "title": title.message, "title_params": title.params, "url": _MINE, "method": Method.SITE, "note": "",
                "served_on": clock.today(at), "served_at": at, "served_by": actor.person_id,
            }
        )  # fmt: skip

    def accept(self, people: Iterable[AnnualAppraisal], at: datetime) -> None:
        """Everybody accepts the grade."""
        for n, a in enumerate(people):
            when = at + timedelta(minutes=2 * n)
            self._note(a, "accept", a.state, self.own(a), when)
            a.accepted_at = when

    def finalise(self, people: Iterable[AnnualAppraisal], at: datetime) -> None:
        """Grades without a consequence become final: the file knows them."""
        for a in people:
            self._note(a, "finalise", AnnualState.FINALISED, self.hr, at)
            self.facts.append(
                {
                    "public_id": new_public_id(), "person_id": a.person_id, "org_id": a.org_id,
                    "kind": queries.GRADE_FACT, "occurred_on": clock.today(at),
                    "value": {"year": self.round.year, "grade": str(a.grade), "total": a.total},
                    "source_type": queries.APPRAISAL, "source_ref": a.public_id,
                    "recorded_at": at, "recorded_by": self.hr.ref,
                }
            )  # fmt: skip

    def to_panel(self, people: Sequence[AnnualAppraisal], at: datetime, days: int) -> None:
        """Report, opinion, survey and dossiers, within so many days."""
        self.walk(people, "submit_self_report", None, at)
        late = at + timedelta(days=days)
        self.walk(people, "give_unit_opinion", self.hr, at + timedelta(days=days // 2))
        self.walk(people, "close_survey", self.hr, late - timedelta(days=1))
        self.walk(people, "review_dossiers", self.hr, late)

    def figures(
        self, people: Sequence[AnnualAppraisal], shares: Mapping[int, int], at: datetime
    ) -> None:
        """Hours and exams from their ledgers; each other measure and component at the person's
        share (percent), as a sheet would bring them."""
        recorder = self.actor(self.hands.recorder)
        ledgers.enter(people, self.round, at)
        measures = [
            i for i in scores.scheme_of(self.round).indicators
            if i.kind is IndicatorKind.MEASURE and i.code not in LEDGER_MEASURES
        ]  # fmt: skip
        common = {"recorder_id": recorder.person_id, "note": "", "at": at}
        year = self.round.year
        lines = [
            common | {
                "public_id": new_public_id(), "appraisal_id": a.id, "month": month,
                "indicator": i.code, "delta": i.points * shares[a.id] // 100, "corrects_id": None,
                "evidence": f"{year}年{month}月工作台账",
            }
            for a in people for month in a.months for i in measures
        ]  # fmt: skip
        values = [
            common | {
                "appraisal_id": a.id, "component": str(c), "value": shares[a.id] * 100,
                "evidence": f"{year}年{_PAPERS[c]}",
            }
            for a in people for c in _COMPONENTS
        ]  # fmt: skip
        bulk.insert(FigureLine, lines)
        bulk.insert(ComponentValue, values)
        self.trail.note(
            recorder, "appraisal:round:figures",
            (queries.ROUND, self.round.public_id, self.round.org_id), at,
            entered=len(lines) + len(values), people=len(people),
        )  # fmt: skip

    def grade(self, people: Sequence[AnnualAppraisal], at: datetime) -> None:
        """The panel follows what the figures propose; what that rested on is kept."""
        sheets = scores.sheets_of(self.round, people)
        panel = sorted(self.crowd.named[name].id for name in self.hands.panel)
        rows = []
        for n, a in enumerate(people):
            sheet = sheets[a.id]
            if sheet.proposal is None:
                raise LookupError(a.public_id)
            a.total, a.proposed = sheet.annual.total, sheet.proposal.grade
            a.grade = sheet.proposal.grade
            rows.append(
                {
                    "appraisal_id": a.id, "inputs": sheet.inputs, "total": a.total,
                    "proposed": a.proposed, "grade": a.grade, "reason": "", "panel": panel,
                    "at": at + timedelta(minutes=3 * n),
                }
            )  # fmt: skip
        self.walk(people, "grade", self.actor(self.hands.panel[0]), at)
        bulk.insert(AppraisalScore, rows)

    def write(self) -> None:
        """Insert what was noted since the last time."""
        db.session.flush()
        for model, rows in (
            (AppraisalEvent, self.events), (ServiceRecord, self.served), (Fact, self.facts),
        ):  # fmt: skip
            if rows:
                bulk.insert(model, rows)
                rows.clear()
        self.trail.write()
