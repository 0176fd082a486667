"""The holiday list as an office pastes it, and when a year's list is whole."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.day_list import DayLine, read_days
from training.core.rules.festivals import label_of, missing_festivals

# The words of a notice, in the forms that notices of several years have had.
NOTICE = """
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


def days(text, year):
    found = read_days(text, year)
    assert isinstance(found, tuple), found.codes
    return {(line.day.isoformat(), line.is_workday) for line in found}


def test_the_notice_itself_can_be_pasted():
    found = read_days(NOTICE, 2026)
    assert sum(not x.is_workday for x in found) == 33
    assert {x.day for x in found if x.is_workday} == {
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9),
        date(2026, 9, 20), date(2026, 10, 10),
    }  # fmt: skip
    assert DayLine(date(2026, 2, 23), "春节", False) in found
    assert missing_festivals(2026, found) == ()


@pytest.mark.parametrize(
    ("text", "year", "free", "worked"),
    [
        ("元旦：1月1日放假，与周末连休。", 2024, ["2024-01-01"], []),
        ("元旦：1月1日（周三）放假1天，不调休。", 2025, ["2025-01-01"], []),
        (
            "一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。", 2023,
            ["2022-12-31", "2023-01-01", "2023-01-02"], [],
        ),
        (
            "春节：1月31日至2月2日放假调休，共3天。1月26日、2月8日上班。", 2025,
            ["2025-01-31", "2025-02-01", "2025-02-02"], ["2025-01-26", "2025-02-08"],
        ),
        ("2027年5月1日 劳动节 休", 2027, ["2027-05-01"], []),
        ("2027/5/8 调休 work", 2027, [], ["2027-05-08"]),
    ],
)  # fmt: skip
def test_lists_and_notices_of_several_years_are_read(text, year, free, worked):
    assert days(text, year) == {(d, False) for d in free} | {(d, True) for d in worked}


def test_a_day_entered_by_mistake_becomes_an_ordinary_day_again():
    assert days("2027-05-04 误录 平", 2027) == {("2027-05-04", None)}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("元旦", ("calendar.line",)),
        ("元旦：2月30日放假。", ("calendar.line",)),
        ("元旦：1月1日至12月31日放假。", ("calendar.line",)),
        ("国庆节：10月7日至1日放假。", ("calendar.line",)),
        ("2029-05-01 劳动节 休", ("calendar.year",)),
        ("2028-05-01 劳动节 休", ("calendar.year",)),
        ("2027-01-01 元旦 休\n元旦：1月1日放假。", ("calendar.twice",)),
        ("\n \n", ("calendar.empty",)),
        ("2027-01-01 元旦 休\n看不懂", ("calendar.line",)),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(text, codes):
    assert read_days(text, 2027).codes == codes


@given(st.text(max_size=60), st.integers(2019, 2100))
def test_no_text_at_all_makes_it_fall_over(text, year):
    found = read_days(text, year)
    assert found or found.codes


def test_a_list_is_whole_only_with_all_seven_holidays():
    found = read_days(NOTICE, 2026)
    without = [x for x in found if "春节" not in x.name]
    assert missing_festivals(2026, without) == ("春节",)
    assert missing_festivals(2027, found) == (
        "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节",
    )  # fmt: skip
    worked = [DayLine(x.day, x.name, True) for x in found]
    assert len(missing_festivals(2026, worked)) == 7


def test_a_long_national_day_break_holds_the_mid_autumn_festival():
    found = [x for x in read_days(NOTICE, 2026) if x.name not in ("中秋节", "国庆节")]
    first = date(2026, 10, 1)
    longer = [DayLine(first + timedelta(days=n), "国庆节", False) for n in range(8)]
    assert missing_festivals(2026, found + longer) == ()
    assert missing_festivals(2026, found + longer[:7]) == ("中秋节",)
    both = [DayLine(first, "国庆节、中秋节", False)]
    assert missing_festivals(2026, found + both) == ()


def test_a_holiday_is_shown_by_its_standard_word():
    assert label_of("Spring Festival") == label_of("除夕") == "春节"
    assert label_of("国庆节、中秋节") == ""
    assert label_of("调休") == ""
