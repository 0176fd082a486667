import csv
from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.bank.rules.importing import ImportTerms, import_rows
from exams.bank.rules.question import FALSE, TRUE, Difficulty, QuestionKind
from exams.bank.rules.review import ReviewState
from exams.bank.rules.sheet import column_letters, find_header, read_day, year_in
from training.core.rules.vocabulary import Topic

TODAY = date(2026, 11, 23)
TERMS = ImportTerms(today=TODAY, law_review_before=date(2021, 1, 1), topic=Topic.LAW_AND_POLICY)
PUBLIC_HEAD = ["input", "output", "A", "B", "C", "D", "source", "multichoice"]
OFFICE_HEAD = [
    "序号", "题型", "题干（必填）", "选项A", "选项B", "选项C", "选项D",
    "答案", "解析", "专题", "难度", "法条", "法律截至日期",
]  # fmt: skip


def public(stem="下列说法正确的是？", key="B", **overrides):
    cells = {"A": "甲", "B": "乙", "C": "丙", "D": "丁", "source": "2022 national", "many": "False"}
    cells |= overrides
    return [stem, key, *(cells[k] for k in ("A", "B", "C", "D", "source", "many"))]


def office(**overrides):
    cells = dict.fromkeys(OFFICE_HEAD, "")
    cells |= {
        "序号": 1,
        "题型": "单选题",
        "题干（必填）": "人民调解委员会调解民间纠纷，如何收费？",
        "选项A": "不收取任何费用",
        "选项B": "按标的收费",
        "选项C": "按件收费",
        "答案": "A",
        "解析": "人民调解法第四条",
        "专题": "法律政策",
        "难度": "易",
        "法条": "人民调解法#4；若干规定#8",
        "法律截至日期": "2026年1月",
    }
    return [(cells | overrides)[head] for head in OFFICE_HEAD]


def sheet(*rows, head=PUBLIC_HEAD):
    return import_rows([head, *rows], TERMS)


def found(result):
    return [(error.cell, error.code) for error in result.errors]


def test_the_public_columns_are_read():
    result = sheet(public(), public("多选？", "ACD", many="True", source="2019 national"))
    assert not result.errors
    single, multiple = (item.draft for item in result.questions)
    assert (single.kind, single.key) == (QuestionKind.SINGLE, {"o2"})
    assert (multiple.kind, multiple.key) == (QuestionKind.MULTIPLE, {"o1", "o3", "o4"})
    assert (single.law_as_of, multiple.law_as_of) == (date(2022, 1, 1), date(2019, 1, 1))
    assert [item.state for item in result.questions] == [
        ReviewState.APPROVED,
        ReviewState.NEEDS_REVIEW,
    ]


def test_an_office_sheet_with_a_title_and_a_footer_is_read():
    rows = [["人民调解员题库"], [], OFFICE_HEAD, office(), [], [2, *[""] * 12]]
    result = import_rows(rows, TERMS)
    assert not result.errors
    (item,) = result.questions
    assert (item.row, item.state) == (4, ReviewState.APPROVED)
    assert item.draft.options == ("不收取任何费用", "按标的收费", "按件收费")
    assert item.draft.articles == ("人民调解法#4", "若干规定#8")
    assert (item.draft.topic, item.draft.difficulty) == (Topic.LAW_AND_POLICY, Difficulty.EASY)
    assert item.draft.law_as_of == date(2026, 1, 1)
    assert result.ignored == ("序号",)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"答案": "√"}, TRUE),
        ({"答案": False}, FALSE),
        ({"答案": "B", "选项A": "正确", "选项B": "错误"}, FALSE),
        ({"答案": "对", "题型": ""}, TRUE),
        ({"答案": "A", "题型": "", "选项A": "对", "选项B": "错"}, TRUE),
    ],
)
def test_right_or_wrong_questions_are_read_in_every_dress(changes, key):
    blank = {"题型": "判断题", "选项A": "", "选项B": "", "选项C": ""}
    result = sheet(office(**blank | changes), head=OFFICE_HEAD)
    assert not result.errors
    (item,) = result.questions
    assert (item.draft.kind, item.draft.options, item.draft.key) == (
        QuestionKind.TRUE_FALSE,
        (),
        {key},
    )


