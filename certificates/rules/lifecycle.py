"""The life of a certificate (《岗前培训考核合格证书》) and what it is worth on a given day.

What is stored is what somebody did; ``expired`` is computed from dates whenever it is
asked for. Services step the machine from the state that ``status_on`` gives for today, so
that an expired certificate is treated as one although no job has touched it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from training.core.rules.machine import Machine, Transition
from training.core.rules.periods import last_day_of_years
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.proceedings.rules.reasons import reason_given

from .issue import issue_gate

_BASIS = "lifecycle:certificate"


class CertificateState(StrEnum):
    """States of a certificate; ``EXPIRED`` is computed, never stored."""

    PENDING = "pending"
    ISSUED = "issued"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


CERTIFICATE_STATE_LABELS = {
    CertificateState.PENDING: N_("待发证"),
    CertificateState.ISSUED: N_("已制证"),
    CertificateState.ACTIVE: N_("有效"),
    CertificateState.SUSPENDED: N_("暂停"),
    CertificateState.EXPIRED: N_("过期"),
    CertificateState.REVOKED: N_("撤销"),
    CertificateState.CANCELLED: N_("注销"),
    CertificateState.REPLACED: N_("已换发、补发"),
}


class RevocationGround(StrEnum):
    """Why a certificate is taken back as never deserved (撤销)."""

    FRAUD = "fraud"
    ISSUED_IN_ERROR = "issued_in_error"


class CancellationGround(StrEnum):
    """Why a certificate ends without reproach (注销)."""

    LEFT = "left"
    DIED = "died"
    ASKED = "asked"


class ReissueGround(StrEnum):
    """Why a paper is made again for the same period (补发)."""

    LOST = "lost"
    DAMAGED = "damaged"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class ActivationFacts:
    """What was frozen at issue: the hashes of payload and document, in hexadecimal."""

    payload_sha256: str
    document_sha256: str


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """A grave act: its ground where the act has one, the reason in words, and for a
    replacement the number of the certificate that follows."""

    reason: str
    ground: StrEnum | None = None
    successor: str = ""


def activation_gate(facts: ActivationFacts) -> Verdict:
    """Only a frozen certificate becomes active. Code ``certificate.not_frozen``."""
    if facts.payload_sha256 and facts.document_sha256:
        return ALLOWED
    return refuse("certificate.not_frozen", N_("证书文件尚未生成并固定"), basis=_BASIS)


def reason_gate(facts: ChangeFacts) -> Verdict:
    """Code ``REASON_REQUIRED``."""
    return reason_given(facts.reason, basis=_BASIS)


def _ground_gate(facts: ChangeFacts, grounds: type[StrEnum], message: str) -> Verdict:
    verdict = reason_gate(facts)
    if not isinstance(facts.ground, grounds):
        verdict &= refuse("certificate.ground", message, basis=_BASIS)
    return verdict


def revocation_gate(facts: ChangeFacts) -> Verdict:
    """撤销 needs fraud or an issue in error. Codes ``certificate.ground``, ``REASON_REQUIRED``."""
    return _ground_gate(facts, RevocationGround, N_("撤销只适用于以欺骗手段取得或者错误发证的情形"))


def cancellation_gate(facts: ChangeFacts) -> Verdict:
    """注销 needs leaving, death or the holder's wish. Codes as for revocation."""
    return _ground_gate(facts, CancellationGround, N_("注销只适用于离岗、死亡或者本人申请的情形"))


def renewal_gate(facts: ChangeFacts) -> Verdict:
    """换发 names the certificate that follows. Codes ``certificate.successor``,
    ``REASON_REQUIRED``."""
    if facts.successor:
        return reason_gate(facts)
    return reason_gate(facts) & refuse(
        "certificate.successor", N_("请先签发新证书，再将旧证书记为已换发、补发"), basis=_BASIS
    )


def reissue_gate(facts: ChangeFacts) -> Verdict:
    """补发 needs loss, damage or a correction, and the certificate that follows."""
    grounded = _ground_gate(facts, ReissueGround, N_("补发只适用于遗失、损坏或者更正的情形"))
    return renewal_gate(facts) & Verdict(
        tuple(r for r in grounded.reasons if r.code == "certificate.ground")
    )


_PERMISSION = "certificates:certificate:"
_LIVING = (
    CertificateState.ISSUED,
    CertificateState.ACTIVE,
    CertificateState.SUSPENDED,
    CertificateState.EXPIRED,
)

