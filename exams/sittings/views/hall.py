"""监考: the board of a hall by seat; admitting, giving minutes, noting what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import clock, i18n, web
from training.core.db import db
from training.core.errors import Refused
from training.core.rules.contact import mask_name
from training.core.rules.verdict import Verdict

from .. import log, proctoring, queries
from ..forms import ExtendForm, NoteCorrectionForm, NoteForm
from ..models import Attempt, Sitting, TimeExtension
from ..queries import Seat
from ..rules.attempt import DROPPED, STARTED, STATE_LABELS, AttemptState
from ..rules.sitting import Admission, SittingStage
from ..rules.steps import StepKind
from ..saving import away_seconds
from ._room import Badge, room
from .planning import badge

#: Seconds without a word from a device after which the board calls it cut off.
_SILENT = 120
_OVER = STARTED - {AttemptState.IN_PROGRESS}


@dataclass(frozen=True, slots=True)
class Tile:
    """A seat as the board draws it."""

    no: int
    name: str
    kind: str
    word: str
    done: int
    total: int
    signals: tuple[tuple[str, str], ...]
    url: str
    admit_url: str


@room.page("/hall", "sittings:sitting:proctor")
def halls() -> str:
    """The sittings to proctor."""
    listed = queries.sittings(web.actor(), "sittings:sitting:proctor", clock.now())
    rows = [
        {
            "title": i18n.title_of(x.sitting),
            "starts_at": i18n.format_datetime(x.sitting.starts_at),
            "place": x.sitting.place,
            "candidates": x.candidates,
            "state": badge(x.state),
            "url": url_for("exams_sittings.hall", sitting_id=x.sitting.public_id),
        }
        for x in listed
    ]
    return render_template("exams_sittings/halls.html", rows=rows)


def tile_of(seat: Seat, sitting: Sitting, *, in_charge: bool) -> Tile:
    """``in_charge``: whoever looks may act in this hall."""
    attempt = seat.attempt
    signals: list[tuple[str, str]] = []
    if seat.focus_events:
        signals.append(("eye-off", gettext("切屏 %(n)s 次", n=seat.focus_events)))
    if seat.extra_minutes:
        signals.append(("clock", gettext("已加时 %(n)s 分", n=seat.extra_minutes)))
    if seat.late:
        signals.append(("warn", gettext("逾期答案 %(n)s 条", n=seat.late)))
    if seat.notes:
        signals.append(("note", gettext("记录 %(n)s 条", n=seat.notes)))
    kind, word = "none", gettext(STATE_LABELS[seat.state])
    silent = int(seat.silent_for.total_seconds()) if seat.silent_for else 0
    if seat.state is AttemptState.IN_PROGRESS:
        kind, word = "info", gettext("作答中")
        if seat.focus_flagged:
            kind, word = "due", gettext("留意")
        if silent > _SILENT:
            signals.append(("clock", gettext("%(n)s 分钟没有保存", n=silent // 60)))
    elif seat.state in _OVER:
        kind = "ok"
    elif seat.state is AttemptState.SCHEDULED:
        word = gettext("未到")
    waits = (
        in_charge
        and seat.state is AttemptState.SCHEDULED
        and sitting.admission is Admission.PROCTOR
    )
    return Tile(
        no=attempt.seat,
        name=mask_name(attempt.person.name),
        kind=kind,
        word=word,
        done=seat.answered,
        total=len(attempt.arrangement),
        signals=tuple(signals),
        url=url_for("exams_sittings.seat", attempt_id=attempt.public_id),
        admit_url=url_for("exams_sittings.admit", attempt_id=attempt.public_id) if waits else "",
    )


@room.page("/hall/<sitting_id>", "sittings:sitting:proctor")
def hall(sitting_id: str) -> str:
    """The board; asked by htmx it answers the tiles alone."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:proctor")
    now = clock.now()
    seats = queries.seats(found, now)
    states = [s.state for s in seats]
    counts = {
        "writing": sum(s is AttemptState.IN_PROGRESS for s in states),
        "due": sum(s.focus_flagged and s.state is AttemptState.IN_PROGRESS for s in seats),
        "over": sum(s in _OVER for s in states),
        "absent": sum(s is AttemptState.SCHEDULED for s in states),
    }
    ends = [
        s.held.deadline for s in seats if s.held.deadline and s.state is AttemptState.IN_PROGRESS
    ]
    named = proctoring.may_proctor(web.actor(), found)
    template = "_board.html" if request.headers.get("HX-Request") else "hall.html"
    return render_template(
        f"exams_sittings/{template}",
        sitting=found,
        state=badge(queries.state_of(found, now)),
        tiles=[tile_of(s, found, in_charge=bool(named)) for s in seats],
        counts=counts,
        last_end=f"{clock.local(max(ends)):%H:%M}" if ends else "",
        form=ExtendForm(formdata=None),
        stands=found.stage is not SittingStage.CANCELLED,
        barred=_barred(named),
        given=_given(found, queries.extensions_of(found), now),
    )


