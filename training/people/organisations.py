"""Organisations: setting up, renaming and closing units. Moving one is not offered: records
freeze the path they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from training.core import access, orgs
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.roles import OrgKind
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from .models import Person, RoleGrant
from .rules.org_names import judge_child, judge_closing, normal
from .rules.person import FORCE, Standing


@verb("core:org:change", on="parent")
def add_unit(
    actor: Actor,
    parent: OrgUnit,
    kind: OrgKind,
    name: str,
    *,
    now: datetime,
    name_en: str = "",
    region_code: str = "",
    address: str = "",
    phone: str = "",
) -> OrgUnit:
    """Set up a unit under a parent; the kinds that may stand there are fixed."""
    if parent.closed_on is not None:
        raise Refused.because("ORG_CLOSED", N_("上级机构已撤销"), status=422)
    require(judge_child(parent.kind, kind), status=422, code="ORG_KIND")
    require(name_free(parent, name), status=422, code="ORG_NAME")
    unit = orgs.add_org(
        parent, kind, name, name_en=name_en, region_code=region_code, address=address, phone=phone
    )
    tell(kind=str(kind), unit=unit.public_id)
    return unit


@verb("core:org:change", on="unit")
def change_unit(
    actor: Actor,
    unit: OrgUnit,
    name: str,
    *,
    now: datetime,
    name_en: str = "",
    address: str = "",
    phone: str = "",
) -> OrgUnit:
    """Rename a unit or change its address; documents issued before keep the former name."""
    parent = unit.parent
    if parent is not None:
        require(name_free(parent, name, unit.id), status=422, code="ORG_NAME")
    former = unit.name
    unit.name, unit.name_en, unit.address, unit.phone = name, name_en, address, phone
    tell(former=former, name=name)
    return unit


@verb("core:org:change", on="unit")
def close_unit(actor: Actor, unit: OrgUnit, reason: str, *, today: date, now: datetime) -> OrgUnit:
    """Close an empty unit. Refused with each reason while people, roles or units remain."""
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明撤销的依据"), status=422)
    if unit.closed_on is not None:
        raise Refused.because("ALREADY_DECIDED", N_("这个机构已经撤销"), status=409)
    require(closable(unit), code="ORG_IN_USE")
    unit.closed_on = today
    tell(reason=reason.strip()[:200])
    return unit


def name_free(parent: OrgUnit, name: str, but: int = 0) -> Verdict:
    """Is no other unit under the parent of this name?"""
    query = sa.select(OrgUnit.name).where(OrgUnit.parent_id == parent.id, OrgUnit.id != but)
    if normal(name) in {normal(other) for other in db.session.scalars(query)}:
        return refuse("org.name", N_("同一上级下已有同名机构"))
    return ALLOWED


def closable(unit: OrgUnit) -> Verdict:
    """Whether a unit is empty, with every reason why not."""
    if unit.parent_id is None:
        return refuse("org.root", N_("最上级机构不能撤销"))
    within = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, unit.path))
    people = sa.select(sa.func.count()).where(
        Person.org_id.in_(within), Person.standing != Standing.LEFT
    )
    grants = sa.select(sa.func.count()).where(
        RoleGrant.org_id.in_(within), RoleGrant.revoked_at.is_(None)
    )
    children = sa.select(sa.func.count()).where(
        OrgUnit.id.in_(within), OrgUnit.id != unit.id, OrgUnit.closed_on.is_(None)
    )
    found = [int(db.session.scalar(q) or 0) for q in (people, grants, children)]
    return judge_closing(*found)


@dataclass(slots=True)
class Node:
    """A unit on the tree page with the people in it and below it, by standing."""

    unit: OrgUnit
    children: list[Node]
    counts: dict[Standing, int]
    hit: bool = True

    @property
    def people(self) -> int:
        """Those in the roster."""
        return sum(self.counts.get(s, 0) for s in FORCE)


def tree(actor: Actor, search: str = "") -> list[Node]:
    """The units in reach as trees, with counts; with ``search`` only hits and what leads there.
    Two queries, whatever the size."""
    units = orgs.in_reach(actor, "core:org:read", closed=True)
    ids = [u.id for u in units]
    rows = db.session.execute(
        sa.select(Person.org_id, Person.standing, sa.func.count())
        .where(access.visible(actor, "core:org:read", Person))
        .group_by(Person.org_id, Person.standing)
    )
    own: dict[int, dict[Standing, int]] = {i: {} for i in ids}
    for org_id, standing, count in rows:
        own.setdefault(org_id, {})[standing] = count
    wanted = "".join(search.split()).lower()
    nodes: dict[int, Node] = {}
    tops: list[Node] = []
    for unit in units:
        hit = not wanted or wanted in unit.name.lower() or wanted in unit.name_en.lower()
        node = nodes[unit.id] = Node(unit, [], dict(own[unit.id]), hit)
        above = nodes.get(unit.parent_id or 0)
        (above.children if above else tops).append(node)
    for unit in reversed(units):
        node, above = nodes[unit.id], nodes.get(unit.parent_id or 0)
        if above is not None:
            for standing, count in node.counts.items():
                above.counts[standing] = above.counts.get(standing, 0) + count
    return _pruned(tops) if wanted else tops


def _pruned(nodes: list[Node]) -> list[Node]:
    """Only what was found, with the way to it; everything below a hit stays."""
    kept = []
    for node in nodes:
        if not node.hit:
            node.children = _pruned(node.children)
        if node.hit or node.children:
            kept.append(node)
    return kept
