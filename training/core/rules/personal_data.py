"""The map of personal data: each column of each table is personal, with purpose and retention,
or it is not. A room keeps its own map in ``rules/personal_data.py``.

``COLUMNS`` lists the personal columns, ``NOT_PERSONAL`` names all others; a test compares both
with the tables, so that a new column cannot go unclassified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .words import N_


class Retention(StrEnum):
    """How long it is kept."""

    FILE = "file"
    ACCOUNT = "account"
    SHORT = "short"
    LEDGER = "ledger"


RETENTION_LABELS = {
    Retention.FILE: N_("随人员档案保存，退出后按档案管理规定处理"),
    Retention.ACCOUNT: N_("账号使用期间"),
    Retention.SHORT: N_("办理完毕后定期清除"),
    Retention.LEDGER: N_("作为办理依据长期保存"),
}


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """``column`` is ``table.column``; ``sealed``: stored encrypted or as a keyed hash only."""

    column: str
    label: str
    purpose: str
    retention: Retention
    sealed: bool = False


def plain(table: str, columns: str) -> frozenset[str]:
    """``plain("counter", "name value")``: columns that tell nothing about a person."""
    return frozenset(f"{table}.{c}" for c in columns.split())


def gaps(
    tables: Mapping[str, Iterable[str]],
    personal: Iterable[PersonalColumn],
    not_personal: Iterable[str],
) -> list[str]:
    """What the maps and the tables disagree about, one sentence each; empty when complete."""
    real = {f"{table}.{c}" for table, columns in tables.items() for c in columns}
    named = [p.column for p in personal]
    others = set(not_personal)
    found = [f"{c}: classify it in the rules/personal_data.py of its room"
             for c in sorted(real - set(named) - others)]  # fmt: skip
    found += [f"{c}: classified, but there is no such column"
              for c in sorted((set(named) | others) - real)]  # fmt: skip
    found += [f"{c}: both personal and not personal" for c in sorted(set(named) & others)]
    found += [f"{c}: listed twice" for c in sorted({c for c in named if named.count(c) > 1})]
    return found


_WHO = N_("说明由谁办理，供核对责任")
_OFFICE_ACTS = (
    "audit_entry.actor_ref audit_entry.account_ref security_event.actor_ref "
    "policy_version.created_by calendar_entry.entered_by idempotency_key.actor_ref"
)

COLUMNS = (
    *(
        PersonalColumn(c, N_("经办人"), _WHO, Retention.LEDGER)
        for c in _OFFICE_ACTS.split()
    ),
    PersonalColumn("audit_entry.subject_ref", N_("审计对象"), _WHO, Retention.LEDGER),
    PersonalColumn("audit_entry.detail", N_("审计内容"), N_("事后核查每项办理"), Retention.LEDGER),
    PersonalColumn(
        "security_event.address_hash", N_("网络地址"), N_("发现攻击和盗用"), Retention.SHORT, True
    ),
    PersonalColumn("form_draft.account_id", N_("草稿所有人"), N_("草稿只给本人"), Retention.SHORT),
    PersonalColumn(
        "form_draft.sealed", N_("表单草稿"), N_("填写的内容不丢失"), Retention.SHORT, True
    ),
    PersonalColumn("saved_view.account_id", N_("视图所有人"), N_("保存的筛选只给本人"), Retention.ACCOUNT),
    PersonalColumn("saved_view.name", N_("视图名称"), N_("保存的筛选只给本人"), Retention.ACCOUNT),
    PersonalColumn("saved_view.query", N_("视图条件"), N_("保存的筛选只给本人"), Retention.ACCOUNT),
    PersonalColumn("job.person_id", N_("发起人"), N_("后台任务完成后告知发起人"), Retention.SHORT),
    PersonalColumn("stored_file.person_id", N_("文件所属人"), N_("照片和材料归入本人档案"), Retention.FILE),
    PersonalColumn("stored_file.name", N_("文件名"), N_("下载时还原文件名"), Retention.FILE),
    PersonalColumn("stored_file.key", N_("文件内容"), N_("照片和材料归入本人档案"), Retention.FILE),
    PersonalColumn("issued_document.person_id", N_("文书申请人"), _WHO, Retention.LEDGER),
    PersonalColumn("issued_document.about_person_id", N_("文书当事人"), N_("文书归入本人档案"), Retention.LEDGER),
    PersonalColumn("issued_document.requested_by", N_("文书申请人"), _WHO, Retention.LEDGER),
    PersonalColumn("issued_document.subject_ref", N_("文书对象"), N_("文书归入本人档案"), Retention.LEDGER),
    PersonalColumn("attachment.person_id", N_("附件当事人"), N_("材料归入本人档案"), Retention.LEDGER),
    PersonalColumn("attachment.added_by", N_("上传人"), _WHO, Retention.LEDGER),
    PersonalColumn("attachment.label", N_("附件说明"), N_("材料归入本人档案"), Retention.LEDGER),
    PersonalColumn("attachment.subject_ref", N_("附件对象"), N_("材料归入本人档案"), Retention.LEDGER),
    PersonalColumn("attachment_withdrawal.withdrawn_by", N_("撤回人"), _WHO, Retention.LEDGER),
    PersonalColumn("attachment_withdrawal.reason", N_("撤回理由"), _WHO, Retention.LEDGER),
)  # fmt: skip

NOT_PERSONAL = (
    plain("calendar_day", "id day is_workday name")
    | plain("calendar_entry", "id day before after name reason entered_at")
    | plain("counter", "name value")
    | plain("form_draft", "id public_id path created_at")
    | plain("idempotency_key", "id key verb body_hash result created_at")
    | plain(
        "org_unit",
        "id public_id parent_id path kind name name_en region_code address phone closed_on",
    )
    | plain("saved_view", "id public_id endpoint")
    | plain("schedule", "kind next_at")
    | plain("security_event", "id at kind endpoint detail request_id")
    | plain("audit_entry", "id at action subject_type org_id request_id salt entry_hash")
    | plain("audit_link", "seq entry_id entry_hash chain_hash sealed_at")
    | plain(
        "job",
        "id public_id kind payload state unique_key run_after attempts max_attempts fence "
        "lease_until done total result error org_id created_at finished_at",
    )
    | plain(
        "policy_version",
        "id public_id key org_id version value effective_from basis basis_text binding "
        "confirmed reason created_at",
    )
    | plain("stored_file", "id public_id sha256 size media_type purpose org_id created_at")
    | plain(
        "issued_document",
        "id public_id job_id kind title organisation subject_type org_id format file_id "
        "payload_hash verification_code created_at",
    )
    | plain("attachment", "id public_id subject_type org_id file_id added_at")
    | plain("attachment_withdrawal", "id attachment_id withdrawn_at")
)
