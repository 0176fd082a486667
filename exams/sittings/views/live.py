"""The live exam: its page, and the JSON that it saves through (RFC 9457 on refusal)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Response, abort, jsonify, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from exams.bank.rules.question import KIND_LABELS, QuestionKind
from training.core import clock, i18n, web
from training.core.db import db
from training.core.errorpages import problem
from training.core.errors import Refused
from training.core.rules.explanation import show_hundredths
from training.core.rules.words import N_
from training.people import sessions

from .. import log, queries, saving, service
from ..models import Attempt
from ..rules.attempt import DROPPED, WAITING, AttemptState
from ..rules.steps import StepKind
from ._room import room
from .mine import mine_of

logger = structlog.get_logger("exam")

_MOMENT = re.compile(r"[0-9TZ:.+-]{1,40}")
_ID = re.compile(r"[0-9A-Za-z-]{8,40}")
_MAX_OPTIONS = 8
#: For how long a session outlives the deadline of the exam that is written in it.
_AFTERWARDS = timedelta(minutes=10)


@room.page("/attempts/<attempt_id>", "sittings:attempt:write")
def exam(attempt_id: str) -> str | BaseResponse:
    """The exam itself. Before the start it leads to the ticket, afterwards to the receipt."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:write")
    now = clock.now()
    held = log.held(attempt.id)
    state = held.state_at(now)
    if state in WAITING | DROPPED:
        return web.go(url_for("exams_sittings.ticket", attempt_id=attempt_id))
    if state is not AttemptState.IN_PROGRESS:
        return web.go(url_for("exams_sittings.receipt", attempt_id=attempt_id))
    left = int((held.deadline - now).total_seconds()) if held.deadline else 0
    return render_template(
        "exams_sittings/exam.html",
        attempt=attempt,
        total=len(attempt.arrangement),
        left=f"{left // 60}:{left % 60:02d}",
    )


@room.page("/attempts/<attempt_id>/receipt", "sittings:attempt:own")
def receipt(attempt_id: str) -> str | BaseResponse:
    """Handed in: when, how many answers, under which number."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:own")
    now = clock.now()
    held = log.held(attempt.id)
    state = held.state_at(now)
    if state in WAITING | DROPPED or state is AttemptState.IN_PROGRESS:
        return web.go(url_for("exams_sittings.exam", attempt_id=attempt_id))
    return render_template(
        "exams_sittings/receipt.html",
        attempt=attempt,
        mine=mine_of(attempt, now),
        ended_at=held.submitted_at or held.closes_at,
        by_itself=state is AttemptState.AUTO_SUBMITTED,
        answered=len(queries.answered(attempt, now).answers),
        total=len(attempt.arrangement),
    )


def _refused(error: Refused) -> Response:
    db.session.rollback()
    reason = error.verdict.reasons[0]
    extra = {"sequence": reason.words.params["sequence"]} if error.code == "STALE" else {}
    return problem(error.status, error.code, i18n.say(reason.words), error.verdict.reasons, **extra)


def _not_saved(error: Exception) -> Response:
    """Disk full, database gone: nothing is acknowledged that is not on the disk."""
    db.session.rollback()
    logger.error("save.failed", error=type(error).__name__)
    return problem(503, "NOT_SAVED", gettext("未保存，答案仍在本机，正在重试"))


def _bad(message: str) -> Refused:
    return Refused.because("BAD_STEP", message, status=422)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise _bad(N_("提交的内容不完整"))
    return body


def _writer(body: dict[str, Any]) -> str:
    writer = body.get("writer")
    if not isinstance(writer, str) or not _ID.fullmatch(writer):
        raise _bad(N_("缺少设备编号"))
    return writer


def _whole(value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _bad(N_("提交的内容不完整"))
    return value


def _moment(value: object) -> str:
    """What the client's clock said, if it is a moment at all; nothing is decided by it."""
    return value if isinstance(value, str) and _MOMENT.fullmatch(value) else ""


def client_step(body: dict[str, Any]) -> saving.ClientStep:
    """A step out of a request's body. Raises ``Refused`` (422) for anything odd."""
    kind, uuid, response = body.get("kind"), body.get("uuid"), body.get("response", [])
    if kind not in saving.CLIENT_KINDS or not isinstance(uuid, str) or not _ID.fullmatch(uuid):
        raise _bad(N_("提交的内容不完整"))
    if (
        not isinstance(response, list)
        or len(response) > _MAX_OPTIONS
        or not all(isinstance(o, str) and len(o) <= 10 for o in response)
    ):
        raise _bad(N_("提交的内容不完整"))
    on_slot = kind != StepKind.FOCUS_LOSS
    return saving.ClientStep(
        kind=StepKind(kind),
        client_uuid=uuid,
        client_seq=_whole(body.get("client_seq"), 1, 2_000_000_000),
        writer=_writer(body),
        slot=_whole(body.get("slot"), 1, 10_000) if on_slot else None,
        response=frozenset(response),
        client_at=_moment(body.get("client_at")),
        seconds=0 if on_slot else _whole(body.get("seconds"), 0, 86_400),
    )


