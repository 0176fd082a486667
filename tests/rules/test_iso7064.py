import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.iso7064 import ALPHABET, check_character, verify

TEXTS = st.text(ALPHABET, min_size=1, max_size=24)


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("A12425GABC1234002", "M"),  # GRid A1-2425G-ABC1234002-M
        ("00000000D07A0090", "Q"),  # ISAN 0000-0000-D07A-0090-Q
        ("4601002026P00123", "E"),  # the number on our own specimen
    ],
)
def test_published_vectors(text, character):
    assert check_character(text) == character
    assert verify(text + character)


@given(TEXTS)
def test_exactly_one_character_verifies(text):
    assert [c for c in ALPHABET if verify(text + c)] == [check_character(text)]


@given(TEXTS, st.data())
def test_every_single_substitution_is_found(text, data):
    whole = text + check_character(text)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != whole[at]]))
    assert not verify(whole[:at] + other + whole[at + 1 :])


def test_all_but_one_in_630_transpositions_of_neighbours_are_found():
    # One text per running state; the tail after the pair cannot undo a difference.
    prefixes = {}
    for first in ALPHABET:
        prefixes.setdefault(check_character(first), first)
    assert len(prefixes) == 36
    pairs = [(a, b) for a in ALPHABET for b in ALPHABET if a < b]
    missed = sum(
        check_character(p + a + b) == check_character(p + b + a)
        for p in prefixes.values()
        for a, b in pairs
    )
    assert (missed, len(prefixes) * len(pairs)) == (36, 22680)


@pytest.mark.parametrize("text", ["", "a1", "1-2", "中1", "1 "])
def test_only_digits_and_capital_letters_can_be_checked(text):
    with pytest.raises(ValueError, match=r"check|0-9"):
        verify(text)
    with pytest.raises(ValueError, match=r"check|0-9"):
        check_character(text)
