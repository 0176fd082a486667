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


_HOME = Entry(N_("总览"), "overview", "site.home", "site:home:read")
_PEOPLE = Entry(N_("人员"), "people", "people.persons", "people:person:list")
_BOARD = Entry(N_("证书"), "certificate", "certificates.board", "certificates:board:read")
_RECRUITING = Entry(N_("选聘"), "recruit", "employment.cases", "employment:case:list")
_APPRAISAL = Entry(N_("考核"), "appraisal", "appraisal.rounds", "appraisal:round:list")
_POSTS = Entry(
    N_("聘任与退出"), "exit", "employment.appointments", "employment:appointment:list", N_("聘任")
)
_SITTINGS = Entry(N_("考试场次"), "exam", "exams_sittings.sittings", "sittings:sitting:list")
_OBJECTIONS = Entry(
    N_("异议与申诉"), "note", "proceedings.objections", "proceedings:objection:read", N_("异议")
)

HOMES: tuple[Home, ...] = (
    Home(
        "hr",
        N_("人事"),
        frozenset({Role.HR}),
        (_HOME, _PEOPLE, _RECRUITING, _BOARD, _APPRAISAL, _POSTS),
    ),
    Home(
        "city",
        N_("市局管理"),
        frozenset({Role.CITY_MANAGER}),
        (
            _HOME,
            Entry(N_("政策"), "policy", "core.policies", "core:policy:read"),
            Entry(N_("机构"), "org", "people.orgs", "core:org:read"),
            Entry(N_("队伍"), "people", "people.persons", "people:person:list"),
            Entry(N_("审计"), "audit", "core.audit_log", "core:audit:read"),
            Entry(N_("系统"), "system", "core.system", "core:access:read"),
        ),
    ),
    Home(
        "admin",
        N_("系统管理"),
        frozenset({Role.ADMIN}),
        (
            _HOME,
            Entry(N_("账号"), "key", "people.accounts", "people:account:list"),
            Entry(N_("考场网段"), "proctor", "people.halls", "people:hall:manage", N_("网段")),
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
            Entry(N_("课程与案例"), "folder", "courses.manage", "courses:lesson:list", N_("课程")),
            Entry(N_("培训班"), "class", "programmes.manage", "programmes:session:list"),
            Entry(
                N_("题库与试卷"), "bank", "exams_bank.questions", "bank:question:read", N_("题库")
            ),
            Entry(N_("阅卷"), "marking", "exams_marking.sittings", "marking:sitting:list"),
            Entry(
                N_("学习情况"),
                "people",
                "programmes.enrolments",
                "programmes:enrolment:list",
                N_("学情"),
            ),
        ),
    ),
    Home(
        "proctor",
        N_("监考"),
        frozenset({Role.PROCTOR}),
        (
            _HOME,
            Entry(N_("监考"), "proctor", "exams_sittings.halls", "sittings:sitting:proctor"),
            _SITTINGS,
            Entry(N_("考场网段"), "system", "people.halls", "people:hall:manage", N_("网段")),
            Entry(N_("账号"), "key", "people.accounts", "people:account:list"),
        ),
    ),
    Home(
        "approver",
        N_("分管领导"),
        frozenset({Role.APPROVER}),
        (
            _HOME,
            Entry(N_("待批"), "todo", "employment.to_decide", "employment:appointment:approve"),
            _PEOPLE,
            _POSTS,
            _BOARD,
        ),
    ),
    Home(
        "panel",
        N_("考核小组"),
        frozenset({Role.PANEL}),
        (
            _HOME,
            Entry(N_("面试"), "recruit", "employment.my_interviews", "employment:interview:score"),
            _APPRAISAL,
            _PEOPLE,
        ),
    ),
    Home("reviewer", N_("复核"), frozenset({Role.REVIEWER}), (_HOME, _OBJECTIONS, _PEOPLE)),
    Home("office", N_("司法所"), frozenset({Role.OFFICE_HEAD}), (_HOME, _PEOPLE, _APPRAISAL)),
    Home("committee", N_("调委会"), frozenset({Role.COMMITTEE}), (_HOME, _PEOPLE, _POSTS)),
    Home(
        "auditor",
        N_("审计"),
        frozenset({Role.AUDITOR}),
        (
            _HOME,
            Entry(N_("审计记录"), "audit", "core.audit_log", "core:audit:read", N_("审计")),
            Entry(N_("政策"), "policy", "core.policies", "core:policy:read"),
            Entry(N_("权限表"), "lock", "core.access_table", "core:access:read", N_("权限")),
            _PEOPLE,
        ),
    ),
    Home(
        "learner",
        N_("学员"),
        frozenset({Role.MEDIATOR}),
        (
            Entry(N_("今天"), "today", "site.home", "site:home:read"),
            Entry(N_("学习"), "learn", "courses.catalogue", "courses:course:read"),
            Entry(N_("考试"), "exam", "exams_sittings.my_exams", "sittings:exam:own"),
            Entry(N_("证书"), "certificate", "certificates.mine", "certificates:certificate:own"),
            Entry(N_("我的档案"), "person", "people.my_file", "people:person:own", N_("档案")),
        ),
    ),
)
