"""A sheet of organisations: what its columns mean and what becomes of its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.rules.roles import OrgKind
from training.people.rules.org_names import Unit
from training.people.rules.org_sheet import (
    ORGANISATIONS,
    KnownUnit,
    OrgField,
    guess_columns,
    in_order,
    judge_lines,
)
from training.people.rules.roster import Outcome
from training.people.rules.roster_layout import find_layout

DISTRICT = Unit("1", OrgKind.DISTRICT_BUREAU, "甲区司法局")
OFFICE = Unit("2", OrgKind.JUDICIAL_OFFICE, "甲区一街道司法所")
COMMITTEE = Unit("3", OrgKind.MEDIATION_COMMITTEE, "一街道一社区人民调解委员会")
KNOWN = [
    KnownUnit(unit=DISTRICT, parent_ref="", details={}),
    KnownUnit(unit=OFFICE, parent_ref="1", details={"phone": "0898-66500001"}),
    KnownUnit(unit=COMMITTEE, parent_ref="2", details={}),
]
LETTERS = dict(zip(OrgField, "BCDEFGH", strict=True))


def row(number, **cells):
    return number, {OrgField(k): (LETTERS[OrgField(k)], v) for k, v in cells.items()}


def judged(*rows):
    return judge_lines(rows, KNOWN, DISTRICT)


def said(line):
    return [(cell, words.message) for cell, words in line.problems]


def test_an_office_s_own_sheet_is_found_under_its_title_and_merged_heads():
    rows = [
        ["甲区人民调解组织名册", None, None, None],
        ["序号", "基本情况", None, "联系方式"],
        [None, "调委会名称", "所属司法所", None],
        [1, "甲区二街道司法所", None, "0898-66500002"],
        ["合计", "1个", None, None],
    ]
    layout = find_layout(rows, ORGANISATIONS)
    assert layout.rows == (4,)
    assert guess_columns(layout.labels) == {"B": "name", "C": "parent", "D": "phone"}


def test_what_is_there_stays_and_only_details_that_differ_change():
    same, other, known = judged(
        row(3, name="甲区一街道司法所", phone="0898-66500001", parent="甲区司法局"),
        row(4, name="一街道一社区调委会", address="一街 1 号", parent="一街道"),
        row(5, name="甲区司法局"),
    )
    assert (same.outcome, known.outcome) == (Outcome.UNCHANGED, Outcome.UNCHANGED)
    assert other.problems  # 一街道司法所 is not how the office is called
    (named,) = judged(
        row(4, name="一街道一社区调委会", address="一街 1 号", parent="甲区一街道司法所")
    )
    assert (named.outcome, named.changes) == (Outcome.CHANGED, {"address": "一街 1 号"})


def test_new_units_find_their_kind_and_their_parent_also_in_the_sheet_itself():
    lines = judged(
        row(3, name="二街道三社区人民调解委员会", parent="二街道司法所"),
        row(4, name="二街道司法所"),
        row(5, name="甲区物业纠纷人民调解委员会"),
        row(6, name="二街道人民调解委员会"),
    )
    assert [line.problems for line in lines] == [[], [], [], []]
    assert [line.kind for line in lines] == [
        OrgKind.MEDIATION_COMMITTEE, OrgKind.JUDICIAL_OFFICE, OrgKind.PROFESSIONAL_COMMITTEE,
        OrgKind.MEDIATION_COMMITTEE,
    ]  # fmt: skip
    assert [line.parent for line in lines] == ["line:4", "1", "1", "line:4"]
    assert [line.number for line, _ in in_order(lines)] == [4, 5, 3, 6]


@pytest.mark.parametrize(
    ("cells", "cell", "message"),
    [
        ({"address": "一街"}, "B7", "未填写机构名称"),
        ({"name": "综治中心"}, "B7", "看不出机构类型，请填司法局、司法所、村（社区）调委会或者行业性专业性调委会"),
        ({"name": "三社区调委会", "kind": "其他"}, "B7", "这类机构不能设在「%(parent)s」下，请填写上级机构"),
        ({"name": "三社区调委会", "parent": "九街道司法所"}, "D7", "没有这个上级机构，请先设立或者在表中加一行"),
        ({"name": "一街道一社区调委会", "parent": "甲区司法局"}, "D7", "这个机构已登记在别的上级下，机构不改挂"),
        ({"name": "三街道司法所", "region_code": "4601"}, "F7", "行政区划代码是 6 位数字"),
        ({"name": "长" * 101 + "司法所"}, "B7", "超过 %(n)s 个字符"),
    ],
)  # fmt: skip
def test_each_problem_names_its_cell(cells, cell, message):
    (line,) = judged(row(7, **({"name": ""} | cells)))
    assert said(line) == [(cell, message)]
    assert line.outcome is Outcome.ERROR


def test_a_line_given_twice_is_refused_and_so_is_what_hangs_on_a_bad_line():
    first, again = judged(row(3, name="二街道司法所"), row(4, name="二街道 司法所"))
    assert first.outcome is Outcome.NEW
    assert said(again) == [("B4", "与第 %(row)s 行的机构相同，请只保留一行")]
    bad, below = judged(
        row(3, name="二街道司法所", region_code="x"),
        row(4, name="二街道一社区调委会", parent="二街道司法所"),
    )
    assert (bad.outcome, below.outcome) == (Outcome.ERROR, Outcome.ERROR)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["一", "二", "三", "四"]),
            st.sampled_from(["{}街道司法所", "{}街道人民调解委员会", "{}社区调委会", "{}区司法局", "{}", ""]),
            st.sampled_from(["", "一街道司法所", "二街道人民调解委员会", "甲区司法局", "三社区调委会"]),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_whatever_the_sheet_every_new_unit_comes_after_its_parent(rows):
    lines = judged(
        *(row(n, name=form.format(n_), parent=p) for n, (n_, form, p) in enumerate(rows, 3))
    )
    assert len(lines) == len(rows)
    made = {"1", "2", "3"}
    for line, _ in in_order([x for x in lines if not x.problems]):
        assert line.parent in made
        made.add(f"line:{line.number}")
