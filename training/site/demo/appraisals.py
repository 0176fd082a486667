"""The demo's annual appraisals: last year's, finished in two districts, and this year's with
somebody before each hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from training.appraisal import bulk, decisions, outcome, talks
from training.appraisal.models import AnnualAppraisal
from training.appraisal.rules.grade import Grade
from training.appraisal.rules.quota import quota_limit
from training.appraisal.scores import value_of
from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.proceedings import objections
from training.proceedings.rules.lifecycle import Method

from . import trials
from .appraisal_desk import Desk, Hands
from .city import City
from .people import Crowd

_FIRST = Hands("renshi2", "renshi", "lingdao", trials.PANEL)
_SECOND = Hands(
    "renshi-xia", "renshi-xia", "lingdao-xia", ("kaohe-xia", "kaohe-xia2", "kaohe-xia3")
)
_TALK = (
    "通报年度考核等次和各项得分，逐项说明扣分的依据：排查记录不全，两份卷宗缺回访。"
    "要求参加补训，由所在司法所每月检查一次台账。"
)
_NOTICE = "经考核小组评定、核定名额，下列人员拟评为优秀等次，现予公示。如有异议，请在公示期内反映。"
_OFFICE, _TELEPHONE = "区司法局人民调解工作科", "0000-1010000"
_OBJECTION = "回访和卷宗已按月报送，请复核我的卷宗质量得分。"
_TIED = "两人总分相同，综合群众评价由小组选定"
_SHARES = {Grade.EXCELLENT: 99, Grade.COMPETENT: 90, Grade.BASIC: 79, Grade.UNFIT: 55}
"""Percent of each measure that somebody earns whom the figures propose for a grade, in a year
for which the ledger shows no hours."""
_WELL = 86
"""The same for 称职 in this year, of which it shows some."""


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Last year in two districts; this year in the first, whose professional committees
    appraise their own people and are further on than the bureau."""
    first, second = city.districts[:2]
    year = clock.today(now).year
    # Unfit last year, and this year again: see ``_late``.
    again = _again(city, crowd)
    _last_year(first, year - 1, crowd, _FIRST, again)
    _last_year(second, year - 1, crowd, _SECOND, -1)
    tied, late, over = city.professional[:3]
    _tied(Desk.open(crowd, _FIRST, tied, year, now - timedelta(days=32)), now)
    _late(Desk.open(crowd, _FIRST, late, year, now - timedelta(days=32)), again, now)
    _notice_over(Desk.open(crowd, _FIRST, over, year, now - timedelta(days=40)), now)
    _early(Desk.open(crowd, _FIRST, first, year, now - timedelta(days=12)), city, now)
    db.session.flush()


def _again(city: City, crowd: Crowd) -> int:
    """The person of the second professional committee whom two years find unfit."""
    named = {p.id for p in crowd.named.values()}
    return next(
        p.id for p in crowd.in_post if p.org_id == city.professional[1].id and p.id not in named
    )


def _last_year(org: OrgUnit, year: int, crowd: Crowd, hands: Hands, unfit: int) -> None:
    """A whole round: reports, figures, grades, notice, service, final grades, decisions."""

    def at(day: int, hour: int = 10) -> datetime:
        return clock.at_local(date(year, 12, day), hour)

    desk = Desk.open(crowd, hands, org, year, at(1))
    people = desk.people
    best = quota_limit(len(people), value_of(desk.round, "grade.excellent_quota"))
    shares = {}
    for n, a in enumerate(people):
        grade = Grade.COMPETENT
        if n % 5 == 2 and n // 5 < best - 1:
            grade = Grade.EXCELLENT
        elif n % 29 == 11:
            grade = Grade.BASIC
        elif a.person_id == unfit or n % 97 == 41:
            grade = Grade.UNFIT
        shares[a.id] = _SHARES[grade] - n % 3
    desk.to_panel(people, at(2), days=9)
    desk.figures(people, shares, at(11))
    desk.grade(people, at(16))
    desk.walk(people, "check_quota", desk.hr, at(17))
    _publish(desk, at(17, 15))
    fine = [a for a in people if a.grade is Grade.EXCELLENT]
    desk.walk(fine, "serve", desk.hr, at(26))
    desk.walk([a for a in people if a not in fine], "serve", desk.hr, at(18))
    desk.accept(people, at(27))
    plain = [a for a in people if a.grade in (Grade.EXCELLENT, Grade.COMPETENT)]
    desk.finalise(plain, at(28))
    desk.walk(plain, "renew", desk.leader, at(29), "考核结果良好，继续聘任")
    desk.write()
    for a in people:
        if a not in plain:
            outcome.finalise(desk.hr, a, now=at(28))
            basic = a.grade is Grade.BASIC
            _talk(desk, a, at(28, 15))
            decisions.decide(
                desk.leader, a, "renew_with_training" if basic else "suspend_and_retrain",
                "按规定补训后继续任职" if basic else "暂停派案，重新培训并考试", now=at(29),
            )  # fmt: skip


