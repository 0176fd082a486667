"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")
_PAPER = N_("证明谁持有证书，供公众核验")
_CARD = N_("证明谁持有工作证，供公众核验")
_HISTORY = N_("留存证书与工作证的办理经过")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (
    _ledger("certificate_template.created_by", N_("经办人"), _ACT),
    _ledger("certificate.person_id", N_("持证人"), _PAPER),
    _ledger("certificate.number", N_("证书编号"), _PAPER),
    _ledger("certificate.code", N_("核验码"), _PAPER),
    _ledger("certificate.issuer_id", N_("发证人"), _ACT),
    _ledger("certificate.inputs", N_("发证所据事实"), _HISTORY),
    _ledger("certificate.payload", N_("证书内容"), _PAPER),
    _ledger("certificate.pdf_id", N_("证书文件"), _PAPER),
    _ledger("certificate.picture_id", N_("证书图片"), _PAPER),
    _ledger("certificate_event.person_id", N_("持证人"), _HISTORY),
    _ledger("certificate_event.actor_id", N_("经办人"), _ACT),
    _ledger("certificate_event.reason", N_("办理理由"), _HISTORY),
    _ledger("work_card.person_id", N_("持证人"), _CARD),
    _ledger("work_card.code", N_("核验码"), _CARD),
    _ledger("work_card.issuer_id", N_("发证人"), _ACT),
    _ledger("work_card.payload", N_("工作证内容"), _CARD),
    _ledger("work_card_event.person_id", N_("持证人"), _HISTORY),
    _ledger("work_card_event.actor_id", N_("经办人"), _ACT),
    _ledger("work_card_event.reason", N_("办理理由"), _HISTORY),
    _ledger("work_card_event.inputs", N_("年审所据事实"), _HISTORY),
)

NOT_PERSONAL = (
    plain(
        "certificate_template",
        "id public_id org_id version title title_en body note reason created_at",
    )
    | plain(
        "certificate",
        "id public_id org_id certificate_class state issued_on valid_from valid_until "
        "issuer_org_id template_id policy payload_sha256 pdf_sha256 replaces_id created_at",
    )
    | plain(
        "certificate_event",
        "id public_id certificate_id org_id action from_state to_state occurred_on at ground "
        "corrects_id",
    )
    | plain(
        "work_card",
        "id public_id org_id state issued_on last_checked_on payload_sha256 created_at",
    )
    | plain(
        "work_card_event",
        "id public_id work_card_id org_id action from_state to_state occurred_on at",
    )
)
