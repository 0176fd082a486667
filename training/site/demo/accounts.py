"""The demo accounts that the README and the start-up message name: one of each role."""

from __future__ import annotations

from dataclasses import dataclass

from training.core.rules.roles import Role

PASSWORD = "diaojie-xueyuan-2026"  # noqa: S105 - a demo site has no secrets


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """``place`` names the unit in the demo city (see ``city``)."""

    username: str
    name: str
    roles: tuple[Role, ...]
    place: str
    label: str
    label_en: str


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount("shizhang", "示例·市管", (Role.CITY_MANAGER, Role.ADMIN), "city", "市局管理员", "City manager"),
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
)  # fmt: skip
