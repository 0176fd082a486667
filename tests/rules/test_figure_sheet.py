"""The unit's own sheet of work figures: its table is found, its cells are read or named."""

from datetime import date

import pytest

from training.appraisal.rules.figure_sheet import (
    EVIDENCE,
    MONTH,
    NAME,
    NUMBER,
    find_layout,
    read_cell,
    read_lines,
)
from training.appraisal.rules.indicators import standard_scheme
from training.people.rules.roster import tidy

SCHEME = standard_scheme(
    base=100,
    bonus_max=20,
    weights={"study": 10, "legal_outreach": 10, "mediation_work": 70, "discipline": 10},
    measures={"training_hours": 10, "outreach_activities": 10, "screening": 35, "follow_up": 35},
    deductions={"meeting_late": 3, "screening_late": 3, "screening_late_per_day": 1},
)
HEADS = {
    tidy(k): v
    for k, v in {
        "姓名": NAME, "人员编号": NUMBER, "月份": MONTH, "依据": EVIDENCE, "回访": "follow_up",
        "矛盾纠纷排查": "screening", "例会迟到": "meeting_late", "卷宗评查": "dossier",
        "受到表彰": "commendation",
    }.items()
}  # fmt: skip


def _read(*rows):
    layout = find_layout(rows, HEADS)
    return read_lines(rows, layout, SCHEME)


def test_titles_merged_heads_and_totals_are_told_from_the_table():
    rows = (
        ("某区2026年度考核数据表", None, None, None, None),
        ("填报单位：某区司法局", None, None, None, None),
        ("序号", "姓名", "调解工作", None, "备注"),
        (None, None, "矛盾纠纷排查", "回访", None),
        (1, "张三", 30, "12/15", None),
        (2, "李四", "28.5", 35, None),
        ("合计", None, 58.5, None, None),
        ("填表人：王五", None, None, None, None),
    )
    first, second = _read(*rows)
    assert (first.name, first.figures) == ("张三", {"screening": 3000, "follow_up": 2800})
    assert (second.number, second.figures) == (6, {"screening": 2850, "follow_up": 3500})
    assert first.problems == second.problems == []


def test_a_sheet_without_people_or_figures_has_no_table():
    assert find_layout([("姓名", "备注"), ("张三", "好")], HEADS) is None
    assert find_layout([("回访",), (5,)], HEADS) is None


def test_empty_months_mean_every_month_and_ranges_are_read():
    head = ("姓名", "月份", "回访")
    lines = _read(head, ("甲", None, 1), ("乙", "10月", 1), ("丙", "1-3", 1), ("丁", 13, 1))
    assert [x.months for x in lines] == [None, (10,), (1, 2, 3), None]
    assert [p.cell for p in lines[3].problems] == ["B5"]


def test_every_bad_cell_is_named_by_its_address():
    head = ("姓名", "回访", "例会迟到", "卷宗评查")
    (line,) = _read(head, ("甲", "36", "半次", date(2026, 12, 15)))
    assert {p.cell: p.code for p in line.problems} == {
        "B2": "figure.range", "C2": "figure.count", "D2": "figure.date",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "typed", "delta"),
    [
        ("follow_up", "12/15", 2800),
        ("follow_up", "17.5", 1750),
        ("follow_up", "１２／１５", 2800),
        ("meeting_late", "2", -600),
        ("meeting_late", "0", 0),
        ("screening_late", 3, -500),
        ("commendation", "5", 500),
    ],
)
def test_a_figure_is_read_as_points_share_or_count(code, typed, delta):
    assert read_cell(SCHEME.find(code), typed) == (delta, [])


@pytest.mark.parametrize(
    ("code", "typed"),
    [("follow_up", "3/0"), ("follow_up", "-1"), ("follow_up", "很好"), ("commendation", "2/3")],
)
def test_what_is_no_figure_is_refused_with_words(code, typed):
    delta, problems = read_cell(SCHEME.find(code), typed)
    assert delta is None
    assert len(problems) == 1
