"""Granting roles: at the right level, compatible through all of a person's accounts, never to
oneself."""

from __future__ import annotations

from training.core.rules.roles import ORG_KIND_LABELS, ROLES, OrgKind, Role, incompatible
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_, Words


def grantable(kind: OrgKind) -> tuple[Role, ...]:
    """The roles that can be granted at this kind of organisation, in the table's order."""
    return tuple(role for role, info in ROLES.items() if kind in info.levels)


def judge_other(actor_person: int | None, person: int) -> Verdict:
    """Nobody gives or takes roles of his own. Code ``grant.self``."""
    if actor_person == person:
        return refuse("grant.self", N_("不得给本人授予或者收回角色，请由另一位管理员办理"))
    return ALLOWED


def judge_grant(
    role: Role,
    kind: OrgKind,
    held: frozenset[Role],
    *,
    already: bool,
    actor_person: int | None,
    person: int,
) -> Verdict:
    """May ``role`` be granted at an organisation of this kind?

    ``held`` are the roles of all accounts of the person; ``already``: this account holds the
    role at this organisation. Codes ``grant.self``, ``.unknown``, ``.level``, ``.already``,
    ``.incompatible`` (once for each role that stands against it).
    """
    verdict = judge_other(actor_person, person)
    info = ROLES.get(role)
    if info is None:
        return verdict & refuse("grant.unknown", N_("此角色不能授予"))
    if kind not in info.levels:
        verdict &= refuse(
            "grant.level",
            N_("「%(role)s」不能在%(kind)s这一级授予"),
            role=Words(info.label),
            kind=Words(ORG_KIND_LABELS[kind]),
        )
    if already:
        verdict &= refuse("grant.already", N_("该账号在此机构已有这一角色"))
    for other in sorted(incompatible(held, role)):
        verdict &= refuse(
            "grant.incompatible",
            N_("此人已有「%(other)s」角色，与「%(role)s」不得由一人兼任（按人判断，含其全部账号）"),
            other=Words(ROLES[other].label),
            role=Words(info.label),
        )
    return verdict
