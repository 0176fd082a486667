"""What procedures keep about people, why and for how long (个人信息保护法 arts 6, 7, 17)."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_LEDGER = Retention.LEDGER
_WHO = N_("说明由谁办理，供核对责任")
_NAMED = N_("公示拟聘任、拟评优秀等人员，接受监督")
_HEAR = N_("受理和复核异议、申诉")
_SERVE = N_("把决定送达本人并留存回证")
_PANEL = N_("组成评审小组，落实回避")

COLUMNS = (
    PersonalColumn("public_notice.published_by", N_("公示发布人"), _WHO, _LEDGER),
    PersonalColumn("public_notice.withdrawn_by", N_("公示撤回人"), _WHO, _LEDGER),
    PersonalColumn("public_notice.withdrawn_reason", N_("公示撤回的理由"), _WHO, _LEDGER),
    PersonalColumn("public_notice.body", N_("公示的正文"), _NAMED, _LEDGER),
    PersonalColumn("public_notice_name.person_id", N_("被公示的人"), _NAMED, _LEDGER),
    PersonalColumn("public_notice_name.outcome", N_("公示的事项"), _NAMED, _LEDGER),
    PersonalColumn("public_notice_name.name", N_("公示的姓名"), _NAMED, _LEDGER),
    PersonalColumn("public_notice_name.unit", N_("公示的单位"), _NAMED, _LEDGER),
    PersonalColumn("objection.person_id", N_("异议、申诉的提出人"), _HEAR, _LEDGER),
    PersonalColumn("objection.concerned_id", N_("异议、申诉的当事人"), _HEAR, _LEDGER),
    PersonalColumn("objection.filer_sealed", N_("提出人的姓名"), _HEAR, _LEDGER, sealed=True),
    PersonalColumn("objection.phone_sealed", N_("提出人的电话"), _HEAR, _LEDGER, sealed=True),
    PersonalColumn("objection.text_sealed", N_("异议、申诉的内容"), _HEAR, _LEDGER, sealed=True),
    PersonalColumn("objection.reviewer_id", N_("复核人"), _WHO, _LEDGER),
    PersonalColumn("objection.decided_by", N_("复核决定人"), _WHO, _LEDGER),
    PersonalColumn("objection.decision_reason", N_("复核决定的理由"), _HEAR, _LEDGER),
    PersonalColumn("objection_reviewer.former_id", N_("原来的复核人"), _WHO, _LEDGER),
    PersonalColumn("objection_reviewer.reviewer_id", N_("改由其复核的人"), _WHO, _LEDGER),
    PersonalColumn("objection_reviewer.reason", N_("更换复核人的理由"), _WHO, _LEDGER),
    PersonalColumn("objection_reviewer.actor_id", N_("更换复核人的经办人"), _WHO, _LEDGER),
    PersonalColumn("service_record.person_id", N_("受送达人"), _SERVE, _LEDGER),
    PersonalColumn("service_record.title", N_("送达的文书"), _SERVE, _LEDGER),
    PersonalColumn("service_record.title_params", N_("送达的文书"), _SERVE, _LEDGER),
    PersonalColumn("service_record.note", N_("送达的备注"), _SERVE, _LEDGER),
    PersonalColumn("service_record.served_by", N_("送达人"), _WHO, _LEDGER),
    PersonalColumn("service_receipt.received_at", N_("签收时间"), _SERVE, _LEDGER),
    PersonalColumn("panel.title_params", N_("评审的事项"), _PANEL, _LEDGER),
    PersonalColumn("panel.created_by", N_("组成小组的人"), _WHO, _LEDGER),
    PersonalColumn("panel_seat.person_id", N_("小组成员"), _PANEL, _LEDGER),
    PersonalColumn("panel_seat.conflict", N_("是否回避"), _PANEL, _LEDGER),
    PersonalColumn("panel_seat.conflict_text", N_("回避的原因"), _PANEL, _LEDGER),
    PersonalColumn(
        "declaration_correction.former_conflict", N_("更正前声明是否回避"), _PANEL, _LEDGER
    ),
    PersonalColumn("declaration_correction.former_text", N_("更正前的回避原因"), _PANEL, _LEDGER),
    PersonalColumn("declaration_correction.reason", N_("更正声明的理由"), _PANEL, _LEDGER),
)

NOT_PERSONAL = (
    plain(
        "public_notice",
        "id public_id org_id title title_params receiving_office telephone published_on workdays policy_id "
        "created_at withdrawn_at",
    )
    | plain("public_notice_name", "id notice_id matter_type matter_ref")
    | plain(
        "objection",
        "id public_id org_id kind matter_type matter_ref matter_title matter_params notice_id filed_on filed_at "
        "decide_workdays policy_id state assigned_at decided_at",
    )
    | plain(
        "service_record",
        "id public_id org_id matter_type matter_ref url method served_on served_at",
    )
    | plain("service_receipt", "id service_id")
    | plain("panel", "id public_id org_id matter_type matter_ref title created_at")
    | plain("panel_seat", "id panel_id declared_at")
    | plain("objection_reviewer", "id objection_id at")
    | plain("declaration_correction", "id seat_id former_at at")
)
