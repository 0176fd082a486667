"""What is kept about people here, why and for how long (个人信息保护法 arts 6, 7, 17)."""

from __future__ import annotations

from training.core.rules.personal_data import PersonalColumn, Retention, plain
from training.core.rules.words import N_

_FILE, _ACCOUNT = Retention.FILE, Retention.ACCOUNT
_SHORT, _LEDGER = Retention.SHORT, Retention.LEDGER

_IDENTIFY = N_("确认您是谁，防止重复登记")
_CONTACT = N_("通知培训、考试和办理结果，登录")
_MANAGE = N_("选聘、培训、考核与持证管理")
_LOG_IN = N_("登录并保护账号")
_WHO = N_("说明由谁办理，供核对责任")
_IMPORT = N_("核对后把花名册导入档案")
_TELL = N_("告知您应办的事项和结果")


def _one(
    column: str, label: str, purpose: str, retention: Retention, *, sealed: bool = False
) -> PersonalColumn:
    return PersonalColumn(column, label, purpose, retention, sealed)


COLUMNS = (
    _one("person.name", N_("姓名"), _IDENTIFY, _FILE),
    _one("person.pinyin", N_("姓名拼音"), N_("按拼音查找"), _FILE),
    _one("person.mediator_no", N_("人员编号"), _IDENTIFY, _FILE),
    _one("person.sex", N_("性别"), N_("调委会组成应有妇女成员（人民调解法第八条）"), _FILE),
    _one("person.birth_date", N_("出生日期"), N_("核对任职年龄"), _FILE),
    _one("person.birth_precision", N_("出生日期的精度"), N_("核对任职年龄"), _FILE),
    _one("person.id_number_sealed", N_("身份证号"), _IDENTIFY, _FILE, sealed=True),
    _one("person.id_number_index", N_("身份证号的索引"), _IDENTIFY, _FILE, sealed=True),
    _one("person.phone_sealed", N_("联系电话"), _CONTACT, _FILE, sealed=True),
    _one("person.phone_index", N_("联系电话的索引"), _CONTACT, _FILE, sealed=True),
    _one("person.education", N_("文化程度"), N_("选聘加分（不作门槛）"), _FILE),
    _one("person.speciality", N_("专长"), _MANAGE, _FILE),
    _one("person.org_id", N_("所在机构"), _MANAGE, _FILE),
    _one("person.service_kind", N_("专职或兼职"), _MANAGE, _FILE),
    _one("person.standing", N_("状态"), _MANAGE, _FILE),
    _one("person.photo_id", N_("照片"), N_("印制证书和工作证"), _FILE),
    _one("person.created_at", N_("建档时间"), _MANAGE, _FILE),
    _one("account.person_id", N_("账号所属人"), _LOG_IN, _ACCOUNT),
    _one("account.username", N_("用户名"), _LOG_IN, _ACCOUNT),
    _one("account.login_phone_index", N_("登录手机号的索引"), _LOG_IN, _ACCOUNT, sealed=True),
    _one("account.password_hash", N_("密码的散列值"), _LOG_IN, _ACCOUNT, sealed=True),
    _one("account.password_set_at", N_("密码修改时间"), _LOG_IN, _ACCOUNT),
    _one("account.closed_reason", N_("停用理由"), _WHO, _ACCOUNT),
    _one("account.totp_sealed", N_("二次验证密钥"), _LOG_IN, _ACCOUNT, sealed=True),
    _one("account.language", N_("语言"), N_("按您的习惯显示"), _ACCOUNT),
    _one("account.text_size", N_("字号"), N_("按您的习惯显示"), _ACCOUNT),
    _one("account.theme", N_("明暗"), N_("按您的习惯显示"), _ACCOUNT),
    _one("role_grant.account_id", N_("担任角色的账号"), _MANAGE, _LEDGER),
    _one("role_grant.granted_by", N_("授予人"), _WHO, _LEDGER),
    _one("role_grant.revoked_by", N_("收回人"), _WHO, _LEDGER),
    _one("user_session.account_id", N_("登录的账号"), _LOG_IN, _SHORT),
    _one("user_session.token_hash", N_("登录凭据的散列值"), _LOG_IN, _SHORT, sealed=True),
    _one("user_session.created_at", N_("登录时间"), _LOG_IN, _SHORT),
    _one("user_session.last_seen", N_("最近使用"), _LOG_IN, _SHORT),
    _one("user_session.device", N_("登录设备"), _LOG_IN, _SHORT),
    _one("one_time_slip.account_id", N_("激活单的账号"), _LOG_IN, _SHORT),
    _one("one_time_slip.code_hash", N_("激活码的散列值"), _LOG_IN, _SHORT, sealed=True),
    _one("one_time_slip.issued_by", N_("发单人"), _WHO, _SHORT),
    _one("auth_failure.subject_index", N_("登录失败的对象"), _LOG_IN, _SHORT, sealed=True),
    _one("auth_failure.account_id", N_("登录失败的账号"), _LOG_IN, _SHORT),
    _one("auth_failure.address_index", N_("登录失败的地址"), _LOG_IN, _SHORT, sealed=True),
    _one("password_record.account_id", N_("用过的密码的账号"), _LOG_IN, _ACCOUNT),
    _one("password_record.password_hash", N_("用过的密码的散列值"), _LOG_IN, _ACCOUNT, sealed=True),
    _one("recovery_code.account_id", N_("恢复码的账号"), _LOG_IN, _ACCOUNT),
    _one("recovery_code.code_hash", N_("恢复码的散列值"), _LOG_IN, _ACCOUNT, sealed=True),
    _one("hall_range.created_by", N_("登记人"), _WHO, _LEDGER),
    _one("fact.person_id", N_("档案记录的当事人"), _MANAGE, _LEDGER),
    _one("fact.kind", N_("档案记录的类别"), _MANAGE, _LEDGER),
    _one("fact.occurred_on", N_("档案记录的日期"), _MANAGE, _LEDGER),
    _one("fact.value", N_("档案记录的内容"), _MANAGE, _LEDGER),
    _one("fact.reason", N_("档案记录更正的理由"), _MANAGE, _LEDGER),
    _one("fact.recorded_by", N_("记录人"), _WHO, _LEDGER),
    _one("notice.person_id", N_("收到消息的人"), _TELL, _SHORT),
    _one("notice.message", N_("消息"), _TELL, _SHORT),
    _one("notice.params", N_("消息的内容"), _TELL, _SHORT),
    _one("notice.read_at", N_("消息的阅读时间"), _TELL, _SHORT),
    _one("notice.due_on", N_("消息的期限"), _TELL, _SHORT),
    _one("notice.url", N_("消息的链接"), _TELL, _SHORT),
    _one("person_revision.person_id", N_("被更正的档案"), _MANAGE, _LEDGER),
    _one("person_revision.field", N_("被更正的项目"), _MANAGE, _LEDGER),
    _one("person_revision.old_sealed", N_("更正前的内容"), _MANAGE, _LEDGER, sealed=True),
    _one("person_revision.new_sealed", N_("更正后的内容"), _MANAGE, _LEDGER, sealed=True),
    _one("person_revision.reason", N_("更正的理由"), _MANAGE, _LEDGER),
    _one("person_revision.revised_by", N_("更正人"), _WHO, _LEDGER),
    _one("import_batch.created_by", N_("导入人"), _WHO, _LEDGER),
    _one("import_batch.account_id", N_("导入人的账号"), _WHO, _LEDGER),
    _one("import_batch.file_id", N_("花名册文件"), _IMPORT, _SHORT, sealed=True),
    _one("import_row.values_sealed", N_("花名册的内容"), _IMPORT, _SHORT, sealed=True),
    _one("import_row.person_id", N_("花名册中的人"), _IMPORT, _SHORT),
    _one("import_row.changes", N_("花名册与档案的差异"), _IMPORT, _SHORT),
    _one("import_mapping.used_by", N_("对应列的人"), _WHO, _LEDGER),
)  # fmt: skip

NOT_PERSONAL = (
    plain("person", "id public_id salt")
    | plain("account", "id public_id state totp_last_step created_at")
    | plain("role_grant", "id public_id role org_id granted_at revoked_at")
    | plain("user_session", "id public_id ends_at stepped_up_until awaiting_second revoked_at")
    | plain(
        "one_time_slip",
        "id public_id purpose issued_at expires_at tries used_at withdrawn_at",
    )
    | plain("auth_failure", "id at kind released")
    | plain("password_record", "id set_at")
    | plain("recovery_code", "id public_id created_at used_at withdrawn_at")
    | plain(
        "hall_range", "id public_id cidr name org_id valid_from valid_until created_at ended_at"
    )
    | plain("fact", "id public_id org_id source_type source_ref recorded_at replaces_id")
    | plain("notice", "id public_id kind created_at unique_key")
    | plain("person_revision", "id public_id org_id revised_at")
    | plain(
        "import_batch",
        "id public_id org_id file_name file_hash state problem layout mapping org_plan "
        "standing counts job_id created_at applied_at",
    )
    | plain("import_row", "id public_id batch_id number outcome problems")
    | plain("import_mapping", "id org_id signature mapping used_at")
)
