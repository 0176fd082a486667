"""Which version counts, and which values a key may take."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.policy_defaults import GROUPS, SPECS
from training.core.rules.policy import Basis, Kind, PolicySpec, Version, check_value, resolve

DAY = date(2026, 1, 1)
PATHS = ("/1/", "/1/2/", "/1/20/", "/1/2/3/", "/1/2/3/4/", "/1/5/")


def version(n, path, day, *, binding=False, number=1):
    return Version(n, "k", path, number, n, DAY + timedelta(days=day), binding=binding)


@st.composite
def histories(draw):
    """Versions with the numbers that their organisations would have given them."""
    found, numbers = [], {}
    for n in range(draw(st.integers(0, 12))):
        path = draw(st.sampled_from(PATHS))
        numbers[path] = numbers.get(path, 0) + 1
        found.append(
            version(
                n, path, draw(st.integers(0, 9)), binding=draw(st.booleans()), number=numbers[path]
            )
        )
    return found


def _in_force(versions, path, on):
    """The last version of one organisation, by its day, then its number."""
    mine = [v for v in versions if v.org_path == path and v.effective_from <= on]
    return max(mine, key=lambda v: (v.effective_from, v.version), default=None)


@given(histories(), st.sampled_from(PATHS), st.integers(0, 9))
def test_the_highest_binding_version_wins_else_the_nearest(versions, path, day):
    on = DAY + timedelta(days=day)
    parts = path.strip("/").split("/")
    way = [f"/{'/'.join(parts[: n + 1])}/" for n in range(len(parts))]
    held = [v for v in (_in_force(versions, p, on) for p in way) if v is not None]
    binding = [v for v in held if v.binding]
    expected = binding[0] if binding else held[-1] if held else None
    assert resolve(versions, path, on) == expected


@given(histories(), st.sampled_from(PATHS), st.integers(0, 9), st.randoms())
def test_the_order_of_the_rows_does_not_matter(versions, path, day, random):
    on = DAY + timedelta(days=day)
    shuffled = list(versions)
    random.shuffle(shuffled)
    assert resolve(shuffled, path, on) == resolve(versions, path, on)


@given(histories(), st.sampled_from(PATHS), st.integers(0, 8))
def test_a_later_version_never_changes_an_earlier_day(versions, path, day):
    on = DAY + timedelta(days=day)
    later = version(99, path, day + 1, binding=True, number=99)
    assert resolve([*versions, later], path, on) == resolve(versions, path, on)


def test_a_sibling_whose_number_begins_alike_decides_nothing():
    assert resolve([version(1, "/1/2/", 0)], "/1/20/", DAY) is None


def test_a_binding_version_that_has_been_replaced_binds_no_longer():
    held = [
        version(1, "/1/", 0, binding=True, number=1),
        version(2, "/1/", 1, number=2),
        version(3, "/1/2/", 0),
    ]
    assert resolve(held, "/1/2/", DAY).value == 3 - 2
    assert resolve(held, "/1/2/", DAY + timedelta(days=1)).value == 3


def spec(kind, **fields):
    return PolicySpec("k", kind, "名", "组", None, Basis.DEFAULT, **fields)


ONE = spec(Kind.INTEGER, low=1, high=10)
FLAG = spec(Kind.BOOLEAN)
WORDS = spec(Kind.TEXT)
PICK = spec(Kind.CHOICES, fields=(("a", "甲"), ("b", "乙")))
MAP = spec(Kind.TABLE, low=0, high=5, fields=(("a", "甲"), ("b", "乙")))


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (ONE, 1, None), (ONE, 10, None), (ONE, 0, "policy.out_of_range"),
        (ONE, 11, "policy.out_of_range"), (ONE, True, "policy.not_a_number"),
        (ONE, 2.0, "policy.not_a_number"), (ONE, "2", "policy.not_a_number"),
        (ONE, None, "policy.not_a_number"),
        (FLAG, True, None), (FLAG, False, None), (FLAG, 1, "policy.value"),
        (WORDS, "文", None), (WORDS, "  ", "policy.value"), (WORDS, 1, "policy.value"),
        (PICK, ["a"], None), (PICK, ["b", "a"], None), (PICK, [], "policy.value"),
        (PICK, ["c"], "policy.value"), (PICK, "a", "policy.value"),
        (MAP, {"a": 0, "b": 5}, None), (MAP, {"a": 0}, "policy.value"),
        (MAP, {"a": 0, "b": 6}, "policy.out_of_range"),
        (MAP, {"a": 0, "b": 1, "c": 1}, "policy.value"), (MAP, [0, 5], "policy.value"),
    ],
)  # fmt: skip
def test_a_value_is_checked_by_its_kind_and_bounds(key, value, code):
    assert check_value(key, value).codes == ((code,) if code else ())


def test_what_a_statute_fixes_cannot_be_changed():
    assert check_value(SPECS["case.fee"], 0).codes == ("policy.fixed",)


@pytest.mark.parametrize("key", sorted(SPECS))
def test_every_default_is_a_value_that_its_key_may_take(key):
    held = SPECS[key]
    if not held.fixed:
        assert check_value(held, held.default)
    assert held.label
    assert held.group in GROUPS
    if held.basis is not Basis.DEFAULT:
        assert held.basis_text, "a basis that is not our own names its source"
