"""The permission table: nothing is allowed that no row allows; scopes reach as far as they say."""

from __future__ import annotations

import pytest

from training.core.rules.permission import (
    ANONYMOUS,
    SYSTEM,
    Actor,
    Grant,
    PermissionTable,
    Place,
    row,
)
from training.core.rules.roles import ROLES, Role, incompatible

READ, OWN, MEET, CITY = "room:thing:read", "room:thing:own", "room:thing:meet", "room:thing:city"
TABLE = PermissionTable(
    [
        row(READ, "", subtree=(Role.HR,)),
        row(OWN, "", self=(Role.MEMBER,)),
        row(MEET, "", participant=(Role.MEMBER,)),
        row(CITY, "", all=(Role.AUDITOR,)),
    ]
)
HR = Actor(person_id=7, account_id=1, grants=(Grant(Role.HR, "/1/2/"),))


@pytest.mark.parametrize("name", ["room:thing", "room:thing:", "Room:thing:read", "a:b:c:d", ""])
def test_a_malformed_permission_is_refused(name):
    with pytest.raises(ValueError, match="room:thing:action"):
        row(name, "")


def test_a_permission_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        PermissionTable([row(READ, ""), row(READ, "")])


def test_asking_for_an_undeclared_permission_is_a_mistake_in_code():
    with pytest.raises(KeyError):
        TABLE.may(SYSTEM, "room:thing:unheard", Place())


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/1/2/", True),
        ("/1/2/30/", True),
        ("/1/", False),
        ("/1/20/", False),
        ("/1/3/", False),
        (None, False),
    ],
)
def test_a_subtree_reaches_the_organisation_and_what_is_below_it(path, allowed):
    assert TABLE.may(HR, READ, Place(org_path=path)) is allowed


def test_own_records_are_the_persons_not_the_accounts():
    second_account = Actor(person_id=7, account_id=99)
    assert TABLE.may(second_account, OWN, Place(person_id=7))
    assert not TABLE.may(second_account, OWN, Place(person_id=99))
    assert not TABLE.may(second_account, OWN, Place(org_path="/1/2/"))


def test_who_takes_part_is_reached():
    assert TABLE.may(HR, MEET, Place(participant_ids=frozenset({7, 8})))
    assert not TABLE.may(HR, MEET, Place(person_id=7, participant_ids=frozenset({8})))


def test_a_grant_of_another_role_gives_nothing():
    trainer = Actor(person_id=7, account_id=1, grants=(Grant(Role.TRAINER, "/1/"),))
    assert not TABLE.holds(trainer, READ)
    assert not TABLE.may(trainer, READ, Place(org_path="/1/"))


def test_a_visitor_has_no_own_records():
    assert not TABLE.holds(ANONYMOUS, OWN)
    assert not TABLE.may(ANONYMOUS, OWN, Place(person_id=None))


def test_an_account_without_a_person_meets_nobodys_records():
    assert not TABLE.may(Actor(account_id=5), OWN, Place(person_id=None))


def test_two_grants_reach_both_parts_of_the_tree_and_nothing_between():
    both = Actor(1, 1, grants=(Grant(Role.HR, "/1/2/"), Grant(Role.HR, "/1/4/")))
    assert [TABLE.may(both, READ, Place(org_path=f"/1/{n}/")) for n in (2, 3, 4)] == [
        True, False, True,
    ]  # fmt: skip


def test_the_system_may_do_what_is_declared():
    assert all(TABLE.may(SYSTEM, line.permission, Place()) for line in TABLE)


@pytest.mark.parametrize("held", list(ROLES))
@pytest.mark.parametrize("wanted", list(ROLES))
def test_roles_exclude_each_other_in_both_directions(held, wanted):
    assert bool(incompatible(frozenset({held}), wanted)) == bool(
        incompatible(frozenset({wanted}), held)
    )


def test_nobody_audits_what_he_decides():
    deciding = {Role.HR, Role.PANEL, Role.APPROVER, Role.REVIEWER, Role.CITY_MANAGER, Role.ADMIN}
    assert incompatible(frozenset(deciding), Role.AUDITOR) == deciding
    assert incompatible(frozenset({Role.REVIEWER}), Role.APPROVER) == {Role.REVIEWER}
