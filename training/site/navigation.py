"""Navigation as data: six entries a home at the most, drawn from the permission table."""

from __future__ import annotations

from dataclasses import dataclass

from training.core.rules.roles import Role
from training.core.rules.words import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: shown when the actor holds ``permission``; ``short`` is the tab on a phone."""

    label: str
    icon: str
    endpoint: str
    permission: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """A role's home and what is reached from it."""

    code: str
    label: str
    roles: frozenset[Role]
    entries: tuple[Entry, ...]


HOMES: tuple[Home, ...] = (
    Home(
        "hr",
        N_("人事"),
        frozenset({Role.HR}),
        (
            Entry(N_("总览"), "overview", "site.home", "site:home:read"),
            Entry(N_("人员"), "people", "people.persons", "people:person:list"),
        ),
    ),
    Home(
        "city",
        N_("市局管理"),
        frozenset({Role.CITY_MANAGER}),
        (
            Entry(N_("总览"), "overview", "site.home", "site:home:read"),
            Entry(N_("政策"), "policy", "core.policies", "core:policy:read"),
            Entry(N_("机构"), "org", "people.orgs", "core:org:read"),
            Entry(N_("人员"), "people", "people.persons", "people:person:list"),
            Entry(N_("审计"), "audit", "core.audit_log", "core:audit:read"),
            Entry(N_("系统"), "system", "core.system", "core:access:read"),
        ),
    ),
    Home(
        "admin",
        N_("系统管理"),
        frozenset({Role.ADMIN}),
        (
            Entry(N_("总览"), "overview", "site.home", "site:home:read"),
            Entry(N_("账号"), "key", "people.accounts", "people:account:list"),
            Entry(N_("考场网段"), "proctor", "people.halls", "people:hall:manage"),
            Entry(N_("机构"), "org", "people.orgs", "core:org:read"),
            Entry(N_("系统"), "system", "core.system", "core:access:read"),
        ),
    ),
    Home(
        "trainer",
        N_("教员"),
        frozenset({Role.TRAINER}),
        (
            Entry(N_("待办"), "todo", "site.home", "site:home:read"),
            Entry(N_("课程与案例"), "folder", "courses.manage", "courses:lesson:list"),
            Entry(N_("培训班"), "class", "programmes.manage", "programmes:session:list"),
            Entry(
                N_("学习情况"), "people", "programmes.enrolments", "programmes:enrolment:list"
            ),
        ),
    ),
    Home(
        "learner",
        N_("学员"),
        frozenset({Role.MEDIATOR}),
        (
            Entry(N_("今天"), "today", "site.home", "site:home:read"),
            Entry(N_("学习"), "learn", "courses.catalogue", "courses:course:read"),
            Entry(N_("我的档案"), "person", "people.my_file", "people:person:own"),
        ),
    ),
)
