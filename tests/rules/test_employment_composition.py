"""The composition of a committee (人民调解法#8)."""

from __future__ import annotations

import pytest

from training.employment.rules.composition import composition_warnings


@pytest.mark.parametrize(
    ("members", "women", "codes"),
    [
        (2, 1, ["composition.too_few"]),
        (3, 1, []),
        (9, 1, []),
        (10, 2, ["composition.too_many"]),
        (5, 0, ["composition.no_women"]),
        (1, 0, ["composition.too_few", "composition.no_women"]),
    ],
)
def test_three_to_nine_members_with_women_among_them(members, women, codes):
    assert [r.code for r in composition_warnings(members, women)] == codes
