"""The role table: code, names, at which level of the tree it is granted, what it excludes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .words import N_


class OrgKind(StrEnum):
    """Kinds of organisation (domain.md section 2)."""

    CITY_BUREAU = "city_bureau"
    DISTRICT_BUREAU = "district_bureau"
    JUDICIAL_OFFICE = "judicial_office"
    MEDIATION_COMMITTEE = "mediation_committee"
    PROFESSIONAL_COMMITTEE = "professional_committee"


ORG_KIND_LABELS = {
    OrgKind.CITY_BUREAU: N_("市司法局"),
    OrgKind.DISTRICT_BUREAU: N_("区司法局"),
    OrgKind.JUDICIAL_OFFICE: N_("司法所"),
    OrgKind.MEDIATION_COMMITTEE: N_("村（社区）人民调解委员会"),
    OrgKind.PROFESSIONAL_COMMITTEE: N_("行业性专业性人民调解委员会"),
}

ORG_CHILDREN: dict[OrgKind, frozenset[OrgKind]] = {
    OrgKind.CITY_BUREAU: frozenset({OrgKind.DISTRICT_BUREAU, OrgKind.PROFESSIONAL_COMMITTEE}),
    OrgKind.DISTRICT_BUREAU: frozenset({OrgKind.JUDICIAL_OFFICE, OrgKind.PROFESSIONAL_COMMITTEE}),
    OrgKind.JUDICIAL_OFFICE: frozenset({OrgKind.MEDIATION_COMMITTEE}),
    OrgKind.MEDIATION_COMMITTEE: frozenset(),
    OrgKind.PROFESSIONAL_COMMITTEE: frozenset(),
}


class Role(StrEnum):
    """Roles. ``ANONYMOUS`` and ``MEMBER`` (any signed-in account) are held, not granted."""

    ANONYMOUS = "anonymous"
    MEMBER = "member"
    MEDIATOR = "mediator"
    TRAINER = "trainer"
    PROCTOR = "proctor"
    OFFICE_HEAD = "office_head"
    COMMITTEE = "committee"
    HR = "hr"
    PANEL = "panel"
    APPROVER = "approver"
    REVIEWER = "reviewer"
    CITY_MANAGER = "city_manager"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """``privileged`` roles need a second factor; ``excludes`` may not be held beside it."""

    label: str
    levels: frozenset[OrgKind]
    privileged: bool = True
    excludes: frozenset[Role] = frozenset()


_CITY = frozenset({OrgKind.CITY_BUREAU})
_BUREAUS = frozenset({OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU})
_ANY = frozenset(OrgKind)

ROLES: dict[Role, RoleInfo] = {
    Role.MEDIATOR: RoleInfo(N_("学员与调解员"), _ANY, privileged=False),
    Role.TRAINER: RoleInfo(N_("教员"), _BUREAUS),
    Role.PROCTOR: RoleInfo(N_("监考员"), _BUREAUS),
    Role.OFFICE_HEAD: RoleInfo(N_("司法所负责人"), frozenset({OrgKind.JUDICIAL_OFFICE})),
    Role.COMMITTEE: RoleInfo(
        N_("调委会负责人"),
        frozenset(
            {OrgKind.JUDICIAL_OFFICE, OrgKind.MEDIATION_COMMITTEE, OrgKind.PROFESSIONAL_COMMITTEE}
        ),
    ),
    Role.HR: RoleInfo(N_("人事干部"), _BUREAUS, excludes=frozenset({Role.AUDITOR})),
    Role.PANEL: RoleInfo(
        N_("考核小组成员"), _BUREAUS, excludes=frozenset({Role.REVIEWER, Role.AUDITOR})
    ),
    Role.APPROVER: RoleInfo(
        N_("分管领导"), _BUREAUS, excludes=frozenset({Role.REVIEWER, Role.AUDITOR})
    ),
    Role.REVIEWER: RoleInfo(
        N_("复核人员"), _BUREAUS, excludes=frozenset({Role.PANEL, Role.APPROVER, Role.AUDITOR})
    ),
    Role.CITY_MANAGER: RoleInfo(N_("市局管理员"), _CITY, excludes=frozenset({Role.AUDITOR})),
    Role.AUDITOR: RoleInfo(
        N_("审计员"),
        _BUREAUS,
        excludes=frozenset(
            {Role.HR, Role.PANEL, Role.APPROVER, Role.REVIEWER, Role.CITY_MANAGER, Role.ADMIN}
        ),
    ),
    Role.ADMIN: RoleInfo(N_("系统管理员"), _CITY, excludes=frozenset({Role.AUDITOR})),
}

PSEUDO_LABELS = {Role.ANONYMOUS: N_("未登录访客"), Role.MEMBER: N_("已登录人员")}


def incompatible(held: frozenset[Role], wanted: Role) -> frozenset[Role]:
    """Roles already held that ``wanted`` excludes, or that exclude it."""
    mine = ROLES[wanted].excludes
    return frozenset(r for r in held if r in mine or (r in ROLES and wanted in ROLES[r].excludes))
