"""Organisations named in a roster: which unit is meant, or what would have to be set up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from training.core.rules.roles import ORG_CHILDREN, OrgKind
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

_COMMITTEE = re.compile(r"(人民)?调解委员会|调委会")
_TOWN = re.compile(r"(?P<town>.*?(街道|镇|乡))(人民调解委员会|调解委员会|调委会)")
PROFESSIONAL = re.compile(
    "物业|医疗|医患|交通|道路|劳动|消费|旅游|保险|金融|银行|商会|行业|专业|知识产权|校园|婚姻|土地"
)


class PlanKind(StrEnum):
    """What the officer decides about a name that no unit has."""

    SAME_AS = "is"
    UNDER = "under"
    NEW_OFFICE = "office"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is known of an organisation in reach: an opaque ``ref`` with kind and name."""

    ref: str
    kind: OrgKind
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """``UNDER`` and ``SAME_AS`` name a unit by ``ref``; a new office is named ``office``."""

    kind: PlanKind
    ref: str = ""
    office: str = ""

    @property
    def code(self) -> str:
        """How a form and the database write it."""
        return f"{self.kind}:{self.ref or self.office}"

    @staticmethod
    def read(code: str) -> Plan:
        """Raises ``ValueError`` for what is no plan."""
        kind, _, rest = code.partition(":")
        plan = PlanKind(kind)
        named = plan is PlanKind.NEW_OFFICE
        return Plan(plan, office=rest) if named else Plan(plan, ref=rest)


def normal(name: str) -> str:
    """A name as it is compared: 人民调解委员会, 调解委员会 and 调委会 are one word."""
    text = "".join(unicodedata.normalize("NFKC", name).split())
    return _COMMITTEE.sub("调委会", text)


def find(name: str, units: Iterable[Unit]) -> Unit | None:
    """The one unit of this name; None when there is none or more than one."""
    hits = [u for u in units if normal(u.name) == normal(name)]
    return hits[0] if len(hits) == 1 else None


def propose(name: str, office: str, target: Unit, units: Iterable[Unit]) -> Plan | None:
    """The likeliest plan for an unknown name under ``target``, to be confirmed by a person.

    ``office`` is what the sheet's own column for the judicial office says, or "". None when
    only a person can know.
    """
    known = list(units)
    if target.kind is OrgKind.JUDICIAL_OFFICE:
        return Plan(PlanKind.UNDER, ref=target.ref)
    if office:
        unit = find(office, known) or find(office_name(office), known)
        if unit is not None and unit.kind is OrgKind.JUDICIAL_OFFICE:
            return Plan(PlanKind.UNDER, ref=unit.ref)
    if PROFESSIONAL.search(name):
        return Plan(PlanKind.PROFESSIONAL)
    town = town_of(name)
    wanted = office_name(office or town) if office or town else ""
    if not wanted:
        return None
    held = find(wanted, known)
    if held is not None and held.kind is OrgKind.JUDICIAL_OFFICE:
        return Plan(PlanKind.UNDER, ref=held.ref)
    if OrgKind.JUDICIAL_OFFICE in ORG_CHILDREN[target.kind]:
        return Plan(PlanKind.NEW_OFFICE, office=wanted)
    return None


def judge_child(parent: OrgKind, child: OrgKind) -> Verdict:
    """May a unit of this kind stand under the parent? Code ``org.kind``."""
    if child in ORG_CHILDREN[parent]:
        return ALLOWED
    return refuse("org.kind", N_("这类机构不能设在所选的上级机构下"))


def judge_closing(people: int, accounts: int, children: int) -> Verdict:
    """May a unit be closed? Only an empty one. Codes ``org.people``, ``org.accounts``, ``org.children``."""
    verdict = ALLOWED
    if people:
        verdict &= refuse("org.people", N_("还有 %(n)s 名人员未退出或者调出"), n=people)
    if accounts:
        verdict &= refuse("org.accounts", N_("还有 %(n)s 项角色授予在此机构"), n=accounts)
    if children:
        verdict &= refuse("org.children", N_("还有 %(n)s 个下级机构未撤销"), n=children)
    return verdict


def town_of(name: str) -> str:
    """The town or street whose own committee this is by its name, or ""."""
    town = _TOWN.fullmatch("".join(name.split()))
    return town["town"] if town else ""


def office_name(text: str) -> str:
    """The judicial office of a town or street."""
    bare = "".join(text.split())
    return bare if bare.endswith("司法所") else f"{bare}司法所"
