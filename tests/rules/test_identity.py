from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.core.rules.identity import (
    FICTIONAL_REGION,
    IdentityNumber,
    Sex,
    check_character,
    contradictions,
    read_identity_number,
    read_sex,
)
from training.core.rules.office_dates import WrittenDate
from training.core.rules.verdict import Verdict

TODAY = date(2026, 11, 23)


def number(birth="19680512", sequence="741", region=FICTIONAL_REGION):
    first = f"{region}{birth}{sequence}"
    return first + check_character(first)


def codes(raw):
    read = read_identity_number(raw, TODAY)
    return read.codes if isinstance(read, Verdict) else ()


@pytest.mark.parametrize(
    ("first_17", "character"),
    [("11010519491231002", "X"), ("44052418800101001", "4")],  # GB 11643-1999, examples
)
def test_the_examples_of_the_standard(first_17, character):
    assert check_character(first_17) == character


@pytest.mark.parametrize("text", ["", "1101051949123100", "11010519491231002X", "１" * 17])
def test_the_check_character_needs_17_digits(text):
    with pytest.raises(ValueError, match="17"):
        check_character(text)


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002X",
        " 110105 19491231 002x ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "'11010519491231002X",
        "\ufeff11010519491231002X\u200b",
        "11010519491231002Х",  # Cyrillic
        "11010519491231002×",
    ],
)
def test_however_it_was_typed_the_number_is_read(written):
    read = read_identity_number(written, TODAY)
    assert read == IdentityNumber("11010519491231002X")
    assert (read.region, read.birth_date, read.sex) == ("110105", date(1949, 12, 31), Sex.FEMALE)


def test_a_number_of_the_fictional_region_is_sound():
    read = read_identity_number(number(), TODAY)
    assert (read.birth_date, read.sex, read.doubts) == (date(1968, 5, 12), Sex.MALE, ())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "missing"),
        ("", "missing"),
        (" \u3000-", "missing"),
        (float("nan"), "missing"),
        (9.901011988060791e17, "excel"),
        (990101198806079104, "excel"),
        ("4.6E+17", "excel"),
        ("4.60101E17", "excel"),
        ("460100196805127000", "excel"),
        ("9901011986030508", "length"),
        ("99010119860305081", "length"),
        ("9901011986030508123", "length"),
        ("460100680512741", "first_generation"),
        (460100680512741, "first_generation"),
        (460100680512741.0, "first_generation"),
        (1.5, "characters"),
        ("4601**********23", "characters"),
        ("X60100196805127417", "characters"),
        ("见附件", "characters"),
    ],
)
def test_each_way_of_ruin_has_its_code(raw, code):
    assert codes(raw) == (f"identity.{code}",)


def test_the_found_length_is_told():
    read = read_identity_number("9901011986030508", TODAY)
    assert "16" in str(read.reasons[0].words)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (number(birth="19680231"), "birth_date"),
        (number(birth="20271201"), "birth_date"),
        (number(birth="18991231"), "birth_date"),
        (number(birth="20261124"), "birth_date"),
        (number(region="990102"), "region"),
        (number(region="000000"), "region"),
    ],
)
def test_a_right_check_digit_does_not_save_an_impossible_number(text, code):
    assert codes(text) == (f"identity.{code}",)


def test_birth_on_this_very_day_is_possible():
    assert codes(number(birth="20261123")) == ()


def test_every_problem_of_a_number_is_named():
    wrong = number(birth="19680231", region="000000")
    wrong = wrong[:17] + ("1" if wrong[17] != "1" else "2")
    assert codes(wrong) == ("identity.region", "identity.birth_date", "identity.check_digit")


def test_a_formally_right_number_that_ends_in_000_is_doubted_not_refused():
    ending = next(
        n
        for day in range(1, 29)
        for sequence in range(0, 1000, 100)
        if (n := number(birth=f"197005{day:02d}", sequence=f"{sequence:03d}")).endswith("000")
    )
    read = read_identity_number(ending, TODAY)
    assert [doubt.code for doubt in read.doubts] == ["identity.maybe_excel"]


BIRTHS = st.dates(date(1900, 1, 1), TODAY)


@given(BIRTHS, st.integers(0, 999))
def test_what_the_number_says_is_read_back(birth, sequence):
    read = read_identity_number(number(f"{birth:%Y%m%d}", f"{sequence:03d}"), TODAY)
    assert (read.birth_date, read.sex is Sex.MALE) == (birth, sequence % 2 == 1)


@given(BIRTHS, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_no_single_wrong_character_passes(birth, sequence, at, other):
    right = number(f"{birth:%Y%m%d}", f"{sequence:03d}")
    assume(right[at] != other)
    assert codes(right[:at] + other + right[at + 1 :])


@given(st.one_of(st.text(max_size=25), st.integers(), st.floats(), st.booleans(), st.none()))
def test_nothing_in_a_cell_breaks_the_reader(raw):
    read = read_identity_number(raw, TODAY)
    assert isinstance(read, IdentityNumber) or read.codes


def test_the_number_stays_out_of_logs_and_reasons():
    right = number()
    assert right not in repr(read_identity_number(right, TODAY))
    wrong = right[:17] + ("1" if right[17] != "1" else "2")
    assert wrong not in repr(read_identity_number(wrong, TODAY))


@pytest.mark.parametrize(
    ("raw", "sex"),
    [("男", Sex.MALE), (" 女性 ", Sex.FEMALE), ("f", Sex.FEMALE), (1, Sex.MALE), (2.0, Sex.FEMALE)],
)
def test_sex_is_read_as_offices_write_it(raw, sex):
    assert read_sex(raw) is sex


@pytest.mark.parametrize(
    ("raw", "code"), [(None, "missing"), (" ", "missing"), ("未知", "unknown")]
)
def test_sex_is_not_guessed(raw, code):
    assert read_sex(raw).codes == (f"sex.{code}",)


@pytest.mark.parametrize(
    ("birth", "sex", "found"),
    [
        (WrittenDate(1968, 5, 12), Sex.MALE, ()),
        (WrittenDate(1968, 5), None, ()),
        (WrittenDate(1968), None, ()),
        (None, None, ()),
        (WrittenDate(1968, 1, None, (WrittenDate(1968, 5),)), None, ()),
        (WrittenDate(1968, 6), None, ("birth_date",)),
        (WrittenDate(1968, 5, 13), Sex.FEMALE, ("birth_date", "sex")),
    ],
)
def test_a_sheet_that_contradicts_the_number_is_found_out(birth, sex, found):
    verdict = contradictions(IdentityNumber(number()), birth, sex)
    assert verdict.codes == tuple(f"identity.contradicts_{what}" for what in found)
