"""The sheet writer, read back as an office's Excel would read it."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook

from training.core import sheets
from training.core.sheets import Column, Kind, Sheet

COLUMNS = (
    Column("name", "姓名", width=10),
    Column("id_number", "身份证号", width=22),
    Column("hours", "学时", Kind.HUNDREDTHS),
    Column("born", "出生日期", Kind.DATE),
    Column("seen", "最近登录", Kind.MOMENT, 18),
)
ROW = {
    "name": "=cmd|' /C calc'!A0",
    "id_number": "990101197603137413",
    "hours": 1250,
    "born": date(1976, 3, 13),
    "seen": datetime(2026, 11, 23, 2, 5, tzinfo=UTC),
}


def read(data):
    return load_workbook(io.BytesIO(data)).worksheets


def test_it_has_title_unit_date_head_rows_and_foot():
    sheet = Sheet(
        "花名册", COLUMNS, [ROW], "填报单位：甲区司法局", "2026年11月23日", ("合计：1人",)
    )
    page = read(sheets.write(sheet))[0]
    rows = [[c for c in r if c is not None] for r in page.iter_rows(values_only=True)]
    assert rows[0] == ["花名册"]
    assert rows[1] == ["填报单位：甲区司法局", "2026年11月23日"]
    assert rows[2] == ["序号", *[c.label for c in COLUMNS]]
    assert rows[3][0] == 1
    assert rows[4] == ["合计：1人"]
    assert page.page_setup.orientation == "landscape"
    assert page.print_title_rows == "$3:$3"
    assert page.freeze_panes == "A4"


def test_a_formula_in_a_name_stays_text_and_long_numbers_stay_whole():
    data = sheets.write(Sheet("花名册", COLUMNS, [ROW]))
    cells = {c.value: c for c in read(data)[0][3]}
    assert cells["=cmd|' /C calc'!A0"].data_type in ("s", "inlineStr")
    assert cells["990101197603137413"].data_type in ("s", "inlineStr")
    xml = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml


def test_hundredths_dates_and_moments_are_shown_as_people_write_them():
    values = [c.value for c in read(sheets.write(Sheet("花名册", COLUMNS, [ROW])))[0][3]]
    assert values[3:] == [
        12.5,
        datetime.fromisoformat("1976-03-13"),
        datetime.fromisoformat("2026-11-23T10:05"),
    ]


def test_tabs_get_names_that_excel_takes():
    one = Sheet("甲/乙[丙]:花名册", COLUMNS)
    pages = read(sheets.write(one, one, Sheet("长" * 40, COLUMNS)))
    assert [p.title for p in pages] == ["甲乙丙花名册", "甲乙丙花名册(2)", "长" * 31]


def test_a_template_offers_choices_and_keeps_columns_as_text():
    columns = (Column("sex", "性别", choices=("男", "女")), Column("id", "身份证号", note="文本"))
    page = read(sheets.write(Sheet("模板", columns, is_template=True, numbered=False)))[0]
    rules = page.data_validations.dataValidation
    assert [r.formula1 for r in rules] == ['"男,女"', None]
    assert page.column_dimensions["A"].number_format == "@"


def test_a_workbook_needs_a_sheet():
    with pytest.raises(ValueError, match="sheet"):
        sheets.write()
