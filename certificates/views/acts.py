"""One certificate: what it says, what was done with it, and what may be done now."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import abort, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from training.core import access, clock, web
from training.core.db import db
from training.core.errorpages import reason_row
from training.core.errors import Refused
from training.core.rule_names import rule_name
from training.core.rules.explanation import show_hundredths
from training.core.rules.vocabulary import TOPIC_LABELS
from training.core.rules.words import N_

from .. import basis, service
from ..forms import GROUND_LABELS, CorrectForm, GroundForm, ReasonForm
from ..gates import LIVING
from ..models import Certificate, CertificateEvent
from ..rules.lifecycle import (
    CERTIFICATE,
    CancellationGround,
    ReissueGround,
    RevocationGround,
)
from . import room, shown

READ = "certificates:certificate:read"
_ACT = "certificates:certificate:"
_OFFERED = ("renew", "reissue", "reinstate", "suspend", "cancel", "revoke")
_GROUNDS: dict[str, type[StrEnum]] = {
    "revoke": RevocationGround,
    "cancel": CancellationGround,
    "reissue": ReissueGround,
}


@room.page("/certificates/<certificate_id>", READ)
def certificate(certificate_id: str) -> str:
    found = web.load(Certificate, certificate_id, READ)
    today, who = clock.today(), web.actor()
    details = shown.details(found, today)
    offered = [
        t
        for (state, _), t in CERTIFICATE.table.items()
        if state == details["status"].state
        and t.action in _OFFERED
        and (t.action != "renew" or service.may_renew(found, today))
        and found.person_id != who.person_id
        and access.may(who, t.permission, found)
    ]
    return render_template(
        "certificates/certificate.html",
        c=details,
        person=found.person,
        unit=shown.unit_of(found.person),
        events=shown.timeline(found),
        acts=offered,
        grounds={
            a: [(str(g), gettext(GROUND_LABELS[g])) for g in members]
            for a, members in _GROUNDS.items()
        },
        why=_why(found),
        unfounded=_unfounded(found),
        may_read_file=access.may(who, "people:person:read", found.person),
        may_correct=access.may(who, _ACT + "correct", found) and found.person_id != who.person_id,
        replaces=found.replaces,
        is_own=found.person_id == who.person_id,
    )


def _unfounded(found: Certificate) -> dict[str, Any] | None:
    """What of its basis no longer stands, while it lives and for those who may act upon it."""
    if found.state not in LIVING or found.person_id == web.actor().person_id:
        return None
    verdict = basis.of([found])[found.id].verdict
    if verdict:
        return None
    by_exam = any(code.startswith("basis.exam") for code in verdict.codes)
    title = gettext("所依据的考试结果已更正") if by_exam else gettext("所依据的学时已更正")
    return {"title": title, "reasons": [reason_row(r) for r in verdict.reasons]}


def _line(label: str, given: str, value: str, basis: str) -> dict[str, Any]:
    return {"label": label, "input": given, "value": value, "basis": rule_name(basis)}


def _why(found: Certificate) -> list[dict[str, Any]]:
    """What the certificate rests on, as its gates saw it."""
    inputs = found.inputs
    lines: list[dict[str, Any]] = []
    if follows := inputs.get("follows"):
        lines.append(
            _line(
                gettext("换发、补发"),
                gettext("原证书 %(number)s", number=follows),
                "",
                "cert.number",
            )
        )
        inputs = inputs.get("inputs", {})
    hours = inputs.get("hours", {})
    for code, label in (("total", N_("总学时")), *((str(t), w) for t, w in TOPIC_LABELS.items())):
        if f"{code}_done" in hours:
            done, required = hours[f"{code}_done"], hours[f"{code}_required"]
            lines.append(
                _line(
                    gettext(label),
                    f"{show_hundredths(done)} / {show_hundredths(required)}",
                    gettext("已修满") if done >= required else gettext("未修满"),
                    "training.prejob_hours",
                )
            )
    if exam := inputs.get("exam"):
        score = f"{show_hundredths(exam['points'])} / {show_hundredths(exam['full'])}"
        passed = gettext("合格") if exam["passed"] else gettext("不合格")
        hands = gettext("考试与阅卷经手 %(n)s 人，发证人不在其中", n=exam["examiners"])
        clean = gettext("无异常") if exam["clean"] else gettext("有异常")
        lines += [
            _line(gettext("考试"), score, passed, "exam.pass_mark"),
            _line(gettext("复核"), hands, clean, "cert.gates"),
        ]
    return lines


def _reason(form: ReasonForm) -> str:
    if not form.validate():
        raise Refused.because("REASON_REQUIRED", N_("请写明理由"), status=422)
    return str(form.reason.data)


def _grounded(action: str) -> tuple[Any, str]:
    form = GroundForm().offer(_GROUNDS[action])
    if not form.validate():
        raise Refused.because("REASON_REQUIRED", N_("请选择情形并写明理由"), status=422)
    return _GROUNDS[action](form.ground.data), str(form.reason.data)


def _back(changed: Certificate, message: str) -> Response:
    url = url_for("certificates.certificate", certificate_id=changed.public_id)
    return web.done(message, url)


@room.act("/certificates/<certificate_id>/suspend", _ACT + "suspend")
def suspend(certificate_id: str) -> Response:
    found = web.load(Certificate, certificate_id, _ACT + "suspend")
    service.suspend(web.actor(), found, _reason(ReasonForm()), now=clock.now())
    return _back(found, gettext("证书已暂停"))


@room.act("/certificates/<certificate_id>/reinstate", _ACT + "reinstate")
def reinstate(certificate_id: str) -> Response:
    found = web.load(Certificate, certificate_id, _ACT + "reinstate")
    service.reinstate(web.actor(), found, _reason(ReasonForm()), now=clock.now())
    return _back(found, gettext("证书已恢复"))


@room.act("/certificates/<certificate_id>/revoke", _ACT + "revoke")
def revoke(certificate_id: str) -> Response:
    found = web.load(Certificate, certificate_id, _ACT + "revoke")
    ground, reason = _grounded("revoke")
    service.revoke(web.actor(), found, ground, reason, now=clock.now())
    return _back(found, gettext("证书已撤销"))


@room.act("/certificates/<certificate_id>/cancel", _ACT + "cancel")
def cancel(certificate_id: str) -> Response:
    found = web.load(Certificate, certificate_id, _ACT + "cancel")
    ground, reason = _grounded("cancel")
    service.cancel(web.actor(), found, ground, reason, now=clock.now())
    return _back(found, gettext("证书已注销"))


@room.act("/certificates/<certificate_id>/renew", _ACT + "renew")
def renew(certificate_id: str) -> Response:
    found = web.load(Certificate, certificate_id, _ACT + "renew")
    made = service.renew(web.actor(), found, _reason(ReasonForm()), now=clock.now())
    return _back(made, gettext("已换发新证书 %(number)s", number=made.number))


@room.act("/certificates/<certificate_id>/reissue", _ACT + "reissue")
def reissue(certificate_id: str) -> Response:
    found = web.load(Certificate, certificate_id, _ACT + "reissue")
    ground, reason = _grounded("reissue")
    made = service.reissue(web.actor(), found, ground, reason, now=clock.now())
    return _back(made, gettext("已补发新证书 %(number)s", number=made.number))


@room.act("/certificates/<certificate_id>/correct", _ACT + "correct")
def correct(certificate_id: str) -> Response:
    """更正 a record of the history by a further one."""
    found = web.load(Certificate, certificate_id, _ACT + "correct")
    form = CorrectForm()
    reason = _reason(form)
    event = db.session.scalar(
        sa.select(CertificateEvent).where(
            CertificateEvent.public_id == str(form.event.data),
            CertificateEvent.certificate_id == found.id,
        )
    )
    if event is None:
        abort(404)
    service.correct(web.actor(), found, event, reason, now=clock.now())
    return _back(found, gettext("更正已记入，原记录留存备查"))


@room.act("/certificates/<certificate_id>/draw", READ)
def draw(certificate_id: str) -> Response:
    """Have the document made where it is not there yet."""
    found = web.load(Certificate, certificate_id, READ)
    service.order_document(web.actor(), found, now=clock.now())
    return _back(found, gettext("正在制作证书文件，稍后刷新即可下载"))
