"""The demo's annual appraisals: last year's, finished; this year's in three units of the first
district: figures being entered, a panel with a tie at its quota, and grades that are served,
objected to, or wait for a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from training.appraisal import bulk, ledgers, outcome, queries, rounds, scores, service
from training.appraisal.models import (
    AnnualAppraisal,
    AppraisalEvent,
    ComponentValue,
    FigureLine,
)
from training.appraisal.rules.annual import Component
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade
from training.appraisal.rules.indicators import LEDGER_MEASURES, IndicatorKind
from training.core import clock
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.people import facts
from training.people.rules.person import ServiceKind
from training.proceedings import service as procedure

from .city import City
from .people import Crowd
from .trail import Trail

PANEL = ("kaohe", "kaohe2", "kaohe3")
_REPORT = "一年来按时排查走访，所办纠纷均已回访，协议全部履行。不足之处是卷宗装订有时不及时。"
_OPINION = "作风踏实，群众反映好，同意提交考核小组评定。"
_EVIDENCE = "年度工作台账"
_OBJECTION = "群众满意度的回访名单里少了我办结的两件，请核对原始记录。"
_REASON = "任期内履职情况与考核结果相符"
_SHARES = {Grade.EXCELLENT: 100, Grade.COMPETENT: 90, Grade.BASIC: 79, Grade.UNFIT: 64}
"""Of each measure's points, in percent, what somebody of that grade earned."""


