"""Reading rosters: heads, tables, lines, names of organisations, numbers."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from training.core.rules.identity import check_character
from training.core.rules.roles import OrgKind
from training.people.rules import org_names, roster
from training.people.rules.mediator_no import is_mediator_no, mediator_no
from training.people.rules.org_names import Plan, PlanKind, Unit
from training.people.rules.roster import Field
from training.people.rules.roster_layout import find_layout, is_closing
from training.people.rules.roster_rows import differences, judge_row

TODAY = date(2026, 11, 23)


def identity(birth="19760313", sequence="741"):
    first = f"990101{birth}{sequence}"
    return first + check_character(first)


def judge(**raw):
    cells = {
        Field(k): (roster.column_letter(i), v)
        for i, (k, v) in enumerate({"name": "周样", "id_number": identity(), **raw}.items())
    }
    judged = judge_row(cells, TODAY)
    return judged, {p.reason.code: (p.letter, p.blocks) for p in judged.problems}


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("姓 名", Field.NAME),
        ("公民身份号码（必填）", Field.IDENTITY),
        ("专职/兼职", Field.SERVICE),
        ("所在人民调解委员会", Field.ORG),
        ("联系电话", Field.PHONE),
        ("出生年月", Field.BIRTH),
        ("聘用时间", Field.HIRED),
        ("政治面貌", None),
        ("家属姓名", None),
        (None, None),
    ],
)
def test_the_words_of_a_head_are_known(label, field):
    assert roster.meaning(label) is field


@given(st.integers(0, 20_000))
def test_column_letters_go_there_and_back(index):
    assert roster.column_index(roster.column_letter(index)) == index


def test_a_mapping_needs_name_and_number_and_no_field_twice():
    assert roster.missing_fields({"A": "name"}) == (Field.IDENTITY,)
    assert roster.doubled_fields({"A": "name", "B": "name"}) == (Field.NAME,)


def test_a_plain_head_in_the_first_line_is_found():
    layout = find_layout([["姓名", "身份证号"], ["周样", "x"]])
    assert (layout.head_rows, layout.rows, layout.labels) == (
        (1,),
        (2,),
        {"A": "姓名", "B": "身份证号"},
    )


def test_titles_a_head_of_two_lines_totals_and_signatures_are_found():
    rows = [
        ["花名册", None, None, None],
        ["填报单位：甲区司法局", None, "填报日期：2026.11", None],
        ["序号", "基本情况", None, "备注"],
        [None, "姓名", "身份证号", None],
        [1, "周样", "x", None],
        [None, None, None, None],
        [2, "李竹", "y", None],
        ["序号", "姓名", "身份证号", "备注"],
        [3, "章本", "z", None],
        ["合计", "3人", None, None],
        ["制表人：", None, "审核人：", None],
        ["备注：本表一式两份", None, None, None],
    ]
    layout = find_layout(rows)
    assert layout.head_rows == (3, 4)
    assert layout.labels == {"A": "序号", "B": "姓名", "C": "身份证号", "D": "备注"}
    assert (layout.rows, layout.skipped) == ((5, 7, 9), (8, 10, 11, 12))


def test_headings_of_a_group_hold_nobody_but_a_lone_name_is_somebody():
    rows = [
        ["姓名", "身份证号", "单位", "序号"],
        ["一、在册人员", None, None, None],
        ["周样", "x", "甲", 1],
        [None, None, "一街司法所", None],
        ["李竹", None, None, None],
        [None, None, None, 4],
    ]
    layout = find_layout(rows)
    assert (layout.rows, layout.skipped) == ((3, 5), (2, 4, 6))


def test_a_head_that_divides_downwards_is_found():
    rows = [
        ["姓名", "身份证号", "联系方式", None],
        [None, None, "手机号", "住址"],
        ["周样", "x", 1],
    ]
    layout = find_layout(rows)
    assert layout.labels == {"A": "姓名", "B": "身份证号", "C": "手机号", "D": "住址"}
    assert layout.rows == (3,)


def test_a_sheet_without_a_head_has_no_table():
    assert find_layout([["你好"], [1, 2, 3]]) is None
    assert find_layout([]) is None


def test_the_same_head_has_the_same_signature_whatever_stands_around_it():
    one = find_layout([["姓名", "身份证号"], ["a", "b"]])
    two = find_layout([["花名册"], ["姓 名", "身份证号"], ["c", "d"]])
    other = find_layout([["姓名", "证件号码"], ["a", "b"]])
    assert one.signature == two.signature != other.signature


@pytest.mark.parametrize(
    ("first", "closing"),
    [
        ("合计", True),
        ("总 计：", True),
        ("共 400 人", True),
        ("审核人（签字）：", True),
        ("注：略", True),
        ("周合计", False),
        (12, False),
    ],
)
def test_only_closing_lines_are_closing(first, closing):
    assert is_closing([first, "400人"]) is closing


def test_a_sound_line_says_what_it_says():
    judged, problems = judge(
        sex="男", birth=1976.3, phone=19900000008, education="大学本科", service_kind="专职 ",
        hired="2025年5月", engagement="退休返聘", org="演示七街道 人民调解委员会",
    )  # fmt: skip
    assert problems == {}
    assert judged.values == {
        "name": "周样", "id_number": identity(), "sex": "male", "birth": "1976-03-13",
        "phone": "19900000008", "education": "bachelor", "service_kind": "full_time",
        "hired": "2025-05", "engagement": "retired_service", "org": "演示七街道人民调解委员会",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "code", "blocks"),
    [
        ({"name": " "}, "name.missing", True),
        ({"id_number": 9.90101197603137e17}, "identity.excel", True),
        ({"id_number": None}, "identity.missing", True),
        ({"sex": "女"}, "identity.contradicts_sex", True),
        ({"birth": "1976.4"}, "identity.contradicts_birth_date", True),
        ({"phone": "6650"}, "phone.length", True),
        ({"phone": "0898-66501234"}, "roster.landline", False),
        ({"education": "私塾"}, "roster.education", False),
        ({"service_kind": "专职兼职"}, "roster.service", True),
        ({"engagement": "其他"}, "roster.engagement", False),
        ({"hired": datetime(2027, 1, 1)}, "date.out_of_range", True),  # noqa: DTZ001
        ({"hired": "1970.1.1"}, "date.out_of_range", True),
        ({"org": ""}, "roster.no_org", True),
    ],
)
def test_each_problem_is_named_in_its_cell(raw, code, blocks):
    judged, problems = judge(**raw)
    letter = roster.column_letter(list({"name": 0, "id_number": 0, **raw}).index(next(iter(raw))))
    assert problems == {code: (letter, blocks)}
    assert judged.sound is not blocks


def test_an_empty_cell_changes_nothing_in_the_file():
    held = {"name": "周样", "phone": "1", "education": "none"}
    assert differences({"name": "周样", "phone": "", "education": "junior", "org": "x"}, held) == (
        "education",
    )


DISTRICT = Unit("d", OrgKind.DISTRICT_BUREAU, "甲区司法局")
UNITS = (
    DISTRICT,
    Unit("o", OrgKind.JUDICIAL_OFFICE, "一街道司法所"),
    Unit("c", OrgKind.MEDIATION_COMMITTEE, "一街道人民调解委员会"),
)


@pytest.mark.parametrize(
    ("name", "office", "plan"),
    [
        ("一街道第二调委会", "一街道", Plan(PlanKind.UNDER, ref="o")),
        ("一街道调解委员会", "", Plan(PlanKind.UNDER, ref="o")),
        ("七街道人民调解委员会", "", Plan(PlanKind.NEW_OFFICE, office="七街道司法所")),
        ("花园社区调委会", "七街道司法所", Plan(PlanKind.NEW_OFFICE, office="七街道司法所")),
        ("物业纠纷人民调解委员会", "", Plan(PlanKind.PROFESSIONAL)),
        ("花园社区调委会", "", None),
    ],
)
def test_the_likeliest_place_of_an_unknown_committee_is_proposed(name, office, plan):
    assert org_names.propose(name, office, DISTRICT, UNITS) == plan
    assert plan is None or Plan.read(plan.code) == plan


def test_an_office_takes_unknown_committees_itself_and_a_city_cannot():
    city = Unit("x", OrgKind.CITY_BUREAU, "市司法局")
    assert org_names.propose("花园社区调委会", "", UNITS[1], UNITS).code == "under:o"
    assert org_names.propose("七街道调委会", "", city, UNITS) is None


def test_names_of_committees_are_compared_by_what_they_mean():
    assert org_names.find("一街道 调委会", UNITS).ref == "c"
    assert org_names.find("一街道调委会", (*UNITS, UNITS[2])) is None


def test_a_unit_with_people_roles_or_children_is_not_closed():
    assert org_names.judge_closing(0, 0, 0)
    assert org_names.judge_closing(1, 2, 3).codes == ("org.people", "org.accounts", "org.children")
    assert not org_names.judge_child(OrgKind.CITY_BUREAU, OrgKind.MEDIATION_COMMITTEE)
    assert org_names.judge_child(OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU)


@given(st.integers(1, 99_999))
def test_a_mediator_number_proves_itself(serial):
    number = mediator_no("460100", serial)
    assert number.startswith("4601")
    assert len(number) == 10
    assert is_mediator_no(number)


@pytest.mark.parametrize(
    ("region", "serial"), [("", 1), ("46x1", 1), ("4601", 0), ("4601", 100_000)]
)
def test_there_is_no_number_without_region_or_serial(region, serial):
    with pytest.raises(ValueError, match=r"region|serial"):
        mediator_no(region, serial)


@pytest.mark.parametrize("text", ["", "4601", "46010012", "460100001A\n", "4601000010"])
def test_what_is_no_mediator_number_is_told_from_one(text):
    assert not is_mediator_no(text)


def test_exactly_the_planted_faults_of_a_real_roster_are_found(shared_data):
    folder = shared_data / "rosters"
    sheet = load_workbook(folder / "花名册样例.xlsx", read_only=True, data_only=True).active
    rows = list(sheet.iter_rows(values_only=True))
    layout = find_layout(rows)
    assert (layout.head_rows, layout.skipped) == ((3, 4), (405, 406))
    assert layout.rows == tuple(range(5, 405))
    mapping = {Field(f): letter for letter, f in roster.guess(layout.labels).items()}
    assert len(mapping) == 10
    found = []
    for number in layout.rows:
        cells = {f: (c, rows[number - 1][roster.column_index(c)]) for f, c in mapping.items()}
        found += [f"{p.letter}{number}" for p in judge_row(cells, TODAY).problems]
    planted = json.loads((folder / "花名册样例.faults.json").read_text(encoding="utf-8"))
    assert found == [cell for cell, _ in planted]