@room.act("/attempts/<attempt_id>/steps", "sittings:attempt:write", keyless=True)
def save_step(attempt_id: str) -> Response:
    """Save one step; the acknowledgement follows the commit."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:write")
    now = clock.now()
    try:
        step = client_step(_body())
        slots = attempt.sitting.paper.slots
        saved = saving.save(attempt.id, attempt.person_id, slots, step, now)
    except Refused as error:
        return _refused(error)
    except OperationalError as error:
        return _not_saved(error)
    return jsonify(
        saved=True,
        sequence=saved.sequence,
        client_seq=saved.client_seq,
        at=saved.received_at.isoformat(),
        clock=f"{clock.local(saved.received_at):%H:%M:%S}",
        deadline=saved.deadline.isoformat(),
        now=now.isoformat(),
    )


@room.act("/attempts/<attempt_id>/pen", "sittings:attempt:write", keyless=True)
def take_pen(attempt_id: str) -> Response:
    """Begin to write on this device, and get the paper with what is answered already."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:write")
    now = clock.now()
    attempt_key, person_id = attempt.id, attempt.person_id
    try:
        body = _body()
        held = saving.take_pen(
            attempt_key, person_id, _writer(body), take_over=body.get("take_over") is True, now=now
        )
        if held.deadline is not None:
            sessions.keep_until(web.actor().session_id, held.deadline + _AFTERWARDS)
    except Refused as error:
        return _refused(error)
    except OperationalError as error:
        return _not_saved(error)
    return jsonify(screen(queries.with_paper(attempt_key), now))


@room.page("/attempts/<attempt_id>/clock", "sittings:attempt:write")
def exam_clock(attempt_id: str) -> Response:
    """The server's time and the deadline, which a proctor may have moved; whose pen it is."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:write")
    held = log.held(attempt.id)
    now = clock.now()
    return jsonify(
        now=now.isoformat(),
        deadline=held.deadline.isoformat() if held.deadline else None,
        state=str(held.state_at(now)),
        mine=held.writer == request.args.get("writer", ""),
    )


@room.act("/attempts/<attempt_id>/submit", "sittings:attempt:submit", keyless=True)
def submit(attempt_id: str) -> Response:
    """Hand in; a second time finds the same receipt."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:submit")
    try:
        done = service.submit(web.actor(), attempt, _writer(_body()), now=clock.now())
    except Refused as error:
        return _refused(error)
    except OperationalError as error:
        return _not_saved(error)
    return jsonify(
        receipt=done.receipt,
        at=done.submitted_at.isoformat() if done.submitted_at else None,
        url=url_for("exams_sittings.receipt", attempt_id=attempt_id),
    )


def screen(attempt: Attempt, now: datetime) -> dict[str, Any]:
    """All that the candidate's browser gets: questions in the attempt's own order, without
    keys or explanations, and what the server holds."""
    if attempt.started_at is None:
        abort(404)
    state = queries.answered(attempt, now)
    english = i18n.is_english()

    def said(words: dict[str, Any], name: str) -> str:
        return str((words[f"{name}_en"] if english else "") or words[name])

    questions = []
    for number, slot, options, words in queries.shown_paper(attempt):
        shown = words["options"]
        questions.append(
            {
                "number": number,
                "slot": slot.slot,
                "part": gettext(KIND_LABELS[slot.kind]),
                "many": slot.kind is QuestionKind.MULTIPLE,
                "points": gettext("%(points)s 分", points=show_hundredths(slot.points)),
                "stem": said(dict(words), "stem"),
                "options": [
                    {
                        "id": option,
                        # 正确 and 错误 are ours, everything else the author's.
                        "text": gettext(str(shown[option].get("text")))
                        if slot.kind is QuestionKind.TRUE_FALSE
                        else said(shown[option], "text"),
                    }
                    for option in options
                ],
            }
        )
    return {
        "questions": questions,
        "answers": {str(slot): sorted(chosen) for slot, chosen in state.answers.items()},
        "flags": sorted(state.flags),
        "sequence": state.held.last_client_seq,
        "deadline": state.held.deadline.isoformat() if state.held.deadline else None,
        "now": now.isoformat(),
        "focus_seconds": int(attempt.terms["focus_seconds"]),
        "partial": gettext(
            "多选、错选不得分，少选得 %(share)s%% 的分", share=attempt.terms["partial_share"]
        )
        if attempt.terms["partial_share"]
        else gettext("多选、错选、少选均不得分"),
    }