@pytest.mark.parametrize(
    ("answer", "kind"), [("A", QuestionKind.SINGLE), ("A、C", QuestionKind.MULTIPLE)]
)
def test_a_kind_that_is_not_stated_follows_from_the_answer(answer, kind):
    (item,) = sheet(office(题型="", 答案=answer), head=OFFICE_HEAD).questions
    assert item.draft.kind is kind


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"题干（必填）": ""}, [("C2", "stem.empty")]),
        ({"答案": "E"}, [("H2", "key.unknown_option")]),
        ({"答案": ""}, [("H2", "key.empty")]),
        ({"答案": "AB"}, [("H2", "key.too_many")]),
        ({"题型": "多选题"}, [("H2", "key.too_few")]),
        ({"选项B": "", "选项C": ""}, [("D2", "options.too_few")]),
        ({"题型": "不定项"}, [("B2", "kind.unknown")]),
        ({"选项B": "", "选项D": "丁"}, [("E2", "option.empty")]),
        ({"选项C": " 不收取任何 费用"}, [("F2", "option.repeated")]),
        ({"专题": "心理学"}, [("J2", "topic.unknown")]),
        ({"难度": "极难"}, [("K2", "difficulty.unknown")]),
        ({"法律截至日期": "去年"}, [("M2", "law_as_of.not_a_date")]),
        ({"法律截至日期": "2027-01-01"}, [("M2", "law_as_of.future")]),
        (
            {"答案": "", "专题": "心理学", "难度": "极难"},
            [("J2", "topic.unknown"), ("K2", "difficulty.unknown"), ("H2", "key.empty")],
        ),
    ],
)
def test_each_mistake_is_addressed_by_its_cell(changes, errors):
    result = sheet(office(**changes), head=OFFICE_HEAD)
    assert sorted(found(result)) == sorted(errors)
    assert result.questions == ()


def test_dates_and_numbers_that_excel_keeps_as_such_are_read():
    dated = office(法律截至日期=datetime(2022, 5, 1), 选项B=5.0)  # noqa: DTZ001 - as Excel's
    (item,) = sheet(dated, head=OFFICE_HEAD).questions
    assert (item.draft.law_as_of, item.draft.options[1]) == (date(2022, 5, 1), "5")


def test_a_shifted_row_is_caught():
    result = sheet([*public(), "False"])
    assert found(result) == [("I2", "row.too_wide")]
    assert found(sheet([*public(), "", "x"])) == [("J2", "row.too_wide")]
    assert found(sheet([*public(), "", None])) == []


def test_stated_and_actual_kind_must_agree():
    assert found(sheet(public(key="AB"))) == [("B2", "key.too_many")]
    assert found(sheet(public(many="True"))) == [("B2", "key.too_few")]
    assert found(sheet(public(many="maybe"))) == [("H2", "kind.unknown")]


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (["题干", "选项A"], ("A1", "sheet.no_header")),
        (["题干", "题目", "", "答案", "问题"], ("B1", "sheet.column_twice")),
        ([], ("A1", "sheet.no_header")),
    ],
)
def test_a_sheet_without_a_clear_head_is_refused(head, error):
    assert found(sheet(public(), head=head)) == [error]


def test_the_same_question_twice_comes_in_once():
    shuffled = public(A="乙", B="甲", key="A", stem="下列说法 正确的是")
    result = sheet(public(), shuffled)
    assert len(result.questions) == 1
    assert [(w.cell, w.code) for w in result.warnings] == [("A3", "row.repeated")]


def test_the_same_question_with_another_answer_is_an_error():
    assert found(sheet(public(), public(key="C"))) == [("B3", "key.differs")]


def test_one_stem_with_other_options_is_another_question_and_a_hint():
    result = sheet(public(), public(A="戊"))
    assert len(result.questions) == 2
    assert [(w.cell, w.code) for w in result.warnings] == [("A3", "stem.similar")]


def known_after(result):
    drafts = [item.draft for item in result.questions]
    return ImportTerms(
        today=TODAY,
        law_review_before=TERMS.law_review_before,
        topic=TERMS.topic,
        known={d.content_hash: d.key_hash for d in drafts},
        known_stems={d.stem_hash for d in drafts},
    )


def test_a_repeated_import_changes_nothing():
    rows = [PUBLIC_HEAD, public(), public("另一题？", "C")]
    again = import_rows(rows, known_after(import_rows(rows, TERMS)))
    assert (again.questions, again.errors, again.unchanged) == ((), (), (2, 3))


