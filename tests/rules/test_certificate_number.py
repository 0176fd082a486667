import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.rules.number import CertificateClass, CertificateNumber, read_number
from training.core.rules.iso7064 import ALPHABET, check_character
from training.core.rules.verdict import Verdict

SPECIMEN = CertificateNumber("460100", 2026, CertificateClass.FULL_TIME, 123)

NUMBERS = st.builds(
    CertificateNumber,
    st.from_regex(r"[0-9]{6}", fullmatch=True),
    st.integers(1000, 9999),
    st.sampled_from(CertificateClass),
    st.integers(1, 12_345_678),
)


def test_the_specimen():
    assert str(SPECIMEN) == "460100-2026-P-00123-E"
    assert (SPECIMEN.check, SPECIMEN.certificate_class) == ("E", CertificateClass.FULL_TIME)


def test_the_last_year_of_four_digits_can_be_built():
    last = CertificateNumber("460100", 9999, CertificateClass.FULL_TIME, 1)
    assert read_number(str(last)) == last


def test_a_serial_grows_beyond_five_digits():
    big = CertificateNumber("460100", 2026, CertificateClass.PART_TIME, 123456)
    assert str(big).startswith("460100-2026-T-123456-")
    assert read_number(str(big)) == big


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("region", "46010"),
        ("region", "46010A"),
        ("region", "４６０１００"),
        ("year", 999),
        ("year", 10000),
        ("serial", 0),
        ("serial", -1),
    ],
)
def test_a_number_out_of_range_cannot_be_built(part, value):
    parts = {
        "region": "460100",
        "year": 2026,
        "certificate_class": CertificateClass.FULL_TIME,
        "serial": 1,
    }
    with pytest.raises(ValueError, match=part):
        CertificateNumber(**{**parts, part: value})


@pytest.mark.parametrize(
    "typed",
    [
        "460100-2026-P-00123-E",
        "460100-2026-p-00123-e",
        " 460100 2026 P 00123 E ",
        "4601002026P00123E",
        "４６０１００－２０２６－Ｐ－００１２３－Ｅ",
        "460100—2026–P−00123-E",
        "证书编号：460100-2026-P-00123-E",
        "No. 460100-2026-P-00123-E",
    ],
)
def test_however_it_was_typed_the_number_is_found(typed):
    assert read_number(typed) == SPECIMEN


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "missing"),
        (" - ", "missing"),
        ("证书编号：", "missing"),
        ("460100-2026-P-123-E", "shape"),
        ("460100-2026-X-00123-E", "shape"),
        ("460100-2026-P-00123", "shape"),
        ("46010A-2026-P-00123-E", "shape"),
        ("琼司发〔2026〕12号", "shape"),
        ("460100-2026-P-00123-F", "check"),
        ("460100-2026-P-00124-E", "check"),
        ("460100-2026-T-00123-E", "check"),
        ("460100-2026-P-000123-E", "check"),
    ],
)
def test_what_is_no_number_says_why(typed, code):
    assert read_number(typed).codes == (f"number.{code}",)


@pytest.mark.parametrize(
    "typed",
    [
        "46O1OO-2026-P-OO123-E",
        "460100-2026-P-00l23-e",
        "46010o-2o26-p-oo123-e",
        "460IOO 2026 P 00I23 E",
    ],
)
def test_confused_letters_are_not_accepted_but_suggested(typed):
    (reason,) = read_number(typed).reasons
    assert reason.code == "number.did_you_mean"
    assert reason.words.params["suggestion"] == str(SPECIMEN)


def test_a_confused_check_character_is_suggested_too():
    number = next(
        n
        for serial in range(1, 200)
        if (n := CertificateNumber("460100", 2026, CertificateClass.FULL_TIME, serial)).check == "O"
    )
    typed = str(number)[:-1] + "0"
    (reason,) = read_number(typed).reasons
    assert (reason.code, reason.words.params["suggestion"]) == ("number.did_you_mean", str(number))


@pytest.mark.parametrize(
    ("year", "serial"), [("2026", "00000"), ("0026", "00123"), ("2026", "000123")]
)
def test_a_right_check_does_not_save_a_number_that_is_never_given(year, serial):
    text = f"460100{year}P{serial}"
    assert read_number(text + check_character(text)).codes == ("number.check",)


def test_nothing_is_suggested_where_nothing_sound_looks_alike():
    assert read_number("46O100-2026-P-00124-E").codes == ("number.check",)


@given(NUMBERS)
def test_what_is_printed_is_read_back(number):
    assert read_number(str(number)) == number
    assert read_number(str(number).replace("-", "").lower()) == number


@given(NUMBERS, st.data())
def test_no_number_with_one_wrong_character_is_accepted(number, data):
    text = str(number).replace("-", "")
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != text[at]]))
    assert isinstance(read_number(text[:at] + other + text[at + 1 :]), Verdict)


@given(st.text(max_size=30))
def test_nothing_typed_breaks_the_reader(typed):
    read = read_number(typed)
    assert isinstance(read, CertificateNumber) or read.codes
