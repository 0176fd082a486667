"""Who takes which part in recruitment."""

from __future__ import annotations

from training.core.rules.permission import row
from training.core.rules.roles import Role
from training.core.rules.words import N_

_STAFF = (Role.HR, Role.APPROVER, Role.CITY_MANAGER, Role.AUDITOR)
_EVERYBODY = (Role.ANONYMOUS, Role.MEMBER)

PERMISSIONS = (
    row("employment:opening:list", N_("查看选聘公告"), all=_EVERYBODY),
    row("employment:opening:read", N_("查看选聘计划"), subtree=_STAFF),
    row("employment:recruitment:plan", N_("拟订选聘计划"), subtree=(Role.HR,)),
    row(
        "employment:recruitment:approve_plan",
        N_("批准选聘计划"),
        subtree=(Role.APPROVER,),
        grave=True,
    ),
    row("employment:recruitment:open", N_("发布选聘公告"), subtree=(Role.HR,)),
    row("employment:recruitment:apply", N_("报名应聘"), all=_EVERYBODY),
    row("employment:recruitment:own", N_("查看本人的报名"), self=(Role.MEMBER,)),
    row("employment:recruitment:withdraw", N_("退出本人的报名"), self=(Role.MEMBER,)),
    row("employment:recruitment:appeal", N_("对资格审查等结果申诉"), self=(Role.MEMBER,)),
    row("employment:case:list", N_("查看应聘人员"), subtree=_STAFF),
    row(
        "employment:recruitment:print",
        N_("打印报名登记表"),
        subtree=_STAFF,
        self=(Role.MEMBER,),
    ),
    row("employment:recruitment:begin_review", N_("资格审查"), subtree=(Role.HR,)),
    row("employment:recruitment:shortlist", N_("资格审查通过"), subtree=(Role.HR,)),
    row("employment:recruitment:reject", N_("不予通过"), subtree=(Role.HR,), grave=True),
    row("employment:recruitment:interview", N_("组织面试"), subtree=(Role.HR,)),
    row("employment:interview:score", N_("面试评分"), participant=(Role.MEMBER,)),
    row("employment:recruitment:pass_interview", N_("面试通过"), subtree=(Role.HR,)),
    row("employment:recruitment:check", N_("登记考察结果"), subtree=(Role.HR,)),
    row("employment:recruitment:propose", N_("提出拟聘"), subtree=(Role.HR,)),
    row(
        "employment:recruitment:publish",
        N_("公示拟聘人员"),
        subtree=(Role.HR, Role.APPROVER),
        grave=True,
    ),
    row(
        "employment:recruitment:confirm",
        N_("确定拟聘人员"),
        subtree=(Role.APPROVER,),
        grave=True,
    ),
    row("employment:standing:set", N_("变更人员状态"), subtree=(Role.HR, Role.APPROVER)),
    row(
        "employment:appointment:list",
        N_("查看聘任"),
        subtree=(*_STAFF, Role.COMMITTEE, Role.OFFICE_HEAD),
        self=(Role.MEMBER,),
    ),
    row("employment:appointment:propose", N_("提名聘任"), subtree=(Role.HR, Role.COMMITTEE)),
    row("employment:appointment:approve", N_("审批聘任"), subtree=(Role.APPROVER,), grave=True),
    row("employment:appointment:file", N_("聘任备案"), subtree=(Role.HR,)),
    row("employment:appointment:begin", N_("办理到岗"), subtree=(Role.HR,)),
    row("employment:appointment:print", N_("打印聘任文书"), subtree=_STAFF),
    row(
        "employment:appointment:correct",
        N_("更正聘任的记录"),
        subtree=(Role.HR, Role.APPROVER),
    ),
    row("employment:appointment:own", N_("查看本人的聘任"), self=(Role.MEMBER,)),
    row("employment:appointment:resign", N_("本人辞任"), self=(Role.MEMBER,), grave=True),
    row("employment:appointment:open_renewal", N_("启动续聘审核"), subtree=(Role.HR,)),
    row(
        "employment:appointment:propose_renewal",
        N_("提出续聘"),
        subtree=(Role.HR, Role.COMMITTEE),
    ),
    row("employment:appointment:renew", N_("决定续聘"), subtree=(Role.APPROVER,), grave=True),
    row("employment:appointment:report_death", N_("登记死亡证明"), subtree=(Role.HR,)),
    row(
        "employment:appointment:terminate",
        N_("核准因死亡终止任命"),
        subtree=(Role.APPROVER,),
        grave=True,
    ),
    row("employment:appointment:settle", N_("办理离岗"), subtree=(Role.HR,), grave=True),
    row(
        "employment:exit_review:list",
        N_("查看解聘与退出审查"),
        subtree=(*_STAFF, Role.REVIEWER),
        participant=(Role.MEMBER,),
    ),
    row(
        "employment:exit_review:export",
        N_("导出解聘与退出审查台账"),
        subtree=(*_STAFF, Role.REVIEWER),
    ),
    row("employment:exit_review:own", N_("查看本人的解聘与退出审查"), self=(Role.MEMBER,)),
    row(
        "employment:exit_review:files",
        N_("查看解聘与退出审查的材料"),
        subtree=(*_STAFF, Role.REVIEWER),
        self=(Role.MEMBER,),
        participant=(Role.MEMBER,),
    ),
    row(
        "employment:exit_review:propose",
        N_("提出解聘与退出审查"),
        subtree=(Role.HR, Role.COMMITTEE),
    ),
    row("employment:exit_review:evidence", N_("补充审查材料"), subtree=(Role.HR,)),
    row("employment:exit_review:record", N_("存放签名盖章的原件"), subtree=(Role.HR,)),
    row("employment:exit_review:serve", N_("向本人送达"), subtree=(Role.HR,)),
    row("employment:exit_review:give_statement", N_("本人陈述申辩"), self=(Role.MEMBER,)),
    row("employment:exit_review:enter_statement", N_("登记本人的陈述"), subtree=(Role.HR,)),
    row("employment:exit_review:note_silence", N_("记录逾期未陈述"), subtree=(Role.HR,)),
    row("employment:exit_review:convene_panel", N_("组织评议"), subtree=(Role.HR,)),
    row("employment:exit_review:opine", N_("登记评议意见"), participant=(Role.MEMBER,)),
    row(
        "employment:exit_review:decide",
        N_("作出解聘与退出决定"),
        subtree=(Role.APPROVER,),
        grave=True,
    ),
    row("employment:exit_review:abandon", N_("撤回提议"), subtree=(Role.HR,), grave=True),
    row("employment:exit_review:appeal", N_("对决定申诉"), self=(Role.MEMBER,)),
    row("employment:exit_review:start_handover", N_("开始工作交接"), subtree=(Role.HR,)),
    row("employment:exit_review:handover", N_("登记工作交接"), subtree=(Role.HR,)),
    row(
        "employment:exit_review:withdraw_papers",
        N_("收回证件并办理离岗"),
        subtree=(Role.HR, Role.APPROVER),
        grave=True,
    ),
    row("employment:exit_review:close", N_("退回派遣单位、办结"), subtree=(Role.HR,)),
    row(
        "employment:exit_review:correct",
        N_("更正自己的记录"),
        subtree=(Role.HR, Role.APPROVER, Role.REVIEWER),
        self=(Role.MEMBER,),
        participant=(Role.MEMBER,),
    ),
    row(
        "employment:exit_review:print",
        N_("打印解聘与退出文书"),
        subtree=(*_STAFF, Role.REVIEWER),
    ),
)
