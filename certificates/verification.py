"""What the public page says of a certificate or a work card: a verdict in one word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core import clock
from training.core.db import db
from training.core.documents.rules.codes import read
from training.core.rules.contact import mask_name
from training.core.rules.words import N_, Words

from . import history, payload, queries
from .models import Certificate, WorkCard
from .rules.lifecycle import CertificateState
from .rules.work_card import WorkCardState

_WORDS = {
    CertificateState.ACTIVE: ("ok", N_("有效"), N_("%(name)s持有的%(title)s，有效期至 %(until)s")),
    CertificateState.SUSPENDED: ("stop", N_("暂停"), N_("%(name)s的%(title)s自 %(since)s 起暂停使用")),
    CertificateState.EXPIRED: ("due", N_("过期"), N_("%(name)s的%(title)s已于 %(until)s 到期")),
    CertificateState.REVOKED: ("stop", N_("撤销"), N_("%(name)s的%(title)s已于 %(since)s 撤销")),
    CertificateState.CANCELLED: ("none", N_("注销"), N_("%(name)s的%(title)s已于 %(since)s 注销")),
    CertificateState.REPLACED: ("due", N_("已换发"), N_("%(name)s的%(title)s已于 %(since)s 换发、补发，本证不再使用")),
    CertificateState.ISSUED: ("due", N_("待生效"), N_("%(name)s的%(title)s已经签发，尚未生效")),
    CertificateState.PENDING: ("due", N_("待生效"), N_("%(name)s的%(title)s尚未签发")),
}  # fmt: skip
_CARD_WORDS = {
    WorkCardState.ISSUED: ("due", N_("未发放"), N_("%(name)s的人民调解员工作证已经制作，尚未发放")),
    WorkCardState.VALID: ("ok", N_("有效"), N_("%(name)s持有的人民调解员工作证，最近一次年审 %(checked)s")),
    WorkCardState.ANNUAL_CHECK_DUE: ("due", N_("年审中"), N_("%(name)s的人民调解员工作证应在 %(by)s 前年审")),
    WorkCardState.WITHDRAWN: ("none", N_("已收回"), N_("%(name)s的人民调解员工作证已于 %(since)s 收回")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict: ``kind`` for colour and shape, ``word`` for two metres, ``text`` for the rest.
    ``facts`` are (label, value): text, or a date."""

    kind: str
    word: str
    text: Words
    facts: tuple[tuple[str, str | date], ...] = ()
    successor: str = ""
    is_hit: bool = True


UNKNOWN = Answer(
    "none", N_("查无此证"), Words(N_("没有这样的证书，或者编号与核验码不相符")), is_hit=False
)
ALTERED_FILE = Answer(
    "stop", N_("无效"),
    Words(N_("文件被改动，或者不是本平台签发的文件。请以编号和核验码查询为准")), is_hit=False,
)  # fmt: skip
_ALTERED_RECORD = Answer(
    "stop", N_("无效"), Words(N_("平台的记录与签发时不一致，请与发证机关联系核实"))
)


def by_number(number: str, typed_code: str, now: datetime) -> Answer:
    """The certificate with this number, for who knows its code too; else ``UNKNOWN``."""
    code = read(typed_code)
    found = code and db.session.scalar(
        _certificates().where(Certificate.number == number, Certificate.code == code)
    )
    return of_certificate(found, now) if found else UNKNOWN


def by_code(typed_code: str, now: datetime) -> Answer:
    """What a QR code leads to: a certificate or a work card."""
    code = read(typed_code)
    if code is None:
        return UNKNOWN
    found = db.session.scalar(_certificates().where(Certificate.code == code))
    if found is not None:
        return of_certificate(found, now)
    card = db.session.scalar(sa.select(WorkCard).where(WorkCard.code == code))
    return of_card(card, now) if card is not None else UNKNOWN


def by_file(sha256: str, now: datetime) -> Answer:
    """Is this file, byte for byte, one that was issued?"""
    found = db.session.scalar(_certificates().where(Certificate.pdf_sha256 == sha256))
    return of_certificate(found, now) if found is not None else ALTERED_FILE


def _certificates() -> sa.Select[Certificate]:
    return sa.select(Certificate).options(joinedload(Certificate.issuer_org))


def of_certificate(certificate: Certificate, now: datetime) -> Answer:
    """The verdict on a certificate today. Names are masked; why it was suspended or revoked
    is nobody's business here."""
    if not payload.is_intact(certificate):
        return _ALTERED_RECORD
    today, printed = clock.today(now), certificate.payload
    state = queries.status(certificate, today, 0).state
    kind, word, text = _WORDS[state]
    events = history.events_of(certificate)
    changes = [e.occurred_on for e in events if e.from_state != e.to_state]
    words = Words.of(
        text, name=mask_name(printed["name"]), title=Words(printed["title"]),
        until=certificate.valid_until, since=changes[-1] if changes else certificate.issued_on,
    )  # fmt: skip
    facts: tuple[tuple[str, str | date], ...] = (
        (N_("证书编号"), certificate.number),
        (N_("持证人"), mask_name(printed["name"])),
        (N_("证书名称"), printed["title"]),
        (N_("发证机关"), printed["issuer"]),
        (N_("发证日期"), certificate.issued_on),
        (N_("有效期至"), certificate.valid_until),
    )
    return Answer(kind, word, words, facts, _successor(certificate, state, today))


def _successor(certificate: Certificate, state: CertificateState, today: date) -> str:
    """The number that follows a replaced one, if that certificate is in force today."""
    if state is not CertificateState.REPLACED:
        return ""
    following = db.session.scalar(
        sa.select(Certificate).where(Certificate.replaces_id == certificate.id)
    )
    if following is None or not queries.status(following, today, 0).in_force:
        return ""
    return following.number


def of_card(card: WorkCard, now: datetime) -> Answer:
    """The verdict on a work card today."""
    today, printed = clock.today(now), card.payload
    status = queries.card_status(card, today)
    kind, word, text = _CARD_WORDS[status.state]
    events = history.card_events_of(card)
    words = Words.of(
        text, name=mask_name(printed["name"]), checked=card.last_checked_on,
        by=status.check_by or card.last_checked_on,
        since=events[-1].occurred_on if events else card.issued_on,
    )  # fmt: skip
    facts: tuple[tuple[str, str | date], ...] = (
        (N_("证件名称"), N_("人民调解员工作证")),
        (N_("持证人"), mask_name(printed["name"])),
        (N_("人员编号"), printed["mediator_no"]),
        (N_("所在调委会"), printed["committee"]),
        (N_("发证机关"), printed["issuer"]),
        (N_("制证日期"), card.issued_on),
    )
    return Answer(kind, word, words, facts)
