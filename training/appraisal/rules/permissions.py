"""Who takes which part in an annual appraisal."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_READERS = (
    Role.HR, Role.OFFICE_HEAD, Role.PANEL, Role.APPROVER, Role.REVIEWER, Role.CITY_MANAGER,
    Role.AUDITOR,
)  # fmt: skip
_A = "appraisal:annual_appraisal"

PERMISSIONS = (
    row("appraisal:round:list", N_("查看考核"), subtree=_READERS, participant=(Role.MEMBER,)),
    row("appraisal:round:open", N_("启动年度考核"), subtree=(Role.HR,)),
    row("appraisal:round:figures", N_("提取和导入考核数据"), subtree=(Role.HR,)),
    row("appraisal:round:advance", N_("批量办理考核"), subtree=(Role.HR,)),
    row(
        "appraisal:round:choose", N_("在同分人员中确定优秀"), participant=(Role.MEMBER,), grave=True
    ),
    row("appraisal:round:results", N_("打印、导出考核结果"), subtree=(Role.HR, Role.PANEL)),
    row(
        "appraisal:annual:read",
        N_("查看年度考核表"),
        subtree=_READERS,
        self=(Role.MEMBER,),
        participant=(Role.MEMBER,),
    ),
    row("appraisal:annual:own", N_("查看本人的年度考核"), self=(Role.MEMBER,)),
    row("appraisal:annual:print", N_("打印年度考核登记表"), subtree=_READERS, self=(Role.MEMBER,)),
    row("appraisal:figure:record", N_("登记考核数据"), subtree=(Role.HR, Role.OFFICE_HEAD)),
    row("appraisal:talk:record", N_("登记谈话"), subtree=(Role.HR, Role.OFFICE_HEAD)),
    row(f"{_A}:correct_months", N_("更正在岗月份"), subtree=(Role.HR,)),
    row(f"{_A}:submit_self_report", N_("提交述职"), self=(Role.MEMBER,)),
    row(f"{_A}:correct_self_report", N_("更正述职"), self=(Role.MEMBER,)),
    row(f"{_A}:skip_self_report", N_("逾期未述职"), subtree=(Role.HR,)),
    row(f"{_A}:give_unit_opinion", N_("单位评议"), subtree=(Role.OFFICE_HEAD, Role.HR)),
    row(f"{_A}:correct_unit_opinion", N_("更正单位意见"), subtree=(Role.OFFICE_HEAD, Role.HR)),
    row(f"{_A}:close_survey", N_("结束测评"), subtree=(Role.HR,)),
    row(f"{_A}:review_dossiers", N_("卷宗评查"), subtree=(Role.HR,)),
    row(f"{_A}:reopen_survey", N_("重新测评"), subtree=(Role.HR,)),
    row(f"{_A}:reopen_dossiers", N_("重新评查卷宗"), subtree=(Role.HR,)),
    row(f"{_A}:grade", N_("评定等次"), participant=(Role.MEMBER,), grave=True),
    row(f"{_A}:check_quota", N_("核定名额"), subtree=(Role.HR,)),
    row(f"{_A}:regrade", N_("重新评定"), subtree=(Role.HR,)),
    row(f"{_A}:publish", N_("公示"), subtree=(Role.HR,), grave=True),
    row(f"{_A}:serve", N_("送达本人"), subtree=(Role.HR,)),
    row(f"{_A}:object_publicly", N_("登记公示异议"), subtree=(Role.HR,)),
    row(f"{_A}:object", N_("提出异议"), self=(Role.MEMBER,)),
    row(f"{_A}:accept", N_("认可等次"), self=(Role.MEMBER,)),
    row(f"{_A}:finalise", N_("办结"), subtree=(Role.HR,), grave=True),
    row(f"{_A}:decide", N_("作出聘用决定"), subtree=(Role.APPROVER,), grave=True),
)
