from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.office_dates import Precision, WrittenDate, read_date
from training.core.rules.verdict import Verdict

EARLIEST, TODAY = date(1900, 1, 1), date(2026, 11, 23)


def read(raw, earliest=EARLIEST, latest=TODAY):
    return read_date(raw, earliest=earliest, latest=latest)


DAY, MONTH, YEAR = WrittenDate(1968, 5, 12), WrittenDate(1968, 5), WrittenDate(1968)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1968.05.12", DAY),
        ("1968.5.12", DAY),
        ("1968-5-12", DAY),
        ("1968/05/12", DAY),
        ("1968年5月12日", DAY),
        ("1968 年 5 月 12 日", DAY),
        ("１９６８．５．１２", DAY),
        ("1968、5、12", DAY),
        ("19680512", DAY),
        ("1968.0512", DAY),
        (19680512, DAY),
        (19680512.0, DAY),
        (1968.0512, DAY),
        ("1968-05-12 00:00:00", DAY),
        ("1968-05-12T00:00:00Z", DAY),
        (datetime(1968, 5, 12, 8, 30), DAY),  # noqa: DTZ001 - spreadsheets give naive values
        (date(1968, 5, 12), DAY),
        (24970, DAY),
        (24970.75, DAY),
        ("24970", DAY),
        ("1968.5", MONTH),
        ("1968.05", MONTH),
        (1968.5, MONTH),
        ("196805", MONTH),
        (196805.0, MONTH),
        ("1968年5月", MONTH),
        ("1968年5月出生", MONTH),
        ("1968-05", MONTH),
        ("1968", YEAR),
        (1968, YEAR),
        (1968.0, YEAR),
        ("1968年", YEAR),
        (1968.12, WrittenDate(1968, 12)),
        ("1970.10", WrittenDate(1970, 10)),
    ],
)
def test_a_date_is_read_as_offices_write_it(raw, expected):
    found = read(raw)
    assert found == expected
    assert found.alternatives == ()


@pytest.mark.parametrize("raw", [1970.1, "1970.1"])
def test_a_lost_zero_leaves_two_readings(raw):
    found = read(raw)
    assert found.readings == (WrittenDate(1970, 1), WrittenDate(1970, 10))
    assert found.matches(date(1970, 10, 31))
    assert not found.matches(date(1970, 11, 1))


def test_a_written_zero_leaves_no_doubt():
    assert read("1970.01").alternatives == ()


def test_five_digits_may_be_a_serial_or_a_month():
    found = read("19685")
    assert found.readings == (WrittenDate(1953, 11, 22), WrittenDate(1968, 5))
    assert read("20211", earliest=date(2000, 1, 1)).readings == (WrittenDate(2021, 1),)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "missing"),
        ("  ", "missing"),
        (float("nan"), "missing"),
        ("不详", "unreadable"),
        ("12/5/1968", "unreadable"),
        ("1968.13.1.1", "unreadable"),
        ("1968512", "unreadable"),
        ("9999", "unreadable"),
        ("68.5", "two_digit_year"),
        ("68.5.12", "two_digit_year"),
        ("68年5月", "two_digit_year"),
        ("680512", "two_digit_year"),
        ("1968.13", "impossible"),
        ("1968.2.30", "impossible"),
        ("1968.0.5", "impossible"),
        ("19680532", "impossible"),
        ("1868.5", "out_of_range"),
        ("2026.12", "out_of_range"),
        (date(2026, 11, 24), "out_of_range"),
    ],
)
def test_what_cannot_be_a_date_is_refused_with_its_reason(raw, code):
    verdict = read(raw)
    assert isinstance(verdict, Verdict)
    assert verdict.codes == (f"date.{code}",)


def test_the_current_month_is_within_range_though_it_is_not_over():
    assert read("2026.11") == WrittenDate(2026, 11)


def test_precision_and_the_days_it_can_mean():
    assert [d.precision for d in (DAY, MONTH, YEAR)] == [
        Precision.DAY,
        Precision.MONTH,
        Precision.YEAR,
    ]
    february = WrittenDate(1968, 2)
    assert (february.first_day, february.last_day) == (date(1968, 2, 1), date(1968, 2, 29))
    assert (YEAR.first_day, YEAR.last_day) == (date(1968, 1, 1), date(1968, 12, 31))
    assert (DAY.first_day, DAY.last_day) == (date(1968, 5, 12), date(1968, 5, 12))


@pytest.mark.parametrize("parts", [(1968, None, 5), (1968, 13, None), (1968, 2, 30), (1968, 0, 1)])
def test_a_day_that_does_not_exist_cannot_be_held(parts):
    with pytest.raises(ValueError, match=r"month|day|year"):
        WrittenDate(*parts)


@given(
    st.dates(date(1927, 5, 18), TODAY),
    st.sampled_from(["%Y-%m-%d", "%Y.%m.%d", "%Y%m%d", "%Y/%m/%d", "%Y年%m月%d日", "serial"]),
)
def test_every_day_survives_every_writing(day, form):
    raw = (day - date(1899, 12, 30)).days if form == "serial" else day.strftime(form)
    found = read(raw)
    assert found == WrittenDate(day.year, day.month, day.day)
    assert found.matches(day)


@given(
    st.one_of(st.text(max_size=12), st.integers(), st.floats(), st.from_regex(r"\d{4}\D\d{1,2}"))
)
def test_nothing_in_a_cell_breaks_the_reader(raw):
    found = read(raw)
    if isinstance(found, WrittenDate):
        assert found.last_day >= EARLIEST
        assert found.first_day <= TODAY + timedelta(days=0)
    else:
        assert found.codes
