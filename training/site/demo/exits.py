"""The demo's exit reviews: one before each hand, from evidence to be served to a closed file."""

from __future__ import annotations

from datetime import datetime, timedelta

from training.core import clock
from training.core.db import db
from training.employment import exit_closing, exit_decisions, exit_queries, exits
from training.employment.appointment_models import Appointment
from training.employment.exit_closing import Line, Papers
from training.employment.exit_models import ExitReview
from training.employment.exits import Evidence
from training.employment.rules.appointment import Engagement
from training.employment.rules.exit_evidence import EvidenceKind
from training.employment.rules.exit_gates import CertificateEnding, ExitGround
from training.proceedings import objections
from training.proceedings.models import Objection
from training.proceedings.rules.lifecycle import Method

from . import trials
from .city import City
from .people import Crowd

_G = ExitGround
_FACTS = {
    _G.REDUNDANCY: ("所在社区调委会撤并，岗位不再保留", "街道关于社区调委会撤并的通知"),
    _G.AGE_HEALTH: ("因健康原因长期不能到岗，本人与单位多次沟通", "医院诊断证明和考勤记录"),
    _G.VETO_ACT: ("查实编造调解案件两件，情节严重", "区司法局案卷核查报告，附当事人谈话记录"),
}
_STATEMENT = "情况属实，但我在社区工作多年，请组织考虑实际困难。"
_OPINION = "评议小组听取了本人陈述，查阅了全部材料，一致认为事实清楚。"
_APPEAL = "认为决定没有考虑本人多年的工作，请求复核。"
_REASON = "事实清楚，依据充分，程序完备，已听取本人陈述。"
_DISMISSED = "经查阅全部材料并听取双方意见，原决定事实清楚、程序完备，予以维持。"
_SETTLED = 60
"""How many days before the demo's day the oldest story began."""


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Everything through the services in the first district, each act on its own day."""
    today = clock.today(now)
    held = trials.running(city.districts[0], today)
    later = [a for a in held if a.term_end > today + timedelta(days=200)]
    others = iter(trials.unnamed(crowd, later)[3:])
    own = {a.person_id: a for a in held}
    story = _Story(crowd, now)

    story.proposed(next(others), _G.REDUNDANCY, 1)
    story.served(own[crowd.named["chenshu"].id], _G.REDUNDANCY, 2)
    story.heard(next(others), _G.VETO_ACT, 9)
    story.decided(own[crowd.named["shensu"].id], _G.REDUNDANCY, 34)
    story.appealed(next(others), _G.VETO_ACT, 36)
    story.handing_over(next(others), _G.AGE_HEALTH, 34)
    dispatched = next(a for a in others if a.engagement is Engagement.LABOUR_DISPATCH)
    story.closed(dispatched, _G.VETO_ACT, _SETTLED)
    story.retained(next(others), _G.AGE_HEALTH, 50)
    db.session.flush()


class _Story:
    """Takes reviews through their life; each later stage goes through the earlier ones.
    ``days`` is how long ago the review was proposed."""

    def __init__(self, crowd: Crowd, now: datetime) -> None:
        self.crowd, self.now = crowd, now
        self.hr, self.approver = crowd.actor("renshi"), crowd.actor("lingdao")

    def _ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    def proposed(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        facts, paper = _FACTS[ground]
        line = Evidence(EvidenceKind.STATEMENT, paper)
        return exits.propose(self.hr, appointment, (ground,), facts, (line,), now=self._ago(days))

    def served(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        review = self.proposed(appointment, ground, days)
        at = self._ago(days) + timedelta(hours=3)
        exits.serve_evidence(self.hr, review, Method.SITE, "", now=at)
        return review

    def heard(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """The person has spoken, the panel has given its opinion: the decision is due."""
        review = self.served(appointment, ground, days)
        own = self.crowd.actors[review.person_id]
        exits.give_statement(own, review, _STATEMENT, now=self._ago(days - 2))
        members = tuple(self.crowd.named[name] for name in trials.PANEL)
        panel = exits.appoint_panel(self.hr, review, members, now=self._ago(days - 3))
        trials.declared(self.crowd, panel, self._ago(days - 4))
        exits.convene_panel(self.hr, review, now=self._ago(days - 5))
        exits.give_opinion(self.crowd.actor("kaohe"), review, _OPINION, now=self._ago(days - 6))
        return review

    def decided(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """Decided and served; served so that the time for an appeal is about to end."""
        review = self.heard(appointment, ground, days)
        self._decide(review, trials.ending_now(self.now, 5))
        return review

    def _decide(self, review: ExitReview, served_at: datetime) -> None:
        year = clock.today(served_at).year
        exit_decisions.decide(
            self.approver, review, _REASON, f"调委会{year}年第8次会议决议",
            exit_queries.file_of(review).version, now=served_at - timedelta(hours=20),
        )  # fmt: skip
        exit_decisions.serve_decision(self.hr, review, Method.SITE, "", now=served_at)

    def appealed(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """The appeal is before its reviewer."""
        review = self.heard(appointment, ground, days)
        filed_at = trials.ending_now(self.now, 5)
        self._decide(review, filed_at - timedelta(days=1))
        self._appeal(review, filed_at)
        return review

    def _appeal(self, review: ExitReview, at: datetime) -> Objection:
        own = self.crowd.actors[review.person_id]
        filed = exit_decisions.appeal(own, review, _APPEAL, now=at)
        objections.assign_reviewer(
            self.crowd.actor("renshi2"),
            filed,
            self.crowd.named["fuhe"],
            now=at + timedelta(hours=2),
        )
        return filed

    def handed_over(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """The appeal was dismissed and the work handed over."""
        review = self.heard(appointment, ground, days)
        self._decide(review, self._ago(days - 8))
        filed = self._appeal(review, self._ago(days - 10))
        objections.decide_objection(
            self.crowd.actor("fuhe"), filed, False, _DISMISSED, now=self._ago(days - 16)
        )
        self._hand_over(review, "调解案卷和台账", True, days - 18)
        return review

    def _hand_over(self, review: ExitReview, item: str, done: bool, ago: int) -> None:
        at = self._ago(ago)
        to = "示例·调委" if done else ""
        line = Line(item, 0, to, clock.today(at) if done else None)
        exit_closing.record_handover(self.hr, review, line, None, "", now=at)

    def handing_over(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """The same with a line of the sheet that is still open."""
        review = self.handed_over(appointment, ground, days)
        self._hand_over(review, "办公用品和钥匙", False, days - 18)
        return review

    def closed(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """Everything is settled: papers withdrawn, returned to the agency, closed."""
        review = self.handed_over(appointment, ground, days)
        papers = Papers(True, CertificateEnding.CANCELLED, None)
        exit_closing.withdraw_papers(self.approver, review, papers, now=self._ago(days - 22))
        exit_closing.return_to_agency(
            self.hr, review, clock.today(self._ago(days - 23)), "退回派遣人员函第1号",
            now=self._ago(days - 23),
        )  # fmt: skip
        exit_closing.close(self.hr, review, now=self._ago(days - 24))
        return review

    def retained(self, appointment: Appointment, ground: ExitGround, days: int) -> ExitReview:
        """The decision was that the person stays."""
        review = self.heard(appointment, ground, days)
        exit_decisions.retain(
            self.approver, review, "已康复并恢复到岗，可以胜任工作，继续任职。",
            exit_queries.file_of(review).version, now=self._ago(days - 9),
        )  # fmt: skip
        return review
