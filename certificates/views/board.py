"""证书总览: figures, bars, and the list behind every number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from training.core import access, clock, i18n, lists, orgs, sheets, web
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind
from training.people.models import Person
from training.people.rules.person import SERVICE_LABELS, ServiceKind, Standing

from .. import board as boards
from .. import queries
from ..board import READ, Setting
from ..models import Certificate, WorkCard
from ..rules.lifecycle import CertificateState
from ..rules.work_card import WorkCardState, status_on
from . import room, shown

ENDPOINT = "certificates.board"
_KINDS = (
    OrgKind.CITY_BUREAU,
    OrgKind.DISTRICT_BUREAU,
    OrgKind.JUDICIAL_OFFICE,
    OrgKind.PROFESSIONAL_COMMITTEE,
)
_TILES = (
    ("active", "ok"), ("expiring", "due"), ("check", "info"),
    ("suspended", "stop"), ("missing", "none"), ("left", ""),
)  # fmt: skip
_NONE = {"kind": "none"}


def _setting() -> Setting:
    top = next(iter(orgs.in_reach(web.actor(), READ)), None) or current_user.person.org
    return boards.setting(top, clock.today())


def _state(person: Person, held: Certificate | None, s: Setting) -> dict[str, str]:
    if held is None:
        if person.standing is Standing.LEFT:
            return {**_NONE, "label": gettext("已退出")}
        return {**_NONE, "label": gettext("缺证") if _must(person) else gettext("未持证")}
    return shown.badge(queries.status(held, s.today, s.expiring_days))


def _must(person: Person) -> bool:
    working = person.standing in (Standing.CERTIFIED, Standing.IN_POST, Standing.SUSPENDED)
    return working and person.service_kind is ServiceKind.FULL_TIME


def _next(
    person: Person, held: Certificate | None, card: WorkCard | None, s: Setting
) -> dict[str, str] | None:
    """What HR does about this line."""
    issue_url = url_for("certificates.plan_one", person_id=person.public_id)
    may_plan = access.holds(web.actor(), "certificates:certificate:plan")
    if held is None:
        show = may_plan and (_must(person) or person.standing is Standing.TRAINEE)
        return {"url": issue_url, "text": gettext("看欠缺")} if show else None
    url = url_for("certificates.certificate", certificate_id=held.public_id)
    status = queries.status(held, s.today, s.expiring_days)
    if status.state is CertificateState.SUSPENDED:
        return {"url": url, "text": gettext("看原因")}
    if status.expiring or status.state is CertificateState.EXPIRED:
        return {"url": url, "text": gettext("办理换发")}
    if card is not None:
        stands = status_on(card.state, card.last_checked_on, s.today, s.window)
        if stands.state is WorkCardState.ANNUAL_CHECK_DUE:
            card_url = url_for("certificates.card", card_id=card.public_id)
            return {"url": card_url, "text": gettext("办理年审")}
    return None


def _row(
    person: Person, held: Certificate | None, card: WorkCard | None, s: Setting
) -> dict[str, Any]:
    url = ""
    if held is not None:
        url = url_for("certificates.certificate", certificate_id=held.public_id)
    return {
        "name": person.name,
        "url": url,
        "number": held.number if held else None,
        "unit": shown.unit_of(person),
        "state": _state(person, held, s),
        "until": i18n.format_day(held.valid_until) if held else None,
        "next": _next(person, held, card, s),
    }


def _bars(bars: list[boards.Bar]) -> list[dict[str, Any]]:
    return [
        {
            "label": i18n.title_of(bar.org, "name"),
            "url": url_for(ENDPOINT, org=bar.org.public_id),
            "note": gettext(
                "%(n)s 人 · 专职持证 %(percent)s%%",
                n=bar.figures.people,
                percent=bar.figures.holders_percent,
            ),
            "segments": [
                {"kind": "ok", "value": bar.figures.sound, "label": gettext("有效")},
                {"kind": "due", "value": bar.figures.expiring, "label": gettext("将到期")},
                {"kind": "stop", "value": bar.figures.suspended, "label": gettext("暂停")},
                {"kind": "none", "value": bar.figures.missing, "label": gettext("缺证")},
            ],
        }
        for bar in bars
    ]


@room.page("/certificates/", READ)
def board() -> str:
    who, s, base = web.actor(), _setting(), url_for(ENDPOINT)
    applied = boards.apply(request.args, base, s)
    whole, bars = boards.figures(who, s)
    page = boards.page(who, applied, request.args)
    labels = {**boards.STATES, "expiring": ""}
    return render_template(
        "certificates/board.html",
        applied=applied,
        tiles=[
            {
                "value": getattr(whole, code),
                "label": gettext(labels[code])
                if labels[code]
                else gettext("%(n)s 天内到期", n=s.expiring_days),
                "url": url_for(ENDPOINT, state=code),
                "kind": kind,
                "current": applied.texts.get("state") == code,
            }
            for code, kind in _TILES
        ],
        bars=_bars(bars),
        rows=[_row(person, held, card, s) for person, held, card in page.rows],
        page=page,
        total=boards.total(who, applied),
        people=whole.people,
        units=[(u.public_id, _indented(u)) for u in orgs.in_reach(who, READ, _KINDS)],
        states=[(code, gettext(label)) for code, label in boards.STATES.items()],
        services=[(str(k), gettext(SERVICE_LABELS[k])) for k in ServiceKind],
        views=[
            {"label": v.name, "url": f"{base}?{v.query}", "current": v.query == applied.query}
            for v in lists.views_of(who.account_id or 0, ENDPOINT)
        ],
        save_url=url_for("core.save_view", list=ENDPOINT, query=applied.query),
        sort=request.args.get("sort", "until"),
    )


def _indented(unit: OrgUnit) -> str:
    return "　" * orgs.depth(unit) + i18n.title_of(unit, "name")


def _card_label(card: WorkCard | None, s: Setting) -> str:
    if card is None:
        return ""
    return shown.card_badge(status_on(card.state, card.last_checked_on, s.today, s.window))["label"]


def _sheet_rows(applied: lists.Applied, s: Setting) -> Iterator[dict[str, Any]]:
    for person, held, card in boards.export_rows(web.actor(), applied):
        yield {
            "mediator_no": person.mediator_no,
            "name": person.name,
            "unit": shown.unit_of(person),
            "service": gettext(SERVICE_LABELS[person.service_kind]),
            "number": held.number if held else "",
            "state": _state(person, held, s)["label"],
            "issued": held.issued_on if held else None,
            "until": held.valid_until if held else None,
            "card": _card_label(card, s),
            "checked": card.last_checked_on if card else None,
        }  # fmt: skip


@room.page("/certificates/export", "certificates:board:export")
def export() -> Response:
    """持证台账: exactly what is filtered."""
    who, s = web.actor(), _setting()
    applied = boards.apply(request.args, "", s)
    count = boards.total(who, applied)
    boards.note_export(who, count, ",".join(sorted(applied.values)), now=clock.now())
    unit = applied.values.get("org") or current_user.person.org
    title = gettext("人民调解员持证台账")
    sheet = sheets.Sheet(
        title,
        boards.export_columns(),
        _sheet_rows(applied, s),
        left=gettext("填报单位：%(unit)s", unit=i18n.title_of(unit, "name")),
        right=i18n.plain_date(clock.now()),
        foot=(
            gettext("合计：%(n)s 人", n=count),
            gettext("制表人：　　　　　　审核人：　　　　　　负责人（签字）："),
        ),
        number_label=gettext("序号"),
    )
    return sheets.download(sheets.write(sheet), f"{title}-{clock.today().isoformat()}")