def _barred(named: Verdict) -> str:
    """Why whoever looks may not act here; empty for those who proctor the sitting."""
    return " ".join(i18n.say(r.words) for r in named.reasons)


def _given(
    sitting: Sitting, extensions: Sequence[TimeExtension], now: datetime
) -> list[dict[str, Any]]:
    """Minutes that were given, each with what takes it back or took it back."""
    if not extensions:
        return []
    notice = proctoring.revoke_notice(sitting, now).value
    return [
        {
            "title": gettext("加时 %(n)s 分钟", n=e.minutes),
            "note": f"{i18n.format_datetime(e.granted_at)} · {e.reason}",
            "revoked": gettext(
                "已于 %(when)s 撤销：%(reason)s",
                when=i18n.format_datetime(e.revocation.revoked_at), reason=e.revocation.reason,
            )
            if e.revocation
            else "",
            "id": e.public_id,
            "notice": notice,
        }
        for e in extensions
    ]  # fmt: skip


@room.act("/hall/<sitting_id>/extend", "sittings:sitting:extend")
def extend_all(sitting_id: str) -> Response:
    """Minutes for everybody in the hall."""
    found = web.load(Sitting, sitting_id, "sittings:sitting:extend")
    minutes, reason = _minutes()
    proctoring.extend_all(web.actor(), found, minutes, reason, now=clock.now())
    return web.done(
        gettext("已为全场加时 %(n)s 分钟", n=minutes),
        url_for("exams_sittings.hall", sitting_id=sitting_id),
    )


def _minutes() -> tuple[int, str]:
    form = ExtendForm()
    if not form.validate():
        first = next(iter(form.errors.values()))[0]
        raise Refused.because("MINUTES", str(first), status=422)
    return form.minutes.data or 0, form.reason.data or ""


@room.page("/hall/seats/<attempt_id>", "sittings:attempt:note")
def seat(attempt_id: str) -> str:
    """One seat: what happened, and what can be done."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:note")
    return _seat_page(attempt, NoteForm(formdata=None))


def _seat_page(
    attempt: Attempt, form: NoteForm, correction: NoteCorrectionForm | None = None
) -> str:
    now = clock.now()
    held = log.held(attempt.id)
    words = {
        StepKind.START: gettext("开始答题"),
        StepKind.TAKE_OVER: gettext("换了设备"),
        StepKind.FOCUS_LOSS: gettext("离开考试页面"),
        StepKind.SUBMIT: gettext("交卷"),
    }
    steps = log.steps_of([attempt.id], words)[attempt.id]
    happened = [
        {
            "when": s.received_at,
            "what": words[s.kind],
            "detail": gettext("%(n)s 秒", n=away_seconds(s))
            if s.kind is StepKind.FOCUS_LOSS
            else "",
            "kind": "due" if s.kind in (StepKind.FOCUS_LOSS, StepKind.TAKE_OVER) else "info",
        }
        for s in steps
    ]
    happened += [
        {"when": e.granted_at, "what": gettext("加时 %(n)s 分钟", n=e.minutes), "detail": e.reason,
         "kind": "info"}
        for e in held.extensions
    ]  # fmt: skip
    happened += [
        {"when": e.revoked_at, "what": gettext("撤销加时 %(n)s 分钟", n=e.minutes), "kind": "due"}
        for e in held.extensions
        if e.revoked_at is not None
    ]
    notes = _notes(attempt)
    happened += notes
    state = held.state_at(now)
    return render_template(
        "exams_sittings/seat.html",
        attempt=attempt,
        state=Badge(
            "info" if state is AttemptState.IN_PROGRESS else "none", gettext(STATE_LABELS[state])
        ),
        deadline=held.deadline,
        writing=state is AttemptState.IN_PROGRESS,
        waits=state is AttemptState.SCHEDULED,
        happened=sorted(happened, key=lambda h: h["when"]),
        form=form,
        extend=ExtendForm(formdata=None),
        given=_given(attempt.sitting, queries.extensions_of(attempt.sitting, attempt), now),
        corrigible=[n for n in notes if not n["corrected"]],
        correction=correction or NoteCorrectionForm(formdata=None),
        dropped=state in DROPPED,
        barred=_barred(proctoring.may_proctor(web.actor(), attempt.sitting)),
    )


def _notes(attempt: Attempt) -> list[dict[str, Any]]:
    """The notes of proctors by number; one that was corrected stays readable and says so."""
    listed = queries.notes_of(attempt)
    numbers = {note.id: number for number, (note, _) in enumerate(listed, 1)}
    corrected = {note.corrects_id for note, _ in listed}
    found = []
    for note, name in listed:
        details = []
        if note.corrects_id is not None:
            details.append(
                gettext("更正第 %(n)s 条。理由：%(why)s", n=numbers[note.corrects_id], why=note.why)
            )
        if note.id in corrected:
            details.append(gettext("已更正"))
        found.append(
            {
                "when": note.at,
                "who": name,
                "what": gettext("记录 %(n)s：%(text)s", n=numbers[note.id], text=note.text),
                "detail": " / ".join(details),
                "kind": "due" if note.flags and note.id not in corrected else "none",
                "number": numbers[note.id],
                "text": note.text,
                "flags": note.flags,
                "corrected": note.id in corrected,
            }
        )
    return found


@room.act("/hall/seats/<attempt_id>/admit", "sittings:attempt:admit")
def admit(attempt_id: str) -> Response:
    """The identity has been checked."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:admit")
    done = proctoring.admit(web.actor(), attempt, now=clock.now())
    return web.done(
        gettext("已核对身份，准予入场：%(n)s 号", n=done.seat),
        url_for("exams_sittings.hall", sitting_id=done.sitting.public_id),
    )


