"""One-time slips, role grants and hall ranges as pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.policy_defaults import SPECS
from training.core.rules.roles import ROLES, OrgKind, Role
from training.core.rules.verdict import Verdict
from training.people.rules.grants import grantable, judge_grant
from training.people.rules.halls import Hall, is_hall, judge_period, read_range
from training.people.rules.person import AccountState, SlipPurpose
from training.people.rules.slips import (
    ALPHABET,
    CODE_LENGTH,
    RECOVERY_LENGTH,
    SlipFacts,
    code_from,
    judge_slip,
    lifetime,
    purpose_for,
    read_code,
    same_ending,
    spaced,
)

T = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FRESH = SlipFacts(T + timedelta(days=1), 0, used=False, withdrawn=False)
HALL_POLICY = SPECS["security.hall"].default


def test_a_slip_is_good_until_it_expires_is_used_withdrawn_or_tried_too_often():
    assert judge_slip(FRESH, 10, T)
    assert judge_slip(FRESH, 10, FRESH.expires_at).codes == ("slip.expired",)
    assert judge_slip(replace(FRESH, used=True), 10, T).codes == ("slip.used",)
    assert judge_slip(replace(FRESH, withdrawn=True), 10, T).codes == ("slip.withdrawn",)
    assert judge_slip(replace(FRESH, tries=10), 10, T).codes == ("slip.tries",)
    assert judge_slip(replace(FRESH, tries=9), 10, T)


def test_activation_lasts_thirty_days_and_a_reset_one_day():
    policy = SPECS["security.slip"].default
    assert lifetime(SlipPurpose.ACTIVATION, policy) == timedelta(days=30)
    assert lifetime(SlipPurpose.RESET, policy) == timedelta(hours=24)


def test_the_purpose_follows_the_account():
    assert purpose_for(AccountState.WAITING) is SlipPurpose.ACTIVATION
    assert purpose_for(AccountState.ACTIVE) is SlipPurpose.RESET
    closed = purpose_for(AccountState.CLOSED)
    assert isinstance(closed, Verdict)
    assert closed.codes == ("slip.closed",)


@given(st.binary(min_size=32, max_size=32), st.sampled_from([CODE_LENGTH, RECOVERY_LENGTH]))
def test_a_code_is_read_as_it_was_printed_in_any_case_and_spacing(digest, length):
    code = code_from(digest.hex(), length)
    assert len(code) == length
    assert set(code) <= set(ALPHABET)
    assert read_code(f" {spaced(code).lower()} ") == code


def test_the_alphabet_has_no_look_alikes_and_recovery_codes_hold_64_bits():
    assert not set("0O1ILU") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert len(ALPHABET) ** RECOVERY_LENGTH >= 2**64


def test_the_last_four_of_the_identity_number_are_compared_exactly():
    assert same_ending("99010119700307123X", "123x")
    assert not same_ending("990101197003071234", "234")
    assert not same_ending("990101197003071234", "0101")
    assert not same_ending("", "")


def judge(role: Role, kind: OrgKind, held: set[Role] = frozenset(), **options: object):
    given = {"already": False, "actor_person": 1, "person": 2} | options
    return judge_grant(role, kind, frozenset(held), **given)


@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("kind", list(OrgKind))
def test_a_role_is_granted_at_its_levels_only(role, kind):
    assert bool(judge(role, kind)) is (kind in ROLES[role].levels)
    assert (role in grantable(kind)) is (kind in ROLES[role].levels)


@given(st.sampled_from(list(ROLES)), st.sampled_from(list(ROLES)))
def test_exclusion_holds_both_ways(first, second):
    def excluded(held: Role, wanted: Role) -> bool:
        level = next(iter(ROLES[wanted].levels))
        return "grant.incompatible" in judge(wanted, level, {held}).codes

    assert excluded(first, second) == excluded(second, first)
    assert excluded(first, second) == (
        second in ROLES[first].excludes or first in ROLES[second].excludes
    )


def test_nobody_grants_to_himself_nor_twice_nor_what_is_only_held():
    city = OrgKind.CITY_BUREAU
    assert judge(Role.HR, city, person=1).codes == ("grant.self",)
    assert judge(Role.HR, city, already=True).codes == ("grant.already",)
    assert judge(Role.MEMBER, city).codes == ("grant.unknown",)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("10.1.2.0/24", "10.1.2.0/24"),
        (" 10.1.2.3 ", "10.1.2.3/32"),
        ("2001:db8::/64", "2001:db8::/64"),
        ("10.1.2.3/24", "hall.host_bits"),
        ("10.0.0.0/8", "hall.too_wide"),
        ("0.0.0.0/0", "hall.too_wide"),
        ("::/0", "hall.too_wide"),
        ("third floor", "hall.form"),
        ("10.1.2.0/33", "hall.form"),
    ],
)
def test_a_range_is_read_or_refused_by_name(raw, found):
    read = read_range(raw, HALL_POLICY)
    assert (read.codes[0] if isinstance(read, Verdict) else read) == found


def test_a_period_is_in_order_not_past_and_not_too_long():
    day = date(2026, 11, 23)
    assert judge_period(day, day, day, 31)
    assert judge_period(day, day + timedelta(days=30), day, 31)
    assert judge_period(day, day + timedelta(days=31), day, 31).codes == ("hall.too_long",)
    assert judge_period(day, day - timedelta(days=1), day, 31).codes == ("hall.order",)
    past = day - timedelta(days=2)
    assert judge_period(past, past, day, 31).codes == ("hall.past",)


def test_an_address_is_in_a_hall_on_its_days_only():
    day = date(2026, 11, 23)
    halls = [Hall("10.1.2.0/24", day, day)]
    assert is_hall("10.1.2.9", halls, day)
    assert is_hall("::ffff:10.1.2.9", halls, day)
    assert not is_hall("10.1.3.9", halls, day)
    assert not is_hall("10.1.2.9", halls, day + timedelta(days=1))
    assert not is_hall("", halls, day)
    assert not is_hall("2001:db8::1", halls, day)
