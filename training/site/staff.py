"""总览: what waits for the staff, each number leading to the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy.orm import aliased

from training.core import access, i18n
from training.core.db import db
from training.core.models import Job, OrgUnit
from training.core.rules.jobs import JobState
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.people import inbox
from training.people.models import Account, Notice, Person
from training.people.roster import STAFFED
from training.people.rules.person import (
    FORCE,
    STANDING_LABELS,
    AccountState,
    ServiceKind,
    Standing,
)

from . import waiting


@dataclass(frozen=True, slots=True)
class Tile:
    """A number and the list behind it."""

    value: int
    label: str
    url: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A page that this role opens often: shown when the actor holds the permission by office."""

    label: str
    text: str
    icon: str
    endpoint: str
    permission: str


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(
        N_("导入花名册"),
        N_("用本单位自己的表格，先预览、后入库"),
        "upload",
        "people.imports",
        "people:person:import",
    ),
    Shortcut(
        N_("打印激活单"),
        N_("按司法所打印，一人一张，首次登录用"),
        "print",
        "people.slips",
        "people:account:manage",
    ),
    Shortcut(
        N_("选聘"),
        N_("审查报名、组织面试、公示、录用"),
        "recruit",
        "employment.cases",
        "employment:case:list",
    ),
    Shortcut(
        N_("培训班"),
        N_("安排场次，登记出勤，计学时"),
        "class",
        "programmes.manage",
        "programmes:session:list",
    ),
    Shortcut(
        N_("上传案例"), N_("Word 文件直接成课"), "folder", "courses.manage", "courses:lesson:list"
    ),
    Shortcut(
        N_("题库"), N_("导入、审核、修订试题"), "bank", "exams_bank.questions", "bank:question:read"
    ),
    Shortcut(
        N_("考试场次"),
        N_("组卷、编排考生、发布"),
        "exam",
        "exams_sittings.sittings",
        "sittings:sitting:list",
    ),
    Shortcut(
        N_("监考"),
        N_("看考场状态，延时，核对身份"),
        "proctor",
        "exams_sittings.halls",
        "sittings:sitting:proctor",
    ),
    Shortcut(
        N_("阅卷与成绩"),
        N_("复核、发布成绩、更正"),
        "marking",
        "exams_marking.sittings",
        "marking:sitting:list",
    ),
    Shortcut(
        N_("证书总览"),
        N_("谁持证、谁到期、谁缺证"),
        "certificate",
        "certificates.board",
        "certificates:board:read",
    ),
    Shortcut(
        N_("聘任"),
        N_("提名、审批、备案、聘期"),
        "exit",
        "employment.appointments",
        "employment:appointment:list",
    ),
    Shortcut(
        N_("续聘办理"),
        N_("即将届满的任期，逐人或者批量启动审核"),
        "calendar",
        "employment.renewals",
        "employment:appointment:propose_renewal",
    ),
    Shortcut(
        N_("解聘与退出"),
        N_("送达、陈述、评议、决定、交接"),
        "exit",
        "employment.exit_reviews",
        "employment:exit_review:propose",
    ),
    Shortcut(
        N_("年度考核"),
        N_("启动、提取和导入数据、送达、办结"),
        "appraisal",
        "appraisal.rounds",
        "appraisal:round:open",
    ),
    Shortcut(
        N_("公示与异议"),
        N_("正在公示的事项，收到的异议"),
        "note",
        "proceedings.objections",
        "proceedings:objection:read",
    ),
    Shortcut(
        N_("政策参数"),
        N_("每个数字的依据、版本和生效日期"),
        "policy",
        "core.policies",
        "core:policy:read",
    ),
    Shortcut(
        N_("审计记录"),
        N_("谁在何时办了什么，链条是否完整"),
        "audit",
        "core.audit_log",
        "core:audit:read",
    ),
)


def page(actor: Actor, person: Person, now: datetime) -> dict[str, Any]:
    """What waits, the figures in reach, shortcuts, and the newest notices."""
    return {
        "person": person,
        "work": waiting.of(actor, now),
        "tiles": tiles(actor),
        "bars": bars(actor),
        "shortcuts": shortcuts(actor),
        "notices": notices(person),
        "as_of": i18n.format_datetime(now),
    }


