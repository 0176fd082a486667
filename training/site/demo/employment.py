"""The demo's recruitment: a plan to approve, an opening with applicants, and one whose people
are interviewed, checked, named in a running public notice, or wait to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.employment import applications, openings, queries, selection
from training.employment.applications import Application
from training.employment.models import Opening, RecruitmentCase
from training.employment.openings import Plan
from training.employment.rules.eligibility import PostKind, Preference, Quality
from training.employment.rules.recruitment_gates import Route
from training.employment.selection import Found
from training.people.models import Person
from training.people.rules.person import ServiceKind
from training.proceedings import queries as proceedings
from training.proceedings import service as panels

from .city import City
from .people import Crowd, place

_BODY = (
    "热爱人民调解工作，公道正派，有一定文化水平、政策水平和法律知识。\n"
    "能坚持坐班，服从统一安排，参加岗前培训并考试合格后上岗。"
)
_ROUTES = (Route.OPEN_RECRUITMENT, Route.ORGANISATION_RECOMMENDATION)
_STATEMENT = "在社区工作多年，熟悉邻里情况，愿意从事调解工作。"
_FULL = dict.fromkeys(Quality, True)
_GOOD = Found(_FULL, True, (), (Preference.COMPUTER,), "材料齐全，条件相符")
_SHORT = Found(_FULL | {Quality.LEGAL_KNOWLEDGE: False}, True, (), (), "笔试法律知识部分未达到要求")
_REJECTED = "法律知识未达到岗位要求，欢迎学习后再次报名。"
_PANEL = ("kaohe", "kaohe2", "kaohe3")


def build(city: City, crowd: Crowd, now: datetime) -> None:
    """Everything through the services, each act on its own day."""
    unit = place(city, "office")
    _draft(crowd, unit, now)
    named, others = crowd.named, crowd.applicants[3:]
    current = _announced(crowd, unit, "2026年专职人民调解员选聘", 9, -10, now)
    review = [named["yingpin"], *others[:3]]
    _apply(crowd, current, review, now - timedelta(days=2))
    decided = [named["yingpin2"], *others[3:5]]
    first, *good = _apply(crowd, current, decided, now - timedelta(days=5))
    hr = crowd.actor("renshi")
    selection.find(hr, first, _SHORT, now=now - timedelta(days=1, hours=2))
    selection.reject(hr, first, _REJECTED, now=now - timedelta(days=1))
    for case in good:
        selection.find(hr, case, _GOOD, now=now - timedelta(days=1))
        selection.shortlist(hr, case, "", now=now - timedelta(hours=20))
    _earlier(crowd, unit, [named["yingpin3"], *others[5:9]], now)


def _plan(unit: OrgUnit, title: str, closes_in: int, now: datetime) -> Plan:
    return Plan(
        title=title, title_en=f"Recruitment of full-time mediators: {unit.name_en}", body=_BODY,
        service_kind=ServiceKind.FULL_TIME, post_kind=PostKind.URBAN, positions=3,
        routes=_ROUTES, office="春和区司法局人事科", telephone="0000-1010000",
        closes_on=clock.today(now) + timedelta(days=closes_in),
    )  # fmt: skip


def _draft(crowd: Crowd, unit: OrgUnit, now: datetime) -> None:
    """A plan that waits for the approving leader."""
    plan = _plan(unit, "增补专职人民调解员计划", 30, now)
    openings.draw_up(crowd.actor("renshi"), unit, plan, now=now - timedelta(hours=3))


def _announced(
    crowd: Crowd, unit: OrgUnit, title: str, days_ago: int, closed_days_ago: int, now: datetime
) -> Opening:
    """An opening that was planned, approved by another person, and announced."""
    at = now - timedelta(days=days_ago)
    hr = crowd.actor("renshi")
    plan = _plan(unit, title, -closed_days_ago, now)
    opening = openings.draw_up(hr, unit, plan, now=at)
    openings.approve(crowd.actor("lingdao"), opening, now=at + timedelta(hours=4))
    return openings.announce(hr, opening, now=at + timedelta(hours=20))


def _apply(
    crowd: Crowd, opening: Opening, people: Sequence[Person], at: datetime
) -> list[RecruitmentCase]:
    stated = Application(Route.OPEN_RECRUITMENT, "", None, _STATEMENT, (Preference.COMPUTER,), ())
    return [
        applications.apply(crowd.actors[p.id], opening, stated, now=at + timedelta(minutes=7 * n))
        for n, p in enumerate(people)
    ]


def _earlier(crowd: Crowd, unit: OrgUnit, people: Sequence[Person], now: datetime) -> None:
    """The opening of the autumn: one person's notice is over, two people's is running, one is
    checked, one still interviewed."""

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    hr = crowd.actor("renshi")
    opening = _announced(crowd, unit, "2026年秋季专职人民调解员选聘", 62, 46, now)
    cases = _apply(crowd, opening, people, ago(55))
    for case in cases:
        selection.find(hr, case, _GOOD, now=ago(45))
        selection.shortlist(hr, case, "", now=ago(44))
    openings.name_panel(hr, opening, [crowd.named[name] for name in _PANEL], now=ago(43))
    panel = proceedings.panel_of(queries.OPENING, opening.public_id)
    if panel is None:
        raise LookupError(opening.public_id)
    for name in _PANEL:
        panels.declare(crowd.actor(name), panel, False, "", now=ago(42))
    selection.interview(hr, opening, now=ago(41))
    through, still = cases[:4], cases[4]
    for n, case in enumerate(through):
        for m, name in enumerate(_PANEL):
            points = 8200 + 150 * n - 90 * m
            selection.score(
                crowd.actor(name), case, points, "表达清楚，有群众工作经验", now=ago(38)
            )
        selection.pass_interview(hr, case, now=ago(37))
    selection.score(crowd.actor(_PANEL[0]), still, 7600, "", now=ago(38))
    waiting, *running = through[:3]
    for case in through[:3]:
        selection.check(hr, case, (), "走访所在社区，未发现不宜情形", now=ago(34))
    selection.propose(hr, waiting, now=ago(33))
    _publish(crowd, opening, ago(30))
    for case in running:
        selection.propose(hr, case, now=ago(3))
    _publish(crowd, opening, ago(1))
    db.session.flush()


def _publish(crowd: Crowd, opening: Opening, at: datetime) -> None:
    selection.publish(
        crowd.actor("renshi2"), opening, selection.notice_title(opening),
        "经资格审查、面试和考察，拟聘下列人员，现予公示。如有异议，请在公示期内反映。",
        office="春和区司法局人事科", telephone="0000-1010000", now=at,
    )  # fmt: skip
