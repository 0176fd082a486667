"""The system's state, its permission table and the relaxations of its headers."""

from __future__ import annotations

import platform
from typing import Any

import sqlalchemy as sa
from flask import current_app, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from .. import access, audit, clock, headers, i18n, jobs, web
from ..db import db
from ..models import AuditLink, Job, SecurityEvent
from ..rules.jobs import JobState
from ..rules.permission import Row, Scope
from ..rules.roles import ORG_KIND_LABELS, PSEUDO_LABELS, ROLES, Role
from ..rules.words import N_
from . import room

#: What the security log notes besides refusals.
_NO_REFUSAL = ("login", "login_password", "reset_asked")
_REFUSED = {
    "not_visible": N_("看不到的记录"),
    "no_role": N_("没有权限的操作"),
    "unknown_field": N_("表单以外的内容"),
    "foreign_origin": N_("来自其他网站的提交"),
    "csp": N_("页面里被拦下的外来内容"),
    "password_failed": N_("密码不对"),
    "login_closed": N_("已停用的账号登录"),
    "second_failed": N_("验证码不对"),
    "slip_failed": N_("激活单不对"),
}


@room.page("/system", "core:job:read")
def system() -> str:
    """What is running, what waits, what has failed."""
    now = clock.now()
    counts = dict(
        db.session.execute(sa.select(Job.state, sa.func.count()).group_by(Job.state)).all()
    )
    last_seal = db.session.scalar(sa.select(sa.func.max(AuditLink.sealed_at)))
    last_done = db.session.scalar(sa.select(sa.func.max(Job.finished_at)))
    dead = db.session.scalars(
        sa.select(Job).where(Job.state == JobState.DEAD).order_by(Job.id.desc()).limit(50)
    )
    refused = db.session.execute(
        sa.select(SecurityEvent.kind, sa.func.count())
        .where(SecurityEvent.at > now - jobs.DAY, SecurityEvent.kind.not_in(_NO_REFUSAL))
        .group_by(SecurityEvent.kind)
        .order_by(SecurityEvent.kind)
    )
    return render_template(
        "core/system.html",
        facts=[
            (gettext("数据库"), db.engine.dialect.name),
            ("Python", platform.python_version()),
            (gettext("服务器时间"), i18n.format_datetime(now)),
            (gettext("最近完成的后台任务"), i18n.format_ago(last_done)),
            (gettext("最近一次审计封存"), i18n.format_ago(last_seal)),
            (gettext("待封存的审计记录"), len(audit.unsealed())),
        ],
        waiting=counts.get(JobState.QUEUED, 0) + counts.get(JobState.LEASED, 0),
        dead_count=counts.get(JobState.DEAD, 0),
        dead=[
            {
                "kind": j.kind,
                "error": j.error,
                "attempts": j.attempts,
                "when": i18n.format_datetime(j.finished_at),
                "id": j.public_id,
            }
            for j in dead
        ],
        refused=[{"kind": gettext(_REFUSED[kind]), "n": n} for kind, n in refused],
    )


@room.act("/system/jobs/<job_id>/again", "core:job:retry")
def retry_job(job_id: str) -> BaseResponse:
    job = web.load(Job, job_id, "core:job:retry")
    jobs.again(web.actor(), job, now=clock.now())
    return web.done(gettext("已重新排队"), url_for("core.system"))


def role_name(role: Role) -> str:
    """A role's name in the reader's language."""
    return str(gettext(ROLES[role].label if role in ROLES else PSEUDO_LABELS[role]))


@room.page("/system/access", "core:access:read")
def access_table() -> str:
    """The permission table, as it is enforced."""
    wanted = request.args.get("role", "")
    rows = [_row(line) for line in access.table() if not wanted or wanted in _roles(line)]
    roles = [
        {
            "name": gettext(info.label),
            "code": str(role),
            "levels": gettext("、").join(
                gettext(ORG_KIND_LABELS[k]) for k in ORG_KIND_LABELS if k in info.levels
            ),
            "second": gettext("需要") if info.privileged else "",
            "excludes": gettext("、").join(sorted(role_name(r) for r in info.excludes)),
        }
        for role, info in ROLES.items()
    ]
    relaxations = [
        {"name": name, "directive": directive, "value": value, "reason": gettext(reason)}
        for name, (directive, value, reason) in headers.RELAXATIONS.items()
    ]
    return render_template(
        "core/access_table.html",
        rows=rows,
        roles=roles,
        relaxations=relaxations,
        choices=[(str(r), role_name(r)) for r in (*PSEUDO_LABELS, *ROLES)],
        wanted=wanted,
        csp=headers.policy_for(None, current_app.config["CONTENT_ORIGIN"]),
    )


def _roles(line: Row) -> set[str]:
    return {str(role) for role, _ in line.grants}


def _row(line: Row) -> dict[str, Any]:
    by_scope: dict[Scope, list[str]] = {}
    for role, scope in line.grants:
        by_scope.setdefault(scope, []).append(role_name(role))
    return {
        "label": gettext(line.label),
        "permission": line.permission,
        **{str(scope): gettext("、").join(by_scope.get(scope, [])) for scope in Scope},
        "grave": gettext("须重新验证") if line.grave else "",
    }