def tiles(actor: Actor) -> list[Tile]:
    """People by standing, accounts that wait, jobs that failed: as far as the actor may see."""
    found: list[Tile] = []
    if access.holds(actor, "people:person:list"):
        seen = access.visible(actor, "people:person:list", Person)
        counts = {
            Standing(s): n
            for s, n in db.session.execute(
                sa.select(Person.standing, sa.func.count())
                .where(seen, Person.service_kind == ServiceKind.FULL_TIME)
                .group_by(Person.standing)
            )
        }
        kinds = {Standing.IN_POST: "ok", Standing.SUSPENDED: "stop", Standing.TRAINEE: "info"}
        for standing in (
            Standing.IN_POST,
            Standing.TRAINEE,
            Standing.CERTIFIED,
            Standing.SUSPENDED,
        ):
            found.append(
                Tile(
                    counts.get(standing, 0),
                    gettext(STANDING_LABELS[standing]),
                    url_for("people.persons", standing=str(standing), service="full_time"),
                    kinds.get(standing, ""),
                )
            )
    if access.holds(actor, "people:account:manage"):
        waiting = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Account)
            .join(Person, Person.id == Account.person_id)
            .where(
                Account.state == AccountState.WAITING,
                access.visible(actor, "people:account:manage", Person),
            )
        )
        found.append(
            Tile(
                int(waiting or 0),
                gettext("账号待激活"),
                url_for("people.slips"),
                "due" if waiting else "",
            )
        )
    if access.holds(actor, "core:job:read"):
        dead = db.session.scalar(
            sa.select(sa.func.count()).select_from(Job).where(Job.state == JobState.DEAD)
        )
        found.append(
            Tile(
                int(dead or 0),
                gettext("未能完成的后台任务"),
                url_for("core.system"),
                "stop" if dead else "",
            )
        )
    return found


def bars(actor: Actor) -> list[dict[str, Any]]:
    """Full-time people of each district in reach, by standing."""
    if not access.holds(actor, "people:person:list"):
        return []
    district = aliased(OrgUnit)
    rows = db.session.execute(
        sa.select(district.id, Person.standing, sa.func.count())
        .join(OrgUnit, OrgUnit.id == Person.org_id)
        .join(
            district,
            sa.and_(
                district.kind == "district_bureau",
                OrgUnit.path >= district.path,
                OrgUnit.path
                < sa.func.substr(district.path, 1, sa.func.length(district.path) - 1) + "0",
            ),
        )
        .where(
            access.visible(actor, "people:person:list", Person),
            Person.service_kind == ServiceKind.FULL_TIME,
        )
        .group_by(district.id, Person.standing)
    ).all()
    units = {
        u.id: u
        for u in db.session.scalars(sa.select(OrgUnit).where(OrgUnit.id.in_({r[0] for r in rows})))
    }
    counts: dict[int, dict[Standing, int]] = {}
    for unit_id, standing, n in rows:
        counts.setdefault(unit_id, {})[Standing(standing)] = n
    shown = (
        (Standing.IN_POST, "ok"),
        (Standing.TRAINEE, "info"),
        (Standing.CERTIFIED, "due"),
        (Standing.SUSPENDED, "stop"),
    )
    return [
        {
            "name": i18n.title_of(units[unit_id], "name"),
            "total": sum(held.get(s, 0) for s in FORCE),
            "segments": [
                {"label": gettext(STANDING_LABELS[s]), "value": held.get(s, 0), "kind": kind}
                for s, kind in shown
            ],
            "url": url_for(
                "people.persons",
                org=units[unit_id].public_id,
                standing=STAFFED,
                service="full_time",
            ),
        }
        for unit_id, held in sorted(counts.items())
    ]


def shortcuts(actor: Actor) -> list[dict[str, str]]:
    """The pages that this actor opens often."""
    known = current_app.view_functions
    return [
        {
            "label": gettext(s.label),
            "text": gettext(s.text),
            "icon": s.icon,
            "url": url_for(s.endpoint),
        }
        for s in SHORTCUTS
        if s.endpoint in known
        and s.permission in access.table()
        and access.holds_over_others(actor, s.permission)
    ]


def notices(person: Person, limit: int = 6) -> list[dict[str, Any]]:
    """The newest notices that were not opened yet."""
    rows = db.session.scalars(
        sa.select(Notice)
        .where(Notice.person_id == person.id, Notice.read_at.is_(None))
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    return [
        {
            "text": i18n.say(inbox.words(n)),
            "when": i18n.format_datetime(n.created_at),
            "url": n.url or url_for("people.my_inbox"),
            "due": i18n.format_day(n.due_on),
        }
        for n in rows
    ]
