"""The audit log: who did what, when, and whether the chain holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from .. import access, audit, audit_jobs, audit_words, clock, i18n, lists, names, orgs, web
from ..db import db
from ..models import AuditEntry, AuditLink, Job, OrgUnit
from ..rules.jobs import JobState
from ..rules.words import N_
from . import room

_READ = "core:audit:read"
_YEARS = (2000, 2100)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


def _acts(text: str) -> sa.ColumnElement[bool]:
    """Acts by words of their label in the reader's language, or by the beginning of a code."""
    by_code = AuditEntry.action.startswith(text, autoescape=True)
    sought = text.casefold()
    named = [r.permission for r in access.table() if sought in gettext(r.label).casefold()]
    return sa.or_(by_code, AuditEntry.action.in_(named))


FILTERS = (
    lists.Filter("action", N_("事项"), str, _acts),
    lists.Filter("actor", N_("办理人编号"), str, lambda v: AuditEntry.actor_ref == v),
    lists.Filter("subject", N_("对象编号"), str, lambda v: AuditEntry.subject_ref == v),
    lists.Filter("from", N_("起"), _day, lambda v: AuditEntry.at >= clock.at_local(v)),
    lists.Filter(
        "to", N_("止"), _day, lambda v: AuditEntry.at < clock.at_local(v + timedelta(days=1))
    ),
)


@room.page("/audit", _READ)
def audit_log() -> str:
    """The entries in reach, newest first."""
    applied = lists.apply(FILTERS, request.args, url_for("core.audit_log"))
    query: Any = (
        sa.select(AuditEntry, AuditLink.seq, OrgUnit)
        .outerjoin(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .outerjoin(OrgUnit, OrgUnit.id == AuditEntry.org_id)
        .where(_in_reach(), *applied.conditions)
    )
    newest = lists.Order("newest", AuditEntry.id, descending=True)
    page = lists.page(query, newest, AuditEntry.id, applied, request.args)
    entries = [entry for entry, _, _ in page.rows]
    known = _Known.of(entries)
    return render_template(
        "core/audit.html",
        rows=[_row(entry, seq, org, known) for entry, seq, org in page.rows],
        acts=sorted({gettext(r.label) for r in access.table()}),
        page=page,
        applied=applied,
        check=_last_check(),
    )


def _in_reach() -> sa.ColumnElement[bool]:
    """What stands at an organisation in reach; what stands at none (exports, log-ins of the
    system) is shown at the top of the tree."""
    who, top = web.actor(), orgs.root()
    placed = access.visible(who, _READ, AuditEntry)
    if top is not None and access.may(who, _READ, top):
        return sa.or_(placed, AuditEntry.org_id.is_(None))
    return placed


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ids of a page of entries stand for, as far as the reader may know."""

    people: Mapping[str, str]
    units: Mapping[int, str]

    @classmethod
    def of(cls, entries: Sequence[AuditEntry]) -> _Known:
        refs = {r for e in entries for r in (e.actor_ref, e.subject_ref) if r}
        at = {a for e in entries if isinstance(a := audit.detail(e).get("at"), int)}
        held = db.session.scalars(sa.select(OrgUnit).where(OrgUnit.id.in_(at))) if at else ()
        return cls(
            names.of(refs, web.actor()), {unit.id: i18n.title_of(unit, "name") for unit in held}
        )

    def person(self, ref: str) -> dict[str, str]:
        """Name and page of a person whose file the reader may open; else the id alone."""
        name = self.people.get(ref, "")
        url = url_for("people.person", person_id=ref) if name else ""
        return {"name": name, "url": url, "ref": ref}


def _row(entry: AuditEntry, seq: int | None, org: OrgUnit | None, known: _Known) -> dict[str, Any]:
    line = access.table()
    labelled = entry.action in line
    return {
        "when": i18n.format_datetime(entry.at),
        "what": gettext(line.row(entry.action).label) if labelled else entry.action,
        "action": entry.action,
        "actor": known.person(entry.actor_ref),
        "subject": known.person(entry.subject_ref),
        "subject_type": audit_words.say_subject(entry.subject_type),
        "org": i18n.title_of(org, "name") if org else "",
        "detail": audit_words.say_detail(audit.detail(entry), known.units),
        "state": {"kind": "ok", "label": gettext("第 %(n)s 环", n=seq)}
        if seq
        else {"kind": "due", "label": gettext("待封存")},
        "hash": entry.entry_hash[:12],
    }


def _last_check() -> dict[str, Any] | None:
    job = db.session.scalar(
        sa.select(Job).where(Job.kind == audit_jobs.CHECK).order_by(Job.id.desc()).limit(1)
    )
    if job is None:
        return None
    return {
        "running": job.state not in (JobState.DONE, JobState.DEAD),
        "sound": job.result.get("sound"),
        "sealed": job.result.get("sealed"),
        "findings": job.result.get("findings", []),
        "when": i18n.format_datetime(job.finished_at),
    }


@room.act("/audit/check", _READ)
def check_audit() -> BaseResponse:
    """Have the whole chain examined in the background."""
    audit_jobs.request_check(web.actor(), now=clock.now())
    return web.done(gettext("正在核对审计链，请稍后刷新"), url_for("core.audit_log"))


@room.page("/audit/head", _READ)
def audit_head() -> Response:
    """The signed end of the chain, to be kept elsewhere."""
    now = clock.now()
    name = f"audit-head-{clock.local(now):%Y%m%d-%H%M}.json"
    return Response(
        json.dumps(audit.head(now), indent=1),
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
