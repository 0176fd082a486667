import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.contact import (
    Phone,
    PhoneKind,
    mask_identity_number,
    mask_name,
    mask_phone,
    read_name,
    read_phone,
)
from training.core.rules.verdict import Verdict


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("张 三", "张三"),
        ("谢\u3000竹", "谢竹"),
        (" 张\u00a0三\n", "张三"),
        ("张\u200b三", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 . 买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．．买买提·", "阿卜杜拉·买买提"),
        ("John  Smith", "John Smith"),
        ("Ｊｏｈｎ Smith", "John Smith"),
        ("O'Neil Jr.", "O'Neil Jr."),
        ("㛃䶮", "㛃䶮"),
        ("\ufa11明", "\ufa11明"),  # a compatibility ideograph stays as the card has it
    ],
)
def test_a_name_is_tidied_and_never_respelt(raw, name):
    assert read_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "missing"),
        ("\u3000 ", "missing"),
        ("张三（借调）", "characters"),
        ("张三2", "characters"),
        ("张-三", "characters"),
        ("=cmd|x", "characters"),
        ("制表人：", "characters"),
        ("\ue000明", "characters"),
    ],
)
def test_what_is_not_a_name_is_refused(raw, code):
    assert read_name(raw).codes == (f"name.{code}",)


@given(st.text(max_size=12))
def test_tidying_a_name_twice_changes_nothing(raw):
    name = read_name(raw)
    if not isinstance(name, Verdict):
        assert read_name(name) == name


@pytest.mark.parametrize(
    "raw",
    [
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "+86 138 0000 1234",
        "0086-13800001234",
        "8613800001234",
        "(+86)13800001234",
        "013800001234",
        "１３８００００１２３４",
        13800001234,
        13800001234.0,
        "'13800001234",
    ],
)
def test_a_mobile_number_is_eleven_digits_however_it_is_written(raw):
    assert read_phone(raw) == Phone("13800001234", PhoneKind.MOBILE)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0898-66501234", "0898-66501234"),
        ("(0898) 6650 1234", "0898-66501234"),
        ("+86 898 66501234", "0898-66501234"),
        (89866501234, "0898-66501234"),
        ("010-66501234", "010-66501234"),
        ("0757-6650123", "0757-6650123"),
        ("0898-66501234转801", "0898-66501234-801"),
        ("0898-66501234-801", "0898-66501234-801"),
    ],
)
def test_a_landline_keeps_its_area_code(raw, value):
    assert read_phone(raw) == Phone(value, PhoneKind.LANDLINE)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "missing"),
        ("  ", "missing"),
        ("66501234", "no_area_code"),
        ("66501234转801", "no_area_code"),
        ("1380000123", "length"),
        ("138000012345", "length"),
        ("12800001234", "length"),
        ("13800001234/13900001234", "several"),
        ("13800001234 13900001234", "several"),
        ("0898-66501234、13900001234", "several"),
        ("同上", "characters"),
        (138.5, "length"),
    ],
)
def test_what_is_not_one_telephone_number_is_refused(raw, code):
    assert read_phone(raw).codes == (f"phone.{code}",)


@given(st.integers(13_000_000_000, 19_999_999_999), st.sampled_from(["", " ", "-"]))
def test_every_mobile_number_survives_its_grouping(number, gap):
    text = str(number)
    read = read_phone(f"{text[:3]}{gap}{text[3:7]}{gap}{text[7:]}")
    assert read.value == text


@given(st.one_of(st.text(max_size=24), st.integers(), st.floats(), st.none()))
def test_nothing_in_a_cell_breaks_the_reader_and_what_it_reads_is_canonical(raw):
    read = read_phone(raw)
    if isinstance(read, Phone):
        assert read_phone(read.value) == read
    else:
        assert read.codes


def test_a_telephone_number_stays_out_of_logs():
    assert "13800001234" not in repr(read_phone("13800001234"))


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (mask_name, "王小明", "王*明"),
        (mask_name, "王明", "王*"),
        (mask_name, "欧阳小明", "欧**明"),
        (mask_name, "阿卜杜拉·买买提", "阿******提"),
        (mask_name, "王", "*"),
        (mask_name, "", ""),
        (mask_identity_number, "460100196805120023", "4601**********23"),
        (mask_identity_number, "4601001968051", "*" * 13),
        (mask_phone, "13800001234", "138****1234"),
        (mask_phone, "0898-66501234", "0898-****1234"),
        (mask_phone, "0757-6650123-801", "0757-***0123"),
        (mask_phone, "66501234", "********"),
    ],
)
def test_masking_shows_as_much_as_the_screens_do(mask, plain, masked):
    assert mask(plain) == masked