class _Year:
    """One round and those who work on it."""

    def __init__(self, crowd: Crowd, org: OrgUnit, year: int, at: datetime) -> None:
        self.crowd, self.hr = crowd, crowd.actor("renshi")
        people = [
            c for c in rounds.candidates(org, year, [ServiceKind.FULL_TIME], clock.today(at))
            if c.months
        ]  # fmt: skip
        self.round = rounds.open_round(
            self.hr, org, year, [c.person for c in people],
            {c.person.id: list(c.months) for c in people}, now=at,
        )  # fmt: skip
        self.people = list(
            db.session.scalars(
                sa.select(AnnualAppraisal)
                .where(AnnualAppraisal.round_id == self.round.id)
                .order_by(AnnualAppraisal.id)
            )
        )

    def own(self, appraisal: AnnualAppraisal) -> Actor:
        return self.crowd.actors[appraisal.person_id]

    def seat_panel(self, at: datetime) -> None:
        members = [self.crowd.named[name] for name in PANEL]
        panel = rounds.appoint_panel(self.hr, self.round, members, now=at)
        for name in PANEL:
            procedure.declare(self.crowd.actor(name), panel, False, "", now=at)

    def report(self, some: Sequence[AnnualAppraisal], at: datetime) -> None:
        for a in some:
            a.self_report = _REPORT
        self._step(some, "submit_self_report", AnnualState.SELF_REPORT, self.own, at)

    def opine(self, some: Sequence[AnnualAppraisal], at: datetime) -> None:
        for a in some:
            a.unit_opinion = _OPINION
        self._step(some, "give_unit_opinion", AnnualState.UNIT_OPINION, lambda _: self.hr, at)

    def _step(
        self, some: Sequence[AnnualAppraisal], action: str, after: AnnualState,
        by: Callable[[AnnualAppraisal], Actor], at: datetime,
    ) -> None:  # fmt: skip
        """A step of many at once, with the history and the audit entries that verbs leave."""
        trail, events = Trail(), []
        for a in some:
            actor = by(a)
            events.append(
                {
                    "appraisal_id": a.id, "action": action, "before": a.state, "after": after,
                    "actor_id": actor.person_id, "reason": "", "at": at,
                }
            )  # fmt: skip
            a.state = after
            trail.note(
                actor, f"appraisal:annual_appraisal:{action}", a, at, appraisal=a.public_id,
                state=str(after),
            )  # fmt: skip
        if events:
            db.session.execute(sa.insert(AppraisalEvent), events)
        trail.write()

    def fill(
        self, some: Sequence[AnnualAppraisal], earned: Mapping[int, int], at: datetime
    ) -> None:
        """Figures from the ledgers, then every other measure of every month and the marks of
        the year; ``earned`` is percent by appraisal id."""
        ledgers.enter(some, self.round, at)
        scheme = scores.scheme_of(self.round)
        measures = [
            i for i in scheme.indicators
            if i.kind is IndicatorKind.MEASURE and i.code not in LEDGER_MEASURES
        ]  # fmt: skip
        trail, lines, values = Trail(), [], []
        for a in some:
            share = earned[a.id]
            for month in a.months:
                for n, measure in enumerate(measures):
                    points = measure.points * max(0, share - (month + n) % 3) // 100
                    lines.append(
                        {
                            "public_id": new_public_id(), "appraisal_id": a.id, "month": month,
                            "indicator": measure.code, "delta": points, "evidence": _EVIDENCE,
                            "recorder_id": self.hr.person_id, "note": "", "at": at,
                        }
                    )  # fmt: skip
            for component in (Component.DOSSIER, Component.SATISFACTION, Component.PEER):
                values.append(
                    {
                        "appraisal_id": a.id, "component": str(component),
                        "value": min(10_000, share * 98), "evidence": "评查表、测评表",
                        "recorder_id": self.hr.person_id, "note": "", "at": at,
                    }
                )  # fmt: skip
            trail.note(self.hr, "appraisal:figure:record", a, at, months=len(a.months), demo=True)
        db.session.execute(sa.insert(FigureLine), lines)
        db.session.execute(sa.insert(ComponentValue), values)
        trail.write()

    def advance(self, action: str, at: datetime, some: Sequence[AnnualAppraisal] = ()) -> None:
        refs = [a.public_id for a in some]
        bulk.advance(self.hr, self.round, action, refs=refs, title=self.title, now=at)

    @property
    def title(self) -> str:
        return f"{self.round.year}年度考核结果"

    def to_panel(self, earned: Mapping[int, int], at: datetime) -> None:
        """From the call for reports to the panel's table."""
        self.seat_panel(at)
        self.report(self.people, at + timedelta(days=3))
        self.opine(self.people, at + timedelta(days=5))
        self.fill(self.people, earned, at + timedelta(days=6))
        self.advance("close_survey", at + timedelta(days=7))
        self.advance("review_dossiers", at + timedelta(days=8))

    def grade(self, at: datetime) -> None:
        """The panel follows the figures; who is beyond the quota becomes 称职."""
        member = self.crowd.actor(PANEL[0])
        db.session.flush()
        limit = queries.excellent_quota(self.round).limit
        found = scores.sheets_of(self.round, self.people)
        order = sorted(self.people, key=lambda a: -(found[a.id].annual.total or 0))
        for place, a in enumerate(order):
            sheet = found[a.id]
            if sheet.proposal is None or sheet.annual.total is None:
                raise LookupError(a.public_id)
            decided, reason = sheet.proposal.grade, ""
            if decided is Grade.EXCELLENT and place >= limit:
                decided, reason = Grade.COMPETENT, "优秀名额已满，按总分排序评为称职"
            service.grade(member, a, decided, reason, seen_total=sheet.annual.total, now=at)

    def announce(self, at: datetime) -> None:
        outcome.publish(
            self.hr, self.round, f"{self.round.year}年度考核拟评优秀人员公示",
            "经考核，拟评下列人员为优秀，现予公示。如有异议，请在公示期内反映。",
            receiving_office="春和区司法局人事科", telephone="0000-1010000", now=at,
        )  # fmt: skip


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Last year's round of the first district, then this year's three."""
    district = city.districts[0]
    year = clock.today(now).year
    _last_year(crowd, district, year - 1, now)
    _tied(crowd, city.offices[1], year, now - timedelta(days=12))
    _told(crowd, city.offices[2], year, now - timedelta(days=44))
    _under_way(crowd, district, year, now)


def _quality(people: Sequence[AnnualAppraisal], *, everywhere: bool) -> dict[int, int]:
    """Percent by appraisal id: a few of each grade where there are many, else a row of good
    ones."""
    found = {}
    for n, a in enumerate(people):
        grade = Grade.COMPETENT
        if n % 6 == 0:
            grade = Grade.EXCELLENT
        elif everywhere and n % 20 == 7:
            grade = Grade.BASIC
        elif everywhere and n % 40 == 13:
            grade = Grade.UNFIT
        found[a.id] = _SHARES[grade] - n % 2
    return found


def _last_year(crowd: Crowd, district: OrgUnit, year: int, now: datetime) -> None:
    """Finished long ago; one person was 不称职 for the second year, on whom the leader opened an
    exit review."""

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    work = _Year(crowd, district, year, ago(170))
    work.to_panel(_quality(work.people, everywhere=True), ago(168))
    work.grade(ago(158))
    work.advance("check_quota", ago(157))
    work.announce(ago(156))
    work.advance("serve", ago(130))
    db.session.flush()
    unfit = [a for a in work.people if a.grade is Grade.UNFIT]
    twice = next(a for a in unfit if a.person_id not in _named(crowd))
    facts.record(
        work.hr, twice.person, queries.GRADE_FACT, clock.today(ago(500)),
        {"year": year - 1, "grade": str(Grade.UNFIT), "total": 6100}, now=ago(500),
    )  # fmt: skip
    db.session.flush()
    work.advance("finalise", ago(100))
    leader = crowd.actor("lingdao")
    actions = {
        Grade.EXCELLENT: "renew", Grade.COMPETENT: "renew", Grade.BASIC: "renew_with_training",
        Grade.UNFIT: "suspend_and_retrain",
    }  # fmt: skip
    for a in work.people:
        if a.grade is None:
            raise LookupError(a.public_id)
        action = "open_exit_review" if a is twice else actions[a.grade]
        outcome.decide(leader, a, action, _REASON, now=ago(95))


def _named(crowd: Crowd) -> set[int]:
    return {p.id for p in crowd.named.values()}


def _tied(crowd: Crowd, office: OrgUnit, year: int, at: datetime) -> None:
    """Graded but for the last person; two are equal at the one seat that is left."""
    work = _Year(crowd, office, year, at)
    work.to_panel(
        {a.id: _SHARES[Grade.EXCELLENT if n < 3 else Grade.COMPETENT] for n, a in
         enumerate(work.people)}, at,
    )  # fmt: skip
    member = crowd.actor(PANEL[1])
    found = scores.sheets_of(work.round, work.people)
    for a in work.people[:-1]:
        sheet = found[a.id]
        if sheet.proposal is None or sheet.annual.total is None:
            raise LookupError(a.public_id)
        service.grade(
            member, a, sheet.proposal.grade, "", seen_total=sheet.annual.total,
            now=at + timedelta(days=10),
        )  # fmt: skip


def _told(crowd: Crowd, office: OrgUnit, year: int, at: datetime) -> None:
    """Served: one accepted, one objected, one's time is over, one is final and waits for the
    leader; who was announced is still to be served."""

    def later(days: int) -> datetime:
        return at + timedelta(days=days)

    work = _Year(crowd, office, year, at)
    work.to_panel(_quality(work.people, everywhere=False), later(1))
    work.grade(later(10))
    work.advance("check_quota", later(11))
    work.announce(later(12))
    db.session.flush()
    waiting = [a for a in work.people if a.state is AnnualState.QUOTA_CHECK]
    first, second, third, *others = waiting
    work.advance("serve", later(13), [first, second])
    work.advance("finalise", later(36), [first])
    outcome.accept(work.own(second), second, now=later(15))
    work.advance("serve", later(42), [third, *others[:1]])
    objection = outcome.object_to_grade(
        work.own(third), third, _OBJECTION, work.title, now=later(43)
    )
    procedure.assign_reviewer(
        work.hr, objection, crowd.named["fuhe"], now=later(43) + timedelta(hours=3)
    )


def _under_way(crowd: Crowd, district: OrgUnit, year: int, now: datetime) -> None:
    """Of the whole district but those two offices: reports are owed, opinions are owed, figures
    are to be imported, some lie before the panel."""
    at = now - timedelta(days=6)
    work = _Year(crowd, district, year, at)
    work.seat_panel(at + timedelta(hours=2))
    named = _named(crowd)
    others = [a for a in work.people if a.person_id not in named]
    own = [a for a in work.people if a.person_id in named]
    reported = [*others[: len(others) // 2], *[a for a in own if _is(crowd, a, "daoqi")]]
    work.report(reported, at + timedelta(days=2))
    judged = reported[: len(reported) // 2]
    work.opine(judged, at + timedelta(days=3))
    ready = judged[: len(judged) // 2]
    work.fill(ready, _quality(ready, everywhere=True), at + timedelta(days=4))
    work.advance("close_survey", at + timedelta(days=5), ready)
    work.advance("review_dossiers", at + timedelta(days=5, hours=2), ready)


def _is(crowd: Crowd, appraisal: AnnualAppraisal, username: str) -> bool:
    return appraisal.person_id == crowd.named[username].id
