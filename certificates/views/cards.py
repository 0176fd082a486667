"""工作证: made, handed over, checked every year, printed, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from training.core import access, clock, files, web
from training.core.db import db
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.models import Job, StoredFile
from training.core.rules.jobs import JobState
from training.core.rules.words import N_
from training.people.models import Person

from .. import candidates, card_lists, queries
from .. import cards as service
from ..forms import PickForm, ReasonForm
from ..models import WorkCard
from ..rules.work_card import WORK_CARD, WorkCardState
from . import room, shown

_CARD = "certificates:work_card:"
READ = _CARD + "read"
LIST = "certificates:board:read"
_NEEDS_REASON = "x"
"""A reason that is not given yet, so that a page can show whether the rest of a gate is open."""
_JOB_STATES = {
    JobState.QUEUED: ("info", N_("排队中")),
    JobState.LEASED: ("info", N_("正在生成")),
    JobState.DONE: ("ok", N_("已生成")),
    JobState.DEAD: ("stop", N_("没有生成")),
}


def _ticked() -> list[str]:
    form = PickForm()
    if not form.validate():
        raise Refused.because("NOBODY", N_("请至少勾选一人"), status=422)
    return list(form.ids.data or [])[: service.MOST]


def _held(permission: str, ids: Iterable[str]) -> list[WorkCard]:
    query = sa.select(WorkCard).where(
        WorkCard.public_id.in_(list(ids)),
        access.visible(web.actor(), permission, WorkCard),
    )
    return list(db.session.scalars(query.order_by(WorkCard.id)))


@room.page("/certificates/cards", LIST)
def cards() -> str:
    """工作证: four lists, each with what is done to its lines."""
    who, today = web.actor(), clock.today()
    tab = request.args.get("tab", "due")
    if tab not in card_lists.TABS:
        tab = "due"
    counted = card_lists.counts(who, today)
    page = card_lists.page(who, tab, request.args, today)
    return render_template(
        "certificates/cards.html",
        tab=tab,
        tabs=[
            {
                "label": gettext(label),
                "url": url_for("certificates.cards", tab=code),
                "current": code == tab,
                "count": counted[code],
            }
            for code, label in card_lists.TABS.items()
        ],
        rows=[_row(person, card) for person, card in page.rows],
        page=page,
        total=counted[tab],
    )


def _row(person: Person, card: WorkCard | None) -> dict[str, Any]:
    made = shown.card(card, clock.today()) if card else None
    return {
        "id": card.public_id if card else person.public_id,
        "name": person.name,
        "number": person.mediator_no,
        "unit": shown.unit_of(person),
        "state": made["state"] if made else {"kind": "none", "label": gettext("未制证")},
        "checked": card.last_checked_on.isoformat() if card else None,
        "url": made["url"] if made else "",
    }


def _to(tab: str, message: str) -> Response:
    return web.done(message, url_for("certificates.cards", tab=tab))


@room.act("/certificates/cards/issue", _CARD + "issue")
def issue_cards() -> Response:
    who = web.actor()
    people = candidates.by_public_ids(who, _CARD + "issue", _ticked())
    made = service.issue_cards(who, people, now=clock.now())
    return _to("issued", gettext("已制作 %(n)s 张工作证，打印后发放", n=len(made)))


@room.act("/certificates/cards/hand-over", _CARD + "hand_over")
def hand_over_cards() -> Response:
    held = _held(_CARD + "hand_over", _ticked())
    made = service.hand_over_cards(web.actor(), held, now=clock.now())
    return _to("valid", gettext("已登记发放 %(n)s 张", n=len(made)))


@room.act("/certificates/cards/check", _CARD + "check")
def check_cards() -> Response:
    held = _held(_CARD + "check", _ticked())
    made = service.check_cards(web.actor(), held, now=clock.now())
    message = gettext("%(n)s 张通过年审", n=len(made))
    if len(made) < len(held):
        message += gettext("；%(n)s 张条件未齐，点开可看理由", n=len(held) - len(made))
    return _to("due", message)


@room.act("/certificates/cards/print", _CARD + "print")
def print_cards() -> Response:
    held = _held(_CARD + "print", _ticked())
    if not held:
        raise Refused.because("NOBODY", N_("请至少勾选一人"), status=422)
    job = service.print_cards(web.actor(), held, now=clock.now())
    return web.go(url_for("certificates.print_job", sheet_job_id=job.public_id))


@room.page("/certificates/cards/print/<sheet_job_id>", "core:job:own")
def print_job(sheet_job_id: str) -> str:
    """How far the sheets are; only for who asked for them."""
    job = web.load(Job, sheet_job_id, "core:job:own")
    if job.kind != service.PRINT:
        abort(404)
    kind, label = _JOB_STATES[job.state]
    over = job.state in (JobState.DONE, JobState.DEAD)
    file = None
    if job.state is JobState.DONE:
        file = db.session.scalar(
            sa.select(StoredFile).where(StoredFile.public_id == job.result["file"])
        )
    block = bool(request.headers.get("HX-Request"))
    return render_template(
        "certificates/_print_job.html" if block else "certificates/print_job.html",
        job=job,
        state={"kind": kind, "label": gettext(label)},
        poll=None if over else url_for("certificates.print_job", sheet_job_id=sheet_job_id),
        file_url=files.link(file, download=True) if file else "",
    )


@room.page("/certificates/cards/<card_id>", READ)
def card(card_id: str) -> str:
    found = web.load(WorkCard, card_id, READ, joinedload(WorkCard.person))
    who, now = web.actor(), clock.now()
    status = queries.card_status(found, clock.today())
    due = status.state is WorkCardState.ANNUAL_CHECK_DUE
    own = found.person_id == who.person_id
    verdict = service.check_verdict(found, now) if due else None
    facts = service.taking_back(found, _NEEDS_REASON)

    def may_take_back(action: str) -> bool:
        allowed = not own and access.may(who, _CARD + action, found)
        return allowed and bool(WORK_CARD.judge(status.state, action, facts))

    return render_template(
        "certificates/card.html",
        c=shown.card(found, clock.today()),
        person=found.person,
        unit=shown.unit_of(found.person),
        events=shown.card_timeline(found),
        is_own=own,
        may_hand_over=found.state is WorkCardState.ISSUED
        and not own
        and access.may(who, _CARD + "hand_over", found),
        may_check=due and not own and access.may(who, _CARD + "check", found),
        may_take_back_check=may_take_back("take_back_check"),
        may_take_back_hand_over=may_take_back("take_back_hand_over"),
        may_withdraw=found.state is not WorkCardState.WITHDRAWN
        and not own
        and access.may(who, _CARD + "withdraw", found),
        may_print=found.state is not WorkCardState.WITHDRAWN
        and access.may(who, _CARD + "print", found),
        check_open=bool(verdict),
        check_reasons=[reason_row(r) for r in verdict.reasons] if verdict is not None else [],
    )


def _back(found: WorkCard, message: str) -> Response:
    return web.done(message, url_for("certificates.card", card_id=found.public_id))


@room.act("/certificates/cards/<card_id>/hand-over", _CARD + "hand_over")
def hand_over(card_id: str) -> Response:
    found = web.load(WorkCard, card_id, _CARD + "hand_over")
    service.hand_over(web.actor(), found, now=clock.now())
    return _back(found, gettext("已登记发放"))


@room.act("/certificates/cards/<card_id>/check", _CARD + "check")
def check(card_id: str) -> Response:
    found = web.load(WorkCard, card_id, _CARD + "check")
    service.check(web.actor(), found, now=clock.now())
    return _back(found, gettext("年审通过"))


def _reason() -> str:
    form = ReasonForm()
    if not form.validate():
        raise Refused.because("REASON_REQUIRED", N_("请写明理由"), status=422)
    return str(form.reason.data)


@room.act("/certificates/cards/<card_id>/take-back-hand-over", _CARD + "take_back_hand_over")
def take_back_hand_over(card_id: str) -> Response:
    found = web.load(WorkCard, card_id, _CARD + "take_back_hand_over")
    service.take_back_hand_over(web.actor(), found, _reason(), now=clock.now())
    return _back(found, gettext("发放已撤销，工作证回到待发放"))


@room.act("/certificates/cards/<card_id>/take-back-check", _CARD + "take_back_check")
def take_back_check(card_id: str) -> Response:
    found = web.load(WorkCard, card_id, _CARD + "take_back_check")
    service.take_back_check(web.actor(), found, _reason(), now=clock.now())
    return _back(found, gettext("年审已撤销"))


@room.act("/certificates/cards/<card_id>/withdraw", _CARD + "withdraw")
def withdraw(card_id: str) -> Response:
    found = web.load(WorkCard, card_id, _CARD + "withdraw", joinedload(WorkCard.person))
    service.withdraw_card(web.actor(), found.person, _reason(), now=clock.now())
    return _back(found, gettext("工作证已收回"))
