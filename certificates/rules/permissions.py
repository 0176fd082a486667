"""Who may do what with certificates, work cards and the public check."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_EVERYBODY = (Role.ANONYMOUS, Role.MEMBER)
_READERS = (Role.HR, Role.CITY_MANAGER, Role.AUDITOR, Role.APPROVER)
_OFFICES = (*_READERS, Role.OFFICE_HEAD, Role.COMMITTEE)

PERMISSIONS = (
    row("certificates:verify:public", N_("核验证书"), all=_EVERYBODY),
    row("certificates:certificate:own", N_("查看本人证书"), self=(Role.MEMBER,)),
    row("certificates:board:read", N_("查看证书总览"), subtree=_READERS),
    row("certificates:board:export", N_("导出持证台账"), subtree=_READERS),
    row("certificates:certificate:read", N_("查看证书"), subtree=_OFFICES, self=(Role.MEMBER,)),
    row("certificates:certificate:issue", N_("签发证书"), subtree=(Role.HR,), grave=True),
    row("certificates:certificate:plan", N_("查看待发证名单"), subtree=(Role.HR,)),
    row("certificates:certificate:activate", N_("由系统在证书文件固定后自动办理")),
    row("certificates:certificate:suspend", N_("暂停证书"), subtree=(Role.HR,), grave=True),
    row("certificates:certificate:reinstate", N_("恢复证书"), subtree=(Role.HR,), grave=True),
    row("certificates:certificate:revoke", N_("撤销证书"), subtree=(Role.APPROVER,), grave=True),
    row("certificates:certificate:cancel", N_("注销证书"), subtree=(Role.HR,), grave=True),
    row("certificates:certificate:renew", N_("换发证书"), subtree=(Role.HR,), grave=True),
    row("certificates:certificate:reissue", N_("补发证书"), subtree=(Role.HR,), grave=True),
    row("certificates:certificate:correct", N_("更正证书办理记录"), subtree=(Role.HR,)),
    row("certificates:template:read", N_("查看证书模板"), subtree=_READERS),
    row("certificates:template:change", N_("修改证书模板"), subtree=(Role.HR,), grave=True),
    row("certificates:work_card:read", N_("查看工作证"), subtree=_OFFICES, self=(Role.MEMBER,)),
    row("certificates:work_card:issue", N_("制作工作证"), subtree=(Role.HR,)),
    row("certificates:work_card:hand_over", N_("发放工作证"), subtree=(Role.HR, Role.OFFICE_HEAD)),
    row("certificates:work_card:check", N_("年审工作证"), subtree=(Role.HR,)),
    row(
        "certificates:work_card:take_back_hand_over",
        N_("撤销工作证发放"),
        subtree=(Role.HR, Role.OFFICE_HEAD),
    ),
    row(
        "certificates:work_card:take_back_check",
        N_("撤销工作证年审"),
        subtree=(Role.HR,),
        grave=True,
    ),
    row("certificates:work_card:withdraw", N_("收回工作证"), subtree=(Role.HR,), grave=True),
    row("certificates:work_card:print", N_("打印工作证"), subtree=(Role.HR,)),
)