CERTIFICATE = Machine(
    "certificate",
    CertificateState,
    CertificateState.PENDING,
    (
        Transition(
            "issue",
            (CertificateState.PENDING,),
            CertificateState.ISSUED,
            _PERMISSION + "issue",
            issue_gate,
            grave=True,
            label=N_("签发"),
        ),
        Transition(
            "activate",
            (CertificateState.ISSUED,),
            CertificateState.ACTIVE,
            _PERMISSION + "activate",
            activation_gate,
            label=N_("生效"),
        ),
        # Pages offer these in this order, from harmless to grave.
        # Not from suspended: a replacement must not get round a suspension.
        Transition(
            "renew",
            (CertificateState.ACTIVE, CertificateState.EXPIRED),
            CertificateState.REPLACED,
            _PERMISSION + "renew",
            renewal_gate,
            grave=True,
            label=N_("换发"),
        ),
        Transition(
            "reissue",
            (CertificateState.ACTIVE,),
            CertificateState.REPLACED,
            _PERMISSION + "reissue",
            reissue_gate,
            grave=True,
            label=N_("补发"),
        ),
        Transition(
            "reinstate",
            (CertificateState.SUSPENDED,),
            CertificateState.ACTIVE,
            _PERMISSION + "reinstate",
            reason_gate,
            grave=True,
            label=N_("恢复"),
        ),
        Transition(
            "suspend",
            (CertificateState.ACTIVE,),
            CertificateState.SUSPENDED,
            _PERMISSION + "suspend",
            reason_gate,
            grave=True,
            label=N_("暂停"),
        ),
        Transition(
            "cancel",
            (CertificateState.PENDING, *_LIVING),
            CertificateState.CANCELLED,
            _PERMISSION + "cancel",
            cancellation_gate,
            grave=True,
            label=N_("注销"),
        ),
        Transition(
            "revoke",
            _LIVING,
            CertificateState.REVOKED,
            _PERMISSION + "revoke",
            revocation_gate,
            grave=True,
            label=N_("撤销"),
        ),
    ),
    final=(CertificateState.REVOKED, CertificateState.CANCELLED, CertificateState.REPLACED),
    computed=(CertificateState.EXPIRED,),
)


@dataclass(frozen=True, slots=True)
class StateChange:
    """From this day on the certificate was in this state."""

    on: date
    state: CertificateState


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """First and last day of validity, both inclusive, and every stored change in order.

    Raises ``ValueError`` for dates out of order or a stored ``EXPIRED``.
    """

    valid_from: date
    valid_until: date
    history: tuple[StateChange, ...]

    def __post_init__(self) -> None:
        if self.valid_until < self.valid_from:
            raise ValueError("validity ends before it begins")
        if any(later.on < earlier.on for earlier, later in pairwise(self.history)):
            raise ValueError("history is out of order")
        if any(change.state is CertificateState.EXPIRED for change in self.history):
            raise ValueError("expiry is computed, not stored")


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """What a certificate is on a day. ``days_left`` counts to the last day (0 on it) and is
    ``None`` once nothing is left; ``expiring`` asks for a reminder."""

    state: CertificateState
    days_left: int | None
    expiring: bool

    @property
    def in_force(self) -> bool:
        return self.state is CertificateState.ACTIVE


def validity(valid_from: date, years: int) -> tuple[date, date]:
    """First and last day of a new certificate; ``years`` is policy ``cert.validity_years``.

    A reissued (补发) certificate keeps the last day of the one it replaces.
    """
    return valid_from, last_day_of_years(valid_from, years)


def status_on(record: CertificateRecord, day: date, *, expiring_days: int) -> CertificateStatus:
    """What the certificate was, is or will be on ``day``, as far as it is recorded.

    ``expiring_days`` is policy ``cert.expiring_days``. A suspended certificate stays
    suspended beyond its last day, so that expiry never hides the suspension. A later
    撤销 does not rewrite what held before: an agreement already made is untouched.
    """
    stored = CertificateState.PENDING
    for change in record.history:
        if change.on <= day:
            stored = change.state
    state = stored
    if stored in (CertificateState.ISSUED, CertificateState.ACTIVE):
        if day > record.valid_until:
            state = CertificateState.EXPIRED
        elif day < record.valid_from:
            state = CertificateState.ISSUED
    left = (record.valid_until - day).days
    still_runs = state in (
        CertificateState.ISSUED,
        CertificateState.ACTIVE,
        CertificateState.SUSPENDED,
    )
    days_left = left if still_runs and left >= 0 else None
    expiring = state is CertificateState.ACTIVE and left <= expiring_days
    return CertificateStatus(state, days_left, expiring)