def test_an_answer_that_differs_from_the_bank_is_an_error():
    terms = known_after(sheet(public()))
    result = import_rows([PUBLIC_HEAD, public(key="C"), public(D="戊")], terms)
    assert found(result) == [("B2", "key.differs_from_bank")]
    assert [(w.cell, w.code) for w in result.warnings] == [("A3", "stem.similar_in_bank")]


def test_what_the_person_chose_fills_the_blanks_only():
    terms = ImportTerms(
        today=TODAY,
        law_review_before=TERMS.law_review_before,
        topic=Topic.MEDIATION_SKILLS,
        difficulty=Difficulty.HARD,
        source="2023 年题集",
    )
    blank = office(专题="", 难度="", 法律截至日期="")
    result = import_rows([OFFICE_HEAD, blank, office(**{"题干（必填）": "另一题"})], terms)
    first, second = (item.draft for item in result.questions)
    assert (first.topic, first.difficulty) == (Topic.MEDIATION_SKILLS, Difficulty.HARD)
    assert first.law_as_of == date(2023, 1, 1)
    assert (second.topic, second.difficulty) == (Topic.LAW_AND_POLICY, Difficulty.EASY)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2021-1-1", date(2021, 1, 1)),
        ("2021/01/02", date(2021, 1, 2)),
        ("2021.3.4", date(2021, 3, 4)),
        ("2021年1月1日", date(2021, 1, 1)),
        ("２０２１年５月", date(2021, 5, 1)),
        ("2021-05", date(2021, 5, 1)),
        ("2021年", date(2021, 1, 1)),
        (2021, date(2021, 1, 1)),
        (20210506, date(2021, 5, 6)),
        (44197.0, date(2021, 1, 1)),
        (datetime(2021, 7, 8, 9), date(2021, 7, 8)),  # noqa: DTZ001 - Excel knows no zone
        (date(2021, 7, 8), date(2021, 7, 8)),
        ("2021-13-01", None),
        ("2021-02-30", None),
        ("民法典施行", None),
        ("", None),
    ],
)
def test_dates_are_read_as_offices_write_them(written, day):
    assert read_day(written) == day


@pytest.mark.parametrize(
    ("source", "day"),
    [
        ("2018 national judical examination", date(2018, 1, 1)),
        ("legal knowledge", None),
        ("第12018号", None),
        ("2022年题集", date(2022, 1, 1)),
    ],
)
def test_the_year_of_a_source_dates_its_law(source, day):
    assert year_in(source) == day


@given(st.integers(0, 20_000))
def test_column_letters_count_as_a_sheet_does(column):
    value = 0
    for letter in column_letters(column):
        value = value * 26 + ord(letter) - ord("A") + 1
    assert value == column + 1


def test_options_may_be_headed_in_several_ways():
    for heads in (["A", "B"], ["选项Ａ", "选项Ｂ"], ["A选项", "B选项"], ["选项1", "选项2"]):
        header = find_header([["题目", "正确答案", *heads]])
        assert (header.columns["A"], header.columns["B"]) == (2, 3)


@pytest.mark.parametrize(
    ("name", "count", "kind", "needs_review"),
    [
        ("mcq_sing_nje.csv", 537, QuestionKind.SINGLE, 113 + 105 + 103),
        ("mcq_mult_nje.csv", 463, QuestionKind.MULTIPLE, 87 + 95 + 97),
        ("mcq_sing_lbk.csv", 275, QuestionKind.SINGLE, 275),
    ],
)
def test_the_real_question_files_come_in_whole(shared_data, name, count, kind, needs_review):
    with (shared_data / "questions" / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    result = import_rows(rows, TERMS)
    assert result.errors == ()
    assert len(result.questions) == count
    assert {item.draft.kind for item in result.questions} == {kind}
    states = Counter(item.state for item in result.questions)
    assert states[ReviewState.NEEDS_REVIEW] == needs_review
    for item, row in zip(result.questions, rows[1:], strict=True):
        assert {f"o{'ABCD'.index(letter) + 1}" for letter in row[1]} == item.draft.key
        assert len(item.draft.options) == 4
        assert "\n\n" not in item.draft.stem
        assert item.draft.stem == item.draft.stem.strip()
    assert import_rows(rows, known_after(result)).questions == ()