@room.act("/hall/seats/<attempt_id>/extend", "sittings:attempt:extend")
def extend_one(attempt_id: str) -> Response:
    """Minutes for one candidate."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:extend")
    minutes, reason = _minutes()
    proctoring.extend_one(web.actor(), attempt, minutes, reason, now=clock.now())
    return web.done(
        gettext("已加时 %(n)s 分钟", n=minutes),
        url_for("exams_sittings.seat", attempt_id=attempt_id),
    )


@room.act("/hall/extensions/<extension_id>/revoke", "sittings:extension:revoke")
def revoke(extension_id: str) -> Response:
    """Take minutes back that were given in error."""
    found = web.load(TimeExtension, extension_id, "sittings:extension:revoke")
    proctoring.revoke(web.actor(), found, request.form.get("reason", ""), now=clock.now())
    one = found.attempt_id and db.session.get(Attempt, found.attempt_id)
    hall_of = db.session.get_one(Sitting, found.sitting_id)
    return web.done(
        gettext("已撤销加时 %(n)s 分钟", n=found.minutes),
        url_for("exams_sittings.seat", attempt_id=one.public_id)
        if one
        else url_for("exams_sittings.hall", sitting_id=hall_of.public_id),
    )


@room.act("/hall/seats/<attempt_id>/note", "sittings:attempt:note")
def note(attempt_id: str) -> Response | tuple[str, int]:
    """Write down what was seen."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:note")
    form = NoteForm()
    if not form.validate():
        return _seat_page(attempt, form), 422
    proctoring.note(
        web.actor(), attempt, form.text.data or "", bool(form.flags.data), now=clock.now()
    )
    flash(gettext("已记录"), "done")
    return web.go(url_for("exams_sittings.seat", attempt_id=attempt_id))


@room.act("/hall/seats/<attempt_id>/correct_note", "sittings:attempt:note")
def correct_note(attempt_id: str) -> Response | tuple[str, int]:
    """Correct a note by a further one."""
    attempt = web.load(Attempt, attempt_id, "sittings:attempt:note")
    form = NoteCorrectionForm()
    if not form.validate():
        return _seat_page(attempt, NoteForm(formdata=None), form), 422
    number = form.number.data or ""
    proctoring.correct_note(
        web.actor(), attempt, int(number) if number.isascii() and number.isdigit() else 0,
        form.text.data or "", bool(form.flags.data), form.why.data or "", now=clock.now(),
    )  # fmt: skip
    flash(gettext("已更正，原记录留存备查"), "done")
    return web.go(url_for("exams_sittings.seat", attempt_id=attempt_id))
