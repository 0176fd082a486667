"""What the annual appraisal keeps about people, why and for how long."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_LEDGER = Retention.LEDGER
_SCORE = N_("年度考核评分和评定等次，说明每一分的来历")
_TALK = N_("谈话提醒本人，保存本人的陈述")
_WHO = N_("说明由谁办理，供核对责任")

_COLUMNS = (
    ("annual_appraisal.person_id", N_("被考核的人"), _SCORE),
    ("annual_appraisal.months", N_("在岗月份"), _SCORE),
    ("annual_appraisal.state", N_("考核的进度"), _SCORE),
    ("annual_appraisal.self_report", N_("述职"), _SCORE),
    ("annual_appraisal.unit_opinion", N_("单位评议"), _SCORE),
    ("annual_appraisal.total", N_("考核总分"), _SCORE),
    ("annual_appraisal.proposed", N_("分数对应的等次"), _SCORE),
    ("annual_appraisal.grade", N_("评定的等次"), _SCORE),
    ("annual_appraisal.objection_by", N_("异议由谁提出"), _SCORE),
    ("annual_appraisal.accepted_at", N_("本人认可的时间"), _SCORE),
    ("appraisal_round.opened_by", N_("启动考核的人"), _WHO),
    ("appraisal_event.actor_id", N_("考核步骤的办理人"), _WHO),
    ("appraisal_event.reason", N_("考核步骤的理由"), _SCORE),
    ("appraisal_event.former", N_("述职、单位评议更正前的内容"), _SCORE),
    ("figure_line.delta", N_("考核数据的分值"), _SCORE),
    ("figure_line.evidence", N_("考核数据的依据"), _SCORE),
    ("figure_line.recorder_id", N_("考核数据的记录人"), _WHO),
    ("figure_line.note", N_("考核数据更正的理由"), _SCORE),
    ("component_value.value", N_("评查、满意度和同行评议的分值"), _SCORE),
    ("component_value.evidence", N_("评查、满意度和同行评议的依据"), _SCORE),
    ("component_value.recorder_id", N_("评查、满意度和同行评议的记录人"), _WHO),
    ("component_value.note", N_("评查、满意度和同行评议更正的理由"), _SCORE),
    ("appraisal_acknowledgement.person_id", N_("确认缺少数据的人"), _WHO),
    ("appraisal_acknowledgement.reason", N_("缺少数据的说明"), _SCORE),
    ("veto_record.act", N_("一票否决的情形"), _SCORE),
    ("veto_record.evidence", N_("一票否决的依据"), _SCORE),
    ("veto_record.recorder_id", N_("一票否决的记录人"), _WHO),
    ("veto_withdrawal.reason", N_("撤销一票否决情形的理由"), _SCORE),
    ("veto_withdrawal.recorder_id", N_("撤销一票否决情形的人"), _WHO),
    ("appraisal_quota_choice.tied", N_("同分的人员"), _SCORE),
    ("appraisal_quota_choice.chosen", N_("同分人员中确定为优秀的人"), _SCORE),
    ("appraisal_quota_choice.yielded", N_("超出优秀名额的人"), _SCORE),
    ("appraisal_quota_choice.reason", N_("小组选择的理由"), _SCORE),
    ("appraisal_quota_choice.panel", N_("参加选择的小组成员"), _WHO),
    ("appraisal_quota_choice.actor_id", N_("登记小组选择的人"), _WHO),
    ("appraisal_talk.person_id", N_("谈话对象"), _TALK),
    ("appraisal_talk.participants_text", N_("谈话的参加人"), _TALK),
    ("appraisal_talk.content", N_("谈话内容"), _TALK),
    ("appraisal_talk.words", N_("本人在谈话中的陈述"), _TALK),
    ("appraisal_talk.recorder_id", N_("谈话的记录人"), _WHO),
    ("appraisal_talk.note", N_("谈话记录更正的理由"), _TALK),
    ("figure_import.file_id", N_("导入的考核数据表"), _SCORE),
    ("figure_import.created_by", N_("上传考核数据表的人"), _WHO),
    ("figure_import.applied_by", N_("确认导入的人"), _WHO),
    ("figure_import.reason", N_("导入更正的理由"), _SCORE),
    ("appraisal_score.inputs", N_("评定等次时的全部数据"), _SCORE),
    ("appraisal_score.total", N_("评定等次时的总分"), _SCORE),
    ("appraisal_score.proposed", N_("评定等次时分数对应的等次"), _SCORE),
    ("appraisal_score.grade", N_("小组评定的等次"), _SCORE),
    ("appraisal_score.reason", N_("小组评定的理由"), _SCORE),
    ("appraisal_score.panel", N_("参加评定的小组成员"), _WHO),
)

COLUMNS = tuple(PersonalColumn(c, label, why, _LEDGER) for c, label, why in _COLUMNS)

NOT_PERSONAL = (
    plain("appraisal_round", "id public_id org_id year policies called_on opened_at")
    | plain("annual_appraisal", "id public_id round_id org_id")
    | plain("appraisal_event", "id appraisal_id action before after at")
    | plain("figure_line", "id public_id appraisal_id month indicator corrects_id at")
    | plain("component_value", "id appraisal_id component at")
    | plain("appraisal_acknowledgement", "id appraisal_id month target treatment at")
    | plain("veto_record", "id appraisal_id at")
    | plain("veto_withdrawal", "id veto_id at")
    | plain("appraisal_score", "id appraisal_id at")
    | plain("appraisal_quota_choice", "id round_id seats at")
    | plain("appraisal_talk", "id public_id appraisal_id org_id held_at place corrects_id at")
    | plain(
        "figure_import",
        "id public_id round_id org_id file_name file_hash created_at applied_at counts",
    )
)
