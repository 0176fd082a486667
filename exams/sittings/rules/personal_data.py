"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")
_OWN = N_("组织考试，保存作答经过")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (
    _ledger("exam_attempt.admitted_by", N_("核对身份的人"), _ACT),
    _ledger("exam_attempt.person_id", N_("本人"), _OWN),
    _ledger("exam_attempt.personal_factor", N_("时间照顾"), _OWN),
    _ledger("exam_attempt.receipt", N_("交卷回执号"), _OWN),
    _ledger("exam_attempt.seat", N_("座位"), _OWN),
    _ledger("exam_attempt.ticket_no", N_("准考证号"), _OWN),
    _ledger("exam_attempt.writer", N_("作答设备编号"), _OWN),
    _ledger("exam_attempt_step.actor_id", N_("经办人"), _ACT),
    _ledger("exam_attempt_step.client_uuid", N_("作答设备记录编号"), _OWN),
    _ledger("exam_attempt_step.reason", N_("理由"), _OWN),
    _ledger("exam_attempt_step.response", N_("作答内容"), _OWN),
    _ledger("exam_attempt_step.writer", N_("作答设备编号"), _OWN),
    _ledger("exam_proctor_note.flags", N_("提示"), _OWN),
    _ledger("exam_proctor_note.person_id", N_("本人"), _OWN),
    _ledger("exam_proctor_note.text", N_("所写内容"), _OWN),
    _ledger("exam_proctor_note.why", N_("更正的理由"), _OWN),
    _ledger("exam_sitting.created_by", N_("经办人"), _ACT),
    _ledger("exam_sitting_event.actor_id", N_("经办人"), _ACT),
    _ledger("exam_sitting_event.reason", N_("理由"), _OWN),
    _ledger("exam_sitting_proctor.person_id", N_("本人"), _OWN),
    _ledger("exam_extension_revocation.revoked_by", N_("经办人"), _ACT),
    _ledger("exam_time_extension.granted_by", N_("批准人"), _ACT),
)

NOT_PERSONAL = (
    plain(
        "exam_attempt",
        "admitted_at arrangement created_at head id last_client_seq last_saved_at "
        "last_seq lease_until org_id public_id seed sitting_id started_at state "
        "submitted_at terms",
    )
    | plain(
        "exam_attempt_step",
        "attempt_id chain_hash client_at client_seq entry_hash id kind received_at "
        "refers_to sequence slot",
    )
    | plain(
        "exam_proctor_note",
        "at attempt_id corrects_id id",
    )
    | plain(
        "exam_sitting",
        "admission created_at doors_open_at ends_at id limit_minutes org_id paper_id "
        "place public_id published_at stage starts_at title title_en",
    )
    | plain(
        "exam_sitting_event",
        "act after at attempt_id before id public_id sitting_id",
    )
    | plain(
        "exam_extension_revocation",
        "extension_id id notice_minutes policy_id public_id reason revoked_at",
    )
    | plain(
        "exam_sitting_proctor",
        "id sitting_id",
    )
    | plain(
        "exam_time_extension",
        "attempt_id granted_at id minutes org_id public_id reason sitting_id",
    )
)
