"""The demo accounts that the README and the start-up message name: one of each role, and
one person before each gate of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from training.core.rules.roles import Role
from training.people.rules.person import ServiceKind, Standing

PASSWORD = "diaojie-xueyuan-2026"  # noqa: S105 - a demo site has no secrets


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """``place`` names the unit in the demo city (see ``city``). Somebody with a ``standing``
    is one of the force; the others are staff of the bureaus."""

    username: str
    name: str
    roles: tuple[Role, ...]
    place: str
    label: str
    label_en: str
    standing: Standing | None = None
    kind: ServiceKind = ServiceKind.FULL_TIME


STAFF: tuple[DemoAccount, ...] = (
    DemoAccount("shizhang", "示例·市管", (Role.CITY_MANAGER, Role.ADMIN), "city", "市局管理员", "City manager"),
    DemoAccount("guanli", "示例·系统", (Role.ADMIN,), "city", "系统管理员", "System administrator"),
    DemoAccount("renshi", "示例·人事", (Role.HR,), "district", "区人事干部", "District HR officer"),
    DemoAccount("renshi2", "示例·人事乙", (Role.HR,), "district", "区人事干部（复核发证）", "Second HR officer"),
    DemoAccount("lingdao", "示例·分管", (Role.APPROVER,), "district", "分管领导", "Approving leader"),
    DemoAccount("jiaoyuan", "示例·教员", (Role.TRAINER,), "district", "教员", "Trainer"),
    DemoAccount("jiankao", "示例·监考", (Role.PROCTOR,), "district", "监考员", "Proctor"),
    DemoAccount("kaohe", "示例·考核甲", (Role.PANEL,), "district", "考核小组成员", "Panel member"),
    DemoAccount("kaohe2", "示例·考核乙", (Role.PANEL,), "district", "考核小组成员", "Panel member"),
    DemoAccount("kaohe3", "示例·考核丙", (Role.PANEL,), "district", "考核小组成员", "Panel member"),
    DemoAccount("fuhe", "示例·复核", (Role.REVIEWER,), "district", "复核人员", "Reviewer"),
    DemoAccount("suozhang", "示例·所长", (Role.OFFICE_HEAD,), "office", "司法所负责人", "Head of a judicial office"),
    DemoAccount("tiaowei", "示例·调委", (Role.COMMITTEE,), "committee", "调委会负责人", "Committee head"),
    DemoAccount("shenji", "示例·审计", (Role.AUDITOR,), "city", "审计员", "Auditor"),
    DemoAccount("kaohe-xia", "示例·夏考核甲", (Role.PANEL,), "district2", "夏明区考核小组成员", "Panel, Xiaming"),
    DemoAccount("kaohe-xia2", "示例·夏考核乙", (Role.PANEL,), "district2", "夏明区考核小组成员", "Panel, Xiaming"),
    DemoAccount("kaohe-xia3", "示例·夏考核丙", (Role.PANEL,), "district2", "夏明区考核小组成员", "Panel, Xiaming"),
    DemoAccount("renshi-xia", "示例·夏人事", (Role.HR,), "district2", "夏明区人事干部", "HR officer, Xiaming"),
    DemoAccount("renshi-qiu", "示例·秋人事", (Role.HR,), "district3", "秋实区人事干部", "HR officer, Qiushi"),
    DemoAccount("renshi-dong", "示例·冬人事", (Role.HR,), "district4", "冬青区人事干部", "HR officer, Dongqing"),
    DemoAccount("lingdao-xia", "示例·夏分管", (Role.APPROVER,), "district2", "夏明区分管领导", "Leader, Xiaming"),
    DemoAccount("lingdao-qiu", "示例·秋分管", (Role.APPROVER,), "district3", "秋实区分管领导", "Leader, Qiushi"),
    DemoAccount("lingdao-dong", "示例·冬分管", (Role.APPROVER,), "district4", "冬青区分管领导", "Leader, Dongqing"),
)  # fmt: skip


def _one(
    username: str,
    name: str,
    standing: Standing,
    label: str,
    label_en: str,
    kind: ServiceKind = ServiceKind.FULL_TIME,
    place: str = "committee",
) -> DemoAccount:
    """One of the force, in the committee of ``tiaowei`` if no other is named."""
    roles = (Role.MEDIATOR,)
    return DemoAccount(username, name, roles, place, label, label_en, standing, kind)


def _applicant(username: str, name: str, label: str, label_en: str) -> DemoAccount:
    """Somebody who applied: an account without a role."""
    return DemoAccount(username, name, (), "office", label, label_en, Standing.CANDIDATE)


_TRAINEE, _IN_POST = Standing.TRAINEE, Standing.IN_POST
FORCE: tuple[DemoAccount, ...] = (
    _applicant("yingpin", "示例·应聘甲", "应聘人员：等待资格审查", "Applicant awaiting review"),
    _applicant("yingpin2", "示例·应聘乙", "应聘人员：资格审查未通过，可申诉", "Applicant, rejected, may appeal"),
    _applicant("yingpin3", "示例·应聘丙", "应聘人员：公示期满，待确定", "Applicant, notice over, to be confirmed"),
    _one("xinren", "示例·新学员", _TRAINEE, "学员：刚报名，尚未学习", "Trainee, enrolled today"),
    _one("xueyuan", "示例·学员甲", _TRAINEE, "学员：学到一半", "Trainee, half-way"),
    _one("xueyuan6", "示例·学员乙", _TRAINEE, "学员：再学一课即可考试", "Trainee, one lesson short"),
    _one("xueyuan2", "示例·学员丙", _TRAINEE, "学员：学时已满，考试进行中", "Trainee, exam open now"),
    _one("xueyuan5", "示例·学员丁", _TRAINEE, "学员：初考未合格，十分钟后补考", "Trainee, resit in ten minutes"),
    _one("xueyuan3", "示例·学员戊", _TRAINEE, "学员：考试合格，尚未发证", "Trainee, passed, no certificate"),
    _one("xueyuan4", "示例·学员己", Standing.CERTIFIED, "已取得证书，尚未聘任", "Certified, not appointed"),
    _one("tiaojieyuan", "示例·调解员甲", _IN_POST, "在岗专职调解员", "Full-time mediator in post"),
    _one("daoqi", "示例·调解员乙", _IN_POST, "在岗，证书三十天后到期", "In post, certificate ends in 30 days"),
    _one("guoqi", "示例·调解员丙", _IN_POST, "在岗，证书已经过期", "In post, certificate expired"),
    _one("zanting", "示例·调解员丁", Standing.SUSPENDED, "证书暂停", "Certificate suspended"),
    _one("yiyi", "示例·调解员戊", _IN_POST, "考核等次已送达", "Grade served, may object", place="professional2"),
    _one("chenshu", "示例·调解员己", _IN_POST, "退出审查材料已送达，待陈述", "Exit review, statement owed"),
    _one("shensu", "示例·调解员庚", _IN_POST, "解聘决定已送达，申诉期将满", "Exit decision served, may appeal"),
    _one("jianzhi", "示例·兼职甲", _IN_POST, "兼职调解员", "Part-time mediator", ServiceKind.PART_TIME),
)  # fmt: skip

ACCOUNTS = (*STAFF, *FORCE)
