"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")
_OWN = N_("计算学习时间，接着上次继续学习")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (
    _ledger("case_answer.choice", N_("所选做法"), _OWN),
    _ledger("case_answer.person_id", N_("本人"), _OWN),
    _ledger("case_answer.reason", N_("理由"), _OWN),
    _ledger("lesson.author_id", N_("编写人"), _ACT),
    _ledger("lesson_note.person_id", N_("本人"), _OWN),
    _ledger("lesson_note.text", N_("所写内容"), _OWN),
    _ledger("lesson_version.publisher_id", N_("发布人"), _ACT),
    _ledger("study_day.person_id", N_("本人"), _OWN),
    _ledger("study_day.seconds", N_("学习秒数"), _OWN),
    _ledger("study_ping.client_id", N_("学习记录编号"), _OWN),
    _ledger("study_ping.person_id", N_("本人"), _OWN),
    _ledger("study_record.counted_seconds", N_("计入的学习时间"), _OWN),
    _ledger("study_record.percent", N_("读完的比例"), _OWN),
    _ledger("study_record.person_id", N_("本人"), _OWN),
    _ledger("study_record.place", N_("读到的位置"), _OWN),
    _ledger("study_record.watched", N_("观看的片段"), _OWN),
)

NOT_PERSONAL = (
    plain(
        "course",
        "code created_at id org_id position public_id summary summary_en title title_en topic",
    )
    | plain(
        "case_answer",
        "at id lesson_id org_id step version_number",
    )
    | plain(
        "lesson",
        "code course_id created_at id kind org_id position public_id version_number "
        "withdrawn_at withdrawn_reason",
    )
    | plain(
        "lesson_draft",
        "articles body content document_id film_id film_seconds form id law_as_of "
        "lesson_id minutes source summary summary_en title title_en topic updated_at",
    )
    | plain(
        "lesson_note",
        "created_at id lesson_id public_id removed_at",
    )
    | plain(
        "lesson_version",
        "articles body content document_id film_id film_seconds form id law_as_of "
        "lesson_id minutes number public_id published_at sha256 source summary summary_en "
        "title title_en topic",
    )
    | plain(
        "study_day",
        "covered_until day id",
    )
    | plain(
        "study_ping",
        "active at id lesson_id",
    )
    | plain(
        "study_record",
        "completed_at id last_active last_at lesson_id opened_at org_id version_number",
    )
)