def _talk(desk: Desk, a: AnnualAppraisal, held_at: datetime) -> None:
    """The talk that follows 基本称职 and 不称职, written down an hour later."""
    talks.record_talk(
        desk.hr, a,
        talks.Talk(
            held_at, "区司法局会议室", "区司法局人民调解工作科负责人、所在司法所负责人",
            _TALK, "认可考核等次，对照扣分逐项整改，按时完成补训。",
        ),
        now=held_at + timedelta(hours=1),
    )  # fmt: skip


def _publish(desk: Desk, at: datetime) -> None:
    desk.write()
    outcome.publish(
        desk.hr, desk.round, outcome.notice_title(desk.round), _NOTICE,
        receiving_office=_OFFICE, telephone=_TELEPHONE, now=at,
    )  # fmt: skip


def _graded(desk: Desk, shares: Sequence[int], now: datetime) -> list[AnnualAppraisal]:
    """Everybody of a small round up to the grade; the first ones have ``shares``."""
    people = desk.people
    opened = desk.round.opened_at
    earned = {a.id: shares[n] if n < len(shares) else _WELL - n % 4 for n, a in enumerate(people)}
    desk.to_panel(people, opened + timedelta(days=1), days=5)
    desk.figures(people, earned, opened + timedelta(days=7))
    desk.grade(people, opened + timedelta(days=9))
    desk.write()
    return people


def _tied(desk: Desk, now: datetime) -> None:
    """All are graded; two or more with the same total stand for the last seat of 优秀."""
    best = _SHARES[Grade.EXCELLENT]
    _graded(desk, (best, best), now)


def _late(desk: Desk, again: int, now: datetime) -> None:
    """A notice that runs; grades to serve, served, disputed, final, and final for the second
    time unfit."""
    desk.people.sort(key=lambda a: (a.person_id != again, a.person_id in desk.named, a.id))
    unfit, _, *others = _graded(desk, (_SHARES[Grade.UNFIT], _SHARES[Grade.EXCELLENT]), now)
    hr = desk.hr
    bulk.advance(hr, desk.round, "check_quota", now=now - timedelta(days=20))
    _publish(desk, now - timedelta(days=1))
    served = [a for a in others if a.person_id in desk.named]
    plain = [a for a in others if a.person_id not in desk.named]
    final, disputed, waiting = plain[:2], plain[2], plain[3:4]
    for a in (unfit, *final):
        outcome.serve(hr, a, Method.SITE, now=now - timedelta(days=9))
        outcome.accept(desk.own(a), a, now=now - timedelta(days=8))
        outcome.finalise(hr, a, now=now - timedelta(days=7))
    for a in (*served, *waiting, disputed):
        outcome.serve(hr, a, Method.SITE, now=now - timedelta(days=2))
    filed = outcome.object_to_grade(
        desk.own(disputed), disputed, _OBJECTION,
        now=now - timedelta(days=1),
    )  # fmt: skip
    objections.assign_reviewer(
        desk.actor("renshi2"), filed, desk.crowd.named["fuhe"], now=now - timedelta(hours=20)
    )


def _notice_over(desk: Desk, now: datetime) -> None:
    """The notice is over, so that the grade can be served; the quota of the others is to be
    checked."""
    best = _graded(desk, (_SHARES[Grade.EXCELLENT],), now)[0]
    at = desk.round.opened_at + timedelta(days=11)
    bulk.advance(desk.hr, desk.round, "check_quota", refs=[best.public_id], now=at)
    _publish(desk, at + timedelta(hours=4))


def _early(desk: Desk, city: City, now: datetime) -> None:
    """The bureau's round: reports owed, opinions owed by the office of ``suozhang``, figures
    missing, and some people before the panel, two of them with the same figures."""
    opened = desk.round.opened_at
    home = {city.offices[0].id, city.committees[0].id}
    reported = [
        a for n, a in enumerate(desk.people)
        if (a.person_id not in desk.named and (a.org_id in home or n % 3))
        or a.person_id == desk.crowd.named["zanting"].id
    ]  # fmt: skip
    desk.walk(reported, "submit_self_report", None, opened + timedelta(days=1))
    further = [a for a in reported if a.org_id not in home]
    desk.walk(further[:40], "give_unit_opinion", desk.hr, opened + timedelta(days=4))
    desk.walk(further[:20], "close_survey", desk.hr, opened + timedelta(days=6))
    ready = further[:12]
    desk.walk(ready, "review_dossiers", desk.hr, opened + timedelta(days=8))
    best = _SHARES[Grade.EXCELLENT]
    shares = {a.id: best if n < 4 else _WELL - n % 5 for n, a in enumerate(ready)}
    desk.figures(ready, shares, opened + timedelta(days=7))
    desk.write()
