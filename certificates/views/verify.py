"""证书核验: anybody asks whether a certificate is real and in force."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from flask import render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import clock, i18n, limits
from training.core.limits import limiter
from training.core.rules.verdict import Verdict
from training.core.rules.words import Words

from .. import verification
from ..forms import PdfForm
from ..rules.number import read_number
from ..verification import Answer
from . import room

PUBLIC = "certificates:verify:public"


def _said(words: Words) -> str:
    """Words whose dates are said in the reader's language."""
    shown = {k: i18n.format_date(v) if isinstance(v, date) else v for k, v in words.params.items()}
    return i18n.say(Words(words.message, shown))


def _page(answer: Answer | None, *, now: datetime, status: int = 200, **more: object) -> Response:
    if answer is not None and not answer.is_hit:
        limits.count_miss()
    body = render_template(
        "certificates/verify.html",
        answer=answer,
        text=_said(answer.text) if answer else "",
        facts=[
            (gettext(k), i18n.format_date(v) if isinstance(v, date) else gettext(v))
            for k, v in (answer.facts if answer else ())
        ],
        at=gettext("查询时间 %(at)s", at=f"{i18n.format_datetime(now)}"),
        form=more.pop("form", None) or PdfForm(formdata=None),
        host=request.host,
        **more,
    )
    return Response(body, status=status, mimetype="text/html")


@room.page("/verify", PUBLIC)
@limiter.limit(limits.lookups, deduct_when=limits.is_miss)
def verify() -> Response:
    """By number and code, as typed."""
    now, number = clock.now(), request.args.get("number", "").strip()[:60]
    code = request.args.get("code", "").strip()[:30]
    answer: Answer | None = None
    problem = suggestion = ""
    if number or code:
        read = read_number(number)
        if isinstance(read, Verdict):
            (reason,) = read.reasons
            problem = i18n.say(reason.words)
            suggestion = str(reason.words.params.get("suggestion", ""))
            limits.count_miss()
        else:
            number = str(read)
            answer = verification.by_number(number, code, now) if code else None
    return _page(
        answer, now=now, number=number, code=code, number_problem=problem,
        code_problem=gettext("请输入核验码，印在证书编号下面") if _needs_code(number, code, problem) else "",
        suggestion=suggestion,
    )  # fmt: skip


def _needs_code(number: str, code: str, problem: str) -> bool:
    return bool(number) and not code and not problem


@room.page("/v/<check_code>", PUBLIC)
@limiter.limit(limits.lookups, deduct_when=limits.is_miss)
def scan(check_code: str) -> Response:
    """By the QR code on the paper; this address works for ever."""
    now = clock.now()
    return _page(verification.by_code(check_code[:40], now), now=now)


@room.form_page("/verify/file", PUBLIC)
@limiter.limit(limits.lookups, deduct_when=limits.is_miss, methods=["POST"])
def verify_file() -> Response:
    """By the PDF itself: is it, byte for byte, what was issued?"""
    now, form = clock.now(), PdfForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return _page(None, now=now, form=form, status=status)
    digest = hashlib.sha256()
    while chunk := form.pdf.data.read(1 << 20):
        digest.update(chunk)
    return _page(verification.by_file(digest.hexdigest(), now), now=now, is_file=True)
