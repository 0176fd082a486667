"""What employment keeps about people, why and for how long (个人信息保护法 arts 6, 7, 17, 28)."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_LEDGER = Retention.LEDGER
_HIRE = N_("选聘人民调解员")
_APPOINT = N_("聘任、备案和任期管理")
_EXIT = N_("解聘与退出审查，保障本人陈述和申诉")
_WHO = N_("说明由谁办理，供核对责任")


def _one(column: str, label: str, purpose: str = _HIRE, *, sealed: bool = False) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, _LEDGER, sealed)


COLUMNS = (
    _one("opening.planned_by", N_("拟订人"), _WHO),
    _one("opening.approved_by", N_("批准人"), _WHO),
    _one("recruitment_case.person_id", N_("应聘人员")),
    _one("recruitment_case.route", N_("选聘途径")),
    _one("recruitment_case.recommender", N_("推荐单位")),
    _one("recruitment_case.recommendation_id", N_("推荐材料")),
    _one("recruitment_case.statement", N_("自我介绍")),
    _one("recruitment_case.skills", N_("申报的优先条件")),
    _one("recruitment_case.negatives_sealed", N_("申报的不予选聘情形"), sealed=True),
    _one("recruitment_case.points", N_("优先条件加分")),
    _one("recruitment_case.state", N_("办理状态")),
    _one("recruitment_event.actor_id", N_("经办人"), _WHO),
    _one("recruitment_event.reason", N_("理由")),
    _one("qualification_finding.qualities", N_("资格审查结论")),
    _one("qualification_finding.citizen", N_("是否中国公民")),
    _one("qualification_finding.negatives_sealed", N_("查明的不予选聘情形"), sealed=True),
    _one("qualification_finding.skills", N_("核实的优先条件")),
    _one("qualification_finding.note", N_("资格审查说明")),
    _one("qualification_finding.found_by", N_("审查人"), _WHO),
    _one("interview_score.member_id", N_("评分人"), _WHO),
    _one("interview_score.score", N_("面试评分")),
    _one("interview_score.comment", N_("面试评语")),
    _one("background_check.negatives_sealed", N_("考察发现的情形"), sealed=True),
    _one("background_check.note_sealed", N_("考察记录"), sealed=True),
    _one("background_check.checked_by", N_("考察人"), _WHO),
    _one("appointment.person_id", N_("受聘人员"), _APPOINT),
    _one("appointment.kind", N_("推选或者聘任"), _APPOINT),
    _one("appointment.service_kind", N_("专职或兼职"), _APPOINT),
    _one("appointment.state", N_("聘任状态"), _APPOINT),
    _one("appointment.reason", N_("提名理由"), _APPOINT),
    _one("appointment.engagement", N_("用工形式"), _APPOINT),
    _one("appointment.agency", N_("派遣单位"), _APPOINT),
    _one("appointment.contract_from", N_("合同起始日期"), _APPOINT),
    _one("appointment.contract_until", N_("合同截止日期"), _APPOINT),
    _one("appointment.proposed_by", N_("提名人"), _WHO),
    _one("appointment.approved_by", N_("审批人"), _WHO),
    _one("appointment.filed_by", N_("备案人"), _WHO),
    _one("appointment_event.actor_id", N_("经办人"), _WHO),
    _one("appointment_event.reason", N_("理由"), _APPOINT),
    _one("renewal_proposal.opinion", N_("单位对续聘的意见"), _APPOINT),
    _one("renewal_proposal.engagement", N_("用工形式"), _APPOINT),
    _one("renewal_proposal.agency", N_("派遣单位"), _APPOINT),
    _one("renewal_proposal.contract_from", N_("合同起始日期"), _APPOINT),
    _one("renewal_proposal.contract_until", N_("合同截止日期"), _APPOINT),
    _one("renewal_proposal.proposed_by", N_("提议人"), _WHO),
    _one("death_report.died_on", N_("死亡日期"), _APPOINT),
    _one("death_report.proof", N_("死亡证明"), _APPOINT),
    _one("death_report.why", N_("更正的理由"), _APPOINT),
    _one("death_report.reported_by", N_("登记人"), _WHO),
    _one("exit_review.person_id", N_("被审查的人员"), _EXIT),
    _one("exit_review.state", N_("审查状态"), _EXIT),
    _one("exit_review.grounds", N_("审查事由"), _EXIT),
    _one("exit_review.proposal_sealed", N_("提出的事实和理由"), _EXIT, sealed=True),
    _one("exit_review.proposed_by", N_("提议人"), _WHO),
    _one("exit_review.decided_by", N_("决定人"), _WHO),
    _one("exit_evidence.kind", N_("材料类别"), _EXIT),
    _one("exit_evidence.source_ref", N_("材料所指的记录"), _EXIT),
    _one("exit_evidence.text_sealed", N_("材料说明"), _EXIT, sealed=True),
    _one("exit_evidence.why", N_("更正的理由"), _EXIT),
    _one("exit_evidence.added_by", N_("提供人"), _WHO),
    _one("exit_event.actor_id", N_("经办人"), _WHO),
    _one("exit_event.words_sealed", N_("本人陈述、评议意见和决定理由"), _EXIT, sealed=True),
    _one("exit_event.why", N_("更正的理由"), _EXIT),
    _one("handover_line.receiver", N_("接收人"), _EXIT),
    _one("handover_line.recorded_by", N_("登记人"), _WHO),
)

NOT_PERSONAL = (
    plain(
        "opening",
        "id public_id org_id title title_en body service_kind post_kind positions routes "
        "policy_id office telephone closes_on state planned_at approved_at opened_at",
    )
    | plain("recruitment_case", "id public_id opening_id org_id points_policy_id applied_at")
    | plain("recruitment_event", "id opening_id case_id action before after detail at")
    | plain("qualification_finding", "id public_id case_id found_at")
    | plain("interview_score", "id case_id scored_at")
    | plain("background_check", "id public_id case_id checked_at")
    | plain(
        "appointment",
        "id public_id org_id term_start term_end policy_id resolution resolved_on proposed_at "
        "approved_at filing filed_at began_on ended_on renews_id",
    )
    | plain("appointment_event", "id appointment_id action before after detail at")
    | plain(
        "renewal_proposal",
        "id public_id appointment_id resolution resolved_on proposed_at",
    )
    | plain("death_report", "id public_id appointment_id corrects_id reported_at")
    | plain(
        "exit_review",
        "id public_id org_id appointment_id proposed_at served_at decided_at ended_at",
    )
    | plain("exit_evidence", "id public_id review_id corrects_id added_at")
    | plain("exit_event", "id public_id review_id action before after detail corrects_id at")
    | plain(
        "handover_line",
        "id public_id review_id item cases handed_on corrects_id why recorded_at",
    )
)
