"""A round at the edge of its quota: a tie for the last seat, an objection upheld too late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tests.support.appraisal import FULL, open_round
from tests.support.world import NOW, World
from training.appraisal import bulk, figures, outcome, quota_choice, scores, service
from training.appraisal.models import AnnualAppraisal, AppraisalRound
from training.appraisal.rules.annual import Component
from training.appraisal.rules.grade import Grade
from training.core.db import db
from training.core.rules.words import Words
from training.proceedings import objections

LATER = datetime(2026, 12, 15, 2, 0, tzinfo=NOW.tzinfo)


def people_of(round_: AppraisalRound) -> list[AnnualAppraisal]:
    query = sa.select(AnnualAppraisal).where(AnnualAppraisal.round_id == round_.id)
    return list(db.session.scalars(query.order_by(AnnualAppraisal.id)))


def fill_all(world: World, round_: AppraisalRound, marks: Sequence[int]) -> None:
    """All figures full; the marks of the year differ."""
    hr = world.actor("a_hr")
    for a, mark in zip(people_of(round_), marks, strict=True):
        for month in a.months:
            for indicator, delta in FULL.items():
                figures.record_line(hr, a, month, indicator, delta, "台账", now=NOW)
        for component in (Component.DOSSIER, Component.SATISFACTION, Component.PEER):
            figures.record_value(hr, a, component, mark, "评查表", now=NOW)


def all_to_panel(world: World, round_: AppraisalRound) -> None:
    """Everybody's appraisal waits for the panel."""
    hr = world.actor("a_hr")
    bulk.advance(hr, round_, "skip_self_report", reason="逾期未交", now=LATER)
    for a in people_of(round_):
        service.give_unit_opinion(world.actor("a_hr"), a, "尚可", now=LATER)
    bulk.advance(hr, round_, "close_survey", now=LATER)
    bulk.advance(hr, round_, "review_dossiers", now=LATER)


def grade_all(world: World, round_: AppraisalRound, grades: Sequence[Grade]) -> None:
    for a, grade in zip(people_of(round_), grades, strict=True):
        total = scores.sheet_of(a).annual.total
        service.grade(world.actor("a_panel"), a, grade, "评议", seen_total=total, now=LATER)


def tied_round(world: World) -> AppraisalRound:
    """Six people, one seat of 优秀 for three with the same total and one behind them."""
    round_, _ = open_round(others=5)
    fill_all(world, round_, [9500, 9500, 9500, 9000, 7000, 7000])
    all_to_panel(world, round_)
    grade_all(world, round_, [Grade.EXCELLENT] * 4 + [Grade.COMPETENT] * 2)
    return round_


def upheld_too_late(world: World, tied: AppraisalRound) -> tuple[AnnualAppraisal, AnnualAppraisal]:
    """Another of the tied is announced; then the mediator's objection holds, and the panel
    grades them 优秀 on a better score."""
    hr, panel = world.actor("a_hr"), world.actor("a_panel")
    mine, announced, *_ = people_of(tied)
    quota_choice.choose(panel, tied, [announced.person_id], "评议一致", now=LATER)
    bulk.advance(hr, tied, "check_quota", now=LATER)
    bulk.advance(hr, tied, "serve", now=LATER)
    outcome.publish(
        hr, tied, Words("公示"), "", receiving_office="办公室", telephone="1", now=LATER
    )
    me = world.actor("a_mediator")
    filed = outcome.object_to_grade(me, mine, "漏计同行评议", now=LATER)
    objections.assign_reviewer(hr, filed, world.person("a_reviewer"), now=LATER)
    objections.decide_objection(world.actor("a_reviewer"), filed, True, "确有漏计", now=LATER)
    figures.record_value(hr, mine, Component.PEER, 10000, "评查表", note="漏计一份", now=LATER)
    total = scores.sheet_of(mine).annual.total
    service.grade(panel, mine, Grade.EXCELLENT, "", seen_total=total, now=LATER)
    return mine, announced
