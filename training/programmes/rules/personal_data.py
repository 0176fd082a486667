"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")
_OWN = N_("记录培训与学时，作为考试和发证的依据")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (
    _ledger("attendance.mark", N_("出勤情况"), _OWN),
    _ledger("attendance.person_id", N_("本人"), _OWN),
    _ledger("attendance.reason", N_("理由"), _OWN),
    _ledger("attendance.recorder_id", N_("登记人"), _ACT),
    _ledger("credit_entry.note", N_("说明"), _OWN),
    _ledger("credit_entry.person_id", N_("本人"), _OWN),
    _ledger("credit_entry.reason", N_("理由"), _OWN),
    _ledger("credit_entry.recorder_id", N_("登记人"), _ACT),
    _ledger("enrolment.person_id", N_("本人"), _OWN),
    _ledger("enrolment_event.actor_id", N_("经办人"), _ACT),
    _ledger("enrolment_event.detail", N_("办理内容"), _OWN),
    _ledger("enrolment_event.person_id", N_("本人"), _OWN),
    _ledger("enrolment_event.reason", N_("理由"), _OWN),
    _ledger("sign_up.person_id", N_("本人"), _OWN),
    _ledger("training_session_event.actor_id", N_("经办人"), _ACT),
    _ledger("training_session.trainer_id", N_("教员"), _ACT),
)

NOT_PERSONAL = (
    plain(
        "attendance",
        "id minutes org_id public_id recorded_at replaces_id session_id",
    )
    | plain(
        "credit_entry",
        "enrolment_id form id kind minutes occurred_on org_id public_id recorded_at "
        "reverses_id round source_ref source_type title title_en topic",
    )
    | plain(
        "enrolment",
        "created_at enrolled_on id last_day org_id policy_ids programme_id public_id "
        "requirement state",
    )
    | plain(
        "enrolment_event",
        "action at enrolment_id from_state id org_id public_id to_state",
    )
    | plain(
        "programme",
        "code created_at id org_id public_id summary summary_en title title_en",
    )
    | plain(
        "session_template",
        "code form id minutes org_id public_id summary summary_en title title_en topic",
    )
    | plain(
        "sign_up",
        "checked_in_at id org_id session_id signed_at withdrawn_at",
    )
    | plain(
        "training_session_event",
        "act after at before id public_id reason session_id",
    )
    | plain(
        "training_session",
        "cancel_reason capacity created_at door_opens_at ends_at form held_at id minutes "
        "org_id place public_id starts_at state summary summary_en template_id title "
        "title_en topic",
    )
)
