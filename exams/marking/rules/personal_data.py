"""Which columns of this room's tables are personal, why they are kept, and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_ACT = N_("说明由谁办理，供核对责任")
_OWN = N_("评定成绩，供本人查看和申诉")


def _ledger(column: str, label: str, purpose: str) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, Retention.LEDGER)


COLUMNS = (
    _ledger("exam_appeal.decided_by", N_("作出决定的人"), _ACT),
    _ledger("exam_appeal.person_id", N_("本人"), _OWN),
    _ledger("exam_appeal.reason", N_("理由"), _OWN),
    _ledger("exam_appeal.text", N_("所写内容"), _OWN),
    _ledger("exam_attempt_review.reason", N_("理由"), _OWN),
    _ledger("exam_attempt_review.reviewer_id", N_("复核人"), _ACT),
    _ledger("exam_attempt_review.signals", N_("考试提示记录"), _OWN),
    _ledger("exam_attempt_review.verdict", N_("复核结论"), _OWN),
    _ledger("exam_grading.core_points", N_("核心部分得分"), _OWN),
    _ledger("exam_grading.graded_by", N_("评卷人"), _ACT),
    _ledger("exam_grading.marks", N_("各题得分"), _OWN),
    _ledger("exam_grading.passed", N_("是否合格"), _OWN),
    _ledger("exam_grading.person_id", N_("本人"), _OWN),
    _ledger("exam_grading.points", N_("得分"), _OWN),
    _ledger("exam_grading.sections", N_("各部分得分"), _OWN),
    _ledger("exam_question_correction.corrected_by", N_("更正人"), _ACT),
    _ledger("exam_result_release.released_by", N_("发布人"), _ACT),
)

NOT_PERSONAL = (
    plain(
        "exam_appeal",
        "attempt_id decided_at grading_id id opened_at org_id public_id state",
    )
    | plain(
        "exam_attempt_review",
        "attempt_id corrects_id grading_id id reviewed_at",
    )
    | plain(
        "exam_grading",
        "attempt_id chain_head core_full corrections digest full graded_at id number "
        "org_id paper_hash policy public_id",
    )
    | plain(
        "exam_question_correction",
        "corrected_at id key kind number org_id paper_id public_id question reason",
    )
    | plain(
        "exam_result_release",
        "attempt_id grading_id id released_at",
    )
)
